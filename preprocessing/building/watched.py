"""Streams that are watched while steps read them: sketches of their samples cost no second reading."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...signals import Electrodes, Features, Trial, Video
from ...signals.streams.electrodes import ReadSamples
from ...signals.streams.sketch import FrameSketch, SampleSketch, Sketch, slices_sketch, telling_rows
from ...signals.streams.video import ReadFrames
from ...signals.trials.trial import Stream


@dataclass(frozen=True, eq=False)
class WatchedTrial:
    """A trial whose streams are watched.

    Attributes:
        trial: To be read instead of the one it was made from.
        watched: What sees the samples of its streams.
    """

    trial: Trial
    watched: tuple["WatchedSamples | WatchedFrames | WatchedSlices", ...]

    @classmethod
    def of(cls, trial: Trial, names: Collection[str]) -> "WatchedTrial":
        """The trial with those of its streams watched that have these names; sensors on the body are not."""
        reads = {name: read for name in sorted(names) if (read := _watched(trial.streams.get(name)))}
        streams = {name: _with_read(stream, reads.get(name)) for name, stream in trial.streams.items()}
        return cls(replace(trial, streams=streams), tuple(reads.values()))

    @property
    def sketches(self) -> tuple[Sketch, ...]:
        """Sketches of what was read, of streams that have any; what is read later is not watched."""
        sketches = (watched.sketch() for watched in self.watched)
        return tuple(sketch for sketch in sketches if sketch.telling)


@dataclass(frozen=True, eq=False)
class WatchedSamples:
    """A ``read`` of samples whose results a sketch sees."""

    read: ReadSamples
    seen: SampleSketch

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``."""
        samples = self.read(start, stop)
        self.seen.see(start, samples)
        return samples

    def sketch(self) -> Sketch:
        """The sketch of what was read."""
        return self.seen.sketch()


@dataclass(frozen=True, eq=False)
class WatchedFrames:
    """A ``read`` of pictures that a sketch sees."""

    read: ReadFrames
    seen: FrameSketch

    def __call__(self, first: int, last: int) -> Iterator[np.ndarray]:
        """The pictures of the half-open range ``first`` to ``last``."""
        for number, picture in enumerate(self.read(first, last), first):
            self.seen.see(number, picture)
            yield picture

    def sketch(self) -> Sketch:
        """The sketch of what was read."""
        return self.seen.sketch()


@dataclass(frozen=True, eq=False)
class WatchedSlices:
    """A ``read`` of slices of which a sketch is made, each covering ``step`` seconds."""

    read: Callable[[], np.ndarray]
    step: float
    seen: list[Sketch] = field(default_factory=list)

    def __call__(self) -> np.ndarray:
        """(T, S, F) slices."""
        slices = self.read()
        if not self.seen:
            self.seen.append(slices_sketch(slices, np.ones(len(slices), bool), self.step))
        return slices

    def sketch(self) -> Sketch:
        """The sketch of what was read."""
        return self.seen[0] if self.seen else Sketch(1 / self.step, 0, "")


def _watched(stream: Stream | None) -> WatchedSamples | WatchedFrames | WatchedSlices | None:
    if isinstance(stream, Electrodes):
        return WatchedSamples(stream.read, SampleSketch(stream.rate, telling_rows(stream.names)))
    if isinstance(stream, Video) and stream.step > 0:
        return WatchedFrames(stream.read, FrameSketch(1 / stream.step))
    if isinstance(stream, Features) and stream.step > 0:
        return WatchedSlices(stream.read, stream.step)
    return None


def _with_read(stream: Stream, read: "WatchedSamples | WatchedFrames | WatchedSlices | None") -> Stream:
    reads: dict[str, Any] = {} if read is None else {"read": read}
    return replace(stream, **reads)
