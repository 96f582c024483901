"""JSON of a stored file: one codec for every noun that is stored.

A dataclass is stored as an object with a key for each field; its types say what may stand there. Where a form differs
for history's sake, the class declares it: ``stored_form: ClassVar = StoredForm(left_out=("ranges",))``.
"""

import hashlib
import json
import math
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from .errors import InputError, StoredCorrupt

T = TypeVar("T")

_NAN = "may be NaN"
_CHECKSUM = "sha256"
_DEEPEST = 64
"""Levels of lists and objects in each other; what emoscan stores has fewer than ten."""
_LONGEST = 400
"""Letters of a stored value that are shown."""
_TOO_DEEP = "brackets within brackets, too many to follow"
NumberOrNaN = Annotated[float, _NAN]
"""A number that may be missing; all other numbers of a stored file are finite."""


@dataclass(frozen=True)
class StoredForm:
    """The stored form of a dataclass where that is more than a key for each field.

    Args:
        left_out: Fields without a key where reading gives their value without one. Files from before a field was there
            and files of today are then equal to the byte.
        never: Fields that are not stored.
        as_list: The values are stored as a list, without names.
    """

    left_out: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    as_list: bool = False


class Misfit(ValueError):
    """A stored value that does not fit its class.

    Args:
        key: Its place, as in ``data.task.ranges[0]``.
        found, wanted: As of an ``InputError``.
    """

    def __init__(self, key: str, found: str, wanted: str) -> None:
        super().__init__(key, found, wanted)
        self.key, self.found, self.wanted = key, found, wanted


@dataclass(frozen=True)  # a command takes the settings of a class apart only where all its bases are dataclasses
class Stored:
    """A dataclass that is stored by itself."""

    def to_json(self) -> Any:
        """A JSON form that ``from_json`` reads back."""
        return as_json(self)

    @classmethod
    def from_json(cls: type[T], stored: Any, file: object = "stored form") -> T:
        """Read the form written by ``to_json``.

        Raises:
            InputError: It is something else; names ``file`` and the key.
        """
        return decoded(cls, stored, file)


