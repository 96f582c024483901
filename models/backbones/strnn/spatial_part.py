"""The spatial half of STRNN: from the sites of a slice to one vector."""

import torch
from torch import Tensor, nn

from ....signals import Layout
from .scan import ScanWeights, spatial_scan


class SpatialPart(nn.Module):
    """Scan the sites from R corners, project the states onto L nodes, merge: (N, S, F) -> (N, D).

    Equations (1)-(3) of STRNN (arXiv 1705.04515): ``Z_r = G_r^T H_r``, ``m = sum_r P_r vec(Z_r)``.

    Args:
        layout: The S sites.
        n_features: F.
        hidden: Units h of a state.
        nodes: L, rows of the projection G; None for no learned projection but the mean over the sites.
        merged: D.
        directions: R, 1 to 4.
    """

    def __init__(
        self, layout: Layout, n_features: int, hidden: int, nodes: int | None, merged: int, directions: int
    ) -> None:
        super().__init__()
        self.layout = layout
        sites = len(layout)
        self.U = nn.Parameter(torch.randn(directions, hidden, n_features) * (2 / n_features) ** 0.5)
        self.W = nn.Parameter(torch.stack([_orthogonal(hidden) / 3 for _ in range(directions)]))
        self.b = nn.Parameter(torch.zeros(directions, hidden))
        mean = torch.full((directions, sites, 1), 1 / sites)
        learned = nodes is not None
        self.G = nn.Parameter(torch.randn(directions, sites, nodes or 1) * sites**-0.5 if learned else mean, learned)
        fan_in = directions * (nodes or 1) * hidden
        self.P = nn.Parameter(torch.randn(merged, fan_in) * fan_in**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """(N, S, F) -> (N, D)."""
        states = spatial_scan(x, ScanWeights(self.U, self.W, self.b), self.layout)  # (N, R, S, h)
        by_site = states.permute(1, 2, 0, 3)
        projected = self.G.transpose(1, 2) @ by_site.flatten(2)  # (R, L, N * h)
        vectors = projected.view(*projected.shape[:2], len(x), -1).permute(2, 0, 1, 3)
        return vectors.flatten(1) @ self.P.T

    def site_scores(self) -> Tensor:
        """(R, S): ``sum_l |G_r[k, l]| * ||P_r block l||_F``, which rescaling G against P does not change."""
        directions, _, nodes = self.G.shape
        blocks = self.P.view(len(self.P), directions, nodes, -1)
        weight = blocks.pow(2).sum(dim=(0, 3)).sqrt()  # (R, L)
        return (self.G.abs() * weight[:, None]).sum(dim=2).detach()


class FlatPart(nn.Module):
    """No spatial recurrence: all sites and features at once through one linear map, (N, S, F) -> (N, D)."""

    def __init__(self, layout: Layout, n_features: int, merged: int) -> None:
        super().__init__()
        self.linear = nn.Linear(len(layout) * n_features, merged)

    def forward(self, x: Tensor) -> Tensor:
        """(N, S, F) -> (N, D)."""
        merged: Tensor = self.linear(x.flatten(1))
        return merged


def _orthogonal(size: int) -> Tensor:
    return nn.init.orthogonal_(torch.empty(size, size))
