"""A trained GAN on disk: tensors in one file, facts in another, nothing that could run."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from ...preprocessing.cache.cache_writing import new_file, publish_text
from ...preprocessing.steps.recipe import check_stored_steps
from ...signals import InputError, Layout, Task
from ...signals.stored_json import parsed_json
from ..learning.checkpoint import kept_digest, read_tensors
from .emotion_gan import EmotionGAN
from .gan_training import GanTraining

TENSORS, FACTS = "gan.pt", "gan.json"


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
    history: tuple[Mapping[str, float], ...] = ()


@dataclass(frozen=True, eq=False)
class KeptGan:
    """A trained GAN and the facts about it."""

    model: EmotionGAN
    facts: GanFacts


def save_gan(kept: KeptGan, folder: str | Path) -> Path:
    """Write a GAN into ``folder``, tensors first, facts with their digest last; an unfinished one never loads."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.cpu() for name, value in kept.model.state_dict().items()}
    needed = sum(value.nbytes for value in tensors.values())
    with new_file(folder / TENSORS, needed) as part, part.open("xb") as file:  # a path's name would be among the bytes
        torch.save(tensors, file)
    stored = {**asdict(kept.facts), "task": kept.facts.task.to_json(), "layout": kept.facts.layout.to_json()}
    stored = json.loads(json.dumps(stored))  # as it will be read: tuples are lists
    facts = {**stored, "sha256": kept_digest(stored, folder / TENSORS)}
    publish_text(folder / FACTS, json.dumps(facts, indent=1) + "\n")
    return folder


def load_gan(folder: str | Path) -> KeptGan:
    """Read what ``save_gan`` wrote; loads tensors only.

    Raises:
        InputError: No GAN is there, a byte changed, or the tensors do not fit the networks.
    """
    folder = Path(folder)
    stored = _read_facts(folder)
    if stored.pop("sha256", "") != kept_digest(stored, folder / TENSORS):
        raise InputError(folder, "bytes that differ from those saved", "both files as saved", "train it again")
    facts = _facts(folder, stored)
    model = EmotionGAN(facts.task, facts.settings, seed=facts.seed)
    try:
        model.load_state_dict(read_tensors(folder / TENSORS))
    except RuntimeError as error:
        raise InputError(folder, str(error), "tensors of these networks", "train it again") from error
    return KeptGan(model.eval(), facts)


def _read_facts(folder: Path) -> dict[str, Any]:
    try:
        stored: dict[str, Any] = dict(parsed_json((folder / FACTS).read_text()))
        (folder / TENSORS).stat()
    except (OSError, TypeError, ValueError) as error:
        wanted = f"{FACTS} and {TENSORS} of a trained GAN"
        do = "name the folder that emo-train gan fit finished"
        raise InputError(folder, f"no GAN ({error})", wanted, do) from error
    return stored


def _facts(folder: Path, stored: Mapping[str, Any]) -> GanFacts:
    try:
        settings = {**stored["settings"], "label_weights": tuple(stored["settings"]["label_weights"])}
        return GanFacts(
            **{
                **stored,
                "task": Task.from_json(stored["task"]),
                "settings": GanTraining(**settings),
                "layout": Layout.from_json(stored["layout"]),
                "recipe": check_stored_steps(stored["recipe"], folder / FACTS),
                "history": tuple(stored["history"]),
                "trained_on": tuple((subject, session, trial) for subject, session, trial in stored["trained_on"]),
            }
        )
    except (KeyError, TypeError, AttributeError) as error:
        wanted = "the facts that this version writes"
        raise InputError(folder / FACTS, f"{type(error).__name__}: {error}", wanted, "train it again") from error
