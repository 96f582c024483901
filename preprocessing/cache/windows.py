"""Windows: pairs of trial and start, cut when they are read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from ...signals import InputError, Layout
from ...signals.trials.volume import read_stored
from ..cache_files.slices import Slices
from ..steps.recipe import step_names
from .store import CacheStore
from .trial_clock import evenly_spaced


@dataclass(frozen=True, eq=False)
class Windows:
    """N windows of one series of a cache: an index only; slices are gathered when ``x`` is called.

    Attributes:
        cache, modality: The series that they are cut from.
        length, stride: Slices a window, and slices from one window of a trial to the next.
        trials: (N,) index of each window's trial in the cache.
        starts: (N,) slice of the trial with which each window begins.
        left_out: Windows that were left out because a slice is invalid, or not where it should be in time.
        truth: ``category`` (N,), ``dimensions`` (N, D) and ``units`` (N, U) where they are known already; None to read
            them from the files.
    """

    may_lack: ClassVar[bool] = False
    """Whether windows may lack slices, or hold invalid ones: those of one series have them all."""

    cache: CacheStore
    modality: str
    length: int
    stride: int
    trials: np.ndarray
    starts: np.ndarray
    left_out: int = 0
    truth: Mapping[str, np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.trials)

    def __repr__(self) -> str:
        simulated = ", simulated" if self.cache.simulated else ""
        counts = f"{len(self)} in {len(np.unique(self.trials))} trials, {self.left_out} left out"
        return f"{type(self).__name__}({self.modality} of {self.cache.dataset}{simulated}: {counts})"

    @property
    def parts(self) -> dict[str, "Windows"]:
        """The windows of each series: these."""
        return {self.modality: self}

    @property
    def n_slices(self) -> int:
        """T."""
        return self.length

    @property
    def slices(self) -> np.ndarray:
        """(N, T) slice of the trial at each place."""
        return self.starts[:, None] + np.arange(self.length)

    @property
    def layout(self) -> Layout:
        """The S sites."""
        return self.cache.layout(self.modality)

    @property
    def n_features(self) -> int:
        """F."""
        return len(self.cache.features(self.modality))

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """The cache's columns for each window's trial, (N,) each."""
        return {name: values[self.trials] for name, values in self.cache.columns.items()}

    def x(self, which: np.ndarray | None = None) -> np.ndarray:
        """The windows numbered ``which`` (B,), or all, copied: (B, T, S, F) float32."""
        return read_stored(self.layout, self._gather(which))

    def valid(self, which: np.ndarray | None = None) -> np.ndarray:
        """(B, T) bool, True where a slice of the windows numbered ``which`` may be trusted."""
        rows = self._rows if which is None else self._rows[which]
        return self._slices.valid[rows[:, None] + np.arange(self.length)]

    @cached_property
    def category(self) -> np.ndarray:
        """(N,) int16: the truth at each window's last slice, -1 for missing."""
        return self._truth("category")

    @cached_property
    def dimensions(self) -> np.ndarray:
        """(N, D), in the units of the task's ranges: the truth at each window's last slice, NaN for missing."""
        return self._truth("dimensions")

    @cached_property
    def units(self) -> np.ndarray:
        """(N, U) float32: the truth at each window's last slice, NaN for missing."""
        return self._truth("units")

    def take(self, indices: np.ndarray) -> Self:
        """Some of these windows."""
        return replace(
            self,
            trials=self.trials[indices],
            starts=self.starts[indices],
            truth=None if self.truth is None else {name: values[indices] for name, values in self.truth.items()},
        )

    def cut_anew(self, length: int, stride: int, trials: np.ndarray) -> "Windows":
        """Windows of the same series in ``trials`` of the cache, as ``Cache.windows`` cuts them."""
        return cut(self.cache, self.modality, length, stride, self.cache.chosen(trials))

    def blocks(self, size: int) -> Iterator[np.ndarray]:
        """Numbers of all windows, ``size`` at a time."""
        for begin in range(0, len(self), size):
            yield np.arange(begin, min(begin + size, len(self)))

    @property
    def _slices(self) -> Slices:
        return self.cache.slices(self.modality)

    @cached_property
    def _rows(self) -> np.ndarray:
        """(N,) the slice of the series with which each window begins."""
        return np.asarray(self._slices.begin[self.trials] + self.starts)

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        """For each window its file's number, and the slice of that file where it begins."""
        slices = self._slices
        return slices.file[self.trials], slices.in_file[self.trials] + self.starts

    def _gather(self, which: np.ndarray | None) -> np.ndarray:
        """What is stored of windows (B, T, ...)."""
        files, rows = self._places
        if which is not None:
            files, rows = files[which], rows[which]
        return self.cache.stored(self.modality, files).stretches(files, rows, self.length)

    def _truth(self, kind: str) -> np.ndarray:
        if self.truth is not None:
            return self.truth[kind]
        return np.asarray(getattr(self._slices, kind)[self._rows + self.length - 1])


