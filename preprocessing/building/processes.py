"""Calls in processes beside this one. The job of a process that was killed is named, and tried once more alone."""

import re
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ...signals import InputError

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
"""A function, its arguments and its settings, as ``joblib.delayed`` gives them."""

NamedCall = tuple[str, Call]
"""What a call works on, in words; and the call."""

_DEAF_TO = (signal.SIGINT, signal.SIGTERM)
"""Signals that this process answers for all: a terminal or scheduler sends them to each."""


def in_processes(jobs: int, calls: Sequence[NamedCall]) -> Iterable[Any]:
    """The results of calls, as they come.

    A process may be killed, as the kernel does where memory runs out: then all that ran are lost. Each of the calls at
    work is made once more with no other beside it, and then the rest goes on side by side.

    Args:
        jobs: Calls at a time; with 1 they are made here.
        calls: Each with what it works on, in words.

    Raises:
        InputError: A process was killed again, with one call alone.
    """
    from joblib import Parallel

    if jobs == 1:  # whoever kills this process kills all
        return started(Parallel(n_jobs=1, return_as="generator_unordered"), [call for _, call in calls])
    return _survived(jobs, calls)


def started(parallel: Callable[[Iterable[Any]], Iterable[Any]], calls: Iterable[Any]) -> Iterable[Any]:
    """Start the processes deaf to Ctrl-C and SIGTERM for all of their life, which are this one's to answer.

    A blocked signal would not do: joblib unblocks it when it starts the process that watches over shared memory.
    """
    if threading.current_thread() is not threading.main_thread():  # only there can it be set, and does it arrive
        return parallel(calls)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _DEAF_TO}
    try:
        return parallel(calls)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)  # None: a handler that is not Python's


def killed() -> type[Exception]:
    """What joblib raises where a process ended before its work."""
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    error: type[Exception] = TerminatedWorkerError
    return error


def killed_together(what: str, error: BaseException) -> InputError:
    """The error of processes that work on one thing together, of which one was killed: none can go on alone."""
    return _beyond_help(what, _cause(error))


def _survived(jobs: int, calls: Sequence[NamedCall]) -> Iterator[Any]:
    """The results of calls side by side; those that were at work when a process was killed are made again."""
    todo, fruitless = dict(enumerate(calls)), 0
    while todo:
        before = len(todo)
        with tempfile.TemporaryDirectory(prefix="emoscan-") as folder:
            try:
                yield from _as_done(jobs, todo, Path(folder))
                return
            except killed() as error:
                suspects = [place for place in todo if (Path(folder) / f"{place}").exists()]
                cause = _cause(error)
        fruitless = fruitless + 1 if len(todo) == before and not suspects else 0
        if fruitless > 1:
            raise _beyond_help("processes", cause)
        _say([todo[place][0] for place in suspects], cause)
        for place in suspects:
            yield _alone(*todo.pop(place))


def _as_done(jobs: int, todo: dict[int, NamedCall], notes: Path) -> Iterator[Any]:
    """Results as they come; the calls that gave them are taken out of ``todo``."""
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered")
    calls = [delayed(_noted)(place, call, notes / f"{place}") for place, (_, call) in todo.items()]
    for place, result in started(parallel, calls):
        del todo[place]
        yield result


def _noted(place: int, call: Call, note: Path) -> tuple[int, Any]:
    """The result of a call with its place; a note lies there as long as it is made."""
    function, arguments, settings = call
    note.touch()
    result = function(*arguments, **settings)
    note.unlink(missing_ok=True)
    return place, result


def _alone(name: str, call: Call) -> Any:
    """The result of one call in a process of its own: what kills that leaves this one."""
    from joblib import Parallel, delayed

    function, arguments, settings = call
    try:
        (result,) = started(
            Parallel(n_jobs=2, return_as="generator_unordered"), [delayed(function)(*arguments, **settings)]
        )
    except killed() as error:
        raise _beyond_help(name, f"{_cause(error)}, also with no other beside it") from error
    return result


def _cause(error: BaseException) -> str:
    """How the process ended, in words: it says so only as a signal."""
    signals = re.findall(r"SIG[A-Z]+", str(error))
    if not signals or "SIGKILL" in signals:
        return "a process that was killed, most likely since memory ran out"
    return f"a process that ended with {signals[0]}"


def _beyond_help(what: str, cause: str) -> InputError:
    do = "free some memory and run it again: what was finished is kept"
    return InputError(what, cause, "one that ends its work", do)


def _say(suspects: list[str], cause: str) -> None:
    """One line on what was at work when a process was killed; nothing where it was idle."""
    if suspects:
        what = " or ".join(suspects)
        print(f"{what}: {cause}; tried once more, one at a time", file=sys.stderr, flush=True)
