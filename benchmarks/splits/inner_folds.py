"""A validation part inside the training part, so that epochs are chosen without a look at the test part."""

from dataclasses import replace

import numpy as np

from ...signals import InputError
from .fold import Fold
from .identity import TRIAL, Columns, identities_of
from .splits import Split

SHARE = 5
"""One group in so many validates, and at least one."""


def inner_validation(fold: Fold, columns: Columns, split: Split, seed: int = 0) -> Fold:
    """``fold`` with a part of its training trials turned into its validation part, by the protocol's own groups.

    Where a protocol holds out trials, the last trial of each category in each session validates; where no session has
    two of a category, or there are no categories, a fifth of the training trials, drawn by ``seed``. Where it holds out
    groups (subjects, stimuli, sessions of a person), a fifth of the training part's groups validates, drawn by
    ``seed``; trials that share one group with the validation part and another with the training part join neither. Of a
    fold within a person both parts are that person's.

    Raises:
        InputError: The split divides windows, or there is too little to divide.
    """
    if split.level == "window":
        raise InputError("inner validation", f"{split!r}, which leaks", "a split of trials", "use fixed epochs")
    held = _last_of_each_category(columns, fold.train) if split.groups == (TRIAL,) else np.zeros(0, bool)
    if held.any():
        inner = replace(fold, train=fold.train[~held], valid=fold.train[held])
    else:
        inner = _by_groups(fold, columns, split, np.random.default_rng(seed))
    if not len(inner.valid) or not len(inner.train):
        found = f"{len(fold.train)} training trials in fold {fold.name}, too few to divide"
        raise InputError("inner validation", found, "trials for both parts", "use fixed epochs")
    return inner


def _last_of_each_category(columns: Columns, train: np.ndarray) -> np.ndarray:
    """(train,) True for the last of its category in its session; the only trial of a category goes on training."""
    training = _rows(columns, train)
    kind = identities_of(training, (*TRIAL[:2], "category")).of_row
    order = np.lexsort(
        (-np.arange(len(train)), np.asarray(training["trial"]), kind)
    )  # of equal numbers the first is last
    last = order[np.append(kind[order][1:] != kind[order][:-1], True)]
    held = np.zeros(len(train), bool)
    held[last] = (np.bincount(kind)[kind[last]] > 1) & (np.asarray(training["category"])[last] >= 0)
    return held


def _by_groups(fold: Fold, columns: Columns, split: Split, rng: np.random.Generator) -> Fold:
    training = _rows(columns, fold.train)
    held = np.stack([_drawn(identities_of(training, group).of_row, rng) for group in split.groups])
    return replace(fold, train=fold.train[~held.any(axis=0)], valid=fold.train[held.all(axis=0)])


def _drawn(of_row: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(rows,) True in the groups drawn for validation; groups stand in the order of their first row, not of names."""
    groups, first = np.unique(of_row, return_index=True)
    groups = groups[np.argsort(first)]
    return np.isin(of_row, groups[rng.permutation(len(groups))[: max(1, len(groups) // SHARE)]])


def _rows(columns: Columns, rows: np.ndarray) -> Columns:
    """Some rows of all columns, so that a small part of a large cache costs little."""
    return {name: np.asarray(values)[rows] for name, values in columns.items()}
