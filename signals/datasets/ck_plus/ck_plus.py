"""CK+: 123 people posing expressions from neutral to the peak, with action units and landmarks."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np

from ...errors import InputError
from ...files.pictures.image_sequence import ASSUMED_RATE, open_images
from ...regular_file import file_text
from ...streams.video import FaceMarks, Video
from ...trials.dataset import Dataset, Skipped
from ...trials.task import MISSING_CATEGORY, Target, Task
from ...trials.trial import Trial
from ..face_folders import EXPRESSIONS, is_number, left_over
from .format import ARCHIVES

N_LANDMARKS = 68
NO_LANDMARKS = "no file of landmarks: the face has to be looked for"
_CROP = "FaceCrop(detector=\"Given(otherwise='Centerface')\")"
_FILE = re.compile(r"S(\d{3})_(\d{3})_(\d{8})((?i:\.png|_emotion\.txt|_facs\.txt|_landmarks\.txt))")
_Files = Mapping[int, Path]
_Content = TypeVar("_Content")


@dataclass(frozen=True)
class CKSequence:
    """One sequence and what belongs to it; all files by the number of their frame, in order.

    Args:
        subject, number: As in ``S005/001``.
        frames, emotion, units, landmarks: Pictures, emotion labels, FACS codes, landmarks.
    """

    subject: int
    number: int
    frames: _Files
    emotion: _Files
    units: _Files
    landmarks: _Files

    def __str__(self) -> str:
        return f"S{self.subject:03d}_{self.number:03d}"

    def files(self) -> list[Path]:
        """All of them."""
        return [*self.frames.values(), *self.emotion.values(), *self.units.values(), *self.landmarks.values()]


class CKPlus(Dataset):
    """CK+: 593 sequences of 123 people, from a neutral face to the peak of an expression; 327 have an emotion label.

    A trial is a sequence, its number the sequence's, its stimulus the sequence itself (``"S005_001"``). The label and
    the action units are those of the peak, which is the last frame; the first frames are neutral. Action units are
    present whatever their intensity; 0 means present, not graded. A FACS file without lines says that none is present;
    without a file all are missing. The coding has a neutral emotion, 0, that the publication never uses: where a
    file says so, it is the last category. Frames keep the numbers of their files, with their gaps, at an assumed rate.

    Args:
        root: The folder with ``cohn-kanade-images``, ``Emotion``, ``FACS`` and ``Landmarks``, each as it is or inside
            the folder that its archive makes. The last two may be missing: the face of a sequence without landmarks is
            looked for.

    Raises:
        DatasetNotFound: There are no pictures, or no folder of labels.
        InputError: Iterating: a label or landmarks are broken, or belong to a frame that is not there; a picture is
            none.

    Source: P. Lucey et al., CVPR Workshops, 2010.
    """

    name = "CK+"
    expects = "cohn-kanade-images/S005/001/S005_001_00000001.png and so on, and Emotion/ beside it"
    signs = (r"([\w-]+/)?cohn-kanade-images/S\d{3}/\d{3}/S\d{3}_\d{3}_\d{8}\.png",)
    access = "On request: the group of J. F. Cohn, University of Pittsburgh, for a signed agreement."
    bench_options = "--split \"k_folds('subject', 10)\""
    recipe: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "face": ("EvenFrames(9, repeat=True)", _CROP, "Patches()"),
        "face-hog": ("EvenFrames(9, repeat=True)", _CROP, "Patches()", "Hog()"),
    }

    def __init__(self, root: str | Path) -> None:
        super().__init__(root)
        folders = {name: find_folder(self.root, name) for name in ARCHIVES}
        missing = [name for name in ("cohn-kanade-images", "Emotion") if folders[name] is None]
        if missing:
            raise self.not_found(f"no folder {' and no '.join(missing)}")
        self._missing = [name for name, folder in folders.items() if folder is None]
        self._sequences = find_sequences(*folders.values())
        if not self._sequences:
            raise self.not_found("no sequence of pictures")
        self._units = _all_units(self._sequences)
        self.task = Task(_categories(self._sequences), units=tuple(f"au{unit}" for unit in self._units))

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject and sequence; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._sequences)

    def skipped(self) -> tuple[Skipped, ...]:
        """Empty folders, files of no sequence, other files, and the folders that are missing."""
        missing = tuple(Skipped(self.root / name, "no such folder: nothing is known of it") for name in self._missing)
        used = chain.from_iterable(sequence.files() for sequence in self._sequences)
        return (*missing, *left_over(self.root, used, _reason))

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Ten people, three sequences each, as the archives unpack: gaps, sizes, colour, missing labels, empty folders.

        The shape of the mouth follows the emotion.
        """
        from .lookalike import write_sequences

        write_sequences(Path(root), seed)

    def _trial(self, sequence: CKSequence) -> Trial:
        streams = {"face": _video(sequence)}
        return Trial(str(sequence.subject), "1", sequence.number, str(sequence), streams, target=self._target(sequence))

    def _target(self, sequence: CKSequence) -> Target:
        emotion = _of_peak(sequence, sequence.emotion, "emotion label")
        category = MISSING_CATEGORY if emotion is None else _category(read_emotion(emotion))
        coded = _of_peak(sequence, sequence.units, "FACS file")
        row = np.full((1, len(self._units)), np.nan, np.float32)
        if coded is not None:
            row[0] = np.isin(self._units, read_units(coded))
        return replace(Target.of(category), units=row)


