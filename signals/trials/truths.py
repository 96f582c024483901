"""Truths, whoever gives them, checked against what is predicted."""

from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import InputError
from .task import MISSING_CATEGORY, Target, Task


def checked_target(task: Task, target: Target, where: object) -> Target:
    """The same truth, with a column for everything that ``task`` predicts: NaN where the target has none.

    Args:
        task: What is predicted.
        target: The truth about one trial.
        where: Which trial, in words, for the error.

    Raises:
        InputError: Columns or rows are too many or too few, or times run backwards; a category, rating or unit is one
            that the task does not know.
    """
    category = _numbers(target.category, "category", 1, where)
    times = None if target.times is None else _numbers(target.times, "times", 1, where)
    rows = {1, 1 if times is None else len(times)}
    columns = {
        "dimensions": _as_columns(_numbers(target.dimensions, "dimensions", 2, where), task.dimensions),
        "units": _as_columns(_numbers(target.units, "units", 2, where), task.units),
    }
    for name, values in {"category": category, **columns}.items():
        if len(values) not in rows:
            found, wanted = f"{name} of {len(values)} rows", " or ".join(map(str, sorted(rows)))
            raise InputError(where, found, f"{wanted}, one for each of the target's times", "give Target(times=...)")
    if times is not None and not (np.diff(times) >= 0).all():
        raise InputError(where, "times of a target that run backwards", "times in order", "sort its rows")
    check_categories(task, category, where)
    check_dimensions(task, columns["dimensions"], where)
    check_units(task, columns["units"], where)
    return replace(target, **columns)


def is_missing(value: Any) -> bool:
    """True where a single value is missing: None, NaN, or what pandas and masked arrays have for it."""
    # Known by the names of their types, so that pandas need not be imported (or installed).
    if value is None or value is np.ma.masked or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def _numbers(content: object, name: str, axes: int, where: object) -> np.ndarray:
    values = np.asarray(content)
    if values.dtype.kind not in "biuf":
        raise InputError(where, f"{name} of the type {values.dtype}", "real numbers", "give numbers: indices for names")
    if values.ndim != axes:
        wanted = "one value a row" if axes == 1 else "a row of values, one a column"
        raise InputError(where, f"{name} of shape {values.shape}", wanted, "give an array of that shape")
    return values


def check_categories(task: Task, category: np.ndarray, where: object) -> None:
    """Refuse what is neither -1, for missing, nor an index into the categories of ``task``; (R,)."""
    values = np.asarray(category)
    count = len(task.categories)
    right = np.isin(values, np.arange(MISSING_CATEGORY, count))
    if not right.all():
        known = ", ".join(f"{k} {name}" for k, name in enumerate(task.categories))
        wanted = f"one of {known}, or -1 for missing" if count else "-1, as the task has no categories"
        raise InputError(where, f"category {_exact(values[~right][0])}", wanted)


def check_dimensions(task: Task, dimensions: np.ndarray, where: object) -> None:
    """Refuse values (R, D) outside the range of their dimension; NaN is missing."""
    _check_columns(dimensions, len(task.dimensions), where, "dimensions")
    for name, (low, high), values in zip(task.dimensions, task.ranges, dimensions.T, strict=True):
        wrong = _outside(values, low, high)
        if len(wrong):
            found = f"{name} {_exact(wrong[0])}"
            raise InputError(
                where,
                found,
                f"{low:g} to {high:g}, its range, or NaN for missing",
                f"correct it, or state the ends of its scale, as in {ranges_example(task)}",
            )


def check_units(task: Task, units: np.ndarray, where: object) -> None:
    """Refuse values (R, U) outside 0 to 1; NaN is missing."""
    _check_columns(units, len(task.units), where, "units")
    for name, values in zip(task.units, units.T, strict=True):
        wrong = _outside(values, 0.0, 1.0)
        if len(wrong):
            wanted = "0 absent to 1 present, or NaN for missing"
            raise InputError(where, f"{name} {_exact(wrong[0])}", wanted, "divide intensities by their greatest")


def ranges_example(task: Task) -> str:
    """An example of a task with ranges other than -1 to 1, as a user writes it."""
    return f"Task(..., ranges={((1, 9),) * len(task.dimensions)})"


def _as_columns(values: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """``values``, or one row of NaN where they have no columns but ``names`` are predicted."""
    if values.ndim == 2 and values.shape[1] == 0 and names:
        return np.full((1, len(names)), np.nan)
    return values


def _check_columns(values: np.ndarray, count: int, where: object, name: str) -> None:
    if values.ndim != 2 or values.shape[1] != count:
        raise InputError(where, f"{name} of shape {values.shape}", f"(R, {count})", "give a column for each name")


def _outside(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Those that are neither NaN nor in the range, its ends rounded as the values are."""
    ends = np.array([low, high]).astype(values.dtype if values.dtype.kind == "f" else np.float64)
    return np.asarray(values[~(np.isnan(values) | ((values >= ends[0]) & (values <= ends[1])))])


def _exact(value: np.generic) -> str:
    return repr(value.item()) if value.dtype.kind in "biu" else f"{float(value)!r}"
