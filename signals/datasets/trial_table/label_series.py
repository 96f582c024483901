"""Labels along a trial: ratings or action units with a time each, in a table of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...streams.rates import usual_interval
from ...streams.source import FileVersion, file_version
from ...trials.task import Task
from .lines import read_lines
from .rows import DIMENSIONS, TrialRow, is_unit

TIME = "time"
_GAP = 2.5
"""Usual intervals from which on a row no longer holds until the next one: labels are missing in between."""


@dataclass(frozen=True, eq=False)
class LabelSeries:
    """Labels with the seconds from which each row holds.

    Attributes:
        times: (R,) seconds on the session clock, rising; the first is minus infinity.
        values: (R, n) of n labels, NaN where one is missing.
        names: n names.
        gaps: Stretches without labels between the first and the last, (G, 2) seconds.
    """

    times: np.ndarray
    values: np.ndarray
    names: tuple[str, ...]
    gaps: np.ndarray


def label_names(path: Path) -> tuple[str, ...]:
    """The names of a table's labels, from its first line.

    Raises:
        InputError: The table has no times, or a column is unknown or there twice.
    """
    return _named(path, read_lines(path, "label")[0][1])


def read_label_series(path: Path) -> LabelSeries:
    """The labels of a table with a column ``time``, in seconds on the session clock.

    A row holds until the next one, but not through a gap of more than two and a half usual intervals, and not further
    than a usual interval behind the last.

    Raises:
        InputError: A cell is no number, times do not rise, a unit lies outside 0 to 1, or as ``label_names``.
    """
    return _read(path, file_version(path))


def names_along(rows: Sequence[TrialRow]) -> set[str]:
    """The names of all labels that trials have along them."""
    return set().union(*(label_names(path) for path in dict.fromkeys(row.labels for row in rows if row.labels)))


def labels_along(row: TrialRow, of_trial: Mapping[str, float], task: Task) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The labels of a trial along it by name, (R,) each, and the (R,) seconds from which each row holds.

    Args:
        row: The trial, which has a table of labels.
        of_trial: The labels of the whole trial, NaN where one is missing.
        task: What is predicted, with the ranges of ratings.

    Raises:
        InputError: The table is broken, a rating lies outside its range, or a label stands in both tables.
    """
    assert row.labels is not None
    series = read_label_series(row.labels)
    twice = [name for name in series.names if not np.isnan(of_trial.get(name, np.nan))]
    if twice:
        found = f"{', '.join(twice)} here and in {row.labels.name}"
        raise InputError(row.where, found, "each label once", "empty the cell, or remove the column there")
    for name, (low, high) in zip(task.dimensions, task.ranges, strict=True):
        values = series.values[:, series.names.index(name)] if name in series.names else np.zeros(0)
        outside = values[(values < low) | (values > high)]
        if outside.size:
            do = "correct the table, or give the ends of the scale (ranges)"
            raise InputError(f"{row.labels}, column {name}", f"{outside[0]:g}", f"{low:g} to {high:g}, its range", do)
    return dict(zip(series.names, series.values.T, strict=True)), series.times


def gap_remarks(row: TrialRow, start: float, stop: float) -> tuple[str, ...]:
    """A sentence on the gaps in the labels along a trial from ``start`` to ``stop`` (s), if there are any."""
    if row.labels is None:
        return ()
    inside = np.clip(read_label_series(row.labels).gaps, start, stop)
    lengths = inside[:, 1] - inside[:, 0]
    if not (lengths > 0).any():
        return ()
    return (f"gaps in labels along a trial: {(lengths > 0).sum()}, {lengths.sum():.3g} s in all, without a truth",)


@lru_cache(maxsize=8)
def _read(path: Path, _version: FileVersion) -> LabelSeries:
    first, *lines = read_lines(path, "label")
    names = _named(path, first[1])
    table = np.stack([_numbers(path, number, cells, len(first[1])) for number, cells in lines])
    place = [cell.strip() for cell in first[1]].index(TIME)
    times, values = table[:, place], np.delete(table, place, axis=1)
    _check_times(path, lines, times)
    _check_units(path, lines, names, values)
    if len(times) == 1:
        return _with_beginning(times, values, names, np.zeros((0, 2)))
    usual = usual_interval(np.diff(times))
    before = np.append(np.diff(times) > _GAP * usual, True)  # the last row too holds for a usual interval only
    ends = times[before] + usual
    gaps = np.stack([ends[:-1], times[1:][before[:-1]]], axis=1)
    order = np.argsort(np.concatenate([times, ends]), kind="stable")
    blank = np.full((len(ends), len(names)), np.nan)
    return _with_beginning(np.concatenate([times, ends])[order], np.concatenate([values, blank])[order], names, gaps)


def _with_beginning(times: np.ndarray, values: np.ndarray, names: tuple[str, ...], gaps: np.ndarray) -> LabelSeries:
    blank = np.full((1, len(names)), np.nan)
    return LabelSeries(np.append(-np.inf, times), np.concatenate([blank, values]), names, gaps)


def _named(path: Path, cells: Sequence[str]) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in cells)
    labels = tuple(name for name in names if name != TIME)
    unknown = [repr(name) for name in labels if name not in DIMENSIONS and not is_unit(name)]
    if unknown or names.count(TIME) != 1 or not labels or len(set(labels)) < len(labels):
        wanted = f"{TIME} once, and columns among {', '.join(DIMENSIONS)}, au1, au2, ..."
        raise InputError(f"{path}:1", f"columns {', '.join(map(repr, names))}", wanted, "rename or remove columns")
    return labels


def _numbers(path: Path, number: int, cells: Sequence[str], count: int) -> np.ndarray:
    try:
        values = np.array([float(cell) if cell.strip() else np.nan for cell in cells])
    except ValueError as error:
        raise InputError(f"{path}:{number}", str(error), "numbers, or nothing where one is missing") from error
    if len(values) != count or np.isinf(values).any():
        raise InputError(f"{path}:{number}", f"{len(values)} values", f"{count} finite ones, or empty cells")
    return values


def _check_times(path: Path, lines: Sequence[tuple[int, list[str]]], times: np.ndarray) -> None:
    wrong = np.flatnonzero(~np.isfinite(times) | np.append(False, ~(np.diff(times) > 0)))
    if wrong.size:
        found = f"a time of {times[wrong[0]]:g}"
        raise InputError(
            f"{path}:{lines[wrong[0]][0]}", found, "times that rise from line to line", "correct the table"
        )


def _check_units(path: Path, lines: Sequence[tuple[int, list[str]]], names: Sequence[str], values: np.ndarray) -> None:
    units = [column for column, name in enumerate(names) if is_unit(name)]
    outside = np.argwhere((values[:, units] < 0) | (values[:, units] > 1))
    if outside.size:
        row, column = outside[0]
        where = f"{path}:{lines[row][0]}, column {names[units[column]]}"
        raise InputError(where, f"{values[row, units[column]]:g}", "0 to 1, or nothing where it is missing")
