"""The order in which a network walks the sites of a layout, from one of four corners."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

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
        return frozenset((before, site) for site, all_before in enumerate(self.predecessors) for before in all_before)

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
        return tuple(site for level in self.levels for site in level)


def scan_from(corner: str, cells: Sequence[Cell]) -> Scan:
    """Walk ``cells`` (S cells of row, column; row 0 on top) from ``corner``."""
    predecessors = _predecessors(corner, cells)
    depth = _depths(corner, cells, predecessors)
    levels = tuple(tuple(site for site, d in enumerate(depth) if d == level) for level in range(max(depth) + 1))
    return Scan(corner, predecessors, levels)


def _predecessors(corner: str, cells: Sequence[Cell]) -> tuple[tuple[int, ...], ...]:
    down, right = _TOWARDS[corner]
    site_at = {cell: site for site, cell in enumerate(cells)}
    steps = ((0, right), (down, right), (down, 0))
    return tuple(tuple(site_at[r + i, c + j] for i, j in steps if (r + i, c + j) in site_at) for r, c in cells)


def _depths(corner: str, cells: Sequence[Cell], predecessors: Sequence[tuple[int, ...]]) -> list[int]:
    down, right = _TOWARDS[corner]
    depth = [0] * len(cells)
    for site in sorted(range(len(cells)), key=lambda s: (-down * cells[s][0], -right * cells[s][1])):
        depth[site] = max((depth[before] + 1 for before in predecessors[site]), default=0)
    return depth
