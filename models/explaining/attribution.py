"""Methods that measure how much each input counts for a model's predictions.

A method takes a ``Question`` and gives ``{series: (B, T, S, F)}``. Inputs are scaled, so zero is the training mean: the
baseline of all of them.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import torch
from torch import Tensor

from ...signals import InputError
from ..backbones.backbone import Backbone
from ..backbones.strnn.strnn import STRNN, SpatialWeights
from ..joins.cross_attention import CrossAttention
from ..joins.early import Early
from ..training.data import Batch
from ..training.emotion_model import EmotionModel

STEPS = 32
"""Points on the way from the baseline to the input, for integrated gradients."""

_AT_ONCE = 512
"""Windows that go through the network at a time while inputs are occluded."""


@dataclass(frozen=True, eq=False)
class Question:
    """One number of a model's output for each window of a batch, as a function of the input.

    Attributes:
        model: In evaluation mode.
        batch: B windows, scaled.
        head: Number of the output: 0 for logits of categories, 1 for dimensions, 2 for logits of units.
        column: (B,) int64, the column of it.
    """

    model: EmotionModel
    batch: Batch
    head: int
    column: Tensor

    def __call__(self, x: Mapping[str, Tensor]) -> Tensor:
        """The number for inputs ``{series: (K * B, T, S, F)}``, the batch K times over: (K * B,).

        Of a category it is how far its logit lies above the mean of all: softmax knows nothing of what they share.
        """
        output = self.output(x)
        return self.picked(output - output.mean(dim=1, keepdim=True) if self.head == 0 else output)

    def of_tensors(self, *x: Tensor) -> Tensor:
        """The same for one tensor a series, in their order: what captum calls."""
        return self(dict(zip(self.batch.x, x, strict=True)))

    def output(self, x: Mapping[str, Tensor]) -> Tensor:
        """The whole output that the number stands in: (K * B, columns)."""
        times = len(next(iter(x.values()))) // len(self.batch)
        mask = {name: valid.repeat(times, 1) for name, valid in self.batch.mask.items()}
        output: Tensor = self.model(replace(self.batch, x=dict(x), mask=mask))[self.head]
        return output

    def picked(self, output: Tensor) -> Tensor:
        """The question's column of each row: (K * B, columns) -> (K * B,)."""
        column = self.column.repeat(len(output) // len(self.batch))
        return output.gather(1, column[:, None])[:, 0]


Method = Callable[[Question], dict[str, Tensor]]


def gradient(ask: Question) -> dict[str, Tensor]:
    """``x * df/dx``: what a linear model adds up (Shrikumar et al. 2016, arXiv 1605.01713), by captum."""
    from captum.attr import InputXGradient

    with _differentiable(ask) as x:
        shares = InputXGradient(ask.of_tensors).attribute(x)
    return _detached(ask, shares)


def integrated(ask: Question) -> dict[str, Tensor]:
    """Gradient times input, with the gradient averaged on the way from zero: they add up to ``f(x) - f(0)``.

    Integrated gradients (Sundararajan et al. 2017, arXiv 1703.01365) by captum; Gauss and Legendre's rule.
    """
    from captum.attr import IntegratedGradients

    with _differentiable(ask) as x:
        # several points of the way at once, but never a part of the batch, whose masks and targets go with it
        at_once = max(len(ask.batch), _AT_ONCE)
        shares = IntegratedGradients(ask.of_tensors).attribute(x, n_steps=STEPS, internal_batch_size=at_once)
    return _detached(ask, shares)


def occlusion(ask: Question, axes: tuple[int, ...]) -> dict[str, Tensor]:
    """The fall of the number when a group of inputs is set to zero (Zeiler & Fergus 2014, arXiv 1311.2901).

    By captum's feature ablation. The fall is spread evenly over the valid inputs of the group, so they add up to it:
    captum gives each of them the whole fall, which would count long groups more, and inputs that are not there.

    Args:
        ask: The question.
        axes: Of (B, T, S, F): one group for each index along these.
    """
    from captum.attr import FeatureAblation

    masks = tuple(_groups(x, axes) for x in ask.batch.x.values())
    at_once = max(1, _AT_ONCE // len(ask.batch))
    with torch.no_grad():
        falls = FeatureAblation(ask.of_tensors).attribute(
            tuple(ask.batch.x.values()), feature_mask=masks, perturbations_per_eval=at_once
        )
    return {name: fall / _size(ask.batch.mask[name], fall, axes) for name, fall in zip(ask.batch.x, falls, strict=True)}


def projections(ask: Question) -> dict[str, Tensor]:
    """The sparse projection of STRNN over sites, summed over corners: alike for all windows, slices and features.

    Raises:
        InputError: A network has none.
    """
    scores = _site_scores(ask.model)
    return {name: scores[name][None, None, :, None].expand_as(values) for name, values in ask.batch.x.items()}


def attention(ask: Question) -> dict[str, Tensor]:
    """The mean attention of the other modalities' valid slices to each slice: alike for sites and features.

    Raises:
        InputError: The join has no attention.
    """
    join = ask.model.join
    if not isinstance(join, CrossAttention):
        found = f"{type(join).__name__}, which has no attention"
        raise InputError("attention", found, "a model under CrossAttention", "train one, or take another method")
    with torch.no_grad():
        parts, masks = ask.model.parts(ask.batch)
        weights = join.weights(parts, masks)
    spread = {}
    for name, values in ask.batch.x.items():
        spread[name] = _attended(weights, masks, name)[:, :, None, None].expand_as(values)
    return spread


METHODS: dict[str, Method] = {
    "gradient": gradient,
    "integrated": integrated,
    "occlusion": partial(occlusion, axes=(2,)),
    "occlusion-slices": partial(occlusion, axes=(1,)),
    "occlusion-features": partial(occlusion, axes=(3,)),
    "occlusion-sites-features": partial(occlusion, axes=(2, 3)),
    "occlusion-sites-slices": partial(occlusion, axes=(1, 2)),
    "projections": projections,
    "attention": attention,
}
"""Ways to explain, by name; plain ``occlusion`` is by site."""

FINER = {"occlusion": {"features": "occlusion-sites-features", "slices": "occlusion-sites-slices"}}
"""Methods that tell sites apart and nothing else, and those to ask for sites by feature and by slice."""

OF_THE_MODEL = frozenset({"projections", "attention"})
"""Methods that read weights and tell no targets apart."""

DEFAULT = "integrated"
"""The method that is used where none is named.

Where several sites say the same, leaving out one of them changes little, and occlusion finds none; on the way from the
baseline each has its share. On simulated recordings it finds what was planted at least as well, in a tenth of the time.
"""


@contextmanager
def _differentiable(ask: Question) -> Iterator[tuple[Tensor, ...]]:
    """The inputs as new leaves: nothing is added to the gradients of the model's parameters."""
    # cuDNN's recurrences have no backward pass in evaluation mode
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        yield tuple(values.detach().clone().requires_grad_() for values in ask.batch.x.values())


def _detached(ask: Question, shares: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """Shares by series, in the precision of the inputs: captum integrates in float64."""
    return {name: values.detach().to(x.dtype) for (name, x), values in zip(ask.batch.x.items(), shares, strict=True)}


def _groups(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """(1, T, S, F) the number of the group of inputs that each one goes with."""
    shape = [size if axis in axes else 1 for axis, size in enumerate(x.shape)][1:]
    return torch.arange(math.prod(shape), device=x.device).view(1, *shape).expand(1, *x.shape[1:])


def _size(mask: Tensor, x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The number of valid inputs of a group, in the shape of ``x`` but for the axes that go together."""
    valid = mask[:, :, None, None].expand_as(x)
    return valid.sum(dim=[axis for axis in (1, 2, 3) if axis not in axes], keepdim=True).clamp_min(1)


def _site_scores(model: EmotionModel) -> dict[str, Tensor]:
    """(S,) of each series."""
    inputs = model.join.inputs
    if isinstance(model.join, Early):
        sizes = [len(entry.layout) for entry in inputs.values()]
        return dict(zip(inputs, torch.split(_scores(model.join.network), sizes), strict=True))
    return {name: _scores(network) for name, network in model.backbones.items()}


def _scores(network: Backbone) -> Tensor:
    if not isinstance(network, STRNN):
        found = f"{type(network).__name__}, which has no projection over sites"
        raise InputError("projections", found, "STRNN", "train one, or take another method")
    scores, G = network.site_scores().sum(dim=0), cast(SpatialWeights, network.spatial).G
    if len(scores) > 1 and not G.ne(G[0, 0, 0]).any():
        found = "STRNN(project_space=False), whose projection is a fixed mean"
        raise InputError("projections", found, "a learned one", "train one, or take another method")
    return scores


def _attended(weights: Mapping[str, Tensor], masks: Mapping[str, Tensor], name: str) -> Tensor:
    """(B, T) the attention to the slices of one modality, summed over the modalities that look at it."""
    total = torch.zeros_like(masks[name], dtype=torch.float32)
    for looking, rows in weights.items():
        partners = [partner for partner in weights if partner != looking]
        if name in partners:
            # Columns stand in the order of the partners, those of one modality side by side.
            begin = sum(masks[partner].shape[1] for partner in partners[: partners.index(name)])
            there = masks[looking][:, :, None]
            looks = (rows[:, :, begin : begin + total.shape[1]] * there).sum(dim=1)
            total += looks / there.sum(dim=1).clamp_min(1)
    return total
