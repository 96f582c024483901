"""The skin: its conductance, slow and in responses, and its temperature."""

import numpy as np

from .sensor_signal import SensorSignal, SliceGrid

TONIC = 0.05
"""Hz below which conductance is the level, and above which it is responses."""

RESPONSE = 0.05
"""Microsiemens from which on a rise is a response.

Source: W. Boucsein et al. (Society for Psychophysiological Research), Psychophysiology 49(8):1017-1034, 2012.
"""

MICROSIEMENS = "µS"
_SMOOTH = 1.0
"""Hz above which there is noise alone: a response rises for one to three seconds."""

_SHARE = 0.1
"""Share of the largest rise that stands for ``RESPONSE`` where nobody knows the unit."""


def skin_measures(signal: SensorSignal, grid: SliceGrid) -> np.ndarray:
    """(T, 2) skin conductance level in the unit of the signal, and responses a minute; NaN if it is flat."""
    if not np.ptp(signal.samples):  # a sensor that lies on no skin
        return np.full((grid.count, 2), np.nan)
    tonic = signal.filtered(None, TONIC)
    phasic = signal.filtered(None, _SMOOTH) - tonic
    least = RESPONSE if signal.unit == MICROSIEMENS else _SHARE * float(np.ptp(phasic))
    times = np.concatenate([*signal.events(phasic, lambda piece, _: _rises(piece, least))])
    trusted = signal.trusted[np.floor(times * signal.rate).astype(int)]
    return np.column_stack([grid.means(tonic, signal.rate), grid.counts(times[trusted])])


def temperature_measures(signal: SensorSignal, grid: SliceGrid) -> np.ndarray:
    """(T, 2) mean temperature, and its slope a minute by the straight line through the samples around the slice."""
    if not np.ptp(signal.samples):
        return np.full((grid.count, 2), np.nan)
    slopes = np.full(grid.count, np.nan)
    for place, (begin, end) in enumerate(grid.contexts()):
        first, last = round(begin * signal.rate), round(end * signal.rate)
        trusted = np.flatnonzero(signal.trusted[first:last])
        if len(trusted) > 1:
            seconds = trusted / signal.rate
            centred = seconds - seconds.mean()
            slopes[place] = 60 * (centred @ signal.samples[first:last][trusted]) / (centred @ centred)
    return np.column_stack([grid.means(signal.samples, signal.rate), slopes])


def _rises(phasic: np.ndarray, least: float) -> np.ndarray:
    from scipy.signal import find_peaks

    return find_peaks(phasic, prominence=max(least, 1e-12))[0]
