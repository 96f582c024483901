"""A trained model on disk: tensors in one file, facts in another, nothing that could run."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from ...preprocessing import Cache
from ...preprocessing.steps.recipe import check_stored_steps
from ...signals import InputError, Layout, Task
from ...signals.plug_point import Allow
from ...signals.stored_json import parsed_json
from ..backbones.backbone import Backbone
from ..joins.join import Join, JoinInput
from ..training.augmentations import AUGMENTATIONS
from ..training.emotion_model import EmotionModel
from ..training.scaling import Scaling
from ..training.training import Training
from .learners import make_learner
from .network_learner import NetworkLearner

TENSORS, FACTS = "model.pt", "model.json"
_MOMENTS = ("mean", "deviation")


@dataclass(frozen=True)
class ModelSeries:
    """What a model reads of one series.

    Args:
        layout, features, n_slices, duration: Sites, feature names, T and seconds a slice of its input.
        recipe: The steps that make its input, as text.
        groups: Whom its scaling knows (see ``Scaling``).
    """

    layout: Layout
    features: tuple[str, ...]
    n_slices: int
    duration: float
    recipe: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class ModelFacts:
    """What must be known to use a trained model again.

    Args:
        model: As one would type it, such as ``"STRNN(hidden=20)"``.
        series: What it reads, by series.
        task, training: What it predicts and how it was trained.
        scaling: How features are scaled (a name in ``SCALINGS``).
        dataset: What it was trained on.
        simulated: Whether that was simulated.
        trained_on: Subject, session and trial of all that it has learned from.
        classes: How its categories follow from ratings, as in ``"valence > 4.8"``; empty where they are the data's own.
    """

    model: str
    series: Mapping[str, ModelSeries]
    task: Task
    training: Training
    scaling: str
    dataset: str
    simulated: bool
    trained_on: tuple[tuple[str, str, int], ...]
    classes: str = ""

    @property
    def window(self) -> float:
        """Seconds of a window."""
        return max(facts.n_slices * facts.duration for facts in self.series.values())


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A model, the scaling of its input by series, and the facts about both."""

    model: EmotionModel
    scaling: Mapping[str, Scaling]
    facts: ModelFacts


def as_trained_model(learned: NetworkLearner, cache: Cache) -> TrainedModel:
    """What ``learned`` has learned from ``cache``, with the facts that go with it."""
    series = {
        name: ModelSeries(
            layout=given.layout,
            features=cache.features(name),
            n_slices=given.n_slices,
            duration=cache.duration(name),
            recipe=tuple(cache.recipe[name]),
            groups=learned.fitted_scaling[name].groups,
        )
        for name, given in learned.model.join.inputs.items()
    }
    facts = ModelFacts(
        model=learned.name,
        series=series,
        task=learned.model.task,
        training=learned.training,
        scaling=learned.scaling,
        dataset=cache.dataset,
        simulated=cache.simulated,
        trained_on=learned.trained_on,
        classes=cache.classes,
    )
    return TrainedModel(learned.model, learned.fitted_scaling, facts)


