"""Elements of MATLAB files of version 5 to 7.2 by their headers, held against the bytes that there are.

Format: "MAT-File Format", The MathWorks: a tag of type and length before every piece; a matrix has flags, dimensions,
a name, and then numbers, text, or further matrices.
"""

import math
import mmap
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...errors import InputError
from ...regular_file import check_regular

Order = Literal["little", "big"]
Content = bytes | mmap.mmap

_INT32, _MATRIX, _COMPRESSED = 5, 14, 15
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE, _FUNCTION, _OPAQUE = 1, 2, 3, 4, 5, 16, 17
_BYTES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}
"""Bytes of a number by the type of its element."""

_VALUES = frozenset({*_BYTES, 16, 17, 18})
"""Types of what a matrix holds, UTF-8, 16 and 32 among them: SciPy falls on any other."""

_KINDS = {
    _CELL: "cell",
    _STRUCT: "struct",
    _OBJECT: "object",
    _CHAR: "char",
    _SPARSE: "sparse",
    6: "double",
    7: "single",
}
_KINDS |= {8: "int8", 9: "uint8", 10: "int16", 11: "uint16", 12: "int32", 13: "uint32", 14: "int64", 15: "uint64"}
_KINDS |= {_FUNCTION: "function", _OPAQUE: "opaque"}

_PLAIN = {*range(_CHAR, 16)} - {_SPARSE}
_PLAIN |= {0x0200 + kind for kind in _PLAIN}
"""Flags of matrices of numbers and text that are not complex."""

_USUAL, _NONE = 56, (0, 0, b"", 0, 0)
"""Bytes before the content of a matrix of two dimensions without a name."""

_MOST = 10_000
"""Variables of a file, and fields of a structure."""

_MOST_ELEMENTS, _DEEPEST = 1_000_000, 100
"""Matrices in a variable, and levels of matrices in matrices; a reader calls itself for each level."""

_HEAD = 4096
"""Bytes of a matrix in which everything stands but its content."""

_TIMES, _ALWAYS = 64, 1 << 30
"""What compressed elements may become: as many times their bytes, and so many in any case."""


class Broken(ValueError):
    """An element that no program writes."""


@dataclass(frozen=True)
class Variable:
    """One variable, by its header.

    Args:
        name, shape: Of MATLAB.
        kind: MATLAB's word.
        at, size: Its element in the file, with the tag.
        compressed: Whether it is deflated.
        n_bytes: Of its numbers; 0 where it holds none, or complex ones, or more or fewer than its shape says.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    at: int
    size: int
    compressed: bool = False
    n_bytes: int = 0


def file_order(header: bytes) -> Order | None:
    """The order of bytes in a file that begins like this; None where it is no MATLAB 5 file."""
    orders: dict[bytes, Order] = {b"\0\1IM": "little", b"\1\0MI": "big"}
    return orders.get(header[124:128])


def most_inflated(size: int) -> int:
    """Bytes that so many deflated ones may become."""
    return max(_ALWAYS, _TIMES * size)


def elements(path: Path, order: Order) -> list[tuple[int, int, bool]]:
    """Place, size with the tag, and whether it is deflated, of each element of a file.

    Raises:
        InputError: They end elsewhere than the file does, or there are too many.
    """
    size = path.stat().st_size
    check_regular(path)
    found, at = list[tuple[int, int, bool]](), 128
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            kind, length = struct.unpack(_ends("II", order), file.read(8))
            found.append((at, 8 + length, kind == _COMPRESSED))
            at += 8 + length
            if len(found) > _MOST:
                do = "keep the arrays that are read, and leave the others out"
                raise InputError(path, f"more than {_MOST:,} variables", "fewer", do)
    if at != size or size == 128:
        raise InputError(path, f"{size} bytes", f"{max(at, 136)} bytes or more", "copy the file again: it is cut short")
    return found


def variables(path: Path, order: Order) -> Iterator[Variable]:
    """The variables of a file; of each no more than a few kilobytes are read.

    Raises:
        Broken, struct.error, zlib.error: A header is none.
        InputError: As ``elements``.
    """
    with path.open("rb") as file:
        for at, size, compressed in elements(path, order):
            file.seek(at + 8 * compressed)
            content = file.read(min(size - 8 * compressed, _HEAD))
            head = zlib.decompressobj().decompress(content, _HEAD) if compressed else content
            yield _variable(head, order, at, size, compressed)


def check_matrices(path: Path, order: Order) -> None:
    """Refuse a file whose matrices take a reader more memory, depth or work than their bytes are worth.

    Each piece is passed as SciPy passes it: by the counts in front of it, whatever the matrix around it announces.

    Raises:
        InputError: One does; or as ``elements``.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            for at, size, compressed in elements(path, order):
                if compressed:
                    inflated = _inflated(content[at + 8 : at + size])
                    _walk(inflated, 0, len(inflated), order)
                else:
                    _walk(content, at, at + size, order)
    except (Broken, struct.error, zlib.error) as error:
        raise InputError(
            path, f"matrices that no program writes ({error})", "a whole .mat file", "copy it again"
        ) from error


