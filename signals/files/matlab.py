"""MATLAB files of version 5 to 7.2, guarded: whatever is wrong with one becomes one ``InputError``."""

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..errors import InputError
from ..regular_file import check_regular
from ..streams.source import FileVersion, file_version
from .foreign.mat_elements import Order, Variable, elements, file_order, most_inflated, variables

Shape = tuple[int, ...]
T = TypeVar("T")

_NUMBERS = {"double", "single", "logical", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}
"""MATLAB's words for arrays of numbers: a cell or a struct is not even read."""


def mat_variables(path: Path) -> dict[str, Shape]:
    """Names and shapes of the variables in a .mat file, in the file's order. Reads no values.

    The chain of elements is followed to the file's last byte, so that a file cut anywhere is refused; SciPy alone
    lists the variables that are left.

    Raises:
        InputError: Not a MATLAB 5 file, or cut or garbled; version 7.3 is named as such.
    """
    return {name: variable.shape for name, variable in _variables(path, file_version(path)).items()}


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
    found = _variables(path, file_version(path)).get(name)
    if found is None or (shape and found.shape != shape):
        is_there = found.shape if found else "missing"
        raise InputError(path, f"{name} {is_there}", f"{name} {shape or ''}", "is this the right, whole file?")
    if found.kind not in _NUMBERS or not 0 < found.n_bytes <= most_inflated(found.size):
        wanted = "an array of real numbers, as many as its shape says, in fewer bytes than memory has"
        raise InputError(path, f"{name}, a {found.kind} of shape {found.shape}", wanted, "export it again")
    value = _guarded(path, lambda: _load(path, found))
    if not np.issubdtype(value.dtype, np.number) or value.shape != found.shape:
        raise InputError(path, f"{name} of {value.dtype} {value.shape}", "an array of numbers", "export it again")
    return value


def check_mat(path: Path) -> None:
    """Follow the elements of a MATLAB 5 file from the header to its last byte.

    Raises:
        InputError: The file is of another version, or ends elsewhere than its elements do.
    """
    elements(path, _order(path))


@lru_cache(maxsize=256)
def _variables(path: Path, _version: FileVersion) -> dict[str, Variable]:
    order = _order(path)
    found = _guarded(path, lambda: list(variables(path, order)))
    named = {variable.name: variable for variable in found}
    if len(named) < len(found):
        raise InputError(path, "two variables of one name", "each once", "export it again")
    return named


def _load(path: Path, variable: Variable) -> np.ndarray:
    from scipy.io import loadmat

    def values(file: Any) -> np.ndarray:
        return np.asarray(loadmat(file, appendmat=False, variable_names=[variable.name])[variable.name])

    if not variable.compressed:
        return values(str(path))
    with path.open("rb") as file:  # SciPy would inflate something of each variable before this one
        header = file.read(128)
        file.seek(variable.at)
        return values(BytesIO(header + file.read(variable.size)))


def _order(path: Path) -> Order:
    check_regular(path)
    with path.open("rb") as file:
        header = file.read(128)
    order = file_order(header)
    if order is None:
        version = "MATLAB 7.3 (HDF5)" if header.startswith(b"MATLAB 7.3") else "no MATLAB 5 header"
        raise InputError(path, version, "a .mat file of version 5 to 7.2", "save it again with save(..., '-v7')")
    return order


def _guarded(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except InputError:
        raise
    except Exception as error:  # SciPy raises nine kinds on broken bytes, zlib.error and MemoryError among them
        raise InputError(
            path, f"{type(error).__name__} ({error})", "a whole .mat file of version 5 to 7.2", "copy the file again"
        ) from error
