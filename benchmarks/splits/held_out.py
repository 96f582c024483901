"""Folds that hold out one part after another: of everything, of each person, of each session of a person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...signals import UNKNOWN_SUBJECT, InputError
from ...signals.trials.further_columns import RESERVED
from .fold import Fold
from .identity import Columns, Identities, identities_of, texts

WITHIN = {"subject": ("subject",), "session": ("subject", "session")}
"""Wholes that a fold may stay within: a person, or a session of a person."""

_OTHERWISE = "split by another column, as in --split \"k_folds('trial', 5)\""
_MOST_ROWS = 500_000_000  # four gigabytes of row numbers
_NOTHING = np.zeros(0, int)


def leave_each_out(group: tuple[str, ...], within: str, columns: Columns) -> list[Fold]:
    """Folds, one for each value of ``group``: it tests, and all others within the same whole train.

    Raises:
        InputError: Something cannot be split by; a whole with one part is named.
    """
    parts = parts_of(columns, group, within)
    if not within:
        check_size(len(parts), len(parts.of_row))
    folds = []
    for whole in _wholes(columns, parts, within):
        if len(whole.parts) < 2:
            raise _too_few(f"1 {group[-1]} of {whole.name}", f"two or more of each {within}", group[-1])
        folds += [whole.fold(parts.describe(part), whole.of_row == part) for part in whole.parts]
    return folds


def deal_out(group: tuple[str, ...], k: int, seed: int, within: str, columns: Columns) -> list[Fold]:
    """``k`` folds of each whole: the values of ``group`` are dealt among them at random.

    The dealing of a person depends on the seed and on where the person's rows begin, on no name and on no label.

    Raises:
        InputError: Something cannot be split by; the whole with fewest parts is named if those are too few.
    """
    parts = parts_of(columns, group, within)
    wholes = list(_wholes(columns, parts, within))
    _check_enough(k, wholes, group[-1], within)
    folds = []
    for whole in wholes:
        part = dealt(len(whole.parts), k, (seed, whole.place) if within else seed)
        of_row = part[np.searchsorted(whole.parts, whole.of_row)]
        before = f"{whole.name}, " if within else ""
        folds += [whole.fold(f"{before}fold {i + 1} by {group[-1]}", of_row == i) for i in range(k)]
    return folds


def dealt(n: int, k: int, seed: int | Sequence[int]) -> np.ndarray:
    """(n,) the one of ``k`` parts, from 0, that each of ``n`` things is dealt to."""
    part = np.empty(n, int)
    part[np.random.default_rng(seed).permutation(n)] = np.arange(n) % k
    return part


def parts_of(columns: Columns, group: tuple[str, ...], within: str = "") -> Identities:
    """What can be held out.

    Raises:
        InputError: A column is unknown or says what is to be predicted, a stimulus or a person is not known, or there
            are fewer than two parts.
    """
    if "category" in group:
        do = "split by subject, session, stimulus or trial"
        raise InputError("column 'category'", "what is to be predicted", "who or what was recorded", do)
    parts = identities_of(columns, group)
    if "stimulus" in group:
        _check_known(columns, "stimulus", "", "split by another column, or name what was shown")
    for name in (name for name in group if name not in RESERVED):
        _check_known(columns, name, "", "split by another column, or fill it in and make the cache again")
    if within == "subject":
        _check_known(columns, "subject", UNKNOWN_SUBJECT, "use within='session', or leave within='subject' out")
    if len(parts) < 2:
        found = _only(parts)
        raise InputError(f"column {group[-1]!r}", found, "two values or more to split by", _OTHERWISE)
    return parts


def _only(parts: Identities) -> str:
    """The value of a column that has no other, in words."""
    if not len(parts):
        return "no rows"
    return f"only {parts.values[0][0]!r}" if len(parts.names) == 1 else f"only {parts.describe(0)}"


def sessions(columns: Columns) -> Iterator[tuple[str, np.ndarray]]:
    """Name and rows of each subject's sessions, in natural order."""
    identities = identities_of(columns, WITHIN["session"])
    for number, rows in enumerate(identities.rows()):
        yield identities.describe(number), rows


def many(column: str) -> str:
    """The plural of a column's name."""
    return "stimuli" if column == "stimulus" else f"{column}s"


def check_count(k: int, n: int, what: str) -> None:
    """Refuse ``k`` folds of ``n`` things, where some would be empty."""
    if not 2 <= k <= n:
        raise InputError("split", f"{k} folds of {n} {what}", f"2 to {n} folds", "use another number of folds")


def check_size(folds: int, rows: int) -> None:
    """Refuse folds whose row numbers alone would fill the memory: nobody trains so many models on so many rows."""
    if folds * rows > _MOST_ROWS:
        raise InputError(
            "split",
            f"{folds:,} folds of {rows:,} rows each",
            "folds that fit in memory",
            "deal into fewer, as in k_folds('trial', 10) or leave_stimulus_and_subject_out(k=10), or stay "
            "within a person, as in leave_one_out('trial', within='subject')",
        )


@dataclass(frozen=True, eq=False)
class _Whole:
    """A whole that a fold stays within: everything, a person, or a session of a person.

    Attributes:
        name: As in ``"subject 7"``; empty for everything.
        place: Where its first row stands among those of the others, from 0; it does not depend on any name.
        rows: Its rows, ascending.
        of_row: For each of them the number of its part.
        parts: Numbers of its parts, ascending.
    """

    name: str
    place: int
    rows: np.ndarray
    of_row: np.ndarray
    parts: np.ndarray

    def fold(self, name: str, tested: np.ndarray) -> Fold:
        """The rows that are ``tested`` against all others of the whole."""
        return Fold(name, self.rows[~tested], _NOTHING, self.rows[tested])


def _wholes(columns: Columns, parts: Identities, within: str) -> Iterator[_Whole]:
    """Wholes that folds stay within, in natural order."""
    if not within:
        yield _Whole("", 0, np.arange(len(parts.of_row)), parts.of_row, np.arange(len(parts)))
        return
    wholes = identities_of(columns, WITHIN[within])
    rows_of = wholes.rows()
    places = np.argsort(np.argsort([rows[0] for rows in rows_of]))
    for number, rows in enumerate(rows_of):
        of_row = parts.of_row[rows]
        yield _Whole(wholes.describe(number), int(places[number]), rows, of_row, np.unique(of_row))


def _check_known(columns: Columns, name: str, unknown: str, do: str) -> None:
    of_row = texts(columns, name)
    if count := int(np.sum(of_row == unknown)):
        found = f"{count} of {len(of_row)} rows whose {name} is not known"
        raise InputError(f"column {name!r}", found, f"a {name} in each row", do)


def _check_enough(k: int, wholes: Sequence[_Whole], column: str, within: str) -> None:
    """Refuse more folds than somebody has parts, naming the one who has fewest."""
    least = min(wholes, key=lambda whole: len(whole.parts))
    n = len(least.parts)
    if within and n < 2 <= k:
        raise _too_few(f"{k} folds of 1 {column} of {least.name}", f"two or more of each {within}", column)
    check_count(k, n, f"{many(column)} of {least.name}" if within else f"values of {column}")


def _too_few(found: str, wanted: str, column: str) -> InputError:
    do = f"leave within= out, as in k_folds({column!r}, 5), so that a model trains on others too"
    return InputError("split", found, wanted, do)
