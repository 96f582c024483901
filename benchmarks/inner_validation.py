"""A validation part inside the training part, so that epochs are chosen without a look at the test part."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..signals import InputError
from .fold import Fold
from .splits import TRIAL, Columns, Split, identities

SHARE = 5
"""One group in so many validates, and at least one."""


def inner_validation(fold: Fold, columns: Columns, split: Split, seed: int = 0) -> Fold:
    """``fold`` with a part of its training trials turned into its validation part, by the protocol's own groups.

    Where a protocol divides the trials of a session, the last trial of each category in each session validates.
    Where it holds out groups (subjects, stimuli), a fifth of the training part's groups validates, drawn by ``seed``;
    trials that share one group with the validation part and another with the training part join neither.

    Raises:
        InputError: The split divides windows, or there is too little to divide.
    """
    if split.level == "window":
        raise InputError("inner validation", f"{split!r}, which leaks", "a split of trials", "use fixed epochs")
    if split.groups == (TRIAL,):
        held = _last_of_each_category(columns, fold.train)
        inner = replace(fold, train=fold.train[~held], valid=fold.train[held])
    else:
        inner = _by_groups(fold, columns, split, np.random.default_rng(seed))
    if not len(inner.valid) or not len(inner.train):
        found = f"{len(fold.train)} training trials in fold {fold.name}, too few to divide"
        raise InputError("inner validation", found, "trials for both parts", "use fixed epochs")
    return inner


def _last_of_each_category(columns: Columns, train: np.ndarray) -> np.ndarray:
    """Which of ``train`` are the last of their category in their session; a category's only trial stays."""
    sessions = identities(columns, ("subject", "session"))
    category, number = np.asarray(columns["category"]), np.asarray(columns["trial"])
    held = np.zeros(len(train), bool)
    for session in {sessions[row] for row in train}:
        own = np.array([sessions[row] == session for row in train])
        for kind in np.unique(category[train[own]]):
            alike = np.flatnonzero(own & (category[train] == kind))
            if kind >= 0 and len(alike) > 1:
                held[alike[np.argmax(number[train[alike]])]] = True
    return held


def _by_groups(fold: Fold, columns: Columns, split: Split, rng: np.random.Generator) -> Fold:
    held = np.stack([_drawn(identities(columns, group), fold.train, rng) for group in split.groups])
    return replace(fold, train=fold.train[~held.any(axis=0)], valid=fold.train[held.all(axis=0)])


def _drawn(of_row: Sequence[tuple[str, ...]], train: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which of ``train`` belong to the groups drawn for validation."""
    groups = list(dict.fromkeys(of_row[row] for row in train))
    chosen = {groups[i] for i in rng.permutation(len(groups))[: max(1, len(groups) // SHARE)]}
    return np.array([of_row[row] in chosen for row in train])
