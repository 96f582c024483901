"""One way of dividing rows into a part that trains and a part that tests."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Fold:
    """Indices of rows: of trials of a cache, or of windows where a split divides windows.

    Args:
        name: What tables call it, as in ``"subject 7"``.
        train: Rows to learn from.
        valid: Rows among which the epoch is chosen; empty when epochs are fixed.
        test: Rows to score, once.
    """

    name: str
    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray

    @property
    def sides(self) -> dict[str, np.ndarray]:
        """The three parts by name."""
        return {"train": self.train, "valid": self.valid, "test": self.test}
