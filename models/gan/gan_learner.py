"""The discriminator as one of the things that a benchmark trains."""

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
        settings: How it is trained.
    """

    kept: KeptGan

    def __init__(self, settings: GanTraining) -> None:
        self.settings, self.name, self.scaling = settings, written(settings), "none"
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
        """What the label heads say."""
        return self.kept.model.predict(FaceImages(_one_series(windows), self.settings.size)())


def written(settings: GanTraining) -> str:
    """The settings as one would type them, those at their defaults left out."""
    usual = GanTraining()
    own = {field.name: getattr(settings, field.name) for field in fields(settings) if field.name != "predicts"}
    told = [f"{name}={value!r}" for name, value in own.items() if value != getattr(usual, name)]
    return f"EmotionGAN({', '.join(told)})"


def _one_series(windows: AnyWindows) -> Windows:
    if not isinstance(windows, Windows):
        raise InputError("gan", "windows of several series", "the faces alone", "name one series")
    return windows
