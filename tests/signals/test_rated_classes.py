"""Rules that make categories of ratings: what they say, where ties go, what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscan.signals import InputError, RatedClasses, Task
from emoscan.signals.trials.rated_classes import EXAMPLES, level_names, trial_median

TASK = Task(dimensions=("valence", "arousal", "dominance"), ranges=((1, 9), (1, 9), (0, 100)))
TIED = np.array([[4.0, 9.0, 0.0], [5.0, 5.0, 50.0], [6.0, 1.0, 100.0], [np.nan, 6.0, 60.0]])


def said(text, ratings=TIED, training=()):
    rule = RatedClasses.read(text)
    return rule.category(TASK, ratings, rule.thresholds(TASK, training)).tolist()


@pytest.mark.parametrize(
    "text, category",
    [
        ("valence > 5", [0, 0, 1, -1]),
        ("valence >= 5", [0, 1, 1, -1]),
        ("arousal>=5.5", [1, 0, 0, 1]),
        ("dominance > middle", [0, 0, 1, 1]),
        ("quadrants", [1, 0, 2, -1]),
        ("quadrants(valence >= 5, dominance > 20)", [0, 3, 3, -1]),
        ("quadrants(dominance > 20, valence >= 5)", [0, 3, 3, -1]),
    ],
)
def test_what_lies_on_a_threshold_follows_the_operator_and_what_is_missing_stays_missing(text, category):
    assert said(text) == category


def test_names_say_which_rating_is_low_and_which_is_high():
    assert RatedClasses.read("valence > 5").categories == ("low valence", "high valence")
    assert RatedClasses.read("quadrants").categories == (
        "low valence, low arousal",
        "low valence, high arousal",
        "high valence, low arousal",
        "high valence, high arousal",
    )
    assert level_names(()) == ()


@given(st.lists(st.lists(st.sampled_from([1.0, 2.0, 2.5, 7.0, 9.0]), min_size=1, max_size=1), min_size=1, max_size=9))
def test_the_median_of_trials_with_one_rating_is_the_median(trials):
    assert trial_median([np.array(own) for own in trials]) == np.median(np.concatenate(trials))


def test_a_long_trial_weighs_no_more_than_a_short_one_in_a_median():
    short = [np.array([2.0]), np.array([3.0])]
    assert trial_median([*short, np.full(1000, 8.0)]) == 3.0
    assert trial_median([*short, np.r_[np.full(500, 8.0), np.full(250, np.nan)]]) == 3.0
    assert trial_median([*short, np.array([1.0, 8.0])]) == 2.5  # half a trial below, half above
    assert np.isnan(trial_median([np.array([np.nan])]))


def test_a_median_is_that_of_the_training_ratings_and_a_rating_on_it_is_low():
    training = [TIED[:1], TIED[1:2], TIED[2:3], TIED[3:]]
    assert RatedClasses.read("quadrants(median)").thresholds(TASK, training) == (5.0, 5.5)
    assert said("valence > median", training=training) == [0, 0, 1, -1]
    assert said("valence > median", training=[TIED[3:]]) == [-1] * 4


@pytest.mark.parametrize("text", [*EXAMPLES, "valence > middle", "quadrants(arousal > median, valence >= -1e-3)"])
def test_a_rule_read_again_from_its_text_is_the_same(text):
    rule = RatedClasses.read(text)
    assert RatedClasses.read(rule.written) == rule
    assert RatedClasses.read(f"  {text.replace(' ', '  ')} ") == rule


def test_rules_that_mean_the_same_are_written_the_same():
    for texts in (
        ("valence>5", "valence > 5.0", "valence > +5"),
        ("quadrants", "quadrants(middle)", "quadrants(valence > middle, arousal > middle)"),
    ):
        assert len({RatedClasses.read(text).written for text in texts}) == 1


def test_a_median_with_many_digits_is_kept_to_the_last_one():
    at = 4 + 1 / 3
    assert RatedClasses.read(RatedClasses.read("valence > median").at((at,)).written).cuts[0].at == at


def test_a_rule_in_words_has_its_numbers_and_the_range():
    fold = [(4.75,), (5.25,)]
    assert RatedClasses.read("valence >= 5").words(TASK, [(5.0,)]) == "valence >= 5 (of 1 to 9)"
    assert RatedClasses.read("valence > median").words(TASK, fold) == (
        "valence > median of each training part (4.75 to 5.25)"
    )
    assert RatedClasses.read("quadrants(valence > median, dominance > 40)").words(TASK, [(4.5, 40.0)] * 2) == (
        "quadrants of valence > median of each training part (4.5) and dominance > 40 (of 0 to 100)"
    )


def test_a_task_gets_the_categories_in_place_of_its_own_and_keeps_the_rest():
    task = RatedClasses.read("valence > 5").task(Task(("a", "b", "c"), ("valence",), ("au1",), ((1, 9),)))
    assert task == Task(("low valence", "high valence"), ("valence",), ("au1",), ((1, 9),))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "high",
        "valence",
        "valence >",
        "> 5",
        "valence < 5",
        "valence => 5",
        "valence == 5",
        "valence > five",
        "valence > nan",
        "valence > 4,5",
        "valence > 5 > 3",
        "valence > 5, arousal > 5",
        "valence > mean",
        "quadrants()",
        "quadrants(mean)",
        "quadrants(valence > 5)",
        "quadrants(valence > 3, valence > 7)",
        "quadrants(valence > 5, arousal > 5, dominance > 5)",
        "quadrants(median",
        "__import__('os').system('touch x')",
        "valence > 5\n> 3",
        True,
        None,
    ],
)
def test_what_is_no_rule_is_refused_with_one_of_each_kind(text):
    with pytest.raises(InputError, match=r"no rule.*valence > 5;.*quadrants\(median\)") as refused:
        RatedClasses.read(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text, told",
    [
        ("liking > 5", "no rating 'liking'; wanted one of valence, arousal, dominance"),
        ("Valence > 5", "no rating 'Valence'"),
        ("quadrants(valence > 5, mood > 5)", "no rating 'mood'"),
        ("valence > 9", "ratings of 1 to 9, of which none is high"),
        ("valence > 12", "none is high"),
        ("valence >= 9.5", "none is high"),
        ("valence > 0.5", "none is low"),
        ("valence >= 1", "none is low"),
        ("dominance > -1", "ratings of 0 to 100, of which none is low"),
        ("valence > 1e999", "none is high"),
        ("valence > -1e999", "none is low"),
    ],
)
def test_a_rating_that_is_not_there_and_a_threshold_without_two_sides_are_refused(text, told):
    with pytest.raises(InputError) as refused:
        RatedClasses.read(text).check(TASK)
    assert told in str(refused.value)


def test_thresholds_at_the_ends_that_leave_two_sides_are_taken():
    for text in ("valence > 1", "valence >= 9", "valence > 8.999"):
        RatedClasses.read(text).check(TASK)


def test_a_task_without_ratings_is_told_apart_from_a_misspelt_one():
    with pytest.raises(InputError, match="no rating 'valence', nor any other; wanted a dataset with ratings"):
        RatedClasses.read("quadrants").task(Task(("a", "b")))
