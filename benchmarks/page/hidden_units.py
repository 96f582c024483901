"""What a network's hidden units follow, as a part of a report (arXiv 1910.05784)."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from ...models.pictures.hidden_units_picture import draw_centroids, draw_states, draw_unit_correlations
from ..scores.verdict import p_value
from ..studies.explanations.hidden_units import Following, HiddenUnits
from .chapter import Chapter, Grid, Part, Result
from .figures import Picture

_PITFALL = (
    "Units of networks that have learned nothing may follow something too, so these stand beside; and what a unit "
    "follows need not be what the answer depends on."
)


def hidden_part(found: HiddenUnits, number: int = 1) -> Part:
    """What hidden units follow; ``number`` is that of such parts on the page."""
    simulated = ("SIMULATED: no person was recorded for these units.",) if found.simulated else ()
    words = (f"{found.states.told}.", _sure(found), _PITFALL)
    return Part(
        f"Hidden units: {found.states.origin}",
        (
            Chapter(
                "What the hidden units follow",
                words,
                grids=(_strongest(found), *_beside(found)),
                pictures=tuple(_pictures(found, f"hidden{number}")),
            ),
        ),
        (*simulated, *learned_from(found)),
        Result(f"{found.states.origin}: {_sure(found)}"),
    )


def learned_from(found: HiddenUnits) -> tuple[str, ...]:
    """A warning where the network had learned from some of the windows."""
    if not (known := int(found.states.learned.sum())):
        return ()
    return (
        f"LEARNED: {known:,} of {len(found.states):,} windows are of trials that the network learned from; its "
        "units follow labels that it has memorised.",
    )


def _sure(found: HiddenUnits) -> str:
    of_people = found.correlations.by_subjects
    over = "within people, tested over people" if of_people else "over windows, which are not independent"
    own = found.following
    return (
        f"{own.sure} of {own.units} units follow something ({over}, corrected for all units and targets by "
        "Benjamini and Hochberg)."
    )


def _strongest(found: HiddenUnits) -> Grid:
    """The unit that follows each target most."""
    own = found.correlations
    shown, q = (own.within, own.within_q) if own.by_subjects else (own.r, own.q)
    rows = []
    for m, target in enumerate(own.targets):
        if np.isfinite(shown[:, m]).any():
            best = int(np.nanargmax(np.abs(shown[:, m])))
            rows.append((target, own.units[best], f"{shown[best, m]:+.2f}", p_value(float(q[best, m]))))
    return Grid("The unit that follows each target most", ("target", "unit", "correlation", "q"), tuple(rows))


def _beside(found: HiddenUnits) -> Iterator[Grid]:
    """The trained network beside those that were never trained."""
    if not found.untrained:
        return
    kinds = list(found.following.alike)
    heads = ("network", "units that follow something", "strongest correlation", *(f"same {kind}" for kind in kinds))
    rows = [("trained", *_cells(found.following, kinds))]
    rows += [(f"never trained, {i}", *_cells(own, kinds)) for i, own in enumerate(found.untrained, 1)]
    chance = [f"{100 * found.following.alike[kind][1]:.0f} %" for kind in kinds]
    rows += [("by chance", "", "", *chance)] if kinds else []
    yield Grid(
        "Beside networks that learned nothing: units, and how many of a window's ten nearest neighbours among the "
        "states, in other trials, are alike",
        heads,
        tuple(rows),
    )


def _cells(own: Following, kinds: list[str]) -> tuple[str, ...]:
    target, value = max(own.strongest.items(), key=lambda pair: pair[1], default=("", float("nan")))
    shares = (f"{100 * own.alike[kind][0]:.0f} %" if kind in own.alike else "" for kind in kinds)
    return (f"{own.sure} of {own.units}", f"{target} {value:.2f}", *shares)


def _pictures(found: HiddenUnits, key: str) -> Iterator[Picture]:
    own, states = found.correlations, found.states
    alt = f"Heat map of the correlation of {len(own.units)} hidden units with {', '.join(own.targets)}."
    yield Picture(
        f"{key}-units",
        "Correlation of each unit with each target; what is pale is not sure.",
        alt,
        partial(draw_unit_correlations, own),
    )
    alt = f"The states of {len(states)} windows laid out by t-SNE, coloured by truth and by subject."
    yield Picture(
        f"{key}-states",
        "The states by t-SNE: only who is beside whom means something.",
        alt,
        partial(draw_states, states, found.points),
    )
    if (centroids := found.centroids) is None:
        return
    distances = ", ".join(
        f"{name} {gap:.2f}" for name, gap in zip(centroids.categories, centroids.distance, strict=True)
    )
    alt = f"Categories in the plane of valence and arousal, by labels and by the model; distances: {distances}."
    yield Picture(
        f"{key}-centroids",
        f"Categories by labels and by the model, distances apart: {distances}.",
        alt,
        partial(draw_centroids, centroids),
    )
