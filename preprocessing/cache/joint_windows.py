"""Windows of several series at once, cut by the session clock."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ...signals import InputError
from .store import CacheStore
from .trial_clock import longest_slice, slices_at, time_span, truth_at, valid_at
from .windows import ClockWindows, Windows, places_of


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
        left_out: Windows that were left out because no series has a valid slice in them, or one has a joint.
    """

    cache: CacheStore
    parts: Mapping[str, ClockWindows]
    length: int
    stride: int
    trials: np.ndarray
    starts: np.ndarray
    begins: np.ndarray
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.trials)

    def __repr__(self) -> str:
        simulated = ", simulated" if self.cache.simulated else ""
        counts = f"{len(self)} in {len(np.unique(self.trials))} trials, {self.left_out} left out"
        return f"JointWindows({self.modality} of {self.cache.dataset}{simulated}: {counts})"

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
        return self._first.category

    @property
    def dimensions(self) -> np.ndarray:
        """(N, D), in the units of the task's ranges: the truth at each window's end, NaN for missing."""
        return self._first.dimensions

    @property
    def units(self) -> np.ndarray:
        """(N, U) float32: the truth at each window's end, NaN for missing."""
        return self._first.units

    @cached_property
    def present(self) -> dict[str, np.ndarray]:
        """By series (N,) bool, True where it has a valid slice in the window."""
        return {name: _present(windows) for name, windows in self.parts.items()}

    def take(self, indices: np.ndarray) -> "JointWindows":
        """Some of these windows."""
        return replace(
            self,
            parts={name: windows.take(indices) for name, windows in self.parts.items()},
            trials=self.trials[indices],
            starts=self.starts[indices],
            begins=self.begins[indices],
        )

    def blocks(self, size: int) -> Iterator[np.ndarray]:
        """Numbers of all windows, ``size`` at a time."""
        return self._first.blocks(size)

    def without(self, modality: str) -> "JointWindows":
        """The same windows as if ``modality`` had not been recorded."""
        windows = self._windows(modality)
        return self._with(modality, replace(windows, rows=np.full_like(windows.rows, -1)))

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
    def _first(self) -> ClockWindows:
        """The windows of one series, for what is equal in all."""
        return next(iter(self.parts.values()))

    def _windows(self, modality: str) -> ClockWindows:
        if modality not in self.parts:
            raise InputError("windows", f"no series {modality!r}", f"one of {', '.join(self.parts)}", "name one")
        return self.parts[modality]

    def _with(self, modality: str, windows: ClockWindows) -> "JointWindows":
        return replace(self, parts={**self.parts, modality: windows})

    def _moved(self, modality: str, trials: np.ndarray, seconds: float) -> ClockWindows:
        """The windows of one series in ``trials`` (N,), from ``seconds`` after where they are in these.

        ``trials`` are those of the windows, or another trial for each of them.
        """
        windows = self._windows(modality)
        rows = np.full_like(windows.rows, -1)
        span = self.length * longest_slice(self.cache, self.parts)
        for trial, here in places_of(self.trials):
            source = int(trials[here[0]])
            if self.cache.holds(source, modality):
                begin, _ = time_span(self.cache, trial, self.parts)
                start, stop = time_span(self.cache, source, self.parts)
                rows[here] = slices_at(
                    cache=self.cache,
                    modality=modality,
                    trial=source,
                    begins=start + self.begins[here] - begin + seconds,
                    span=span,
                    count=windows.n_slices,
                    around=stop - start,
                )
        return replace(windows, trials=trials, rows=rows)


def cut_joint(
    cache: CacheStore, modalities: Sequence[str], length: int, stride: int, trials: np.ndarray
) -> JointWindows:
    """All windows of some trials; see ``Cache.joint_windows``."""
    if length < 1 or stride < 1 or not modalities or len(set(modalities)) < len(modalities):
        found = f"length {length}, stride {stride}, series {', '.join(modalities) or 'none'}"
        raise InputError("windows", found, "whole numbers above 0, each series once")
    longest = longest_slice(cache, modalities)
    counts = {name: max(round(length * longest / cache.duration(name)), 1) for name in modalities}
    cuts = []
    for trial in trials.tolist():
        cuts.append(_Cut.of(cache=cache, trial=trial, length=length, stride=stride, longest=longest, counts=counts))
    whole = _Cut.join(cuts, counts)
    if len(trials) and not len(whole.begins):
        raise InputError(
            cache.path,
            f"no window of {length * longest:g} s with a valid slice and without a joint in {len(trials)} trials",
            "at least one",
            f"use shorter windows: --window counts slices of {longest:g} s; emo-preprocess inspect shows the trials",
        )
    common: dict[str, Any] = {
        "cache": cache,
        "length": length,
        "stride": stride,
        "trials": np.repeat(trials, [len(cut.begins) for cut in cuts]),
        "starts": np.round(whole.starts).astype(int),
        "left_out": whole.left_out,
    }
    parts = {}
    for name in modalities:
        parts[name] = ClockWindows(modality=name, rows=whole.rows[name], truth=whole.truth, **common)
    return JointWindows(parts=parts, begins=whole.begins, **common)


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
        cls, cache: CacheStore, trial: int, length: int, stride: int, longest: float, counts: Mapping[str, int]
    ) -> "_Cut":
        start, stop = time_span(cache, trial, counts)
        span = length * longest
        # The millionths: clocks are sums of floats, and a window that just fits must not be lost to their rounding.
        n = max(int((stop - start - span) / (stride * longest) + 1e-6) + 1, 0) if stop - start > span - 1e-6 else 0
        starts = np.arange(n) * stride
        begins = start + starts * longest
        rows, usable, whole = {}, np.zeros(n, bool), np.ones(n, bool)
        for name, count in counts.items():
            at = slices_at(cache=cache, modality=name, trial=trial, begins=begins, span=span, count=count)
            usable |= ((at >= 0) & valid_at(cache, name, trial, at)).any(axis=1)
            whole &= ~np.isin(at, cache.slices(name).joints_of(trial)).any(axis=1)
            rows[name] = at
        usable &= whole
        rows = {name: at[usable] for name, at in rows.items()}
        return cls(begins[usable], starts[usable], rows, truth_at(cache, trial, rows), int(n - usable.sum()))

    @classmethod
    def join(cls, cuts: Sequence["_Cut"], counts: Mapping[str, int]) -> "_Cut":
        if not cuts:
            nothing = {name: np.zeros((0, count), int) for name, count in counts.items()}
            return cls(np.zeros(0), np.zeros(0), nothing, {}, 0)
        return cls(
            begins=np.concatenate([cut.begins for cut in cuts]),
            starts=np.concatenate([cut.starts for cut in cuts]),
            rows=_joined([cut.rows for cut in cuts]),
            truth=_joined([cut.truth for cut in cuts if cut.truth]),  # none in a trial without any of the series
            left_out=sum(cut.left_out for cut in cuts),
        )


def _joined(columns: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    names = columns[0] if columns else ()
    return {name: np.concatenate([of_trial[name] for of_trial in columns]) for name in names}


def _present(windows: Windows) -> np.ndarray:
    present = [windows.valid(block).any(axis=1) for block in windows.blocks(4096)]  # all at once may not fit in memory
    return np.concatenate([np.zeros(0, bool), *present])
