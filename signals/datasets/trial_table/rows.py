"""The lines of a table of trials, checked one by one."""

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from ...errors import InputError
from ...files.pictures.picture_folder import names_pictures, picture_files
from ...files.raw_file import open_raw_file
from ...named_call import LONGEST_NAME
from ...streams.source import file_places
from ...trials.further_columns import RESERVED, Cell, check_names, column_remarks, typed_columns
from .lines import SETTINGS, Line, Table
from .moments import NAMED, end_of_note, events_of, named_moment, next_moment

REQUIRED = ("subject", "session", "trial", "stimulus")
STREAMS = ("eeg", "face", "features")
CAMERA = ("face", "features")
"""Streams on the clock of the camera: a video, and what a program computed of its pictures."""

OPTIONAL = ("start", "stop", "rate", "category", "labels")
DIMENSIONS = ("valence", "arousal", "dominance", "liking", "familiarity", "predictability")
KNOWN = (*REQUIRED, *STREAMS, *OPTIONAL, *DIMENSIONS)
_UNIT = re.compile(r"au\d+")
_CATEGORY_LIKE = re.compile(r"categor|kategor|emotion|^emo$|mood|feeling|affect|label|^class|target|condition")


@dataclass(frozen=True)
class TrialRow:
    """One trial of the table.

    Args:
        where: File and line.
        files: The recordings by modality: ``eeg``, ``face``, ``features``, one or more.
        start, stop: Seconds on the session clock; infinite ones are the beginning and the end of each recording.
        category: Name, empty when missing.
        dimensions, units: Values, NaN when missing.
        labels: The table of its labels along the trial, or None.
        columns: Cells of the lab's own columns; a missing one is not there.
        remarks: What is doubtful about it, a short sentence each.
        rate: Pictures a second (Hz) of a face in picture files, or None.
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
    columns: Mapping[str, Cell] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    rate: float | None = None

    @property
    def recording(self) -> tuple[str, str]:
        """Subject and session."""
        return self.subject, self.session


@dataclass(frozen=True)
class Columns:
    """Columns of recordings and labels in a table, those of the lab's own, and all others, in its order."""

    streams: tuple[str, ...]
    dimensions: tuple[str, ...]
    units: tuple[str, ...]
    further: tuple[str, ...]
    ours: tuple[str, ...]


def read_rows(table: Table) -> tuple[Columns, tuple[TrialRow, ...]]:
    """The columns and the trials of a table.

    Raises:
        InputError: With file, line and column: a column is missing or has a name that means something else; a value is
            missing or wrong; a trial occurs twice, or two trials share samples.
    """
    columns = _columns(table)
    noted = typed_columns([line.cells for line in table.lines], columns.further)
    rows = tuple(_row(line, columns, of_row) for line, of_row in zip(table.lines, noted, strict=True))
    _check_identities(rows)
    _check_rates(rows)
    _check_overlap(rows)
    _check_pictures(rows)
    return columns, rows


def check_renamed(path: Path, renamed: Mapping[str, str], tables: Sequence[Sequence[str]]) -> None:
    """Refuse names by the lab of columns that none of its tables has.

    Args:
        path: The table of trials.
        renamed: The lab's names by ours.
        tables: The columns of each table, as they stand there.

    Raises:
        InputError: Names them, and those that are spelled nearly so.
    """
    known = list(dict.fromkeys(name for names in tables for name in names if name))
    lost = [theirs for theirs in renamed.values() if theirs not in known]
    if lost:
        plain = {name.casefold(): name for name in known}
        near = difflib.get_close_matches(lost[0].casefold()[:LONGEST_NAME], plain, 1, 0.6)
        meant = f": did you mean {plain[near[0]]!r}?" if near else ""
        wanted = f"{', '.join(map(repr, lost))} once"
        raise InputError(f"{path}:1", f"columns {', '.join(known)}", wanted, f"correct columns in {SETTINGS}{meant}")


def is_column(name: object) -> bool:
    """True of a name that a column of the table may have."""
    return isinstance(name, str) and (name in KNOWN or is_unit(name))


