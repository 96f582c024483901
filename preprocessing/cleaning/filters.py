"""Filters from samples to samples, applied to whatever is read."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from ...signals import Electrodes, InputError
from ..steps.reading import check_reach, mirrored
from ..steps.slices import check_finite
from ..steps.step import Step

SETTLED = 1e-14
"""Share of a causal filter's memory that may be left out."""


@dataclass(frozen=True)
class BandPass(Step):
    """Keep ``low`` to ``high`` Hz without shifting phase: MNE's default FIR design, not causal.

    Reads are filtered one by one and do not depend on how a recording is cut; beyond its ends it is mirrored.

    Args:
        low: Lower edge in Hz; None keeps everything below ``high``.
        high: Upper edge in Hz, below half the sampling rate; None keeps everything above ``low``.

    Raises:
        InputError: The edges are not in order, ``high`` is too high for the rate, or the recording is shorter than
            half the filter.
    """

    causal: ClassVar[bool] = False
    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_edges(self.low, self.high)

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The filtered recording, read lazily, float64."""
        _check_rate(self, self.high, electrodes)
        return _convolved(self, electrodes, _band_pass_taps(electrodes.rate, self.low, self.high))


@dataclass(frozen=True)
class Notch(Step):
    """Remove the mains' frequency and its multiples without shifting phase, as ``mne.filter.notch_filter`` does.

    Args:
        frequency: Of the mains, in Hz.
        harmonics: Number of multiples that are removed, the frequency itself included.

    Raises:
        InputError: No multiple is asked for, the highest is too high for the rate, or the recording is shorter than
            half the filter (3.3 s).
    """

    causal: ClassVar[bool] = False
    frequency: float = 50.0
    harmonics: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.harmonics < 1 or self.frequency <= 0:
            raise InputError(repr(self), "nothing to remove", "a frequency above 0, a harmonic or more")

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The filtered recording, read lazily, float64."""
        highest = self.frequency * self.harmonics * (1 + 1 / 400) + 1  # where the last notch's transition ends
        _check_rate(self, highest, electrodes)
        return _convolved(self, electrodes, _notch_taps(electrodes.rate, self.frequency, self.harmonics))


@dataclass(frozen=True)
class CausalBandPass(Step):
    """Keep ``low`` to ``high`` Hz looking at the past only: a Butterworth filter in second-order sections.

    Phases are shifted. Sample 0 is taken to have lasted for ever, so an offset makes no transient.

    Args:
        low: Lower edge in Hz (-3 dB); None keeps everything below ``high``.
        high: Upper edge in Hz (-3 dB), below half the sampling rate; None keeps everything above ``low``.
        order: Of the Butterworth prototype.

    Raises:
        InputError: The edges are not in order, the order is not positive, or ``high`` is too high for the rate.
    """

    causal: ClassVar[bool] = True
    low: float | None
    high: float | None
    order: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_edges(self.low, self.high)
        if self.order < 1:
            raise InputError(repr(self), f"order {self.order}", "1 or more")

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The filtered recording, read lazily, float64."""
        from scipy.signal import butter

        _check_rate(self, self.high, electrodes)
        edges: Any = (self.low, self.high)
        kind: Any = "bandpass"
        if self.low is None:
            edges, kind = self.high, "lowpass"
        elif self.high is None:
            edges, kind = self.low, "highpass"
        return _recursive(electrodes, butter(self.order, edges, kind, fs=electrodes.rate, output="sos"))


@dataclass(frozen=True)
class CausalNotch(Step):
    """Remove one frequency looking at the past only: a second-order notch (``scipy.signal.iirnotch``).

    Args:
        frequency: In Hz.
        quality: The frequency over the width (-3 dB) of what is removed.

    Raises:
        InputError: A setting is not positive, or the frequency is too high for the rate.
    """

    causal: ClassVar[bool] = True
    frequency: float = 50.0
    quality: float = 30.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.frequency > 0 and self.quality > 0):
            raise InputError(repr(self), "a setting that is not positive", "positive settings")

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The filtered recording, read lazily, float64."""
        from scipy.signal import iirnotch

        _check_rate(self, self.frequency, electrodes)
        b, a = iirnotch(self.frequency, self.quality, fs=electrodes.rate)
        return _recursive(electrodes, np.concatenate([b, a])[None])


