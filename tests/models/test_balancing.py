"""Balancing gives rare categories and rare feelings their due, by seed, from the training part only."""

from types import SimpleNamespace

import numpy as np
import pytest

from emoscan.models.training.balancing import (
    CELLS,
    SAMPLES,
    affect_histogram,
    affect_sample,
    balanced,
    category_sample,
    sampling_weights,
)
from emoscan.models.training.training import BALANCES, check_balance
from emoscan.signals import InputError, Task


def windows(category=None, affect=None):
    affect = np.zeros((len(category), 2)) if affect is None else np.asarray(affect, float)
    category = np.full(len(affect), -1) if category is None else np.asarray(category)
    task = Task(("a", "b", "c"), ("valence", "arousal"))
    kept = SimpleNamespace(category=category, dimensions=affect, cache=SimpleNamespace(task=task))
    kept.take = lambda rows: windows(category[rows], affect[rows])
    return kept


def test_every_category_keeps_as_many_as_the_rarest():
    category = np.repeat([0, 1, 2, -1], [50, 7, 20, 5])
    kept = category_sample(windows(category), np.random.default_rng(0))
    assert np.bincount(category[kept][category[kept] >= 0]).tolist() == [7, 7, 7]
    assert (category[kept] == -1).sum() == 5
    assert len(set(kept.tolist())) == len(kept)


def test_crowded_feelings_are_thinned_by_the_papers_rule():
    rng = np.random.default_rng(0)
    crowd, rare = np.tile([[0.51, 0.51]], (4000, 1)), rng.uniform(-1, 1, (200, 2))
    affect = np.concatenate([crowd, rare, np.zeros((30, 2))])
    kept = affect_sample(windows(affect=affect), rng)
    counts = affect_histogram(affect)
    most = (counts.mean() + counts.max()) / 2
    assert (kept < 4000).sum() == 0  # n / M is almost 2
    assert ((kept >= 4000) & (kept < 4200)).sum() > 190
    assert not (kept >= 4200).any()  # exactly nothing felt
    two = np.concatenate([np.tile([[0.5, 0.5]], (100, 1)), np.tile([[-0.5, 0.5]], (25, 1))])
    draws = (affect_sample(windows(affect=two), np.random.default_rng(i)) for i in range(200))
    share = np.mean([(kept >= 100).sum() / 25 for kept in draws])
    counts = affect_histogram(two)
    most = (counts.mean() + counts.max()) / 2
    assert share == pytest.approx(1 - 25 / most, abs=0.03)


def test_each_axis_has_its_own_edges_and_the_lowest_belongs_to_the_first_cell():
    counts = affect_histogram(np.array([[-1.0, 1.0], [1.0, -1.0], [0.0, -1.0]]))
    assert counts[0, CELLS - 1] == counts[CELLS - 1, 0] == counts[CELLS // 2, 0] == 1


def test_drawing_gives_every_category_the_same_weight():
    category = np.repeat([0, 1, -1], [90, 10, 20])
    weights = sampling_weights(category)
    assert weights[category == 0].sum() == pytest.approx(weights[category == 1].sum())
    assert weights[category == -1].mean() == 1


def test_balance_repeats_itself_by_seed_and_names_what_is_missing():
    many = windows(np.repeat([0, 1], [90, 10]))
    assert len(balanced(many, "category", 3).category) == 20
    assert balanced(many, "weights", 0) is many
    with pytest.raises(InputError, match="no window with a category"):
        balanced(windows(affect=np.ones((4, 2))), "category", 0)
    lacking = windows([0, 1])
    lacking.cache.task = Task(("a", "b"))
    with pytest.raises(InputError, match="valence and arousal"):
        balanced(lacking, "affect", 0)
    with pytest.raises(InputError, match=f"one of {', '.join(BALANCES)}"):
        check_balance("smote")


def test_every_way_of_leaving_windows_out_can_be_chosen():
    assert set(SAMPLES) == set(BALANCES) - {"weights", "sampler", "none"}
