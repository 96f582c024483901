"""One temporal layer for all modalities."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from .join import Join, JoinInput, SlicePool, flags, masked


class Shared(Join):
    """Each modality has its own spatial part, and one recurrence over time serves them all.

    The slices of each modality are brought to one width and read by the same GRU, in both directions; its states are
    summed over time with weights of each modality's own, and averaged over the modalities that are there.

    Args:
        inputs: What comes, by modality.
        hidden: Units of the recurrence in each direction.
        dropout: Before the heads.
    """

    stage: ClassVar[str] = "slices"
    backbone: ClassVar[str] = "STRNN(time=False)"

    def __init__(self, inputs: Mapping[str, JoinInput], hidden: int = 32, dropout: float = 0.3) -> None:
        super().__init__(inputs)
        self.pools = nn.ModuleDict({name: SlicePool(entry.n_slices) for name, entry in inputs.items()})
        self.dropout = nn.Dropout(dropout)
        self.width = SlicePool.NODES * 2 * hidden
        self.maps = nn.ModuleDict({name: nn.Linear(entry.size, hidden) for name, entry in inputs.items()})
        self.recurrence = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)

    def forward(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> Tensor:
        """``{name: (B, T_m, size)}`` -> (B, width)."""
        pooled = []
        for name, layer in self.maps.items():
            # Masked twice: a layer's bias makes numbers of zeros, and invalid slices may hold anything.
            states, _ = self.recurrence(masked(layer(masked(parts[name], masks[name])), masks[name]))
            pooled.append(self.pools[name](states, masks[name]))
        there = flags({name: masks[name].any(dim=1) for name in self.maps}, self.inputs)
        total = (torch.stack(pooled, dim=1) * there[:, :, None]).sum(dim=1)
        joined: Tensor = self.dropout(total / there.sum(dim=1, keepdim=True).clamp_min(1))
        return joined