def save_model(model: TrainedModel, folder: str | Path) -> Path:
    """Write the model into ``folder``, tensors first, facts with their digest last; an unfinished one never loads."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"model.{name}": value for name, value in model.model.state_dict().items()}
    for series, scaling in model.scaling.items():
        tensors |= {f"scaling.{series}.{name}": torch.tensor(getattr(scaling, name)) for name in _MOMENTS}
    part = folder / f"{TENSORS}.part"
    torch.save(tensors, part)
    os.replace(part, folder / TENSORS)
    layouts = {name: facts.layout.to_json() for name, facts in model.facts.series.items()}
    stored = {**asdict(model.facts), "task": model.facts.task.to_json(), "training": model.facts.training.to_json()}
    if not model.facts.classes:  # left out as in models of old
        del stored["classes"]
    for name, layout in layouts.items():
        stored["series"][name]["layout"] = layout
    part = folder / f"{FACTS}.part"
    part.write_text(json.dumps({**stored, "sha256": kept_digest(stored, folder / TENSORS)}, indent=1) + "\n")
    os.replace(part, folder / FACTS)
    return folder


def load_model(folder: str | Path, allow: Sequence[str] = ()) -> TrainedModel:
    """Read what ``save_model`` wrote; loads tensors only, and builds nothing but networks.

    Args:
        folder: Where it lies.
        allow: Packages whose networks its text may name beside those of emoscan, as in ``("mylab",)``.

    Raises:
        InputError: No model is there, a byte changed, it names something else, or the tensors do not fit the network.
    """
    folder = Path(folder)
    stored = _read_facts(folder)
    if stored.pop("sha256", "") != kept_digest(stored, folder / TENSORS):
        raise InputError(folder, "bytes that differ from those saved", "both files as saved", "train it again")
    facts = _facts(folder, stored)
    tensors = read_tensors(folder / TENSORS)
    model = _built(folder, facts, allow)
    try:
        scaling = {
            name: Scaling(facts.scaling, own.groups, *(tensors.pop(f"scaling.{name}.{m}").numpy() for m in _MOMENTS))
            for name, own in facts.series.items()
        }
        model.load_state_dict({name.removeprefix("model."): value for name, value in tensors.items()})
    except (RuntimeError, KeyError, TypeError) as error:
        raise InputError(folder, str(error), f"tensors of {facts.model}", "train it again") from error
    return TrainedModel(model.eval(), scaling, facts)


def model_digest(folder: str | Path) -> str:
    """SHA-256 over the facts and tensors of a kept model, as it was saved.

    Raises:
        InputError: No model is there.
    """
    return str(_read_facts(Path(folder)).get("sha256", ""))


def _read_facts(folder: Path) -> dict[str, Any]:
    try:
        stored: dict[str, Any] = dict(parsed_json((folder / FACTS).read_text()))
        (folder / TENSORS).stat()
    except (OSError, TypeError, ValueError) as error:
        wanted = f"{FACTS} and {TENSORS} of a trained model"
        raise InputError(folder, f"no model ({error})", wanted, "name the folder that emo-train fit wrote") from error
    return stored


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a file, by name; nothing in it is run.

    Raises:
        InputError: It is damaged, or holds anything else.
    """
    try:
        tensors: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle raises whatever it likes
        reason = [*str(error).splitlines(), type(error).__name__][0]
        raise InputError(path, f"something that is not tensors ({reason})", "tensors only", "train it again") from error
    if not isinstance(tensors, dict) or not all(isinstance(value, torch.Tensor) for value in tensors.values()):
        raise InputError(path, f"a {type(tensors).__name__}", "tensors by name", "train it again")
    return tensors


def networks_of(facts: ModelFacts, allow: Allow = ()) -> tuple[dict[str, Backbone], Join | None]:
    """What the facts name, built anew: networks and joins of emoscan, and of the packages allowed.

    Raises:
        InputError: They name something else.
    """
    volumes = {
        name: JoinInput(own.layout, len(own.features), own.n_slices, len(own.features))
        for name, own in facts.series.items()
    }
    built = make_learner(facts.model, allow=allow)
    if not isinstance(built, NetworkLearner):
        raise InputError(f"model {facts.model!r}", "no network", "a Backbone or a Join", "train it again")
    return built.assemble(volumes)


def _built(folder: Path, facts: ModelFacts, allow: Allow) -> EmotionModel:
    try:
        backbones, join = networks_of(facts, allow)
        return EmotionModel(backbones, facts.task, facts.training, join=join)
    except InputError:
        raise
    except Exception as error:  # what literals make of a network's constructor is not known
        found = f"{type(error).__name__}: {error}"
        raise InputError(folder, found, f"settings that {facts.model} takes", "train it again") from error


def _facts(folder: Path, stored: Mapping[str, Any]) -> ModelFacts:
    try:
        series = {name: _series(own, folder / FACTS) for name, own in stored["series"].items()}
        task = Task.from_json(stored["task"])
        training = Training(**{**stored["training"], "loss_weights": tuple(stored["training"]["loss_weights"])})
        AUGMENTATIONS.check_stored(training.augmentation, folder / FACTS)
        trained_on = tuple((subject, session, trial) for subject, session, trial in stored["trained_on"])
        return ModelFacts(**{**stored, "series": series, "task": task, "training": training, "trained_on": trained_on})
    except InputError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        wanted = "the facts that this version writes"
        raise InputError(folder / FACTS, f"{type(error).__name__}: {error}", wanted, "train it again") from error


def _series(stored: Mapping[str, Any], file: Path) -> ModelSeries:
    tuples = {name: tuple(stored[name]) for name in ("features", "groups")}
    tuples["recipe"] = check_stored_steps(stored["recipe"], file)
    return ModelSeries(**{**stored, **tuples, "layout": Layout.from_json(stored["layout"])})


def kept_digest(facts: Mapping[str, Any], tensors: Path) -> str:
    """One digest over the facts and the file of tensors."""
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    digest.update(tensors.read_bytes())
    return digest.hexdigest()
