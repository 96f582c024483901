"""One network, trained on windows by Lightning."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pytorch_lightning as lightning
import torch
from torch import Tensor

from ...preprocessing import AnyWindows, Windows
from ...signals import InputError, Layout, Task
from ...signals.random_streams import RandomStream
from ..backbones.backbone import Backbone
from ..joins.join import Join, JoinInput
from ..training.augmentations import Augmentation, augmentation
from ..training.balancing import balanced
from ..training.data import Batch, VolumeData, make_batch, unlabelled_batch
from ..training.device_group import Place, trained_together
from ..training.emotion_model import EmotionModel
from ..training.hardware import hardware_of, lightning_trainer, quiet
from ..training.scaling import Scaling
from ..training.training import Training
from .learner import Learner, check_labels
from .prediction import Prediction

BuildBackbone = Callable[[Layout, int, int], Backbone]


class NetworkLearner(Learner):
    """A backbone under its heads, trained by Lightning.

    Args:
        build: Builds the backbone from (layout, n_features, n_slices).
        name: Its name in tables.
        scaling: A name in ``SCALINGS``.
        training: Settings of its training.
    """

    def __init__(self, build: BuildBackbone, name: str, scaling: str, training: Training) -> None:
        self.build, self.name, self.scaling, self.training = build, name, scaling, training
        self.predicts = training.predicts
        builder = getattr(build, "func", build)  # of a partial; and of a preset, which is a class method, its class
        self.reads_samples = bool(getattr(getattr(builder, "__self__", builder), "reads_samples", False))
        self.history, self.watched = [], []

    model: EmotionModel
    fitted_scaling: Mapping[str, Scaling]
    trained_on: tuple[tuple[str, str, int], ...]

    def fit(
        self, train: AnyWindows, valid: AnyWindows | None = None, watched: AnyWindows | None = None, seed: int = 0
    ) -> Self:
        """Train from the start. Equal data and seed give equal bits for one machine, its devices and thread count."""
        check_labels(train, train.cache.task.only(self.training.predicts))
        self.trained_on = _trials(train, valid)
        hardware = hardware_of(self.training)
        with torch.random.fork_rng(), quiet():
            train = balanced(train, self.training.balance, seed)
            self.model = self._new_model(train, seed)
            data = self._data(train, valid, seed)
            hardware.check_network(self.name, self.model)
            self.fitted_scaling = data.scaling
            if hardware.devices > 1:
                together = _OnDevices(self._untrained(), data, watched, seed)
                trained = trained_together(together, hardware.devices)
            else:
                trained = self._train(data, watched)
        self.model.load_state_dict(trained.state)
        self.history, self.watched = trained.rows, trained.predictions
        self.model.float().eval()  # as it is stored, in whatever precision it was trained
        self.n_parameters = sum(p.numel() for p in self.model.parameters() if p.requires_grad)
        return self

    def _new_model(self, train: AnyWindows, seed: int) -> EmotionModel:
        """The network before its training."""
        torch.manual_seed(seed)
        backbones, join = self.assemble({name: _volume(series) for name, series in train.parts.items()})
        task = train.cache.task.only(self.training.predicts)
        weight = class_weight(train.category, task) if self.training.balance == "weights" else None
        return EmotionModel(backbones, task, self.training, join=join, class_weight=weight)

    def _data(self, train: AnyWindows, valid: AnyWindows | None, seed: int) -> VolumeData:
        """The windows as batches, scaled as the networks need them."""
        settings = self.training
        return VolumeData(
            train,
            valid,
            scaling=self.scaling,
            by_site=[name for name, network in self.model.backbones.items() if network.reads_samples],
            batch_size=settings.batch_size,
            seed=seed,
            change=_changes(settings.augmentation, train.parts),
            by_category=settings.balance == "sampler",
            reads=self.model.join.inputs,
        )

    def _train(self, data: VolumeData, watched: AnyWindows | None, place: Place | None = None) -> "_Trained":
        """Train the model here, or this process's part of it."""
        log = _EpochLog(self, data.valid is not None, watched)
        trainer = lightning_trainer(self.training, log, place=place)
        with place.joined(trainer.strategy.root_device) if place else nullcontext():
            trainer.fit(self.model, datamodule=data)
        return _Trained(log.best_state or self.model.state_dict(), log.rows, log.predictions)

    def _untrained(self) -> Self:
        """The same settings without a model: networks of some kinds cannot be sent to another process."""
        untrained = copy(self)
        del untrained.model
        return untrained

    def assemble(self, volumes: Mapping[str, JoinInput]) -> tuple[dict[str, Backbone], Join | None]:
        """The networks of the modalities and their join; None for one modality.

        Raises:
            InputError: There are several, and nothing that joins them.
        """
        if len(volumes) > 1:
            found = f"{self.name} and the series {' and '.join(volumes)}"
            raise InputError("model", found, "a join, as in Gated(), or one series", "name one of the two")
        ((name, volume),) = volumes.items()
        return {name: self.build(volume.layout, volume.n_features, volume.n_slices)}, None

    def check_series(self, windows: AnyWindows) -> None:
        """Refuse what the network cannot be built for, or fails on: it is tried on a batch of zeros."""
        volumes = {name: _volume(series) for name, series in windows.parts.items()}
        _changes(self.training.augmentation, windows.parts)
        hardware = hardware_of(self.training)
        with torch.random.fork_rng(), quiet():
            backbones, join = self.assemble(volumes)
            _check_kinds(self.name, backbones, windows)
            task = windows.cache.task.only(self.predicts)
            model = EmotionModel(backbones, task, self.training, join=join).eval()
            hardware.check_network(self.name, model)
            try:
                with torch.inference_mode():
                    model(_zeros(volumes))
            except Exception as error:  # a network from elsewhere can fail in any way
                found = f"a network that fails on {_description(volumes)}: {str(error).splitlines()[0]}"
                raise InputError(self.name, found, "one that reads them", "use other windows or networks") from error

    def check_truth(self, train: AnyWindows, seeds: Sequence[int] = (0,)) -> None:
        """Refuse truths that cannot teach all parts, before and after balancing."""
        super().check_truth(train, seeds)
        for seed in seeds:
            super().check_truth(balanced(train, self.training.balance, seed), ())

    def predict(self, windows: AnyWindows) -> Prediction:
        """Predictions for ``windows``, scaled as in training."""
        return predict_windows(self.model, self.fitted_scaling, windows)


