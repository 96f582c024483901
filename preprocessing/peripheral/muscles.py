"""Muscles and the eyes: how strong, and how often the eyes blink."""

import numpy as np

from .sensor_signal import SensorSignal, SliceGrid

_MUSCLE = 20.0
"""Hz below which movements of cables are stronger than muscles (De Luca et al., J. Biomechanics 43(8), 2010)."""

_EYES = (0.1, 15.0)
_BLINKS = (1.0, 10.0)
"""Hz in which a blink stands out, as MNE's ``find_eog_events`` filters."""

_OUTSTANDING = 5.0
"""Deviations of all else from which on a deflection is a blink."""

_APART = 0.3
"""Seconds between two blinks at least."""


def muscle_measures(signal: SensorSignal, grid: SliceGrid) -> np.ndarray:
    """(T, 1) root mean square above 20 Hz, in the unit of the signal; NaN where the channel is flat."""
    square = grid.means(signal.filtered(_MUSCLE, None) ** 2, signal.rate)
    return np.sqrt(np.where(square > 0, square, np.nan))[:, None]


def eye_measures(signal: SensorSignal, grid: SliceGrid) -> np.ndarray:
    """(T, 2) power in decibel, 0 dB at one squared unit of the signal, NaN where it is flat; and blinks a minute."""
    square = grid.means(signal.filtered(*_EYES) ** 2, signal.rate)
    times = np.concatenate([*signal.events(signal.filtered(*_BLINKS), blinks)])
    trusted = signal.trusted[np.floor(times * signal.rate).astype(int)]
    power = 10 * np.log10(np.where(square > 0, square, np.nan))
    return np.column_stack([power, grid.counts(times[trusted])])


def blinks(filtered: np.ndarray, rate: float) -> np.ndarray:
    """Samples of the blinks in an EOG (n,) that was filtered to 1 to 10 Hz.

    A blink stands out by ``_OUTSTANDING`` times 1.4826 times the median deviation, to whichever side it points more.
    """
    from scipy.signal import find_peaks

    usual = 1.4826 * float(np.median(np.abs(filtered)))
    upright = filtered if filtered.max(initial=0) >= -filtered.min(initial=0) else -filtered
    height = max(_OUTSTANDING * usual, 1e-30)
    return find_peaks(upright, height=height, distance=max(round(_APART * rate), 1))[0]
