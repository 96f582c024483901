"""A stream of features that a dataset ships ready-made."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..errors import InputError
from ..layouts.layout import Layout
from .clock import Clock
from .source import Source


@dataclass(frozen=True, eq=False)
class Features:
    """Features that somebody computed before: T slices of S sites and F features, read when needed.

    Args:
        layout: The S sites, in the order of ``read``'s site axis.
        names: F feature names.
        n_slices: T.
        step: Seconds from one slice to the next.
        duration: Seconds that one slice covers.
        read: ``read() -> (T, S, F)``; picklable.
        source: What they are read from.
        causal: Whether a slice depends on the past only.
        start: Seconds on the session clock where slice 0 begins.
        remarks: What reading it changed, left out or doubts, a short sentence each.
        times: (T,) seconds on the session clock where each slice begins, rising; None where slices follow each other
            every ``step`` from ``start`` on.
        valid: (T,) whether a slice may be trusted; None where all may.
    """

    layout: Layout
    names: tuple[str, ...]
    n_slices: int
    step: float
    duration: float
    read: Callable[[], np.ndarray]
    source: Source
    causal: bool = True
    start: float = 0.0
    remarks: tuple[str, ...] = ()
    times: np.ndarray | None = None
    valid: np.ndarray | None = None

    @property
    def begins(self) -> np.ndarray:
        """(T,) seconds on the session clock where each slice begins."""
        return self.start + np.arange(self.n_slices) * self.step if self.times is None else self.times

    @property
    def seconds(self) -> float:
        """Seconds from the first slice until the next one after the last would begin."""
        return self.n_slices * self.step if self.times is None else float(self.times[-1] - self.times[0]) + self.step

    def on(self, clock: Clock) -> "Features":
        """The same slices with their times, so far the device's own seconds, brought onto the session clock."""
        times = clock.session(self.begins)
        return replace(self, times=times, start=float(times[0]))

    def between(self, start: float, stop: float) -> "Features":
        """The slices that begin from ``start`` until before ``stop``, in seconds on the session clock."""
        begins = self.begins
        first, last = (int(place) for place in np.searchsorted(begins, [start, stop]))
        if first == last:
            found = f"slices from {begins[0]:g} to {begins[-1]:g} s"
            raise InputError(self.source, found, f"some between {start:g} and {stop:g} s", "correct start and stop")
        words = self.source.span[0].rstrip(", ")
        return replace(
            self,
            n_slices=last - first,
            read=SelectedSlices(self.read, first, last),
            source=replace(self.source, part=f"{words}{', ' if words else ''}frames {first} to {last}"),
            start=float(begins[first]),
            times=begins[first:last],
            valid=None if self.valid is None else self.valid[first:last],
        )


@dataclass(frozen=True)
class SelectedSlices:
    """A ``read`` over some slices of a longer one."""

    read: Callable[[], np.ndarray]
    first: int
    last: int

    def __call__(self) -> np.ndarray:
        """(T, S, F) of the slices."""
        return self.read()[self.first : self.last]