def _changes(name: str, parts: Mapping[str, Windows]) -> dict[str, Augmentation]:
    """Augmentation by modality: of several, those that are images are changed; ``"auto"`` changes nothing else."""
    images = [modality for modality, series in parts.items() if series.layout.pixels]
    if name == "none" or (name == "auto" and not images):
        return {}
    return dict.fromkeys(images or parts, augmentation(name))


def _trials(*sets: AnyWindows | None) -> tuple[tuple[str, str, int], ...]:
    """Subject, session and trial of all windows in ``sets``, each once."""
    trials: dict[tuple[str, str, int], None] = {}
    for windows in sets:
        if windows is not None:
            columns = windows.columns
            for row in zip(columns["subject"], columns["session"], columns["trial"], strict=True):
                trials[str(row[0]), str(row[1]), int(row[2])] = None
    return tuple(trials)


def _volume(series: Windows) -> JoinInput:
    """The size of one series: (B, T, S, F)."""
    return JoinInput(series.layout, series.n_features, series.n_slices, series.n_features)


def _check_kinds(name: str, networks: Mapping[str, Backbone], windows: AnyWindows) -> None:
    """Refuse computed features where a network reads samples; of arrays nobody knows more than who named the series."""
    cache = windows.cache
    for series, network in networks.items():
        kind = cache.facts(series).kind
        if network.reads_samples and kind != "samples" and (kind == "pixels" or cache.recipe[series]):
            others = ", ".join(cache.sample_series) or "none here"
            wanted = f"samples, as RawSlices() makes them (series of samples: {others})"
            raise InputError(name, f"the series {series}, which holds {kind}", wanted, "name another with --modality")


