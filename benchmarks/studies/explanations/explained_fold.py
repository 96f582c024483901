"""One training of a study of explanations: trained, explained, checked, and written to disk whole."""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....models import NetworkLearner, TrainedModel, as_trained_model, explain
from ....models.explaining.curves import Curves, deletion_insertion
from ....models.explaining.randomised import shuffled, untrained
from ....preprocessing import AnyWindows
from ....signals.files.publishing import publish_arrays
from ...runs.fold_plan import FoldPlan, Parts
from ...runs.kept_trainings import part_path
from ...runs.training_run import Outcome, one_thread, read_outcome, write_outcome
from ...scores.predictions import Predictions
from .maps_of_sites import SiteMaps, site_maps

Maps = Mapping[str, SiteMaps]
"""By series."""


@dataclass(frozen=True, eq=False)
class ExplainedFold:
    """What one training looked at in its test windows.

    Attributes:
        own: Its maps.
        untrained, shuffled: Those of networks with drawn weights, and of trainings on shuffled labels.
        curves: Of taking away and showing what counted.
        outcome: What it said about those windows.
    """

    own: Maps
    untrained: tuple[Maps, ...]
    shuffled: tuple[Maps, ...]
    curves: Curves
    outcome: Outcome


def explain_fold(
    plan: FoldPlan, number: int, seed: int, method: str, target: str, n_untrained: int, n_shuffled: int, most: int
) -> ExplainedFold:
    """Train on fold ``number`` with ``seed``, explain its test windows, and do the same with models that know nothing.

    The shuffled trainings differ from the real one in nothing but their labels. At most ``most`` windows are explained,
    spread evenly; all are scored. All runs on one thread.

    Raises:
        InputError: The model lacks what the method reads.
    """
    with one_thread():
        parts = plan.parts(plan.folds[number], "fixed")
        model, learned = _fitted(plan, parts.train, seed)
        shown = spread(parts.test, most)
        explanation = explain(model, shown, method, target)
        curves = deletion_insertion(model, shown, explanation, seed=seed)
        own = site_maps(model, shown, explanation)
        fresh = (_untrained(model, 1000 * (number + 1) + 10 * seed + k) for k in range(n_untrained))
        blind = (_fitted(plan, shuffled(parts.train, 10 * seed + k), seed)[0] for k in range(n_shuffled))
        never, misled = (tuple(_blind_maps(other, shown, method, target) for other in kind) for kind in (fresh, blind))
    return ExplainedFold(own, never, misled, curves, _outcome(parts, learned, number, seed))


def spread(windows: AnyWindows, most: int) -> AnyWindows:
    """At most ``most`` of the windows, spread evenly over all."""
    if len(windows) <= most:
        return windows
    return windows.take(np.linspace(0, len(windows) - 1, most).round().astype(int))


def write_fold(found: ExplainedFold, folder: Path, number: int, seed: int, config: str) -> None:
    """Publish a training's result; the outcome comes last, so what is unfinished is never read."""
    arrays = {f"curve_{name}": values for name, values in vars(found.curves).items()}
    for who, kinds in {"own": (found.own,), "untrained": found.untrained, "shuffled": found.shuffled}.items():
        for k, maps in enumerate(kinds):
            arrays |= {
                f"{who}|{k}|{name}|{of}": values for name, own in maps.items() for of, values in vars(own).items()
            }
    publish_arrays(part_path(folder, number, seed, "-maps"), arrays)
    write_outcome(found.outcome, part_path(folder, number, seed), config)


def read_fold(folder: Path, number: int, seed: int, config: str) -> ExplainedFold | None:
    """The result published in ``folder``; None where there is none of this configuration."""
    outcome = read_outcome(part_path(folder, number, seed), config)
    if outcome is None:
        return None
    try:
        with np.load(part_path(folder, number, seed, "-maps"), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (FileNotFoundError, ValueError, zipfile.BadZipFile):
        return None
    curves = Curves(**{name.removeprefix("curve_"): own for name, own in arrays.items() if name.startswith("curve_")})
    (own,) = _maps(arrays, "own")
    return ExplainedFold(own, tuple(_maps(arrays, "untrained")), tuple(_maps(arrays, "shuffled")), curves, outcome)


def _fitted(plan: FoldPlan, train: AnyWindows, seed: int) -> tuple[TrainedModel, NetworkLearner]:
    learned = plan.learner().fit(train, seed=seed)
    assert isinstance(learned, NetworkLearner)
    return as_trained_model(learned, plan.cache), learned


def _untrained(model: TrainedModel, seed: int) -> TrainedModel:
    return TrainedModel(untrained(model, seed), model.scaling, model.facts)


def _blind_maps(model: TrainedModel, windows: AnyWindows, method: str, target: str) -> Maps:
    return site_maps(model, windows, explain(model, windows, method, target), slices=False)


def _outcome(parts: Parts, learned: NetworkLearner, number: int, seed: int) -> Outcome:
    said = Predictions.of(parts.test, learned.predict(parts.test), number, seed, "fixed")
    left_out = parts.train.left_out + parts.test.left_out
    return Outcome(
        rows=(),
        predictions=said,
        epochs={"fixed": len(learned.history)},
        n_parameters=learned.n_parameters,
        n_train=len(parts.train),
        left_out=left_out,
    )


def _maps(arrays: Mapping[str, np.ndarray], who: str) -> Iterator[Maps]:
    keys = [name.split("|") for name in arrays if name.startswith(f"{who}|")]
    for k in sorted({int(key[1]) for key in keys}):
        series = dict.fromkeys(key[2] for key in keys if int(key[1]) == k)
        yield {
            name: SiteMaps(**{of: arrays[f"{who}|{k}|{name}|{of}"] for of in SiteMaps.__dataclass_fields__})
            for name in series
        }
