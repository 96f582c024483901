"""Sums of each person, and the scores that follow from them: of all together, of one alone, of any resample.

A score is a function of sums over all tested windows of all folds of one training seed, averaged over seeds. So every
person enters with all windows of theirs, a class that somebody lacks changes nothing for others, and resampling or
exchanging people is a matter of adding rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...signals import Task
from .metrics import SCORES, balanced_accuracy, category_sums, part_of, rating_sums, trial_sums, unit_sums
from .predictions import Predictions

PEOPLE, SESSIONS, TRIALS = "people", "sessions", "trials"
"""Units that intervals and tests may draw: the first of these of which there are several."""

ONE_OF = {PEOPLE: "person", SESSIONS: "session", TRIALS: "trial"}
"""The word for one of them."""


@dataclass(frozen=True, eq=False)
class DrawnUnits:
    """The units that intervals and tests draw.

    Attributes:
        kind: ``people``; ``sessions`` (such as videos) where nobody is named or there is one person only; else
            ``trials``.
        names: (n,) of each.
        of_trial: (trials of the cache,) the number of a trial's unit; -1 where it was not tested.
    """

    kind: str
    names: tuple[str, ...]
    of_trial: np.ndarray

    @classmethod
    def of(cls, columns: Mapping[str, np.ndarray], tested: np.ndarray, names_subjects: bool) -> "DrawnUnits":
        """The units of the ``tested`` trials of a cache with these columns."""
        subject, session, trial = (np.asarray(columns[name]).astype(str) for name in ("subject", "session", "trial"))
        people = subject[tested]
        keys = {PEOPLE: [people], SESSIONS: [people, session[tested]], TRIALS: [people, session[tested], trial[tested]]}
        for kind, columns_of in keys.items():
            names, code = _coded(columns_of)
            if kind == TRIALS or (len(names) > 1 and (names_subjects or kind != PEOPLE)):
                break
        of_trial = np.full(len(subject), -1)
        of_trial[tested] = code
        return cls(kind, names, of_trial)

    @property
    def one(self) -> str:
        """The word for one of them."""
        return ONE_OF[self.kind]


@dataclass(frozen=True, eq=False)
class Tally:
    """The sums of n units under K training seeds.

    Attributes:
        task: That is scored.
        units: The rows.
        sums: By part of the task (see ``metrics.part_of``), (n, K, sums, names).
    """

    task: Task
    units: DrawnUnits
    sums: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, task: Task, windows: Predictions, units: DrawnUnits) -> "Tally":
        """The tally of predictions for windows, under one way of choosing the epoch."""
        seeds, seed = np.unique(windows.seed, return_inverse=True)
        n, k = len(units.names), len(seeds)
        row = units.of_trial[windows.trial] * k + seed
        sums: dict[str, np.ndarray] = {}
        if task.categories and windows.probability.shape[1]:
            sums["categories"] = category_sums(windows.category, windows.probability, row, n * k)
            sums["trials"] = _trials(windows, units, k)
        if task.dimensions and windows.dimensions.shape[1]:
            middle = task.middles
            sums["dimensions"] = rating_sums(windows.true_dimensions, windows.dimensions, row, n * k, middle)
        if task.units and windows.units.shape[1]:
            sums["units"] = unit_sums(windows.true_units, windows.units, row, n * k)
        return cls(task, units, {part: rows.reshape(n, k, *rows.shape[1:]) for part, rows in sums.items()})

    @cached_property
    def scores(self) -> dict[str, float]:
        """Every metric that has a truth, over all units, averaged over seeds."""
        scores: dict[str, float] = {}
        for part in self.sums:
            for metric, of_seeds in self._scores(part, self.total(part)).items():
                if not np.isnan(mean := float(np.mean(of_seeds))):
                    scores[metric] = mean
        return scores

    @cached_property
    def each(self) -> dict[str, dict[str, float]]:
        """``each[unit][metric]``: every metric over a unit's own windows, averaged over seeds, where it has a truth."""
        each: dict[str, dict[str, float]] = {name: {} for name in self.units.names}
        for part, sums in self.sums.items():
            for metric, values in self._scores(part, sums).items():
                for name, value in zip(self.units.names, values.mean(axis=1), strict=True):
                    if not np.isnan(value):
                        each[name][metric] = float(value)
        return {name: metrics for name, metrics in each.items() if metrics}

    def total(self, part: str) -> np.ndarray:
        """(K, sums, names) over all units."""
        return np.asarray(self.sums[part].sum(axis=0))

    def score(self, metric: str, total: np.ndarray) -> np.ndarray:
        """A metric of totals (..., K, sums, names) of its part, averaged over seeds: (...)."""
        if metric == "balanced_accuracy":  # alone: the others would cost four times as much
            return np.asarray(balanced_accuracy(total).mean(axis=-1))
        return np.asarray(self._scores(part_of(metric), total)[metric].mean(axis=-1))

    def of_metric(self, metric: str) -> np.ndarray:
        """(m, K, sums, names): the sums that a metric follows from, of the m units that have some truth for it."""
        return np.asarray(self.sums[part_of(metric)][self.counted(metric)])

    def counted(self, metric: str) -> np.ndarray:
        """(n,) whether a unit has any truth for a metric."""
        return np.asarray(self.windows(metric) > 0)

    def windows(self, metric: str) -> np.ndarray:
        """(n,) number of truths for a metric that a unit has, under one seed."""
        part = part_of(metric)
        first = self.sums[part][:, 0]
        if part == "trials":
            return np.asarray(first[:, 0])
        windows = first[:, -1] if part == "units" else first[:, 0]  # where ``UNIT_SUMS`` has them, and the others
        return np.asarray(windows.sum(axis=-1))

    @cached_property
    def occurs(self) -> np.ndarray:
        """(C,) whether a category occurs among the tested windows."""
        return np.asarray(self.sums["categories"][:, 0, 0].sum(axis=0) > 0)

    def weights(self, metric: str) -> np.ndarray:
        """(n,) share of a metric that is decided by each unit: its windows, every category weighing the same.

        Kish's effective number of units is one over the sum of their squares.
        """
        if metric not in ("balanced_accuracy", "macro_f1"):
            n = self.windows(metric)
            return np.asarray(n / max(n.sum(), 1))
        n = self.sums["categories"][:, 0, 0][:, self.occurs]
        return np.asarray((n / n.sum(axis=0)).mean(axis=1))

    def _scores(self, part: str, total: np.ndarray) -> Mapping[str, np.ndarray]:
        return SCORES[part](total, getattr(self.task, part, ()))


