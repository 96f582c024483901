"""AffectNet: single pictures from the web with an expression, valence and arousal; two releases."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...errors import InputError
from ...files.pictures.image_sequence import open_images
from ...files.stored_arrays import read_array
from ...regular_file import file_bytes, file_text
from ...streams.video import FaceMarks
from ...trials.dataset import NOTE, UNKNOWN_SUBJECT, Dataset, Skipped
from ...trials.task import MISSING_CATEGORY, Target, Task
from ...trials.trial import Trial
from .format import COLUMNS, LISTS, PICTURES

RATE = 30.0  # one picture has no rate; it counts as a single frame
_LISTS = {"train": "training.csv", "validation": "validation.csv"}
_SETS = {"train": "train_set", "validation": "val_set"}
_NOT_ANNOTATED = -2.0
_EXPRESSIONS = 11  # the eight categories, then none, uncertain and no face
_ARRAY = re.compile(r"\d+_(exp|val|aro|lnd)\.npy")

Numbered = tuple[int, list[str]]


@dataclass(frozen=True)
class Face:
    """One labelled picture.

    Args:
        part: ``"train"`` or ``"validation"``.
        number: Place in the part, counted from 1.
        stimulus: The picture's name in its release.
        path: The picture.
        category: 0 to 7, -1 where it shows none of these.
        dimensions: Valence and arousal in [-1, 1], NaN where not annotated.
        marks: Box and landmarks in pixels.
    """

    part: str
    number: int
    stimulus: str
    path: Path
    category: int
    dimensions: tuple[float, float]
    marks: FaceMarks


class AffectNet(Dataset):
    """AffectNet: pictures from the web, one a trial, with one of eight expressions, valence and arousal.

    Both releases are read: the old one (``Manually_Annotated_file_lists`` with 68 landmarks and a box a face) and that
    of eight classes (``train_set``, ``val_set`` with arrays a picture and no boxes). None, uncertain and no face are
    kept as a missing category; -2 is a missing valence or arousal. Who is shown is not known, so there is no split by
    subject: the sessions are the official parts. A trial's number is its row, or its picture's number and one.

    Args:
        root: The folder that holds one of the releases.

    Raises:
        DatasetNotFound: There are no labels with pictures.
        InputError: Both releases are there. Iterating: a row or array is broken or out of range.

    Source: A. Mollahosseini et al., IEEE Trans. Affective Computing 10(1):18-31, 2019.
    """

    name = "AffectNet"
    expects = f"{LISTS}/training.csv and {PICTURES}/, or train_set/ with annotations/ and images/"
    signs = (
        r"Manually_Annotated_file_lists/(training|validation)\.csv",
        r"(train|val)_set/annotations/\d+_(exp|val|aro)\.npy",
    )
    access = "On request: M. H. Mahoor, University of Denver, for a signed licence agreement; research only."
    bench_options = '--split "official()" --window 1'
    names_subjects = False
    recipe: ClassVar = {"face": ("FaceCrop(detector='Given', nowhere='mask')", "Patches()")}
    task = Task(
        categories=("neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt"),
        dimensions=("valence", "arousal"),
    )

    def __init__(self, root: str | Path) -> None:
        super().__init__(root)
        releases = [release for release in (_Lists(self.root), _Arrays(self.root)) if release.parts]
        if not releases:
            raise self.not_found("no file list with pictures and no annotations with images")
        if len(releases) > 1:
            raise InputError(
                self.root, f"two releases, {LISTS} and {_SETS['train']}", "one", "give a folder that holds one of them"
            )
        self._release = releases[0]

    def __iter__(self) -> Iterator[Trial]:
        """All trials, training before validation; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._release.places())

    def skipped(self) -> tuple[Skipped, ...]:
        """Rows without a picture, pictures without a row or arrays, and other files."""
        read = {*self._release.folders, NOTE}
        others = (Skipped(path, "not read") for path in sorted(self.root.iterdir()) if path.name not in read)
        return (*others, *self._release.skipped())

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """The old release: every code, a list without its header, a row without a picture, a picture without a row."""
        from .lookalike import write_lists

        write_lists(Path(root), seed)

    def _trial(self, place: tuple[str, Numbered]) -> Trial:
        face = self._release.face(*place)
        video = open_images([face.path], RATE, marks=face.marks)
        target = Target.of(face.category, face.dimensions)
        return Trial(
            UNKNOWN_SUBJECT, face.part, face.number, face.stimulus, {"face": video}, target=target, part=face.part
        )


