"""What stands beside the stored numbers of a series: clock, validity and truth of all its slices, of all recordings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from .cache_file import CacheFile

COLUMNS = ("times", "valid", "category", "dimensions", "units")
"""Columns that have a row for each slice."""

Opened = Callable[[int], CacheFile]
"""From the number of a file of a cache to that file."""


@dataclass(frozen=True, eq=False)
class Slices:
    """The M slices of one series of a cache, recordings end to end in the order of its files.

    Attributes:
        times: (M,) seconds on the session's clock.
        valid: (M,) bool.
        category: (M,) int16, -1 for missing.
        dimensions: (M, D), NaN for missing.
        units: (M, U) float32, NaN for missing.
        joints: Ascending, the slices that hold a joint.
        of_file: (files + 1,) where the slices of each file begin, and M.
        duration: (files,) seconds that a slice of each file covers; NaN in one without the series.
        place: (files,) byte of each file at which what is stored begins.
        begin, end: (trials,) the first slice of each trial of the cache, and that behind its last; equal in a trial
            that lacks the series.
        file: (trials,) the number of each trial's file.
    """

    times: np.ndarray
    valid: np.ndarray
    category: np.ndarray
    dimensions: np.ndarray
    units: np.ndarray
    joints: np.ndarray
    of_file: np.ndarray
    duration: np.ndarray
    place: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    file: np.ndarray

    @cached_property
    def recorded(self) -> np.ndarray:
        """(trials,) bool, True where the series was recorded."""
        return np.asarray(self.end > self.begin)

    @cached_property
    def in_file(self) -> np.ndarray:
        """(trials,) the first slice of each trial, counted in its own file."""
        return np.asarray(self.begin - self.of_file[self.file])

    def equals(self, other: "Slices") -> bool:
        """True where all columns hold the same."""
        columns = ((getattr(self, entry.name), getattr(other, entry.name)) for entry in fields(self))
        return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in columns)

    def rows(self, trial: int) -> slice:
        """The slices of a trial."""
        return slice(int(self.begin[trial]), int(self.end[trial]))

    def joints_of(self, trial: int) -> np.ndarray:
        """Slices of a trial that hold a joint of the recording: what lies before them and behind belongs apart."""
        begin, end = self.begin[trial], self.end[trial]
        first, last = np.searchsorted(self.joints, [begin, end])
        return np.asarray(self.joints[first:last] - begin)


def slices_of(name: str, opened: Opened, files: int, places: Sequence[tuple[int, int]]) -> Slices:
    """The slices of the series ``name``, read from every file that holds it.

    Args:
        name: The series.
        opened: Opens a file.
        files: How many there are.
        places: For each trial of the cache its file and its place there.
    """
    columns: dict[str, list[np.ndarray]] = {column: [] for column in COLUMNS}
    of_file, durations, places_in_file, joints, first = [0], [], [], [], []
    for number in range(files):
        file = opened(number)
        series = file.series.get(name)
        first.append(of_file[-1] + (series.first if series else np.zeros(len(file.facts.trials) + 1, int)))
        durations.append(file.facts.series[name].duration if series else np.nan)
        places_in_file.append(series.place if series else 0)
        if series:
            for column in COLUMNS:
                columns[column].append(getattr(series, column))
            joints += [of_file[-1] + joint for joint in series.joints]
        of_file.append(of_file[-1] + (len(series.times) if series else 0))
    return Slices(
        **{column: np.concatenate(values) for column, values in columns.items()},
        joints=np.array(joints, int),
        of_file=np.array(of_file),
        duration=np.array(durations),
        place=np.array(places_in_file),
        begin=np.array([first[file][number] for file, number in places]),
        end=np.array([first[file][number + 1] for file, number in places]),
        file=np.array([file for file, _ in places]),
    )
