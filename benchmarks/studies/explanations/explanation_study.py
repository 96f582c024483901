"""Explanations of a model on windows held out from its training, and all their checks, over folds and seeds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, combinations, product
from pathlib import Path

import numpy as np

from ....models import Training, make_learner
from ....models.explaining.attribution import DEFAULT, METHODS, OF_THE_MODEL
from ....models.explaining.curves import Curves
from ....models.explaining.explainer import CATEGORY, default_target, targets
from ....models.explaining.randomised import correlation
from ....preprocessing import Cache
from ....preprocessing.building.workers import Workers
from ....signals import InputError, Task
from ....signals.files.publishing import sole_writer
from ....signals.stored_json import digest_of
from ...runs.benchmark_run import plan_of, report_of
from ...runs.fold_plan import FoldPlan
from ...runs.kept_trainings import KeptTrainings, Key
from ...runs.protocol import Protocol
from ...runs.settings import ProtocolSettings
from ...splits.splits import SPLITS, Split
from ...tables.comparison import compare
from .explained import EXPLAINED, Explained, ExplainedSeries, TestScore
from .explained_fold import ExplainedFold, ExplanationSettings, explain_fold, read_fold, write_fold
from .maps_of_sites import SiteMaps


@dataclass(frozen=True)
class ExplanationStudy:
    """A study of one model's explanations. Each training explains its own fold's test windows, and no others.

    Args:
        cache: The data.
        model: A network by name or call.
        split: Which trials train, and which are explained.
        method: A name in ``METHODS``.
        target: As in ``models.explain``; left out, the predicted category, else the first dimension, else the first
            unit.
        modality: The series of the cache to read; left out, the one that fits the model.
        window, train_stride: Slices a window; slices from one training window to the next.
        scaling: A name in ``SCALINGS``.
        seeds: Trainings of each fold.
        training: How networks are trained.
        untrained, shuffled: For each training, networks with drawn weights, and trainings on shuffled labels.
        most: Held-out windows that are explained of each fold, spread evenly over all of them; all are scored.
        folder: Finished trainings are stored here, and in the end the result; None stores nothing.
        jobs: Trainings at a time.
        classes: A rule that makes categories of ratings, as in ``"valence > 5"``, which then are predicted.

    Raises:
        InputError: The method or the target is not there, or a setting is out of range.
    """

    cache: Cache
    model: str = "STRNN"
    split: Split | str = "leave_one_out('subject')"
    method: str = DEFAULT
    target: str = ""
    modality: str = ""
    window: int = 9
    train_stride: int = 3
    scaling: str = "train"
    seeds: int = 1
    training: Training = field(default_factory=Training)
    untrained: int = 2
    shuffled: int = 1
    most: int = 256
    folder: Path | None = None
    jobs: int = 1
    classes: str = ""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            known = f"one of {', '.join(METHODS)}"
            raise InputError(f"method {self.method!r}", "no such name", known)
        if self.target and self.target not in targets(self.task):
            known = f"one of {', '.join(targets(self.task))}"
            raise InputError(f"target {self.target!r}", "nothing that the model predicts", known)
        if min(self.untrained, self.shuffled) < 0 or self.most < 1:
            found = f"untrained {self.untrained}, shuffled {self.shuffled}, most {self.most}"
            raise InputError("explanation study", found, "0 or more, 0 or more, 1 or more")
        if not make_learner(self.model).trains_by_epoch:
            raise InputError(f"model {self.model}", "a plain estimator", "a network", "name one, as in STRNN")

    @cached_property
    def task(self) -> Task:
        """The task that the model predicts."""
        return self.plan.task

    @cached_property
    def plan(self) -> FoldPlan:
        """The folds, and the rules under which they are trained and tested."""
        split = SPLITS.build(self.split) if isinstance(self.split, str) else self.split
        settings = ProtocolSettings(
            modality=self.modality,
            window=self.window,
            train_stride=self.train_stride,
            scaling=self.scaling,
            seeds=self.seeds,
            classes=self.classes,
        )
        return plan_of(self.cache, self.model, split, Protocol.of(split, settings, self.training))

    @property
    def settings(self) -> ExplanationSettings:
        """How each training is explained."""
        return ExplanationSettings(
            self.method, self.resolved_target, untrained=self.untrained, shuffled=self.shuffled, most=self.most
        )

    @property
    def resolved_target(self) -> str:
        """The target for ``explain``: the one of the study, or its default."""
        return CATEGORY if self.method in OF_THE_MODEL else self.target or default_target(self.task)

    @cached_property
    def config(self) -> str:
        """Digest of all that decides the numbers."""
        return digest_of({**self.plan.config, **vars(self.settings)})

    def run(self) -> Explained:
        """Train every fold with every seed, explain its test part, and check; a killed run goes on where it was.

        Raises:
            LeakError: A test trial, or its group, stands in the training part too.
            InputError: A fold has nothing to explain, the model lacks what the method reads, or ``folder`` holds
                another explanation.
        """
        self.plan.check()
        with sole_writer(self.folder):
            if self.folder is not None and (self.folder / EXPLAINED).exists():
                return _finished(self)
            trainings = KeptTrainings(self.folder)
            explained = explained_of(self, trainings.results(ExplainedTrainings(self), Workers(self.jobs)))
            if self.folder is not None:
                explained.write(self.folder)
                trainings.clear()
        return explained


def explained_of(study: ExplanationStudy, folds: Sequence[ExplainedFold]) -> Explained:
    """All folds and seeds of a study as one result."""
    cache = study.cache
    return Explained(
        model=study.plan.name,
        dataset=cache.dataset,
        simulated=cache.simulated,
        protocol=study.plan.protocol.words,
        method=study.method,
        target="any" if study.method in OF_THE_MODEL else study.resolved_target,
        n_windows=sum(min(len(fold.outcome.predictions), study.most) for fold in folds) // study.seeds,
        n_models=len(folds),
        score=_score(study, folds),
        series={name: _series(study, name, folds) for name in folds[0].maps},
        curves=_mean_curves([fold.curves for fold in folds]),
        config=study.config,
    )


def _series(study: ExplanationStudy, name: str, folds: Sequence[ExplainedFold]) -> ExplainedSeries:
    trained = [fold.maps[name] for fold in folds]
    mean = SiteMaps.mean(trained)
    untrained, shuffled = [], []
    for fold in folds:
        untrained.append([maps[name] for maps in fold.untrained])
        shuffled.append([maps[name] for maps in fold.shuffled])
    cache = study.cache
    return ExplainedSeries(
        layout=cache.layout(name),
        features=tuple(cache.features(name)),
        duration=cache.duration(name),
        by_site=mean.by_site,
        site_feature=mean.site_feature,
        site_slice=mean.site_slice,
        untrained=_blind_map(untrained, mean),
        label_shuffled=_blind_map(shuffled, mean),
        randomised=_compared(trained, untrained),
        label_randomised=_compared(trained, shuffled),
        agreement=_agreement(trained),
    )


def _blind_map(maps: Sequence[Sequence[SiteMaps]], like: SiteMaps) -> np.ndarray:
    site_features = [blind.site_feature for blind in chain.from_iterable(maps)]
    return np.mean(site_features, axis=0) if site_features else np.full_like(like.site_feature, np.nan)


def _compared(trained: Sequence[SiteMaps], blind: Sequence[Sequence[SiteMaps]]) -> np.ndarray:
    """(K,) rank correlation of each model's map of sites with each of its blind ones."""
    correlations = []
    for maps, blind_maps in zip(trained, blind, strict=True):
        correlations += [correlation(maps.by_site, other.by_site) for other in blind_maps]
    return np.array(correlations)