@dataclass(frozen=True, eq=False)
class Convolved:
    """A ``read`` through a symmetric FIR filter of odd length, centred."""

    electrodes: Electrodes
    taps: np.ndarray

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Filtered samples ``start`` to ``stop``, float64."""
        from scipy.signal import oaconvolve

        half = len(self.taps) // 2
        samples = mirrored(self.electrodes, start - half, stop + half)
        filtered = oaconvolve(samples.astype(np.float64, copy=False), self.taps[None], mode="valid", axes=1)
        check_finite(self.electrodes, filtered, samples, np.arange(len(samples)), start - half)
        return np.asarray(filtered)


@dataclass(frozen=True, eq=False)
class Recursive:
    """A ``read`` through second-order sections that run from ``memory`` samples before the first one wanted."""

    electrodes: Electrodes
    sections: np.ndarray
    memory: int

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Filtered samples ``start`` to ``stop``, float64."""
        from scipy.signal import sosfilt, sosfilt_zi

        first = max(start - self.memory, 0)
        samples = self.electrodes.read(first, stop).astype(np.float64)
        state = sosfilt_zi(self.sections)[:, None] * samples[None, :, :1]
        filtered, _ = sosfilt(self.sections, samples, axis=1, zi=state)
        check_finite(self.electrodes, filtered, samples, np.arange(len(samples)), first)
        return np.asarray(filtered[:, start - first :])


def _convolved(step: Step, electrodes: Electrodes, taps: np.ndarray) -> Electrodes:
    check_reach(electrodes, len(taps) // 2, repr(step))
    return replace(electrodes, read=Convolved(electrodes, taps))


def _recursive(electrodes: Electrodes, sections: np.ndarray) -> Electrodes:
    # the pole nearest to the unit circle decays slowest: its radius to the power of ``memory`` is SETTLED
    radius = max(np.abs(np.roots(section[3:])).max() for section in sections)
    memory = math.ceil(math.log(SETTLED) / math.log(radius))
    return replace(electrodes, read=Recursive(electrodes, sections, memory))


@lru_cache(maxsize=16)
def _band_pass_taps(rate: float, low: float | None, high: float | None) -> np.ndarray:
    from mne.filter import create_filter

    return np.asarray(create_filter(None, rate, low, high, verbose="ERROR"))


@lru_cache(maxsize=16)
def _notch_taps(rate: float, frequency: float, harmonics: int) -> np.ndarray:
    """Transitions of 0.5 Hz on either side of a stop-band as wide as a 200th of the frequency: MNE's defaults."""
    from mne.filter import create_filter

    centres = frequency * np.arange(1, harmonics + 1)
    below, above = centres * (1 - 1 / 400) - 0.5, centres * (1 + 1 / 400) + 0.5
    return np.asarray(
        create_filter(None, rate, above, below, l_trans_bandwidth=0.5, h_trans_bandwidth=0.5, verbose="ERROR")
    )


def _check_edges(low: float | None, high: float | None) -> None:
    edges = [edge for edge in (low, high) if edge is not None]
    if not edges or not all(below < above for below, above in pairwise([0.0, *edges])):
        raise InputError("band-pass", f"{low} to {high} Hz", "0 < low < high, or one of them None", "correct the edges")


def _check_rate(step: Step, highest: float | None, electrodes: Electrodes) -> None:
    if highest is not None and highest >= electrodes.rate / 2:
        found = f"{electrodes.rate:g} Hz for {step}"
        wanted = f"more than {2 * highest:g} Hz"
        raise InputError(electrodes.source, found, wanted, "end the filter lower or leave it out")
