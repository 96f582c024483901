"""People, sessions, films and trials on both sides of a split's folds, in words."""

from collections.abc import Sequence

import numpy as np

from ...signals import UNKNOWN_SUBJECT
from .fold import Fold
from .identity import TRIAL, Columns, identities_of, texts

KINDS = {"people": ("subject",), "sessions": TRIAL[:2], "films (stimuli)": ("stimulus",), "trials": TRIAL}
"""What can be on both sides, and the columns that name it. A session is one of a person, never a label of everybody."""

_UNKNOWN = {"people": ("subject", UNKNOWN_SUBJECT), "films (stimuli)": ("stimulus", "")}


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
