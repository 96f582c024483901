"""The command ``emo-train units``: what the hidden units of a kept network follow in people that it never saw."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..preprocessing import Cache
from ..preprocessing.publish import publish_text
from ..signals import InputError

if TYPE_CHECKING:
    from ..models import TrainedModel
    from ..models.hidden_units import HiddenStates
    from ..models.unit_correlations import UnitCorrelations
    from ..preprocessing import AnyWindows

UNTRAINED = 3
"""Networks with drawn weights that stand beside the trained one."""


def units(run: Path, cache: Path, output: Path | None = None, modality: str = "", everyone: bool = False) -> None:
    """What hidden units follow: valence, a category, an action unit, or merely who somebody is?

    Correlations within people, with a test over them; states laid out by t-SNE; and where categories lie, by labels and
    by the model. Networks with drawn weights stand beside, since their units follow something as well.

    Args:
        run: The folder that fit made, of a recurrent network.
        cache: The volumes to look at; only trials that the network has not learned from are taken.
        output: The folder to write pictures and hidden_units.csv into. Left out: units in the run's own.
        modality: Whose network, where the model reads several series.
        everyone: Take trials that the network has learned from as well; every title says so.
    """
    from ..models import load_model
    from ..models.hidden_units import hidden_states
    from ..models.randomised import untrained
    from ..models.unit_correlations import unit_correlations

    model, folder = load_model(run), output or run / "units"
    windows = _windows(model, Cache(cache), everyone)
    states = hidden_states(model, windows, modality)
    found = unit_correlations(states)
    folder.mkdir(parents=True, exist_ok=True)
    publish_text(folder / "hidden_units.csv", _rows(found))
    print(f"{found.origin}\n{_words(states, found, 'trained')}")
    for seed in range(UNTRAINED):
        blind = hidden_states(replace(model, model=untrained(model, seed)), windows, modality)
        print(_words(blind, unit_correlations(blind), f"never trained, weights drawn by {seed}"))
    written = [folder / "hidden_units.csv", *_pictures(model, windows, states, found, folder)]
    print(f"written: {', '.join(map(str, written))}")


def _windows(model: "TrainedModel", cache: Cache, everyone: bool) -> "AnyWindows":
    """Disjoint windows as long as the model reads, of trials that it has not learned from unless ``everyone``."""
    known, series = set(model.facts.trained_on), model.facts.series
    names = zip(cache.subject.tolist(), cache.session.tolist(), cache.trial.tolist(), strict=True)
    trials = np.array([everyone or name not in known for name in names]).nonzero()[0]
    if not len(trials):
        found = f"{len(cache)} trials, all of which the network has learned from"
        do = "fit it with --split, which leaves some out, or say --everyone"
        raise InputError(cache.path, found, "trials that are new to it", do)
    if len(series) == 1:
        (name, facts), = series.items()
        return cache.windows(facts.n_slices, facts.n_slices, trials, name)
    length = min(facts.n_slices for facts in series.values())  # of the series whose slices are longest
    return cache.joint_windows(length, length, trials, tuple(series))


def _pictures(
    model: "TrainedModel", windows: "AnyWindows", states: "HiddenStates", found: "UnitCorrelations", folder: Path
) -> Iterator[Path]:
    from ..models.class_centroids import affects, class_centroids
    from ..models.hidden_units import embedding
    from ..models.hidden_units_picture import draw_centroids, draw_states, draw_unit_correlations

    yield draw_unit_correlations(found, folder / "hidden_units.png")
    yield draw_states(states, embedding(states), folder / "states.png")
    try:
        truth, said = affects(model, windows)
    except InputError:  # no categories, or no valence and arousal: there is no such plane
        return
    centroids = class_centroids(truth, said, windows.cache.task.categories, states.told)
    yield draw_centroids(centroids, folder / "centroids.png")


def _words(states: "HiddenStates", found: "UnitCorrelations", name: str) -> str:
    """How many units follow something, the strongest of them, and who is beside whom."""
    from ..models.hidden_units import alike

    sure = found.significant().any(axis=1)
    strength = np.nanmax(np.abs(found.within), axis=0, initial=0.0)
    strongest = ", ".join(f"{target} {value:.2f}" for target, value in zip(found.targets, strength, strict=True))
    _, person = np.unique(states.subject, return_inverse=True)
    beside = [f"{what} {share:.0%} (chance {chance:.0%})" for what, (share, chance) in
              (("category", alike(states, states.category)), ("person", alike(states, person)))
              if np.isfinite(share)]
    return (f"{name}: {sure.sum()} of {sure.size} units follow something within people; strongest by target: "
            f"{strongest}; neighbours of the same {', '.join(beside)}")


def _rows(found: "UnitCorrelations") -> str:
    """One line for each unit and target."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("unit", "target", "r", "p", "q", "within", "within_p", "within_q", "subjects"))
    parts = ("r", "p", "q", "within", "within_p", "within_q")
    for row, unit in enumerate(found.units):
        for column, target in enumerate(found.targets):
            values = (f"{getattr(found, part)[row, column]:.6g}" for part in parts)
            writer.writerow((unit, target, *values, int(found.subjects[row, column])))
    return text.getvalue()
