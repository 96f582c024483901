"""Rates that count as one: true times differ a little from what devices are said to keep."""

from collections.abc import Sequence

import numpy as np

TOLERANCE = 0.01
"""Difference of rates, as a share, up to which they count as the same: 29.97, 30 and a phone's 30.01 Hz."""


def same_rate(these: float, those: float) -> bool:
    """True where two durations of slices, in seconds, belong to the same nominal rate."""
    return abs(these - those) <= TOLERANCE * those


def usual_interval(intervals: np.ndarray) -> float:
    """The mean of the intervals (n,) without gaps: of those of up to one and a half times their median."""
    return float(intervals[intervals <= 1.5 * np.median(intervals)].mean())


def nominal_duration(durations: Sequence[float]) -> float | None:
    """The duration of a slice (s) that stands for all ``durations``, or None where they are of several rates.

    It is their own where they are equal; else a whole number a second where one is near enough to all, or the middle.
    """
    if len(set(durations)) == 1:
        return durations[0]
    middle = (min(durations) + max(durations)) / 2
    whole = 1 / max(round(1 / middle), 1)
    nominal = (duration for duration in (whole, middle) if all(same_rate(each, duration) for each in durations))
    return next(nominal, None)
