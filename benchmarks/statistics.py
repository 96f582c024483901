"""Intervals and tests over subjects, never over windows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..signals import InputError

LEVEL = 0.95
DRAWS = 10_000
_EXACT = 13
"""Up to so many differences, all 2^n signs are tried."""


@dataclass(frozen=True)
class Interval:
    """Between ``low`` and ``high`` at the 95 % level; ``over`` says over what it was taken."""

    low: float
    high: float
    over: str

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def bootstrap_interval(scores: Sequence[float] | np.ndarray, over: str = "subjects", seed: int = 0) -> Interval | None:
    """Percentile interval of the mean, over ``DRAWS`` resamples of the (n,) scores of n subjects.

    None for fewer than two: one subject carries no interval over subjects.
    """
    values = np.asarray(scores, float)
    if len(values) < 2:
        return None
    drawn = np.random.default_rng(seed).integers(len(values), size=(DRAWS, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), over)


def wilson(share: float, n: int, over: str = "trials") -> Interval:
    """Wilson's interval for a share of ``n`` independent items (Wilson 1927; Newcombe 1998, method 3).

    Raises:
        InputError: There are no items, or the share is none.
    """
    if n < 1 or not 0 <= share <= 1:
        raise InputError("interval", f"a share of {share} of {n} items", "a share in 0..1 of one or more", "check it")
    z = 1.959963984540054
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return Interval(max(0.0, float(centre - half)), min(1.0, float(centre + half)), over)


def paired_test(a: Sequence[float] | np.ndarray, b: Sequence[float] | np.ndarray) -> float:
    """Two-sided p of Wilcoxon's signed-rank test between the paired (n,) scores of the same subjects.

    Exact over all signs, ties and zeros included, for up to 13 pairs; SciPy's choice beyond. Equal scores give 1.

    Raises:
        InputError: The numbers of scores differ, or there is no pair.
    """
    from scipy.stats import PermutationMethod, wilcoxon

    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape or not len(a):
        raise InputError("paired test", f"{len(a)} and {len(b)} scores", "as many on both sides", "pair by subject")
    difference = np.round(a - b, 12)  # equal shares of windows may differ in the last bit
    if not difference.any():
        return 1.0
    exact = len(a) <= _EXACT
    return float(wilcoxon(difference, method=PermutationMethod() if exact else "auto").pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for their number (Holm 1979), in the order given."""
    order = np.argsort(p_values, kind="stable")
    scaled = np.asarray(p_values, float)[order] * np.arange(len(order), 0, -1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0) if len(order) else scaled
    return [float(p) for p in adjusted]
