"""Stretches of a series out of many files: those that the files hold, and never a byte beside them."""

import numpy as np
import pytest

from emoscan.preprocessing.cache_files.stored_series import StoredSeries

KINDS = [((3, 2), np.float32), ((4, 5), np.uint8), ((), np.float64)]


def files(shape, kind, lengths=(7, 1, 12, 30)):
    draw = np.random.default_rng(0)
    return [draw.integers(0, 200, (n, *shape)).astype(kind) for n in lengths]


def test_stretches_of_one_file_are_too():
    held = files((3, 2), np.float32)
    found = stored_of(held).stretches(np.array([2, 2, 2]), np.array([7, 0, 3]), 5)
    assert np.array_equal(found, np.stack([held[2][row : row + 5] for row in (7, 0, 3)]))


def stored_of(held):
    stored = StoredSeries(len(held))
    for number, source in enumerate(held):
        stored.add(number, source)
    return stored


@pytest.mark.parametrize("shape, kind", KINDS)
def test_stretches_are_what_indexing_gives(shape, kind):
    held = files(shape, kind)
    stored = stored_of(held)
    draw = np.random.default_rng(1)
    which = draw.choice([0, 2, 3], 100)
    rows = np.array([draw.integers(0, len(held[file]) - 5 + 1) for file in which])
    found = stored.stretches(which, rows, 5)
    assert found.dtype == kind
    assert np.array_equal(found, np.stack([held[file][row : row + 5] for file, row in zip(which, rows, strict=True)]))


def test_a_view_that_is_not_in_one_piece_is_copied_first():
    held = [x[::2] for x in files((3,), np.float32)]
    assert np.array_equal(stored_of(held).stretches(np.array([3]), np.array([4]), 5)[0], held[3][4:9])


def test_no_stretch_of_no_file_has_the_shape_of_the_others():
    held = files((3, 2), np.float32)
    none = np.zeros(0, int)
    assert stored_of(held).stretches(none, none, 4).shape == (0, 4, 3, 2)


@pytest.mark.parametrize("beside", [2, None])
@pytest.mark.parametrize("file, row", [(0, 3), (0, -1), (1, 0), (3, 26)])
def test_a_stretch_beyond_a_file_is_refused(file, row, beside):
    stored = stored_of(files((3, 2), np.float32))
    with pytest.raises(ValueError, match="beyond"):
        stored.stretches(np.array([file if beside is None else beside, file]), np.array([0, row]), 5)


def test_only_those_that_were_not_added_are_missing():
    held = files((3,), np.float32)
    stored = StoredSeries(len(held))
    stored.add(2, held[2])
    assert stored.missing(np.array([3, 2, 3, 0])) == {0, 3}
    assert np.array_equal(stored[2], held[2])