def find_folder(root: Path, name: str) -> Path | None:
    """One of the dataset's folders in ``root``: inside its archive's folder, or as it is."""
    places = (root / ARCHIVES[name] / name, root / name)
    return next((place for place in places if place.is_dir()), None)


def find_sequences(
    pictures: Path | None, emotions: Path | None, units: Path | None, landmarks: Path | None
) -> list[CKSequence]:
    """All sequences that have pictures, by subject and number, with what the other folders hold of them."""
    endings = (".png", "_emotion.txt", "_facs.txt", "_landmarks.txt")
    folders = (pictures, emotions, units, landmarks)
    frames, *labels = (_by_sequence(folder, ending) for folder, ending in zip(folders, endings, strict=True))
    sequences = []
    for key in sorted(frames):
        sequences.append(CKSequence(*key, frames[key], *(files.get(key, {}) for files in labels)))
    return sequences


def read_emotion(path: Path) -> int:
    """The code in an emotion file: 0 neutral, 1 anger, 2 contempt, 3 disgust, 4 fear, 5 happy, 6 sadness, 7 surprise.

    Raises:
        InputError: There is not one number, or another one.
    """
    numbers = _read_rows(path, 1).ravel()
    if len(numbers) != 1 or numbers[0] not in range(len(EXPRESSIONS) + 1):
        found = ", ".join(f"{number:g}" for number in numbers) or "nothing"
        raise InputError(path, found, "one whole number from 0 to 7", "copy the label again")
    return int(numbers[0])


def read_units(path: Path) -> list[int]:
    """The action units that a FACS file says are present; none where it is empty.

    Raises:
        InputError: A line is not an action unit and its intensity.
    """
    units = _read_rows(path, 2)[:, 0]
    if (units != np.floor(units)).any() or (units < 1).any():
        found = f"action units {', '.join(f'{unit:g}' for unit in units)}"
        raise InputError(path, found, "whole numbers from 1", "copy the file again")
    return [int(unit) for unit in units]


def read_landmarks(path: Path) -> np.ndarray:
    """The landmarks of one frame, (68, 2) x and y in pixels.

    Raises:
        InputError: There are others than 68, or a line is not two numbers.
    """
    points = _read_rows(path, 2)
    if len(points) != N_LANDMARKS:
        raise InputError(path, f"{len(points)} landmarks", f"{N_LANDMARKS}, one a line", "copy the file again")
    return points


