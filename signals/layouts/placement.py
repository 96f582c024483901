"""Sites of a head, placed on the smallest grid that tells the truth about who is beside whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

Cell = tuple[int, int]

STEPS: tuple[Cell, ...] = tuple(step for step in product((-1, 0, 1), (-1, 0, 1)) if step != (0, 0))
"""From a cell to the eight around it."""

DEFAULT_CENTRE = (0.0, 0.0, 0.04)
"""Metres in MNE's head frame: the centre that MNE takes for a head whose sphere cannot be fitted."""

FEWEST_FITTED = 10
"""Sites from which on a sphere is fitted: four determine one, however badly they were measured."""
HEAD_RADII = (0.05, 0.15)
"""Metres: a fitted sphere outside this range is no head."""

NUDGES = (0.75, 1.0, 1.5, 2.0, 3.0, np.inf)
"""How many cells a site may be moved along either axis; the next is tried where no grid meets the one before."""


def flat_positions(positions: np.ndarray) -> np.ndarray:
    """Points of a head (S, 3) in metres, flattened to (S, 2): to the right and to the front, in radians of arc.

    The azimuthal equidistant projection about the top of the fitted head sphere, as scalp maps draw it (J. P. Snyder,
    Map Projections: A Working Manual, USGS 1395, 1987, section 25).
    """
    x, y, z = (positions - _centre(positions)).T
    arc, azimuth = np.arctan2(np.hypot(x, y), z), np.arctan2(y, x)
    return np.stack([arc * np.cos(azimuth), arc * np.sin(azimuth)], axis=1)


def cells_of(flat: np.ndarray) -> tuple[Cell, ...]:
    """A cell for each of S flat positions (S, 2): the smallest grid that links them, front on top.

    Sites that mirror each other stand in mirrored cells, midline sites in the middle column, and every site is linked
    to every other over neighbouring cells. Sites that meet are nudged, all together as little as possible (the
    assignment of least squared distance). Cells may be half again as long as wide; that, and a nudge of three quarters
    of a cell, is exceeded only where no grid does otherwise. A lopsided choice of sites that no symmetric grid links
    is placed without regard to the midline.
    """
    for head in (_folded(flat), _unfolded(flat)):
        grids = list(_grids(head))
        for nudge in NUDGES:
            for rows, columns, stretch in grids:
                if stretch > 2 * nudge:
                    continue
                placed = _place(head, rows, columns)
                if placed is not None and placed[1] <= nudge and _connected(placed[0]):
                    return tuple((int(r), int(c)) for r, c in placed[0] - placed[0].min(axis=0))
    raise AssertionError("unfolded sites fill some rectangle exactly, which links them")


@dataclass(frozen=True, eq=False)
class _Folded:
    """A head folded at its midline, so that sites which mirror each other share one of P places.

    Attributes:
        place: (S,) which place each site has.
        side: (S,) -1 on the left, 1 on the right, 0 on the midline.
        points: (P, 2) radians of arc off the midline and to the front.
        middle: (P,) whether a place lies on the midline.
        spacing: Radians of arc from a site to its nearest neighbour, the median.
    """

    place: np.ndarray
    side: np.ndarray
    points: np.ndarray
    middle: np.ndarray
    spacing: float


def _centre(positions: np.ndarray) -> np.ndarray:
    """The centre of the sphere with the least squared error of ``|p|^2 = 2 p.c + k``."""
    if len(positions) < FEWEST_FITTED:
        return np.array(DEFAULT_CENTRE)
    terms = np.column_stack([2 * positions, np.ones(len(positions))])
    *centre, k = np.linalg.lstsq(terms, (positions**2).sum(axis=1), rcond=None)[0]
    radius = np.sqrt(k + np.dot(centre, centre))
    return np.array(centre if HEAD_RADII[0] < radius < HEAD_RADII[1] else DEFAULT_CENTRE)


def _folded(flat: np.ndarray) -> _Folded:
    spacing = _spacing(flat)
    partner = _partners(flat, spacing)
    sites = np.arange(len(flat))
    firsts, place = np.unique(np.minimum(sites, partner), return_inverse=True)
    both = np.stack([flat[firsts], flat[partner[firsts]]])
    middle = (partner == sites) & (2 * np.abs(flat[:, 0]) < spacing)
    points = np.stack([np.abs(both[..., 0]).mean(axis=0), both[..., 1].mean(axis=0)], axis=1)
    points[middle[firsts], 0] = 0
    side = np.where(middle, 0, np.where(flat[:, 0] < 0, -1, 1))
    return _Folded(place, side, points, middle[firsts], spacing)


