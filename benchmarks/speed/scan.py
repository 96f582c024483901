"""Speed of the spatial scan and of STRNN on random numbers, beside the plain loop, the products alone, and a GRU.

Sizes: EEG 62 sites, 5 features, 30 hidden units, 64 windows of 9 slices; a face of 7 x 7 patches, 256 features, 64
hidden units, 512 slices. Four directions each, single precision, one thread.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...models import STRNN, ScanWeights, spatial_scan
from ...signals import SEED_62, Layout, patch_grid
from .timing import Row, faster, measure, within

WINDOWS, SLICES = 64, 9
DIRECTIONS = 4


@dataclass(frozen=True)
class Size:
    """What is scanned: N slices of a layout with F features into states of h units."""

    name: str
    layout: Layout
    slices: int
    features: int
    hidden: int

    def given(self) -> tuple[Tensor, ScanWeights]:
        """Random slices (N, S, F) and weights that want gradients."""
        rng = torch.Generator().manual_seed(0)
        shapes = ((DIRECTIONS, self.hidden, self.features), (DIRECTIONS, self.hidden, self.hidden),
                  (DIRECTIONS, self.hidden))
        scales = (self.features**-0.5, self.hidden**-0.5 / 3, 0.1)
        weights = [(torch.randn(shape, generator=rng) * scale).requires_grad_()
                   for shape, scale in zip(shapes, scales, strict=True)]
        return torch.randn(self.slices, len(self.layout), self.features, generator=rng), ScanWeights(*weights)


EEG = Size("EEG", SEED_62, WINDOWS * SLICES, 5, 30)
FACE = Size("face", patch_grid(7, 7), 512, 256, 64)


def rows() -> Iterator[Row]:
    """The scan against the fair loop and its limit, the whole against sequential code, and one step beside a GRU."""
    torch.set_num_threads(1)
    yield from _against_the_loop(EEG, 1.5, 1.25)
    yield from _against_the_loop(FACE, 1.1, 1.0)
    yield _against_sequential()
    yield _growth()
    yield _step_beside_gru()


def _against_the_loop(size: Size, target: float, floor: float) -> Iterator[Row]:
    x, weights = size.given()
    _agree(fair_loop(x, weights, size.layout), spatial_scan(x, weights, size.layout))
    timing = measure({
        "levels": lambda: _both_ways(spatial_scan(x, weights, size.layout), weights),
        "loop": lambda: _both_ways(fair_loop(x, weights, size.layout), weights),
        "limit": _products_alone(size),
    })
    yield faster(f"levels against the fair loop, forward + backward, {size.name}", timing, "loop", "levels", target,
                 floor)
    ratio = timing.ratio("levels", "limit")
    note = f"minimum {ratio.minimum:.3g}; a compiled form is to come near 1"
    yield Row(f"levels / its products alone, forward + backward, {size.name}", ratio.median, "<=", None, None, note,
              timing.void)


def _against_sequential() -> Row:
    """Levels and the temporal half of one batch of windows, against a loop over time, sites and edges."""
    size = Size("EEG", SEED_62, SLICES * 8, 5, 30)
    x, weights = size.given()
    states = sequential_scan(x.view(8, SLICES, *x.shape[1:]), weights, size.layout)
    _agree(states, spatial_scan(x, weights, size.layout))
    whole = STRNN(SEED_62, 5, SLICES, dropout=0.0)
    windows = torch.randn(WINDOWS, SLICES, len(SEED_62), 5)
    timing = measure({
        "ours": lambda: whole(windows).sum().backward(),
        "sequential": lambda: _sequential_step(whole, windows),
    }, rounds=7)
    return faster("STRNN against sequential code in time and space, forward + backward", timing, "sequential", "ours",
                  12, 6)


def _growth() -> Row:
    small, large = (Size("EEG", SEED_62, n, 5, 30) for n in (576, 2304))
    (x, weights), (many, _) = small.given(), large.given()
    timing = measure({
        "2304": lambda: _both_ways(spatial_scan(many, weights, SEED_62), weights),
        "576": lambda: _both_ways(spatial_scan(x, weights, SEED_62), weights),
    })
    return within("levels, 2304 slices / 576 slices", timing, "2304", "576", 4.4, 5)


def _step_beside_gru() -> Row:
    """A whole training step: forward, loss, backward, AdamW."""
    windows, labels = torch.randn(WINDOWS, SLICES, len(SEED_62), 5), torch.randint(3, (WINDOWS,))
    timing = measure({
        "STRNN": _step(STRNN(SEED_62, 5, SLICES), windows, labels),
        "GRU": _step(FlatGRU(), windows, labels),
    })
    ratio = timing.ratio("STRNN", "GRU")
    note = f"minimum {ratio.minimum:.3g}; on one thread a GRU is quicker"
    return Row("a training step of STRNN / of a biGRU-128", ratio.median, "<=", None, None, note, timing.void)


class FlatGRU(nn.Module):
    """A GRU of 128 units in both directions over slices laid flat: (B, T, S, F) -> (B, T * 256)."""

    width = SLICES * 256

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(len(SEED_62) * 5, 128, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, S, F) -> (B, T * 256)."""
        states: Tensor = self.gru(x.flatten(2))[0]
        return states.flatten(1)


