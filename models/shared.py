"""One temporal layer for all modalities."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from .join import Join, JoinInput, flags, mean_over_time, only


class Shared(Join):
    """Each modality has its own spatial part, and one recurrence over time serves them all.

    The slices of each modality are brought to one width and read by the same GRU, in both directions; its states are
    averaged over time, and then over the modalities that are there.

    Args:
        inputs: What comes, by modality.
        hidden: Units of the recurrence in each direction.
    """

    stage: ClassVar[str] = "slices"
    backbone: ClassVar[str] = "STRNN(time=False)"

    def __init__(self, inputs: Mapping[str, JoinInput], hidden: int = 32) -> None:
        super().__init__(inputs)
        self.width = 2 * hidden
        self.maps = nn.ModuleDict({name: nn.Linear(given.size, hidden) for name, given in inputs.items()})
        self.recurrence = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)

    def forward(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> Tensor:
        """``{name: (B, T_m, size)}`` -> (B, 2 * hidden)."""
        read = []
        for name, layer in self.maps.items():
            states, _ = self.recurrence(only(layer(only(parts[name], masks[name])), masks[name]))
            read.append(mean_over_time(states, masks[name]))
        there = flags({name: masks[name].any(dim=1) for name in self.maps}, self.inputs)
        together = (torch.stack(read, dim=1) * there[:, :, None]).sum(dim=1)
        return together / there.sum(dim=1, keepdim=True).clamp_min(1)
