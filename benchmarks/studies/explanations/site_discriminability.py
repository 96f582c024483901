"""Discriminability of two categories by each site alone: a truth of the recordings before any network has learned."""

import numpy as np

from ....preprocessing import Windows
from ....signals import InputError


def discriminability(windows: Windows) -> np.ndarray:
    """(S,) distance of two categories' means in standard deviations within a category, in single slices.

    The sensitivity index d' of signal detection (Green and Swets 1966), ``(m1 - m2) / sqrt((v1 + v2) / 2)``, for each
    feature of each site within each person; its mean over people, since nothing else can be learned for people who
    have not been seen; of that the root mean square over the site's features.

    Args:
        windows: Windows of one slice, of one series, with two categories.

    Raises:
        InputError: There are not two categories, or a person has fewer than two slices of one.
    """
    if windows.n_slices != 1:
        raise InputError("discriminability", f"windows of {windows.n_slices} slices", "of one slice", "cut them so")
    x, known = windows.x()[:, 0].astype(float), windows.category >= 0
    categories = np.unique(windows.category[known])
    if len(categories) != 2:
        raise InputError("discriminability", f"{len(categories)} categories", "two", "keep the slices of two")
    subject = windows.columns["subject"]
    by_person = []
    for person in np.unique(subject):
        first, other = (x[(subject == person) & (windows.category == k)] for k in categories)
        by_person.append(_apart(first, other))
    # The mean comes before the square: a feature that differs one way in some people and the other way in others
    # tells nothing about the next person.
    mean = np.mean(by_person, axis=0)
    return np.asarray(np.sqrt(np.mean(mean**2, axis=-1)))


def _apart(first: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(S, F) d' of one person's slices (N, S, F) of two categories; 0 where a feature never changes."""
    if min(len(first), len(other)) < 2:
        found = f"{len(first)} and {len(other)} slices of a person's categories"
        raise InputError("discriminability", found, "two or more of each", "leave that person out")
    spread = np.sqrt((first.var(axis=0) + other.var(axis=0)) / 2)
    difference = first.mean(axis=0) - other.mean(axis=0)
    return np.asarray(np.divide(difference, spread, out=np.zeros_like(difference), where=spread > 0))
