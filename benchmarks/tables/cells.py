"""Every table before it is written: columns of typed cells, and words about them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...signals.shown_text import visible

_TOGETHER = re.compile(
    r"(?<=[=<±]) (?=[-+.\d])"  # p = .012, .7 ± .1
    r"|(?<=\bp) (?=[=<])|(?<=\d) (?=[%±])"  # p = .012, 95 %
    r"|(?<=\d) (?=to [-+.\d])|(?<=\d to) (?=[-+.\d])"  # .532 to .745
)
"""Spaces within what is one number."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table; letters that would be commands are shown as escapes.

    Attributes:
        text: Its whole text.
        short: The text in its place where a terminal has no room; the whole text then follows below the table.
        muted: Whether it is there for comparison alone: written in brackets, and in grey.
        code: Whether it is something that one types.
    """

    text: str
    short: str = ""
    muted: bool = False
    code: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", visible(self.text))
        object.__setattr__(self, "short", visible(self.short))

    def __str__(self) -> str:
        return f"({self.text})" if self.muted else self.text


@dataclass(frozen=True)
class Column:
    """A head and a cell for each row.

    Attributes:
        title: The head as a cell.
        cells: One a row.
        numeric: Whether they hold numbers, which are never folded or moved.
    """

    title: Cell
    cells: tuple[Cell, ...]
    numeric: bool = False

    @classmethod
    def of(cls, head: Cell | str, cells: Sequence[Cell | str], numeric: bool = False) -> "Column":
        """A column of cells; text is a cell with nothing else to it."""
        return cls(_cell(head), tuple(map(_cell, cells)), numeric)

    @property
    def head(self) -> str:
        """Its head as text."""
        return self.title.text

    @property
    def filled(self) -> bool:
        """Whether anything stands in it."""
        return any(cell.text for cell in self.cells)


@dataclass(frozen=True)
class Content:
    """Cells and words, in the order in which every form of a table has them.

    Attributes:
        result: The result in one sentence.
        columns: Side by side; the first names the row.
        warnings: Facts without which it misleads, such as that nobody was recorded.
        facts: Facts that hold for all rows, by name.
        notes: The rest.
    """

    columns: tuple[Column, ...]
    result: str = ""
    warnings: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "result", visible(self.result))
        object.__setattr__(self, "warnings", tuple(map(visible, self.warnings)))
        object.__setattr__(self, "facts", tuple((visible(name), visible(value)) for name, value in self.facts))
        object.__setattr__(self, "notes", tuple(map(visible, self.notes)))

    @property
    def heads(self) -> list[str]:
        """The heads of the columns."""
        return [column.head for column in self.columns]

    @property
    def rows(self) -> list[tuple[Cell, ...]]:
        """The cells, row by row."""
        return list(zip(*(column.cells for column in self.columns), strict=True))

    @property
    def texts(self) -> list[list[str]]:
        """The cells as they are written, row by row; muted ones in brackets."""
        return [[str(cell) for cell in row] for row in self.rows]


def unbroken(text: str) -> str:
    """The text with spaces within a number, or between the ends of a range, at which no line is broken."""
    return _TOGETHER.sub("\N{NO-BREAK SPACE}", text)


def _cell(content: Cell | str) -> Cell:
    return Cell(content) if isinstance(content, str) else content
