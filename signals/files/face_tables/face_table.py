"""One table of a face's features, as a stream on the session clock."""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...layouts.layout import Layout
from ...regular_file import LARGEST_TEXT, check_regular, file_bytes
from ...streams.features import Features
from ...streams.rates import usual_interval
from ...streams.source import FileVersion, Source, file_version
from .forms import Form, feature_names, form_of

FACE = Layout("face", ("face",), ((0, 0),))
"""One site: its features are of the whole face."""

LEAST_SCORE = 0.5
"""How sure a program must have been of the face, 0 to 1."""

_NOT_USED = re.compile(r"[xyz]_\d+|eye_lmk_\w+|p_\w+|facerect\w+")
_SIDES = ("facerectwidth", "facerectheight")
_MISSING = re.compile(
    r"[-+]?(nan|inf(inity)?|1[.,]#(ind|inf|qnan|snan)\w*)(\(\w*\))?|na|n/a|null|none|[-?.]*", re.IGNORECASE
)
"""Cells without a number, as programs on all systems write them."""

_MINUTES = re.compile(r"(?:(\d+):)?(\d+):(\d+)")


@dataclass(frozen=True, eq=False)
class FaceTable:
    """A table of T frames and F features.

    Attributes:
        names: F feature names.
        times: (T,) seconds of the video, rising.
        valid: (T,) whether the face was there and all features are numbers.
        values: (T, F).
        step: Seconds from one frame to the next, where none is missing.
        remarks: What reading it changed, left out or doubts.
    """

    names: tuple[str, ...]
    times: np.ndarray
    valid: np.ndarray
    values: np.ndarray
    step: float
    remarks: tuple[str, ...]

    @property
    def end(self) -> float:
        """Seconds at which its last frame ends."""
        return float(self.times[-1]) + self.step


@dataclass(frozen=True)
class ReadFace:
    """``read`` of the stream: the features of a table's frames, (T, 1, F)."""

    path: Path
    names: tuple[str, ...]
    rate: float | None = None

    def __call__(self) -> np.ndarray:
        """(T, 1, F) float32, zero where a number is missing."""
        table = read_face_table(self.path, self.rate)
        columns = [table.names.index(name) for name in self.names]
        return np.asarray(np.nan_to_num(table.values[:, None, columns]), np.float32)


def open_face_table(path: Path, names: Sequence[str] = (), rate: float | None = None) -> Features:
    """A stream of what OpenFace or py-feat found in a video, a slice a frame, on the video's clock.

    Slices without a face, of a score below ``LEAST_SCORE``, or with a missing number are invalid. Where a frame has
    several faces, that of the person who is there most often is taken, or the largest.

    Args:
        path: The table.
        names: The features to read; all when left out.
        rate: Frames a second of the video, for tables that count frames and know no times.

    Raises:
        InputError: It is no such table, a cell is no number, times run backwards, or there are none and no ``rate``.
    """
    table = read_face_table(path, rate)
    wanted = tuple(names) or table.names
    left_out = [name for name in table.names if name not in wanted]
    remark = f"features that another table lacks are left out: {', '.join(left_out)}"
    return Features(
        layout=FACE,
        names=wanted,
        n_slices=len(table.times),
        step=table.step,
        duration=table.step,
        read=ReadFace(path, wanted, rate),
        source=Source(path, f"frames 0 to {len(table.times)}"),
        causal=False,  # OpenFace's intensities are calibrated on the whole video
        start=float(table.times[0]),
        remarks=(*table.remarks, *((remark,) if left_out else ())),
        times=table.times,
        valid=table.valid,
    )


def table_features(path: Path) -> tuple[str, ...]:
    """The features of a table, from its first line.

    Raises:
        InputError: It is no such table.
    """
    check_regular(path, LARGEST_TEXT)
    with path.open("rb") as file:
        first = next((line for line in map(_decoded, file) if line.strip()), "")
    return feature_names(path, _header(path, first))


def read_face_table(path: Path, rate: float | None = None) -> FaceTable:
    """The frames of a table, read once; as ``open_face_table``."""
    return _read(path, file_version(path), rate)


@lru_cache(maxsize=8)
def _read(path: Path, _version: FileVersion, rate: float | None) -> FaceTable:
    table, remarks = _cells(path)
    form = form_of(path, table.header)
    rows, theirs, several = _one_face(table, form)
    frames = table.take(rows)
    names = feature_names(path, table.header)
    values = np.stack([frames.numbers_in(name) for name in names], axis=1)
    times, counted = _times(frames, form, rate)
    sure, percent = _sure(frames, form)
    there = sure & theirs & np.isfinite(values).all(axis=1)
    remarks += [*several, *counted, *percent]
    if not there.any():
        remarks.append("no frame of its table has a face that the program was sure of")
    return FaceTable(
        names=names,
        times=times,
        valid=there,
        values=values,
        step=usual_interval(np.diff(times)) if len(times) > 1 else 1 / (rate or 1.0),
        remarks=tuple(remarks),
    )


