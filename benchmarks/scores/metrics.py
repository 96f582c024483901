"""The metrics, each a function of sums over windows, people and folds: no score is taken before.

Every function takes totals with any number of axes before its own, (..., sums, names), so that ten thousand resamples
of people are scored at once. Undefined scores (no truth at all) are NaN. Missing truths never enter a sum.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from sklearn.metrics import confusion_matrix

from ...signals import InputError, Task

CATEGORY_SUMS = ("windows", "right", "predicted")
"""Of each category: windows that are of it, those of them that are predicted so, windows that are predicted so."""

RATING_SUMS = ("windows", "truth", "predicted", "truth squared", "predicted squared", "product", "error", "right side")
"""Of each dimension, about the midpoint of its range: count, five moments, squared errors (the moments also give them,
in fewer digits), and windows on the right side of it."""

UNIT_SUMS = ("true positives", "false positives", "false negatives", "windows")
"""Of each action unit, predicted from a probability of .5 on."""

TRIAL_SUMS = ("trials", "right")
"""Trials, and those whose majority vote is right."""

WORDS = {"balanced_accuracy": "balanced accuracy", "ccc": "CCC", "unit_f1": "F1 of action units"}
"""Metrics by which a task is judged first, in words."""

Scores = dict[str, np.ndarray]


def headline(task: Task) -> str:
    """The metric by which a task is judged first: balanced accuracy, else CCC, else the F1 of action units."""
    if task.categories:
        return "balanced_accuracy"
    return "ccc" if task.dimensions else "unit_f1"


def part_of(metric: str) -> str:
    """The part of the sums that a metric is a function of: categories, trials, dimensions or units."""
    if metric in ("accuracy", "balanced_accuracy", "macro_f1", "macro_f1_all"):
        return "categories"
    if metric == "trial_accuracy":
        return "trials"
    return "units" if metric == "unit_f1" or metric.startswith("f1_") else "dimensions"


def lower_is_better(metric: str) -> bool:
    """Whether a metric counts errors."""
    return metric.startswith("rmse")


def category_scores(total: np.ndarray, names: Sequence[str] = ()) -> Scores:
    """Scores of categories from (..., 3, C) totals of ``CATEGORY_SUMS``.

    ``accuracy``; ``balanced_accuracy``, the mean of the categories' recalls, and ``macro_f1``, the mean of their
    2TP / (2TP + FP + FN), both over the categories that occur in the truth; ``macro_f1_all`` over all C, 0/0 being 0.
    """
    n, right, predicted = np.moveaxis(total, -2, 0)
    f1 = _ratio(2 * right, n + predicted, 0.0)
    return {
        "accuracy": _ratio(right.sum(-1), n.sum(-1)),
        "balanced_accuracy": balanced_accuracy(total),
        "macro_f1": _mean(np.where(n > 0, f1, np.nan)),
        "macro_f1_all": np.where(n.sum(-1) > 0, f1.mean(axis=-1), np.nan),
    }


def balanced_accuracy(total: np.ndarray) -> np.ndarray:
    """The mean recall of the categories that occur, from (..., 3, C) totals: what is resampled most."""
    n, right = total[..., 0, :], total[..., 1, :]
    there = n > 0
    recall = np.divide(right, n, out=np.zeros_like(right, dtype=float), where=there)
    return _ratio(recall.sum(-1), there.sum(-1))


def trial_scores(total: np.ndarray, names: Sequence[str] = ()) -> Scores:
    """``trial_accuracy`` from (..., 2) totals of ``TRIAL_SUMS``."""
    return {"trial_accuracy": _ratio(total[..., 1], total[..., 0])}


def rating_scores(total: np.ndarray, names: Sequence[str]) -> Scores:
    """Agreement of each dimension with its truth from (..., 8, D) totals of ``RATING_SUMS``.

    ``ccc_<name>`` and their mean ``ccc`` (for valence and arousal the ABAW score of that track), ``rmse_<name>`` in the
    units of the ratings, ``pearson_<name>``, and ``sign_<name>``, the share of windows on the right side of the range's
    midpoint. Concordance (Lin 1989) is 2 cov / (var t + var p + (mean t - mean p)^2) over population moments of all
    windows together; it and the correlation are 0 for a constant.
    """
    n, *moments, error, sided = np.moveaxis(total, -2, 0)
    t, p, tt, pp, tp = (_ratio(moment, n) for moment in moments)
    var_t, var_p, cov = np.maximum(tt - t * t, 0), np.maximum(pp - p * p, 0), tp - t * p  # rounding may fall below 0
    flat = (var_t <= _TINY * tt) | (var_p <= _TINY * pp)
    cov = np.where(flat, 0.0, cov)
    of_each = {
        "ccc": np.where(np.isnan(t), np.nan, _ratio(2 * cov, var_t + var_p + (t - p) ** 2, 0.0)),
        "rmse": np.sqrt(_ratio(error, n)),
        "pearson": np.where(np.isnan(t), np.nan, _ratio(cov, np.sqrt(var_t * var_p), 0.0)),
        "sign": _ratio(sided, n),
    }
    scores = {"ccc": _mean(of_each["ccc"])}
    for metric, values in of_each.items():
        scores |= {f"{metric}_{name}": values[..., d] for d, name in enumerate(names)}
    return scores


_TINY = 1e-14
"""Share of the second moment below which a variance is the rounding of a constant."""


def unit_scores(total: np.ndarray, names: Sequence[str]) -> Scores:
    """``f1_<name>`` of each action unit and their mean ``unit_f1`` from (..., 4, U) totals of ``UNIT_SUMS``; 0/0 is 0.

    A unit without any truth is NaN and left out of the mean.
    """
    hit, false, missed, n = np.moveaxis(total, -2, 0)
    f1 = np.where(n > 0, _ratio(2 * hit, 2 * hit + false + missed, 0.0), np.nan)
    return {"unit_f1": _mean(f1), **{f"f1_{name}": f1[..., u] for u, name in enumerate(names)}}


def category_sums(truth: np.ndarray, probability: np.ndarray, of_row: np.ndarray, n: int) -> np.ndarray:
    """(n, 3, C) ``CATEGORY_SUMS`` of ``n`` groups of windows.

    Args:
        truth: (N,) categories, -1 for missing.
        probability: (N, C); the greatest one is the prediction.
        of_row: (N,) the group of each window, from 0.
        n: Number of groups.
    """
    sums = np.zeros((n, len(CATEGORY_SUMS), probability.shape[1]))
    known = truth >= 0
    group, true, predicted = of_row[known], truth[known].astype(int), probability[known].argmax(axis=1)
    np.add.at(sums[:, 0], (group, true), 1)
    np.add.at(sums[:, 1], (group, true), predicted == true)
    np.add.at(sums[:, 2], (group, predicted), 1)
    return sums


def rating_sums(truth: np.ndarray, predicted: np.ndarray, of_row: np.ndarray, n: int, middle: np.ndarray) -> np.ndarray:
    """(n, 8, D) ``RATING_SUMS`` of ``n`` groups of windows; ``middle`` (D,) is the midpoint of each range."""
    sums = np.zeros((n, len(RATING_SUMS), truth.shape[1]))
    known = ~np.isnan(truth)
    t, p = (np.where(known, np.asarray(values, np.float64) - middle, 0.0) for values in (truth, predicted))
    error, sided = (t - p) ** 2, known & (np.sign(t) == np.sign(p))
    for place, values in enumerate((known, t, p, t * t, p * p, t * p, error, sided)):
        np.add.at(sums[:, place], of_row, values)
    return sums


def unit_sums(truth: np.ndarray, predicted: np.ndarray, of_row: np.ndarray, n: int) -> np.ndarray:
    """(n, 4, U) ``UNIT_SUMS`` of ``n`` groups of windows: ``truth`` (N, U), NaN for missing; ``predicted`` (N, U)."""
    sums = np.zeros((n, len(UNIT_SUMS), truth.shape[1]))
    known, true, positive = ~np.isnan(truth), truth >= 0.5, predicted >= 0.5  # a missing truth is never true
    for place, values in enumerate((true & positive, known & ~true & positive, true & ~positive, known)):
        np.add.at(sums[:, place], of_row, values)
    return sums


def trial_sums(
    truth: np.ndarray, probability: np.ndarray, trial: np.ndarray, unit_of_trial: np.ndarray, n: int
) -> np.ndarray:
    """(n, 2) ``TRIAL_SUMS`` of ``n`` groups of trials, each voting once; ``unit_of_trial`` gives a trial's group."""
    sums = np.zeros((n, len(TRIAL_SUMS)))
    if (truth >= 0).any():
        numbers = np.unique(trial[truth >= 0])
        true, voted = trial_votes(truth, probability, trial)
        np.add.at(sums[:, 0], unit_of_trial[numbers], 1)
        np.add.at(sums[:, 1], unit_of_trial[numbers], true == voted)
    return sums


