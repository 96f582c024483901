"""Splits: functions over the columns of a cache that divide rows into those that train and those that test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np

from ...signals import InputError, PlugPoint
from ...signals.trials.further_columns import RESERVED
from .fold import Fold, check_folds
from .held_out import WITHIN, check_count, check_size, deal_out, dealt, leave_each_out, many, parts_of, sessions
from .identity import TRIAL as TRIAL
from .identity import Columns as Columns
from .identity import describe as describe
from .identity import identities as identities
from .identity import texts


@dataclass(frozen=True, repr=False)
class Split:
    """A protocol: ``split(columns)`` gives its folds. Its ``repr`` is the call that makes it.

    Args:
        written: The call that makes it, as in ``"leave_one_out('subject')"``.
        words: The protocol in words, for tables.
        folds: From columns to folds; they name unknown columns and refuse what cannot be split.
        groups: Identities that must not stand on both sides, each named by columns taken together.
        level: Of the rows.
        leaky: Whether windows of one trial stand on both sides by design.
        apart: Further identities that must not stand on both sides; nothing is divided by them.
    """

    written: str
    words: str
    folds: Callable[[Columns], list[Fold]] = field(compare=False)
    groups: tuple[tuple[str, ...], ...]
    level: Literal["trial", "window"] = "trial"
    leaky: bool = False
    apart: tuple[tuple[str, ...], ...] = ()

    def __call__(self, columns: Columns) -> list[Fold]:
        """All folds, in natural order of their names, and nothing that could not be trained and tested.

        Raises:
            InputError: A column is unknown or has too few values, or ``check_folds`` refuses what came out.
        """
        return check_folds(self.folds(columns), len(columns["subject"]), self)

    def __repr__(self) -> str:
        return self.written


def leave_one_out(column: str, within: str = "") -> Split:
    """One fold for each value of ``column``: it is tested by a model trained on all others. Every value is tested.

    Args:
        column: As in ``"subject"``, ``"session"`` (that label, of everybody), ``"stimulus"``; ``"trial"`` is one trial
            of one session of one person, never a number. A column of the lab's own, such as ``"site"``, must not cut a
            person in two unless the split stays within one.
        within: ``"subject"``: a model trains on other parts of the same person, and on nobody else; ``"session"``: of
            the same session of that person. Left out, it trains on all others of everybody.

    Raises:
        InputError: ``within`` is no such thing, or holds nothing of ``column`` to leave out.
    """
    group = _group(column, within)
    arguments = f"{column!r}, within={within!r}" if within else repr(column)
    return Split(
        f"leave_one_out({arguments})",
        _words_of_one(column, within),
        partial(leave_each_out, group, within),
        (group,),
        apart=_apart(column, within),
    )


def k_folds(column: str, k: int, seed: int = 0, within: str = "") -> Split:
    """``k`` folds over the values of ``column``, dealt at random; ``column`` and ``within`` as for ``leave_one_out``.

    Raises:
        InputError: ``k`` or ``seed`` is no whole number, or as for ``leave_one_out``.
    """
    _check_whole("k_folds", k=k, seed=seed)
    group = _group(column, within)
    arguments = [repr(column), str(k)]
    if seed:
        arguments.append(f"seed={seed}")
    if within:
        arguments.append(f"within={within!r}")
    return Split(
        f"k_folds({', '.join(arguments)})",
        _words_of_folds(column, k, within),
        partial(deal_out, group, k, seed, within),
        (group,),
        apart=_apart(column, within),
    )


def first_trials(n: int) -> Split:
    """A fold for each subject and session: trials numbered 1 to ``n`` train, the later ones test."""
    _check_whole("first_trials", n=n)
    words = f"within each session, trials 1 to {n} train and the later ones test"
    return Split(f"first_trials({n})", words, partial(_first_trials, n), (TRIAL,))


def official(train: str = "train", test: str = "validation") -> Split:
    """One fold: the dataset's own parts, as in Aff-Wild2, AffectNet and FER2013 (``"public test"``).

    No session may stand on both sides; for Aff-Wild2 that is a video.
    """
    arguments = []
    if train != "train":
        arguments.append(f"train={train!r}")
    if test != "validation":
        arguments.append(f"test={test!r}")
    words = f"the dataset's own parts: {train} trains, {test} tests"
    return Split(f"official({', '.join(arguments)})", words, partial(_official, train, test), (TRIAL[:2],))


def as_encoded(column: str = "subject") -> Split:
    """One fold of features that a trained network made: the trials it was trained on train, all others test.

    Nothing of ``column`` may stand on both sides.
    """
    words = f"trials that the encoder was trained on train, all others test: no {column} on both sides"
    written = f"as_encoded({column!r})" if column != "subject" else "as_encoded()"
    return Split(written, words, _as_encoded, (_group(column, ""),))


def leave_stimulus_and_subject_out(k: int | None = None, seed: int = 0) -> Split:
    """Neither the tested subject nor the tested stimulus is trained on, so that films cannot be recognised.

    Args:
        k: Stimuli are dealt into ``k`` parts; None tests each by itself, which makes subjects x stimuli folds.
        seed: Of the dealing.
    """
    _check_whole("leave_stimulus_and_subject_out", k=2 if k is None else k, seed=seed)
    arguments = []
    if k is not None:  # nothing is dealt without k, so the seed is no part of the protocol then
        arguments = [f"k={k}", f"seed={seed}"] if seed else [f"k={k}"]
    words = "leave subject and stimulus out: neither the tested person nor the tested stimulus was trained on"
    return Split(
        f"leave_stimulus_and_subject_out({', '.join(arguments)})",
        words,
        partial(_leave_both_out, k, seed),
        (("subject",), ("stimulus",)),
    )


def random_windows(k: int, seed: int = 0) -> Split:
    """Leaky: the windows of each session are dealt at random into ``k`` folds, so neighbours stand on both sides."""
    _check_whole("random_windows", k=k, seed=seed)
    written = f"random_windows({k})" if seed == 0 else f"random_windows({k}, seed={seed})"
    words = f"LEAKY: windows of each session dealt at random into {k} folds"
    return Split(written, words, partial(_random_windows, k, seed), (TRIAL,), "window", leaky=True)


def blocks_within_trials(k: int) -> Split:
    """Leaky: each trial is cut into ``k`` blocks in time, one of which tests while the others train."""
    _check_whole("blocks_within_trials", k=k)
    words = f"LEAKY: one of {k} blocks of each trial tests, the others train, session by session"
    return Split(f"blocks_within_trials({k})", words, partial(_blocks_within_trials, k), (TRIAL,), "window", leaky=True)


SPLITS = PlugPoint(
    "split",
    "emoscan.benchmarks",
    (
        "leave_one_out",
        "k_folds",
        "first_trials",
        "official",
        "as_encoded",
        "leave_stimulus_and_subject_out",
        "random_windows",
        "blocks_within_trials",
    ),
    Split,
    groups=("emoscan.splits",),
)
"""Splits by name: ``SPLITS.build("leave_one_out('subject')")``."""


def _group(column: str, within: str) -> tuple[str, ...]:
    """The columns that together name a held-out group: a trial by its session and person, a part by its whole."""
    if not isinstance(column, str):
        raise InputError("split", f"{column!r} as a column", "its name, as in 'subject'", "name one column")
    if within and within not in tuple(WITHIN):
        known = " or ".join(map(repr, WITHIN))
        raise InputError("split", f"within={within!r}", f"within {known}", "correct it or leave it out")
    whole = WITHIN.get(within, ())
    if column in whole:
        found = f"each {column} within a {within}, which is one {column}"
        raise InputError("split", found, "a part of it", f"use 'trial' for {column!r}, or leave within={within!r} out")
    return TRIAL if column == "trial" else (*whole, column)


def _apart(column: str, within: str) -> tuple[tuple[str, ...], ...]:
    """Whom a column of the lab's own must not part: people, unless the split stays within one."""
    return (("subject",),) if column not in RESERVED and not within else ()


