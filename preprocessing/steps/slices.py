"""A stretch of EEG cut into equal slices, for every step from samples to volumes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ...signals import Electrodes, InputError, Volume
from ...signals.trials.volume import SeriesKind


@dataclass(frozen=True, eq=False)
class Slices:
    """T disjoint slices of ``seconds`` each; samples after the last whole slice belong to none.

    Args:
        electrodes: The recording.
        seconds: Length of a slice.

    Attributes:
        length: Samples of a slice.
        count: T.
        rows: (S,) the row of ``electrodes.read`` that holds each site of the layout.

    Raises:
        InputError: A slice is no whole number of samples, the recording is shorter than one slice, or a site is marked
            bad and nothing has replaced it.
    """

    electrodes: Electrodes
    seconds: float
    length: int = field(init=False)
    count: int = field(init=False)
    rows: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        length = whole_samples(self.electrodes, self.seconds)
        if length > self.electrodes.n_samples:
            found = f"{self.electrodes.duration:g} s"
            wanted = f"at least one slice of {self.seconds:g} s"
            raise InputError(self.electrodes.source, found, wanted, "use shorter slices or leave the trial out")
        object.__setattr__(self, "length", length)
        object.__setattr__(self, "count", self.electrodes.n_samples // length)
        object.__setattr__(self, "rows", good_rows(self.electrodes))

    def blocks(self, count: int) -> Iterator[tuple[int, int]]:
        """Half-open ranges of at most ``count`` slices that cover all of them."""
        return blocks(self.count, count)

    def volume(
        self,
        x: np.ndarray,
        features: tuple[str, ...],
        causal: bool,
        valid: np.ndarray | None = None,
        kind: SeriesKind = "features",
    ) -> Volume:
        """The volume of values ``x`` (T, S, F); slices that touch a bad span or are not ``valid`` (T,) are invalid."""
        trusted = self._trusted()
        times = self.electrodes.start + np.arange(self.count) * self.seconds
        return Volume(
            stored=x,
            times=times,
            valid=trusted if valid is None else trusted & valid,
            layout=self.electrodes.layout,
            features=features,
            duration=self.seconds,
            causal=causal,
            kind=kind,
        )

    def _trusted(self) -> np.ndarray:
        trusted = np.ones(self.count, bool)
        for begin, end in self.electrodes.bad_spans:
            trusted[begin // self.length : -(-end // self.length)] = False  # a slice that a span touches is lost whole
        return trusted


def blocks(total: int, size: int) -> Iterator[tuple[int, int]]:
    """Half-open ranges of at most ``size`` that cover ``0 .. total``."""
    return ((begin, min(begin + size, total)) for begin in range(0, total, size))


def whole_samples(electrodes: Electrodes, seconds: float) -> int:
    """The number of samples in ``seconds``.

    Raises:
        InputError: Not a whole number of one or more.
    """
    samples = seconds * electrodes.rate  # 0.29 s at 100 Hz are 29, though the product of these floats is a little less
    if round(samples) < 1 or abs(samples - round(samples)) > 1e-6 * samples:
        raise InputError(
            electrodes.source,
            f"slices of {seconds:g} s at {electrodes.rate:g} Hz, {samples:g} samples",
            "a whole number of samples",
            "use another slice length, or Resample to a whole rate first",
        )
    return round(samples)


def good_rows(electrodes: Electrodes) -> np.ndarray:
    """The row of ``electrodes.read`` that holds each site, (S,).

    Raises:
        InputError: A site is marked bad and nothing has replaced it.
    """
    rows = electrodes.layout.index(electrodes.names)
    bad = [electrodes.names[row] for row in rows if electrodes.names[row] in electrodes.bad_channels]
    if bad:
        raise InputError(
            electrodes.source,
            f"bad channels {', '.join(bad)} among the sites",
            "sites that can be trusted",
            "add InterpolateBadChannels() to the recipe, or use a layout without them",
        )
    return rows


def levelled(electrodes: Electrodes, samples: np.ndarray, rows: np.ndarray, start: int) -> np.ndarray:
    """``rows`` of ``samples`` (C, n) less each one's mean, as float32: an offset of millivolts costs no digits.

    Args:
        electrodes: Where they come from.
        samples: As ``electrodes.read`` returned them.
        rows: The rows to take.
        start: The sample in the recording at which they begin.

    Raises:
        InputError: A value is NaN or infinite; names channel and time.
    """
    sites = samples[rows]
    level = sites.mean(axis=1, keepdims=True)
    check_finite(electrodes, level, samples, rows, start)
    return np.asarray(sites - level, np.float32)


def check_finite(electrodes: Electrodes, result: np.ndarray, samples: np.ndarray, rows: np.ndarray, start: int) -> None:
    """Refuse NaN and infinite values in ``rows`` of ``samples`` if the ``result`` of working on them is not finite."""
    if np.isfinite(result).all():  # it shows any such value, and is often much smaller than the samples
        return
    channel, sample = np.argwhere(~np.isfinite(samples[rows]))[0]
    raise InputError(
        electrodes.source,
        f"{samples[rows[channel], sample]} in {electrodes.names[rows[channel]]} at "
        f"{(start + sample) / electrodes.rate:.3f} s",
        "finite samples, since a filter would spread it",
        "cut the stretch out, or leave the channel out of the layout",
    )
