"""What a model says about windows."""

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
    def join(cls, parts: Sequence["Prediction"]) -> "Prediction":
        """All ``parts``, one behind the other."""
        names = ("probability", "dimensions", "units")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    @property
    def category(self) -> np.ndarray:
        """(N,) index of the most probable category."""
        return np.asarray(self.probability.argmax(axis=1))