def _words_of_one(column: str, within: str) -> str:
    if within:
        return (
            f"within {_EACH[within]}, leave one {column} out: it is tested by a model that trained on the other "
            f"{many(column)} of the same {_WHOLE[within]} and on nothing else"
        )
    if column == "trial":
        return (
            "leave one trial out: each trial of each session of each person is tested by a model that trained on "
            "all other trials, those of the same person too"
        )
    return f"leave one {column} out: each {column} is tested by a model that trained on all others"


def _words_of_folds(column: str, k: int, within: str) -> str:
    if within:
        return (
            f"within {_EACH[within]}, {k} folds by {column}: a model trains on {many(column)} of the same "
            f"{_WHOLE[within]} and on nothing else, and no {column} is on both sides"
        )
    if column == "trial":
        return f"{k} folds by trial: trials of all people are dealt, one by one, and none is on both sides"
    return f"{k} folds by {column}: no {column} on both sides"


_EACH = {"subject": "each person", "session": "each session of each person"}
_WHOLE = {"subject": "person", "session": "session"}


def _official(train: str, test: str, columns: Columns) -> list[Fold]:
    of_row = texts(columns, "part")
    rows = {name: np.flatnonzero(of_row == name) for name in (train, test)}
    missing = [name for name, of_part in rows.items() if not len(of_part)]
    if missing or train == test:
        known = ", ".join(sorted(set(of_row.tolist()) - {""})) or "none"
        found = f"no part {', '.join(map(repr, missing)) or 'of its own for testing'}"
        raise InputError("official", found, f"two of those that there are ({known})", "name two parts")
    return [Fold(f"{train} and {test}", rows[train], _NOTHING, rows[test])]


