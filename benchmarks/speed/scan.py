"""Speed of STRNN's spatial scan on random features: against plain loops, the least work, and recurrent peers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor, nn
from torch.autograd import backward
from torch.nn import functional

from ...models import GRU, STRNN, Backbone, ScanWeights, spatial_scan
from ...models.backbones.strnn.strnn import SpatialWeights, TemporalWeights
from ...signals import SEED_62, Layout, Scan, patch_grid
from .timing import SpeedRow, Timing, faster, measure, within

WINDOWS, SLICES = 64, 9  # a batch
PROJECTED = 8  # rows that the states of a direction are projected to
PRODUCT = 512  # rows and columns of the matrix product whose rate is the limit
MANY = 4  # times as many slices

Scanning = Callable[[Tensor, ScanWeights, Layout], Tensor]
Build = Callable[[Layout, int, int], Backbone]


@dataclass(frozen=True)
class Size:
    """What is scanned: N slices of a layout with F features, h hidden units, and whether features want gradients."""

    name: str
    layout: Layout
    slices: int
    features: int
    hidden: int
    trains_features: bool
    target: float
    floor: float

    def products(self, backward: bool) -> int:
        """Multiplications and additions that no way of scanning can avoid, backward with the forward ones in it."""
        S, F, h = len(self.layout), self.features, self.hidden
        into = S * F * h * ((3 if self.trains_features else 2) if backward else 1)
        inside = sum(bool(before) for scan in self.layout.scans for before in scan.predecessors) * h * h / 4
        rest = (inside + PROJECTED * S * h) * (3 if backward else 1)
        return round(2 * 4 * self.slices * (into + rest))


EEG = Size(
    name="EEG",
    layout=SEED_62,
    slices=WINDOWS * SLICES,
    features=5,
    hidden=30,
    trains_features=False,
    target=1.5,
    floor=1.25,
)
FACE = Size(
    name="face",
    layout=patch_grid(7, 7),
    slices=512,
    features=256,
    hidden=64,
    trains_features=True,
    target=1.1,
    floor=1.0,
)
"""Patches whose features a network makes, so that they want gradients."""


def rows() -> Iterator[SpeedRow]:
    """Every goal for the scan, and facts beside it that have none; each variant is first compared with ours."""
    torch.set_num_threads(1)
    for size in (EEG, FACE):
        yield from _against_the_loop(size)
    yield _against_published()
    yield _many_slices()
    yield from _against_peers()
    yield _memory()


def _against_the_loop(size: Size) -> Iterator[SpeedRow]:
    _agree(size)
    data = _Data(size)
    timing = measure(
        {
            "levels": partial(data.forward, spatial_scan),
            "loop": partial(data.forward, _fair_loop),
            "levels trained": partial(data.backward, spatial_scan),
            "loop trained": partial(data.backward, _fair_loop),
            "product": _product(),
        }
    )
    both = f"{size.name}, forward and backward"
    name = f"scan against a fair loop, {both}"
    yield faster(name, timing, "loop trained", "levels trained", target=size.target, floor=size.floor)
    yield faster(f"scan against a fair loop, {size.name}, forward", timing, "loop", "levels")
    yield _against_limit(f"scan / its products alone, {size.name}, forward", timing, "levels", size.products(False))
    yield _against_limit(f"scan / its products alone, {both}", timing, "levels trained", size.products(True))


def _against_limit(name: str, timing: Timing, ours: str, flops: int) -> SpeedRow:
    """Seconds of ``ours`` over the seconds that its ``flops`` take at the rate of one large product."""
    ratio, times = timing.ratio(ours, "product"), 2 * PRODUCT**3 / flops
    note = f"minimum {ratio.minimum * times:.3g}; {flops / 1e6:.0f} MFLOP"
    return SpeedRow(name, ratio.median * times, "<=", note=note, void=timing.void)


def _against_published() -> SpeedRow:
    network = STRNN.paper(SEED_62, 5, SLICES)
    x = torch.randn(WINDOWS, SLICES, len(SEED_62), 5)
    _close(network(x), _sequential_strnn(network, x))
    timing = measure(
        {"ours": lambda: backward(network(x).sum()), "published": lambda: backward(_sequential_strnn(network, x).sum())}
    )
    name = "scan and temporal RNN against the published way, forward and backward"
    return faster(name, timing, "published", "ours", target=12, floor=6)


def _many_slices() -> SpeedRow:
    few, many = (_Data(replace(EEG, slices=n * WINDOWS * SLICES)) for n in (1, MANY))
    timing = measure({"few": partial(few.backward, spatial_scan), "many": partial(many.backward, spatial_scan)})
    name = f"scan of {MANY * WINDOWS * SLICES} slices / of {WINDOWS * SLICES}, forward and backward"
    return within(name, timing, "many", "few")


def _against_peers() -> Iterator[SpeedRow]:
    """One whole training step of a batch: forward, loss, backward, optimiser."""
    peers: dict[str, Build] = {"GRU-128": partial(GRU, hidden=128), "GRU-64": GRU}
    timing = measure({name: _step(*_training(build)) for name, build in {"STRNN": STRNN, **peers}.items()})
    for name in peers:
        seconds = float(timing.seconds["STRNN"].min()) * 1e3
        row = within(f"training step, STRNN / bidirectional {name}", timing, "STRNN", name)
        yield SpeedRow(row.name, row.value, "<=", note=f"{row.note}; STRNN {seconds:.3g} ms", void=row.void)


def _memory() -> SpeedRow:
    data = _Data(EEG)
    ours, loop = (_kept(partial(data.loss, scanning)) for scanning in (spatial_scan, _fair_loop))
    note = f"{ours / 1e6:.3g} MB against {loop / 1e6:.3g} MB"
    return SpeedRow("memory kept for the backward pass, scan / fair loop, EEG", ours / loop, "<=", note=note)


class _Data:
    """Random features and weights of one size."""

    def __init__(self, size: Size) -> None:
        torch.manual_seed(0)
        S, F, h = len(size.layout), size.features, size.hidden
        self.layout = size.layout
        self.x = torch.randn(size.slices, S, F, requires_grad=size.trains_features)
        U, W, b, G = torch.randn(4, h, F) / F**0.5, torch.randn(4, h, h) / 6 / h**0.5, torch.zeros(4, h), _projection(S)
        self.trained = [weight.requires_grad_() for weight in (U, W, b, G)]
        self.weights, self.G = ScanWeights(U, W, b), G

    def loss(self, scanning: Scanning) -> Tensor:
        states = scanning(self.x, self.weights, self.layout)  # (N, R, S, h)
        projected: Tensor = self.G @ states.permute(1, 2, 0, 3).flatten(2)
        return projected.square().sum()

    def forward(self, scanning: Scanning) -> None:
        with torch.no_grad():
            self.loss(scanning)

    def backward(self, scanning: Scanning) -> list[Tensor]:
        wanted = [*self.trained, self.x] if self.x.requires_grad else self.trained
        return list(torch.autograd.grad(self.loss(scanning), wanted))


def _projection(sites: int) -> Tensor:
    drawn: Tensor = torch.randn(4, PROJECTED, sites) / sites**0.5
    return drawn


def _product() -> Callable[[], Tensor]:
    a, b = torch.randn(2, PRODUCT, PRODUCT)
    out = torch.empty(PRODUCT, PRODUCT)
    return lambda: torch.mm(a, b, out=out)


def _training(build: Build) -> tuple[Backbone, Tensor, Tensor]:
    """A network, a batch of windows and their categories."""
    torch.manual_seed(0)
    network = build(SEED_62, 5, SLICES)
    return network, torch.randn(WINDOWS, SLICES, len(SEED_62), 5), torch.randint(3, (WINDOWS,))


def _step(network: Backbone, x: Tensor, category: Tensor) -> Callable[[], None]:
    head = nn.Linear(network.width, 3)
    optimiser = torch.optim.AdamW([*network.parameters(), *head.parameters()])

    def step() -> None:
        optimiser.zero_grad()
        backward(functional.cross_entropy(head(network(x)), category))
        optimiser.step()
        network.after_step(1e-3)

    return step


def _kept(loss: Callable[[], Tensor]) -> int:
    """Bytes of all the tensors that wait for the backward pass, each storage once."""
    storages: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        held = loss()
    del held
    return sum(storages.values())


def _agree(size: Size) -> None:
    """Both ways give the same gradients."""
    data = _Data(size)
    for ours, loop in zip(data.backward(spatial_scan), data.backward(_fair_loop), strict=True):
        _close(ours, loop)


@torch.no_grad()
def _close(ours: Tensor, other: Tensor, tolerance: float = 1e-4) -> None:
    error = float((ours - other).abs().max() / other.abs().max())
    if not error <= tolerance:
        raise ArithmeticError(f"two ways to the same numbers differ by {error:.3g} of the largest")


def _fair_loop(x: Tensor, weights: ScanWeights, layout: Layout) -> Tensor:
    """The best plain loop: slices folded, neighbours added first, one product a site; (N, S, F) -> (N, R, S, h)."""
    by_site = x.transpose(0, 1).contiguous()
    walks = [_fair_walk(by_site, weights, r, layout.scans[r]) for r in range(len(weights.U))]
    return torch.stack(walks).permute(2, 0, 1, 3)


def _fair_walk(by_site: Tensor, weights: ScanWeights, r: int, scan: Scan) -> Tensor:
    inner, W = (by_site @ weights.U[r].T + weights.b[r]).unbind(0), weights.W[r].T
    states: dict[int, Tensor] = {}
    for site in scan.order:
        before = [states[p] for p in scan.predecessors[site]]
        states[site] = torch.relu(torch.addmm(inner[site], sum(before[1:], before[0]), W) if before else inner[site])
    return torch.stack([states[site] for site in range(len(inner))])  # (S, N, h)


def _sequential_strnn(network: STRNN, x: Tensor) -> Tensor:
    """``network`` as published code computes it: (B, T, S, F) -> (B, width).

    The pattern is that of the only public reimplementation (LibEER, models/STRNN.py): a loop over slices, directions
    and sites, each site's state joined to those before it, its neighbours summed by a row of an adjacency matrix; then
    a loop over slices in each temporal direction. Its wrong edges are not taken over: the answer is ``network``'s.
    """
    if not isinstance(network.spatial, SpatialWeights) or network.temporal is None:
        raise TypeError("the whole network is wanted")
    m = _grown([_slice_vector(network.spatial, one, network.layout)[None] for one in x.unbind(1)])  # (T, B, D)
    parts = [_temporal_vector(network.temporal, d, m if d == 0 else m.flip(0)) for d in (0, 1)]
    return torch.cat(parts, dim=1)


def _slice_vector(space: SpatialWeights, x: Tensor, layout: Layout) -> Tensor:
    """(B, S, F) -> (B, D)."""
    walks = [_sequential_walk(space, r, x, layout.scans[r]) for r in range(len(space.U))]  # (B, S, h) each
    projected = [space.G[r].T @ walk for r, walk in enumerate(walks)]  # (B, L, h) each
    return _grown(projected, dim=1).flatten(1) @ space.P.T


def _sequential_walk(space: SpatialWeights, r: int, x: Tensor, scan: Scan) -> Tensor:
    """Sites in the order of the scan: (B, S, F) -> (B, S, h), back in the order of the layout."""
    place = {site: i for i, site in enumerate(scan.order)}
    states = x.new_zeros(len(x), 0, space.U.shape[1])
    for site in scan.order:
        row = x.new_zeros(len(x), 1, states.shape[1])
        row[:, 0, [place[p] for p in scan.predecessors[site]]] = 1
        state = torch.relu(x[:, site] @ space.U[r].T + (row @ states).squeeze(1) @ space.W[r].T + space.b[r])
        states = torch.cat([states, state[:, None]], dim=1)
    return states[:, [place[site] for site in range(len(scan.order))]]


def _temporal_vector(time: TemporalWeights, direction: int, m: Tensor) -> Tensor:
    """(T, B, D) in the order of reading -> (B, L * e)."""
    R, V, b = time.R[direction], time.V[direction], time.b[direction]
    states = m.new_zeros(1, m.shape[1], len(b))
    for step in m:
        states = torch.cat([states, time.activation(step @ R.T + states[-1] @ V.T + b)[None]])
    seen = states[1:] if direction == 0 else states[1:].flip(0)
    return torch.einsum("tl,tbe->ble", time.Q[direction], seen).flatten(1)


def _grown(parts: list[Tensor], dim: int = 0) -> Tensor:
    joined = parts[0]
    for part in parts[1:]:
        joined = torch.cat([joined, part], dim)
    return joined
