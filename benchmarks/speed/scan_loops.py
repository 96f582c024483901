"""Plain loops that the scan is compared with; their answers are equal to ours."""

import torch
from torch import Tensor

from ...models import STRNN, ScanWeights
from ...models.backbones.strnn.strnn import SpatialWeights, TemporalWeights
from ...signals import Layout, Scan


def fair_loop(x: Tensor, weights: ScanWeights, layout: Layout) -> Tensor:
    """The best plain loop: slices folded, neighbours added first, one product a site; (N, S, F) -> (N, R, S, h)."""
    by_site = x.transpose(0, 1).contiguous()
    walks = [_fair_walk(by_site, weights, r, layout.scans[r]) for r in range(len(weights.U))]
    return torch.stack(walks).permute(2, 0, 1, 3)


def _fair_walk(by_site: Tensor, weights: ScanWeights, r: int, scan: Scan) -> Tensor:
    inner, W = (by_site @ weights.U[r].T + weights.b[r]).unbind(0), weights.W[r].T
    states: dict[int, Tensor] = {}
    for site in scan.order:
        before = [states[p] for p in scan.predecessors[site]]
        states[site] = torch.relu(torch.addmm(inner[site], sum(before[1:], before[0]), W) if before else inner[site])
    return torch.stack([states[site] for site in range(len(inner))])  # (S, N, h)


def sequential_strnn(network: STRNN, x: Tensor) -> Tensor:
    """``network`` as published code computes it: (B, T, S, F) -> (B, width).

    The pattern is that of the only public reimplementation (LibEER, models/STRNN.py): a loop over slices, directions
    and sites, each site's state joined to those before it, its neighbours summed by a row of an adjacency matrix; then
    a loop over slices in each temporal direction. Its wrong edges are not taken over: the answer is ``network``'s.
    """
    if not isinstance(network.spatial, SpatialWeights) or network.temporal is None:
        raise TypeError("the whole network is wanted")
    m = _grown([_slice_vector(network.spatial, one, network.layout)[None] for one in x.unbind(1)])  # (T, B, D)
    parts = [_temporal_vector(network.temporal, d, m if d == 0 else m.flip(0)) for d in (0, 1)]
    return torch.cat(parts, dim=1)


def _slice_vector(space: SpatialWeights, x: Tensor, layout: Layout) -> Tensor:
    """(B, S, F) -> (B, D)."""
    walks = [_sequential_walk(space, r, x, layout.scans[r]) for r in range(len(space.U))]  # (B, S, h) each
    projected = [space.G[r].T @ walk for r, walk in enumerate(walks)]  # (B, L, h) each
    return _grown(projected, dim=1).flatten(1) @ space.P.T


def _sequential_walk(space: SpatialWeights, r: int, x: Tensor, scan: Scan) -> Tensor:
    """Sites in the order of the scan: (B, S, F) -> (B, S, h), back in the order of the layout."""
    place = {site: i for i, site in enumerate(scan.order)}
    states = x.new_zeros(len(x), 0, space.U.shape[1])
    for site in scan.order:
        row = x.new_zeros(len(x), 1, states.shape[1])
        row[:, 0, [place[p] for p in scan.predecessors[site]]] = 1
        state = torch.relu(x[:, site] @ space.U[r].T + (row @ states).squeeze(1) @ space.W[r].T + space.b[r])
        states = torch.cat([states, state[:, None]], dim=1)
    return states[:, [place[site] for site in range(len(scan.order))]]


def _temporal_vector(time: TemporalWeights, direction: int, m: Tensor) -> Tensor:
    """(T, B, D) in the order of reading -> (B, L * e)."""
    R, V, b = time.R[direction], time.V[direction], time.b[direction]
    states = m.new_zeros(1, m.shape[1], len(b))
    for step in m:
        states = torch.cat([states, time.activation(step @ R.T + states[-1] @ V.T + b)[None]])
    seen = states[1:] if direction == 0 else states[1:].flip(0)
    return torch.einsum("tl,tbe->ble", time.Q[direction], seen).flatten(1)


def _grown(parts: list[Tensor], dim: int = 0) -> Tensor:
    joined = parts[0]
    for part in parts[1:]:
        joined = torch.cat([joined, part], dim)
    return joined
