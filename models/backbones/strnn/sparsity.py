"""Exact zeros in projections: proximal steps of l1 and group penalties.

After an optimiser step of size ``lr`` on the data term, ``w <- prox(w, lr * strength)``. With plain gradient steps this
is ISTA (Daubechies et al. 2004); after Adam the threshold is a heuristic, since Adam's steps have their own sizes. The
penalty must not also be differentiated in the loss.
"""

import math

import torch
from torch import Tensor


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
