"""The temporal half of STRNN: from the sequence of slices to one vector."""

import torch
from torch import Tensor, nn


class TemporalPart(nn.Module):
    """Read the slices forwards and backwards, project the states onto L nodes: (B, T, D) -> (B, 2 * L * e).

    Equations (4) and (5) of STRNN (arXiv 1705.04515): ``f[t] = a(R_f m[t] + V_f f[t-1] + b_f)``, ``g`` likewise from
    the end, ``q_f[l] = sum_t Q_f[t, l] f[t]``. One bias a direction.

    Args:
        merged: D.
        n_slices: T.
        units: e.
        nodes: L, rows of the projection Q; None for no learned projection but the mean over the slices.
        activation: ``torch.tanh`` or ``torch.relu`` by name.
    """

    def __init__(self, merged: int, n_slices: int, units: int, nodes: int | None, activation: str) -> None:
        super().__init__()
        self.activation = {"tanh": torch.tanh, "relu": torch.relu}[activation]
        self.R = nn.Parameter(torch.randn(2, units, merged) * merged**-0.5)
        self.V = nn.Parameter(torch.stack([nn.init.orthogonal_(torch.empty(units, units)) for _ in range(2)]))
        self.b = nn.Parameter(torch.zeros(2, units))
        mean = torch.full((2, n_slices, 1), 1 / n_slices)
        learned = nodes is not None
        self.Q = nn.Parameter(torch.randn(2, n_slices, nodes or 1) * n_slices**-0.5 if learned else mean, learned)

    def states(self, m: Tensor) -> Tensor:
        """(B, T, D) -> forward and backward states by slice, (2, B, T, e)."""
        both = torch.stack([m, m.flip(1)])
        inner = both.flatten(1, 2) @ self.R.transpose(1, 2) + self.b[:, None]
        steps = inner.view(2, *m.shape[:2], -1).unbind(2)
        V = self.V.transpose(1, 2)
        seen = [self.activation(steps[0])]
        for step in steps[1:]:
            seen.append(self.activation(step + seen[-1] @ V))
        forward, backward = torch.stack(seen, dim=2)
        return torch.stack([forward, backward.flip(1)])

    def project(self, states: Tensor) -> Tensor:
        """(2, B, T, e) -> (B, 2 * L * e)."""
        projected = self.Q.transpose(1, 2)[:, None] @ states  # (2, B, L, e)
        return projected.transpose(0, 1).flatten(1)
