"""A filter for what is followed: smooth where it rests, without lag where it moves."""

import numpy as np


class OneEuro:
    """The One-Euro filter on any array of values: slow values are smoothed much, fast ones little. Causal.

    G. Casiez, N. Roussel and D. Vogel, *1 € filter*, CHI 2012: a low pass whose cutoff grows with the speed,
    ``cutoff = least + slope * |speed|``; the speed itself is low-passed at 1 Hz.

    Args:
        least: Cutoff at rest, in Hz.
        slope: Hz more for each unit of length a second.
    """

    def __init__(self, least: float, slope: float) -> None:
        self.least, self.slope = least, slope
        self.reset()

    def reset(self) -> None:
        """Forget what came before."""
        self._time, self._value, self._speed = 0.0, np.zeros(0), np.zeros(0)

    def __call__(self, value: np.ndarray, time: float, unit: float = 1.0) -> np.ndarray:
        """The smoothed ``value`` at ``time`` in seconds; speeds are measured in ``unit``s of length."""
        if not self._value.size:
            self._time, self._value, self._speed = time, value, np.zeros_like(value)
            return value
        step = max(time - self._time, 1e-6)  # times that stand still must not divide by zero
        self._speed = self._speed + _share(1.0, step) * ((value - self._value) / step - self._speed)
        share = _share(self.least + self.slope * np.abs(self._speed) / unit, step)
        self._time, self._value = time, self._value + share * (value - self._value)
        return self._value


def _share(cutoff: np.ndarray | float, step: float) -> np.ndarray:
    """The share of a new value that a first-order low pass takes."""
    reach = 2 * np.pi * np.asarray(cutoff) * step
    return np.asarray(reach / (reach + 1))
