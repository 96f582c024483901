"""How good made faces are beside real ones: distance of distributions, variety, and whether they are copies."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from .labels import Labels


@dataclass(frozen=True)
class Beside:
    """One figure of made faces beside the same of real ones."""

    made: float
    real: float

    @property
    def ratio(self) -> float:
        """Made by real."""
        return self.made / self.real if self.real else float("nan")


@dataclass(frozen=True)
class Nearest:
    """For N faces, how far away the most similar one among others is, and which that is.

    Attributes:
        distance: (N,) root mean square difference of pixels, where black to white is 2.
        index: (N,) into the others.
    """

    distance: np.ndarray
    index: np.ndarray


def frechet(one: np.ndarray, other: np.ndarray) -> float:
    """Frechet distance of normal distributions fitted to features (N, width) and (M, width).

    ``|mean a - mean b|^2 + tr(A + B - 2 (A B)^(1/2))`` as torchmetrics computes it (arXiv 1706.08500), in the features
    of a network of ours: it cannot be compared with an FID of Inception's features. It shrinks with N and M, so compare
    equal numbers only.
    """
    from torchmetrics.image.fid import FrechetInceptionDistance

    given = nn.Identity()
    given.num_features = one.shape[1]
    metric = FrechetInceptionDistance(feature=given)
    metric.update(torch.from_numpy(one), real=True)
    metric.update(torch.from_numpy(other), real=False)
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


def alike(labels: Labels, asked: Labels, person: np.ndarray, count: int) -> np.ndarray:
    """For each of ``asked`` the ``count`` people whose labels come nearest to it, one face each: (asked, count).

    Real faces of (about) one label and different people: what made faces of one label are compared with.

    Args:
        labels: Of N real faces.
        asked: Labels to find.
        person: (N,) whose each face is.
        count: Faces for each; no more than there are people.
    """
    distance = torch.cdist(_numbers(asked), _numbers(labels)).numpy()
    people = [np.flatnonzero(person == name) for name in np.unique(person)]
    best = np.stack([own[distance[:, own].argmin(axis=1)] for own in people], axis=1)  # (asked, people)
    order = np.take_along_axis(distance, best, axis=1).argsort(axis=1, kind="stable")[:, :count]
    return np.take_along_axis(best, order, axis=1)


def _numbers(labels: Labels) -> Tensor:
    return torch.cat([labels.dimensions, labels.units], dim=1).nan_to_num(0.0)
