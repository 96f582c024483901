"""Arrays in an ``.npz`` file: sealed with a checksum when they are written, and looked at before they are read.

The checksum stands in the comment of the archive, which NumPy and every earlier version of emoscan pass over::

    emoscan sha256 <of all bytes before the archive's last record, and of the text behind>[ <SHA-256 of a file beside>]
"""

import hashlib
import math
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np

from ..errors import StoredCorrupt
from ..regular_file import check_regular

_SEAL = b"emoscan sha256 "
_END = 22
"""Bytes of an archive's last record without its comment, whose length are the last two of them."""

_RATIO, _SMALL = 64, 1 << 28
"""What an archive may hold: as many times its own bytes, and so many in any case."""

_LAST_LETTER = 0x10FFFF


@dataclass(frozen=True, eq=False)
class StoredArrays:
    """The content of an archive.

    Attributes:
        arrays: By name: numbers, truth values or text.
        digest: SHA-256 of the whole file.
        sealed: Whether it has a checksum, as all have that this version writes.
        beside: SHA-256 of what belongs to it in another file; empty where nothing does, and in files of old.
    """

    arrays: dict[str, np.ndarray]
    digest: str
    sealed: bool
    beside: str


def write_arrays(
    file: BinaryIO, arrays: Mapping[str, np.ndarray], *, compressed: bool = False, beside: str = ""
) -> None:
    """Write arrays by name, and the checksum.

    Args:
        file: Empty, open for writing and reading.
        arrays: By name.
        compressed: Whether to deflate them; those that would shrink so far that no reader believes it stay as they are.
        beside: SHA-256 of what belongs to it in another file.
    """
    save = np.savez_compressed if compressed else np.savez
    save(file, **arrays)  # type: ignore[arg-type]
    if compressed and sum(values.nbytes for values in arrays.values()) > _most(file.tell()) // 2:
        file.seek(0)
        file.truncate()
        np.savez(file, **arrays)  # type: ignore[arg-type]
    _seal(file, beside)


def read_arrays(path: Path, wanted: str, do: str) -> StoredArrays:
    """The arrays of a file of ``write_arrays``, or of one that an earlier version wrote without a checksum.

    No more memory is taken than the file may hold by its own size, and nothing in it is run.

    Args:
        path: The file.
        wanted: What it should be, in words.
        do: The way on where it cannot be read.

    Raises:
        StoredCorrupt: A byte changed, or it holds anything else than arrays of numbers and text.
        OSError: It is not there.
    """
    check_regular(path)
    content = path.read_bytes()
    try:
        sealed, beside = _checked_seal(content)
        arrays = dict(_arrays(content))
    except Exception as error:  # zipfile, zlib and NumPy raise a dozen kinds on broken bytes
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise StoredCorrupt(path, f"a damaged archive ({reason})", wanted, do) from error
    return StoredArrays(arrays, hashlib.sha256(content).hexdigest(), sealed, beside)


def check_arrays(arrays: Mapping[str, np.ndarray], forms: Mapping[str, str], **sizes: int) -> None:
    """Refuse arrays of another type or shape than is written.

    Args:
        arrays: By name.
        forms: For each its kinds in NumPy's letters, and its axes: ``{"probability": "f N C"}``. The lengths of axes of
            one letter are equal; those called ``*`` are free.
        sizes: Lengths that are known, by letter.

    Raises:
        ValueError: One is missing, or is of another form, or there are others.
    """
    if set(arrays) != set(forms):
        raise ValueError(f"arrays {', '.join(sorted(set(arrays) ^ set(forms)))[:100]}, too many or missing")
    for name, form in forms.items():
        kinds, *axes = form.split()
        array = arrays[name]
        if array.dtype.kind not in kinds or array.ndim != len(axes):
            raise ValueError(f"{name}: {array.dtype} of {array.ndim} axes")
        for axis, length in zip(axes, array.shape, strict=True):
            if axis != "*" and sizes.setdefault(axis, length) != length:
                raise ValueError(f"{name}: {length} where {sizes[axis]} belong")


