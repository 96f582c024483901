"""Balance of rare and frequent emotions, in the training windows only."""

from collections.abc import Callable

import numpy as np

from ...preprocessing import AnyWindows
from ...signals import InputError
from ...signals.random_streams import RandomStream
from .training import check_balance

CELLS = 40
"""Cells along each axis of the plane of valence and arousal (Rangulov and Fahim, arXiv 2006.11168)."""


def category_sample(train: AnyWindows, rng: np.random.Generator) -> np.ndarray:
    """Rows of the windows that stay when every category has as many as the rarest one; those without one stay."""
    category = train.category
    counts = np.bincount(category[category >= 0])
    if not counts.any():
        raise InputError("balance by category", "no window with a category", "some", "balance by affect, or not at all")
    least = counts[counts > 0].min()
    rows = [np.flatnonzero(category < 0)]
    rows += [rng.permutation(np.flatnonzero(category == k))[:least] for k in np.flatnonzero(counts)]
    return np.sort(np.concatenate(rows))


def affect_sample(train: AnyWindows, rng: np.random.Generator) -> np.ndarray:
    """Rows of the windows that stay when crowded cells of the valence-arousal plane are thinned out.

    Windows without a valence or an arousal stay.

    Of a cell with n windows each stays with probability max(0, 1 - n / M), M half-way between the mean over all 1,600
    cells and the largest; windows at exactly the middle of both scales, the usual word for nothing, go (arXiv
    2006.11168). Each axis has its own edges, and a value on the lowest edge belongs to the first cell.
    """
    names = train.cache.task.dimensions
    if not {"valence", "arousal"} <= set(names):
        found = f"dimensions {', '.join(names) or 'none'}"
        raise InputError("balance by affect", found, "valence and arousal", "balance by category, or not at all")
    affect = train.cache.task.normalised(train.dimensions)[:, [names.index("valence"), names.index("arousal")]]
    known = np.isfinite(affect).all(axis=1)
    counts = affect_histogram(affect[known])
    most = (counts.mean() + counts.max()) / 2
    chance = np.ones(len(affect))
    rows, columns = (_cell(affect[known, axis]) for axis in (0, 1))
    chance[known] = np.maximum(0, 1 - counts[rows, columns] / most) * affect[known].any(axis=1)
    return np.flatnonzero(rng.random(len(affect)) < chance)


def affect_histogram(affect: np.ndarray) -> np.ndarray:
    """(CELLS, CELLS) counts of valence (rows) and arousal (columns), from (N, 2) as networks see them: -1..1."""
    counts = np.zeros((CELLS, CELLS), int)
    np.add.at(counts, (_cell(affect[:, 0]), _cell(affect[:, 1])), 1)
    return counts


SAMPLES: dict[str, Callable[[AnyWindows, np.random.Generator], np.ndarray]] = {
    "category": category_sample,
    "affect": affect_sample,
}
"""Those of ``BALANCES`` that leave windows out."""


def balanced(train: AnyWindows, name: str, seed: int) -> AnyWindows:
    """The training windows that stay; all of them unless ``name`` leaves some out.

    Raises:
        InputError: The windows lack what they are balanced by, or none stays.
    """
    check_balance(name)
    if name not in SAMPLES:
        return train
    kept = SAMPLES[name](train, RandomStream.BALANCE.rng(seed))
    if not len(kept):
        raise InputError(f"balance by {name}", "no window left", "some", "balance in another way")
    return train.take(kept)


def sampling_weights(category: np.ndarray) -> np.ndarray:
    """(N,) weights of the windows in a draw: every category equally often in all; those without one, as the average."""
    counts = np.bincount(category[category >= 0], minlength=1)
    weights = np.full(len(category), 1.0)
    known = category >= 0
    present = max(int((counts > 0).sum()), 1)
    weights[known] = known.sum() / (present * counts[category[known]])
    return weights


def _cell(values: np.ndarray) -> np.ndarray:
    return np.clip(np.floor((values + 1) / 2 * CELLS), 0, CELLS - 1).astype(int)
