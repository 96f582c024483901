"""Tables as spreadsheets and programs write them: cells by column, and the place of whatever is wrong with one."""

import codecs
import csv
import io
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from ...errors import InputError
from ...files.raw_file import FOLDERS, is_recording
from ...regular_file import file_bytes

SETTINGS = "trials.yaml"
_SEPARATOR = re.compile(r"\s*\"?sep=([,;\t|])\"?[,;\t|\s]*", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")


@dataclass(frozen=True)
class Line:
    """One line of a table, its cells by column; whatever is wrong with one is an error with its place.

    Args:
        path, number: The table, and the line's number in it.
        names: The columns.
        values: A cell for each.
        place: What of the line is meant, where it stands for several trials, as in ``", event S 12 at 3 s"``.
        remarks: What is doubtful about it, a short sentence each.
    """

    path: Path
    number: int
    names: tuple[str, ...]
    values: Sequence[str]
    place: str = ""
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.values) != len(self.names):
            raise InputError(
                self.where,
                f"{len(self.values)} values",
                f"{len(self.names)}, one a column",
                "add or remove commas (semicolons, tabs); put text that holds one in double quotes",
            )

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.path}:{self.number}{self.place}"

    @property
    def cells(self) -> dict[str, str]:
        """The texts by column."""
        return {name: value.strip() for name, value in zip(self.names, self.values, strict=True)}

    def with_cells(self, cells: Mapping[str, str], place: str = "", remarks: tuple[str, ...] = ()) -> "Line":
        """The same line with other cells, or more of them."""
        all_cells = {**self.cells, **cells}
        remarks = (*self.remarks, *remarks)
        return replace(self, names=tuple(all_cells), values=tuple(all_cells.values()), place=place, remarks=remarks)

    def cell(self, name: str) -> str:
        """The text of a cell; empty where the table has no such column."""
        return self.values[self.names.index(name)].strip() if name in self.names else ""

    def text(self, name: str) -> str:
        """The text of a cell that must not be empty."""
        return self.cell(name) or self.fail(name, "nothing", "a value")

    def number_in(self, name: str, low: float = -math.inf, high: float = math.inf) -> float:
        """The number, NaN where the cell is empty."""
        cell = self.cell(name)
        if not cell:
            return math.nan
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or not low <= value <= high:
            self.fail(name, repr(cell), f"a number{_range(low, high)}, or nothing where it is missing")
        return value

    def counted(self, name: str) -> int:
        """A whole number from 1."""
        cell = self.cell(name)
        if not (cell.isascii() and cell.isdigit() and int(cell) > 0):
            self.fail(name, repr(cell), "a whole number from 1")
        return int(cell)

    def file(self, name: str, what: str = "a recording") -> Path:
        """A file that is there."""
        path = self.path.parent / self.text(name)
        if not path.is_file():
            self.fail(name, f"no file {path}", f"{what}, its path taken from the table's folder")
        return path

    def recording(self, name: str) -> Path:
        """A recording that is there: a file, or a folder of those formats that keep one in a folder."""
        path = self.path.parent / self.text(name)
        if path.is_dir() and not is_recording(path):
            self.fail(name, f"the folder {path}", f"a file, or a folder that is a recording ({', '.join(FOLDERS)})")
        return path if path.is_dir() else self.file(name)

    def fail(self, name: str, found: str, wanted: str) -> NoReturn:
        """Refuse a cell."""
        raise InputError(f"{self.where}, column {name}", found, wanted, "correct the table")


@dataclass(frozen=True)
class Table:
    """A table: the names of its columns, and its lines, which all have these columns."""

    path: Path
    names: tuple[str, ...]
    lines: tuple[Line, ...]

    def distinct(self, name: str) -> tuple[str, ...]:
        """The texts of a column, each once."""
        return tuple(dict.fromkeys(line.cell(name) for line in self.lines))


