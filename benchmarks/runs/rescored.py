"""The numbers of a report, computed again from its predictions: which of them does not follow from these?"""

import math
from collections.abc import Iterator

import numpy as np

from ..scores.tally import task_metrics
from .report import Report

TOLERATED = 1e-6
"""Difference up to which numbers are the same: sums of another version of a library may differ in their last digits."""

_OF_ALL = "macro_f1_all"

Row = tuple[str, int, str, str]


def unfounded(report: Report) -> Iterator[str]:
    """The faults of a report's own numbers, in words: rows that its predictions do not give, or that it lacks.

    The predictions of a training give each of its rows: its fold, seed, selection and metric.
    """
    n_trainings = len(report.folds) * report.protocol.seeds
    for selection, epochs in report.epochs.items():
        if len(epochs) != n_trainings:
            yield f"epochs of {len(epochs)} trainings under {selection}, where {n_trainings} were planned"
    stored = {(row.fold, row.seed, row.selection, row.metric): row.value for row in report.rows}
    yield from _differences(stored, _as_called(_scores(report), stored))


def same(stored: object, computed: object) -> bool:
    """Whether two numbers are the same, give or take ``TOLERATED``; anything else must be equal."""
    if isinstance(stored, int | float) and isinstance(computed, int | float):
        both_missing = math.isnan(stored) and math.isnan(computed)
        return both_missing or math.isclose(stored, computed, rel_tol=TOLERATED, abs_tol=TOLERATED)
    return stored == computed


def _differences(stored: dict[Row, float], computed: dict[Row, float]) -> Iterator[str]:
    for key in sorted(stored.keys() | computed.keys(), key=str):
        fold, seed, selection, metric = key
        where = f"{metric} of {fold}, seed {seed}, {selection}"
        if key not in computed:
            yield f"{where}: {stored[key]:g}, of which there are no predictions"
        elif key not in stored:
            yield f"{where}: nothing, where the predictions give {computed[key]:g}"
        elif not same(stored[key], computed[key]):
            yield f"{where}: {stored[key]:g}, where the predictions give {computed[key]:g}"


def _scores(report: Report) -> dict[Row, float]:
    """Every score of every training under each way of choosing the epoch; controls have no rows."""
    windows, scores = report.predictions, {}
    trainings = np.stack([windows.fold, windows.seed], axis=1)
    for selection in report.selections:
        chosen = windows.selection == selection
        for fold, seed in np.unique(trainings[chosen], axis=0).tolist():
            of_training = windows.take(chosen & (windows.fold == fold) & (windows.seed == seed))
            for metric, value in task_metrics(report.data.task, of_training).items():
                scores[report.folds[fold], seed, selection, metric] = value
    return scores


def _as_called(computed: dict[Row, float], stored: dict[Row, float]) -> dict[Row, float]:
    """The scores by the names of the stored ones: ``macro_f1`` of version 0.1.0 is over all classes."""
    metrics = {metric for *_, metric in stored}
    if _OF_ALL in metrics or "macro_f1" not in metrics:
        return computed
    called = {}
    for (fold, seed, selection, metric), value in computed.items():
        if metric != "macro_f1":
            called[fold, seed, selection, "macro_f1" if metric == _OF_ALL else metric] = value
    return called
