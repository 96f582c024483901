"""Causal steps on a signal that is still coming in: they are fed what is new and remember the past that they need."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from ...signals import Electrodes, InputError, Samples, Volume
from ..patches import Hog, Lbp, Patches, Regions
from ..steps.raw_slices import RawSlices
from ..steps.slices import blocks, whole_samples
from ..steps.smoothing import LdsFilter, MovingAverage
from ..steps.step import Step
from ..steps.stft import StftDifferentialEntropy
from .samples import signal_steps, unknown
from .volumes import LiveLds, Recent, no_slices

INSTEAD: Mapping[str, str] = {
    "BandPass": "train with CausalBandPass",
    "Notch": "train with CausalNotch",
    "DifferentialEntropy": "train with StftDifferentialEntropy",
    "BandPower": "train with StftDifferentialEntropy",
    "CentredMovingAverage": "train with MovingAverage",
    "LdsSmoother": "train with LdsFilter",
    "Resample": "train without it, at the rate that is streamed",
    "EvenFrames": "train with AtRate",
    "LastFrames": "train with AtRate",
    "FaceCrop": "train with FaceCrop(lost='hold') or FaceCrop(lost='mask')",
    "MarkFlat": "train without it: StftDifferentialEntropy masks slices with a flat site by itself",
    "MarkBadChannels": "train without it, and name bad channels when the stream is opened",
}
"""Remedies for steps that look ahead, by the step's name."""

_MISSING = 256
"""Slices without data that are built at a time, so that an hour's loss needs no hour's memory."""


class LiveStep(Protocol):
    """A step from slices to slices that is fed them in order.

    Attributes:
        settles: Slices after a start until what was before it no longer matters.
    """

    settles: int

    def __call__(self, volume: Volume) -> Volume:
        """The same slices, with what came before them in mind."""


def check_causal(series: str, steps: Sequence[Step]) -> None:
    """Refuse a recipe that looks ahead.

    Raises:
        InputError: Names the first such step, and what to use in its place.
    """
    for step in steps:
        if not step.causal or getattr(step, "lost", "") == "interpolate":
            do = INSTEAD.get(type(step).__name__, "train with a causal step in its place, or without it")
            raise InputError(
                f"stream, {series}", f"{step!r}, which looks ahead or needs the whole trial", "causal steps only", do
            )


def live_steps(series: str, steps: Sequence[Step], alone: Sequence[type[Step]] = ()) -> list[LiveStep]:
    """Steps from volumes to volumes, ready to be fed.

    Args:
        series: The series that they make.
        steps: All take volumes.
        alone: Further steps that work on each slice alone.

    Raises:
        InputError: A step takes no volumes, or does not say what it needs of the past.
    """
    return [_live(series, step, (Patches, Regions, Hog, Lbp, *alone)) for step in steps]


def _live(series: str, step: Step, alone: tuple[type[Step], ...]) -> LiveStep:
    if isinstance(step, LdsFilter):
        return LiveLds(step)
    if isinstance(step, MovingAverage):
        return Recent(step, step.width - 1)
    past = 0 if isinstance(step, alone) else getattr(step, "past", None)
    if past is None or not issubclass(Volume, step.takes()):
        raise unknown(series, step)
    return Recent(step, past)


