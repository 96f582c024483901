"""Labels alone: the readers of nothing that every score is compared with, on the very folds.

Nothing is drawn: an opponent's score is the expected one, from the probabilities with which it predicts each class.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ...signals import Task
from .label_sums import TrainingLabels
from .metrics import CATEGORY_SUMS, TRIAL_SUMS, lower_is_better, part_of, rating_sums, unit_sums
from .predictions import Predictions
from .tally import DrawnUnits, Tally

UNIFORM = "a uniform guess"
ONE = "always the class that is tested most"
SHARES, MOST = "a draw by the training part's shares", "the most frequent training class"
OWN_SHARES, OWN_MOST = "a draw by the person's own shares", "the person's own most frequent class"
OWN_RARE = "the class of which the person has the greatest part"
LEAST = "the least frequent training class"
MIDDLE, MEAN, OWN_MEAN = "the middle of the scale", "the training part's mean", "the person's own mean"
OWN_SPREAD = "the person's own mean, spread as ratings are"
ALWAYS, NEVER, OWN_MAJORITY = "always yes", "never yes", "the person's own majority"
OWN_OFTEN = "yes for people who show it often"

GENTLE = (
    UNIFORM,
    SHARES,
    OWN_SHARES,
    MOST,
    OWN_MOST,
    OWN_RARE,
    ONE,
    MIDDLE,
    MEAN,
    OWN_MEAN,
    OWN_SPREAD,
    ALWAYS,
    NEVER,
    OWN_MAJORITY,
    OWN_OFTEN,
)
"""Opponents in the order of choice among equals: a constant would halve the power of a test."""

_EQUAL = 1e-9


@dataclass(frozen=True, eq=False)
class Opponents:
    """The readers of nothing on the folds of one benchmark, and their expected sums.

    Attributes:
        tallies: By name.
        least: The expected sums of always predicting the least frequent training class, which is no opponent: what is
            held out is rare in what trains, so it may reach more than guessing. None without categories.
    """

    tallies: Mapping[str, Tally]
    least: Tally | None

    @classmethod
    def of(
        cls, task: Task, windows: Predictions, units: DrawnUnits, subject: np.ndarray, labels: TrainingLabels | None
    ) -> "Opponents":
        """The opponents of the predictions for ``windows``, under one way of choosing the epoch.

        Args:
            task: That was predicted.
            windows: Of one or more seeds, which are alike in all but the predictions.
            units: Whose sums are taken.
            subject: (trials of the cache,) the person.
            labels: Of the training parts; None where they are not known: then only opponents that need none.
        """
        windows = windows.take(windows.seed == windows.seed.min(initial=0))
        known = _KnownLabels(task, windows, units, _own_rows(windows, subject, labels), labels)
        tallies: dict[str, Tally] = {}
        least = None
        if task.categories:
            tallies |= {name: known.tally_of_categories(q) for name, q in known.shares()}
            least = None if labels is None else known.tally_of_categories(known.least())
        if task.dimensions:
            tallies |= {name: known.tally_of_ratings(values) for name, values in known.means()}
        if task.units:
            tallies |= {name: known.tally_of_units(values) for name, values in known.presences()}
        return cls(tallies, least)

    def expected(self, metric: str) -> dict[str, float]:
        """The expected score of each opponent that has one."""
        scores = {}
        for name, tally in self.tallies.items():
            # Scores are worked out for all parts at once, so the cheap question comes first.
            if part_of(metric) in tally.sums and metric in tally.scores:
                scores[name] = tally.scores[metric]
        return scores

    def strongest(self, metric: str) -> tuple[str, float]:
        """The opponent with the best expected score, and that score; among equals the gentlest.

        Empty and NaN where there is none.
        """
        scores = self.expected(metric)
        if not scores:
            return "", float("nan")
        best = (min if lower_is_better(metric) else max)(scores.values())
        name = next(name for name in GENTLE if name in scores and abs(scores[name] - best) < _EQUAL)
        return name, best


@dataclass(frozen=True, eq=False)
class _KnownLabels:
    """The tested windows of one seed, and the labels that may be known of each without looking at it."""

    task: Task
    windows: Predictions
    units: DrawnUnits
    own_row: np.ndarray
    labels: TrainingLabels | None

    def shares(self) -> Iterator[tuple[str, np.ndarray]]:
        """Opponents of categories: (N, C) probabilities with which each predicts a class of each window."""
        true = self.windows.category
        counts = np.bincount(true[true >= 0], minlength=len(self.task.categories))
        yield UNIFORM, np.tile((counts > 0) / max((counts > 0).sum(), 1), (len(true), 1))
        yield ONE, np.tile(_most(counts[None]), (len(true), 1))
        if self.labels is None:
            return
        folds = self.labels.folds.category
        yield SHARES, _normed(folds)[self.windows.fold]
        yield MOST, _most(folds)[self.windows.fold]
        if len(self.labels.own_fold):
            counts = self._of_person("category", "category")
            yield OWN_SHARES, _normed(counts)
            yield OWN_MOST, _most(counts)
            yield OWN_RARE, _most(counts / np.maximum(folds[self.windows.fold], 1))  # the best for recall by class

    def least(self) -> np.ndarray:
        """(N, C) probabilities of the least frequent class of those that train."""
        assert self.labels is not None
        counts = self.labels.folds.category
        return np.asarray(_most(np.where(counts > 0, -counts, -np.inf))[self.windows.fold])

    def means(self) -> Iterator[tuple[str, np.ndarray]]:
        """Opponents of ratings: (N, D) predictions of each for every window."""
        middle = self.task.middles
        yield MIDDLE, np.tile(middle, (len(self.windows), 1))
        if self.labels is None:
            return
        folds = self.labels.folds
        yield MEAN, _mean(folds.rating, folds.rated, middle)[self.windows.fold]
        if len(self.labels.own_fold):
            means = _mean(self._of_person("rating", "rated"), self._of_person("rated", "rated"), middle)
            yield OWN_MEAN, means
            yield OWN_SPREAD, _spread(means, self.windows.true_dimensions)

    def presences(self) -> Iterator[tuple[str, np.ndarray]]:
        """Opponents of action units: (N, U) whether each predicts that a unit is present."""
        shape = (len(self.windows), len(self.task.units))
        yield ALWAYS, np.ones(shape)
        yield NEVER, np.zeros(shape)
        if self.labels is not None and len(self.labels.own_fold):
            present, n = self._of_person("present", "judged"), self._of_person("judged", "judged")
            yield OWN_MAJORITY, (2 * present >= np.maximum(n, 1)).astype(float)
            often = _often(self.labels)
            yield OWN_OFTEN, (present / np.maximum(n, 1) >= often[self.windows.fold]).astype(float)

    def tally_of_categories(self, q: np.ndarray) -> Tally:
        """The expected sums of predicting each class of each window with probability ``q`` (N, C)."""
        w, n = self.windows, len(self.units.names)
        sums, known = np.zeros((n, len(CATEGORY_SUMS), q.shape[1])), w.category >= 0
        unit, true = self.units.of_trial[w.trial[known]], w.category[known].astype(int)
        right = q[known, true]
        np.add.at(sums[:, 0], (unit, true), 1)
        np.add.at(sums[:, 1], (unit, true), right)
        np.add.at(sums[:, 2], unit, q[known])
        return self._tally({"categories": sums, "trials": self._trials(q)})

    def _trials(self, q: np.ndarray) -> np.ndarray:
        """(n, 2) expected sums of trials, each of which has one prediction."""
        w, sums = self.windows, np.zeros((len(self.units.names), len(TRIAL_SUMS)))
        known = w.category >= 0
        trials, place = np.unique(w.trial[known], return_inverse=True)
        truths, predicted = np.zeros((2, len(trials), q.shape[1]))
        np.add.at(truths, (place, w.category[known].astype(int)), 1)
        np.add.at(predicted, place, q[known])
        right = predicted[np.arange(len(trials)), truths.argmax(axis=1)] / np.maximum(truths.sum(axis=1), 1)
        np.add.at(sums[:, 0], self.units.of_trial[trials], 1)
        np.add.at(sums[:, 1], self.units.of_trial[trials], right)
        return sums

    def tally_of_ratings(self, values: np.ndarray) -> Tally:
        """The sums of predicting ``values`` (N, D)."""
        row, n = self.units.of_trial[self.windows.trial], len(self.units.names)
        sums = rating_sums(self.windows.true_dimensions, values, row, n, self.task.middles)
        return self._tally({"dimensions": sums})

    def tally_of_units(self, values: np.ndarray) -> Tally:
        """The sums of predicting ``values`` (N, U)."""
        row, n = self.units.of_trial[self.windows.trial], len(self.units.names)
        sums = unit_sums(self.windows.true_units, values, row, n)
        return self._tally({"units": sums})

    def _tally(self, sums: Mapping[str, np.ndarray]) -> Tally:
        return Tally(self.task, self.units, {part: of_part[:, None] for part, of_part in sums.items()})

    def _of_person(self, name: str, counted: str) -> np.ndarray:
        """(N, ...) sums of each window's person in its fold; of the fold, where the person's labels count nothing."""
        assert self.labels is not None
        people, below = self.labels.own, ((0, 1), (0, 0))  # a row of zeros, which row -1 stands for
        sums = np.pad(getattr(people, name), below)[self.own_row]
        n = np.pad(getattr(people, counted), below)[self.own_row]
        # Classes exclude each other, so one that a person never shows is known too; dimensions and units are apart.
        known = n.sum(axis=1, keepdims=True) > 0 if name == "category" else n > 0
        return np.asarray(np.where(known, sums, getattr(self.labels.folds, name)[self.windows.fold]))


def _own_rows(windows: Predictions, subject: np.ndarray, labels: TrainingLabels | None) -> np.ndarray:
    """(N,) the row of ``labels.own`` of each window's person in its fold; -1 where the split leaves nothing of them."""
    if labels is None or not len(labels.own_fold):
        return np.full(len(windows), -1)
    keys = zip(labels.own_fold.tolist(), labels.own_subject.tolist(), strict=True)
    place = {key: row for row, key in enumerate(keys)}
    names = np.asarray(subject).astype(str)
    trials = np.stack([windows.fold, windows.trial], axis=1)
    distinct, back = np.unique(trials, axis=0, return_inverse=True)
    rows = np.array([place.get((int(fold), str(names[trial])), -1) for fold, trial in distinct], int)
    return np.asarray(rows[back.reshape(-1)])


