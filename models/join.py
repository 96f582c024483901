"""Bringing the vectors of several modalities together."""

from abc import abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor, nn


class Join(nn.Module):
    """From one vector per modality to one vector: ``{name: (B, width of name)} -> (B, width)``.

    Built from the widths by modality. A modality may be missing from the dict at any call.

    Attributes:
        width: Size of the joined vector.
    """

    width: int

    @abstractmethod
    def forward(self, parts: dict[str, Tensor]) -> Tensor:
        """Join the modalities that are present."""


class Concat(Join):
    """Put the vectors side by side; a missing modality is zeros. With one modality this is the identity."""

    def __init__(self, widths: Mapping[str, int]) -> None:
        super().__init__()
        self.widths = dict(widths)
        self.width = sum(widths.values())

    def forward(self, parts: dict[str, Tensor]) -> Tensor:
        """``{name: (B, width of name)} -> (B, sum of all widths)``."""
        some = next(iter(parts.values()))
        absent = (some.new_zeros(len(some), width) for width in self.widths.values())
        return torch.cat([parts.get(name, zeros) for name, zeros in zip(self.widths, absent, strict=True)], dim=1)
