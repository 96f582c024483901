"""Windows as batches: what Lightning feeds to a model."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, RandomSampler, Sampler, WeightedRandomSampler

from ...preprocessing import AnyWindows
from ...signals import Layout
from ..joins.join import masked
from .augmentations import Augmentation
from .balancing import sampling_weights
from .batch_share import Share
from .scaling import Scaling, fit_scaling


@dataclass(eq=False)  # not frozen: Lightning fills a copy where it trains in another precision
class Batch:
    """B windows of one or more modalities.

    Attributes:
        x: ``{modality: (B, T, S, F)}``, scaled; invalid slices are zeros.
        mask: ``{modality: (B, T)}``, True where a slice is valid.
        category: (B,) int64, -1 for missing.
        dimensions: (B, D) as networks see them, -1 to 1; NaN for missing.
        units: (B, U), NaN for missing.
        share: Which windows of a larger batch these are, where several devices compute it; None where they are all.
    """

    x: dict[str, Tensor]
    mask: dict[str, Tensor]
    category: Tensor
    dimensions: Tensor
    units: Tensor
    share: Share | None = None

    def __len__(self) -> int:
        return len(self.category)

    def to(self, device: torch.device, dtype: Any = None) -> "Batch":
        """The same batch on ``device``, its volumes as ``dtype``."""
        x = {name: value.to(device, dtype) for name, value in self.x.items()}
        mask = {name: value.to(device) for name, value in self.mask.items()}
        category, dimensions, units = (values.to(device) for values in self.truth)
        return replace(self, x=x, mask=mask, category=category, dimensions=dimensions, units=units)

    @property
    def truth(self) -> tuple[Tensor, Tensor, Tensor]:
        """Categories, dimensions and units."""
        return self.category, self.dimensions, self.units

    def of(self, share: Share) -> "Batch":
        """The windows of one device."""
        x = {name: value[share.rows] for name, value in self.x.items()}
        mask = {name: value[share.rows] for name, value in self.mask.items()}
        category, dimensions, units = (values[share.rows] for values in self.truth)
        return Batch(x, mask, category, dimensions, units, share=share)


Change = Callable[[np.ndarray], np.ndarray]
"""Changes training windows (B, T, S, F) of one modality before they are scaled."""


def make_batch(
    windows: AnyWindows, scaling: Mapping[str, Scaling], which: np.ndarray, change: Mapping[str, Change] | None = None
) -> Batch:
    """Gather the windows numbered ``which``, ``change`` and scale each modality that ``scaling`` names."""
    change = change or {}
    read = {name: series for name, series in windows.parts.items() if name in scaling}
    x = {name: scaling[name].x(series, which, change.get(name)) for name, series in read.items()}
    bare = unlabelled_batch(x, {name: series.valid(which) for name, series in read.items()})
    return replace(
        bare,
        category=torch.from_numpy(windows.category[which].astype(np.int64)),
        dimensions=torch.from_numpy(windows.cache.task.normalised(windows.dimensions[which]).astype(np.float32)),
        units=torch.from_numpy(windows.units[which].astype(np.float32)),
    )


def unlabelled_batch(x: Mapping[str, np.ndarray], valid: Mapping[str, np.ndarray]) -> Batch:
    """Scaled windows (B, T, S, F) and which slices are valid (B, T), by modality, without truth."""
    mask = {name: torch.from_numpy(values) for name, values in valid.items()}
    # zeros in invalid slices: whatever stood there, as NaN or a guess, must reach no network
    visible = {name: masked(torch.from_numpy(values), mask[name]) for name, values in x.items()}
    count = len(next(iter(x.values())))
    nothing = torch.zeros((count, 0))
    return Batch(visible, mask, torch.full((count,), -1), nothing, nothing)


class _WindowSet(Dataset[Batch]):
    """Gives whole batches, or one device's share of each: one gather instead of B."""

    def __init__(
        self,
        windows: AnyWindows,
        scaling: Mapping[str, Scaling],
        change: Mapping[str, Change] | None = None,
        device: tuple[int, int] = (0, 1),
    ) -> None:
        self.windows, self.scaling, self.change, self.device = windows, scaling, change, device

    def __len__(self) -> int:
        return len(self.windows)

    def __getitems__(self, which: Sequence[int]) -> Batch:
        rows, share = np.asarray(which), Share(*self.device, len(which))
        if share.devices == 1:
            return make_batch(self.windows, self.scaling, rows, self.change)
        if self.change:  # the whole batch, so that each window is changed as if one device had drawn for all
            return make_batch(self.windows, self.scaling, rows, self.change).of(share)
        return replace(make_batch(self.windows, self.scaling, rows[share.rows]), share=share)


