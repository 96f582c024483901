"""What of a series cannot be used, counted: slices not to be trusted, joints, gaps in time, slices without a truth."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import reduce

import numpy as np

from ..cache.cache_file import Series
from ..cache.store import CacheStore
from ..cache.trial_clock import evenly_spaced
from ..cache.windows import by_number


@dataclass(frozen=True)
class Losses:
    """Counts over the trials of a cache, of one series.

    Args:
        invalid: Slices that may not be trusted.
        joints: Joints of the recording within trials.
        gaps: Places between two slices of a trial where others should lie; no window reaches across.
        seconds: Length of the gaps, together.
        categories, ratings, units: Slices without a category, a rating or an action unit that the task has.
    """

    invalid: int = 0
    joints: int = 0
    gaps: int = 0
    seconds: float = 0.0
    categories: int = 0
    ratings: int = 0
    units: int = 0

    def __add__(self, other: "Losses") -> "Losses":
        return Losses(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Losses)))

    def __str__(self) -> str:
        """The counts that are not 0, in words; empty where all are."""
        counts = (
            (self.invalid, "slices not to be trusted"),
            (self.joints, "joints"),
            (self.gaps, f"gaps in time ({self.seconds:.3g} s)"),
            (self.categories, "slices without a category"),
            (self.ratings, "slices that lack a rating"),
            (self.units, "slices that lack an action unit"),
        )
        return ", ".join(f"{count:,} {what}" for count, what in counts if count)


NO_LOSSES = Losses()


def losses_of(cache: CacheStore, file: int, modality: str) -> Losses:
    """The losses of one series of the file numbered ``file``, over those of its trials that the cache holds."""
    return together(losses_of_trial(cache, file, modality, member) for member in cache.index.files[file].members)


def losses_of_trial(cache: CacheStore, file: int, modality: str, member: int) -> Losses:
    """The losses of one series in the trial at place ``member`` of a file."""
    series, task = cache.series(file, modality), cache.task
    duration = cache.file(file).facts.series[modality].duration
    begin, end = series.first[member : member + 2].tolist()
    rows = slice(begin, end)
    timed = not by_number(cache.recipe.get(modality, ()))
    gaps = _gaps(series.times[rows], duration) if timed else np.zeros(0)
    return Losses(
        invalid=int((~series.valid[rows]).sum()),
        joints=sum(begin <= joint < end for joint in series.joints),
        gaps=len(gaps),
        seconds=round(float(gaps.sum()), 6),
        categories=int((series.category[rows] < 0).sum()) if task.categories else 0,
        ratings=_lacking(series, "dimensions", rows),
        units=_lacking(series, "units", rows),
    )


def series_losses(cache: CacheStore) -> dict[str, Losses]:
    """The losses of each series of a cache that has any; nothing but times and truths is read."""
    counted: dict[str, Losses] = {}
    for name in cache.modalities:
        files = [number for number in range(len(cache.index.files)) if name in cache.file(number).series]
        counted[name] = together(losses_of(cache, number, name) for number in files)
    return {name: lost for name, lost in counted.items() if str(lost)}


def together(counted: Iterable[Losses]) -> Losses:
    """The sum of several."""
    return reduce(Losses.__add__, counted, NO_LOSSES)


def _gaps(times: np.ndarray, duration: float) -> np.ndarray:
    """(G,) seconds of each gap between the slices of a trial."""
    apart = np.diff(times)[~evenly_spaced(times, duration, 2)]
    return np.asarray(apart - duration)


def _lacking(series: Series, kind: str, rows: slice) -> int:
    """The number of slices that lack one of the ratings, or of the units."""
    return int(np.isnan(getattr(series, kind)[rows]).any(axis=1).sum())
