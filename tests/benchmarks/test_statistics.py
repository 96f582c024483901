"""Intervals cover, tests agree with their definitions."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscan.benchmarks.statistics import bootstrap_interval, holm, paired_test, wilson
from emoscan.signals import InputError


def test_bootstrap_intervals_cover_the_mean_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    samples = rng.normal(0.6, 0.1, (150, 20))
    covered = np.mean([0.6 in bootstrap_interval(sample) for sample in samples])
    assert 0.87 < covered < 0.99


def test_one_subject_carries_no_interval():
    assert bootstrap_interval([0.7]) is None


def test_wilson_gives_known_bounds():
    interval = wilson(81 / 263, 263)  # Newcombe 1998, table I, method 3
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 20).low == 0
    assert wilson(1, 20).high == 1
    with pytest.raises(InputError):
        wilson(0.5, 0)


def by_all_signs(a, b):
    """Wilcoxon's test from its definition, without ties or zeros."""
    difference = np.asarray(a) - b
    ranks = np.abs(difference).argsort().argsort() + 1
    middle = ranks.sum() / 2
    seen = abs(ranks[difference > 0].sum() - middle)
    signs = np.array(list(product([0, 1], repeat=len(a))))
    return np.mean(np.abs(signs @ ranks - middle) >= seen - 1e-9)


@given(st.integers(0, 10_000), st.integers(2, 9))
def test_the_paired_test_is_wilcoxons_over_all_signs(seed, n):
    a, b = np.random.default_rng(seed).random((2, n))
    assert paired_test(a, b) == pytest.approx(by_all_signs(a, b))


def test_equal_scores_do_not_differ_and_unequal_numbers_are_refused():
    assert paired_test([0.5, 0.6], [0.5, 0.6]) == 1
    with pytest.raises(InputError, match="2 and 3 scores"):
        paired_test([1, 2], [1, 2, 3])


def test_twelve_people_who_all_gain_are_significant_and_five_are_not():
    gain = np.linspace(0.01, 0.1, 12)
    assert paired_test(gain, np.zeros(12)) == pytest.approx(2 / 2**12)
    assert paired_test(gain[:5], np.zeros(5)) > 0.05


def test_holm_gives_known_answers_in_the_order_given():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]
