"""Pickles of plain things (arrays, lists, dicts, numbers, text), read without running anything that they name."""

import math
import pickle
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from encodings import normalize_encoding
from encodings.aliases import aliases
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Literal

import numpy as np

from ..errors import InputError
from ..regular_file import check_regular
from ..streams.stored_array import StoredArray

_LARGE = 1 << 16
"""Bytes from which on a string stays in the file until it is read."""

_DEEPEST = 8
"""Levels of lists in lists; no dataset needs more."""

_NUMBERS = re.compile(r"b1|[iu][1248]|f[248]|c(8|16)")
_MOST_STEPS = 150_000
"""Steps of a pickle; one of arrays takes some dozens each, and a list of numbers one a number."""

_MOST_BYTES = 8
"""Bytes that may be turned into arrays and numbers, as many times those of the file: one string can serve often."""

_LATIN_1 = frozenset({"latin_1", *(name for name, encoding in aliases.items() if encoding == "latin_1")})
"""The names of the one encoding: to look up any other would import a module of its name."""

_LARGEST_KEY = 1 << 60
"""Whole numbers below have each a place of their own in a dict: larger ones can be made to share one."""

_Steps: Any = pickle._Unpickler
"""The reader that is written in Python: its steps can be changed, and no type checker knows them."""


class PickledArray:
    """An array of numbers in a pickle: ``shape``, ``dtype`` and where its values are.

    Large ones whose bytes are in the file as they are become a ``StoredArray``; the values of others are at hand.
    """

    shape: tuple[int, ...]
    dtype: str
    order: Literal["C", "F"]
    content: "bytes | _Place | None" = None

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, content = state
        self.fill(shape, dtype, "F" if fortran else "C", content)

    def fill(self, shape: Any, dtype: Any, order: Any, content: Any) -> None:
        """Fill the array with facts from the pickle, which may be anything.

        Raises:
            UnpicklingError: It is no array of numbers, or has more or fewer bytes than its shape says.
        """
        lengths = (
            isinstance(shape, tuple) and len(shape) <= 8 and all(type(n) is int and 0 <= n < 1 << 63 for n in shape)
        )
        if not lengths or not isinstance(dtype, _Dtype) or order not in ("C", "F"):
            # not shown: a tuple of tuples can be longer than any memory once it is written down
            raise pickle.UnpicklingError("an array whose shape, type or order is none")
        content = content if isinstance(content, _Place) else _bytes(content)
        wanted = math.prod(shape) * np.dtype(str(dtype)).itemsize
        if len(content) != wanted:
            raise pickle.UnpicklingError(f"an array of shape {shape}, {wanted} bytes, with {len(content)} bytes")
        self.shape, self.dtype, self.order, self.content = shape, str(dtype), order, content

    def stored(self, where: object) -> StoredArray:
        """The array in its file.

        Raises:
            InputError: It is small, or its bytes are encoded as text, as Python 3 does with protocol 2.
        """
        if not isinstance(self.content, _Place):
            found = f"an array {self.shape} that is not in the file as it is"
            raise InputError(where, found, "plain bytes", "take the original file, or save it with pickle protocol 4")
        return StoredArray(self.content.path, self.content.at, self.shape, self.dtype, self.order)

    def values(self) -> np.ndarray:
        """All of it."""
        if isinstance(self.content, _Place):
            return np.array(self.stored("").map())
        return np.frombuffer(self.content or b"", self.dtype).reshape(self.shape, order=self.order)


def read_plain_pickle(path: Path) -> Any:
    """The content of a pickle of Python 2 or 3: lists, tuples, dicts, numbers, text, bytes, and ``PickledArray``s.

    Text of Python 2 is read as Latin-1. Nothing in the file is run: only opcodes that build such things are known, and
    of names only those that an array needs. No more memory is taken than the file has bytes.

    Raises:
        InputError: It is cut, damaged, deeply nested, or holds anything else, arrays of objects included.
    """
    try:
        check_regular(path)
        with path.open("rb") as file:
            content = PlainReader(WholeFile(path, file, path.stat().st_size)).load()
            if file.read(1):
                raise pickle.UnpicklingError("bytes behind its end")
        _check(content)
    except Exception as error:  # a damaged pickle can raise anything at all
        found = f"no plain pickle ({type(error).__name__}: {error!s:.200})"
        raise InputError(path, found, "a whole pickle of arrays, numbers and text", "copy the file again") from error
    return content


@dataclass(frozen=True)
class _Place:
    """A long string that was passed over."""

    path: Path
    at: int
    size: int

    def __len__(self) -> int:
        return self.size


