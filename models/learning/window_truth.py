"""The truth about windows, one thing that is predicted at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...preprocessing import AnyWindows
from ...signals import Task


@dataclass(frozen=True, eq=False)
class Truth:
    """The truth of one thing that is predicted: the category, a dimension or a unit.

    Args:
        part: ``categories``, ``dimensions`` or ``units``.
        name: The dimension or the unit; ``category`` for the category.
        values: (N,) index of the category, rating in the units of its range, or 1 where a unit is present (.5 or more).
        known: (N,) whether there is a truth; where there is none, ``values`` mean nothing.
    """

    part: str
    name: str
    values: np.ndarray
    known: np.ndarray

    def take(self, rows: np.ndarray) -> "Truth":
        """The truth of some of the windows."""
        return Truth(self.part, self.name, self.values[rows], self.known[rows])


def truths(task: Task, windows: AnyWindows) -> Iterator[Truth]:
    """The truth of the category, of each dimension and of each unit that ``task`` has, in this order."""
    if task.categories:
        yield Truth("categories", "category", windows.category, windows.category >= 0)
    for k, name in enumerate(task.dimensions):
        yield Truth("dimensions", name, windows.dimensions[:, k], np.isfinite(windows.dimensions[:, k]))
    for k, name in enumerate(task.units):
        known = np.isfinite(windows.units[:, k])
        yield Truth("units", name, (windows.units[:, k] >= 0.5).astype(np.int16), known)


def unteachable(task: Task, windows: AnyWindows) -> str:
    """The truth that ``windows`` lack to teach all of ``task``, in words; empty where they lack none."""
    without = [truth.name for truth in truths(task, windows) if not truth.known.any()]
    if without:
        return f"no truth for {', '.join(without)}"
    present = np.unique(windows.category[windows.category >= 0])
    if task.categories and len(present) < 2:
        return f"one category only, {task.categories[present[0]]}"
    return ""
