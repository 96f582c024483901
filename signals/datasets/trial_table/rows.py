"""The lines of a table of trials, checked one by one."""

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ...errors import InputError
from ...streams.source import file_places

REQUIRED = ("subject", "session", "trial", "stimulus")
STREAMS = ("eeg", "face")
OPTIONAL = ("start", "stop", "category")
DIMENSIONS = ("valence", "arousal", "dominance", "liking", "familiarity", "predictability")
_UNIT = re.compile(r"au\d+")


@dataclass(frozen=True)
class TrialRow:
    """One trial of the table.

    Args:
        where: File and line.
        files: The recordings by modality, ``eeg`` or ``face`` or both.
        start, stop: Seconds on the session clock; infinite ones are the beginning and the end of each recording.
        category: Name, empty when missing.
        dimensions, units: Values, NaN when missing.
    """

    where: str
    subject: str
    session: str
    trial: int
    stimulus: str
    files: Mapping[str, Path]
    start: float
    stop: float
    category: str
    dimensions: tuple[float, ...]
    units: tuple[float, ...]

    @property
    def recording(self) -> tuple[str, str]:
        """Subject and session."""
        return self.subject, self.session


@dataclass(frozen=True)
class Columns:
    """Columns of recordings and labels in a table, in its order."""

    streams: tuple[str, ...]
    dimensions: tuple[str, ...]
    units: tuple[str, ...]


def read_rows(path: Path) -> tuple[Columns, tuple[TrialRow, ...]]:
    """The columns and the trials of a table.

    Raises:
        InputError: With file, line and column: the text is not UTF-8 with commas; a column is unknown, missing or
            there twice; a value is missing or wrong; a trial occurs twice, or two trials share samples.
    """
    first, *lines = read_lines(path, "trial")
    names = _column_names(path, first[1])
    columns = Columns(
        tuple(n for n in names if n in STREAMS),
        tuple(n for n in names if n in DIMENSIONS),
        tuple(n for n in names if _UNIT.fullmatch(n)),
    )
    rows = tuple(_row(Line(path, number, names, cells), columns) for number, cells in lines)
    _check_identities(rows)
    _check_overlap(rows)
    return columns, rows


def read_lines(path: Path, what: str) -> list[tuple[int, list[str]]]:
    """The number and the cells of each line of a table that is not empty: the columns' names, then ``what`` each.

    Raises:
        InputError: The text is not UTF-8 with commas, or nothing stands below the names.
    """
    table = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        lines = [(table.line_num, cells) for cells in table if cells]
    except csv.Error as error:
        raise InputError(f"{path}:{table.line_num}", str(error), "comma-separated values") from error
    if len(lines) < 2:
        raise InputError(path, f"no {what}s", f"a line of column names and one for each {what}", "fill in the table")
    return lines


@dataclass(frozen=True)
class Line:
    """One line of a table, its cells by column; whatever is wrong with one is an error with its place."""

    path: Path
    number: int
    names: tuple[str, ...]
    values: Sequence[str]

    def __post_init__(self) -> None:
        if len(self.values) != len(self.names):
            raise InputError(
                self.where,
                f"{len(self.values)} values",
                f"{len(self.names)}, one a column",
                "add or remove commas; put text that holds one in double quotes",
            )

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.path}:{self.number}"

    def cell(self, name: str) -> str:
        """The text of a cell; empty where the table has no such column."""
        return self.values[self.names.index(name)].strip() if name in self.names else ""

    def text(self, name: str) -> str:
        """The text of a cell that must not be empty."""
        return self.cell(name) or self.fail(name, "nothing", "a value")

    def number_in(self, name: str, low: float = -math.inf, high: float = math.inf) -> float:
        """The number, NaN where the cell is empty."""
        cell = self.cell(name)
        if not cell:
            return math.nan
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or not low <= value <= high:
            self.fail(name, repr(cell), f"a number{_range(low, high)}, or nothing where it is missing")
        return value

    def counted(self, name: str) -> int:
        """A whole number from 1."""
        cell = self.cell(name)
        if not (cell.isascii() and cell.isdigit() and int(cell) > 0):
            self.fail(name, repr(cell), "a whole number from 1")
        return int(cell)

    def files(self) -> dict[str, Path]:
        """The recordings that the line names; a modality whose cell is empty is missing."""
        files = {name: self.file(name) for name in STREAMS if self.cell(name)}
        if not files:
            self.fail(" or ".join(name for name in STREAMS if name in self.names), "nothing", "a recording")
        return files

    def file(self, name: str) -> Path:
        """A file that is there."""
        path = self.path.parent / self.text(name)
        if not path.is_file():
            self.fail(name, f"no file {path}", "a recording, its path taken from the table's folder")
        return path

    def fail(self, name: str, found: str, wanted: str) -> str:
        """Refuse a cell."""
        raise InputError(f"{self.where}, column {name}", found, wanted, "correct the table")


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, f"bytes that are not UTF-8 ({error.reason})", "UTF-8", "save it as CSV UTF-8") from error


