"""Categories made of ratings: low and high of a dimension at a threshold, or quadrants of two dimensions."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from ..errors import InputError
from .task import MISSING_CATEGORY, Task

MEDIAN, MIDDLE = "median", "middle"
"""Thresholds by name: the median of the trials that train, and the middle of the dimension's range."""

EXAMPLES = (
    "valence > 5",
    "arousal >= 4.5",
    "valence > median",
    "quadrants",
    "quadrants(median)",
    "quadrants(valence > 5, dominance > 5)",
)

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_CUT = re.compile(rf"\s*([^<>=,]+?)\s*(>=|>)\s*({MEDIAN}|{MIDDLE}|{_NUMBER})\s*")
_QUADRANTS = re.compile(r"\s*quadrants\s*(?:\((.*)\))?\s*")
_PLANE = ("valence", "arousal")
_SAME = 1e-9
"""Relative difference up to which sums of weights count as equal."""


@dataclass(frozen=True)
class Cut:
    """Where one dimension is cut in two.

    Args:
        dimension: Its name.
        operator: ``">"``, by which a rating on the threshold is low, or ``">="``, by which it is high.
        at: The threshold in the units of the ratings, or ``MEDIAN`` or ``MIDDLE``.
    """

    dimension: str
    operator: str
    at: float | str

    def __str__(self) -> str:
        at = self.at if isinstance(self.at, str) else _number_text(self.at)
        return f"{self.dimension} {self.operator} {at}"

    @property
    def learned(self) -> bool:
        """Whether the threshold is the median of what trains."""
        return self.at == MEDIAN

    def high(self, ratings: np.ndarray, threshold: float) -> np.ndarray:
        """(N,) whether each of N ratings is high."""
        at = np.asarray(threshold, ratings.dtype)  # a rating stored in fewer digits still lies on its threshold
        return np.asarray(ratings > at if self.operator == ">" else ratings >= at)


