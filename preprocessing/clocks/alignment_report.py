"""Reports on the clocks of a dataset: a table to print, a CSV, a JSON with everything, and the refusals."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...signals import Clock, InputError
from ...signals.files.publishing import publish_text
from ...signals.shown_text import csv_text
from ...signals.stored_json import signed_json
from ...signals.streams.clock import SAME
from ..building.progress import new_console
from ..cache_files.cache_index import NAME
from .alignment import STREAMS, AlignedDataset, Alignment, Residual, TrialAlignment

ALIGNMENT = "alignment.json"
"""Every trial, gap and residual, with a checksum."""


def clock_words(clock: Clock) -> str:
    """The knowledge of a clock, in words."""
    n = len(clock.events)
    if not clock.drift_known:
        reason = "one shared event" if n else f"no shared events ({clock.rule})"
        return f"drift cannot be known: {reason}"
    if n == 2:
        return "2 shared events: a drift, but no residuals, since any line fits both"
    return f"{n} shared events, worst {1000 * clock.worst:.1f} ms off" if n else clock.rule


def session_words(session: Alignment) -> str:
    """The knowledge of the clocks of a session, in words."""
    if len(session.clocks) < len(STREAMS):
        return f"{' and '.join(STREAMS[name] for name in session.clocks) or 'neither stream'} only"
    # both streams of a session often share a device: the same words once
    descriptions = dict.fromkeys(clock_words(clock) for _, clock in session.fits if clock.rule != SAME)
    return "; ".join(descriptions) or SAME


def check_tolerance(tolerance: float) -> None:
    """Refuse a tolerance that is no positive number of seconds."""
    if not (np.isfinite(tolerance) and tolerance > 0):
        raise InputError("--tolerance", f"{tolerance:g}", "seconds above zero, such as 0.02")


def check_folder(folder: Path) -> None:
    """Refuse a place for the report that is a file or a cache, whose settings would be overwritten."""
    is_file = folder.is_file()
    if is_file or (folder / NAME).exists():
        found = "a file" if is_file else "a cache"
        raise InputError(folder, found, "a folder, or nothing yet", "name another place for the report")


def check_alignment(aligned: AlignedDataset, tolerance: float) -> None:
    """Refuse shared events that are off by more than ``tolerance`` seconds, and trials that could not be opened.

    Raises:
        InputError: Names each session with its worst event, by how much it is off, and which event explains it.
    """
    wrong = [_too_far(session) for session in aligned.sessions if session.beyond(tolerance)]
    if wrong:
        raise InputError(
            aligned.name,
            "; ".join(wrong),
            f"events at most {1000 * tolerance:g} ms off the line through the others",
            "correct the event, or say --tolerance if so much is right for you",
        )
    if aligned.broken:
        reasons = "; ".join(f"({i}) {text}" for i, text in enumerate(aligned.broken, 1))
        raise InputError(aligned.name, f"{len(aligned.broken)} broken trials: {reasons}", "whole trials", "repair them")


def write_alignment(aligned: AlignedDataset, folder: Path, tolerance: float) -> None:
    """Write ``alignment.csv``, one line a session, and ``alignment.json`` with every trial, gap and residual."""
    rows = [_row(aligned, session) for session in aligned.sessions]
    publish_text(folder / "alignment.csv", csv_text([list(rows[0]), *(list(row.values()) for row in rows)]))
    content = {
        "dataset": aligned.name,
        "simulated": aligned.simulated,
        "tolerance_s": tolerance,
        "sessions": [_session_json(session) for session in aligned.sessions],
        "broken": aligned.broken,
    }
    publish_text(folder / ALIGNMENT, signed_json(content))


def print_alignment(aligned: AlignedDataset, folder: Path) -> None:
    """Show a line for each session, and where the rest lies."""
    console = new_console()
    simulated = " (simulated)" if aligned.simulated else ""
    both = sum(len(session.trials) - session.one_stream for session in aligned.sessions)
    title = f"{aligned.name}{simulated}: {len(aligned.sessions)} sessions, {both} trials with EEG and video"
    console.print(title)
    console.print(_table(aligned.sessions))
    for text in aligned.broken:
        console.print(f"not opened: {text}")
    where = f"every residual, gap and trial: {folder / ALIGNMENT}; a picture of each session beside it"
    console.print(where)


def _table(sessions: Sequence[Alignment]) -> Any:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("subject", "session"):
        table.add_column(heading)
    for heading in (
        "trials",
        "with one\nstream",
        "offset\nms",
        "drift\nms/min",
        "gaps",
        "longest\ns",
        "EEG without\nvideo s",
        "video with-\nout EEG s",
    ):
        table.add_column(heading, justify="right")
    table.add_column("what is known of the video's clock", overflow="fold", min_width=24)
    for session in sessions:
        table.add_row(*_cells(session))
    return table


def _cells(session: Alignment) -> tuple[str, ...]:
    clocks, longest = session.clocks.get("face", ()), session.longest_gap
    return (
        session.subject,
        session.session,
        str(len(session.trials)),
        str(session.one_stream),
        _common(f"{1000 * clock.offset:+.1f}" for clock in clocks),
        _common(_drift(clock, "+.2f", "unknown") for clock in clocks),
        str(len(session.gaps)),
        f"{longest[1] - longest[0]:.2f}" if longest else "",
        f"{session.eeg_alone:.2f}",
        f"{session.face_alone:.2f}",
        session_words(session),
    )


def _common(values: Iterable[str]) -> str:
    """The value that all share; ``several`` where they differ, nothing where there is none."""
    distinct = list(dict.fromkeys(values))
    if not distinct:
        return ""
    return distinct[0] if len(distinct) == 1 else "several"


def _drift(clock: Clock, form: str, unknown: str) -> str:
    return format(clock.drift_per_minute, form) if clock.drift_known else unknown


def _row(aligned: AlignedDataset, session: Alignment) -> dict[str, str]:
    clocks: dict[str, str] = {}
    for name in STREAMS:
        clocks |= _columns(name, session.clocks.get(name, ()))
    worst, longest = session.worst, session.longest_gap
    return {
        "subject": session.subject,
        "session": session.session,
        "simulated": str(aligned.simulated).lower(),
        "trials": str(len(session.trials)),
        "trials_with_one_stream": str(session.one_stream),
        **clocks,
        "worst_residual_ms": f"{1000 * worst.off:.3f}" if worst else "",
        "worst_event": str(worst or ""),
        "gaps": str(len(session.gaps)),
        "longest_gap_s": f"{longest[1] - longest[0]:.3f}" if longest else "",
        "longest_gap_at_s": f"{longest[0]:.3f}" if longest else "",
        "eeg_without_face_s": f"{session.eeg_alone:.3f}",
        "face_without_eeg_s": f"{session.face_alone:.3f}",
        "in_words": session_words(session),
    }


def _columns(name: str, clocks: Sequence[Clock]) -> dict[str, str]:
    """A stream's clock as columns; where trials have clocks that differ, ``several``."""
    return {
        f"{name}_clocks": str(len(clocks)),
        f"{name}_offset_ms": _common(f"{1000 * clock.offset:.3f}" for clock in clocks),
        f"{name}_drift_ms_per_minute": _common(_drift(clock, ".4f", "") for clock in clocks),
        f"{name}_drift_known": _common(str(clock.drift_known) for clock in clocks),
        f"{name}_events": _common(str(len(clock.events)) for clock in clocks),
        f"{name}_rule": _common(clock.rule for clock in clocks),
    }


