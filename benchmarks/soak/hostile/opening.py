"""Opening a hostile folder in a process of its own, in which every file that it opens is listed."""

import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ....preprocessing.commands.command import main as emo_preprocess
from ....signals import InputError
from ....signals.files.foreign.limited_process import Stopped, in_limited_process
from ...commands.command import main as emo_train
from .hostile_values import SECRET

SECONDS, ROOM = 10.0, 2 << 30
"""Limits of opening: seconds of work, and bytes."""

_PATIENCE = 12.0
"""Times as long by the clock, where others work too: what waits for nothing is found a little later."""

_MAINS = {"emo-preprocess": emo_preprocess, "emo-train": emo_train}
_RUNS = ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "socket.connect", "pty.spawn")
_BESIDE = ("/proc/", "/sys/", "/dev/null", "/dev/urandom", "/etc/localtime", "/usr/share/zoneinfo", "/usr/share/fonts")

Read = Callable[[Path], Iterable[Any]]
"""From a folder to what it holds: arrays, texts, numbers."""


@dataclass(frozen=True)
class Use:
    """A way to open a folder.

    Args:
        name: In words.
        words: The command line, with ``{folder}`` for the hostile one, ``{good}`` for the whole ones and ``{output}``.
        read: A reader instead.
    """

    name: str
    words: str = ""
    read: Read | None = None


@dataclass(frozen=True)
class Opened:
    """How opening ended.

    Args:
        code: Of a command; 0 or 2 of a reader.
        text: What it said.
        outside: What it opened or ran outside of the folders that it was given.
        modules: What it loaded.
        failure: Why there is no end, or a bad one.
    """

    code: int = 0
    text: str = ""
    outside: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    failure: str = ""

    @property
    def wrong(self) -> str:
        """What is wrong with it; empty if nothing is."""
        if self.failure:
            return self.failure
        if self.outside:
            return f"opens {', '.join(self.outside[:3])}"
        if "Traceback" in self.text or self.code not in (0, 1, 2):
            return f"ends with {self.code}: {self.text[-300:]!r}"
        if SECRET.decode() in self.text:
            return "says the secret"
        if any(not letter.isprintable() for letter in self.text.replace("\n", "").replace("\t", "")):
            return f"writes control characters: {self.text[:300]!r}"
        return ""


def opened(use: Use, folders: dict[str, Path], *, linked: bool = False) -> Opened:
    """How opening ends, in a copy of this process with limits of time and memory.

    Args:
        use: The way to open it.
        folders: The hostile one, the whole ones, the output's, and the secret file.
        linked: Whether the folder has a link to the secret, which may be followed as any link of a user's own files is;
            what stands there may not be shown.
    """
    os.utime(folders["secret"], (0, os.stat(folders["secret"]).st_mtime))  # so old, it becomes new with any reading
    before = os.stat(folders["secret"]).st_atime_ns
    log = folders["output"] / "log.txt"
    try:
        found = in_limited_process(lambda: _open(use, folders, log), SECONDS, ROOM, _PATIENCE)
    except Stopped as stopped:
        last = log.read_text(errors="replace", encoding="utf-8")[-200:] if log.exists() else ""
        found = Opened(failure=f"{stopped}; it said {last!r}")
    except MemoryError:
        found = Opened(failure=f"more than {ROOM / 1e9:.1f} GB")
    if not linked and os.stat(folders["secret"]).st_atime_ns != before:
        return replace(found, failure="reads the secret")
    return found


def load(modules: Iterable[str]) -> None:
    """Load here what a copy of this process has loaded, so that the next ones need not."""
    for name in modules:
        with contextlib.suppress(Exception):  # those that are made, as by six, and not loaded
            importlib.import_module(name)


def _open(use: Use, folders: dict[str, Path], log: Path) -> Opened:
    os.chdir(folders["output"])
    for stream in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    sys.stdout, sys.stderr = (os.fdopen(stream, "w", closefd=False) for stream in (1, 2))  # a test may have others
    outside = _listed_outside([folders[name] for name in ("folder", "good", "output")])
    code = _read(use.read, folders["folder"]) if use.read else _command(use, folders)
    sys.stdout.flush()
    sys.stderr.flush()
    names = tuple(dict.fromkeys(outside))
    return Opened(code, log.read_text(errors="replace", encoding="utf-8"), names, tuple(sorted(sys.modules)))


def _command(use: Use, folders: dict[str, Path]) -> int:
    sys.argv = [word.format(**folders) for word in use.words.split()]
    try:
        return _MAINS[sys.argv[0]]()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
        return 70


def _read(read: Read, folder: Path) -> int:
    try:
        for value in read(folder):
            _show(value)
    except InputError as error:
        words = str(error)
        print(words if len(words) < 2000 and "\n" not in words else f"Traceback: a long error: {words[:2000]}")
        return 2
    except BaseException:
        traceback.print_exc()
        return 70
    return 0


def _show(value: Any) -> None:
    """Print a text that holds the secret, or that its bytes are among the numbers."""
    content = np.ascontiguousarray(value).tobytes() if isinstance(value, np.ndarray) else repr(value).encode()
    if SECRET in content:
        print(SECRET.decode())


def _listed_outside(folders: Sequence[Path]) -> list[str]:
    """A list to which is added whatever is opened outside of the folders, of the interpreter and of its libraries."""
    ours = Path(__file__).resolve().parents[3]
    known = {*folders, Path(sys.prefix), Path(sys.base_prefix), ours, *map(Path, filter(None, sys.path))}
    known |= {path.resolve() for path in known} | {Path(os.path.expanduser("~/.cache"))}
    starts = (*(f"{path}{os.sep}" for path in known), *_BESIDE)
    whole = {str(path) for path in known}
    found: list[str] = []

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _RUNS:
            found.append(f"{event} {arguments!r:.100}")
        elif (event == "open" or event.startswith("os.")) and arguments and isinstance(arguments[0], str | bytes):
            path = os.path.abspath(os.fsdecode(arguments[0]))
            if path not in whole and not path.startswith(starts):
                found.append(f"{event} {path}")

    sys.addaudithook(listen)
    return found
