"""Changes of training images that leave their labels true."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn import functional

from ...signals import InputError, Layout, PixelPatches, PlugPoint


@runtime_checkable
class Augmentation(Protocol):
    """Changes a batch of training windows (B, T, S, F), drawing from ``draw`` only; equal draws give equal results."""

    def __call__(self, x: Tensor, layout: Layout, draw: torch.Generator) -> Tensor:
        """(B, T, S, F) -> (B, T, S, F)."""


@dataclass(frozen=True)
class Faces:
    """Turns, sizes, shifts, mirrors, lights and covers faces: one change for a whole window, never frame by frame.

    The defaults are small, since faces come aligned; between corpora that were aligned in different ways, larger ones
    (10 degrees, 0.12, 0.08) pay.

    Args:
        rotation: Largest turn in degrees.
        scale: Largest change of size, as a share.
        shift: Largest shift, as a share of the image's side.
        flip: Probability of a mirror image.
        brightness: Largest change of contrast and of brightness, as a share of the range.
        erase: Probability that a rectangle of up to a quarter of the image is covered by its mean.

    Raises:
        InputError: A number is negative, or a probability above 1.
    """

    rotation: float = 4.0
    scale: float = 0.05
    shift: float = 0.03
    flip: float = 0.5
    brightness: float = 0.1
    erase: float = 0.0

    def __post_init__(self) -> None:
        if min(vars(self).values()) < 0 or max(self.flip, self.erase) > 1 or self.scale >= 1:
            raise InputError("augmentation", repr(self), "numbers from 0, probabilities to 1, scale below 1", "correct")

    def __call__(self, x: Tensor, layout: Layout, draw: torch.Generator) -> Tensor:
        """(B, T, S, F) with pixels 0..1 -> the same, changed.

        Raises:
            InputError: The layout has no pixels.
        """
        if layout.pixels is None:
            raise InputError("augmentation Faces", f"layout {layout.name} without pixels", "images", "leave it out")
        images = joined(x, layout.pixels)  # (B, T, height, width)
        images = self._moved(images, draw)
        images = self._lit(images, draw)
        return cut(self._covered(images, draw), layout.pixels)

    def _moved(self, images: Tensor, draw: torch.Generator) -> Tensor:
        n = len(images)
        turn = torch.deg2rad(self.rotation * _spread(n, draw))
        size = 1 + self.scale * _spread(n, draw)
        mirror = torch.where(torch.rand(n, generator=draw) < self.flip, -1.0, 1.0)
        shift = 2 * self.shift * torch.stack([_spread(n, draw), _spread(n, draw)], dim=1)
        cosine, sine = turn.cos() / size, turn.sin() / size
        rows = torch.stack([cosine * mirror, -sine, shift[:, 0], sine * mirror, cosine, shift[:, 1]], dim=1)
        grid = functional.affine_grid(rows.view(n, 2, 3), list(images.shape), align_corners=False)
        return functional.grid_sample(images, grid.to(images), padding_mode="border", align_corners=False)

    def _lit(self, images: Tensor, draw: torch.Generator) -> Tensor:
        contrast = (1 + self.brightness * _spread(len(images), draw))[:, None, None, None]
        light = (self.brightness * _spread(len(images), draw))[:, None, None, None]
        middle = images.mean(dim=(1, 2, 3), keepdim=True)
        return ((images - middle) * contrast + middle + light).clamp(0, 1)

    def _covered(self, images: Tensor, draw: torch.Generator) -> Tensor:
        n, _, height, width = images.shape
        hit = torch.rand(n, generator=draw) < self.erase
        side = 0.2 + 0.3 * torch.rand(n, 2, generator=draw)
        corner = torch.rand(n, 2, generator=draw) * (1 - side)
        rows, columns = torch.arange(height) / height, torch.arange(width) / width
        tall = (rows >= corner[:, :1]) & (rows < corner[:, :1] + side[:, :1])
        wide = (columns >= corner[:, 1:]) & (columns < corner[:, 1:] + side[:, 1:])
        inside = (hit[:, None, None] & tall[:, :, None] & wide[:, None, :])[:, None]
        return torch.where(inside, images.mean(dim=(1, 2, 3), keepdim=True), images)


AUGMENTATIONS = PlugPoint("augmentation", "emoscan.models.training.augmentations", ("Faces",), Augmentation)
"""Augmentations by name."""


def augmentation(name: str) -> Augmentation:
    """The augmentation of that name or call; ``"auto"`` is that of faces.

    Raises:
        InputError: There is no such augmentation.
    """
    built: Augmentation = Faces() if name == "auto" else AUGMENTATIONS.build(name)
    return built


def joined(x: Tensor, pixels: PixelPatches) -> Tensor:
    """(B, T, S, F) -> images (B, T, height, width): where patches overlap, their mean."""
    flat = torch.from_numpy(pixels.index).flatten().to(x.device)
    count = torch.from_numpy(pixels.count).to(x).clamp_min(1)
    empty = x.new_zeros(*x.shape[:2], count.numel())
    return empty.index_add(2, flat, x.flatten(2)).view(*x.shape[:2], *pixels.image) / count


def cut(images: Tensor, pixels: PixelPatches) -> Tensor:
    """(B, T, height, width) -> (B, T, S, F)."""
    return images.flatten(2)[..., torch.from_numpy(pixels.index).to(images.device)]


def _spread(n: int, draw: torch.Generator) -> Tensor:
    """(n,) uniform from -1 to 1."""
    return 2 * torch.rand(n, generator=draw) - 1
