"""``slices.hdf5``: what a cache's files say of their slices, in one file, so that thousands need not be opened for it.

It holds nothing that the files do not hold. A cache without one, or with one of other files, is read from its files::

    bytes 0-511     as in the files of recordings: magic, schema, SHA-256 of all behind them
    /of             SHA-256 of the list of files that it was made of
    /<series>/...   the columns of ``Slices``
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from ...signals.files.stored_arrays import check_arrays
from .cache_file import check_truth, map_file, not_as_written
from .cache_index import Index
from .mapped_file import column, group_of
from .slices import Slices

SLICES = "slices.hdf5"
"""The name of the file, in the folder of its cache."""

KINDS = {
    "times": "f8",
    "valid": "u1",
    "category": "i2",
    "dimensions": "f8",
    "units": "f4",
    "joints": "i8",
    "of_file": "i8",
    "duration": "f8",
    "place": "i8",
    "begin": "i8",
    "end": "i8",
    "file": "i8",
}
"""The types of the columns of ``Slices`` as they are stored."""

_FORMS = {
    "times": "f M",
    "valid": "b M",
    "category": "i M",
    "dimensions": "f M D",
    "units": "f M U",
    "joints": "i *",
    "of_file": "i E",
    "duration": "f F",
    "place": "i F",
    "begin": "i T",
    "end": "i T",
    "file": "i T",
}
"""Kinds and axes of the columns; see ``check_arrays``."""


def stored_slices(folder: Path, index: Index) -> dict[str, Slices]:
    """The slices of each series of a cache; empty where there is no file of them, or one of other files.

    Raises:
        CacheCorrupt: Its bytes changed, or it does not hold what a cache of these files can.
    """
    import h5py

    path = folder / SLICES
    if not path.exists():
        return {}
    _, mapped = map_file(path)
    with not_as_written(path), path.open("rb") as file, h5py.File(file, "r") as groups:
        if column(groups.id, "of", mapped, "u1").tobytes() != made_of(index):
            return {}
        stored = {name: _slices(group_of(groups, name), mapped) for name in index.series}
        for name, slices in stored.items():
            _check(slices, index, name)
    return stored


def _slices(group: Any, mapped: np.ndarray) -> Slices:
    columns = {name: column(group, name, mapped, kind) for name, kind in KINDS.items()}
    return Slices(**{**columns, "valid": columns["valid"].astype(bool)})


def _check(slices: Slices, index: Index, name: str) -> None:
    """Refuse columns whose lengths or places do not fit each other, or the cache's trials."""
    n, files, trials = len(slices.times), len(index.files), sum(len(file.members) for file in index.files)
    check_arrays({each: getattr(slices, each) for each in _FORMS}, _FORMS, F=files, E=files + 1, T=trials)
    check_truth(slices.dimensions, slices.units)
    edges = slices.of_file
    if edges[0] != 0 or edges[-1] != n or (np.diff(edges) < 0).any() or (slices.place < 0).any():
        raise ValueError(f"{name}: files that overlap")
    if not ((slices.file >= 0) & (slices.file < files)).all():
        raise ValueError(f"{name}: trials of no file")
    inside = (edges[slices.file] <= slices.begin) & (slices.begin <= slices.end)
    if not (inside & (slices.end <= edges[slices.file + 1])).all():
        raise ValueError(f"{name}: trials that leave their file")
    if not (np.isfinite(slices.times).all() and np.isin(slices.joints, np.arange(n)).all()):
        raise ValueError(f"{name}: times that are no numbers, or joints beyond the end")


def made_of(index: Index) -> bytes:
    """SHA-256 of the files of a cache, and of the trials that it leaves out."""
    listed = [[file.name, file.digest, list(file.left_out)] for file in index.files]
    return hashlib.sha256(json.dumps(listed).encode()).digest()
