"""Smoothing over slices, inside one trial and between joints.

Invalid slices are passed over: nothing of theirs gets into the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...signals import InputError, Volume
from .step import Step


@dataclass(frozen=True)
class MovingAverage(Step):
    """Mean of the last ``width`` slices, those before the trial left out: causal.

    Args:
        width: Slices, two or more.

    Raises:
        InputError: The width is smaller.
    """

    causal: ClassVar[bool] = True
    width: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_width(self, self.width >= 2, "2 or more")

    def __call__(self, volume: Volume) -> Volume:
        """The same slices, smoothed; invalid ones keep their values."""
        return _averaged(volume, before=self.width - 1, after=0)


@dataclass(frozen=True)
class CentredMovingAverage(Step):
    """Mean of the ``width`` slices around each: not causal.

    Args:
        width: Slices, an odd number of three or more.

    Raises:
        InputError: The width is even or smaller.
    """

    causal: ClassVar[bool] = False
    width: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_width(self, self.width >= 3 and self.width % 2 == 1, "an odd number, 3 or more")

    def __call__(self, volume: Volume) -> Volume:
        """The same slices, smoothed; invalid ones keep their values."""
        return replace(_averaged(volume, before=self.width // 2, after=self.width // 2), causal=self.causal)


@dataclass(frozen=True)
class LdsFilter(Step):
    """Linear dynamical system, forward pass: each site and band is a random walk seen with noise. Causal.

    The Kalman filter of ``z[t] = z[t-1] + w``, ``y[t] = z[t] + v`` with ``var w = drift var v``. It starts at the
    first valid slice, with uncertainty var v, not at the trial's mean as published code does, which looks ahead. The
    gains are the same for all sites and bands.

    Args:
        drift: Variance of a step of the walk over variance of the noise; smaller is smoother. SEED's tools use 1e-4.

    Raises:
        InputError: The drift is not positive.
    """

    causal: ClassVar[bool] = True
    drift: float = 1e-4

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_drift(self, self.drift)

    def __call__(self, volume: Volume) -> Volume:
        """The same slices, smoothed; an invalid slice holds the estimate from before it."""
        smoothed = [_forward(*piece, self.drift)[0] for piece in _pieces(volume)]
        return volume.with_features(np.concatenate(smoothed).astype(np.float32))


@dataclass(frozen=True)
class LdsSmoother(Step):
    """Linear dynamical system, forward and backward pass (Rauch, Tung and Striebel 1965): not causal.

    The best estimate of each slice from all slices of the trial, under the model of ``LdsFilter``.

    Args:
        drift: Variance of a step of the walk over variance of the noise; smaller is smoother.

    Raises:
        InputError: The drift is not positive.
    """

    causal: ClassVar[bool] = False
    drift: float = 1e-4

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_drift(self, self.drift)

    def __call__(self, volume: Volume) -> Volume:
        """The same slices, smoothed; an invalid slice holds the estimate from those around it."""
        smoothed = [_backward(*_forward(*piece, self.drift), self.drift) for piece in _pieces(volume)]
        return volume.with_features(np.concatenate(smoothed).astype(np.float32), causal=self.causal)


def _pieces(volume: Volume) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Values and validity of the slices between joints; a trial without any is one piece."""
    x = volume.x
    return ((x[begin:end], volume.valid[begin:end]) for begin, end in volume.pieces)


def _backward(estimate: np.ndarray, variance: np.ndarray, drift: float) -> np.ndarray:
    """Values (T, S, F) smoothed from filtered ones, which change, and their variance (T,)."""
    begun = np.flatnonzero(np.isfinite(variance))[:-1]
    for t in begun[::-1]:
        estimate[t] += variance[t] / (variance[t] + drift) * (estimate[t + 1] - estimate[t])
    return estimate


def _forward(x: np.ndarray, valid: np.ndarray, drift: float) -> tuple[np.ndarray, np.ndarray]:
    """Filtered values (T, S, F) in float64 and their variance (T,) in units of var v, infinite before the first."""
    estimate, variance = x.astype(np.float64), np.full(len(x), np.inf)
    if not valid.any():
        return estimate, variance
    first = int(np.argmax(valid))
    variance[first] = 1.0
    for t in range(first + 1, len(estimate)):
        predicted = variance[t - 1] + drift
        gain = predicted / (predicted + 1) if valid[t] else 0.0
        variance[t] = (1 - gain) * predicted
        estimate[t] = estimate[t - 1] + gain * (estimate[t] - estimate[t - 1]) if gain else estimate[t - 1]
    return estimate, variance


def _averaged(volume: Volume, before: int, after: int) -> Volume:
    """Means of the valid slices from ``before`` ahead of each to ``after`` behind it."""
    edges = np.array(volume.pieces)
    lengths = edges[:, 1] - edges[:, 0]
    first, last = np.repeat(edges[:, 0], lengths), np.repeat(edges[:, 1], lengths)  # of the piece of each slice
    place = np.arange(len(volume.x))
    known = np.where(volume.valid[:, None, None], volume.x, 0)
    # running sums in float64: in float32 the sum of a long trial would swallow the digits of single slices
    total = np.concatenate([np.zeros((1, *known.shape[1:])), np.cumsum(known, axis=0, dtype=np.float64)])
    number = np.concatenate([[0], np.cumsum(volume.valid)])
    begin = np.maximum(place - before, first)
    end = np.minimum(place + after + 1, last)
    mean = (total[end] - total[begin]) / np.maximum(number[end] - number[begin], 1)[:, None, None]
    x = np.where(volume.valid[:, None, None], mean, volume.x)
    return volume.with_features(x.astype(np.float32))


def _check_width(step: Step, right: bool, wanted: str) -> None:
    if not right:
        raise InputError(repr(step), "a width that averages nothing", wanted, "correct it, or leave the step out")


def _check_drift(step: Step, drift: float) -> None:
    if not drift > 0:
        raise InputError(repr(step), f"a drift of {drift:g}", "a positive one", "correct it, or leave the step out")