@dataclass(frozen=True, eq=False, kw_only=True)
class ClockWindows(Windows):
    """Windows of one series among several, cut by the session clock (see ``JointWindows``): they may lack slices.

    Attributes:
        rows: (N, T) slice of the trial at each place, -1 where there is none.
    """

    may_lack: ClassVar[bool] = True
    rows: np.ndarray

    @property
    def n_slices(self) -> int:
        """T."""
        return int(self.rows.shape[1])

    @property
    def slices(self) -> np.ndarray:
        """(N, T) slice of the trial at each place, -1 where there is none."""
        return self.rows

    def take(self, indices: np.ndarray) -> Self:
        """Some of these windows."""
        return replace(super().take(indices), rows=self.rows[indices])

    def valid(self, which: np.ndarray | None = None) -> np.ndarray:
        """(B, T) bool, True where a slice is there and may be trusted, of the windows numbered ``which``."""
        rows, there = self._rows_there(which)
        return np.asarray(there & self._slices.valid[rows])

    def _gather(self, which: np.ndarray | None) -> np.ndarray:
        """What is stored of the slices that ``rows`` names, zeros where it names none."""
        rows, there = self._rows_there(which)
        trials = self.trials if which is None else self.trials[which]
        files = np.where(self._slices.recorded[trials], self._slices.file[trials], -1)
        picks = np.where(there, rows - self._slices.of_file[files][:, None], 0)
        first = int(np.flatnonzero(~np.isnan(self._slices.duration))[0])
        stored = self.cache.stored(self.modality, np.append(files[files >= 0], first))
        if len(files) and (files == files[0]).all() and files[0] >= 0:
            out = stored[files[0]][picks]
        else:
            like = stored[first]
            out = np.zeros((*picks.shape, *like.shape[1:]), like.dtype)
            for file, here in places_of(files):
                if file >= 0:
                    out[here] = stored[file][picks[here]]
        if not there.all():
            out[~there] = 0
        return out

    def _rows_there(self, which: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """(B, T) the slice of the series at each place, 0 where there is none, and bool, True where there is one."""
        rows = self.rows if which is None else self.rows[which]
        trials = self.trials if which is None else self.trials[which]
        there = rows >= 0
        return np.where(there, self._slices.begin[trials][:, None] + rows, 0), there


def cut(cache: CacheStore, modality: str, length: int, stride: int, trials: np.ndarray) -> Windows:
    """All windows of some trials; see ``Cache.windows``."""
    if length < 1 or stride < 1:
        raise InputError("windows", f"length {length}, stride {stride}", "whole numbers above 0")
    starts, counts, n_windows = [np.zeros(0, int)], [], 0
    for trial in trials.tolist():
        valid, n = _starts(cache, modality, length, stride, trial)
        starts.append(valid)
        counts.append(len(valid))
        n_windows += n
    whole = np.concatenate(starts)
    left_out = n_windows - len(whole)
    if len(trials) and not len(whole):
        slices = cache.slices(modality)
        raise InputError(
            cache.path,
            f"no window of {length} valid slices in {len(trials)} trials, {left_out} with an invalid one or a gap",
            "at least one",
            _shorter(int((slices.end - slices.begin)[trials].max()), length),
        )
    of_trial = np.repeat(trials, counts)
    return Windows(
        cache=cache, modality=modality, length=length, stride=stride, trials=of_trial, starts=whole, left_out=left_out
    )


def places_of(numbers: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Each of ``numbers`` (N,), as of files or trials, with the places where it stands: sorted once for all of them."""
    order = np.argsort(numbers, kind="stable")
    distinct, first = np.unique(numbers[order], return_index=True)
    yield from zip(distinct.tolist(), np.split(order, first[1:]), strict=False)


def _shorter(longest: int, length: int) -> str:
    """What to do where no window of ``length`` slices is whole; no trial has more slices than ``longest``."""
    if 0 < longest < length:
        least = "trials have one slice each: --window 1" if longest == 1 else f"--window {longest} is the longest trial"
        return f"use shorter windows ({least})"
    return "use shorter windows, as in --window 1; emo-preprocess inspect shows how much is invalid"


def by_number(recipe: Sequence[str]) -> bool:
    """True of steps that choose frames by their number, whenever they were shown: then time tells nothing."""
    return "EvenFrames" in step_names(recipe)


def _starts(cache: CacheStore, modality: str, length: int, stride: int, trial: int) -> tuple[np.ndarray, int]:
    """The slices with which the trial's windows begin that are whole, and the number of all windows."""
    slices = cache.slices(modality)
    rows = slices.rows(trial)
    valid = slices.valid[rows]
    if not len(valid):
        return np.zeros(0, int), 0
    invalid_before = np.concatenate([[0], np.cumsum(~valid)])
    starts = np.arange(0, len(valid) - length + 1, stride)
    whole = invalid_before[starts + length] == invalid_before[starts]
    evenly = evenly_spaced(slices.times[rows], float(slices.duration[slices.file[trial]]), length)[starts]
    if not evenly.all() and not by_number(cache.recipe.get(modality, ())):
        whole &= evenly
    return starts[whole], len(starts)
