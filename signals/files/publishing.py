"""Files that appear whole or not at all: written under another name, synced, and renamed."""

import errno
import os
import re
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import InputError
from .stored_arrays import write_arrays


class DiskFull(InputError):
    """There is no room for what is to be written; nothing was published."""


def publish_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    content = text.encode()
    with new_file(path, len(content)) as part, part.open("xb") as file:
        file.write(content)
        synced(file)


def publish_arrays(path: Path, arrays: Mapping[str, np.ndarray], *, compressed: bool = False, beside: str = "") -> None:
    """Write arrays by name into an ``.npz`` file with a checksum (``write_arrays``), whole or not at all."""
    with new_file(path, sum(values.nbytes for values in arrays.values())) as part, part.open("x+b") as file:
        write_arrays(file, arrays, compressed=compressed, beside=beside)
        synced(file)


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
        if isinstance(error, OSError) and error.errno and error.filename in (None, str(part)):
            raise OSError(error.errno, error.strerror, str(path)) from error  # whoever reads it knows no part
        raise
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def sole_writer(folder: Path | None) -> Iterator[None]:
    """A span in which no other run writes into ``folder``, which is made; the lock dies with its process.

    Raises:
        InputError: Another run is at it.
    """
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    import fcntl  # not on every machine that reads caches

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        do = "wait for its end, or name another --output"
        raise InputError(folder, "another run that is writing here", "a folder to itself", do) from error
    except OSError:
        return  # a file system without locks, as some network drives are


def sweep(folder: Path) -> int:
    """Remove what killed writers of this machine left behind; give the number of files."""
    stale = [part for part in folder.glob(".*.part") if _is_stale(part)]
    for part in stale:
        part.unlink(missing_ok=True)
    return len(stale)


def synced(file: BinaryIO) -> None:
    """Have what was written into a file reach the disk."""
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