class _Lists:
    """The old release: one CSV a part, whose header may be missing."""

    folders = (LISTS, PICTURES)

    def __init__(self, root: Path) -> None:
        nested = root / PICTURES / PICTURES  # an archive unpacked into a folder of its own name
        self._pictures = nested if nested.is_dir() else root / PICTURES
        lists = {part: root / LISTS / name for part, name in _LISTS.items()}
        self.parts = {part: path for part, path in lists.items() if path.is_file() and self._pictures.is_dir()}

    def places(self) -> Iterator[tuple[str, Numbered]]:
        """Part, number from 1 and cells of each row whose picture is there."""
        for part in self.parts:
            for number, cells in self._rows(part):
                if len(cells) != len(COLUMNS) or (self._pictures / cells[0]).is_file():
                    yield part, (number, cells)

    def face(self, part: str, place: Numbered) -> Face:
        """The picture of one row."""
        number, cells = place
        where = f"{self.parts[part]}, row {number}"
        if len(cells) != len(COLUMNS):
            raise InputError(where, f"{len(cells)} values", f"{len(COLUMNS)}: {', '.join(COLUMNS)}", "copy it again")
        box = _numbers(where, cells[1:5]).reshape(1, 4)
        points = [] if cells[5].strip() in ("", "NULL") else cells[5].split(";")
        landmarks = _landmarks(where, _numbers(where, points))
        expression, valence, arousal = _numbers(where, cells[6:]).tolist()
        return Face(
            part=part,
            number=number,
            stimulus=cells[0],
            path=self._pictures / cells[0],
            category=_category(where, expression),
            dimensions=(_rating(where, valence), _rating(where, arousal)),
            marks=FaceMarks(box, landmarks),
        )

    def skipped(self) -> Iterator[Skipped]:
        """Rows without a picture, then pictures without a row."""
        listed = set()
        for part, path in self.parts.items():
            for number, cells in self._rows(part):
                listed.add(picture := self._pictures / cells[0])
                if len(cells) == len(COLUMNS) and not picture.is_file():
                    yield Skipped(picture, f"no such picture, row {number} of {path.name}")
        for path in sorted(self._pictures.rglob("*")):
            if path.is_file() and path not in listed:
                yield Skipped(path, "in no file list")
        for path in sorted(next(iter(self.parts.values())).parent.iterdir()):
            if path not in self.parts.values():
                yield Skipped(path, "not read")

    def _rows(self, part: str) -> Iterator[Numbered]:
        path = self.parts[part]
        rows, number = csv.reader(io.StringIO(file_text(path), newline="")), 0
        try:
            for cells in rows:
                if cells and cells != list(COLUMNS):
                    yield (number := number + 1), cells
        except csv.Error as error:
            raise InputError(f"{path}:{rows.line_num}", str(error), "comma-separated values", "copy it") from error


