"""A lower sampling rate, without aliases."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

import numpy as np

from ...signals import Electrodes, InputError
from ...signals.streams.electrodes import Span
from ..steps.reading import check_reach, mirrored
from ..steps.step import Step

LARGEST_FACTOR = 1000
"""Largest whole number in the ratio of two rates: the filter has twenty taps for each."""


@dataclass(frozen=True)
class Resample(Step):
    """Bring the recording to ``rate`` by an anti-aliasing polyphase FIR filter, that of ``scipy.signal.resample_poly``.

    Not causal: the filter is centred and reaches ten samples of the new rate to either side. Reads do not depend on how
    a recording is cut; beyond its ends it is mirrored. At equal rates the recording is returned as it is.

    Args:
        rate: Samples a second (Hz) that are wanted.

    Raises:
        InputError: The recording's rate is lower, the two have no ratio of whole numbers up to 1000, or the recording
            is shorter than half the filter.
    """

    causal: ClassVar[bool] = False
    rate: float

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        """The recording at the new rate, read lazily; bad spans grow to whole samples of it."""
        if self.rate == electrodes.rate:
            return electrodes
        up, down = self._ratio(electrodes)
        reach = -(-10 * down // up) + 1  # ten samples of the new rate, in whole ones of the old
        check_reach(electrodes, reach, f"the anti-aliasing filter of {self}")
        return replace(
            electrodes,
            rate=self.rate,
            n_samples=-(-electrodes.n_samples * up // down),
            read=Resampled(electrodes, up, down),
            bad_spans=tuple(_scaled(s, up, down) for s in electrodes.bad_spans),
        )

    def _ratio(self, electrodes: Electrodes) -> tuple[int, int]:
        if not 0 < self.rate < electrodes.rate:
            raise InputError(
                electrodes.source,
                f"a recording at {electrodes.rate:g} Hz",
                f"at least the {self.rate:g} Hz of {self}",
                "resample to a lower rate, or leave the step out: nothing is gained by more samples",
            )
        ratio = Fraction(self.rate / electrodes.rate).limit_denominator(LARGEST_FACTOR)
        if abs(float(ratio) * electrodes.rate - self.rate) > 1e-9 * self.rate:
            wanted = f"a rate that {self.rate!r} Hz stands to as whole numbers up to {LARGEST_FACTOR}"
            raise InputError(electrodes.source, f"a recording at {electrodes.rate!r} Hz", wanted, "choose another rate")
        return ratio.numerator, ratio.denominator


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
        from scipy.signal import upfirdn

        taps = self._taps()
        half = len(taps) // 2
        first = math.floor((start * self.down - half) / self.up)
        last = math.ceil(((stop - 1) * self.down + half) / self.up) + 1
        samples = mirrored(self.electrodes, first, last)
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


def _scaled(span: Span, up: int, down: int) -> Span:
    return span[0] * up // down, -(-span[1] * up // down)
