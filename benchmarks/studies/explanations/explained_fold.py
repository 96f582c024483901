"""One training of a study of explanations: trained, explained, checked, and written to disk whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from ....models import NetworkLearner, TrainedModel, as_trained_model, explain
from ....models.explaining.curves import Curves, deletion_insertion
from ....models.explaining.randomised import shuffled, untrained
from ....preprocessing import AnyWindows
from ....signals.files.publishing import publish_arrays
from ....signals.files.stored_arrays import check_arrays, read_arrays
from ...runs.fold_plan import FoldPlan, Parts
from ...runs.training_run import (
    Outcome,
    check_training,
    one_thread,
    read_outcome,
    stored_outcome,
    training_digest,
    write_outcome,
)
from ...scores.predictions import Predictions
from .maps_of_sites import SiteMaps, site_maps

MAPS = "-maps"
"""Behind the name of a training, that of its maps."""

Maps = Mapping[str, SiteMaps]
"""By series."""


@dataclass(frozen=True)
class ExplanationSettings:
    """How the windows of each training are explained.

    Args:
        method, target: As in ``models.explain``.
        untrained, shuffled: For each training, networks with drawn weights, and trainings on shuffled labels.
        most: Windows that are explained of a fold; all are scored.
    """

    method: str
    target: str
    untrained: int
    shuffled: int
    most: int


@dataclass(frozen=True, eq=False)
class ExplainedFold:
    """The explained test windows of one training.

    Attributes:
        maps: Of the trained network.
        untrained, shuffled: Maps of networks with drawn weights, and of trainings on shuffled labels.
        curves: Of taking away and showing what counted.
        outcome: Its predictions of those windows.
    """

    maps: Maps
    untrained: tuple[Maps, ...]
    shuffled: tuple[Maps, ...]
    curves: Curves
    outcome: Outcome


def explain_fold(plan: FoldPlan, number: int, seed: int, settings: ExplanationSettings) -> ExplainedFold:
    """Train on fold ``number`` with ``seed``, explain its test windows, and do the same with models that know nothing.

    The shuffled trainings differ from the real one in nothing but their labels. All runs on one thread.

    Raises:
        InputError: The model lacks what the method reads.
    """
    method, target = settings.method, settings.target
    with one_thread():
        parts = plan.parts(plan.folds[number], "fixed")
        model, learned = _fitted(plan, parts.train, seed)
        windows = spread(parts.test, settings.most)
        explanation = explain(model, windows, method, target)
        curves = deletion_insertion(model, windows, explanation, seed=seed)
        maps = site_maps(model, windows, explanation)
        untrained_maps, shuffled_maps = [], []
        for k in range(settings.untrained):
            drawn = replace(model, model=untrained(model, 1000 * (number + 1) + 10 * seed + k))
            untrained_maps.append(_blind_maps(drawn, windows, method, target))
        for k in range(settings.shuffled):
            misled, _ = _fitted(plan, shuffled(parts.train, 10 * seed + k), seed)
            shuffled_maps.append(_blind_maps(misled, windows, method, target))
    outcome = _outcome(parts, learned, number, seed)
    return ExplainedFold(maps, tuple(untrained_maps), tuple(shuffled_maps), curves, outcome)


def spread(windows: AnyWindows, most: int) -> AnyWindows:
    """At most ``most`` of the windows, spread evenly over all."""
    if len(windows) <= most:
        return windows
    return windows.take(np.linspace(0, len(windows) - 1, most).round().astype(int))


def write_fold(explained: ExplainedFold, file: Path, config: str) -> None:
    """Publish a training's result; the outcome comes last, so what is unfinished is never read."""
    arrays = {f"curve_{name}": values for name, values in vars(explained.curves).items()}
    networks = {"own": (explained.maps,), "untrained": explained.untrained, "shuffled": explained.shuffled}
    for network, several in networks.items():
        for k, maps in enumerate(several):
            for series, of_series in maps.items():
                arrays |= {f"{network}|{k}|{series}|{field}": values for field, values in vars(of_series).items()}
    beside = _maps_beside(file)
    publish_arrays(beside, arrays, beside=training_digest(beside, config))
    write_outcome(explained.outcome, file, config)


def read_fold(file: Path, config: str) -> ExplainedFold | None:
    """The result published in ``file``; None where there is none of this configuration."""
    outcome = read_outcome(file, config)
    if outcome is None:
        return None
    try:
        saved = stored_maps(_maps_beside(file), config)
        return _explained(saved, outcome)
    except (OSError, ValueError, TypeError):
        return None


def stored_maps(path: Path, config: str = "") -> dict[str, np.ndarray]:
    """The arrays of a training's maps.

    Args:
        path: Their file.
        config: Digest of the configuration; left out, that of the outcome beside them, where there is one.

    Raises:
        StoredCorrupt: A byte changed, or they are of another training than the name says.
        OSError: They are not there.
    """
    saved = read_arrays(path, "the maps of a training", "run the same command again")
    outcome = path.with_name(f"{path.stem.removesuffix(MAPS)}.npz")
    if not config and outcome.exists():
        config = stored_outcome(outcome)[0].config
    if config:
        check_training(saved, path, config)
    return saved.arrays


def _explained(arrays: Mapping[str, np.ndarray], outcome: Outcome) -> ExplainedFold:
    """The result in stored arrays.

    Raises:
        ValueError, TypeError: They are none of it.
    """
    curves = {name.removeprefix("curve_"): line for name, line in arrays.items() if name.startswith("curve_")}
    check_arrays(curves, {entry.name: "f K" for entry in fields(Curves)})
    (trained,) = _maps(arrays, "own")
    return ExplainedFold(
        trained, tuple(_maps(arrays, "untrained")), tuple(_maps(arrays, "shuffled")), Curves(**curves), outcome
    )


def _maps_beside(outcome: Path) -> Path:
    """The file of the maps that belong to an outcome."""
    return outcome.with_name(f"{outcome.stem}{MAPS}.npz")


def _fitted(plan: FoldPlan, train: AnyWindows, seed: int) -> tuple[TrainedModel, NetworkLearner]:
    learned = plan.learner().fit(train, seed=seed)
    assert isinstance(learned, NetworkLearner)
    return as_trained_model(learned, plan.cache), learned


def _blind_maps(model: TrainedModel, windows: AnyWindows, method: str, target: str) -> Maps:
    return site_maps(model, windows, explain(model, windows, method, target), slices=False)


def _outcome(parts: Parts, learned: NetworkLearner, number: int, seed: int) -> Outcome:
    return Outcome(
        rows=(),
        predictions=Predictions.of(parts.test, learned.predict(parts.test), number, seed, "fixed"),
        epochs={"fixed": len(learned.history)},
        n_parameters=learned.n_parameters,
        n_train=len(parts.train),
        left_out=parts.train.left_out + parts.test.left_out,
    )


def _maps(arrays: Mapping[str, np.ndarray], network: str) -> Iterator[Maps]:
    """Maps of each network of one kind, from arrays named ``network|number|series|field``."""
    fields: dict[int, dict[str, dict[str, np.ndarray]]] = {}
    for name, values in arrays.items():
        if name.startswith(f"{network}|"):
            _, number, series, field = name.split("|")
            fields.setdefault(int(number), {}).setdefault(series, {})[field] = values
    for k in sorted(fields):
        yield {series: SiteMaps(**of_series) for series, of_series in fields[k].items()}
