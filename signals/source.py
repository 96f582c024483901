"""Where samples come from, and the digest that tells whether they changed."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """What a stream was read from.

    Args:
        path: The file, or None for simulated data and arrays in memory.
        part: Which part of it: a variable, a range of samples; for no file, everything that made the samples.
        others: Further files that belong to it, such as the header of a BrainVision recording.
    """

    path: Path | None
    part: str = ""
    others: tuple[Path, ...] = ()

    def digest(self) -> str:
        """SHA-256 over the files' bytes and the part: equal content gives an equal digest wherever the files lie."""
        files = (self.path, *self.others) if self.path else self.others
        content = "|".join(file_digest(file) for file in files)
        return hashlib.sha256(f"{content}|{self.part}".encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.path or 'in memory'}{f' [{self.part}]' if self.part else ''}"


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes; read again only when its size or modification time changed."""
    stat = path.stat()
    return _file_digest(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)
def _file_digest(path: Path, size: int, modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
