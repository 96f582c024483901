"""Further tables beside that of trials, joined by the columns that both have: films, ratings, people."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...errors import InputError
from .lines import Line, Table, read_table
from .rows import REQUIRED, is_column

_CODE = re.compile(r"(?:(?:s|trigger)\s*)?0*(\d+)(?:\.0+)?", re.IGNORECASE)
"""A trigger by its number, as recordings and spreadsheets write it: S 12, S012, trigger 12, 12.0."""

_PLACES = ("subject", "session", "trial")
"""Keys that are no events: subject 12 is not s12."""


def with_tables(table: Table, paths: Sequence[Path], renamed: Mapping[str, str]) -> Table:
    """The trials with the columns of further tables, each joined by all the columns that it shares with the trials.

    A trial that a table has no line for gets empty cells, and a remark. Of keys case and blanks do not count, and a
    trigger is its number however it is written.

    Args:
        table: Of trials.
        paths: The further tables.
        renamed: The lab's own name of a column by ours.

    Raises:
        InputError: A table cannot be read, shares no column with the trials or none of their keys, has a key twice, or
            has a label that the trials have already.
    """
    for path in paths:
        table = _joined(table, read_table(path, "line", renamed))
    return table


def _joined(table: Table, further: Table) -> Table:
    keys = _keys(table, further)
    known: dict[tuple[str, ...], Line] = {}
    for line in further.lines:
        key = _key(line, keys)
        if key in known:
            found = f"{_words(line, keys)} again (see line {known[key].number})"
            raise InputError(line.where, found, f"each {', '.join(keys)} once", "remove one of them")
        known[key] = line
    if not any(_key(line, keys) in known for line in table.lines):
        theirs, ours = _words(further.lines[0], keys), _words(table.lines[0], keys)
        found = f"no line for any trial (here {theirs}, the first trial {ours})"
        raise InputError(further.path, found, f"lines by {', '.join(keys)}", "write the keys as the trials have them")
    names = [name for name in further.names if name not in keys]
    lines = [_with(line, known.get(_key(line, keys)), names, further, keys) for line in table.lines]
    return Table(table.path, lines[0].names, tuple(lines))


def _with(line: Line, found: Line | None, names: Sequence[str], further: Table, keys: Sequence[str]) -> Line:
    cells = {name: found.cell(name) if found else "" for name in names}
    key = ", ".join(f"{name} {line.cell(name)!r}" for name in keys)
    remark = f"{further.path.name} has no line for {key}: nothing is known from there"
    return line.with_cells(cells, line.place, () if found else (remark,))


def _keys(table: Table, further: Table) -> list[str]:
    shared = [name for name in further.names if name in table.names]
    keys = [name for name in shared if name in REQUIRED or not is_column(name)]
    if twice := [name for name in shared if name not in keys]:
        found = f"{', '.join(twice)} here and in {table.path.name}"
        raise InputError(f"{further.path}:1", found, "each label once", "remove the column from one of them")
    if not keys:
        names = [name for name in table.names if name in REQUIRED or not is_column(name)]
        found = f"columns {', '.join(further.names)}"
        raise InputError(f"{further.path}:1", found, f"one that trials have: {', '.join(names)}", "call it as there")
    return keys


def _key(line: Line, keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(_plain(key, line.cell(key)) for key in keys)


def _plain(key: str, cell: str) -> str:
    code = None if key in _PLACES else _CODE.fullmatch(cell)
    return code[1] if code else " ".join(cell.split()).casefold()


def _words(line: Line, keys: Sequence[str]) -> str:
    return ", ".join(f"{key} {line.cell(key)!r}" for key in keys)
