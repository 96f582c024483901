"""Processes that do works: copies of this one, in which everything is loaded, each in a group of its own."""

import contextlib
import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .works import MAINS

LONGEST = 60.0
"""Seconds after which a run counts as hanging."""

_POLL = 0.002


@dataclass(frozen=True)
class Ended:
    """A process that is over.

    Args:
        code: Its exit code; minus the number of the signal that ended it.
        text: What it printed.
        seconds: How long it ran.
    """

    code: int
    text: str
    seconds: float

    @property
    def lines(self) -> list[str]:
        """The lines of what it printed."""
        return self.text.splitlines()

    @property
    def wrong(self) -> str:
        """What is wrong with an end that should be a good one."""
        if self.code == -signal.SIGKILL:
            return f"hangs: over {LONGEST:.0f} s"
        last = self.lines[-1] if self.lines else "nothing"
        return f"ends with {self.code}, having printed {last}" if self.code or "Traceback" in self.text else ""


@dataclass(frozen=True)
class Child:
    """A process at work; what it prints goes into ``log``."""

    number: int
    log: Path
    begun: float

    def ended(self, seconds: float = LONGEST) -> Ended | None:
        """Its end if that comes within ``seconds``."""
        until = time.monotonic() + seconds
        while True:
            ended, status = os.waitpid(self.number, os.WNOHANG)
            if ended:
                took = time.monotonic() - self.begun
                return Ended(
                    os.waitstatus_to_exitcode(status), self.log.read_text(encoding="utf-8", errors="replace"), took
                )
            if time.monotonic() >= until:
                return None
            time.sleep(_POLL)

    def finished(self) -> Ended:
        """Its end; one that hangs is killed."""
        return self.ended() or self.struck(signal.SIGKILL, group=True)

    def struck(self, number: int, *, group: bool) -> Ended:
        """Its end after a signal, to it alone, as of a kernel without memory, or to its group, as of a scheduler."""
        with contextlib.suppress(ProcessLookupError):
            if group:
                os.killpg(self.number, number)
            else:
                os.kill(self.number, number)
        ended = self.ended()
        while ended is None:  # it does not answer
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.number, signal.SIGKILL)
            ended = self.ended(1.0)
        return ended


def started(words: list[str], log: Path, before: Callable[[], None] | None = None) -> Child:
    """A process that does what these words say.

    Args:
        words: The command line.
        log: Where what it prints is written.
        before: Called in it first.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    begun = time.monotonic()
    number = os.fork()
    if not number:
        _work(words, log, before)
    with contextlib.suppress(PermissionError, ProcessLookupError):
        os.setpgid(number, number)
    return Child(number, log, begun)


def list_modules(path: Path) -> None:
    """Have this process list in a file, as it ends, the modules that it has loaded."""
    end = os._exit

    def listing(code: int) -> None:
        path.write_text("\n".join(sorted(sys.modules)), encoding="utf-8")
        end(code)

    os._exit = listing  # type: ignore[assignment]


def load_all(path: Path) -> None:
    """Load here the modules of such a list, so that copies of this process need not."""
    for name in path.read_text(encoding="utf-8").split() if path.exists() else ():
        with contextlib.suppress(Exception):  # those that are made, as by six, and not loaded
            importlib.import_module(name)


def _work(words: list[str], log: Path, before: Callable[[], None] | None) -> None:
    code = 70
    try:
        os.setpgid(0, 0)
        for stream, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
            name = str(log) if stream else os.devnull
            os.dup2(os.open(name, flags | os.O_CREAT | os.O_APPEND), stream)
        sys.stdout, sys.stderr = (os.fdopen(stream, "w", closefd=False) for stream in (1, 2))  # a test may have others
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv = words
        if before:
            before()
        code = MAINS[words[0]]()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
