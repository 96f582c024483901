"""EAV: 42 people who listen to and answer an actor, EEG and video of each turn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...files.videos.video_file import open_video
from ...layouts.layout import Layout, canonical
from ...layouts.montage import layout_from_positions, standard_montage
from ...layouts.recording_layout import named_layout
from ...streams.clock import Clock
from ...streams.electrodes import Electrodes
from ...streams.source import Source
from ...trials.dataset import Dataset, Skipped
from ...trials.task import Target, Task
from ...trials.trial import Stream, Trial
from ..face_folders import check_choice, left_over
from .files import CLASSES, EavSubject, EavVideo, check_subject, find_subjects, read_seg, recording_shape

RATE = 500.0
"""Samples a second, Hz, as the authors' loader has it; the files hold none."""

CHANNELS = tuple(
    "Fp1 Fp2 F7 F3 Fz F4 F8 FC5 FC1 FC2 FC6 T7 C3 Cz C4 T8 CP5 CP1 CP2 CP6 P7 P3 Pz P4 P8 PO9 O1 Oz O2 PO10".split()
)
"""The 30 channels by our reading, which no file confirms: BrainAmp's cap of 32 without TP9 and TP10."""

TOGETHER = "the dataset cuts EEG and video of a trial at the same moment; no file holds an event to check it by"
TASKS: Mapping[str, tuple[str, ...]] = {
    "listening": ("Listening",),
    "speaking": ("Speaking",),
    "both": ("Listening", "Speaking"),
}


