"""A cache seen with classes of its ratings: the same files, and one truth wherever it is looked at."""

import pickle

import numpy as np
import pytest
from pair_study import pair_cache

from emoscan.preprocessing import Cache
from emoscan.signals import SCALP_19, InputError, Target, Task

TASK = Task(("own", "other"), ("valence", "arousal"), ranges=((1, 9), (1, 9)))
VALENCE = [8.0, 2.0, 5.0, np.nan, 6.0, 3.0]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Six trials rated once each, but the last, whose valence rises from 3 to 7 at its fourth slice."""
    truth = [Target(np.zeros(1, np.int16), np.array([[v, 9 - v]])) for v in VALENCE[:-1]]
    truth.append(Target(np.ones(2, np.int16), np.array([[3.0, 1.0], [7.0, 1.0]]), times=np.array([0.0, 3.0])))
    rng = np.random.default_rng(0)
    return Cache.from_arrays(
        tmp_path_factory.mktemp("rated") / "cache",
        [rng.standard_normal((6, 19, 2)) for _ in VALENCE],
        layout=SCALP_19,
        task=TASK,
        category=truth,
        subject=list("aabbcc"),
        trial=[1, 2] * 3,
    )


def test_columns_windows_and_volumes_have_the_classes_of_the_rule(cache):
    seen = cache.classed("valence > 5")
    assert seen.task.categories == ("low valence", "high valence")
    assert seen.category.tolist() == [1, 0, 0, -1, 1, -1], "the last one changes"
    windows = seen.windows(3, 3)
    assert windows.category.tolist() == [1, 1, 0, 0, 0, 0, -1, -1, 1, 1, 0, 1]
    assert windows.columns["category"].tolist() == np.repeat(seen.category, 2).tolist()
    assert [own["eeg"].target.category[-1] for own in seen] == windows.category[1::2].tolist()
    assert windows.take(np.array([11, 0])).category.tolist() == [1, 1]


def test_all_but_the_categories_is_as_it_was(cache):
    seen = cache.classed("quadrants")
    assert seen.index is cache.index
    assert seen.task.dimensions == TASK.dimensions
    for name in set(cache.columns) - {"category"}:
        np.testing.assert_array_equal(seen.columns[name], cache.columns[name])
    np.testing.assert_array_equal(seen.windows(3, 3).x(), cache.windows(3, 3).x())
    np.testing.assert_array_equal(seen.windows(3, 3).dimensions, cache.windows(3, 3).dimensions)
    assert cache.task.categories == ("own", "other")
    assert cache.category.tolist() == [0] * 5 + [1]


def test_a_median_is_that_of_the_named_trials_a_trial_weighing_the_same(cache):
    assert cache.classed("valence > median", [0, 1, 2]).thresholds == (5.0,)
    assert cache.classed("valence > median", [1, 2, 5]).thresholds == (4.0,)  # 2, 5, and half a trial of 3 and of 7
    assert cache.classed("valence > median", [2, 3]).classes == "valence > 5"
    with pytest.raises(InputError, match="those that are tested as well is a leak"):
        cache.classed("valence > median")


def test_the_median_of_no_rating_leaves_every_category_missing(cache):
    seen = cache.classed("valence > median", [3])
    assert set(seen.category.tolist()) == {-1}
    assert set(seen.windows(2, 2).category.tolist()) == {-1}


def test_a_view_comes_back_from_a_pickle_and_can_be_seen_otherwise_again(cache):
    seen = cache.classed("quadrants(median)", [0, 1, 2, 4])
    again = pickle.loads(pickle.dumps(seen))
    assert (again.thresholds, again.task) == (seen.thresholds, seen.task)
    np.testing.assert_array_equal(again.category, seen.category)
    np.testing.assert_array_equal(seen.classed("valence > 5").category, cache.classed("valence > 5").category)
    assert "classes quadrants(valence > 5.5, arousal > 3.5)" in repr(again)


def test_windows_on_one_clock_have_the_classes_too_and_ratings_that_follow_categories_give_them_back(tmp_path):
    pair = pair_cache(tmp_path / "pair", effect=1.0, without=(("face", (2,)),))  # valence is 1 if high, else -1
    seen = pair.classed("valence > 0")
    np.testing.assert_array_equal(seen.joint_windows(4, 2).category, pair.joint_windows(4, 2).category)
    np.testing.assert_array_equal(seen.category, pair.category)
    other = pair.classed("valence >= 1")
    np.testing.assert_array_equal(
        other.windows(2, 1, modality="face").category, pair.windows(2, 1, modality="face").category
    )


def test_what_the_cache_lacks_is_refused(cache):
    with pytest.raises(InputError, match="one of valence, arousal"):
        cache.classed("liking > 5")
    with pytest.raises(InputError, match="no rule"):
        cache.classed("valence is high")