class LiveSignal:
    """Causal steps from electrodes to slices, fed block by block: the slices of the whole recording, to rounding.

    Filters run on with their state, a slice is cut as soon as its last sample is there, and less than one slice of
    samples is stored. Steps of a user say with an attribute ``past = 0`` that they work on each sample, or each slice,
    alone; steps from volumes to volumes with ``past = n`` that they need n slices before.

    Args:
        series: The series that it makes.
        steps: Of its recipe, all causal.
        electrodes: Layout, channels, rate, bad channels and start of what is streamed; nothing is read from it.
        seconds: Of a slice.
        alone: Further steps that work on each slice alone.

    Attributes:
        start: Seconds on the session clock of sample 0.
        reached: Samples that have come, those that were lost included.

    Raises:
        InputError: A step cannot be fed block by block, refuses what is streamed, or a slice is no whole number of
            samples.
    """

    def __init__(
        self,
        series: str,
        steps: Sequence[Step],
        electrodes: Electrodes,
        seconds: float,
        alone: Sequence[type[Step]] = (),
    ) -> None:
        check_causal(series, steps)
        self.start, self.reached, self._cut = electrodes.start, 0, 0
        self._length, self._seconds = whole_samples(electrodes, seconds), seconds
        self._waiting: list[np.ndarray] = []
        cut = next((k for k, step in enumerate(steps) if issubclass(step.gives(), Volume)), len(steps) - 1)
        self._signal, self._electrodes = signal_steps(series, steps[:cut], electrodes)
        self._slicing = _slicing(series, steps[cut])
        self._further = live_steps(series, steps[cut + 1 :], alone)
        # one slice of noise shows what comes out, before any sample is there; zeros would count as flat sites
        noise = np.random.default_rng(0).standard_normal((len(electrodes.names), self._length))
        self._like = self._sliced(noise, 0)
        self.like: Volume = self._like
        for step in live_steps(series, steps[cut + 1 :], alone):  # not ``_further``, which would remember the noise
            self.like = step(self.like)

    @property
    def rate(self) -> float:
        """Samples a second (Hz)."""
        return self._electrodes.rate

    @property
    def clock(self) -> float:
        """Seconds on the session clock up to which samples have come."""
        return self.start + self.reached / self._electrodes.rate

    @property
    def next_slice(self) -> float:
        """Seconds on the session clock of the first slice that is not complete."""
        return self.start + self._cut * self._seconds

    @property
    def warm_up(self) -> float:
        """Seconds after a start until values are those of a recording that began long before."""
        samples = sum(step.settles for step in self._signal)
        return samples / self._electrodes.rate + sum(step.settles for step in self._further) * self._seconds

    def feed(self, block: np.ndarray) -> Volume | None:
        """The slices that ``block`` (C, n) in microvolt completes; None where there are none. It is copied."""
        begun = self.reached - sum(samples.shape[1] for samples in self._waiting)
        self._waiting.append(np.array(block))
        self.reached += block.shape[1]
        whole = self.reached // self._length
        ready = whole * self._length - begun
        if ready <= 0:
            return None
        samples = np.concatenate(self._waiting, axis=1)
        self._waiting = [samples[:, ready:].copy()]
        filtered = samples[:, :ready]
        for step in self._signal:
            filtered = step(filtered)
        first, self._cut = self._cut, max(whole, self._cut)
        if whole <= first:  # after a loss: what is left of a slice that began in it
            return None
        return self._followed(self._sliced(filtered[:, first * self._length - begun :], first))

    def lose(self, count: int) -> Iterator[Volume]:
        """``count`` samples were never recorded: slices that touch them are invalid, and filters begin anew."""
        self.reached, self._waiting = self.reached + count, []
        for step in self._signal:
            step.restart()
        first, self._cut = self._cut, -(-self.reached // self._length)
        for begin, end in blocks(self._cut - first, _MISSING):
            times = self.start + np.arange(first + begin, first + end) * self._seconds
            yield self._followed(no_slices(self._like, times))

    def _sliced(self, samples: np.ndarray, first: int) -> Volume:
        start = self.start + first * self._seconds
        volume: Volume = self._slicing(
            replace(self._electrodes, n_samples=samples.shape[1], read=Samples(samples), start=start)
        )
        return volume

    def _followed(self, volume: Volume) -> Volume:
        for step in self._further:
            volume = step(volume)
        return volume


def _slicing(series: str, step: Step) -> Step:
    if isinstance(step, RawSlices | StftDifferentialEntropy) or getattr(step, "past", None) == 0:
        return step
    raise unknown(series, step)
