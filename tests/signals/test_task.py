"""What is predicted and the truth about it: any mix, missing said explicitly, nothing known before it was said."""

import numpy as np
import pytest

from emoscan.signals import MISSING_CATEGORY, InputError, Target, Task
from emoscan.signals.trials.task import near_equal

SERIES = Target(
    category=np.array([2, 0, 1], np.int16),
    dimensions=np.array([[0.1, 0.2], [0.3, np.nan], [0.5, 0.6]], np.float32),
    units=np.array([[1], [0], [1]], np.float32),
    times=np.array([1.0, 2.0, 4.0]),
)


@pytest.mark.parametrize(
    "parts",
    [
        {"categories": ("calm", "glad")},
        {"dimensions": ("valence",)},
        {"units": ("AU1",)},
        {"categories": ("calm", "glad"), "dimensions": ("valence", "arousal")},
        {"dimensions": ("valence",), "units": ("AU1", "AU2")},
    ],
)
def test_any_mix_can_be_predicted(parts):
    task = Task(**parts)
    for kind in ("categories", "dimensions", "units"):
        assert getattr(task, kind) == parts.get(kind, ())


@pytest.mark.parametrize(
    "parts",
    [{}, {"categories": ("calm",)}, {"categories": ("calm", "calm")}, {"categories": ("a", "b"), "dimensions": ("a",)}],
)
def test_nothing_one_category_and_a_name_twice_are_refused(parts):
    with pytest.raises(InputError, match="something to predict"):
        Task(**parts)


def test_the_truth_of_a_whole_trial_holds_at_any_time():
    made = Target.of(2, (0.5, -0.5)).at(np.array([-9.0, 0.0, 1e6]))
    assert made.category.tolist() == [2, 2, 2]
    np.testing.assert_array_equal(made.dimensions, [[0.5, -0.5]] * 3)
    assert made.units.shape == (3, 0)


def test_of_a_series_the_row_that_began_last_holds():
    made = SERIES.at(np.array([1.0, 1.999, 2.0, 3.0, 4.0, 99.0]))
    assert made.category.tolist() == [2, 2, 0, 0, 1, 1]
    np.testing.assert_array_equal(made.units[:, 0], [1, 1, 0, 0, 1, 1])
    np.testing.assert_array_equal(made.dimensions, SERIES.dimensions[[0, 0, 1, 1, 2, 2]])


def test_before_the_first_row_nothing_is_known():
    made = SERIES.at(np.array([0.0, 0.999]))
    assert made.category.tolist() == [MISSING_CATEGORY] * 2
    assert np.isnan(made.dimensions).all()
    assert np.isnan(made.units).all()


def test_before_a_series_of_one_row_nothing_is_known_either():
    made = Target(np.array([1]), times=np.array([5.0])).at(np.array([4.0, 5.0]))
    assert made.category.tolist() == [MISSING_CATEGORY, 1]


def test_asked_again_at_the_same_times_the_truth_is_the_same():
    times = np.array([1.0, 1.5, 3.0])
    once = SERIES.at(times)
    again = once.at(times)
    for name in ("category", "dimensions", "units", "times"):
        np.testing.assert_array_equal(getattr(again, name), getattr(once, name))


def test_a_target_says_nothing_unless_it_is_told():
    made = Target().at(np.zeros(3))
    assert made.category.tolist() == [MISSING_CATEGORY] * 3
    assert made.category.dtype == np.int16
    assert made.dimensions.shape == made.units.shape == (3, 0)


@pytest.mark.parametrize(
    "ranges",
    [
        (("a", "b"),),
        ((1,),),
        {"v": (1, 9)},
        ((None, 9),),
        5,
        ("19",),
        ((9, 1),),
        ((1, 1),),
        ((True, False),),
        ((1, 9), (1, 9)),
        ((0, 1e200),),
        ((0, 5e-324),),
        ((-1.7e308, 1.7e308),),
    ],
)
def test_ranges_that_are_none_are_refused(ranges):
    with pytest.raises(InputError):
        Task(dimensions=("v",), ranges=ranges)


def test_texts_whose_accents_are_stored_otherwise_are_told_so_that_one_sees_it():
    (sentence,) = near_equal("categories", ["fr\u00f6hlich", "fro\u0308hlich", "froh"])
    assert "'fr\u00f6hlich' and 'fro\\u0308hlich' are told apart" in sentence
