"""Explanations: known answers of linear models, completeness, nothing where nothing is, planted sites, refusals."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from pair_study import pair_cache
from scipy.stats import spearmanr

from emoscan.benchmarks.studies.explanations.planted import found
from emoscan.models import Backbone, EmotionModel, Scaling, TrainedModel, Training, as_trained_model, make_learner
from emoscan.models.explaining.attribution import METHODS
from emoscan.models.explaining.curves import ORDERS, Curves, deletion_insertion
from emoscan.models.explaining.explainer import explain
from emoscan.models.explaining.explanation import Explanation
from emoscan.models.explaining.randomised import correlation, shuffled, untrained
from emoscan.models.learning.network_learner import predict_windows
from emoscan.models.training.data import unlabelled_batch
from emoscan.preprocessing import AsVolume, Cache, CommonRate, DifferentialEntropy, preprocess
from emoscan.signals import SCALP_19, InputError, Simulated, Task

TASK = Task(("a", "b", "c"), ("valence",), ("au1", "au2"))
SMALL = "STRNN(hidden=4, spatial_nodes=2, merged=4, temporal=3, temporal_nodes=2)"
INPUT_METHODS = [name for name in METHODS if name not in ("projections", "attention")]


class Flat(Backbone):
    """All inputs as they are: under a linear head a linear model."""

    def __init__(self, layout, n_features, n_slices):
        super().__init__(layout, n_features, n_slices)
        self.width = n_slices * len(layout) * n_features

    def forward(self, x, mask=None):
        return x.flatten(1)


def linear(cache, n_slices=2):
    """A linear model of a cache's windows, its scaling and the windows."""
    windows = cache.windows(n_slices, n_slices)
    torch.manual_seed(0)
    network = Flat(windows.layout, windows.n_features, n_slices)
    model = EmotionModel({"eeg": network}, TASK, Training()).eval()
    moments = np.random.default_rng(0).uniform(0.5, 2, (2, 1, 19, 5)).astype(np.float32)
    return model, {"eeg": Scaling("train", ("",), *moments)}, windows


def scaled(model, scaling, windows):
    return {name: torch.from_numpy(scaling[name].x(part)) for name, part in windows.parts.items()}


