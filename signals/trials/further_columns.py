"""Columns of a lab's own beside those that every trial has: age, sex, site, block, and whatever else it noted."""

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from ..errors import InputError
from ..named_call import LONGEST_NAME
from .task import near_equal

Cell = float | str
"""A number or a text; a missing cell is None, or not there."""

RESERVED = ("subject", "session", "stimulus", "part", "trial", "category", "learned", "samples")
"""Columns that every cache has: no other may have their names."""

_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d{0,14})")
_DECIMAL = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,2})?", re.IGNORECASE)
_LONG = re.compile(r"[+-]?\d{16,}")
"""Whole numbers of more than 15 digits name something, and stay text; so does 007."""

_NO_NUMBER = ("na", "nan", "null", ".")
"""Words for a missing number that programs write; in a column of text they may mean something."""

_MISSING = ("", "n/a")
_NEAR = 0.8
"""How alike a column's name must be to one of ours to be told."""


def typed_cells(cells: Sequence[str]) -> list[Cell | None]:
    """The cells of a whole column: numbers where all that are there are numbers, else texts; None where one is missing.

    Args:
        cells: As they stand in the table. Empty ones and ``n/a`` are missing, among numbers also ``NA`` and ``NaN``.
    """
    plain = [cell.strip() for cell in cells]
    there = [cell for cell in plain if cell.casefold() not in (*_MISSING, *_NO_NUMBER)]
    if there and all(map(_is_number, there)):
        return [_number(cell) if _is_number(cell) else None for cell in plain]
    return [None if cell.casefold() in _MISSING else cell for cell in plain]


def typed_columns(rows: Sequence[Mapping[str, str]], names: Iterable[str]) -> list[dict[str, Cell]]:
    """For each row its cells of the columns ``names``, each column typed as a whole; missing ones are not there."""
    columns = {name: typed_cells([row.get(name, "") for row in rows]) for name in names}
    typed: list[dict[str, Cell]] = []
    for place in range(len(rows)):
        of_row = {name: cells[place] for name, cells in columns.items()}
        typed.append({name: cell for name, cell in of_row.items() if cell is not None})
    return typed


def checked_cells(cells: Mapping[str, object], where: object) -> dict[str, Cell]:
    """The cells of one trial by column, whoever gives them: numbers and texts of Python; a missing one is not there.

    Raises:
        InputError: A column has no name of its own, or a cell is neither a finite number nor text.
    """
    check_names(cells, where, "call them otherwise")
    checked: dict[str, Cell] = {}
    for name, given in cells.items():
        cell = given.item() if isinstance(given, np.generic) else given
        if isinstance(cell, bool):  # a split by it wants words
            cell = str(cell).lower()
        if cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell)):
            continue
        if not isinstance(cell, int | float | str) or (isinstance(cell, float) and math.isinf(cell)):
            found = repr(cell) if isinstance(cell, float) else f"a {type(cell).__name__}"
            raise InputError(f"{where}, column {name}", found, "finite numbers and texts")
        checked[name] = cell
    return checked


def check_names(names: Iterable[str], where: object, do: str) -> None:
    """Refuse columns without a name, and those whose name means something else in every cache.

    Raises:
        InputError: Names them; ``do`` is the way on.
    """
    wrong = [name for name in names if not name or name in RESERVED]
    if wrong:
        found = f"columns {', '.join(map(repr, wrong))}"
        raise InputError(where, found, f"names other than {', '.join(RESERVED)}, which every cache has", do)


def column_remarks(
    columns: Mapping[str, Sequence[Cell]], absent: Sequence[str], says: Callable[[str, str], str]
) -> list[str]:
    """Sentences on columns of the lab's own that may have been meant as ours, or whose texts look alike.

    Args:
        columns: Cells by column, without missing ones.
        absent: Names of ours that no column has.
        says: ``says(ours, theirs)`` is how one says that a column is ours.
    """
    remarks = []
    for name, cells in columns.items():
        if near := difflib.get_close_matches(name.casefold()[:LONGEST_NAME], absent, 1, _NEAR):
            way = says(near[0], name)
            remarks.append(f"column {name!r} is one of the lab's own; if it is our {near[0]}, say so {way}")
        remarks += near_equal(f"column {name}:", [cell for cell in cells if isinstance(cell, str)])
    return remarks


def _is_number(cell: str) -> bool:
    return _DECIMAL.fullmatch(cell) is not None and _LONG.fullmatch(cell) is None


def _number(cell: str) -> Cell:
    return int(cell) if _WHOLE.fullmatch(cell) else float(cell)
