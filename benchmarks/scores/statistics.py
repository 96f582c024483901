"""Intervals and tests that draw people (or sessions or trials in their place), never windows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
from scipy.stats import norm, t

LEVEL = 0.95
DRAWS = 10_000
"""Resamples for an interval."""

FEWEST = 6
"""Units below which nothing is tested: of five, exchanging all of them gives no p below 1 / 2^5 = .03."""

EXACT = 14
"""Up to so many units, all 2^n exchanges are tried; beyond, ``EXCHANGES`` are drawn."""

EXCHANGES = 20_000
_EQUAL = 1e-9
"""Differences of scores closer than this are ties: sums of shares differ in their last bits."""

_BLOCK = 2_000
"""Resamples or exchanges scored together."""

_TRIES = 500
"""Blocks drawn for an interval: where one in a hundred resamples will do, these are enough."""

_KEPT = 8_000_000
"""Drawn numbers that are kept for the next row: 64 MB."""

Score = Callable[[np.ndarray], np.ndarray]
"""From totals (..., K, sums, names) to scores (...)."""


@dataclass(frozen=True)
class Interval:
    """The values between ``low`` and ``high`` at the 95 % level; ``over`` names the units that were drawn."""

    low: float
    high: float
    over: str

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def bootstrap_interval(
    sums: np.ndarray, score: Score, over: str = "people", needed: np.ndarray | None = None, seed: int = 0
) -> Interval | None:
    """Expanded percentile interval of a score, over ``DRAWS`` resamples of its n units.

    The percentiles lie at Phi(-+ sqrt(n / (n - 1)) t(.975, n - 1)), which brings the plain ones, too narrow for few
    units, to the width of a t interval for a mean (Hesterberg 2015, The American Statistician 69(4):371-386).

    Args:
        sums: (n, K, sums, names) of each unit.
        score: Of their totals.
        over: The word for the units.
        needed: (n, names) amounts; a resample in which one of the names has none, though all units together have, is
            drawn again: the score would be of something else.
        seed: Of the draws.

    Returns:
        None for fewer than ``FEWEST`` units, or where hardly any resample has all that is needed.
    """
    n = len(sums)
    if n < FEWEST:
        return None
    flat = sums.reshape(n, -1)
    scores: list[np.ndarray] = []
    wanted = np.zeros((n, 0)) if needed is None else needed[:, needed.sum(axis=0) > 0]
    for counts in islice(_resamples(n, seed), _TRIES):
        counts = counts[(counts @ wanted > 0).all(axis=1)]
        scores.append(score((counts @ flat).reshape(-1, *sums.shape[1:])))
        if sum(map(len, scores)) >= DRAWS:
            break
    else:
        return None
    below = norm.cdf(-np.sqrt(n / (n - 1)) * t.ppf((1 + LEVEL) / 2, n - 1))
    low, high = np.quantile(np.concatenate(scores)[:DRAWS], [below, 1 - below])
    return Interval(float(low), float(high), over)


def difference_interval(a: np.ndarray, b: np.ndarray, score: Score, over: str = "people") -> Interval | None:
    """The interval of the score of ``a`` minus that of ``b``, the same units drawn for both; sums as for exchanges."""
    both = np.stack(_as_many_seeds(a, b), axis=2)
    return bootstrap_interval(both, lambda total: score(total[:, :, 0]) - score(total[:, :, 1]), over)


def exchange_test(a: np.ndarray, b: np.ndarray, score: Score, *, two_sided: bool = True, seed: int = 0) -> float:
    """The p-value of the hypothesis that two rows' predictions of each unit could as well be exchanged.

    The predictions of whole units, all training seeds together, are exchanged between the rows and both are scored
    again: all 2^n ways up to ``EXACT`` units, else ``EXCHANGES`` drawn ones with p = (1 + hits) / (1 + draws). For a
    score that is a sum over units this is the sign-flip test of their differences; for macro-F1, concordance and F1,
    which are none, only the exchange is valid.

    Args:
        a, b: (n, K, sums, names) of the same units in the same order; of fewer seeds, they are repeated.
        score: Of totals; greater is better.
        two_sided: Whether a difference either way counts; else only ``a`` above ``b``.
        seed: Of the exchanges, where they are drawn.
    """
    n, (a, b) = len(a), _as_many_seeds(a, b)
    both, change = a.sum(axis=0) + b.sum(axis=0), (b - a).reshape(n, -1)
    exact = n <= EXACT
    measured = float(score(a.sum(axis=0)) - score(b.sum(axis=0)))
    hits, count = 0, 2**n if exact else EXCHANGES
    for ways in _all_exchanges(n) if exact else _exchanges(n, seed):
        first = a.sum(axis=0) + (ways @ change).reshape(-1, *a.shape[1:])
        exchanged = score(first) - score(both - first)
        if two_sided:
            hits += int((np.abs(exchanged) >= abs(measured) - _EQUAL).sum())
        else:
            hits += int((exchanged >= measured - _EQUAL).sum())
    return hits / count if exact else (1 + hits) / (1 + count)


def least_adjusted(n: int, tests: int) -> float:
    """The least adjusted p that n units allow in ``tests`` tests: none exchanged and all are as extreme as another."""
    return min(1.0, tests * 2.0 ** (1 - n))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for their number (Holm 1979), in the order of ``p_values``."""
    order = np.argsort(p_values, kind="stable")
    scaled = np.asarray(p_values, float)[order] * np.arange(len(order), 0, -1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0) if len(order) else scaled
    return [float(p) for p in adjusted]


