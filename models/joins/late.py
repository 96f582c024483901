"""Each modality predicts for itself; the predictions are put together."""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...signals import InputError, Task
from .join import Join, JoinInput, Outputs, head_sizes, joined_vectors

WAYS = ("mean", "learned")


class Late(Join):
    """Heads of its own for each modality, whose log-odds are averaged or weighed over the modalities that are there.

    Adding log-odds is the right thing to do where modalities err independently of each other. Another way, weights that
    are learned from predictions on people left out, is the model ``Stacked``.

    Args:
        inputs: What comes, by modality.
        how: ``"mean"``, or ``"learned"``: a positive weight for each modality and each part of the task.

    Raises:
        InputError: There is no such way.
    """

    def __init__(self, inputs: Mapping[str, JoinInput], how: str = "mean") -> None:
        super().__init__(inputs)
        if how not in WAYS:
            raise InputError(f"Late(how={how!r})", "no such way", f"one of {', '.join(WAYS)}")
        self.how = how
        self.width = sum(entry.size for entry in inputs.values()) + len(inputs)

    def forward(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> Tensor:
        """``{name: (B, size)}`` -> (B, sum of all sizes + modalities): vectors and which of them are there."""
        return joined_vectors(parts, masks, self.inputs)

    def heads(self, task: Task) -> nn.Module:
        """Heads for each modality, and their sum."""
        return LateHeads([entry.size for entry in self.inputs.values()], task, self.how == "learned")


class LateHeads(nn.Module):
    """Predictions of each modality from its share of the joined vector, put together."""

    def __init__(self, sizes: list[int], task: Task, weighs: bool) -> None:
        super().__init__()
        self.sizes, self.weighs = sizes, weighs
        self.linear, self.weight = nn.ModuleDict(), nn.ParameterDict()
        for kind, count in head_sizes(task).items():
            self.linear[kind] = nn.ModuleList([nn.Linear(size, count) for size in sizes])
            if weighs:
                self.weight[kind] = nn.Parameter(torch.full((len(sizes),), 0.5413))  # softplus of it is 1

    def forward(self, joined: Tensor) -> Outputs:
        """(B, width of ``Late``) -> logits of categories, dimensions in [-1, 1], logits of units."""
        return (
            self._output("category", joined),
            self._output("dimensions", joined).tanh(),
            self._output("units", joined),
        )

    def _output(self, kind: str, joined: Tensor) -> Tensor:
        if kind not in self.linear:
            return joined[:, :0]
        *vectors, there = torch.split(joined, [*self.sizes, len(self.sizes)], dim=1)
        heads = cast(nn.ModuleList, self.linear[kind])
        outputs = torch.stack([head(vector) for head, vector in zip(heads, vectors, strict=True)], dim=1)
        weight = there * functional.softplus(self.weight[kind]) if self.weighs else there
        total = (weight[:, :, None] * outputs).sum(dim=1)
        return total if self.weighs else total / there.sum(dim=1, keepdim=True).clamp_min(1)
