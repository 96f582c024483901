"""One interface to everything that learns from windows: networks and the plain rows of a table."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Self

from ...preprocessing import AnyWindows
from ...signals import InputError, Task
from .prediction import Prediction
from .window_truth import unteachable


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
