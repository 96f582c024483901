"""Text of others, as names from files are, where it is shown: in terminals, pages and tables it commands nothing."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import TextIO

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Letters that move a cursor, colour or turn text around; tabs and ends of lines are none."""

_FORMULA = re.compile(r"\s*[=+\-@]")
"""How a cell begins that a spreadsheet computes."""


def visible(text: str) -> str:
    """``text`` with escapes for letters that command a terminal or a page, as a name from a file may hold them."""
    return _CONTROL.sub(lambda match: repr(match[0])[1:-1], text)


def csv_text(rows: Iterable[Sequence[object]], comment: str = "") -> str:
    """Rows as CSV in which no text is a formula for a spreadsheet; numbers, also those written as text, stay numbers.

    A text cell that begins like a formula gets an apostrophe before it, which spreadsheets take for "this is text"
    (OWASP, CSV injection).

    Args:
        rows: Cells, row by row.
        comment: A line before them, behind a hash.
    """
    text = io.StringIO(newline="")
    if comment:
        pieces = [str(_cell(piece)) for piece in " ".join(comment.split()).split(",")]
        text.write(f"# {','.join(pieces)}\n")
    csv.writer(text, lineterminator="\n").writerows([map(_cell, row) for row in rows])
    return text.getvalue()


def _cell(content: object) -> object:
    if not isinstance(content, str) or _is_number(content):
        return content
    shown = visible(content)
    return f"'{shown}" if _FORMULA.match(shown) else shown


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class VisibleText(io.TextIOBase):
    """A terminal's stream on which text commands nothing; rich, whose colours are commands, makes its own text so.

    Args:
        stream: Where the text goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self.rich_proxied_file = stream  # under this name rich looks for what it may write to

    def write(self, text: str) -> int:
        """Write text, its letters that are commands as escapes."""
        self.rich_proxied_file.write(visible(text))
        return len(text)

    def flush(self) -> None:
        """Have it shown."""
        self.rich_proxied_file.flush()

    def isatty(self) -> bool:
        """Whether somebody looks at it."""
        return self.rich_proxied_file.isatty()

    def fileno(self) -> int:
        """The number of the stream."""
        return self.rich_proxied_file.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """How letters become bytes."""
        return self.rich_proxied_file.encoding
