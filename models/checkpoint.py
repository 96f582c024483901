"""A trained model on disk: tensors in one file, facts in another, nothing that could run."""

import hashlib
import json
import os
import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from ..preprocessing import Cache
from ..signals import InputError, Layout, Task
from .backbones import BACKBONES
from .emotion_model import EmotionModel
from .network import NetworkLearner
from .scaling import Scaling
from .training import Training

TENSORS, FACTS = "model.pt", "model.json"


@dataclass(frozen=True)
class ModelFacts:
    """What must be known to use a trained model again.

    Args:
        backbone: As one would type it, such as ``"STRNN(hidden=20)"``.
        modality: The series it reads.
        layout, features, n_slices, duration: Sites, feature names, T and seconds a slice of its input.
        task, training: What it predicts and how it was trained.
        scaling, groups: How features are scaled.
        recipe: The steps that make its input, as text.
        dataset: What it was trained on.
        simulated: Whether that was simulated.
    """

    backbone: str
    modality: str
    layout: Layout
    features: tuple[str, ...]
    n_slices: int
    duration: float
    task: Task
    training: Training
    scaling: str
    groups: tuple[str, ...]
    recipe: tuple[str, ...]
    dataset: str
    simulated: bool


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A model, the scaling of its input and the facts about both."""

    model: EmotionModel
    scaling: Scaling
    facts: ModelFacts


def trained(learner: NetworkLearner, cache: Cache) -> TrainedModel:
    """What ``learner`` learned from ``cache``, with the facts that go with it."""
    (modality, backbone), = learner.model.backbones.items()
    facts = ModelFacts(
        learner.name, modality, backbone.layout, cache.features(modality), backbone.n_slices,
        cache.duration(modality), cache.task, learner.training, learner.scaling, learner.fitted_scaling.groups,
        tuple(cache.recipe[modality]), cache.dataset, cache.simulated,
    )
    return TrainedModel(learner.model, learner.fitted_scaling, facts)


def save_model(model: TrainedModel, folder: str | Path) -> Path:
    """Write the model into ``folder``, tensors first, facts with their digest last; an unfinished one never loads."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"model.{name}": value for name, value in model.model.state_dict().items()}
    tensors |= {f"scaling.{name}": torch.tensor(getattr(model.scaling, name)) for name in ("mean", "deviation")}
    part = folder / f"{TENSORS}.part"
    torch.save(tensors, part)
    os.replace(part, folder / TENSORS)
    stored = {**asdict(model.facts), "layout": model.facts.layout.to_json(), "sha256": _digest(folder / TENSORS)}
    part = folder / f"{FACTS}.part"
    part.write_text(json.dumps(stored, indent=1) + "\n")
    os.replace(part, folder / FACTS)
    return folder


def load_model(folder: str | Path) -> TrainedModel:
    """Read what ``save_model`` wrote; loads tensors only.

    Raises:
        InputError: No model is there, a byte changed, or the tensors do not fit the network.
    """
    folder = Path(folder)
    stored = _read_facts(folder)
    if _digest(folder / TENSORS) != stored.pop("sha256"):
        raise InputError(folder / TENSORS, "bytes that differ from those saved", "the file as saved", "train it again")
    facts = _facts(stored)
    tensors = _read_tensors(folder / TENSORS)
    backbone = BACKBONES.build(facts.backbone, facts.layout, len(facts.features), facts.n_slices)
    model = EmotionModel({facts.modality: backbone}, facts.task, facts.training)
    scale = {name: tensors.pop(f"scaling.{name}").numpy() for name in ("mean", "deviation")}
    try:
        model.load_state_dict({name.removeprefix("model."): value for name, value in tensors.items()})
    except RuntimeError as error:
        raise InputError(folder, str(error), f"tensors of {facts.backbone}", "train it again") from error
    return TrainedModel(model.eval(), Scaling(facts.scaling, facts.groups, **scale), facts)


def _read_facts(folder: Path) -> dict[str, Any]:
    try:
        stored: dict[str, Any] = json.loads((folder / FACTS).read_text())
        (folder / TENSORS).stat()
    except (OSError, ValueError) as error:
        wanted = f"{FACTS} and {TENSORS} of a trained model"
        raise InputError(folder, f"no model ({error})", wanted, "name the folder that emo-train fit wrote") from error
    return stored


def _read_tensors(path: Path) -> dict[str, torch.Tensor]:
    try:
        tensors: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(path, f"something that is not tensors ({reason})", "tensors only", "train it again") from error
    return tensors


def _facts(stored: Mapping[str, Any]) -> ModelFacts:
    task = Task(**{part: tuple(names) for part, names in stored["task"].items()})
    training = Training(**{**stored["training"], "loss_weights": tuple(stored["training"]["loss_weights"])})
    tuples = {name: tuple(stored[name]) for name in ("features", "groups", "recipe")}
    layout = Layout.from_json(stored["layout"])
    return ModelFacts(**{**stored, **tuples, "layout": layout, "task": task, "training": training})


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
