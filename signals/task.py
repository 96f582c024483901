"""What is predicted, and the truth about one trial."""

from dataclasses import dataclass, field

import numpy as np

from .errors import InputError

MISSING_CATEGORY = -1
PARTS = ("categories", "dimensions", "units")


@dataclass(frozen=True)
class Task:
    """What is predicted: any mix of categories, dimensions and action units; each may be empty.

    Args:
        categories: Names of C mutually exclusive classes; a target holds an index into them.
        dimensions: Names of D continuous values, such as valence and arousal in [-1, 1].
        units: Names of U action units, each present or not.

    Raises:
        InputError: Nothing is predicted, or a name occurs twice.
    """

    categories: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = (*self.categories, *self.dimensions, *self.units)
        if not names or len(set(names)) < len(names) or len(self.categories) == 1:
            raise InputError(
                "Task", f"{self.categories}, {self.dimensions}, {self.units}",
                "something to predict: two or more categories, or dimensions, or units; no name twice", "name them",
            )


    def only(self, parts: str) -> "Task":
        """The same with some parts only: ``"all"``, or names joined by +, as in ``"categories+dimensions"``.

        Raises:
            InputError: There is no such part, or this task lacks it.
        """
        if parts == "all":
            return self
        wanted = parts.split("+")
        known = [name for name in PARTS if getattr(self, name)]
        if not set(wanted) <= set(known):
            some = f"all, or some of {', '.join(known)} joined by +"
            raise InputError(f"predicts {parts!r}", "a part that the task lacks", some, "correct it")
        return Task(**{name: getattr(self, name) for name in wanted})


def _missing() -> np.ndarray:
    return np.zeros((1, 0), np.float32)


@dataclass(frozen=True, eq=False)
class Target:
    """The truth about one trial, for the whole trial (R = 1 row) or as a series (R rows with ``times``).

    Args:
        category: (R,) indices into ``Task.categories``; -1 is missing.
        dimensions: (R, D); NaN is missing.
        units: (R, U) in 0..1; NaN is missing.
        times: (R,) seconds on the session clock from which each row holds; None for one row that always holds.
    """

    category: np.ndarray = field(default_factory=lambda: np.full(1, MISSING_CATEGORY, np.int16))
    dimensions: np.ndarray = field(default_factory=_missing)
    units: np.ndarray = field(default_factory=_missing)
    times: np.ndarray | None = None

    @classmethod
    def of(cls, category: int = MISSING_CATEGORY, dimensions: tuple[float, ...] = ()) -> "Target":
        """One truth for a whole trial."""
        return cls(np.array([category], np.int16), np.array([dimensions], np.float32))

    def at(self, times: np.ndarray) -> "Target":
        """The truth at each of ``times`` (T,): the row that holds then; before the first row, missing."""
        if self.times is None:
            row = np.zeros(len(times), int)
        else:
            row = np.searchsorted(self.times, times, side="right") - 1
        early = row < 0
        category = np.where(early, MISSING_CATEGORY, _rows(self.category, row)).astype(np.int16)
        dimensions = np.where(early[:, None], np.nan, _rows(self.dimensions, row)).astype(np.float32)
        units = np.where(early[:, None], np.nan, _rows(self.units, row)).astype(np.float32)
        return Target(category, dimensions, units, times)


def _rows(values: np.ndarray, row: np.ndarray) -> np.ndarray:
    single = len(values) == 1
    return np.asarray(values[np.zeros_like(row) if single else np.maximum(row, 0)])
