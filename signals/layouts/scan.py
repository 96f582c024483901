"""The order in which a network walks the sites of a layout, from one of four corners."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, product

Cell = tuple[int, int]

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


def scan_from(corner: str, cells: Sequence[Cell]) -> Scan:
    """The walk over ``cells`` (S cells of row, column; row 0 on top) from ``corner``."""
    predecessors = _predecessors(corner, cells)
    depth = _depths(corner, cells, predecessors)
    levels: list[list[int]] = [[] for _ in range(max(depth) + 1)]
    for site, level in enumerate(depth):
        levels[level].append(site)
    return Scan(corner, predecessors, tuple(map(tuple, levels)))


def neighbours(cell: Cell) -> set[Cell]:
    """The eight cells around one, whether on the grid or not."""
    row, column = cell
    return {(row + down, column + right) for down, right in product((-1, 0, 1), repeat=2)} - {cell}


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
