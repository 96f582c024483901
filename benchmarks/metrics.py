"""What is counted when predictions meet the truth. Missing truths are masked; an undefined metric is refused."""

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score

from ..signals import InputError, Task
from .predictions import Predictions


def headline(task: Task) -> str:
    """The metric by which a task is judged first: balanced accuracy, else CCC, else the F1 of action units."""
    if task.categories:
        return "balanced_accuracy"
    return "ccc" if task.dimensions else "unit_f1"


def task_metrics(task: Task, windows: Predictions) -> dict[str, float]:
    """All metrics of a task by name, ``trial_accuracy`` included; of the parts that were predicted.

    Raises:
        InputError: A part of the task has no truth at all in ``windows``.
    """
    found: dict[str, float] = {}
    if task.categories:
        found |= category_metrics(windows.category, windows.probability)
        found["trial_accuracy"] = trial_accuracy(windows.category, windows.probability, windows.trial)
    if task.dimensions and windows.dimensions.shape[1]:
        found |= dimension_metrics(task.dimensions, windows.true_dimensions, windows.dimensions, task.middles)
    if task.units and windows.units.shape[1]:
        found |= unit_metrics(task.units, windows.true_units, windows.units)
    return found


def category_metrics(truth: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """``accuracy``, ``balanced_accuracy`` and ``macro_f1`` over windows.

    Balanced accuracy is the mean recall over the categories that occur in the truth; macro-F1 the mean of
    2TP / (2TP + FP + FN) over all C categories, where 0/0 is 0 and counts.

    Args:
        truth: (N,) categories, -1 for missing.
        probability: (N, C).

    Raises:
        InputError: No window has a category.
    """
    true, predicted = _labelled(truth, probability)
    return {
        "accuracy": float(accuracy_score(true, predicted)),
        "balanced_accuracy": float(
            recall_score(true, predicted, labels=np.unique(true), average="macro", zero_division=0)
        ),
        "macro_f1": float(
            f1_score(true, predicted, labels=np.arange(probability.shape[1]), average="macro", zero_division=0)
        ),
    }


def confusion(truth: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """(C, C) counts: rows are true categories, columns predicted ones.

    Raises:
        InputError: No window has a category.
    """
    true, predicted = _labelled(truth, probability)
    return np.asarray(confusion_matrix(true, predicted, labels=np.arange(probability.shape[1])))


def trial_votes(truth: np.ndarray, probability: np.ndarray, trial: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """True category (n,) and majority vote (n,) of each labelled trial; a tie goes to the greater summed probability.

    Args:
        truth: (N,) categories, -1 for missing. The truth of a trial is its most frequent one.
        probability: (N, C).
        trial: (N,) to which trial a window belongs.

    Raises:
        InputError: No window has a category.
    """
    true, predicted = _labelled(truth, probability)
    of_trial = trial[truth >= 0]
    numbers, place = np.unique(of_trial, return_inverse=True)
    n_categories = probability.shape[1]
    votes, truths, sums = (np.zeros((len(numbers), n_categories)) for _ in range(3))
    np.add.at(votes, (place, predicted), 1)
    np.add.at(truths, (place, true), 1)
    np.add.at(sums, place, probability[truth >= 0])
    tied = votes == votes.max(axis=1, keepdims=True)
    return truths.argmax(axis=1), np.where(tied, sums, -1).argmax(axis=1)


def trial_accuracy(truth: np.ndarray, probability: np.ndarray, trial: np.ndarray) -> float:
    """Share of trials whose majority vote is right; see ``trial_votes``."""
    true, voted = trial_votes(truth, probability, trial)
    return float((true == voted).mean())


def dimension_metrics(
    names: tuple[str, ...], truth: np.ndarray, predicted: np.ndarray, middles: np.ndarray | None = None
) -> dict[str, float]:
    """Agreement of each dimension with its truth, over all windows that have one: both (N, D).

    ``ccc_<name>`` and their mean ``ccc`` (for valence and arousal the ABAW score of that track), ``rmse_<name>``,
    ``pearson_<name>`` (0 for a constant), and ``sign_<name>``, the share of windows on the right side of the
    middle of the scale: ``middles`` (D,), zero where left out.

    Raises:
        InputError: A dimension has no truth at all.
    """
    found: dict[str, float] = {}
    middle = np.zeros(len(names)) if middles is None else middles
    for d, name in enumerate(names):
        present = _present(truth[:, d], name)
        true, said = truth[present, d].astype(np.float64), predicted[present, d].astype(np.float64)
        found |= {
            f"ccc_{name}": concordance(said, true), f"rmse_{name}": float(np.sqrt(((said - true) ** 2).mean())),
            f"pearson_{name}": _pearson(said, true), f"sign_{name}": _same_side(said, true, middle[d]),
        }
    return {"ccc": float(np.mean([found[f"ccc_{name}"] for name in names])), **found}


def _same_side(said: np.ndarray, true: np.ndarray, middle: float) -> float:
    return float((np.sign(said - middle) == np.sign(true - middle)).mean())


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    return 0.0 if np.ptp(x) == 0 or np.ptp(y) == 0 else float(np.corrcoef(x, y)[0, 1])


def concordance(x: np.ndarray, y: np.ndarray) -> float:
    """Concordance correlation of Lin (1989): 2 cov(x, y) / (var x + var y + (mean x - mean y)^2).

    Population moments (1/N) in float64 over all values given, never per batch or file. A constant is worth 0.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    covariance = ((x - x.mean()) * (y - y.mean())).mean()
    return float(2 * covariance / (x.var() + y.var() + (x.mean() - y.mean()) ** 2))


def unit_metrics(names: tuple[str, ...], truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """``f1_<name>`` of each action unit at a threshold of .5 and their mean ``unit_f1``: both (N, U), 0/0 is 0.

    Raises:
        InputError: A unit has no truth at all.
    """
    columns = {f"f1_{name}": (truth[:, u], predicted[:, u]) for u, name in enumerate(names)}
    found = {name: _unit_f1(true[_present(true, name)], predicted[_present(true, name)])
             for name, (true, predicted) in columns.items()}
    return {"unit_f1": float(np.mean(list(found.values()))), **found}


def majority_share(truth: np.ndarray) -> float:
    """Share of the most frequent category: the accuracy of always saying it.

    Raises:
        InputError: No window has a category.
    """
    counts = np.bincount(truth[truth >= 0])
    if not counts.sum():
        raise _undefined("categories")
    return float(counts.max() / counts.sum())


def _labelled(truth: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    present = truth >= 0
    if not present.any():
        raise _undefined("categories")
    return truth[present].astype(int), probability[present].argmax(axis=1)


def _present(truth: np.ndarray, name: str) -> np.ndarray:
    present = ~np.isnan(truth)
    if not present.any():
        raise _undefined(name)
    return np.asarray(present)


def _unit_f1(truth: np.ndarray, predicted: np.ndarray) -> float:
    return float(f1_score(truth >= 0.5, predicted >= 0.5, zero_division=0))


def _undefined(what: str) -> InputError:
    return InputError("metrics", f"no window with a truth for {what}", "at least one", "test on labelled trials")
