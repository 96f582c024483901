"""A join of our own: the average of the modalities that are there."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from emoscan.models import Join, JoinInput


class Mean(Join):
    """Bring the vectors to one width and average those that are there: {name: (B, size)} -> (B, width)."""

    def __init__(self, inputs: Mapping[str, JoinInput], width: int = 32) -> None:
        super().__init__(inputs)
        self.width = width
        self.maps = nn.ModuleDict({name: nn.Linear(given.size, width) for name, given in inputs.items()})

    def forward(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> Tensor:
        there = torch.stack([masks[name] for name in self.inputs], dim=1)[:, :, None]
        vectors = torch.stack([self.maps[name](parts[name]) for name in self.inputs], dim=1)
        return torch.where(there, vectors, 0.0).sum(dim=1) / there.sum(dim=1).clamp_min(1)


if __name__ == "__main__":
    from emoscan.benchmarks.contracts import check_join

    check_join(Mean)
    print("Mean keeps what a join promises")