def is_deflated(path: Path, order: Order) -> bool:
    """Whether an element of the file is deflated."""
    return any(compressed for _, _, compressed in elements(path, order))


def _ends(form: str, order: Order) -> str:
    return f"{'<' if order == 'little' else '>'}{form}"


def _inflated(content: bytes) -> bytes:
    most = most_inflated(len(content))
    inflated = zlib.decompressobj().decompress(content, most)
    if len(inflated) == most:
        raise Broken(f"{len(content):,} bytes that become more than {most:,}")
    return inflated


def _variable(head: bytes, order: Order, at: int, size: int, compressed: bool) -> Variable:
    walk = _Pieces(head, order)
    kind, _, content = walk.tag(0)
    if kind != _MATRIX or content != 8:
        raise Broken("a variable that is no matrix")
    flags, of, shape, place = walk.matrix(8)
    if of == _OPAQUE:
        return Variable("", (), _KINDS[_OPAQUE], at, size)
    _, length, begin = walk.tag(place)
    name, place = head[begin : begin + length].split(b"\0")[0].decode("latin1"), walk.behind(place)
    if place + 8 > len(head) and of in _KINDS and of not in (_CELL, _STRUCT, _OBJECT, _FUNCTION):
        raise Broken("a name longer than any")
    n_bytes = 0
    if of in _KINDS and 6 <= of <= 15:
        stored, length, _ = walk.tag(place)
        whole = stored in _BYTES and length == _BYTES[stored] * math.prod(shape) and not flags & 0x0800
        n_bytes = length if whole else 0
    word = "logical" if flags & 0x0200 else _KINDS.get(of, "unknown")
    return Variable(name, shape, word, at, size, compressed=compressed, n_bytes=n_bytes)


class _Pieces:
    """Tags of pieces in some bytes."""

    def __init__(self, content: Content, order: Order) -> None:
        self.content, self.order = content, order
        self.two = struct.Struct(_ends("II", order))

    def tag(self, at: int) -> tuple[int, int, int]:
        """Type and length of a piece, and where its content begins."""
        kind, length = self.two.unpack_from(self.content, at)
        if kind >> 16:  # up to four bytes in the tag itself
            return kind & 0xFFFF, kind >> 16, at + 4
        return kind, length, at + 8

    def behind(self, at: int) -> int:
        """The place behind a piece."""
        kind, length = self.two.unpack_from(self.content, at)
        return at + 8 if kind >> 16 else at + 8 + (length + 7) // 8 * 8

    def matrix(self, at: int) -> tuple[int, int, tuple[int, ...], int]:
        """Flags, class and dimensions of the matrix whose content begins here, and where its name is."""
        flags = int(self.two.unpack_from(self.content, at + 8)[0])
        if flags & 0xFF == _OPAQUE:
            return flags, _OPAQUE, (), at + 16
        _, length, begin = self.tag(at + 16)
        if length > 128 or length % 4:
            raise Broken("a matrix of more than 32 dimensions")
        shape = struct.unpack_from(_ends(f"{length // 4}i", self.order), self.content, begin)
        if min(shape, default=0) < 0:
            raise Broken("a negative dimension")
        return flags, flags & 0xFF, shape, self.behind(at + 16)