@pytest.fixture(scope="module")
def small(cache):
    """A small trained STRNN."""
    return as_trained_model(make_learner(SMALL, epochs=2).fit(cache.windows(3, 3)), cache)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A cache of two modalities in which slices are missing, and its windows."""
    cache = pair_cache(
        tmp_path_factory.mktemp("pair") / "cache", effect=1.0, trials=4, face_start=2.0, without=[("face", (2,))]
    )
    return cache, cache.joint_windows(4, 4)


@pytest.fixture(scope="module")
def joined(pair):
    """Models of the pair by the name of their join."""
    own = {name: "STRNN(hidden=4, spatial_nodes=2, merged=4, temporal=3)" for name in ("eeg", "face")}
    written = ", ".join(f"{name}={network!r}" for name, network in own.items())

    def make(join):
        learned = make_learner(f"{join}({written})", epochs=1).fit(pair[1])
        return as_trained_model(learned, pair[0])

    return {join: make(join) for join in ("CrossAttention", "Gated")}


@pytest.mark.parametrize("method", ["gradient", "integrated", "occlusion-sites-features"])
@pytest.mark.parametrize("target, part, column", [("b", "category", 1), ("au2", "units", 1)])
def test_of_a_linear_model_each_input_counts_its_weight_times_its_value(cache, method, target, part, column):
    model, scaling, windows = linear(cache)
    x = scaled(model, scaling, windows)["eeg"]
    weight = model.heads.linear[part].weight
    if part == "category":  # what all categories share says nothing
        weight = weight - weight.mean(dim=0)
    wanted = (weight[column].view(1, 2, 19, 5) * x).detach().numpy()
    if method.startswith("occlusion"):  # a site and feature goes in all slices at once
        wanted = np.broadcast_to(wanted.mean(axis=1, keepdims=True), wanted.shape)
    values = explain(model, windows, method, target, scaling=scaling).values["eeg"]
    np.testing.assert_allclose(values, wanted, atol=1e-5)


def test_the_target_category_is_the_one_that_each_window_is_taken_for(small, cache):
    windows = cache.windows(3, 3)
    taken = predict_windows(small.model, small.scaling, windows).probability.argmax(axis=1)
    assert len(set(taken)) > 1
    by_name = {name: explain(small, windows, "gradient", name).values["eeg"] for name in small.facts.task.categories}
    wanted = np.stack([by_name["abc"[k]][row] for row, k in enumerate(taken)])
    np.testing.assert_allclose(explain(small, windows, "gradient").values["eeg"], wanted, atol=1e-6)


@pytest.mark.parametrize("join", ["CrossAttention", "Gated"])
def test_integrated_gradients_add_up_to_what_the_input_changes(joined, pair, join):
    model, windows = joined[join].model, pair[1]
    x = {name: own.numpy() for name, own in scaled(model, joined[join].scaling, windows).items()}
    valid = {name: part.valid() for name, part in windows.parts.items()}
    with torch.no_grad():
        full, none = (
            (logits - logits.mean(dim=1, keepdim=True))[:, 1]
            for logits in (model(unlabelled_batch(of, valid))[0] for of in (x, {n: 0 * own for n, own in x.items()}))
        )
    values = explain(joined[join], windows, "integrated", "high").values
    total = sum(own.sum(axis=(1, 2, 3)) for own in values.values())
    np.testing.assert_allclose(total, (full - none).numpy(), atol=0.01 * float((full - none).abs().max()))


@pytest.mark.parametrize("method", INPUT_METHODS)
def test_a_site_that_nobody_uses_counts_nothing(cache, method):
    model, scaling, windows = linear(cache)
    with torch.no_grad():
        for head in model.heads.linear.values():
            head.weight.view(-1, 2, 19, 5)[:, :, 7] = 0
    score = explain(model, windows, method, scaling=scaling).by_site("eeg")
    if method not in ("occlusion-slices", "occlusion-features"):
        assert score[7] == pytest.approx(0, abs=1e-6)
        assert np.delete(score, 7).min() > 1e-3
    else:
        assert np.ptp(score) < 1e-6  # groups over all sites tell none apart


@pytest.mark.parametrize("method", METHODS)
def test_invalid_slices_are_exactly_zero_and_others_are_not(joined, pair, method):
    explanation = explain(joined["CrossAttention"], pair[1], method)
    lost = 0
    for name, values in explanation.values.items():
        valid = pair[1].parts[name].valid()
        assert values.shape == pair[1].parts[name].x().shape
        assert (values[~valid] == 0).all()
        assert (values[valid] != 0).any()
        lost += (~valid).sum()
    assert lost > 0


@pytest.mark.parametrize("method", ["occlusion", "occlusion-slices", "occlusion-features", "occlusion-sites-features"])
def test_occluding_many_groups_at_once_is_occluding_one_after_the_other(small, cache, method, monkeypatch):
    windows = cache.windows(3, 3)
    at_once = explain(small, windows, method).values["eeg"]
    monkeypatch.setattr("emoscan.models.explaining.attribution._AT_ONCE", 1)
    np.testing.assert_allclose(explain(small, windows, method).values["eeg"], at_once, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_the_model_is_left_as_it_was_to_the_bit(joined, pair, method):
    model = joined["CrossAttention"].model
    model.train()
    model.join.dropout.eval()
    next(model.parameters()).grad = torch.ones_like(next(model.parameters()))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes, drawn = [module.training for module in model.modules()], torch.random.get_rng_state()
    with torch.inference_mode():
        explain(joined["CrossAttention"], pair[1], method)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.random.get_rng_state(), drawn)
    first, *others = [parameter.grad for parameter in model.parameters()]
    assert (first == 1).all()
    assert all(own is None for own in others)
    next(model.parameters()).grad = None
    model.eval()


def test_windows_count_each_by_itself(small, cache, monkeypatch):
    windows = cache.windows(3, 3)
    whole = explain(small, windows).values["eeg"]
    monkeypatch.setattr(sys.modules["emoscan.models.explaining.explainer"], "_BLOCK", 5)
    np.testing.assert_allclose(explain(small, windows).values["eeg"], whole, atol=1e-6)


def test_projections_are_the_network_s_own_scores(small, cache):
    explanation = explain(small, cache.windows(3, 3), "projections")
    wanted = small.model.backbones["eeg"].site_scores().sum(dim=0)
    np.testing.assert_allclose(explanation.by_site("eeg"), wanted, rtol=1e-6)
    assert explanation.target == "any"


def test_projections_of_a_joint_scan_are_dealt_out_to_the_modalities(tmp_path):
    recipe = {"eeg": [AsVolume()], "face-common": [AsVolume(), CommonRate(1.0)]}
    cache = pair_cache(tmp_path / "cache", recipe, effect=1.0)
    windows = cache.joint_windows(4, 4)
    model = as_trained_model(make_learner("Early(hidden=4, spatial_nodes=2)", epochs=1).fit(windows), cache)
    explanation = explain(model, windows, "projections")
    wanted = model.model.join.network.site_scores().sum(dim=0)
    found = np.concatenate([explanation.by_site("eeg"), explanation.by_site("face-common")])
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_means_are_over_what_is_valid():
    values, valid = np.zeros((2, 2, 3, 2)), np.array([[True, False], [False, False]])
    values[0, 0] = [[1, -1], [2, -4], [0, 0]]
    one = Explanation({"eeg": values}, {"eeg": valid}, {}, {}, "gradient", "a")
    assert one.by_site("eeg").tolist() == [1, 3, 0]
    assert one.by_feature("eeg").tolist() == [1, pytest.approx(5 / 3)]
    assert one.by_slice("eeg").tolist() == [pytest.approx(8 / 6), 0]
    assert one.by_site_and_feature("eeg").tolist() == [[1, 1], [2, 4], [0, 0]]
    with pytest.raises(InputError, match="one of eeg"):
        one.by_site("face")


def test_what_pushes_now_one_way_and_now_the_other_counts_nothing_for_the_answer():
    values, valid = np.zeros((4, 1, 2, 1)), np.ones((4, 1), bool)
    values[:, 0, 0, 0] = [3, 3, -3, -3]  # with the answer, which is against the target in the last two
    values[:, 0, 1, 0] = [2, -2, 2, -2]
    one = Explanation({"eeg": values}, {"eeg": valid}, {}, {}, "occlusion", "category")
    assert one.answered("eeg")[0, :, 0].tolist() == [3, 0]
    assert one.by_site("eeg").tolist() == [3, 2]


def test_the_answer_is_that_of_all_series_and_slices_that_are_not_valid_do_not_dilute_it():
    values = {"eeg": np.full((2, 2, 1, 1), -1.0), "face": np.array([3.0, 1.0])[:, None, None, None]}
    values["eeg"][0, 1] = 0
    valid = {"eeg": np.array([[True, False], [True, True]]), "face": np.ones((2, 1), bool)}
    one = Explanation(values, valid, {}, {}, "occlusion", "category")
    assert one.answered("eeg")[:, 0, 0].tolist() == [0, 1]  # the second window's total lies below zero
    assert one.answered("face")[0, 0, 0] == 1


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A trained STRNN, windows of simulated EEG, and which sites were planted."""
    data = Simulated(subjects=4, layout="scalp-19", effect=2.0, drift=0.2)
    cache = preprocess(data, {"eeg": [DifferentialEntropy()]}, tmp_path_factory.mktemp("planted") / "cache")
    sites = {site for own in data.planted.values() for site in own}

    def fit(windows):
        own = {"scaling": "subject", "epochs": 10, "batch_size": 32, "learning_rate": 3e-3}
        return as_trained_model(make_learner("STRNN", **own).fit(windows), cache)

    train = cache.windows(4, 2)
    return fit, fit(train), train, cache.windows(4, 4), np.array([site in sites for site in cache.layout().sites])