def check_numbers(name: str, values: np.ndarray, low: int, high: float = math.inf) -> None:
    """Refuse whole numbers below ``low``, or not below ``high``.

    Raises:
        ValueError: There are some.
    """
    if len(values) and not (values.min() >= low and values.max() < high):
        raise ValueError(f"{name} from {values.min()} to {values.max()}, wanted {low} to below {high:g}")


def _seal(file: BinaryIO, beside: str) -> None:
    size = file.seek(0, 2)
    file.seek(0)
    digest, left = hashlib.sha256(), size - _END
    while left:
        left -= len(block := file.read(min(left, 1 << 20)))
        digest.update(block)
    digest.update(beside.encode())
    comment = _SEAL + b" ".join([digest.hexdigest().encode(), *([beside.encode()] if beside else [])])
    file.seek(size - 2)
    file.write(len(comment).to_bytes(2, "little") + comment)


def _checked_seal(content: bytes) -> tuple[bool, str]:
    """Whether an archive is sealed, and the digest of what is beside it.

    Raises:
        ValueError: Its bytes are others than those that were sealed.
    """
    with zipfile.ZipFile(BytesIO(content)) as archive:
        comment = archive.comment
    if not comment.startswith(_SEAL):
        return False, ""
    stored, _, beside = comment.removeprefix(_SEAL).decode("ascii").partition(" ")
    digest = hashlib.sha256(memoryview(content)[: len(content) - _END - len(comment)])
    digest.update(beside.encode())
    if digest.hexdigest() != stored:
        raise ValueError("bytes that differ from those saved")
    return True, beside


def _arrays(content: bytes) -> Iterator[tuple[str, np.ndarray]]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        if len(set(names)) < len(names) or not all(name.endswith(".npy") for name in names):
            raise ValueError("members that are no arrays, or two of one name")
        if sum(member.file_size for member in members) > _most(len(content)):
            raise ValueError("more announced than a file of this size can hold")
        for member in members:
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError("compressed as NumPy does not")
            with archive.open(member) as file:
                yield member.filename.removesuffix(".npy"), read_array(file, member.file_size)


def read_array(file: IO[bytes], size: int) -> np.ndarray:
    """The array of an ``.npy`` file, whose header must announce as many bytes as there are.

    Args:
        file: At its begin.
        size: Its bytes.

    Raises:
        ValueError: It holds anything but plain numbers, truth values or text, or more or less than its header says.
    """
    shape, fortran, dtype = _header(file)
    kinds = dtype.kind in "biufUS" and not dtype.hasobject and dtype.subdtype is None
    count: int = math.prod(shape)
    lengths = all(isinstance(length, int) and length >= 0 for length in shape)
    if not kinds or not lengths or len(shape) > 8 or (dtype.itemsize == 0 and count):
        raise ValueError(f"an array of {str(dtype)[:40]}, which is neither numbers nor text")
    wanted = count * dtype.itemsize
    if wanted != size - file.tell():
        raise ValueError(f"{size - file.tell()} bytes where the header announces {wanted}")
    content = file.read(wanted)
    file.read(1)  # the end: there the archive compares its own checksum
    if len(content) != wanted:
        raise ValueError("cut short")
    array = np.frombuffer(bytearray(content), dtype).reshape(shape, order="F" if fortran else "C")
    if dtype.kind == "U" and wanted and int(_letters(array, dtype).max()) > _LAST_LETTER:
        raise ValueError("text of letters that do not exist")
    return array


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"a form {version} of NumPy")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read(file)


def _letters(array: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    return np.ascontiguousarray(array).view(np.dtype(np.uint32).newbyteorder(dtype.byteorder))


def _most(size: int) -> int:
    return max(_SMALL, _RATIO * size)