class _Arrays:
    """The release of eight classes: a picture ``<i>.jpg`` and arrays ``<i>_exp.npy`` and so on."""

    folders = tuple(_SETS.values())

    def __init__(self, root: Path) -> None:
        self.parts: dict[str, Path] = {}
        for part, name in _SETS.items():
            if (root / name / "annotations").is_dir() and (root / name / "images").is_dir():
                self.parts[part] = root / name
        self._images = {part: _images(folder / "images") for part, folder in self.parts.items()}

    def places(self) -> Iterator[tuple[str, Numbered]]:
        """Part, number from 1 and name of each picture that has an expression."""
        for part in self.parts:
            for name in sorted(self._labelled(part), key=int):
                yield part, (int(name) + 1, [name])

    def face(self, part: str, place: Numbered) -> Face:
        """The picture of one number, with its arrays."""
        number, (name,) = place
        folder, image = self.parts[part] / "annotations", self._images[part][name]
        kinds = ("exp", "val", "aro", "lnd")
        expression, valence, arousal, landmarks = (folder / f"{name}_{kind}.npy" for kind in kinds)
        marks = FaceMarks(landmarks=_landmarks(landmarks, _array(landmarks)))
        ratings = (_rating(valence, _single(valence)), _rating(arousal, _single(arousal)))
        category = _category(expression, _single(expression))
        return Face(part, number, f"{self.parts[part].name}/{name}", image, category, dimensions=ratings, marks=marks)

    def skipped(self) -> Iterator[Skipped]:
        """Pictures without arrays, arrays without a picture, and other files."""
        for part, folder in self.parts.items():
            labelled = self._labelled(part)
            for path in sorted((folder / "images").iterdir()):
                if path.stem not in labelled or path != self._images[part][path.stem]:
                    yield Skipped(path, "no annotations")
            for path in sorted((folder / "annotations").iterdir()):
                if not _ARRAY.fullmatch(path.name) or path.name.split("_")[0] not in labelled:
                    yield Skipped(path, "no such picture, or not read")

    def _labelled(self, part: str) -> set[str]:
        annotated = (path.name for path in (self.parts[part] / "annotations").glob("*_exp.npy"))
        return {name.split("_")[0] for name in annotated if _ARRAY.fullmatch(name)} & set(self._images[part])


def _images(folder: Path) -> dict[str, Path]:
    """The pictures of a folder by their number."""
    return {path.stem: path for path in folder.iterdir() if path.suffix.lower() == ".jpg"}


def _array(path: Path) -> np.ndarray:
    """The numbers of an array file, (n,) float64; numbers written as text are taken, objects are not."""
    try:
        content = file_bytes(path)
        return read_array(BytesIO(content), len(content)).astype(float).ravel()
    except (OSError, ValueError, EOFError, MemoryError) as error:
        found = f"{type(error).__name__} ({error})"
        raise InputError(path, found, "an array of numbers", "copy the file again") from error


def _single(path: Path) -> float:
    values = _array(path)
    if values.shape != (1,):
        raise InputError(path, f"{len(values)} numbers", "one", "copy the file again")
    return float(values[0])


def _numbers(where: object, cells: Sequence[str]) -> np.ndarray:
    """The numbers (n,); NaN where a cell is empty or NULL."""
    try:
        return np.array([cell if cell.strip() not in ("", "NULL") else "nan" for cell in cells], float)
    except ValueError as error:
        raise InputError(where, str(error), "numbers", "copy the file again") from error


def _landmarks(where: object, values: np.ndarray) -> np.ndarray:
    """(1, 68, 2) in pixels; NaN where there are none."""
    if not len(values):
        return np.full((1, 68, 2), np.nan)
    if len(values) != 136:
        raise InputError(where, f"{len(values)} numbers of landmarks", "136: x and y of 68", "copy the file again")
    return values.reshape(1, 68, 2)


def _category(where: object, expression: float) -> int:
    if expression not in range(_EXPRESSIONS):
        raise InputError(where, f"expression {expression:g}", f"0 to {_EXPRESSIONS - 1}", "copy the file again")
    return int(expression) if expression < len(AffectNet.task.categories) else MISSING_CATEGORY


def _rating(where: object, value: float) -> float:
    if value == _NOT_ANNOTATED:
        return float("nan")
    if not abs(value) <= 1:
        raise InputError(where, f"a rating of {value:g}", "-1 to 1, or -2 for none", "copy the file again")
    return value
