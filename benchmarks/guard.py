"""The guard: folds that leak are refused before anything is trained."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from ..preprocessing import AnyWindows
from ..signals import LeakError
from .fold import Fold
from .splits import TRIAL, Columns, Split, describe, identities


def guard(fold: Fold, columns: Columns, split: Split, windows: AnyWindows | None = None) -> None:
    """Refuse a fold with anything on both sides of train, valid or test that must not be there.

    Args:
        fold: Indices of rows.
        columns: The rows: the cache's columns, or those of ``windows``.
        split: The protocol, whose groups must not cross.
        windows: The rows themselves, where they are windows.

    Raises:
        LeakError: The same row, overlapping windows, a trial, or a group of the protocol stands on both sides; names
            an example.
    """
    leak = find_leak(fold, columns, split, windows)
    if leak:
        raise leak


def find_leak(fold: Fold, columns: Columns, split: Split, windows: AnyWindows | None = None) -> LeakError | None:
    """The first leak of ``fold``, as the error that ``guard`` raises; None when there is none."""
    return next(_leaks(fold, columns, split, windows), None)


def leak_of(where: str, found: str) -> LeakError:
    """The error for something that is on both sides."""
    return LeakError(
        where, found, "nothing shared", "use a split that holds out whole trials or subjects; to reproduce a leaky "
        "protocol on purpose use emo-train bench --i-know-this-leaks, and every table will say it too",
    )


def _leaks(fold: Fold, columns: Columns, split: Split, windows: AnyWindows | None) -> Iterator[LeakError]:
    for (a, one), (b, other) in combinations(fold.sides.items(), 2):
        where = f"fold {fold.name!r} of {split!r}, {a} and {b}"
        if common := np.intersect1d(one, other).tolist():
            yield leak_of(where, f"row {common[0]} on both sides")
        if windows is not None and (pair := _overlap(windows, one, other)):
            yield leak_of(where, f"overlapping windows on both sides ({pair})")
        for names in dict.fromkeys((TRIAL, *split.groups)):
            if example := _shared(identities(columns, names), one, other):
                yield leak_of(where, f"{describe(names, example)} on both sides")
    yield from _learned(fold, columns, split)


def _learned(fold: Fold, columns: Columns, split: Split) -> Iterator[LeakError]:
    """Nothing is tested on which the network that made the features was trained."""
    if "learned" not in columns or not np.any(columns["learned"]):
        return
    learned = np.flatnonzero(columns["learned"])
    for names in dict.fromkeys((TRIAL, *split.groups)):
        if example := _shared(identities(columns, names), learned, fold.test):
            found = f"{describe(names, example)}, on whom the network that made the features was trained"
            yield leak_of(f"fold {fold.name!r} of {split!r}, test", found)


def _shared(of_row: list[tuple[str, ...]], one: np.ndarray, other: np.ndarray) -> tuple[str, ...] | None:
    common = {of_row[row] for row in one} & {of_row[row] for row in other}
    return min(common) if common else None


def _overlap(windows: AnyWindows, one: np.ndarray, other: np.ndarray) -> str:
    """An example of a window of ``one`` and a window of ``other`` that share a slice."""
    starts: dict[int, list[int]] = {}
    for row in other:
        starts.setdefault(int(windows.trials[row]), []).append(int(windows.starts[row]))
    beside = {trial: np.array(sorted(of_trial)) for trial, of_trial in starts.items()}
    for row in one:
        trial, start = int(windows.trials[row]), int(windows.starts[row])
        near = beside.get(trial, np.zeros(0, int))
        touching = near[np.abs(near - start) < windows.length]
        if len(touching):
            return f"at slices {start} and {touching[0]} of trial {trial} in the cache"
    return ""
