"""Labels of faces as tensors: the discriminator learns them, and they are the generator's condition."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from ...preprocessing import Windows
from ...signals import Task
from ..joins.join import Outputs
from ..training.losses import task_loss


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels of B faces; parts that the task lacks have no columns.

    Args:
        category: (B,) int64, -1 for missing.
        dimensions: (B, D) as networks see them, -1 to 1; NaN for missing.
        units: (B, U) in 0..1, NaN for missing.
    """

    category: Tensor
    dimensions: Tensor
    units: Tensor

    def __len__(self) -> int:
        return len(self.category)

    @classmethod
    def of(cls, windows: Windows, task: Task) -> "Labels":
        """The truths of windows, of the parts that ``task`` has."""
        return cls(
            torch.from_numpy(windows.category).long() if task.categories else torch.full((len(windows),), -1),
            torch.from_numpy(task.normalised(windows.dimensions[:, : len(task.dimensions)])).float(),
            torch.from_numpy(windows.units[:, : len(task.units)]).float(),
        )

    @classmethod
    def unknown(cls, task: Task, count: int) -> "Labels":
        """Labels of ``count`` faces about which nothing is known."""
        dimensions, units = (torch.full((count, len(part)), torch.nan) for part in (task.dimensions, task.units))
        return cls(torch.full((count,), -1), dimensions, units)

    @property
    def known(self) -> Tensor:
        """(B,) whether anything is known about a face."""
        values = torch.cat([self.dimensions, self.units], dim=1)
        return (self.category >= 0) | ~values.isnan().all(dim=1)

    def take(self, which: Tensor) -> "Labels":
        """Some of these."""
        return Labels(self.category[which], self.dimensions[which], self.units[which])

    def to(self, device: torch.device) -> "Labels":
        """The same on ``device``."""
        return Labels(self.category.to(device), self.dimensions.to(device), self.units.to(device))

    def hiding(self, rows: Tensor) -> "Labels":
        """The same, with nothing known where ``rows`` (B,) says so."""
        return Labels(*(_without(values, rows) for values in (self.category, self.dimensions, self.units)))

    def forgetting(self, share: float, draw: torch.Generator) -> "Labels":
        """The same, with one part unknown in about ``share`` of the rows where there are several parts to forget."""
        parts = [name for name, there in self._parts().items() if there]
        drawn = torch.randint(len(parts), (len(self),), generator=draw)
        forgets = (torch.rand(len(self), generator=draw) < share) & torch.tensor(len(parts) > 1)
        forgotten = {}
        for place, name in enumerate(parts):
            forgotten[name] = _without(getattr(self, name), forgets & (drawn == place))
        return replace(self, **forgotten)

    def condition(self, task: Task) -> Tensor:
        """(B, 2 K) input of the generator: the K values, zero where missing, and K flags that say which are known."""
        category = functional.one_hot(self.category.clamp_min(0), max(len(task.categories), 1)).float()
        category = category.masked_fill((self.category < 0)[:, None], torch.nan)[:, : len(task.categories)]
        values = torch.cat([category, self.dimensions, self.units], dim=1)
        return torch.cat([values.nan_to_num(0.0), (~values.isnan()).float()], dim=1)

    def _parts(self) -> dict[str, bool]:
        return {
            "category": bool((self.category >= 0).any()),
            "dimensions": self.dimensions.shape[1] > 0,
            "units": self.units.shape[1] > 0,
        }


def condition_size(task: Task) -> int:
    """2 K, the numbers of ``Labels.condition``."""
    return 2 * (len(task.categories) + len(task.dimensions) + len(task.units))


def label_loss(
    outputs: Outputs, labels: Labels, weights: tuple[float, float, float], dimension_loss: str = "ccc"
) -> Tensor:
    """The label heads' loss: the weighted sum over categories, dimensions and units, each masked where missing."""
    return task_loss(outputs, (labels.category, labels.dimensions, labels.units), weights, dimension_loss)


def _without(values: Tensor, rows: Tensor) -> Tensor:
    return values.masked_fill(rows, -1) if values.dim() == 1 else values.masked_fill(rows[:, None], torch.nan)
