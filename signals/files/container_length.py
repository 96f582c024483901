"""Lengths that video files announce of themselves, to be compared with the bytes that are there."""

from pathlib import Path
from struct import unpack

_RIFF, _BOXES = b"RIFF", (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp")


def announced_length(path: Path) -> int | None:
    """Bytes of the file by its own outermost headers; None where it states none.

    Read are the chunks of AVI (RIFF, of which long files have several) and the boxes of MP4 and QuickTime
    (ISO/IEC 14496-12, 4.2). What lies behind the last that is known, as some cameras write, counts for nothing.
    """
    at, size = 0, path.stat().st_size
    with path.open("rb") as file:
        while at + 16 <= size:
            file.seek(at)
            length = _length(file.read(16), first=at == 0)
            if length is None:
                break
            at += length
    return at or None


def _length(head: bytes, first: bool) -> int | None:
    """Bytes of the chunk or box that begins with ``head`` (16,), or None where it is no known one or open-ended."""
    if head[:4] == _RIFF:
        (length,) = unpack("<I", head[4:8])
        return 8 + length + length % 2 if length else None
    if head[4:8] in _BOXES or (not first and head[4:8].isalnum()):
        length, _, wide = unpack(">I4sQ", head)
        length = wide if length == 1 else length
        return length if length >= 8 else None
    return None
