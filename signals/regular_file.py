"""Regular files: whatever is opened for reading is looked at first. A device never ends, and a pipe never begins."""

import math
import stat
from pathlib import Path
from typing import Literal

from .errors import InputError

_LARGE = 1 << 28
"""Bytes from which on a file is asked how many of them are on the disk."""

_RATIO = 64
"""How many times more bytes a file may have than there are on the disk: some disks compress what they hold."""

_KINDS = {"a device": (stat.S_ISCHR, stat.S_ISBLK), "a pipe": (stat.S_ISFIFO,), "a socket": (stat.S_ISSOCK,)}


LARGEST_TEXT = 1 << 31
"""Bytes of a table or another text at most; a frame with all of OpenFace's landmarks takes five thousand."""


def check_regular(path: Path, most: float = math.inf) -> None:
    """Refuse what is neither a file nor a folder, whatever its name and wherever links lead, and more bytes than most.

    Raises:
        InputError: It is a device, a pipe or a socket, larger, or full of holes: bytes that take no room, but time.
        OSError: There is nothing, or it may not be looked at.
    """
    facts = path.stat()
    on_disk = getattr(facts, "st_blocks", facts.st_size) * 512  # unknown on Windows
    for words, tests in _KINDS.items():
        if any(test(facts.st_mode) for test in tests):
            raise InputError(path, words, "a file", "save what it gives in a file, and name that")
    if facts.st_size > max(_LARGE, _RATIO * on_disk):
        found = f"{facts.st_size:,} bytes, of which {on_disk:,} are on the disk"
        raise InputError(path, found, "a file without holes", "copy the original again, or move it aside")
    if facts.st_size > most:
        raise InputError(
            path, f"{facts.st_size:,} bytes", f"{most:,} or fewer", "is this the right file? split it if so"
        )


def file_bytes(path: Path) -> bytes:
    """All bytes of a file of text, which is no device and no pipe (``check_regular``).

    Raises:
        InputError: It is one, or larger than any text.
        OSError: It cannot be read.
    """
    check_regular(path, LARGEST_TEXT)
    return path.read_bytes()


def file_text(path: Path, errors: Literal["strict", "replace"] = "strict") -> str:
    """The text of a file in UTF-8, with or without a byte order mark, its ends of lines as they are.

    Raises:
        InputError: As ``file_bytes``; or it is another text.
        OSError: It cannot be read.
    """
    try:
        return file_bytes(path).decode("utf-8-sig", errors)
    except UnicodeDecodeError as error:
        found = f"bytes that are not UTF-8 ({error.reason})"
        raise InputError(path, found, "text in UTF-8", "copy the file again, or save it as UTF-8") from error
