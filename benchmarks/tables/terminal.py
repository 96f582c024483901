"""Tables in a terminal: never wider than ``WIDTH`` columns, and nothing is cut off.

What does not fit is folded in this order: heads, by words; cells of words, which become numbered notes below the rows;
then whole columns, which stand in a further block beside the rows' names. Numbers are never folded.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ...preprocessing.building.progress import new_console
from .cells import Cell, Column, Content, unbroken

WIDTH = 100
"""Columns, also where the output is piped."""

_LEAST = 40
"""Columns of a terminal below which nothing would help."""

_MOVED = 20
"""Columns up to which a cell of words stays where it is."""

_GAP = "  "

_SIGN = re.compile(r"(?<=[.,=(/])")
"""Places at which a long name may be cut."""

Piece = tuple[str, str]
"""Text and its style."""

Line = list[Piece]


def text_of(content: Content, width: int = WIDTH) -> str:
    """The lines as plain text."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines_of(content, width)) + "\n"


def print_content(content: Content) -> None:
    """Print the lines, in colours where a terminal shows them."""
    from rich.text import Text

    console = new_console()
    if not console.is_terminal:
        print(text_of(content), end="")
        return
    for line in lines_of(content, min(WIDTH, console.width)):
        console.print(Text.assemble(*line), soft_wrap=True)


def lines_of(content: Content, width: int = WIDTH) -> list[Line]:
    """The result, the rows, the cells moved below them, warnings, facts and notes, each piece with its style."""
    width = max(width, _LEAST)
    fold = partial(_folded, width=width)
    columns, below = _fitted(content.columns, width)
    lines = fold(content.result, "bold")
    if content.result:
        lines.append([])
    for block in _blocks(columns, width):
        lines += [*_block_lines(block), []]
    for number, text in enumerate(below, 1):
        lines += fold(f"[{number}] {text}", "", hang=4)
    for warning in content.warnings:
        lines += fold(warning, "bold red")
    for name, value in content.facts:
        lines += fold(f"{name}: {value}", "dim", hang=2)
    for note in content.notes:
        lines += fold(f"- {note}", "", hang=2)
    return lines


def display_width(text: str) -> int:
    """Columns of a terminal that ``text`` takes: two for a wide letter."""
    from rich.cells import cell_len

    return cell_len(text)


def wrapped(text: str, width: int, hang: int = 0) -> list[str]:
    """``text`` in lines of at most ``width`` columns, the later ones indented by ``hang``; numbers stay whole."""
    lines, line = [], ""
    for word in unbroken(text).split(" "):
        first, *rest = _pieces(word, width - hang)
        longer = f"{line} {first}" if line.strip() else line + first
        if display_width(longer) > width and line.strip():
            lines.append(line)
            longer = " " * hang + first
        line = longer
        for piece in rest:  # of one word: each begins a line, since a space between them would be none of its own
            lines.append(line)
            line = " " * hang + piece
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in [*lines, line]]


def _pieces(word: str, width: int) -> list[str]:
    """The word; one that is longer than a line in pieces that are not, cut behind a sign where there is one."""
    if display_width(word) <= width:
        return [word]
    pieces = [""]
    for stretch in _SIGN.split(word):
        # A stretch without signs that is itself longer than a line is cut between any two letters.
        uncut: Sequence[str] = [stretch] if display_width(stretch) <= width else stretch
        for letters in uncut:
            if display_width(pieces[-1] + letters) > width:
                pieces.append("")
            pieces[-1] += letters
    return pieces


def _folded(text: str, style: str, width: int, hang: int = 0) -> list[Line]:
    if not text:
        return []
    return [[(line, style)] for line in wrapped(" ".join(text.splitlines()), width, hang)]


@dataclass(frozen=True)
class _FoldedColumn:
    """A column with its head folded: lines of the head, and the width that the column takes."""

    head: tuple[str, ...]
    cells: tuple[Cell, ...]
    width: int

    @classmethod
    def of(cls, column: Column, fold: bool) -> "_FoldedColumn":
        cells = max((display_width(_one_line(cell)) for cell in column.cells), default=0)
        words = max(map(display_width, column.head.split()), default=0)
        head = wrapped(column.head, max(cells, words)) if fold else [column.head]
        return cls(tuple(head), column.cells, max(cells, *map(display_width, head)))


