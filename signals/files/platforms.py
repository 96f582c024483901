"""What systems do differently about files: folders on the disk, locks, room asked for ahead, living processes."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WINDOWS = os.name == "nt"
"""Whether folders cannot be opened here, and processes are not asked by a signal whether they live."""

LOCK = ".emoscan.lock"
"""The file that stands for its folder where folders have no locks."""

FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC, errno.EFBIG)
"""Errors of a system that has no room left."""

_A_DAY = 24 * 3600.0
"""Seconds after which nobody still writes a file."""


def sync_folder(folder: Path) -> None:
    """Have the names in a folder reach the disk; Windows does so by itself, and lets nobody open a folder."""
    if WINDOWS:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """A span in which this process alone has the lock of a folder: False if another has it. It dies with its process.

    Where there are no locks, as on some network drives, everybody gets it.
    """
    handle = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR) if WINDOWS else os.open(folder, os.O_RDONLY)
    try:
        yield _lock(handle)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        if WINDOWS:
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
    return True


def reserve(file: Path, needed: int) -> None:
    """Ask for room for a new file before it is written, where the system can say.

    Raises:
        OSError: There is none.
    """
    if not hasattr(os, "posix_fallocate"):
        return
    handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    try:
        allocate(handle, needed)
    finally:
        os.close(handle)
        file.unlink()


def allocate(handle: int, needed: int) -> None:
    """Give an open file its room on the disk, where the system can.

    Raises:
        OSError: There is none.
    """
    if not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(handle, 0, max(needed, 1))
    except OSError as error:  # some file systems cannot say; the write itself will
        if error.errno in FULL:
            raise


def may_live(pid: int, file: Path) -> bool:
    """Whether the process that writes ``file`` may be alive; on Windows its age says so, as a signal would end it."""
    if WINDOWS:
        return time.time() - file.stat().st_mtime < _A_DAY
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
