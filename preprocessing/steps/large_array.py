"""Arrays to be filled, in memory while they are small, else in a temporary file, so that memory does not grow."""

import tempfile
from typing import Any

import numpy as np

IN_MEMORY = 64e6
"""Bytes of an array beyond which it lies in a temporary file."""


def blank_array(shape: tuple[int, ...], kind: type[np.generic]) -> np.ndarray:
    """Zeros of that shape and kind; those of hours of recording lie in a file that nobody else sees.

    What is filled goes to the disk whenever the system wants the memory, and the file is gone with the array.
    """
    if np.prod(shape, dtype=float) * np.dtype(kind).itemsize <= IN_MEMORY:
        return np.zeros(shape, kind)
    with tempfile.TemporaryFile() as file:
        filled: np.memmap[Any, Any] = np.memmap(file, kind, "w+", shape=shape)  # it outlives the closed file
    return filled
