"""Confusion matrices: predicted categories by true ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ....preprocessing.pictures import new_figure, palette, save_figure, wrapped
from ....signals import InputError
from ...runs.report import Report
from ...scores.metrics import confusion

_LETTERS = 13
"""Letters of a title that fit into one inch."""


@dataclass(frozen=True, eq=False)
class Confusion:
    """Predicted categories of one report by true ones; test windows of all folds and seeds.

    Attributes:
        model: As one would type it.
        categories: C names.
        counts: (C, C) windows; rows are true categories, columns predicted ones.
        simulated: Whether no person was recorded.
    """

    model: str
    categories: tuple[str, ...]
    counts: np.ndarray
    simulated: bool = False

    @classmethod
    def of(cls, report: Report) -> "Confusion":
        """The confusion of a report, by the first way of choosing the epoch.

        Raises:
            InputError: It predicts no categories.
        """
        names = report.data.task.categories
        if not names:
            raise InputError(f"confusion of {report.model}", "no categories", "some", "give another report")
        windows = report.predictions.take(report.predictions.selection == report.selections[0])
        counts = confusion(windows.category, windows.probability)
        return cls(report.model, names, counts, report.data.simulated)

    @property
    def shares(self) -> np.ndarray:
        """(C, C) of each true category the share that was predicted as each; rows add up to 1, or 0 without truth."""
        return np.asarray(self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1))

    def to_text(self) -> str:
        """Lines for a terminal: share of the row in per cent, and the count."""
        rows = [list(self.categories)]
        for shares, counts in zip(self.shares, self.counts, strict=True):
            rows.append([f"{100 * share:.0f} % ({count})" for share, count in zip(shares, counts, strict=True)])
        heads = [f"{self.model}: true \\ predicted", *self.categories]
        first = max(map(len, heads)) + 2
        width = max(len(cell) for row in rows for cell in row) + 2
        lines = []
        for head, row in zip(heads, rows, strict=True):
            lines.append(head.ljust(first) + "".join(cell.rjust(width) for cell in row))
        return "\n".join(lines)


def draw_confusions(confusions: Sequence[Confusion], path: str | Path) -> Path:
    """Draw confusion matrices side by side into a picture file: shares of each row as shades, with counts."""
    side = _side(confusions[0])
    lines = max(_title(matrix).count("\n") for matrix in confusions) + 1
    figure = new_figure(side * len(confusions) + 0.6, side + 0.5 + 0.15 * lines, "compressed")
    panels = figure.subplots(1, len(confusions), squeeze=False)[0]
    for axes, matrix in zip(panels, confusions, strict=True):
        _draw(axes, matrix, first=matrix is confusions[0])
    return save_figure(figure, path)


def _side(matrix: Confusion) -> float:
    """Inches that one matrix takes with its names."""
    return 1.2 + 0.62 * len(matrix.categories)


def _title(matrix: Confusion) -> str:
    """The model, in lines as wide as its matrix."""
    title = f"{matrix.model}{', simulated' if matrix.simulated else ''}"
    return wrapped(title, round(_LETTERS * _side(matrix)))


def _draw(axes: Any, matrix: Confusion, first: bool) -> None:
    axes.imshow(matrix.shares, cmap=palette.SHARE, vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(matrix.shares):
        text = f"{100 * share:.0f} %\n{matrix.counts[row, column]}"
        shade = palette.PAPER if share > 0.6 else palette.INK
        axes.annotate(text, (column, row), ha="center", va="center", fontsize=7, color=shade)
    places = range(len(matrix.categories))
    axes.set_xticks(places, matrix.categories, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(places, matrix.categories if first else [""] * len(places), fontsize=8)
    axes.set_title(_title(matrix), fontsize=8)
    axes.set_xlabel("predicted", fontsize=8)
    if first:
        axes.set_ylabel("true", fontsize=8)
