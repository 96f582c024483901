"""Where samples come from, and the digest that tells whether they changed."""

import hashlib
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..regular_file import check_regular

_SPAN = re.compile(r"(.*?)(?:samples|frames) (\d+) to (\d+)")
_PROBES, _PROBE = 4, 16384
"""Places at which files of one size are compared before they are read as a whole, and bytes at each."""


@dataclass(frozen=True)
class Source:
    """The origin of a stream's samples.

    Args:
        path: The file, or None for simulated data and arrays in memory.
        part: The piece of it: a variable, or a half-open range as in ``"samples 0 to 2560"`` or ``"frames 0 to 250"``;
            for no file, everything that made the samples.
        others: Further files that belong to it, such as the header of a BrainVision recording.
        name: What messages call it where it is no file; it tells nothing of the samples.
    """

    path: Path | None
    part: str = ""
    others: tuple[Path, ...] = ()
    name: str = ""

    def digest(self) -> str:
        """SHA-256 over the files' bytes and the part: equal content gives an equal digest wherever the files lie."""
        files = (self.path, *self.others) if self.path else self.others
        content = "|".join(file_digest(file) for file in files)
        return hashlib.sha256(f"{content}|{self.part}".encode()).hexdigest()

    @property
    def span(self) -> tuple[str, tuple[int, int] | None]:
        """The words of ``part`` without its range, and the range of samples or frames; None where it names none."""
        match = _SPAN.fullmatch(self.part)
        return (match[1], (int(match[2]), int(match[3]))) if match else (self.part, None)

    def __str__(self) -> str:
        if self.name:
            _, span = self.span
            return f"{self.name} [samples {span[0]} to {span[1]}]" if span else self.name
        place = str(self.path or "in memory")
        return f"{place} [{self.part}]" if self.part else place


FileVersion = tuple[int, int]
"""Size of a file in bytes, and the time of its last change in nanoseconds."""


def file_version(path: Path) -> FileVersion:
    """The version of a file: an argument of cached functions of it, whose results hold until the file changes.

    Of a folder it is the size of all files in it, and the time of their last change.

    Raises:
        InputError: It is a device or a pipe.
    """
    check_regular(path)
    stats = [path.stat(), *(file.stat() for file in path.rglob("*"))] if path.is_dir() else [path.stat()]
    return sum(stat.st_size for stat in stats), max(stat.st_mtime_ns for stat in stats)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes; read again only when its size or modification time changed."""
    return _digest(path, file_version(path))


@lru_cache(maxsize=256)
def _digest(path: Path, _version: FileVersion) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_places(paths: Iterable[Path]) -> Mapping[Path, Hashable]:
    """The file that each path leads to: equal for every spelling, symbolic link and hard link of one file."""
    places = {}
    for path in dict.fromkeys(paths):
        stat = path.stat()
        # some file systems number no files: every file there has inode 0
        places[path] = (stat.st_dev, stat.st_ino) if stat.st_ino else path.resolve()
    return places


def file_contents(paths: Iterable[Path]) -> Mapping[Path, Hashable]:
    """The content of each path's file: equal for equal bytes, wherever they lie.

    Cheap where files differ: their sizes are compared, then some of their bytes, and only then all.
    """
    places = file_places(paths)
    first: dict[Hashable, Path] = {}
    for path, place in places.items():
        first.setdefault(place, path)
    contents: dict[Hashable, tuple[Hashable, ...]] = {place: (path.stat().st_size,) for place, path in first.items()}
    for look in (_probed, _digest):
        alike = Counter(contents.values())
        for place, facts in list(contents.items()):
            if alike[facts] > 1:  # only files that are equal so far are read further
                contents[place] = (*facts, look(first[place], file_version(first[place])))
    return {path: contents[place] for path, place in places.items()}


@lru_cache(maxsize=65536)
def _probed(path: Path, _version: FileVersion) -> str:
    """SHA-256 of some bytes inside, away from the beginning: headers are equal in many recordings."""
    digest, size = hashlib.sha256(), path.stat().st_size
    with path.open("rb") as file:
        for k in range(1, _PROBES + 1):
            file.seek(max(size * k // (_PROBES + 1) - _PROBE // 2, 0))
            digest.update(file.read(_PROBE))
    return digest.hexdigest()
