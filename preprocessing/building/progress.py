"""Progress with the time left, and tables, on a terminal or into a pipe."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...signals.shown_text import visible

_EVERY = 120.0
"""Seconds from one line to the next where the output is no terminal."""


class Progress:
    """How much of a work is done, and how long the rest takes at the pace so far.

    Args:
        total: The amounts' sum at the end.
        at_a_time: How many amounts of 1 are worked on side by side.
        clock: Seconds, for tests.
    """

    def __init__(self, total: float, at_a_time: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self.at_a_time = total, at_a_time
        self.done = self.stored = 0.0
        self._clock, self._begin = clock, clock()
        self._last = self._begin

    def __call__(self, amount: float, *, stored: bool = False) -> None:
        """Add an amount that is done; ``stored``, it was done by an earlier run and says nothing about the pace."""
        self.done += amount
        if stored:
            self.stored += amount
        else:
            self._last = self._clock()

    @property
    def share(self) -> float:
        """The share that is done, 0 to 1."""
        return self.done / max(self.total, 1e-9)

    @property
    def seconds(self) -> float:
        """The time since the work began."""
        return self._clock() - self._begin

    @property
    def left(self) -> float | None:
        """Seconds that the rest will take; None before something is done."""
        if self.done <= self.stored:
            return None
        todo = self.total - self.stored
        counted = max(self.done - self.stored, min(self.at_a_time, todo))  # the others of the first round end with it
        rest = (self._last - self._begin) / counted * (todo - counted)
        return max(rest - (self._clock() - self._last), 0.0)

    def __str__(self) -> str:
        """Progress in words."""
        return f"{self.share:.0%} after {in_words(self.seconds)}, {self.left_words}"

    @property
    def left_words(self) -> str:
        """The time left, in words."""
        if self.left is None:
            return "the first is not finished yet"
        if not self.left and self.done < self.total:
            return "what is at work takes longer than what was done"
        return f"about {in_words(self.left)} left"


@contextmanager
def progress_bar(title: str, total: float, every: float = _EVERY, at_a_time: int = 1) -> Iterator[Progress]:
    """A bar on stderr while the block runs, or a line every two minutes where that is no terminal.

    Call what it gives with each amount done.

    Args:
        title: The work, in a word or two.
        total: The amounts' sum at the end.
        every: Seconds between lines.
        at_a_time: How many amounts of 1 are worked on side by side.
    """
    console, progress = new_console(stderr=True), Progress(total, at_a_time)
    with _bar(console, title, progress) if console.is_terminal else _lines(title, progress, every):
        yield progress


@contextmanager
def counter(title: str, every: float = _EVERY) -> Iterator[Callable[[], None]]:
    """A count on stderr of a work of which nobody knows how long it is; call what it gives with each piece done.

    Args:
        title: The work, in a word or two.
        every: Seconds between lines where the output is no terminal.
    """
    console, count = new_console(stderr=True), _Count()
    shown: Any = console.status(title) if console.is_terminal else _lines(title, count, every)

    def advance() -> None:
        count.done += 1
        if console.is_terminal:
            shown.update(f"{title}: {count.done:,}")

    with shown:
        yield advance


class _Count:
    """How much is done, after how long."""

    def __init__(self) -> None:
        self.done, self._begin = 0, time.monotonic()

    def __str__(self) -> str:
        return f"{self.done:,} after {in_words(time.monotonic() - self._begin)}"


def new_console(**settings: Any) -> Any:
    """The console that everything in colours is printed on: no text on it is markup, or commands the terminal.

    It is 200 columns wide where the output is no terminal.
    """
    from rich.console import Console
    from rich.segment import Segment
    from rich.text import Text

    class Plain(Console):
        def render_str(self, text: str, **options: Any) -> Text:
            return super().render_str(visible(text), **options)

        def render(self, *arguments: Any, **options: Any) -> Iterator[Segment]:
            for segment in super().render(*arguments, **options):
                yield segment if segment.control else Segment(visible(segment.text), segment.style)

    settings = {"highlight": False, "soft_wrap": True, "markup": False, "emoji": False, **settings}
    console = Plain(**settings)
    return console if console.is_terminal else Plain(**settings, width=200)


@contextmanager
def _bar(console: Any, title: str, progress: Progress) -> Iterator[None]:
    """A bar that is drawn anew several times a second; its time left is ours, which long steps do not make unknown."""
    from rich.progress import BarColumn, ProgressColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Left(ProgressColumn):
        def render(self, task: Any) -> Text:
            bars.update(task.id, completed=progress.done)
            return Text(progress.left_words)

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), Left())
    bars = Bars(*columns, console=console, transient=True)
    with bars:
        bars.add_task(title, total=progress.total)
        yield


@contextmanager
def _lines(title: str, progress: object, every: float) -> Iterator[None]:
    """Lines from a thread of their own: whoever waits for one long step sees that the work goes on."""
    ended = threading.Event()

    def write() -> None:
        while not ended.wait(every):
            print(f"{title}: {progress}", file=sys.stderr, flush=True)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()


def in_words(seconds: float) -> str:
    """A duration in the unit that a reader would choose."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
