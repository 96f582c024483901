"""The names that a stored report has for things: shown as they are, unless they are something to be run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...models.learning.learners import MODELS
from ...models.training.augmentations import AUGMENTATIONS
from ...preprocessing.steps.recipe import check_stored_steps
from ..splits.splits import SPLITS
from .controls import CONTROLS


def check_report_text(stored: Mapping[str, Any], file: Path) -> None:
    """Look at the model, split, controls, augmentation and recipes of ``report.json``.

    Raises:
        InputError: One of them is something to be run, or no text.
        KeyError, TypeError, AttributeError: The file has another form.
    """
    protocol = stored["protocol"]
    MODELS.check_stored(stored["model"], file)
    SPLITS.check_stored(protocol["split"], file)
    AUGMENTATIONS.check_stored(protocol["training"]["augmentation"], file)
    for written in protocol["controls"]:
        CONTROLS.check_stored(written, file)
    for series in stored["data"]["series"].values():
        check_stored_steps(series["recipe"], file)
