"""Work in a child process with limits of time and memory: whatever a foreign file does to its reader ends there."""

import contextlib
import faulthandler
import gc
import math
import os
import pickle
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

T = TypeVar("T")

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"
"""Whether a process can be copied and go on: Windows has no copies, and those of macOS break its own libraries."""

_BLOCK = 1 << 20


class Stopped(RuntimeError):
    """A child process that was stopped, or fell: its message says why."""


def in_limited_process(work: Callable[[], T], seconds: float, room: int, patience: float = 1.0) -> T:
    """What ``work`` gives, in a copy of this process; where a system cannot copy processes, in this one, unlimited.

    A copy costs a few milliseconds and knows all that is loaded here; what it does to itself is lost with it.

    Args:
        work: Gives something that can be pickled, or raises it.
        seconds: Of work after which it is stopped.
        room: Bytes of memory that it may take beside what this process has.
        patience: How many times as long it may take by the clock, where others work too.

    Raises:
        Stopped: It took longer, or fell.
        Exception: Whatever ``work`` raises, ``MemoryError`` where it wants more memory.
    """
    if not CAN_FORK:
        return work()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads are not in the copy, and not needed there
        child = os.fork()
    if not child:
        os.close(reading)
        _be_child(work, writing, seconds, room)
    os.close(writing)
    try:
        answer = _received(reading, time.monotonic() + seconds * patience)
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if answer is None:
        raise Stopped(f"it took more than {seconds * patience:.3g} s")
    if not answer:
        raise Stopped(f"its reader fell ({_why(ended)})")
    worked, result = pickle.loads(answer)  # of the copy of ourselves, by a pipe that nobody else has
    if not worked:
        raise result
    given: T = result
    return given


def _be_child(work: Callable[[], T], writing: int, seconds: float, room: int) -> NoReturn:
    """Do the work, send what came of it, and be gone without anything that a process does at its end."""
    code = 1
    try:
        _limit(seconds, room)
        try:
            answer = pickle.dumps((True, work()), protocol=5)
        except BaseException as error:
            answer = pickle.dumps((False, _plain(error)))
        view = memoryview(answer)
        while view:
            view = view[os.write(writing, view) :]
        code = 0
    finally:
        os._exit(code)


def _plain(error: BaseException) -> BaseException:
    """The error, or one of the same words where it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _limit(seconds: float, room: int) -> None:
    import resource

    gc.freeze()  # what is left of the other process is never freed here: it may wait for threads that it had
    faulthandler.disable()  # its end is told by whoever waits for it
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)  # libraries write there what is raised anyhow
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_CPU, math.ceil(seconds))
    taken = Path("/proc/self/statm")
    if taken.exists():
        _lower(
            resource.RLIMIT_AS, int(taken.read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE") + room
        )


def _lower(limit: int, value: int) -> None:
    """Set a limit, unless a lower one holds."""
    import resource

    held = [number for number in resource.getrlimit(limit) if number != resource.RLIM_INFINITY]
    lowest = min([value, *held])
    resource.setrlimit(limit, (lowest, lowest))


def _received(reading: int, until: float) -> bytes | None:
    """All that comes before the other end is closed; None where it is still open by then."""
    blocks = list[bytes]()
    while select.select([reading], [], [], max(until - time.monotonic(), 0))[0]:
        block = os.read(reading, _BLOCK)
        if not block:
            return b"".join(blocks)
        blocks.append(block)
    return None


def _why(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
