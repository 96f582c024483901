"""An explanation as a part of a report: first whether it may be believed, then what counted."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ...models.explaining.curves import Curves
from ...models.explaining.explanation import is_face
from ...models.pictures.explanation_picture import draw_face_maps, draw_scalp_maps
from ...preprocessing.pictures import save_figure, wrapped
from ...preprocessing.pictures.palette import IMPORTANCE, PREDICTED, REFERENCE
from ...signals import InputError, Layout
from ..scores.verdict import decimal
from ..studies.explanations.explained import Explained, ExplainedSeries
from .chapter import Chapter, Grid, Part, Picture, Result

_MOST, _MOST_FEATURES, _MOST_SLICES = 10, 12, 12
"""Sites that are listed; features and slices that have a map of their own."""

_HOLDS = {True: "holds", False: "FAILS", None: "could not be made"}


def explained_part(explained: Explained, number: int) -> Part:
    """The part on what models looked at, with every check; ``number`` of the explanations on the page."""
    chapters = [_believed(explained)]
    for name, series in explained.series.items():
        chapters += _counted(explained, name, series, f"explained{number}-{name}")
    chapters += [_taken(explained, f"explained{number}")]
    warnings = [f"SIMULATED: no person was recorded for {explained.dataset}."] if explained.simulated else []
    if not explained.believable:
        warnings.append(explained.judgement)
    result = Result(f"What {explained.model} looked at on {explained.dataset}: {explained.judgement}")
    return Part(f"What {explained.model} looked at: {explained.dataset}", tuple(chapters), tuple(warnings), result)


def draw_taking(curves: Curves, target: str, path: str | Path) -> Path:
    """Draw the predicted probability while inputs are deleted, and while they are inserted, against random orders."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 3.0), layout="constrained")
    panels, heads = figure.subplots(1, 2, sharey=True), {"deletion": "deleted", "insertion": "inserted"}
    for axes, (name, head) in zip(panels, heads.items(), strict=True):
        axes.plot(100 * curves.shares, getattr(curves, name), color=PREDICTED, lw=1.8, label="most important first")
        axes.plot(
            100 * curves.shares,
            getattr(curves, f"random_{name}"),
            color=REFERENCE,
            lw=1.4,
            ls="--",
            label="in random order",
        )
        axes.set_title(f"{name}: gain {decimal(curves.gains[name], sign='+')}", fontsize=9, loc="left")
        axes.set_xlabel(f"% of inputs {head}")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel(wrapped(f"probability of {target}", 32), fontsize=9)
    panels[0].legend(frameon=False, fontsize=8)
    return save_figure(figure, path)


def _believed(explained: Explained) -> Chapter:
    rows = tuple((check.name, _HOLDS[check.holds], check.words) for check in explained.checks)
    facts = (
        ("method", explained.method),
        ("target", _target_words(explained.target)),
        ("windows", f"{explained.n_windows:,}, all held out: {explained.protocol}"),
        ("trainings", f"{explained.n_models}, folds times seeds"),
        ("test score", explained.score.words),
    )
    grid = Grid("Checks; a map may be believed where all hold", ("check", "result", "in words"), rows)
    words = (explained.judgement,) if explained.believable else ()  # else it stands above, as a warning
    return Chapter("May it be believed?", words, facts, (grid,))


def _counted(explained: Explained, name: str, series: ExplainedSeries, key: str) -> list[Chapter]:
    """The verdict and the maps of one series; the sites by rank."""
    most = np.argsort(-series.by_site, kind="stable")[:_MOST]
    rows = tuple(
        (series.layout.sites[s], str(rank), decimal(series.by_site[s], digits=2)) for rank, s in enumerate(most, 1)
    )
    heads = ("site", "rank", "how much it counted")
    grid = Grid(f"The {len(rows)} sites of {name} that counted most; the mean of a model's sites is 1", heads, rows)
    words = (explained.judgement, *_beside(name, series))
    return [
        Chapter(f"What counted in {name}", words, pictures=_maps(explained, name, series, key)),
        Chapter(f"Sites of {name} by how much they counted", grids=(grid,), closed=True),
    ]


def _beside(name: str, series: ExplainedSeries) -> Iterator[str]:
    """Sentences on the maps of networks that cannot know anything, and on the truth where it is known."""
    blind = {
        "networks never trained": series.randomised,
        "networks trained on shuffled labels": series.label_randomised,
    }
    known = [f"{networks} {_size(values)}" for networks, values in blind.items() if np.isfinite(values).any()]
    if known:
        yield (
            f"Median size of the map's rank correlation with those of {' and of '.join(known)}: near 0 is good, near "
            "1 is not."
        )
    if series.planted is not None:
        chance = ".5"
        if series.planted_untrained is not None:
            chance += f", networks never trained {decimal(series.planted_untrained, digits=2)}"
        found = decimal(series.planted, digits=2)
        yield f"The simulation's own sites of {name} are found with AUROC {found} (chance {chance})."