def as_gathered(batch: Any) -> Any:
    """The batch as its data set gathered it: nothing is left to collate."""
    return batch


class VolumeData(lightning.LightningDataModule):
    """Training and validation windows with their scaling, which is fitted on the training windows only.

    Args:
        train: Training windows.
        valid: Validation windows, or None.
        scaling: A name in ``SCALINGS``.
        by_site: Modalities with one scale per site (see ``fit_scaling``).
        batch_size: Windows a batch.
        seed: Of the order in which training windows are drawn, and of their augmentation.
        change: Augmentation of the training windows, by modality.
        by_category: Whether training windows are drawn so that all categories come equally often.
        reads: The modalities that the networks read; None for all. Others are never gathered: the pictures of a face
            beside EEG alone would take most of its time.

    Attributes:
        device: The number of the device that reads, and how many train together: each draws the same batches, and gets
            its share of each.
    """

    def __init__(
        self,
        train: AnyWindows,
        valid: AnyWindows | None = None,
        *,
        scaling: str = "train",
        by_site: Collection[str] = (),
        batch_size: int = 64,
        seed: int = 0,
        change: Mapping[str, Augmentation] | None = None,
        by_category: bool = False,
        reads: Collection[str] | None = None,
    ) -> None:
        super().__init__()
        self.train, self.valid, self.batch_size, self.seed = train, valid, batch_size, seed
        self.change, self.by_category, self.device = change or {}, by_category, (0, 1)
        self.scaling = {}
        for name, series in train.parts.items():
            if reads is None or name in reads:
                self.scaling[name] = fit_scaling(scaling, series, name in by_site)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Training windows in a new order each epoch; a last batch of one window joins no batch."""
        order = torch.Generator().manual_seed(self.seed)
        sampler: Sampler[int] = RandomSampler(self.train, generator=order)
        if self.by_category:
            weights = torch.from_numpy(sampling_weights(self.train.category))
            sampler = WeightedRandomSampler(weights.tolist(), len(self.train), generator=order)
        # batch norm fails on a single window, and a concordance of one does not exist
        lonely = len(self.train) > 1 and len(self.train) % self.batch_size == 1
        return DataLoader(
            _WindowSet(self.train, self.scaling, self._change(), self.device),
            self.batch_size,
            sampler=sampler,
            generator=order,
            drop_last=lonely,
            collate_fn=as_gathered,
        )

    def val_dataloader(self) -> DataLoader[Batch] | list[DataLoader[Batch]]:
        """Validation windows in order; nothing where there are none."""
        return [] if self.valid is None else self.loader(self.valid)

    def loader(self, windows: AnyWindows) -> DataLoader[Batch]:
        """Any windows in order, scaled like the training windows."""
        return DataLoader(
            _WindowSet(windows, self.scaling, device=self.device), self.batch_size, collate_fn=as_gathered
        )

    def _change(self) -> dict[str, Change]:
        """The augmentations on arrays, each with a source of draws that begins anew with the seed."""
        changes: dict[str, Change] = {}
        for name, change in self.change.items():
            changes[name] = _on_arrays(change, self.train.parts[name].layout, self.seed + 1)
        return changes


def _on_arrays(change: Augmentation, layout: Layout, seed: int) -> Change:
    draw = torch.Generator().manual_seed(seed)
    return lambda x: change(torch.from_numpy(x), layout, draw).numpy()
