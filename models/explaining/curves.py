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
"""What is taken away at a time, by name, and the axes of (B, T, S, F) that then go together."""

Scores = dict[str, np.ndarray]
"""By series (B, T, S, F), with 1 in place of the axes that go together; minus infinity where nothing is."""


@dataclass(frozen=True, eq=False)
class Curves:
    """What a model still says of its target while inputs go or come, the most important first, or at random.

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

    @property
    def areas(self) -> dict[str, float]:
        """The area under each curve, 0 to 1: small is good for deletion, large for insertion."""
        names = ("deletion", "insertion", "random_deletion", "random_insertion")
        return {name: float(np.trapezoid(getattr(self, name), self.shares)) for name in names}

    @property
    def gains(self) -> dict[str, float]:
        """By how much each area is better than in random order; above zero where the explanation says something."""
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
        trained, windows: What was explained.
        explanation: Of those windows; what spoke for the target comes first.
        by: A name in ``ORDERS``: what goes at a time; random orders take the same.
        steps: Into which the way from all to nothing is cut.
        draws: Random orders.
        seed: Of these.

    Raises:
        InputError: There is no such order, or the explanation is of other windows.
    """
    parts = fitting(trained.model, windows)
    target = default_target(trained.model.task) if explanation.target == "any" else explanation.target
    _check(explanation, windows, by)
    shares, rng, begin = np.linspace(0, 1, steps + 1), np.random.default_rng(seed), 0
    said: list[np.ndarray] = []
    with at_rest(trained.model), torch.no_grad():
        for batch in batches(trained.model, trained.scaling, parts):
            ask = question(trained.model, batch, target)
            scores = _grouped(explanation, parts, slice(begin, begin + len(batch)), ORDERS[by])
            orders = [_order(ask, scores), *(_order(ask, _drawn(scores, rng)) for _ in range(draws))]
            said.append(np.stack([_curves(ask, order, shares) for order in orders]))
            begin += len(batch)
    own, *drawn = np.concatenate(said, axis=-1).mean(axis=-1)  # (1 + draws, 2, K)
    random = np.mean(drawn, axis=0)
    return Curves(shares, own[0], own[1], random[0], random[1])


def _grouped(explanation: Explanation, parts: Mapping[str, Windows], rows: slice, axes: tuple[int, ...]) -> Scores:
    """What stood for the target in each group of inputs of some windows."""
    scores = {}
    for name in parts:
        values = explanation.values[name][rows].sum(axis=axes, keepdims=True, dtype=np.float64)
        valid = explanation.valid[name][rows][:, :, None, None]
        there = valid.any(axis=1, keepdims=True) if 1 in axes else valid
        scores[name] = np.where(there, values, -np.inf)
    return scores


def _drawn(scores: Scores, rng: np.random.Generator) -> Scores:
    """Random scores where there are any."""
    return {name: np.where(np.isfinite(own), rng.random(own.shape), -np.inf) for name, own in scores.items()}


def _order(ask: Question, scores: Scores) -> dict[str, Tensor]:
    """The place of each group among those of its window, as a share: 0 for the first, from 1 on where nothing is."""
    flat = np.concatenate([own.reshape(len(own), -1) for own in scores.values()], axis=1)
    places = np.argsort(np.argsort(-flat, axis=1, kind="stable"), axis=1)
    shares = places / np.maximum(np.isfinite(flat).sum(axis=1, keepdims=True), 1)
    cut = np.split(shares, np.cumsum([own[0].size for own in scores.values()])[:-1], axis=1)
    device = ask.column.device
    return {
        name: torch.from_numpy(part.reshape(own.shape)).to(device)
        for part, (name, own) in zip(cut, scores.items(), strict=True)
    }


def _curves(ask: Question, order: Mapping[str, Tensor], shares: np.ndarray) -> np.ndarray:
    """(2, K, B) what is said of the target with the first shares of all groups gone, and with only these there."""
    gone = [{name: x * (order[name] >= share - 1e-9) for name, x in ask.batch.x.items()} for share in shares]
    shown = [{name: x * (order[name] < share - 1e-9) for name, x in ask.batch.x.items()} for share in shares]
    return np.stack([np.stack([_said(ask, x) for x in way]) for way in (gone, shown)])


def _said(ask: Question, x: Mapping[str, Tensor]) -> np.ndarray:
    """(B,) probability of the target, or the value of a dimension."""
    output = ask.output(x)
    of_part = (output.softmax(dim=1), output, output.sigmoid())[ask.part]
    return np.asarray(ask.picked(of_part).double().cpu().numpy())


def _check(explanation: Explanation, windows: AnyWindows, by: str) -> None:
    if by not in ORDERS:
        raise InputError(f"by={by!r}", "no such order", f"one of {', '.join(ORDERS)}")
    if len(explanation) != len(windows):
        told = f"an explanation of {len(explanation)} windows for {len(windows)}"
        raise InputError("deletion_insertion", told, "as many", "give the windows that were explained")
