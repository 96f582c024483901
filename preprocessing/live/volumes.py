"""Steps on slices that are still coming in."""

import math
from dataclasses import replace

import numpy as np

from ...signals import Volume
from ...signals.trials.volume import stored_shape
from ..steps.smoothing import LdsFilter
from ..steps.step import Step
from .samples import NEGLIGIBLE


class Recent:
    """A step that sees the slices that are new behind the ``past`` before them."""

    def __init__(self, step: Step, past: int) -> None:
        self._step, self._past = step, past
        self._before: Volume | None = None
        self.settles = past

    def __call__(self, volume: Volume) -> Volume:
        """The same slices, changed."""
        if not self._past:
            changed: Volume = self._step(volume)
            return changed
        known = volume if self._before is None else _joined(self._before, volume)
        self._before = _from(known, max(len(known.times) - self._past, 0))
        return replace(_from(self._step(known), len(known.times) - len(volume.times)), track=volume.track)


class LiveLds:
    """``LdsFilter``, one slice after the other: its estimate and variance are all it remembers."""

    def __init__(self, step: LdsFilter) -> None:
        self._drift = step.drift
        self._estimate: np.ndarray | None = None
        self._variance = 1.0
        predicted = (step.drift + math.sqrt(step.drift**2 + 4 * step.drift)) / 2  # where the variance settles
        self.settles = math.ceil(-math.log(NEGLIGIBLE) / math.log1p(predicted))

    def __call__(self, volume: Volume) -> Volume:
        """The same slices, smoothed; an invalid slice holds the estimate from before it."""
        x = volume.x.astype(np.float64)
        for t, valid in enumerate(volume.valid):
            x[t] = self._next(x[t], bool(valid))
        return volume.with_features(x.astype(np.float32))

    def _next(self, seen: np.ndarray, valid: bool) -> np.ndarray:
        if self._estimate is None:
            self._estimate = seen.copy() if valid else None
            return seen
        predicted = self._variance + self._drift
        gain = predicted / (predicted + 1) if valid else 0.0
        self._variance = (1 - gain) * predicted
        if gain:
            self._estimate = self._estimate + gain * (seen - self._estimate)
        return self._estimate


def no_slices(like: Volume, times: np.ndarray) -> Volume:
    """Invalid slices of zeros at ``times``, of the kind of ``like``."""
    shape = stored_shape(like.layout, len(like.features))
    nothing = np.zeros((len(times), *shape), like.stored.dtype)
    return replace(like, stored=nothing, times=times, valid=np.zeros(len(times), bool))


def _joined(first: Volume, second: Volume) -> Volume:
    stored, times = np.concatenate([first.stored, second.stored]), np.concatenate([first.times, second.times])
    return replace(second, stored=stored, times=times, valid=np.concatenate([first.valid, second.valid]), track=None)


def _from(volume: Volume, begin: int) -> Volume:
    """The slices from ``begin`` on, copied: a view would hold all the slices before in memory."""
    stored, times, valid = (values[begin:].copy() for values in (volume.stored, volume.times, volume.valid))
    return replace(volume, stored=stored, times=times, valid=valid, track=None)
