"""From one vector a slice to one vector a window."""

from torch import Tensor

from ...signals import InputError

READOUTS = ("slot", "mean", "last")
"""``slot`` keeps which slice is which; ``mean`` averages the valid slices; ``last`` takes the last one."""


def check_readout(readout: str) -> None:
    """Refuse a readout that does not exist."""
    if readout not in READOUTS:
        raise InputError(f"readout {readout!r}", "no such name", f"one of {', '.join(READOUTS)}")


def readout_width(readout: str, n_slices: int, slice_width: int) -> int:
    """Width of what ``read_out`` gives."""
    return n_slices * slice_width if readout == "slot" else slice_width


def read_out(slices: Tensor, mask: Tensor | None, readout: str) -> Tensor:
    """(B, T, w) -> (B, T * w) or (B, w); slices that the mask (B, T) calls invalid count for nothing."""
    if mask is not None:
        slices = slices * mask[:, :, None]
    if readout == "slot":
        return slices.flatten(1)
    if readout == "last":
        return slices[:, -1]
    if mask is None:
        return slices.mean(dim=1)
    return slices.sum(dim=1) / mask.sum(dim=1, keepdim=True).clamp_min(1)
