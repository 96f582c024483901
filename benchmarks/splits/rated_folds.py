"""Categories made of ratings, fold by fold: thresholds come from what trains, and from nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...preprocessing import Cache, ClassedCache
from ...signals import RatedClasses

_MANY = 0.1
"""Share of ratings on a median from which a note names it: readers expect a median to make halves."""


@dataclass(frozen=True, eq=False)
class RatedFolds:
    """A rule on the folds of a benchmark.

    Args:
        cache: Has the ratings.
        rule: Makes categories of them.
        training: For each fold the trials that train.
    """

    cache: Cache
    rule: RatedClasses
    training: Sequence[np.ndarray]

    @cached_property
    def thresholds(self) -> tuple[tuple[float, ...], ...]:
        """For each fold those of the rule."""
        if not self.rule.learns:
            return (self.rule.thresholds(self.cache.task),) * len(self.training)
        return tuple(self.cache.classed(self.rule, trials).thresholds for trials in self.training)

    def seen(self, fold: int) -> ClassedCache:
        """The cache with the categories of the fold of that number."""
        return ClassedCache(self.cache, self.rule, self.thresholds[fold])

    def category(self, ratings: np.ndarray, thresholds: tuple[float, ...]) -> np.ndarray:
        """(N,) categories of N ratings (N, D)."""
        return self.rule.category(self.cache.task, ratings, thresholds)

    @property
    def words(self) -> str:
        """The rule with its thresholds."""
        return self.rule.words(self.cache.task, self.thresholds)

    @property
    def of_fold(self) -> tuple[str, ...]:
        """For each fold the rule with that fold's numbers."""
        rules = []
        for thresholds in self.thresholds:
            learned = not np.isnan(thresholds).any()  # NaN: the training trials have no rating to take a median of
            rules.append((self.rule.at(thresholds) if learned else self.rule).written)
        return tuple(rules)

    def notes(self) -> Iterator[str]:
        """Notes on medians that make no halves, since many ratings lie on them."""
        for cut, ties in zip(self.rule.cuts, self._ties, strict=True):
            if ties >= _MANY:
                level = "low" if cut.operator == ">" else "high"
                yield (
                    f"Up to {ties:.0%} of the training ratings of {cut.dimension} lie on their median itself and "
                    f"count as {level}, so the two classes are no halves."
                )

    @cached_property
    def _ties(self) -> np.ndarray:
        """(cuts,) the largest share, over folds, of training ratings that lie on a median; 0 for other thresholds."""
        ties = np.zeros(len(self.rule.cuts))
        for k, cut in enumerate(self.rule.cuts):
            if cut.learned:
                column = self.cache.task.dimensions.index(cut.dimension)
                ratings = [of_trial[:, column] for of_trial in self.cache.ratings]
                medians = [thresholds[k] for thresholds in self.thresholds]
                # Many folds have the same median, and ratings are many: each median is looked for once.
                on = {median: _on(median, ratings) for median in set(medians)}
                ties[k] = max(on[median][rows].mean() for median, rows in zip(medians, self.training, strict=True))
        return ties


def _on(threshold: float, trials: Sequence[np.ndarray]) -> np.ndarray:
    """(trials,) the share of each trial's ratings (n,) that lie on a threshold."""
    return np.array([float(np.mean(ratings == threshold)) for ratings in trials])
