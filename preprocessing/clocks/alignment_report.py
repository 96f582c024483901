"""What is said about the clocks of a dataset: a table to print, a CSV, a JSON with everything, and the refusals."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...signals import Clock, InputError
from ...signals.files.publishing import publish_text
from ...signals.streams.clock import SAME
from ..building.progress import new_console
from ..cache.cache_index import NAME
from .alignment import STREAMS, AlignedDataset, Alignment, Residual, TrialAlignment


def clock_words(clock: Clock) -> str:
    """What is known of a clock, in words."""
    n = len(clock.events)
    if not clock.drift_known:
        return f"drift cannot be known: {'one shared event' if n else f'no shared events ({clock.rule})'}"
    if n == 2:
        return "2 shared events: a drift, but no residuals, since any line fits both"
    return f"{n} shared events, worst {1000 * clock.worst:.1f} ms off" if n else clock.rule


def session_words(session: Alignment) -> str:
    """What is known of the clocks of a session, in words."""
    if len(session.clocks) < len(STREAMS):
        return f"{' and '.join(STREAMS[name] for name in session.clocks) or 'neither stream'} only"
    clocks = [clock for name in session.clocks for clock in session.clocks[name]]
    told = dict.fromkeys(clock_words(clock) for clock in clocks if clock.rule != SAME)
    return "; ".join(told) or SAME


def check_tolerance(tolerance: float) -> None:
    """Refuse a tolerance that is no positive number of seconds."""
    if not (np.isfinite(tolerance) and tolerance > 0):
        raise InputError("--tolerance", f"{tolerance:g}", "seconds above zero, such as 0.02")


def check_folder(folder: Path) -> None:
    """Refuse a place for the report that is a file or a cache, whose settings would be overwritten."""
    found = "a file" if folder.is_file() else "a cache" if (folder / NAME).exists() else ""
    if found:
        raise InputError(folder, found, "a folder, or nothing yet", "name another place for the report")


def check_alignment(found: AlignedDataset, tolerance: float) -> None:
    """Refuse shared events that are off by more than ``tolerance`` seconds, and trials that could not be opened.

    Raises:
        InputError: Names each session with its worst event, by how much it is off, and which event explains it.
    """
    wrong = [_too_far(session) for session in found.sessions if session.beyond(tolerance)]
    if wrong:
        raise InputError(
            found.name,
            "; ".join(wrong),
            f"events at most {1000 * tolerance:g} ms off the line through the others",
            "correct the event, or say --tolerance if so much is right for you",
        )
    if found.broken:
        told = "; ".join(f"({i}) {text}" for i, text in enumerate(found.broken, 1))
        raise InputError(found.name, f"{len(found.broken)} broken trials: {told}", "whole trials", "repair them")


def write_alignment(found: AlignedDataset, folder: Path, tolerance: float) -> None:
    """Write ``alignment.csv``, one line a session, and ``alignment.json`` with every trial, gap and residual."""
    rows = [_row(found, session) for session in found.sessions]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    publish_text(folder / "alignment.csv", text.getvalue())
    content = {
        "dataset": found.name,
        "simulated": found.simulated,
        "tolerance_s": tolerance,
        "sessions": [_told(session) for session in found.sessions],
        "broken": found.broken,
    }
    publish_text(folder / "alignment.json", json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def print_alignment(found: AlignedDataset, folder: Path) -> None:
    """Show a line for each session, and where the rest lies."""
    console = new_console()
    simulated = " (simulated)" if found.simulated else ""
    both = sum(not trial.one_stream for session in found.sessions for trial in session.trials)
    title = f"{found.name}{simulated}: {len(found.sessions)} sessions, {both} trials with EEG and video"
    console.print(title, markup=False)
    console.print(_table(found.sessions))
    for text in found.broken:
        console.print(f"not opened: {text}", markup=False)
    where = f"every residual, gap and trial: {folder / 'alignment.json'}; a picture of each session beside it"
    console.print(where, markup=False)


def _table(sessions: Sequence[Alignment]) -> Any:
    from rich.table import Table
    from rich.text import Text

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
        table.add_row(*map(Text, _cells(session)))
    return table


def _cells(session: Alignment) -> tuple[str, ...]:
    clocks, longest = session.clocks.get("face", ()), session.longest_gap
    drifts = [f"{clock.drift_per_minute:+.2f}" if clock.drift_known else "unknown" for clock in clocks]
    return (
        session.subject,
        session.session,
        str(len(session.trials)),
        str(session.one_stream),
        _one([f"{1000 * clock.offset:+.1f}" for clock in clocks]),
        _one(drifts),
        str(len(session.gaps)),
        f"{longest[1] - longest[0]:.2f}" if longest else "",
        f"{session.eeg_alone:.2f}",
        f"{session.face_alone:.2f}",
        session_words(session),
    )


def _one(values: Sequence[str]) -> str:
    """What all have in common, or that they differ."""
    distinct = list(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else "several" if distinct else ""


def _row(found: AlignedDataset, session: Alignment) -> dict[str, str]:
    clocks = {key: text for name in STREAMS for key, text in _columns(name, session.clocks.get(name, ())).items()}
    worst, longest = session.worst, session.longest_gap
    return {
        "subject": session.subject,
        "session": session.session,
        "simulated": str(found.simulated).lower(),
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
    """A stream's clock as columns; where trials have clocks of their own that differ, ``several``."""
    drifts = [f"{clock.drift_per_minute:.4f}" if clock.drift_known else "" for clock in clocks]
    return {
        f"{name}_clocks": str(len(clocks)),
        f"{name}_offset_ms": _one([f"{1000 * c.offset:.3f}" for c in clocks]),
        f"{name}_drift_ms_per_minute": _one(drifts),
        f"{name}_drift_known": _one([str(c.drift_known) for c in clocks]),
        f"{name}_events": _one([str(len(c.events)) for c in clocks]),
        f"{name}_rule": _one([c.rule for c in clocks]),
    }


