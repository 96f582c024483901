"""AUROC of explanations against the sites that a simulation planted, also of networks that never learned."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ....models import Learner, NetworkLearner, TrainedModel, Training, as_trained_model, explain, make_learner
from ....models.explaining.attribution import DEFAULT, OF_THE_MODEL
from ....models.explaining.randomised import untrained
from ....preprocessing import AnyWindows, Cache, preprocess
from ....preprocessing.building.progress import progress_bar
from ....signals import InputError, StoredCorrupt
from ....signals.datasets.simulated.simulated import PLANTED_BANDS
from ....signals.files.publishing import publish_text
from ....signals.regular_file import file_bytes
from ....signals.stored_json import NumberOrNaN, as_json, checked_json, decoded, signed_json
from ...runs.fold_plan import cut_windows
from ...runs.training_run import one_thread
from ...scores.metrics import category_metrics
from ...scores.verdict import decimal
from ...splits.fold import Fold
from ...splits.splits import k_folds
from ...tables.grid import Grid
from .maps_of_sites import SiteMaps, site_maps
from .plantings import HALF, PLANTINGS, Planting

_SPARSE_TRAINING = Training(epochs=40, batch_size=32, learning_rate=3e-3)

_NETWORKS: tuple[tuple[str, Training, tuple[str, ...]], ...] = (
    ("model", Training(), (DEFAULT, "occlusion", "projections")),
    ("sparse", _SPARSE_TRAINING, ("projections",)),
)
"""Networks of a planting, their training, and the ways in which each is explained."""

_DO = "remove it: emo-train planted makes it again"

_QUICK = (("model", Training(), (DEFAULT,)),)


@dataclass(frozen=True)
class Found:
    """AUROC of one way of explaining, which tells planted sites from others, in one simulation.

    Attributes:
        simulation, seed, series, way: The data, and the way of explaining.
        auroc: Of the mean map of the trainings; 0.5 is chance.
        single: Of each training's map, on average.
        untrained: Of networks of the same build with drawn weights, on average.
        accuracy: Balanced accuracy of the trainings on the held-out people, on average.
    """

    simulation: str
    seed: int
    series: str
    way: str
    auroc: NumberOrNaN
    single: NumberOrNaN
    untrained: NumberOrNaN
    accuracy: NumberOrNaN


@dataclass(frozen=True)
class FoundRows:
    """The rows of one simulation and seed, as they are stored."""

    rows: tuple[Found, ...]


def planted_in(name: str, seed: int, folds: int | None = None, blind: int = 2, quick: bool = False) -> list[Found]:
    """Train on simulated people, explain the held-out ones, and compare with the truth.

    Args:
        name: A name in ``PLANTINGS``.
        seed: Of the simulation and the trainings.
        folds: Number of the four folds over people that are trained; None for the planting's own number.
        blind: Untrained networks for each training.
        quick: The default method alone: no occlusion, and no networks with sparse projections.

    Raises:
        InputError: There is no such simulation.
    """
    planting = _planting(name)
    data = planting.make(seed=seed)
    rows: list[Found] = []
    with tempfile.TemporaryDirectory() as folder, one_thread():
        cache = preprocess(data, planting.recipe, Path(folder) / "cache")
        truth = {series: planted > HALF for series, planted in planting.truth(data, cache).items()}
        for model, training, ways in _QUICK if quick else _NETWORKS:
            split = k_folds("subject", 4)(cache.columns)[: folds or planting.folds]
            fits = []
            for fold in split:
                learner = make_learner(getattr(planting, model), scaling="subject", **vars(training))
                fits.append(_fitted(cache, planting, learner, fold, seed))
            for way in ways:
                label = way if model == "model" else f"{way} of {planting.sparse}"
                scores = _scores(fits, way, truth, cache, blind)
                rows += [Found(name, seed, series, label, *figures) for series, *figures in scores]
    return rows


def _planting(name: str) -> Planting:
    if name not in PLANTINGS:
        raise InputError(f"simulation {name!r}", "no such name", f"one of {', '.join(PLANTINGS)}")
    return PLANTINGS[name]


def _fitted(
    cache: Cache, planting: Planting, learner: Learner, fold: Fold, seed: int
) -> tuple[TrainedModel, AnyWindows, float]:
    """A model, the windows of people that it never saw, and its balanced accuracy on them."""
    assert isinstance(learner, NetworkLearner)
    series = tuple(planting.recipe)
    learned = learner.fit(cut_windows(cache, series, planting.window, 3, fold.train), seed=seed)
    windows = cut_windows(cache, series, planting.window, planting.window, fold.test)
    predicted = learned.predict(windows)
    accuracy = category_metrics(windows.category, predicted.probability)["balanced_accuracy"]
    return as_trained_model(learned, cache), windows, accuracy


def _scores(
    fits: Sequence[tuple[TrainedModel, AnyWindows, float]],
    way: str,
    truth: Mapping[str, np.ndarray],
    cache: Cache,
    blind: int,
) -> Iterator[tuple[str, float, float, float, float]]:
    """Each series with the figures of ``Found``: of the mean map, single trainings, untrained ones, and accuracy."""
    trained, drawn = [], []
    for i, (model, windows, _) in enumerate(fits):
        trained.append(_maps(model, windows, way))
        for k in range(blind):
            drawn.append(_maps(replace(model, model=untrained(model, 1000 * k + i)), windows, way))
    accuracy = float(np.mean([balanced for *_, balanced in fits]))
    for series, sites in truth.items():
        compared = {series: (sites, "by_site")}
        if way not in OF_THE_MODEL and "gamma" in cache.features(series) and len(truth) == 1:
            bands = np.isin(np.arange(len(cache.features(series))), PLANTED_BANDS)
            compared[f"{series}, sites x bands"] = (sites[:, None] & bands, "site_feature")
        for name, (planted, view) in compared.items():
            mean = found(getattr(SiteMaps.mean(maps[series] for maps in trained), view), planted)
            single = [found(getattr(maps[series], view), planted) for maps in trained]
            blind_aurocs = [found(getattr(maps[series], view), planted) for maps in drawn]
            yield name, mean, float(np.mean(single)), float(np.mean(blind_aurocs)), accuracy


def found(scores: np.ndarray, planted: np.ndarray) -> float:
    """The area under the ROC curve of scores for planted sites against all others, 0.5 at chance.

    Args:
        scores: Of sites, or of anything that was planted or not.
        planted: Of the same shape, True where something was.

    Raises:
        InputError: Shapes differ, a score is not finite, or all or nothing was planted.
    """
    from sklearn.metrics import roc_auc_score

    scores, planted = np.asarray(scores, float), np.asarray(planted, bool)
    if scores.shape != planted.shape or not np.isfinite(scores).all() or planted.all() or not planted.any():
        shapes = f"scores of shape {scores.shape}, {planted.sum()} planted among {planted.shape}"
        raise InputError("found", shapes, "finite scores of as many, and some planted", "compare like with like")
    return float(roc_auc_score(planted.ravel(), scores.ravel()))


def _maps(model: TrainedModel, windows: AnyWindows, way: str) -> dict[str, SiteMaps]:
    return site_maps(model, windows, explain(model, windows, way), slices=False)


def planted_table(
    names: Sequence[str], seeds: Sequence[int] = (), folder: Path | None = None, quick: bool = False
) -> list[Found]:
    """All simulations with all seeds, ``quick`` as in ``planted_in``; those stored in ``folder`` are read.

    Args:
        names: Of the simulations.
        seeds: Of each simulation; empty for those that are reported of it.
        folder: Place of the stored rows.
        quick: The default method alone.

    Raises:
        InputError: There is no such simulation.
    """
    wanted = [(name, seed) for name in names for seed in seeds or _planting(name).seeds]
    rows: list[Found] = []
    with progress_bar("planted truth", len(wanted)) as advance:
        for name, seed in wanted:
            rows += _stored(name, seed, folder, quick)
            advance(1)
    return rows


def _stored(name: str, seed: int, folder: Path | None, quick: bool) -> list[Found]:
    if folder is None:
        return planted_in(name, seed, quick=quick)
    path = folder / f"{name}-{seed}{'-quick' if quick else ''}.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_found(planted_in(name, seed, quick=quick), path)
    return read_found(path, name, seed)


def write_found(rows: Sequence[Found], path: Path) -> None:
    """Write the rows of one simulation and seed, with a checksum, whole or not at all."""
    publish_text(path, signed_json(as_json(FoundRows(tuple(rows)))))


def read_found(path: Path, name: str, seed: int) -> list[Found]:
    """The rows that ``write_found`` wrote, or those of an earlier version: a list without a checksum.

    Raises:
        StoredCorrupt: They changed, are something else, or of another simulation or seed.
    """
    content = file_bytes(path)
    if content.lstrip()[:1] == b"[":
        content = b'{"rows": ' + content + b"}"
    rows = decoded(FoundRows, checked_json(content, path, _DO), path, _DO, error=StoredCorrupt).rows
    if {(row.simulation, row.seed) for row in rows} != {(name, seed)}:
        raise StoredCorrupt(path, "no rows, or others", f"those of {name}, seed {seed}", _DO)
    return list(rows)


def planted_markdown(rows: Sequence[Found]) -> str:
    """The rows as a table: mean over seeds, with the smallest and the largest."""
    groups: dict[tuple[str, str, str], list[Found]] = {}
    for row in rows:
        groups.setdefault((row.simulation, row.series, row.way), []).append(row)
    heads = ["simulated", "series", "way", "AUROC", "single trainings", "untrained", "balanced accuracy"]
    cells = []
    for key, group in groups.items():
        figures = [[row.auroc, row.single, row.untrained, row.accuracy] for row in group]
        cells.append([*key, *map(_spread, zip(*figures, strict=True))])
    return Grid.of_rows(heads, cells, numeric=heads[3:]).to_markdown()


def _spread(values: Sequence[float]) -> str:
    return f"{decimal(float(np.mean(values)))} ({decimal(min(values), digits=2)} to {decimal(max(values), digits=2)})"
