"""Functions of a file whose results hold as long as the file does not change."""

from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

Further = ParamSpec("Further")
Result = TypeVar("Result")
OfFile = Callable[Concatenate[Path, Further], Result]


def once_per_file(maxsize: int) -> Callable[[OfFile[Further, Result]], OfFile[Further, Result]]:
    """A decorator for functions of a file: the last ``maxsize`` results hold until size or time of the file changes."""

    def decorate(read: OfFile[Further, Result]) -> OfFile[Further, Result]:
        @lru_cache(maxsize)
        def of_version(version: tuple[int, int], path: Path, *args: Further.args, **kwargs: Further.kwargs) -> Result:
            return read(path, *args, **kwargs)

        @wraps(read)
        def of_file(path: Path, /, *args: Further.args, **kwargs: Further.kwargs) -> Result:
            stat = path.stat()
            version = (stat.st_size, stat.st_mtime_ns)
            return of_version(version, path, *args, **kwargs)  # type: ignore[arg-type]  # they must be hashable

        return of_file

    return decorate
