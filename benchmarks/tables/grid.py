"""The one noun behind every table, and the four forms in which it is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .cells import Cell, Column, Content
from .markup import html_of, latex_of, markdown_of
from .terminal import WIDTH, print_content, text_of


class Grid(Content):
    """A table: its result, its cells, then warnings, facts and notes; written in a terminal and three kinds of files.

    Cells, columns and words are those of ``Content``.
    """

    @classmethod
    def of_rows(
        cls, heads: Sequence[Cell | str], rows: Sequence[Sequence[Cell | str]], numeric: Sequence[str] = ()
    ) -> "Grid":
        """A grid whose cells come row by row.

        Args:
            heads: One a column.
            rows: As many cells in each.
            numeric: Heads of the columns that hold numbers.
        """
        by_column = zip(*rows, strict=True) if rows else ((),) * len(heads)  # without rows, zip would drop the heads
        columns = (Column.of(head, cells, head in numeric) for head, cells in zip(heads, by_column, strict=True))
        return cls(tuple(columns))

    def __iter__(self) -> Iterator[list[str] | list[list[str]]]:
        """Heads, then cells as text: ``heads, cells = table.grid()``."""
        yield self.heads
        yield self.texts

    def with_words(
        self,
        result: str = "",
        *,
        warnings: Sequence[str] = (),
        facts: Mapping[str, str] | None = None,
        notes: Sequence[str] = (),
    ) -> "Grid":
        """The same cells, with words about them."""
        named = tuple((facts or {}).items())
        return replace(self, result=result, warnings=tuple(warnings), facts=named, notes=tuple(notes))

    def to_text(self, width: int = WIDTH) -> str:
        """Lines of at most ``width`` columns; cells that are too long stand below the rows, as numbered notes."""
        return text_of(self, width)

    def print(self) -> None:
        """Show it in a terminal, in colours; piped, it has the same lines."""
        print_content(self)

    def to_markdown(self) -> str:
        """A table for a README or a paper's supplement."""
        return markdown_of(self)

    def to_html(self) -> str:
        """A fragment of a page."""
        return html_of(self)

    def to_latex(self, title: str = "") -> str:
        """A table in booktabs' form: the result and warnings are its caption, so none is lost; notes stand below."""
        return latex_of(self, title)
