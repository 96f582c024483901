"""Bringing modalities together, and the heads behind them."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ...signals import InputError, Layout, Task

STAGES = ("volumes", "slices", "vectors")

Outputs = tuple[Tensor, Tensor, Tensor]
"""Logits of categories (B, C), dimensions (B, D) in [-1, 1], logits of units (B, U)."""


@dataclass(frozen=True)
class JoinInput:
    """Shapes of one modality, as a join gets it.

    Args:
        layout: The S sites of its volumes.
        n_features, n_slices: F and T of its volumes.
        size: Numbers a site, slice or window, by the join's stage.
    """

    layout: Layout
    n_features: int
    n_slices: int
    size: int


class Join(nn.Module):
    """From a part of each modality to one vector: ``{name: part} -> (B, width)``.

    The shapes of a part and of its mask depend on ``stage``: ``"volumes"`` (B, T, S, F) and (B, T), ``"slices"``
    (B, T, size) and (B, T), ``"vectors"`` (B, size) and (B,). Every modality is always among the parts; where its mask
    is False nothing of it may count. To add one, write a subclass in one file (see CONTRIBUTING).

    Args:
        inputs: What comes, by modality.

    Attributes:
        stage: Where the modalities meet.
        backbone: The network of a modality for which none is named; not used by joins of volumes.
        fewest: The least number of modalities.
        equal_slices: Whether it wants as many slices of each modality in a window.
        width: Size of the joined vector.

    Raises:
        InputError: There are too few modalities.
    """

    stage: ClassVar[str] = "vectors"
    backbone: ClassVar[str] = "STRNN"
    fewest: ClassVar[int] = 2
    equal_slices: ClassVar[bool] = False
    width: int

    def __init__(self, inputs: Mapping[str, JoinInput]) -> None:
        super().__init__()
        if len(inputs) < self.fewest:
            found = f"only {', '.join(inputs)}" if inputs else "nothing"
            raise InputError(type(self).__name__, found, f"{self.fewest} modalities", "name a network for one series")
        self.inputs = dict(inputs)

    @abstractmethod
    def forward(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> Tensor:
        """Join the modalities: (B, width)."""

    def heads(self, task: Task) -> nn.Module:
        """The heads behind the joined vector."""
        return Heads(self.width, task)


class Concat(Join):
    """Put the vectors side by side, and whether each is there; a missing one is zeros.

    With one modality this is the identity.
    """

    fewest = 1

    def __init__(self, inputs: Mapping[str, JoinInput]) -> None:
        super().__init__(inputs)
        self.width = sum(entry.size for entry in inputs.values()) + (len(inputs) if len(inputs) > 1 else 0)

    def forward(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> Tensor:
        """``{name: (B, size)}`` -> (B, sum of all sizes + number of modalities)."""
        if len(self.inputs) == 1:
            return next(iter(parts.values()))
        return joined_vectors(parts, masks, self.inputs)


class Gated(Join):
    """Weigh the modalities against each other, window by window: the gated unit of arXiv 1702.01992 for any number.

    ``h = sum_m g_m tanh(W_m v_m)``, the gates a softmax over the modalities that are there.

    Args:
        inputs: What comes, by modality.
        hidden: Width of the joined vector.
    """

    def __init__(self, inputs: Mapping[str, JoinInput], hidden: int = 64) -> None:
        super().__init__(inputs)
        self.width = hidden
        self.maps = nn.ModuleDict({name: nn.Linear(entry.size, hidden) for name, entry in inputs.items()})
        self.gate = nn.Linear(sum(entry.size for entry in inputs.values()) + len(inputs), len(inputs))

    def forward(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> Tensor:
        """``{name: (B, size)}`` -> (B, hidden)."""
        vectors = {name: masked(parts[name], masks[name]) for name in self.inputs}
        gates = self.gates(parts, masks)
        values = torch.stack([self.maps[name](vectors[name]).tanh() for name in self.inputs], dim=1)
        return (gates[:, :, None] * values).sum(dim=1)

    def gates(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> Tensor:
        """(B, modalities) the weight of each modality in each window; zero where it is missing."""
        there = flags(masks, self.inputs)
        logits = self.gate(joined_vectors(parts, masks, self.inputs)).masked_fill(there == 0, -1e9)
        # A large number and not infinity: where no modality is there, the softmax of all infinities would be NaN.
        return torch.where(there > 0, logits.softmax(dim=1), torch.zeros(()))


def head_sizes(task: Task) -> dict[str, int]:
    """The number of outputs that each part of the task needs; parts that it lacks are left out."""
    sizes = {"category": len(task.categories), "dimensions": len(task.dimensions), "units": len(task.units)}
    return {kind: size for kind, size in sizes.items() if size}


class Heads(nn.Module):
    """One linear head for each part of the task: (B, width) -> category (B, C), dimensions (B, D), units (B, U)."""

    def __init__(self, width: int, task: Task) -> None:
        super().__init__()
        self.linear = nn.ModuleDict({kind: nn.Linear(width, size) for kind, size in head_sizes(task).items()})

    def forward(self, joined: Tensor) -> Outputs:
        """Logits of categories, dimensions in [-1, 1], logits of units; no columns where the task has no such part."""
        return (
            self._output("category", joined),
            self._output("dimensions", joined).tanh(),
            self._output("units", joined),
        )

    def _output(self, kind: str, joined: Tensor) -> Tensor:
        return self.linear[kind](joined) if kind in self.linear else joined[:, :0]


def masked(values: Tensor, mask: Tensor) -> Tensor:
    """``values`` where the mask is True, zeros elsewhere, whatever stands there."""
    further = [1] * (values.dim() - mask.dim())
    return torch.where(mask.reshape(*mask.shape, *further), values, torch.zeros(()).to(values))


def joined_vectors(parts: Mapping[str, Tensor], masks: Mapping[str, Tensor], names: Mapping[str, object]) -> Tensor:
    """(B, sum of all sizes + modalities): the vectors, zeros where one is missing, and which of them are there."""
    return torch.cat([*(masked(parts[name], masks[name]) for name in names), flags(masks, names)], dim=1)


def flags(masks: Mapping[str, Tensor], names: Mapping[str, object]) -> Tensor:
    """(B, modalities) of 0 and 1, 1 where a modality is there; ``masks`` (B,) each."""
    return torch.stack([masks[name] for name in names], dim=1).float()


class SlicePool(nn.Module):
    """Learned sums over the slices of a window, as STRNN's projection over time: (B, T, size) -> (B, NODES * size).

    Slices keep their places: what matters may be at the window's end.

    Args:
        n_slices: T.
    """

    NODES: ClassVar[int] = 3
    """Number of sums."""

    def __init__(self, n_slices: int) -> None:
        super().__init__()
        self.Q = nn.Parameter(torch.randn(n_slices, self.NODES) * n_slices**-0.5)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Slices that the mask (B, T) hides count for nothing."""
        pooled: Tensor = self.Q.T @ masked(values, mask)  # (B, NODES, size)
        return pooled.flatten(1)
