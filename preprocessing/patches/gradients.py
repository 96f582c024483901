"""Histograms of oriented gradients of each patch."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from ...signals import InputError, Volume
from ...signals.trials.volume import read_stored
from ..steps.step import Step

_BLOCK = 256
"""Slices worked on together: what bounds the memory."""


@dataclass(frozen=True)
class Hog(Step):
    """Strength of the edges by direction in ``cells`` x ``cells`` cells of each patch; nothing about brightness.

    Dalal and Triggs, CVPR 2005, with one block a patch: gradients by central differences, unsigned directions shared
    between the two nearest of ``directions`` bins; each patch's histogram is scaled to length 1, cut at 0.2 and scaled
    again.

    Args:
        directions: Bins over half a turn.
        cells: Cells of a patch in each direction; at least two pixels each.

    Raises:
        InputError: The volume has no pixels, or patches too small for the cells.
    """

    reads_pixels: ClassVar[bool] = True

    directions: int = 8
    cells: int = 2

    def __call__(self, volume: Volume) -> Volume:
        """(T, S, cells * cells * directions)."""
        height, width = patch_size(volume, 2 * self.cells)
        row, column = np.arange(height) * self.cells // height, np.arange(width) * self.cells // width
        cell = np.add.outer(row * self.cells, column).ravel()
        x = features_of_patches(volume, (height, width), partial(self._histograms, cell=cell))
        names = [f"cell {c} direction {d}" for c, d in np.ndindex(self.cells**2, self.directions)]
        return volume.with_features(x, names)

    def _histograms(self, patches: np.ndarray, cell: np.ndarray) -> np.ndarray:
        """(N, height, width) -> (N, cells * cells * directions); ``cell`` is that of each pixel."""
        down, right = np.gradient(patches, axis=(1, 2))
        strength = np.hypot(down, right).reshape(len(patches), -1)
        place = (np.arctan2(down, right) / np.pi % 1).reshape(len(patches), -1) * self.directions
        low = np.floor(place).astype(int)
        share, low = place - low, low % self.directions
        bins = self.cells**2 * self.directions
        # bins of all patches in one row: one count for all patches
        first = np.arange(len(patches))[:, None] * bins + cell * self.directions
        out = np.bincount((first + low).ravel(), (strength * (1 - share)).ravel(), len(patches) * bins)
        out += np.bincount((first + (low + 1) % self.directions).ravel(), (strength * share).ravel(), len(out))
        return _clipped(out.reshape(len(patches), bins)).astype(np.float32)


def patch_size(volume: Volume, least: int) -> tuple[int, int]:
    """Height and width of a volume's patches, at least ``least`` pixels each.

    Raises:
        InputError: It has no pixels, or smaller patches.
    """
    pixels = volume.layout.pixels
    if pixels is None or min(pixels.size) < least:
        found = "features, no pixels" if pixels is None else f"patches of {pixels.size[0]} x {pixels.size[1]} pixels"
        raise InputError(
            f"layout {volume.layout.name}",
            found,
            f"patches of {least} x {least} pixels or more",
            "put this step right behind Patches() or Regions(), with larger patches",
        )
    return pixels.size


def features_of_patches(
    volume: Volume, size: tuple[int, int], features: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """(T, S, F) features of a volume's patches, worked on a block of slices at a time.

    Args:
        volume: With pixels.
        size: Height and width of its patches.
        features: From patches (N, height, width) float32, 0..1, to their features (N, F).
    """
    blocks = []
    for begin in range(0, len(volume.stored), _BLOCK):
        patches = read_stored(volume.layout, volume.stored[begin : begin + _BLOCK])
        blocks.append(features(patches.reshape(-1, *size)).reshape(*patches.shape[:2], -1))
    return np.concatenate(blocks)


def _clipped(histograms: np.ndarray) -> np.ndarray:
    """Histograms of length 1, cut at 0.2 and scaled again: a single strong edge must not outshine all others."""
    for most in (0.2, 1.0):
        histograms = histograms / np.maximum(np.linalg.norm(histograms, axis=1, keepdims=True), 1e-6)
        histograms = np.minimum(histograms, most)
    return histograms