def _session_json(session: Alignment) -> dict[str, Any]:
    clocks = []
    for fit, (name, clock) in enumerate(session.fits):
        events = [event for event in session.residuals if event.fit == fit]
        clocks.append(_clock_json(name, clock, events))
    return {
        "subject": session.subject,
        "session": session.session,
        "in_words": session_words(session),
        "clocks": clocks,
        "trials": [_trial_json(trial) for trial in session.trials],
    }


def _clock_json(name: str, clock: Clock, events: Sequence[Residual]) -> dict[str, Any]:
    return {
        "stream": name,
        "rule": clock.rule,
        "offset_s": clock.offset,
        "drift_known": clock.drift_known,
        "drift_ms_per_minute": clock.drift_per_minute if clock.drift_known else None,
        "events": [_event_json(event) for event in events],
    }


def _event_json(event: Residual) -> dict[str, Any]:
    return {
        "name": event.name,
        "device_s": event.device,
        "session_s": event.session,
        "residual_s": _number(event.off),
        "others_rms_s": _number(event.rest),
    }


def _trial_json(trial: TrialAlignment) -> dict[str, Any]:
    return {
        "trial": trial.trial,
        "eeg_s": trial.eeg,
        "face_s": trial.face,
        "gaps_s": trial.gaps,
        "eeg_without_face_s": trial.eeg_alone,
        "face_without_eeg_s": trial.face_alone,
    }


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None  # JSON has no NaN


def _too_far(session: Alignment) -> str:
    worst, suspect = session.worst, session.suspect
    off = f"{1000 * abs(worst.off):.1f} ms off" if worst else ""
    if suspect is None:
        which = "of so few events it cannot be told which is wrong"
    else:
        which = f"the others fit best without {'it' if suspect == worst else suspect}"
    return f"{session}: {worst} {off}; {which}"
