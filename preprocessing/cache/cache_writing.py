"""Writing a cache file: whole or not at all."""

import errno
import json
import os
import re
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ...signals import InputError, Volume
from ...signals.streams.track import PARTS
from .cache_file import USER_BLOCK, RecordingFacts, body_digest, header

_METADATA = 65536
"""Bytes of a file that are not samples, generously."""


class DiskFull(InputError):
    """There is no room for what is to be written; nothing was published."""


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


def publish_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with new_file(path, len(text)) as part, part.open("xb") as file:
        _finish(file, text.encode())


@contextmanager
def new_file(path: Path, needed: int) -> Iterator[Path]:
    """A temporary name beside ``path``; what is written there takes its place at the end, or vanishes on any error."""
    part = path.with_name(f".{path.name}.{_host()}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        _check_room(part, needed)
        yield part
        os.replace(part, path)
        _sync_folder(path.parent)
    except (OSError, RuntimeError) as error:  # HDF5 reports a failed write as either
        if _is_full(error):
            raise _no_room(path, needed) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def sweep(folder: Path) -> int:
    """Remove what killed writers of this machine left behind; give the number of files."""
    stale = [part for part in folder.glob(".*.part") if _is_stale(part)]
    for part in stale:
        part.unlink(missing_ok=True)
    return len(stale)


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
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_room(part: Path, needed: int) -> None:
    """Ask for the room before HDF5 does: it recovers badly from a write that fails."""
    if not hasattr(os, "posix_fallocate"):
        return
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    try:
        os.posix_fallocate(handle, 0, max(needed, 1))
    except OSError as error:  # some file systems cannot say; the write itself will
        if _is_full(error):
            raise
    finally:
        os.close(handle)
        part.unlink()


def _is_full(error: OSError | RuntimeError) -> bool:
    full = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
    told = re.search(r"errno = (\d+)", str(error))
    return (error.errno if isinstance(error, OSError) and error.errno else int(told[1]) if told else 0) in full


def _no_room(path: Path, needed: int) -> DiskFull:
    return DiskFull(
        path,
        "no room on the disk",
        f"{needed / 1e6:.1f} MB for this file",
        "free some room and run it again: what was finished is kept",
    )


def _host() -> str:
    return re.sub(r"[^\w-]", "-", socket.gethostname())


def _is_stale(part: Path) -> bool:
    *_, host, pid, _token, _part = part.name.split(".")
    return host == _host() and pid.isdigit() and not _is_alive(int(pid))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
