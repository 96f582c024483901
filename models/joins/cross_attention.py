"""Modalities that look at each other, slice by slice."""

import math
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from ...signals import InputError
from .join import Join, JoinInput, SlicePool, flags, masked


class CrossAttention(Join):
    """The slices of each modality ask those of all others (arXiv 1706.03762), and are then summed over time.

    Slices know when in the window they are. One token that stands for nothing is always there to be looked at, so a
    modality whose partner is missing goes on alone.

    Args:
        inputs: What comes, by modality.
        hidden: Width of a slice inside.
        heads: Of the attention; they divide ``hidden``.
        dropout: Of the attention's result.

    Raises:
        InputError: The heads do not divide the width.
    """

    stage: ClassVar[str] = "slices"

    def __init__(self, inputs: Mapping[str, JoinInput], hidden: int = 32, heads: int = 4, dropout: float = 0.2) -> None:
        super().__init__(inputs)
        if heads < 1 or hidden % (2 * heads):
            found = f"hidden={hidden}, heads={heads}"
            raise InputError("CrossAttention", found, "an even width that the heads divide")
        self.pools = nn.ModuleDict({name: SlicePool(entry.n_slices) for name, entry in inputs.items()})
        self.width = len(inputs) * (SlicePool.NODES * hidden + 1)
        self.maps = nn.ModuleDict({name: nn.Linear(entry.size, hidden) for name, entry in inputs.items()})
        self.norms = nn.ModuleDict({name: nn.LayerNorm(hidden) for name in inputs})
        self.attention = nn.ModuleDict(
            {name: nn.MultiheadAttention(hidden, heads, batch_first=True) for name in inputs}
        )
        self.nothing = nn.Parameter(torch.zeros(1, 1, hidden))
        self.dropout = nn.Dropout(dropout)

    def forward(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> Tensor:
        """``{name: (B, T_m, size)}`` -> (B, width)."""
        slices = self._mapped(parts, masks)
        present = {name: masks[name].any(dim=1) for name in slices}
        joined = []
        for name, queries in slices.items():
            answers, _ = self._ask(name, slices, masks)
            updated = self.norms[name](queries + self.dropout(answers))
            joined.append(self.dropout(self.pools[name](updated, masks[name])))
        return torch.cat([*joined, flags(present, slices)], dim=1)

    def weights(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> dict[str, Tensor]:
        """Weights of each slice of a modality over the slices of the others, then over nothing: (B, T_m, others + 1).

        The others come in the order of the inputs; rows sum to one.
        """
        slices = self._mapped(parts, masks)
        return {name: self._ask(name, slices, masks)[1] for name in slices}

    def _mapped(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> dict[str, Tensor]:
        """Slices of equal width that know their time, zeros where nothing is."""
        mapped = {}
        for name, layer in self.maps.items():
            values = layer(masked(parts[name], masks[name]))
            mapped[name] = values + moments(values.shape[1], values.shape[2]).to(values)
        return mapped

    def _ask(self, name: str, slices: dict[str, Tensor], masks: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        partners = [partner for partner in slices if partner != name]
        # The token for nothing comes last and is never masked: without any key, the softmax would be NaN.
        nothing = self.nothing.expand(len(slices[name]), 1, -1)
        keys = torch.cat([*(slices[partner] for partner in partners), nothing], dim=1)
        ignored = torch.cat([*(~masks[partner] for partner in partners), masks[name].new_zeros(len(nothing), 1)], dim=1)
        answers: tuple[Tensor, Tensor] = self.attention[name](slices[name], keys, keys, key_padding_mask=ignored)
        return answers


def moments(count: int, size: int) -> Tensor:
    """(count, size) sines and cosines of the slices' places in the window, 0 to 1: equal times are coded alike."""
    place = torch.arange(count)[:, None] / count
    rates = math.pi * torch.linspace(0.5, 8, size // 2)
    return torch.cat([(place * rates).sin(), (place * rates).cos()], dim=1)
