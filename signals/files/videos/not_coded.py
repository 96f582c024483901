"""Pictures of MPEG-4 Part 2 (DivX, Xvid) that are not coded: there the one before is shown again."""

import re
from dataclasses import dataclass
from typing import Any, Self

_LARGEST = 32
"""Bytes, generously, of a chunk that holds nothing but the head of a picture."""

_LAYER, _PICTURE = re.compile(rb"\x00\x00\x01[\x20-\x2f]"), b"\0\0\1\xb6"
"""Start codes of a layer and of a picture (ISO/IEC 14496-2, table 6-3)."""

_PACKED = re.compile(rb"DivX\d+[Bb]\d+p")
"""What encoders write about themselves where two pictures are packed into a chunk: the next chunk stands for one."""


@dataclass(frozen=True)
class NotCoded:
    """Tells chunks whose picture is not coded.

    Args:
        bits: Of the time within a second, in each picture's head.
    """

    bits: int

    @classmethod
    def of(cls, codec: Any, packet: Any) -> Self | None:
        """What tells them in a stream with that first packet; None where it is of another kind, or packed."""
        if codec.name != "mpeg4":
            return None
        header = bytes(codec.extradata or b"") + bytes(packet)
        layer = _LAYER.search(header)
        if layer is None or _PACKED.search(header):
            return None
        bits = _Bits(header[layer.end() :])
        bits.skip(9)  # 14496-2, 6.2.3: random access, type of object
        bits.skip(7 * bits.read(1))  # version and priority
        bits.skip(16 * (bits.read(4) == 15))  # an aspect of a pixel that is none of those listed
        if bits.read(1):  # control parameters: chroma, low delay
            bits.skip(3)
            bits.skip(79 * bits.read(1))
        bits.skip(3)  # shape
        return cls(max((bits.read(16) - 1).bit_length(), 1))

    def __call__(self, packet: Any) -> bool:
        """Whether a packet of the stream holds a picture that is not coded, and nothing else."""
        if not 0 < packet.size <= _LARGEST:
            return False
        chunk = bytes(packet)
        at = chunk.find(_PICTURE)
        if at < 0 or chunk.count(_PICTURE) > 1:
            return False
        bits = _Bits(chunk[at + len(_PICTURE) :])
        bits.skip(2)  # 14496-2, 6.2.5: type
        while bits.read(1):  # whole seconds
            pass
        bits.skip(1 + self.bits + 1)
        return bits.read(1) == 0


class _Bits:
    """Bits of bytes, the highest first; zeros behind the last."""

    def __init__(self, content: bytes) -> None:
        self._value, self._left = int.from_bytes(content), 8 * len(content)

    def read(self, count: int) -> int:
        """The next bits as a number."""
        self._left -= count
        return (self._value >> self._left if self._left >= 0 else 0) & ((1 << count) - 1)

    def skip(self, count: int) -> None:
        """Go on behind the next bits."""
        self._left -= count
