"""The events of one recording as BIDS writes them: a table with tabs, in which ``n/a`` is a missing value."""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...regular_file import file_bytes

MISSING = ("", "n/a")


@dataclass(frozen=True)
class EventRow:
    """One event.

    Args:
        where: File and line.
        onset: Seconds from the recording's first sample.
        duration: Seconds; 0 for a moment, or where nobody noted it.
        cells: The texts of all columns, empty where a value is missing.
    """

    where: str
    onset: float
    duration: float
    cells: Mapping[str, str]

    def number(self, column: str) -> float:
        """The number in a column, NaN where it is missing.

        Raises:
            InputError: It is none.
        """
        text = self.cells[column]
        try:
            return float(text) if text else math.nan
        except ValueError as error:
            where = f"{self.where}, column {column}"
            raise InputError(where, repr(text), "a number, or n/a where it is missing") from error


def read_table(path: Path) -> list[dict[str, str]]:
    """The lines of a table with tabs by column; ``n/a`` is empty.

    Raises:
        InputError: It is no UTF-8, or a line has another number of cells than the first.
    """
    try:
        text = file_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, f"bytes that are not UTF-8 ({error.reason})", "UTF-8") from error
    lines = [cells for cells in csv.reader(io.StringIO(text, newline=""), delimiter="\t") if cells]
    names = [name.strip() for name in lines[0]] if lines else []
    rows = []
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) != len(names):
            raise InputError(f"{path}:{number}", f"{len(cells)} values", f"{len(names)}, one a column, parted by tabs")
        stripped = (cell.strip() for cell in cells)
        rows.append({name: "" if cell in MISSING else cell for name, cell in zip(names, stripped, strict=True)})
    return rows


def read_events_table(path: Path) -> list[EventRow]:
    """The events of one recording, in the order of their onsets.

    Raises:
        InputError: It is no table with ``onset`` and ``duration``, or one of these is no number.
    """
    rows = []
    for number, cells in enumerate(read_table(path), 2):
        if not {"onset", "duration"} <= cells.keys():
            raise InputError(f"{path}:1", f"columns {', '.join(cells)}", "onset and duration among them")
        row = EventRow(f"{path}:{number}", 0.0, 0.0, cells)
        onset, duration = row.number("onset"), row.number("duration")
        if not math.isfinite(onset):
            raise InputError(f"{row.where}, column onset", repr(cells["onset"]), "seconds from the first sample")
        rows.append(EventRow(row.where, onset, max(duration, 0.0) if math.isfinite(duration) else 0.0, cells))
    return sorted(rows, key=lambda row: row.onset)
