"""Breath: how often and how deep."""

import numpy as np

from .sensor_signal import SensorSignal, SliceGrid, usual_intervals

BREATH_SECONDS = (1.0, 20.0)
"""Shortest and longest breath: 3 to 60 a minute."""

_BAND = (0.05, 1.0)  # Hz, the same
_SPREAD, _LEAST = 0.35, 2

_BESIDE = 2.0
"""Hz up to which there is nothing beside a breath: of noise, half is above the band and tells it from a breath."""

_SHARE = 0.45
"""Share of the power from 0.05 to 2 Hz that a breath has around its rate.

Simulated at 32 Hz: of white and pink noise at most 1 % of slices have a rate (67 to 78 % by maxima alone), of noise
that falls by 1/f² 8 %; of 15 breaths a minute, uneven by 8 %, in as much white noise 99 %, in half as much pink noise
all, in 0.7 as much 94 %. Power is weighed by frequency, so that pink noise, which everything slow has, is level.
"""


def breath_measures(signal: SensorSignal, grid: SliceGrid) -> np.ndarray:
    """(T, 2) breaths a minute, NaN where no regular ones are found, and their depth in the unit of the signal.

    A breath is from one maximum to the next, as of a belt that widens. Where the spectrum has no peak at their rate,
    maxima are those of noise. Depth is that of a sine of the same variance, from trough to peak: ``2 sqrt(2)`` standard
    deviations.
    """
    filtered = signal.filtered(*_BAND)
    intervals = signal.intervals(filtered, breath_peaks)
    measures = np.full((grid.count, 2), np.nan)
    for row, context in zip(measures, grid.contexts(), strict=True):
        breaths = usual_intervals(intervals, context, BREATH_SECONDS, _SPREAD, _LEAST)
        first, last = np.round(context * signal.rate).astype(int)
        if len(breaths) and peak_share(signal.samples[first:last], signal.rate, 1 / breaths.mean()) >= _SHARE:
            row[:] = 60 / breaths.mean(), 2 * np.sqrt(2) * filtered[first:last].std()
    return measures


def peak_share(samples: np.ndarray, rate: float, hertz: float) -> float:
    """The share of the power of ``samples`` (n,) between 0.05 and 2 Hz that lies around a frequency.

    Around is as far as one line spreads: 1.5 divided by the seconds that there are. Power is weighed by frequency.
    """
    from scipy.signal import detrend

    n = len(samples)
    spectrum = np.abs(np.fft.rfft(detrend(samples) * np.hanning(n), 4 * n)) ** 2
    frequencies = np.fft.rfftfreq(4 * n, 1 / rate)
    weighed = np.where((frequencies >= _BAND[0]) & (frequencies <= _BESIDE), spectrum * frequencies, 0.0)
    near = np.abs(frequencies - hertz) <= 1.5 * rate / n
    return float(weighed[near].sum() / max(weighed.sum(), 1e-30))


def breath_peaks(filtered: np.ndarray, rate: float) -> np.ndarray:
    """Samples of the maxima of a breath signal (n,) filtered to 0.05 to 1 Hz, half a deviation high or more."""
    from scipy.signal import find_peaks

    least = max(0.5 * float(filtered.std()), 1e-30)
    return find_peaks(filtered, prominence=least, distance=max(round(BREATH_SECONDS[0] * rate), 1))[0]
