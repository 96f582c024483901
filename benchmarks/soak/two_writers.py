"""Two processes that do the same work into one place at a time: one does it, the other too or says why not."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .children import Ended
from .count import Count
from .undisturbed import Bench
from .works import Work, difference, outcome

USUAL = 20
"""Pairs of a run of the usual length, over all works."""

WORKS_OF_TWO = ("run", "faces", "bench", "fit", "report", "gan")

REFUSED = 2
"""The exit code of the one that comes second."""


def rows(folder: Path, times: int, seed: int) -> Iterator[Count]:
    """Pairs of each work; the second begins at a random moment of the first.

    Args:
        folder: An empty one to work in.
        times: A multiple of the usual number.
        seed: Of the moments.
    """
    bench, chance = Bench.of(folder, WORKS_OF_TWO), np.random.default_rng(seed)
    for work, number in bench.shared_out(USUAL * times):
        yield pairs(bench, work, number, chance)


def pairs(bench: Bench, work: Work, number: int, chance: np.random.Generator) -> Count:
    """Pairs of one work, and how many of them both did it."""
    wrong, both = [], 0
    for _ in range(number):
        wait = float(chance.uniform(0, bench.undisturbed[work.name].seconds)) * int(chance.random() < 0.7)
        here = bench.emptied()
        first = bench.started(work, here)
        time.sleep(wait)
        second = bench.started(work, here)
        ends = [first.finished(), second.finished()]
        both += all(end.code == 0 for end in ends)
        fault = _wrong(ends) or difference(bench.undisturbed[work.name].left, outcome(here)) or bench.resumed(work)
        wrong += [f"second after {wait:.3f} s: {fault}"] if fault else []
    return Count(f"two at once in one place: {work.name}", number, tuple(wrong), f"both did it {both} times")


def _wrong(ends: list[Ended]) -> str:
    if all(end.code == REFUSED for end in ends):
        return f"both were refused: {ends[0].lines[-1]} / {ends[1].lines[-1]}"
    for end in ends:
        refused = end.code == REFUSED and end.lines and "another run that is writing here" in end.lines[-1]
        if not refused and end.wrong:
            return end.wrong
    return ""