def read_table(path: Path, what: str, renamed: Mapping[str, str] | None = None) -> Table:
    """A table as it stands, its columns called as in ``renamed``.

    A column that has no name and no cell, as spreadsheets leave behind the last one, is none.

    Args:
        path: The file.
        what: What each line is, for messages.
        renamed: The table's own name of a column by the name that it has here, as in ``{"subject": "VP"}``; of columns
            that it lacks nothing is said.

    Raises:
        InputError: As ``read_lines``; or a line has more cells than columns, or fewer, or two columns have one name.
    """
    first, *rest = read_lines(path, what)
    theirs = tuple(cell.strip() for cell in first[1])
    ours = {their_name: name for name, their_name in (renamed or {}).items() if their_name in theirs}
    names = tuple(ours.get(name, name) for name in theirs)
    lines = [Line(path, number, names, cells) for number, cells in rest]
    kept = [place for place, name in enumerate(names) if name or any(line.values[place].strip() for line in lines)]
    names = tuple(names[place] for place in kept)
    _check_once(path, names, [theirs[place] for place in kept])
    short = [replace(line, names=names, values=[line.values[place] for place in kept]) for line in lines]
    return Table(path, names, tuple(short))


def _check_once(path: Path, names: Sequence[str], theirs: Sequence[str]) -> None:
    """Refuse two columns of one name, which they have in the table or get by ``columns``."""
    for name, count in Counter(names).items():
        if count > 1:
            both = [their_name for one, their_name in zip(names, theirs, strict=True) if one == name]
            where, do = f"{path}:1", "give one of them another name in the first line"
            if len(set(both)) == 1:
                raise InputError(where, f"a column twice: {name!r}", "each column once", do)
            other = next(their_name for their_name in both if their_name != name)
            found = f"a column twice: {' and '.join(map(repr, both))} are both {name} (columns: {{{name}: {other}}})"
            raise InputError(where, found, "one column for each", f"{do}, or leave {name} out of columns in {SETTINGS}")


def column_names(path: Path) -> tuple[str, ...]:
    """The names of a table's columns as they stand in it.

    Raises:
        InputError: As ``read_lines``.
    """
    return tuple(cell.strip() for cell in read_lines(path, "line")[0][1])


def table_in(folder: Path) -> Path:
    """The table of trials in a folder, whatever its name's capitals; where there is none, where it should be."""
    usual = folder / "trials.csv"
    alike = [file for file in sorted(folder.iterdir()) if file.name.lower() == usual.name]
    return usual if usual in alike or not alike else alike[0]


def read_lines(path: Path, what: str) -> list[tuple[int, list[str]]]:
    """The number and the cells of each line of a table that is not empty: the columns' names, then ``what`` each.

    Cells are parted by commas, or by semicolons or tabs, as spreadsheets write where numbers have a decimal comma: in
    such a table ``0,5`` is 0.5, and comes back as that. Lines without any text, as spreadsheets leave below a table,
    are no lines.

    Raises:
        InputError: The text is no Unicode or no table, or nothing stands below the names.
    """
    text, mark = _marked(_text(path))
    table = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        lines = [(table.line_num, cells) for cells in table if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise InputError(f"{path}:{table.line_num}", str(error), "comma-separated values") from error
    if mark != ",":
        lines = [(number, [_with_point(cell) for cell in cells]) for number, cells in lines]
    if len(lines) < 2:
        raise InputError(path, f"no {what}s", f"a line of column names and one for each {what}", "fill in the table")
    return lines


def _text(path: Path) -> str:
    raw = file_bytes(path)
    # spreadsheets save "Unicode text" as UTF-16, whose first two bytes tell which of its two forms it is
    encoding = "utf-16" if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(path, f"bytes that are not UTF-8 ({error.reason})", "UTF-8", "save it as CSV UTF-8") from error


def _marked(text: str) -> tuple[str, str]:
    """The table, and what parts its cells: as its first line says, which Excel writes as ``sep=;``, or by counting."""
    first, end, rest = text.partition("\n")
    said = _SEPARATOR.fullmatch(first)
    # the line stays empty, so that the others keep their numbers
    return (f"{end}{rest}", said[1]) if said else (text, _mark(text))


def _mark(text: str) -> str:
    """What parts the cells: the one of three marks that stands most often in the first line that holds text."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _with_point(cell: str) -> str:
    """A number with a decimal comma with a point; any other text as it is."""
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell.strip()) else cell


def _range(low: float, high: float) -> str:
    if math.isfinite(high):
        return f" from {low:g} to {high:g}"
    return f" from {low:g}" if math.isfinite(low) else ""
