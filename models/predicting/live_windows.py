"""Windows of slices that are still coming in: cut as soon as they are complete; no slice is held longer than needed."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from ...preprocessing import nearest_slices
from ...preprocessing.cache.trial_clock import evenly_spaced
from ...signals import Volume
from ..learning.checkpoint import ModelFacts, ModelSeries
from ..training.scaling import Scaling

_SAME = 1e-6
"""Seconds that count as nothing, as in ``nearest_slices``."""

_LOOKED_BACK = 256
"""Slices before a window whose times tell how far apart slices usually are."""

_TAKEN_FOR_EVEN = 4
"""Slices that are taken to have come evenly before the first, so that a gap behind it shows as one."""


@dataclass(frozen=True, eq=False)
class Slice:
    """One slice of a series.

    Attributes:
        time: Seconds on the session clock at which it begins.
        x: (S, F) float32, scaled.
        valid: Whether it may be trusted.
        score: Of the face's detector; NaN where there is none.
        there: Whether anything was recorded.
    """

    time: float
    x: np.ndarray
    valid: bool
    score: float
    there: bool = True


@dataclass(frozen=True, eq=False)
class Window:
    """Slices that a network reads at one time.

    Attributes:
        end: Seconds on the session clock.
        slices: By series T slices each, None where there is none.
    """

    end: float
    slices: Mapping[str, tuple[Slice | None, ...]]

    @property
    def empty(self) -> bool:
        """True where nothing of it was recorded."""
        return not any(_recorded(slices) for slices in self.slices.values())


def _recorded(slices: tuple["Slice | None", ...]) -> bool:
    return any(piece is not None and piece.there for piece in slices)


def slices_of(volume: Volume, scaling: Scaling, there: bool = True) -> Iterator[Slice]:
    """The slices of a volume, scaled."""
    x = np.asarray((volume.x - scaling.mean[0]) / scaling.deviation[0], np.float32)
    score = np.full(len(x), np.nan) if volume.track is None else np.nan_to_num(volume.track.score)
    for row, time in enumerate(volume.times.tolist()):
        yield Slice(time, x[row], bool(volume.valid[row]), float(score[row]), there)


class Consecutive:
    """Windows for a model of one series: each slice with those before it, unless a gap in time lies between.

    Args:
        series: Its name.
        count: Slices of a window.
        duration: Seconds of a slice.

    Attributes:
        left_out: Windows that were left out because of a gap.
    """

    def __init__(self, series: str, count: int, duration: float) -> None:
        self._series, self._count, self._duration = series, count, duration
        self._slices: deque[Slice] = deque(maxlen=count)
        self._times: deque[float] = deque(maxlen=_LOOKED_BACK + count)
        self.left_out = 0

    def add(self, series: str, new: Slice) -> Iterator[Window]:
        """The window that ends with a new slice."""
        if not self._times:
            self._times.extend(new.time - self._duration * np.arange(_TAKEN_FOR_EVEN, 0, -1))
        self._slices.append(new)
        self._times.append(new.time)
        if len(self._slices) < self._count:
            return
        if evenly_spaced(np.array(self._times), self._duration, self._count)[-1]:
            yield Window(new.time + self._duration, {self._series: tuple(self._slices)})
        else:
            self.left_out += 1

    def until(self, now: float, coming: Mapping[str, float]) -> Iterator[Window]:
        """None: windows end when slices come."""
        return iter(())

    def end(self) -> Iterator[Window]:
        """None: nothing waits."""
        return iter(())


@dataclass(eq=False)
class _Shelf:
    """Slices of one series that a window may still need."""

    facts: ModelSeries
    slices: deque[Slice] = field(default_factory=deque)
    end: float = -np.inf  # of the newest slice

    def add(self, new: Slice) -> None:
        self.slices.append(new)
        self.end = new.time + self.facts.duration

    def is_complete(self, begin: float, span: float, coming: float) -> bool:
        """True where no slice that is still to come can change the window; ``coming`` is when the next one begins."""
        last, half = begin + span * (1 - 1 / self.facts.n_slices), self.facts.duration / 2
        newest = self.slices[-1].time if self.slices else -np.inf
        return newest >= last - half or coming > last + half + _SAME

    def pick(self, begin: float, span: float) -> tuple[Slice | None, ...]:
        """The slices nearest to the window's grid, as offline."""
        count = self.facts.n_slices
        if not self.slices:
            return (None,) * count
        times = np.array([current.time for current in self.slices])
        rows = nearest_slices(times, self.facts.duration, np.array([begin]), span, count)[0]
        return tuple(self.slices[row] if row >= 0 else None for row in rows)

    def drop(self, before: float) -> None:
        while self.slices and self.slices[0].time < before - self.facts.duration:
            self.slices.popleft()


class ByClock:
    """Windows of several series at once, cut by the session clock: one for each slice of the slowest.

    Where the slowest has nothing for a while, windows go on at its pace.

    Args:
        facts: What the model reads.
        open_: The series that are streamed.
        patience: Seconds that a window waits for a series that lags behind the others.

    Attributes:
        left_out: None: what a series lacks is masked.
    """

    def __init__(self, facts: ModelFacts, open_: tuple[str, ...], patience: float) -> None:
        self._shelves = {name: _Shelf(facts.series[name]) for name in open_}
        self._slowest = max(open_, key=lambda name: facts.series[name].duration)
        self._pace = facts.series[self._slowest].duration
        self._span, self._patience = facts.window, patience
        self._begins: deque[float] = deque()  # of windows that are not cut yet
        self._newest: float | None = None  # the last of all begins so far
        self.left_out = 0

    def add(self, series: str, new: Slice) -> Iterator[Window]:
        """None yet: see ``until``."""
        if new.there:
            self._shelves[series].add(new)
        if series == self._slowest and new.there and (self._newest is None or new.time > self._newest + _SAME):
            self._begin(new.time)
        return iter(())

    def until(self, now: float, coming: Mapping[str, float]) -> Iterator[Window]:
        """Windows that are complete now, or have waited long enough.

        Args:
            now: Session seconds that have been reached.
            coming: By series, session seconds before which no further slice will begin.
        """
        self._go_on(now)
        while self._begins and self._is_ready(self._begins[0], now, coming):
            yield self._next()

    def end(self) -> Iterator[Window]:
        """The windows that waited for slices that will not come."""
        while self._begins and self._begins[0] + self._span <= self._reached:
            yield self._next()

    @property
    def _reached(self) -> float:
        return max(shelf.end for shelf in self._shelves.values()) + _SAME

    def _is_ready(self, begin: float, now: float, coming: Mapping[str, float]) -> bool:
        if begin + self._span > self._reached:
            return False
        late = now >= begin + self._span + self._patience
        return late or all(shelf.is_complete(begin, self._span, coming[name]) for name, shelf in self._shelves.items())

    def _next(self) -> Window:
        begin = self._begins.popleft()
        picked = {name: shelf.pick(begin, self._span) for name, shelf in self._shelves.items()}
        for shelf in self._shelves.values():
            shelf.drop(self._begins[0] if self._begins else begin)
        return Window(begin + self._span, picked)

    def _begin(self, time: float) -> None:
        self._begins.append(time)
        self._newest = time

    def _go_on(self, now: float) -> None:
        """Begin windows where the slowest series should have had slices by now."""
        if self._newest is None:
            first = min((shelf.slices[0].time for shelf in self._shelves.values() if shelf.slices), default=np.inf)
            if now >= first + self._pace + self._patience:
                self._begin(first)
        while self._newest is not None and now >= self._newest + 2 * self._pace + self._patience:
            self._begin(self._newest + self._pace)
