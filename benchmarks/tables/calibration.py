"""Whether a model is right as often as it says it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...signals import InputError
from ..runs.report import Report
from .terminal import wrapped

_LETTERS = 44
"""In a line of the title."""

BINS = 15
"""As many as in the tables of Guo et al. (2017)."""

SAID, MISSED, EVEN = "#0072b2", "#e69f00", "#555555"


@dataclass(frozen=True, eq=False)
class Calibration:
    """Confidence against accuracy of one report's model, in M bins of equal width; windows of all folds and seeds.

    The confidence of a window is the greatest of its probabilities; bin m holds confidences in ((m - 1)/M, m/M].

    Attributes:
        model: As one would type it.
        counts: (M,) windows.
        confidence, accuracy: (M,) mean of a bin; NaN where it is empty.
        simulated: Whether no person was recorded.
    """

    model: str
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    simulated: bool = False

    @classmethod
    def of(cls, report: Report, bins: int = BINS) -> "Calibration":
        """The calibration of a report, by the first way of choosing the epoch.

        Raises:
            InputError: It predicts no categories, or no window has one.
        """
        known = (report.predictions.selection == report.selections[0]) & (report.predictions.category >= 0)
        if not report.data.task.categories or not known.any():
            wanted = "windows with a category"
            raise InputError(f"calibration of {report.model}", "no categories", wanted, "give another report")
        windows = report.predictions.take(known)
        right = windows.probability.argmax(axis=1) == windows.category
        return cls.count(windows.probability.max(axis=1), right, report.model, bins, report.data.simulated)

    @classmethod
    def count(
        cls, confidence: np.ndarray, right: np.ndarray, model: str = "", bins: int = BINS, simulated: bool = False
    ) -> "Calibration":
        """From confidences (N,) in 0..1 and whether each of the N answers was right."""
        place = np.clip(np.ceil(confidence.astype(float) * bins).astype(int) - 1, 0, bins - 1)
        counts = np.bincount(place, minlength=bins)
        with np.errstate(invalid="ignore"):
            said = np.bincount(place, weights=confidence, minlength=bins) / counts
            found = np.bincount(place, weights=right, minlength=bins) / counts
        return cls(model, counts, said, found, simulated)

    @property
    def error(self) -> float:
        """Expected calibration error: the sum over bins of (n_m / n) |accuracy_m - confidence_m|, 0 to 1.

        Source: Guo, Pleiss, Sun, Weinberger, On calibration of modern neural networks, ICML 2017, eq. 3
        (arXiv 1706.04599).
        """
        return float(np.nansum(self.counts * np.abs(self.accuracy - self.confidence)) / self.counts.sum())

    @property
    def tendency(self) -> str:
        """Whether the model says more or less than it knows, in words."""
        gap = float(np.nansum(self.counts * (self.confidence - self.accuracy)) / self.counts.sum())
        if abs(gap) < 0.01:
            return "on average as sure as it is right"
        return f"on average {'more' if gap > 0 else 'less'} sure than it is right, by {abs(gap):.2f}"


def draw_calibration(shown: Calibration, path: str | Path) -> Path:
    """Draw a reliability diagram into a picture file: accuracy by confidence, and below how many windows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 4.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    _draw_bins(above, shown)
    edges = np.linspace(0, 1, len(shown.counts) + 1)
    below.bar(edges[:-1], shown.counts, width=np.diff(edges), align="edge", color="#9aa5b1", ec="white", lw=0.5)
    below.set(xlabel="confidence (greatest probability)", ylabel="windows", xlim=(0, 1))
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)
    return Path(path)


def _draw_bins(axes: Any, shown: Calibration) -> None:
    there = shown.counts > 0
    confidence, accuracy = shown.confidence[there], shown.accuracy[there]
    axes.plot([0, 1], [0, 1], color=EVEN, ls="--", lw=1, label="as sure as right")
    axes.vlines(confidence, accuracy, confidence, color=MISSED, lw=3, label="the gap")
    size = 12 + 90 * shown.counts[there] / shown.counts.max()
    axes.scatter(confidence, accuracy, s=size, color=SAID, zorder=3, label="windows of a bin")
    axes.set(ylabel="accuracy", ylim=(-0.03, 1.03))
    title = f"{shown.model}{', simulated' if shown.simulated else ''}: error {shown.error:.3f}"
    axes.set_title("\n".join(wrapped(title, _LETTERS)), fontsize=9, loc="left")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
