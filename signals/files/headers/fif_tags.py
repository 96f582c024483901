"""The chain of tags of a FIF file, followed to its end: MNE takes what it finds behind a gap for the file's end.

Format: "Functional Image File Format", Neuromag: four numbers before each content, the last of which says where the
next tag is: behind the content (0), nowhere (-1), or at a place.
"""

import gzip
import mmap
import struct
from pathlib import Path

from ...errors import InputError
from ...regular_file import check_regular
from ..foreign.mat_elements import most_inflated

_TAG = struct.Struct(">4x4xii")
_MOST = 5_000_000


def check_tags(path: Path) -> None:
    """Refuse a FIF file whose tags go on behind its last byte, or round in a circle; of a deflated one the checksum.

    Raises:
        InputError: One does.
    """
    check_regular(path)
    if path.suffix.lower() == ".gz":
        _check_deflated(path)
        return
    size = path.stat().st_size
    if size < _TAG.size:
        return  # MNE says what is wrong
    at, count = 0, 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        while at + _TAG.size <= size and count < _MOST:
            length, following = _TAG.unpack_from(content, at)
            end = at + _TAG.size + max(length, 0)
            if length < 0 or end > size:
                break
            if following < 0:
                return
            at, count = following or end, count + 1
    if at != size or count == _MOST:
        raise InputError(path, f"a tag at byte {at} that goes on behind {size}", "whole tags", "copy the file again")


def _check_deflated(path: Path) -> None:
    """Inflate a file to its checksum, which MNE reaches with its last samples only."""
    inflated, most = 0, most_inflated(path.stat().st_size)
    with gzip.open(path) as file:
        while block := file.read(1 << 20):
            inflated += len(block)
            if inflated > most:
                raise InputError(path, f"more than {most:,} bytes in it", "a recording", "unpack it, if it is one")
