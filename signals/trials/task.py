"""What is predicted, and the truth about one trial."""

import difflib
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from ..errors import InputError
from ..named_call import LONGEST_NAME
from ..ordering import natural_order
from ..stored_json import Stored, StoredForm

MISSING_CATEGORY = -1
LARGEST = 1e9
"""Of a rating: the squares of larger ones are no numbers any more."""

_TYPO = 0.8
"""How alike two names of categories must be for one to be told as a likely typo."""

PARTS = ("categories", "dimensions", "units")

SYMMETRIC = (-1.0, 1.0)
"""The range of a dimension unless it has one of its own: what networks see."""


@dataclass(frozen=True)
class Task(Stored):
    """What is predicted: any mix of categories, dimensions and action units; each may be empty.

    Args:
        categories: Names of C mutually exclusive classes; a target holds an index into them.
        dimensions: Names of D continuous values, such as valence and arousal.
        units: Names of U action units, each present or not.
        ranges: For each dimension the least and the greatest value of the scale it was rated on, as in (1, 9);
            -1 to 1 where left out. Targets, tables and predictions are in these units; networks see -1 to 1.

    Raises:
        InputError: Nothing is predicted, a name occurs twice, or a range is upside down.
    """

    categories: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    ranges: tuple[tuple[float, float], ...] = ()
    stored_form: ClassVar = StoredForm(left_out=("ranges",))  # files of old have none: all were -1 to 1

    def __post_init__(self) -> None:
        if not self.ranges:
            object.__setattr__(self, "ranges", (SYMMETRIC,) * len(self.dimensions))
        self._check_ranges()
        names = (*self.categories, *self.dimensions, *self.units)
        if not names or len(set(names)) < len(names) or len(self.categories) == 1:
            wanted = "something to predict: two or more categories, or dimensions, or units; no name twice"
            raise InputError("Task", f"{self.categories}, {self.dimensions}, {self.units}", wanted, "name them")

    def _check_ranges(self) -> None:
        if not isinstance(self.ranges, list | tuple):
            found = f"ranges of the type {type(self.ranges).__name__}"
            raise InputError("Task", found, "a pair of numbers for each dimension", "as in ranges=((1, 9), (1, 9))")
        if len(self.ranges) != len(self.dimensions):
            found = f"{len(self.ranges)} ranges of {len(self.dimensions)} dimensions"
            raise InputError("Task", found, "one each, low and high", "give each dimension its range, or none any")
        object.__setattr__(self, "ranges", tuple(map(_ends_of, self.ranges)))
        for name, (low, high) in zip(self.dimensions, self.ranges, strict=True):
            if not (math.isfinite(low) and math.isfinite(high) and low < high):
                found = f"a range from {low:g} to {high:g}"
                raise InputError(f"Task, {name}", found, "finite numbers, the lower one first", "correct the range")
            if max(-low, high) > LARGEST or high - low < 1 / LARGEST:
                found = f"a range from {low:g} to {high:g}"
                wanted = f"ends up to {LARGEST:g}, {1 / LARGEST:g} apart or more: else no score can be computed"
                raise InputError(f"Task, {name}", found, wanted, "rescale the ratings")

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
            raise InputError(f"predicts {parts!r}", "a part that the task lacks", some)
        ranges = self.ranges if "dimensions" in wanted else ()
        return Task(**{name: getattr(self, name) for name in wanted}, ranges=ranges)

    def normalised(self, dimensions: np.ndarray) -> np.ndarray:
        """(..., D) values in the units of ``ranges`` as networks see them: low is -1, high is 1; float64."""
        low, high = self._ends
        return np.asarray((np.asarray(dimensions, np.float64) - (low + high) / 2) / ((high - low) / 2))

    def rated(self, normalised: np.ndarray) -> np.ndarray:
        """(..., D) values of a network, -1 to 1, in the units of ``ranges``: the inverse of ``normalised``."""
        low, high = self._ends
        return np.asarray(np.asarray(normalised, np.float64) * ((high - low) / 2) + (low + high) / 2)

    def range_of(self, dimension: str) -> tuple[float, float]:
        """Low and high of the scale of one dimension."""
        return self.ranges[self.dimensions.index(dimension)]

    @property
    def middles(self) -> np.ndarray:
        """(D,) half-way between the ends of each scale."""
        low, high = self._ends
        return np.asarray((low + high) / 2)

    @property
    def scales(self) -> str:
        """Every dimension with the ends of its scale, in words: ``valence 1 to 9, arousal -1 to 1``."""
        pairs = zip(self.dimensions, self.ranges, strict=True)
        return ", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in pairs)

    @property
    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        low, high = np.array(self.ranges, np.float64).reshape(-1, 2).T
        return low, high


