"""A trained model on disk: tensors in one file, facts in another, nothing that could run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from ...preprocessing import Cache
from ...preprocessing.steps.recipe import check_stored_steps
from ...signals import InputError, Layout, StoredCorrupt, Task, Volume
from ...signals.plug_point import Allow
from ...signals.stored_json import StoredForm, as_json, decoded
from ..backbones.backbone import Backbone
from ..joins.join import Join, JoinInput
from ..training.augmentations import AUGMENTATIONS
from ..training.emotion_model import EmotionModel
from ..training.scaling import SCALINGS, Scaling
from ..training.training import Training
from .kept_tensors import KeptTensors
from .learners import make_learner
from .network_learner import NetworkLearner

TENSORS, FACTS = "model.pt", "model.json"
_KEPT = KeptTensors(TENSORS, FACTS, noun="model", made_by="emo-train fit wrote")
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

    def check(self, where: object, volume: Volume, do: str) -> None:
        """Refuse a volume of another kind than the model was trained on.

        Args:
            where: Where the volume comes from.
            volume: What the model would read.
            do: The way on, where sites or features differ.

        Raises:
            InputError: Sites, features or durations differ.
        """
        if volume.layout.sites != self.layout.sites or volume.features != self.features:
            found = f"{volume.layout!r} with {len(volume.features)} features"
            raise InputError(where, found, f"{self.layout!r} with {len(self.features)}", do)
        if abs(volume.duration - self.duration) > 0.01 * self.duration:
            found, wanted = f"slices of {volume.duration:g} s", f"{self.duration:g} s, as in training"
            raise InputError(
                where, found, wanted, "bring it to that rate; for videos put AtRate into the recipe before training"
            )


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
    stored_form: ClassVar = StoredForm(left_out=("classes",))

    @property
    def window(self) -> float:
        """Seconds of a window."""
        return max(facts.n_slices * facts.duration for facts in self.series.values())

    def learned(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """(rows,) whether the model has learned from the trial of each row, by subject, session and trial."""
        known = set(self.trained_on)
        rows = zip(*(columns[name].tolist() for name in ("subject", "session", "trial")), strict=True)
        return np.array([(str(subject), str(session), int(trial)) in known for subject, session, trial in rows], bool)


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
    tensors = {f"model.{name}": value for name, value in model.model.state_dict().items()}
    for series, scaling in model.scaling.items():
        tensors |= {f"scaling.{series}.{name}": torch.tensor(getattr(scaling, name)) for name in _MOMENTS}
    return _KEPT.write(folder, tensors, as_json(model.facts))


def load_model(folder: str | Path, allow: Sequence[str] = ()) -> TrainedModel:
    """Read what ``save_model`` wrote; loads tensors only, and builds nothing but networks.

    Args:
        folder: Where it lies.
        allow: Packages whose networks its text may name beside those of emoscan, as in ``("mylab",)``.

    Raises:
        InputError: No model is there, a byte changed, it names something else, or the tensors do not fit the network.
    """
    folder = Path(folder)
    facts = decoded(ModelFacts, _KEPT.read_facts(folder), folder / FACTS, "train it again", error=StoredCorrupt)
    _check_text(facts, folder / FACTS)
    tensors = _KEPT.read_tensors(folder)
    model = _built(folder, facts, allow)
    try:
        scaling = {name: _scaling(facts, name, tensors) for name in facts.series}
        model.load_state_dict({name.removeprefix("model."): value for name, value in tensors.items()})
    except (RuntimeError, KeyError, TypeError) as error:
        raise StoredCorrupt(folder, str(error), f"tensors of {facts.model}", "train it again") from error
    return TrainedModel(model.eval(), scaling, facts)


def model_digest(folder: str | Path) -> str:
    """SHA-256 over the facts and tensors of a kept model, as it was saved.

    Raises:
        InputError: No model is there.
    """
    return _KEPT.digest(folder)


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


def _scaling(facts: ModelFacts, series: str, tensors: dict[str, torch.Tensor]) -> Scaling:
    """The scaling of a series, whose moments are taken out of ``tensors``.

    Raises:
        KeyError, TypeError: There is no such scaling, or its moments are not those of its groups.
    """
    groups = facts.series[series].groups
    mean, deviation = (tensors.pop(f"scaling.{series}.{moment}").numpy() for moment in _MOMENTS)
    if facts.scaling not in SCALINGS or mean.shape != deviation.shape or mean.shape[:1] != (len(groups),):
        raise TypeError(f"scaling {facts.scaling} of {len(groups)} groups, moments of shape {mean.shape}")
    return Scaling(facts.scaling, groups, mean, deviation)


def _built(folder: Path, facts: ModelFacts, allow: Allow) -> EmotionModel:
    try:
        backbones, join = networks_of(facts, allow)
        return EmotionModel(backbones, facts.task, facts.training, join=join)
    except InputError as error:
        raise InputError(folder / FACTS, f"{error.where}: {error.found}", error.wanted, error.do) from error
    except Exception as error:  # what literals make of a network's constructor is not known
        found = f"{type(error).__name__}: {error}"
        raise InputError(folder, found, f"settings that {facts.model} takes", "train it again") from error


def _check_text(facts: ModelFacts, file: Path) -> None:
    """That the names in a file are names, and nothing to be run."""
    AUGMENTATIONS.check_stored(facts.training.augmentation, file)
    for series in facts.series.values():
        check_stored_steps(series.recipe, file)
