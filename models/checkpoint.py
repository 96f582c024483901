"""A trained model on disk: tensors in one file, facts in another, nothing that could run."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from ..preprocessing import Cache
from ..signals import InputError, Layout, Task
from .backbone import Backbone
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
        trained_on: Subject, session and trial of all that it has learned from.
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
    trained_on: tuple[tuple[str, str, int], ...]


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
        cache.duration(modality), learner.model.task, learner.training, learner.scaling, learner.fitted_scaling.groups,
        tuple(cache.recipe[modality]), cache.dataset, cache.simulated, learner.trained_on,
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
    stored = {**asdict(model.facts), "layout": model.facts.layout.to_json()}
    part = folder / f"{FACTS}.part"
    part.write_text(json.dumps({**stored, "sha256": _digest(stored, folder / TENSORS)}, indent=1) + "\n")
    os.replace(part, folder / FACTS)
    return folder


def load_model(folder: str | Path) -> TrainedModel:
    """Read what ``save_model`` wrote; loads tensors only.

    Raises:
        InputError: No model is there, a byte changed, or the tensors do not fit the network.
    """
    folder = Path(folder)
    stored = _read_facts(folder)
    if stored.pop("sha256", "") != _digest(stored, folder / TENSORS):
        raise InputError(folder, "bytes that differ from those saved", "both files as saved", "train it again")
    facts = _facts(folder, stored)
    tensors = _read_tensors(folder / TENSORS)
    model = EmotionModel({facts.modality: _backbone(facts)}, facts.task, facts.training)
    try:
        scale = {name: tensors.pop(f"scaling.{name}").numpy() for name in ("mean", "deviation")}
        model.load_state_dict({name.removeprefix("model."): value for name, value in tensors.items()})
    except (RuntimeError, KeyError) as error:
        raise InputError(folder, str(error), f"tensors of {facts.backbone}", "train it again") from error
    return TrainedModel(model.eval(), Scaling(facts.scaling, facts.groups, **scale), facts)


def model_digest(folder: str | Path) -> str:
    """SHA-256 over the facts and tensors of a kept model, as it was saved.

    Raises:
        InputError: No model is there.
    """
    return str(_read_facts(Path(folder)).get("sha256", ""))


def _read_facts(folder: Path) -> dict[str, Any]:
    try:
        stored: dict[str, Any] = dict(json.loads((folder / FACTS).read_text()))
        (folder / TENSORS).stat()
    except (OSError, TypeError, ValueError) as error:
        wanted = f"{FACTS} and {TENSORS} of a trained model"
        raise InputError(folder, f"no model ({error})", wanted, "name the folder that emo-train fit wrote") from error
    return stored


def _read_tensors(path: Path) -> dict[str, torch.Tensor]:
    try:
        tensors: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle raises whatever it likes
        reason = [*str(error).splitlines(), type(error).__name__][0]
        raise InputError(path, f"something that is not tensors ({reason})", "tensors only", "train it again") from error
    if not isinstance(tensors, dict) or not all(isinstance(value, torch.Tensor) for value in tensors.values()):
        raise InputError(path, f"a {type(tensors).__name__}", "tensors by name", "train it again")
    return tensors


def _backbone(facts: ModelFacts) -> Backbone:
    """The network that the facts name; nothing but a backbone is ever called."""
    thing = BACKBONES.split(facts.backbone)[0]
    if not (isinstance(thing, type) and issubclass(thing, Backbone)):
        raise InputError(f"backbone {facts.backbone!r}", "something else", "a Backbone", "train it again")
    backbone: Backbone = BACKBONES.build(facts.backbone, facts.layout, len(facts.features), facts.n_slices)
    return backbone


def _facts(folder: Path, stored: Mapping[str, Any]) -> ModelFacts:
    try:
        task = Task(**{part: tuple(names) for part, names in stored["task"].items()})
        training = Training(**{**stored["training"], "loss_weights": tuple(stored["training"]["loss_weights"])})
        tuples: dict[str, Any] = {name: tuple(stored[name]) for name in ("features", "groups", "recipe")}
        tuples["trained_on"] = tuple((subject, session, trial) for subject, session, trial in stored["trained_on"])
        layout = Layout.from_json(stored["layout"])
        return ModelFacts(**{**stored, **tuples, "layout": layout, "task": task, "training": training})
    except (KeyError, TypeError) as error:
        wanted = "the facts that this version writes"
        raise InputError(folder / FACTS, f"{type(error).__name__}: {error}", wanted, "train it again") from error


def _digest(facts: Mapping[str, Any], tensors: Path) -> str:
    """One digest over the facts and the file of tensors."""
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    digest.update(tensors.read_bytes())
    return digest.hexdigest()