def fair_loop(x: Tensor, weights: ScanWeights, layout: Layout) -> Tensor:
    """The best plain loop: slices folded, neighbours added before the one product a site, under autograd."""
    directions = []
    for r, scan in enumerate(layout.scans):
        sites = (x @ weights.U[r].T + weights.b[r]).unbind(1)
        W, states = weights.W[r].T, [x.new_empty(0)] * len(layout)
        for site in scan.order:
            before = [states[k] for k in scan.predecessors[site]]
            states[site] = torch.relu(sites[site] + torch.stack(before).sum(0) @ W if before else sites[site])
        directions.append(torch.stack(states, dim=1))
    return torch.stack(directions, dim=1)


def sequential_scan(x: Tensor, weights: ScanWeights, layout: Layout) -> Tensor:
    """As published code of STRNN does it: slice after slice, a product for every edge, states that grow by joining."""
    slices = [_walk(x[:, t], weights, layout) for t in range(x.shape[1])]
    return torch.stack(slices, dim=1).flatten(0, 1)


def _walk(x: Tensor, weights: ScanWeights, layout: Layout) -> Tensor:
    directions = []
    for r, scan in enumerate(layout.scans):
        states, place = x.new_zeros(len(x), 0, weights.W.shape[1]), {site: k for k, site in enumerate(scan.order)}
        for site in scan.order:
            a = x[:, site] @ weights.U[r].T + weights.b[r]
            for before in scan.predecessors[site]:
                a = a + states[:, place[before]] @ weights.W[r].T
            states = torch.cat([states, torch.relu(a)[:, None]], dim=1)
        directions.append(states[:, [place[site] for site in range(len(layout))]])
    return torch.stack(directions, dim=1)


def _sequential_step(whole: STRNN, windows: Tensor) -> None:
    """The same network with its scan done sequentially."""
    part = whole.spatial
    weights = ScanWeights(part.U, part.W, part.b)  # type: ignore[arg-type]
    states = sequential_scan(windows, weights, SEED_62)  # (B * T, R, S, h)
    projected = torch.einsum("rkl,nrkh->nrlh", part.G, states).flatten(1)  # type: ignore[arg-type]
    merged = (projected @ part.P.T).view(len(windows), SLICES, -1)  # type: ignore[operator]
    temporal = whole.temporal
    assert temporal is not None
    temporal.project(temporal.states(merged)).sum().backward()


def _products_alone(size: Size) -> Callable[[], object]:
    """The products that any scan has to do, forward and backward, on ready buffers."""
    N, S, F, h = size.slices, len(size.layout), size.features, size.hidden
    x, U, a = torch.randn(N * S, F), torch.randn(F, h), torch.randn(N * S, h)
    state, W, inside = torch.randn(N, h), torch.randn(h, h), sum(bool(p) for p in size.layout.scans[0].predecessors)

    def run() -> None:
        for _ in range(DIRECTIONS):
            x @ U  # forward, all sites
            x.T @ a  # weight gradient of U; the input asks for none
            for _ in range(inside):
                state @ W  # forward of one site
                state @ W  # gradient of its neighbours
            a[: N * inside].T @ a[: N * inside]  # weight gradient of W

    return run


def _both_ways(states: Tensor, weights: ScanWeights) -> None:
    torch.autograd.grad(states.sum(), (weights.U, weights.W, weights.b))


def _step(network: nn.Module, windows: Tensor, labels: Tensor) -> Callable[[], object]:
    head = nn.Linear(int(network.width), 3)  # type: ignore[arg-type]
    optimiser = torch.optim.AdamW([*network.parameters(), *head.parameters()])

    def run() -> None:
        optimiser.zero_grad()
        nn.functional.cross_entropy(head(network(windows)), labels).backward()
        optimiser.step()

    return run


def _agree(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