def site_map(model, windows):
    return explain(model, windows).answered_by_site("eeg")


@pytest.mark.parametrize("method", ["gradient", "integrated", "occlusion", "occlusion-sites-features"])
def test_planted_sites_and_bands_are_found(planted, method):
    _, model, _, windows, truth = planted
    explanation = explain(model, windows, method)
    assert found(explanation.by_site("eeg"), truth) >= 0.9
    if method != "occlusion":  # which tells no features apart
        assert set(np.argsort(explanation.by_feature("eeg"))[-2:]) == {3, 4}


def test_by_default_networks_that_never_learned_find_nothing(planted):
    _, model, _, windows, truth = planted
    seen = site_map(model, windows)
    blind = [site_map(replace(model, model=untrained(model, seed)), windows) for seed in range(5)]
    assert found(seen, truth) >= 0.9
    assert 0.3 < np.mean([found(drawn, truth) for drawn in blind]) < 0.7
    assert np.abs(np.mean([correlation(seen, drawn) for drawn in blind])) < 0.3


def test_models_of_shuffled_labels_find_less(planted):
    fit, model, train, windows, truth = planted
    misled = [site_map(fit(shuffled(train, seed)), windows) for seed in (0, 1)]
    assert found(site_map(model, windows), truth) - np.mean([found(scores, truth) for scores in misled]) > 0.2


