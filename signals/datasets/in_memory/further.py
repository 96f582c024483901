"""Columns of a table in memory that nothing else is read from: columns of the cache, as those of a table of trials."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from ...trials.further_columns import Cell, check_names, column_remarks, typed_cells
from ...trials.truths import is_missing
from ..trial_table.rows import DIMENSIONS
from .columns import Columns, written_text
from .labels import CATEGORY

_KNOWN_KINDS = (str, bool, np.bool_, int, float, np.number, date, np.datetime64)


@dataclass(frozen=True, eq=False)
class FurtherColumns:
    """For each trial its cells by column, where one is not missing; and what is said about the columns."""

    cells: tuple[dict[str, Cell], ...]
    remarks: tuple[str, ...]


def further_columns(
    table: Columns, read: Iterable[str], trials: Sequence[Sequence[int]], ours: Sequence[str], argument: str = ""
) -> FurtherColumns:
    """The columns of a table beside those that are read.

    Numbers stay numbers, text is typed as that of a table in a file. A column that changes within a trial, or holds
    objects, is none, and that is told.

    Args:
        table: The table.
        read: Columns that are read already.
        trials: The rows of each trial.
        ours: Names that columns of identities may have.
        argument: The argument that says which column is which of ``ours``; empty where there is none.

    Raises:
        InputError: A column has a name that means something else in every cache, or a number is infinite.
    """
    read = tuple(read)
    names = [name for name in table.values if name not in read]
    check_names(names, table.where, "call them otherwise, or drop them")
    typed = {name: _typed(table, name) for name in names}
    columns = {name: cells for name, cells in typed.items() if cells is not None and _constant(cells, trials)}
    changing = sorted(name for name in names if name not in columns)
    unread = (f"columns that change within a trial or hold objects are not read: {', '.join(changing)}",)
    absent = [name for name in (*ours, CATEGORY, *DIMENSIONS) if name not in table]

    def says(near: str, name: str) -> str:
        of_label = "targets" if near in (CATEGORY, *DIMENSIONS) else argument
        return f"as in {of_label}={{{near!r}: {name!r}}}" if of_label else "by its name"

    there = {name: [cell for cell in cells if cell is not None] for name, cells in columns.items()}
    return FurtherColumns(
        tuple(
            {name: cell for name, cells in columns.items() if (cell := cells[rows[0]]) is not None} for rows in trials
        ),
        (*(unread if changing else ()), *column_remarks(there, absent, says)),
    )


def holds_text(cells: Sequence[Any]) -> bool:
    """Whether a column holds words: text that is no number."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    return any(isinstance(cell, str) for cell in typed_cells(texts))


def _typed(table: Columns, name: str) -> list[Cell | None] | None:
    """The cells of a column, None where one is missing; no list where it holds other objects."""
    cells = [None if is_missing(cell) else cell for cell in table.values[name]]
    there = [cell for cell in cells if cell is not None]
    if not all(isinstance(cell, _KNOWN_KINDS) for cell in there):
        return None
    if all(isinstance(cell, bool | np.bool_) for cell in there):  # a split by it wants words
        return [None if cell is None else str(bool(cell)).lower() for cell in cells]
    if all(isinstance(cell, int | float | np.number) for cell in there):
        numbers = [None if cell is None else table.number(row, name) for row, cell in enumerate(cells)]
        return [cell if number is None else _plain(cell, number) for cell, number in zip(cells, numbers, strict=True)]
    return typed_cells([written_text(cell) for cell in cells])


def _plain(cell: Any, number: float) -> Cell:
    """A number of Python: a whole one of its own type."""
    return int(cell) if isinstance(cell, int | np.integer) else number


def _constant(cells: Sequence[Cell | None], trials: Sequence[Sequence[int]]) -> bool:
    return all(cells[row] == cells[rows[0]] for rows in trials for row in rows)
