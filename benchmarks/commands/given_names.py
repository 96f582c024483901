"""The names that a command was given, by its user or by a ``--config`` file, looked at before anything is done."""

from collections.abc import Mapping
from typing import Any

from ...models import BACKBONES, learner
from ...models.training.augmentations import AUGMENTATIONS
from ...preprocessing.commands.command_line import listed
from ..splits.splits import SPLITS

_MODELS = ("models", "model", "backbone", "joins")
_NETWORKS = ("eeg", "face")


def check_given(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that are allowed beside those of emoscan.

    Args:
        given: The command's arguments, ``allow`` among them.

    Raises:
        InputError: A model, split or augmentation does not exist, is something else, or may not be named.
    """
    allow = tuple(listed(given["allow"]))
    for name in _MODELS:
        for model in listed(given.get(name, "")):
            learner(model, allow=allow)
    for name in _NETWORKS:
        if given.get(name):
            BACKBONES.split(given[name], allow)
    if given.get("split"):
        SPLITS.split(given["split"], allow)
    if given.get("augmentation", "auto") not in ("auto", "none"):
        AUGMENTATIONS.split(given["augmentation"], allow)
    return allow
