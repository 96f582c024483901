"""Predictions of models for test windows, stored so that every number can be computed again."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from ...models import Prediction
from ...preprocessing import AnyWindows
from ...signals import Task
from ...signals.files.stored_arrays import check_arrays, check_numbers

_FORMS = {
    "fold": "iu N",
    "seed": "iu N",
    "selection": "U N",
    "trial": "iu N",
    "start": "iu N",
    "category": "i N",
    "probability": "f N *",
    "true_dimensions": "f N *",
    "dimensions": "f N *",
    "true_units": "f N *",
    "units": "f N *",
}
_PARTS = (
    ("categories", "probability", ""),
    ("dimensions", "dimensions", "true_dimensions"),
    ("units", "units", "true_units"),
)
"""Parts of a task, and the arrays of what was predicted and of the truth."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """N predicted test windows, over folds, seeds and selections.

    Attributes:
        fold: (N,) number of the fold.
        seed: (N,) of the training.
        selection: (N,) choice of its epoch: ``fixed``, ``inner``, ``oracle``; or the control under which the network
            of the fixed epochs read the window.
        trial: (N,) index of the window's trial in the cache.
        start: (N,) slice of the trial with which the window begins.
        category: (N,) truth, -1 for missing.
        probability: (N, C) float32.
        true_dimensions, dimensions: (N, D) truth (NaN for missing) and prediction, in the units of the task's ranges.
        true_units, units: (N, U) truth (NaN for missing) and probability, float32.
    """

    fold: np.ndarray
    seed: np.ndarray
    selection: np.ndarray
    trial: np.ndarray
    start: np.ndarray
    category: np.ndarray
    probability: np.ndarray
    true_dimensions: np.ndarray
    dimensions: np.ndarray
    true_units: np.ndarray
    units: np.ndarray

    def __len__(self) -> int:
        return len(self.fold)

    def __repr__(self) -> str:
        folds, seeds, trials = (len(np.unique(column)) for column in (self.fold, self.seed, self.trial))
        selections = ", ".join(np.unique(self.selection).tolist())
        return f"Predictions({len(self)} of folds: {folds}, seeds: {seeds}, trials: {trials}; {selections})"

    @classmethod
    def of(cls, windows: AnyWindows, prediction: Prediction, fold: int, seed: int, selection: str) -> "Predictions":
        """The predictions of one training for its test windows."""
        n = len(windows)
        return cls(
            fold=np.full(n, fold, np.int32),
            seed=np.full(n, seed, np.int32),
            selection=np.full(n, selection),
            trial=windows.trials.astype(np.int32),
            start=windows.starts.astype(np.int32),
            category=windows.category.astype(np.int16),
            probability=prediction.probability.astype(np.float32),
            true_dimensions=windows.dimensions.astype(np.float64),
            dimensions=prediction.dimensions.astype(np.float64),
            true_units=windows.units.astype(np.float32),
            units=prediction.units.astype(np.float32),
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Predictions":
        """The predictions in stored arrays.

        Raises:
            ValueError: They are of other types or lengths.
        """
        check_arrays(arrays, _FORMS)
        return cls(**arrays)

    def check(self, task: Task, n_trials: int, n_folds: int) -> None:
        """Refuse what no run of this task gives, on so many trials and folds; rows of old lack whole parts of the task.

        Raises:
            ValueError: There are other folds, trials or classes than there can be, or predictions of something else.
        """
        check_numbers("fold", self.fold, 0, n_folds)
        check_numbers("seed", self.seed, 0)
        check_numbers("trial", self.trial, 0, n_trials)
        check_numbers("start", self.start, 0)
        check_numbers("category", self.category, -1, len(task.categories) or math.inf)
        for part, predicted, true in _PARTS:
            width, names = getattr(self, predicted).shape[1], getattr(task, part)
            if width not in (0, len(names)) or (true and width > getattr(self, true).shape[1]):
                raise ValueError(f"predictions of {width} {part}, a task with {len(names)}")

    @property
    def labelled(self) -> np.ndarray:
        """(N,) whether a window has any truth; only such windows are scored."""
        known = self.category >= 0
        for truth in (self.true_dimensions, self.true_units):
            known = known | np.isfinite(truth).any(axis=1)
        return known

    @classmethod
    def join(cls, several: Sequence["Predictions"]) -> "Predictions":
        """All of them, one behind the other."""
        return cls(**{name: np.concatenate([getattr(each, name) for each in several]) for name in cls.names()})

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of the arrays."""
        return tuple(entry.name for entry in fields(cls))

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, as ``Predictions(**arrays)`` takes them."""
        return {name: getattr(self, name) for name in self.names()}

    def take(self, rows: np.ndarray) -> "Predictions":
        """Some of these windows: ``rows`` are indices, or (N,) whether each is wanted."""
        return Predictions(**{name: values[rows] for name, values in self.arrays().items()})
