"""Late fusion whose weights are learned from predictions on people left out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from ...preprocessing import AnyWindows, JointWindows
from ...preprocessing.steps.recipe import stream_name
from ...signals import InputError, Task
from ...signals.random_streams import RandomStream
from .learner import Learner
from .prediction import Prediction

MakeLearner = Callable[[str, str], Learner]
"""Makes the learner of one stream: ``(stream, network) -> Learner``."""

_SURE = 1e-3
"""Probabilities stay this far from 0 and 1 before their log-odds are taken."""


class Stacked(Learner):
    """A network for each modality by itself, and a small model that reads their predictions.

    That model is trained on predictions for windows of people (with fewer than ``folds`` of them: of trials) on whom
    the networks were not trained, each as it is and once without each modality, so that it knows what to do when one
    is missing. Then the networks are trained once more on all.

    Args:
        make: Makes the learner of one modality.
        networks: By stream, as one would type it; the rest get ``"STRNN"``.
        folds: Inner folds.
        name: Its name in tables.
        scaling: A name in ``SCALINGS``.

    Raises:
        InputError: There are fewer than two folds.
    """

    reads_several: ClassVar[bool] = True
    trains_by_epoch: ClassVar[bool] = False

    def __init__(
        self, make: MakeLearner, networks: Mapping[str, str], folds: int, name: str, scaling: str, predicts: str
    ) -> None:
        if folds < 2:
            raise InputError(f"Stacked(folds={folds})", "too few", "2 or more")
        self.make, self.networks, self.folds = make, dict(networks), folds
        self.name, self.scaling, self.predicts = name, scaling, predicts
        self.history, self.watched = [], []

    def fit(
        self, train: AnyWindows, valid: AnyWindows | None = None, watched: AnyWindows | None = None, seed: int = 0
    ) -> Self:
        """Train on ``train``; there is no epoch to choose, so ``valid`` and ``watched`` do nothing."""
        self.check_series(train)
        self.check_truth(train, (seed,))
        assert isinstance(train, JointWindows)
        self.task = train.cache.task.only(self.predicts)
        folds = _inner_folds(train, self.folds, seed)
        inner = [self._inner(train, held_out, seed) for held_out in folds]
        unseen = np.concatenate(folds)
        predictions = {}
        for name in train.parts:
            predictions[name] = Prediction.join([by_series[name] for by_series in inner])
        present = {name: there[unseen] for name, there in train.present.items()}
        self._stack = _Stack(self.task, seed).fit(predictions, present, train.take(unseen))
        self._members = self._trained(train, seed)
        self.n_parameters = sum(member.n_parameters for member in self._members.values()) + self._stack.size
        return self

    def check_series(self, windows: AnyWindows) -> None:
        """Refuse one series, and what the network of a modality cannot read."""
        if not isinstance(windows, JointWindows) or len(windows.parts) < 2:
            raise InputError(self.name, f"windows of {windows.modality}", "several series", "use a network by itself")
        unknown = set(self.networks) - {stream_name(series) for series in windows.parts}
        if unknown:
            known = ", ".join(map(stream_name, windows.parts))
            raise InputError(self.name, f"networks for {', '.join(sorted(unknown))}", known, "correct the name")
        for name in windows.parts:
            self._learner(name).check_series(windows)

    def check_truth(self, train: AnyWindows, seeds: Sequence[int] = (0,)) -> None:
        """Refuse truths that cannot teach it, or that cannot be dealt so that each part teaches by itself."""
        super().check_truth(train, seeds)
        assert isinstance(train, JointWindows)
        for seed in seeds:
            for held_out in _inner_folds(train, self.folds, seed):
                self._check_inner(train.take(np.setdiff1d(np.arange(len(train)), held_out)), seed)

    def _check_inner(self, rest: JointWindows, seed: int) -> None:
        for name, windows in _by_presence(rest).items():
            try:
                self._learner(name).check_truth(windows, (seed,))
            except InputError as error:
                found = f"one of {self.folds} inner folds whose {stream_name(name)} trains on {error.found}"
                raise InputError(self.name, found, error.wanted, "use fewer folds, as in Stacked(folds=2)") from error

    def predict(self, windows: AnyWindows) -> Prediction:
        """Predictions for ``windows``, those of all modalities put together."""
        assert isinstance(windows, JointWindows)
        return self._stack.predict(_predictions(self._members, windows), windows.present)

    def _inner(self, train: JointWindows, held_out: np.ndarray, seed: int) -> dict[str, Prediction]:
        """Predictions by series for the windows ``held_out``, of networks trained on the others."""
        rest = np.setdiff1d(np.arange(len(train)), held_out)
        return _predictions(self._trained(train.take(rest), seed), train.take(held_out))

    def _trained(self, train: JointWindows, seed: int) -> dict[str, Learner]:
        """A network for each modality, on the windows in which there is something of it."""
        return {name: self._learner(name).fit(windows, seed=seed) for name, windows in _by_presence(train).items()}

    def _learner(self, name: str) -> Learner:
        """The learner of one series."""
        return self.make(stream_name(name), self.networks.get(stream_name(name), "STRNN"))


def _predictions(members: Mapping[str, Learner], windows: JointWindows) -> dict[str, Prediction]:
    return {name: member.predict(windows) for name, member in members.items()}


class _Stack:
    """Linear models over the log-odds of each modality's predictions, zeros where it is missing, and whether it is."""

    def __init__(self, task: Task, seed: int) -> None:
        self.task, self.seed = task, seed
        self._models: dict[str, Any] = {}

    @property
    def size(self) -> int:
        """Trained numbers."""
        models = [model for model in self._models.values() if hasattr(model, "coef_")]
        return sum(int(np.size(model.coef_) + np.size(model.intercept_)) for model in models)

    def fit(self, predictions: Mapping[str, Prediction], present: Mapping[str, np.ndarray], train: AnyWindows) -> Self:
        from sklearn.linear_model import LogisticRegression, Ridge

        x = np.concatenate(list(_with_some_missing(self.task, predictions, present)))
        for key, truth, known in _truths(self.task, train):
            if len(np.unique(truth[known])) < 2:
                self._models[key] = _Constant(truth[known])
                continue
            rows, y = np.tile(known, len(predictions) + 1), np.tile(truth, len(predictions) + 1)
            model = Ridge(1.0) if key.startswith("dimension") else LogisticRegression(C=1.0, max_iter=1000)
            self._models[key] = model.fit(x[rows], y[rows])
        return self

    def predict(self, predictions: Mapping[str, Prediction], present: Mapping[str, np.ndarray]) -> Prediction:
        x, n = _log_odds(self.task, predictions, present), len(next(iter(present.values())))
        probability = np.zeros((n, len(self.task.categories)))
        if "category" in self._models:
            model = self._models["category"]
            probability[:, model.classes_.astype(int)] = model.predict_proba(x)
        dimensions = [np.clip(self._models[f"dimension {k}"].predict(x), -1, 1) for k in _count(self.task.dimensions)]
        units = [_of_present(self._models[f"unit {k}"], x) for k in _count(self.task.units)]
        return Prediction(probability, self.task.rated(_columns(dimensions, n)), _columns(units, n))


