"""One way of dividing rows into a part that trains and a part that tests, and who is on both sides."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...signals import UNKNOWN_SUBJECT, InputError
from .identity import TRIAL, Columns, identities_of, texts

KINDS = {"people": ("subject",), "sessions": TRIAL[:2], "films (stimuli)": ("stimulus",), "trials": TRIAL}
"""What can be on both sides, and the columns that name it. A session is one of a person, never a label of everybody."""

_UNKNOWN = {"people": ("subject", UNKNOWN_SUBJECT), "films (stimuli)": ("stimulus", "")}


@dataclass(frozen=True, eq=False)
class Fold:
    """Indices of rows: of trials of a cache, or of windows where a split divides windows.

    Args:
        name: Its name in tables, as in ``"subject 7"``.
        train: Rows to learn from.
        valid: Rows among which the epoch is chosen; empty when epochs are fixed.
        test: Rows to score, once.
    """

    name: str
    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray

    @property
    def sides(self) -> dict[str, np.ndarray]:
        """The three parts by name."""
        return {"train": self.train, "valid": self.valid, "test": self.test}


def check_folds(folds: Any, n_rows: int, split: object) -> list[Fold]:
    """``folds`` as a list, if every one of them can be trained and tested; whether one leaks the guard says.

    Args:
        folds: The output of a split, whatever it is.
        n_rows: Number of the rows that it divides.
        split: Whose folds they are, for messages.

    Raises:
        InputError: There is no fold, something is no ``Fold``, two have one name, a part that must not be empty is, or
            what should be row numbers is something else, lies outside the rows, or occurs twice.
    """
    if not isinstance(folds, list | tuple):
        raise _refused(split, _kind(folds), "a list of Fold", "return a list")
    if not folds:
        raise _refused(split, "no fold", "one fold or more", "use another split")
    for place, fold in enumerate(folds, 1):
        if not isinstance(fold, Fold):
            raise _refused(split, f"{_kind(fold)} as fold {place}", "a Fold", "make Fold(name, train, valid, test)")
        _check_fold(fold, n_rows, split, place)
    name, count = Counter(fold.name for fold in folds).most_common(1)[0]
    if count > 1:
        raise _refused(split, f"{count} folds named {name!r}", "a name of its own for each", "name them otherwise")
    return list(folds)


def sides(folds: Sequence[Fold], columns: Columns, names_subjects: bool = True) -> str:
    """The kinds on both sides of folds and those on one, as in ``on both sides: the same people; apart: trials``.

    Something is on both sides if one of it trains (or validates) and tests in at least one fold; where it is not in all
    folds, their number follows. A kind that is not known is on neither list.

    Args:
        folds: All folds of a split.
        columns: The rows that they divide, be they trials or windows.
        names_subjects: Whether the subjects in ``columns`` are people (``Cache.names_subjects``).
    """
    shared, apart, unknown = [], [], []
    for kind in KINDS:
        count = _count(folds, columns, kind)
        if count and not (kind == "people" and not names_subjects):
            where = f" (in {count} of {len(folds)} folds)" if count < len(folds) else ""
            shared.append(f"the same {kind}{where}")
        elif _is_unknown(columns, kind, names_subjects):
            unknown.append(kind)
        else:
            apart.append(kind)
    lists = {"on both sides": shared, "apart": apart, "not known": unknown}
    return "; ".join(f"{name}: {', '.join(kinds)}" for name, kinds in lists.items() if kinds)


def _check_fold(fold: Fold, n_rows: int, split: object, place: int) -> None:
    if not isinstance(fold.name, str) or not fold.name.strip():
        raise _refused(split, f"{fold.name!r} as the name of fold {place}", "text", "name it")
    for side, rows in fold.sides.items():
        if found := _wrong(rows, n_rows):
            wanted = f"an array of row numbers from 0 to {n_rows - 1}, each once"
            do = "give what np.flatnonzero gives of a mask, and np.zeros(0, int) for none"
            raise _refused(f"fold {fold.name!r} of {split!r}, {side}", found, wanted, do)
    for side in ("train", "test"):
        if not len(fold.sides[side]):
            where = f"fold {fold.name!r} of {split!r}"
            raise _refused(where, f"no row to {side}", "rows on both sides", "use another split, or leave the fold out")


def _wrong(rows: Any, n_rows: int) -> str:
    """The fault of row numbers, in words; empty if they have none."""
    if not isinstance(rows, np.ndarray):
        return _kind(rows)
    if rows.ndim != 1:
        return f"an array of shape {rows.shape}"
    if rows.dtype.kind not in "iu":
        return f"numbers of type {rows.dtype}"
    if not len(rows):
        return ""
    if (outside := rows[(rows < 0) | (rows >= n_rows)]).size:
        return f"row {outside[0]} of {n_rows}"
    if (rows[1:] > rows[:-1]).all():  # as most splits give them: no sorting
        return ""
    values, counts = np.unique(rows, return_counts=True)
    return f"row {values[counts > 1][0]} twice" if (counts > 1).any() else ""


def _kind(thing: object) -> str:
    name = type(thing).__name__
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def _refused(where: object, found: str, wanted: str, do: str) -> InputError:
    return InputError(where if isinstance(where, str) else repr(where), found, wanted, do)


def _count(folds: Sequence[Fold], columns: Columns, kind: str) -> int:
    """The number of folds in which one of a kind, if it is known, is on both sides."""
    identities = identities_of(columns, KINDS[kind])
    of_row, known = identities.of_row, ~_not_known(columns, kind)
    trains, count = np.zeros(len(identities), bool), 0
    for fold in folds:
        for side in (fold.train, fold.valid):
            trains[of_row[side]] = True
        count += bool((trains[of_row[fold.test]] & known[fold.test]).any())
        for side in (fold.train, fold.valid):  # not all of it, which would cost as much as there are identities
            trains[of_row[side]] = False
    return count


def _is_unknown(columns: Columns, kind: str, names_subjects: bool) -> bool:
    return (kind == "people" and not names_subjects) or bool(_not_known(columns, kind).any())


def _not_known(columns: Columns, kind: str) -> np.ndarray:
    """(rows,) True where the kind's column holds its word for unknown."""
    if kind not in _UNKNOWN:
        return np.zeros(len(columns["subject"]), bool)
    name, unknown = _UNKNOWN[kind]
    return np.asarray(texts(columns, name) == unknown)
