"""One channel of a sensor, the slices that are measured, and rates of what comes again and again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...signals import Peripheral
from ...signals.streams.electrodes import Span

FindEvents = Callable[[np.ndarray, float], np.ndarray]
"""``find(samples (n,), rate) -> (k,)`` samples at which something happens, in order."""


@dataclass(frozen=True, eq=False)
class SensorSignal:
    """N samples of one channel.

    Args:
        samples: (N,) float64; where none was recorded, a straight line.
        rate: Samples a second (Hz).
        trusted: (N,) whether a sample may be used.
        pieces: The half-open ranges between joints, which together are the whole.
        unit: Of the samples.
    """

    samples: np.ndarray
    rate: float
    trusted: np.ndarray
    pieces: tuple[Span, ...]
    unit: str

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.rate

    def filtered(self, low: float | None, high: float | None) -> np.ndarray:
        """(N,) the signal between two frequencies (Hz, None for no bound), each piece by itself.

        Butterworth of second order, forwards and backwards, so that no phase is shifted.
        """
        return np.concatenate([_filtered(self.samples[a:b], self.rate, low, high) for a, b in self.pieces])

    def events(self, signal: np.ndarray, find: FindEvents) -> Iterator[np.ndarray]:
        """Seconds of the peaks that ``find`` finds in ``signal`` (N,), those of each piece by themselves."""
        for begin, end in self.pieces:
            yield (begin + _between_samples(signal[begin:end], find(signal[begin:end], self.rate))) / self.rate

    def intervals(self, signal: np.ndarray, find: FindEvents) -> np.ndarray:
        """(k, 2) seconds of each two events that follow on one another, all between trusted."""
        of_pieces = [np.column_stack([times[:-1], times[1:]]) for times in self.events(signal, find)]
        pairs = np.concatenate([np.zeros((0, 2)), *of_pieces])
        lost = np.concatenate([[0], np.cumsum(~self.trusted)])
        first, last = np.floor(pairs * self.rate).astype(int).T
        return np.asarray(pairs[lost[np.minimum(last + 1, len(self.samples))] == lost[first]])


@dataclass(frozen=True, eq=False)
class SliceGrid:
    """T slices of a trial, and the context around each.

    Args:
        count: T.
        window: Seconds of a slice.
        reach: Seconds before and behind a slice's middle from which rates are counted.
        duration: Seconds of the trial.
    """

    count: int
    window: float
    reach: float
    duration: float

    @property
    def begins(self) -> np.ndarray:
        """(T,) seconds at which slices begin."""
        return np.arange(self.count) * self.window

    def contexts(self) -> np.ndarray:
        """(T, 2) seconds at which each slice's context begins and ends: within the trial."""
        middles = self.begins + self.window / 2
        return np.clip(np.column_stack([middles - self.reach, middles + self.reach]), 0, self.duration)

    def means(self, values: np.ndarray, rate: float) -> np.ndarray:
        """(T,) the mean of ``values`` (N,) in each slice."""
        edges = np.round(np.append(self.begins, self.count * self.window) * rate).astype(int)
        total = np.concatenate([[0.0], np.cumsum(values)])[np.minimum(edges, len(values))]
        return np.asarray(np.diff(total) / np.maximum(np.diff(edges), 1))

    def counts(self, times: np.ndarray) -> np.ndarray:
        """(T,) events a minute around each slice, of events at ``times`` (k,) in order."""
        first, last = np.searchsorted(times, self.contexts()).T
        return np.asarray(60 * (last - first) / np.diff(self.contexts(), axis=1)[:, 0])


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured of a sensor in T slices.

    Args:
        x: (T, S, F), NaN where it cannot be told.
        lost: (T,) whether a slice touches samples that are not to be trusted.
        sites, features: S and F names.
    """

    x: np.ndarray
    lost: np.ndarray
    sites: tuple[str, ...]
    features: tuple[str, ...]


def pieces_of(sensor: Peripheral) -> tuple[Span, ...]:
    """Half-open ranges of samples between joints, which together are the whole."""
    return tuple(pairwise((0, *sensor.joints, sensor.n_samples)))


def signal_of(sensor: Peripheral, samples: np.ndarray) -> SensorSignal:
    """One channel of a sensor, given by its samples (N,)."""
    known = np.isfinite(samples)
    if not known.all() and known.any():
        samples = np.interp(np.arange(len(samples)), np.flatnonzero(known), samples[known])
    values = np.where(known.any(), samples, 0.0).astype(np.float64)
    return SensorSignal(values, sensor.rate, sensor.trusted() & known, pieces_of(sensor), sensor.unit)


def usual_intervals(
    intervals: np.ndarray, context: np.ndarray, bounds: tuple[float, float], spread: float, least: int
) -> np.ndarray:
    """Lengths (k,) of the intervals of a context that can be what is looked for; none where they are too few.

    Args:
        intervals: (n, 2) seconds, in order.
        context: Seconds at which it begins and ends.
        bounds: Shortest and longest in seconds.
        spread: Share of their median by which the others may differ: more is a beat too many, or one that was missed.
        least: How many there must be; they must also fill half of the context.
    """
    middles = intervals.mean(axis=1)
    first, last = np.searchsorted(middles, context)
    lengths = np.diff(intervals[first:last], axis=1)[:, 0]
    possible = lengths[(lengths >= bounds[0]) & (lengths <= bounds[1])]
    if not len(possible):
        return possible
    usual = possible[np.abs(possible - np.median(possible)) <= spread * np.median(possible)]
    enough = len(usual) >= least and usual.sum() >= 0.5 * (context[1] - context[0])
    # where most intervals are odd ones, they were found in noise
    return np.asarray(usual if enough and 2 * len(usual) > len(lengths) else usual[:0])


def _between_samples(signal: np.ndarray, peaks: np.ndarray) -> np.ndarray:
    """(k,) where the parabola through a peak and its two neighbours is highest: intervals are finer than samples."""
    inner = np.clip(peaks, 1, max(len(signal) - 2, 1))
    if len(signal) < 3:
        return peaks.astype(float)
    before, at, behind = signal[inner - 1], signal[inner], signal[inner + 1]
    bend = before - 2 * at + behind
    shift = np.where(bend != 0, 0.5 * (before - behind) / np.where(bend != 0, bend, 1.0), 0.0)
    return np.asarray(peaks + np.clip(shift, -0.5, 0.5) * (inner == peaks))


def _filtered(samples: np.ndarray, rate: float, low: float | None, high: float | None) -> np.ndarray:
    from scipy.signal import butter, sosfiltfilt

    most = None if high is None else min(high, 0.45 * rate)
    wanted = [edge for edge in (low, most) if edge is not None]
    if len(wanted) > 1:
        sections = butter(2, wanted, "bandpass", fs=rate, output="sos")
    else:
        sections = butter(2, wanted[0], "lowpass" if low is None else "highpass", fs=rate, output="sos")
    # mirrored as far as the slowest frequency reaches, or as far as there are samples
    padding = min(len(samples) - 1, round(rate / min(wanted)))
    filtered = np.asarray(sosfiltfilt(sections, samples, padlen=max(padding, 0)))
    # of a flat channel rounding is left, in which rhythms could be found
    return np.where(np.abs(filtered) > 1e-9 * np.abs(samples).max(initial=0), filtered, 0.0)
