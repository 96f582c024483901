"""Building blocks of a report's page: parts, chapters, tables to sort, pictures, and text to copy."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..tables.cells import Cell, unbroken


@dataclass(frozen=True)
class Grid:
    """Cells under their heads, to be sorted by the reader; muted ones are grey."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell | str, ...], ...]

    @staticmethod
    def text_of(cell: Cell | str) -> str:
        """The text of a cell, which breaks within no number."""
        return unbroken(str(cell))


@dataclass(frozen=True)
class Listing:
    """Something to be copied: a command, a file, or a table of plain text."""

    caption: str
    text: str


@dataclass(frozen=True)
class Picture:
    """One picture, not yet drawn.

    Attributes:
        name: Of its files, without an ending.
        caption: Below it.
        alt: What it shows, for whoever cannot see it.
        draw: Draws it into a file whose ending says which kind.
    """

    name: str
    caption: str
    alt: str
    draw: Callable[[Path], Path]


@dataclass(frozen=True)
class Chapter:
    """One part of the page; parts that are empty are not shown.

    Attributes:
        title: Its head.
        words: Paragraphs.
        facts: Names and what holds for them.
        grids, pictures, listings: Those below the words, in this order.
        closed: Whether the reader has to open it.
    """

    title: str
    words: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    grids: tuple[Grid, ...] = ()
    pictures: tuple[Picture, ...] = ()
    listings: tuple[Listing, ...] = ()
    closed: bool = False


@dataclass(frozen=True)
class Result:
    """A result, as the page begins with it: one sentence, and the pictures that show it."""

    sentence: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, eq=False)
class Part:
    """A part of the page: its head, the warnings needed to read it, its chapters, and its result."""

    title: str
    chapters: tuple[Chapter, ...]
    warnings: tuple[str, ...] = ()
    result: Result | None = None
