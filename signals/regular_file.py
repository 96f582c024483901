"""Regular files: whatever is opened for reading is looked at first. A device never ends, and a pipe never begins."""

import stat
from pathlib import Path

from .errors import InputError

_LARGE = 1 << 28
"""Bytes from which on a file is asked how many of them are on the disk."""

_RATIO = 64
"""How many times more bytes a file may have than there are on the disk: some disks compress what they hold."""

_KINDS = {"a device": (stat.S_ISCHR, stat.S_ISBLK), "a pipe": (stat.S_ISFIFO,), "a socket": (stat.S_ISSOCK,)}


def check_regular(path: Path) -> None:
    """Refuse what is neither a file nor a folder, whatever its name and wherever links lead.

    Raises:
        InputError: It is a device, a pipe or a socket, or a file of holes: of bytes that take no room and all the time.
        OSError: There is nothing, or it may not be looked at.
    """
    stat_of = path.stat()
    mode, on_disk = stat_of.st_mode, getattr(stat_of, "st_blocks", stat_of.st_size) * 512  # unknown on Windows
    for words, tests in _KINDS.items():
        if any(test(mode) for test in tests):
            raise InputError(path, words, "a file", "save what it gives in a file, and name that")
    if stat_of.st_size > max(_LARGE, _RATIO * on_disk):
        found = f"{stat_of.st_size:,} bytes, of which {on_disk:,} are on the disk"
        raise InputError(path, found, "a file without holes", "copy the original again, or move it aside")


def file_bytes(path: Path) -> bytes:
    """All bytes of a file, which is no device and no pipe (``check_regular``).

    Raises:
        InputError: It is one.
        OSError: It cannot be read.
    """
    check_regular(path)
    return path.read_bytes()
