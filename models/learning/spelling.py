"""The spelling of a model's name, looked at before any network library is loaded, which takes seconds."""

from ...signals import InputError, PlugPoint
from ...signals.named_call import Given, nearest, shown
from ..backbones.model_names import BACKBONE_GROUP, BACKBONE_NAMES, BACKBONE_PRESETS, JOIN_GROUP, JOIN_NAMES, STACKED
from .estimators import ESTIMATORS


def _names() -> PlugPoint:
    """The same names as ``MODELS``; what they mean is not looked up."""
    return PlugPoint(
        "model",
        "emoscan.models",
        (*BACKBONE_NAMES, *JOIN_NAMES, STACKED),
        presets=BACKBONE_PRESETS,
        groups=(BACKBONE_GROUP, JOIN_GROUP),
    )


def check_spelling(model: Given) -> None:
    """Refuse a model that has no known name; one that others could have written is looked for later.

    Raises:
        InputError: There is no such name; says which is nearest.
    """
    names = _names()
    if isinstance(model, str) and model not in names.installed and model not in ESTIMATORS:
        if near := nearest(model, ESTIMATORS):
            known, do = f"one of {', '.join((*ESTIMATORS, *names.known))}", f"did you mean {near}?"
            raise InputError(f"model {shown(model)}", "no such name", known, do)
        names.check_spelling(model)
