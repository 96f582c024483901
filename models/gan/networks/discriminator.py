"""From a face to what it shows, and whether it is real."""

from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ....signals import Task
from ...joins.join import Heads, Outputs
from .generator import FIRST, stages


class Judged(NamedTuple):
    """Outputs for B images: logits (B,), high for real; the label heads; features (B, width)."""

    real: Tensor
    labels: Outputs
    features: Tensor


class Discriminator(nn.Module):
    """One trunk phi for two questions: is it real, and what does it show. (B, 1, size, size) -> ``Judged``.

    Every layer of the trunk and the adversarial head is spectrally normalised (arXiv 1802.05957); the label heads are
    plain linear layers on the same features.

    Args:
        task: The truths that the label heads predict.
        size: Side of the images.
        width: Channels of the first map; each halving doubles them, up to four times.
        features: Numbers that phi gives.
    """

    def __init__(self, task: Task, size: int, width: int, features: int = 128) -> None:
        super().__init__()
        channels = [1] + [width * 2 ** min(k, 2) for k in range(stages(size))]
        halvings: list[nn.Module] = []
        for before, after in pairwise(channels):
            convolution = spectral_norm(nn.Conv2d(before, after, 4, stride=2, padding=1))
            halvings.append(nn.Sequential(convolution, nn.LeakyReLU(0.2)))
        last = spectral_norm(nn.Linear(channels[-1] * FIRST**2, features))
        self.trunk = nn.Sequential(*halvings, nn.Flatten(), last, nn.LeakyReLU(0.2))
        self.adversarial = spectral_norm(nn.Linear(features, 1))
        self.heads = Heads(features, task)

    def forward(self, images: Tensor) -> Judged:
        """(B, 1, size, size) in [-1, 1] -> whether they seem real, labels, features."""
        features: Tensor = self.trunk(images)
        return Judged(self.adversarial(features)[:, 0], self.heads(features), features)

    def labels(self, images: Tensor) -> Outputs:
        """(B, 1, size, size) -> logits of categories, dimensions, logits of units."""
        outputs: Outputs = self.heads(self.trunk(images))
        return outputs
