"""How a GAN is trained."""

from dataclasses import dataclass

from ...signals import InputError, Task
from ..training.training import DIMENSION_LOSSES

ADVERSARIAL = ("hinge", "non-saturating")
"""What tells real from made, by name."""

LOSSES = ("heads", "entropy", "none")
"""Real or made told by a head of its own; by the entropy of the labels; or not at all: the supervised control."""


@dataclass(frozen=True)
class GanTraining:
    """Settings of one training of ``EmotionGAN``; numbers of ours where arXiv 1910.05877 names none.

    Args:
        predicts: units, dimensions, or both joined by +; categories may be added where the data have them.
        size: Side of the images in pixels, a power of two from 16; 32 is quick without a GPU.
        epochs: Passes over the training images.
        batch_size: Images a step, real ones and made ones alike.
        noise: Numbers of noise that the generator gets.
        width: Channels of the largest map; smaller maps have up to four times as many.
        loss: heads (real or made is a head of its own), entropy (categorical GAN), or none (supervised control: the
            discriminator's label heads alone, with equal steps and data).
        adversarial: hinge or non-saturating, where the loss is heads.
        generator_rate: Learning rate of the generator; two time scales (arXiv 1706.08500).
        discriminator_rate: Learning rate of the discriminator, and of the trunk alone.
        r1: Weight of the gradient penalty on real images (arXiv 1801.04406), where the loss is heads; 0 leaves it out.
        r1_every: Steps from one penalty to the next, each weighted so much more (arXiv 1912.04958).
        ema: Decay of the running mean of the generator's weights, from which samples are drawn.
        matching: Weight of feature matching (arXiv 1606.03498) for the generator.
        consistency: Weight of the label heads' loss for the generator: whether made faces show the labels asked for.
            Where the loss is heads, the only way by which their gradients reach the generator; 0 is the paper's.
        noise_only: The generator is told no labels, only noise, as perhaps in the paper; needs consistency 0.
        forget: Probability that one part of the labels is not told to the generator, so that faces may be asked for by
            valence and arousal alone, or by units alone.
        labelled: Share of the training sessions (of each subject, drawn by the seed) whose labels are shown; the faces
            of all others are used without. Below 1 it asks what unlabelled faces are worth.
        label_weights: Of categories, dimensions and units in the label heads' loss.
        dimension_loss: ccc (one minus concordance) or mse (mean squared error).
        sheet_every: Epochs from one sample sheet to the next; 0 for none.
        accelerator: Lightning's: auto, cpu, gpu and others.

    Raises:
        InputError: A name is unknown, a number is out of range, or a setting would have no effect.
    """

    predicts: str = "units+dimensions"
    size: int = 64
    epochs: int = 40
    batch_size: int = 64
    noise: int = 64
    width: int = 32
    loss: str = "heads"
    adversarial: str = "hinge"
    generator_rate: float = 5e-4
    discriminator_rate: float = 1e-3
    r1: float = 1.0
    r1_every: int = 16
    ema: float = 0.998
    matching: float = 1.0
    consistency: float = 1.0
    noise_only: bool = False
    forget: float = 0.15
    labelled: float = 1.0
    label_weights: tuple[float, float, float] = (1.0, 1.0, 1.0)
    dimension_loss: str = "ccc"
    sheet_every: int = 10
    accelerator: str = "auto"

    def __post_init__(self) -> None:
        _check_numbers(self)
        _check_names(self)
        _check_effect(self)

    @property
    def has_generator(self) -> bool:
        """Whether anything is made at all."""
        return self.loss != "none"

    def task(self, task: Task) -> Task:
        """The parts of ``task`` that are learned.

        Raises:
            InputError: The task lacks one, or neither units nor dimensions are among them.
        """
        chosen = task.only(self.predicts)
        if not chosen.units and not chosen.dimensions:
            found, wanted = f"predicts {self.predicts!r}", "action units or dimensions, such as valence and arousal"
            raise InputError("gan", found, wanted, "name units or dimensions, or use emo-train fit")
        if self.loss == "entropy" and not chosen.units and not chosen.categories:
            wanted = "units or categories: a dimension has no entropy"
            raise InputError("gan, loss 'entropy'", f"predicts {self.predicts!r}", wanted, "use loss 'heads'")
        return chosen


def _check_numbers(given: GanTraining) -> None:
    if given.size < 16 or given.size & (given.size - 1):
        raise InputError("gan, size", str(given.size), "a power of two from 16: 16, 32, 64, 128")
    for name in ("epochs", "noise", "width", "generator_rate", "discriminator_rate", "r1_every"):
        if getattr(given, name) <= 0:
            raise InputError(f"gan, {name}", f"{getattr(given, name):g}", "a number above 0")
    if given.batch_size < 2:
        raise InputError("gan, batch_size", str(given.batch_size), "2 or more")
    for name in ("r1", "matching", "consistency", "sheet_every"):
        if getattr(given, name) < 0:
            raise InputError(f"gan, {name}", f"{getattr(given, name):g}", "0 or more")
    if not 0 < given.labelled <= 1:
        raise InputError("gan, labelled", f"{given.labelled:g}", "above 0 to 1")
    if not 0 <= given.ema < 1 or not 0 <= given.forget < 1:
        found = f"ema {given.ema:g}, forget {given.forget:g}"
        raise InputError("gan", found, "both from 0 to below 1")


def _check_names(given: GanTraining) -> None:
    known = {"loss": LOSSES, "adversarial": ADVERSARIAL, "dimension_loss": DIMENSION_LOSSES}
    for name, names in known.items():
        if getattr(given, name) not in names:
            raise InputError(f"gan, {name}", repr(getattr(given, name)), f"one of {', '.join(names)}")


def _check_effect(given: GanTraining) -> None:
    if given.has_generator and given.consistency and given.noise_only:
        found = f"consistency {given.consistency:g} of a generator that is told no labels"
        raise InputError("gan", found, "one of the two", "set consistency to 0, or noise_only to False")
