"""Correlations of hidden units with each part of the truth, and how sure they are."""

from dataclasses import dataclass

import numpy as np

from ...signals import InputError
from .hidden_units import HiddenStates

_FEWEST_WINDOWS = 4
"""Of a subject, for a correlation that can be averaged: Fisher's z has variance 1 / (n - 3)."""

_FEWEST_SUBJECTS = 3
"""For a test over subjects."""


@dataclass(frozen=True, eq=False)
class UnitCorrelations:
    """Pearson correlations of H hidden units with M targets.

    Windows of one person are not independent, and people differ: ``p`` and ``q`` are too small, and a unit that only
    knows who it sees may correlate with whatever some people showed more. So believe ``within`` and ``within_q``.

    Attributes:
        units, targets: H and M names; of a category the correlation is with belonging to it (point-biserial).
        r: (H, M) over all windows; NaN where either never changes.
        p: (H, M) of no correlation, were all windows independent.
        q: (H, M) the same after Benjamini and Hochberg's correction over all units and targets.
        windows: (M,) with a label.
        within: (H, M) mean within-subject correlation: that of the mean of Fisher's z over subjects.
        within_p: (H, M) of its being zero, by a t test over subjects; NaN for fewer than three.
        within_q: (H, M) the same, corrected.
        subjects: (H, M) people within whom it is defined.
        origin: Which model and data, in words.
    """

    units: tuple[str, ...]
    targets: tuple[str, ...]
    r: np.ndarray
    p: np.ndarray
    q: np.ndarray
    windows: np.ndarray
    within: np.ndarray
    within_p: np.ndarray
    within_q: np.ndarray
    subjects: np.ndarray
    origin: str

    @property
    def by_subjects(self) -> bool:
        """Whether there are people enough for a test over them."""
        return bool(np.isfinite(self.within_p).any())

    def significant(self, level: float = 0.05) -> np.ndarray:
        """(H, M) whether a unit follows a target, by the test over subjects, or over windows where there are too few.

        ``level`` is the share of false ones to expect among those found.
        """
        return np.asarray((self.within_q if self.by_subjects else self.q) < level)


def unit_correlations(states: HiddenStates) -> UnitCorrelations:
    """Each unit's correlation with each part of the truth; windows without a label are left out pair by pair.

    Source: Fisher 1915 (z); Benjamini & Hochberg 1995 (false discoveries).

    Raises:
        InputError: There is no label at all, or there are fewer than four windows.
    """
    columns = states.targets()
    truth = np.stack(list(columns.values()), axis=1)
    if len(states) < _FEWEST_WINDOWS or not np.isfinite(truth).any():
        found = f"{len(states)} windows, {int(np.isfinite(truth).sum())} labels"
        raise InputError("unit_correlations", found, f"{_FEWEST_WINDOWS} windows or more, with labels", "give more")
    r, counts = _by_target(states.states, truth), np.isfinite(truth).sum(axis=0)
    within, within_p, subjects = _over_subjects(states, truth)
    p = _p_of(r, counts)
    return UnitCorrelations(
        units=states.names,
        targets=tuple(columns),
        r=r,
        p=p,
        q=corrected(p),
        windows=counts,
        within=within,
        within_p=within_p,
        within_q=corrected(within_p),
        subjects=subjects,
        origin=states.told,
    )


def correlation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson's of each column of ``x`` (N, H) with ``y`` (N,): (H,); NaN where one of them never changes."""
    if len(y) < 2:
        return np.full(x.shape[1], np.nan)
    x, y = x - x.mean(axis=0), y - y.mean()
    size, length = np.sqrt((x**2).sum(axis=0)), np.sqrt((y**2).sum())
    changes = (size > 1e-9) & (length > 1e-9)
    return np.asarray(np.where(changes, x.T @ y / np.where(changes, size * length, 1.0), np.nan))


def corrected(p: np.ndarray) -> np.ndarray:
    """Benjamini and Hochberg's q of all p that are numbers, in the same shape."""
    from scipy.stats import false_discovery_control

    q, known = np.full(p.shape, np.nan), np.isfinite(p)
    if known.any():
        q[known] = false_discovery_control(p[known])
    return q


def _by_target(x: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(H, M) correlations of x (N, H) with truth (N, M), each over its own labelled windows."""
    known = np.isfinite(truth)
    pairs = [correlation(x[known[:, m]], truth[known[:, m], m]) for m in range(truth.shape[1])]
    return np.asarray(np.clip(np.stack(pairs, axis=1), -1, 1))


def _p_of(r: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Two-sided p of r (H, M) over ``counts`` (M,) independent pairs, by Student's t."""
    from scipy.stats import t

    free = np.maximum(counts - 2, 1)
    with np.errstate(divide="ignore"):
        p = 2 * t.sf(np.abs(r) * np.sqrt(free / (1 - r**2)), free)
    return np.asarray(np.where(counts > 2, p, np.nan))


def _over_subjects(states: HiddenStates, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean within-subject correlation, its p over subjects, and of how many subjects: (H, M) each."""
    from scipy.stats import t

    z = np.stack(
        [
            _fisher(states.states[own], truth[own])
            for own in (states.subject == who for who in np.unique(states.subject))
        ]
    )  # (subjects, H, M)
    there = np.isfinite(z)
    count = there.sum(axis=0)
    mean = np.where(count > 0, np.where(there, z, 0).sum(axis=0) / np.maximum(count, 1), np.nan)
    square = np.where(there, z - mean, 0) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(square.sum(axis=0) / np.maximum(count - 1, 1) / np.maximum(count, 1))
        p = 2 * t.sf(np.abs(mean) / error, np.maximum(count - 1, 1))
    return np.tanh(mean), np.where(count >= _FEWEST_SUBJECTS, p, np.nan), count


def _fisher(x: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Fisher's z of one subject's correlations (H, M), NaN where it has too few labelled windows."""
    enough = np.isfinite(truth).sum(axis=0) >= _FEWEST_WINDOWS
    r = np.where(enough, _by_target(x, truth), np.nan)
    return np.asarray(np.arctanh(np.clip(r, -1 + 1e-7, 1 - 1e-7)))
