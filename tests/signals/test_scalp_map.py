"""Interpolated maps: exact where the field is known, equal to SciPy's, linear, zero outside of the head."""

import numpy as np
import pytest
from scipy.interpolate import griddata

from emoscan.signals import (
    DRAWINGS,
    EPOC_14,
    SCALP_19,
    SCALP_32,
    SEED_62,
    InputError,
    drawing,
    interpolation_matrix,
    layout_from_montage,
    patch_grid,
)
from emoscan.signals.layouts.placement import flat_positions

SHAPES = [(32, 32), (9, 9), (5, 17)]


def grid(layout, shape):
    last_row, last_column = np.subtract(layout.shape, 1)
    return np.mgrid[0 : last_row : shape[0] * 1j, 0 : last_column : shape[1] * 1j]


@pytest.mark.parametrize("layout", [SEED_62, SCALP_32, SCALP_19], ids=repr)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_map_is_what_scipy_interpolates(layout, shape):
    x = np.random.default_rng(0).standard_normal((len(layout), 3))
    ours = layout.as_map(x, shape)
    theirs = griddata(np.array(layout.cells), x, tuple(grid(layout, shape)), "cubic", fill_value=0.0)
    np.testing.assert_allclose(ours, np.moveaxis(theirs, -1, 0), atol=1e-5)


@pytest.mark.parametrize("layout", DRAWINGS.values(), ids=repr)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_linear_field_is_mapped_exactly_inside_and_to_zero_outside(layout, shape):
    row, column = grid(layout, shape)
    inside = np.isclose(layout.as_map(np.ones((len(layout), 1)), shape)[0], 1, atol=1e-9)
    values = np.array(layout.cells) @ [2.0, -3.0] + 5
    made = layout.as_map(values[:, None], shape)[0]
    assert 0.5 < inside.mean() < 1
    np.testing.assert_allclose(made[inside], (2 * row - 3 * column + 5)[inside], atol=1e-6)
    np.testing.assert_array_equal(made[~inside], 0)


@pytest.mark.parametrize("layout", DRAWINGS.values(), ids=repr)
def test_at_the_sites_the_map_has_their_values(layout):
    x = np.random.default_rng(1).standard_normal((4, len(layout), 2))
    made = layout.as_map(x, layout.shape)
    np.testing.assert_allclose(layout.from_map(made), x, atol=1e-9)


def test_a_map_has_the_axes_and_the_precision_of_its_volume():
    x = np.random.default_rng(2).standard_normal((2, 3, 62, 5)).astype(np.float32)
    made = SEED_62.as_map(x, (8, 6))
    assert (made.shape, made.dtype) == ((2, 3, 5, 8, 6), np.float32)
    np.testing.assert_allclose(made[1, 2], SEED_62.as_map(x[1, 2].astype(float), (8, 6)), atol=1e-5)
    assert SEED_62.as_map(np.ones((62, 1), int), (8, 6)).dtype == np.float64


def test_the_matrix_is_computed_once_and_cannot_be_changed():
    matrix = interpolation_matrix(SCALP_19, (16, 16))
    assert matrix.shape == (256, 19)
    assert interpolation_matrix(SCALP_19, (16, 16)) is matrix
    with pytest.raises(ValueError, match="read-only"):
        matrix[0, 0] = 1


def test_sites_with_positions_stand_where_they_are_on_the_head():
    layout = layout_from_montage("biosemi64")
    right, front = flat_positions(np.array(layout.positions)).T
    made = layout.as_map(np.stack([right, front], axis=1), (21, 21))
    middle = made[:, 10, 10]
    np.testing.assert_allclose(middle, [(right.max() + right.min()) / 2, (front.max() + front.min()) / 2], atol=1e-6)
    np.testing.assert_allclose(made[1, :, 10], np.linspace(front.max(), front.min(), 21), atol=1e-6)
    assert (np.diff(made[0, 10, 1:-1]) > 0).all()


def test_features_of_patches_are_interpolated_between_their_cells():
    layout = patch_grid(3, 4)
    values = np.array(layout.cells, float) @ [[1.0], [10.0]]
    np.testing.assert_allclose(layout.as_map(values, (5, 7))[0, 2, 2], 1 + 10 * 1, atol=1e-6)


@pytest.mark.parametrize(
    "layout, shape",
    [
        (patch_grid(3, 3, (2, 2)), (9, 9)),
        (drawing("line", "F3 Fz F4"), (9, 9)),
        (patch_grid(1, 1), (3, 3)),
        (EPOC_14, (0, 9)),
    ],
    ids=["pixels", "one line", "one site", "no rows"],
)
def test_a_map_that_cannot_be_interpolated_is_refused(layout, shape):
    with pytest.raises(InputError, match="a map of"):
        layout.as_map(np.ones((len(layout), 4)), shape)
