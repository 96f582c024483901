"""Truths are those of the task, whoever gives them."""

import numpy as np
import pytest

from emoscan.signals import InputError, Target, Task
from emoscan.signals.trials.truths import checked_target

TASK = Task(("calm", "glad"), ("valence", "arousal"), ("au4",), ((1, 9), (-10, 10)))


def full(category=0, valence=5.0, arousal=0.0, unit=0.5, dtype=np.float64):
    return Target(np.array([category]), np.array([[valence, arousal]], dtype), np.array([[unit]], dtype))


@pytest.mark.parametrize(
    "target",
    [full(), full(-1), full(1, 1, -10, 0), full(1, 9, 10, 1), full(valence=np.nan, arousal=np.nan, unit=np.nan)],
)
def test_truths_within_their_scales_stay_as_they_are(target):
    checked = checked_target(TASK, target, "here")
    for part in ("category", "dimensions", "units"):
        np.testing.assert_array_equal(getattr(checked, part), getattr(target, part))


@pytest.mark.parametrize(
    "target, told",
    [
        (full(2), "here: found category 2; wanted one of 0 calm, 1 glad, or -1"),
        (full(-2), "category -2"),
        (full(0.5), "category 0.5"),
        (full(valence=9.01), "valence 9.01; wanted 1 to 9"),
        (full(valence=0), "valence 0.0"),
        (full(arousal=np.inf), "arousal inf; wanted -10 to 10"),
        (full(unit=1.5), "au4 1.5; wanted 0 absent to 1 present"),
        (full(unit=-0.1), "au4 -0.1"),
        (Target(dimensions=np.zeros((1, 3))), r"dimensions of shape \(1, 3\)"),
        (Target(units=np.zeros(1)), r"units of shape \(1,\)"),
        (Target(np.zeros(3, int)), "category of 3 rows; wanted 1, one for each of the target's times"),
        (Target(np.zeros(3, int), times=np.array([0.0, 2.0, 1.0])), "times of a target that run backwards"),
        (Target(np.zeros((1, 1), int)), r"category of shape \(1, 1\); wanted one value a row"),
        (Target(np.array(["calm"])), "category of the type <U4; wanted real numbers"),
        (Target([[0]]), "category of shape"),
        (Target(dimensions=np.array([[1j, 1]])), "dimensions of the type complex128"),
        (Target(dimensions=np.array([["5", "5"]])), "dimensions of the type"),
        (Target(units=np.array([[None]])), "units of the type object"),
        (Target(np.zeros(2, int), times=np.array(["a", "b"])), "times of the type"),
        (Target(np.zeros(2, int), times=np.zeros((2, 1))), r"times of shape \(2, 1\)"),
    ],
)
def test_a_truth_of_another_task_is_refused_in_one_line_with_its_place(target, told):
    with pytest.raises(InputError, match=told) as error:
        checked_target(TASK, target, "here")
    assert "\n" not in str(error.value)


def test_a_part_without_columns_is_missing():
    checked = checked_target(TASK, Target.of(1), "here")
    assert np.isnan(checked.dimensions).all()
    assert checked.dimensions.shape == (1, 2)
    assert np.isnan(checked.units).all()
    assert checked.units.shape == (1, 1)


@pytest.mark.parametrize("ends", [(0.1, 0.7), (-0.3, 0.9), (1.1, 8.7)])
def test_the_ends_of_a_scale_belong_to_it_in_single_precision_too(ends):
    task = Task(dimensions=("valence",), ranges=(ends,))
    for end in ends:
        checked_target(task, Target(dimensions=np.array([[end]], np.float32)), "here")


def test_a_task_without_categories_takes_none():
    with pytest.raises(InputError, match="category 0; wanted -1, as the task has no categories"):
        checked_target(Task(units=("au1",)), Target.of(0), "here")


@pytest.mark.parametrize("low, high", [(-1, 1), (1, 9), (0, 100), (-10, 10), (0.1, 0.7), (-3, -1)])
def test_what_networks_see_is_minus_one_to_one_and_comes_back(low, high):
    task = Task(dimensions=("valence", "arousal"), ranges=((low, high), (-1, 1)))
    values = np.stack([np.linspace(low, high, 101), np.linspace(-1, 1, 101)], axis=1)
    seen = task.normalised(values)
    np.testing.assert_allclose(seen[:, 0], np.linspace(-1, 1, 101), atol=1e-12)
    np.testing.assert_array_equal(seen[:, 1], values[:, 1])
    np.testing.assert_allclose(task.rated(seen), values, atol=1e-12 * max(abs(low), abs(high)))


@pytest.mark.parametrize(
    "ranges, told",
    [
        (((9, 1),), "from 9 to 1"),
        (((1, 1),), "from 1 to 1"),
        (((np.nan, 1),), "from nan to 1"),
        (((1, np.inf),), "from 1 to inf"),
        (((1, 9), (1, 9)), "2 ranges of 1 dimensions"),
    ],
)
def test_a_range_that_is_none_is_refused(ranges, told):
    with pytest.raises(InputError, match=told):
        Task(dimensions=("valence",), ranges=ranges)