def _fitted(columns: Sequence[Column], width: int) -> tuple[list[_FoldedColumn], list[str]]:
    """Columns as narrow as they have to be, and the long cells that stand below them."""
    plain = [_FoldedColumn.of(column, fold=False) for column in columns]
    if _total(plain) <= width:
        return plain, []
    folded, notes, moved = [_FoldedColumn.of(column, fold=True) for column in columns], list[str](), set[int]()
    while _total(folded) > width and (widest := _widest(columns, folded, moved)) is not None:
        moved.add(widest)
        folded, notes = _without_long_cells(columns, moved)
    return folded, notes


def _widest(columns: Sequence[Column], folded: Sequence[_FoldedColumn], moved: Collection[int]) -> int | None:
    """The widest column of words that still has a long cell."""
    movable = []
    for i, column in enumerate(columns):
        if i not in moved and any(_is_long(column, cell) for cell in column.cells):
            movable.append(i)
    return max(movable, key=lambda i: folded[i].width, default=None)


def _without_long_cells(columns: Sequence[Column], moved: Collection[int]) -> tuple[list[_FoldedColumn], list[str]]:
    """The columns, some without their long cells, and those cells in the order of the columns."""
    notes: dict[str, int] = {}
    folded = []
    for i, column in enumerate(columns):
        shortened = _with_notes(column, notes) if i in moved else column
        folded.append(_FoldedColumn.of(shortened, fold=True))
    return folded, list(notes)


def _is_long(column: Column, cell: Cell) -> bool:
    return not column.numeric and display_width(_one_line(cell)) > _MOVED


def _one_line(cell: Cell) -> str:
    return " ".join(str(cell).splitlines())


def _with_notes(column: Column, notes: dict[str, int]) -> Column:
    """The column with numbers for its long cells; their text is added to ``notes``, each once."""
    cells = []
    for cell in column.cells:
        if not _is_long(column, cell):
            cells.append(cell)
            continue
        number = notes.setdefault(f"{column.head}: {cell.text}", len(notes) + 1)
        short = cell.short if display_width(cell.short) <= _MOVED - 5 else ""  # room for a blank and "[99]"
        cells.append(replace(cell, text=f"{short} [{number}]".strip(), short=""))
    return replace(column, cells=tuple(cells))


def _total(columns: Sequence[_FoldedColumn]) -> int:
    return sum(column.width for column in columns) + len(_GAP) * (len(columns) - 1) + 1


def _blocks(columns: Sequence[_FoldedColumn], width: int) -> Iterator[list[_FoldedColumn]]:
    """The columns in as many blocks as it takes, each begun by those that name the rows."""
    if not columns:
        return
    names = list(columns[: _naming(columns, width)])
    block = names
    for column in columns[len(names) :]:
        if len(block) > len(names) and _total([*block, column]) > width:
            yield block
            block = names
        block = [*block, column]
    yield block


def _naming(columns: Sequence[_FoldedColumn], width: int) -> int:
    """The number of columns that tell the rows apart: one, or two where the first repeats and both leave room."""
    first = columns[0].cells
    repeats = len(set(map(str, first))) < len(first)
    return 2 if repeats and len(columns) > 2 and _total(columns[:2]) <= width / 2 else 1


def _block_lines(block: Sequence[_FoldedColumn]) -> Iterator[Line]:
    height = max(len(column.head) for column in block)
    padded = [("",) * (height - len(column.head)) + column.head for column in block]  # heads end just above the rule
    for heads in zip(*padded, strict=True):
        yield _line([(head, "bold") for head in heads], block)
    yield [(" " + "─" * (_total(block) - 1), "dim")]
    for row in zip(*(column.cells for column in block), strict=True):
        yield _line([(_one_line(cell), "grey50" if cell.muted else "") for cell in row], block)


def _line(pieces: Sequence[Piece], block: Sequence[_FoldedColumn]) -> Line:
    line: Line = [(" ", "")]
    for (text, style), column in zip(pieces, block, strict=True):
        line += [(text, style), (" " * (column.width - display_width(text)) + _GAP, "")]
    return line[:-1]
