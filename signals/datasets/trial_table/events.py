"""Events that the EEG and the video of a session have both seen: what brings the two devices onto one clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ...errors import InputError
from ...files.events import Events
from ...files.face_tables.face_table import read_face_table
from ...files.pictures.picture_folder import open_face
from ...files.raw_file import open_raw_file
from ...streams.clock import Clock
from .lines import Line, read_lines
from .moments import NAMED, events_of, named_moment
from .rows import CAMERA, TrialRow

COLUMNS = ("subject", "session", "event", "eeg", "face")
_DEVICES = ("eeg", "face")
_CELL = "seconds, or text such as 'trigger 7', 'trigger 7 #2' or 'note clip starts'"


@dataclass(frozen=True)
class SharedEvent:
    """One event that both recordings have seen.

    Args:
        line: Its line in the table.
        eeg: Seconds of the EEG recording, or the trigger or annotation of it that is the event.
        face: Seconds of the video.
    """

    line: Line
    eeg: float | str
    face: float


@dataclass(frozen=True)
class SessionEvents:
    """The shared events of one session, which has one EEG recording and one video.

    Args:
        where: The table and the session.
        eeg, face: The recordings; of a session without video, the table of features is that of the camera.
        events: Those that both have seen, in any order.
        rate: Pictures a second, where the face is in picture files and somebody says it.
    """

    where: str
    eeg: Path
    face: Path
    events: tuple[SharedEvent, ...]
    rate: float | None = None

    @cached_property
    def clock(self) -> Clock:
        """From the video's seconds to those of the EEG.

        Raises:
            InputError: A trigger or annotation is not there exactly once, an event lies outside a recording or is there
                twice, or a clock runs backwards.
        """
        marks = events_of(self.eeg) if any(isinstance(event.eeg, str) for event in self.events) else None
        seen = sorted((event.face, _seconds(event, marks), event.line.text("event")) for event in self.events)
        face, eeg, names = zip(*seen, strict=True)
        clock = Clock.fit(face, eeg, self.where, names)
        self._check_inside("eeg", max(eeg), open_raw_file(self.eeg).duration)
        self._check_inside("face", face[-1], _camera_end(self.face, self.rate))
        return clock

    def _check_inside(self, name: str, last: float, end: float) -> None:
        if last > end:
            found = f"an event at {last:g} s of a recording that ends at {end:g} s"
            wanted = "events that both recordings have seen"
            raise InputError(f"{self.where}, column {name}", found, wanted, "correct the event")


def read_shared_events(path: Path, rows: Sequence[TrialRow]) -> dict[tuple[str, str], SessionEvents]:
    """The shared events of each session that has EEG and video; nothing but the table is read.

    Args:
        path: The table of events.
        rows: The table of trials.

    Raises:
        InputError: A column is unknown, missing or there twice, a cell is empty or wrong, an event is there twice or
            belongs to no session with both recordings, a session with both has none, or has several of one kind.
    """
    files = _files(rows)
    both = {recording for recording, by_modality in files.items() if all(by_modality.values())}
    first, *lines = read_lines(path, "event")
    names = _column_names(path, first[1])
    events: dict[tuple[str, str], dict[str, SharedEvent]] = {}
    for number, cells in lines:
        line = Line(path, number, names, cells)
        recording = _session(line, files.keys(), both)
        _add(events.setdefault(recording, {}), line)
    missing = sorted(both - events.keys())
    if missing:
        found = f"no event of {', '.join(_session_name(recording) for recording in missing)}"
        raise InputError(path, found, "events of each session that has EEG and video", "add them")
    rates = {row.recording: row.rate for row in rows if "face" in row.files}
    sessions = {session: _of_session(path, session, files[session], events[session]) for session in events}
    return {session: replace(shared, rate=rates.get(session)) for session, shared in sessions.items()}


def _files(rows: Iterable[TrialRow]) -> dict[tuple[str, str], dict[str, list[Path]]]:
    """The distinct recordings of each session by modality."""
    files: dict[tuple[str, str], dict[str, list[Path]]] = {}
    for row in rows:
        by_modality = files.setdefault(row.recording, {name: [] for name in _DEVICES})
        camera = next((row.files[name] for name in CAMERA if name in row.files), None)
        for name, path in (("eeg", row.files.get("eeg")), ("face", camera)):
            if path is not None and path not in by_modality[name]:
                by_modality[name].append(path)
    return files


def _column_names(path: Path, cells: Sequence[str]) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in cells)
    if sorted(names) != sorted(COLUMNS):
        found = f"columns {', '.join(map(repr, names))}"
        raise InputError(f"{path}:1", found, f"each of {', '.join(COLUMNS)} once", "correct the first line")
    return names


def _session(line: Line, known: Iterable[tuple[str, str]], both: Iterable[tuple[str, str]]) -> tuple[str, str]:
    recording = (line.text("subject"), line.text("session"))
    if recording not in both:
        found = _session_name(recording)
        if recording in known:
            found += ", which has EEG or video only"
        wanted = "a session of the table of trials that has EEG and video"
        raise InputError(line.where, found, wanted, "correct the line or remove it")
    return recording


def _add(events: dict[str, SharedEvent], line: Line) -> None:
    name = line.text("event")
    if name in events:
        found = f"event {name!r} again (see {events[name].line.where})"
        raise InputError(line.where, found, "each event of a session once", "give each a name of its own")
    line.text("face")  # a number may be missing, this one not
    events[name] = SharedEvent(line, _eeg_cell(line), line.number_in("face", low=0.0))


def _eeg_cell(line: Line) -> float | str:
    text = line.text("eeg")
    if NAMED.fullmatch(text):
        return text
    if text[0].isalpha():
        line.fail("eeg", repr(text), _CELL)
    return line.number_in("eeg", low=0.0)


def _of_session(
    path: Path, recording: tuple[str, str], files: dict[str, list[Path]], events: dict[str, SharedEvent]
) -> SessionEvents:
    for name in _DEVICES:
        if len(files[name]) > 1:
            found = f"{len(files[name])} files ({', '.join(file.name for file in files[name])})"
            raise InputError(
                f"{path}, {_session_name(recording)}, column {name}",
                found,
                "one, so that it is clear whose clock is meant",
                "call each pair of recordings a session of its own, or join the files",
            )
    return SessionEvents(
        f"{path}, {_session_name(recording)}", files["eeg"][0], files["face"][0], tuple(events.values())
    )


def _camera_end(path: Path, rate: float | None) -> float:
    """Seconds at which a video ends, or the table of what a program computed of one."""
    if path.suffix.lower() in (".csv", ".tsv", ".txt"):
        return read_face_table(path).end
    video = open_face(path, rate)
    return float(video.times[-1]) + video.step


def _seconds(event: SharedEvent, marks: Events | None) -> float:
    """Seconds of the EEG at the event."""
    if marks is None or not isinstance(event.eeg, str):
        return float(event.eeg)
    try:
        return named_moment(event.eeg, marks)
    except InputError as error:
        where = f"{event.line.where}, column eeg: {error.where}"
        raise InputError(where, error.found, error.wanted, error.do) from error


def _session_name(recording: tuple[str, str]) -> str:
    return f"subject {recording[0]}, session {recording[1]}"
