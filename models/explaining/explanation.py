"""Explanations: how much each input counted, in the shape of the volumes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...signals import InputError, Layout


@dataclass(frozen=True, eq=False)
class Explanation:
    """Shares of each input of B windows in a model's predictions.

    Attributes:
        values: ``{series: (B, T, S, F)}``; the sign says whether the input spoke for the target or against it. The unit
            is the target's own (for gradients and occlusion its logit), inputs being scaled as the network reads them.
            Exactly zero where nothing valid was.
        valid: ``{series: (B, T)}``, True where a slice is valid.
        layouts, features: The S sites and F names of features, by series.
        method: A name in ``METHODS``.
        target: The prediction that was explained: ``"category"`` for each window's predicted one, a category, a
            dimension or a unit; ``"any"`` where the method tells no targets apart.
    """

    values: Mapping[str, np.ndarray]
    valid: Mapping[str, np.ndarray]
    layouts: Mapping[str, Layout]
    features: Mapping[str, tuple[str, ...]]
    method: str
    target: str

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def by_site(self, series: str) -> np.ndarray:
        """(S,) mean absolute value over windows, valid slices and features."""
        return self._mean(series, (0, 1, 3))

    def by_feature(self, series: str) -> np.ndarray:
        """(F,) mean absolute value over windows, valid slices and sites."""
        return self._mean(series, (0, 1, 2))

    def by_slice(self, series: str) -> np.ndarray:
        """(T,) mean absolute value over sites, features, and the windows in which the slice is valid."""
        return self._mean(series, (0, 2, 3))

    def by_site_and_feature(self, series: str) -> np.ndarray:
        """(S, F) mean absolute value over windows and valid slices."""
        return self._mean(series, (0, 1))

    def answered(self, series: str) -> np.ndarray:
        """(T, S, F) mean value over windows and valid slices, each window's values counted towards its answer.

        Towards its answer: they are turned round where all of a window's values, of all series, add up to less than
        zero. What pushes now one way and now the other, as the noise of an input does, cancels out; mean absolute
        values would count it in full.
        """
        self._known(series)
        totals = sum(values.sum(axis=(1, 2, 3), dtype=np.float64) for values in self.values.values())
        towards = np.where(np.asarray(totals) < 0, -1.0, 1.0)[:, None, None, None]
        counted = self.valid[series].sum(axis=0)[:, None, None]
        total = (towards * self.values[series]).sum(axis=0)
        return np.asarray(total / np.maximum(counted, 1))

    def answered_by_site(self, series: str) -> np.ndarray:
        """(S,) size of the mean of ``answered`` over slices and features: the map by which models are compared."""
        return np.asarray(np.abs(self.answered(series).mean(axis=(0, 2))))

    def _mean(self, series: str, axes: tuple[int, ...]) -> np.ndarray:
        """Mean absolute value over ``axes``; zero where no slice is valid."""
        self._known(series)
        values = self.values[series]
        counted = np.broadcast_to(self.valid[series][:, :, None, None], values.shape).sum(axis=axes)
        total = np.abs(values).sum(axis=axes, dtype=np.float64)
        return np.asarray(total / np.maximum(counted, 1))

    def _known(self, series: str) -> None:
        if series not in self.values:
            known = f"one of {', '.join(self.values)}"
            raise InputError("explanation", f"no series {series!r}", known, "name one")


def is_face(layout: Layout) -> bool:
    """True where sites are patches of a picture and not electrodes on a head."""
    return layout.pixels is not None or (layout.positions is not None and len(layout.positions[0]) == 2)
