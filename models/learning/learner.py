"""One interface to everything that learns from windows, networks and the plain rows of a table; and what teaches it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from ...preprocessing import AnyWindows
from ...signals import InputError, Task
from .prediction import Prediction


class Learner(ABC):
    """Something that is fitted on windows and predicts others, with scaling fitted on the training windows only.

    Attributes:
        name: Its name in tables.
        scaling: The way to bring features to one scale (a name in ``SCALINGS``).
        predicts: Parts of a cache's task that it learns and predicts, as ``Task.only`` takes them.
        reads_samples: Whether it wants samples of a raw signal, not features.
        reads_several: Whether it brings several series together.
        equal_slices: Whether these must have as many slices each.
        n_parameters: Trained numbers; known after ``fit``.
        history: Logged numbers, one dict an epoch.
        watched: Predictions for the watched windows, one an epoch; they never influence the training.
    """

    trains_by_epoch: ClassVar[bool] = True
    name: str
    scaling: str
    predicts: str = "all"
    reads_samples: bool = False
    reads_several: ClassVar[bool] = False
    equal_slices: bool = False
    n_parameters: int = 0
    history: list[dict[str, float]]
    watched: list[Prediction]

    @abstractmethod
    def fit(
        self, train: AnyWindows, valid: AnyWindows | None = None, watched: AnyWindows | None = None, seed: int = 0
    ) -> Self:
        """Learn from ``train``.

        With ``valid`` the state of the epoch with the best balanced accuracy there (without categories: the least
        loss) is the one that stays; without it, the last. ``watched`` windows are predicted after each epoch and do
        nothing else.

        Raises:
            InputError: There is nothing to learn from.
        """

    def check_series(self, windows: AnyWindows) -> None:  # noqa: B027  most read whatever comes
        """Refuse, before anything is trained, series and sizes of windows that it cannot read.

        Raises:
            InputError: Says why.
        """

    def check_truth(self, train: AnyWindows, seeds: Sequence[int] = (0,)) -> None:
        """Refuse, before anything is trained with ``seeds``, windows whose truths cannot teach all that it predicts.

        Raises:
            InputError: Says what is missing.
        """
        check_labels(train, train.cache.task.only(self.predicts))

    @abstractmethod
    def predict(self, windows: AnyWindows) -> Prediction:
        """Predictions for ``windows``."""


def check_labels(train: AnyWindows, task: Task) -> None:
    """Refuse training windows that carry no truth for a part of the task, or one category only."""
    if not len(train):
        raise InputError("training part", "no windows", "at least one", "use shorter windows or more trials")
    if found := unteachable(task, train):
        wanted = "two categories or more, and a truth for each dimension and unit"
        raise InputError("training part", found, wanted, "use another split, or leave a part out with --predicts")


@dataclass(frozen=True, eq=False)
class Truth:
    """The truth of one thing that is predicted: the category, a dimension or a unit.

    Args:
        part: ``categories``, ``dimensions`` or ``units``.
        name: The dimension or the unit; ``category`` for the category.
        values: (N,) index of the category, rating in the units of its range, or 1 where a unit is present (.5 or more).
        known: (N,) whether there is a truth; where there is none, ``values`` mean nothing.
    """

    part: str
    name: str
    values: np.ndarray
    known: np.ndarray

    def take(self, rows: np.ndarray) -> "Truth":
        """The truth of some of the windows."""
        return Truth(self.part, self.name, self.values[rows], self.known[rows])


def truths(task: Task, windows: AnyWindows) -> Iterator[Truth]:
    """The truth of the category, of each dimension and of each unit that ``task`` has, in this order."""
    if task.categories:
        yield Truth("categories", "category", windows.category, windows.category >= 0)
    for k, name in enumerate(task.dimensions):
        yield Truth("dimensions", name, windows.dimensions[:, k], np.isfinite(windows.dimensions[:, k]))
    for k, name in enumerate(task.units):
        known = np.isfinite(windows.units[:, k])
        yield Truth("units", name, (windows.units[:, k] >= 0.5).astype(np.int16), known)


def unteachable(task: Task, windows: AnyWindows) -> str:
    """The truth that ``windows`` lack to teach all of ``task``, in words; empty where they lack none."""
    without = [truth.name for truth in truths(task, windows) if not truth.known.any()]
    if without:
        return f"no truth for {', '.join(without)}"
    present = np.unique(windows.category[windows.category >= 0])
    if task.categories and len(present) < 2:
        return f"one category only, {task.categories[present[0]]}"
    return ""
