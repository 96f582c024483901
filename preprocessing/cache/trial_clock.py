"""Places of a trial's series on the session clock: their slices at certain times, and the truth there."""

from collections.abc import Mapping, Sequence

import numpy as np

from ...signals.streams.rates import same_rate, usual_interval
from .store import CacheStore

TRUTHS = ("category", "dimensions", "units")
"""Kinds of truth that a series of a cache has for each slice."""

_LATEST = 0.9
"""Slices of a window may be this far, in slices, from each other's even places: a little less than half a slice each
way, so that one dropped frame, which moves all behind it by 1, always shows."""


def evenly_spaced(times: np.ndarray, duration: float, length: int) -> np.ndarray:
    """Bool for each of the (n - length + 1,) windows: whether its slices lie where they should in time.

    They do where a grid of even places exists with each slice within half a slice of its own. So no window bridges a
    gap, while a rate that is a little another one, a camera's jitter, and frames taken at another rate are no matter.

    Args:
        times: (n,) seconds at which the slices of a trial begin.
        duration: Seconds of a slice.
        length: Slices of a window.
    """
    count = max(len(times) - length + 1, 0)
    if count == 0 or length == 1:
        return np.ones(count, bool)
    intervals = np.diff(times)
    if np.ptp(intervals) * len(times) <= _LATEST * intervals.min():
        return np.ones(count, bool)
    step = _step(intervals, duration)
    away = (times - times[0]) / step - np.arange(len(times))
    if np.ptp(away) <= _LATEST:
        return np.ones(count, bool)
    windows = np.lib.stride_tricks.sliding_window_view(away, length)
    return np.asarray(windows.max(axis=1) - windows.min(axis=1) <= _LATEST)


def _step(intervals: np.ndarray, duration: float) -> float:
    """Seconds from one slice to the next, gaps apart: the usual ones, unless frames of a higher rate are left out."""
    usual = usual_interval(intervals)
    thinned = float(intervals[intervals < 2.5 * usual].mean())  # of each five of 30 frames a second, 25 leave out one
    return duration if not same_rate(usual, duration) and abs(thinned - duration) < 0.1 * duration else usual


def longest_slice(cache: CacheStore, modalities: Sequence[str] | Mapping[str, object]) -> float:
    """Seconds of the longest slice."""
    return max(cache.duration(name) for name in modalities)


def slice_times(cache: CacheStore, modality: str, trial: int) -> np.ndarray:
    """(n,) seconds at which the slices of a trial begin."""
    slices = cache.slices(modality)
    return slices.times[slices.rows(trial)]


def time_span(cache: CacheStore, trial: int, modalities: Sequence[str] | Mapping[str, object]) -> tuple[float, float]:
    """The seconds between which windows lie: the first slice of the series with the longest ones, and the last end."""
    recorded = [name for name in modalities if cache.holds(trial, name)]
    if not recorded:
        return 0.0, 0.0
    slowest = max(recorded, key=cache.duration)
    start = float(slice_times(cache, slowest, trial)[0])
    return start, max(float(slice_times(cache, name, trial)[-1]) + cache.duration(name) for name in recorded)


def slices_at(
    cache: CacheStore, modality: str, trial: int, begins: np.ndarray, span: float, count: int, around: float = 0.0
) -> np.ndarray:
    """(N, count) the slice nearest to each wanted time, -1 where none is within half a slice.

    ``around``: length in seconds of a trial that begins anew where it ends; 0 for one that does not.
    """
    if not cache.holds(trial, modality):
        return np.full((len(begins), count), -1)
    times = slice_times(cache, modality, trial)
    if around:
        begins = begins - times[0]  # and each slice of a window by itself may come from the other end
    return nearest_slices(
        times=times, slice_seconds=cache.duration(modality), begins=begins, span=span, count=count, around=around
    )


def nearest_slices(
    times: np.ndarray, slice_seconds: float, begins: np.ndarray, span: float, count: int, around: float = 0.0
) -> np.ndarray:
    """(N, count) for each window the slices nearest to its even grid in time, -1 where none is within half a slice.

    Args:
        times: (n,) seconds at which the slices begin.
        slice_seconds: How long one is.
        begins: (N,) seconds at which the windows begin; after ``times[0]`` where ``around`` is not 0.
        span, count: Seconds of a window, and slices in it.
        around: Length in seconds of a trial that begins anew where it ends; 0 for one that does not.
    """
    wanted = begins[:, None] + np.arange(count) * (span / count)
    if around:
        wanted = times[0] + wanted % around
    # The first slice not earlier than half a slice before the wanted time is the nearest, where slices do not overlap.
    near = np.clip(np.searchsorted(times, wanted - slice_seconds / 2), 0, len(times) - 1)
    return np.where(np.abs(times[near] - wanted) <= slice_seconds / 2 + 1e-6, near, -1)


def valid_at(cache: CacheStore, modality: str, trial: int, rows: np.ndarray) -> np.ndarray:
    """Bool of the shape of ``rows``: True where that slice of a trial may be trusted, False without the series."""
    if not cache.holds(trial, modality):
        return np.zeros(rows.shape, bool)
    slices = cache.slices(modality)
    return np.asarray(slices.valid[slices.rows(trial)][np.maximum(rows, 0)])


def truth_at(cache: CacheStore, trial: int, rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The truth at the last slice of each window: of the series with the shortest slices that has one there."""
    recorded = [name for name in rows if cache.holds(trial, name)]
    truth: dict[str, np.ndarray] = {}
    for name in sorted(recorded, key=cache.duration, reverse=True):  # the shortest slices last: theirs stays
        slices, last = cache.slices(name), rows[name].max(axis=1)
        known = (last >= 0)[:, None]
        for kind in TRUTHS:
            values = getattr(slices, kind)[slices.begin[trial] + np.maximum(last, 0)]
            before = truth.get(kind, _missing(values))
            truth[kind] = np.where(known if values.ndim == 2 else known[:, 0], values, before)
    return truth


def _missing(like: np.ndarray) -> np.ndarray:
    return np.full_like(like, -1 if like.dtype.kind == "i" else np.nan)
