"""Bytes of a file in memory, and the data sets there: read-only, and no descriptor stays open for them."""

import ctypes
import math
import mmap
import os
import sys
from functools import lru_cache
from io import BufferedReader
from typing import Any

import numpy as np


def mapped_bytes(file: BufferedReader) -> np.ndarray:
    """(n,) uint8: all bytes of an open file, mapped; they stay when the file is closed, or another takes its place.

    Raises:
        OSError: The system maps no more.
    """
    size = os.fstat(file.fileno()).st_size
    if sys.version_info >= (3, 13) and os.name == "posix":
        return np.frombuffer(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ, trackfd=False), np.uint8)
    if os.name == "posix":
        return np.asarray(_Mapping(file.fileno(), size))
    return np.frombuffer(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ), np.uint8)  # keeps a handle


def check_links(group: Any, name: str) -> None:
    """Refuse a way to a data set that leads through another name, or another file.

    Raises:
        ValueError: It does.
    """
    from h5py import h5l

    steps = name.split("/")
    for depth in range(1, len(steps) + 1):
        link = group.links.get_info("/".join(steps[:depth]).encode())
        if link.type != h5l.TYPE_HARD:
            raise ValueError(f"{name}: a link to somewhere else")


def group_of(groups: Any, name: str) -> Any:
    """The h5py identifier of a group in an open file.

    Raises:
        KeyError, ValueError: It is not there, or is a link to somewhere else.
    """
    check_links(groups.id, name)
    return groups[name].id


def column(group: Any, name: str, mapped: np.ndarray, kinds: str) -> np.ndarray:
    """A data set of an HDF5 group, as a view of the file's bytes at its place there: read past HDF5.

    Args:
        group: Its h5py identifier.
        name: In the group.
        mapped: (n,) all bytes of the file.
        kinds: The types that it may have, as in ``"f8f4"``.

    Raises:
        ValueError: It is compressed, in pieces, in another file, of another type, or reaches beyond the file's end.
    """
    from h5py import h5d

    # The names of the library that stands below h5py's: they take a third of the time, and a cache has many files.
    check_links(group, name)
    stored = h5d.open(group, name.encode())
    kind, shape, made = stored.dtype, stored.shape, stored.get_create_plist()
    if made.get_layout() != h5d.CONTIGUOUS or made.get_external_count():
        raise ValueError(f"{name}: not one stretch of this file")
    if kind.byteorder == ">" or f"{kind.kind}{kind.itemsize}" not in kinds:
        raise ValueError(f"{name}: {kind}, wanted {kinds}")
    if math.prod(shape) == 0:  # an empty one has no place
        return np.empty(shape, kind)
    place = stored.get_offset()
    if place is None or place + math.prod(shape) * kind.itemsize > len(mapped):
        raise ValueError(f"{name}: {shape}, more than the file has")
    return np.ndarray(shape, kind, mapped, place)


class _Mapping:
    """What ``mmap`` of Python is, without the copy of the descriptor that it keeps before version 3.13.

    Arrays over it hold it; when the last one goes, the bytes are unmapped.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        self._size, self._address = size, None
        wanted = (None, size, mmap.PROT_READ, mmap.MAP_SHARED, descriptor, 0)  # the order of the C function
        address = _system().mmap(*wanted)
        if address == ctypes.c_void_p(-1).value:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        self._address = address
        self._unmap = _system().munmap  # at the interpreter's end no name of a module may be left to look it up

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """Where NumPy finds the bytes: protocol version 3, the second part of ``data`` says read-only."""
        return {"version": 3, "typestr": "|u1", "shape": (self._size,), "data": (self._address, True)}

    def __del__(self) -> None:
        if self._address is not None:
            self._unmap(self._address, self._size)


@lru_cache(maxsize=1)
def _system() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    # off_t, the last one, has 64 bits on every 64-bit system; it is 0 here
    library.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    library.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    return library
