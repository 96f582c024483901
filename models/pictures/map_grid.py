"""Small maps side by side under one scale of colours."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...preprocessing.pictures import new_figure, palette, save_figure, wrapped
from ...signals import InputError

_COLUMNS = 5
"""Maps beside each other where no rows are named."""

_SIDE, _LETTERS = 1.55, 13
"""Inches of a map, and letters of a title that fit into one inch."""


@dataclass(frozen=True, eq=False)
class MapGrid:
    """R x K maps.

    Attributes:
        values: (R, K, S).
        names: K names of columns.
        rows: R names, or none: then the K maps of the one row are broken into lines.
    """

    values: np.ndarray
    names: tuple[str, ...]
    rows: tuple[str, ...]

    @classmethod
    def of(cls, maps: np.ndarray, names: Sequence[str], rows: Sequence[str] | None, sites: int) -> "MapGrid":
        """Maps (K, S), with ``rows`` (R, K, S).

        Raises:
            InputError: The shapes do not fit.
        """
        maps = np.asarray(maps, float)
        wanted = (len(names), sites) if rows is None else (len(rows), len(names), sites)
        if maps.shape != wanted or not maps.size:
            raise InputError("maps", f"an array {maps.shape}", f"{wanted}, by names and sites", "correct one of them")
        return cls(maps if rows is not None else maps[None], tuple(names), tuple(rows or ()))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the picture."""
        if self.rows:
            return len(self.rows), len(self.names)
        lines = -(-len(self.names) // _COLUMNS)
        return lines, -(-len(self.names) // lines)

    def panels(self) -> Iterator[tuple[str, str, np.ndarray]]:
        """The title above a map, the name beside it, and its values (S,), line by line."""
        for r, row in enumerate(self.values):
            for k, values in enumerate(row):
                yield "" if r else self.names[k], "" if k or not self.rows else self.rows[r], values


@dataclass(frozen=True)
class Scale:
    """One scale of colours for all maps: their name in matplotlib, and the values at its ends."""

    colours: str
    low: float
    high: float

    @classmethod
    def of(cls, values: np.ndarray) -> "Scale":
        """About zero where a value is below zero, else from zero on; both can be read by any eye and in gray."""
        most = float(np.abs(values).max()) or 1.0
        return cls(palette.SIGNED, -most, most) if values.min() < 0 else cls(palette.IMPORTANCE, 0.0, most)


def check_finite(values: np.ndarray) -> np.ndarray:
    """The values.

    Raises:
        InputError: One is not finite.
    """
    if not np.isfinite(values).all():
        found = f"{int((~np.isfinite(values)).sum())} values that are not finite"
        raise InputError("maps", found, "finite ones", "leave out what has no value")
    return values


def draw_grid(
    grid: MapGrid, draw: Callable[[Any, np.ndarray], Any], path: str | Path, texts: tuple[str, str, str]
) -> Path:
    """Draw all maps into a picture file.

    Args:
        grid: The maps.
        draw: Draws one of them onto axes, and gives what a colour bar is made from.
        path: The picture file.
        texts: Label of the colour bar, title, note below.
    """
    (rows, columns), (label, title, note) = grid.shape, texts
    width = max(_SIDE * columns + 1.2, 3.4)
    heading = wrapped(title, round(_LETTERS * width)).splitlines()
    height = (1.0 if grid.rows else 1.12) * _SIDE * rows + 0.45 + 0.16 * len(heading) + 0.16 * bool(note)
    figure = new_figure(width, height)
    every = figure.subplots(rows, columns, squeeze=False)
    for axes in every.flat:
        axes.set_axis_off()
    for axes, (above, beside, values) in zip(every.flat, grid.panels(), strict=False):
        image = draw(axes, values)
        axes.set_title(above, fontsize=9)
        axes.text(-0.08, 0.5, beside, transform=axes.transAxes, rotation=90, ha="right", va="center", fontsize=9)
    figure.colorbar(image, ax=every, shrink=0.8 if rows == 1 else 0.5, aspect=18).set_label(
        wrapped(label, round(_LETTERS * height * (0.8 if rows == 1 else 0.5))), fontsize=8
    )
    figure.suptitle("\n".join(heading), fontsize=9, x=0.01, ha="left")
    if note:
        figure.supxlabel(wrapped(note, round(1.25 * _LETTERS * width)), fontsize=7, x=0.01, ha="left")
    return save_figure(figure, path)
