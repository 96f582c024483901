"""Splits: functions over the columns of a cache that say which rows train and which test."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np

from ..signals import InputError, PlugPoint, natural_order
from .fold import Fold

Columns = Mapping[str, np.ndarray]
"""``subject``, ``session``, ``stimulus``, ``trial``, ``category``: (rows,) each."""

TRIAL = ("subject", "session", "trial")
"""The columns that together name one trial."""


@dataclass(frozen=True, repr=False)
class Split:
    """A protocol: ``split(columns)`` gives its folds. Its ``repr`` is how one writes it.

    Args:
        written: The call that makes it, as in ``"leave_one_out('subject')"``.
        words: The protocol in words, for tables.
        folds: From columns to folds; they name unknown columns and refuse what cannot be split.
        groups: Identities that must not stand on both sides, each named by columns taken together.
        level: What the rows are.
        leaky: Whether windows of one trial stand on both sides by design.
    """

    written: str
    words: str
    folds: Callable[[Columns], list[Fold]] = field(compare=False)
    groups: tuple[tuple[str, ...], ...]
    level: Literal["trial", "window"] = "trial"
    leaky: bool = False

    def __call__(self, columns: Columns) -> list[Fold]:
        """All folds, in natural order of their names.

        Raises:
            InputError: A column is unknown or has too few values.
        """
        return self.folds(columns)

    def __repr__(self) -> str:
        return self.written


def leave_one_out(column: str) -> Split:
    """One fold for each value of ``column``: it is tested by a model trained on all others. Every value is tested."""
    words = f"leave one {column} out: each {column} is tested by a model that trained on all others"
    return Split(f"leave_one_out({column!r})", words, partial(_leave_one_out, column), ((column,),))


def k_folds(column: str, k: int, seed: int = 0) -> Split:
    """``k`` folds over the values of ``column``, dealt at random."""
    written = f"k_folds({column!r}, {k})" if seed == 0 else f"k_folds({column!r}, {k}, seed={seed})"
    words = f"{k} folds by {column}: no {column} on both sides"
    return Split(written, words, partial(_k_folds, column, k, seed), ((column,),))


def first_trials(n: int) -> Split:
    """A fold for each subject and session: trials numbered 1 to ``n`` train, the later ones test."""
    words = f"within each session, trials 1 to {n} train and the later ones test"
    return Split(f"first_trials({n})", words, partial(_first_trials, n), (TRIAL,))


def official(train: str = "train", test: str = "validation") -> Split:
    """One fold: the dataset's own parts, as in Aff-Wild2, AffectNet and FER2013 (``"public test"``).

    No session may stand on both sides; for Aff-Wild2 that is a video.
    """
    given = [f"{name}={value!r}" for name, value, usual in (("train", train, "train"), ("test", test, "validation"))
             if value != usual]
    words = f"the dataset's own parts: {train} trains, {test} tests"
    return Split(f"official({', '.join(given)})", words, partial(_official, train, test), (TRIAL[:2],))


def as_encoded(column: str = "subject") -> Split:
    """One fold of features that a trained network made: the trials it was trained on train, all others test.

    Nothing of ``column`` may stand on both sides.
    """
    words = f"trials that the encoder was trained on train, all others test: no {column} on both sides"
    written = f"as_encoded({column!r})" if column != "subject" else "as_encoded()"
    return Split(written, words, _as_encoded, ((column,),))


def leave_stimulus_and_subject_out(k: int | None = None, seed: int = 0) -> Split:
    """Neither the tested subject nor the tested stimulus is trained on, so that films cannot be recognised.

    Args:
        k: Stimuli are dealt into ``k`` parts; None tests each by itself, which makes subjects x stimuli folds.
        seed: Of the dealing.
    """
    given = [] if k is None else [f"k={k}", *([f"seed={seed}"] if seed else [])]
    words = "leave subject and stimulus out: neither the tested person nor the tested stimulus was trained on"
    return Split(
        f"leave_stimulus_and_subject_out({', '.join(given)})", words, partial(_leave_both_out, k, seed),
        (("subject",), ("stimulus",)),
    )


def random_windows(k: int, seed: int = 0) -> Split:
    """Leaky: the windows of each session are dealt at random into ``k`` folds, so neighbours stand on both sides."""
    written = f"random_windows({k})" if seed == 0 else f"random_windows({k}, seed={seed})"
    words = f"LEAKY: windows of each session dealt at random into {k} folds"
    return Split(written, words, partial(_random_windows, k, seed), (TRIAL,), "window", leaky=True)


def blocks_within_trials(k: int) -> Split:
    """Leaky: each trial is cut into ``k`` blocks in time, one of which tests while the others train."""
    words = f"LEAKY: one of {k} blocks of each trial tests, the others train, session by session"
    return Split(f"blocks_within_trials({k})", words, partial(_blocks_within_trials, k), (TRIAL,), "window", leaky=True)


SPLITS = PlugPoint("split", "emoscan.benchmarks", (
    "leave_one_out", "k_folds", "first_trials", "official", "as_encoded", "leave_stimulus_and_subject_out",
    "random_windows", "blocks_within_trials",
), Split)
"""Splits by name: ``SPLITS.build("leave_one_out('subject')")``."""


def identities(columns: Columns, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """For each row what ``names`` say together, as text."""
    return list(zip(*(_column(columns, name).tolist() for name in names), strict=True))


def describe(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    """An identity in words: ``subject 7, session 1, trial 3``."""
    return ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))


def _leave_one_out(column: str, columns: Columns) -> list[Fold]:
    of_row, values = _values(columns, column)
    return [_fold(f"{column} {value}", of_row == value) for value in values]


def _k_folds(column: str, k: int, seed: int, columns: Columns) -> list[Fold]:
    of_row, values = _values(columns, column)
    parts = _dealt(values, k, seed, f"values of {column}")
    return [_fold(f"fold {i} by {column}", np.isin(of_row, part)) for i, part in enumerate(parts, 1)]


def _official(train: str, test: str, columns: Columns) -> list[Fold]:
    of_row = _column(columns, "part")
    rows = {name: np.flatnonzero(of_row == name) for name in (train, test)}
    missing = [name for name, found in rows.items() if not len(found)]
    if missing or train == test:
        known = ", ".join(sorted(set(of_row.tolist()) - {""})) or "none"
        raise InputError("official", f"no part {', '.join(map(repr, missing)) or 'of its own for testing'}",
                         f"two of those that there are ({known})", "name two parts")
    return [Fold(f"{train} and {test}", rows[train], np.zeros(0, int), rows[test])]


def _as_encoded(columns: Columns) -> list[Fold]:
    learned = np.asarray(columns.get("learned", np.zeros(len(columns["subject"]), bool)), bool)
    if learned.all() or not learned.any():
        found = f"{int(learned.sum())} of {len(learned)} trials that an encoder was trained on"
        raise InputError("as_encoded", found, "some, and some others", "make the cache with emo-train encode")
    return [_fold("trials new to the encoder", ~learned)]


def _first_trials(n: int, columns: Columns) -> list[Fold]:
    number = np.asarray(columns["trial"])
    folds = []
    for name, rows in _sessions(columns):
        train, test = rows[number[rows] <= n], rows[number[rows] > n]
        if not len(train) or not len(test):
            found = f"{len(train)} trials up to number {n} and {len(test)} later ones in {name}"
            raise InputError("split", found, "trials on both sides in every session", f"use another n than {n}")
        folds.append(Fold(name, train, _NOTHING, test))
    return folds


def _leave_both_out(k: int | None, seed: int, columns: Columns) -> list[Fold]:
    subject, subjects = _values(columns, "subject")
    stimulus, stimuli = _values(columns, "stimulus")
    parts = [[name] for name in stimuli] if k is None else _dealt(stimuli, k, seed, "stimuli")
    names = [part[0] for part in parts] if k is None else [f"part {i}" for i in range(1, k + 1)]
    folds = []
    for who in subjects:
        for name, part in zip(names, parts, strict=True):
            own, shown = subject == who, np.isin(stimulus, part)
            train, test = np.flatnonzero(~own & ~shown), np.flatnonzero(own & shown)
            if len(test):  # not everybody saw everything
                folds.append(Fold(f"subject {who}, stimulus {name}", train, _NOTHING, test))
    return folds


def _random_windows(k: int, seed: int, columns: Columns) -> list[Fold]:
    rng = np.random.default_rng(seed)
    folds = []
    for name, rows in _sessions(columns):
        _check_count(k, len(rows), f"windows of {name}")
        part = rng.permutation(np.arange(len(rows)) % k)
        folds += [_window_fold(f"{name}, fold {i + 1}", rows, part == i) for i in range(k)]
    return folds


def _blocks_within_trials(k: int, columns: Columns) -> list[Fold]:
    number = np.asarray(columns["trial"])
    folds = []
    for name, rows in _sessions(columns):
        part = np.empty(len(rows), int)
        for trial in np.unique(number[rows]):
            of_trial = np.flatnonzero(number[rows] == trial)
            _check_count(k, len(of_trial), f"windows of {name}, trial {trial}")
            part[of_trial] = np.arange(len(of_trial)) * k // len(of_trial)
        folds += [_window_fold(f"{name}, block {i + 1}", rows, part == i) for i in range(k)]
    return folds


_NOTHING = np.zeros(0, int)


def _fold(name: str, tested: np.ndarray) -> Fold:
    return Fold(name, np.flatnonzero(~tested), _NOTHING, np.flatnonzero(tested))


def _window_fold(name: str, rows: np.ndarray, tested: np.ndarray) -> Fold:
    return Fold(name, rows[~tested], _NOTHING, rows[tested])


def _column(columns: Columns, name: str) -> np.ndarray:
    if name not in columns:
        raise InputError(f"column {name!r}", "no such column", f"one of {', '.join(columns)}", "correct the spelling")
    return np.asarray(columns[name]).astype(str)


def _values(columns: Columns, name: str) -> tuple[np.ndarray, list[str]]:
    """The column as text, and its distinct values in natural order."""
    of_row = _column(columns, name)
    values = sorted(set(of_row.tolist()), key=natural_order)
    if len(values) < 2:
        found = f"only {values[0]!r}" if values else "no rows"
        raise InputError(f"column {name!r}", found, "two values or more to split by", "split by another column")
    return of_row, values


def _sessions(columns: Columns) -> Iterator[tuple[str, np.ndarray]]:
    """Name and rows of each subject's sessions, in natural order."""
    names = ("subject", "session")
    of_row = identities(columns, names)
    for session in sorted(set(of_row), key=lambda pair: tuple(map(natural_order, pair))):
        yield describe(names, session), np.array([i for i, own in enumerate(of_row) if own == session])


def _dealt(values: list[str], k: int, seed: int, what: str) -> list[list[str]]:
    _check_count(k, len(values), what)
    shuffled = np.random.default_rng(seed).permutation(len(values))
    return [[values[i] for i in sorted(shuffled[part::k])] for part in range(k)]


def _check_count(k: int, n: int, what: str) -> None:
    if not 2 <= k <= n:
        raise InputError("split", f"{k} folds of {n} {what}", f"2 to {n} folds", "use another number of folds")
