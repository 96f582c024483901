"""Predictions of a model for windows."""

from collections.abc import Sequence
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

    @classmethod
    def join(cls, predictions: Sequence["Prediction"]) -> "Prediction":
        """All ``predictions``, one behind the other."""
        probability = np.concatenate([prediction.probability for prediction in predictions])
        dimensions = np.concatenate([prediction.dimensions for prediction in predictions])
        units = np.concatenate([prediction.units for prediction in predictions])
        return cls(probability, dimensions, units)

    @property
    def category(self) -> np.ndarray:
        """(N,) index of the most probable category."""
        return np.asarray(self.probability.argmax(axis=1))
