"""Simulated sensors on a body, whose rates are known: for lookalikes that have such channels."""

import numpy as np


def heart_wave(times: np.ndarray, per_minute: float, width: float) -> np.ndarray:
    """A peak of height 1 and of ``width`` seconds for each beat, the first at second 0.3."""
    phase = ((times - 0.3) * per_minute / 60 + 0.5) % 1 - 0.5  # beats, from the nearest one
    return np.asarray(np.exp(-0.5 * (phase * 60 / per_minute / width) ** 2))


def ecg_wave(times: np.ndarray, per_minute: float) -> np.ndarray:
    """An ECG in microvolts: R peaks of a millivolt, each with an S and a T."""
    r, s, t = (heart_wave(times - late, per_minute, width) for late, width in ((0, 0.012), (0.03, 0.02), (0.25, 0.05)))
    return np.asarray(1000 * r - 150 * s + 200 * t)


def pulse_wave(times: np.ndarray, per_minute: float) -> np.ndarray:
    """A pulse of height 1 with its second, lower wave."""
    return heart_wave(times, per_minute, 0.08) + 0.4 * heart_wave(times - 0.25, per_minute, 0.1)


def breath_wave(times: np.ndarray, per_minute: float) -> np.ndarray:
    """A sine from -1 to 1."""
    return np.asarray(np.sin(2 * np.pi * per_minute / 60 * times))


def skin_wave(times: np.ndarray, level: float, every: float) -> np.ndarray:
    """Skin conductance: a level, and a response of about 0.3 every so many seconds, the first at second 1."""
    conductance = np.full(len(times), level)
    for begin in np.arange(1.0, times[-1] + 1, every):
        since = np.maximum(times - begin, 0)
        conductance += 0.6 * (np.exp(-since / 4) - np.exp(-since / 0.7))
    return conductance


def eye_wave(times: np.ndarray, every: float) -> np.ndarray:
    """An EOG in microvolts: a blink of 300 every so many seconds, the first at second 0.5."""
    return 300 * heart_wave(times - 0.2, 60 / every, 0.08)


def gaze_wave(times: np.ndarray, every: float, blink: float, rng: np.random.Generator) -> np.ndarray:
    """A gaze in pixels and a pupil in mm, (3, N): another place every so many seconds, and the way between in 30 ms.

    For 200 ms at a blink, which comes every ``blink`` seconds (0 for never), all three are NaN.
    """
    number = ((times - times[0]) // every).astype(int)
    places = rng.uniform((200, 100), (500, 700), (number[-1] + 2, 2))
    places[1::2, 0] += 500  # to and fro: no two that follow lie near each other
    way = np.minimum((times - times[0]) % every / 0.03, 1.0)
    looks = places[number] + way[:, None] * (places[number + 1] - places[number])
    rows = np.vstack([looks.T + rng.normal(0, 2, (2, len(times))), 3 + 0.3 * np.sin(0.3 * times)])
    if blink:
        rows[:, (times + blink / 2) % blink < 0.2] = np.nan
    return rows
