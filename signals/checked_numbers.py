"""Numbers of settings, checked where they come in."""

import math
from numbers import Integral, Real
from typing import Any

from .errors import InputError

LARGEST = 10**9
"""Of whole numbers in settings: what counts more is a slip, and overflows somewhere far from it."""


def check_whole(where: str, value: object, least: int = 1, most: int = LARGEST) -> None:
    """Refuse what is no whole number from ``least`` to ``most``."""
    if not isinstance(value, Integral) or isinstance(value, bool) or not least <= int(value) <= most:
        raise InputError(where, _shown(value), f"a whole number from {least} to {most:,}")


def check_seed(value: object) -> None:
    """Refuse what no generator of random numbers takes."""
    check_whole("seed", value, 0, 2**63 - 1)


def check_number(where: str, value: Any, *, above_zero: bool = False) -> None:
    """Refuse what is no finite number, of 0 or more, or above it."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not _is_finite(value) or value < 0 or (above_zero and value == 0):
        raise InputError(where, _shown(value), "a number above 0" if above_zero else "a number, 0 or more")


def check_text(where: str, value: object) -> None:
    """Refuse what is no text, or an empty one."""
    if not isinstance(value, str) or not value.strip():
        raise InputError(where, _shown(value), "text")


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def _shown(value: object) -> str:
    return "nothing" if value is None or value == "" else repr(value)[:60]
