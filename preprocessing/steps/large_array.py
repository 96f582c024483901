"""Arrays to be filled, in memory while they are small, else in a temporary file, so that memory does not grow."""

import math
import tempfile
from typing import Any

import numpy as np

from ...signals.files.platforms import allocate
from ...signals.files.publishing import DiskFull

IN_MEMORY = 64e6
"""Bytes of an array beyond which it lies in a temporary file."""


def blank_array(shape: tuple[int, ...], kind: type[np.generic]) -> np.ndarray:
    """Zeros of that shape and kind; those of hours of recording lie in a file that nobody else sees.

    What is filled goes to the disk whenever the system wants the memory, and the file is gone with the array.

    Raises:
        DiskFull: There is no room for temporary files.
    """
    needed = math.prod(shape) * np.dtype(kind).itemsize
    if needed <= IN_MEMORY:
        return np.zeros(shape, kind)
    with tempfile.TemporaryFile() as file:
        try:
            allocate(file.fileno(), needed)  # a mapped file that finds no room later ends the process
        except OSError as error:
            wanted = f"{needed / 1e6:.0f} MB for the samples of a long recording"
            do = "free some room, or name another folder for temporary files, as in TMPDIR=/data/tmp"
            raise DiskFull(tempfile.gettempdir(), f"no room ({error.strerror})", wanted, do) from error
        filled: np.memmap[Any, Any] = np.memmap(file, kind, "w+", shape=shape)  # it outlives the closed file
    return filled