def parsed_json(content: bytes) -> Any:
    """The value of a JSON file's content; a byte order mark, which some editors write, is none of it.

    Raises:
        ValueError: It is no JSON, or has more brackets within each other than can be followed.
    """
    try:
        value = json.loads(content.decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    _check_depth(value)
    return value


def digest_of(stored: Mapping[str, Any]) -> str:
    """SHA-256 of values that JSON can hold: equal for equal content."""
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()


def signed_json(stored: Mapping[str, Any]) -> str:
    """The text of a stored file, with its checksum: SHA-256 of its content, as JSON gives it back, under ``sha256``."""
    content = json.loads(json.dumps(stored))
    return json.dumps({**content, _CHECKSUM: digest_of(content)}, indent=1, ensure_ascii=False) + "\n"


def checked_json(content: bytes, file: object, do: str = "", *, needed: bool = False) -> dict[str, Any]:
    """The content of a file of ``signed_json``, without its checksum.

    Args:
        content: Its bytes.
        file: Its name, for errors.
        do: The way on where it cannot be read.
        needed: Refuse a file without a checksum; otherwise it is read, as files of old are. One that ends with a
            checksum under a damaged name is none of these.

    Raises:
        StoredCorrupt: It holds no object of JSON, or another content than was written.
    """
    try:
        stored = parsed_json(content)
    except ValueError as error:
        raise StoredCorrupt(file, f"no JSON ({error})", "the file as it was written", do) from error
    if not isinstance(stored, dict):
        raise StoredCorrupt(file, f"a {type(stored).__name__}", "an object of JSON", do)
    without = _CHECKSUM not in stored and not needed and not _is_digest(next(reversed(stored.values()), None))
    checksum = stored.pop(_CHECKSUM, "")
    if not without and checksum != digest_of(stored):
        raise StoredCorrupt(file, "content that differs from what was saved", "the file as saved", do)
    return stored


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def as_json(value: Any, *, nan_as_null: bool = False) -> Any:
    """The JSON form of a noun: lists, objects, texts and numbers.

    Args:
        value: A dataclass, or what may stand in its fields.
        nan_as_null: Store None for numbers that are not finite, which JSON does not have.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return _object(value, nan_as_null)
    if isinstance(value, Mapping):
        return {str(name): as_json(item, nan_as_null=nan_as_null) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return as_json(value.tolist(), nan_as_null=nan_as_null)
    if isinstance(value, list | tuple):
        return [as_json(item, nan_as_null=nan_as_null) for item in value]
    if nan_as_null and isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


def decoded(kind: type[T], stored: Any, file: object, do: str = "", *, error: type[InputError] = InputError) -> T:
    """The noun that was stored.

    Args:
        kind: Its dataclass.
        stored: Its JSON form.
        file: Where it comes from.
        do: What to do where it is something else.
        error: What is raised then.

    Raises:
        InputError: A key is missing or unknown, a value is of another type, or the class refuses it; names file and
            key.
    """
    try:
        noun: T = _read(kind, stored, "")
    except Misfit as misfit:
        where = f"{misfit.key}: " if misfit.key else ""
        found, wanted = f"{where}{misfit.found}", misfit.wanted
        raise error(file, found[:_LONGEST], wanted[:_LONGEST], do) from misfit
    return noun


def _check_depth(value: Any) -> None:
    """Go down level by level: whoever reads it afterwards may call itself for each.

    Raises:
        ValueError: There are too many.
    """
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_DEEPEST):
        within = chain.from_iterable(holder.values() if isinstance(holder, dict) else holder for holder in level)
        level = [inside for inside in within if isinstance(inside, dict | list)]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _object(value: Any, nan_as_null: bool) -> Any:
    kind: Any = type(value)
    form = _form(kind)
    names = [name for name in _hints(kind) if not _is_usual(value, name, form)]
    stored = {name: as_json(getattr(value, name), nan_as_null=nan_as_null) for name in names}
    return list(stored.values()) if form.as_list else stored


def _is_usual(value: Any, name: str, form: StoredForm) -> bool:
    """True where a field may be left out: without it, reading would give the same."""
    if name not in form.left_out:
        return False
    kind: Any = type(value)
    # Not the default alone: some classes derive a field from the others when they are built.
    rest = {field: getattr(value, field) for field in _hints(kind) if field != name}
    return bool(getattr(kind(**rest), name) == getattr(value, name))


def _form(kind: type) -> StoredForm:
    form: StoredForm = getattr(kind, "stored_form", StoredForm())
    return form


@cache
def _hints(kind: type) -> dict[str, Any]:
    """The type of each field that is stored."""
    hints, never = get_type_hints(kind, include_extras=True), _form(kind).never
    return {entry.name: hints[entry.name] for entry in fields(kind) if entry.init and entry.name not in never}


@cache
def _needed(kind: type) -> tuple[str, ...]:
    """The fields that every file has: those that came later have a default."""
    needed = []
    for entry in fields(kind):
        has_default = entry.default is not MISSING or entry.default_factory is not MISSING
        if entry.name in _hints(kind) and not has_default:
            needed.append(entry.name)
    return tuple(needed)


def _read(kind: Any, stored: Any, key: str) -> Any:
    """The value of type ``kind`` that was stored."""
    origin = get_origin(kind)
    if is_dataclass(kind):
        return _noun(kind, stored, key)
    if origin in (Union, types.UnionType):
        return _either(get_args(kind), stored, key)
    if origin is Annotated:
        return _number_or_nan(stored, key)
    if origin is Literal:
        return _word(get_args(kind), stored, key)
    if origin is not None:
        return _container(origin, get_args(kind), stored, key)
    if kind not in _PLAIN:
        raise TypeError(f"nothing is known about storing {kind}")
    return _PLAIN[kind](stored, key)


def _noun(kind: Any, stored: Any, key: str) -> Any:
    hints, values = _hints(kind), {}
    for name, value in _values(kind, stored, key).items():
        values[name] = _read(hints[name], value, _below(key, name))
    try:
        return kind(**values)
    except InputError as error:
        raise Misfit(key, f"{error.where}: {error.found}", error.wanted) from error
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:  # of __post_init__
        raise Misfit(key, f"{type(error).__name__}: {error}", f"what a {kind.__name__} may hold") from error


def _values(kind: Any, stored: Any, key: str) -> dict[str, Any]:
    """The stored value of each field, where all that are needed are there and no others."""
    names = list(_hints(kind))
    if _form(kind).as_list:
        listed = _sequence(stored, key)
        if len(listed) > len(names):
            raise Misfit(key, f"a list of {len(listed)}", f"up to {len(names)}")
        stored = dict(zip(names, listed, strict=False))
    values: dict[str, Any] = _mapping(stored, key)
    if unknown := [name for name in values if name not in names]:
        raise Misfit(_below(key, str(unknown[0])[:60]), "a key that nobody knows", f"one of {', '.join(names)}")
    if missing := [name for name in _needed(kind) if name not in values]:
        raise Misfit(_below(key, missing[0]), "nothing", "a value")
    return values


def _either(kinds: Sequence[Any], stored: Any, key: str) -> Any:
    """A value of one of several types, in their order; None is one of them."""
    if stored is None and type(None) in kinds:
        return None
    misfits = []
    for kind in kinds:
        try:
            if kind is not type(None):
                return _read(kind, stored, key)
        except Misfit as misfit:
            misfits.append(misfit)
    raise misfits[0]


def _container(origin: Any, inside: tuple[Any, ...], stored: Any, key: str) -> Any:
    if issubclass(origin, Mapping):
        values = _mapping(stored, key).items()
        return {name: _read(inside[1], value, _below(key, name)) for name, value in values}
    items = _sequence(stored, key)
    if origin is tuple and Ellipsis not in inside:
        return tuple(_fixed(inside, items, key))
    values = [_read(inside[0], value, f"{key}[{place}]") for place, value in enumerate(items)]
    return values if origin is list else tuple(values)


def _fixed(inside: Sequence[Any], stored: Sequence[Any], key: str) -> Iterator[Any]:
    if len(stored) != len(inside):
        raise Misfit(key, f"a list of {len(stored)}", f"a list of {len(inside)}")
    for place, (kind, value) in enumerate(zip(inside, stored, strict=True)):
        yield _read(kind, value, f"{key}[{place}]")


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _checked(kinds: Any, wanted: str, stored: Any, key: str) -> Any:
    """A stored value as it stands, where it is of one of ``kinds``; true and false are no numbers."""
    if not isinstance(stored, kinds) or (isinstance(stored, bool) and kinds is not bool):
        raise Misfit(key, _shown(stored), wanted)
    return stored


_text = partial(_checked, str, "text")
_sequence = partial(_checked, list | tuple, "a list")
_mapping = partial(_checked, dict, "an object")


def _word(known: Sequence[str], stored: Any, key: str) -> str:
    if stored not in known:
        raise Misfit(key, _shown(stored), f"one of {', '.join(known)}")
    return str(stored)


def _number(stored: Any, key: str) -> float:
    """A finite number, as it stands: a whole one is not turned into another form."""
    number: float = _checked(int | float, "a number", stored, key)
    if not _is_finite(number):
        raise Misfit(key, _shown(number), "a finite number")
    return number


def _number_or_nan(stored: Any, key: str) -> float:
    if stored is None or (isinstance(stored, float) and not math.isfinite(stored)):
        return math.nan if stored is None else stored
    return _number(stored, key)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def _array(stored: Any, key: str) -> np.ndarray:
    """An array of numbers; null is NaN."""
    try:
        if not all(map(_may_be_of_array, _sequence(stored, key))):
            raise TypeError("something that is no number")
        return np.array(stored, float)
    except (TypeError, ValueError, OverflowError) as error:
        raise Misfit(key, "lists of other things, or of unequal lengths", "an array of numbers") from error


def _may_be_of_array(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_may_be_of_array, value))
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


_PLAIN: Mapping[Any, Callable[[Any, str], Any]] = {
    str: _text,
    bool: partial(_checked, bool, "true or false"),
    int: partial(_checked, int, "a whole number"),
    float: _number,
    np.ndarray: _array,
    Path: lambda stored, key: Path(_text(stored, key)),
    Any: lambda stored, _: stored,
}


def _shown(value: Any) -> str:
    """A stored value in a few words."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    try:
        return f"{value!r}"[:60]
    except ValueError:  # more digits than Python writes
        return "a number of very many digits"
