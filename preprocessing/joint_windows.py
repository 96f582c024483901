"""Windows of several series at once, cut by the session clock."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..signals import InputError
from .windows import Windows

if TYPE_CHECKING:
    from .cache import Cache

_PARTS = ("category", "dimensions", "units")


@dataclass(frozen=True, eq=False)
class JointWindows:
    """N windows of equal time of several series; each series has its own number of slices in them.

    Attributes:
        cache: What they are cut from.
        parts: The windows of each series, N each, with masks where a series has nothing.
        length, stride: Slices of the series with the longest slices.
        trials: (N,) index of each window's trial in the cache.
        starts: (N,) where in its trial each begins, in slices of the series with the longest.
        begins: (N,) the same in seconds on the session clock.
        left_out: Windows that were not taken because no series has a valid slice in them.
    """

    cache: "Cache"
    parts: Mapping[str, Windows]
    length: int
    stride: int
    trials: np.ndarray
    starts: np.ndarray
    begins: np.ndarray
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.trials)

    @property
    def modality(self) -> str:
        """The names of the series, joined by +."""
        return "+".join(self.parts)

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """The cache's columns for each window's trial, (N,) each."""
        return {name: values[self.trials] for name, values in self.cache.columns.items()}

    @property
    def category(self) -> np.ndarray:
        """(N,) int16: the truth at each window's end, -1 for missing."""
        return self._any.category

    @property
    def dimensions(self) -> np.ndarray:
        """(N, D) float32: the truth at each window's end, NaN for missing."""
        return self._any.dimensions

    @property
    def units(self) -> np.ndarray:
        """(N, U) float32: the truth at each window's end, NaN for missing."""
        return self._any.units

    @cached_property
    def present(self) -> dict[str, np.ndarray]:
        """For each series whether it has a valid slice in the window, (N,) bool."""
        return {name: _present(part) for name, part in self.parts.items()}

    def take(self, indices: np.ndarray) -> "JointWindows":
        """Some of these windows."""
        return replace(
            self, parts={name: part.take(indices) for name, part in self.parts.items()}, trials=self.trials[indices],
            starts=self.starts[indices], begins=self.begins[indices],
        )

    def blocks(self, size: int) -> Iterator[np.ndarray]:
        """Numbers of all windows, ``size`` at a time."""
        return self._any.blocks(size)

    def without(self, modality: str) -> "JointWindows":
        """The same windows as if ``modality`` had not been recorded."""
        part = self._part(modality)
        assert part.rows is not None
        return self._with(modality, replace(part, rows=np.full_like(part.rows, -1)))

    def shifted(self, modality: str, seconds: float) -> "JointWindows":
        """The same windows, with what ``modality`` showed ``seconds`` later (earlier, if negative).

        What would lie beyond an end of the trial comes from its other end, so that nothing is missing for it.
        """
        return self._with(modality, self._moved(modality, self.trials, seconds))

    def swapped(self, modality: str, partner: np.ndarray) -> "JointWindows":
        """The same windows, with ``modality`` taken from other trials, from as long after their beginning.

        Args:
            modality: The series.
            partner: (trials of the cache,) for each trial the one to take it from; a shorter one begins again.
        """
        return self._with(modality, self._moved(modality, np.asarray(partner)[self.trials], 0.0))

    @property
    def _any(self) -> Windows:
        return next(iter(self.parts.values()))

    def _part(self, modality: str) -> Windows:
        if modality not in self.parts:
            raise InputError("windows", f"no series {modality!r}", f"one of {', '.join(self.parts)}", "name one")
        return self.parts[modality]

    def _with(self, modality: str, part: Windows) -> "JointWindows":
        return replace(self, parts={**self.parts, modality: part})

    def _moved(self, modality: str, trials: np.ndarray, seconds: float) -> Windows:
        """The windows of one series in ``trials`` (N,), from ``seconds`` after where they are in these."""
        part = self._part(modality)
        assert part.rows is not None
        rows = np.full_like(part.rows, -1)
        span = self.length * _longest(self.cache, self.parts)
        for own, other in {(int(a), int(b)) for a, b in zip(self.trials, trials, strict=True)}:
            if self.cache.holds(other, modality):
                here = (self.trials == own) & (trials == other)
                (begin, _), (start, stop) = (_span(self.cache, trial, self.parts) for trial in (own, other))
                after = self.begins[here] - begin + seconds
                rows[here] = _rows(self.cache, modality, other, start + after, span, part.n_slices, stop - start)
        return replace(part, trials=trials, rows=rows)


