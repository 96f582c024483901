"""Moments of a recording by the names of its events: when a trial begins and ends, what two devices have both seen."""

import re
from functools import lru_cache
from pathlib import Path

from ...errors import InputError
from ...files.events import Events, read_events
from ...files.raw_file import RawFile
from ...streams.source import FileVersion, file_version

NAMED = re.compile(r"""(?:trigger (\d+)|note (?:(['"])(.+)\2|(.+?)))(?: #(\d+))?""")
"""A cell that names a trigger or an annotation, and which of several; in quotes a text may hold anything."""

_BY_SOFTWARE = ("boundary", "edge boundary", "bad", "new segment")
"""How notes of software begin, in small letters."""

SAME = 1e-6
"""Seconds within which two events are at one moment: onsets are rounded to microseconds."""


def events_of(recording: Path) -> Events:
    """All events of a recording, read once."""
    return _events(recording, file_version(recording))


def named_moment(cell: str, events: Events) -> float:
    """Seconds of the event that a cell calls ``trigger 7``, ``trigger 7 #2``, ``note clip starts``, ``note 'film #2'``.

    In BrainVision recordings, triggers and notes are annotations such as ``Stimulus/S  7`` and ``Comment/clip starts``.

    Raises:
        InputError: There is none, or several and no number says which.
    """
    code, _, quoted, _, number = NAMED.fullmatch(cell).groups()  # type: ignore[union-attr]  # whoever asks has looked
    if code:
        counted = f" #{number}" if number else ""
        return _without_kind(events, "Stimulus/S *", str(int(code))).one(f"{int(code)}{counted}")
    written = cell.removeprefix("note ")
    in_quotes = quoted is not None and written not in _without_kind(events, "Comment/", written).names
    if in_quotes:
        return _without_kind(events, "Comment/", quoted).nth(quoted, int(number) if number else None)
    bare = written.removesuffix(f" #{number}")
    return _without_kind(_without_kind(events, "Comment/", bare), "Comment/", written).one(written)


def _without_kind(events: Events, kind: str, name: str) -> Events:
    """The events, those of a kind (of BrainVision) that are called ``name`` behind it by the name alone."""
    spelling = re.compile(f"({kind})?{re.escape(name)}")
    names = tuple(name if spelling.fullmatch(event) else event for event in events.names)
    return Events(events.times, names, events.where)


def without_joints(events: Events) -> Events:
    """The events that somebody set: joints and bad stretches, which software notes, begin and end no trial."""
    which = [place for place, name in enumerate(events.names) if not name.casefold().startswith(_BY_SOFTWARE)]
    return Events(events.times[which], tuple(events.names[place] for place in which), events.where)


def next_moment(events: Events, start: float) -> float:
    """Seconds of the first of a recording's events behind ``start``.

    Raises:
        InputError: There is none.
    """
    later = [float(time) for time in without_joints(events).times if time > start + SAME]
    if not later:
        wanted = f"an event behind {start:g} s"
        do = "give the trial's stop in seconds, as +60 behind its start, or none"
        raise InputError(events.where, "none", wanted, do)
    return min(later)


def end_of_note(file: RawFile, where: object, start: float) -> float:
    """Seconds at which the annotation ends that begins at ``start``.

    Raises:
        InputError: None begins there, or none that has a length.
    """
    lasting = [note for note in file.notes if note.duration and abs(note.onset - start) <= SAME]
    if not lasting:
        wanted = f"one that begins at {start:g} s and has a length"
        do = "give the trial's stop as next, or as +60 behind its start"
        raise InputError(where, "no such annotation", wanted, do)
    return max(note.onset + note.duration for note in lasting)


@lru_cache(maxsize=16)
def _events(recording: Path, _version: FileVersion) -> Events:
    return read_events(recording)
