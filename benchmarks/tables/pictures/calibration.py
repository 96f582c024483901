"""Calibration: whether a model is as accurate as it is confident."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ....preprocessing.pictures import new_figure, palette, save_figure, wrapped
from ....signals import InputError
from ...runs.report import Report
from ...scores.verdict import decimal

BINS = 15
"""As many as in the tables of Guo et al. (2017)."""


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
        """The calibration of confidences (N,) in 0..1, with whether each of the N predictions was right."""
        place = np.clip(np.ceil(confidence.astype(float) * bins).astype(int) - 1, 0, bins - 1)
        counts = np.bincount(place, minlength=bins)
        with np.errstate(invalid="ignore"):
            mean_confidence = np.bincount(place, weights=confidence, minlength=bins) / counts
            accuracy = np.bincount(place, weights=right, minlength=bins) / counts
        return cls(model, counts, mean_confidence, accuracy, simulated)

    @property
    def error(self) -> float:
        """Expected calibration error: the sum over bins of (n_m / n) |accuracy_m - confidence_m|, 0 to 1.

        Source: Guo, Pleiss, Sun, Weinberger, On calibration of modern neural networks, ICML 2017, eq. 3
        (arXiv 1706.04599).
        """
        return float(np.nansum(self.counts * np.abs(self.accuracy - self.confidence)) / self.counts.sum())

    @property
    def tendency(self) -> str:
        """The tendency of the model to over- or under-confidence, in words."""
        gap = float(np.nansum(self.counts * (self.confidence - self.accuracy)) / self.counts.sum())
        if abs(gap) < 0.01:
            return "on average as confident as accurate"
        return f"on average {'over' if gap > 0 else 'under'}-confident, by {decimal(abs(gap), digits=2)}"


def draw_calibration(calibration: Calibration, path: str | Path) -> Path:
    """Draw a reliability diagram into a picture file: accuracy by confidence, and below how many windows."""
    figure = new_figure(4.2, 4.4)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    _draw_bins(above, calibration)
    edges = np.linspace(0, 1, len(calibration.counts) + 1)
    below.bar(
        edges[:-1],
        calibration.counts,
        width=np.diff(edges),
        align="edge",
        color=palette.PERSON,
        ec=palette.PAPER,
        lw=0.5,
    )
    below.set(xlabel="confidence (greatest probability)", ylabel="windows", xlim=(0, 1))
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    return save_figure(figure, path)


def _draw_bins(axes: Any, calibration: Calibration) -> None:
    there = calibration.counts > 0
    confidence, accuracy = calibration.confidence[there], calibration.accuracy[there]
    axes.plot([0, 1], [0, 1], color=palette.REFERENCE, ls="--", lw=1, label="confidence = accuracy")
    axes.vlines(confidence, accuracy, confidence, color=palette.MISSED, lw=3, label="gap")
    size = 12 + 90 * calibration.counts[there] / calibration.counts.max()
    axes.scatter(confidence, accuracy, s=size, color=palette.PREDICTED, zorder=3, label="windows of a bin")
    axes.set(ylabel="accuracy", ylim=(-0.03, 1.03))
    title = f"{calibration.model}{', simulated' if calibration.simulated else ''}: error {decimal(calibration.error)}"
    axes.set_title(wrapped(title, 46), fontsize=9, loc="left")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
