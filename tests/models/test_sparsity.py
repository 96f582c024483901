"""Exact zeros: proximal maps are what they should be, a share is reached, and the sites that matter are named."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from emoscan.models import make_learner
from emoscan.models.backbones.strnn.sparsity import (
    Sparsity,
    capped,
    group_soft_threshold,
    soft_threshold,
    steered,
    zero_share,
    zero_shares,
)
from emoscan.preprocessing import DifferentialEntropy, preprocess
from emoscan.preprocessing.faces.alignment import align_points
from emoscan.signals import Simulated, SimulatedFaces
from emoscan.signals.datasets.simulated.face_drawing import Identity, Pose, landmarks


def test_soft_thresholds_of_known_numbers():
    shrunk = soft_threshold(torch.tensor([3.0, 0.5, -0.2, -2.0, 0.0]), 0.5)
    assert shrunk.tolist() == [2.5, 0.0, 0.0, -1.5, 0.0]


def test_groups_shrink_by_their_norm_or_vanish():
    weights = torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    shrunk = group_soft_threshold(weights, 1.0, (1,))
    torch.testing.assert_close(shrunk, torch.tensor([[2.4, 3.2], [0.0, 0.0], [0.0, 0.0]]))
    assert zero_share(shrunk) == pytest.approx(4 / 6)


@given(st.integers(0, 1000), st.floats(0.01, 2.0))
def test_the_proximal_map_is_the_minimum_of_its_objective(seed, strength):
    """prox(w) minimises |v - w|^2 / 2 + strength * penalty(v): no other point near it does better."""
    rng = torch.Generator().manual_seed(seed)
    w = torch.randn(3, 4, generator=rng, dtype=torch.float64)
    for prox, penalty in (
        (soft_threshold(w, strength), lambda v: v.abs().sum()),
        (group_soft_threshold(w, strength, (1,)), lambda v: v.norm(dim=1).sum()),
    ):

        def objective(v, penalty=penalty):
            return (v - w).square().sum() / 2 + strength * penalty(v)

        beside = [prox + 0.01 * torch.randn(3, 4, generator=rng, dtype=torch.float64) for _ in range(20)]
        assert all(objective(prox) <= objective(v) for v in beside)


def test_strength_goes_up_while_zeros_are_too_few():
    assert steered(1.0, 0.2, 0.5) > 1
    assert steered(1.0, 0.5, 0.5) == steered(1.0, 0.2, None) == 1


def test_a_cap_leaves_the_wanted_share_at_zero():
    weights = torch.tensor([4.0, -1.0, 3.0, -2.0])
    assert soft_threshold(weights, capped(9.0, weights.abs(), 0.5)).tolist() == [2.0, 0.0, 1.0, 0.0]
    assert capped(0.1, weights.abs(), 0.5) == 0.1
    assert capped(9.0, weights.abs(), 0.0) == 0
    assert capped(9.0, weights.abs(), None) == 9


def projections(seed=0):
    """G (R, S, L), W (R, h, h) and Q (2, T, L)."""
    rng = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=rng, dtype=torch.float64) for shape in ((4, 10, 3), (4, 2, 2), (2, 6, 2))]


def test_one_step_is_the_proximal_map_of_each_penalty_at_the_learning_rate():
    G, W, Q = projections()
    Sparsity(l1_space=2.0, l1_time=3.0, group=0.5).step(G, W, Q, 0.1)
    first, other, time = projections()
    after_l1 = soft_threshold(first, 0.1 * 2.0)
    assert torch.equal(G, group_soft_threshold(after_l1, 0.1 * 0.5 * 12**0.5, (0, 2)))  # 12 weights of a site
    assert torch.equal(W, group_soft_threshold(other, 0.1 * 0.5 * 4**0.5, (1, 2)))
    assert torch.equal(Q, soft_threshold(time, 0.1 * 3.0))


def test_no_penalty_moves_nothing_and_costs_nothing():
    weights = projections()
    assert Sparsity().step(*weights, 0.1) == Sparsity()
    assert all(torch.equal(one, other) for one, other in zip(weights, projections(), strict=True))
    assert Sparsity().penalty(*weights) == 0


def test_the_penalty_is_the_sum_that_equation_seven_adds():
    G, W, Q = projections()
    sites = sum(12**0.5 * np.linalg.norm(G[:, k]) for k in range(10))
    corners = sum(4**0.5 * np.linalg.norm(own) for own in W)
    wanted = 2 * G.abs().sum() + 3 * Q.abs().sum() + 0.5 * (sites + corners)
    assert Sparsity(l1_space=2.0, l1_time=3.0, group=0.5).penalty(G, W, Q) == pytest.approx(float(wanted))


def test_where_a_recurrence_is_left_out_its_penalty_is_too():
    G, W, Q = projections()
    sparsity = Sparsity(l1_space=2.0, l1_time=3.0, group=0.5)
    whole = sparsity.penalty(G, W, Q)
    assert sparsity.penalty(G, W, None) + sparsity.penalty(None, None, Q) == pytest.approx(whole)
    assert sparsity.step(None, None, Q, 0.1) == sparsity
    assert torch.equal(Q, soft_threshold(projections()[2], 0.1 * 3.0))
    assert zero_shares(None, Q).keys() == {"time"}


@pytest.mark.parametrize("penalty, share", [("l1_space", "space"), ("group", "sites")])
def test_steps_reach_the_target_with_growing_strength_and_then_stay(penalty, share):
    G, W, Q = projections()
    first = sparsity = Sparsity(**{penalty: 0.1}, target=0.6)
    for _ in range(300):
        before, sparsity = sparsity, sparsity.step(G, W, Q, 0.05)
        assert getattr(sparsity, penalty) >= getattr(before, penalty)
    assert zero_shares(G, Q)[share] == pytest.approx(0.6, abs=1e-9)
    assert sparsity.step(G, W, Q, 0.05) == sparsity != first
    assert first == Sparsity(**{penalty: 0.1}, target=0.6)


@pytest.fixture(scope="module")
def planted(request, tmp_path_factory):
    """A cache of four simulated people in a layout, and whether each site carries the effect."""
    data = Simulated(subjects=4, layout=request.param, effect=2.0, drift=0.2)
    cache = preprocess(data, {"eeg": [DifferentialEntropy()]}, tmp_path_factory.mktemp("planted") / "cache")
    sites = {site for sites in data.planted.values() for site in sites}
    return cache, np.array([site in sites for site in cache.layout().sites])


def trained(cache, model):
    learned = make_learner(model, scaling="subject", epochs=40, batch_size=32, learning_rate=3e-3)
    return learned.fit(cache.windows(4, 2), seed=0).model.backbones["eeg"]


@pytest.mark.slow
@pytest.mark.parametrize("planted", ["scalp-19", "seed-62"], indirect=True)
def test_the_group_penalty_names_the_planted_sites_by_score_and_by_exact_zeros(planted):
    cache, truth = planted
    network = trained(cache, "STRNN(group=0.1, sparsity=0.75)")
    assert roc_auc_score(truth, network.site_scores().sum(dim=0)) >= 0.9
    off = (network.spatial.G == 0).all(dim=2).all(dim=0).numpy()
    assert network.zero_shares()["sites"] == off.mean()
    assert off.mean() == pytest.approx(0.75, abs=0.1)
    assert off[truth].mean() < 0.1  # of 15 planted ones, one may share its neighbours' fate


@pytest.mark.slow
def test_the_group_penalty_names_the_patches_that_move(tmp_path):
    """Brows and mouth: where neighbours and the other side of the face say the same, some of them are enough."""
    data = SimulatedFaces(subjects=16, frames=12)
    cache = preprocess(data, None, tmp_path / "faces")
    who = Identity.drawn(np.random.default_rng(0))
    middle = align_points(landmarks(who, np.zeros(8), Pose(56, 48, 52)), 48)
    motion = data.motion(cache.layout("face").pixels, middle)
    moving = motion > 0.25 * motion.max()
    assert 0.1 < moving.mean() < 0.3
    own = {"epochs": 30, "batch_size": 32, "learning_rate": 3e-3, "augmentation": "none", "predicts": "units"}
    learned = make_learner("STRNN(group=0.1, sparsity=0.5)", **own).fit(cache.windows(6, 3, modality="face"), seed=0)
    scores = learned.model.backbones["face"].site_scores().sum(dim=0).detach().numpy()
    assert moving[np.argsort(-scores)[:6]].sum() >= 5
    assert scores[moving].sum() / scores.sum() > 0.6


@pytest.mark.slow
@pytest.mark.parametrize("planted", ["scalp-19"], indirect=True)
@pytest.mark.parametrize("target", [0.3, 0.8])
def test_a_target_share_of_zeros_is_reached(planted, target):
    cache, _ = planted
    network = trained(cache, f"STRNN(l1_space=0.1, sparsity={target})")
    assert network.zero_shares()["space"] == pytest.approx(target, abs=0.02)
