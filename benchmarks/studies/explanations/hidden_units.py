"""Correlations of a stored network's hidden units, beside networks that have learned nothing; for a report."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ....models import TrainedModel
from ....models.explaining.centroids import Centroids, affects, class_centroids, plane_ranges
from ....models.explaining.hidden_correlations import UnitCorrelations, unit_correlations
from ....models.explaining.hidden_units import HiddenStates, alike, embedding, hidden_states
from ....models.explaining.randomised import untrained
from ....preprocessing import AnyWindows
from ....signals import InputError, StoredCorrupt, Task
from ....signals.files.publishing import publish_arrays
from ....signals.files.stored_arrays import check_arrays, check_numbers, read_arrays
from ....signals.schema import Schema
from ....signals.stored_json import NumberOrNaN, as_json, decoded, parsed_json
from ...scores.verdict import decimal

HIDDEN = "hidden_units.npz"
"""The file that ``HiddenUnits.write`` makes."""

SCHEMA = Schema()
"""Of the facts in it; absent from files of the first form."""

UNTRAINED = 3
"""Networks with drawn weights that stand beside the trained one."""

_ROWS = {
    "states": "f N H",
    "category": "i N",
    "dimensions": "f N D",
    "units": "f N U",
    "subject": "U N",
    "trial": "iu N",
    "learned": "b N",
    "windows": "iu N",
}
_CENTROIDS = ("labels", "labels_error", "model", "model_error")
_DO = "make it again with emo-train units"


@dataclass(frozen=True)
class Following:
    """The part of the truth that a network's units follow.

    Attributes:
        units: Number of units.
        sure: Number of them that follow something (``UnitCorrelations.significant``).
        strongest: By target, the largest size of a correlation within people.
        alike: By ``category`` and ``person``, the share of neighbours among the states that are alike, and by chance.
    """

    units: int
    sure: int
    strongest: Mapping[str, NumberOrNaN]
    alike: Mapping[str, tuple[NumberOrNaN, NumberOrNaN]]

    @classmethod
    def of(cls, states: HiddenStates, correlations: UnitCorrelations) -> "Following":
        """The summary of a network's states and their correlations."""
        largest = np.nanmax(np.abs(correlations.within), axis=0, initial=0.0)
        _, person = np.unique(states.subject, return_inverse=True)
        shares = {"person": alike(states, person)}
        if states.task.categories:
            shares = {"category": alike(states, states.category)} | shares
        return cls(
            len(correlations.units),
            int(correlations.significant().any(axis=1).sum()),
            dict(zip(correlations.targets, map(float, largest), strict=True)),
            {name: shares[name] for name in shares if np.isfinite(shares[name][0])},
        )

    @property
    def words(self) -> str:
        """One sentence."""
        strongest = ", ".join(f"{target} {decimal(value, digits=2)}" for target, value in self.strongest.items())
        words = f"{self.sure} of {self.units} units follow something within people; strongest by target: {strongest}"
        if not self.alike:
            return words
        shares = ", ".join(f"{kind} {share:.0%} (chance {chance:.0%})" for kind, (share, chance) in self.alike.items())
        return f"{words}; neighbours of the same {shares}"


@dataclass(frozen=True)
class HiddenFacts:
    """Facts of ``HiddenUnits`` stored beside its arrays; of centroids the categories and the origin."""

    names: tuple[str, ...]
    task: Task
    origin: str
    untrained: tuple[Following, ...]
    dataset: str
    simulated: bool
    centroids: tuple[tuple[str, ...], str] | None


