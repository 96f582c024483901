"""Quality of generated faces beside real ones: distance of distributions, variety, and whether they are copies."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from .labels import Labels


@dataclass(frozen=True)
class Beside:
    """One figure of generated faces beside the same of real ones."""

    made: float
    real: float

    @property
    def ratio(self) -> float:
        """The figure of generated faces by that of real ones."""
        return self.made / self.real if self.real else float("nan")


@dataclass(frozen=True)
class Nearest:
    """For N faces, the most similar one among others and its distance.

    Attributes:
        distance: (N,) root mean square difference of pixels, where black to white is 2.
        index: (N,) into the others.
    """

    distance: np.ndarray
    index: np.ndarray


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Frechet distance of normal distributions fitted to features (N, width) and (M, width).

    ``|mean a - mean b|^2 + tr(A + B - 2 (A B)^(1/2))`` as torchmetrics computes it (arXiv 1706.08500), in the features
    of a network of ours: it cannot be compared with an FID of Inception's features. It shrinks with N and M, so compare
    equal numbers only.
    """
    from torchmetrics.image.fid import FrechetInceptionDistance

    features = nn.Identity()  # they are computed already: torchmetrics would run a network of its choice
    features.num_features = a.shape[1]
    metric = FrechetInceptionDistance(feature=features)
    metric.update(torch.from_numpy(a), real=True)
    metric.update(torch.from_numpy(b), real=False)
    return float(metric.compute())


def mean_distance(x: np.ndarray) -> float:
    """Mean Euclidean distance of all pairs among (N, ...), flattened, by the root of their size: RMS for pixels."""
    flat = torch.from_numpy(np.ascontiguousarray(x)).flatten(1).double()
    return float(torch.pdist(flat).mean() / flat.shape[1] ** 0.5)


def grouped_distance(x: np.ndarray, groups: np.ndarray) -> float:
    """Mean over groups of ``mean_distance`` within each: x (N, ...), groups (N,)."""
    return float(np.mean([mean_distance(x[groups == group]) for group in np.unique(groups)]))


def nearest(images: Tensor, others: Tensor) -> Nearest:
    """The most similar of ``others`` (M, 1, size, size) for each of ``images`` (N, 1, size, size), by pixels."""
    a, b = images.flatten(1), others.flatten(1)
    distance, index = torch.cdist(a, b).min(dim=1)
    return Nearest((distance / a.shape[1] ** 0.5).numpy(), index.numpy())


def alike(labels: Labels, wanted: Labels, person: np.ndarray, count: int) -> np.ndarray:
    """For each of ``wanted`` the ``count`` people whose labels come nearest to it, one face each: (wanted, count).

    Real faces of (about) one label and different people: generated faces of one label are compared with them.

    Args:
        labels: Of N real faces.
        wanted: Labels to look for.
        person: (N,) the person of each face.
        count: Faces for each; no more than there are people.
    """
    distance = torch.cdist(_numbers(wanted), _numbers(labels)).numpy()
    people = [np.flatnonzero(person == name) for name in np.unique(person)]
    best = np.stack([rows[distance[:, rows].argmin(axis=1)] for rows in people], axis=1)  # (wanted, people)
    order = np.take_along_axis(distance, best, axis=1).argsort(axis=1, kind="stable")[:, :count]
    return np.take_along_axis(best, order, axis=1)


def _numbers(labels: Labels) -> Tensor:
    return torch.cat([labels.dimensions, labels.units], dim=1).nan_to_num(0.0)
