"""Features of band signals: differential entropy and power."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...signals import Electrodes, Volume
from .bands import BandStep
from .filter_bank import band_moments
from .slices import Slices


@dataclass(frozen=True)
class DifferentialEntropy(BandStep):
    """Differential entropy of each band in each slice: ``0.5 ln(2 pi e var)`` in nats, var in microvolt squared.

    That is the entropy of a normal distribution of that variance (Duan, Zhu and Lu 2013, IEEE EMBS NER). The bands are
    filtered over the whole trial before it is cut, by zero-phase FIR filters equal to MNE's, so a slice also depends on
    the 1.65 s (with SEED's bands) before and after it: not causal. ``StftDifferentialEntropy`` is.

    Args:
        window: Seconds of a slice; slices are disjoint.
        bands: ``(name, low, high)`` in Hz for each of F bands.

    Raises:
        InputError: A slice is no whole number of samples, a band cannot be resolved by the slice or the sampling rate,
            the trial is too short, or samples are not finite.
    """

    causal: ClassVar[bool] = False

    def __call__(self, electrodes: Electrodes) -> Volume:
        """x (T, S, F) float32 in nats. A slice with a flat site is invalid."""
        slices = Slices(electrodes, self.window)
        moments = band_moments(slices, self.bands)
        return slices.volume(entropy(moments.variance), self.names, self.causal, moments.valid)


@dataclass(frozen=True)
class BandPower(BandStep):
    """Power of each band in each slice, in decibel: ``10 log10`` of the mean square, 0 dB at one microvolt squared.

    The same filters as ``DifferentialEntropy``, whose values differ by a factor and the square of the slice's mean.

    Args:
        window: Seconds of a slice; slices are disjoint.
        bands: ``(name, low, high)`` in Hz for each of F bands.

    Raises:
        InputError: As for ``DifferentialEntropy``.
    """

    causal: ClassVar[bool] = False

    def __call__(self, electrodes: Electrodes) -> Volume:
        """x (T, S, F) float32 in dB re 1 uV^2. A slice with a flat site is invalid."""
        slices = Slices(electrodes, self.window)
        moments = band_moments(slices, self.bands)
        power = np.maximum(moments.square, np.finfo(np.float32).tiny)  # a flat site has no logarithm
        return slices.volume(10 * np.log10(power), self.names, self.causal, moments.valid)


def entropy(variance: np.ndarray) -> np.ndarray:
    """Differential entropy in nats of normal distributions of these variances: ``0.5 ln(2 pi e var)``."""
    nats: np.ndarray = np.log(variance)  # then in place: no further array of this size
    nats *= 0.5
    nats += 0.5 * math.log(2 * math.pi * math.e)
    return nats
