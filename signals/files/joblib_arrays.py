"""Lists of arrays that joblib wrote, read by the reader of plain pickles: nothing that they name is run."""

import math
import pickle
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..errors import InputError
from .plain_pickle import PickledArray, PlainReader, WholeFile, opcode


class _InlineArray:
    """A stand-in for joblib's wrapper: facts of the array whose bytes follow in the stream."""

    def __setstate__(self, state: Any) -> None:
        self.shape, self.dtype, self.order = state["shape"], state["dtype"], state["order"]
        self.padded = state.get("numpy_array_alignment_bytes") is not None

    def read(self, file: WholeFile) -> PickledArray:
        """The array, whose bytes come next, behind as much padding as the byte before says."""
        if self.padded:
            file.read(int.from_bytes(file.read(1), "little"))
        array, size = PickledArray(), np.dtype(str(self.dtype)).itemsize
        array.fill(self.shape, self.dtype, self.order, file.read(math.prod(self.shape) * size))
        return array


class _JoblibReader(PlainReader):
    """The opcodes and names of plain pickles, and joblib's wrapper."""

    names: ClassVar = {**PlainReader.names, ("joblib.numpy_pickle", "NumpyArrayWrapper"): _InlineArray}
    dispatch: ClassVar[dict[int, Any]] = dict(PlainReader.dispatch)

    def load_newobj(self) -> None:
        """Make joblib's wrapper, and nothing else."""
        arguments, kind = self.stack.pop(), self.stack.pop()
        if kind is not _InlineArray or arguments != ():
            raise pickle.UnpicklingError("an object, which an array does not need")
        self.append(_InlineArray())

    def load_build(self) -> None:
        """Put the array that follows in the stream in the wrapper's place."""
        if type(self.stack[-2]) is _InlineArray:
            state, array = self.stack.pop(), self.stack.pop()
            array.__setstate__(state)
            self.append(array.read(self.whole))
        else:
            super().load_build()

    dispatch[opcode("NEWOBJ")] = load_newobj
    dispatch[opcode("BUILD")] = load_build


def read_joblib_arrays(content: bytes, where: Path) -> list[np.ndarray]:
    """The list of arrays that ``joblib.dump`` wrote, already decompressed; nothing in it is run.

    Raises:
        InputError: It is something else, damaged, or names anything but arrays.
    """
    try:
        arrays = _JoblibReader(WholeFile(where, BytesIO(content), len(content))).load()
        if not isinstance(arrays, list) or not all(isinstance(array, PickledArray) for array in arrays):
            raise pickle.UnpicklingError(f"a {type(arrays).__name__} of other things")
        return [array.values() for array in arrays]
    except Exception as error:  # a damaged pickle can raise anything at all
        raise InputError(where, f"{error}", "a list of arrays", "install the file again") from error
