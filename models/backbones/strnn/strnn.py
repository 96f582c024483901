"""STRNN: the spatial-temporal recurrent network of Zhang et al. (arXiv 1705.04515; IEEE Trans. Cybern. 49(3), 2019)."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ....signals import InputError, Layout
from ..backbone import Backbone
from .scan import ScanWeights, spatial_scan
from .site_encoder import SiteEncoder
from .sparsity import Sparsity, zero_shares

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu}
"""Of the temporal states, by name."""


class STRNN(Backbone):
    """Recurrence over the sites from four corners, then over time, with sparse projections of both.

    Equations (1)-(6) of the paper with the model's linear head as F, so ``width = 2 * L_t * e``. The switches are for
    its ablations. Defaults are what held on real recordings; ``STRNN.paper`` has the paper's activation and no dropout.
    Penalties are proximal steps after each optimiser step, so zeros are exact; element-wise l1 thins out the
    projections, and only the group penalty switches whole sites off.

    Args:
        layout, n_features, n_slices: S sites, F features, T slices.
        hidden: Units of a site's state (h).
        spatial_nodes: Rows of the projection over sites (L_s).
        merged: Size of a slice's vector (D).
        temporal: Units of a time step's state in each direction (e).
        temporal_nodes: Rows of the projection over time (L_t); None for min(5, T).
        directions: Corners to scan from (R), 1 to 4.
        space, time: False leaves out the spatial or the temporal recurrence.
        project_space, project_time: False puts a fixed mean in place of the learned projection.
        activation: Of the temporal states: ``"tanh"`` or ``"relu"``.
        dropout: After the merge and after the projection over time.
        l1_space, l1_time: Strength of the l1 penalty on G and on Q.
        group: Strength of the penalty on each site's weights in G, over all directions and nodes, and on W of each
            direction: states that carry the features of sites before them would let G name the wrong ones.
        sparsity: Wanted share of zeros in G (with ``group``: of sites switched off): the strength grows until it is
            met, and never beyond.
        site_features: Width of a small network, shared by all sites, that reads their features first (see
            ``SiteEncoder``): for patches of pixels. 0 for none, as in the paper.

    Raises:
        InputError: A setting is out of range or would have no effect.
    """

    def __init__(
        self,
        layout: Layout,
        n_features: int,
        n_slices: int,
        hidden: int = 30,
        spatial_nodes: int = 10,
        merged: int = 30,
        temporal: int = 30,
        temporal_nodes: int | None = None,
        directions: int = 4,
        space: bool = True,
        time: bool = True,
        project_space: bool = True,
        project_time: bool = True,
        activation: str = "tanh",
        dropout: float = 0.5,
        l1_space: float = 0.0,
        l1_time: float = 0.0,
        group: float = 0.0,
        sparsity: float | None = None,
        site_features: int = 0,
    ) -> None:
        super().__init__(layout, n_features, n_slices)
        self.sparsity = Sparsity(l1_space, l1_time, group, sparsity)
        _check(directions, activation)
        _check_penalties(self.sparsity, project_space and space, project_time and time)
        S, F, T = len(layout), site_features or n_features, n_slices
        L_s = spatial_nodes if project_space else None
        L_t = (min(5, T) if temporal_nodes is None else temporal_nodes) if project_time else None
        self.sites = SiteEncoder(layout, n_features, site_features) if site_features else None
        # The flat form is drawn even where the other takes its place: a seed gives the weights that it always gave.
        self.spatial: SpatialWeights | FlatSites = FlatSites(S * F, merged)
        if space:
            self.spatial = SpatialWeights(directions, S, F, hidden=hidden, nodes=L_s, merged=merged)
        self.temporal = TemporalWeights(T, merged, units=temporal, nodes=L_t, activation=activation) if time else None
        self.dropout = nn.Dropout(dropout)
        self.slice_width = 2 * temporal if time else merged
        self.width = 2 * (L_t or 1) * temporal if time else T * merged

    @classmethod
    def paper(cls, layout: Layout, n_features: int, n_slices: int, **own: Any) -> "STRNN":
        """The paper's form as far as it is known: relu in time, no dropout, no decay of the projections."""
        return cls(layout, n_features, n_slices, **{"activation": "relu", "dropout": 0.0, **own})

    def forward(self, x: Tensor, mask: Tensor | None = None, project: bool = True) -> Tensor:
        """(B, T, S, F), valid slices (B, T) -> (B, width); other slices count as zeros in (4) and (5).

        With ``project=False`` it ends before (5), with what ``slices`` gives: (B, T, slice_width).
        """
        B, T = x.shape[:2]
        x = x.flatten(0, 1)  # the slices S[t]: (B T, S, F)
        if self.sites is not None:
            x = self.sites(x)

        if isinstance(space := self.spatial, SpatialWeights):
            # (1) H_r[t,k] = relu(U_r S[t,k] + W_r Σ_{p in N_r(k)} H_r[t,p] + b_r): site after site, from each corner
            #     r = top left, top right, bottom left, bottom right; N_r(k) are the neighbours of k on its side
            H = spatial_scan(x, ScanWeights(space.U, space.W, space.b), self.layout)  # (B T, R, S, h)
            # (2) Z_r[t,l] = Σ_k G_r[k,l] H_r[t,k]
            Z = space.G.transpose(1, 2) @ H.permute(1, 2, 0, 3).flatten(2)  # (R, L_s, B T h)
            Z = Z.view(*Z.shape[:2], B * T, -1).permute(2, 0, 1, 3)  # (B T, R, L_s, h)
            # (3) m[t] = Σ_r P_r vec(Z_r[t])
            m = Z.flatten(1) @ space.P.T  # (B T, D)
        else:
            m = space(x)  # (B T, D)
        m = _zero_invalid(self.dropout(m).view(B, T, -1), mask)  # (B, T, D)
        if (time := self.temporal) is None:
            return m.flatten(1) if project else m

        # (4) f[t] = a(R_f m[t] + V_f f[t-1] + b_f), and from the last slice back
        #     g[t] = a(R_b m[t] + V_b g[t+1] + b_b): both in one loop
        R, V = time.R.transpose(1, 2), time.V.transpose(1, 2)  # (2, D, e), (2, e, e)
        both = torch.stack([m, m.flip(1)])  # (2, B, T, D)
        steps = (both.flatten(1, 2) @ R + time.b[:, None]).view(2, B, T, -1).unbind(2)  # T of (2, B, e)
        states = [time.activation(steps[0])]
        for step in steps[1:]:
            states.append(time.activation(step + states[-1] @ V))
        f, g = torch.stack(states, dim=2)  # (B, T, e) each
        fg = _zero_invalid(torch.stack([f, g.flip(1)]), mask)  # (2, B, T, e)
        if not project:
            return torch.cat(list(fg), dim=2)  # (B, T, 2 e)

        # (5) q_f[l] = Σ_t Q_f[t,l] f[t] and q_b[l] = Σ_t Q_b[t,l] g[t]
        q = time.Q.transpose(1, 2)[:, None] @ fg  # (2, B, L_t, e)
        # (6) o = F_f vec(q_f) + F_b vec(q_b) + c: the model's linear head, which reads what is returned
        vector: Tensor = self.dropout(q.transpose(0, 1).flatten(1))  # (B, 2 L_t e)
        return vector

    def slices(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F), (B, T) -> (B, T, slice_width): both temporal states side by side."""
        return self.forward(x, mask, project=False)

    def site_scores(self) -> Tensor:
        """How much each site weighs in the projection, for each direction: (R, S); sum over R for one score a site.

        ``sum_l |G_r[k, l]| * ||P_r block l||_F``, which rescaling G against P does not change.

        Raises:
            InputError: There is no spatial recurrence.
        """
        if not isinstance(self.spatial, SpatialWeights):
            raise InputError("STRNN(space=False)", "no projection over sites", "space=True", "train one with it")
        G, P = self.spatial.G, self.spatial.P
        blocks = P.view(len(P), len(G), G.shape[2], -1).pow(2).sum(dim=(0, 3)).sqrt()  # (R, L_s)
        return (G.abs() * blocks[:, None]).sum(dim=2).detach()

    def slice_scores(self, head: Tensor) -> Tensor:
        """How much each slice weighs: ``sum_l |Q[t, l]| * ||F block l||_F`` with the head's weights (C, width), (T,).

        Raises:
            InputError: There is no temporal recurrence.
        """
        if self.temporal is None:
            raise InputError("STRNN(time=False)", "no projection over time", "time=True", "train one with it")
        Q = self.temporal.Q
        blocks = head.view(len(head), 2, Q.shape[2], -1).pow(2).sum(dim=(0, 3)).sqrt()  # (2, L_t)
        return (Q.abs() * blocks[:, None]).sum(dim=(0, 2)).detach()

    def zero_shares(self) -> dict[str, float]:
        """Share of exact zeros in the projections, and of sites switched off altogether."""
        G, _, Q = self._penalised()
        return zero_shares(G, Q)

    def undecayed(self) -> list[nn.Parameter]:
        """The projections that a penalty already shrinks."""
        G, _, Q = self._penalised()
        shrunk = [G if self.sparsity.over_sites else None, Q if self.sparsity.l1_time else None]
        return [weights for weights in shrunk if weights is not None and weights.requires_grad]

    def after_step(self, learning_rate: float) -> None:
        """The proximal step of the penalties."""
        self.sparsity = self.sparsity.step(*self._penalised(), learning_rate)

    def penalty(self) -> float:
        """Equation (7) without its data term, as ``Sparsity.penalty``."""
        return self.sparsity.penalty(*self._penalised())

    def _penalised(self) -> tuple[nn.Parameter | None, nn.Parameter | None, nn.Parameter | None]:
        """G, W and Q; None where a recurrence is left out."""
        G = W = Q = None
        if isinstance(self.spatial, SpatialWeights):
            G, W = self.spatial.G, self.spatial.W
        if self.temporal is not None:
            Q = self.temporal.Q
        return G, W, Q


class SpatialWeights(nn.Module):
    """The letters of equations (1) to (3), with the weights before training.

    Args:
        directions, sites, n_features: R, S, F.
        hidden: Units h of a state.
        nodes: Rows L_s of the projection G; None for no learned projection but the mean over the sites.
        merged: D.
    """

    def __init__(
        self, directions: int, sites: int, n_features: int, *, hidden: int, nodes: int | None, merged: int
    ) -> None:
        super().__init__()
        R, S, F, h, D = directions, sites, n_features, hidden, merged
        self.U = nn.Parameter(torch.randn(R, h, F) * (2 / F) ** 0.5)
        # Three predecessors are added up: a third of an orthogonal matrix keeps states from growing along the walk.
        self.W = nn.Parameter(torch.stack([_orthogonal(h) / 3 for _ in range(R)]))  # (R, h, h)
        self.b = nn.Parameter(torch.zeros(R, h))
        self.G = _projection(R, S, nodes)  # (R, S, L_s)
        Lh = self.G.shape[2] * h
        self.P = nn.Parameter(torch.randn(D, R * Lh) * (R * Lh) ** -0.5)


class TemporalWeights(nn.Module):
    """The letters of equations (4) and (5), forwards and backwards, with the weights before training.

    Args:
        n_slices, merged: T, D.
        units: e.
        nodes: Rows L_t of the projection Q; None for no learned projection but the mean over the slices.
        activation: Of the states, ``"tanh"`` or ``"relu"``.
    """

    def __init__(self, n_slices: int, merged: int, *, units: int, nodes: int | None, activation: str) -> None:
        super().__init__()
        self.activation = ACTIVATIONS[activation]
        self.R = nn.Parameter(torch.randn(2, units, merged) * merged**-0.5)
        self.V = nn.Parameter(torch.stack([_orthogonal(units) for _ in range(2)]))  # (2, e, e)
        self.b = nn.Parameter(torch.zeros(2, units))
        self.Q = _projection(2, n_slices, nodes)  # (2, T, L_t)


class FlatSites(nn.Module):
    """No spatial recurrence: all sites and features at once through one linear map, (N, S, F) -> (N, D)."""

    def __init__(self, inputs: int, merged: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, merged)

    def forward(self, x: Tensor) -> Tensor:
        """(N, S, F) -> (N, D)."""
        merged: Tensor = self.linear(x.flatten(1))
        return merged


def _zero_invalid(values: Tensor, mask: Tensor | None) -> Tensor:
    """(..., B, T, n) with zeros in the slices that the mask (B, T) calls invalid."""
    return values if mask is None else values * mask[:, :, None]


def _orthogonal(size: int) -> Tensor:
    return nn.init.orthogonal_(torch.empty(size, size))


def _projection(directions: int, length: int, nodes: int | None) -> nn.Parameter:
    """(directions, length, nodes), learned; or one fixed node, the mean."""
    if nodes is None:
        return nn.Parameter(torch.full((directions, length, 1), 1 / length), requires_grad=False)
    return nn.Parameter(torch.randn(directions, length, nodes or 1) * length**-0.5)


def _check(directions: int, activation: str) -> None:
    if directions not in (1, 2, 3, 4):
        raise InputError("STRNN", f"directions={directions}", "1 to 4")
    if activation not in ACTIVATIONS:
        raise InputError("STRNN", f"activation={activation!r}", "'tanh' or 'relu'")


def _check_penalties(sparsity: Sparsity, projects_space: bool, projects_time: bool) -> None:
    wrong = partial(InputError, "STRNN")
    if sparsity.over_sites and not projects_space:
        raise wrong("a penalty on a projection over sites that is fixed", "project_space and space", "set both")
    if sparsity.l1_time and not projects_time:
        raise wrong("a penalty on a projection over time that is fixed", "project_time and time", "set both")
    if sparsity.target is not None and not sparsity.over_sites:
        raise wrong(f"sparsity={sparsity.target} alone", "a penalty to steer", "give l1_space or group to begin with")
