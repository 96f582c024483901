"""Losses by which images come to look real: adversarial ones by name, entropies, feature matching, gradient penalty."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...joins.join import Outputs

_LEAST = 1e-7
"""Probabilities stay this far from 0 and 1, where an entropy has no slope."""


@dataclass(frozen=True)
class Adversarial:
    """Two losses on logits (B,), high for what seems real.

    Args:
        discriminator: From logits of real and of generated images to its loss.
        generator: From logits of generated images to its loss.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


def hinge(real: Tensor, generated: Tensor) -> Tensor:
    """``mean max(0, 1 - D(x)) + mean max(0, 1 + D(G(z)))`` (arXiv 1705.02894)."""
    return functional.relu(1 - real).mean() + functional.relu(1 + generated).mean()


def logistic(real: Tensor, generated: Tensor) -> Tensor:
    """``BCE(D(x), 1) + BCE(D(G(z)), 0)`` (arXiv 1406.2661)."""
    return functional.softplus(-real).mean() + functional.softplus(generated).mean()


def _higher(generated: Tensor) -> Tensor:
    return -generated.mean()


def _non_saturating(generated: Tensor) -> Tensor:
    return functional.softplus(-generated).mean()


ADVERSARIAL_LOSS: dict[str, Adversarial] = {
    "hinge": Adversarial(hinge, _higher),
    "non-saturating": Adversarial(logistic, _non_saturating),
}
"""Adversarial losses by name."""


def marginal_entropy(outputs: Outputs) -> Tensor:
    """``H[mean_x p(y|x)]`` in nats: high when a batch's labels differ. For units the sum of Bernoulli entropies."""
    category, _, units = outputs
    return _entropy(category.softmax(1).mean(0), units.sigmoid().mean(0))


def conditional_entropy(outputs: Outputs) -> Tensor:
    """``mean_x H[p(y|x)]`` in nats: low when each image's labels are certain."""
    category, _, units = outputs
    return _entropy(category.softmax(1), units.sigmoid()).mean()


def entropy_discriminator(real: Outputs, generated: Outputs) -> Tensor:
    """``-H[mean_x p(y|x)] + mean_x H[p(y|x)] - mean_z H[p(y|G(z))]`` (categorical GAN, arXiv 1511.06390)."""
    return conditional_entropy(real) - marginal_entropy(real) - conditional_entropy(generated)


def entropy_generator(generated: Outputs) -> Tensor:
    """``-H[mean_z p(y|G(z))] + mean_z H[p(y|G(z))]``."""
    return conditional_entropy(generated) - marginal_entropy(generated)


def feature_matching(real: Tensor, generated: Tensor) -> Tensor:
    """``|| mean phi(x) - mean phi(G(z)) ||^2`` of features (B, width) (arXiv 1606.03498)."""
    return (real.mean(0) - generated.mean(0)).square().sum()


def gradient_penalty(judge: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """R1: ``mean || dD(x)/dx ||^2`` over real images (arXiv 1801.04406), for logits ``judge(images)`` (B,)."""
    leaf = images.detach().requires_grad_()
    (slope,) = torch.autograd.grad(judge(leaf).sum(), leaf, create_graph=True)
    return slope.flatten(1).square().sum(1).mean()


def _entropy(category: Tensor, units: Tensor) -> Tensor:
    """Entropy (...,) of probabilities (..., C) that sum to one and (..., U) that stand alone."""
    sure, present = category.clamp(_LEAST, 1), units.clamp(_LEAST, 1 - _LEAST)
    absent = 1 - present
    return -(sure * sure.log()).sum(-1) - (present * present.log() + absent * absent.log()).sum(-1)
