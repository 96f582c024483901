"""Regular files: whatever is opened for reading is looked at first. A device never ends, and a pipe never begins."""

import stat
from pathlib import Path

from .errors import InputError

_KINDS = {"a device": (stat.S_ISCHR, stat.S_ISBLK), "a pipe": (stat.S_ISFIFO,), "a socket": (stat.S_ISSOCK,)}


def check_regular(path: Path) -> None:
    """Refuse what is neither a file nor a folder, whatever its name and wherever links lead.

    Raises:
        InputError: It is a device, a pipe or a socket.
        OSError: There is nothing, or it may not be looked at.
    """
    mode = path.stat().st_mode
    for words, tests in _KINDS.items():
        if any(test(mode) for test in tests):
            raise InputError(path, words, "a file", "save what it gives in a file, and name that")


def file_bytes(path: Path) -> bytes:
    """All bytes of a file, which is no device and no pipe (``check_regular``).

    Raises:
        InputError: It is one.
        OSError: It cannot be read.
    """
    check_regular(path)
    return path.read_bytes()
