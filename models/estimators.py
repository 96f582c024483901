"""The plain rows of every table: scikit-learn estimators on flattened windows."""

import warnings
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np

from ..preprocessing import AnyWindows
from ..signals import InputError
from .learner import Learner, check_labels
from .prediction import Prediction
from .scaling import Scaling, fit_scaling


def linear(seed: int) -> Any:
    """Logistic regression, classes weighted by inverse frequency."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.01, class_weight="balanced", max_iter=2000, random_state=seed)


def svm(seed: int) -> Any:
    """Linear support vector machine, classes weighted by inverse frequency."""
    from sklearn.svm import LinearSVC

    return LinearSVC(C=0.001, class_weight="balanced", random_state=seed)


def mlp(seed: int) -> Any:
    """One hidden layer of 64 units, 30 epochs of Adam."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((64,), alpha=1e-2, max_iter=30, random_state=seed)


def majority(seed: int) -> Any:
    """Always the most frequent class of the training windows: what chance means for accuracy."""
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior", random_state=seed)


ESTIMATORS: dict[str, Callable[[int], Any]] = {"linear": linear, "svm": svm, "mlp": mlp, "majority": majority}
"""Estimators by name, each made from a seed."""


class EstimatorLearner(Learner):
    """A scikit-learn classifier on windows flattened to ``(B, T * S * F)``, several series side by side.

    Args:
        name: A name in ``ESTIMATORS``.
        scaling: A name in ``SCALINGS``.
    """

    trains_by_epoch: ClassVar[bool] = False

    def __init__(self, name: str, scaling: str) -> None:
        self.name, self.scaling = name, scaling
        self.history, self.watched = [], []

    def fit(
        self, train: AnyWindows, valid: AnyWindows | None = None, watched: AnyWindows | None = None, seed: int = 0
    ) -> Self:
        """Fit on the windows of ``train`` that have a category; there are no epochs to choose from or to watch."""
        check_labels(train, train.cache.task)
        if not train.cache.task.categories:
            raise InputError(self.name, "a task without categories", "categories", "use a network for this task")
        self._scaling: dict[str, Scaling] = {
            name: fit_scaling(self.scaling, part) for name, part in train.parts.items()
        }
        self._n_categories = len(train.cache.task.categories)
        labelled = np.flatnonzero(train.category >= 0)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Stochastic Optimizer: Maximum iterations")  # fixed on purpose
            self._estimator = ESTIMATORS[self.name](seed).fit(self._flat(train, labelled), train.category[labelled])
        self.n_parameters = _count(self._estimator)
        return self

    def predict(self, windows: AnyWindows) -> Prediction:
        """Probabilities of the categories; an SVM's margins are passed through a softmax, which calibrates nothing."""
        blocks = np.array_split(np.arange(len(windows)), max(len(windows) // 4096, 1))
        known = np.concatenate([_scores(self._estimator, self._flat(windows, block)) for block in blocks])
        probability = np.zeros((len(windows), self._n_categories))
        probability[:, self._estimator.classes_.astype(int)] = known
        return Prediction(probability, np.zeros((len(windows), 0)), np.zeros((len(windows), 0)))

    def _flat(self, windows: AnyWindows, which: np.ndarray) -> np.ndarray:
        """(B, all that the windows hold): slices that are missing on a common clock are zeros, the scaled mean."""
        parts = []
        for name, part in windows.parts.items():
            x = self._scaling[name].x(part, which)
            if part.rows is not None:
                x[~part.valid(which)] = 0
            parts.append(x.reshape(len(x), -1))
        return np.concatenate(parts, axis=1)


def _scores(estimator: Any, x: np.ndarray) -> np.ndarray:
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(x))
    margin = estimator.decision_function(x)
    margin = np.stack([-margin, margin], axis=1) / 2 if margin.ndim == 1 else margin
    power = np.exp(margin - margin.max(axis=1, keepdims=True))
    return np.asarray(power / power.sum(axis=1, keepdims=True))


def _count(estimator: Any) -> int:
    if hasattr(estimator, "coefs_"):
        return sum(w.size for w in (*estimator.coefs_, *estimator.intercepts_))
    return sum(getattr(estimator, part, np.zeros(0)).size for part in ("coef_", "intercept_"))