def _agreement(maps: Sequence[SiteMaps]) -> float | None:
    """Mean rank correlation over all pairs of trainings; None for a single one, or where maps tell nothing apart."""
    pairs = [correlation(a.by_site, b.by_site) for a, b in combinations(maps, 2)]
    return float(np.mean(pairs)) if pairs and np.isfinite(pairs).all() else None


def _mean_curves(curves: Sequence[Curves]) -> Curves:
    return Curves(**{name: np.mean([getattr(each, name) for each in curves], axis=0) for name in vars(curves[0])})


def _score(study: ExplanationStudy, folds: Sequence[ExplainedFold]) -> TestScore:
    """The models' score on the explained windows, as a benchmark of them would say."""
    report = report_of(study.plan, [fold.outcome for fold in folds])
    row = compare(report).rows[0]
    return TestScore(
        metric=report.metric,
        value=row.score.metrics[report.metric],
        chance=row.verdict.bar if row.verdict.opponent else None,
        interval=row.score.interval,
        subjects=row.verdict.units,
        verdict=row.verdict,
    )


def _finished(study: ExplanationStudy) -> Explained:
    assert study.folder is not None
    explained = Explained.read(study.folder)
    if explained.config != study.config:
        raise InputError(study.folder, "another explanation", "an empty folder, or this one's own", "name another one")
    return explained


@dataclass(frozen=True, eq=False)
class ExplainedTrainings:
    """The trainings of a study, each with its explanation (see ``Trainer``)."""

    study: ExplanationStudy

    @property
    def title(self) -> str:
        """Words for the progress bar: the work, and its model."""
        return f"explaining {self.study.plan.name}"

    @property
    def keys(self) -> Sequence[Key]:
        """Every fold with every seed."""
        return list(product(range(len(self.study.plan.folds)), range(self.study.seeds)))

    def train(self, fold: int, seed: int) -> ExplainedFold:
        """The explained test part of one training."""
        return explain_fold(self.study.plan, fold, seed, self.study.settings)

    def write(self, result: ExplainedFold, file: Path) -> None:
        """Publish the result of one training."""
        write_fold(result, file, self.study.config)

    def read(self, file: Path) -> ExplainedFold | None:
        """The published result; None where there is none of this study."""
        return read_fold(file, self.study.config)