def is_unit(name: str) -> bool:
    """True of the name of an action unit, as in ``au12``."""
    return _UNIT.fullmatch(name) is not None


def _columns(table: Table) -> Columns:
    names, where = table.names, f"{table.path}:1"
    further = tuple(name for name in names if not is_column(name))
    _check_needed(names, further, where)
    reserved = next((name for name in further if not name or name in RESERVED), "")
    check_names(further, where, f"give it another name in {SETTINGS}, as in columns: {{{reserved}_of_lab: {reserved}}}")
    return Columns(
        tuple(name for name in names if name in STREAMS),
        tuple(name for name in names if name in DIMENSIONS),
        tuple(name for name in names if is_unit(name)),
        further,
        tuple(name for name in names if is_column(name)),
    )


def _check_needed(names: Sequence[str], further: Sequence[str], where: str) -> None:
    example = (*further, "VP")[0]
    if missing := [name for name in REQUIRED if name not in names]:
        others = f", but {', '.join(map(repr, further))}" if further else ""
        do = f"add it, or say in {SETTINGS} which column it is, as in columns: {{{missing[0]}: {example}}}"
        found = f"no column {', '.join(missing)}{others}"
        raise InputError(where, found, f"each of {', '.join(REQUIRED)} once", do)
    if not set(names) & set(STREAMS):
        do = (
            f"add one with the files' paths, or say in {SETTINGS} which column it is, as in columns: {{eeg: {example}}}"
        )
        raise InputError(where, "no recordings", f"a column {' or '.join(STREAMS)}", do)
    if not set(names) - {*REQUIRED, *STREAMS, *further, "start", "stop", "rate"}:
        wanted = f"a column among category, {', '.join(DIMENSIONS)}, au1, ..."
        alike = category_like(further)
        do = f"add one, or say in {SETTINGS} which column it is, as in columns: {{category: {(*alike, 'Emotion')[0]}}}"
        raise InputError(where, f"no labels{f', but {alike[0]!r} looks like them' if alike else ''}", wanted, do)


def category_like(names: Sequence[str]) -> list[str]:
    """Those columns whose names say that they hold categories."""
    return [name for name in names if _CATEGORY_LIKE.search(name.casefold())]


def further_remarks(columns: Columns, rows: Sequence[TrialRow]) -> list[str]:
    """Sentences on columns of the lab's own that may have been meant as ours, or whose texts look alike."""
    cells = {name: [row.columns[name] for row in rows if name in row.columns] for name in columns.further}
    absent = [name for name in KNOWN if name not in columns.ours]
    meant = category_like(columns.further) if "category" in absent else []
    told = [
        f"no column predicts a category, but {name!r} looks like one: columns: {{category: {name}}} in {SETTINGS}"
        for name in meant
    ]
    return [*told, *column_remarks(cells, absent, lambda near, name: f"in {SETTINGS}: columns: {{{near}: {name}}}")]


def _row(line: Line, columns: Columns, noted: Mapping[str, Cell]) -> TrialRow:
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
        files=_files(line),
        start=start,
        stop=stop,
        category=line.cell("category"),
        dimensions=tuple(line.number_in(name) for name in columns.dimensions),
        units=tuple(line.number_in(name, 0.0, 1.0) for name in columns.units),
        labels=line.file("labels", "a table of labels") if line.cell("labels") else None,
        columns=noted,
        remarks=line.remarks,
        rate=_rate(line),
    )


def _files(line: Line) -> dict[str, Path]:
    """The recordings that the line names; a modality whose cell is empty is missing."""
    files = {"eeg": line.recording("eeg")} if line.cell("eeg") else {}
    if line.cell("face"):
        files["face"] = _face(line)
    if line.cell("features"):
        files["features"] = _features_file(line, files.get("face"))
    if not files:
        line.fail(" or ".join(name for name in STREAMS if name in line.names), "nothing", "a recording")
    return files