class _Dtype:
    """A stand-in for NumPy's: a type of plain numbers and the order of their bytes."""

    def __init__(self, text: Any, *_: Any) -> None:
        if not isinstance(text, str) or not _NUMBERS.fullmatch(text):
            shown = repr(text[:60]) if isinstance(text, str) else type(text).__name__
            raise pickle.UnpicklingError(f"an array of type {shown}, which are no plain numbers")
        self.text, self.order = text, "|"

    def __setstate__(self, state: Any) -> None:
        order, *compound = state[1:5]
        if order not in tuple("<>|=") or any(value is not None for value in compound):
            raise pickle.UnpicklingError("an array of compound values")
        self.order = order

    def __str__(self) -> str:
        return self.order + self.text


@dataclass(frozen=True)
class WholeFile:
    """A file that reads exactly as many bytes or refuses: a length that a broken file claims is never believed."""

    path: Path
    file: BinaryIO
    size: int

    def read(self, size: int) -> bytes:
        """All of the next ``size`` bytes."""
        self.check(size)
        return self.file.read(size)

    def readline(self) -> bytes:
        """Up to the next end of a line."""
        return self.file.readline()

    def skip(self, size: int) -> _Place:
        """Pass over as many bytes, and remember where they are."""
        self.check(size)
        place = _Place(self.path, self.file.tell(), size)
        self.file.seek(size, 1)
        return place

    def check(self, size: int) -> None:
        """Refuse a length that the file does not have."""
        left = self.size - self.file.tell()
        if not 0 <= size <= left:
            raise pickle.UnpicklingError(f"{left} bytes where {size} more are announced: it is cut short")


def _new_array(kind: Any, shape: Any, _: Any) -> PickledArray:
    if kind is not PickledArray or shape != (0,):
        raise pickle.UnpicklingError("an array that is not built as NumPy does")
    return PickledArray()


def _array_from(content: Any, dtype: Any, shape: Any, order: Any = "C") -> PickledArray:
    array = PickledArray()
    array.fill(shape, dtype, order, content)
    return array


def _number(dtype: Any, content: Any) -> Any:
    return _array_from(content, dtype, ()).values().item()


def _encoded(text: Any, encoding: Any) -> bytes:
    known = isinstance(encoding, str) and len(encoding) <= 40 and normalize_encoding(encoding).lower() in _LATIN_1
    if not known:
        raise pickle.UnpicklingError("text in another encoding than Latin-1")
    return _bytes(text)


def _no_bytes() -> bytes:
    return b""


def _bytes(content: Any) -> bytes:
    if not isinstance(content, str | bytes | bytearray):
        raise pickle.UnpicklingError(f"a {type(content).__name__} where bytes belong")
    return content.encode("latin1") if isinstance(content, str) else bytes(content)


_NAMES: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): PickledArray,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encoded,
    ("__builtin__", "bytes"): _no_bytes,
}
"""All that a pickle may name, and the stand-in for it."""

for _core in ("numpy.core", "numpy._core"):  # before NumPy 2 and since
    _NAMES[f"{_core}.multiarray", "_reconstruct"] = _new_array
    _NAMES[f"{_core}.multiarray", "scalar"] = _number
    _NAMES[f"{_core}.numeric", "_frombuffer"] = _array_from

_OPCODES = (
    "PROTO FRAME STOP MARK POP POP_MARK DUP NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT "
    "BINFLOAT STRING SHORT_BINSTRING SHORT_BINBYTES UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 EMPTY_TUPLE TUPLE "
    "TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST LIST APPEND APPENDS EMPTY_DICT DICT SETITEM SETITEMS PUT BINPUT LONG_BINPUT "
    "MEMOIZE GET BINGET LONG_BINGET GLOBAL STACK_GLOBAL REDUCE"
)
"""No persistent ids, no extensions, no objects: what is not named here is refused."""


def opcode(name: str) -> int:
    """The byte of a step of the pickle machine."""
    return int(getattr(pickle, name)[0])


def _string_step(width: int, text: bool) -> Callable[[Any], None]:
    """A step that reads a string whose length stands before it in ``width`` bytes; passes over a long one."""

    def step(self: Any) -> None:
        size = int.from_bytes(self.read(width), "little")
        # the bytes of a frame are in memory already: there is nothing to pass over
        if size >= _LARGE and self._unframer.current_frame is None:
            self.append(self.whole.skip(size))
        else:
            content = self.read(size)
            self.append(content.decode("latin1") if text else content)

    return step


