"""A table as a picture: every row its score and interval, every person a cross, what labels alone give a line."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ....preprocessing.pictures import new_figure, palette, save_figure, wrapped
from ...scores.metrics import WORDS
from ...scores.tally import ONE_OF
from ...scores.verdict import decimal
from ..table import OF_EACH, Table, TableRow

_ROW, _LINE, _MARGIN, _WIDTH = 0.42, 0.17, 1.3, 7.5  # inches
MOST = 40
"""Rows that are drawn: of more, those with the best scores."""
_LETTERS, _ACROSS = 26, 100
"""Letters in a line of a row's name, and in one across the picture, at the sizes of their fonts."""


def draw_table(table: Table, path: str | Path) -> Path:
    """Draw ``table`` into a picture file; its ending (png, svg, pdf) says which kind."""
    rows = [table.rows[place] for place in table.leading(MOST)]
    labels, title = [wrapped(_label(row, table), _LETTERS) for row in rows], _title(table)
    room = sum(max(_ROW, _LINE * (label.count("\n") + 2)) for label in labels)
    figure = new_figure(_WIDTH, _MARGIN + room + _LINE * (title.count("\n") + 1))
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    axes = figure.subplots()
    for height, row in enumerate(reversed(rows)):
        _draw_row(axes, row, table.metric, height)
    axes.set_yticks(range(len(labels)), list(reversed(labels)))
    _draw_frame(axes, table)
    return save_figure(figure, path)


def _draw_row(axes: Any, row: TableRow, metric: str, height: int) -> None:
    each = np.array(list(row.score.each.values()))
    mean = row.score.metrics[metric]
    if len(each) > 1:
        beside = height + 0.2 + 0.07 * _steps_apart(each)
        axes.scatter(each, beside, s=14, color=palette.PERSON, marker="x", linewidths=1, zorder=2)
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
        decimal(mean, digits=2) if np.isfinite(mean) else "no score",
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
    axes.set_ylim(-0.6, min(len(table.rows), MOST) - 0.4)
    of_each = OF_EACH.get(table.metric, table.metric)
    other = f" (dots and bars), {WORDS.get(of_each, of_each)} (crosses)" if of_each != table.metric else ""
    axes.set_xlabel(f"{WORDS[table.metric]}{other}")
    axes.figure.legend(handles=list(_signs(table)), frameon=False, fontsize=8, loc="outside lower center", ncols=3)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    axes.set_axisbelow(True)
    axes.grid(axis="x", color=palette.GRID)


def _label(row: TableRow, table: Table) -> str:
    return row.model if "scaling" in table.common else f"{row.model}, {row.rules.scaling} scaling"


def _steps_apart(each: np.ndarray) -> np.ndarray:
    """(N,) 0 to 4: the step to which each score is raised, so that those that are nearly equal show side by side."""
    steps, order, near = np.zeros(len(each), int), np.argsort(each, kind="stable"), 0.02 * np.ptp(each)
    for below, above in pairwise(order.tolist()):
        if each[above] - each[below] <= near:
            steps[above] = (steps[below] + 1) % 5
    return steps


def _signs(table: Table) -> Iterator[Any]:
    """The signs of the legend: the score, its interval, and what each person reached, in whatever metric that is."""
    from matplotlib.lines import Line2D

    intervals = {row.score.interval.over for row in table.rows if row.score.interval}
    together = WORDS[table.metric]
    yield Line2D([], [], color=palette.PREDICTED, marker="o", ms=6.5, lw=0, label=f"{together} of all together")
    if intervals:
        over = " or ".join(sorted(intervals))
        yield Line2D([], [], color=palette.PREDICTED, lw=2.5, label=f"95 % interval over {over}")
    if any(len(row.score.each) > 1 for row in table.rows):
        metric = OF_EACH.get(table.metric, table.metric)
        label = f"{WORDS.get(metric, metric)} of each {ONE_OF[table.rows[0].verdict.kind]}"
        yield Line2D([], [], color=palette.PERSON, marker="x", ms=4, lw=0, label=label)


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
    if len(table.rows) > MOST:
        lines.append(f"the {MOST} rows with the best scores, of {len(table.rows)}")
    lines += protocols if len(protocols) == 1 else ["several protocols"]
    return wrapped("\n".join(lines), _ACROSS)
