"""A cache whose categories are made of its ratings."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ...signals import MISSING_CATEGORY, RatedClasses, Task
from .cache import Cache
from .cache_file import CacheFile


class ClassedCache(Cache):
    """A cache seen with categories that a rule makes of its ratings (``Cache.classed``).

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
        self._made: dict[int, dict[str, np.ndarray]] = {}

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, classes {self.classes})"

    def __reduce__(self) -> tuple[Callable[..., Cache], tuple[Any, ...]]:
        return ClassedCache, (self._cache, self.rule, self.thresholds)

    @property
    def task(self) -> Task:
        """What is predicted: the categories of the rule, and all but the categories of the cache."""
        return self._task

    @property
    def classes(self) -> str:
        """The rule with numbers for thresholds."""
        return self.rule.at(self.thresholds).written

    @property
    def ratings(self) -> tuple[np.ndarray, ...]:
        """As of the cache."""
        return self._cache.ratings

    @cached_property
    def category(self) -> np.ndarray:  # type: ignore[override]  # made when somebody asks
        """(trials,) the category of each trial, -1 where it is missing or changes within the trial."""
        lengths = [len(ratings) for ratings in self.ratings]
        each = self._category(np.concatenate(self.ratings))
        first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        least, most = (ends.reduceat(each, first) for ends in (np.minimum, np.maximum))
        return np.where(least == most, least, MISSING_CATEGORY).astype(int)

    def file(self, number: int) -> CacheFile:
        """The opened file of that number, with the categories of the rule."""
        opened = self._cache.file(number)
        if number not in self._made:
            self._made[number] = {name: self._category(own.dimensions) for name, own in opened.series.items()}
        made = self._made[number]
        return replace(opened, series={
            name: replace(own, category=made[name]) for name, own in opened.series.items()
        })

    def _category(self, ratings: np.ndarray) -> np.ndarray:
        return self.rule.category(self.task, ratings, self.thresholds)
