"""A table as a picture: every person a dot, every row its score and interval, what labels alone give a line."""

from pathlib import Path
from typing import Any

import numpy as np

from ...preprocessing.pictures import new_figure, palette, save_figure, wrapped
from ..scores.metrics import WORDS
from ..scores.tally import ONE_OF
from .table import OF_EACH, Table, TableRow

_ROW, _LINE, _MARGIN, _WIDTH = 0.42, 0.17, 1.3, 7.5  # inches
_LETTERS, _ACROSS = 26, 100
"""Letters in a line of a row's name, and in one across the picture, at the sizes of their fonts."""


def draw_table(table: Table, path: str | Path) -> Path:
    """Draw ``table`` into a picture file; its ending (png, svg, pdf) says which kind."""
    labels, title = [wrapped(_label(row, table), _LETTERS) for row in table.rows], _title(table)
    room = sum(max(_ROW, _LINE * (label.count("\n") + 2)) for label in labels)
    figure = new_figure(_WIDTH, _MARGIN + room + _LINE * (title.count("\n") + 1))
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    axes = figure.subplots()
    for height, row in enumerate(reversed(table.rows)):
        _draw_row(axes, row, table.metric, height)
    axes.set_yticks(range(len(labels)), list(reversed(labels)))
    _draw_frame(axes, table)
    return save_figure(figure, path)


def _draw_row(axes: Any, row: TableRow, metric: str, height: int) -> None:
    each = np.array(list(row.score.each.values()))
    mean = row.score.metrics[metric]
    if len(each) > 1:
        beside = height + 0.24 + 0.03 * (np.arange(len(each)) % 3)  # apart, so that equal scores show
        axes.scatter(each, beside, s=12, color=palette.PERSON, linewidths=0, zorder=2)
    if row.score.interval:
        axes.plot(
            [row.score.interval.low, row.score.interval.high],
            [height, height],
            color=palette.PREDICTED,
            lw=2.5,
            zorder=3,
        )
    axes.scatter([mean], [height], s=42, color=palette.PREDICTED, zorder=4)
    axes.annotate(
        f"{mean:.2f}" if np.isfinite(mean) else "no score",
        (1.01, height),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=9,
    )


def _draw_frame(axes: Any, table: Table) -> None:
    for bar in sorted({round(row.verdict.bar, 6) for row in table.rows if row.verdict.opponent}):
        axes.axvline(bar, color=palette.LABELS_ALONE, lw=1, ls="--", zorder=1)
        axes.annotate(
            "labels alone",
            (bar, 1.0),
            xycoords=("data", "axes fraction"),
            color=palette.LABELS_ALONE,
            fontsize=8,
            ha="center",
            va="bottom",
        )
    axes.set_ylim(-0.6, len(table.rows) - 0.4)
    axes.set_xlabel(wrapped(_axis_label(table), _ACROSS // 2))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    axes.set_axisbelow(True)
    axes.grid(axis="x", color=palette.GRID)


def _label(row: TableRow, table: Table) -> str:
    return row.model if "scaling" in table.common else f"{row.model}, {row.rules.scaling} scaling"


def _axis_label(table: Table) -> str:
    intervals = {row.score.interval.over for row in table.rows if row.score.interval}
    label = WORDS[table.metric]
    if intervals:
        label += f"; bars: 95 % interval over {' or '.join(sorted(intervals))}"
    if any(len(row.score.each) > 1 for row in table.rows):
        metric = OF_EACH.get(table.metric, table.metric)
        label += f"; dots: {WORDS.get(metric, metric)} of each {ONE_OF[table.rows[0].verdict.kind]}"
    return label


def _title(table: Table) -> str:
    """Dataset and protocol in lines as wide as the picture; leaks first."""
    datasets, protocols, leaky = [dict[str, None]() for _ in range(3)]  # as sets that keep the order of the rows
    for row in table.rows:
        datasets[f"{row.rules.dataset}{' (no person recorded)' if row.rules.simulated else ''}"] = None
        protocols[row.rules.words] = None
        if row.rules.leaky:
            leaky[row.model] = None
    lines = [f"LEAKY: {', '.join(leaky)}: what is tested was trained on"] if leaky else []
    lines += datasets if len(datasets) == 1 else ["several datasets"]
    lines += protocols if len(protocols) == 1 else ["several protocols"]
    return wrapped("\n".join(lines), _ACROSS)
