"""Windows: pairs of trial and start, cut when they are read."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..signals import InputError, Layout
from ..signals.volume import read_stored

if TYPE_CHECKING:
    from .cache import Cache


@dataclass(frozen=True, eq=False)
class Windows:
    """N windows of one series of a cache: an index only; slices are gathered when ``x`` is called.

    Attributes:
        cache, modality: What they are cut from.
        length, stride: Slices a window, and slices from one window of a trial to the next.
        trials: (N,) index of each window's trial in the cache.
        starts: (N,) slice of the trial with which each window begins.
        left_out: Windows that were not taken because a slice is invalid.
    """

    cache: "Cache"
    modality: str
    length: int
    stride: int
    trials: np.ndarray
    starts: np.ndarray
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.trials)

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
        """Whether each slice of the windows numbered ``which`` may be trusted, (B, T)."""
        return self._gather("valid", which)

    @cached_property
    def category(self) -> np.ndarray:
        """(N,) int16: the truth at each window's last slice, -1 for missing."""
        return self._last("category")

    @cached_property
    def dimensions(self) -> np.ndarray:
        """(N, D) float32: the truth at each window's last slice, NaN for missing."""
        return self._last("dimensions")

    @cached_property
    def units(self) -> np.ndarray:
        """(N, U) float32: the truth at each window's last slice, NaN for missing."""
        return self._last("units")

    def take(self, indices: np.ndarray) -> "Windows":
        """Some of these windows."""
        return replace(self, trials=self.trials[indices], starts=self.starts[indices])

    @cached_property
    def _rows(self) -> tuple[np.ndarray, np.ndarray]:
        """For each window the number of its file and the slice of that file with which it begins."""
        used, back = np.unique(self.trials, return_inverse=True)
        places = [self.cache.place(trial) for trial in used]
        files = np.array([file for file, _ in places], int)
        first = np.array([self.cache.series(file, self.modality).first[number] for file, number in places], int)
        return files[back], first[back] + self.starts

    def _gather(self, part: str, which: np.ndarray | None) -> np.ndarray:
        """``part`` of windows: one index where they share a file, else one copy a window, straight to its place."""
        files, rows = self._rows
        if which is not None:
            files, rows = files[which], rows[which]
        if len(files) and (files == files[0]).all():
            return self._source(part, files[0])[rows[:, None] + np.arange(self.length)]
        like = self._source(part, files[0] if len(files) else 0)
        out = np.empty((len(rows), self.length, *like.shape[1:]), like.dtype)
        order, opened, source = np.argsort(files, kind="stable"), -1, like
        for place, file, row in zip(order.tolist(), files[order].tolist(), rows[order].tolist(), strict=True):
            if file != opened:
                opened, source = file, self._source(part, file)
            out[place] = source[row:row + self.length]
        return out

    def _last(self, part: str) -> np.ndarray:
        files, rows = self._rows
        like = self._source(part, files[0] if len(files) else 0)
        out = np.empty((len(rows), *like.shape[1:]), like.dtype)
        for file in np.unique(files):
            here = files == file
            out[here] = self._source(part, file)[rows[here] + self.length - 1]
        return out

    def _source(self, part: str, file: int) -> np.ndarray:
        source: np.ndarray = getattr(self.cache.series(int(file), self.modality), part)
        return source


def cut(cache: "Cache", modality: str, length: int, stride: int, trials: np.ndarray) -> Windows:
    """All windows of the given trials; see ``Cache.windows``."""
    if length < 1 or stride < 1:
        raise InputError("windows", f"length {length}, stride {stride}", "whole numbers above 0", "correct them")
    starts = [_starts(cache, modality, length, stride, int(trial)) for trial in trials]
    whole = np.concatenate([np.zeros(0, int), *(kept for kept, _ in starts)])
    left_out = sum(n for _, n in starts) - len(whole)
    if len(trials) and not len(whole):
        raise InputError(
            cache.path, f"no window of {length} valid slices in {len(trials)} trials, {left_out} with an invalid one",
            "at least one", "use shorter windows; emo-preprocess inspect shows how much is invalid",
        )
    of_trial = np.repeat(trials, [len(kept) for kept, _ in starts])
    return Windows(cache, modality, length, stride, of_trial, whole, left_out)


def _starts(cache: "Cache", modality: str, length: int, stride: int, trial: int) -> tuple[np.ndarray, int]:
    """Where the trial's windows without an invalid slice begin, and how many windows there are."""
    file, number = cache.place(trial)
    series = cache.series(file, modality)
    valid = series.valid[series.first[number]:series.first[number + 1]]
    invalid_before = np.concatenate([[0], np.cumsum(~valid)])
    starts = np.arange(0, len(valid) - length + 1, stride)
    return starts[invalid_before[starts + length] == invalid_before[starts]], len(starts)
