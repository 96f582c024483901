"""Maps of the sites that counted for one model in each series, by feature and by slice."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ....models import Explanation, TrainedModel, explain
from ....models.explaining.attribution import FINER
from ....preprocessing import AnyWindows


@dataclass(frozen=True, eq=False)
class SiteMaps:
    """Importance of the S sites of one series: each map has mean 1, so models of any confidence count alike.

    What an input adds to a window's answer is averaged over windows with its sign, and the size of the mean is the map:
    what pushes now one way and now the other has said nothing about the answer (see ``Explanation.answered``).

    Attributes:
        by_site: (S,).
        site_feature: (S, F); of pixels the site alone.
        site_slice: (S, T); the site alone where no slices were wanted.
    """

    by_site: np.ndarray
    site_feature: np.ndarray
    site_slice: np.ndarray

    @classmethod
    def mean(cls, maps: Iterable["SiteMaps"]) -> "SiteMaps":
        """The mean of several models' maps."""
        several = list(maps)
        return cls(**{name: np.mean([getattr(one, name) for one in several], axis=0) for name in vars(several[0])})


def site_maps(
    trained: TrainedModel, windows: AnyWindows, explanation: Explanation, *, slices: bool = True
) -> dict[str, SiteMaps]:
    """Maps of an explanation of ``windows``, by series.

    A method that takes away whole sites knows nothing of features and slices; then its finer forms are run as well,
    except for the features of pixels, each of which says next to nothing by itself, and for slices unless ``slices``.
    """
    of_pixels = any(layout.pixels for layout in explanation.layouts.values())
    by_feature = explanation if of_pixels else _finer(trained, windows, explanation, "features")
    by_slice = _finer(trained, windows, explanation, "slices") if slices else explanation
    maps = {}
    for name in explanation.values:
        maps[name] = SiteMaps(
            by_site=_scaled(explanation.answered_by_site(name)),
            site_feature=_scaled(by_feature.answered(name).mean(axis=0)),
            site_slice=_scaled(by_slice.answered(name).mean(axis=2).T),
        )
    return maps


def _finer(trained: TrainedModel, windows: AnyWindows, explanation: Explanation, axis: str) -> Explanation:
    """The explanation by sites and another axis together: itself where it tells them apart already."""
    method = FINER.get(explanation.method, {}).get(axis)
    return explain(trained, windows, method, explanation.target) if method else explanation


def _scaled(values: np.ndarray) -> np.ndarray:
    size = np.abs(values)
    mean = size.mean()
    return np.asarray(size / mean if mean else size)
