"""Exact zeros in projections: proximal steps of l1 and group penalties.

After an optimiser step of size ``lr`` on the data term, ``w <- prox(w, lr * strength)``. With plain gradient steps this
is ISTA (Daubechies et al. 2004); after Adam the threshold is a heuristic, since Adam's steps have their own sizes. The
penalty must not also be differentiated in the loss.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True)
class Sparsity:
    """Penalties that leave exact zeros in the projections G and Q of ``STRNN``, equation (7) without its data term.

    G is (R, S, L_s), W (R, h, h), Q (2, T, L_t); what is not there is None.

    Attributes:
        l1_space, l1_time: Strength of the l1 penalty on G and on Q.
        group: Strength of the penalty on each site's weights in G, and on W of each direction.
        target: Wanted share of zeros in G, or with ``group`` of sites without weights.
    """

    l1_space: float = 0.0
    l1_time: float = 0.0
    group: float = 0.0
    target: float | None = None

    @property
    def over_sites(self) -> bool:
        """Whether G is penalised."""
        return bool(self.l1_space or self.group)

    @torch.no_grad()
    def step(self, G: Tensor | None, W: Tensor | None, Q: Tensor | None, learning_rate: float) -> "Sparsity":
        """The penalties of the next step, after this one's proximal step on G, W and Q in place.

        Thresholds are ``learning_rate * strength``; a strength grows while the target is not met.
        """
        penalties = self
        if G is not None and W is not None and self.over_sites:
            penalties = self._steered(G)
            penalties._shrink(G, W, learning_rate)
        if Q is not None and self.l1_time:
            Q.copy_(soft_threshold(Q, learning_rate * self.l1_time))
        return penalties

    @torch.no_grad()
    def penalty(self, G: Tensor | None, W: Tensor | None, Q: Tensor | None) -> float:
        """``l1_space |G|_1 + l1_time |Q|_1``, and the group penalty.

        That is ``group (sum_k sqrt(size) ||G_k||_2 + sum_r sqrt(size) ||W_r||_2)``.
        """
        total = 0.0
        if G is not None and W is not None:
            groups = _size(G[:, 0]) * _of_sites(G).sum() + _size(W[0]) * W.norm(dim=(1, 2)).sum()
            total += self.l1_space * float(G.abs().sum()) + self.group * float(groups)
        if Q is not None:
            total += self.l1_time * float(Q.abs().sum())
        return total

    def _steered(self, G: Tensor) -> "Sparsity":
        if self.group:
            return replace(self, group=steered(self.group, zero_share(_of_sites(G)), self.target))
        return replace(self, l1_space=steered(self.l1_space, zero_share(G), self.target))

    def _shrink(self, G: Tensor, W: Tensor, learning_rate: float) -> None:
        """The proximal steps on G and, with the group penalty, on W; no target is overshot."""
        of_weights, of_sites = (None, self.target) if self.group else (self.target, None)
        G.copy_(soft_threshold(G, capped(learning_rate * self.l1_space, G.abs(), of_weights)))
        if self.group:
            strength = learning_rate * self.group
            G.copy_(group_soft_threshold(G, capped(strength * _size(G[:, 0]), _of_sites(G), of_sites), (0, 2)))
            W.copy_(group_soft_threshold(W, strength * _size(W[0]), (1, 2)))


def zero_shares(G: Tensor | None, Q: Tensor | None) -> dict[str, float]:
    """Share of exact zeros in the projections, and of sites switched off altogether."""
    shares: dict[str, float] = {}
    if G is not None:
        shares |= {"space": zero_share(G), "sites": zero_share(_of_sites(G))}
    if Q is not None:
        shares["time"] = zero_share(Q)
    return shares


def soft_threshold(weights: Tensor, threshold: float) -> Tensor:
    """Shrink each weight towards zero by ``threshold``, to exact zeros: the proximal map of ``threshold * |w|_1``."""
    shrunk: Tensor = torch.nn.functional.softshrink(weights, threshold)
    return shrunk


def group_soft_threshold(weights: Tensor, threshold: float, dims: tuple[int, ...]) -> Tensor:
    """Shrink the norm of each group by ``threshold``, whole groups to exact zeros (Yuan & Lin 2006).

    Args:
        weights: Any shape.
        threshold: How much each group's norm goes down.
        dims: The axes over which one group extends.
    """
    norm: Tensor = weights.norm(dim=dims, keepdim=True)
    return weights * (1 - threshold / norm.clamp_min(1e-30)).clamp_min(0)


def zero_share(weights: Tensor) -> float:
    """Share of exact zeros, 0..1."""
    return float((weights == 0).double().mean())


def steered(strength: float, share: float, target: float | None, speed: float = 0.01) -> float:
    """The next strength of a penalty on the way to a target share of zeros: up while there are too few.

    What counts is the strength times the sum of all learning rates, so a strength does not carry over from one data set
    to the next; a target share does.
    """
    return strength if target is None or share >= target else strength * math.exp(speed)


def capped(threshold: float, magnitudes: Tensor, target: float | None) -> float:
    """``threshold``, but no more than leaves the target share of ``magnitudes`` at zero: it is met, never overshot."""
    if target is None:
        return threshold
    wanted = round(target * magnitudes.numel())
    return min(threshold, float(magnitudes.flatten().kthvalue(wanted).values)) if wanted else 0.0


def _of_sites(G: Tensor) -> Tensor:
    """(R, S, L) -> (S,) the norm of each site's weights."""
    norms: Tensor = G.norm(dim=(0, 2))
    return norms


def _size(group: Tensor) -> float:
    """Root of the number of weights in a group: groups of any size then cost alike (Yuan & Lin 2006)."""
    return float(group.numel() ** 0.5)
