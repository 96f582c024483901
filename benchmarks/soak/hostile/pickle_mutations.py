"""Pickles of a stranger: whole ones with bytes changed, and small ones that make much work, or would run something."""

import pickle
import random
import struct
from collections.abc import Mapping, Sequence

import numpy as np

from ....signals.datasets.deap.lookalike import python_2_pickle

NDARRAY, DTYPE, ENCODE = b"cnumpy\nndarray\n", b"cnumpy\ndtype\n", b"c_codecs\nencode\n"
"""Steps that name what an array and a text of bytes are made by."""

_ARRAY = pickle.dumps(np.zeros(3), protocol=2)
_STEPS = (b"(", b"\x86", b"2", b"h\x00", b"}", b"s", b"R", b"b", b"0", b"t", b"u", b"]e", b"\x81", b"\x85", b"a")
_NAMES = (b"cos\nsystem\n", b"cbuiltins\neval\n", b"c__builtin__\nopen\n", NDARRAY, DTYPE, ENCODE)
_TEXTS = (b"S'touch MARK'\n", b"X\x04\x00\x00\x00MARK", b"K\x01", b"J\xff\xff\xff\x7f", b")", b"]", b"}", b"N")


def doubled(levels: int) -> bytes:
    """Steps that make a tuple of two tuples of two ...: to hash it, or to write it down, takes 2 ** levels steps."""
    steps = b"".join(b"h" + bytes([k]) + b"h" + bytes([k]) + b"\x86q" + bytes([k + 1]) + b"0" for k in range(levels))
    return b"\x80\x02)q\x000" + steps + b"h" + bytes([levels])


def _often() -> bytes:
    """One long text, encoded again and again."""
    text = b"X" + struct.pack("<I", 60_000) + b"a" * 60_000 + b"q\x00X\x06\x00\x00\x00latin1q\x03"
    return text + ENCODE + b"q\x02" + b"h\x02h\x00h\x03\x86R0" * 30_000 + b"N."


def bombs() -> Mapping[str, bytes]:
    """Pickles of few bytes that make much work, by what does: each must be refused."""
    return {
        "a key": b"}" + doubled(60) + b"K\x01s.",
        "keys": b"}(" + doubled(60) + b"K\x01u.",
        "a dict": b"(" + doubled(60) + b"K\x01d.",
        "a shape": _ARRAY.replace(b"K\x03\x85", doubled(60)[2:]),
        "a type": DTYPE + doubled(60) + b"\x85R.",
        "marks": b"(" * 1_000_000 + b".",
        "lists": b"]" * 1_000_000 + b".",
        "copies": b"N" + b"2" * 1_000_000 + b".",
        "one text often": _often(),
        "an encoding": ENCODE + b"S'a'\n" + doubled(60) + b"\x86R.",
    }


def whole_pickles() -> Sequence[bytes]:
    """Pickles as data sets have them, of each protocol and of Python 2."""
    values = np.random.default_rng(0).standard_normal((40, 100))
    nested = {"data": values, "more": [1, (2.5, "a"), {"b": np.arange(5)}]}
    return [pickle.dumps(nested, protocol) for protocol in range(6)] + [python_2_pickle({"data": values})]


def mutated(draw: random.Random, content: bytes) -> bytes:
    """A pickle with some bytes changed, taken out or doubled, or with steps put in."""
    changed = bytearray(content)
    for _ in range(draw.choice((1, 2, 8, 30))):
        at = draw.randrange(len(changed) + 1)
        change = draw.randrange(4)
        if change == 0 and at < len(changed):
            changed[at] = draw.randrange(256)
        elif change == 1:
            del changed[at : at + draw.randrange(1, 20)]
        elif change == 2:
            changed[at:at] = changed[at : at + draw.randrange(1, 200)] * draw.randrange(1, 20)
        else:
            changed[at:at] = draw.choice(_STEPS)
    return bytes(changed)


def constructed(draw: random.Random) -> bytes:
    """A pickle put together from steps: names of what runs, texts, numbers, calls, and what makes much of little."""
    steps = [draw.choice((b"", b"\x80\x02", b"\x80\x04", b"\x80\x05"))]
    for _ in range(draw.randrange(2, 40)):
        steps.append(draw.choice(draw.choice((_STEPS, _NAMES, _TEXTS))))
        if draw.random() < 0.02:
            steps.append(doubled(draw.randrange(2, 80))[2:])
        if draw.random() < 0.02:
            steps.append(draw.choice((b"(", b"]", b"2", b"}", b"N", b"K\x01")) * draw.randrange(1, 200_000))
    return b"".join([*steps, b"."])
