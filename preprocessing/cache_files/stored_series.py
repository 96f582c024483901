"""What is stored of one series in all files of a cache, and stretches of it gathered into one array."""

import ctypes

import numpy as np

_NONE = np.zeros(0)
_BEYOND = "slices beyond a file's end"


class StoredSeries:
    """The mapped data sets of one series, each added when it is first read.

    Batches out of thousands of files find nothing in the processor's cache: neither the samples, nor the arrays, nor
    the objects that know them. So the places of all files in memory stand in one small array, and stretches are copied
    from there.

    Args:
        n_files: How many files the cache has.
    """

    def __init__(self, n_files: int) -> None:
        self._sources: list[np.ndarray] = [_NONE] * n_files
        self._memory = np.zeros((n_files, 2), np.int64)  # address, and bytes from there on; 0 where not yet opened

    def missing(self, files: np.ndarray) -> set[int]:
        """Those of ``files`` (B,) that were not added yet."""
        return set(files[self._memory[files, 0] == 0].tolist())

    def add(self, file: int, source: np.ndarray) -> None:
        """Keep what is stored in the file of that number: (n, ...), the slices in the first dimension."""
        source = self._sources[file] = np.ascontiguousarray(source)
        self._memory[file] = source.__array_interface__["data"][0], source.nbytes

    def __getitem__(self, file: int) -> np.ndarray:
        """(n, ...) what was added for the file of that number."""
        return self._sources[file]

    def stretches(self, files: np.ndarray, rows: np.ndarray, length: int) -> np.ndarray:
        """(B, length, ...) ``length`` slices of each of ``files`` (B,), all added, from its slice ``rows`` (B,) on.

        Raises:
            ValueError: They reach beyond the end of a file.
        """
        like = self[files[0] if len(files) else 0]
        if (files == files[:1]).all():
            return _of_one(like, rows, length)
        out = np.empty((len(files), length, *like.shape[1:]), like.dtype)
        self._copy(files, rows, out)
        return out

    def _copy(self, files: np.ndarray, rows: np.ndarray, out: np.ndarray) -> None:
        size = out[0].nbytes
        address, held = self._memory[files].T
        begin = rows * (size // out.shape[1])
        if begin.min() < 0 or (begin + size > held).any():
            raise ValueError(_BEYOND)
        place = out.__array_interface__["data"][0]
        for number, source in enumerate((address + begin).tolist()):
            ctypes.memmove(place + number * size, source, size)


def _of_one(source: np.ndarray, rows: np.ndarray, length: int) -> np.ndarray:
    if len(rows) and (rows.min() < 0 or rows.max() + length > len(source)):
        raise ValueError(_BEYOND)
    return np.asarray(source[rows[:, None] + np.arange(length)])