def _by_sequence(folder: Path | None, ending: str) -> dict[tuple[int, int], dict[int, Path]]:
    """Files by subject and sequence, then by frame; a file in the folder of another sequence is not taken."""
    sequences: dict[tuple[int, int], dict[int, Path]] = {}
    for path in sorted(folder.glob("S*/*/*")) if folder else ():
        match = _FILE.fullmatch(path.name)
        if match and match[4].lower() == ending and path.parts[-3:-1] == (f"S{match[1]}", match[2]):
            sequences.setdefault((int(match[1]), int(match[2])), {})[int(match[3])] = path
    return sequences


def _video(sequence: CKSequence) -> Video:
    numbers = list(sequence.frames)
    marks = FaceMarks(landmarks=_landmarks(sequence)) if sequence.landmarks else None
    video = open_images(list(sequence.frames.values()), ASSUMED_RATE, numbers, marks)
    return video if marks else replace(video, remarks=(*video.remarks, NO_LANDMARKS))


def _landmarks(sequence: CKSequence) -> np.ndarray:
    """(N, 68, 2), NaN for frames without a file."""
    strangers = [path for number, path in sequence.landmarks.items() if number not in sequence.frames]
    if strangers:
        found = f"landmarks of {len(strangers)} frames without a picture"
        raise InputError(strangers[0], found, f"frames of {sequence} only", "copy the sequence's pictures again")
    unknown = np.full((N_LANDMARKS, 2), np.nan)
    known = {number: read_landmarks(path) for number, path in sequence.landmarks.items()}
    return np.array([known.get(number, unknown) for number in sequence.frames])


def _of_peak(sequence: CKSequence, files: _Files, kind: str) -> Path | None:
    """The only file of its kind; its frame must be there, or the sequence was cut and the label is of another face."""
    paths = list(files.values())
    if len(paths) > 1:
        raise InputError(paths[1], f"{len(paths)} {kind}s of {sequence}", "one at most", "remove the others")
    strangers = [number for number in files if number not in sequence.frames]
    if strangers:
        found = f"the {kind} of frame {strangers[0]}; the last picture is of frame {max(sequence.frames)}"
        raise InputError(paths[0], found, "a frame of the sequence", "copy the sequence's pictures again")
    return paths[0] if paths else None


def _categories(sequences: Iterable[CKSequence]) -> tuple[str, ...]:
    codes = _readable(chain.from_iterable(sequence.emotion.values() for sequence in sequences), read_emotion)
    return (*EXPRESSIONS, "neutral") if 0 in codes else EXPRESSIONS


def _category(code: int) -> int:
    """Index into the categories: 1..7 in the order of the codes, neutral behind them."""
    return (code - 1) % (len(EXPRESSIONS) + 1)


def _all_units(sequences: Iterable[CKSequence]) -> list[int]:
    coded = _readable(chain.from_iterable(sequence.units.values() for sequence in sequences), read_units)
    return sorted(set(chain.from_iterable(coded)))


def _readable(paths: Iterable[Path], read: Callable[[Path], _Content]) -> Iterator[_Content]:
    for path in paths:
        try:
            yield read(path)
        except InputError:
            continue  # the trial that it belongs to refuses it


def _read_rows(path: Path, columns: int) -> np.ndarray:
    """The numbers in a text file of one row a line, (rows, columns)."""
    lines = [line.split() for line in file_text(path, "replace").splitlines()]
    rows = [(number, cells) for number, cells in enumerate(lines, 1) if cells]
    for number, cells in rows:
        if len(cells) != columns or not all(map(is_number, cells)):
            found, wanted = f"line {number}: {' '.join(cells)!r}", f"{columns} numbers a line"
            raise InputError(path, found, wanted, "copy the file again")
    return np.array([cells for _, cells in rows], float).reshape(-1, columns)


def _reason(path: Path) -> str:
    return "no pictures of its sequence" if _FILE.fullmatch(path.name) else "not a file of the dataset"
