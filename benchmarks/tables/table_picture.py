"""A table as a picture: every person a dot, every row its score and interval, what labels alone give a line."""

from pathlib import Path
from typing import Any

import numpy as np

from ...preprocessing.pictures import palette
from ...preprocessing.pictures.figure_file import save_figure
from ...preprocessing.pictures.wrapped_names import wrapped
from ..scores.metrics import WORDS
from .table import OF_EACH, Table, TableRow

_ROW, _LINE, _MARGIN, _WIDTH = 0.42, 0.17, 1.6, 7.5  # inches
_LETTERS = 30
"""Of a line of a model's name."""


def draw_table(table: Table, path: str | Path) -> Path:
    """Draw ``table`` into a picture file; its ending (png, svg, pdf) says which kind."""
    from matplotlib.figure import Figure

    lines = max(_label(row, table).count("\n") + 1 for row in table.rows)
    inches = _MARGIN + max(_ROW, _LINE * (lines + 0.5)) * len(table.rows)
    figure = Figure(figsize=(_WIDTH, inches), layout="constrained")
    axes = figure.subplots()
    for height, row in enumerate(reversed(table.rows)):
        _draw_row(axes, row, table.metric, height)
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
    axes.set_yticks(range(len(table.rows)), [_label(row, table) for row in reversed(table.rows)])
    axes.set_ylim(-0.6, len(table.rows) - 0.4)
    axes.set_xlabel(wrapped(_what(table), 58))
    axes.figure.suptitle("\n".join(wrapped(line, 95) for line in _title(table)), fontsize=9, x=0.01, ha="left")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    axes.set_axisbelow(True)
    axes.grid(axis="x", color=palette.GRID)


def _label(row: TableRow, table: Table) -> str:
    name = row.model if "scaling" in table.common else f"{row.model}, {row.facts['scaling'].split()[0]} scaling"
    return wrapped(name, _LETTERS)


def _what(table: Table) -> str:
    intervals = {row.score.interval.over for row in table.rows if row.score.interval}
    over = f"; bars: 95 % interval over {' or '.join(sorted(intervals))}" if intervals else ""
    shown = OF_EACH.get(table.metric, table.metric)
    kind = {"people": "person", "sessions": "session", "trials": "trial"}[table.rows[0].verdict.kind]
    several = any(len(row.score.each) > 1 for row in table.rows)
    dots = f"; dots: {WORDS.get(shown, shown)} of each {kind}" if several else ""
    return f"{WORDS[table.metric]}{over}{dots}"


def _title(table: Table) -> list[str]:
    first = table.rows[0].facts
    data = first["data"] if "data" in table.common else "several datasets"
    protocol = first["protocol"].split(" [")[0] if "protocol" in table.common else "several protocols"
    leaky = [warning.split(";")[0] for warning in table.warnings if warning.startswith("LEAKY")]
    return [*leaky, data, protocol]
