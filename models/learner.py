"""One interface to everything that learns from windows: networks and the plain rows of a table."""

from abc import ABC, abstractmethod
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np

from ..preprocessing import Windows
from ..signals import InputError, Task
from ..signals.plug_point import check_arguments
from .backbones import BACKBONES
from .prediction import Prediction
from .scaling import SCALINGS
from .training import Training


class Learner(ABC):
    """Something that is fitted on windows and predicts others, with scaling fitted on the training windows only.

    Attributes:
        name: What tables call it.
        scaling: How features are brought to one scale (a name in ``SCALINGS``).
        reads_samples: Whether it wants samples of a raw signal, not features.
        n_parameters: Trained numbers; known after ``fit``.
        history: What was logged, one dict an epoch.
        watched: Predictions for the watched windows, one an epoch; they never influence the training.
    """

    trains_by_epoch: ClassVar[bool] = True
    name: str
    scaling: str
    reads_samples: bool = False
    n_parameters: int = 0
    history: list[dict[str, float]]
    watched: list[Prediction]

    @abstractmethod
    def fit(
        self, train: Windows, valid: Windows | None = None, watched: Windows | None = None, seed: int = 0
    ) -> Self:
        """Learn from ``train``.

        With ``valid`` the state of the epoch with the best balanced accuracy there (without categories: the least
        loss) is kept; without it, the last. ``watched`` windows are predicted after each epoch and do nothing else.

        Raises:
            InputError: There is nothing to learn from.
        """

    @abstractmethod
    def predict(self, windows: Windows) -> Prediction:
        """Predictions for ``windows``."""


def learner(model: Any, *, scaling: str = "train", **training: Any) -> Learner:
    """Make a learner.

    Args:
        model: A ``Backbone`` class, a ``functools.partial`` of one, its name or call as text (``"STRNN(hidden=20)"``),
            or the name of a plain estimator: ``linear``, ``svm``, ``mlp``, ``majority``.
        scaling: A name in ``SCALINGS``.
        **training: Fields of ``Training``; plain estimators have no epochs and take no notice of them.

    Raises:
        InputError: A name or setting is unknown; lists those that exist.
    """
    from .estimators import ESTIMATORS, EstimatorLearner
    from .network import NetworkLearner

    if scaling not in SCALINGS:
        raise InputError(f"scaling {scaling!r}", "no such name", f"one of {', '.join(SCALINGS)}", "correct it")
    settings = _training(training)
    if isinstance(model, str) and model in ESTIMATORS:
        return EstimatorLearner(model, scaling)
    build, name = _backbone(model)
    return NetworkLearner(build, name, scaling, settings)


def _training(given: dict[str, Any]) -> Training:
    unknown = sorted(set(given) - set(Training.__dataclass_fields__))
    if unknown:
        known = ", ".join(Training.__dataclass_fields__)
        raise InputError("training", ", ".join(unknown), f"settings among {known}", "correct the spelling")
    return Training(**given)


def _backbone(model: Any) -> tuple[Any, str]:
    """What builds the network from (layout, features, slices), and its name as one would type it."""
    if isinstance(model, str | dict):
        thing, args, kwargs = BACKBONES.split(model)
        if args:
            raise InputError(f"backbone {model!r}", "a value without a name", "STRNN(hidden=20)", "name the setting")
        model = partial(thing, **kwargs)
    if isinstance(model, partial):
        name = _written(model.func, model.keywords)
        check_arguments(model.func, ("layout", "n_features", "n_slices"), model.keywords, f"backbone {name}")
        return model, name
    return model, _written(model, {})


def _written(thing: Any, kwargs: dict[str, Any]) -> str:
    ours = thing.__module__.startswith(__package__)
    name = thing.__name__ if ours else f"{thing.__module__}.{thing.__qualname__}"
    settings = ", ".join(f"{key}={value!r}" for key, value in kwargs.items())
    return f"{name}({settings})" if settings else str(name)


def check_labels(train: Windows, task: Task) -> None:
    """Refuse training windows that carry no label, or one class only."""
    if not len(train):
        raise InputError("training part", "no windows", "at least one", "use shorter windows or more trials")
    if task.categories and not task.dimensions and not task.units:
        present = np.unique(train.category[train.category >= 0])
        if len(present) < 2:
            names = ", ".join(task.categories[k] for k in present) or "no category at all"
            raise InputError("training part", names, "two categories or more", "change the split")
