"""Volumes hold what their shapes say, and nothing that is not a number where it may be trusted."""

import numpy as np
import pytest

from emoscan.signals import InputError, Volume, drawing

LAYOUT = drawing("two", "F3 F4")


def volume(**changed):
    parts = {
        "stored": np.zeros((4, 2, 3), np.float32),
        "times": np.arange(4.0),
        "valid": np.ones(4, bool),
        "layout": LAYOUT,
        "features": ("a", "b", "c"),
        "duration": 1.0,
        "subject": "7",
        "trial": 2,
    }
    return Volume(**parts | changed)


def test_a_volume_keeps_what_it_is_given():
    made = volume()
    assert (made.x.shape, made.subject, made.session, made.causal) == ((4, 2, 3), "7", "", True)
    assert made.target.category.tolist() == [-1]


def test_a_volume_may_be_empty():
    empty = volume(stored=np.zeros((0, 2, 3), np.float32), times=np.zeros(0), valid=np.zeros(0, bool))
    assert len(empty.times) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"stored": np.zeros((4, 3, 3), np.float32)},
        {"stored": np.zeros((4, 2, 2), np.float32)},
        {"stored": np.zeros((4, 6), np.float32)},
        {"times": np.arange(3.0)},
        {"valid": np.ones(3, bool)},
        {"features": ("a", "b")},
    ],
    ids=["sites", "features", "axes", "times", "valid", "names"],
)
def test_shapes_that_disagree_are_refused_with_both(changed):
    with pytest.raises(InputError, match="wanted \\(") as refused:
        volume(**changed)
    assert str(changed.get("stored", np.zeros((4, 2, 3))).shape) in str(refused.value)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_valid_slice_is_finite_an_invalid_one_need_not_be(value):
    x = np.zeros((4, 2, 3), np.float32)
    x[1, 0, 2] = value
    with pytest.raises(InputError, match="subject 7, trial 2: found NaN or infinite values"):
        volume(stored=x)
    assert not np.isfinite(volume(stored=x, valid=np.array([True, False, True, True])).x).all()