@pytest.mark.parametrize("by", ORDERS)
def test_what_counts_is_missed_more_than_anything_else(planted, by):
    _, model, _, windows, _ = planted
    explanation = explain(model, windows, "gradient")
    curves = deletion_insertion(model, windows, explanation, by=by, draws=2)
    probability = predict_windows(model.model, model.scaling, windows).probability.max(axis=1).mean()
    assert curves.deletion[0] == curves.insertion[-1] == pytest.approx(probability, abs=1e-6)
    assert curves.deletion[-1] == pytest.approx(curves.insertion[0], abs=1e-6)
    if by != "slices":  # all four of which say the same here
        assert min(curves.gains.values()) > 0.02
    opposite = replace(explanation, values={"eeg": -explanation.values["eeg"]})
    worse = deletion_insertion(model, windows, opposite, by=by, draws=2)
    assert worse.gains["deletion"] < curves.gains["deletion"]
    assert worse.gains["insertion"] < curves.gains["insertion"]


def test_areas_are_those_under_the_curves():
    line, flat = np.linspace(1, 0, 5), np.full(5, 0.5)
    curves = Curves(np.linspace(0, 1, 5), line**2, flat, line, flat)
    assert curves.areas == pytest.approx(
        {"deletion": 0.34375, "insertion": 0.5, "random_deletion": 0.5, "random_insertion": 0.5}
    )
    assert curves.gains == pytest.approx({"deletion": 0.15625, "insertion": 0})


def test_curves_of_several_modalities_with_missing_slices(joined, pair):
    model, (_, windows) = joined["Gated"], pair
    curves = deletion_insertion(model, windows, explain(model, windows), by="inputs", steps=4)
    said = predict_windows(model.model, model.scaling, windows).probability.max(axis=1).mean()
    assert curves.insertion[-1] == pytest.approx(said, abs=1e-6)


