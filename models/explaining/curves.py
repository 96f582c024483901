"""Curves of what a model still says while inputs are taken away or shown, the most important first."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...preprocessing import AnyWindows, Windows
from ...signals import InputError
from ..learning.checkpoint import TrainedModel
from .attribution import Question
from .explainer import at_rest, batches, default_target, fitting, question
from .explanation import Explanation

ORDERS = {"inputs": (), "sites": (1, 3), "slices": (2, 3), "features": (1, 2)}
"""Inputs that are taken away at a time, by name, and the axes of (B, T, S, F) that then go together."""

Scores = dict[str, np.ndarray]
"""By series (B, T, S, F), with 1 in place of the axes that go together; minus infinity where nothing is."""


@dataclass(frozen=True, eq=False)
class Curves:
    """Predictions of the target while inputs go or come, the most important first, or at random.

    Attributes:
        shares: (K,) of the inputs that are gone, or there: 0 to 1.
        deletion, insertion: (K,) mean probability of the target; of a dimension its mean value.
        random_deletion, random_insertion: (K,) the same, in random orders.
    """

    shares: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray
    random_deletion: np.ndarray
    random_insertion: np.ndarray

    def __post_init__(self) -> None:
        shapes = {np.shape(values) for values in vars(self).values()}
        if len(shapes) != 1 or len(np.shape(self.shares)) != 1:
            raise ValueError("curves of different lengths")

    @property
    def areas(self) -> dict[str, float]:
        """The area under each curve, 0 to 1: small is good for deletion, large for insertion."""
        names = ("deletion", "insertion", "random_deletion", "random_insertion")
        return {name: float(np.trapezoid(getattr(self, name), self.shares)) for name in names}

    @property
    def gains(self) -> dict[str, float]:
        """The gain of each area over random order; above zero where the explanation knows something."""
        areas = self.areas
        return {
            "deletion": areas["random_deletion"] - areas["deletion"],
            "insertion": areas["insertion"] - areas["random_insertion"],
        }


def deletion_insertion(
    trained: TrainedModel,
    windows: AnyWindows,
    explanation: Explanation,
    *,
    by: str = "sites",
    steps: int = 10,
    draws: int = 3,
    seed: int = 0,
) -> Curves:
    """Take away what counted most for the target, bit by bit, or show it first (Petsiuk et al. 2018, arXiv 1806.07421).

    What is away is zero, the training mean. Of several series all inputs stand in one order.

    Args:
        trained, windows: The model and windows that were explained.
        explanation: Of those windows; inputs that spoke for the target come first.
        by: A name in ``ORDERS``: the inputs that go at a time; random orders take the same.
        steps: Into which the way from all to nothing is cut.
        draws: Random orders.
        seed: Of these.

    Raises:
        InputError: There is no such order, or the explanation is of other windows.
    """
    by_series = fitting(trained.model, windows)
    target = default_target(trained.model.task) if explanation.target == "any" else explanation.target
    _check(explanation, windows, by)
    shares, rng, begin = np.linspace(0, 1, steps + 1), np.random.default_rng(seed), 0
    curves: list[np.ndarray] = []
    with at_rest(trained.model), torch.no_grad():
        for batch in batches(trained.model, trained.scaling, by_series):
            ask = question(trained.model, batch, target)
            scores = _grouped(explanation, by_series, slice(begin, begin + len(batch)), ORDERS[by])
            orders = [_order(ask, scores)]
            orders += [_order(ask, _drawn(scores, rng)) for _ in range(draws)]
            curves.append(np.stack([_curves(ask, order, shares) for order in orders]))
            begin += len(batch)
    by_score, *drawn = np.concatenate(curves, axis=-1).mean(axis=-1)  # (1 + draws, 2, K)
    random = np.mean(drawn, axis=0)
    return Curves(shares, by_score[0], by_score[1], random[0], random[1])


def _grouped(explanation: Explanation, by_series: Mapping[str, Windows], rows: slice, axes: tuple[int, ...]) -> Scores:
    """The score of each group of inputs of some windows for the target."""
    scores = {}
    for name in by_series:
        values = explanation.values[name][rows].sum(axis=axes, keepdims=True, dtype=np.float64)
        valid = explanation.valid[name][rows][:, :, None, None]
        there = valid.any(axis=1, keepdims=True) if 1 in axes else valid
        scores[name] = np.where(there, values, -np.inf)
    return scores


def _drawn(scores: Scores, rng: np.random.Generator) -> Scores:
    """Random scores where there are any."""
    return {name: np.where(np.isfinite(values), rng.random(values.shape), -np.inf) for name, values in scores.items()}


def _order(ask: Question, scores: Scores) -> dict[str, Tensor]:
    """The place of each group among those of its window, as a share: 0 for the first, from 1 on where nothing is."""
    flat = np.concatenate([values.reshape(len(values), -1) for values in scores.values()], axis=1)
    places = np.argsort(np.argsort(-flat, axis=1, kind="stable"), axis=1)
    shares = places / np.maximum(np.isfinite(flat).sum(axis=1, keepdims=True), 1)
    order, begin = {}, 0
    for name, values in scores.items():
        of_series = shares[:, begin : begin + values[0].size].reshape(values.shape)
        order[name] = torch.from_numpy(of_series).to(ask.column.device)
        begin += values[0].size
    return order


def _curves(ask: Question, order: Mapping[str, Tensor], shares: np.ndarray) -> np.ndarray:
    """(2, K, B) the answer with the first shares of all groups gone, and with only these there."""
    deletion, insertion = [], []
    for share in shares - 1e-9:  # a share is a quotient, which rounding may lift above its own step
        gone = {name: x * (order[name] >= share) for name, x in ask.batch.x.items()}
        there = {name: x * (order[name] < share) for name, x in ask.batch.x.items()}
        deletion.append(_answer(ask, gone))
        insertion.append(_answer(ask, there))
    return np.stack([np.stack(deletion), np.stack(insertion)])


def _answer(ask: Question, x: Mapping[str, Tensor]) -> np.ndarray:
    """(B,) probability of the target, or the value of a dimension."""
    output = ask.output(x)
    predicted = (output.softmax(dim=1), output, output.sigmoid())[ask.head]
    return np.asarray(ask.picked(predicted).double().cpu().numpy())


def _check(explanation: Explanation, windows: AnyWindows, by: str) -> None:
    if by not in ORDERS:
        raise InputError(f"by={by!r}", "no such order", f"one of {', '.join(ORDERS)}")
    if len(explanation) != len(windows):
        found = f"an explanation of {len(explanation)} windows for {len(windows)}"
        raise InputError("deletion_insertion", found, "as many", "give the windows that were explained")