def _column_names(path: Path, cells: Sequence[str]) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in cells)
    where = f"{path}:1"
    if len(names) == 1 and re.search(r"[;\t]", names[0]):
        raise InputError(where, "columns parted by semicolons or tabs", "commas", "save it with commas")
    known = (*REQUIRED, *STREAMS, *OPTIONAL, *DIMENSIONS)
    unknown = [name for name in names if name not in known and not _UNIT.fullmatch(name)]
    if unknown:
        found = f"unknown columns {', '.join(map(repr, unknown))}"
        raise InputError(where, found, f"columns among {', '.join(known)}, au1, au2, ...", "rename or remove them")
    missing = [name for name in REQUIRED if name not in names]
    if missing or len(set(names)) < len(names):
        found = f"no column {', '.join(missing)}" if missing else "a column twice"
        raise InputError(where, found, f"each of {', '.join(REQUIRED)} once", "correct the first line")
    if not set(names) & set(STREAMS):
        raise InputError(where, "no recordings", f"a column {' or '.join(STREAMS)}", "add one with the files' paths")
    if not set(names) - {*REQUIRED, *STREAMS, "start", "stop"}:
        raise InputError(where, "no labels", f"a column among category, {', '.join(DIMENSIONS)}, au1, ...", "add one")
    return names


def _row(line: Line, columns: Columns) -> TrialRow:
    start, stop = line.number_in("start", low=0.0), line.number_in("stop", low=0.0)
    start = -math.inf if math.isnan(start) else start
    stop = math.inf if math.isnan(stop) else stop
    if stop <= max(start, 0.0):
        raise InputError(
            f"{line.where}, column stop",
            f"{stop:g} s after a start of {start:g} s",
            "stop > start",
            "correct the table",
        )
    return TrialRow(
        where=line.where,
        subject=line.text("subject"),
        session=line.text("session"),
        trial=line.counted("trial"),
        stimulus=line.text("stimulus"),
        files=line.files(),
        start=start,
        stop=stop,
        category=line.cell("category"),
        dimensions=tuple(line.number_in(name) for name in columns.dimensions),
        units=tuple(line.number_in(name, 0.0, 1.0) for name in columns.units),
    )


def _check_identities(rows: Sequence[TrialRow]) -> None:
    first: dict[tuple[str, str, int], TrialRow] = {}
    for row in rows:
        same = first.setdefault((row.subject, row.session, row.trial), row)
        if same is not row:
            raise InputError(
                row.where,
                f"subject {row.subject}, session {row.session}, trial {row.trial} again (see {same.where})",
                "each trial once",
                "number the trials of a session",
            )


def _check_overlap(rows: Sequence[TrialRow]) -> None:
    files = [(path, row) for row in rows for path in row.files.values()]
    place = file_places(path for path, _ in files)
    # file by file in the order of starts, so that trials which share samples stand beside each other
    uses = [(str(place[path]), row.start, path, row) for path, row in files]
    uses.sort(key=lambda use: use[:2])
    for (file, _, path, before), (next_file, start, _, after) in pairwise(uses):
        if file == next_file and start < before.stop:
            raise InputError(
                after.where,
                f"a stretch of {path.name} that belongs to the trial of {before.where}",
                "trials that share none (on both sides of a split they would leak)",
                "correct start and stop",
            )


def _range(low: float, high: float) -> str:
    if math.isfinite(high):
        return f" from {low:g} to {high:g}"
    return f" from {low:g}" if math.isfinite(low) else ""
