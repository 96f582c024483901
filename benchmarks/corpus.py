"""Metrics of all test windows together, with intervals that draw whole people anew."""

import numpy as np

from .metrics import task_metrics
from .predictions import Predictions
from .report import Report
from .statistics import LEVEL, Interval

CATEGORY_METRICS = ("balanced_accuracy", "accuracy", "macro_f1", "trial_accuracy")
"""Metrics that are averaged over people; all others are those of the corpus."""

DRAWS = 400
"""Resamples of people for an interval; each computes the metric anew."""


def corpus_metrics(report: Report, selection: str) -> dict[str, float]:
    """Concordance, errors and F1 of action units over all test windows, averaged over seeds; none for categories."""
    return _over_seeds(report, report.predictions.take(report.predictions.selection == selection))


def corpus_interval(report: Report, selection: str, metric: str, seed: int = 0) -> Interval | None:
    """Percentile interval of a corpus metric over resampled subjects, or sessions where there is one subject only.

    None where there is but one of both.
    """
    windows = report.predictions.take(report.predictions.selection == selection)
    for over in ("subject", "session"):
        of_window = np.asarray(report.columns[over])[windows.trial]
        names = np.unique(of_window)
        if len(names) > 1:
            rows = [np.flatnonzero(of_window == name) for name in names]
            values = _resampled(report, windows, rows, metric, np.random.default_rng(seed))
            low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
            return Interval(float(low), float(high), f"{over}s")
    return None


def _resampled(
    report: Report, windows: Predictions, rows: list[np.ndarray], metric: str, rng: np.random.Generator
) -> list[float]:
    draws = (rng.integers(len(rows), size=len(rows)) for _ in range(DRAWS))
    return [_over_seeds(report, windows.take(np.concatenate([rows[i] for i in drawn])))[metric] for drawn in draws]


def _over_seeds(report: Report, windows: Predictions) -> dict[str, float]:
    """The metrics of each seed's own windows, averaged: seeds that disagree are no errors of one model."""
    found = [_metrics(report, windows.take(windows.seed == seed)) for seed in np.unique(windows.seed)]
    return {name: float(np.mean([own[name] for own in found])) for name in found[0]}


def _metrics(report: Report, windows: Predictions) -> dict[str, float]:
    task = report.data.task
    parts = "+".join(name for name in ("dimensions", "units") if getattr(task, name))
    if not parts:
        return {}
    found = task_metrics(task.only(parts), windows)
    return {name: value for name, value in found.items() if name not in CATEGORY_METRICS}