class EAV(Dataset):
    """EAV: 42 people, 200 turns of a scripted talk, 30 electrodes and a video of the face, five emotions.

    A trial is a turn of 20 s, its number the one that its video's name begins with, which is the trial's place in the
    EEG file. Listening and speaking are kept apart, by the video's name alone: of the ten rows of the labels two belong
    to each emotion, and which of them is which task is told differently by the authors' own loaders. Trials without a
    video are left out, as nobody knows their task. Each trial has its own clock, 0 at its first sample and frame.

    What no file holds, and is therefore assumed: the rate, 500 Hz (the authors' loader); the unit, microvolt
    (unverified); the channels' names (``CHANNELS``, unverified; give ``layout`` if you know better). Stimulus is the
    emotion with the number of the pair of turns, as in ``"anger-3"`` for trials 5 and 6: that all people had the same
    script in the same order is unverified. A file's EEG is unpacked as a whole, half a gigabyte; one is kept at a time.

    Args:
        root: The folder with ``subject1`` (or ``subject01``, ``subject1__``) and so on.
        task: ``"listening"``, ``"speaking"`` or ``"both"``.
        layout: The electrodes in the order of the file's channels, instead of ``CHANNELS`` at their 10-05 places; or
            the name of a drawing such as ``"scalp-19"``, whose sites are read of ``CHANNELS``.

    Raises:
        DatasetNotFound: Nobody has EEG, labels and a video of that task.
        InputError: ``task`` is another, or a subject is there twice. Iterating: a file is cut; labels are no one-hot
            rows, or name another emotion than a video; two videos have one number, or one that the EEG does not have.

    Source: M.-H. Lee et al., Scientific Data 11:1026, 2024.
    """

    name = "EAV"
    expects = "subject1/EEG/subject1_eeg.mat, subject1_eeg_label.mat and subject1/Video/*.mp4, and so on"
    signs = (r"subject0*\d+_*/EEG/[^/]+_eeg\.mat",)
    access = "From its authors, as the publication says; its terms stand there."
    task = Task(categories=tuple(name.lower() for name in CLASSES))

    def __init__(self, root: str | Path, task: str = "listening", layout: Layout | str | None = None) -> None:
        super().__init__(root)
        check_choice("task", task, TASKS)
        named = named_layout(layout, "EAV, layout")
        self._layout = named if isinstance(named, Layout) else eav_layout()
        self._channels = CHANNELS if isinstance(layout, str) else self._layout.sites
        _check_sites(self._layout, self._channels)
        self._subjects, self._incomplete = find_subjects(self.root)
        self._places: list[tuple[EavSubject, EavVideo]] = []
        for subject in self._subjects:
            self._places += [(subject, video) for video in subject.videos if video.task in TASKS[task]]
        if not self._places:
            raise self.not_found(f"{len(self._subjects)} people with EEG, labels and videos, no video of {task}")

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject and number; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._places)

    def skipped(self) -> tuple[Skipped, ...]:
        """People who lack a file, the other task, EEG without a video, sound, and other files."""
        used: set[Path] = set()
        for subject, video in self._places:
            used |= {subject.eeg, subject.label, video.path}
        skipped = []
        for left in left_over(self.root, used, self._reason):
            skipped.append(Skipped(left.path, self._incomplete.get(left.path, _folder_reason(left))))
        return (*skipped, *chain.from_iterable(map(_without_video, self._subjects)))

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Two people of 8 trials of 2 s, in both spellings of folders and variables; a third without EEG."""
        from .lookalike import write_subjects

        write_subjects(Path(root), seed)

    def _trial(self, place: tuple[EavSubject, EavVideo]) -> Trial:
        subject, video = place
        check_subject(subject)
        face = open_video(video.path).on(Clock.fixed(0.0, TOGETHER))
        streams: dict[str, Stream] = {"eeg": self._electrodes(subject, video), "face": face}
        stimulus = f"{video.emotion.lower()}-{(video.number + 1) // 2}"
        return Trial(
            str(subject.number), "1", video.number, stimulus, streams, target=Target.of(CLASSES.index(video.emotion))
        )

    def _electrodes(self, subject: EavSubject, video: EavVideo) -> Electrodes:
        name, (samples, channels, _) = recording_shape(subject.eeg)
        if channels != len(self._channels):
            found = f"{channels} channels"
            wanted = f"{len(self._channels)}, one a site of {self._layout.name}"
            raise InputError(subject.eeg, found, wanted, "name the file's channels in their order with EAV(layout=...)")
        source = Source(subject.eeg, f"{name}, trial {video.number}")
        read = TurnSamples(subject.eeg, name, video.number - 1)
        return Electrodes(
            layout=self._layout, names=self._channels, rate=RATE, n_samples=samples, read=read, source=source
        )

    def _reason(self, path: Path) -> str:
        if any(path in [video.path for video in subject.videos] for subject in self._subjects):
            return "its task was not asked for"
        return "not a file of the dataset"


def _check_sites(layout: Layout, channels: Sequence[str]) -> None:
    known = set(map(canonical, channels))
    lost = [site for site in layout.sites if canonical(site) not in known]
    if lost:
        found = f"{layout.name} with {', '.join(lost)}"
        do = "name another drawing, or the file's channels in their order with EAV(layout=Layout(...))"
        raise InputError("EAV, layout", found, f"sites among {', '.join(channels)}", do)


@dataclass(frozen=True)
class TurnSamples:
    """A ``read`` over one trial of a variable (time, channel, trial); ``trial`` counts from 0."""

    path: Path
    variable: str
    trial: int

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``: (30, stop - start) in microvolts."""
        return read_seg(self.path, self.variable)[start:stop, :, self.trial].T


@lru_cache(maxsize=1)
def eav_layout() -> Layout:
    """``CHANNELS`` at their places of the 10-05 system, in their order."""
    place = standard_montage().get_positions()["ch_pos"]
    return layout_from_positions(CHANNELS, [place[name] for name in CHANNELS], "eav-30")


def _without_video(subject: EavSubject) -> Iterator[Skipped]:
    try:
        _, (_, _, trials) = recording_shape(subject.eeg)
    except InputError:
        return  # its trials say so
    numbers = {video.number for video in subject.videos}
    lost = [str(number) for number in range(1, trials + 1) if number not in numbers]
    if lost:
        yield Skipped(subject.eeg, f"trials {', '.join(lost)} have no video, so their task is not known")


def _folder_reason(left: Skipped) -> str:
    if left.path.name.lower() == "audio" and left.path.is_dir():
        return "sound is not read"
    return left.reason
