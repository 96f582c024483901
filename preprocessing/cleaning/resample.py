"""A lower sampling rate, without aliases."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

import numpy as np

from ...signals import Electrodes, InputError
from ...signals.streams.electrodes import Span
from ..steps.reading import check_reach, mirrored, pieces_of, too_short
from ..steps.step import Step

LARGEST_FACTOR = 1000
"""Largest whole number in the ratio of two rates: the filter has twenty taps for each."""

PERIODS = 10
"""Samples of the new rate that the filter reaches to either side."""

NEARLY = 1.01
"""A recording whose rate is lower by no more than this is brought up: 249.9983 Hz may become 250 Hz."""


@dataclass(frozen=True)
class Resample(Step):
    """Bring the recording to ``rate`` by an anti-aliasing polyphase FIR filter, that of ``scipy.signal.resample_poly``.

    Not causal: the filter is centred and reaches ten samples of the new rate to either side. Reads do not depend on how
    a recording is cut; beyond its ends, and at joints, it is mirrored. At equal rates the recording is returned as it
    is. Rates that have no ratio of whole numbers up to 1000, as of 249.9983 Hz, take the same filter at the time of
    each sample.

    Args:
        rate: Samples a second (Hz) that are wanted.

    Raises:
        InputError: The recording's rate is lower (by more than 1 %), or it is shorter than half the filter.
    """

    causal: ClassVar[bool] = False
    rate: float

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The recording at the new rate, read lazily; bad spans grow to whole samples of it."""
        if self.rate == electrodes.rate:
            return electrodes
        self._check_rate(electrodes)
        ratio = Fraction(self.rate / electrodes.rate).limit_denominator(LARGEST_FACTOR)
        if ratio > 1 or abs(float(ratio) * electrodes.rate - self.rate) > 1e-9 * self.rate:
            return self._at_any_ratio(electrodes)
        up, down = ratio.numerator, ratio.denominator
        reach = -(-PERIODS * down // up) + 1  # samples of the new rate, in whole ones of the old
        check_reach(electrodes, reach, f"the anti-aliasing filter of {self}")
        return replace(
            electrodes,
            rate=self.rate,
            n_samples=-(-electrodes.n_samples * up // down),
            read=Resampled(electrodes, up, down),
            bad_spans=tuple(_scaled(s, up, down) for s in (*electrodes.bad_spans, *too_short(electrodes, reach))),
            joints=tuple(-(-joint * up // down) for joint in electrodes.joints),
        )

    def _at_any_ratio(self, electrodes: Electrodes) -> Electrodes:
        step = electrodes.rate / self.rate
        read = SincInterpolated(electrodes, step)
        check_reach(electrodes, read.reach, f"the anti-aliasing filter of {self}")
        spans = (*electrodes.bad_spans, *too_short(electrodes, read.reach))
        return replace(
            electrodes,
            rate=self.rate,
            n_samples=math.ceil(electrodes.n_samples / step),
            read=read,
            bad_spans=tuple((math.floor(s / step), math.ceil(e / step)) for s, e in spans),
            joints=tuple(math.ceil(joint / step) for joint in electrodes.joints),
        )

    def _check_rate(self, electrodes: Electrodes) -> None:
        if not 0 < self.rate <= electrodes.rate * NEARLY:
            raise InputError(
                electrodes.source,
                f"a recording at {electrodes.rate:g} Hz",
                f"at least the {self.rate:g} Hz of {self}",
                f"use Resample({math.floor(electrodes.rate):.1f}) or less for all: more samples hold nothing more",
            )


@dataclass(frozen=True, eq=False)
class Resampled:
    """A ``read`` at ``up / down`` times the rate, ``up < down``."""

    electrodes: Electrodes
    up: int
    down: int

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop`` of the new rate, in the precision of the old.

        Sample m is ``sum_k h[m down - k up + half] x[k]`` with the filter h of ``2 half + 1`` taps.
        """
        parts = []
        # in samples of the old rate, those of the new one lie on or between them: a joint's own is its piece's first
        for piece in pieces_of(self.electrodes):
            begin, end = (-(-edge * self.up // self.down) for edge in piece)
            if max(start, begin) < min(stop, end):
                parts.append(self._resampled(piece, max(start, begin), min(stop, end)))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _resampled(self, piece: Span, start: int, stop: int) -> np.ndarray:
        from scipy.signal import upfirdn

        taps = self._taps()
        half = len(taps) // 2
        first = math.floor((start * self.down - half) / self.up)
        last = math.ceil(((stop - 1) * self.down + half) / self.up) + 1
        samples = mirrored(self.electrodes, piece, first, last)
        # upfirdn gives every ``down``-th sample from the first on: zeros before the taps bring its grid onto ours
        lead = -(half - first * self.up) % self.down
        offset = (start * self.down + half - first * self.up + lead) // self.down
        padded = np.concatenate([np.zeros(lead), taps]).astype(samples.dtype)
        resampled = upfirdn(padded, samples, self.up, self.down, axis=1)
        return np.asarray(resampled[:, offset : offset + stop - start])

    def _taps(self) -> np.ndarray:
        """The default of ``scipy.signal.resample_poly``: 20 periods of the new rate under a Kaiser window."""
        from scipy.signal import firwin

        return np.asarray(firwin(20 * self.down + 1, 1 / self.down, window=("kaiser", 5.0))) * self.up


@dataclass(frozen=True, eq=False)
class SincInterpolated:
    """A ``read`` at every ``step``-th sample of the old rate, whole or not: the filter of ``Resampled`` at any time.

    Sample m is ``sum_k h(m step - k) x[k]``, h a low-pass at half the lower rate under a Kaiser window.
    """

    electrodes: Electrodes
    step: float

    @property
    def reach(self) -> int:
        """Samples of the old rate on either side of the one that a new one stands on."""
        return math.ceil(PERIODS * max(self.step, 1.0)) + 1

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop`` of the new rate, in the precision of the old."""
        parts = []
        for piece in pieces_of(self.electrodes):
            begin, end = (math.ceil(edge / self.step) for edge in piece)
            if max(start, begin) < min(stop, end):
                parts.append(self._interpolated(piece, np.arange(max(start, begin), min(stop, end)) * self.step))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _interpolated(self, piece: Span, at: np.ndarray) -> np.ndarray:
        nearest = np.floor(at).astype(int)
        first = int(nearest[0]) - self.reach
        samples = mirrored(self.electrodes, piece, first, int(nearest[-1]) + self.reach + 1)
        resampled, total = np.zeros((len(samples), len(at))), np.zeros(len(at))
        for shift in range(-self.reach, self.reach + 1):
            weight = self._filter(at - (nearest + shift))
            resampled += weight * samples[:, nearest + shift - first]
            total += weight
        # the weights of one sample sum to nearly one, each in its own way: a constant must stay what it is
        return (resampled / total).astype(samples.dtype)

    def _filter(self, distance: np.ndarray) -> np.ndarray:
        widest = max(self.step, 1.0)
        inside = np.clip(1 - (distance / (PERIODS * widest)) ** 2, 0, None)
        window = np.i0(5.0 * np.sqrt(inside)) / np.i0(5.0)
        return np.where(inside > 0, np.sinc(distance / widest) * window / widest, 0.0)


def _scaled(span: Span, up: int, down: int) -> Span:
    return span[0] * up // down, -(-span[1] * up // down)
