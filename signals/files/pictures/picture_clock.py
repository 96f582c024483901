"""The clock of a sequence of pictures: what the numbers in their names count, and how many a second."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...errors import InputError
from .image_sequence import ASSUMED_RATE

_UNITS = {"milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}
_USUAL = 0.1, 240.0
"""Pictures a second that a clock in names may give, Hz."""

_LEAST_CLOCK, _SURE_CLOCK = 8, 15
"""Usual steps from which numbers may be a clock's, and from which they are: fewer may be frames of which some lack."""

_CAMERAS, _MOST_FRAMES = frozenset({16, 17, 33, 34, 41, 42, 66, 67}), 1000
"""Milliseconds from one picture of a camera to the next, and the most frames of which a sequence holds one."""

_ALIKE, _MOST = 0.4, 0.75
"""Steps of a clock differ from the usual one by up to this share of it, and at least this share of them do not."""

_SAME_RATE, _SAME_JITTERED = 0.03, 0.2
"""Shares by which a stated rate of pictures may differ from the one that a clock gives."""


@dataclass(frozen=True, eq=False)
class PictureClock:
    """When pictures are shown.

    Args:
        times: (N,) seconds from the first.
        step: Seconds that one is shown for.
        assumed: Whether nobody says how many a second there are.
        remarks: What is assumed, a short sentence each.
    """

    times: np.ndarray
    step: float
    assumed: bool
    remarks: tuple[str, ...] = ()


def clock_by_numbers(path: object, numbers: Sequence[int] | None, count: int, rate: float | None) -> PictureClock:
    """The clock of ``count`` pictures by the numbers in their names, which rise.

    Numbers whose steps are multiples of the smallest count pictures, ``rate`` a second: one that is missing is a gap.
    Numbers whose steps vary a little about their median, or are those of cameras in milliseconds, or thousands, are a
    clock's: of the unit that gives 0.1 to 240 pictures a second. A ``rate`` of about as many says the same of any.

    Raises:
        InputError: The numbers are a clock's, of a unit that cannot be told, and there is no rate.
    """
    if count < 2 or numbers is None:
        steps = np.ones(max(count - 1, 0))
    else:
        steps = np.array([later - number for number, later in pairwise(numbers)], float)
    counted = np.concatenate([[0.0], np.cumsum(steps)])
    smallest = float(np.gcd.reduce(steps.astype(np.int64))) if len(steps) else 1.0
    varying = _varies(steps, smallest) or smallest in _CAMERAS or smallest > _MOST_FRAMES
    usual = float(np.median(steps)) if varying else smallest
    if (unit := _unit(path, usual, varying, rate)) is not None:
        remark = f"the numbers of its pictures are taken for {unit}, as they go up by about {usual:g}"
        return PictureClock(counted / _UNITS[unit], _mean(steps, usual) / _UNITS[unit], False, (remark,))
    remarks = [f"pictures without a rate: {ASSUMED_RATE:g} a second are assumed"] if count > 1 and rate is None else []
    if smallest > 1 and not varying:
        remarks.append(f"the numbers of its pictures go up by {smallest:g}: each stands for all until the next")
    if smallest >= _SURE_CLOCK and rate is None:
        remarks.append("if the numbers of its pictures are milliseconds, rate: 1000 says so")
    step = (_mean(steps, usual) if varying else smallest) / (rate or ASSUMED_RATE)
    return PictureClock(counted / (rate or ASSUMED_RATE), step, True, tuple(remarks))


def _varies(steps: np.ndarray, smallest: float) -> bool:
    """Whether steps vary a little about their median, as a clock's or those of frames taken at another rate."""
    usual = float(np.median(steps)) if len(steps) > 1 else 0.0
    if usual < 3 or smallest > usual / 2:
        return False
    if np.ptp(steps) <= 1:
        return True
    return usual >= _LEAST_CLOCK and bool((np.abs(steps - usual) <= _ALIKE * usual).mean() >= _MOST)


def _unit(path: object, usual: float, varying: bool, rate: float | None) -> str | None:
    """The unit of a clock in the names of pictures; None where they are counted."""
    if usual < _LEAST_CLOCK:
        return None
    if rate is not None:
        near = _SAME_JITTERED if varying else _SAME_RATE
        return next((unit for unit, ticks in _UNITS.items() if abs(rate * usual / ticks - 1) <= near), None)
    units = [unit for unit, ticks in _UNITS.items() if _USUAL[0] <= ticks / usual <= _USUAL[1]]
    if not varying:
        return None
    if len(units) == 1 and usual >= _SURE_CLOCK:
        return units[0]
    found = f"numbers in its pictures' names that go up by about {usual:g}: frames, or a clock of an unknown unit"
    do = "say in trials.yaml how many a second, as in rate: 30 of frames or rate: 1000 of milliseconds"
    raise InputError(path, found, "a rate", do)


def _mean(steps: np.ndarray, usual: float) -> float:
    """The mean of the steps that are no gaps."""
    return float(steps[steps <= 1.5 * usual].mean())
