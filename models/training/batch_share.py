"""Shares of a batch: the windows that each of several devices computes, and how results come together."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..joins.join import Outputs


class Share(NamedTuple):
    """The windows of a batch that one device computes; a tuple, since Lightning copies batches field by field.

    Attributes:
        device: Its number, from 0.
        devices: How many there are.
        windows: Those of the whole batch.
    """

    device: int
    devices: int
    windows: int

    @property
    def repeated(self) -> bool:
        """Whether there are fewer windows than devices; then each computes all of them."""
        return self.windows < self.devices

    @property
    def rows(self) -> slice:
        """Its rows of the batch, about equally many on each device."""
        if self.repeated:
            return slice(0, self.windows)
        return slice(self.windows * self.device // self.devices, self.windows * (self.device + 1) // self.devices)


def whole(share: Share | None, columns: Outputs) -> Outputs:
    """The columns of the whole batch, (windows, ...) each, from (rows, ...) of this device; as they are without others.

    A loss of what is whole is that of the whole batch, also where it is no mean over windows, as concordance and
    weighted entropy are none. Each device computes it and passes its rows their gradients, times the number of devices,
    over which the gradients of the weights are then averaged: the step is that of one device.
    """
    if share is None or share.repeated:
        return columns
    category, dimensions, units = (_Whole.apply(column, share) for column in columns)  # type: ignore[no-untyped-call]
    return category, dimensions, units


class _Whole(torch.autograd.Function):
    """Rows of each device, put together on each."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, share: Share) -> Tensor:
        """(rows, ...) -> (windows, ...)."""
        ctx.share = share
        together = rows.new_zeros((share.windows, *rows.shape[1:]))
        together[share.rows] = rows
        if together.numel():
            torch.distributed.all_reduce(together)  # zeros but on one device: a sum that rounds nothing
        return together

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """(windows, ...) -> (rows, ...)."""
        return gradients[0][ctx.share.rows] * ctx.share.devices, None
