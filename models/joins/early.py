"""Electrodes and patches in one scan."""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ...signals import InputError, side_by_side
from ...signals.plug_point import check_arguments
from ..backbones.strnn.strnn import STRNN
from .join import Join, JoinInput, masked


class Early(Join):
    """One STRNN over the sites of all modalities at once: its projections weigh electrodes against patches.

    Each modality has its own linear map to a common number of features; the scan then walks the disjoint union of the
    layouts, in which no electrode neighbours a patch. All need one slice rate: see the step ``CommonRate``.

    Args:
        inputs: What comes, by modality.
        features: Numbers a site after the maps.
        **network: Settings of ``STRNN``.

    Raises:
        InputError: The modalities have different numbers of slices in a window, or one has a single site.
    """

    stage: ClassVar[str] = "volumes"
    equal_slices: ClassVar[bool] = True

    def __init__(self, inputs: Mapping[str, JoinInput], features: int = 8, **network: Any) -> None:
        super().__init__(inputs)
        counts = {name: entry.n_slices for name, entry in inputs.items()}
        if len(set(counts.values())) > 1:
            found = ", ".join(f"{count} slices of {name}" for name, count in counts.items())
            do = "bring all to one rate: CommonRate(1.0) behind features, AtRate(1) before FaceCrop"
            raise InputError("Early", f"{found} in a window", "as many of each", do)
        check_arguments(STRNN, ("layout", "n_features", "n_slices"), network, "join Early")
        layout = side_by_side({name: entry.layout for name, entry in inputs.items()})
        self.maps = nn.ModuleDict({name: nn.Linear(entry.n_features, features) for name, entry in inputs.items()})
        self.network = STRNN(layout, features, next(iter(counts.values())), **network)
        self.width = self.network.width

    def forward(self, parts: dict[str, Tensor], masks: dict[str, Tensor]) -> Tensor:
        """``{name: (B, T, S_m, F_m)}`` -> (B, width)."""
        sites = [masked(layer(masked(parts[name], masks[name])), masks[name]) for name, layer in self.maps.items()]
        there = torch.stack([masks[name] for name in self.maps]).any(dim=0)
        joined: Tensor = self.network(torch.cat(sites, dim=2), there)
        return joined
