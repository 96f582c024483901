"""Scalp maps between the electrodes: interpolation by one matrix, computed once for a layout and a shape."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Protocol

import numpy as np

from ..errors import InputError
from .placement import flat_positions

PRECISION = 1e-12
"""To which the slopes at the sites are solved for; SciPy's own 1e-6 is what its results differ from ours by."""


class Sites(Hashable, Protocol):
    """The places of a ``Layout``'s sites: all that a map needs of it."""

    @property
    def name(self) -> str:
        """Name of the layout, for messages."""

    @property
    def cells(self) -> tuple[tuple[int, int], ...]:
        """Row and column of each site."""

    @property
    def positions(self) -> tuple[tuple[float, ...], ...] | None:
        """Points in the head or the face."""

    @property
    def pixels(self) -> object:
        """None, unless features are pixels."""


def interpolated_map(layout: Sites, x: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The volume ``(..., S, F)`` as a map ``(..., F, rows, columns)``: ``interpolation_matrix`` applied to it."""
    exact = np.result_type(x.dtype, np.float32)
    matrix = interpolation_matrix(layout, shape).astype(exact)
    *lead, sites, features = x.shape
    rows = np.swapaxes(x, -1, -2).reshape(-1, sites)
    return np.asarray((rows @ matrix.T).reshape(*lead, features, *shape))


@lru_cache(maxsize=32)
def interpolation_matrix(layout: Sites, shape: tuple[int, int]) -> np.ndarray:
    """The weight of each site at each point of a map, (rows * columns, S); read-only.

    Cubic scattered interpolation is linear in the values, so the matrix is what it makes of a one at each site in turn:
    piecewise cubic and smooth over the triangles between the sites, zero outside of them. Source: P. Alfeld, A
    trivariate Clough-Tocher scheme, Computer Aided Geometric Design 1, 169-181, 1984, as in SciPy's ``griddata``.

    The map reaches from the first site to the last along either axis. Sites stand where they are on the head
    (flattened as for ``layout_from_positions``) if the layout has such points, else on their cells.

    Raises:
        InputError: The layout is of pixels, the map has no point, or the sites lie on one line.
    """
    from scipy.interpolate import CloughTocher2DInterpolator

    points = _points(layout)
    if layout.pixels or min(shape) < 1 or np.linalg.matrix_rank(points - points[0], tol=1e-6) < 2:
        found = f"a map of {shape} from {layout!r}{' with pixels' if layout.pixels else ''}"
        wanted = "rows and columns, and sites without pixels that do not all lie on one line"
        raise InputError(layout.name, found, wanted, "leave the shape out")
    low, high = points.min(axis=0), points.max(axis=0)
    grid = np.meshgrid(*(np.linspace(low[k], high[k], shape[k]) for k in (0, 1)), indexing="ij")
    interpolate = CloughTocher2DInterpolator(points, np.eye(len(layout.cells)), 0.0, PRECISION, maxiter=10_000)
    matrix = np.asarray(interpolate(np.stack(grid, axis=-1).reshape(-1, 2)))
    matrix.flags.writeable = False
    return matrix


def _points(layout: Sites) -> np.ndarray:
    """Down and to the right, (S, 2)."""
    if layout.positions and len(layout.positions[0]) == 3:
        right, front = flat_positions(np.array(layout.positions)).T
        return np.stack([-front, right], axis=1)
    return np.array(layout.cells, float)
