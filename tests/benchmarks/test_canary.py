"""The canary: with the labels' link cut an honest split is at chance, and a leak shows."""

import numpy as np
import pytest

from emoscan.benchmarks import canary, first_trials, k_folds, leave_one_out
from emoscan.benchmarks.studies.canary_study import default_split, judged, null_cache, with_dealt_labels


def test_an_honest_split_stays_at_chance_and_leaks_are_worth_a_lot(null):
    result = canary(null)
    assert result.passed
    assert judged(result.honest).above is False
    assert all(judged(report).above for report in result.leaky)
    assert all(report.tallies["fixed"].scores["balanced_accuracy"] > 0.9 for report in result.leaky)
    assert all(report.protocol.leaky for report in result.leaky)
    assert "nothing was found" in next(result.words())


def test_a_real_effect_is_gone_once_labels_are_dealt_anew(cache):
    """The same split finds it with the true labels."""
    result = canary(cache, model="linear", seed=1)
    assert result.passed
    assert "too few to tell (3 people; 6 are needed), so this proves little" in next(result.words())


@pytest.mark.parametrize("split", [first_trials(4), leave_one_out("subject")], ids=repr)
def test_dealing_keeps_the_categories_of_every_side_of_every_fold(cache, tmp_path, split):
    dealt = with_dealt_labels(cache, split, "eeg", tmp_path / "dealt", 0)
    assert not np.array_equal(dealt.category, cache.category)
    for fold in split(cache.columns):
        for session in set(cache.subject):
            for side in (fold.train, fold.test):
                rows = side[cache.subject[side] == session]
                assert sorted(dealt.category[rows]) == sorted(cache.category[rows])
    for i in range(len(cache)):
        np.testing.assert_array_equal(dealt[i]["eeg"].x, cache[i]["eeg"].x)


@pytest.mark.parametrize(
    "split",
    [leave_one_out("trial", within="subject"), leave_one_out("stimulus"), k_folds("trial", 2, within="subject")],
    ids=repr,
)
def test_where_each_trial_has_its_turn_labels_are_dealt_among_all_of_a_session(cache, tmp_path, split):
    dealt = [with_dealt_labels(cache, split, "eeg", tmp_path / f"dealt {seed}", seed).category for seed in range(3)]
    assert all((cache.category != other).mean() > 0.3 for other in dealt)
    for person in set(cache.subject):
        own = cache.subject == person
        assert sorted(dealt[0][own]) == sorted(cache.category[own])


def test_the_default_split_fits_the_sessions(cache, null):
    assert default_split(null.columns) == first_trials(6)
    two_trials = {name: values[cache.trial <= 2] for name, values in cache.columns.items()}
    assert default_split(two_trials) == leave_one_out("subject")


@pytest.mark.slow
def test_the_simulation_in_the_shape_of_seed_tells_honest_from_leaky():
    with null_cache(subjects=6, sessions=1, time_scale=0.15) as cache:
        result = canary(cache)
    assert len(result.honest.tested) == 36
    assert result.passed
    assert result.leaky[0].tallies["fixed"].scores["balanced_accuracy"] > 0.9
