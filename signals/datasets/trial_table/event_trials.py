"""Trials that the events of recordings mark: a list of recordings becomes a table of trials."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

from ...errors import InputError
from ...files.events import Events
from ...files.raw_file import open_raw_file
from ...trials.dataset import Skipped
from .lines import SETTINGS, Line, Table
from .moments import SAME, end_of_note, events_of, without_joints

UNTIL = "until"
_FROM_EVENTS = ("trial", "start", "stop")
"""Columns that follow from events: a list of recordings has none of them."""

_SHOWN = 8
"""Events that a message names."""

_LATEST = 1e12
"""Seconds beyond any recording."""

_SECONDS = re.compile(r"\+\s*(?:[-+.]*\d|[-+]*(?:nan|inf)\b)", re.IGNORECASE)
_KIND = re.compile(r"(Stimulus|Response|Comment)/")
_CODE = re.compile(r"(?:Stimulus/S ?)?0*(\d+)")


@dataclass(frozen=True)
class EventRule:
    """Which events begin a trial, and when it ends.

    Args:
        where: Where the rule stands.
        column: The column of the table that gets the event's text.
        patterns: What the text of an event looks like that begins a trial, as in ``S 1*``, ``trigger 1?`` or ``note
            film *``; one of them is enough.
        until: ``next`` (event, whatever it is), ``end`` (of the annotation), ``+60`` (seconds behind the start), or
            what the text of an event looks like that ends it.
    """

    where: str
    column: str
    patterns: tuple[str, ...]
    until: str = "next"

    @property
    def seconds(self) -> float:
        """Seconds behind its start at which a trial ends; 0 where an event ends it."""
        return float(self.until) if says_seconds(self.until) else 0.0

    @property
    def written(self) -> str:
        """The patterns as messages name them."""
        return " or ".join(map(repr, self.patterns))


@dataclass(frozen=True)
class EventTrials:
    """The trials of a list of recordings.

    Attributes:
        table: A line for each trial.
        skipped: Recordings without a trial, and events that are none.
        broken: Why recordings could not be read.
    """

    table: Table
    skipped: tuple[Skipped, ...]
    broken: tuple[InputError, ...]


def trials_of_events(recordings: Table, rule: EventRule) -> EventTrials:
    """A line for each event that begins a trial, with the cells of its recording's line.

    A missing column ``session`` is 1 everywhere, a missing ``stimulus`` is the event's text. Trials of a session are
    numbered through its recordings.

    Args:
        recordings: Lines with a recording each, in the column ``eeg``.
        rule: What begins a trial and ends it.

    Raises:
        InputError: The list has no column ``eeg``, or one that events give; no recording can be read; no event of any
            of them begins a trial; names those that there are.
    """
    _check_columns(recordings, rule)
    lines: list[Line] = []
    skipped: list[Skipped] = []
    broken: list[InputError] = []
    numbers: dict[tuple[str, str], int] = {}
    names: dict[str, None] = {}
    for line in recordings.lines:
        try:
            file = line.recording("eeg")
            events = without_joints(events_of(file))
            found, left_out = _of_recording(line, file, events, rule)
        except InputError as error:
            broken.append(error)
            continue
        names.update(dict.fromkeys(map(event_text, events.names)))
        skipped += [Skipped(file, reason) for reason in left_out]
        lines += [_numbered(trial, numbers) for trial in found]
    if not lines:
        raise broken[0] if len(broken) == len(recordings.lines) else _nothing(rule, names, skipped)
    return EventTrials(Table(recordings.path, lines[0].names, tuple(lines)), tuple(skipped), tuple(broken))


def says_seconds(until: str) -> bool:
    """True of what means seconds behind a trial's start, well written or not; a text may begin with a plus too."""
    return _SECONDS.match(until) is not None


def event_text(name: str) -> str:
    """The text of an event as people write it: ``S 1`` for BrainVision's ``Stimulus/S  1``."""
    return _KIND.sub("", " ".join(name.split()), count=1)


def matches(name: str, pattern: str) -> bool:
    """True where an event looks like a pattern; case and the number of blanks do not count."""
    plain, text, code = " ".join(name.split()), event_text(name), _CODE.fullmatch(" ".join(name.split()))
    forms = (plain, text, f"trigger {code[1]}" if code else f"note {text}")
    wanted = " ".join(pattern.split()).casefold().replace("[", "[[]")  # of which fnmatch would make a set of letters
    return any(fnmatchcase(form.casefold(), wanted) for form in forms)