def _told(session: Alignment) -> dict[str, Any]:
    fits = enumerate((name, clock) for name, clocks in session.clocks.items() for clock in clocks)
    clocks = [_clock_told(name, clock, [e for e in session.residuals if e.fit == fit]) for fit, (name, clock) in fits]
    return {
        "subject": session.subject,
        "session": session.session,
        "in_words": session_words(session),
        "clocks": clocks,
        "trials": [_trial_told(trial) for trial in session.trials],
    }


def _clock_told(name: str, clock: Clock, events: Sequence[Residual]) -> dict[str, Any]:
    return {
        "stream": name,
        "rule": clock.rule,
        "offset_s": clock.offset,
        "drift_known": clock.drift_known,
        "drift_ms_per_minute": clock.drift_per_minute if clock.drift_known else None,
        "events": [
            {
                "name": event.name,
                "device_s": event.device,
                "session_s": event.session,
                "residual_s": _number(event.off),
                "others_rms_s": _number(event.rest),
            }
            for event in events
        ],
    }


def _trial_told(trial: TrialAlignment) -> dict[str, Any]:
    return {
        "trial": trial.trial,
        "eeg_s": trial.eeg,
        "face_s": trial.face,
        "gaps_s": trial.gaps,
        "eeg_without_face_s": trial.eeg_alone,
        "face_without_eeg_s": trial.face_alone,
    }


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _too_far(session: Alignment) -> str:
    worst, suspect = session.worst, session.suspect
    off = f"{1000 * abs(worst.off):.1f} ms off" if worst else ""
    if suspect is None:
        which = "of so few events it cannot be told which is wrong"
    else:
        which = f"the others fit best without {'it' if suspect == worst else suspect}"
    return f"{session}: {worst} {off}; {which}"
