"""Which learners can be chosen by name, and making one."""

from functools import partial
from typing import Any

from ..signals import InputError, PlugPoint
from ..signals.plug_point import check_arguments
from .backbones import BACKBONES
from .estimators import ESTIMATORS, EstimatorLearner
from .fusion import Alone, FusionLearner
from .join import Join
from .joins import JOINS
from .learner import Learner
from .network import NetworkLearner
from .scaling import SCALINGS
from .stacking import Stacked
from .training import Training

STACKED = "Stacked"
_STACKED = PlugPoint("model", __package__, (STACKED,))
_ALL = PlugPoint("model", __package__, (*BACKBONES.known, *JOINS.known, STACKED))


def learner(model: Any, *, scaling: str = "train", **training: Any) -> Learner:
    """Make a learner.

    Args:
        model: A ``Backbone`` class, a ``functools.partial`` of one, its name or call as text (``"STRNN(hidden=20)"``);
            a ``Join`` likewise, its networks by stream (``"Gated(face='CNNRNN')"``); ``"Stacked(face='CNNRNN')"`` for
            late fusion learned on people left out; or the name of a plain estimator: ``linear``, ``svm``, ``mlp``, or
            ``majority``, ``mean`` and ``base_rate``, which read nothing.
        scaling: A name in ``SCALINGS``.
        **training: Fields of ``Training``; plain estimators have no epochs and take notice of ``predicts`` only.

    Raises:
        InputError: A name or setting is unknown; lists those that exist.
    """
    if scaling not in SCALINGS:
        raise InputError(f"scaling {scaling!r}", "no such name", f"one of {', '.join(SCALINGS)}", "correct it")
    settings = _training(training)
    if isinstance(model, str) and model in ESTIMATORS:
        return EstimatorLearner(model, scaling, settings.predicts)
    if isinstance(model, str) and model.split("(")[0] == STACKED:
        return _stacked(model, scaling, settings)
    join, own, name = _join(model)
    if join is not None:
        return FusionLearner(join, own, name, scaling, settings)
    build, name = _backbone(model)
    return NetworkLearner(build, name, scaling, settings)


def _training(given: dict[str, Any]) -> Training:
    unknown = sorted(set(given) - set(Training.__dataclass_fields__))
    if unknown:
        known = ", ".join(Training.__dataclass_fields__)
        raise InputError("training", ", ".join(unknown), f"settings among {known}", "correct the spelling")
    return Training(**given)


def _stacked(written: str, scaling: str, settings: Training) -> Learner:
    (_, args, own) = _STACKED.split(written)
    if args:
        raise InputError(f"model {written!r}", "a value without a name", "Stacked(folds=3)", "name the setting")
    networks = {stream: model for stream, model in own.items() if stream != "folds"}

    def make(stream: str, network: str) -> Learner:
        return FusionLearner(Alone, {stream: network}, f"Alone({stream}={network!r})", scaling, settings)

    return Stacked(make, networks, own.get("folds", 3), _written(Stacked, own), scaling, settings.predicts)


def _join(model: Any) -> tuple[type[Join] | None, dict[str, Any], str]:
    """The join that is meant, its settings, and its name as one would type it; None where it is no join."""
    own: dict[str, Any] = {}
    thing = model
    if isinstance(model, str | dict):
        name = (model if isinstance(model, str) else str(model.get("class_path", ""))).split("(")[0].strip()
        if name in BACKBONES.known or (name not in JOINS.known and "." not in name):
            return None, {}, ""
        thing, args, own = JOINS.split(model)
        if args:
            raise InputError(f"join {model!r}", "a value without a name", "Gated(hidden=32)", "name the setting")
    elif isinstance(model, partial):
        thing, own = model.func, dict(model.keywords)
    if not (isinstance(thing, type) and issubclass(thing, Join)):
        return None, {}, ""
    return thing, own, _written(thing, own)


def _backbone(model: Any) -> tuple[Any, str]:
    """What builds the network from (layout, features, slices), and its name as one would type it."""
    if isinstance(model, str | dict):
        thing, args, kwargs = _ALL.split(model)
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
