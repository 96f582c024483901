"""STRNN: the spatial-temporal recurrent network of Zhang et al. (arXiv 1705.04515; IEEE Trans. Cybern. 49(3), 2019)."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ....signals import InputError, Layout
from ..backbone import Backbone
from .site_encoder import SiteEncoder
from .sparsity import capped, group_soft_threshold, soft_threshold, steered, zero_share
from .spatial_part import FlatPart, SpatialPart
from .temporal_part import TemporalPart


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
        directions: Corners to scan from, 1 to 4.
        space, time: False leaves out the spatial or the temporal recurrence.
        project_space, project_time: False puts a fixed mean in place of the learned projection.
        activation: Of the temporal states: ``"tanh"`` or ``"relu"``.
        dropout: After the merge and after the projection over time.
        l1_space, l1_time: Strength of the l1 penalty on G and on Q.
        group: Strength of the penalty on each site's weights in G, over all directions and nodes, and on W of each
            direction: states that carry the features of sites before them would let G name the wrong ones.
        site_features: Width of a small network, shared by all sites, that reads their features first (see
            ``SiteEncoder``): for patches of pixels. 0 for none, as in the paper.
        sparsity: Wanted share of zeros in G (with ``group``: of sites switched off): the strength grows until it is
            met, and never beyond.

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
        self.l1_space, self.l1_time, self.group, self.sparsity = l1_space, l1_time, group, sparsity
        self._check(directions, activation, project_space and space, project_time and time)
        nodes = (min(5, n_slices) if temporal_nodes is None else temporal_nodes) if project_time else None
        self.sites = SiteEncoder(layout, n_features, site_features) if site_features else None
        n_features = site_features or n_features
        self.spatial: SpatialPart | FlatPart = FlatPart(layout, n_features, merged)
        if space:
            self.spatial = SpatialPart(
                layout=layout,
                n_features=n_features,
                hidden=hidden,
                nodes=spatial_nodes if project_space else None,
                merged=merged,
                directions=directions,
            )
        self.temporal = TemporalPart(merged, n_slices, temporal, nodes, activation) if time else None
        self.dropout = nn.Dropout(dropout)
        self.slice_width = 2 * temporal if time else merged
        self.width = 2 * temporal * (nodes or 1) if time else merged * n_slices

    @classmethod
    def paper(cls, layout: Layout, n_features: int, n_slices: int, **own: Any) -> "STRNN":
        """The paper's form as far as it is known: relu in time, no dropout, no decay of the projections."""
        return cls(layout, n_features, n_slices, **{"activation": "relu", "dropout": 0.0, **own})

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F), (B, T) -> (B, width)."""
        if self.temporal is None:
            return self._merge(x, mask).flatten(1)
        vector: Tensor = self.dropout(self.temporal.project(self._states(x, mask)))
        return vector

    def slices(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F), (B, T) -> (B, T, slice_width): both temporal states side by side."""
        if self.temporal is None:
            return self._merge(x, mask)
        return torch.cat(list(self._states(x, mask)), dim=2)

    def site_scores(self) -> Tensor:
        """How much each site weighs in the projection, for each direction: (R, S); sum over R for one score a site.

        Raises:
            InputError: There is no spatial recurrence.
        """
        if not isinstance(self.spatial, SpatialPart):
            raise InputError("STRNN(space=False)", "no projection over sites", "space=True", "train one with it")
        return self.spatial.site_scores()

    def slice_scores(self, head: Tensor) -> Tensor:
        """How much each slice weighs: ``sum_l |Q[t, l]| * ||F block l||_F`` with the head's weights (C, width), (T,).

        Raises:
            InputError: There is no temporal recurrence.
        """
        if self.temporal is None:
            raise InputError("STRNN(time=False)", "no projection over time", "time=True", "train one with it")
        Q = self.temporal.Q
        blocks = head.view(len(head), 2, Q.shape[2], -1).pow(2).sum(dim=(0, 3)).sqrt()  # (2, L)
        return (Q.abs() * blocks[:, None]).sum(dim=(0, 2)).detach()

    def zero_shares(self) -> dict[str, float]:
        """Share of exact zeros in the projections, and of sites switched off altogether."""
        shares = {}
        if isinstance(self.spatial, SpatialPart):
            shares["space"] = zero_share(self.spatial.G)
            shares["sites"] = zero_share(self.spatial.G.norm(dim=(0, 2)))
        if self.temporal is not None:
            shares["time"] = zero_share(self.temporal.Q)
        return shares

    def undecayed(self) -> list[nn.Parameter]:
        """The projections that a penalty already shrinks."""
        G = [self.spatial.G] if isinstance(self.spatial, SpatialPart) and (self.l1_space or self.group) else []
        Q = [self.temporal.Q] if self.temporal is not None and self.l1_time else []
        return [p for p in (*G, *Q) if p.requires_grad]

    @torch.no_grad()
    def after_step(self, learning_rate: float) -> None:
        """The proximal step of the penalties, with threshold ``learning_rate * strength``."""
        if isinstance(self.spatial, SpatialPart) and (self.l1_space or self.group):
            self._steer()
            self._shrink(self.spatial, learning_rate)
        if self.temporal is not None and self.l1_time:
            self.temporal.Q.copy_(soft_threshold(self.temporal.Q, learning_rate * self.l1_time))

    @torch.no_grad()
    def penalty(self) -> float:
        """Equation (7) without its data term: ``l1_space |G|_1 + l1_time |Q|_1``.

        And the group penalty: ``group (sum_k sqrt(size) ||G_k||_2 + sum_r sqrt(size) ||W_r||_2)``.
        """
        total = 0.0
        if isinstance(self.spatial, SpatialPart):
            G, W = self.spatial.G, self.spatial.W
            groups = _size(G[:, 0]) * G.norm(dim=(0, 2)).sum() + _size(W[0]) * W.norm(dim=(1, 2)).sum()
            total += self.l1_space * float(G.abs().sum()) + self.group * float(groups)
        if self.temporal is not None:
            total += self.l1_time * float(self.temporal.Q.abs().sum())
        return total

    def _merge(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """(B, T, S, F) -> (B, T, D), zero where the mask is False."""
        slices = x.flatten(0, 1) if self.sites is None else self.sites(x.flatten(0, 1))
        m: Tensor = self.dropout(self.spatial(slices)).view(*x.shape[:2], -1)
        return m if mask is None else m * mask[:, :, None]

    def _states(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Temporal states (2, B, T, e), zero where the mask is False."""
        assert self.temporal is not None
        states = self.temporal.states(self._merge(x, mask))
        return states if mask is None else states * mask[None, :, :, None]

    def _shrink(self, spatial: SpatialPart, learning_rate: float) -> None:
        """The proximal steps on G (R, S, L) and, with the group penalty, on W (R, h, h); no target is overshot."""
        G, W = spatial.G, spatial.W
        of_weights, of_sites = (None, self.sparsity) if self.group else (self.sparsity, None)
        G.copy_(soft_threshold(G, capped(learning_rate * self.l1_space, G.abs(), of_weights)))
        if self.group:
            strength = learning_rate * self.group
            threshold = capped(strength * _size(G[:, 0]), G.norm(dim=(0, 2)), of_sites)
            G.copy_(group_soft_threshold(G, threshold, (0, 2)))
            W.copy_(group_soft_threshold(W, strength * _size(W[0]), (1, 2)))

    def _steer(self) -> None:
        shares = self.zero_shares()
        if self.group:
            self.group = steered(self.group, shares["sites"], self.sparsity)
        else:
            self.l1_space = steered(self.l1_space, shares["space"], self.sparsity)

    def _check(self, directions: int, activation: str, projects_space: bool, projects_time: bool) -> None:
        wrong = partial(InputError, "STRNN")
        if directions not in (1, 2, 3, 4):
            raise wrong(f"directions={directions}", "1 to 4")
        if activation not in ("tanh", "relu"):
            raise wrong(f"activation={activation!r}", "'tanh' or 'relu'")
        if (self.l1_space or self.group) and not projects_space:
            raise wrong("a penalty on a projection over sites that is fixed", "project_space and space", "set both")
        if self.l1_time and not projects_time:
            raise wrong("a penalty on a projection over time that is fixed", "project_time and time", "set both")
        if self.sparsity is not None and not (self.l1_space or self.group):
            raise wrong(f"sparsity={self.sparsity} alone", "a penalty to steer", "give l1_space or group to begin with")


def _size(group: Tensor) -> float:
    """Root of the number of weights in a group: groups of any size then cost alike (Yuan & Lin 2006)."""
    return float(group.numel() ** 0.5)
