"""What a model looks at in windows held out from its training, and all the checks of it, over folds and seeds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
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
from ...runs.benchmark_run import report_of, with_classes
from ...runs.fold_plan import FoldPlan, default_series
from ...runs.kept_trainings import KeptTrainings, Key
from ...runs.protocol import Protocol, digest_of
from ...splits.splits import SPLITS, Split
from ...tables.comparison import compare
from .explained import EXPLAINED, Explained, ExplainedSeries, TestScore
from .explained_fold import ExplainedFold, explain_fold, read_fold, write_fold
from .maps_of_sites import SiteMaps


@dataclass(frozen=True)
class ExplanationStudy:
    """What is explained, and how. Each model explains the windows of its own fold's test part, and no others.

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
        folder: Finished trainings are kept here, and in the end the result; None keeps nothing.
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
        """What is predicted."""
        return self.plan.task

    @cached_property
    def plan(self) -> FoldPlan:
        """The folds, and the rules under which they are trained and tested."""
        chosen = SPLITS.build(self.split) if isinstance(self.split, str) else self.split
        protocol = Protocol(
            split=repr(chosen),
            words=chosen.words,
            leaky=False,
            modality=self.modality or default_series(self.cache, make_learner(self.model)),
            window=self.window,
            train_stride=self.train_stride,
            scaling=self.scaling,
            seeds=self.seeds,
            training=self.training,
        )
        return FoldPlan(self.cache, self.model, with_classes(protocol, self.classes), chosen)

    @property
    def asked(self) -> str:
        """The target that ``explain`` is asked about."""
        return CATEGORY if self.method in OF_THE_MODEL else self.target or default_target(self.task)

    @cached_property
    def config(self) -> str:
        """Digest of all that decides the numbers."""
        own = {
            "method": self.method,
            "target": self.asked,
            "untrained": self.untrained,
            "shuffled": self.shuffled,
            "most": self.most,
        }
        return digest_of({**self.plan.config, **own})

    def run(self) -> Explained:
        """Train every fold with every seed, explain its test part, and check; a killed run goes on where it was.

        Raises:
            LeakError: A test trial, or its group, stands in the training part too.
            InputError: A fold has nothing to explain, the model lacks what the method reads, or ``folder`` holds
                another explanation.
        """
        self.plan.check()
        if self.folder is not None and (self.folder / EXPLAINED).exists():
            return _finished(self)
        trainings = KeptTrainings(self.folder)
        found = explained_of(self, trainings.results(ExplainedTrainings(self), Workers(self.jobs)))
        if self.folder is not None:
            found.write(self.folder)
            trainings.clear()
        return found


def explained_of(study: ExplanationStudy, folds: Sequence[ExplainedFold]) -> Explained:
    """All folds and seeds of a study as one result."""
    score = _score(study, folds)
    names = tuple(folds[0].own)
    cache = study.cache
    return Explained(
        model=study.plan.name,
        dataset=cache.dataset,
        simulated=cache.simulated,
        protocol=study.plan.protocol.words,
        method=study.method,
        target="any" if study.method in OF_THE_MODEL else study.asked,
        n_windows=sum(min(len(fold.outcome.predictions), study.most) for fold in folds) // study.seeds,
        n_models=len(folds),
        score=score,
        series={name: _series(study, name, folds) for name in names},
        curves=_mean_curves([fold.curves for fold in folds]),
        config=study.config,
    )


def _series(study: ExplanationStudy, name: str, folds: Sequence[ExplainedFold]) -> ExplainedSeries:
    own = [fold.own[name] for fold in folds]
    mean = SiteMaps.mean(own)
    rest = [[[blind[name] for blind in kind] for kind in (fold.untrained, fold.shuffled)] for fold in folds]
    untrained, shuffled = ([kinds[i] for kinds in rest] for i in (0, 1))
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
        randomised=_compared(own, untrained),
        label_randomised=_compared(own, shuffled),
        agreement=_agreement(own),
    )


def _blind_map(maps: Sequence[Sequence[SiteMaps]], like: SiteMaps) -> np.ndarray:
    every = [blind.site_feature for own in maps for blind in own]
    return np.mean(every, axis=0) if every else np.full_like(like.site_feature, np.nan)


def _compared(own: Sequence[SiteMaps], blind: Sequence[Sequence[SiteMaps]]) -> np.ndarray:
    """(K,) rank correlation of each model's map of sites with each of its blind ones."""
    return np.array(
        [correlation(one.by_site, other.by_site) for one, others in zip(own, blind, strict=True) for other in others]
    )


def _agreement(maps: Sequence[SiteMaps]) -> float | None:
    """Mean rank correlation over all pairs of trainings; None for a single one, or where maps tell nothing apart."""
    pairs = [correlation(a.by_site, b.by_site) for a, b in combinations(maps, 2)]
    return float(np.mean(pairs)) if pairs and np.isfinite(pairs).all() else None


def _mean_curves(curves: Sequence[Curves]) -> Curves:
    return Curves(*(np.mean(own, axis=0) for own in zip(*(vars(one).values() for one in curves), strict=True)))


def _score(study: ExplanationStudy, folds: Sequence[ExplainedFold]) -> TestScore:
    """The models' score on the explained windows, as a benchmark of them would say."""
    report = report_of(study.plan, [fold.outcome for fold in folds])
    row = compare(report).rows[0]
    bar = row.verdict.bar if row.verdict.opponent else None
    value = row.score.metrics[report.metric]
    return TestScore(
        metric=report.metric,
        value=value,
        chance=bar,
        interval=row.score.interval,
        subjects=row.verdict.units,
        verdict=row.verdict,
    )


def _finished(study: ExplanationStudy) -> Explained:
    assert study.folder is not None
    found = Explained.read(study.folder)
    if found.config != study.config:
        raise InputError(study.folder, "another explanation", "an empty folder, or this one's own", "name another one")
    return found


@dataclass(frozen=True, eq=False)
class ExplainedTrainings:
    """The trainings of a study, each with what it looked at (see ``Trainer``)."""

    study: ExplanationStudy

    @property
    def title(self) -> str:
        """What is done, and to which model."""
        return f"explaining {self.study.plan.name}"

    @property
    def keys(self) -> Sequence[Key]:
        """Every fold with every seed."""
        return [(fold, seed) for fold in range(len(self.study.plan.folds)) for seed in range(self.study.seeds)]

    def train(self, fold: int, seed: int) -> ExplainedFold:
        """What one training looked at."""
        return explain_fold(
            plan=self.study.plan,
            number=fold,
            seed=seed,
            method=self.study.method,
            target=self.study.asked,
            n_untrained=self.study.untrained,
            n_shuffled=self.study.shuffled,
            most=self.study.most,
        )

    def write(self, result: ExplainedFold, folder: Path, fold: int, seed: int) -> None:
        """Publish what was found."""
        write_fold(result, folder, fold, seed, self.study.config)

    def read(self, folder: Path, fold: int, seed: int) -> ExplainedFold | None:
        """What was published; None where there is none of this study."""
        return read_fold(folder, fold, seed, self.study.config)
