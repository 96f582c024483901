"""A trained GAN on disk: tensors in one file, facts in another, nothing that could run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...preprocessing.steps.recipe import check_stored_steps
from ...signals import InputError, Layout, StoredCorrupt, Task
from ...signals.stored_json import NumberOrNaN, as_json, decoded
from ..learning.kept_tensors import KeptTensors
from .emotion_gan import EmotionGAN
from .gan_training import GanTraining

TENSORS, FACTS = "gan.pt", "gan.json"
_KEPT = KeptTensors(TENSORS, FACTS, noun="GAN", made_by="emo-train gan fit finished")


@dataclass(frozen=True)
class GanFacts:
    """What must be known to use a trained GAN again.

    Args:
        task: What it predicts and is asked for.
        settings: How it was trained.
        seed: Of weights and draws.
        layout: How its images are cut into sites.
        recipe: The steps that made its images, as text.
        dataset: What it was trained on.
        simulated: Whether that was simulated.
        cache: Digest of the cache.
        modality: The series that was read.
        fold: Which part of a split it was trained on, in words.
        trained_on: Subject, session and trial of all that it has learned from.
        history: For each epoch the means of the losses.
    """

    task: Task
    settings: GanTraining
    seed: int
    layout: Layout
    recipe: tuple[str, ...]
    dataset: str
    simulated: bool
    cache: str
    modality: str
    fold: str
    trained_on: tuple[tuple[str, str, int], ...]
    history: tuple[Mapping[str, NumberOrNaN], ...] = ()


@dataclass(frozen=True, eq=False)
class KeptGan:
    """A trained GAN and the facts about it."""

    model: EmotionGAN
    facts: GanFacts


def save_gan(kept: KeptGan, folder: str | Path) -> Path:
    """Write a GAN into ``folder``, tensors first, facts with their digest last; an unfinished one never loads."""
    tensors = {name: value.cpu() for name, value in kept.model.state_dict().items()}
    return _KEPT.write(folder, tensors, as_json(kept.facts))


def gan_digest(folder: str | Path) -> str:
    """SHA-256 over the facts and tensors of a kept GAN, as it was saved.

    Raises:
        InputError: No GAN is there.
    """
    return _KEPT.digest(folder)


def load_gan(folder: str | Path) -> KeptGan:
    """Read what ``save_gan`` wrote; loads tensors only.

    Raises:
        InputError: No GAN is there, a byte changed, or the tensors do not fit the networks.
    """
    folder = Path(folder)
    facts = decoded(GanFacts, _KEPT.read_facts(folder), folder / FACTS, "train it again", error=StoredCorrupt)
    check_stored_steps(facts.recipe, folder / FACTS)
    try:
        model = EmotionGAN(facts.task, facts.settings, seed=facts.seed)
        model.load_state_dict(_KEPT.read_tensors(folder))
    except InputError:
        raise
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise StoredCorrupt(folder, str(error), "tensors of these networks", "train it again") from error
    return KeptGan(model.eval(), facts)
