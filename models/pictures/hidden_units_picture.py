"""Hidden units as pictures: what they correlate with, their states in a plane, categories by label and by model."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...preprocessing.pictures import new_figure, palette, save_figure, wrapped
from ...signals import natural_order
from ..explaining.centroids import Centroids
from ..explaining.hidden_correlations import UnitCorrelations
from ..explaining.hidden_units import HiddenStates, alike

Draw = Callable[[Any, np.ndarray, np.ndarray], None]
"""Draws points (N, 2) and what is true of each (N,) into axes."""

_MARKERS = "osD^vPX*"
_MOST_UNITS, _MOST_NAMED, _MOST_PEOPLE = 6, 80, 8
"""Action units drawn, hidden units with names below them, people with a legend."""


def draw_unit_correlations(found: UnitCorrelations, path: str | Path, *, level: float = 0.05, title: str = "") -> Path:
    """Draw the correlation of every hidden unit with every target into a picture file.

    Units stand in the order of the target that each follows most, by strength. Within-subject correlations are shown
    where a test over people is possible; what is not significant is a grey dot.

    Args:
        found: The correlations.
        path: The picture file; its ending (png, svg, pdf) says which kind.
        level: Share of false ones to expect among those that are coloured.
        title: What stands above; left out, where the units come from.
    """
    shown, sure = found.within if found.by_subjects else found.r, found.significant(level)
    order = unit_order(shown)
    figure = new_figure(9, 1.5 + 0.24 * len(found.targets))
    axes = figure.subplots()
    coloured = np.where(sure, shown, np.nan)[order].T
    image = axes.imshow(coloured, cmap=palette.SIGNED, vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
    across, down = np.argwhere(~sure[order]).T
    axes.scatter(across, down, s=3, color=palette.UNKNOWN, lw=0)
    for between in np.arange(1, len(found.targets)) - 0.5:  # else two targets that go together look like one
        axes.axhline(between, color=palette.PAPER, lw=2.5)
    axes.set_yticks(np.arange(len(found.targets)), found.targets, fontsize=8)
    named = [found.units[k].replace("forward", "f").replace("backward", "b").replace("unit ", "") for k in order]
    few = len(named) <= _MOST_NAMED
    axes.set_xticks(np.arange(len(named)) if few else [], named if few else [], fontsize=6, rotation=90)
    axes.set_xlabel(_note(found, sure, level), fontsize=7, loc="left")
    axes.set_title(wrapped(title or found.origin, 110), fontsize=9, loc="left")
    figure.colorbar(image, ax=axes, aspect=14, pad=0.01).set_label("correlation", fontsize=8)
    return save_figure(figure, path)


def unit_order(r: np.ndarray) -> np.ndarray:
    """(H,) units of r (H, M) by the target that each follows most, then by how far, most positive first; NaN last."""
    size = np.where(np.isfinite(r), np.abs(r), -1.0)
    best = size.argmax(axis=1)
    strongest = np.where(np.isfinite(r), r, 0.0)[np.arange(len(r)), best]
    return np.lexsort((-strongest, np.where(size.max(axis=1) < 0, r.shape[1], best)))


def draw_states(states: HiddenStates, points: np.ndarray, path: str | Path, *, title: str = "") -> Path:
    """Draw states in a plane once for each part of the truth, and once by subject, into a picture file.

    Categories and subjects also say how many neighbours are alike (see ``alike``): where people's are and categories'
    are not, the network shows who somebody is.

    Args:
        states: N windows.
        points: (N, 2) where each lies: of ``embedding``.
        path: The picture file; its ending (png, svg, pdf) says which kind.
        title: What stands above; left out, where the states come from.
    """
    panels = list(_panels(states))
    columns = min(len(panels), 4)
    rows = -(-len(panels) // columns)
    figure = new_figure(2.35 * columns + 0.4, 2.5 * rows + 0.6)
    every = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in every:
        axes.set_axis_off()
    for axes, (name, values, draw) in zip(every, panels, strict=False):
        axes.set_axis_on()
        axes.set(xticks=[], yticks=[])
        draw(axes, points, values)
        axes.set_title(name, fontsize=8)
    heading = title or states.told + _left_out(states)
    figure.suptitle(wrapped(heading, 30 * columns), fontsize=9, x=0.01, ha="left")
    return save_figure(figure, path)


def draw_centroids(found: Centroids, path: str | Path, *, title: str = "") -> Path:
    """Draw categories in the plane of valence and arousal, arrows from labels to model, into a picture file.

    Args:
        found: The centroids.
        path: The picture file; its ending (png, svg, pdf) says which kind.
        title: What stands above; left out, where they come from.
    """
    figure = new_figure(5.0, 5.2)
    axes = figure.subplots()
    across, up = found.ranges
    axes.axhline(sum(up) / 2, color=palette.AXIS, lw=0.8, zorder=0)
    axes.axvline(sum(across) / 2, color=palette.AXIS, lw=0.8, zorder=0)
    for mark, colour, kind, means, errors in (
        ("o", palette.TRUTH, "labels", found.labels, found.labels_error),
        ("s", palette.PREDICTED, "model", found.model, found.model_error),
    ):
        axes.errorbar(
            means[:, 0],
            means[:, 1],
            xerr=errors[:, 0],
            yerr=errors[:, 1],
            fmt=mark,
            ms=5,
            lw=1.0,
            capsize=2,
            color=colour,
            label=kind,
            zorder=3,
        )
    for name, label, model in zip(found.categories, found.labels, found.model, strict=True):
        if np.isfinite([label, model]).all():
            axes.annotate("", model, label, arrowprops={"arrowstyle": "->", "color": palette.REFERENCE, "lw": 1.0})
        if np.isfinite(label).all():
            _name(axes, name, label, label - model)
    axes.set(xlim=across, ylim=up, xlabel="valence", ylabel="arousal", box_aspect=1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(
        frameon=False,
        fontsize=8,
        loc="lower right",
        title="mean, standard error\nover people",
        title_fontsize=8,
        alignment="left",
    )
    axes.set_title(wrapped(title or found.origin, 62), fontsize=9, loc="left")
    return save_figure(figure, path)


def _name(axes: Any, name: str, at: np.ndarray, away: np.ndarray) -> None:
    """A category's name beside its labels' centroid, on the side from which the arrow leads away."""
    right, up = np.where(np.nan_to_num(away) < 0, -1, 1).tolist()
    axes.annotate(
        name,
        at,
        (5 * right, 6 * up),
        textcoords="offset points",
        fontsize=9,
        ha="left" if right > 0 else "right",
        va="bottom" if up > 0 else "top",
    )


def _panels(states: HiddenStates) -> Iterator[tuple[str, np.ndarray, Draw]]:
    """Title, values (N,), and what draws them: kinds with names, or numbers of a scale."""
    people = sorted(set(states.subject.tolist()), key=natural_order)
    who = np.array([people.index(subject) for subject in states.subject])
    if states.task.categories:
        draw = partial(_draw_kinds, names=states.task.categories)
        yield f"category: {_neighbours(states, states.category)}", states.category, draw
    yield f"subject: {_neighbours(states, who)}", who, partial(_draw_kinds, names=tuple(people))
    for name, values in zip(states.task.dimensions, states.dimensions.T, strict=True):
        yield name, values, partial(_draw_values, ends=states.task.range_of(name))
    for name, values in list(zip(states.task.units, states.units.T, strict=True))[:_MOST_UNITS]:
        there = np.where(np.isfinite(values), values >= 0.5, -1).astype(int)
        yield name, there, partial(_draw_kinds, names=("absent", "present"))


def _left_out(states: HiddenStates) -> str:
    count = len(states.task.units)
    return f"; {_MOST_UNITS} of {count} action units" if count > _MOST_UNITS else ""


def _neighbours(states: HiddenStates, labels: np.ndarray) -> str:
    share, chance = alike(states, labels)
    return f"{share:.0%} of neighbours alike\n({chance:.0%} by chance)"


def _draw_kinds(axes: Any, points: np.ndarray, values: np.ndarray, names: tuple[str, ...]) -> None:
    axes.scatter(*points[values < 0].T, s=5, color=palette.UNKNOWN, lw=0)
    for k, name in enumerate(names):
        members = points[values == k]
        mark = _MARKERS[k // len(palette.LINES) % len(_MARKERS)] if len(names) > len(palette.LINES) else _MARKERS[k]
        axes.scatter(
            *members.T, s=9, color=palette.LINES[k % len(palette.LINES)], marker=mark, lw=0, alpha=0.8, label=name
        )
    if len(names) <= _MOST_PEOPLE:
        axes.legend(
            fontsize=6,
            frameon=False,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.01),
            ncols=4,
            handletextpad=0.1,
            columnspacing=0.6,
            borderpad=0.1,
        )


def _draw_values(axes: Any, points: np.ndarray, values: np.ndarray, ends: tuple[float, float]) -> None:
    known = np.isfinite(values)
    axes.scatter(*points[~known].T, s=5, color=palette.UNKNOWN, lw=0)
    image = axes.scatter(
        *points[known].T,
        s=11,
        c=values[known],
        cmap=palette.SIGNED,
        vmin=ends[0],
        vmax=ends[1],
        lw=0.3,
        edgecolors=palette.REFERENCE,
    )
    ticks = (ends[0], sum(ends) / 2, ends[1])
    bar = axes.figure.colorbar(image, ax=axes, orientation="horizontal", pad=0.02, aspect=22, ticks=ticks)
    bar.ax.tick_params(labelsize=6)


def _note(correlations: UnitCorrelations, sure: np.ndarray, level: float) -> str:
    count = f"{sure.any(axis=1).sum()} of {len(sure)} hidden units follow something"
    if not correlations.by_subjects:
        return (
            f"{count} (q < {level:g} over windows; too few people for a test over them, so this does not say "
            "that it holds for others); grey dots: not significant"
        )
    return f"{count}; mean within-subject correlation; grey dots: not significant over people (q >= {level:g})"
