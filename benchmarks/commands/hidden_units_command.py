"""The command ``emo-train units``: what the hidden units of a kept network follow in people that it never saw."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...preprocessing import Cache
from ...preprocessing.commands.command_line import listed
from ...signals import InputError
from ...signals.files.publishing import check_writable, publish_text
from ...signals.shown_text import csv_text

if TYPE_CHECKING:
    from ...models import TrainedModel
    from ...models.explaining.hidden_correlations import UnitCorrelations
    from ...preprocessing import AnyWindows
    from ..studies.explanations.hidden_units import HiddenUnits


def units(
    run: Path,
    cache: Path,
    output: Path | None = None,
    modality: str = "",
    everyone: bool = False,
    allow: list[str] | str = "",
) -> None:
    """What hidden units follow: valence, a category, an action unit, or merely who somebody is?

    Correlations within people, with a test over them; states laid out by t-SNE; and where categories lie, by labels and
    by the model. Networks with drawn weights stand beside, since their units follow something as well.

    Args:
        run: The folder that fit made, of a recurrent network.
        cache: The volumes to look at; only trials that the network has not learned from are taken.
        output: The folder to make: pictures, hidden_units.csv, and what a report reads. Left out: units in the run's.
        modality: Whose network, where the model reads several series.
        everyone: Take trials that the network has learned from as well; every title says so.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    from .first_checks import check_there

    check_there(run, "the folder of a trained model", "name the folder that emo-train fit wrote")
    check_writable(output or run / "units")
    opened = Cache(cache)
    from ...models import load_model
    from ..scores.kept_score import KeptScore
    from ..studies.explanations.hidden_units import HiddenUnits

    model, folder = load_model(run, listed(allow)), output or run / "units"
    if model.facts.classes:
        opened = opened.classed(model.facts.classes)
    windows = _windows(model, opened, everyone)
    hidden = HiddenUnits.of(model, windows, modality)
    stored = hidden.write(folder)
    publish_text(folder / "hidden_units.csv", _rows(hidden.correlations))
    print(f"{hidden.states.told}\ntrained: {hidden.following.words}")
    if not everyone and (score := KeptScore.of(model, windows)):
        print(score.words)
    for seed, network in enumerate(hidden.untrained):
        print(f"never trained, weights drawn by {seed}: {network.words}")
    pictures = [folder / "hidden_units.csv", *_pictures(hidden, folder)]
    print(f"written: {', '.join(map(str, (stored, *pictures)))}")


def _windows(model: "TrainedModel", cache: Cache, everyone: bool) -> "AnyWindows":
    """Disjoint windows as long as the model reads, of trials that it has not learned from unless ``everyone``."""
    series = model.facts.series
    trials = np.arange(len(cache)) if everyone else np.flatnonzero(~model.facts.learned(cache.columns))
    if not len(trials):
        found = f"{len(cache)} trials, all of which the network has learned from"
        do = "fit it with --split, which leaves some out, or say --everyone"
        raise InputError(cache.path, found, "trials that are new to it", do)
    if len(series) == 1:
        ((name, facts),) = series.items()
        return cache.windows(facts.n_slices, facts.n_slices, trials, name)
    length = min(facts.n_slices for facts in series.values())  # of the series whose slices are longest
    return cache.joint_windows(length, length, trials, tuple(series))


def _pictures(hidden: "HiddenUnits", folder: Path) -> Iterator[Path]:
    from ...models.pictures.hidden_units_picture import draw_centroids, draw_states, draw_unit_correlations

    yield draw_unit_correlations(hidden.correlations, folder / "hidden_units.png")
    yield draw_states(hidden.states, hidden.points, folder / "states.png")
    if hidden.centroids is not None:
        yield draw_centroids(hidden.centroids, folder / "centroids.png")


def _rows(correlations: "UnitCorrelations") -> str:
    """One line for each unit and target."""
    rows: list[tuple[object, ...]] = [("unit", "target", "r", "p", "q", "within", "within_p", "within_q", "subjects")]
    columns = ("r", "p", "q", "within", "within_p", "within_q")
    for row, unit in enumerate(correlations.units):
        for column, target in enumerate(correlations.targets):
            values = (f"{getattr(correlations, name)[row, column]:.6g}" for name in columns)
            rows.append((unit, target, *values, int(correlations.subjects[row, column])))
    return csv_text(rows)