def _as_encoded(columns: Columns) -> list[Fold]:
    learned = np.asarray(columns.get("learned", np.zeros(len(columns["subject"]), bool)), bool)
    if learned.all() or not learned.any():
        found = f"{int(learned.sum())} of {len(learned)} trials that an encoder was trained on"
        raise InputError("as_encoded", found, "some, and some others", "make the cache with emo-train encode")
    return [Fold("trials new to the encoder", np.flatnonzero(learned), _NOTHING, np.flatnonzero(~learned))]


def _first_trials(n: int, columns: Columns) -> list[Fold]:
    number = np.asarray(columns["trial"])
    folds = []
    for name, rows in sessions(columns):
        train, test = rows[number[rows] <= n], rows[number[rows] > n]
        if not len(train) or not len(test):
            found = f"{len(train)} trials up to number {n} and {len(test)} later ones in {name}"
            raise InputError("split", found, "trials on both sides in every session", f"use another n than {n}")
        folds.append(Fold(name, train, _NOTHING, test))
    return folds


def _leave_both_out(k: int | None, seed: int, columns: Columns) -> list[Fold]:
    subjects, stimuli = parts_of(columns, ("subject",)), parts_of(columns, ("stimulus",))
    n = len(stimuli)
    if k is not None:
        check_count(k, n, "stimuli")
    part = np.arange(n) if k is None else dealt(n, k, seed)
    names = [value for (value,) in stimuli.values] if k is None else [f"part {i}" for i in range(1, k + 1)]
    part_of_row = part[stimuli.of_row]
    check_size(len(np.unique(subjects.of_row * n + part_of_row)), len(part_of_row))
    folds = []
    for number, ((who,), rows) in enumerate(zip(subjects.values, subjects.rows(), strict=True)):
        for i in np.unique(part_of_row[rows]):  # not everybody saw everything
            train = np.flatnonzero((subjects.of_row != number) & (part_of_row != i))
            folds.append(Fold(f"subject {who}, stimulus {names[i]}", train, _NOTHING, rows[part_of_row[rows] == i]))
    return folds


def _random_windows(k: int, seed: int, columns: Columns) -> list[Fold]:
    rng = np.random.default_rng(seed)
    folds = []
    for name, rows in sessions(columns):
        check_count(k, len(rows), f"windows of {name}")
        part = rng.permutation(np.arange(len(rows)) % k)
        folds += [_window_fold(f"{name}, fold {i + 1}", rows, part == i) for i in range(k)]
    return folds


def _blocks_within_trials(k: int, columns: Columns) -> list[Fold]:
    number = np.asarray(columns["trial"])
    folds = []
    for name, rows in sessions(columns):
        part = np.empty(len(rows), int)
        for trial in np.unique(number[rows]):
            of_trial = np.flatnonzero(number[rows] == trial)
            check_count(k, len(of_trial), f"windows of {name}, trial {trial}")
            part[of_trial] = np.arange(len(of_trial)) * k // len(of_trial)
        folds += [_window_fold(f"{name}, block {i + 1}", rows, part == i) for i in range(k)]
    return folds


_NOTHING = np.zeros(0, int)


def _window_fold(name: str, rows: np.ndarray, tested: np.ndarray) -> Fold:
    return Fold(name, rows[~tested], _NOTHING, rows[tested])


def _check_whole(where: str, **settings: int) -> None:
    for name, value in settings.items():
        # True is an int for Python: k_folds('trial', True) would be one fold.
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or (name == "seed" and value < 0):
            wanted = "a whole number" + (", 0 or more" if name == "seed" else "")
            raise InputError(where, f"{name}={value!r}", wanted)
