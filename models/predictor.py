"""From a raw recording to a timeline of predictions, with a trained model."""

from pathlib import Path

import numpy as np

from ..preprocessing import apply, read_recipe
from ..signals import Electrodes, InputError, Target, Trial, Volume, open_recording
from .checkpoint import TrainedModel, load_model
from .data import unlabelled_batch
from .network import predict_batches
from .scaling import own_scaling
from .timeline import Timeline


class Predictor:
    """A trained model with its recipe and its scaling: raw recording in, timeline of predictions out.

    Args:
        trained: The model; ``Predictor.load(folder)`` reads one from disk.

    Example:
        >>> timeline = Predictor.load("runs/strnn")("recording.edf")    # doctest: +SKIP
    """

    def __init__(self, trained: TrainedModel) -> None:
        self.trained = trained
        facts = trained.facts
        self.recipe = read_recipe({facts.modality: list(facts.recipe)})

    @classmethod
    def load(cls, folder: str | Path) -> "Predictor":
        """The predictor of a folder that ``emo-train fit`` wrote.

        Raises:
            InputError: No model is there, or its bytes changed.
        """
        return cls(load_model(folder))

    def __call__(self, recording: str | Path | Electrodes) -> Timeline:
        """Predict along ``recording``: one window for each slice, from the first whole window on.

        A model with ``subject`` scaling uses the mean and deviation of this recording's own slices.

        Raises:
            InputError: The recording lacks a channel of the model's layout, is shorter than a window, or nothing in it
                is valid.
        """
        facts = self.trained.facts
        stream = recording if isinstance(recording, Electrodes) else open_recording(Path(recording), facts.layout)
        volume = self._volume(stream)
        return self._timeline(volume, str(stream.source))

    def _volume(self, stream: Electrodes) -> Volume:
        facts = self.trained.facts
        trial = Trial("", "", 1, "", {facts.modality.split("-")[0]: stream}, Target())
        volume = apply(self.recipe, trial)[facts.modality]
        if volume.layout.sites != facts.layout.sites or volume.features != facts.features:
            raise InputError(
                stream.source, f"{volume.layout!r} with {len(volume.features)} features",
                f"{facts.layout!r} with {len(facts.features)}", "use the model that was trained on this layout",
            )
        if len(volume.times) < facts.n_slices:
            raise InputError(
                stream.source, f"{len(volume.times)} slices", f"at least {facts.n_slices}, one window",
                "give a longer recording",
            )
        if not volume.valid.any():
            raise InputError(stream.source, "no valid slice", "one or more", "look at its artefacts and flat channels")
        return volume

    def _timeline(self, volume: Volume, source: str) -> Timeline:
        facts = self.trained.facts
        x = self._scaled(volume)
        starts = np.arange(len(volume.times) - facts.n_slices + 1)
        rows = starts[:, None] + np.arange(facts.n_slices)
        blocks = np.array_split(rows, max(len(rows) // 256, 1))
        batches = (unlabelled_batch(facts.modality, x[block], volume.valid[block]) for block in blocks)
        prediction = predict_batches(self.trained.model, batches)
        ends = volume.times[rows[:, -1]] + volume.duration
        return Timeline(ends, prediction, volume.valid[rows].mean(axis=1), facts.task, self._title(volume, source))

    def _title(self, volume: Volume, source: str) -> str:
        facts = self.trained.facts
        simulated = " (trained on simulated data)" if facts.simulated else ""
        scaled = "; scaled by this whole recording" if self.trained.scaling.transductive else ""
        looks_ahead = "" if volume.causal else "; its steps look ahead, so values depend on what comes later"
        return f"{facts.backbone} trained on {facts.dataset}{simulated}, {source}{scaled}{looks_ahead}"

    def _scaled(self, volume: Volume) -> np.ndarray:
        scaling = self.trained.scaling
        if scaling.transductive:
            (backbone,) = self.trained.model.backbones.values()
            scaling = own_scaling(volume.x[volume.valid], backbone.reads_samples)
        return np.asarray((volume.x - scaling.mean[0]) / scaling.deviation[0], np.float32)
