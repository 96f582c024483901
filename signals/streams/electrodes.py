"""A stretch of EEG, read when it is needed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..errors import InputError
from ..layouts.layout import Layout
from .clock import Clock
from .source import Source

Span = tuple[int, int]
ReadSamples = Callable[[int, int], np.ndarray]


@dataclass(frozen=True)
class Electrodes:
    """C channels of EEG over N samples. Opening one is cheap; ``read`` fetches samples when they are needed.

    Args:
        layout: The S sites on the scalp; each stands among ``names``, in any order.
        names: C channel names, in the order of ``read``'s rows.
        rate: Samples a second (Hz), from the data.
        n_samples: N.
        read: ``read(start, stop) -> (C, stop - start)`` in microvolt, float32 or float64. Must be picklable, so that
            recordings can be worked on in parallel: a frozen dataclass with ``__call__``, not a closure.
        source: What the samples were read from.
        start: Seconds on the session clock of sample 0.
        bad_spans: Half-open sample ranges that are not to be trusted; slices that touch one become invalid.
        bad_channels: Names of channels that are not to be trusted.
        clock: How the recording's own seconds relate to the session clock; where there is EEG, its clock is that one.
        remarks: What reading it changed, left out or doubts, a short sentence each.
        joints: Samples that do not follow in time on the one before: a pause, a piece cut out, two files in one. No
            filter and no slice reaches across; the slice that holds such a sample becomes invalid.

    Raises:
        InputError: The rate is not positive, there are no samples, or a site has no channel.
    """

    layout: Layout
    names: tuple[str, ...]
    rate: float
    n_samples: int
    read: ReadSamples
    source: Source
    start: float = 0.0
    bad_spans: tuple[Span, ...] = ()
    bad_channels: tuple[str, ...] = ()
    clock: Clock = field(default_factory=Clock)
    remarks: tuple[str, ...] = ()
    joints: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.layout.index(self.names)
        if not (self.rate > 0 and self.n_samples > 0):
            found = f"{self.n_samples} samples at {self.rate} Hz"
            raise InputError(self.source, found, "samples at a positive rate", "check the recording")

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.n_samples / self.rate

    def trusted(self) -> np.ndarray:
        """True at samples in no bad span, (N,) bool."""
        trusted = np.ones(self.n_samples, bool)
        for begin, end in self.bad_spans:
            trusted[begin:end] = False
        return trusted

    def stretch(self, first: int, last: int) -> "Electrodes":
        """Samples ``first`` until before ``last``, where they were on the session clock."""
        return replace(self, **stretched(self, first, last))


@dataclass(frozen=True, eq=False)
class Samples:
    """A ``read`` over an array in memory, (C, N) in microvolt."""

    data: np.ndarray

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``."""
        return self.data[:, start:stop]


@dataclass(frozen=True)
class Stretch:
    """A ``read`` over a stretch of a longer one: its sample 0 is the longer one's sample ``first``."""

    read: ReadSamples
    first: int

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop`` of the stretch."""
        return self.read(self.first + start, self.first + stop)


def stretched(stream: Any, first: int, last: int) -> dict[str, Any]:
    """The fields of a stream of samples that change when samples ``first`` until before ``last`` are cut out of it."""
    spans = [(max(begin, first) - first, min(end, last) - first) for begin, end in stream.bad_spans]
    words = stream.source.span[0].rstrip(", ")
    return {
        "n_samples": last - first,
        "read": Stretch(stream.read, first),
        "start": stream.start + first / stream.rate,
        "source": replace(stream.source, part=f"{words}{', ' if words else ''}samples {first} to {last}"),
        "bad_spans": tuple((begin, end) for begin, end in spans if begin < end),
        "joints": tuple(joint - first for joint in stream.joints if first < joint < last),
    }
