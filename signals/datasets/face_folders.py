"""What readers of face pictures share: names of expressions, the rate that no file holds, what was left over."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from ..errors import InputError
from ..trials.dataset import Skipped
from .lookalikes.recordings import NOTE

ASSUMED_RATE = 30.0
"""Frames a second of picture sequences, Hz; their files hold none, so every clock made from it says so."""

EXPRESSIONS = ("anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise")
"""One name an expression, whatever a dataset's folders and codes call it: so that datasets can be crossed."""

Key = TypeVar("Key", bound=Hashable)


def each_once(found: Iterable[tuple[Key, Path]]) -> dict[Key, Path]:
    """Files or folders by what they are, in their order.

    Raises:
        InputError: Two are the same; names both.
    """
    places: dict[Key, Path] = {}
    for key, path in found:
        if places.setdefault(key, path) is not path:
            told = f"what {path.name} of {path.parent} holds too"
            raise InputError(places[key], told, "each recording once", "remove one of the two")
    return places


def left_over(folder: Path, used: Iterable[Path], reason: Callable[[Path], str]) -> tuple[Skipped, ...]:
    """What lies under ``folder`` and is not among ``used``, with its reason; a folder without any of them as one."""
    files = set(used)
    folders = {parent for path in files for parent in path.parents}
    return tuple(Skipped(path, _of_folder(path) or reason(path)) for path in _unused(folder, files, folders))


def _unused(folder: Path, files: set[Path], folders: set[Path]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path in folders:
            yield from _unused(path, files, folders)
        elif path not in files and path.name != NOTE:
            yield path


def _of_folder(path: Path) -> str:
    if not path.is_dir():
        return ""
    return "a folder that holds nothing of the dataset" if any(path.iterdir()) else "an empty folder"
