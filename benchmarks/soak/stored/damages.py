"""What becomes of files: a bit flips, an end is lost, a page was never written, nothing is left, another file came."""

from collections.abc import Callable, Mapping

import numpy as np

_EDGE, _PAGE = 512, 4096

Damaged = tuple[bytes, str]
"""The bytes that stand there now, and what was done, so that it can be done again."""

Damage = Callable[[bytes, bytes, np.random.Generator], Damaged]
"""From a file's bytes and those of a sibling."""


def _flip(content: bytes, place: int, bit: int) -> Damaged:
    changed = bytearray(content)
    changed[place] ^= 1 << bit
    return bytes(changed), f"byte {place}, bit {bit}"


def flip_anywhere(content: bytes, sibling: bytes, chance: np.random.Generator) -> Damaged:
    """One bit, wherever it is."""
    return _flip(content, int(chance.integers(len(content))), int(chance.integers(8)))


def flip_edge(content: bytes, sibling: bytes, chance: np.random.Generator) -> Damaged:
    """One bit of the first or the last 512 bytes, where files say how they are built."""
    edge = min(_EDGE, len(content))
    place = int(chance.integers(edge))
    return _flip(content, place if chance.random() < 0.5 else len(content) - edge + place, int(chance.integers(8)))


def cut(content: bytes, sibling: bytes, chance: np.random.Generator) -> Damaged:
    """The rest is gone."""
    size = int(chance.integers(1, len(content)))
    return content[:size], f"cut to {size} bytes"


def zero_page(content: bytes, sibling: bytes, chance: np.random.Generator) -> Damaged:
    """A page that was never written."""
    begin = int(chance.integers(len(content))) // _PAGE * _PAGE
    size = min(_PAGE, len(content) - begin)
    return content[:begin] + bytes(size) + content[begin + size :], f"{size} zeros from byte {begin}"


def emptied(content: bytes, sibling: bytes, chance: np.random.Generator) -> Damaged:
    """Nothing is left."""
    return b"", "empty"


def replaced(content: bytes, sibling: bytes, chance: np.random.Generator) -> Damaged:
    """Another file of its kind took its place."""
    return sibling, "a sibling"


FLIPS: Mapping[str, Damage] = {"a bit anywhere": flip_anywhere, "a bit of an edge": flip_edge}
OTHERS: Mapping[str, Damage] = {"cut": cut, "a page of zeros": zero_page, "empty": emptied, "a sibling": replaced}
