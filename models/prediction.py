"""What a model says about windows."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions for N windows; a part that the task lacks has no columns.

    Attributes:
        probability: (N, C) of each category; rows sum to one.
        dimensions: (N, D) in the units of the task's ranges.
        units: (N, U) probability that each action unit is present.
    """

    probability: np.ndarray
    dimensions: np.ndarray
    units: np.ndarray

    @property
    def category(self) -> np.ndarray:
        """(N,) index of the most probable category."""
        return np.asarray(self.probability.argmax(axis=1))