@dataclass(frozen=True)
class RatedClasses:
    """A rule that makes categories of ratings.

    Args:
        cuts: One makes two categories, low and high; two make four, the quadrants.

    Example:
        >>> RatedClasses.read("valence>5.0").written
        'valence > 5'
        >>> RatedClasses.read("quadrants(median)").categories[1]
        'low valence, high arousal'
    """

    cuts: tuple[Cut, ...]

    @classmethod
    def read(cls, text: str) -> "RatedClasses":
        """The rule of a text; ``EXAMPLES`` has one of each kind.

        Raises:
            InputError: It is no rule.
        """
        if match := _CUT.fullmatch(str(text)):
            return cls((_cut(*match.groups()),))
        quadrants = _QUADRANTS.fullmatch(str(text))
        cuts = _quadrants(quadrants[1]) if quadrants else ()
        if len({cut.dimension for cut in cuts}) != 2:
            examples = f"{'; '.join(EXAMPLES[:-1])}; or {EXAMPLES[-1]}"
            raise InputError(f"classes {str(text)!r}", "no rule for classes", f"one such as {examples}")
        return cls(cuts)

    @property
    def written(self) -> str:
        """The rule as text that ``read`` takes; equal for equal rules."""
        if len(self.cuts) == 1:
            return str(self.cuts[0])
        for at in (MIDDLE, MEDIAN):
            if self.cuts == tuple(Cut(name, ">", at) for name in _PLANE):
                return "quadrants" if at == MIDDLE else f"quadrants({at})"
        return f"quadrants({', '.join(map(str, self.cuts))})"

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions that are looked at."""
        return tuple(cut.dimension for cut in self.cuts)

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the categories."""
        return level_names(self.dimensions)

    @property
    def learns(self) -> bool:
        """Whether a threshold is the median of what trains."""
        return any(cut.learned for cut in self.cuts)

    def check(self, task: Task) -> None:
        """Refuse a task without such ratings, and thresholds that put every rating on one side.

        Raises:
            InputError: Names the dimensions that there are, or the range.
        """
        for cut in self.cuts:
            where = f"classes {self.written!r}"
            if cut.dimension not in task.dimensions:
                known = f"one of {', '.join(task.dimensions)}" if task.dimensions else "a dataset with ratings"
                found = f"no rating {cut.dimension!r}{'' if task.dimensions else ', nor any other'}"
                raise InputError(where, found, known)
            low, high = _range(task, cut)
            if isinstance(cut.at, str) or (low <= cut.at < high if cut.operator == ">" else low < cut.at <= high):
                continue
            nothing = "high" if cut.at >= high else "low"
            found = f"ratings of {low:g} to {high:g}, of which none is {nothing}"
            raise InputError(where, found, "a threshold that leaves ratings on both sides")

    def task(self, task: Task) -> Task:
        """The task with these categories in place of those that it had."""
        self.check(task)
        return replace(task, categories=self.categories)

    def thresholds(self, task: Task, training: Iterable[np.ndarray] = ()) -> tuple[float, ...]:
        """The threshold of each cut.

        Args:
            task: Names the D dimensions and their ranges.
            training: (n, D) ratings of each trial that trains. A trial weighs the same whatever its n, so a rating that
                holds for a whole trial counts once. NaN is missing.

        Returns:
            NaN for the median of no rating at all.

        Raises:
            InputError: As ``check`` does.
        """
        self.check(task)
        trials = list(training) if self.learns else []
        return tuple(self._threshold(cut, task, trials) for cut in self.cuts)

    def category(self, task: Task, ratings: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
        """(N,) int16 of N ratings (N, D): an index into ``categories``, -1 where a rating or threshold is missing."""
        index, known = np.zeros(len(ratings), np.int16), np.ones(len(ratings), bool)
        for cut, threshold in zip(self.cuts, thresholds, strict=True):
            values = ratings[:, task.dimensions.index(cut.dimension)]
            index = 2 * index + cut.high(values, threshold)
            known &= ~np.isnan(values) & (not math.isnan(threshold))
        return np.where(known, index, MISSING_CATEGORY).astype(np.int16)

    def at(self, thresholds: Sequence[float]) -> "RatedClasses":
        """The same rule with these numbers for thresholds."""
        return RatedClasses(tuple(replace(cut, at=float(t)) for cut, t in zip(self.cuts, thresholds, strict=True)))

    def words(self, task: Task, thresholds: Sequence[Sequence[float]]) -> str:
        """The rule with its thresholds in words; ``thresholds`` are those of each training part."""
        texts = []
        for place, cut in enumerate(self.cuts):
            texts.append(_words(cut, _range(task, cut), [of_training[place] for of_training in thresholds]))
        return texts[0] if len(texts) == 1 else f"quadrants of {' and '.join(texts)}"

    def _threshold(self, cut: Cut, task: Task, trials: Sequence[np.ndarray]) -> float:
        if cut.learned:
            column = task.dimensions.index(cut.dimension)
            return trial_median([ratings[:, column] for ratings in trials])
        return sum(_range(task, cut)) / 2 if cut.at == MIDDLE else float(cut.at)


def level_names(dimensions: Sequence[str]) -> tuple[str, ...]:
    """Names of all ways in which dimensions are low or high, the last one changing first; none of no dimensions."""
    levels = [(f"low {dimension}", f"high {dimension}") for dimension in dimensions]
    return tuple(", ".join(names) for names in product(*levels)) if dimensions else ()


def trial_median(trials: Sequence[np.ndarray]) -> float:
    """The median over all ratings of all trials, (n,) each, every trial weighing the same; NaN of no rating.

    Of an even number of ratings that weigh the same it is the mean of the two in the middle.
    """
    known = [ratings[~np.isnan(ratings)] for ratings in trials]
    known = [ratings for ratings in known if len(ratings)]
    if not known:
        return math.nan
    values = np.concatenate(known).astype(np.float64)
    counts = np.array([len(ratings) for ratings in known])
    order = np.argsort(values, kind="stable")
    below = np.cumsum(np.repeat(1 / counts, counts)[order])
    half = len(known) / 2
    # the first value at half of all weight and the first beyond it; sums of 1 / n are half only up to rounding
    return float(values[order][np.searchsorted(below, (half * (1 - _SAME), half * (1 + _SAME)))].mean())


def _quadrants(brackets: str | None) -> tuple[Cut, ...]:
    """The two cuts that stand in brackets; none where they are no such thing."""
    if brackets is None or brackets.strip() in (MIDDLE, MEDIAN):
        return tuple(Cut(name, ">", (brackets or MIDDLE).strip()) for name in _PLANE)
    matches = [_CUT.fullmatch(text) for text in brackets.split(",")]
    if len(matches) != 2 or not all(matches):
        return ()
    return tuple(_cut(*match.groups()) for match in matches if match)


def _cut(dimension: str, operator: str, at: str) -> Cut:
    return Cut(dimension, operator, at if at in (MEDIAN, MIDDLE) else float(at))


def _range(task: Task, cut: Cut) -> tuple[float, float]:
    return task.ranges[task.dimensions.index(cut.dimension)]


def _words(cut: Cut, scale: tuple[float, float], thresholds: Sequence[float]) -> str:
    rule = f"{cut.dimension} {cut.operator}"
    if cut.learned:
        lowest, highest = f"{min(thresholds):.4g}", f"{max(thresholds):.4g}"
        values = lowest if lowest == highest else f"{lowest} to {highest}"
        return f"{rule} median of each training part ({values})"
    return f"{rule} {_number_text(thresholds[0])} (of {scale[0]:g} to {scale[1]:g})"


def _number_text(number: float) -> str:
    return f"{number:.0f}" if math.isfinite(number) and number == round(number) else repr(number)
