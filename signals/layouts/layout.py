"""Named sites on a grid, which electrodes and face patches have in common, and the walks over them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, product

import numpy as np

from ..errors import InputError
from ..stored_json import Stored
from .pixel_patches import PixelPatches, Size, tiles
from .placement import STEPS, Cell
from .scalp_map import interpolated_map

CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")

_TOWARDS: dict[str, Cell] = {"top-left": (-1, -1), "top-right": (-1, 1), "bottom-left": (1, -1), "bottom-right": (1, 1)}


@dataclass(frozen=True)
class Scan:
    """The walk from one corner: who is visited before whom.

    Attributes:
        corner: One of ``CORNERS``.
        predecessors: For each of S sites, the sites among its three neighbours on the corner's side.
        levels: Sites by the length of their longest path from the corner; a level can be computed at once.

    The neighbours are those of PAPERS part A3 (arXiv 1705.04515): for the top-left corner left, up and up-left.
    """

    corner: str
    predecessors: tuple[tuple[int, ...], ...]
    levels: tuple[tuple[int, ...], ...]

    @property
    def edges(self) -> frozenset[tuple[int, int]]:
        """All (predecessor, site) pairs."""
        edges: set[tuple[int, int]] = set()
        for site, all_before in enumerate(self.predecessors):
            edges.update((before, site) for before in all_before)
        return frozenset(edges)

    @cached_property
    def successors(self) -> tuple[tuple[int, ...], ...]:
        """For each site, the sites that it is a predecessor of: at most three, like predecessors."""
        after: list[list[int]] = [[] for _ in self.predecessors]
        for before, site in sorted(self.edges):
            after[before].append(site)
        return tuple(map(tuple, after))

    @cached_property
    def order(self) -> tuple[int, ...]:
        """All sites, level by level."""
        return tuple(chain.from_iterable(self.levels))


@dataclass(frozen=True)
class Layout(Stored):
    """S named sites on a grid, electrodes or patches alike: the noun that lets both share one network.

    STRNN walks the sites (``scans``), a CNN reads the map (``as_map``), and both read volumes ``(T, S, F)``.

    Args:
        name: What the layout is called in caches and tables.
        sites: S names, in the order of a volume's site axis.
        cells: S pairs of row and column, row 0 on top (nose or forehead), column 0 on the left of the picture.
        positions: S points ``(x, y)`` or ``(x, y, z)`` in the head (metres) or the face (face widths), if known.
        pixels: How the sites are cut out of an image, where features are pixels; None for all others.

    Raises:
        InputError: Sites or cells occur twice, the counts differ, or a site has no neighbour (names it).

    Example:
        >>> square = Layout("square", ("a", "b", "c", "d"), ((0, 0), (0, 1), (1, 0), (1, 1)))
        >>> square.scans[0].predecessors
        ((), (0,), (0,), (2, 0, 1))
    """

    name: str
    sites: tuple[str, ...]
    cells: tuple[Cell, ...]
    positions: tuple[tuple[float, ...], ...] | None = None
    pixels: PixelPatches | None = None

    def __post_init__(self) -> None:
        _check_unique(self)
        _check_counts(self)
        _check_neighbours(self)

    def __len__(self) -> int:
        return len(self.sites)

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"Layout({self.name!r}, {len(self)} sites on {rows} x {columns})"

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return max(r for r, _ in self.cells) + 1, max(c for _, c in self.cells) + 1

    @cached_property
    def scans(self) -> tuple[Scan, ...]:
        """The four corner scans, in the order of ``CORNERS``."""
        return tuple(scan_from(corner, self.cells) for corner in CORNERS)

    @cached_property
    def mirror(self) -> np.ndarray:
        """For each site, the index of the site mirrored left-right on the grid, (S,).

        Raises:
            InputError: A site has no partner.
        """
        site_at = {cell: site for site, cell in enumerate(self.cells)}
        last = self.shape[1] - 1
        lonely = [self.sites[s] for s, (r, c) in enumerate(self.cells) if (r, last - c) not in site_at]
        if lonely:
            found = f"no mirror partner for {', '.join(lonely)}"
            wanted = "a left-right symmetric layout"
            raise InputError(self.name, found, wanted, "use a symmetric drawing or leave mirroring off")
        return np.array([site_at[r, last - c] for r, c in self.cells])

    def index(self, names: Sequence[str]) -> np.ndarray:
        """Place of each of this layout's sites in ``names``, (S,): case, old names and ``EEG`` do not matter.

        Raises:
            InputError: A site is missing from ``names``.
        """
        place = {canonical(name): i for i, name in enumerate(names)}
        missing = [site for site in self.sites if canonical(site) not in place]
        if missing:
            found = f"channels {', '.join(names)}"
            wanted = f"also {', '.join(missing)}"
            raise InputError(self.name, found, wanted, "name another layout or correct the channel names")
        return np.array([place[canonical(site)] for site in self.sites])

    def as_map(self, x: np.ndarray, shape: tuple[int, int] | None = None) -> np.ndarray:
        """A volume laid out in space.

        Electrodes ``(..., S, F)`` become a scalp map ``(..., F, rows, columns)``, zero where no site is. Patches of
        pixels become the image ``(..., 1, height, width)`` that they were cut from. With a ``shape`` the map has its
        rows and columns and is interpolated between the sites (``interpolation_matrix``).

        Raises:
            InputError: A shape is wanted, and there are pixels already or the sites lie on one line.
        """
        if shape is not None:
            return interpolated_map(self, x, shape)
        if self.pixels is not None:
            return self.pixels.join(x)[..., None, :, :]
        rows, columns = self.shape
        scalp_map = np.zeros((*x.shape[:-2], rows, columns, x.shape[-1]), x.dtype)
        r, c = np.array(self.cells).T
        scalp_map[..., r, c, :] = x
        return np.moveaxis(scalp_map, -1, -3)

    def from_map(self, image: np.ndarray) -> np.ndarray:
        """Cut a map back into sites: the inverse of ``as_map``, as ``(..., S, F)``."""
        if self.pixels is not None:
            return self.pixels.cut(image[..., 0, :, :])
        r, c = np.array(self.cells).T
        return np.ascontiguousarray(np.moveaxis(image, -3, -1)[..., r, c, :])

    def without_pixels(self) -> "Layout":
        """The same sites for features that are computed from their pixels."""
        return replace(self, pixels=None)


OLD_NAMES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
"""10-20 names of 1958 and what the 10-10 system calls the same places (Jasper; ACNS guideline 2)."""


def canonical(name: str) -> str:
    """One spelling for a channel: ``"EEG T3"`` and ``"t7"`` both give ``"T7"``."""
    bare = name.upper().strip().removeprefix("EEG ").removesuffix("-REF").strip(" .")
    return OLD_NAMES.get(bare, bare)


def drawing(name: str, picture: str) -> Layout:
    """The layout of a drawing: one line a row, one word a cell, ``.`` where no site is."""
    sites, cells = [], []
    for row, line in enumerate(picture.strip().splitlines()):
        for column, word in enumerate(line.split()):
            if word != ".":
                sites.append(word)
                cells.append((row, column))
    return Layout(name, tuple(sites), tuple(cells))


def patch_grid(rows: int, columns: int, patch: Size | None = None, image: Size | None = None) -> Layout:
    """A full grid of patches named by row and column, ``patch`` pixels each; see ``tiles`` for ``image``."""
    cells = tuple(product(range(rows), range(columns)))
    positions = tuple(((c + 0.5) / columns, (r + 0.5) / rows) for r, c in cells)
    sites = tuple(f"r{r}c{c}" for r, c in cells)
    pixels = None if patch is None else tiles(rows, columns, patch, image)
    return Layout(f"patches-{rows}x{columns}", sites, cells, positions, pixels)


def scan_from(corner: str, cells: Sequence[Cell]) -> Scan:
    """The walk over ``cells`` (S cells of row, column; row 0 on top) from ``corner``."""
    predecessors = _predecessors(corner, cells)
    depth = _depths(corner, cells, predecessors)
    levels: list[list[int]] = [[] for _ in range(max(depth) + 1)]
    for site, level in enumerate(depth):
        levels[level].append(site)
    return Scan(corner, predecessors, tuple(map(tuple, levels)))


def _check_unique(layout: Layout) -> None:
    names, cells = Counter(map(canonical, layout.sites)), Counter(layout.cells)
    twice = sorted(name for name, count in names.items() if count > 1)
    # counts may still differ: they are checked next
    shared = sorted(site for site, cell in zip(layout.sites, layout.cells, strict=False) if cells[cell] > 1)
    if twice or shared:
        found = f"{', '.join(twice)} twice" if twice else f"{', '.join(shared)} on one cell"
        raise InputError(layout.name, found, "one name and one cell for each site", "correct the layout")


def _check_counts(layout: Layout) -> None:
    counts = {len(layout.cells), len(layout.positions) if layout.positions else len(layout.sites)}
    if not layout.sites or counts != {len(layout.sites)} or min(min(cell) for cell in layout.cells) < 0:
        found = f"{len(layout.sites)} sites and {len(layout.cells)} cells"
        wanted = "at least one site, a cell (row, column >= 0) for each, and a position for each or none"
        raise InputError(layout.name, found, wanted, "correct the layout")


def _check_neighbours(layout: Layout) -> None:
    cells, alone = set(layout.cells), []
    for site, (row, column) in zip(layout.sites, layout.cells, strict=True):
        if not any((row + down, column + right) in cells for down, right in STEPS):
            alone.append(site)
    if alone and len(layout.sites) > 1:
        found = f"{', '.join(alone)} without any neighbour"
        wanted = "a site beside every site, for the scan"
        raise InputError(layout.name, found, wanted, "draw the layout on a smaller grid")


def _predecessors(corner: str, cells: Sequence[Cell]) -> tuple[tuple[int, ...], ...]:
    down, right = _TOWARDS[corner]
    site_at = {cell: site for site, cell in enumerate(cells)}
    predecessors = []
    for r, c in cells:
        nearer = ((r, c + right), (r + down, c + right), (r + down, c))
        predecessors.append(tuple(site_at[cell] for cell in nearer if cell in site_at))
    return tuple(predecessors)


def _depths(corner: str, cells: Sequence[Cell], predecessors: Sequence[tuple[int, ...]]) -> list[int]:
    down, right = _TOWARDS[corner]
    depth = [0] * len(cells)
    # nearer to the corner first: a site's predecessors have their depth before it
    for site in sorted(range(len(cells)), key=lambda s: (-down * cells[s][0], -right * cells[s][1])):
        depth[site] = max((depth[before] + 1 for before in predecessors[site]), default=0)
    return depth
