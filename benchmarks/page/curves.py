"""How the networks of finished runs learned, as a chapter of a report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...preprocessing.pictures.figure_file import save_figure
from ...preprocessing.pictures.palette import CHOSEN, TRAINING, VALIDATION
from ...preprocessing.pictures.wrapped_names import wrapped
from ..runs.report import Report
from ..tables.table import HEADS
from .chapter import Chapter
from .figures import Picture

SPREAD = (10, 90)
"""Percentiles over trainings between which a band lies."""


@dataclass(frozen=True, eq=False)
class LearningCurves:
    """Losses of N trainings (folds x seeds) over E epochs, of one way of choosing the epoch.

    Attributes:
        model, selection: The model, and the rule that chose its epoch.
        train: (N, E) training loss, the mean over an epoch's batches while it was learned.
        valid: (N, E) loss on the validation part; None where there was none.
        scored: (N,) the epoch of each training that was scored, counted from 1.
        simulated: Whether no person was recorded.
    """

    model: str
    selection: str
    train: np.ndarray
    valid: np.ndarray | None
    scored: tuple[int, ...]
    simulated: bool = False

    @property
    def tendency(self) -> str:
        """Words on where the training loss began and ended, and whether it had come to rest, in words."""
        mean = self.train.mean(axis=0)
        words = f"training loss {mean[0]:.3g} to {mean[-1]:.3g} in {_count(len(mean), 'epoch')}"
        fallen = float(mean[0] - mean[-1])
        if len(mean) < 4 or fallen <= 0:
            return words
        late = float(mean[-1 - len(mean) // 4] - mean[-1]) / fallen
        return f"{words}, {100 * late:.0f} % of the fall in the last quarter"


def curves_of(report: Report) -> Iterator[LearningCurves]:
    """The curves of a report, one for each way of choosing the epoch; none where nothing was logged."""
    for selection, logged in report.curves.items():
        if "train/loss" in logged:  # plain estimators log none
            yield LearningCurves(
                model=report.model,
                selection=selection,
                train=logged["train/loss"],
                valid=logged.get("valid/loss"),
                scored=report.epochs[selection],
                simulated=report.data.simulated,
            )


def draw_learning(curves: LearningCurves, path: str | Path) -> Path:
    """Draw the mean and the spread over trainings by epoch into a picture file."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(4.6, 3.0), layout="constrained")
    axes = figure.subplots()
    _draw_line(axes, curves.train, TRAINING, "-", "training part")
    if curves.valid is not None:
        _draw_line(axes, curves.valid, VALIDATION, "--", "validation part")
        axes.axvline(float(np.median(curves.scored)), color=CHOSEN, ls=":", lw=1.2, label="epoch scored, median")
    axes.set(xlabel="epoch", ylabel="loss")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    title = f"{curves.model}{', simulated' if curves.simulated else ''}"
    axes.set_title(wrapped(title, 50), fontsize=9, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    return save_figure(figure, path)


def learning(models: Sequence[tuple[Report, str, str]]) -> Iterator[Chapter]:
    """The chapter, where any of these reports (with their labels and the names of their pictures) has curves."""
    drawn: list[LearningCurves] = []
    pictures = []
    for report, label, key in models:
        for curves in curves_of(report):
            drawn.append(curves)
            pictures.append(_picture(curves, label, key))
    if drawn:
        yield Chapter("Learning curves", (_words(drawn),), pictures=tuple(pictures))


def _picture(curves: LearningCurves, label: str, key: str) -> Picture:
    trained = _count(len(curves.train), "training")
    words = f"{label}, {HEADS[curves.selection]}: {curves.tendency}; {trained}"
    parts = "training loss" if curves.valid is None else "training and validation loss"
    alt = f"Line plot of {parts} of {label} by epoch, mean and spread over {trained}: {curves.tendency}."
    return Picture(f"{key}-curves-{curves.selection}", f"{words}.", alt, partial(draw_learning, curves))


def _words(drawn: Sequence[LearningCurves]) -> str:
    low, high = SPREAD
    words = (
        "Loss by epoch: the mean over all folds and seeds, and a band from the "
        f"{low}th to the {high}th percentile of them. Training loss is what was logged while an epoch was learned."
    )
    if all(curves.valid is None for curves in drawn):
        return f"{words} There was no validation part: these say how well training data were fitted, and no more."
    return (
        f"{words} Validation loss is that of the part held out within the training part; neither knows the test part."
    )


def _draw_line(axes: Any, losses: np.ndarray, color: str, style: str, label: str) -> None:
    epochs = np.arange(1, losses.shape[1] + 1)
    low, high = np.percentile(losses, SPREAD, axis=0)
    axes.fill_between(epochs, low, high, color=color, alpha=0.2, lw=0)
    mark = "." if losses.shape[1] < 3 else ""  # one epoch makes no line
    axes.plot(epochs, losses.mean(axis=0), color=color, ls=style, lw=1.8, marker=mark, label=label)


def _count(n: int, name: str) -> str:
    return f"{n:,} {name}{'' if n == 1 else 's'}"
