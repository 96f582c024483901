"""Files that appear whole or not at all: written under another name, synced, and renamed. Nobody else writes any."""

import os
import re
import secrets
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import InputError
from .platforms import FULL, locked, may_live, reserve, sync_folder
from .stored_arrays import write_arrays


class DiskFull(InputError):
    """There is no room for what is to be written; nothing was published."""


def publish_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    publish_bytes(path, text.encode())


def publish_bytes(path: Path, content: bytes | memoryview) -> None:
    """Write a file of these bytes, whole or not at all."""
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
        reserve(part, needed)  # HDF5 recovers badly from a write that fails
        yield part
        os.replace(part, path)
        sync_folder(path.parent)
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
    with locked(folder) as alone:
        if not alone:
            do = "wait for its end, or name another --output"
            raise InputError(folder, "another run that is writing here", "a folder to itself", do)
        sweep(folder)
        yield


def check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be made or written into, before work is done for it; nothing is left behind.

    Raises:
        InputError: It, or what it would lie in, is a file, or nobody may write there.
    """
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        found = "a file" if there == folder else f"{there}, which is a file, on the way to it"
        raise InputError(folder, found, "a folder, or nothing yet", "name another folder with --output")
    try:
        # nameless where the system can; elsewhere a part like any other, which is swept after a kill
        with tempfile.TemporaryFile(dir=there, prefix=f".emoscan.{_host()}.{os.getpid()}.", suffix=".part"):
            pass
    except OSError as error:
        found = f"nothing that can be written ({error.strerror} in {there})"
        raise InputError(folder, found, "a folder that can be made", "name another one with --output") from error


def check_file_place(path: Path, like: str) -> None:
    """Refuse a file that cannot be made or replaced, before work is done for it.

    Args:
        path: The file.
        like: A name for it, for whoever named a folder.

    Raises:
        InputError: It is a folder, or lies where nobody may write.
    """
    if path.is_dir():
        raise InputError(path, "a folder", "a file to write", f"name a file in it, as in {path / like}")
    check_writable(path.parent)


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


def _is_full(error: OSError | RuntimeError) -> bool:
    told = re.search(r"errno = (\d+)", str(error))
    return (error.errno if isinstance(error, OSError) and error.errno else int(told[1]) if told else 0) in FULL


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
    words = part.name.split(".")
    host, pid = words[-4:-2] if len(words) > 4 else ("", "")  # a part of somebody else is left alone
    return host == _host() and pid.isdigit() and not may_live(int(pid), part)
