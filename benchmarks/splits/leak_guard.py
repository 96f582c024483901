"""The guard: folds that leak are refused before anything is trained."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from ...preprocessing import AnyWindows
from ...signals import LeakError
from .fold import Fold
from .splits import TRIAL, Columns, Split, describe, identities

_LEAVE_OUT = (
    "correct whose they are, or leave one of them out when the cache is made, with emo-preprocess run ... --repeated "
    "leave-out, or in Python with repeated='leave-out'"
)


def guard(fold: Fold, columns: Columns, split: Split, windows: AnyWindows | None = None) -> None:
    """Refuse a fold with anything on both sides of train, valid or test that must not be there.

    Args:
        fold: Indices of rows.
        columns: The rows: the cache's columns, or those of ``windows``.
        split: The protocol, whose groups must not stand on both sides.
        windows: The rows themselves, where they are windows.

    Raises:
        LeakError: The same row, overlapping windows, a trial, a group of the protocol, or the same samples under two
            names stand on both sides; names an example.
    """
    leak = find_leak(fold, columns, split, windows)
    if leak:
        raise leak


def find_leak(fold: Fold, columns: Columns, split: Split, windows: AnyWindows | None = None) -> LeakError | None:
    """The first leak of ``fold``, as the error that ``guard`` raises; None when there is none."""
    return next(_Rows(columns, split, windows).leaks(fold), None)


def find_leaks(
    folds: Iterable[Fold], columns: Columns, split: Split, windows: AnyWindows | None = None
) -> list[LeakError]:
    """The first leak of each fold that has one, as the error that ``guard`` raises.

    Numbers that folds have in common are worked out once: 3,000 trials and 1,000 folds take less than a second.
    """
    rows, leaks = _Rows(columns, split, windows), []
    for fold in folds:
        if leak := next(rows.leaks(fold), None):
            leaks.append(leak)
    return leaks


def leak_of(where: str, found: str, do: str = "use a split that holds out whole trials or subjects") -> LeakError:
    """The error for anything that is on both sides; ``do`` is the honest way on."""
    return LeakError(
        where,
        found,
        "nothing shared",
        f"{do}; to reproduce a leaky protocol on purpose use emo-train bench "
        "--i-know-this-leaks, and every table will say it too",
    )


@dataclass(frozen=True, eq=False)
class _Identity:
    """A property of rows of which no value may stand on both sides.

    Args:
        of_row: (rows,) a number for each row, equal where it is the same; smaller than the number of rows.
        describe: From a number to its words.
    """

    of_row: np.ndarray
    describe: Callable[[int], str]

    def shared(self, left: np.ndarray, right: np.ndarray) -> str:
        """The least value that rows of both sides have, in words; empty where there is none."""
        # Flags, not sorted sets: this runs for every pair of sides of a thousand folds or more.
        on_left = np.zeros(len(self.of_row), bool)
        on_left[self.of_row[left]] = True
        common = self.of_row[right]
        common = common[on_left[common]]
        return self.describe(int(common.min())) if len(common) else ""


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows, and the identities that must not stand on both sides of their folds."""

    columns: Columns
    split: Split
    windows: AnyWindows | None

    def leaks(self, fold: Fold) -> Iterator[LeakError]:
        """All leaks of a fold."""
        for (a, left), (b, right) in combinations(fold.sides.items(), 2):
            where = f"fold {fold.name!r} of {self.split!r}, {a} and {b}"
            if not len(left) or not len(right):
                continue
            if common := np.intersect1d(left, right).tolist():
                yield leak_of(where, f"row {common[0]} on both sides")
            if self.windows is not None and (pair := _overlap(self.windows, left, right)):
                yield leak_of(where, f"overlapping windows on both sides ({pair})")
            for identity in self.identities:
                if words := identity.shared(left, right):
                    yield leak_of(where, f"{words} on both sides")
            if self.samples.shared(left, right):
                yield leak_of(where, self._pair(left, right), _LEAVE_OUT)
        yield from self._learned(fold)

    @cached_property
    def identities(self) -> list[_Identity]:
        """The trial, and the groups of the protocol."""
        names_of = dict.fromkeys((TRIAL, *self.split.groups, *self.split.apart))
        return [_named(self.columns, names) for names in names_of]

    @cached_property
    def samples(self) -> _Identity:
        """The same samples, whatever the trials are called."""
        rows = len(self.columns["trial"])
        _, first, of_row = np.unique(
            self.columns.get("samples", np.arange(rows)), return_index=True, return_inverse=True
        )
        return _Identity(of_row.reshape(-1), lambda number: self._trial(int(first[number])))

    def _learned(self, fold: Fold) -> Iterator[LeakError]:
        """Leaks of tested rows on which the network that made the features was trained."""
        learned = np.flatnonzero(self.columns.get("learned", ()))
        if not len(learned):
            return
        for identity in (*self.identities, self.samples):
            if words := identity.shared(learned, fold.test):
                found = f"{words}, on whom the network that made the features was trained"
                yield leak_of(f"fold {fold.name!r} of {self.split!r}, test", found)

    def _trial(self, row: int) -> str:
        return describe(TRIAL, tuple(str(self.columns[name][row]) for name in TRIAL))

    def _pair(self, left: np.ndarray, right: np.ndarray) -> str:
        """Two trials with the same samples, one of each side, in words."""
        of_row = self.samples.of_row
        common = np.intersect1d(of_row[left], of_row[right])[0]
        trials = [self._trial(int(side[of_row[side] == common][0])) for side in (left, right)]
        return f"the same samples on both sides ({' and '.join(trials)})"


def _named(columns: Columns, names: tuple[str, ...]) -> _Identity:
    """The identity that columns name together, numbered in the order of its text."""
    of_row = identities(columns, names)
    known = sorted(set(of_row))
    number = {values: i for i, values in enumerate(known)}
    numbers = np.fromiter((number[values] for values in of_row), int, len(of_row))
    return _Identity(numbers, lambda i: describe(names, known[i]))


def _overlap(windows: AnyWindows, left: np.ndarray, right: np.ndarray) -> str:
    """An example of a window of ``left`` and a window of ``right`` that share a slice; empty where there is none."""
    # Trials one behind the other on one axis, so far apart that windows of two trials never touch.
    apart = int(windows.starts.max(initial=0)) + 2 * windows.length
    place = windows.trials.astype(np.int64) * apart + windows.starts
    beside = np.sort(place[right])
    near = np.minimum(np.searchsorted(beside, place[left] - windows.length + 1), len(beside) - 1)
    touching = np.flatnonzero(np.abs(beside[near] - place[left]) < windows.length)
    if not len(touching):
        return ""
    row, start = int(left[touching[0]]), int(beside[near[touching[0]]] % apart)
    return f"at slices {windows.starts[row]} and {start} of trial {windows.trials[row]} in the cache"
