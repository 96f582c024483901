"""From noise and labels to a face."""

from itertools import pairwise

import torch
from torch import Tensor, nn

FIRST = 4
"""Side of the smallest map, in pixels."""


def stages(size: int) -> int:
    """The number of doublings from a map of ``FIRST`` pixels to ``size``."""
    return (size // FIRST).bit_length() - 1


class Generator(nn.Module):
    """Noise (B, noise) and a condition (B, condition) -> gray images (B, 1, size, size) in [-1, 1].

    Transposed convolutions double a map of 4 x 4 until it has the image's size. The vector of noise and condition sets
    scale and shift of every stage as well (arXiv 1810.01365), so labels act on coarse and fine structure alike.

    Args:
        size: Side of the image, a power of two.
        noise, condition: Numbers of noise, and of the labels' condition (0 for noise only).
        width: Channels of the largest map.
    """

    def __init__(self, size: int, noise: int, condition: int, width: int) -> None:
        super().__init__()
        inputs, count = noise + condition, stages(size)
        channels = [width * 2 ** min(count - 1 - k, 2) for k in range(count)] + [max(width // 2, 8)]
        self.noise = noise
        self.first = nn.Linear(inputs, channels[0] * FIRST**2)
        self.blocks = nn.ModuleList([_Up(before, after, inputs) for before, after in pairwise(channels)])
        self.last = nn.Conv2d(channels[-1], 1, 3, padding=1)

    def forward(self, noise: Tensor, condition: Tensor) -> Tensor:
        """(B, noise), (B, condition) -> (B, 1, size, size)."""
        inputs = torch.cat([noise, condition], dim=1)
        x: Tensor = self.first(inputs).view(len(inputs), -1, FIRST, FIRST)
        for block in self.blocks:
            x = block(x, inputs)
        image: Tensor = self.last(x).tanh()
        return image


class _Up(nn.Module):
    """A map of double size, normalised in groups of channels, scaled and shifted as the vector of inputs says."""

    def __init__(self, before: int, after: int, inputs: int) -> None:
        super().__init__()
        self.grow = nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False)
        self.norm = nn.GroupNorm(4, after, affine=False)
        self.modulation = nn.Linear(inputs, 2 * after)
        nn.init.normal_(self.modulation.weight, std=0.05)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x: Tensor, inputs: Tensor) -> Tensor:
        scale, shift = self.modulation(inputs)[:, :, None, None].chunk(2, dim=1)
        grown: Tensor = torch.nn.functional.leaky_relu(self.norm(self.grow(x)) * (1 + scale) + shift, 0.2)
        return grown
