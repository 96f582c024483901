"""Local binary patterns of each patch."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...signals import Volume
from ..steps.step import Step
from .gradients import features_of_patches, patch_size

_RING = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


@dataclass(frozen=True)
class Lbp(Step):
    """Shares of the patterns of brighter and darker neighbours in each patch; the light's strength drops out.

    Ojala, Pietikäinen and Mäenpää, IEEE PAMI 24(7), 2002: the eight neighbours of a pixel as bits; the 58 uniform
    patterns (at most two changes around the ring) have a bin each, all others share one. Bins add up to 1.

    Raises:
        InputError: The volume has no pixels, or patches below 3 x 3.
    """

    reads_pixels: ClassVar[bool] = True

    def __call__(self, volume: Volume) -> Volume:
        """(T, S, 59)."""
        bins = _uniform_bins()
        x = features_of_patches(volume, patch_size(volume, 3), lambda patches: _shares(_patterns(patches), bins))
        return volume.with_features(x, [f"pattern {k}" for k in range(59)])


def _patterns(patches: np.ndarray) -> np.ndarray:
    """(N, height, width) -> (N, (height - 2) * (width - 2)) codes 0..255."""
    centre = patches[:, 1:-1, 1:-1]
    codes = np.zeros(centre.shape, np.uint8)
    height, width = patches.shape[1:]
    for bit, (down, right) in enumerate(_RING):
        neighbour = patches[:, 1 + down : height - 1 + down, 1 + right : width - 1 + right]
        codes |= (neighbour >= centre).astype(np.uint8) << bit
    return codes.reshape(len(patches), -1)


def _shares(codes: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """(N, pixels) codes -> (N, 59) share of each bin."""
    place = np.arange(len(codes))[:, None] * 59 + bins[codes]  # bins of all patches in one row: one count for all
    counts = np.bincount(place.ravel(), minlength=59 * len(codes)).reshape(len(codes), 59)
    return np.asarray(counts / codes.shape[1], np.float32)


def _uniform_bins() -> np.ndarray:
    """(256,) the bin of each code."""
    codes = np.arange(256)
    turned = (codes >> 1) | ((codes & 1) << 7)  # the ring, one neighbour on: bits that differ are changes
    changes = np.unpackbits((codes ^ turned).astype(np.uint8)[:, None], axis=1).sum(axis=1)
    bins = np.full(256, 58)
    bins[changes <= 2] = np.arange(58)
    return bins