def _check_columns(recordings: Table, rule: EventRule) -> None:
    where = f"{recordings.path}:1"
    if "eeg" not in recordings.names:
        found = f"columns {', '.join(recordings.names)}"
        do = f"add it, or say in {SETTINGS} which column it is, as in columns: {{eeg: {recordings.names[-1]}}}"
        raise InputError(where, found, "a column eeg, whose events begin trials", do)
    if given := [name for name in (*_FROM_EVENTS, rule.column) if name in recordings.names]:
        wanted = "a list of recordings, since trials come from their events"
        raise InputError(where, f"columns {', '.join(given)}", wanted, "remove them, or give no events")


def _of_recording(line: Line, file: Path, events: Events, rule: EventRule) -> tuple[list[Line], list[str]]:
    """The trials of one recording, and why events or the whole recording give none."""
    begins = [
        (float(time), name)
        for time, name in zip(events.times, events.names, strict=True)
        if any(matches(name, pattern) for pattern in rule.patterns)
    ]
    if not begins:
        return [], [f"no event looks like {rule.written}; it has {_listed(map(event_text, events.names))}"]
    trials, left_out = [], []
    for (start, name), (later, _) in pairwise([*begins, (math.inf, "")]):
        text = event_text(name)
        try:
            stop = _stop(file, events, rule, (start, later))
            _check_inside(file, start, stop)
            trials.append(_trial(line, rule, text, (start, stop)))
        except InputError as error:
            left_out.append(f"event {text} at {start:g} s: found {error.found}; wanted {error.wanted}")
    return trials, left_out


def _check_inside(file: Path, start: float, stop: float) -> None:
    """Refuse a trial that begins or ends behind its recording; half a sample is rounding."""
    opened = open_raw_file(file)
    end = opened.duration
    if start >= end or (math.isfinite(stop) and stop > end + 0.5 / float(opened.raw.info["sfreq"]) + 1e-6):
        ends = f" to {stop:g}" if math.isfinite(stop) else ""
        raise InputError(file, f"a trial from {start:g}{ends} s", f"one inside the recording, which ends at {end:g} s")


def _trial(line: Line, rule: EventRule, text: str, ends: tuple[float, float]) -> Line:
    start, stop = ends
    cells = {
        "session": line.cell("session") or "1",
        "stimulus": line.cell("stimulus") or text,
        rule.column: text,
        "trial": "",
        "start": repr(start),
        "stop": repr(stop) if math.isfinite(stop) else "",
    }
    remarks = () if math.isfinite(stop) else ("no event behind the last trial: it lasts until the recording ends",)
    return line.with_cells(cells, f", event {text} at {start:g} s", remarks)


def _stop(file: Path, events: Events, rule: EventRule, begins: tuple[float, float]) -> float:
    """Seconds at which a trial ends, infinite for the recording's end.

    Args:
        file, events: The recording.
        rule: What ends a trial.
        begins: Seconds at which this trial and the next one begin.

    Raises:
        InputError: Nothing ends it.
    """
    start, later = begins
    if rule.until == "end":
        return end_of_note(open_raw_file(file), file, start)
    if rule.seconds:
        return start + rule.seconds
    ends = [
        float(time)
        for time, name in zip(events.times, events.names, strict=True)
        if time > start + SAME and (rule.until == "next" or matches(name, rule.until))
    ]
    if rule.until != "next" and min(ends, default=math.inf) > min(later + SAME, _LATEST):
        raise InputError(file, f"no event like {rule.until!r} before the next trial", "one that ends it")
    return min(ends, default=math.inf)


def _numbered(trial: Line, numbers: dict[tuple[str, str], int]) -> Line:
    session = trial.cell("subject"), trial.cell("session")
    numbers[session] = numbers.get(session, 0) + 1
    return trial.with_cells({"trial": str(numbers[session])}, trial.place)


def _nothing(rule: EventRule, names: Iterable[str], skipped: Sequence[Skipped]) -> InputError:
    """The error where no recording has a trial: none has such an event, or none of these ends."""
    unended = next((left.reason for left in skipped if left.reason.startswith("event ")), "")
    if unended:
        return InputError(rule.where, f"no trial, as in {unended}", "trials that end inside", "correct until")
    found = f"no event like {rule.written} in any recording; they have {_listed(names)}"
    return InputError(rule.where, found, "events that begin trials", "correct the pattern")


def _listed(names: Iterable[str]) -> str:
    distinct = tuple(dict.fromkeys(names))
    more = f" and {len(distinct) - _SHOWN} more" if len(distinct) > _SHOWN else ""
    return f"{', '.join(distinct[:_SHOWN])}{more}" if distinct else "no events"
