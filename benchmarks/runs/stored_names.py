"""Names of models, splits, controls and steps in a stored report: text that must not make anything run."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ...models.learning.learners import MODELS
from ...models.training.augmentations import AUGMENTATIONS
from ...preprocessing.steps.recipe import check_stored_steps
from ..splits.splits import SPLITS
from .controls import CONTROLS
from .protocol import Protocol


def check_report_text(model: str, protocol: Protocol, recipes: Iterable[Sequence[str]], file: Path) -> None:
    """Look at the model, split, controls, augmentation and recipes of ``report.json``.

    Raises:
        InputError: One of them is something to be run.
    """
    MODELS.check_stored(model, file)
    SPLITS.check_stored(protocol.split, file)
    AUGMENTATIONS.check_stored(protocol.training.augmentation, file)
    for control in protocol.controls:
        CONTROLS.check_stored(control, file)
    for recipe in recipes:
        check_stored_steps(recipe, file)
