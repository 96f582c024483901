"""Writing a cache file: whole or not at all."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ...signals import Volume
from ...signals.files.publishing import new_file, synced
from ...signals.streams.track import PARTS
from .cache_file import USER_BLOCK, RecordingFacts, body_digest, header

_METADATA = 65536
"""Bytes of a file that are not samples, generously."""


def publish_recording(path: Path, facts: RecordingFacts, volumes: Sequence[Mapping[str, Volume]]) -> str:
    """Write the trials of one recording and publish them under ``path``; give the file's digest.

    The bytes depend on ``facts`` and ``volumes`` only. They are written under a temporary name, hashed, synced and
    renamed, so at every moment ``path`` is either absent, the old file, or the new one.

    Args:
        path: The file to make or replace.
        facts: What the file says about itself.
        volumes: For each trial a volume of each series.

    Raises:
        DiskFull: There is no room; says how much was needed.
    """
    needed = sum(v.stored.nbytes + 128 * len(v.times) for trial in volumes for v in trial.values()) + _METADATA
    with new_file(path, needed) as part:
        _write(part, facts, volumes)
        with part.open("r+b") as file:
            digest = body_digest(file)
            _finish(file, header(digest))
    return digest


def _write(part: Path, facts: RecordingFacts, volumes: Sequence[Mapping[str, Volume]]) -> None:
    import h5py

    with h5py.File(
        part, "x", libver=("v110", "v110"), userblock_size=USER_BLOCK, alignment_threshold=256, alignment_interval=64
    ) as file:
        stored = json.dumps(facts.to_json(), sort_keys=True, separators=(",", ":")).encode()
        file.create_dataset("facts", data=np.frombuffer(stored, np.uint8), track_times=False)
        for name in facts.series:
            _write_series(file, name, [trial.get(name) for trial in volumes])


def _write_series(file: Any, name: str, of_trials: Sequence[Volume | None]) -> None:
    first = np.cumsum([0, *(0 if v is None else len(v.times) for v in of_trials)])
    volumes = [v for v in of_trials if v is not None]
    n = int(first[-1])
    like = volumes[0].stored
    stored = file.create_dataset(f"{name}/stored", (n, *like.shape[1:]), like.dtype, track_times=False)
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
    tracks = [v.track for v in volumes if v.track is not None]
    if tracks:
        columns |= {f"track/{part}": (kind, [getattr(t, part) for t in tracks]) for part, (kind, _) in PARTS.items()}
    for column, (kind, parts) in columns.items():
        file.create_dataset(f"{name}/{column}", data=np.concatenate(parts).astype(kind), track_times=False)


def _finish(file: BinaryIO, start: bytes) -> None:
    file.seek(0)
    file.write(start)
    synced(file)
