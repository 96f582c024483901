"""Lengths that video files announce of themselves, to be compared with the bytes that are there."""

from pathlib import Path
from struct import unpack

from ...regular_file import check_regular

_HEAD = 4096
"""Bytes in which the headers of Matroska and ASF lie."""

_EBML, _SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")
_ASF, _PROPERTIES = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_BROADCAST = 1

_RIFF, _BOXES = b"RIFF", (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp")


def announced_length(path: Path) -> int | None:
    """Bytes of the file by its own outermost headers; None where it states none.

    Read are the chunks of AVI (RIFF, of which long files have several), the boxes of MP4 and QuickTime (ISO/IEC
    14496-12, 4.2), the segment of Matroska and WebM (RFC 9559, 4.5 and 5.1) and the file properties of WMV (ASF 3.2).
    What lies behind the last that is known, as some cameras write, counts for nothing.
    """
    at, size = 0, path.stat().st_size
    check_regular(path)
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if head[:4] == _EBML:
            return _matroska(head)
        if head[:16] == _ASF:
            return _asf(head)
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


def _matroska(head: bytes) -> int | None:
    """Bytes to the end of the segment, behind the EBML header; None where it was written as a stream, of any length."""
    header, begin = _element_size(head, 4)
    segment = begin + (header or 0)
    if header is None or head[segment : segment + 4] != _SEGMENT:
        return None
    length, begin = _element_size(head, segment + 4)
    return None if length is None else begin + length


def _element_size(head: bytes, at: int) -> tuple[int | None, int]:
    """The size of an EBML element that is written at a place (RFC 8794, 4), None where unknown, and where it begins."""
    if at >= len(head) or not head[at]:
        return None, at
    width = 9 - head[at].bit_length()
    ones = (1 << 7 * width) - 1
    size = int.from_bytes(head[at : at + width], "big") & ones
    return (None if size == ones else size), at + width


def _asf(head: bytes) -> int | None:
    at = head.find(_PROPERTIES)
    if at < 0 or len(head) < at + 92:
        return None
    (length,), (flags,) = unpack("<Q", head[at + 40 : at + 48]), unpack("<I", head[at + 88 : at + 92])
    return None if flags & _BROADCAST else length or None