def _normed(counts: np.ndarray) -> np.ndarray:
    """Shares of each row."""
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))


def _most(counts: np.ndarray) -> np.ndarray:
    """One for the greatest of each row, shared among equals."""
    top = (counts == counts.max(axis=1, keepdims=True)) & np.isfinite(counts)
    return np.asarray(top / np.maximum(top.sum(axis=1, keepdims=True), 1))


def _mean(total: np.ndarray, n: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    return np.asarray(np.where(n > 0, total / np.maximum(n, 1), otherwise))


def _spread(means: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(N, D) means moved away from their mean until they are spread like the ratings.

    Of all linear changes of the means this one agrees best with the truth: the concordance is then the correlation.
    """
    known = ~np.isnan(true)
    if not known.any(axis=0).all():
        return means
    centre, wide = means.mean(axis=0), np.nanstd(true, axis=0)
    spread = np.nanstd(np.where(known, means, np.nan), axis=0)
    return np.asarray(centre + (means - centre) * np.where(spread > 0, wide / np.where(spread > 0, spread, 1), 1))


def _often(labels: TrainingLabels) -> np.ndarray:
    """(F, U) least share from which a person's unit is predicted, so that F1 is greatest on the training windows.

    That the best rule is a threshold: Lipton et al., Optimal thresholding of classifiers to maximize F1 measure, ECML
    2014 (arXiv 1402.1892).
    """
    folds, units = labels.folds.judged.shape
    threshold = np.full((folds, units), np.inf)
    for fold in np.unique(labels.own_fold):
        rows = labels.own_fold == fold
        for unit in range(units):
            threshold[fold, unit] = _best_share(labels.own.present[rows, unit], labels.own.judged[rows, unit])
    return threshold


def _best_share(present: np.ndarray, judged: np.ndarray) -> float:
    """The least share among the people for whom to predict yes."""
    shares = present / np.maximum(judged, 1)
    order = np.argsort(-shares, kind="stable")
    right, predicted = np.cumsum(present[order]), np.cumsum(judged[order])
    f1 = 2 * right / np.maximum(predicted + present.sum(), 1)
    return float(shares[order][int(np.argmax(f1))]) if present.sum() else np.inf
