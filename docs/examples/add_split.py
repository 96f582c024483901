"""A split of our own: does a model of a person's first days still hold on a later day?"""

from collections.abc import Mapping
from functools import partial

import numpy as np

from emoscan.benchmarks import Fold, Split
from emoscan.signals import InputError, natural_order


def later_days(n: int = 1) -> Split:
    """A fold for each person: the first ``n`` sessions train, all later ones test."""
    return Split(
        written=f"add_split.later_days({n})",  # how one writes it: the file's name, a dot, the call
        words=f"within each person, the first sessions ({n}) train and the later ones test",
        folds=partial(_later_days, n),
        groups=(("subject", "session"),),  # what must not stand on both sides
    )


def _later_days(n: int, columns: Mapping[str, np.ndarray]) -> list[Fold]:
    folds = []
    for person in sorted(set(columns["subject"]), key=natural_order):
        own = np.flatnonzero(columns["subject"] == person)
        session = columns["session"][own]
        days = sorted(set(session), key=natural_order)
        if len(days) <= n:
            found = f"{len(days)} sessions of subject {person}"
            raise InputError("later_days", found, f"more than {n}", "train on fewer, as in later_days(1)")
        first = np.isin(session, days[:n])
        folds.append(Fold(f"subject {person}", train=own[first], valid=np.zeros(0, int), test=own[~first]))
    return folds


if __name__ == "__main__":
    from emoscan.benchmarks import benchmark, compare
    from emoscan.benchmarks.contracts import check_split
    from emoscan.preprocessing import preprocess
    from emoscan.signals import Simulated

    cache = preprocess(Simulated(subjects=3, sessions=2), None, "tutorial/cache/days")
    check_split(later_days(), cache.columns)
    print(compare(benchmark(cache, "linear", split="add_split.later_days(1)", window=4)).to_markdown())
