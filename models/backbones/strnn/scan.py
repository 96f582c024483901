"""The recurrent walk over the sites of a layout, from each of the four corners.

Equation (1) of STRNN (arXiv 1705.04515, Zhang et al.): for a slice, a corner r and a site k,
``h_k = relu(U_r x_k + W_r sum_{j in pred_r(k)} h_j + b_r)``, each corner with its own U, W and b.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....signals import InputError, Layout, Scan

CHUNK = 576
"""Slices walked at a time, which bounds the temporary memory: a batch of 64 windows of 9."""


@dataclass(frozen=True, eq=False)
class ScanWeights:
    """What one scan multiplies with, for R directions in the order of ``CORNERS``.

    Attributes:
        U: (R, h, F) from features to hidden units.
        W: (R, h, h) from the sum of the predecessors' states.
        b: (R, h).
    """

    U: Tensor
    W: Tensor
    b: Tensor


def spatial_scan(x: Tensor, weights: ScanWeights, layout: Layout, implementation: str = "levels") -> Tensor:
    """Walk the sites of N slices from R corners: (N, S, F) -> hidden states (N, R, S, h).

    Args:
        x: (N, S, F) slices; time steps and batch folded together.
        weights: Of the R directions.
        layout: Its first R corner scans are walked.
        implementation: ``"levels"`` (fast, own gradients; the default everywhere) or ``"reference"`` (the formula, one
            edge after the other, differentiated by autograd; an oracle in float64).

    Raises:
        InputError: The sites or features do not fit, or no implementation has that name.
    """
    if x.shape[1:] != (len(layout), weights.U.shape[2]):
        found = f"slices of {x.shape[1]} sites with {x.shape[2]} features"
        wanted = f"{len(layout)} sites with {weights.U.shape[2]} features"
        raise InputError("spatial_scan", found, wanted, "was the cache made with another layout?")
    if implementation not in IMPLEMENTATIONS:
        known = ", ".join(IMPLEMENTATIONS)
        raise InputError(f"implementation {implementation!r}", "no such name", f"one of {known}")
    return IMPLEMENTATIONS[implementation](x, weights, layout)


def reference_scan(x: Tensor, weights: ScanWeights, layout: Layout) -> Tensor:
    """The formula, one site after the other: (N, S, F) -> (N, R, S, h)."""
    return torch.stack([_walk(x, weights, r, layout.scans[r]) for r in range(len(weights.U))], dim=1)


def _walk(x: Tensor, weights: ScanWeights, r: int, scan: Scan) -> Tensor:
    states: dict[int, Tensor] = {}
    for site in scan.order:
        a = x[:, site] @ weights.U[r].T + weights.b[r]
        for before in scan.predecessors[site]:
            a = a + states[before] @ weights.W[r].T
        states[site] = torch.relu(a)
    return torch.stack([states[site] for site in range(len(scan.order))], dim=1)


def level_scan(x: Tensor, weights: ScanWeights, layout: Layout) -> Tensor:
    """The same walk with all slices at once and its own gradients: (N, S, F) -> (N, R, S, h).

    One product over all sites brings the features in, then sites follow level by level: neighbours are added first, so
    a site costs one product, not three. States lie as (R, S, N, h), so every site is one contiguous block of slices and
    no gather is needed, which on a CPU is faster than copying a level's sites together for one larger product. The
    backward pass walks the levels in reverse and keeps nothing but the states; its weight gradients are one product a
    site over all slices of a chunk, added in order: threads change no bit of them. Equal input gives equal bits.
    """
    states: Tensor = _LevelScan.apply(x, weights.U, weights.W, weights.b, layout)  # type: ignore[no-untyped-call]
    return states


IMPLEMENTATIONS = {"reference": reference_scan, "levels": level_scan}
"""Interchangeable forms of ``spatial_scan`` by name."""


class _LevelScan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, U: Tensor, W: Tensor, b: Tensor, layout: Layout) -> Tensor:
        R, hidden, _ = U.shape
        states = x.new_empty(R, x.shape[1], x.shape[0], hidden)
        kept: list[Tensor] = []
        for slices in _chunks(len(x)):
            by_site = x[slices].transpose(0, 1).contiguous()  # (S, n, F)
            inner = x.new_empty(*by_site.shape[:2], hidden)
            for r in range(R):
                torch.addmm(b[r], by_site.flatten(0, 1), U[r].T, out=inner.flatten(0, 1))
                _forward(inner, states[r, :, slices], W[r].T, layout.scans[r])
            kept.append(by_site)
        ctx.save_for_backward(U, W, states, *kept)
        ctx.layout = layout
        return states.permute(2, 0, 1, 3)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor, Tensor, Tensor, None]:
        U, W, states, *kept = ctx.saved_tensors
        slopes = grads[0].permute(1, 2, 0, 3)
        dU, dW, db = torch.zeros_like(U), torch.zeros_like(W), torch.zeros_like(U[:, :, 0])
        dx: list[Tensor] = []
        for slices, by_site in zip(_chunks(states.shape[2]), kept, strict=True):
            d = states.new_empty(*by_site.shape[:2], U.shape[1])  # gradient before the relu, (S, n, h)
            sums, dx_chunk = torch.empty_like(d), torch.zeros_like(by_site) if ctx.needs_input_grad[0] else None
            for r, scan in enumerate(ctx.layout.scans[: len(U)]):
                _backward(d, states[r, :, slices], slopes[r, :, slices], W[r], scan)
                _sum_predecessors(sums, states[r, :, slices], scan)
                dU[r] += torch.bmm(by_site.transpose(1, 2), d).sum(dim=0).T  # this way round few features cost little
                dW[r] += torch.bmm(d.transpose(1, 2), sums).sum(dim=0)  # one long product is shared out among threads
                db[r] += d.flatten(0, 1).sum(dim=0)
                if dx_chunk is not None:
                    dx_chunk.flatten(0, 1).addmm_(d.flatten(0, 1), U[r])
            if dx_chunk is not None:
                dx.append(dx_chunk.transpose(0, 1))
        return torch.cat(dx) if dx else None, dU, dW, db, None


def _chunks(n: int) -> list[slice]:
    return [slice(begin, begin + CHUNK) for begin in range(0, n, CHUNK)]


def _forward(inner: Tensor, states: Tensor, W_transposed: Tensor, scan: Scan) -> None:
    """Fill ``states`` (S, n, h) from what the features bring, ``inner`` (S, n, h)."""
    inner_of, state_of = inner.unbind(), states.unbind()
    total = torch.empty_like(inner[0])
    for site in scan.order:
        before = scan.predecessors[site]
        if before:
            _add_up(state_of, before, total)
            torch.addmm(inner_of[site], total, W_transposed, out=state_of[site])
            state_of[site].clamp_min_(0)
        else:
            torch.clamp_min(inner_of[site], 0, out=state_of[site])


def _sum_predecessors(sums: Tensor, states: Tensor, scan: Scan) -> None:
    """Fill ``sums`` (S, n, h): adding again is quicker than fetching what the forward pass could have kept."""
    sum_of, state_of = sums.unbind(), states.unbind()
    for site, before in enumerate(scan.predecessors):
        if before:
            _add_up(state_of, before, sum_of[site])
        else:
            sum_of[site].zero_()


def _backward(d: Tensor, states: Tensor, slopes: Tensor, W: Tensor, scan: Scan) -> None:
    """Fill ``d`` (S, n, h), the gradients before the relu, from the gradients ``slopes`` of the states."""
    d_of, state_of, slope_of = d.unbind(), states.unbind(), slopes.unbind()
    through_relu = torch.ops.aten.threshold_backward.grad_input
    total = torch.empty_like(d[0])
    for site in reversed(scan.order):
        after, slope = scan.successors[site], slope_of[site]
        if after:
            _add_up(d_of, after, total)
            slope = torch.addmm(slope, total, W, out=d_of[site])
        through_relu(slope, state_of[site], 0, grad_input=d_of[site])


def _add_up(parts: Sequence[Tensor], which: tuple[int, ...], out: Tensor) -> None:
    """Write the sum of one to three parts into ``out``."""
    if len(which) == 1:
        out.copy_(parts[which[0]])
        return
    torch.add(parts[which[0]], parts[which[1]], out=out)
    if len(which) == 3:
        out.add_(parts[which[2]])
