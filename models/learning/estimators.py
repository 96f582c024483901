"""The plain rows of every table: scikit-learn estimators on flattened windows, for every kind of truth."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from ...preprocessing import AnyWindows
from ...signals import InputError
from ...signals.trials.task import PARTS
from ..training.scaling import Scaling, fit_scaling
from .learner import Learner, Truth, check_labels, truths
from .prediction import Prediction

Factory = Callable[[int], Any]
"""Makes an estimator from a seed."""

_C = 0.01
"""Weight of the data against the squared weights in ``linear``, see ``ridge``."""


def logistic(seed: int) -> Any:
    """Logistic regression, classes weighted by inverse frequency."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=_C, class_weight="balanced", max_iter=2000, random_state=seed)


def ridge(seed: int) -> Any:
    """Ridge regression that shrinks as ``logistic`` does.

    ``logistic`` minimises ``|w|^2 / 2 + C sum loss``. The curvature of the loss of two equally frequent classes is 1/4
    at ``w = 0``, so near there the Hessian is ``C/4 (X'X + 4/C I)``; that of ridge is ``2 (X'X + alpha I)``. Both
    shrink a direction in which ``X'X`` is s by ``s / (s + 4/C)`` where ``alpha = 4/C``: 400 for C = .01, whatever the
    scale of the ratings.
    """
    from sklearn.linear_model import Ridge

    return Ridge(alpha=4 / _C, random_state=seed)


def support_classes(seed: int) -> Any:
    """Linear support vector machine, classes weighted by inverse frequency."""
    from sklearn.svm import LinearSVC

    return LinearSVC(C=0.001, class_weight="balanced", random_state=seed)


def support_values(seed: int) -> Any:
    """Linear support vector regression, as strong as ``support_classes``; half a tenth of the range is no error."""
    from sklearn.svm import LinearSVR

    return LinearSVR(C=0.001, loss="squared_epsilon_insensitive", epsilon=0.1, random_state=seed)  # of -1 to 1