def _maps(explained: Explained, name: str, series: ExplainedSeries, key: str) -> tuple[Picture, ...]:
    """The map by feature beside those that must not look alike, and the map by slice."""
    whose = f"{explained.model}{', simulated' if explained.simulated else ''}"
    rows = {
        "this model": series.site_feature,
        "never trained": series.untrained,
        "shuffled labels": series.label_shuffled,
    }
    known = {row: values for row, values in rows.items() if np.isfinite(values).all() and values.any()}
    names = series.features if series.site_feature.shape[1] == len(series.features) else ("all features",)
    features = _together(np.stack([values.T for values in known.values()]), names, _MOST_FEATURES, "features")
    slices = [f"slice {t + 1}" for t in range(series.site_slice.shape[1])]
    times = _together(series.site_slice.T[None], slices, _MOST_SLICES, "slices")
    most = ", ".join(series.layout.sites[s] for s in np.argsort(-series.by_site, kind="stable")[:3])
    beside = "; ".join(_beside(name, series))
    label = f"importance\n{explained.method}; mean of all sites 1"
    return (
        Picture(
            f"{key}-features",
            f"{whose}, {name}: how much each site and feature counted. {beside}",
            f"Maps of how much the sites of {name} counted for {whose}; most: {most}. {beside}",
            partial(_draw, series.layout, features, tuple(known), label),
        ),
        Picture(
            f"{key}-slices",
            f"{whose}, {name}: the same along the window, in slices of {series.duration:.3g} s.",
            f"Maps of how much the sites of {name} counted for {whose}, slice by slice of {series.duration:.3g} s.",
            partial(_draw, series.layout, times, (), label),
        ),
    )


Maps = tuple[np.ndarray, tuple[str, ...]]
"""(R, K, S) values and K names."""


def _together(maps: np.ndarray, names: Sequence[str], most: int, of: str) -> Maps:
    """One map of the mean where there are more than can be told apart."""
    if maps.shape[1] <= most:
        return maps, tuple(names)
    return maps.mean(axis=1, keepdims=True), (f"mean of {maps.shape[1]} {of}",)


def _draw(layout: Layout, maps: Maps, rows: tuple[str, ...], label: str, path: Path) -> Path:
    """On the head or the face; sites that lie nowhere on either are drawn as the cells of a matrix."""
    values, names = maps
    maps_drawn, row_names = (values, rows) if len(rows) > 1 else (values[0], None)
    draw = draw_face_maps if is_face(layout) else draw_scalp_maps
    try:
        return draw(maps_drawn, names, layout, path, label=label, rows=row_names)
    except InputError:
        return _draw_cells(layout, maps, rows or ("",), label, path)


def _draw_cells(layout: Layout, maps: Maps, rows: tuple[str, ...], label: str, path: Path) -> Path:
    from matplotlib.figure import Figure

    values, names = maps
    figure = Figure(figsize=(1.4 + 1.1 * len(names) * len(rows), 0.9 + 0.2 * len(layout)), layout="constrained")
    panels = figure.subplots(1, len(rows), squeeze=False)[0]
    for axes, row, site_values in zip(panels, rows, values, strict=True):
        image = axes.imshow(site_values.T, cmap=IMPORTANCE, vmin=0, vmax=values.max(), aspect="auto")
        axes.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=8)
        axes.set_yticks(range(len(layout)), layout.sites if axes is panels[0] else [], fontsize=7)
        axes.set_title(row, fontsize=9, loc="left")
    figure.colorbar(image, ax=list(panels), label=label)
    return save_figure(figure, path)


def _taken(explained: Explained, key: str) -> Chapter:
    """The curves of deletion and of insertion."""
    gains = ", ".join(f"{name} gain {decimal(gain, sign='+')}" for name, gain in explained.curves.gains.items())
    words = (
        "The most important inputs are deleted first (left), or inserted first (right); beside it a line for orders "
        "drawn at random. The gain is the area between the two, and above zero where the map says something."
    )
    target = _target_words(explained.target)
    alt = (
        f"Curves of the probability of {target} while inputs are deleted and inserted, against random orders: {gains}."
    )
    caption = f"{explained.model}{', simulated' if explained.simulated else ''}: {gains}."
    return Chapter(
        "Deletion and insertion",
        (words,),
        pictures=(Picture(f"{key}-curves", caption, alt, partial(draw_taking, explained.curves, target)),),
    )


def _target_words(target: str) -> str:
    return {"category": "the predicted category", "any": "all answers"}.get(target, target)


def _size(correlations: np.ndarray) -> str:
    return decimal(np.median(np.abs(correlations[np.isfinite(correlations)])), digits=2)
