"""RAVDESS: 24 actors who speak and sing two sentences in eight emotions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..files.videos.video_file import open_video
from ..random_streams import RandomStream
from ..trials.dataset import NOTE, Dataset, Skipped
from ..trials.task import Target, Task
from ..trials.trial import Trial
from .face_folders import check_choice
from .lookalikes.drawn_face import face_picture
from .lookalikes.recordings import write_note, write_video

_NAME = re.compile(r"(0[123])-(0[12])-(0[1-8])-(0[12])-(0[12])-(0[12])-(\d\d)\.(mp4|wav)")
_STATEMENTS = ("kids are talking by the door", "dogs are sitting by the door")
_CHANNELS = {"speech": (1,), "song": (2,), "both": (1, 2)}
_VIDEO_ONLY, _AUDIO_ONLY = 2, 3


@dataclass(frozen=True, order=True)
class Take:
    """One take by its file's name; the numbers are the authors' codes, counted from 1.

    Args:
        actor: 1 to 24; odd numbers are men.
        channel: 1 speech, 2 song.
        emotion: 1 neutral, 2 calm, 3 happy, 4 sad, 5 angry, 6 fearful, 7 disgust, 8 surprised.
        intensity: 1 normal, 2 strong.
        statement: Which of the two sentences.
        repetition: 1 or 2.
    """

    actor: int
    channel: int
    emotion: int
    intensity: int
    statement: int
    repetition: int


class RAVDESS(Dataset):
    """RAVDESS: 24 actors, one sentence a video, eight emotions; the label holds for the whole video.

    Each take exists with and without sound, files ``01-...`` and ``02-...``, with the same pictures: only the one
    without sound is read, and the other where it is missing. A trial's number is its place among the actor's takes,
    by channel, emotion, intensity, statement and repetition. Stimulus is the sentence, so splits by stimulus test on
    words that were not trained on.

    Args:
        root: The folder with ``Actor_01`` and so on, or one above it.
        channel: ``"speech"``, ``"song"`` (six emotions, 23 actors) or ``"both"``.

    Raises:
        DatasetNotFound: There is no video of that channel.
        InputError: ``channel`` is another. Iterating: a video is cut or damaged.

    Source: S. R. Livingstone, F. A. Russo, PLoS ONE 13(5):e0196391, 2018 (CC BY-NC-SA 4.0).
    """

    name = "RAVDESS"
    expects = "folders Actor_01 to Actor_24 with files like 02-01-06-01-02-01-12.mp4"
    signs = (r"([^/]+/)?Actor_\d\d/(\d\d-){6}\d\d\.mp4",)
    access = "Open: Zenodo, record 1188976, under CC BY-NC-SA 4.0."
    task = Task(categories=("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"))

    def __init__(self, root: str | Path, channel: str = "both") -> None:
        super().__init__(root)
        check_choice("channel", channel, _CHANNELS)
        self._channels = _CHANNELS[channel]
        self._used, self._skipped = self._sorted_out()
        if not self._used:
            raise self.not_found(f"{len(self._skipped)} other files, no video of {channel}")

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by actor and take; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, _numbered(sorted(self._used)))

    def skipped(self) -> tuple[Skipped, ...]:
        """The same takes with sound, sound alone, further copies, the other channel, and files of other names."""
        return self._skipped

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Three actors, eight emotions each and a song: takes without sound, with it, both, and sound alone."""
        write_note(Path(root))
        for actor in (1, 2, 10):
            folder = Path(root) / f"Actor_{actor:02d}"
            folder.mkdir(parents=True, exist_ok=True)
            for code in ("02-01-01-01-01-01", *(f"02-01-{emotion:02d}-02-02-01" for emotion in range(2, 9))):
                _write_take(folder, f"{code}-{actor:02d}", seed)
            _write_take(folder, f"01-01-03-02-02-01-{actor:02d}", seed)
            _write_take(folder, f"01-02-04-01-01-02-{actor:02d}", seed)
            (folder / f"03-01-03-02-02-01-{actor:02d}.wav").write_bytes(b"RIFF: not read")
        (Path(root) / "Actor_01" / "02-01-09-01-01-01-01.mp4").write_bytes(b"no such emotion")

    def _sorted_out(self) -> tuple[dict[Take, Path], tuple[Skipped, ...]]:
        """The file of each take that is read, and all others with the reason."""
        used: dict[Take, Path] = {}
        skipped = []
        files = (path for path in self.root.rglob("*") if path.is_file() and path.name != NOTE)
        for path in sorted(files, key=_without_sound_first):
            reason = self._reason(path)
            if not reason:
                first = used.setdefault(_take(path), path)
                reason = "" if first == path else f"the same pictures as {first.name}"
            if reason:
                skipped.append(Skipped(path, reason))
        return used, tuple(sorted(skipped, key=lambda skip: skip.path))

    def _reason(self, path: Path) -> str:
        match = _NAME.fullmatch(path.name)
        if match is None:
            return "not a name of the dataset"
        if int(match[1]) == _AUDIO_ONLY or match[8] == "wav":
            return "sound without pictures"
        return "" if int(match[2]) in self._channels else "its channel was not asked for"

    def _trial(self, numbered: tuple[int, Take]) -> Trial:
        number, take = numbered
        video = open_video(self._used[take])
        stimulus = _STATEMENTS[take.statement - 1]
        return Trial(str(take.actor), "1", number, stimulus, {"face": video}, target=Target.of(take.emotion - 1))


def _take(path: Path) -> Take:
    match = _NAME.fullmatch(path.name)
    assert match is not None, f"{path} was sorted out before"
    _, *codes, actor = map(int, match.groups()[:7])
    return Take(actor, *codes)


def _numbered(takes: list[Take]) -> Iterator[tuple[int, Take]]:
    """Each take with its place among those of its actor, counted from 1."""
    place: dict[int, int] = {}
    for take in takes:
        place[take.actor] = place.get(take.actor, 0) + 1
        yield place[take.actor], take


def _without_sound_first(path: Path) -> tuple[bool, Path]:
    return not path.name.startswith(f"{_VIDEO_ONLY:02d}-"), path


def _write_take(folder: Path, name: str, seed: int) -> None:
    """Twelve frames; the same face and mouth whatever the modality, which is the name's first number.

    No two takes are the same pictures: the mouth opens as wide as channel, intensity, sentence and repetition say.
    """
    codes = [int(code) for code in name.split("-")]
    wide = 1 - np.dot([0.02, 0.04, 0.08, 0.16], np.take(codes, (1, 3, 4, 5)) - 1)
    mouth = np.cos(codes[2]) * wide
    pictures = [
        face_picture(RandomStream.LOOKALIKE.rng(seed, codes[-1]), (96, 128), mouth * step / 11) for step in range(12)
    ]
    write_video(folder / f"{name}.mp4", pictures, 30, sound=codes[0] == 1)