def test_an_untrained_network_is_of_the_same_build_drawn_by_its_seed_alone(small):
    before = torch.random.get_rng_state()
    one, again, other = (untrained(small, seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert {k: v.shape for k, v in one.items()} == {k: v.shape for k, v in small.model.state_dict().items()}
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["backbones.eeg.spatial.G"], other["backbones.eeg.spatial.G"])


def test_shuffling_moves_the_truth_and_nothing_else(pair, cache):
    for windows in (pair[1], cache.windows(3, 3)):
        other = shuffled(windows, 0)
        assert not np.array_equal(other.category, windows.category)
        assert np.array_equal(np.sort(other.category), np.sort(windows.category))
        for name, part in windows.parts.items():
            assert np.array_equal(other.parts[name].x(), part.x())


def test_correlation_is_spearman_s_and_not_defined_without_differences():
    one, other = np.random.default_rng(0).standard_normal((2, 19))
    assert correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert np.isnan(correlation(np.ones(19), other))
    assert np.isnan(correlation(other, np.ones(19)))


def test_found_is_one_for_the_truth_and_a_half_for_nothing():
    truth = np.array([True, False, False, True])
    assert found(truth * 1.0, truth) == 1
    assert found(np.zeros(4), truth) == 0.5
    for scores, planted_there in (([1, 2], truth), ([1, 2, np.nan, 3], truth), ([1, 2], [True, True])):
        with pytest.raises(InputError, match="scores of shape"):
            found(np.array(scores), np.array(planted_there))


@pytest.mark.parametrize(
    "own, told",
    [
        ({"method": "magic"}, "one of gradient, integrated, occlusion"),
        ({"target": "joy"}, "one of category, a, b, c"),
        ({"method": "attention"}, "Concat, which has no attention"),
        ({"method": "projections", "target": "a"}, "changes nothing"),
        ({"scaling": {}}, "a second scaling"),
    ],
)
def test_what_cannot_be_explained_is_refused(small, cache, own, told):
    with pytest.raises(InputError, match=told):
        explain(small, cache.windows(3, 3), **own)


@pytest.mark.parametrize(
    "network, told",
    [
        ("CNNRNN", "CNNRNN, which has no projection"),
        ("STRNN(project_space=False)", "a fixed mean"),
        ("STRNN(space=False)", "space=True"),
    ],
)
def test_projections_of_networks_without_are_refused(cache, network, told):
    model = as_trained_model(make_learner(network, epochs=1).fit(cache.windows(3, 3)), cache)
    with pytest.raises(InputError, match=told):
        explain(model, cache.windows(3, 3), "projections")


def test_windows_that_do_not_fit_are_refused(small, cache, pair, tmp_path):
    with pytest.raises(InputError, match="3 slices"):
        explain(small, cache.windows(4, 4))
    with pytest.raises(InputError, match="0 windows"):
        explain(small, cache.windows(3, 3).take(np.zeros(0, int)))
    with pytest.raises(InputError, match="one or more of eeg"):
        explain(small, pair[0].windows(4, 4, modality="face"))
    with pytest.raises(InputError, match="without its scaling"):
        explain(small.model, cache.windows(3, 3))
    own = {"layout": SCALP_19, "task": Task(("a", "b")), "category": [0], "subject": ["1"]}
    other = Cache.from_arrays(tmp_path / "other", [np.zeros((6, 19, 4))], **own)
    with pytest.raises(InputError, match="4 features"):
        explain(small, other.windows(3, 3))


def test_a_model_whose_answers_are_not_finite_is_refused(cache):
    model, scaling, windows = linear(cache)
    with torch.no_grad():
        model.heads.linear["category"].weight[:] = torch.nan
    with pytest.raises(InputError, match="not finite"):
        explain(model, windows, scaling=scaling)


def test_curves_that_make_no_sense_are_refused(small, cache):
    windows = cache.windows(3, 3)
    explanation = explain(small, windows)
    with pytest.raises(InputError, match="one of inputs, sites, slices, features"):
        deletion_insertion(small, windows, explanation, by="people")
    with pytest.raises(InputError, match="as many"):
        deletion_insertion(small, windows.take(np.arange(3)), explanation)


def test_curves_of_a_dimension_show_its_value(cache, small):
    model, scaling, windows = linear(cache)
    flat = TrainedModel(model, scaling, small.facts)
    curves = deletion_insertion(flat, windows, explain(flat, windows, target="valence"))
    said = predict_windows(model, scaling, windows).dimensions.mean()
    assert curves.deletion[0] == curves.insertion[-1] == pytest.approx(said, abs=1e-6)
    assert min(curves.gains.values()) > 0
