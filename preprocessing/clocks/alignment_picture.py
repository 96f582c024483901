"""A picture of how the streams of one session lie on its clock, and how well its shared events fit."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from ...signals.streams.clock import SAME
from ..building.progress import progress_bar
from ..pictures import TIME_LABEL, new_figure, palette, save_figure, wrapped
from .alignment import STREAMS, AlignedDataset, Alignment, Residual, TrialAlignment
from .alignment_report import session_words

_COLOURS = {"eeg": palette.EEG, "face": palette.FACE}
_MARKERS = {"eeg": "o", "face": "s"}
_ROWS = 40
"""Trials up to which each has a row of full height and a number of its own."""
_RINGS = 12
"""Events beyond the tolerance up to which each is marked; of more, the worst and the suspect."""


def draw_alignments(found: AlignedDataset, folder: Path, tolerance: float) -> list[Path]:
    """A picture of each session in ``folder``, called ``<subject>-<session>.png``; progress shows on a terminal."""
    title = f"{found.name} (simulated)" if found.simulated else found.name
    with progress_bar("pictures", len(found.sessions)) as done:
        paths: list[Path] = []
        for session in found.sessions:
            paths.append(draw_alignment(session, _path(folder, session, paths), tolerance, title))
            done(1)
    return paths


def draw_alignment(session: Alignment, path: str | Path, tolerance: float, title: str = "") -> Path:
    """Draw what each trial has of either stream with the gaps, and below it how far each shared event is off.

    Args:
        session: What to draw.
        path: The picture file; its ending (png, svg, pdf) says which kind.
        tolerance: Seconds that an event may be off.
        title: What stands above, such as the dataset's name.
    """
    known = [event for event in session.residuals if np.isfinite(event.off)]
    heights = 1.1 + 0.22 * min(len(session.trials), _ROWS), 2.0 if known else 0.5
    figure = new_figure(9, 1.2 + sum(heights))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=heights)
    _draw_trials(above, session.trials)
    if known:
        _draw_residuals(below, session, known, tolerance)
    else:
        _say(below, session_words(session))
    (below if known else above).set_xlabel(TIME_LABEL, fontsize=9)
    figure.suptitle(_heading(session, title), fontsize=10, x=0.01, ha="left")
    return save_figure(figure, path)


def _path(folder: Path, session: Alignment, taken: Sequence[Path]) -> Path:
    """Where a session's picture goes: ``a-b`` and ``c`` must not take the place of ``a`` and ``b-c``."""
    name = "-".join(quote(part, safe=" ") for part in (session.subject, session.session))
    names = (f"{name}{'-' * k}.png" for k in count())
    return next(folder / name for name in names if folder / name not in taken)


def _heading(session: Alignment, title: str) -> str:
    """Whose session it is and the clock of each stream, where all trials have the same."""
    single = [(name, clocks[0]) for name, clocks in session.clocks.items() if len(clocks) == 1]
    clocks = [f"{STREAMS[name]}: {clock}" for name, clock in single if clock.rule != SAME]
    lines = [", ".join(filter(None, [title, str(session)])), *clocks]
    return "\n".join(wrapped(line, 110) for line in lines)


def _draw_trials(axes: Any, trials: Sequence[TrialAlignment]) -> None:
    """A row a trial, the first on top: EEG above, video below, gaps as dark triangles."""
    for row, trial in enumerate(trials):
        spans = {"eeg": [trial.eeg] if trial.eeg else [], "face": list(trial.face)}
        for name, place in (("eeg", row - 0.36), ("face", row + 0.02)):
            bars = [(begin, end - begin) for begin, end in spans[name]]
            axes.broken_barh(bars, (place, 0.34), color=_COLOURS[name], lw=0)
    gaps = [(np.mean(gap), row + 0.19) for row, trial in enumerate(trials) for gap in trial.gaps]
    axes.scatter(*np.array(gaps).reshape(-1, 2).T, marker="v", s=26, color=palette.GAP, zorder=3, lw=0)
    step = int(np.ceil(len(trials) / _ROWS))
    shown = range(0, len(trials), step)
    axes.set_yticks(shown, [str(trials[row].trial) for row in shown], fontsize=8)
    axes.set(ylim=(len(trials) - 0.4, -0.6), ylabel="trial")
    axes.grid(axis="x", color=palette.BAND, lw=0.8)
    axes.set_axisbelow(True)
    _note_alone(axes, trials, shown)
    _legend(axes, bool(gaps))
    _clean(axes)


