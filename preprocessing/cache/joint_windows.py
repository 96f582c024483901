"""Windows of several series at once, cut by the session clock."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...signals import InputError
from .store import CacheStore
from .trial_clock import TRUTHS, longest_slice, slices_at, time_span, truth_at, valid_at
from .windows import Windows


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

    cache: CacheStore
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
        """(N, D), in the units of the task's ranges: the truth at each window's end, NaN for missing."""
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
            self,
            parts={name: part.take(indices) for name, part in self.parts.items()},
            trials=self.trials[indices],
            starts=self.starts[indices],
            begins=self.begins[indices],
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
        span = self.length * longest_slice(self.cache, self.parts)
        for own, other in {(int(a), int(b)) for a, b in zip(self.trials, trials, strict=True)}:
            if self.cache.holds(other, modality):
                here = (self.trials == own) & (trials == other)
                (begin, _), (start, stop) = (time_span(self.cache, trial, self.parts) for trial in (own, other))
                after = self.begins[here] - begin + seconds
                rows[here] = slices_at(
                    cache=self.cache,
                    modality=modality,
                    trial=other,
                    begins=start + after,
                    span=span,
                    count=part.n_slices,
                    around=stop - start,
                )
        return replace(part, trials=trials, rows=rows)


def cut_joint(
    cache: CacheStore, modalities: Sequence[str], length: int, stride: int, trials: np.ndarray
) -> JointWindows:
    """All windows of the given trials; see ``Cache.joint_windows``."""
    if length < 1 or stride < 1 or not modalities or len(set(modalities)) < len(modalities):
        found = f"length {length}, stride {stride}, series {', '.join(modalities) or 'none'}"
        raise InputError("windows", found, "whole numbers above 0, each series once")
    longest = longest_slice(cache, modalities)
    counts = {name: max(round(length * longest / cache.duration(name)), 1) for name in modalities}
    cuts = [
        _Cut.of(cache=cache, trial=int(trial), length=length, stride=stride, longest=longest, counts=counts)
        for trial in trials
    ]
    whole = _Cut.join(cuts, counts)
    if len(trials) and not len(whole.begins):
        raise InputError(
            cache.path,
            f"no window of {length * longest:g} s with a valid slice in {len(trials)} trials",
            "at least one",
            "use shorter windows; emo-preprocess inspect shows what there is",
        )
    of_trial = np.repeat(trials, [len(one.begins) for one in cuts])
    left_out = sum(one.left_out for one in cuts)
    starts = np.round(whole.starts).astype(int)
    parts = {
        name: Windows(
            cache=cache,
            modality=name,
            length=length,
            stride=stride,
            trials=of_trial,
            starts=starts,
            left_out=left_out,
            rows=whole.rows[name],
            truth=whole.truth,
        )
        for name in modalities
    }
    return JointWindows(
        cache=cache,
        parts=parts,
        length=length,
        stride=stride,
        trials=of_trial,
        starts=starts,
        begins=whole.begins,
        left_out=left_out,
    )


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
        n = max(int((stop - start - span) / (stride * longest) + 1e-6) + 1, 0) if stop - start > span - 1e-6 else 0
        starts = np.arange(n) * stride
        begins = start + starts * longest
        rows = {
            name: slices_at(cache=cache, modality=name, trial=trial, begins=begins, span=span, count=count)
            for name, count in counts.items()
        }
        usable = np.zeros(n, bool)
        for name, own in rows.items():
            usable |= ((own >= 0) & valid_at(cache, name, trial, own)).any(axis=1)
        kept = {name: own[usable] for name, own in rows.items()}
        return cls(begins[usable], starts[usable], kept, truth_at(cache, trial, kept), int(n - usable.sum()))

    @classmethod
    def join(cls, cuts: Sequence["_Cut"], counts: Mapping[str, int]) -> "_Cut":
        if not cuts:
            nothing = {name: np.zeros((0, count), int) for name, count in counts.items()}
            return cls(np.zeros(0), np.zeros(0), nothing, {}, 0)
        rows = {name: np.concatenate([one.rows[name] for one in cuts]) for name in counts}
        truth = {part: np.concatenate([one.truth[part] for one in cuts]) for part in TRUTHS}
        begins, starts = (np.concatenate([getattr(one, name) for one in cuts]) for name in ("begins", "starts"))
        return cls(begins, starts, rows, truth, sum(one.left_out for one in cuts))


def _present(part: Windows) -> np.ndarray:
    return np.concatenate([np.zeros(0, bool), *(part.valid(block).any(axis=1) for block in part.blocks(4096))])
