"""MATLAB files of version 5 to 7.2, guarded: whatever is wrong with one becomes one ``InputError``."""

import math
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from ..errors import InputError
from ..regular_file import check_regular
from ..streams.source import FileVersion, file_version

Shape = tuple[int, ...]
Order = Literal["little", "big"]
T = TypeVar("T")

_NUMBERS = {"double", "single", "logical", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}
"""MATLAB's words for arrays of numbers: a cell or a struct is not even read."""

_MOST = 10_000
"""Variables of a file."""

_INFLATED = 1032
"""Bytes that one byte of a compressed file can become at most (RFC 1951)."""


def mat_variables(path: Path) -> dict[str, Shape]:
    """Names and shapes of the variables in a .mat file, in the file's order. Reads no values.

    The chain of elements is followed to the file's last byte, so that a file cut anywhere is refused; SciPy alone
    lists the variables that are left.

    Raises:
        InputError: Not a MATLAB 5 file, or cut or garbled; version 7.3 is named as such.
    """
    return {name: shape for name, shape, _ in _variables(path, file_version(path))}


def read_variable(path: Path, name: str, shape: Shape | None = None) -> np.ndarray:
    """One variable of a .mat file.

    Args:
        path: The file.
        name: The variable.
        shape: The shape that it must have; None takes any.

    Raises:
        InputError: As ``mat_variables``; or there is no such variable, its bytes are broken, it holds no numbers, or
            its shape is another.
    """
    variables = mat_variables(path)
    if name not in variables or (shape and variables[name] != shape):
        raise InputError(
            path, f"{name} {variables.get(name, 'missing')}", f"{name} {shape or ''}", "is this the right, whole file?"
        )
    (kind,) = {of for known, _, of in _variables(path, file_version(path)) if known == name}
    if kind not in _NUMBERS or math.prod(variables[name]) > _INFLATED * path.stat().st_size:
        found = f"{name}, a {kind} of shape {variables[name]}"
        raise InputError(path, found, "an array of numbers, of a size that the file can hold", "export it again")
    value = _guarded(path, lambda: _load(path, name))
    if not np.issubdtype(value.dtype, np.number) or value.shape != variables[name]:
        raise InputError(path, f"{name} of {value.dtype} {value.shape}", "an array of numbers", "export it again")
    return value


def check_mat(path: Path) -> None:
    """Follow the elements of a MATLAB 5 file from the header to its last byte.

    Raises:
        InputError: The file is of another version, or ends elsewhere than its elements do.
    """
    size = path.stat().st_size
    # 128 bytes of header, then elements: 4 bytes of type, 4 bytes of length, content
    check_regular(path)
    with path.open("rb") as file:
        order = _byte_order(path, file.read(128))
        at, count = 128, 0
        while at + 8 <= size:
            file.seek(at + 4)
            at, count = at + 8 + int.from_bytes(file.read(4), order), count + 1
            if count > _MOST:
                do = "keep the arrays that are read, and leave the others out"
                raise InputError(path, f"more than {_MOST:,} variables", "fewer", do)
    if at != size or size == 128:
        raise InputError(path, f"{size} bytes", f"{max(at, 136)} bytes or more", "copy the file again: it is cut short")


@lru_cache(maxsize=256)
def _variables(path: Path, _version: FileVersion) -> tuple[tuple[str, Shape, str], ...]:
    """Name, shape and MATLAB's word for the kind of each variable."""
    from scipy.io import whosmat

    check_mat(path)
    listed = _guarded(path, lambda: whosmat(str(path), appendmat=False))
    return tuple((name, tuple(shape), str(kind)) for name, shape, kind in listed)


def _load(path: Path, name: str) -> np.ndarray:
    from scipy.io import loadmat

    return np.asarray(loadmat(str(path), appendmat=False, variable_names=[name])[name])


def _byte_order(path: Path, header: bytes) -> Order:
    orders: dict[bytes, Order] = {b"\0\1IM": "little", b"\1\0MI": "big"}
    if header[124:128] not in orders:
        version = "MATLAB 7.3 (HDF5)" if header.startswith(b"MATLAB 7.3") else "no MATLAB 5 header"
        raise InputError(path, version, "a .mat file of version 5 to 7.2", "save it again with save(..., '-v7')")
    return orders[header[124:128]]


def _guarded(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except Exception as error:  # SciPy raises nine kinds on broken bytes, zlib.error and MemoryError among them
        raise InputError(
            path, f"{type(error).__name__} ({error})", "a whole .mat file of version 5 to 7.2", "copy the file again"
        ) from error