def _resamples(n: int, seed: int) -> Iterator[np.ndarray]:
    """(``_BLOCK``, n) how often each unit is drawn, block after block.

    Rows of one table draw alike, so the first blocks are kept from row to row: with 200 people to draw takes longer
    than to score.
    """
    rng = np.random.default_rng(seed)
    if n * DRAWS <= _KEPT:
        blocks, rng.bit_generator.state = _first_resamples(n, seed)
        yield from blocks
    while True:
        yield _resampled(rng, n)


@lru_cache(maxsize=2)
def _first_resamples(n: int, seed: int) -> tuple[list[np.ndarray], Any]:
    """The blocks that most intervals need, and the state of the generator after them."""
    rng = np.random.default_rng(seed)
    blocks = [_resampled(rng, n) for _ in range(DRAWS // _BLOCK)]
    return blocks, rng.bit_generator.state


def _resampled(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.multinomial(n, np.full(n, 1 / n), size=_BLOCK).astype(float)


def _exchanges(n: int, seed: int) -> Iterable[np.ndarray]:
    """``EXCHANGES`` drawn ways in blocks (``_BLOCK``, n): 1 where a unit is exchanged; kept as resamples are."""
    return _kept_exchanges(n, seed) if n * EXCHANGES <= _KEPT else _drawn_exchanges(n, seed)


@lru_cache(maxsize=2)
def _kept_exchanges(n: int, seed: int) -> list[np.ndarray]:
    return list(_drawn_exchanges(n, seed))


def _drawn_exchanges(n: int, seed: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(seed)
    for _ in range(EXCHANGES // _BLOCK):
        yield rng.integers(0, 2, (_BLOCK, n)).astype(float)


def _all_exchanges(n: int) -> Iterator[np.ndarray]:
    """All 2^n ways, in blocks: the bits of their numbers."""
    for begin in range(0, 2**n, _BLOCK):
        numbers = np.arange(begin, min(begin + _BLOCK, 2**n))
        yield (numbers[:, None] >> np.arange(n) & 1).astype(float)


def _as_many_seeds(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both with as many seeds: each is repeated as often as it takes, which leaves its mean score as it is."""
    seeds = np.lcm(a.shape[1], b.shape[1])
    return _repeated(a, seeds // a.shape[1]), _repeated(b, seeds // b.shape[1])


def _repeated(sums: np.ndarray, times: int) -> np.ndarray:
    return np.tile(sums, (1, times, 1, 1)[: sums.ndim])
