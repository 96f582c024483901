"""AFEW-VA: 600 clips of feature films, every frame rated for valence and arousal."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..errors import InputError
from ..files.pictures.image_sequence import open_images
from ..ordering import natural_order
from ..random_streams import RandomStream
from ..regular_file import file_bytes
from ..stored_json import parsed_json
from ..streams.source import FileVersion, file_version
from ..streams.video import FaceMarks
from ..trials.dataset import NOTE, UNKNOWN_SUBJECT, Dataset, Skipped
from ..trials.task import Target, Task
from ..trials.trial import Trial
from .face_folders import matching
from .lookalikes.drawn_face import drawn_landmarks, face_picture
from .lookalikes.pictures import write_picture
from .lookalikes.recordings import write_note

_SCALE = (-10, 10)
"""Lowest and highest rating."""

_PICTURE = re.compile(r"(\d+)(?i:\.(png|jpe?g))")
_DIMENSIONS = ("valence", "arousal")

Labels = dict[int, dict[str, Any]]


class AFEWVA(Dataset):
    """AFEW-VA: 600 clips of feature films with valence and arousal of -10 to 10 and 68 landmarks a frame.

    Who acts in a clip is not in the files, so there is no split by subject; a clip is a session, and a stimulus. One
    actor and one film may occur in several clips. Ratings belong to pictures by number. A frame without a rating or
    landmarks keeps its place with NaN; a missing picture is a gap in the times.

    Args:
        root: The folder with ``01`` to ``12``, or some of these.
        rate: Frames a second, which no file holds.

    Raises:
        DatasetNotFound: There is no clip with ratings and pictures.
        InputError: Iterating: ratings cannot be read, lie outside -10 to 10, or landmarks are not 68 points.

    Source: J. Kossaifi et al., Image and Vision Computing 65:23-36, 2017.
    """

    name = "AFEW-VA"
    version = 2
    expects = "folders 01 to 12 with clips like 01/001/001.json and 01/001/00000.png"
    signs = (r"\d\d/\d{3}/\d{3}\.json",)
    access = "On request: the iBUG group of Imperial College London, for research that is not commercial."
    bench_options = "--split \"k_folds('session', 3)\""
    names_subjects = False
    recipe: ClassVar = {"face": ("FaceCrop(detector='Given')", "Patches()")}
    task = Task(dimensions=_DIMENSIONS, ranges=(_SCALE,) * len(_DIMENSIONS))

    def __init__(self, root: str | Path, rate: float = 30.0) -> None:
        super().__init__(root)
        self.rate = rate
        folders = sorted(self.root.glob("*/*/"), key=lambda path: natural_order(path.name))
        self._clips = [path for path in folders if _labels_file(path).is_file() and _pictures(path)]
        if not self._clips:
            raise self.not_found(f"{len(folders)} folders, none with ratings and pictures")

    def __iter__(self) -> Iterator[Trial]:
        """One trial a clip, by its number; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._clips)

    def skipped(self) -> tuple[Skipped, ...]:
        """Clips without ratings or pictures, ratings without a picture, and other files.

        Raises:
            InputError: A clip's ratings cannot be read.
        """
        return tuple(self._left_out())

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Three clips of 12 frames; a rating, some landmarks and a picture are missing; a clip without ratings."""
        write_note(Path(root))
        for folder, clip in (("01", "001"), ("01", "010"), ("12", "600")):
            _write_clip(Path(root) / folder / clip, RandomStream.LOOKALIKE.rng(seed, int(clip)))
        write_picture(Path(root) / "02" / "051" / "00000.png", np.zeros((96, 128), np.uint8))
        (Path(root) / "readme.txt").write_text("A simulated lookalike.\n", encoding="utf-8")

    def _trial(self, clip: Path) -> Trial:
        files, labels = _pictures(clip), read_labels(_labels_file(clip))
        numbers = sorted(files)
        frames = [labels.get(number, {}) for number in numbers]
        marks = FaceMarks(landmarks=np.array([_landmarks(clip, frame) for frame in frames]))
        video = open_images([files[number] for number in numbers], self.rate, numbers, marks)
        ratings = np.array([_ratings(clip, number, labels) for number in numbers], np.float64)
        target = Target(dimensions=ratings, times=video.times)
        return Trial(UNKNOWN_SUBJECT, clip.name, 1, clip.name, {"face": video}, target=target)

    def _left_out(self) -> Iterator[Skipped]:
        clips = set(self._clips)
        for path in sorted(self.root.iterdir()):
            if not path.is_dir() and path.name != NOTE:
                yield Skipped(path, "not read")
        for path in sorted(self.root.glob("*/*")):
            if path not in clips:
                yield Skipped(path, "no ratings or no pictures" if path.is_dir() else "not read")
        for clip in self._clips:
            yield from _unused(clip)


def read_labels(path: Path) -> Labels:
    """A clip's entries by frame number, counted from 0: each has ``landmarks``, ``valence`` and ``arousal`` or less.

    Raises:
        InputError: The file is not JSON, or has no frames by number.
    """
    return _read_labels(path, file_version(path))


@lru_cache(maxsize=4)
def _read_labels(path: Path, _version: FileVersion) -> Labels:
    try:
        frames = parsed_json(file_bytes(path))["frames"]
        return {int(number): dict(frame) for number, frame in frames.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        found = f"{type(error).__name__} ({error})"
        wanted = 'JSON with {"frames": {"00000": {"landmarks", "valence", "arousal"}, ...}}'
        raise InputError(path, found, wanted, "copy the file again") from error


def _labels_file(clip: Path) -> Path:
    return clip / f"{clip.name}.json"


def _pictures(clip: Path) -> dict[int, Path]:
    return {int(match[1]): path for match, path in matching(_PICTURE, clip.iterdir())}


def _unused(clip: Path) -> Iterator[Skipped]:
    files = _pictures(clip)
    known = {*files.values(), _labels_file(clip)}
    yield from (Skipped(path, "not read") for path in sorted(clip.iterdir()) if path not in known)
    missing = sorted(set(read_labels(_labels_file(clip))) - set(files))
    if missing:
        names = ", ".join(f"{number:05d}" for number in missing)
        yield Skipped(_labels_file(clip), f"ratings of frames without a picture: {names}")


def _ratings(clip: Path, number: int, labels: Labels) -> list[float]:
    """The ratings of a frame, -10 to 10; NaN where there is none."""
    frame, low, high = labels.get(number, {}), *_SCALE
    ratings = []
    for name in _DIMENSIONS:
        value = frame.get(name)
        if value is None:
            ratings.append(np.nan)
        elif isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            where = f"{_labels_file(clip)}, frame {number:05d}"
            raise InputError(where, f"{name} {value!r}", f"a number of {low} to {high}", "copy the file again")
        else:
            ratings.append(value)
    return ratings


def _landmarks(clip: Path, frame: dict[str, Any]) -> np.ndarray:
    """The landmarks of a frame, (68, 2) in pixels; NaN where there are none."""
    pairs = frame.get("landmarks")
    if not pairs:
        return np.full((68, 2), np.nan)
    try:
        points = np.array(pairs, float)
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.shape != (68, 2):
        raise InputError(_labels_file(clip), f"landmarks {np.shape(points)}", "68 pairs", "copy the file again")
    return points


def _write_clip(clip: Path, rng: np.random.Generator) -> None:
    """Frame 3 has no rating, frame 5 no landmarks, frame 7 no picture; entries do not lie in order."""
    size, frames = (96, 128), {}
    for number in rng.permutation(12).tolist():
        valence = int(rng.integers(-10, 11))
        if number != 7:
            write_picture(clip / f"{number:05d}.png", face_picture(rng, size, valence / _SCALE[1]))
        frames[f"{number:05d}"] = {
            "landmarks": [] if number == 5 else drawn_landmarks(size).round(2).tolist(),
            "valence": valence,
            "arousal": int(rng.integers(-10, 11)),
        }
    del frames["00003"]
    _labels_file(clip).write_text(json.dumps({"frames": frames}), encoding="utf-8")
