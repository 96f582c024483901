"""Breath: how often and how deep."""

import numpy as np

from .sensor_signal import SensorSignal, SliceGrid, usual_intervals

BREATH_SECONDS = (1.0, 20.0)
"""Shortest and longest breath: 3 to 60 a minute."""

_BAND = (0.05, 1.0)  # Hz, the same
_SPREAD, _LEAST = 0.35, 2


def breath_measures(signal: SensorSignal, grid: SliceGrid) -> np.ndarray:
    """(T, 2) breaths a minute, NaN where no regular ones are found, and their depth in the unit of the signal.

    A breath is from one maximum to the next, as of a belt that widens. Depth is that of a sine of the same variance,
    from trough to peak: ``2 sqrt(2)`` standard deviations.
    """
    filtered = signal.filtered(*_BAND)
    intervals = signal.intervals(filtered, breath_peaks)
    measures = np.full((grid.count, 2), np.nan)
    for row, context in zip(measures, grid.contexts(), strict=True):
        breaths = usual_intervals(intervals, context, BREATH_SECONDS, _SPREAD, _LEAST)
        first, last = np.round(context * signal.rate).astype(int)
        if len(breaths):
            row[:] = 60 / breaths.mean(), 2 * np.sqrt(2) * filtered[first:last].std()
    return measures


def breath_peaks(filtered: np.ndarray, rate: float) -> np.ndarray:
    """Samples of the maxima of a breath signal (n,) filtered to 0.05 to 1 Hz, half a deviation high or more."""
    from scipy.signal import find_peaks

    least = max(0.5 * float(filtered.std()), 1e-30)
    return find_peaks(filtered, prominence=least, distance=max(round(BREATH_SECONDS[0] * rate), 1))[0]
