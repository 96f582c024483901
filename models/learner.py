"""One interface to everything that learns from windows: networks and the plain rows of a table."""

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np

from ..preprocessing import AnyWindows
from ..signals import InputError, Task
from .prediction import Prediction


class Learner(ABC):
    """Something that is fitted on windows and predicts others, with scaling fitted on the training windows only.

    Attributes:
        name: What tables call it.
        scaling: How features are brought to one scale (a name in ``SCALINGS``).
        reads_samples: Whether it wants samples of a raw signal, not features.
        reads_several: Whether it brings several series together.
        n_parameters: Trained numbers; known after ``fit``.
        history: What was logged, one dict an epoch.
        watched: Predictions for the watched windows, one an epoch; they never influence the training.
    """

    trains_by_epoch: ClassVar[bool] = True
    name: str
    scaling: str
    reads_samples: bool = False
    reads_several: ClassVar[bool] = False
    n_parameters: int = 0
    history: list[dict[str, float]]
    watched: list[Prediction]

    @abstractmethod
    def fit(
        self, train: AnyWindows, valid: AnyWindows | None = None, watched: AnyWindows | None = None, seed: int = 0
    ) -> Self:
        """Learn from ``train``.

        With ``valid`` the state of the epoch with the best balanced accuracy there (without categories: the least
        loss) is kept; without it, the last. ``watched`` windows are predicted after each epoch and do nothing else.

        Raises:
            InputError: There is nothing to learn from.
        """

    @abstractmethod
    def predict(self, windows: AnyWindows) -> Prediction:
        """Predictions for ``windows``."""


def check_labels(train: AnyWindows, task: Task) -> None:
    """Refuse training windows that carry no label, or one class only."""
    if not len(train):
        raise InputError("training part", "no windows", "at least one", "use shorter windows or more trials")
    if task.categories and not task.dimensions and not task.units:
        present = np.unique(train.category[train.category >= 0])
        if len(present) < 2:
            names = ", ".join(task.categories[k] for k in present) or "no category at all"
            raise InputError("training part", names, "two categories or more", "change the split")
