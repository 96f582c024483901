"""Arrays that stay in their file until somebody looks at them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ..errors import InputError


@dataclass(frozen=True)
class StoredArray:
    """An array whose bytes lie in a file as they are: values are read when they are needed.

    Args:
        path: The file.
        at: Where its first byte lies.
        shape: Its shape.
        dtype: Of numbers, as NumPy writes it: ``"<f8"``.
        order: ``"C"`` or ``"F"``.
    """

    path: Path
    at: int
    shape: tuple[int, ...]
    dtype: str
    order: Literal["C", "F"] = "C"

    def map(self) -> np.ndarray:
        """The array, of which only those values come to memory that are looked at.

        Raises:
            InputError: The file was cut since it was opened.
        """
        try:
            return np.memmap(
                self.path, np.dtype(self.dtype), mode="r", offset=self.at, shape=self.shape, order=self.order
            )
        except (OSError, ValueError) as error:
            raise InputError(self.path, f"{error}", "the file as it was opened", "copy the file again") from error
