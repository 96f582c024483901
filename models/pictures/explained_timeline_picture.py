"""Inputs that counted along time as a picture: predictions above, each series below, on one axis of seconds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...preprocessing.pictures import TIME_LABEL, new_figure, palette, save_figure, wrapped
from ..explaining.explained_timeline import CountedRows, ExplainedTime
from ..predicting.timeline import Timeline

Ends = tuple[float, float]

_MANY = 24
"""Rows beyond which their names are set smaller and closer."""


def draw_explained_time_line(shown: ExplainedTime, path: str | Path, title: str = "") -> Path:
    """Draw predictions, and what counted for them in each series, into a picture file.

    Each series has a scale of colours of its own, from zero on: values of series with different numbers of inputs do
    not compare. White: no window holds the slice, or it is invalid.

    Args:
        shown: What to draw.
        path: The picture file; its ending (png, svg, pdf) says which kind.
        title: What stands above; left out, the time line's own.
    """
    panels = list(_panels(shown))
    heights = [height for height, _ in panels]
    figure = new_figure(9, 0.9 + sum(heights))
    every = figure.subplots(len(panels), 2, sharex="col", height_ratios=heights, width_ratios=(60, 1), squeeze=False)
    for (axes, side), (_, (draw, what)) in zip(every, panels, strict=True):
        draw(axes, side, what)
        axes.spines[["top", "right"]].set_visible(False)
    every[0, 0].set_title(wrapped(title or shown.timeline.title, 110), fontsize=9, loc="left")
    every[-1, 0].set_xlabel(f"{TIME_LABEL}\ncolours: importance, {shown.label}", fontsize=9)
    every[-1, 0].set_xlim(*_extent(shown))
    return save_figure(figure, path)


def _panels(shown: ExplainedTime) -> Iterator[tuple[float, tuple[Any, Any]]]:
    """The height of each panel in inches, the function that draws it, and its content."""
    line, prediction = shown.timeline, shown.timeline.prediction
    curves = [
        ((0.0, 1.0), line.task.categories, prediction.probability, "probability"),
        *((*own, "value") for own in line.by_scale()),
        ((0.0, 1.0), line.task.units, prediction.units, "units"),
    ]
    for ends, names, values, label in curves:
        if names:
            yield 1.1, (_draw_lines, (line, names, values, label, ends))
    for rows in shown.rows:
        if len(rows.times):
            inches = 0.09 if len(rows.names) > _MANY else 0.16
            yield 0.3 + inches * max(len(rows.names), 4), (_draw_rows, rows)


def _draw_lines(axes: Any, side: Any, curves: tuple[Timeline, tuple[str, ...], np.ndarray, str, Ends]) -> None:
    line, names, values, label, (low, high) = curves
    mark = "." if len(line.times) < 40 else ""
    for k, name in enumerate(names):
        curve = np.where(line.valid > 0, values[:, k], np.nan)
        axes.plot(
            line.times,
            curve,
            label=name,
            color=palette.LINES[k % len(palette.LINES)],
            lw=1.4,
            marker=mark,
            ls=palette.STYLES[k % len(palette.STYLES)],
        )
    room = 0.05 if label != "value" else 0.025 * (high - low)
    axes.set(ylim=(low - room, high + room))
    axes.set_ylabel(label, fontsize=8)
    axes.tick_params(labelsize=7)
    side.set_axis_off()
    side.legend(
        *axes.get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=(-1.0, 1.1),
        frameon=False,
        fontsize=7,
        ncols=-(-len(names) // 6),
    )


def _draw_rows(axes: Any, side: Any, rows: CountedRows) -> None:
    high = float(np.nanmax(rows.values)) if np.isfinite(rows.values).any() else 1.0
    edges = np.append(rows.times, rows.times[-1] + rows.duration)
    image = axes.pcolormesh(
        edges,
        np.arange(len(rows.names) + 1),
        rows.values,
        cmap=palette.IMPORTANCE,
        vmin=0,
        vmax=high or 1.0,
        rasterized=True,
    )
    axes.set_yticks(np.arange(len(rows.names)) + 0.5, rows.names, fontsize=5 if len(rows.names) > _MANY else 7)
    axes.invert_yaxis()
    axes.set_ylabel(rows.series, fontsize=8)
    axes.tick_params(axis="x", labelsize=7)
    bar = axes.figure.colorbar(image, cax=side)
    bar.set_label("importance", fontsize=8)
    bar.ax.tick_params(labelsize=7)


def _extent(shown: ExplainedTime) -> tuple[float, float]:
    begins = [float(rows.times[0]) for rows in shown.rows if len(rows.times)]
    ends = [float(rows.times[-1]) + rows.duration for rows in shown.rows if len(rows.times)]
    return min(begins), max(ends)
