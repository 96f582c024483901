"""Losses of training, each masked where its label is missing."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from ..joins.join import Outputs


def category_loss(
    logits: Tensor, category: Tensor, class_weight: Tensor | None = None, label_smoothing: float = 0.0
) -> Tensor:
    """Cross-entropy over the windows that have a category: logits (B, C), category (B,) with -1 for missing."""
    present = category >= 0
    if not present.any():
        return logits.sum() * 0
    return functional.cross_entropy(
        logits[present], category[present], weight=class_weight, label_smoothing=label_smoothing
    )


def concordance_loss(predicted: Tensor, truth: Tensor) -> Tensor:
    """One minus the mean concordance correlation (Lin 1989) over the D dimensions: both (B, D), NaN for missing.

    A dimension with fewer than two labelled windows in the batch is left out. Population moments, as in arXiv
    2006.11168; the batch's value is a loss, not the corpus metric.
    """
    terms = []
    for x, y in zip(predicted.unbind(1), truth.unbind(1), strict=True):
        known = ~torch.isnan(y)
        if int(known.sum()) > 1:
            terms.append(1 - _concordance(x[known], y[known]))
    return torch.stack(terms).mean() if terms else predicted.sum() * 0  # a zero that can be differentiated


def squared_loss(predicted: Tensor, truth: Tensor) -> Tensor:
    """Mean squared error over the labelled dimensions: both (B, D), NaN for missing."""
    present = ~torch.isnan(truth)
    if not present.any():
        return predicted.sum() * 0
    return functional.mse_loss(predicted[present], truth[present])


DIMENSION_LOSS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"ccc": concordance_loss, "mse": squared_loss}
"""Losses of dimensions by the names in ``DIMENSION_LOSSES``."""


def unit_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Binary cross-entropy over the labelled action units: both (B, U), NaN for missing."""
    present = ~torch.isnan(truth)
    if not present.any():
        return logits.sum() * 0
    return functional.binary_cross_entropy_with_logits(logits[present], truth[present])


def task_loss(
    outputs: Outputs,
    truth: Outputs,
    weights: tuple[float, float, float],
    dimension_loss: str = "ccc",
    *,
    class_weight: Tensor | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """The weighted sum over categories, dimensions and units, each masked where its label is missing.

    Args:
        outputs: Of the heads; a part without columns has no term.
        truth: Categories (B,), -1 for missing; dimensions (B, D) and units (B, U), NaN for missing.
        weights: Of the three terms.
        dimension_loss: A name in ``DIMENSION_LOSS``.
        class_weight, label_smoothing: Of the categories.
    """
    (category, dimensions, units), (true_category, true_dimensions, true_units) = outputs, truth
    total = category.sum() * 0  # a sum even where the batch has no label at all, on the device of the outputs
    if category.shape[1]:
        total = total + weights[0] * category_loss(category, true_category, class_weight, label_smoothing)
    if dimensions.shape[1]:
        total = total + weights[1] * DIMENSION_LOSS[dimension_loss](dimensions, true_dimensions)
    if units.shape[1]:
        total = total + weights[2] * unit_loss(units, true_units)
    return total


def _concordance(x: Tensor, y: Tensor) -> Tensor:
    covariance = ((x - x.mean()) * (y - y.mean())).mean()
    spread = x.var(correction=0) + y.var(correction=0) + (x.mean() - y.mean()) ** 2
    return 2 * covariance / spread.clamp_min(1e-8)  # both constant and equal: no spread to divide by
