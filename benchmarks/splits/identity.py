"""Identities of rows: columns that together name a person, a session, a trial, as numbers in natural order."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...signals import InputError, natural_order
from ...signals.named_call import LONGEST_NAME

Columns = Mapping[str, np.ndarray]
"""``subject``, ``session``, ``stimulus``, ``trial``, ``category``: (rows,) each."""

TRIAL = ("subject", "session", "trial")
"""The columns that together name one trial."""


@dataclass(frozen=True, eq=False)
class Identities:
    """The values that some columns have together, row by row.

    Args:
        names: The columns.
        values: Each identity once, in natural order.
        of_row: (rows,) the place in ``values`` of each row's identity.
    """

    names: tuple[str, ...]
    values: list[tuple[str, ...]]
    of_row: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def describe(self, number: int) -> str:
        """One of ``values`` in words."""
        return describe(self.names, self.values[number])

    def rows(self) -> list[np.ndarray]:
        """The rows of each of ``values``, ascending."""
        order = np.argsort(self.of_row, kind="stable")
        ends = np.cumsum(np.bincount(self.of_row, minlength=len(self)))
        return np.split(order, ends[:-1])


def identities_of(columns: Columns, names: tuple[str, ...]) -> Identities:
    """The identities of rows by the columns ``names`` together; each column is read once.

    Raises:
        InputError: There is no such column.
    """
    singles = [_single(columns, name) for name in names]
    of_row = np.zeros(len(singles[0][1]), int)
    for known, place in singles:  # renumbered after each column, so that no product of counts can overflow
        of_row = np.unique(of_row * len(known) + place, return_inverse=True)[1].reshape(-1)
    first = np.unique(of_row, return_index=True)[1]
    values = []
    for row in first:
        values.append(tuple(known[place[row]] for known, place in singles))
    return Identities(names, values, of_row)


def identities(columns: Columns, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The identity of each row by the columns ``names``, as text."""
    distinct = identities_of(columns, names)
    return [distinct.values[number] for number in distinct.of_row.tolist()]


def describe(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    """An identity in words: ``subject 7, session 1, trial 3``."""
    return ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))


def texts(columns: Columns, name: str) -> np.ndarray:
    """One column as text; a number that is missing is empty, as a missing text is.

    Raises:
        InputError: There is no such column.
    """
    if name not in columns:
        near = difflib.get_close_matches(name[:LONGEST_NAME], columns, 1, 0.5)
        do = f"did you mean {near[0]}?" if near else "correct the spelling"
        raise InputError(f"column {name!r}", "no such column", f"one of {', '.join(columns)}", do)
    column = np.asarray(columns[name])
    if column.dtype.kind == "f":
        return np.array(["" if np.isnan(number) else f"{number:.12g}" for number in column.tolist()])
    return column.astype(str)


def _single(columns: Columns, name: str) -> tuple[list[str], np.ndarray]:
    """The distinct texts of one column in natural order, and for each row the place of its own."""
    values, inverse = np.unique(texts(columns, name), return_inverse=True)
    known = values.tolist()
    order = sorted(range(len(known)), key=lambda i: natural_order(known[i]))
    place = np.empty(len(known), int)
    place[order] = np.arange(len(known))
    return [known[i] for i in order], place[inverse.reshape(-1)]