def cut_joint(cache: "Cache", modalities: Sequence[str], length: int, stride: int, trials: np.ndarray) -> JointWindows:
    """All windows of the given trials; see ``Cache.joint_windows``."""
    if length < 1 or stride < 1 or not modalities or len(set(modalities)) < len(modalities):
        found = f"length {length}, stride {stride}, series {', '.join(modalities) or 'none'}"
        raise InputError("windows", found, "whole numbers above 0, each series once", "correct them")
    longest = _longest(cache, modalities)
    counts = {name: max(round(length * longest / cache.duration(name)), 1) for name in modalities}
    cuts = [_Cut.of(cache, int(trial), length, stride, longest, counts) for trial in trials]
    whole = _Cut.join(cuts, counts)
    if len(trials) and not len(whole.begins):
        raise InputError(
            cache.path, f"no window of {length * longest:g} s with a valid slice in {len(trials)} trials",
            "at least one", "use shorter windows; emo-preprocess inspect shows what there is",
        )
    of_trial = np.repeat(trials, [len(one.begins) for one in cuts])
    left_out = sum(one.left_out for one in cuts)
    starts = np.round(whole.starts).astype(int)
    parts = {
        name: Windows(cache, name, length, stride, of_trial, starts, left_out, whole.rows[name], whole.truth)
        for name in modalities
    }
    return JointWindows(cache, parts, length, stride, of_trial, starts, whole.begins, left_out)


AnyWindows = Windows | JointWindows
"""Windows of one series, or of several on one clock."""


@dataclass(frozen=True, eq=False)
class _Cut:
    """The windows of one trial."""

    begins: np.ndarray
    starts: np.ndarray
    rows: dict[str, np.ndarray]
    truth: dict[str, np.ndarray]
    left_out: int

    @classmethod
    def of(
        cls, cache: "Cache", trial: int, length: int, stride: int, longest: float, counts: Mapping[str, int]
    ) -> "_Cut":
        start, stop = _span(cache, trial, counts)
        span = length * longest
        n = max(int((stop - start - span) / (stride * longest) + 1e-6) + 1, 0) if stop - start > span - 1e-6 else 0
        starts = np.arange(n) * stride
        begins = start + starts * longest
        rows = {name: _rows(cache, name, trial, begins, span, count) for name, count in counts.items()}
        usable = np.zeros(n, bool)
        for name, own in rows.items():
            usable |= ((own >= 0) & _valid(cache, name, trial, own)).any(axis=1)
        kept = {name: own[usable] for name, own in rows.items()}
        return cls(begins[usable], starts[usable], kept, _truth(cache, trial, kept), int(n - usable.sum()))

    @classmethod
    def join(cls, cuts: Sequence["_Cut"], counts: Mapping[str, int]) -> "_Cut":
        if not cuts:
            nothing = {name: np.zeros((0, count), int) for name, count in counts.items()}
            return cls(np.zeros(0), np.zeros(0), nothing, {}, 0)
        rows = {name: np.concatenate([one.rows[name] for one in cuts]) for name in counts}
        truth = {part: np.concatenate([one.truth[part] for one in cuts]) for part in _PARTS}
        begins, starts = (np.concatenate([getattr(one, name) for one in cuts]) for name in ("begins", "starts"))
        return cls(begins, starts, rows, truth, sum(one.left_out for one in cuts))


