"""The lines of a table of trials, checked one by one."""

import codecs
import csv
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ...errors import InputError
from ...files.raw_file import open_raw_file
from ...streams.source import file_places
from .moments import NAMED, end_of_note, events_of, named_moment, next_moment

REQUIRED = ("subject", "session", "trial", "stimulus")
STREAMS = ("eeg", "face")
OPTIONAL = ("start", "stop", "category", "labels")
DIMENSIONS = ("valence", "arousal", "dominance", "liking", "familiarity", "predictability")
KNOWN = (*REQUIRED, *STREAMS, *OPTIONAL, *DIMENSIONS)
SETTINGS = "trials.yaml"
_UNIT = re.compile(r"au\d+")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")


@dataclass(frozen=True)
class TrialRow:
    """One trial of the table.

    Args:
        where: File and line.
        files: The recordings by modality, ``eeg`` or ``face`` or both.
        start, stop: Seconds on the session clock; infinite ones are the beginning and the end of each recording.
        category: Name, empty when missing.
        dimensions, units: Values, NaN when missing.
        labels: The table of its labels along the trial, or None.
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
    labels: Path | None = None

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


def read_rows(path: Path, renamed: Mapping[str, str] | None = None) -> tuple[Columns, tuple[TrialRow, ...]]:
    """The columns and the trials of a table.

    Args:
        path: The table.
        renamed: The table's own name of a column by the name that it has here, as in ``{"subject": "VP"}``.

    Raises:
        InputError: With file, line and column: the text is no Unicode or no table; a column is unknown, missing or
            there twice, or one that ``renamed`` names is not there; a value is missing or wrong; a trial occurs twice,
            or two trials share samples.
    """
    first, *lines = read_lines(path, "trial")
    names = _column_names(path, _named_here(path, first[1], renamed or {}))
    columns = Columns(
        tuple(n for n in names if n in STREAMS),
        tuple(n for n in names if n in DIMENSIONS),
        tuple(n for n in names if is_unit(n)),
    )
    rows = tuple(_row(Line(path, number, names, cells), columns) for number, cells in lines)
    _check_identities(rows)
    _check_overlap(rows)
    return columns, rows


def is_column(name: object) -> bool:
    """True of a name that a column of the table may have."""
    return isinstance(name, str) and (name in KNOWN or is_unit(name))


def is_unit(name: str) -> bool:
    """True of the name of an action unit, as in ``au12``."""
    return _UNIT.fullmatch(name) is not None


def read_lines(path: Path, what: str) -> list[tuple[int, list[str]]]:
    """The number and the cells of each line of a table that is not empty: the columns' names, then ``what`` each.

    Cells are parted by commas, or by semicolons or tabs, as spreadsheets write where numbers have a decimal comma: in
    such a table ``0,5`` is 0.5, and comes back as that. Lines without any text, as spreadsheets leave below a table,
    are no lines.

    Raises:
        InputError: The text is no Unicode or no table, or nothing stands below the names.
    """
    text = _text(path)
    mark = _mark(text)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        lines = [(table.line_num, cells) for cells in table if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise InputError(f"{path}:{table.line_num}", str(error), "comma-separated values") from error
    if mark != ",":
        lines = [(number, [_with_point(cell) for cell in cells]) for number, cells in lines]
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
                "add or remove commas (semicolons, tabs); put text that holds one in double quotes",
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

    def file(self, name: str, what: str = "a recording") -> Path:
        """A file that is there."""
        path = self.path.parent / self.text(name)
        if not path.is_file():
            self.fail(name, f"no file {path}", f"{what}, its path taken from the table's folder")
        return path

    def fail(self, name: str, found: str, wanted: str) -> str:
        """Refuse a cell."""
        raise InputError(f"{self.where}, column {name}", found, wanted, "correct the table")


def _text(path: Path) -> str:
    raw = path.read_bytes()
    # spreadsheets save "Unicode text" as UTF-16, whose first two bytes tell which of its two forms it is
    encoding = "utf-16" if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(path, f"bytes that are not UTF-8 ({error.reason})", "UTF-8", "save it as CSV UTF-8") from error


def _mark(text: str) -> str:
    """What parts the cells: the one of three marks that stands most often in the first line that holds text."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _with_point(cell: str) -> str:
    """A number with a decimal comma with a point; any other text as it is."""
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell.strip()) else cell


def _named_here(path: Path, cells: Sequence[str], renamed: Mapping[str, str]) -> list[str]:
    """The names of the columns, those of the lab's own words by ours."""
    names = [cell.strip() for cell in cells]
    lost = [theirs for theirs in renamed.values() if names.count(theirs) != 1]
    if lost:
        found = f"columns {', '.join(names)}"
        raise InputError(f"{path}:1", found, f"{', '.join(map(repr, lost))} once", f"correct columns in {SETTINGS}")
    ours = {theirs: name for name, theirs in renamed.items()}
    return [ours.get(name, name) for name in names]


def _column_names(path: Path, cells: Sequence[str]) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in cells)
    where = f"{path}:1"
    unknown = [name for name in names if not is_column(name)]
    if unknown:
        found = f"unknown columns {', '.join(map(repr, unknown))}"
        ours = next(name for name in KNOWN if name not in names)
        do = f"remove them, or say in {SETTINGS} which of ours they are, as in columns: {{{ours}: {unknown[0]}}}"
        raise InputError(where, found, f"columns among {', '.join(KNOWN)}, au1, au2, ...", do)
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
    start = _start(line)
    stop = _stop(line, start)
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
        labels=line.file("labels", "a table of labels") if line.cell("labels") else None,
    )


def _start(line: Line) -> float:
    """Seconds at which the trial begins; of an event of its EEG where the cell names one."""
    cell = line.cell("start")
    if NAMED.fullmatch(cell):
        return _moment(line, "start", lambda recording: named_moment(cell, events_of(recording)))
    seconds = line.number_in("start", low=0.0)
    return -math.inf if math.isnan(seconds) else seconds


def _stop(line: Line, start: float) -> float:
    """Seconds at which the trial ends: as they stand, of an event, or behind the start."""
    cell = line.cell("stop")
    if NAMED.fullmatch(cell):
        return _moment(line, "stop", lambda recording: named_moment(cell, events_of(recording)))
    if cell == "next":
        return _moment(line, "stop", lambda recording: next_moment(events_of(recording), max(start, 0.0)))
    if cell == "end":
        at = max(start, 0.0)
        return _moment(line, "stop", lambda recording: end_of_note(open_raw_file(recording), recording, at))
    seconds = line.number_in("stop", low=0.0)
    if cell.startswith("+"):
        return max(start, 0.0) + seconds
    return math.inf if math.isnan(seconds) else seconds


def _moment(line: Line, name: str, find: Callable[[Path], float]) -> float:
    """What ``find`` finds in the trial's EEG; an error names the cell."""
    if "eeg" not in line.names or not line.cell("eeg"):
        line.fail(name, repr(line.cell(name)), "seconds, since the line names no EEG whose events it could mean")
    try:
        return find(line.file("eeg"))
    except InputError as error:
        where = f"{line.where}, column {name}: {error.where}"
        raise InputError(where, error.found, error.wanted, error.do) from error


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
