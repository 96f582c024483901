"""Names on a command line or in a ``--config`` file, checked before anything is done."""

from collections.abc import Iterable

from ...models import BACKBONES, Training, make_learner
from ...models.training.augmentations import AUGMENTATIONS
from ...models.training.hardware import LOGGERS, hardware_of
from ...preprocessing.commands.command_line import listed
from ..splits.splits import SPLITS


def check_names(
    allow: list[str] | str,
    *,
    models: Iterable[str] = (),
    networks: Iterable[str] = (),
    split: str = "",
    training: Training | None = None,
) -> tuple[str, ...]:
    """The names that are allowed beside those of emoscan.

    Args:
        allow: The option of the command.
        models: Models and joins, by name or call.
        networks: Networks under a join.
        split: What trains and what tests; empty for none.
        training: Its augmentation, logger and hardware are checked, also where no model is a network.

    Raises:
        InputError: A model, split, augmentation or logger does not exist, is something else, or may not be named.
    """
    allowed = tuple(listed(allow))
    for model in models:
        make_learner(model, allow=allowed)
    for network in filter(None, networks):
        BACKBONES.split(network, allowed)
    if split:
        SPLITS.split(split, allowed)
    if training is not None:
        if training.augmentation not in ("auto", "none"):
            AUGMENTATIONS.split(training.augmentation, allowed)
        if training.logger != "none":
            LOGGERS.split(training.logger, allowed)
        hardware_of(training)
    return allowed
