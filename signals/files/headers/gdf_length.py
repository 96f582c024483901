"""The length of a GDF recording by its own header: MNE takes whatever stands where events should for events.

Format: Schloegl, "GDF - a general dataformat for biosignals", versions 1 and 2.
"""

import struct
from pathlib import Path

from ...errors import InputError
from ...regular_file import check_regular

_BYTES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 8, 8: 8, 16: 4, 17: 8}
"""Bytes of a sample by its type; behind 255 and 511 are those of as many bits as the rest says."""

_LONGER = "bytes behind the end that its header announces: not looked at"


def check_gdf(path: Path) -> tuple[str, ...]:
    """Remarks on bytes behind the table of events, of which there should be none.

    Raises:
        InputError: The table goes on behind the file's end, or its header does.
    """
    check_regular(path)
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            first = file.read(256)
            new, (records,) = first[4:5] >= b"2", struct.unpack("<q", first[236:244])
            (length,) = struct.unpack("<H", first[184:186]) if new else struct.unpack("<q", first[184:192])
            (count,) = struct.unpack("<H", first[252:254]) if new else struct.unpack("<I", first[252:256])
            file.seek(256 + 216 * count)
            rates = struct.unpack(f"<{count}I", file.read(4 * count))
            kinds = struct.unpack(f"<{count}I", file.read(4 * count))
            record = sum(rate * _width(kind) for rate, kind in zip(rates, kinds, strict=True))
            begin = int(length * (256 if new else 1) + records * record)
            if records < 0 or not 0 < begin < size:
                raise struct.error(f"{records} records, up to byte {begin}")
            file.seek(begin)
            end = begin + _table(file.read(8), new=first[4:8] >= b"1.94")
    except (struct.error, OverflowError) as error:
        raise InputError(path, f"{size} bytes ({error})", "all records that its header has", "copy it again") from error
    if end > size:
        raise InputError(path, f"{size} bytes", f"{end}, all of its events", "copy the file again: it is cut")
    return (_LONGER,) if end < size and not new else ()  # newer ones may have more behind


def _width(kind: int) -> float:
    return _BYTES.get(kind) or (kind - (511 if kind > 511 else 255)) / 8


def _table(head: bytes, new: bool) -> int:
    """Bytes of the table of events that begins so."""
    (count,) = struct.unpack("<I", head[1:4] + b"\0") if new else struct.unpack("<I", head[4:8])
    return 8 + int(count) * (12 if head[0] == 3 else 6)
