"""Columns of a lab's own beside those that every trial has: age, sex, site, block, and whatever else it noted."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ..errors import InputError

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


def check_names(names: Iterable[str], where: object, do: str) -> None:
    """Refuse columns without a name, and those whose name means something else in every cache.

    Raises:
        InputError: Names them; ``do`` is the way on.
    """
    wrong = [name for name in names if not name or name in RESERVED]
    if wrong:
        found = f"columns {', '.join(map(repr, wrong))}"
        raise InputError(where, found, f"names other than {', '.join(RESERVED)}, which every cache has", do)


def _is_number(cell: str) -> bool:
    return _DECIMAL.fullmatch(cell) is not None and _LONG.fullmatch(cell) is None


def _number(cell: str) -> Cell:
    return int(cell) if _WHOLE.fullmatch(cell) else float(cell)