class _Counted(dict[int, Any]):
    """Steps by their byte, as many times as a file may take one."""

    taken = 0

    def __getitem__(self, step: int) -> Any:
        self.taken += 1
        if self.taken > _MOST_STEPS:
            raise pickle.UnpicklingError(f"more than {_MOST_STEPS:,} steps: save arrays, not lists of numbers")
        return super().__getitem__(step)


class PlainReader(_Steps):  # type: ignore[misc]
    """Builds plain things and arrays, and refuses every other step."""

    names: ClassVar[Mapping[tuple[str, str], Any]] = _NAMES
    dispatch: ClassVar[dict[int, Any]] = {opcode(name): _Steps.dispatch[opcode(name)] for name in _OPCODES.split()}

    def __init__(self, whole: WholeFile) -> None:
        super().__init__(whole, encoding="latin1")
        self.whole, self.turned = whole, 0
        self.dispatch = _Counted(type(self).dispatch)  # type: ignore[misc]

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in for a name of the pickle; nothing is imported."""
        if (module, name) not in self.names:
            raise pickle.UnpicklingError(f"{module}.{name}, which is nothing plain")
        return self.names[module, name]

    def load_reduce(self) -> None:
        """Call a stand-in, where the bytes that it is given are not turned too often."""
        self.count(self.stack[-1])
        super().load_reduce()

    def load_dict(self) -> None:
        """A dict of all down to the mark."""
        items = self.pop_mark()
        self.append({_key(items[i]): items[i + 1] for i in range(0, len(items), 2)})

    def load_setitem(self) -> None:
        """Put one thing into a dict."""
        value, key = self.stack.pop(), self.stack.pop()
        _dict(self.stack[-1])[_key(key)] = value

    def load_setitems(self) -> None:
        """Put all down to the mark into a dict."""
        items = self.pop_mark()
        into = _dict(self.stack[-1])
        for i in range(0, len(items), 2):
            into[_key(items[i])] = items[i + 1]

    def count(self, state: Any) -> None:
        """Add to the bytes that were turned into something, and refuse too many."""
        if isinstance(state, tuple):
            self.turned += sum(len(thing) for thing in state if isinstance(thing, str | bytes))
        if self.turned > _MOST_BYTES * max(self.whole.size, 1 << 16):
            raise pickle.UnpicklingError("one string that becomes many things")

    def load_build(self) -> None:
        """Give a stand-in its state."""
        state = self.stack.pop()
        self.count(state)
        if type(self.stack[-1]) not in (PickledArray, _Dtype):  # a class or function must never be changed
            raise pickle.UnpicklingError("an object with a state of its own")
        self.stack[-1].__setstate__(state)

    dispatch[opcode("BUILD")] = load_build
    dispatch[opcode("REDUCE")] = load_reduce
    dispatch[opcode("DICT")] = load_dict
    dispatch[opcode("SETITEM")] = load_setitem
    dispatch[opcode("SETITEMS")] = load_setitems
    dispatch[opcode("BINSTRING")] = _string_step(4, text=True)
    dispatch[opcode("BINBYTES")] = _string_step(4, text=False)
    dispatch[opcode("BINBYTES8")] = dispatch[opcode("BYTEARRAY8")] = _string_step(8, text=False)


def _dict(thing: Any) -> dict[Any, Any]:
    if type(thing) is not dict:
        raise pickle.UnpicklingError(f"a {type(thing).__name__} where a dict belongs")
    return thing


def _key(key: Any) -> Any:
    """A key of a dict: text or a number. To look up a tuple takes as long as it has members in members."""
    if type(key) not in (str, bytes, int, float, bool, type(None)) or (type(key) is int and abs(key) >= _LARGEST_KEY):
        raise pickle.UnpicklingError(f"a dict with a {type(key).__name__} as key")
    return key


def _check(content: Any) -> None:
    """Level by level, each container once: one that holds itself, or the same thing often, is no trap."""
    level, seen = [content], set[int]()
    for _ in range(_DEEPEST):
        deeper: list[Any] = []
        for thing in level:
            if id(thing) not in seen:
                seen.add(id(thing))
                deeper += _contents(thing)
        if not deeper:
            return
        level = deeper
    raise pickle.UnpicklingError(f"more than {_DEEPEST} levels of containers")


def _contents(thing: Any) -> list[Any]:
    if type(thing) in (list, tuple):
        return list(thing)
    if type(thing) is dict:
        return [*thing, *thing.values()]
    plain = type(thing) in (bool, int, float, complex, str, bytes, type(None))
    if not plain and not (type(thing) is PickledArray and thing.content is not None):
        raise pickle.UnpicklingError(f"a {type(thing).__name__}, which is nothing plain")
    return []