def _features_file(line: Line, video: Path | None) -> Path:
    """The table of features: the file that the line names, or in a folder the one that is called as its video is."""
    named = line.path.parent / line.text("features")
    if not named.is_dir():
        return line.file("features", "a table of features of a face")
    if video is None:
        line.fail("features", f"the folder {named}", "a table, since the line names no video after which one is called")
    return line.with_cells({"features": str(named / f"{video.stem}.csv")}, line.place).file("features", "a table")


def _face(line: Line) -> Path:
    """A video, a picture, a folder of pictures or a pattern of some that are there."""
    path = line.path.parent / line.text("face")
    if not path.exists() and not (names_pictures(path) and picture_files(path)):
        wanted = "a video, or pictures: one, a folder or a pattern such as frames/%04d.png"
        line.fail("face", f"no file {path}", f"{wanted}, the path taken from the table's folder")
    return path


def _rate(line: Line) -> float | None:
    """Pictures a second, where the cell says it: of a video it would be a second clock."""
    rate = line.number_in("rate", low=0.001)
    if math.isnan(rate):
        return None
    if not line.cell("face") or not names_pictures(_face(line)):
        line.fail("rate", line.cell("rate"), "nothing where there are no pictures: a video has a clock of its own")
    return rate


def _start(line: Line) -> float:
    """Seconds at which the trial begins; of an event of its EEG where the cell names one."""
    cell = line.cell("start")
    if NAMED.fullmatch(cell):
        return _moment(line, "start", lambda recording: named_moment(cell, events_of(recording)))
    if cell and not _is_number(cell):
        line.fail("start", repr(cell), f"seconds from 0, or an event: 'note {cell}' or 'trigger 7'")
    seconds = line.number_in("start", low=0.0)
    return -math.inf if math.isnan(seconds) else seconds


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


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
        return find(line.recording("eeg"))
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


def _check_rates(rows: Sequence[TrialRow]) -> None:
    """Refuse pictures that would have one clock in one trial and another in the next."""
    first: dict[Path, TrialRow] = {}
    for row in rows:
        same = first.setdefault(row.files["face"], row) if "face" in row.files else row
        if same.rate != row.rate:
            found, wanted = f"{row.rate or 'nothing'} (see {same.where})", "one rate for the same pictures"
            raise InputError(f"{row.where}, column rate", found, wanted, "correct the table")


def _check_pictures(rows: Sequence[TrialRow]) -> None:
    """Refuse one picture in two sequences: a folder, and a pattern or a picture of it."""
    sequences = {row.files["face"]: row for row in rows if "face" in row.files and names_pictures(row.files["face"])}
    seen: dict[Path, Path] = {}
    for sequence, row in sequences.items():
        for picture in picture_files(sequence):
            other = seen.setdefault(picture.resolve(), sequence)
            if other != sequence and other.resolve() != sequence.resolve():
                found = f"{picture.name}, which belongs to the trial of {sequences[other].where} too"
                wanted = "trials that share no picture (on both sides of a split they would leak)"
                raise InputError(row.where, found, wanted, "name each picture in one trial")


def _check_overlap(rows: Sequence[TrialRow]) -> None:
    files = [(path, row) for row in rows for path in row.files.values()]
    place = file_places(path for path, _ in files if path.exists())
    # file by file in the order of starts, so that trials which share samples stand beside each other; a pattern of
    # pictures is no file: it stands for itself
    uses = [(str(place.get(path, path)), row.start, path, row) for path, row in files]
    uses.sort(key=lambda use: use[:2])
    for (file, _, path, before), (next_file, start, _, after) in pairwise(uses):
        if file == next_file and start < before.stop:
            raise InputError(
                after.where,
                f"a stretch of {path.name} that belongs to the trial of {before.where}",
                "trials that share none (on both sides of a split they would leak)",
                _apart(before, after),
            )


def _apart(before: TrialRow, after: TrialRow) -> str:
    """What parts two trials of one file."""
    if math.isfinite(before.stop) or math.isfinite(after.start):
        return "correct start and stop, or until of the events"
    example = "columns: {start: Beginn, stop: Ende}"
    return f"each is the whole file: give start and stop, or say in {SETTINGS} which columns they are, as in {example}"
