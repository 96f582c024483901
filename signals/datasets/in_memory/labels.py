"""Labels in the columns of a table in memory: what is predicted, and the truth about each row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...ordering import natural_order
from ...trials.task import MISSING_CATEGORY, Target, Task
from ..trial_table.rows import DIMENSIONS, is_unit
from .columns import Columns

CATEGORY = "category"
Ranges = Mapping[str, tuple[float, float]]


@dataclass(frozen=True, eq=False)
class Labels:
    """The columns that hold labels, and the task that they make.

    Args:
        columns: The table.
        named: The column of each label: ``category``, ratings such as ``valence``, units such as ``au12``.
        task: What is predicted.
    """

    columns: Columns
    named: Mapping[str, str]
    task: Task

    @classmethod
    def of(cls, columns: Columns, targets: Mapping[str, str] | None, ranges: Ranges | None) -> "Labels":
        """The labels in columns that ``targets`` names, or that have names of ours.

        Raises:
            InputError: There is none, ``targets`` names no label or no column, a range is of no rating, or there are
                fewer than two categories and nothing else.
        """
        named = _found(columns, targets)
        dimensions = tuple(name for name in named if name in DIMENSIONS)
        units = tuple(sorted(filter(is_unit, named), key=natural_order))
        unknown = sorted(set(ranges or {}) - set(dimensions))
        if unknown:
            wanted = f"ratings among {', '.join(dimensions) or 'none'}"
            raise InputError(f"{columns.where}, ranges", ", ".join(unknown), wanted, "correct the name")
        names: set[str] = set()
        if CATEGORY in named:
            names = {columns.category(row, named[CATEGORY]) for row in range(columns.rows)} - {""}
        if len(names) == 1 and not (dimensions or units):
            where = f"{columns.where}, column {named[CATEGORY]}"
            raise InputError(where, f"{min(names)!r} in every row", "two or more categories", "name another column")
        ends = tuple((ranges or {}).get(name, (-1.0, 1.0)) for name in dimensions)
        task = Task(tuple(sorted(names, key=natural_order)) if len(names) > 1 else (), dimensions, units, ends)
        return cls(columns, named, task)

    def target(self, rows: Sequence[int], times: Sequence[float]) -> Target:
        """The truth about a trial: of one row, or of several that hold from ``times`` (seconds) on.

        Raises:
            InputError: A rating is no number, or outside its range.
        """
        category = np.array([self._category(row) for row in rows], np.int16)
        dimensions = np.array([self._ratings(row) for row in rows], float).reshape(len(rows), -1)
        units = np.array([self._units(row) for row in rows], np.float32).reshape(len(rows), -1)
        truth = Target(category, dimensions, units, np.array(times, float) if len(rows) > 1 else None)
        return _once(truth) if len(rows) > 1 else truth

    @property
    def categories(self) -> list[str]:
        """The category of each row, empty where it has none."""
        if not self.task.categories:
            return []
        return [self.columns.category(row, self.named[CATEGORY]) for row in range(self.columns.rows)]

    def _category(self, row: int) -> int:
        name = self.columns.category(row, self.named[CATEGORY]) if self.task.categories else ""
        return self.task.categories.index(name) if name else MISSING_CATEGORY

    def _ratings(self, row: int) -> list[float]:
        ratings = []
        for name, (low, high) in zip(self.task.dimensions, self.task.ranges, strict=True):
            do = f"correct it, or give the ends of the scale, as in ranges={{{name!r}: (1, 9)}}"
            ratings.append(self.columns.number(row, self.named[name], low, high, do))
        return ratings

    def _units(self, row: int) -> list[float]:
        return [self.columns.number(row, self.named[name], 0.0, 1.0) for name in self.task.units]


def _found(columns: Columns, targets: Mapping[str, str] | None) -> dict[str, str]:
    known = (CATEGORY, *DIMENSIONS)
    if targets is None:
        named = {name: name for name in columns.values if name in known or is_unit(name)}
    else:
        named = dict(targets)
    unknown = [repr(name) for name in named if name not in known and not is_unit(name)]
    if unknown or not named:
        found = ", ".join(unknown) or f"columns {', '.join(columns.values)}"
        wanted = f"labels among {', '.join(known)}, au1, ..."
        do = "name the column of each, as in targets={'category': 'condition', 'valence': 'SAM_v'}"
        raise InputError(f"{columns.where}, targets", found, wanted, do)
    lost = [column for column in named.values() if column not in columns]
    if lost:
        found = f"columns {', '.join(columns.values)}"
        raise InputError(columns.where, found, f"{', '.join(lost)} among them", "correct the names in targets")
    return named


def _once(truth: Target) -> Target:
    """The truth, as one row where all rows are the same."""
    parts = (truth.category, truth.dimensions, truth.units)
    same = all(np.array_equal(rows, np.broadcast_to(rows[:1], rows.shape), equal_nan=True) for rows in parts)
    return Target(*(rows[:1] for rows in parts)) if same else truth
