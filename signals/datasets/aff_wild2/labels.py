"""The label files of Aff-Wild2: a header, then one row a frame; what counts as invalid depends on the task."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...regular_file import LARGEST_TEXT, check_regular, file_text
from ...streams.source import FileVersion, file_version
from ...trials.task import MISSING_CATEGORY, Target, Task

_INVALID_RATING, _INVALID_CODE = -5.0, -1.0
_EXPRESSIONS = ("neutral", "anger", "disgust", "fear", "happiness", "sadness", "surprise", "other")
_UNITS = tuple(f"au{unit}" for unit in (1, 2, 4, 6, 7, 10, 12, 15, 23, 24, 25, 26))
_DIMENSIONS = ("valence", "arousal")
_LISTED = re.compile(r"(?:.*/)?([^/]+)/(\d+)(?i:\.(?:jpe?g|png))")


@dataclass(frozen=True)
class Labels:
    """The kind of labels in one edition's files.

    Args:
        kind: ``"va"``, ``"expr"``, ``"au"`` or ``"mtl"``.
        task: What is predicted, named as in the header; the header of multi-task lists names no unit.
    """

    kind: str
    task: Task

    @classmethod
    def of(cls, kind: str, path: Path) -> "Labels":
        """The labels of an edition by the header of one file, ``path``.

        Raises:
            InputError: Its header is not one of this task.
        """
        if kind == "mtl":
            return cls(kind, Task(_EXPRESSIONS, _DIMENSIONS, _UNITS))
        return cls(kind, _task_of(kind, path, _header(path)))

    @property
    def counted(self) -> bool:
        """True where every frame of the video has a row; the multi-task lists name their pictures instead."""
        return self.kind != "mtl"

    def read(self, path: Path, face: str) -> Target:
        """The labels of one face, row i for the picture numbered i + 1; missing where invalid, blank or not listed.

        Raises:
            InputError: The file is broken, or its header is another than that of the edition's first file.
        """
        if self.kind == "mtl":
            return _spread(path, read_lists(path)[face], self.task)
        task = _task_of(self.kind, path, header := _header(path))
        if set(_task_names(task)) != set(_task_names(self.task)) or (self.kind == "expr" and task != self.task):
            raise InputError(path, ",".join(header), ",".join(_task_names(self.task)), "give one edition's annotations")
        rows = _rows(path, _INVALID_RATING if self.kind == "va" else _INVALID_CODE)
        if self.kind == "expr":
            return _target(path, self.task, rows, {"expr": [0]})
        return _target(
            path, self.task, rows, {self.kind: [_header_names(header).index(name) for name in _task_names(self.task)]}
        )

    def blank_rows(self, path: Path) -> int:
        """Blank lines among the rows of a label file: each stands for a frame without a label."""
        return _row_lines(path).count("") if self.counted else 0


def read_lists(path: Path) -> Mapping[str, np.ndarray]:
    """The rows of a multi-task list by face: (R, 16) picture number, valence, arousal, expression, 12 units.

    Raises:
        InputError: A line has other than 16 values, or names no picture.
    """
    return _read_lists(path, file_version(path))


@lru_cache(maxsize=4)
def _read_lists(path: Path, _version: FileVersion) -> Mapping[str, np.ndarray]:
    faces: dict[str, list[list[float]]] = {}
    for number, line in enumerate(file_text(path).splitlines()[1:], 2):
        if not line.strip():
            continue
        name, *cells = line.split(",")
        match = _LISTED.fullmatch(name.strip())
        try:
            values = [float(cell) for cell in cells]
        except ValueError:
            values = []
        if match is None or len(values) != 3 + len(_UNITS):
            wanted = f"video/00001.jpg and {3 + len(_UNITS)} numbers"
            raise InputError(f"{path}:{number}", line[:60], wanted, "copy the file again")
        faces.setdefault(match[1], []).append([float(match[2]), *values])
    return {face: np.array(rows) for face, rows in faces.items()}


def _spread(path: Path, rows: np.ndarray, task: Task) -> Target:
    """Listed rows in the place of their picture; missing in between."""
    listed = _target(path, task, rows[:, 1:], {"va": [0, 1], "expr": [2], "au": list(range(3, rows.shape[1] - 1))})
    place = rows[:, 0].astype(int) - 1
    if place.min() < 0 or len(set(place.tolist())) < len(place):
        raise InputError(path, "a picture twice, or number 0", "pictures counted from 1, each once", "copy it again")
    which = np.full(place.max() + 1, -1)
    which[place] = np.arange(len(place))
    return take_rows(listed, np.maximum(which, 0), which >= 0)


def take_rows(labels: Target, row: np.ndarray, known: np.ndarray) -> Target:
    """The rows ``row`` (N,) of ``labels``; missing where not ``known`` (N,)."""
    category = np.where(known, labels.category[row], MISSING_CATEGORY).astype(np.int16)
    return Target(
        category,
        np.where(known[:, None], labels.dimensions[row], np.nan),
        np.where(known[:, None], labels.units[row], np.nan),
    )


def _target(path: Path, task: Task, rows: np.ndarray, columns: Mapping[str, list[int]]) -> Target:
    """``rows`` (R, C) as a target; ``columns`` says which hold what."""
    count = len(rows)
    category = np.full(count, MISSING_CATEGORY, np.int16)
    dimensions, units = (np.full((count, len(names)), np.nan) for names in (task.dimensions, task.units))
    if "va" in columns:
        dimensions = _ratings(path, rows[:, columns["va"]])
    if "expr" in columns:
        category = _codes(path, rows[:, columns["expr"]], len(task.categories))[:, 0].astype(np.int16)
    if "au" in columns:
        codes = _codes(path, rows[:, columns["au"]], 2)
        units = np.where((codes < 0).any(axis=1, keepdims=True), np.nan, codes).astype(np.float32)
    return Target(category, dimensions, units)


def _ratings(path: Path, values: np.ndarray) -> np.ndarray:
    """(R, 2) in [-1, 1]; NaN in both where either is -5."""
    invalid = (values == _INVALID_RATING).any(axis=1, keepdims=True)
    _check(path, np.asarray((invalid | (np.abs(values) <= 1)).all(axis=1)), values, "ratings of -1 to 1, or -5")
    return np.where(invalid, np.nan, values)


def _codes(path: Path, values: np.ndarray, count: int) -> np.ndarray:
    """(R, C) whole numbers of -1, which is invalid, to ``count`` - 1."""
    _check(path, np.asarray(np.isin(values, range(-1, count)).all(axis=1)), values, f"codes of -1 to {count - 1}")
    return values


def _check(path: Path, right: np.ndarray, values: np.ndarray, wanted: str) -> None:
    if not right.all():
        row = int(np.argmin(right))
        found = ",".join(f"{value:g}" for value in values[row])
        raise InputError(f"{path}, row {row}", found, wanted, "copy the file again, or is it of another task?")


def _task_of(kind: str, path: Path, header: list[str]) -> Task:
    names = _header_names(header)
    if kind == "va" and set(names) == set(_DIMENSIONS):
        return Task(dimensions=_DIMENSIONS)
    if kind == "expr" and names[:7] == _EXPRESSIONS[:7] and len(names) <= len(_EXPRESSIONS):
        return Task(categories=_EXPRESSIONS[: len(names)])
    if kind == "au" and names and len(set(names)) == len(names) and all(re.fullmatch(r"au\d+", n) for n in names):
        return Task(units=tuple(sorted(names, key=lambda name: int(name[2:]))))
    wanted = {"va": "valence,arousal", "expr": "Neutral,Anger,Disgust and so on", "au": "AU1,AU2,AU4 and so on"}[kind]
    raise InputError(f"{path}:1", ",".join(header)[:80], wanted, "is this a label file of that task?")


def _task_names(task: Task) -> tuple[str, ...]:
    return (*task.categories, *task.dimensions, *task.units)


def _header_names(header: list[str]) -> tuple[str, ...]:
    """Lower case; a bare number is an action unit."""
    return tuple(re.sub(r"^(au)?0*(\d+)$", r"au\2", cell.strip().lower()) for cell in header)


def _header(path: Path) -> list[str]:
    check_regular(path, LARGEST_TEXT)
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return file.readline().strip().split(",")


def _rows(path: Path, invalid: float) -> np.ndarray:
    """(R, C) float64 behind the header; ``invalid`` where a line between them is blank, so that none moves."""
    lines = _row_lines(path)
    width = next((len(line.split(",")) for line in lines if line), 0)
    blank = [str(invalid)] * width
    try:
        rows = np.array([line.split(",") if line else blank for line in lines], float)
    except ValueError as error:
        raise InputError(path, str(error), "rows of as many numbers as the first", "copy the file again") from error
    if not rows.size:
        raise InputError(path, "no rows", "one a frame", "copy the file again")
    return rows


def _row_lines(path: Path) -> list[str]:
    """The lines behind the header, without blanks around them; blank ones at the end are none."""
    return [line.strip() for line in file_text(path).rstrip().splitlines()[1:]]
