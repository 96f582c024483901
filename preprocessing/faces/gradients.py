"""Histograms of oriented gradients of each patch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...signals import InputError, Volume
from ...signals.trials.volume import read_stored
from ..steps.step import Step

_BLOCK = 256
"""Slices worked on together: what bounds the memory."""


@dataclass(frozen=True)
class Hog(Step):
    """For each patch the strength of its edges by direction, in ``cells`` x ``cells`` parts; nothing about brightness.

    Dalal and Triggs, CVPR 2005, with one block a patch: gradients by central differences, unsigned directions shared
    between the two nearest of ``directions`` bins; each patch's histogram is scaled to length 1, cut at 0.2 and scaled
    again.

    Args:
        directions: Bins over half a turn.
        cells: Parts of a patch in each direction; at least two pixels each.

    Raises:
        InputError: The volume has no pixels, or patches too small for the cells.
    """

    reads_pixels: ClassVar[bool] = True

    directions: int = 8
    cells: int = 2

    def __call__(self, volume: Volume) -> Volume:
        """(T, S, cells * cells * directions)."""
        height, width = patch_size(volume, 2 * self.cells)
        part = np.add.outer(
            (np.arange(height) * self.cells // height) * self.cells, np.arange(width) * self.cells // width
        ).ravel()
        x = np.concatenate(
            [
                self._histograms(patches.reshape(-1, height, width), part).reshape(*patches.shape[:2], -1)
                for patches in blocks_of_patches(volume)
            ]
        )
        names = [f"cell {c} direction {d}" for c in range(self.cells**2) for d in range(self.directions)]
        return volume.with_features(x, names)

    def _histograms(self, patches: np.ndarray, part: np.ndarray) -> np.ndarray:
        """(N, height, width) -> (N, cells * cells * directions)."""
        down, right = np.gradient(patches, axis=(1, 2))
        strength = np.hypot(down, right).reshape(len(patches), -1)
        place = (np.arctan2(down, right) / np.pi % 1).reshape(len(patches), -1) * self.directions
        low = np.floor(place).astype(int)
        share, low = place - low, low % self.directions
        bins = self.cells**2 * self.directions
        first = np.arange(len(patches))[:, None] * bins + part * self.directions
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


def blocks_of_patches(volume: Volume) -> Iterator[np.ndarray]:
    """The volume's patches (n, S, F) as float32, 0..1, a block of slices at a time."""
    for begin in range(0, len(volume.stored), _BLOCK):
        yield read_stored(volume.layout, volume.stored[begin : begin + _BLOCK])


def _clipped(histograms: np.ndarray) -> np.ndarray:
    for most in (0.2, 1.0):
        histograms = histograms / np.maximum(np.linalg.norm(histograms, axis=1, keepdims=True), 1e-6)
        histograms = np.minimum(histograms, most)
    return histograms