def task_metrics(task: Task, windows: Predictions) -> dict[str, float]:
    """Every metric of a task by name over all of ``windows``, which are of one training."""
    trials = np.unique(windows.trial)
    of_trial = np.full(int(trials.max(initial=0)) + 1, -1)
    of_trial[trials] = 0
    return Tally.of(task, windows, DrawnUnits(TRIALS, ("all",), of_trial)).scores


def _trials(windows: Predictions, units: DrawnUnits, k: int) -> np.ndarray:
    """(n * K, 2) ``TRIAL_SUMS``, unit by unit and seed by seed; a trial votes with all its windows under a seed."""
    n = len(units.names)
    of_seed = [windows.take(windows.seed == seed) for seed in np.unique(windows.seed)]
    sums = [trial_sums(seed.category, seed.probability, seed.trial, units.of_trial, n) for seed in of_seed]
    return np.stack(sums, axis=1).reshape(n * k, -1)


def _coded(columns: list[np.ndarray]) -> tuple[tuple[str, ...], np.ndarray]:
    """Distinct identities in words, and the number of each row's."""
    distinct, code = np.unique(np.stack(columns), axis=1, return_inverse=True)
    if len(columns) == 1:
        return tuple(map(str, distinct[0])), code.reshape(-1)
    names = []
    for values in distinct.T:
        words = zip(("subject", "session", "trial"), values, strict=False)
        names.append(", ".join(f"{name} {value}" for name, value in words))
    return tuple(names), code.reshape(-1)
