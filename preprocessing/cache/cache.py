"""Volumes on disk, read like a sequence, and the same seen with classes that follow from ratings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...signals import MISSING_CATEGORY, CacheCorrupt, InputError, Layout, RatedClasses, Task
from ...signals.trials.volume import SeriesKind
from ..cache_files.cache_file import CacheFile
from ..cache_files.repeated import Repeated
from ..cache_files.slices import Slices
from .array_truth import ArrayTruth
from .arrays import Arrays, publish_arrays
from .from_memory import AS_ARGUMENTS, FromMemory, for_programs
from .joint_windows import JointWindows, cut_joint
from .windows import Windows, cut


class Cache(FromMemory):
    """A folder of volumes: ``cache[i]`` is trial i as ``{series: Volume}``, its ``x`` a read-only view of the file.

    A series that was not recorded in a trial is missing there.

    Files are opened when needed, verified, and mapped into memory; a cache may be pickled and used after a fork.
    Columns are arrays over the trials: ``subject``, ``session``, ``stimulus``, ``part`` (str), ``trial`` and
    ``category`` (int, -1 where the category is missing or changes within the trial), ``learned`` (bool: a network that
    made its features was trained on it), ``samples`` (int, the first trial that holds the same samples: equal numbers
    are one recording under two names). ``columns`` has them by name, and behind them what else the lab noted about its
    trials, such as ``columns["age"]``.

    Args:
        path: The folder that ``preprocess`` or ``emo-preprocess run`` made.
        index: The content of its ``cache.json``, where it is at hand; else it is read.

    Raises:
        InputError: No finished cache is there, or it is empty.
        CacheCorrupt: Its bytes changed. Also raised later, by whatever first reads a file.
    """

    def __reduce__(self) -> tuple[Callable[..., "Cache"], tuple[Any, ...]]:
        return _reopened, (self.path, self.index.digest)

    def classed(self, rule: RatedClasses | str, trials: Sequence[int] | np.ndarray | None = None) -> "ClassedCache":
        """The same cache, seen with categories that a rule derives from its ratings; they replace those it has.

        Args:
            rule: As one writes it (``"valence > 5"``, ``"valence > median"``, ``"quadrants"``), or a ``RatedClasses``.
            trials: Indices of the trials whose median a rule takes: those that train, never those that are tested.

        Raises:
            InputError: It is no rule, the task lacks such a rating, every rating is on one side of a threshold, or
                the rule takes a median and ``trials`` is missing.
        """
        classes = RatedClasses.read(rule) if isinstance(rule, str) else rule
        classes.check(self.task)
        if classes.learns and trials is None:
            wanted = "the trials that train: a median of those that are tested as well is a leak"
            raise InputError(f"classes {classes.written!r}", "no trials to take the median of", wanted, "name them")
        ratings = (self.ratings[int(trial)] for trial in self.chosen(trials))
        return ClassedCache(self, classes, classes.thresholds(self.task, ratings))

    def windows(
        self, length: int, stride: int, trials: Sequence[int] | np.ndarray | None = None, modality: str = "eeg"
    ) -> Windows:
        """Windows of ``length`` slices, a new one every ``stride`` slices, never across a trial's edge.

        Windows with an invalid slice, or one that is not where it should be in time (a gap lies between), are left out
        and counted; a trial shorter than a window has none.

        Args:
            length, stride: Slices.
            trials: Indices of trials; None for all.
            modality: The series to cut.

        Raises:
            InputError: A number is not positive, a trial does not exist, or not one window can be cut.
        """
        self.facts(modality)
        return cut(self, modality, length, stride, self.chosen(trials))

    def joint_windows(
        self, length: int, stride: int, trials: Sequence[int] | np.ndarray | None = None, modalities: Sequence[str] = ()
    ) -> JointWindows:
        """Windows of equal time of several series, cut by the session clock; each series keeps its rate.

        A slice that a series lacks at its time is masked; a window in which no series has a valid slice is left out and
        counted. All windows lie within what was recorded of the trial by any of the series.

        Args:
            length, stride: Slices of the series whose slices are longest; the others have as many as fit in that time.
            trials: Indices of trials; None for all.
            modalities: The series; left out, all that hold no samples (``feature_series``).

        Raises:
            InputError: A number is not positive, a series or trial does not exist, or not one window can be cut.
        """
        return cut_joint(self, tuple(modalities) or self.feature_series, length, stride, self.chosen(trials))

    @classmethod
    def from_arrays(
        cls,
        path: str | Path,
        x: Sequence[np.ndarray],
        *,
        layout: Layout,
        task: Task,
        subject: Sequence[Any],
        category: Sequence[Any] | None = None,
        dimensions: Sequence[Any] | None = None,
        units: Sequence[Any] | None = None,
        session: Sequence[Any] | None = None,
        trial: Sequence[int] | None = None,
        stimulus: Sequence[Any] | None = None,
        part: Sequence[Any] | None = None,
        times: Sequence[np.ndarray] | None = None,
        valid: Sequence[np.ndarray] | None = None,
        duration: float = 1.0,
        features: Sequence[str] | None = None,
        modality: str = "eeg",
        kind: SeriesKind | None = None,
        dataset: str = "arrays",
        simulated: bool = False,
        names_subjects: bool = True,
        columns: Mapping[str, Sequence[Any] | np.ndarray] | None = None,
        repeated: Repeated | None = "keep",
    ) -> "Cache":
        """A cache from arrays that a lab has already.

        Trials of one recording are stored together, so where recordings alternate the order of trials changes.

        Args:
            path: The folder to make.
            x: For each of n trials (T, S, F); where sites are pixels uint8 images (T, height, width), or the patches of
                such that a volume's ``x`` has; T may differ.
            layout: The S sites.
            task: What is predicted; ``Task.ranges`` are those of the ratings, -1 to 1 when left out.
            subject, session: (n,) whose they are; one session when left out.
            category: (n,) names in ``task.categories`` or indices into them, -1 for missing; or for each trial (T,) of
                them, one a slice; or ``Target`` objects, which hold all three kinds of truth.
            dimensions: (n, D) ratings in the units of ``task.ranges``, NaN for missing; or for each trial (T, D).
            units: (n, U) action units, 0 to 1, NaN for missing; or for each trial (T, U).
            trial: (n,) place in the session; counted when left out.
            stimulus: (n,) what was shown; taken as the trial's number when left out.
            part: (n,) official parts, such as ``"train"``.
            times: For each trial (T,) seconds on the session clock where its slices begin; counted from 0 when left
                out.
            valid: For each trial (T,) whether a slice may be trusted; all may when left out.
            duration: Seconds that a slice covers.
            features: F names.
            kind: ``"samples"`` where the F features are samples of a signal, as networks such as EEGNet read them; left
                out, they are features, or pixels where sites are.
            modality, dataset, simulated: What the cache calls its series, its origin, and whether it was simulated.
            names_subjects: False where nobody noted who is who.
            columns: (n,) what else is known about each trial, by column: age, site, block.
            repeated: The treatment of trials that share samples with an earlier one: "keep" (no split may part them),
                "refuse" or "leave-out".

        Raises:
            InputError: Lengths or shapes disagree, a trial occurs twice, a valid slice is not finite, a label is not
                of the task, a rating or unit outside its range, there is no truth at all, or two trials share samples
                and may not; names the trial.
        """
        arrays = Arrays(
            x=x,
            layout=layout,
            truth=ArrayTruth(task, category, dimensions, units),
            subject=subject,
            session=session,
            trial=trial,
            stimulus=stimulus,
            part=part,
            times=times,
            valid=valid,
            duration=duration,
            features=features,
            modality=modality,
            kind=kind,
            dataset=dataset,
            simulated=simulated,
            names_subjects=names_subjects,
            columns=columns or {},
        )
        try:
            publish_arrays(Path(path), arrays, repeated)
        except InputError as error:
            raise for_programs(error, AS_ARGUMENTS) from error
        return cls(path)


class ClassedCache(Cache):
    """A cache seen with categories that a rule derives from its ratings (``Cache.classed``).

    Its files are those of the cache; trials, windows and columns are the same in all but ``category``.

    Args:
        cache: What is looked at.
        rule: Makes categories of ratings.
        thresholds: One for each cut of the rule; where one is NaN, every category is missing.
    """

    def __init__(self, cache: Cache, rule: RatedClasses, thresholds: tuple[float, ...]) -> None:
        vars(self).update({name: value for name, value in vars(cache).items() if name != "category"})
        self._cache, self.rule, self.thresholds = cache, rule, thresholds
        self._task = rule.task(cache.task)
        self._classed: dict[int, CacheFile] = {}
        self._slices = {}

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, classes {self.classes})"

    def __reduce__(self) -> tuple[Callable[..., Cache], tuple[Any, ...]]:
        return ClassedCache, (self._cache, self.rule, self.thresholds)

    @property
    def task(self) -> Task:
        """The task: the categories of the rule, and all but the categories of the cache."""
        return self._task

    @property
    def classes(self) -> str:
        """The rule with numbers for thresholds."""
        return self.rule.at(self.thresholds).written

    @property
    def ratings(self) -> tuple[np.ndarray, ...]:
        """The ratings of the cache."""
        return self._cache.ratings

    @cached_property
    def category(self) -> np.ndarray:  # type: ignore[override]  # computed at first use
        """(trials,) the category of each trial, -1 where it is missing or changes within the trial."""
        # The rule sees all rows at once, and its answers are then taken apart by trial: no loop over trials.
        lengths = [len(ratings) for ratings in self.ratings]
        by_row = self._category(np.concatenate(self.ratings))
        first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        least, most = np.minimum.reduceat(by_row, first), np.maximum.reduceat(by_row, first)
        return np.where(least == most, least, MISSING_CATEGORY).astype(int)

    def slices(self, modality: str) -> Slices:
        """The clock, validity and truth of all slices of a series, with the categories of the rule."""
        if modality not in self._slices:
            slices = self._cache.slices(modality)
            self._slices[modality] = replace(slices, category=self._category(slices.dimensions))
        return self._slices[modality]

    def file(self, number: int) -> CacheFile:
        """The opened file of that number, with the categories of the rule."""
        if number not in self._classed:
            opened = self._cache.file(number)
            classed = {}
            for name, series in opened.series.items():
                classed[name] = replace(series, category=self._category(series.dimensions))
            self._classed[number] = replace(opened, series=classed)
        return self._classed[number]

    def _category(self, ratings: np.ndarray) -> np.ndarray:
        return self.rule.category(self.task, ratings, self.thresholds)


def _reopened(path: Path, digest: str) -> Cache:
    cache = Cache(path)
    if cache.index.digest != digest:
        raise CacheCorrupt(path, "a cache rebuilt since it was opened", "the same one", "open it again")
    return cache
