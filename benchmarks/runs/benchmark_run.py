"""Folds x seeds of one model under one protocol, to a report."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from ... import NUMBERS_SINCE, __version__
from ...models import Training, make_learner
from ...preprocessing import Cache
from ...preprocessing.building.progress import Progress
from ...preprocessing.building.workers import Workers
from ...preprocessing.quality.summary import study_of
from ...preprocessing.steps.recipe import in_short
from ...signals import InputError
from ...signals.files.publishing import sole_writer
from ..scores.predictions import Predictions
from ..splits.fold import sides
from ..splits.splits import SPLITS, Split
from .fold_plan import FoldPlan, default_series
from .kept_trainings import KeptTrainings
from .protocol import Protocol
from .report import REPORT, Report
from .report_facts import DataFacts, SeriesSummary, recording_qualities
from .settings import ProtocolSettings
from .training_run import Outcome, PlannedTrainings

_LIBRARIES = ("torch", "pytorch-lightning", "scikit-learn", "braindecode", "numpy", "scipy", "mne")


def benchmark(
    cache: Cache,
    model: Any,
    *,
    split: Split | str,
    modality: str = "",
    window: int = 9,
    train_stride: int = 3,
    scaling: str = "train",
    seeds: int = 1,
    selection: str = "fixed",
    oracle: bool = False,
    training: Training | None = None,
    controls: Sequence[str] = (),
    folder: str | Path | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    i_know_this_leaks: bool = False,
    classes: str = "",
) -> Report:
    """Train ``model`` on every fold with every seed, and score each test part once.

    Args:
        cache: The data.
        model: A backbone class, a ``functools.partial`` of one, its name or call as text (``"STRNN(hidden=20)"``), or
            ``linear``, ``svm``, ``mlp``, ``majority``, ``mean``, ``base_rate``.
        split: The protocol's folds, as a ``Split`` or as one writes it.
        modality: The series of the cache to read; left out, the one that fits the model (``default_series``).
        window, train_stride: Slices a window; slices from one training window to the next. Test windows are disjoint,
            and so are training windows where a split divides windows.
        scaling: ``"train"``, ``"subject"`` (transductive: sees the tested subject's unlabelled data) or ``"none"``.
        seeds: Trainings of each fold, with seeds 0, 1, ...
        selection: ``"fixed"`` scores the last of a fixed number of epochs, ``"inner"`` the best by inner validation,
            ``"both"`` trains for each of the two.
        oracle: Also note the epoch that scores best on the test part. It chooses nothing and stands in grey.
        training: How networks are trained.
        controls: Conditions under which the same trained models are tested as well, such as ``"without('face')"`` (see
            ``Control``); they need several series. ``report.under(control)`` has the results.
        folder: Each finished training is stored here at once, so a killed benchmark goes on where it was and ends with
            the same numbers; in the end it holds the report. None stores nothing.
        jobs, cluster: Trainings at a time (-1: one a processor), or the address of a Dask scheduler to train on.
        i_know_this_leaks: Run a split that leaks. Every table made from it says so.
        classes: A rule that makes categories of ratings, as in ``"valence > 5"``, ``"valence > median"`` (of each
            fold's training trials) or ``"quadrants"``; they replace those of the data. They alone are predicted then,
            unless ``training`` names parts, as in ``Training(predicts="categories+dimensions")``.

    Raises:
        LeakError: A fold leaks.
        InputError: A name is unknown, a setting would have no effect, a fold has nothing to score, or ``folder`` holds
            another benchmark.
    """
    built = SPLITS.build(split) if isinstance(split, str) else split
    settings = ProtocolSettings(
        modality=modality,
        window=window,
        train_stride=train_stride,
        scaling=scaling,
        seeds=seeds,
        selection=selection,
        oracle=oracle,
        i_know_this_leaks=i_know_this_leaks,
        classes=classes,
    )
    protocol = Protocol.of(built, settings, training or Training(), controls)
    return run_plan(plan_of(cache, model, built, protocol), folder, Workers(jobs, cluster))


def plan_of(cache: Cache, model: Any, split: Split, protocol: Protocol) -> FoldPlan:
    """The plan of a benchmark, not checked yet; where the protocol names no series, of the one that fits the model."""
    untrained = make_learner(model, scaling=protocol.scaling, **vars(protocol.training))
    if not protocol.modality:
        protocol = replace(protocol, modality=default_series(cache, untrained))
    return FoldPlan(cache, untrained, protocol, split)


def run_plan(plan: FoldPlan, folder: str | Path | None, workers: Workers, progress: Progress | None = None) -> Report:
    """Guard a plan's folds, run all of them with every seed, and store the report in ``folder``, or read it there.

    Args:
        plan: What trains on what.
        folder: Where results are stored; None stores nothing.
        workers: Where trainings run.
        progress: That of a command with further plans; None shows the progress of this one.

    Raises:
        LeakError: A fold leaks.
        InputError: ``folder`` holds another benchmark, or another run is writing there.
    """
    plan.check()
    place = None if folder is None else Path(folder)
    with sole_writer(place):
        trainings = KeptTrainings(place)
        if stored := _finished(plan, place):
            trainings.clear()  # a run killed behind its report had no time to
            if progress:
                progress(len(PlannedTrainings(plan).keys), stored=True)
            return stored
        report = report_of(plan, trainings.results(PlannedTrainings(plan), workers, progress))
        if place is not None:
            report.save(place)
            trainings.clear()
    return report


_DIFFERS = {"cache": "what the cache holds: recordings, steps or labels"}


def _finished(plan: FoldPlan, folder: Path | None) -> Report | None:
    """The report that lies in ``folder`` already, if this very benchmark made it."""
    if folder is None or not (folder / REPORT).exists():
        return None
    report = Report.load(folder)
    config = {
        "model": report.model,
        "protocol": report.protocol.to_json(),
        "cache": report.data.cache,
        "emoscan": report.versions.get("numbers since", "0.1.0"),  # reports of the first version do not say
    }
    differs = [name for name, value in plan.config.items() if config[name] != value]
    if differs:
        words = [_DIFFERS.get(name, name) for name in differs]
        found = f"the report of another benchmark (differs in {', '.join(words)})"
        raise InputError(folder, found, "an empty folder, or this benchmark's own", "name another folder with --output")
    return report


def report_of(plan: FoldPlan, outcomes: Sequence[Outcome]) -> Report:
    """One report of the outcomes of every fold and seed of a plan, in that order."""
    cache = plan.seen
    series = {name: _series(cache, name) for name in plan.protocol.series}
    data = DataFacts(
        dataset=cache.dataset,
        simulated=cache.simulated,
        task=plan.task,
        cache=cache.index.digest,
        series=series,
        n_train=sum(o.n_train for o in outcomes),
        left_out=sum(o.left_out for o in outcomes),
        quality=tuple(recording_qualities(cache, tuple(series))),
        skipped=tuple(f"{item.what}: {item.reason}" for item in cache.skipped),
        names_subjects=cache.names_subjects,
        label_notes=plan.label_notes(),
        sides=sides(plan.folds, plan.columns, cache.names_subjects),
        classes=plan.rated.words if plan.rated else "",
        thresholds=plan.rated.thresholds if plan.rated else (),
        remarks=tuple(map(str, cache.remarks)),
        study=study_of(cache),
    )
    return Report(
        model=plan.name,
        protocol=plan.protocol,
        data=data,
        folds=tuple(fold.name for fold in plan.folds),
        rows=tuple(row for outcome in outcomes for row in outcome.rows),
        predictions=Predictions.join([outcome.predictions for outcome in outcomes]),
        columns=cache.columns,
        n_parameters=outcomes[0].n_parameters,
        epochs={name: tuple(o.epochs[name] for o in outcomes) for name in outcomes[0].epochs},
        versions=dict(_versions()),
        curves=_curves(outcomes),
        labels=plan.training_labels,
    )


def _curves(outcomes: Sequence[Outcome]) -> dict[str, dict[str, np.ndarray]]:
    """(trainings, epochs) of each selection and name that every training logged."""
    curves = {}
    for selection, logged in outcomes[0].curves.items():
        if all(selection in outcome.curves for outcome in outcomes):
            of_trainings = [outcome.curves[selection] for outcome in outcomes]
            curves[selection] = {name: np.array([curve[name] for curve in of_trainings], np.float32) for name in logged}
    return curves


def _series(cache: Cache, name: str) -> SeriesSummary:
    facts, recipe = cache.facts(name), tuple(cache.recipe[name])
    return SeriesSummary(
        recipe=recipe,
        features=facts.features,
        duration=facts.duration,
        sites=len(facts.layout),
        causal=facts.causal,
        short=in_short(recipe),
    )


def _versions() -> Iterator[tuple[str, str]]:
    yield "emoscan", __version__
    yield "numbers since", NUMBERS_SINCE
    for library in _LIBRARIES:
        try:
            yield library, version(library)
        except PackageNotFoundError:  # those that only some models need
            continue