def perceptron_classes(seed: int) -> Any:
    """One hidden layer of 64 units, 30 epochs of Adam."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((64,), alpha=1e-2, max_iter=30, random_state=seed)


def perceptron_values(seed: int) -> Any:
    """One hidden layer of 64 units, 100 epochs of Adam on the squared error.

    Steps are a tenth of the usual: with thousands of features those throw an output without bounds so far that every
    hidden unit dies and a constant is left.
    """
    from sklearn.neural_network import MLPRegressor

    return MLPRegressor(
        hidden_layer_sizes=(64,), alpha=1e-2, batch_size=32, learning_rate_init=1e-4, max_iter=100, random_state=seed
    )


def prior(seed: int) -> Any:
    """Always the shares of the classes among the training windows, so the most frequent is always predicted."""
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior", random_state=seed)


def no_deviation(seed: int) -> Any:
    """Never anything but the training mean, from which deviations are counted."""
    from sklearn.dummy import DummyRegressor

    return DummyRegressor(strategy="constant", constant=0.0)


_NOTHING: dict[str, Factory] = {"categories": prior, "dimensions": no_deviation, "units": prior}

READERS_OF_NOTHING = {"categories": "majority", "dimensions": "mean", "units": "base_rate"}
"""Names of the row that reads no signal, by the first kind of truth that a task has. All three are one learner."""

ESTIMATORS: dict[str, dict[str, Factory]] = {
    "linear": {"categories": logistic, "dimensions": ridge, "units": logistic},
    "svm": {"categories": support_classes, "dimensions": support_values, "units": support_classes},
    "mlp": {"categories": perceptron_classes, "dimensions": perceptron_values, "units": perceptron_classes},
    **dict.fromkeys(READERS_OF_NOTHING.values(), _NOTHING),
}
"""What is fitted by name and part of the task: once for the categories, once for each dimension and each unit."""


class EstimatorLearner(Learner):
    """Scikit-learn estimators on windows flattened to ``(B, T * S * F)``, several series side by side.

    Each dimension is learned as its deviation from the training mean, on the scale that networks see (-1 to 1), and
    predicted in the units of the task's ranges, never outside of them. Windows without a truth teach nothing of it.

    Args:
        name: A name in ``ESTIMATORS``.
        scaling: A name in ``SCALINGS``.
        predicts: Parts of the task, as ``Task.only`` takes them.
    """

    trains_by_epoch: ClassVar[bool] = False

    def __init__(self, name: str, scaling: str, predicts: str = "all") -> None:
        self.name, self.scaling, self.predicts = name, scaling, predicts
        self.history, self.watched = [], []

    def fit(
        self, train: AnyWindows, valid: AnyWindows | None = None, watched: AnyWindows | None = None, seed: int = 0
    ) -> Self:
        """Fit on the windows of ``train`` that have a truth; there are no epochs to choose from or to watch."""
        self.task = train.cache.task.only(self.predicts)
        check_labels(train, self.task)
        self._scaling: dict[str, Scaling] = {}
        for name, series in train.parts.items():
            self._scaling[name] = fit_scaling(self.scaling, series)
        targets = list(truths(self.task, train))
        rows = np.flatnonzero(np.any([truth.known for truth in targets], axis=0))
        x = self._flat(train, rows)
        with warnings.catch_warnings():
            for expected in ("Stochastic Optimizer: Maximum iterations", "Got `batch_size`"):  # fixed on purpose
                warnings.filterwarnings("ignore", message=expected)
            self._fitted = [self._fit(truth.take(rows), x, seed) for truth in targets]
        self.n_parameters = sum(_count(fitted.estimator) for fitted in self._fitted)
        return self

    def predict(self, windows: AnyWindows) -> Prediction:
        """Predictions of the estimators; an SVM's margins are passed through a softmax, which calibrates nothing."""
        blocks = np.array_split(np.arange(len(windows)), max(len(windows) // 4096, 1))
        return Prediction.join([self._predict(self._flat(windows, block)) for block in blocks])

    def _fit(self, truth: Truth, x: np.ndarray, seed: int) -> "_Classes | _Rating":
        """One estimator on the windows ``x`` (N, n) that have this truth; a constant where they all have the same."""
        y = truth.values[truth.known]
        known = x if truth.known.all() else x[truth.known]
        estimator = (ESTIMATORS[self.name] if np.ptp(y) else _NOTHING)[truth.part](seed)
        if truth.part != "dimensions":
            return _Classes(estimator.fit(known, y), truth.part, len(self.task.categories))
        low, high = self.task.ranges[self.task.dimensions.index(truth.name)]
        mean = float(y.mean(dtype=np.float64))
        return _Rating(estimator.fit(known, (y - mean) / ((high - low) / 2)), mean, low, high)

    def _predict(self, x: np.ndarray) -> Prediction:
        columns: dict[str, list[np.ndarray]] = {part: [np.zeros((len(x), 0))] for part in PARTS}
        for fitted in self._fitted:
            columns[fitted.part].append(fitted(x))
        return Prediction(*(np.concatenate(columns[part], axis=1) for part in PARTS))

    def _flat(self, windows: AnyWindows, which: np.ndarray) -> np.ndarray:
        """(B, all that the windows hold): slices that are missing on a common clock are zeros, the scaled mean."""
        columns = []
        for name, series in windows.parts.items():
            x = self._scaling[name].x(series, which)
            if series.may_lack:
                x[~series.valid(which)] = 0
            columns.append(x.reshape(len(x), -1))
        flat = np.concatenate(columns, axis=1)
        if not np.isfinite(flat).all():
            found = f"{int((~np.isfinite(flat)).any(axis=1).sum())} windows whose scaled features are no finite numbers"
            raise InputError(self.name, found, "finite features", "look at the cache with emo-preprocess inspect")
        return flat


@dataclass(frozen=True, eq=False)
class _Classes:
    """A fitted classifier of the category, or of whether a unit is present."""

    estimator: Any
    part: str
    n_categories: int

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(B, C) probabilities of the categories, or (B, 1) that the unit is present; 0 for what was never seen."""
        n = self.n_categories if self.part == "categories" else 2
        probability = np.zeros((len(x), n))
        probability[:, self.estimator.classes_.astype(int)] = _scores(self.estimator, x)
        return probability if self.part == "categories" else probability[:, 1:]


@dataclass(frozen=True, eq=False)
class _Rating:
    """A fitted regression of a dimension's deviation from its training mean, in halves of its range."""

    estimator: Any
    mean: float
    low: float
    high: float
    part: ClassVar[str] = "dimensions"

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(B, 1) in the units of the range."""
        deviation = np.asarray(self.estimator.predict(x), np.float64) * ((self.high - self.low) / 2)
        return np.clip(self.mean + deviation, self.low, self.high)[:, None]


def _scores(estimator: Any, x: np.ndarray) -> np.ndarray:
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(x))
    margin = estimator.decision_function(x)
    # two classes share one margin: half of it for one, half against the other
    margin = np.stack([-margin, margin], axis=1) / 2 if margin.ndim == 1 else margin
    power = np.exp(margin - margin.max(axis=1, keepdims=True))
    return np.asarray(power / power.sum(axis=1, keepdims=True))


def _count(estimator: Any) -> int:
    if hasattr(estimator, "coefs_"):
        return sum(w.size for w in (*estimator.coefs_, *estimator.intercepts_))
    return sum(np.size(getattr(estimator, name, ())) for name in ("coef_", "intercept_"))
