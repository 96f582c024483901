"""A benchmark before it runs: its folds, checked, and the trainings they come to."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from ... import NUMBERS_SINCE
from ...models import Learner, make_learner
from ...preprocessing import AnyWindows, Cache, ClassedCache, Windows
from ...preprocessing.steps.recipe import stream_name
from ...signals import InputError, RatedClasses, Task
from ...signals.stored_json import digest_of
from ..scores.label_check import LabelCheck, constant_notes
from ..scores.label_sums import LabelSums, TrainingLabels, training_labels
from ..splits.fold import Fold
from ..splits.inner_folds import inner_validation
from ..splits.leak_guard import find_leaks, leak_of
from ..splits.rated_folds import RatedFolds
from ..splits.splits import Columns, Split
from .controls import CONTROLS
from .protocol import Protocol


@dataclass(frozen=True)
class Parts:
    """Windows of one fold; ``valid`` is None where the epoch is fixed."""

    train: AnyWindows
    valid: AnyWindows | None
    test: AnyWindows


@dataclass(frozen=True, eq=False)
class FoldPlan:
    """The trainings of one model under one protocol, before they run.

    Args:
        cache: The data.
        model: As ``make_learner`` takes it, or a learner that is made already.
        protocol: The rules.
        split: Which trials, or windows, train and test.
    """

    cache: Cache
    model: Any
    protocol: Protocol
    split: Split

    @cached_property
    def name(self) -> str:
        """The name of the model in tables."""
        return self.untrained.name

    @cached_property
    def folds(self) -> list[Fold]:
        """The folds of the split."""
        return self.split(self.columns)

    @property
    def columns(self) -> Columns:
        """The rows that the split divides."""
        return self.seen.columns if self._divided is None else self._divided.columns

    @cached_property
    def seen(self) -> Cache:
        """The cache with the protocol's classes; missing where each fold has its own."""
        if self.cache.classes:
            found, do = f"a cache seen with {self.cache.classes!r}", "give the cache and the rule: classes=..."
            raise InputError("benchmark", found, "classes made fold by fold", do)
        if not self.protocol.classes:
            return self.cache
        rule = RatedClasses.read(self.protocol.classes)
        return ClassedCache(self.cache, rule, rule.thresholds(self.cache.task))

    @cached_property
    def rated(self) -> RatedFolds | None:
        """The rule by which categories follow from ratings; None where they are the data's own."""
        if not isinstance(self.seen, ClassedCache):
            return None
        training = [fold.train for fold in self.folds]
        if self._divided is not None:  # the rows are windows: thresholds are those of the trials they belong to
            training = [np.unique(self._divided.trials[rows]) for rows in training]
        return RatedFolds(self.cache, self.seen.rule, training)

    @property
    def task(self) -> Task:
        """The parts of the cache's task that are predicted and scored."""
        return self.seen.task.only(self.protocol.training.predicts)

    @property
    def config(self) -> dict[str, Any]:
        """Everything that decides the numbers: equal configurations give equal numbers."""
        return {
            "model": self.name,
            "protocol": self.protocol.to_json(),
            "cache": self.cache.index.digest,
            "emoscan": NUMBERS_SINCE,
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the configuration."""
        return digest_of(self.config)

    def learner(self) -> Learner:
        """A new learner, to be trained."""
        return deepcopy(self.untrained)

    @cached_property
    def untrained(self) -> Learner:
        """The learner that nobody trains: it knows the model's name, and what it reads."""
        if isinstance(self.model, Learner):
            return self.model
        return make_learner(self.model, scaling=self.protocol.scaling, **vars(self.protocol.training))

    def parts(self, fold: Fold, selection: str) -> Parts:
        """The windows of one fold for one way of choosing the epoch."""
        seen = self.seen_by(fold)  # of the outer fold: its classes are those of all that trains
        divided = self.inner(fold) if selection == "inner" else fold
        train = self._windows(seen, divided.train, self.protocol.train_stride)
        valid = self._windows(seen, divided.valid, self.protocol.window) if len(divided.valid) else None
        return Parts(train, valid, self.test(fold))

    def test(self, fold: Fold) -> AnyWindows:
        """The disjoint test windows of a fold."""
        return self._windows(self.seen_by(fold), fold.test, self.protocol.window)

    def inner(self, fold: Fold) -> Fold:
        """The fold with a validation part inside its training part; the same for every seed."""
        seen, columns = self.seen_by(fold), self.columns
        if seen is not self.seen:
            columns = {**columns, "category": seen.category}
        return inner_validation(fold, columns, self.split)

    def seen_by(self, fold: Fold) -> Cache:
        """The cache with the classes of one of ``folds``, whose thresholds are those of its training part."""
        rated = self.rated
        return rated.seen(self.folds.index(fold)) if rated and rated.rule.learns else self.seen

    def check(self) -> None:
        """Refuse a plan that leaks or would measure nothing, before anything is trained.

        Raises:
            LeakError: A fold leaks and the protocol does not allow it.
            InputError: A setting would have no effect, or a fold has nothing to score.
        """
        assert self._checked

    @cached_property
    def _checked(self) -> bool:
        self._check_settings()
        leaks = find_leaks(self.folds, self.columns, self.split, self._divided)
        if self.split.leaky and not leaks:  # as where a trial is one window: still no protocol for a table
            leaks = [leak_of(f"{self.split!r}", "a split that leaks by design")]
        if leaks and not self.protocol.leaky:
            raise leaks[0]
        if self.protocol.leaky and not leaks:
            found = f"--i-know-this-leaks, but {self.split!r} does not leak"
            raise InputError("benchmark", found, "a leaky split", "leave the flag away")
        self.labels.refuse()
        if "inner" in self.protocol.selections:
            self._check_inner()
        self._check_learner()
        return True

    def _check_inner(self) -> None:
        inner = [self.inner(fold) for fold in self.folds]
        for leak in find_leaks(inner, self.columns, self.split):
            raise leak
        named = [replace(fold, name=f"{fold.name}, inner validation", test=fold.valid) for fold in inner]
        replace(self.labels, folds=named).refuse()

    @cached_property
    def labels(self) -> LabelCheck:
        """The labels on both sides of every fold, as windows are cut there."""
        return LabelCheck(
            task=self.task,
            folds=self.folds,
            train=self._label_sums(self.protocol.train_stride),
            test=self._label_sums(self.protocol.window),
            subject=np.asarray(self.columns["subject"]),
            names_subjects=self.cache.names_subjects,
            rules=self.rated.of_fold if self.rated else (),
        )

    def label_notes(self) -> tuple[str, ...]:
        """Notes on the labels for a reader."""
        windows, row, _ = self._rows(self.protocol.train_stride)
        notes = [*self.labels.notes(), *(self.rated.notes() if self.rated else ())]
        for names, values in ((self.task.dimensions, windows.dimensions), (self.task.units, windows.units)):
            if names:
                notes += constant_notes(names, values, row, self.folds)
        return tuple(notes)

    @cached_property
    def training_labels(self) -> TrainingLabels:
        """The labels of each training part."""
        sides, known = [(fold.train, fold.test) for fold in self.folds], self.cache.names_subjects
        return training_labels(self.labels.train, sides, self.labels.subject, known)

    def _label_sums(self, stride: int) -> list[LabelSums]:
        """For each fold the labels of the windows of each row that the split divides; one object where they agree."""
        windows, rows, n = self._rows(stride)
        ratings, units = windows.dimensions, windows.units

        def sums(category: np.ndarray) -> LabelSums:
            return LabelSums.of(self.task, category, dimensions=ratings, units=units, row=rows, n=n)

        if self.rated is None:
            return [sums(windows.category)] * len(self.folds)
        sums_of = {at: sums(self.rated.category(ratings, at)) for at in set(self.rated.thresholds)}
        return [sums_of[at] for at in self.rated.thresholds]

    def _rows(self, stride: int) -> tuple[AnyWindows, np.ndarray, int]:
        """All windows, for each the row that the split divides, and the number of rows."""
        if self._divided is not None:
            return self._divided, np.arange(len(self._divided)), len(self._divided)
        windows = self._cut(self.seen, stride, None)
        return windows, windows.trials, len(self.cache)

    @cached_property
    def _divided(self) -> AnyWindows | None:
        """The disjoint windows that a split of windows divides."""
        window = self.protocol.window
        return self._cut(self.seen, window, None) if self.by_window else None

    @property
    def by_window(self) -> bool:
        """Whether the split divides windows."""
        return self.split.level == "window"

    def _windows(self, cache: Cache, rows: np.ndarray, stride: int) -> AnyWindows:
        if self._divided is None:
            return self._cut(cache, stride, rows)
        if cache is self.seen:
            return self._divided.take(rows)
        return self._cut(cache, self.protocol.window, None).take(rows)

    def _cut(self, cache: Cache, stride: int, trials: np.ndarray | None) -> AnyWindows:
        return cut_windows(cache, self.protocol.series, self.protocol.window, stride, trials)

    def _check_settings(self) -> None:
        for name in self.protocol.controls:
            control = CONTROLS.build(name)
            if control.modality not in self.protocol.series or len(self.protocol.series) < 2:
                found = f"series {self.protocol.modality}"
                raise InputError(f"control {name}", found, f"{control.modality} and another one", "leave it away")
        no_epochs = not self.untrained.trains_by_epoch
        if no_epochs and (self.protocol.selection != "fixed" or self.protocol.oracle):
            found = f"selection {self.protocol.selection!r}, oracle {self.protocol.oracle}"
            raise InputError(f"model {self.name}", f"{found}, but no epochs", "fixed, no oracle", "leave them away")

    def _check_learner(self) -> None:
        """That the model reads the series, and that each training part can teach it."""
        learner = self.untrained
        windows = self._divided or self._cut(self.seen, self.protocol.train_stride, None)
        learner.check_series(windows)
        windows, rule_learns = _with_truths(windows), self.rated is not None and self.rated.rule.learns
        for fold, selection in product(self.folds, self.protocol.selections):
            rows = (self.inner(fold) if selection == "inner" else fold).train
            if rule_learns:  # every fold has classes of its own
                train = self._windows(self.seen_by(fold), rows, self.protocol.train_stride)
            else:
                train = windows.take(rows if self.by_window else np.flatnonzero(np.isin(windows.trials, rows)))
            try:
                learner.check_truth(train, range(self.protocol.seeds))
            except InputError as error:
                where = f"fold {fold.name!r}, {error.where}"
                raise InputError(where, error.found, error.wanted, error.do) from error


def _with_truths(windows: AnyWindows) -> AnyWindows:
    """The same windows with their truths read once, not again for each fold that takes some of them."""
    if not isinstance(windows, Windows):
        return windows
    return replace(windows, truth={name: getattr(windows, name) for name in ("category", "dimensions", "units")})


def default_series(cache: Cache, model: Learner) -> str:
    """The series that a model reads by default, as one would type it.

    Networks of samples read the samples of the highest rate, whatever they are called; others the first features, and
    joins those of each stream. Where there are samples only, all read them.

    Raises:
        InputError: The cache holds no such series.
    """
    if model.reads_several:
        return "+".join(_series_of_streams(cache, model))
    fitting = cache.sample_series if model.reads_samples else cache.feature_series
    if not fitting:
        found = ", ".join(f"{name} ({cache.kind(name)})" for name in cache.modalities)
        wanted = f"for {model.name} a series of samples, as in eeg-raw: [Resample(128.0), RawSlices()]"
        do = "preprocess one, or name the series with --modality"
        raise InputError(cache.path, f"series {found}, none of samples", wanted, do)
    return fitting[0]


def cut_windows(
    cache: Cache, series: Sequence[str], window: int, stride: int, trials: np.ndarray | None = None
) -> AnyWindows:
    """Windows of one series, or of several by their clock."""
    if len(series) > 1:
        return cache.joint_windows(window, stride, trials, series)
    return cache.windows(window, stride, trials, series[0])


def _series_of_streams(cache: Cache, model: Learner) -> tuple[str, ...]:
    first = series_of_streams(cache)
    if len(first) < 2:
        found = f"series {', '.join(cache.modalities)}"
        raise InputError(cache.path, found, f"for {model.name} two modalities", "make a cache of both")
    equal = series_of_streams(cache, equal_slices=True) if model.equal_slices else first
    return equal if len(equal) == len(first) else first


def series_of_streams(cache: Cache, *, equal_slices: bool = False) -> tuple[str, ...]:
    """The first series of features of each stream, in the order of their names.

    Args:
        cache: Where they are.
        equal_slices: Of each stream the first whose slices are as long as the longest of those; none where none is.
    """
    known = cache.feature_series
    first = {stream_name(name): name for name in reversed(known)}
    if equal_slices and first:
        longest = max(map(cache.duration, first.values()))
        fitting = (name for name in reversed(known) if abs(cache.duration(name) - longest) < 1e-6)
        first = {stream_name(name): name for name in fitting}
    return tuple(sorted(first.values()))