@dataclass(frozen=True, eq=False)
class _Cells:
    """The texts of a table by row; names of columns are compared without case."""

    path: Path
    header: tuple[str, ...]
    lines: Sequence[int]
    rows: Sequence[Sequence[str]]

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self.names

    @property
    def names(self) -> list[str]:
        """The names of the columns in small letters."""
        return [name.casefold() for name in self.header]

    def take(self, which: np.ndarray) -> "_Cells":
        """Some of the rows."""
        places = which.tolist()
        return _Cells(self.path, self.header, [self.lines[i] for i in places], [self.rows[i] for i in places])

    def texts(self, name: str) -> list[str]:
        """A column's texts."""
        place = self.names.index(name.casefold())
        return [row[place].strip() for row in self.rows]

    def numbers_in(self, name: str) -> np.ndarray:
        """(T,) a column's numbers, NaN where one is missing."""
        cells = self.texts(name)
        numbers = np.array([_number(cell) for cell in cells], object)
        wrong = next((row for row, number in enumerate(numbers) if number is None), None)
        if wrong is not None:
            where = f"{self.path}:{self.lines[wrong]}, column {name}"
            raise InputError(where, repr(cells[wrong]), "a number, or nothing where it is missing")
        return numbers.astype(float)


def _cells(path: Path) -> tuple[_Cells, list[str]]:
    """The texts of the columns that are used, and sentences on what is not."""
    text = _decoded(file_bytes(path))
    first = next((line for line in text.splitlines() if line.strip()), "")
    header, mark = _header(path, first), _mark(first)
    used = _used(header, form_of(path, header))
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        # columns that are not used may be ten times as many: they are dropped line by line
        _, *lines = [(reader.line_num, *_taken(cells, used)) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        raise InputError(path, str(error), "a table with a line for each frame") from error
    remarks = []
    if lines and lines[-1][1] < len(header):
        remarks.append("the last line of its table is cut: left out")
        lines = lines[:-1]
    if wrong := next((line for line in lines if line[1] != len(header)), None):
        raise InputError(f"{path}:{wrong[0]}", f"{wrong[1]} values", f"{len(header)}, one a column")
    if not lines:
        raise InputError(path, "no frames", "a line for each frame", "run the program again, or leave it out")
    if any(_NOT_USED.fullmatch(name.casefold()) for name in header):
        remarks.append("columns of landmarks and boxes are not used")
    numbers, _, rows = zip(*lines, strict=True)
    if mark != ",":
        rows = tuple([cell.replace(",", ".") for cell in cells] for cells in rows)
    return _Cells(path, tuple(header[place] for place in used), numbers, rows), remarks


def _taken(cells: Sequence[str], used: Sequence[int]) -> tuple[int, list[str]]:
    """How many cells a line has, and those at the places ``used``."""
    return len(cells), [cells[place] for place in used if place < len(cells)]


def _used(header: Sequence[str], form: Form) -> list[int]:
    """Places of the columns that are used."""
    about = {"frame", form.time, form.person, form.score, form.success, *_SIDES}
    names = [name.casefold() for name in header]
    return [place for place, name in enumerate(names) if name in about or form.feature.fullmatch(name)]


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:  # names of files in the last column may be in any code page
        return raw.decode("latin-1")


def _header(path: Path, first: str) -> list[str]:
    names = [cell.strip().strip('"') for cell in first.rstrip("\r\n").split(_mark(first))]
    if not first.strip():
        raise InputError(path, "an empty file", "a table with a line for each frame", "run the program again")
    return names


def _mark(first: str) -> str:
    return max(",;\t", key=first.count)


def _number(cell: str) -> float | None:
    """A cell's number, NaN where it has none that is finite; None where it is something else."""
    try:
        number = float(cell)
    except ValueError:
        return math.nan if _MISSING.fullmatch(cell) else None
    return number if math.isfinite(number) else math.nan


def _one_face(table: _Cells, form: Form) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Rows of one face a moment, whether it is the person's, and sentences on what is not used and on changing ids."""
    moments, remarks = _moments(table, form), []
    rows = np.flatnonzero(np.isfinite(moments))
    if not len(rows):
        rows = np.arange(len(moments))
        return rows, np.ones(len(rows), bool), []  # their times say what is wrong
    if len(rows) < len(moments):
        remarks.append("lines without a time are left out")
    people = np.array(table.texts(form.person) if form.person in table else [""] * len(moments))
    several = len(np.unique(people[rows])) > 1
    if len(np.unique(moments[rows])) == len(rows):
        if several:
            remarks.append(f"{form.person} changes, with one face at each time: taken as one person")
        return rows, np.ones(len(rows), bool), remarks
    often = _most_often(rows, people, _sure(table, form)[0])
    chosen = _largest(rows, moments, _sizes(table, form) + 1e12 * (people == often))
    theirs = np.asarray(people[chosen] == often)
    which = f"that of the person who is there most often ({form.person}) is taken"
    remarks.append(
        f"several faces in its table: {which if several else 'the largest, or surest, of each frame is taken'}"
    )
    if not theirs.all():
        remarks.append("times at which only others than that person are there are invalid")
    return chosen, theirs, remarks


def _moments(table: _Cells, form: Form) -> np.ndarray:
    """(rows,) what tells the moments of a video apart: numbers of frames, or seconds, or the rows' own; NaN of none."""
    rows, times = np.arange(len(table.rows), dtype=float), _stated_times(table, form)
    moments = table.numbers_in("frame") if "frame" in table else rows if times is None else times
    return moments if times is None else np.where(np.isfinite(times), moments, np.nan)


def _most_often(rows: np.ndarray, people: np.ndarray, sure: np.ndarray) -> str:
    """The person who is there most often in ``rows``, and of whom the program was sure."""
    names, of_row = np.unique(people[rows], return_inverse=True)
    return str(names[np.argmax(np.bincount(of_row, weights=sure[rows], minlength=len(names)))])


def _sizes(table: _Cells, form: Form) -> np.ndarray:
    """(rows,) how large each face is, where the table says so, and how sure the program was of it."""
    size = np.ones(len(table.rows))
    for side in _SIDES:
        size = size * np.nan_to_num(table.numbers_in(side) if side in table else 1.0)
    return np.asarray(size * np.nan_to_num(table.numbers_in(form.score) if form.score in table else 1.0))


def _largest(rows: np.ndarray, moments: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Those of ``rows`` that are the largest of their moment."""
    largest: dict[float, int] = {}
    for row in rows.tolist():
        moment = float(moments[row])
        if moment not in largest or size[row] > size[largest[moment]]:
            largest[moment] = row
    return np.array(sorted(largest.values()))


def _sure(table: _Cells, form: Form) -> tuple[np.ndarray, list[str]]:
    """(T,) whether the program was sure of the face, and a sentence where that was in percent."""
    sure, remarks = np.ones(len(table.rows), bool), []
    if form.success and form.success in table:
        sure &= table.numbers_in(form.success) == 1
    if form.score in table:
        score = table.numbers_in(form.score)
        if np.nanmax(score, initial=0.0) > 1:
            score = score / 100
            remarks.append(f"{form.score} goes beyond 1: taken as percent")
        sure &= np.nan_to_num(score) >= LEAST_SCORE
    return sure, remarks


def _times(table: _Cells, form: Form, rate: float | None) -> tuple[np.ndarray, list[str]]:
    """(T,) seconds of the video at each row, and a sentence where they were worked out."""
    remarks: list[str] = []
    times = _stated_times(table, form)
    if times is None:
        frames = table.numbers_in("frame") if "frame" in table else np.arange(len(table.rows), dtype=float)
        coarse = _whole_seconds(table, form)
        if rate is None:
            rate = _rate(frames, coarse, table.path)
            remarks.append(f"its times follow from frames and their number in each second of {form.time}")
        first = 0.0 if form.program == "py-feat" else 1.0
        times = (frames - first) / rate
    wrong = np.flatnonzero(~np.isfinite(times) | np.append(False, ~(np.diff(times) > 0)))
    if wrong.size:
        found = f"a time of {times[wrong[0]]:g} s after {times[wrong[0] - 1]:g} s"
        where = f"{table.path}:{table.lines[wrong[0]]}"
        raise InputError(where, found, "times that rise from line to line", "sort its lines, or run the program again")
    return times, remarks


def _stated_times(table: _Cells, form: Form) -> np.ndarray | None:
    """The table's own seconds; None where it has none, or whole ones only, which many frames share."""
    if form.time not in table or any(":" in cell for cell in table.texts(form.time)):
        return None
    times = table.numbers_in(form.time)
    # a column that never changes, as of a series of pictures, says no time
    return times if np.isfinite(times).any() and (len(times) == 1 or np.ptp(times[np.isfinite(times)]) > 0) else None


def _whole_seconds(table: _Cells, form: Form) -> np.ndarray | None:
    """(T,) whole seconds that the table states as minutes and seconds; None where it does not."""
    if form.time not in table:
        return None
    found = [_MINUTES.fullmatch(cell) for cell in table.texts(form.time)]
    if not all(found):
        return None
    parts = [(int(match[1] or 0), int(match[2]), int(match[3])) for match in found if match]
    return np.array([3600 * hours + 60 * minutes + seconds for hours, minutes, seconds in parts], float)


def _rate(frames: np.ndarray, seconds: np.ndarray | None, path: Path) -> float:
    """Frames a second, from the frames at which whole seconds change."""
    changes = np.flatnonzero(np.diff(seconds) > 0) + 1 if seconds is not None else np.zeros(0, int)
    if seconds is None or len(changes) < 2:
        found = "no times of its frames"
        raise InputError(path, found, "a column of seconds, or its video", "name the video in the column face")
    first, last = changes[0], changes[-1]
    return float((frames[last] - frames[first]) / (seconds[last] - seconds[first]))
