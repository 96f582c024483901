"""A picture of doubtful stretches: the face before, whoever was there instead, and the face that came back."""

from pathlib import Path
from typing import Any

import numpy as np

from ..cache.cache import Cache
from ..pictures import palette
from ..pictures.figure_file import save_figure, wrapped
from ..quality.face_shares import Doubt

_BESIDE, _INSTEAD = 2, 4
"""Images before and after a stretch, and within it."""


def draw_doubts(cache: Cache, stretches: list[Doubt], path: Path) -> Path:
    """The picture file: a row of aligned faces for each stretch, those that were not taken for the person's in red.

    Args:
        cache: The cache.
        stretches: Doubtful stretches of it, one or more.
        path: The picture to make.
    """
    from matplotlib.figure import Figure

    columns = 2 * _BESIDE + _INSTEAD
    figure = Figure(figsize=(1.1 * columns, 1.7 * len(stretches) + 0.4), layout="constrained")
    grid = figure.subplots(len(stretches), columns, squeeze=False)
    for row, doubt in zip(grid, stretches, strict=True):
        _draw_row(row, cache, doubt)
    figure.suptitle("Before, whoever was there instead, and after\n", fontsize=10)
    return save_figure(figure, path)


def _draw_row(row: Any, cache: Cache, doubt: Doubt) -> None:
    series = cache.series(doubt.file, doubt.series)
    assert series.track is not None
    begin, end = _trial_of(series.first, doubt.first)
    seen = np.flatnonzero(series.track.seen[begin:end]) + begin
    before, after = seen[seen < doubt.first][-_BESIDE:], seen[seen >= doubt.last][:_BESIDE]
    looked = np.arange(doubt.first, doubt.last)
    shown = np.array([i for i in looked.tolist() if series.stored[i].any()], int)
    instead = shown[np.unique(np.linspace(0, len(shown) - 1, _INSTEAD).round().astype(int))] if len(shown) else shown
    for axes in row:
        axes.axis("off")
    groups = ((_BESIDE - len(before), before, palette.INK), (_BESIDE, instead, palette.LOST))
    for place, images, color in (*groups, (_BESIDE + _INSTEAD, after, palette.INK)):
        for axes, i in zip(row[place:], images.tolist(), strict=False):
            axes.imshow(_image(series.stored[i]), cmap=palette.PIXELS, vmin=0, vmax=255)
            axes.set_title(f"{series.times[i]:.2f} s", fontsize=7, color=color)
    name = row[0].text(0, 1.3, wrapped(_name(cache, doubt), 90), transform=row[0].transAxes, fontsize=8, va="bottom")
    name.set_in_layout(False)  # else the first column would become as wide as it


def _name(cache: Cache, doubt: Doubt) -> str:
    return f"{cache.told(doubt.trial)}, {doubt.series}: {doubt.start:.2f} to {doubt.stop:.2f} s"


def _image(stored: np.ndarray) -> np.ndarray:
    return stored if stored.ndim == 2 else stored[0]


def _trial_of(first: np.ndarray, row: int) -> tuple[int, int]:
    """The half-open range of slices of the trial that holds one of them."""
    number = int(np.searchsorted(first, row, side="right")) - 1
    return int(first[number]), int(first[number + 1])
