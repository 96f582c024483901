"""Writing the files of a cache: whole or not at all."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ...signals import Volume
from ...signals.files.publishing import new_file, synced
from ...signals.streams.track import DOUBTFUL, PARTS
from .cache_file import USER_BLOCK, RecordingFacts, body_digest, header, open_file
from .cache_index import Index
from .slices import slices_of
from .slices_file import KINDS, SLICES, made_of, stored_slices

_FORMAT: Mapping[str, Any] = MappingProxyType(
    {
        "libver": ("v110", "v110"),  # one version of the format and no times of writing: equal content, equal bytes
        "userblock_size": USER_BLOCK,
        "alignment_threshold": 256,  # aligned data can be mapped
        "alignment_interval": 64,
    }
)
"""The form of all HDF5 files of a cache, for h5py."""

_METADATA = 65536
"""Bytes of a file that are not samples, generously."""


def publish_recording(path: Path, facts: RecordingFacts, volumes: Sequence[Mapping[str, Volume]]) -> str:
    """The digest of a file of one recording's trials, written whole and published under ``path``.

    The bytes depend on ``facts`` and ``volumes`` only. They are written under a temporary name, hashed, synced and
    renamed, so at every moment ``path`` is either absent, the old file, or the new one.

    Args:
        path: The file to make or replace.
        facts: Facts about the recording.
        volumes: For each trial a volume of each series.

    Raises:
        DiskFull: There is no room; says how much was needed.
    """
    needed = _METADATA
    for trial in volumes:
        needed += sum(volume.stored.nbytes + 128 * len(volume.times) for volume in trial.values())
    with new_file(path, needed) as temporary:
        _write(temporary, facts, volumes)
        digest = _seal(temporary)
    return digest


def publish_cache(folder: Path, index: Index) -> None:
    """Write what makes the files of a folder a cache: their slices in one file, and ``cache.json``, last.

    Raises:
        DiskFull: There is no room; says how much was needed.
    """
    if not stored_slices(folder, index):
        _publish_slices(folder, index)
    index.write(folder)


def _publish_slices(folder: Path, index: Index) -> None:
    import h5py

    files = [open_file(folder / file.name) for file in index.files]
    slices = {name: slices_of(name, files.__getitem__, len(files), index.places) for name in index.series}
    columns = {"of": np.frombuffer(made_of(index), np.uint8)}
    for name, of_series in slices.items():
        for column, kind in KINDS.items():
            columns[f"{name}/{column}"] = getattr(of_series, column).astype(kind, copy=False)
    with new_file(folder / SLICES, sum(values.nbytes + 1024 for values in columns.values())) as temporary:
        with h5py.File(temporary, "x", **_FORMAT) as file:
            for name, values in columns.items():
                file.create_dataset(name, data=values, track_times=False)
        _seal(temporary)


def _write(path: Path, facts: RecordingFacts, volumes: Sequence[Mapping[str, Volume]]) -> None:
    import h5py

    with h5py.File(path, "x", **_FORMAT) as file:
        stored = json.dumps(facts.to_json(), sort_keys=True, separators=(",", ":")).encode()
        file.create_dataset("facts", data=np.frombuffer(stored, np.uint8), track_times=False)
        for name in facts.series:
            _write_series(file, name, [trial.get(name) for trial in volumes])


def _write_series(file: Any, name: str, of_trials: Sequence[Volume | None]) -> None:
    lengths = [0 if volume is None else len(volume.times) for volume in of_trials]
    first = np.cumsum([0, *lengths])
    volumes = [volume for volume in of_trials if volume is not None]
    n, like = int(first[-1]), volumes[0].stored
    stored = file.create_dataset(f"{name}/stored", (n, *like.shape[1:]), like.dtype, track_times=False)
    # Trial by trial, since the samples of a recording joined would take its memory twice.
    for begin, volume in zip(first, of_trials, strict=False):
        if volume is not None:
            stored[begin : begin + len(volume.times)] = volume.stored
    columns: dict[str, tuple[Any, list[np.ndarray]]] = {
        "times": (np.float64, [v.times for v in volumes]),
        "valid": (np.uint8, [v.valid for v in volumes]),
        "category": (np.int16, [v.target.category for v in volumes]),
        "dimensions": (np.float64, [v.target.dimensions for v in volumes]),
        "units": (np.float32, [v.target.units for v in volumes]),
        "first": (np.int64, [first]),
    }
    if tracks := [volume.track for volume in volumes if volume.track is not None]:
        for column, (kind, _) in PARTS.items():
            columns[f"track/{column}"] = kind, [getattr(track, column) for track in tracks]
        if any(track.doubtful is not None for track in tracks):
            doubts = [np.zeros(len(t.seen), bool) if t.doubtful is None else t.doubtful for t in tracks]
            columns[f"track/{DOUBTFUL}"] = np.uint8, doubts
    starts = [begin for begin, volume in zip(first, of_trials, strict=False) if volume is not None]
    if any(volume.joints for volume in volumes):  # older versions read the file all the same
        joints = [begin + np.array(volume.joints, int) for begin, volume in zip(starts, volumes, strict=True)]
        columns["joints"] = np.int64, joints
    for column, (kind, of_volumes) in columns.items():
        file.create_dataset(f"{name}/{column}", data=np.concatenate(of_volumes).astype(kind), track_times=False)


def _seal(path: Path) -> str:
    """The digest of a file's content, which is written before it; all is on the disk then."""
    with path.open("r+b") as file:
        digest = body_digest(file)
        file.seek(0)
        file.write(header(digest))
        synced(file)
    return digest