class _Constant:
    """The one value that was ever seen."""

    def __init__(self, values: np.ndarray) -> None:
        self.value = float(values[0]) if len(values) else 0.0
        self.classes_ = np.array([self.value])

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.full(len(x), self.value)

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        return np.ones((len(x), 1))


def _by_presence(train: JointWindows) -> dict[str, JointWindows]:
    """For each modality the windows in which there is something of it."""
    return {name: train.take(np.flatnonzero(train.present[name])) for name in train.parts}


def _inner_folds(train: JointWindows, folds: int, seed: int) -> list[np.ndarray]:
    """Windows of each fold; folds share no person, or no trial where there are too few people."""
    people = np.asarray(train.columns["subject"])
    groups = people if len(np.unique(people)) >= folds else train.trials.astype(str)
    names = RandomStream.STACKING.rng(seed).permutation(np.unique(groups))
    if len(names) < folds:
        raise InputError("Stacked", f"{len(names)} training trials", f"{folds} or more", "use fewer folds")
    return [np.flatnonzero(np.isin(groups, names[k::folds])) for k in range(folds)]


def _truths(task: Task, train: AnyWindows) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name, truth (N,) and whether it is known (N,) of everything that is predicted."""
    if task.categories:
        yield "category", train.category, train.category >= 0
    seen = train.cache.task.normalised(train.dimensions)
    for k in _count(task.dimensions):
        yield f"dimension {k}", np.nan_to_num(seen[:, k]), np.isfinite(seen[:, k])
    for k in _count(task.units):
        yield f"unit {k}", np.nan_to_num(train.units[:, k]) > 0.5, np.isfinite(train.units[:, k])


def _with_some_missing(
    task: Task, predictions: Mapping[str, Prediction], present: Mapping[str, np.ndarray]
) -> Iterator[np.ndarray]:
    """The windows as they are, then without each modality."""
    yield _log_odds(task, predictions, present)
    for name in predictions:
        yield _log_odds(task, predictions, {**present, name: np.zeros_like(present[name])})


def _log_odds(task: Task, predictions: Mapping[str, Prediction], present: Mapping[str, np.ndarray]) -> np.ndarray:
    """(N, columns) of all modalities; ratings as networks see them, -1 to 1."""
    columns = []
    for name, predicted in predictions.items():
        log = np.log(np.clip(predicted.probability, _SURE, 1))
        units = np.clip(predicted.units, _SURE, 1 - _SURE)
        # a softmax knows its logits but for a common number, which centring takes away
        centred = log - log.mean(axis=1, keepdims=True) if log.shape[1] else log
        there = present[name][:, None]
        for values in (centred, task.normalised(predicted.dimensions), np.log(units / (1 - units))):
            columns.append(np.where(there, values, 0))
        columns.append(there.astype(float))
    return np.concatenate(columns, axis=1)


def _of_present(model: Any, x: np.ndarray) -> np.ndarray:
    """Probability that a unit is present."""
    present = np.flatnonzero(model.classes_ > 0.5)
    return np.asarray(model.predict_proba(x)[:, present].sum(axis=1))


def _columns(columns: Sequence[np.ndarray], n: int) -> np.ndarray:
    return np.stack(columns, axis=1) if columns else np.zeros((n, 0))


def _count(names: Sequence[str]) -> range:
    return range(len(names))
