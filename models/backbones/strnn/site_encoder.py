"""A small network that reads every site alike, before anything walks from site to site."""

import torch
from torch import Tensor, nn

from ....signals import Layout

_SMALLEST = 4
"""Side in pixels from which a patch is read by a convolution."""


class SiteEncoder(nn.Module):
    """(N, S, F) -> (N, S, width), the same weights for every site.

    Patches of pixels go through a 3 x 3 convolution of eight channels, halved, and one layer; other features through
    the layer alone.

    Args:
        layout, n_features: S sites, F features.
        width: Features of a site afterwards.
    """

    def __init__(self, layout: Layout, n_features: int, width: int) -> None:
        super().__init__()
        pixels = layout.pixels
        self.patch = pixels.size if pixels and min(pixels.size) >= _SMALLEST else None
        reads: list[nn.Module] = []
        if self.patch:
            reads = [nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
        self.body = nn.Sequential(*reads, nn.LazyLinear(width), nn.ReLU())
        with torch.no_grad():
            self(torch.zeros(1, len(layout), n_features))

    def forward(self, x: Tensor) -> Tensor:
        """(N, S, F) -> (N, S, width)."""
        each = x.reshape(-1, 1, *self.patch) if self.patch else x.flatten(0, 1)
        encoded: Tensor = self.body(each).view(*x.shape[:2], -1)
        return encoded
