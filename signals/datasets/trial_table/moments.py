"""Moments of a recording by the names of its events: when a trial begins and ends, what two devices have both seen."""

import re
from functools import lru_cache
from pathlib import Path

from ...errors import InputError
from ...files.events import Events, read_events
from ...files.raw_file import RawFile
from ...streams.source import FileVersion, file_version

NAMED = re.compile(r"(?:trigger (\d+)|note (.+?))( #\d+)?")
"""A cell that names a trigger or an annotation, and which of several."""

_BY_SOFTWARE = ("boundary", "edge boundary", "bad", "new segment")
"""How notes of software begin, in small letters."""

SAME = 1e-6
"""Seconds within which two events are at one moment: onsets are rounded to microseconds."""


def events_of(recording: Path) -> Events:
    """All events of a recording, read once."""
    return _events(recording, file_version(recording))


def named_moment(cell: str, events: Events) -> float:
    """Seconds of the event that a cell calls ``trigger 7``, ``trigger 7 #2`` or ``note clip starts``.

    In BrainVision recordings, triggers and notes are annotations such as ``Stimulus/S  7`` and ``Comment/clip starts``.

    Raises:
        InputError: There is none, or several and no number says which.
    """
    code, text, number = NAMED.fullmatch(cell).groups()  # type: ignore[union-attr]  # whoever asks has looked
    name = text or str(int(code))
    kind = "Comment/" if text else "Stimulus/S *"
    spelling = re.compile(f"({kind})?{re.escape(name)}")
    names = [name if spelling.fullmatch(event) else event for event in events.names]
    return Events(events.times, tuple(names), events.where).one(name + (number or ""))


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
