"""Intervals cover, tests agree with their definitions."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscan.benchmarks.scores.metrics import category_scores, rating_scores
from emoscan.benchmarks.scores.statistics import bootstrap_interval, difference_interval, exchange_test, holm


def mean(total):
    """A score that is a sum over people: (..., K, 1, 1) -> (...)."""
    return total[..., 0, 0].mean(axis=-1)


def people(values):
    """(n,) shares of a mean as sums of n people with one seed."""
    return (np.asarray(values, float) / len(values))[:, None, None, None]


def recall(total):
    return category_scores(total)["balanced_accuracy"].mean(axis=-1)


def confusions(rng, n, seeds=1, classes=3, skill=0.0):
    """(n, K, 3, C) sums of people whose windows are called right with chance plus ``skill``."""
    windows = rng.integers(5, 15, (n, classes))
    right = rng.binomial(windows[:, None], min(1 / classes + skill, 1), (n, seeds, classes))
    return np.stack([np.repeat(windows[:, None], seeds, 1), right, right + 1], axis=2).astype(float)


@pytest.mark.parametrize("n", [6, 8, 20])
def test_intervals_cover_the_mean_about_as_often_as_they_say(n):
    rng = np.random.default_rng(n)
    covered = [0.6 in bootstrap_interval(people(rng.normal(0.6, 0.1, n)), mean, seed=i) for i in range(200)]
    assert 0.91 <= np.mean(covered) <= 0.985  # plain percentiles cover .85 to .88 with six


def test_fewer_than_six_people_carry_no_interval():
    assert bootstrap_interval(people([0.6, 0.7, 0.8, 0.7, 0.6]), mean) is None
    assert bootstrap_interval(people([0.6, 0.7, 0.8, 0.7, 0.6, 0.7]), mean) is not None


def test_every_resample_has_every_class():
    sums = confusions(np.random.default_rng(0), 8)
    sums[1:, :, :, 2] = 0  # one person alone has the third class
    seen = []

    def noted(total):
        seen.append((total[:, 0, 0, 2] > 0).all())
        return recall(total)

    assert bootstrap_interval(sums, noted, needed=sums[:, 0, 0]) is not None
    assert all(seen)
    alone = np.zeros((14, 1, 3, 14))
    alone[np.arange(14), 0, :, np.arange(14)] = 1  # everybody has a class of their own: no resample will do
    assert bootstrap_interval(alone, recall, needed=alone[:, 0, 0]) is None


@given(st.integers(0, 10_000), st.integers(2, 8))
def test_an_exchange_is_the_sign_flip_where_the_score_is_a_sum_over_people(seed, n):
    a, b = np.random.default_rng(seed).random((2, n))
    signs = np.array(list(product([-1, 1], repeat=n)))
    means = signs @ (a - b) / n
    two = np.mean(np.abs(means) >= abs(np.mean(a - b)) - 1e-9)
    one = np.mean(means >= np.mean(a - b) - 1e-9)
    assert exchange_test(people(a), people(b), mean) == pytest.approx(two)
    assert exchange_test(people(a), people(b), mean, two_sided=False) == pytest.approx(one)


@given(st.integers(0, 10_000), st.integers(2, 6))
def test_an_exchange_of_any_score_is_that_of_its_definition(seed, n):
    rng = np.random.default_rng(seed)
    a, b = confusions(rng, n, seeds=2, skill=0.2), confusions(rng, n, seeds=2)
    b[:, :, 0] = a[:, :, 0]
    seen = recall(a.sum(axis=0)) - recall(b.sum(axis=0))
    found = []
    for swapped in product([False, True], repeat=n):
        first = np.where(np.array(swapped)[:, None, None, None], b, a).sum(axis=0)
        second = np.where(np.array(swapped)[:, None, None, None], a, b).sum(axis=0)
        found.append(recall(first) - recall(second))
    assert exchange_test(a, b, recall) == pytest.approx(np.mean(np.abs(found) >= abs(seen) - 1e-9))


def test_drawn_exchanges_come_near_all_of_them(monkeypatch):
    rng = np.random.default_rng(3)
    a, b = confusions(rng, 12, skill=0.08), confusions(rng, 12)
    b[:, :, 0] = a[:, :, 0]
    exact = exchange_test(a, b, recall)
    monkeypatch.setattr("emoscan.benchmarks.scores.statistics.EXACT", 5)
    assert exchange_test(a, b, recall) == pytest.approx(exact, abs=0.01)


def test_a_row_of_one_seed_is_repeated():
    rng = np.random.default_rng(4)
    a, b = confusions(rng, 9, seeds=3, skill=0.1), confusions(rng, 9)
    assert exchange_test(a, b, recall) == exchange_test(a, np.repeat(b, 3, axis=1), recall)
    two = confusions(rng, 9, seeds=2)
    assert 0 < exchange_test(a, two, recall) <= 1


def test_equal_rows_do_not_differ_and_twelve_people_who_all_gain_do():
    assert exchange_test(people([0.5, 0.6]), people([0.5, 0.6]), mean) == 1
    gain = np.linspace(0.01, 0.1, 12)
    assert exchange_test(people(gain), people(np.zeros(12)), mean) == pytest.approx(2 / 2**12)
    assert exchange_test(people(gain[:5]), people(np.zeros(5)), mean) > 0.05


def test_concordance_is_tested_by_exchange_and_its_difference_has_an_interval():
    rng = np.random.default_rng(5)

    def moments(noise):
        t = rng.standard_normal((10, 40))
        p = t + noise * rng.standard_normal((10, 40))
        sums = [np.full(10, 40.0), t.sum(1), p.sum(1), (t * t).sum(1), (p * p).sum(1), (t * p).sum(1)]
        sums += [((t - p) ** 2).sum(1), np.zeros(10)]
        return np.stack(sums, axis=1)[:, None, :, None]

    def ccc(total):
        return rating_scores(total, ("v",))["ccc"].mean(axis=-1)

    good, poor = moments(0.5), moments(3.0)
    assert exchange_test(good, poor, ccc) < 0.01
    interval = difference_interval(good, poor, ccc)
    assert 0 < interval.low < ccc(good.sum(0)) - ccc(poor.sum(0)) < interval.high


def test_holm_gives_known_answers_in_the_order_given():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]
