"""Names of expressions, files by their names and files left over: for many readers."""

import math
import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from ..errors import InputError
from ..trials.dataset import NOTE, Skipped

EXPRESSIONS = ("anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise")
"""One name an expression, whatever a dataset's folders and codes call it: so that datasets can be crossed."""

_SPELLINGS = {
    "angry": "anger",
    "disgusted": "disgust",
    "afraid": "fear",
    "fearful": "fear",
    "happy": "happiness",
    "sad": "sadness",
    "surprised": "surprise",
}

Key = TypeVar("Key", bound=Hashable)


def expression_name(name: str) -> str:
    """The one name of an expression that a folder is called after, in whatever letters; any other name as it is."""
    plain = name.strip().casefold()
    known = _SPELLINGS.get(plain, plain)
    return known if known in (*EXPRESSIONS, "neutral") else name


def each_once(named: Iterable[tuple[Key, Path]]) -> dict[Key, Path]:
    """Files or folders by what they are, in their order.

    Raises:
        InputError: Two are the same; names both.
    """
    places: dict[Key, Path] = {}
    for key, path in named:
        if places.setdefault(key, path) is not path:
            found = f"what {path.name} of {path.parent} holds too"
            raise InputError(places[key], found, "each recording once", "remove one of the two")
    return places


def check_choice(argument: str, choice: str, known: Collection[str]) -> None:
    """Refuse a name that is not among those ``known``."""
    if choice not in known:
        raise InputError(argument, repr(choice), f"one of {', '.join(known)}", "name one of these")


def is_number(text: str) -> bool:
    """True where text is a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def matching(pattern: re.Pattern[str], paths: Iterable[Path]) -> Iterator[tuple[re.Match[str], Path]]:
    """The paths whose whole name matches ``pattern``, each with its match."""
    for path in paths:
        if match := pattern.fullmatch(path.name):
            yield match, path


def left_over(folder: Path, used: Iterable[Path], reason: Callable[[Path], str]) -> tuple[Skipped, ...]:
    """Files under ``folder`` that are not among ``used``, each with its reason; a folder without any of them as one."""
    return tuple(Skipped(path, _of_folder(path) or reason(path)) for path in unused(folder, used))


def unused(folder: Path, used: Iterable[Path]) -> Iterator[Path]:
    """Files under ``folder`` apart from ``used``, which may be folders; a folder without any of them as one."""
    files = set(used)
    above: set[Path] = set()
    for path in files:
        above.update(path.parents)

    def walk(inside: Path) -> Iterator[Path]:
        for path in sorted(inside.iterdir()):
            if path in files or path.name == NOTE:
                continue
            if path in above:
                yield from walk(path)
            else:
                yield path

    yield from walk(folder)


def _of_folder(path: Path) -> str:
    if not path.is_dir():
        return ""
    return "a folder that holds nothing of the dataset" if any(path.iterdir()) else "an empty folder"