def trial_votes(truth: np.ndarray, probability: np.ndarray, trial: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """True category (n,) and majority vote (n,) of each labelled trial; a tie goes to the greater summed probability.

    Args:
        truth: (N,) categories, -1 for missing. The truth of a trial is its most frequent one.
        probability: (N, C).
        trial: (N,) number of the window's trial.

    Raises:
        InputError: No window has a category.
    """
    true, predicted = _labelled(truth, probability)
    numbers, place = np.unique(trial[truth >= 0], return_inverse=True)
    votes, truths, sums = (np.zeros((len(numbers), probability.shape[1])) for _ in range(3))
    np.add.at(votes, (place, predicted), 1)
    np.add.at(truths, (place, true), 1)
    np.add.at(sums, place, probability[truth >= 0])
    tied = votes == votes.max(axis=1, keepdims=True)
    return truths.argmax(axis=1), np.where(tied, sums, -1).argmax(axis=1)


def category_metrics(truth: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """``category_scores`` of N windows: ``truth`` (N,), -1 for missing; ``probability`` (N, C).

    Raises:
        InputError: No window has a category.
    """
    _labelled(truth, probability)
    return _plain(category_scores(category_sums(truth, probability, np.zeros(len(truth), int), 1)[0]))


def dimension_metrics(
    names: tuple[str, ...], truth: np.ndarray, predicted: np.ndarray, middles: np.ndarray | None = None
) -> dict[str, float]:
    """``rating_scores`` of N windows: both (N, D), NaN where a truth is missing; ``middles`` (D,) of the scales, or 0.

    Raises:
        InputError: A dimension has no truth at all.
    """
    _present(truth, names)
    middle = np.zeros(len(names)) if middles is None else middles
    sums = rating_sums(truth, predicted, np.zeros(len(truth), int), 1, middle)
    return _plain(rating_scores(sums[0], names))


def unit_metrics(names: tuple[str, ...], truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """``unit_scores`` of N windows: both (N, U), NaN where a truth is missing.

    Raises:
        InputError: A unit has no truth at all.
    """
    _present(truth, names)
    return _plain(unit_scores(unit_sums(truth, predicted, np.zeros(len(truth), int), 1)[0], names))


def concordance(x: np.ndarray, y: np.ndarray) -> float:
    """Concordance correlation of Lin (1989) of two (N,) series; a constant is worth 0 (see ``rating_scores``)."""
    return dimension_metrics(("x",), np.asarray(x, float)[:, None], np.asarray(y, float)[:, None])["ccc"]


def confusion(truth: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """(C, C) counts: rows are true categories, columns predicted ones.

    Raises:
        InputError: No window has a category.
    """
    true, predicted = _labelled(truth, probability)
    return np.asarray(confusion_matrix(true, predicted, labels=np.arange(probability.shape[1])))


SCORES: Mapping[str, Callable[[np.ndarray, Sequence[str]], Scores]] = {
    "categories": category_scores,
    "trials": trial_scores,
    "dimensions": rating_scores,
    "units": unit_scores,
}
"""From totals of a part, and the names of that part, to its scores."""


def _ratio(above: np.ndarray, below: np.ndarray, otherwise: float = np.nan) -> np.ndarray:
    """The quotient; ``otherwise`` where it is none."""
    out = np.full(np.broadcast_shapes(np.shape(above), np.shape(below)), otherwise)
    return np.asarray(np.divide(above, below, out=out, where=np.asarray(below) > 0))


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis of all values but NaN; NaN where there is none."""
    known = ~np.isnan(values)
    return _ratio(np.where(known, values, 0.0).sum(-1), known.sum(-1))


def _plain(scores: Scores) -> dict[str, float]:
    return {name: float(value) for name, value in scores.items()}


def _labelled(truth: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    present = truth >= 0
    if not present.any():
        raise _undefined("categories")
    return truth[present].astype(int), probability[present].argmax(axis=1)


def _present(truth: np.ndarray, names: Sequence[str]) -> None:
    for name, column in zip(names, truth.T, strict=True):
        if np.isnan(column).all():
            raise _undefined(name)


def _undefined(what: str) -> InputError:
    return InputError("metrics", f"no window with a truth for {what}", "at least one", "test on labelled trials")
