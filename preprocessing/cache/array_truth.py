"""Truths of a lab's trials, from arrays: labels, ratings and action units, in whatever container they come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...signals import MISSING_CATEGORY, InputError, Target, Task
from ...signals.trials.truths import check_categories, checked_target, is_missing

WHERE = "Cache.from_arrays"


@dataclass(frozen=True, eq=False)
class ArrayTruth:
    """Truths of n trials, not yet checked; see ``Cache.from_arrays``."""

    task: Task
    category: Any = None
    dimensions: Any = None
    units: Any = None

    def targets(self, times: Sequence[np.ndarray], names: Sequence[str]) -> list[Target]:
        """The truth about each trial, checked.

        Args:
            times: For each trial (T,) seconds at which its slices begin.
            names: Of the trials, for errors.

        Raises:
            InputError: Names the trial whose truth is wrong; or nothing is known of any trial.
        """
        if self.category is None and self.dimensions is None and self.units is None:
            raise InputError(WHERE, "no truth at all", "category, dimensions or units", "give at least one of them")
        truths = {
            "category": self.category,
            "dimensions": _ordered(self.dimensions, self.task.dimensions, "dimensions"),
            "units": _ordered(self.units, self.task.units, "units"),
        }
        columns = [items(values, len(names), kind) for kind, values in truths.items()]
        targets = []
        for *row, begins, name in zip(*columns, times, names, strict=True):
            targets.append(self._target(row, begins, f"{WHERE}, {name}"))
        if not any(map(_has_truth, targets)):
            do = "give at least one label, rating or unit"
            raise InputError(WHERE, "truths that are missing in every trial", "some truth", do)
        return targets

    def _target(self, row: Sequence[Any], times: np.ndarray, where: str) -> Target:
        category, dimensions, units = row
        if isinstance(category, Target):
            if dimensions is not None or units is not None:
                found = "a Target, and dimensions or units beside it"
                raise InputError(where, found, "one of the two", "put all truths of the trial into the Target")
            return checked_target(self.task, category, where)
        truths = (
            _category(category, self.task, len(times), where),
            _values(dimensions, self.task.dimensions, len(times), f"{where}, dimensions"),
            _values(units, self.task.units, len(times), f"{where}, units"),
        )
        changes = any(len(rows) > 1 for rows in truths)
        return checked_target(self.task, Target(*truths, times if changes else None), where)


def items(values: Any, n: int, name: str) -> list[Any]:
    """A list of n values, one a trial; None for all where there are no values, and where a mask hides one.

    Raises:
        InputError: There is another number of them, or they are no sequence.
    """
    if values is None:
        return [None] * n
    if isinstance(values, np.ma.MaskedArray):
        values = _unmasked(values)
    single = getattr(values, "shape", None) == () or not hasattr(values, "__len__")
    if single or isinstance(values, str | bytes | Mapping):
        raise InputError(f"{WHERE}, {name}", f"a {type(values).__name__}", f"one for each of {n} trials")
    listed = list(values)
    if len(listed) != n:
        raise InputError(WHERE, f"{len(listed)} of {name}", f"one of each for {n} trials")
    return listed


def _ordered(values: Any, names: tuple[str, ...], kind: str) -> Any:
    """A table with named columns in the order of ``names``; anything else as it is."""
    columns = [str(column) for column in getattr(values, "columns", ())]
    if not columns or not hasattr(values, "iloc"):
        return values
    if set(columns) != set(names) or len(columns) != len(names):
        found, wanted = f"columns {', '.join(columns)}", f"columns {', '.join(names) or 'of nothing'}"
        raise InputError(f"{WHERE}, {kind}", found, wanted, "choose and name the columns as the task does")
    return values.iloc[:, [columns.index(name) for name in names]].to_numpy(dtype=object)


def _has_truth(target: Target) -> bool:
    known = (target.category >= 0, ~np.isnan(target.dimensions), ~np.isnan(target.units))
    return any(bool(values.any()) for values in known)


def _category(item: Any, task: Task, slices: int, where: str) -> np.ndarray:
    """(1,) or (T,) indices, from indices or names."""
    if is_missing(item):
        return np.full(1, MISSING_CATEGORY, np.int16)
    categories = _array(item)
    if categories.ndim > 1 or categories.size not in (1, slices):
        wanted = f"one for the trial, or one for each of its {slices} slices"
        raise InputError(where, f"categories of shape {categories.shape}", wanted)
    categories = categories.reshape(-1)
    if categories.dtype.kind not in "biuf":
        categories = np.array([_index(value, task, where) for value in categories.tolist()], float)
    if categories.dtype.kind == "f":
        categories = np.where(np.isnan(categories), MISSING_CATEGORY, categories)
    check_categories(task, categories, where)
    return np.asarray(categories, np.int16)


def _index(value: Any, task: Task, where: str) -> float:
    if is_missing(value):
        return MISSING_CATEGORY
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return float(value)
    if str(value) not in task.categories:
        known = ", ".join(task.categories) or "none, as the task has no categories"
        raise InputError(where, f"category {value!r}", f"one of {known}, or its index")
    return task.categories.index(str(value))


def _values(item: Any, names: tuple[str, ...], slices: int, where: str) -> np.ndarray:
    """(1, K) or (T, K) float64 of K named values."""
    count = len(names)
    if is_missing(item):
        return np.full((1, count), np.nan)
    values = _floats(item, where)
    if values.ndim < 2 and values.size == count:
        return values.reshape(1, count)
    if count == 1 and values.shape == (slices,):
        return values.reshape(slices, 1)
    if count and values.ndim == 2 and values.shape[1] == count and len(values) in (1, slices):
        return values
    wanted = "none: the task has no such part"
    if count:
        wanted = f"({count},), one of each for the trial, or ({slices}, {count}), for each of its slices"
    raise InputError(where, f"shape {values.shape}", wanted)


def _floats(item: Any, where: str) -> np.ndarray:
    values = _array(item)
    if values.dtype == object:
        return np.array([_float(value, where) for value in values.ravel().tolist()]).reshape(values.shape)
    if values.dtype.kind not in "biuf":
        raise InputError(where, f"{values.ravel()[:1].tolist()}", "numbers, NaN for missing")
    return values.astype(np.float64)


def _float(value: Any, where: str) -> float:
    if is_missing(value):
        return np.nan
    if isinstance(value, bool | int | float | np.number | np.bool_) and not isinstance(value, np.complexfloating):
        return float(value)
    raise InputError(where, f"{value!r}", "numbers, NaN for missing")


def _unmasked(values: Any) -> np.ndarray:
    """A masked array as objects, None where it is masked."""
    unmasked = np.array(values.data, dtype=object)
    unmasked[np.ma.getmaskarray(values)] = None
    return unmasked


def _array(item: Any) -> np.ndarray:
    """An item as an array; what a mask hides is None."""
    if isinstance(item, np.ma.MaskedArray):
        return _unmasked(item)
    try:
        return np.asarray(item)
    except ValueError:  # rows of unequal length
        return np.asarray(item, dtype=object)
