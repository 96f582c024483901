"""The discriminator as one of the learners that a benchmark trains."""

from dataclasses import fields
from typing import Self

from ...preprocessing import AnyWindows, Windows
from ...signals import InputError
from ..learning.learner import Learner
from ..learning.prediction import Prediction
from .face_images import FaceImages
from .gan_training import GanTraining
from .kept_gan import KeptGan
from .training_loop import train_gan


class GanLearner(Learner):
    """``EmotionGAN`` under the interface of all learners; ``loss="none"`` is the same trunk without a GAN.

    Args:
        settings: Settings of its training.
    """

    kept: KeptGan

    def __init__(self, settings: GanTraining) -> None:
        self.settings, self.name, self.scaling = settings, call_text(settings), "none"
        self.history, self.watched = [], []

    def fit(
        self, train: AnyWindows, valid: AnyWindows | None = None, watched: AnyWindows | None = None, seed: int = 0
    ) -> Self:
        """Train for a fixed number of epochs; nothing is chosen by validation."""
        if valid is not None or watched is not None:
            raise InputError("gan", "windows to validate on or to watch", "a fixed number of epochs", "leave them out")
        self.kept = train_gan(_one_series(train), self.settings, seed=seed)
        self.history = [{"train/loss": row["labels"], **row} for row in self.kept.facts.history]
        self.n_parameters = sum(p.numel() for p in self.kept.model.discriminator.parameters())
        return self

    def predict(self, windows: AnyWindows) -> Prediction:
        """Predictions of the label heads."""
        return self.kept.model.predict(FaceImages(_one_series(windows), self.settings.size)())


def call_text(settings: GanTraining) -> str:
    """The settings as one would type them, those at their defaults left out."""
    arguments = []
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name != "predicts" and value != field.default:  # a table names what is predicted by itself
            arguments.append(f"{field.name}={value!r}")
    return f"EmotionGAN({', '.join(arguments)})"


def _one_series(windows: AnyWindows) -> Windows:
    if not isinstance(windows, Windows):
        raise InputError("gan", "windows of several series", "the faces alone", "name one series")
    return windows
