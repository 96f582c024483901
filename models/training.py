"""How a network is trained."""

from dataclasses import dataclass

from ..signals import InputError


@dataclass(frozen=True)
class Training:
    """Settings of one training; the defaults held on real recordings and were never searched on a test set.

    Args:
        epochs: Passes over the training windows; fixed, unless a validation part chooses among them.
        batch_size: Windows a step.
        learning_rate: Of AdamW at the start; it follows a cosine to zero.
        weight_decay: Of AdamW; sparse projections are left out.
        clip: Largest norm of the whole gradient.
        balanced: Weigh classes by their inverse frequency in the training windows.
        loss_weights: Of categories, dimensions and units.
        accelerator: Lightning's: ``"auto"``, ``"cpu"``, ``"gpu"``.

    Raises:
        InputError: A number is out of range.
    """

    epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    clip: float = 1.0
    balanced: bool = True
    loss_weights: tuple[float, float, float] = (1.0, 1.0, 1.0)
    accelerator: str = "auto"

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "learning_rate", "clip"):
            if getattr(self, name) <= 0:
                raise InputError(f"training, {name}", str(getattr(self, name)), "a number above 0", "correct it")
