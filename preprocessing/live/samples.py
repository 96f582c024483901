"""Causal steps on samples that are still coming in."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...signals import Electrodes, InputError
from ...signals.streams.electrodes import ReadSamples
from ..cleaning.filters import SETTLED, Recursive
from ..cleaning.interpolation import Interpolated
from ..cleaning.reference import Rereferenced
from ..steps.step import Step

NEGLIGIBLE = 1e-4
"""Share of what was before a start that may be left in a value that counts as settled."""


class Running:
    """Second-order sections that go on where they were; ``settles`` in samples."""

    def __init__(self, read: Recursive) -> None:
        self._sections = read.sections
        self._state: np.ndarray | None = None
        self.settles = math.ceil(read.memory * math.log(NEGLIGIBLE) / math.log(SETTLED))

    def restart(self) -> None:
        """Take the next sample to have lasted for ever."""
        self._state = None

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """The next samples (C, n), filtered, float64."""
        from scipy.signal import sosfilt, sosfilt_zi

        samples = samples.astype(np.float64)
        if self._state is None:
            self._state = sosfilt_zi(self._sections)[:, None] * samples[None, :, :1]
        filtered, self._state = sosfilt(self._sections, samples, axis=1, zi=self._state)
        return np.asarray(filtered)


class _Block:
    """A ``read`` over whatever block is at hand: a step's lazy ``read`` is built once, on a source that changes."""

    def __init__(self) -> None:
        self.samples = np.zeros((0, 0))

    def __call__(self, start: int, stop: int) -> np.ndarray:
        return self.samples[:, start:stop]


class Pointwise:
    """A step whose ``read`` gives each sample from the sample itself."""

    settles = 0

    def __init__(self, read: ReadSamples, block: _Block) -> None:
        self._read, self._block = read, block

    def restart(self) -> None:
        """Nothing to do: there is no state."""

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """The next samples (C, n), changed."""
        self._block.samples = samples
        return self._read(0, samples.shape[1])


def signal_steps(
    series: str, steps: Sequence[Step], electrodes: Electrodes
) -> tuple[list[Running | Pointwise], Electrodes]:
    """Steps from samples to samples, ready to be fed, and what comes out of them."""
    live: list[Running | Pointwise] = []
    for step in steps:
        if not issubclass(Electrodes, step.takes()):
            raise unknown(series, step)
        block = _Block()
        electrodes = step(replace(electrodes, read=block))
        read = electrodes.read
        if isinstance(read, Recursive):
            live.append(Running(read))
        elif isinstance(read, Rereferenced | Interpolated) or getattr(step, "past", None) == 0:
            live.append(Pointwise(read, block))
        elif read is not block:  # a step that only marks leaves ``read`` as it is, and is done
            raise unknown(series, step)
    return live, electrodes


def unknown(series: str, step: Step) -> InputError:
    """The error for a step that does not say how it can be fed."""
    return InputError(
        f"stream, {series}",
        f"{step!r}, which does not say what it needs of the past",
        "steps that can be fed bit by bit",
        "give it a class attribute past: 0 if samples or slices count alone",
    )
