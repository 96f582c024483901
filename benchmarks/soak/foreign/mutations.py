"""Mutations of files: what a bad cable, a full disk, a careless hand or a stranger makes of their bytes."""

import re
from collections.abc import Callable, Mapping

import numpy as np

_HEADER, _PAGE = 512, 4096
_NUMBER = re.compile(rb"(?<![\w.])[-+]?\d+(?:[.,]\d+)?")

HOSTILE = (
    b"",
    b"-1",
    b"0",
    b"2147483648",
    b"-9223372036854775808",
    b"1" + b"0" * 30,
    b"1e308",
    b"1e-320",
    b"nan",
    b"-inf",
    b"..",
    b"../../etc/passwd",
    b"/dev/zero",
    b"=1+1",
    b"\x1b[31m",
    b"\xff\xfe\x00",
    b"x" * 5000,
    b"9" * 5000,
)
"""What may stand where a number was."""

Mutate = Callable[[bytes, np.random.Generator], bytes]


def _flip(content: bytes, rng: np.random.Generator, end: int) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.integers(1, 9)):
        changed[rng.integers(end)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _flip_header(content: bytes, rng: np.random.Generator) -> bytes:
    return _flip(content, rng, min(_HEADER, len(content)))


def _flip_anywhere(content: bytes, rng: np.random.Generator) -> bytes:
    return _flip(content, rng, len(content))


def _truncate(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: rng.integers(len(content))]


def _zero_page(content: bytes, rng: np.random.Generator) -> bytes:
    first = int(rng.integers(len(content))) // _PAGE * _PAGE
    size = min(_PAGE, len(content) - first)
    return content[:first] + bytes(size) + content[first + size :]


def _chunk(content: bytes, rng: np.random.Generator) -> tuple[int, int]:
    first = int(rng.integers(len(content)))
    return first, first + int(rng.integers(1, max(2, min(_PAGE, len(content) // 4))))


def _duplicate(content: bytes, rng: np.random.Generator) -> bytes:
    first, last = _chunk(content, rng)
    return content[:last] + content[first:]


def _remove(content: bytes, rng: np.random.Generator) -> bytes:
    first, last = _chunk(content, rng)
    return content[:first] + content[last:]


def _hostile_number(content: bytes, rng: np.random.Generator) -> bytes:
    """Of text one number, of other files one among the first that stand in it as text, or eight bytes of it."""
    found = list(_NUMBER.finditer(content, 0, 1 << 16))
    other = HOSTILE[int(rng.integers(len(HOSTILE)))]
    if not found:
        first = int(rng.integers(min(_HEADER, len(content))))
        return content[:first] + bytes(rng.choice([0, 127, 128, 255], 8).astype(np.uint8)) + content[first + 8 :]
    number = found[int(rng.integers(len(found)))]
    return content[: number.start()] + other + content[number.end() :]


def _append(content: bytes, rng: np.random.Generator) -> bytes:
    return content + bytes(rng.integers(0, 256, int(rng.integers(1, _PAGE)), np.uint8))


MUTATIONS: Mapping[str, Mutate] = {
    "bits flipped in the header": _flip_header,
    "bits flipped": _flip_anywhere,
    "cut": _truncate,
    "a page of zeros": _zero_page,
    "a piece twice": _duplicate,
    "a piece missing": _remove,
    "a hostile number": _hostile_number,
    "rubbish behind": _append,
}
"""Ways to spoil a file, by what was done to it."""