def near_equal(what: str, names: Iterable[str]) -> Iterator[str]:
    """A sentence on every two names that differ in case or blanks only: most often one was meant."""
    alike: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        plain = unicodedata.normalize("NFC", name)
        shown = repr(name) if plain == name else ascii(name)  # accents that are stored apart look the same
        alike.setdefault("".join(plain.casefold().split()), []).append(shown)
    for same in alike.values():
        if len(same) > 1:
            yield f"{what} {' and '.join(same)} are told apart, though they differ in spelling only"


def check_categories(where: object, names: Sequence[str], do: str, others: int = 0) -> None:
    """Refuse labels of which nothing can be predicted: one category, or none.

    Args:
        where: The column of the categories.
        names: That of each trial, empty where it has none.
        do: The way on.
        others: How much else is predicted; then categories may be missing.

    Raises:
        InputError: Says which category there is, and in how many trials.
    """
    known = Counter(filter(None, names))
    if len(known) > 1 or (not known and others):
        return
    count = known.total() or len(names)
    of_all = "the only trial" if len(names) == 1 else f"{'all ' if count == len(names) else ''}{count} trials"
    found = f"one category, {next(iter(known))!r}, in {of_all}" if known else f"no category in {of_all}"
    raise InputError(where, found, "two or more categories", do)


def category_remarks(names: Iterable[str]) -> Iterator[str]:
    """Sentences on categories that may be one: alike but for case or blanks, or one of a single trial with a typo.

    Args:
        names: The category of each trial, empty where it has none.
    """
    counts = Counter(sorted(filter(None, names), key=natural_order))
    yield from near_equal("categories", counts)
    usual = [name for name, count in counts.items() if count > 1]
    for name in (name for name, count in counts.items() if count == 1):
        plain = {_letters(one): one for one in usual if _digits(one) == _digits(name)}
        for near in difflib.get_close_matches(_letters(name), plain, 1, _TYPO):
            if near != _letters(name):
                yield (
                    f"category {name!r} has one trial and is spelled nearly like {plain[near]!r}, which has "
                    f"{counts[plain[near]]}: if it is a typo, correct it"
                )


def _letters(name: str) -> str:
    return "".join(unicodedata.normalize("NFC", name).casefold().split())[:LONGEST_NAME]


def _digits(name: str) -> str:
    """The numbers in a name, by which codes are told apart."""
    return "".join(filter(str.isdigit, name))


def _ends_of(given: Any) -> tuple[float, float]:
    """Low and high of a range."""
    pair = tuple(given) if isinstance(given, list | tuple) else ()
    if len(pair) != 2 or not all(isinstance(end, Real) and not isinstance(end, bool) for end in pair):
        raise InputError("Task", f"{given!r} as a range", "two numbers, low and high", "as in (1, 9)")
    return float(pair[0]), float(pair[1])


def _missing() -> np.ndarray:
    return np.zeros((1, 0))


@dataclass(frozen=True, eq=False)
class Target:
    """The truth about one trial, for the whole trial (R = 1 row) or as a series (R rows with ``times``).

    Args:
        category: (R,) indices into ``Task.categories``; -1 is missing.
        dimensions: (R, D) in the units of ``Task.ranges``; NaN is missing.
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
        return cls(np.array([category], np.int16), np.array([dimensions], np.float64))

    def at(self, times: np.ndarray) -> "Target":
        """The truth at each of ``times`` (T,): the row that holds then; before the first row, missing."""
        if self.times is None:
            row = np.zeros(len(times), int)
        else:
            row = np.searchsorted(self.times, times, side="right") - 1
        early = row < 0
        category = np.where(early, MISSING_CATEGORY, _rows(self.category, row)).astype(np.int16)
        dimensions = np.where(early[:, None], np.nan, _rows(self.dimensions, row)).astype(np.float64)
        units = np.where(early[:, None], np.nan, _rows(self.units, row)).astype(np.float32)
        return Target(category, dimensions, units, times)


def _rows(values: np.ndarray, row: np.ndarray) -> np.ndarray:
    single = len(values) == 1
    return np.asarray(values[np.zeros_like(row) if single else np.maximum(row, 0)])