def _note_alone(axes: Any, trials: Sequence[TrialAlignment], shown: Sequence[int]) -> None:
    """Beside each trial, what either stream lacks: too little to be seen in a bar is still too much for a fusion."""
    style = {
        "fontsize": 7.5,
        "color": palette.NOTE,
        "ha": "right",
        "va": "center",
        "transform": axes.get_yaxis_transform(),
    }
    for place, name, word in ((1.07, "eeg_alone", "EEG\nalone"), (1.14, "face_alone", "video\nalone")):
        axes.text(place, 1.02, word, **{**style, "transform": axes.transAxes, "va": "bottom"})
        for row in shown:
            axes.text(place, row, f"{getattr(trials[row], name):.2f} s", **style)


def _legend(axes: Any, gaps: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    signs: list[Any] = [Patch(color=_COLOURS[name], label=word) for name, word in STREAMS.items()]
    if gaps:
        signs.append(Line2D([], [], marker="v", color=palette.GAP, lw=0, ms=5, label="frames missing"))
    axes.legend(handles=signs, fontsize=8, frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1))


def _draw_residuals(axes: Any, session: Alignment, known: Sequence[Residual], tolerance: float) -> None:
    axes.axhspan(
        -1000 * tolerance, 1000 * tolerance, color=palette.BAND, lw=0, label=f"tolerance, {1000 * tolerance:g} ms"
    )
    axes.axhline(0, color=palette.NOTE, lw=0.8)
    for name, word in STREAMS.items():
        _draw_events(axes, [event for event in known if event.stream == name], name, f"event of the {word}'s clock")
    beyond = session.beyond(tolerance)
    marked = beyond if len(beyond) <= _RINGS else tuple(e for e in beyond if e in (session.worst, session.suspect))
    _draw_beyond(axes, marked, "beyond it" if marked == beyond else f"{len(beyond)} are beyond it, the worst")
    top = 1.25e3 * max(tolerance, *(abs(event.off) for event in known))
    axes.set(ylim=(-top, top), ylabel="ms off the line\nthrough the others")
    axes.legend(fontsize=8, frameon=False, ncols=4, loc="lower left", bbox_to_anchor=(0, 1))
    if beyond and session.suspect:
        axes.set_title(f"The others fit best without {session.suspect}.", fontsize=9, loc="left", pad=22)
    _clean(axes)


def _draw_events(axes: Any, events: Sequence[Residual], name: str, label: str) -> None:
    if events:
        times, off = [event.session for event in events], [1000 * event.off for event in events]
        size = 30 if len(events) <= 60 else 8
        axes.scatter(times, off, marker=_MARKERS[name], s=size, color=_COLOURS[name], label=label, zorder=3, lw=0)


def _draw_beyond(axes: Any, events: Sequence[Residual], label: str) -> None:
    if not events:
        return
    times, off = [event.session for event in events], [1000 * event.off for event in events]
    axes.scatter(
        times, off, marker="o", s=110, facecolors="none", edgecolors=palette.GAP, lw=1.3, label=label, zorder=4
    )
    for event, place in zip(events, zip(times, off, strict=True), strict=True):
        axes.annotate(f"{event.place}", place, (7, 5), textcoords="offset points", fontsize=8)


def _say(axes: Any, words: str) -> None:
    axes.set_axis_off()
    sentence = wrapped(words[:1].upper() + words[1:] + ".", 90)
    axes.text(0.5, 0.5, sentence, transform=axes.transAxes, ha="center", va="center", fontsize=10, color=palette.NOTE)


def _clean(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, labelbottom=True)
    axes.yaxis.label.set_size(9)