def _walk(content: Content, at: int, end: int, order: Order) -> None:
    """Pass over the matrix at a place and all in it."""
    pieces, usual, unpack = _Pieces(content, order), set[bytes](), struct.Struct(_ends("II40sII", order)).unpack_from
    left, count, last = [1], 1, end - _USUAL  # matrices that are still to come, by level
    while left:
        more = left.pop()
        while more:
            # nearly all are short numbers or text without a name, most of them with a head that was looked at before
            kind, length, head, small, stored = unpack(content, at) if at <= last else _NONE
            more -= 1
            if head in usual and kind == _MATRIX and length and small & 0xFFFF in _VALUES:
                at += _USUAL if small >> 16 else _USUAL + (stored + 7 & ~7)
                continue
            at, further = _passed(pieces, at, end)
            count += further
            if count > _MOST_ELEMENTS or len(left) > _DEEPEST or 8 * further > end:
                raise Broken(f"more than {_MOST_ELEMENTS:,} matrices, or {_DEEPEST} levels of them")
            if _is_usual(head, order):
                usual.add(head)
            if further:
                left.append(more)
                more = further


def _is_usual(head: bytes, order: Order) -> bool:
    """Whether a matrix with these 40 bytes behind its tag has one piece of content, right behind them."""
    if not head:
        return False
    _, _, flags, _, of, dims, _, _, text, name = struct.unpack(_ends("10I", order), head)
    return flags in _PLAIN and of == _INT32 and dims == 8 and text == 1 and not name


def _passed(pieces: _Pieces, at: int, end: int) -> tuple[int, int]:
    """The place behind a matrix, or where those in it begin, and how many these are."""
    kind, length, begin = pieces.tag(at)
    if kind != _MATRIX or begin != at + 8 or at + 8 > end:
        raise Broken("something that is no matrix where one belongs")
    if not length:
        return begin, 0
    flags, of, shape, place = pieces.matrix(begin)
    if of == _OPAQUE:
        return _behind(pieces, place, 3), 1
    place, count = pieces.behind(place), math.prod(shape)
    if of == _FUNCTION:
        return place, 1
    if of == _CELL:
        return place, count
    if of in (_STRUCT, _OBJECT):
        place = _behind(pieces, place, of == _OBJECT)
        place, n_fields = _fields(pieces, place)
        return place, count * n_fields
    if of not in _KINDS:
        raise Broken(f"a matrix of kind {of}")
    if of != _SPARSE and count > end:
        raise Broken(f"{count:,} values in {end:,} bytes")
    return _behind_values(pieces, place, (3 if of == _SPARSE else 1) + bool(flags & 0x0800)), 0


def _fields(pieces: _Pieces, place: int) -> tuple[int, int]:
    _, length, begin = pieces.tag(place)
    if length != 4:
        raise Broken("a length of names that is none")
    (width,) = struct.unpack_from(_ends("i", pieces.order), pieces.content, begin)
    place = pieces.behind(place)
    _, length, _ = pieces.tag(place)
    if width < 1 or length // width > _MOST:
        raise Broken(f"more than {_MOST:,} fields")
    return pieces.behind(place), length // width


def _behind_values(pieces: _Pieces, place: int, count: int) -> int:
    for _ in range(count):
        if pieces.tag(place)[0] not in _VALUES:
            raise Broken("values of a type that is none")
        place = pieces.behind(place)
    return place


def _behind(pieces: _Pieces, place: int, count: int) -> int:
    for _ in range(count):
        place = pieces.behind(place)
    return place