def _longest(cache: "Cache", modalities: Sequence[str] | Mapping[str, object]) -> float:
    """Seconds of the longest slice."""
    return max(cache.duration(name) for name in modalities)


def _clock(cache: "Cache", modality: str, trial: int) -> np.ndarray:
    """(n,) seconds at which the slices of a trial begin."""
    file, number = cache.place(trial)
    series = cache.series(file, modality)
    return series.times[series.first[number]:series.first[number + 1]]


def _span(cache: "Cache", trial: int, modalities: Sequence[str] | Mapping[str, object]) -> tuple[float, float]:
    """From when to when windows lie: from the beginning of the series with the longest slices, to the last end."""
    there = [name for name in modalities if cache.holds(trial, name)]
    if not there:
        return 0.0, 0.0
    slowest = max(there, key=cache.duration)
    start = float(_clock(cache, slowest, trial)[0])
    return start, max(float(_clock(cache, name, trial)[-1]) + cache.duration(name) for name in there)


def _rows(
    cache: "Cache", modality: str, trial: int, begins: np.ndarray, span: float, count: int, around: float = 0.0
) -> np.ndarray:
    """(N, count) the slice nearest to each wanted time, -1 where none is within half a slice.

    ``around``: length in seconds of a trial that begins anew where it ends; 0 for one that does not.
    """
    if not cache.holds(trial, modality):
        return np.full((len(begins), count), -1)
    times = _clock(cache, modality, trial)
    if around:
        begins = begins - times[0]  # and each slice of a window by itself may come from the other end
    return nearest_slices(times, cache.duration(modality), begins, span, count, around)


def nearest_slices(
    times: np.ndarray, slice_seconds: float, begins: np.ndarray, span: float, count: int, around: float = 0.0
) -> np.ndarray:
    """(N, count) for each window the slices nearest to its even grid in time, -1 where none is within half a slice.

    Args:
        times: (n,) seconds at which the slices begin.
        slice_seconds: How long one is.
        begins: (N,) seconds at which the windows begin; behind ``times[0]`` where ``around`` is given.
        span, count: Seconds of a window, and slices in it.
        around: Length in seconds of a trial that begins anew where it ends; 0 for one that does not.
    """
    wanted = begins[:, None] + np.arange(count) * (span / count)
    if around:
        wanted = times[0] + wanted % around
    near = np.clip(np.searchsorted(times, wanted - slice_seconds / 2), 0, len(times) - 1)
    return np.where(np.abs(times[near] - wanted) <= slice_seconds / 2 + 1e-6, near, -1)


def _valid(cache: "Cache", modality: str, trial: int, rows: np.ndarray) -> np.ndarray:
    if not cache.holds(trial, modality):
        return np.zeros(rows.shape, bool)
    file, number = cache.place(trial)
    series = cache.series(file, modality)
    return np.asarray(series.valid[series.first[number]:series.first[number + 1]][np.maximum(rows, 0)])


def _truth(cache: "Cache", trial: int, rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The truth at the last slice of each window: of the series with the shortest slices that has one there."""
    file, number = cache.place(trial)
    there = sorted((name for name in rows if cache.holds(trial, name)), key=cache.duration, reverse=True)
    found: dict[str, np.ndarray] = {}
    for name in there:
        series, last = cache.series(file, name), rows[name].max(axis=1)
        known = (last >= 0)[:, None]
        for part in _PARTS:
            values = getattr(series, part)[series.first[number] + np.maximum(last, 0)]
            before = found.get(part, _missing(values))
            found[part] = np.where(known if values.ndim == 2 else known[:, 0], values, before)
    return found


def _missing(like: np.ndarray) -> np.ndarray:
    return np.full_like(like, -1 if like.dtype.kind == "i" else np.nan)


def _present(part: Windows) -> np.ndarray:
    return np.concatenate([np.zeros(0, bool), *(part.valid(block).any(axis=1) for block in part.blocks(4096))])
