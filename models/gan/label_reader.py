"""A network of another kind that learned from real faces only, and reads labels from generated faces."""

from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from ...preprocessing import Windows
from ...signals import Layout
from ..learning.learners import make_learner
from ..learning.network_learner import predict_batches
from ..learning.prediction import Prediction
from ..training.data import Batch, unlabelled_batch
from ..training.emotion_model import EmotionModel
from ..training.scaling import Scaling
from ..training.training import Training
from .face_images import as_windows

READER = "CNNRNN(cell='none')"
"""Unlike the discriminator: maxima instead of strides, batch norms, AdamW, changed images; scaled pixel by pixel."""

SEED = 1_000
"""Added to the GAN's seed, so that nothing is drawn alike."""

_BLOCK = 256


@dataclass(frozen=True, eq=False)
class LabelReader:
    """Predictions of such a network for any faces, and its features of them.

    Args:
        model: Trained on real training faces, never on generated ones.
        scaling: Of its input.
        layout: Of the patches that images are cut into.
        modality: Name of its series.
    """

    model: EmotionModel
    scaling: Scaling
    layout: Layout
    modality: str

    @classmethod
    def trained(cls, real: Windows, predicts: str, seed: int = 0, epochs: int = 20) -> "LabelReader":
        """Learn ``predicts`` from real training faces."""
        training = Training(epochs=epochs, predicts=predicts, balance="none")
        learned = make_learner(READER, **asdict(training)).fit(real, seed=SEED + seed)
        scaling: Scaling = learned.fitted_scaling[real.modality]  # type: ignore[attr-defined]
        model: EmotionModel = learned.model  # type: ignore[attr-defined]
        return cls(model, scaling, real.layout, real.modality)

    def read(self, images: Tensor) -> Prediction:
        """Predictions for faces (N, 1, size, size) in [-1, 1]."""
        return predict_batches(self.model, (self._batch(block) for block in torch.split(images, _BLOCK)))

    def features(self, images: Tensor) -> np.ndarray:
        """(N, width) float64, the input of its heads."""
        vectors = []
        with torch.inference_mode():
            for block in torch.split(images, _BLOCK):
                values, _ = self.model.parts(self._batch(block))
                vectors.append(values[self.modality])
        return np.asarray(torch.cat(vectors).double().numpy())

    def _batch(self, images: Tensor) -> Batch:
        x = as_windows(images, self.layout)
        x = (x - self.scaling.mean[0]) / self.scaling.deviation[0]
        return unlabelled_batch({self.modality: x}, {self.modality: np.ones(x.shape[:2], bool)})