def _zeros(volumes: Mapping[str, JoinInput], count: int = 2) -> Batch:
    """A batch of ``count`` windows in which nothing happens."""
    x, valid = {}, {}
    for name, volume in volumes.items():
        x[name] = np.zeros((count, volume.n_slices, len(volume.layout), volume.n_features), np.float32)
        valid[name] = np.ones((count, volume.n_slices), bool)
    return unlabelled_batch(x, valid)


def _description(volumes: Mapping[str, JoinInput]) -> str:
    descriptions = []
    for name, volume in volumes.items():
        descriptions.append(f"{volume.n_slices} slices of {len(volume.layout)} sites × {volume.n_features} ({name})")
    return " and ".join(descriptions)


def predict_windows(
    model: EmotionModel, scaling: Mapping[str, Scaling], windows: AnyWindows, block: int = 256
) -> Prediction:
    """Predictions of ``model`` for ``windows``, ``block`` at a time."""
    return predict_batches(model, (make_batch(windows, scaling, which) for which in windows.blocks(block)))


def predict_batches(model: EmotionModel, batches: Iterable[Batch]) -> Prediction:
    """Predictions of ``model`` for ``batches``, one after the other."""
    outputs: list[tuple[Tensor, Tensor, Tensor]] = []
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        for batch in batches:
            category, dimensions, units = model(batch.to(model.device, model.dtype))
            outputs.append((category.softmax(1), dimensions, units.sigmoid()))
    model.train(was_training)
    columns = zip(*outputs, strict=True)
    probability, dimensions, units = (torch.cat(blocks).double().cpu().numpy() for blocks in columns)
    return Prediction(probability, model.task.rated(dimensions), units)


def class_weight(category: np.ndarray, task: Task) -> Tensor | None:
    """(C,) weights by which every category present counts alike: N / (number present * N of the category)."""
    if not task.categories:
        return None
    counts = np.bincount(category[category >= 0], minlength=len(task.categories))
    present = counts > 0
    weight = np.where(present, counts.sum() / np.maximum(counts * present.sum(), 1), 0.0)
    return torch.tensor(weight, dtype=torch.float32)


@dataclass(frozen=True)
class _Trained:
    """What a training leaves: the state that was chosen, the numbers of each epoch, predictions of watched windows."""

    state: Mapping[str, Tensor]
    rows: list[dict[str, float]]
    predictions: list[Prediction]


@dataclass(frozen=True, eq=False)
class _OnDevices:
    """One training, as each of several processes runs it: equal seeds give each the same network and batches."""

    learner: NetworkLearner
    data: VolumeData
    watched: AnyWindows | None
    seed: int

    def __call__(self, place: Place) -> _Trained:
        learner, data = self.learner, self.data
        with torch.random.fork_rng(), quiet():
            learner.model = learner._new_model(data.train, self.seed)
            learner.fitted_scaling = data.scaling
            data.device = (place.number, place.count)
            if place.number:  # dropout drawn as on the first device would be the same for windows of each
                torch.manual_seed(int(RandomStream.DEVICE.rng(self.seed, place.number).integers(2**31)))
            trained = learner._train(data, None if place.number else self.watched, place)
        return replace(trained, state={name: values.cpu() for name, values in trained.state.items()})


class _EpochLog(lightning.Callback):
    """Notes each epoch's numbers, remembers the best state by validation, and predicts the watched windows."""

    def __init__(self, learner: NetworkLearner, validates: bool, watched: AnyWindows | None) -> None:
        self.learner, self.validates, self.watched = learner, validates, watched
        self.rows: list[dict[str, float]] = []
        self.predictions: list[Prediction] = []
        self.best_state: dict[str, Any] | None = None
        self._best = -np.inf

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """After validation, which Lightning runs inside the epoch."""
        row = {name: float(value) for name, value in trainer.callback_metrics.items()}
        self.rows.append(row)
        if self.validates:
            self._remember_best(row, pl_module)
        if self.watched is not None and len(self.watched):
            self.predictions.append(self.learner.predict(self.watched))

    def _remember_best(self, row: dict[str, float], model: lightning.LightningModule) -> None:
        score = row.get("valid/balanced_accuracy", -row["valid/loss"])  # without categories: the least loss
        if score > self._best:
            self._best, self.best_state = score, deepcopy(model.state_dict())
