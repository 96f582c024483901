"""Beats of the heart, by electrodes or by the pulse, and what their intervals tell."""

import numpy as np

from .sensor_signal import FindEvents, SensorSignal, SliceGrid, usual_intervals

BEAT_SECONDS = (60 / 220, 60 / 30)
"""Shortest and longest interval between two beats."""

_SPREAD, _LEAST = 0.3, 3
_ALIKE_ECG, _ALIKE_PULSE = 0.8, 0.86
"""Mean correlation of beats with their mean from on which they are beats.

Orphanidou et al. have 0.66 and 0.86. In the band of ``_QRS`` what is found in noise reaches 0.74; the beats of real
recordings are at 0.86 or above.
"""

_QRS = (5.0, 15.0)
"""Hz in which the R peak stands out from all else (Pan and Tompkins 1985)."""

_PULSE = (0.5, 8.0)
"""Hz of the pulse wave (Elgendi et al. 2013)."""


def ecg_measures(signal: SensorSignal, grid: SliceGrid) -> np.ndarray:
    """(T, 2) heart rate a minute and RMSSD in ms, NaN where no regular beat is found."""
    return _of_beats(signal, signal.filtered(*_QRS), r_peaks, _ALIKE_ECG, grid)


def pulse_measures(signal: SensorSignal, grid: SliceGrid) -> np.ndarray:
    """(T, 2) pulse rate a minute and RMSSD of its intervals in ms, NaN where no regular pulse is found."""
    return _of_beats(signal, signal.filtered(*_PULSE), pulse_peaks, _ALIKE_PULSE, grid)


def r_peaks(filtered: np.ndarray, rate: float) -> np.ndarray:
    """Samples of the R peaks of an ECG (n,) that was filtered to 5 to 15 Hz.

    Its slope is squared and averaged over 150 ms; what stands out there is a beat, whose R peak is the largest
    deflection of the filtered signal near by.

    Source: J. Pan and W. J. Tompkins, IEEE Trans. Biomedical Engineering 32(3):230-236, 1985; the threshold is a share
    of the usual height in place of their running one.
    """
    if len(filtered) < 2:
        return np.zeros(0, int)
    energy = _moving_mean(np.gradient(filtered) ** 2, round(0.15 * rate))
    places, reach = _outstanding(energy, rate), round(0.1 * rate)
    upward, downward = _largest_near(filtered, places, reach), _largest_near(-filtered, places, reach)
    # one side for all beats: where R and S are alike in height, the larger one changes from beat to beat
    up = np.median(filtered[upward]) >= -np.median(filtered[downward]) if len(places) else True
    return upward if up else downward


def pulse_peaks(filtered: np.ndarray, rate: float) -> np.ndarray:
    """Samples of the systolic peaks of a pulse wave (n,) that was filtered to 0.5 to 8 Hz.

    The squared upper half is averaged over 111 ms, the length of a systolic peak, and over 667 ms, that of a beat.
    Where the first mean is above the second and an offset, for as long as a peak lasts, the maximum is a peak.

    Source: M. Elgendi et al., PLoS ONE 8(10):e76585, 2013.
    """
    squared = np.maximum(filtered, 0.0) ** 2
    peak, beat = (_moving_mean(squared, round(seconds * rate)) for seconds in (0.111, 0.667))
    edges = np.flatnonzero(np.diff(peak > beat + 0.02 * squared.mean(), prepend=False, append=False)).reshape(-1, 2)
    found: list[int] = []
    for begin, end in edges[np.diff(edges, axis=1)[:, 0] >= round(0.111 * rate)].tolist():
        top = begin + int(np.argmax(filtered[begin:end]))
        if not found or top - found[-1] >= BEAT_SECONDS[0] * rate:
            found.append(top)
    return np.array(found, int)


def _of_beats(
    signal: SensorSignal, filtered: np.ndarray, find: FindEvents, alike: float, grid: SliceGrid
) -> np.ndarray:
    """(T, 2) rate and RMSSD where beats are regular, and as alike as ``alike`` says; NaN elsewhere."""
    intervals = signal.intervals(filtered, find)
    measures = np.full((grid.count, 2), np.nan)
    for row, context in zip(measures, grid.contexts(), strict=True):
        beats = usual_intervals(intervals, context, BEAT_SECONDS, _SPREAD, _LEAST)
        near = intervals[(intervals[:, 0] >= context[0]) & (intervals[:, 1] <= context[1])]
        if len(beats) and _likeness(filtered, signal.rate, near[:, 0], float(np.median(beats))) >= alike:
            row[:] = 60 / beats.mean(), 1000 * np.sqrt(np.mean(np.diff(beats) ** 2))
    return measures


def _likeness(filtered: np.ndarray, rate: float, beats: np.ndarray, seconds: float) -> float:
    """The mean correlation of beats, each as long as one usually lasts, with the mean of all; 0 of fewer than two.

    Source: C. Orphanidou et al., IEEE J. Biomedical and Health Informatics 19(3):832-838, 2015.
    """
    half = round(seconds * rate / 2)
    middles = np.round(beats * rate).astype(int)
    middles = middles[(middles >= half) & (middles + half <= len(filtered))]
    if len(middles) < 2:
        return 0.0
    shapes = filtered[middles[:, None] + np.arange(-half, half)]
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    usual = shapes.mean(axis=0)
    norms = np.linalg.norm(shapes, axis=1) * np.linalg.norm(usual)
    return float(np.mean(shapes @ usual / np.maximum(norms, 1e-30)))


def _outstanding(energy: np.ndarray, rate: float) -> np.ndarray:
    """Peaks that reach a third of the usual one: of the median over stretches long enough to hold a beat."""
    from scipy.signal import find_peaks

    length, edge = max(round(BEAT_SECONDS[1] * rate), 4), round(0.2 * rate)
    inner = energy[edge:-edge] if len(energy) > 4 * edge > 0 else energy  # a beat cut in two has a steep edge
    tops = [inner[begin : begin + length].max() for begin in range(0, max(len(inner) - length, 0) + 1, length // 4)]
    return find_peaks(energy, height=max(float(np.median(tops)) / 3, 1e-30), distance=max(round(0.25 * rate), 1))[0]


def _largest_near(values: np.ndarray, places: np.ndarray, reach: int) -> np.ndarray:
    near = [
        max(place - reach, 0) + int(np.argmax(values[max(place - reach, 0) : place + reach + 1])) for place in places
    ]
    return np.unique(np.array(near, int))


def _moving_mean(values: np.ndarray, length: int) -> np.ndarray:
    from scipy.ndimage import uniform_filter1d

    return uniform_filter1d(values, max(length, 1), mode="nearest")
