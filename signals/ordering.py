"""Sorting names the way people count: 2 before 10."""

import re


def natural_order(name: str) -> tuple[tuple[int, int | str], ...]:
    """A sort key under which numbers inside names count: ``s2`` before ``s10``."""
    pieces = re.split(r"(\d+)", name)
    # a kind before each piece: numbers are compared with numbers only
    return tuple((0, int(piece)) if piece.isdecimal() else (1, piece) for piece in pieces if piece)
