"""Columns of a table in memory, whoever holds it: pandas, a mapping of columns, or one mapping a row."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InputError
from ...trials.truths import is_missing


@dataclass(frozen=True, eq=False)
class Columns:
    """Named columns of equal length; whatever is wrong with a cell is an error with its row and column.

    Args:
        where: The table, in words.
        values: Cells by column.
        rows: How many there are.
    """

    where: str
    values: Mapping[str, Sequence[Any]]
    rows: int

    @classmethod
    def of(cls, table: Any, where: str) -> "Columns":
        """The columns of a table: a ``DataFrame``, a mapping of columns, or a sequence with a mapping for each row.

        Raises:
            InputError: It is none of these, has no rows, a name twice, or columns of different lengths.
        """
        values = _values(table, where)
        lengths = {name: len(cells) for name, cells in values.items()}
        if len(set(lengths.values())) > 1:
            found = ", ".join(f"{length} of {name}" for name, length in lengths.items())
            raise InputError(where, found, "columns of one length")
        rows = next(iter(lengths.values()), 0)
        if not rows:
            raise InputError(where, "no rows", "a row for each trial")
        return cls(where, values, rows)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, row: int, name: str, default: str | None = None) -> str:
        """The text of a cell: of a whole number without a point, whatever its type.

        Raises:
            InputError: Nothing is there, and there is no default.
        """
        value = self.values[name][row] if name in self.values else None
        written = written_text(value)
        if not written and default is None:
            do = f"fill it in, or name another column as {name}" if name in self.values else "add the column"
            found = "nothing" if name in self.values else f"columns {', '.join(self.values)}"
            raise self.error(row, name, found, "a value" if name in self.values else f"{name} among them", do)
        return written or str(default)

    def category(self, row: int, name: str) -> str:
        """The name of a category; empty where it is missing.

        Raises:
            InputError: It is a number that is not whole, such as a rating.
        """
        value = self.values[name][row]
        if isinstance(value, float | np.floating) and not is_missing(value) and not float(value).is_integer():
            do = "name it as a rating, as in targets={'valence': 'column'}, and make classes of it later"
            raise self.error(row, name, repr(float(value)), "a name or a whole number for each category", do)
        return written_text(value)

    def number(self, row: int, name: str, low: float = -math.inf, high: float = math.inf, do: str = "") -> float:
        """The number in a cell, NaN where it is missing.

        Raises:
            InputError: It is no finite number, or outside ``low`` to ``high``.
        """
        value = self.values[name][row]
        if is_missing(value) or value == "":
            return math.nan
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise self.error(row, name, repr(value)[:60], "a number, or NaN where it is missing", "convert the column")
        number = float(value)
        if not (math.isfinite(number) and low <= number <= high):
            raise self.error(row, name, f"{number:g}", f"{low:g} to {high:g}, or NaN where it is missing", do)
        return number

    def numbers(self, name: str) -> np.ndarray:
        """(rows,) float64: a whole column, NaN where a value is missing.

        Raises:
            InputError: A cell is no number, or infinite.
        """
        cells = np.asarray(self.values[name])
        if cells.dtype.kind in "iuf" and not np.isinf(cells).any():
            return cells.astype(np.float64)
        return np.array([self.number(row, name) for row in range(self.rows)])

    def counted(self, row: int, name: str) -> int:
        """A whole number from 0."""
        number = self.number(row, name, low=0.0, high=1e9)
        if not number.is_integer():  # NaN is none either
            raise self.error(row, name, f"{number:g}", "a whole number from 0", "number the trials of a session")
        return int(number)

    def error(self, row: int, name: str, found: str, wanted: str, do: str = "") -> InputError:
        """The error for a cell."""
        return InputError(f"{self.where}, row {row}, column {name}", found, wanted, do)


def written_text(value: Any) -> str:
    """A value as text, empty where it is missing: 1.0 is written as 1, as one column may hold both."""
    if is_missing(value):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _values(table: Any, where: str) -> dict[str, Sequence[Any]]:
    if hasattr(table, "columns") and hasattr(table, "iloc"):
        names = [_name(column) for column in table.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(where, f"columns {', '.join(twice)} twice", "each column once", "rename one")
        return {name: table.iloc[:, place].to_numpy() for place, name in enumerate(names)}
    if isinstance(table, Mapping) and all(map(_is_column, table.values())):
        return {str(name): list(cells) for name, cells in table.items()}
    if isinstance(table, Sequence) and not isinstance(table, str) and all(isinstance(row, Mapping) for row in table):
        names = list(dict.fromkeys(str(name) for row in table for name in row))
        return {name: [row.get(name) for row in table] for name in names}
    wanted = "a DataFrame, columns by name as in {'subject': ['s1', 's2']}, or a mapping for each row"
    raise InputError(where, f"a {type(table).__name__}", wanted)


def _name(column: Any) -> str:
    """The name of a column; of one with several levels, such as site and band, all of them."""
    return " ".join(map(str, column)).strip() if isinstance(column, tuple) else str(column)


def _is_column(cells: Any) -> bool:
    return hasattr(cells, "__len__") and hasattr(cells, "__iter__") and not isinstance(cells, str | Mapping)
