"""What a network's hidden units follow, as a part of a report (arXiv 1910.05784)."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from ..models import TrainedModel
from ..models.class_centroids import affects, class_centroids
from ..models.hidden_units import HiddenStates, alike, embedding, hidden_states
from ..models.hidden_units_picture import draw_centroids, draw_states, draw_unit_correlations
from ..models.unit_correlations import UnitCorrelations, unit_correlations
from ..preprocessing import AnyWindows
from .report_chapter import Chapter, Grid, Part
from .report_figures import Picture

_PITFALL = (
    "Networks that have learned nothing have units like these, and what a unit follows need not be what the answer "
    "depends on."
)


def hidden_part(model: TrainedModel, windows: AnyWindows, number: int = 1, series: str = "") -> Part:
    """What the hidden units of a kept network follow in ``windows``, for ``write_report(..., more=[...])``.

    Args:
        model: The network, with recurrent units.
        windows: Of people that it has not learned from; the page warns of others.
        number: Of such parts on the page.
        series: The modality, of several.

    Raises:
        InputError: The network has no recurrent units, or the windows do not fit it.
    """
    states = hidden_states(model, windows, series)
    found = unit_correlations(states)
    pictures = (*_pictures(states, found, f"hidden{number}"), *_centroids(model, windows, states, f"hidden{number}"))
    warned = tuple(_warnings(states, windows.cache.simulated))
    words = (f"{states.told}.", *_words(states, found), _PITFALL)
    return Part(f"Hidden units: {states.origin}", (
        Chapter("What the hidden units follow", words, grids=(_strongest(found),), pictures=pictures),
    ), warned)


def _warnings(states: HiddenStates, simulated: bool) -> Iterator[str]:
    if simulated:
        yield "SIMULATED: no person was recorded for these units."
    if known := int(states.learned.sum()):
        yield (f"LEARNED: {known:,} of {len(states):,} windows are of trials that the network learned from; its units "
               "follow labels that it has memorised.")


def _words(states: HiddenStates, found: UnitCorrelations) -> Iterator[str]:
    sure = int(found.significant().any(axis=1).sum())
    over = "within people, tested over people" if found.by_subjects else "over windows, which are not independent"
    yield (f"{sure} of {len(found.units)} units follow something ({over}, corrected for all units and targets by "
           "Benjamini and Hochberg).")
    _, person = np.unique(states.subject, return_inverse=True)
    shares = {"of the same person": alike(states, person)}
    if states.task.categories:
        shares = {"of the same category": alike(states, states.category)} | shares
    told = " and ".join(f"{100 * share:.0f} % {name} ({100 * chance:.0f} % by chance)"
                        for name, (share, chance) in shares.items() if np.isfinite(share))
    if told:
        yield f"Of a window's ten nearest neighbours among the states, in other trials, are {told}."


def _strongest(found: UnitCorrelations) -> Grid:
    """The unit that follows each target most."""
    shown, q = (found.within, found.within_q) if found.by_subjects else (found.r, found.q)
    rows = []
    for m, target in enumerate(found.targets):
        if np.isfinite(shown[:, m]).any():
            best = int(np.nanargmax(np.abs(shown[:, m])))
            rows.append((target, found.units[best], f"{shown[best, m]:+.2f}", f"{q[best, m]:.3f}"))
    return Grid("The unit that follows each target most", ("target", "unit", "correlation", "q"), tuple(rows))


def _pictures(states: HiddenStates, found: UnitCorrelations, key: str) -> Iterator[Picture]:
    alt = f"Heat map of the correlation of {len(found.units)} hidden units with {', '.join(found.targets)}."
    yield Picture(f"{key}-units", "Correlation of each unit with each target; what is pale is not sure.", alt,
                  partial(draw_unit_correlations, found))
    points = embedding(states)
    alt = f"The states of {len(states)} windows laid out by t-SNE, coloured by truth and by subject."
    yield Picture(f"{key}-states", "The states by t-SNE: only who is beside whom means something.", alt,
                  partial(draw_states, states, points))


def _centroids(model: TrainedModel, windows: AnyWindows, states: HiddenStates, key: str) -> Iterator[Picture]:
    """Where the task has valence and arousal beside categories."""
    task = states.task
    if not task.categories or not {"valence", "arousal"} <= set(task.dimensions):
        return
    found = class_centroids(*affects(model, windows), task.categories, states.told)
    told = ", ".join(f"{name} {gap:.2f}" for name, gap in zip(task.categories, found.distance, strict=True))
    alt = f"Categories in the plane of valence and arousal, by labels and by the model; distances: {told}."
    yield Picture(f"{key}-centroids", f"Categories by labels and by the model, distances apart: {told}.", alt,
                  partial(draw_centroids, found))
