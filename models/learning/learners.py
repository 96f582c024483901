"""Learners by name or call."""

import inspect
from functools import partial
from typing import Any

from ...signals import InputError, PlugPoint
from ...signals.named_call import shown
from ...signals.plug_point import Allow, check_arguments
from ..backbones.backbone import Backbone, settings_of_network
from ..backbones.backbones import BACKBONES
from ..backbones.model_names import STACKED
from ..joins.join import Join
from ..joins.joins import JOINS
from ..training.scaling import SCALINGS
from ..training.training import Training
from .estimators import ESTIMATORS, EstimatorLearner
from .fusion_learner import Alone, FusionLearner
from .learner import Learner
from .network_learner import NetworkLearner
from .spelling import check_spelling
from .stacking import Stacked

MODELS = PlugPoint(
    "model",
    "emoscan.models",
    (*BACKBONES.known, *JOINS.known, STACKED),
    (Backbone, Join),
    presets=BACKBONES.presets,
    groups=(*BACKBONES.groups, *JOINS.groups),
)
"""Networks, joins of networks, and ``Stacked``, by name."""


def make_learner(model: Any, *, scaling: str = "train", allow: Allow = None, **training: Any) -> Learner:
    """The learner of a model.

    Args:
        model: A ``Backbone`` class, a ``functools.partial`` of one, its name or call as text (``"STRNN(hidden=20)"``);
            a ``Join`` likewise, its networks by stream (``"Gated(face='CNNRNN')"``); ``"Stacked(face='CNNRNN')"`` for
            late fusion learned on people left out; or the name of a plain estimator: ``linear``, ``svm``, ``mlp``, or
            ``majority``, ``mean`` and ``base_rate``, which read nothing.
        scaling: A name in ``SCALINGS``.
        allow: For text that stood in a file: packages whose classes it may name beside ours. None: a user typed it.
        **training: Fields of ``Training``; plain estimators have no epochs and take notice of ``predicts`` only.

    Raises:
        InputError: A name or setting is unknown; lists those that exist.
    """
    if scaling not in SCALINGS:
        raise InputError(f"scaling {scaling!r}", "no such name", f"one of {', '.join(SCALINGS)}")
    settings = _training(training)
    if isinstance(model, str) and model in ESTIMATORS:
        MODELS.warn_of_namesakes(model)
        return EstimatorLearner(model, scaling, settings.predicts)
    thing, of_model = _split(model, allow)
    if _takes_networks(thing):
        of_model = _networks_in_full(thing, of_model)
    name = _as_call(thing, of_model)
    if thing is Stacked:
        return _stacked(of_model, name, scaling, settings, allow)
    if isinstance(thing, type) and issubclass(thing, Join):
        _check_networks(thing, of_model, allow)
        return FusionLearner(join=thing, settings=of_model, name=name, scaling=scaling, training=settings, allow=allow)
    if thing is not model:
        check_arguments(thing, ("layout", "n_features", "n_slices"), of_model, f"backbone {name}")
    if of_model:
        thing = partial(thing, **settings_of_network(thing, of_model, allow))
    return NetworkLearner(thing, name, scaling, settings)


def _training(settings: dict[str, Any]) -> Training:
    unknown = sorted(set(settings) - set(Training.__dataclass_fields__))
    if unknown:
        known = ", ".join(Training.__dataclass_fields__)
        raise InputError("training", ", ".join(unknown), f"settings among {known}", "correct the spelling")
    return Training(**settings)


def _split(model: Any, allow: Allow) -> tuple[Any, dict[str, Any]]:
    """The class, or the function that makes it, and its settings by name."""
    if isinstance(model, partial):
        return model.func, dict(model.keywords)
    if not isinstance(model, str | dict):
        return model, {}
    try:
        thing, args, settings = MODELS.split(model, allow)
    except InputError:
        check_spelling(model)  # knows the plain estimators too, and which name is nearest
        raise
    if args:
        raise InputError(f"model {shown(model)}", "a value without a name", "STRNN(hidden=20)", "name the setting")
    return thing, settings


def _stacked(of_model: dict[str, Any], name: str, scaling: str, settings: Training, allow: Allow) -> Learner:
    networks = {stream: model for stream, model in of_model.items() if stream != "folds"}
    _check_networks(Alone, networks, allow)

    def make(stream: str, network: str) -> Learner:
        return FusionLearner(
            join=Alone,
            settings={stream: network},
            name=f"Alone({stream}={network!r})",
            scaling=scaling,
            training=settings,
            allow=allow,
        )

    return Stacked(
        make=make,
        networks=networks,
        folds=of_model.get("folds", 3),
        name=name,
        scaling=scaling,
        predicts=settings.predicts,
    )


def _check_networks(join: type[Join], settings: dict[str, Any], allow: Allow) -> None:
    """Refuse names of networks, which are what a join is given beside its own settings, before any is made."""
    for network in _networks(join, settings).values():
        BACKBONES.split(network, allow)


def _takes_networks(thing: Any) -> bool:
    return thing is Stacked or (isinstance(thing, type) and issubclass(thing, Join))


def _networks_in_full(thing: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """Settings of a join, in which networks of plugins have their dotted names, as files are to hold them."""
    networks = _networks(thing, settings)
    return {name: BACKBONES.in_full(value) if name in networks else value for name, value in settings.items()}


def _networks(thing: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings that name a network of one stream, and are no setting of the join itself."""
    if thing is not Stacked and thing.stage == "volumes":
        return {}
    taken = ("folds",) if thing is Stacked else inspect.signature(thing).parameters
    return {name: value for name, value in settings.items() if name not in taken and isinstance(value, str | dict)}


def _as_call(thing: Any, kwargs: dict[str, Any]) -> str:
    """The text of a call that builds the model again: it is stored, and names the model in tables."""
    owner = getattr(thing, "__self__", None)
    if isinstance(owner, type):  # a preset is called by its class, which may have inherited it
        name = f"{_as_call(owner, {})}.{thing.__name__}"
    else:
        ours = thing.__module__.startswith("emoscan.models.")
        name = thing.__name__ if ours else f"{thing.__module__}.{thing.__qualname__}"
    settings = ", ".join(f"{key}={value!r}" for key, value in kwargs.items())
    return f"{name}({settings})" if settings else str(name)
