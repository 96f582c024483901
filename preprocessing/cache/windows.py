"""Windows: pairs of trial and start, cut when they are read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from ...signals import InputError, Layout
from ...signals.trials.volume import read_stored
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
        return read_stored(self.layout, self._gather("stored", which))

    def valid(self, which: np.ndarray | None = None) -> np.ndarray:
        """(B, T) bool, True where a slice of the windows numbered ``which`` may be trusted."""
        return self._gather("valid", which)

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

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        """For each window its file's number, and the slice of that file where it begins."""
        files, first = self._trial_places
        return files, first + self.starts

    @cached_property
    def _trial_places(self) -> tuple[np.ndarray, np.ndarray]:
        """For each window its file's number, and the slice of that file where its trial begins."""
        used, back = np.unique(self.trials, return_inverse=True)
        places = [self._place(int(trial)) for trial in used]
        files, first = np.array(places, int).reshape(-1, 2).T
        return files[back], first[back]

    def _place(self, trial: int) -> tuple[int, int]:
        """A trial's file and its first slice there; file -1 where it lacks the series."""
        file, number = self.cache.place(trial)
        if not self.cache.holds(trial, self.modality):
            return -1, 0
        return file, int(self.cache.series(file, self.modality).first[number])

    def _gather(self, column: str, which: np.ndarray | None) -> np.ndarray:
        """``column`` of windows: one index where they share a file, else one copy a window, straight to its place."""
        files, rows = self._places
        if which is not None:
            files, rows = files[which], rows[which]
        if len(files) and (files == files[0]).all():
            return self._source(column, files[0])[rows[:, None] + np.arange(self.length)]
        like = self._source(column, files[0] if len(files) else 0)
        out = np.empty((len(rows), self.length, *like.shape[1:]), like.dtype)
        # File by file: those beyond the most that stay open would be opened again for every window.
        order, opened, source = np.argsort(files, kind="stable"), -1, like
        for place, file, row in zip(order.tolist(), files[order].tolist(), rows[order].tolist(), strict=True):
            if file != opened:
                opened, source = file, self._source(column, file)
            out[place] = source[row : row + self.length]
        return out

    def _truth(self, kind: str) -> np.ndarray:
        return self._last(kind) if self.truth is None else self.truth[kind]

    def _last(self, kind: str) -> np.ndarray:
        files, rows = self._places
        like = self._source(kind, files[0] if len(files) else 0)
        out = np.empty((len(rows), *like.shape[1:]), like.dtype)
        for file in np.unique(files):
            here = files == file
            out[here] = self._source(kind, file)[rows[here] + self.length - 1]
        return out

    def _source(self, column: str, file: int) -> np.ndarray:
        source: np.ndarray = getattr(self.cache.series(int(file), self.modality), column)
        return source


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

    @cached_property
    def _picks(self) -> tuple[np.ndarray, np.ndarray]:
        """(N, T) slices of the files at each place, and (N,) bool, True where some lack."""
        missing = self.rows < 0
        return np.where(missing, 0, self.rows + self._trial_places[1][:, None]), np.asarray(missing.any(axis=1))

    def _gather(self, column: str, which: np.ndarray | None) -> np.ndarray:
        """``column`` at the slices that ``rows`` names, zeros where it names none."""
        wanted = slice(None) if which is None else which
        picks, lacks = (values[wanted] for values in self._picks)
        files = self._trial_places[0][wanted]
        if len(files) and (files == files[0]).all() and files[0] >= 0:
            out: np.ndarray = self._source(column, files[0])[picks]
        else:
            like = self._like(column)
            out = np.zeros((*picks.shape, *like.shape[1:]), like.dtype)
            for file in np.unique(files[files >= 0]):
                here = files == file
                out[here] = self._source(column, file)[picks[here]]
        if lacks.any():
            out[self.rows[wanted] < 0] = 0
        return out

    def _like(self, column: str) -> np.ndarray:
        """``column`` of the first file that has the series."""
        files = range(len(self.cache.index.files))
        return self._source(column, next(n for n in files if self.modality in self.cache.file(n).series))


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
        raise InputError(
            cache.path,
            f"no window of {length} valid slices in {len(trials)} trials, {left_out} with an invalid one or a gap",
            "at least one",
            _shorter(max(_n_slices(cache, modality, trial) for trial in trials.tolist()), length),
        )
    of_trial = np.repeat(trials, counts)
    return Windows(
        cache=cache, modality=modality, length=length, stride=stride, trials=of_trial, starts=whole, left_out=left_out
    )


def _shorter(longest: int, length: int) -> str:
    """What to do where no window of ``length`` slices is whole; no trial has more slices than ``longest``."""
    if 0 < longest < length:
        least = "trials have one slice each: --window 1" if longest == 1 else f"--window {longest} is the longest trial"
        return f"use shorter windows ({least})"
    return "use shorter windows, as in --window 1; emo-preprocess inspect shows how much is invalid"


def _n_slices(cache: CacheStore, modality: str, trial: int) -> int:
    if not cache.holds(trial, modality):
        return 0
    file, number = cache.place(trial)
    first = cache.series(file, modality).first
    return int(first[number + 1] - first[number])


def by_number(recipe: Sequence[str]) -> bool:
    """True of steps that choose frames by their number, whenever they were shown: then time tells nothing."""
    return "EvenFrames" in step_names(recipe)


def _starts(cache: CacheStore, modality: str, length: int, stride: int, trial: int) -> tuple[np.ndarray, int]:
    """The slices with which the trial's windows begin that are whole, and the number of all windows."""
    file, number = cache.place(trial)
    if not cache.holds(trial, modality):
        return np.zeros(0, int), 0
    series = cache.series(file, modality)
    rows = slice(series.first[number], series.first[number + 1])
    valid = series.valid[rows]
    invalid_before = np.concatenate([[0], np.cumsum(~valid)])
    starts = np.arange(0, len(valid) - length + 1, stride)
    whole = invalid_before[starts + length] == invalid_before[starts]
    duration = cache.file(file).facts.series[modality].duration
    evenly = evenly_spaced(series.times[rows], duration, length)[starts]
    if not evenly.all() and not by_number(cache.recipe.get(modality, ())):
        whole &= evenly
    return starts[whole], len(starts)
