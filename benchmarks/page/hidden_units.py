"""Hidden units of a network and what they follow, as a part of a report (arXiv 1910.05784)."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from ...models.pictures.hidden_units_picture import draw_centroids, draw_states, draw_unit_correlations
from ..scores.verdict import decimal, p_value
from ..studies.explanations.hidden_units import Following, HiddenUnits
from .chapter import Chapter, Grid, Part, Picture, Result

_PITFALL = (
    "Units of networks that have learned nothing may follow something too, so these stand beside; and what a unit "
    "follows need not be what the answer depends on."
)


def hidden_part(hidden: HiddenUnits, number: int = 1) -> Part:
    """The part on what hidden units follow; ``number`` is that of such parts on the page."""
    simulated = ("SIMULATED: no person was recorded for these units.",) if hidden.simulated else ()
    words = (f"{hidden.states.told}.", _sure(hidden), _PITFALL)
    return Part(
        f"Hidden units: {hidden.states.origin}",
        (
            Chapter(
                "What the hidden units follow",
                words,
                grids=(_strongest(hidden), *_beside(hidden)),
                pictures=tuple(_pictures(hidden, f"hidden{number}")),
            ),
        ),
        (*simulated, *learned_from(hidden)),
        Result(f"{hidden.states.origin}: {_sure(hidden)}"),
    )


def learned_from(hidden: HiddenUnits) -> tuple[str, ...]:
    """A warning where the network had learned from some of the windows."""
    if not (known := int(hidden.states.learned.sum())):
        return ()
    return (
        f"LEARNED: {known:,} of {len(hidden.states):,} windows are of trials that the network learned from; its "
        "units follow labels that it has memorised.",
    )


def _sure(hidden: HiddenUnits) -> str:
    of_people = hidden.correlations.by_subjects
    over = "within people, tested over people" if of_people else "over windows, which are not independent"
    following = hidden.following
    return (
        f"{following.sure} of {following.units} units follow something ({over}, corrected for all units and targets by "
        "Benjamini and Hochberg)."
    )


def _strongest(hidden: HiddenUnits) -> Grid:
    """The unit that follows each target most."""
    correlations = hidden.correlations
    values, q = (
        (correlations.within, correlations.within_q) if correlations.by_subjects else (correlations.r, correlations.q)
    )
    rows = []
    for m, target in enumerate(correlations.targets):
        if np.isfinite(values[:, m]).any():
            best = int(np.nanargmax(np.abs(values[:, m])))
            rows.append(
                (
                    target,
                    correlations.units[best],
                    decimal(values[best, m], digits=2, sign="+"),
                    p_value(float(q[best, m])),
                )
            )
    return Grid("The unit that follows each target most", ("target", "unit", "correlation", "q"), tuple(rows))


def _beside(hidden: HiddenUnits) -> Iterator[Grid]:
    """The trained network beside those that were never trained."""
    if not hidden.untrained:
        return
    kinds = list(hidden.following.alike)
    heads = ("network", "units that follow something", "strongest correlation", *(f"same {kind}" for kind in kinds))
    rows = [("trained", *_cells(hidden.following, kinds))]
    rows += [(f"never trained, {i}", *_cells(network, kinds)) for i, network in enumerate(hidden.untrained, 1)]
    if kinds:
        chance = [f"{100 * hidden.following.alike[kind][1]:.0f} %" for kind in kinds]
        rows.append(("by chance", "", "", *chance))
    yield Grid(
        "Beside networks that learned nothing: units, and how many of a window's ten nearest neighbours among the "
        "states, in other trials, are alike",
        heads,
        tuple(rows),
    )


def _cells(network: Following, kinds: list[str]) -> tuple[str, ...]:
    target, value = max(network.strongest.items(), key=lambda pair: pair[1], default=("", float("nan")))
    shares = [f"{100 * network.alike[kind][0]:.0f} %" if kind in network.alike else "" for kind in kinds]
    return (f"{network.sure} of {network.units}", f"{target} {decimal(value, digits=2)}", *shares)


def _pictures(hidden: HiddenUnits, key: str) -> Iterator[Picture]:
    correlations, states = hidden.correlations, hidden.states
    targets = ", ".join(correlations.targets)
    alt = f"Heat map of the correlation of {len(correlations.units)} hidden units with {targets}."
    yield Picture(
        f"{key}-units",
        "Correlation of each unit with each target; what is pale is not sure.",
        alt,
        partial(draw_unit_correlations, correlations),
    )
    alt = f"The states of {len(states)} windows laid out by t-SNE, coloured by truth and by subject."
    yield Picture(
        f"{key}-states",
        "The states by t-SNE: only who is beside whom means something.",
        alt,
        partial(draw_states, states, hidden.points),
    )
    if (centroids := hidden.centroids) is None:
        return
    distances = ", ".join(
        f"{name} {decimal(gap, digits=2)}" for name, gap in zip(centroids.categories, centroids.distance, strict=True)
    )
    alt = f"Categories in the plane of valence and arousal, by labels and by the model; distances: {distances}."
    yield Picture(
        f"{key}-centroids",
        f"Categories by labels and by the model, distances apart: {distances}.",
        alt,
        partial(draw_centroids, centroids),
    )
