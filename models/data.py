"""Windows as batches: what Lightning feeds to a model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ..preprocessing import Windows
from .scaling import Scaling, fit_scaling


@dataclass(frozen=True, eq=False)
class Batch:
    """B windows of one or more modalities.

    Attributes:
        x: ``{modality: (B, T, S, F)}``, scaled; invalid slices are zeros.
        mask: ``{modality: (B, T)}``, True where a slice is valid.
        category: (B,) int64, -1 for missing.
        dimensions: (B, D), NaN for missing.
        units: (B, U), NaN for missing.
    """

    x: dict[str, Tensor]
    mask: dict[str, Tensor]
    category: Tensor
    dimensions: Tensor
    units: Tensor

    def __len__(self) -> int:
        return len(self.category)

    def to(self, device: torch.device) -> "Batch":
        """The same batch on ``device``."""
        x = {name: value.to(device) for name, value in self.x.items()}
        mask = {name: value.to(device) for name, value in self.mask.items()}
        return Batch(x, mask, self.category.to(device), self.dimensions.to(device), self.units.to(device))


def make_batch(windows: Windows, scaling: Scaling, which: np.ndarray) -> Batch:
    """Gather and scale the windows numbered ``which``."""
    bare = unlabelled_batch(windows.modality, scaling.x(windows, which), windows.valid(which))
    return replace(
        bare,
        category=torch.from_numpy(windows.category[which].astype(np.int64)),
        dimensions=torch.from_numpy(windows.dimensions[which].astype(np.float32)),
        units=torch.from_numpy(windows.units[which].astype(np.float32)),
    )


def unlabelled_batch(modality: str, x: np.ndarray, valid: np.ndarray) -> Batch:
    """Scaled windows ``x`` (B, T, S, F) and ``valid`` (B, T) without truth; invalid slices become zeros."""
    mask = torch.from_numpy(valid)
    shown = torch.where(mask[:, :, None, None], torch.from_numpy(x), torch.zeros(()))
    nothing = torch.zeros((len(x), 0))
    return Batch({modality: shown}, {modality: mask}, torch.full((len(x),), -1), nothing, nothing)


class _WindowSet(Dataset[Batch]):
    """Gives whole batches: one gather instead of B."""

    def __init__(self, windows: Windows, scaling: Scaling) -> None:
        self.windows, self.scaling = windows, scaling

    def __len__(self) -> int:
        return len(self.windows)

    def __getitems__(self, which: Sequence[int]) -> Batch:
        return make_batch(self.windows, self.scaling, np.asarray(which))


def _as_it_is(batch: Any) -> Any:
    return batch


class VolumeData(lightning.LightningDataModule):
    """Training and validation windows with their scaling, which is fitted on the training windows only.

    Args:
        train: Training windows.
        valid: Validation windows, or None.
        scaling: A name in ``SCALINGS``.
        by_site: One scale per site (see ``fit_scaling``).
        batch_size: Windows a batch.
        seed: Of the order in which training windows are drawn.
    """

    def __init__(
        self, train: Windows, valid: Windows | None = None, *, scaling: str = "train", by_site: bool = False,
        batch_size: int = 64, seed: int = 0,
    ) -> None:
        super().__init__()
        self.train, self.valid, self.batch_size, self.seed = train, valid, batch_size, seed
        self.scaling = fit_scaling(scaling, train, by_site)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Training windows in a new order each epoch; a last batch of one window joins no batch."""
        order = torch.Generator().manual_seed(self.seed)
        lonely = len(self.train) > 1 and len(self.train) % self.batch_size == 1
        return self._loader(self.train, shuffle=True, generator=order, drop_last=lonely)

    def val_dataloader(self) -> DataLoader[Batch] | list[DataLoader[Batch]]:
        """Validation windows in order; nothing where there are none."""
        return [] if self.valid is None else self._loader(self.valid)

    def loader(self, windows: Windows) -> DataLoader[Batch]:
        """Any windows in order, scaled like the training windows."""
        return self._loader(windows)

    def _loader(
        self, windows: Windows, shuffle: bool = False, generator: torch.Generator | None = None, drop_last: bool = False
    ) -> DataLoader[Batch]:
        return DataLoader(
            _WindowSet(windows, self.scaling), self.batch_size, shuffle=shuffle, generator=generator,
            drop_last=drop_last, collate_fn=_as_it_is,
        )