def _unfolded(flat: np.ndarray) -> _Folded:
    """All sites as if they were the right half of a head."""
    sites = np.arange(len(flat))
    points = flat - [flat[:, 0].min(), 0]
    return _Folded(sites, np.ones_like(sites), points, np.zeros(len(flat), bool), _spacing(flat))


def _spacing(flat: np.ndarray) -> float:
    apart = np.linalg.norm(flat[:, None] - flat, axis=-1)
    np.fill_diagonal(apart, np.inf)
    return float(np.median(apart.min(axis=1))) if len(flat) > 1 else 1.0


def _partners(flat: np.ndarray, spacing: float) -> np.ndarray:
    """The site across the midline from each, (S,): itself where there is none and on the midline."""
    sites = np.arange(len(flat))
    across = np.linalg.norm(flat[:, None] * [-1, 1] - flat, axis=-1)
    nearest = across.argmin(axis=1)
    mutual = (nearest[nearest] == sites) & (across[sites, nearest] < 0.75 * spacing)
    return np.where(mutual & (flat[:, 0] * flat[nearest, 0] < 0), nearest, sites)


def _grids(head: _Folded) -> Iterator[tuple[int, int, float]]:
    """Rows, columns and stretch of cells (1 is square) of the grids to try, the smallest and then squarest first."""
    alone = int(head.middle.sum())
    needed = 2 * len(head.points) - alone
    width, height = 2 * np.ptp([0, *head.points[:, 0]]), np.ptp(head.points[:, 1])
    grids = []
    for columns in range(1 if alone else 2, 4 * needed + 1, 2):
        for rows in range(-(-needed // columns), 4 * needed // columns + 1):
            across, along = (width + head.spacing) / columns, (height + head.spacing) / rows
            grids.append((rows * columns, max(across, along) / min(across, along), rows, columns))
    yield from ((rows, columns, stretch) for _, stretch, rows, columns in sorted(grids))


def _place(head: _Folded, rows: int, columns: int) -> tuple[np.ndarray, float] | None:
    """Cells of all sites (S, 2) on one grid, and the largest nudge in cells; None if the sites do not fit."""
    wanted = _wanted(head, rows, columns)
    beside = np.arange(columns // 2) + (1.0 if columns % 2 else 0.5)  # cells off the midline
    assigned = np.zeros_like(wanted)
    for group, off in ((head.middle, np.zeros(columns % 2)), (~head.middle, beside)):
        free = np.stack(np.meshgrid(off, np.arange(rows)), axis=-1).reshape(-1, 2)
        if len(free) < group.sum():
            return None
        assigned[group] = free[_assigned(wanted[group], free)]
    off, row = assigned[head.place].T
    cells = np.stack([row, (columns - 1) / 2 + head.side * off], axis=1)
    return cells.round().astype(int), float(np.abs(assigned - wanted).max())


def _wanted(head: _Folded, rows: int, columns: int) -> np.ndarray:
    """Where each place would stand if cells could be shared and cut, (P, 2): cells off the midline, row."""
    off, front = head.points.T
    widest, longest = max(off.max(), 1e-9), max(float(np.ptp(front)), 1e-9)
    return np.stack([off / widest * (columns - 1) / 2, (front.max() - front) / longest * (rows - 1)], axis=1)


def _assigned(wanted: np.ndarray, free: np.ndarray) -> np.ndarray:
    from scipy.optimize import linear_sum_assignment

    squared = ((wanted[:, None] - free) ** 2).sum(axis=-1)
    # rounded: which of two equal distances is taken must not depend on their last digits
    return np.asarray(linear_sum_assignment(squared.round(9))[1])


def _connected(cells: np.ndarray) -> bool:
    unseen = {(int(r), int(c)) for r, c in cells}
    reached = [unseen.pop()]
    while reached:
        row, column = reached.pop()
        near = unseen & {(row + down, column + right) for down, right in STEPS}
        unseen -= near
        reached += near
    return not unseen
