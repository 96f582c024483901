"""Sensors on the body beside the brain: heart, skin, breath, temperature, muscles, eyes."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from ..errors import InputError
from .clock import Clock
from .electrodes import Electrodes, ReadSamples, Span, stretched
from .source import Source

KINDS = ("ecg", "ppg", "gsr", "resp", "temp", "emg", "eog", "gaze")
"""Kinds of sensors: electrodes over the heart, pulse (photoplethysmograph, blood volume), skin conductance, breath,
skin temperature, muscles, movements of the eyes, and where they look as an eye tracker sees it. A stream is called by
its kind."""


Sampled = TypeVar("Sampled", Electrodes, "Peripheral")
"""A stream of samples."""


@dataclass(frozen=True)
class Peripheral:
    """C channels of one kind of sensor over N samples, read when they are needed.

    Args:
        kind: One of ``KINDS``.
        names: C names of channels.
        rate: Samples a second (Hz), from the data.
        n_samples: N.
        read: ``read(start, stop) -> (C, stop - start)``, float, in ``unit``; picklable.
        source: What the samples were read from.
        unit: Of the samples: µV, µS or °C where the file's unit can be brought to it, else as the file says; of a gaze
            px, ° or share (of the width and height of the picture or screen), whatever the pupil's is.
        start: Seconds on the session clock of sample 0.
        bad_spans: Half-open sample ranges that are not to be trusted; slices that touch one become invalid.
        clock: How the recording's own seconds relate to the session clock.
        remarks: What reading it changed, left out or doubts, a short sentence each.
        joints: Samples that do not follow in time on the one before: nothing is measured across them.

    Raises:
        InputError: The kind is unknown, the rate is not positive, or there are no samples or channels.
    """

    kind: str
    names: tuple[str, ...]
    rate: float
    n_samples: int
    read: ReadSamples
    source: Source
    unit: str = ""
    start: float = 0.0
    bad_spans: tuple[Span, ...] = ()
    clock: Clock = field(default_factory=Clock)
    remarks: tuple[str, ...] = ()
    joints: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(self.source, f"a sensor of kind {self.kind!r}", f"one of {', '.join(KINDS)}")
        if not (self.rate > 0 and self.n_samples > 0 and self.names):
            found = f"{self.n_samples} samples at {self.rate} Hz of {len(self.names)} channels"
            raise InputError(self.source, found, "samples of a channel at a positive rate", "check the recording")

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

    def stretch(self, first: int, last: int) -> "Peripheral":
        """Samples ``first`` until before ``last``, where they were on the session clock."""
        return replace(self, **stretched(self, first, last))
