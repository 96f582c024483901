"""Progress with the time left, and tables, on a terminal or into a pipe."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_EVERY = 120.0
"""Seconds from one line to the next where the output is no terminal."""


@contextmanager
def progress_bar(title: str, total: float, every: float = _EVERY) -> Iterator[Callable[[float], None]]:
    """A bar on stderr while the block runs, or a line every two minutes where that is no terminal.

    Call its function with each amount done.

    Args:
        title: The work, in a word or two.
        total: The amounts' sum at the end.
        every: Seconds between lines.
    """
    from rich.console import Console

    console = Console(stderr=True)
    with _bar(console, title, total) if console.is_terminal else _lines(title, total, every) as advance:
        yield advance


def new_console() -> Any:
    """The console that tables are printed on: 200 columns wide where the output is no terminal."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(highlight=False, soft_wrap=True, width=200)


@contextmanager
def _bar(console: Any, title: str, total: float) -> Iterator[Callable[[float], None]]:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda amount: bar.advance(task, amount)


@contextmanager
def _lines(title: str, total: float, every: float) -> Iterator[Callable[[float], None]]:
    """Lines from a thread of their own: whoever waits for one long step sees that the work goes on."""
    ended, begin, done = threading.Event(), time.monotonic(), 0.0

    def advance(amount: float) -> None:
        nonlocal done
        done += amount

    def write() -> None:
        while not ended.wait(every):
            print(_line(title, done / max(total, 1e-9), time.monotonic() - begin), file=sys.stderr, flush=True)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield advance
    finally:
        ended.set()
        writer.join()


def _line(title: str, share: float, seconds: float) -> str:
    """Progress in words; the time left is not known before something is done."""
    left = f"about {in_words(seconds * (1 - share) / share)} left" if share > 0 else "the first is not finished yet"
    return f"{title}: {share:.0%} after {in_words(seconds)}, {left}"


def in_words(seconds: float) -> str:
    """A duration in the unit that a reader would choose."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
