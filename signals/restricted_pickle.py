"""Reading pickles of arrays without running anything that they name."""

import pickle
from collections.abc import Mapping
from io import BytesIO
from typing import Any, BinaryIO, ClassVar

import numpy as np

from .errors import InputError


class _InlineArray:
    """Stands in for joblib's wrapper: what it says about the array whose bytes follow in the stream."""

    subclass: type
    shape: tuple[int, ...]
    order: str
    dtype: np.dtype[Any]
    numpy_array_alignment_bytes: int | None = None

    def read(self, file: BinaryIO) -> np.ndarray:
        """The array, whose bytes come next, behind as much padding as the byte before says."""
        if self.dtype.hasobject or len(self.shape) > 8 or min(self.shape, default=0) < 0:
            raise pickle.UnpicklingError("an array of objects, or of no possible shape")
        if self.numpy_array_alignment_bytes is not None:
            file.read(int.from_bytes(file.read(1), "little"))
        wanted = int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize
        content = file.read(wanted)
        if len(content) < wanted:
            raise pickle.UnpicklingError(f"an array of {wanted} bytes that ends after {len(content)}")
        return np.frombuffer(content, self.dtype).reshape(self.shape, order="F" if self.order == "F" else "C")


_JOBLIB: Mapping[tuple[str, str], Any] = {
    ("joblib.numpy_pickle", "NumpyArrayWrapper"): _InlineArray,
    ("numpy", "ndarray"): np.ndarray, ("numpy", "dtype"): np.dtype,
}
"""All that a list of arrays written by joblib may name."""


_Steps: Any = pickle._Unpickler
"""The reader that is written in Python: its steps can be changed, and no type checker knows them."""


class _JoblibReader(_Steps):  # type: ignore[misc]
    dispatch: ClassVar[dict[int, Any]] = dict(_Steps.dispatch)

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.content = file

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _JOBLIB:
            raise pickle.UnpicklingError(f"{module}.{name}, which an array does not need")
        return _JOBLIB[module, name]

    def load_build(self) -> None:
        super().load_build()
        if isinstance(self.stack[-1], _InlineArray):
            self.stack.append(self.stack.pop().read(self.content))

    dispatch[pickle.BUILD[0]] = load_build


def read_joblib_arrays(content: bytes, where: object) -> list[np.ndarray]:
    """The list of arrays that ``joblib.dump`` wrote, already decompressed; nothing in it is run.

    Raises:
        InputError: It is something else, damaged, or names anything but arrays.
    """
    try:
        arrays = _JoblibReader(BytesIO(content)).load()
        if not isinstance(arrays, list) or not all(isinstance(array, np.ndarray) for array in arrays):
            raise pickle.UnpicklingError(f"a {type(arrays).__name__} of other things")
    except Exception as error:  # a damaged pickle can raise anything at all
        raise InputError(where, f"{error}", "a list of arrays", "install the file again") from error
    return arrays
