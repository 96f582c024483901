"""Settings of a training."""

from dataclasses import dataclass, field
from typing import ClassVar

from ...signals import InputError
from ...signals.checked_numbers import check_number, check_text, check_whole
from ...signals.named_call import shown
from ...signals.stored_json import Stored, StoredForm

BALANCES = ("weights", "sampler", "category", "affect", "none")
"""``weights``: rare categories weigh more in the loss; ``sampler``: they are drawn more often; by ``category`` or
``affect`` (valence and arousal) windows of what is frequent are left out; ``none``."""

DIMENSION_LOSSES = ("ccc", "mse")
"""Losses of valence, arousal and the like, by name."""

_TEXTS = tuple("predicts balance dimension_loss augmentation accelerator devices strategy precision logger".split())
_HARDWARE = ("devices", "num_nodes", "strategy", "precision")
"""Stored where they are not the usual, as they may then decide the numbers; where a run is logged never does."""


@dataclass(frozen=True)
class Training(Stored):
    """Settings of one training; the defaults held on real recordings and were never searched on a test set.

    Args:
        epochs: Passes over the training windows; fixed, unless a validation part chooses among them.
        batch_size: Windows a step.
        learning_rate: Of AdamW at the start; it follows a cosine to zero.
        weight_decay: Of AdamW; sparse projections are left out.
        clip: Largest norm of the whole gradient.
        predicts: all that the data have truths for, or some of categories, dimensions and units joined by +; bench and
            gan table take several, as in categories,all, a training of each.
        balance: What is done about rare categories in the training windows: weights, sampler, category, affect or none.
        loss_weights: Of categories, dimensions and units.
        label_smoothing: Share of a category's weight that is spread over all of them, 0 to below 1.
        dimension_loss: ccc (one minus concordance) or mse (mean squared error).
        augmentation: auto (faces are turned, shifted and mirrored a little), none, or a call such as
            "Faces(rotation=5)".
        alone: Weight of what each of several modalities says by itself, beside 1 for what all say together: no modality
            is then neglected for an easier one, and any of them may be missing later.
        accelerator: Lightning's: auto, cpu, gpu and others.
        devices: Lightning's: auto is one, 2 are two, and "1," is the second of several; several share each batch, and
            train as one would (dropout is drawn anew on each).
        num_nodes: Lightning's: machines that one training runs on, which is 1; --cluster spreads trainings over more.
        strategy: Lightning's: auto, ddp, fsdp and others; several devices take auto or ddp.
        precision: Lightning's: 32-true, bf16-mixed, 16-mixed and others.
        logger: none, or a logger of Lightning by name or call, as in "CSVLogger('logs')" or mylab.Logger.

    Raises:
        InputError: A number is out of range.
    """

    epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    clip: float = 1.0
    predicts: str = "all"
    balance: str = "weights"
    loss_weights: tuple[float, float, float] = (1.0, 1.0, 1.0)
    label_smoothing: float = 0.0
    dimension_loss: str = "ccc"
    augmentation: str = "auto"
    alone: float = 1.0
    accelerator: str = "auto"
    devices: str = "auto"
    num_nodes: int = 1
    strategy: str = "auto"
    precision: str = "32-true"
    logger: str = field(default="none", compare=False)  # where a run is logged decides no number
    stored_form: ClassVar = StoredForm(left_out=_HARDWARE, never=("logger",))

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "num_nodes"):
            check_whole(f"training, {name}", getattr(self, name))
        for name in ("learning_rate", "clip", "alone", "weight_decay", "label_smoothing"):
            check_number(f"training, {name}", getattr(self, name), above_zero=name in ("learning_rate", "clip"))
        for name in _TEXTS:
            check_text(f"training, {name}", getattr(self, name))
        check_weights("training, loss_weights", self.loss_weights)
        check_balance(self.balance)
        if self.dimension_loss not in DIMENSION_LOSSES or not 0 <= self.label_smoothing < 1:
            found = f"dimension_loss {self.dimension_loss!r}, label_smoothing {self.label_smoothing:g}"
            known = ", ".join(DIMENSION_LOSSES)
            raise InputError("training", found, f"a loss among {known}, smoothing from 0 to below 1")


def check_weights(where: str, weights: object) -> None:
    """Refuse what are not the weights of categories, dimensions and units, one of them at least above 0."""
    if not isinstance(weights, list | tuple) or len(weights) != 3:
        raise InputError(where, shown(weights), "three numbers: of categories, dimensions and units")
    for weight in weights:
        check_number(where, weight)
    if not any(weights):
        raise InputError(where, shown(weights), "one above 0, or nothing is learned")


def check_balance(name: str) -> None:
    """Refuse a way of balancing that does not exist."""
    if name not in BALANCES:
        raise InputError(f"balance {name!r}", "no such way", f"one of {', '.join(BALANCES)}")
