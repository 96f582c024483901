"""Metrics against known answers and against their formulas; missing truths do not count."""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from emoscan.benchmarks.scores.metrics import (
    category_metrics,
    concordance,
    confusion,
    dimension_metrics,
    trial_scores,
    trial_sums,
    trial_votes,
    unit_metrics,
)
from emoscan.signals import InputError


def sure(predicted, n=3):
    return np.eye(n)[np.asarray(predicted)]


def test_metrics_of_a_known_confusion():
    truth, said = np.array([0, 0, 0, 0, 1, 1]), sure([0, 0, 0, 1, 1, 0])
    found = category_metrics(truth, said)
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["balanced_accuracy"] == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert found["macro_f1"] == pytest.approx((6 / 8 + 2 / 4) / 2)  # of the categories that occur
    assert found["macro_f1_all"] == pytest.approx((6 / 8 + 2 / 4 + 0) / 3)
    assert confusion(truth, said).tolist() == [[3, 1, 0], [1, 1, 0], [0, 0, 0]]


@given(st.integers(0, 10_000), st.integers(2, 5))
def test_metrics_are_those_of_scikit_learn(seed, n):
    rng = np.random.default_rng(seed)
    truth, said = rng.integers(0, n, 40), rng.random((40, n))
    found, predicted = category_metrics(truth, said), said.argmax(axis=1)
    present = np.unique(truth)
    average = {"average": "macro", "labels": present, "zero_division": 0}
    assert found["accuracy"] == pytest.approx(sklearn.metrics.accuracy_score(truth, predicted))
    assert found["balanced_accuracy"] == pytest.approx(sklearn.metrics.recall_score(truth, predicted, **average))
    assert found["macro_f1"] == pytest.approx(sklearn.metrics.f1_score(truth, predicted, **average))
    units = rng.integers(0, 2, (40, 2)).astype(float)
    f1 = [sklearn.metrics.f1_score(units[:, u], said[:, u] >= 0.5, zero_division=0) for u in range(2)]
    assert unit_metrics(("a", "b"), units, said[:, :2])["unit_f1"] == pytest.approx(np.mean(f1))


@given(st.integers(0, 10_000), st.sampled_from([(1e-3, 0.0), (1.0, 5.0), (1e3, -40.0)]))
def test_concordance_and_errors_are_those_of_their_formulas(seed, scale_and_middle):
    scale, middle = scale_and_middle
    x, y = middle + scale * np.random.default_rng(seed).standard_normal((2, 30))
    found = dimension_metrics(("v",), x[:, None], y[:, None])
    cov = np.mean((x - x.mean()) * (y - y.mean()))
    assert found["ccc_v"] == pytest.approx(2 * cov / (x.var() + y.var() + (x.mean() - y.mean()) ** 2), abs=1e-7)
    assert found["rmse_v"] == pytest.approx(np.sqrt(np.mean((x - y) ** 2)), rel=1e-6)
    assert found["pearson_v"] == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-6)


def test_always_saying_one_category_is_worth_chance():
    truth = np.repeat([0, 1, 2], [70, 20, 10])
    found = category_metrics(truth, sure(np.zeros(100, int)))
    assert found["accuracy"] == pytest.approx(0.7)
    assert found["balanced_accuracy"] == pytest.approx(1 / 3)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30), st.integers(0, 30))
def test_windows_without_a_truth_change_nothing(truth, n_missing):
    rng = np.random.default_rng(n_missing)
    said = rng.random((len(truth) + n_missing, 3))
    with_missing = np.array(truth + [-1] * n_missing)
    assert category_metrics(with_missing, said) == category_metrics(np.array(truth), said[: len(truth)])


@pytest.mark.parametrize("metric", [category_metrics, confusion])
def test_no_truth_at_all_is_refused(metric):
    with pytest.raises(InputError, match="no window with a truth"):
        metric(np.full(3, -1), sure([0, 1, 2]))


def test_a_trial_votes_by_majority_and_a_tie_goes_to_the_greater_sum():
    trial = np.array([0, 0, 0, 1, 1])
    said = np.array([[0.6, 0.4], [0.6, 0.4], [0.0, 1.0], [0.9, 0.1], [0.2, 0.8]])
    true, voted = trial_votes(np.array([0, 0, 0, 1, 1]), said, trial)
    assert voted.tolist() == [0, 0]
    assert true.tolist() == [0, 1]
    sums = trial_sums(np.array([0, 0, 0, 1, 1]), said, trial, np.zeros(2, int), 1)
    assert trial_scores(sums[0])["trial_accuracy"] == 0.5


def test_concordance_of_known_pairs():
    x = np.array([0.0, 1, 2, 3])
    assert concordance(x, x) == pytest.approx(1)
    assert concordance(x, -x + 3) == pytest.approx(-1)
    assert concordance(x, x + 1) == pytest.approx(2 * 1.25 / (2.5 + 1))  # a shift costs, unlike in a correlation
    assert concordance(np.ones(4), x) == concordance(x, np.ones(4)) == 0


@given(st.integers(0, 10_000))
def test_concordance_is_symmetric_and_no_greater_than_the_correlation(seed):
    x, y = np.random.default_rng(seed).standard_normal((2, 20))
    assert concordance(x, y) == pytest.approx(concordance(y, x))
    assert abs(concordance(x, y)) <= abs(np.corrcoef(x, y)[0, 1]) + 1e-12


def test_dimensions_and_units_are_scored_each_over_its_own_truths():
    truth = np.array([[0.0, np.nan], [1.0, 0.5], [np.nan, -0.5]])
    found = dimension_metrics(("valence", "arousal"), truth, np.nan_to_num(truth))
    of_each = {"ccc": 1.0, "rmse": 0.0, "pearson": 1.0, "sign": 1.0}
    names = ("valence", "arousal")
    assert found == pytest.approx({"ccc": 1.0, **{f"{m}_{n}": v for m, v in of_each.items() for n in names}})
    off = dimension_metrics(("valence",), np.array([[-1.0], [1.0]]), np.array([[1.0], [1.0]]))
    assert off == pytest.approx(
        {"ccc": 0.0, "ccc_valence": 0.0, "rmse_valence": 2**0.5, "pearson_valence": 0.0, "sign_valence": 0.5}
    )
    truth = np.array([[1.0, np.nan], [0.0, 1.0], [1.0, 0.0]])
    found = unit_metrics(("AU4", "AU12"), truth, np.array([[0.9, 0.1], [0.9, 0.9], [0.2, 0.1]]))
    assert found == pytest.approx({"unit_f1": 0.75, "f1_AU4": 0.5, "f1_AU12": 1.0})
    with pytest.raises(InputError, match="arousal"):
        dimension_metrics(("valence", "arousal"), np.array([[0.0, np.nan]]), np.zeros((1, 2)))
