"""Samples themselves as features, for networks that read raw EEG."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...signals import Electrodes, Volume
from ...signals.trials.volume import sample_names
from .large_array import blank_array
from .slices import Slices
from .step import Step

BLOCK_SECONDS = 60.0
"""Read at a time, so that memory holds one minute of all channels; a large result lies in a file."""


@dataclass(frozen=True)
class RawSlices(Step):
    """Cut the recording into disjoint slices whose F features are their samples, in microvolt.

    Args:
        length: Seconds of a slice.

    Raises:
        InputError: A slice is no whole number of samples, the trial is shorter than one, or a sample outside bad spans
            is not finite.
    """

    causal: ClassVar[bool] = True
    length: float = 1.0

    def __call__(self, electrodes: Electrodes) -> Volume:
        """x (T, S, F) float32 in microvolt, F samples a slice."""
        slices = Slices(electrodes, self.length)
        x = blank_array((slices.count, len(slices.rows), slices.length), np.float32)
        for begin, end in slices.blocks(max(round(BLOCK_SECONDS / self.length), 1)):
            samples = electrodes.read(begin * slices.length, end * slices.length)[slices.rows]
            x[begin:end] = samples.reshape(len(samples), end - begin, slices.length).swapaxes(0, 1)
        return slices.volume(x, sample_names(slices.length), self.causal, kind="samples")
