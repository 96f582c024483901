"""Speed of laying electrodes out on a grid: scattered by one index, interpolated by one matrix."""

from collections.abc import Iterator

import numpy as np

from ...signals import SEED_62
from .timing import SpeedRow, faster, measure

SLICES, BANDS = 576, 5  # 64 windows of 9 slices
GRIDDED_SLICES = 4
ERROR = 1e-5
GOALS = {(32, 32): (150, 80), (9, 9): (1000, 400)}
"""Target and floor of an interpolated map, by its shape."""


def rows() -> Iterator[SpeedRow]:
    """Scatter against a double loop, interpolation against SciPy's for each slice and band (random features)."""
    x = np.random.default_rng(0).standard_normal((SLICES, len(SEED_62), BANDS)).astype(np.float32)
    yield _scatter(x)
    for shape, (target, floor) in GOALS.items():
        yield _interpolated(x, shape, target, floor)


def _scatter(x: np.ndarray) -> SpeedRow:
    np.testing.assert_array_equal(SEED_62.as_map(x), _double_loop(x))
    timing = measure({"loop": lambda: _double_loop(x), "index": lambda: SEED_62.as_map(x)})
    return faster("scatter grid against a double loop", timing, "loop", "index", target=20, floor=10)


def _interpolated(x: np.ndarray, shape: tuple[int, int], target: float, floor: float) -> SpeedRow:
    """SciPy gets the first few slices; its time is scaled to all of them."""
    few = x[:GRIDDED_SLICES]
    error = float(np.abs(SEED_62.as_map(few, shape) - _gridded(few, shape)).max())
    if not error <= ERROR:
        raise ArithmeticError(f"two ways to the same map differ by {error:.3g}, more than {ERROR:g}")
    timing = measure(
        {
            "griddata": lambda: _gridded(few, shape),
            "all bands": lambda: _gridded_bands(few, shape),
            "matrix": lambda: SEED_62.as_map(x, shape),
        }
    )
    times = SLICES / GRIDDED_SLICES
    ratio, bands = timing.ratio("griddata", "matrix"), timing.ratio("all bands", "matrix")
    note = f"error {error:.1g}; minimum {ratio.minimum * times:.3g}; {bands.median * times:.3g}x if all bands at once"
    name = f"interpolated grid {shape[0]}x{shape[1]} against griddata"
    return SpeedRow(name, ratio.median * times, "x", target, floor, note=note, void=timing.void)


def _double_loop(x: np.ndarray) -> np.ndarray:
    maps = np.zeros((len(x), x.shape[2], *SEED_62.shape), x.dtype)
    for t, features in enumerate(x):
        for site, (row, column) in enumerate(SEED_62.cells):
            maps[t, :, row, column] = features[site]
    return maps


def _gridded(x: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """TorchEEG's interpolated grid: scattered cubic interpolation anew for each slice and band."""
    return np.array([[_griddata(band, shape) for band in features.T] for features in x])


def _gridded_bands(x: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The same, all bands of a slice in one call."""
    return np.array([np.moveaxis(_griddata(features, shape), -1, 0) for features in x])


def _griddata(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    from scipy.interpolate import griddata

    last_row, last_column = np.subtract(SEED_62.shape, 1)
    rows, columns = np.mgrid[0 : last_row : shape[0] * 1j, 0 : last_column : shape[1] * 1j]
    return np.asarray(griddata(np.array(SEED_62.cells), values, (rows, columns), "cubic", fill_value=0.0))