@dataclass(frozen=True, eq=False)
class HiddenUnits:
    """Hidden units in windows, their correlations, and all that is drawn of them.

    Attributes:
        states: Of the trained network's units, and the truth.
        untrained: Of networks of the same build with drawn weights, on the same windows: they follow something as well.
        points: (N, 2) the states laid out by t-SNE.
        centroids: Where categories lie by labels and by the model; None without categories, valence and arousal.
        dataset, simulated: Of the windows, and whether no person was recorded.
    """

    states: HiddenStates
    untrained: tuple[Following, ...]
    points: np.ndarray
    centroids: Centroids | None
    dataset: str
    simulated: bool

    @classmethod
    def of(cls, model: TrainedModel, windows: AnyWindows, series: str = "", blind: int = UNTRAINED) -> "HiddenUnits":
        """The units of a stored network.

        Args:
            model: The network, with recurrent units.
            windows: Of people that it has not learned from; reports warn of others.
            series: The modality, of several.
            blind: Number of networks with drawn weights beside it.

        Raises:
            InputError: The network has no recurrent units, the windows do not fit it, or there are fewer than ten.
        """
        states = hidden_states(model, windows, series)
        drawn = (hidden_states(replace(model, model=untrained(model, seed)), windows, series) for seed in range(blind))
        return cls(
            states=states,
            untrained=tuple(Following.of(blind_states, unit_correlations(blind_states)) for blind_states in drawn),
            points=embedding(states),
            centroids=_centroids(model, windows, states),
            dataset=windows.cache.dataset,
            simulated=windows.cache.simulated,
        )

    @cached_property
    def correlations(self) -> UnitCorrelations:
        """Correlations of each unit with each part of the truth."""
        return unit_correlations(self.states)

    @cached_property
    def following(self) -> Following:
        """The part of the truth that the trained network's units follow."""
        return Following.of(self.states, self.correlations)

    def write(self, folder: str | Path) -> Path:
        """Publish ``hidden_units.npz`` in ``folder``, whole or not at all."""
        path = Path(folder) / HIDDEN
        centroids = self.centroids
        facts = HiddenFacts(
            names=self.states.names,
            task=self.states.task,
            origin=self.states.origin,
            untrained=self.untrained,
            dataset=self.dataset,
            simulated=self.simulated,
            centroids=None if centroids is None else (centroids.categories, centroids.origin),
        )
        arrays = {name: getattr(self.states, name) for name in _ROWS} | {"points": self.points}
        if self.centroids is not None:
            arrays |= {f"centroids_{name}": getattr(self.centroids, name) for name in _CENTROIDS}
        stored = np.frombuffer(json.dumps({**SCHEMA.keys, **as_json(facts)}).encode(), np.uint8)
        path.parent.mkdir(parents=True, exist_ok=True)
        publish_arrays(path, {"facts": stored, **arrays})
        return path

    @classmethod
    def read(cls, folder: str | Path) -> "HiddenUnits":
        """Read what ``write`` wrote.

        Raises:
            InputError: Nothing is there.
            StoredCorrupt: It is damaged, or another version wrote it.
        """
        path, wanted = Path(folder) / HIDDEN, "what emo-train units wrote"
        try:
            arrays = read_arrays(path, wanted, _DO).arrays
            raw = parsed_json(arrays.pop("facts").tobytes())
        except InputError:
            raise
        except (OSError, ValueError, KeyError) as error:
            kind = InputError if isinstance(error, OSError) else StoredCorrupt
            raise kind(path, f"no hidden units ({error})", wanted, _DO) from error
        facts = decoded(
            HiddenFacts, SCHEMA.stripped(raw, path, _DO, error=StoredCorrupt), path, _DO, error=StoredCorrupt
        )
        try:
            return _restored(facts, arrays)
        except (KeyError, TypeError, ValueError) as error:
            found = f"{type(error).__name__}: {error}"
            raise StoredCorrupt(path, found, "what this version writes", _DO) from error


def _restored(facts: HiddenFacts, arrays: dict[str, np.ndarray]) -> HiddenUnits:
    """The units of facts and arrays.

    Raises:
        ValueError: They do not belong together.
    """
    task, centroids = facts.task, None
    placed = facts.centroids is not None
    forms = {**_ROWS, "points": "f N P", **{f"centroids_{name}": "f C P" for name in _CENTROIDS if placed}}
    n_categories = len(facts.centroids[0]) if facts.centroids else 0
    check_arrays(arrays, forms, H=len(facts.names), D=len(task.dimensions), U=len(task.units), P=2, C=n_categories)
    check_numbers("category", arrays["category"], -1, len(task.categories) or np.inf)
    if not np.isfinite(arrays["states"]).all():
        raise ValueError("states that are no numbers")
    rows = {name: arrays[name] for name in _ROWS}
    if facts.centroids is not None:
        categories, origin = facts.centroids
        means = {name: arrays[f"centroids_{name}"] for name in _CENTROIDS}
        centroids = Centroids(categories, **means, origin=origin, ranges=plane_ranges(facts.task))
    return HiddenUnits(
        states=HiddenStates(**rows, names=facts.names, task=facts.task, origin=facts.origin),
        untrained=facts.untrained,
        points=arrays["points"],
        centroids=centroids,
        dataset=facts.dataset,
        simulated=facts.simulated,
    )


def _centroids(model: TrainedModel, windows: AnyWindows, states: HiddenStates) -> Centroids | None:
    try:
        truth, predicted = affects(model, windows)
    except InputError:  # no categories, or no valence and arousal: there is no such plane
        return None
    task = windows.cache.task
    return class_centroids(truth, predicted, task.categories, states.told, plane_ranges(task))
