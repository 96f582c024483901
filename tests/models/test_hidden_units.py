"""Hidden units: planted units, honest false discoveries, people who are not emotions, known centroids, refusals."""

from dataclasses import replace
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
import torch
from pair_study import pair_cache
from scipy.stats import pearsonr

from emoscan.models import as_trained_model, make_learner
from emoscan.models.explaining import hidden_units
from emoscan.models.explaining.centroids import Affect, affects, class_centroids
from emoscan.models.explaining.hidden_correlations import corrected, correlation, unit_correlations
from emoscan.models.explaining.hidden_units import HiddenStates, alike, embedding, hidden_states
from emoscan.models.learning.network_learner import predict_windows
from emoscan.models.pictures.hidden_units_picture import draw_centroids, draw_states, draw_unit_correlations, unit_order
from emoscan.models.training.data import make_batch
from emoscan.preprocessing import AsVolume, CommonRate, preprocess
from emoscan.signals import InputError, SimulatedPair, Target, Task

TASK = Task(("calm", "tense"), ("valence", "arousal"), ("au1",))
SMALL = {
    "STRNN": "STRNN(hidden=4, spatial_nodes=2, merged=4, temporal=3, temporal_nodes=2)",
    "GRU": "GRU(hidden=3)",
    "CNNRNN": "CNNRNN(features=4, hidden=6)",
    "plain": "CNNRNN(features=4, cell='rnn', hidden=(6, 6))",
    "one way": "CNNRNN(features=4, hidden=3, both_ways=False)",
}


def states_of(states, *, subjects=6, seed=0, **truth):
    """Hidden states by hand: drawn truth unless given, trials of four windows."""
    rng, count = np.random.default_rng(seed), len(states)
    own = {
        "category": rng.integers(0, 2, count),
        "dimensions": rng.uniform(-1, 1, (count, 2)),
        "units": rng.integers(0, 2, (count, 1)).astype(float),
        "subject": np.array([str(k) for k in np.arange(count) % subjects]),
        "trial": np.arange(count) // 4,
        **truth,
    }
    names = tuple(f"unit {k + 1}" for k in range(states.shape[1]))
    return HiddenStates(
        states,
        names,
        learned=np.zeros(count, bool),
        windows=np.arange(count),
        task=TASK,
        origin="a network on drawn data, simulated",
        **own,
    )


def noise(count, units, seed=1):
    return np.random.default_rng(seed).standard_normal((count, units))


def gated(cache, windows):
    own = "STRNN(hidden=4, spatial_nodes=2, merged=4, temporal=3)"
    return as_trained_model(make_learner(f"Gated(eeg={own!r}, face={own!r})", epochs=1).fit(windows), cache)


@pytest.fixture(scope="module")
def affect_cache(make_cache):
    """Category k raises feature k, and has its place in the plane."""
    places = [(-0.5, 0.5), (0.0, 0.0), (0.5, -0.5)]

    def target(s, t, rng):
        return Target(np.array([t % 3], np.int16), np.array([places[t % 3]], np.float32), np.zeros((1, 0), np.float32))

    return make_cache(task=Task(("a", "b", "c"), ("valence", "arousal")), target=target)


@pytest.fixture(scope="module")
def fitted(affect_cache):
    """Trained networks by name; subject 3 is held out."""
    train = affect_cache.windows(3, 3, trials=np.flatnonzero(affect_cache.subject != "3"))
    return {
        name: as_trained_model(make_learner(written, epochs=2).fit(train), affect_cache)
        for name, written in SMALL.items()
    }


def test_planted_units_correlate_with_what_they_follow_and_constant_ones_with_nothing():
    states = states_of(noise(60, 5))
    x = states.states
    x[:, 0], x[:, 1] = 3 * states.dimensions[:, 0] - 1, -states.dimensions[:, 1]
    x[:, 2], x[:, 3] = states.category == 1, 0.25
    found = unit_correlations(states)
    assert found.targets == ("valence", "arousal", "calm", "tense", "au1")
    for r in (found.r, found.within):
        np.testing.assert_allclose([r[0, 0], r[1, 1], r[2, 3], r[2, 2]], [1, -1, 1, -1], atol=1e-6)
        assert np.isnan(r[3]).all()
    assert np.isnan(found.p[3]).all()
    assert found.significant()[[0, 1, 2, 2], [0, 1, 2, 3]].all()
    assert not found.significant()[3].any()


def test_correlations_are_scipy_s_over_the_windows_that_have_a_label():
    states = states_of(noise(40, 3))
    states.dimensions[::3, 0], states.category[::4], states.units[5:9] = np.nan, -1, np.nan
    found = unit_correlations(states)
    assert found.windows.tolist() == [26, 40, 30, 30, 36]
    for m, column in enumerate(states.targets().values()):
        known = np.isfinite(column)
        for k in range(3):
            wanted = pearsonr(states.states[known, k], column[known])
            np.testing.assert_allclose([found.r[k, m], found.p[k, m]], wanted, rtol=1e-9)


def test_labels_dealt_anew_leave_about_alpha_false_discoveries():
    states = [states_of(noise(120, 40, seed), seed=100 + seed) for seed in range(12)]
    found = [unit_correlations(own) for own in states]
    for p in ("p", "within_p"):
        every = np.concatenate([getattr(own, p)[:, [0, 1, 2, 4]].ravel() for own in found])  # calm is tense, turned
        assert 0.035 < (every < 0.05).mean() < 0.065
    assert sum(own.significant().any() for own in found) <= 3  # of 12 at a rate of 0.05


def test_the_order_of_windows_changes_nothing():
    states = states_of(noise(50, 4))
    states.category[:5] = -1
    turned = states.take(np.random.default_rng(0).permutation(50))
    one, other = unit_correlations(states), unit_correlations(turned)
    for part in ("r", "p", "q", "windows", "within", "within_p", "within_q", "subjects"):
        np.testing.assert_allclose(getattr(one, part), getattr(other, part), atol=1e-12)
    assert alike(states, states.category) == pytest.approx(alike(turned, turned.category))


@pytest.mark.parametrize("subjects, tested", [(2, False), (8, True)])
def test_a_unit_that_knows_people_does_not_follow_what_they_show_more_of(subjects, tested):
    side = np.arange(80) % subjects % 2 * 2.0 - 1  # every second person: higher unit, higher valence
    states = states_of(noise(80, 1) + 4 * side[:, None], subjects=subjects)
    states.dimensions[:, 0] = 0.6 * side + 0.1 * noise(80, 1, 2)[:, 0]
    found = unit_correlations(states)
    assert found.r[0, 0] > 0.9
    assert found.q[0, 0] < 1e-9
    assert abs(found.within[0, 0]) < 0.25
    assert found.by_subjects is tested
    assert np.isfinite(found.within_p[0, 0]) == tested
    assert found.significant()[0, 0] == (not tested)  # of two people no more can be said, and the picture says so


def test_one_direction_within_everybody_is_found_though_people_hide_it():
    offset = np.repeat(np.linspace(-9, 9, 8), 10)
    states = states_of(noise(80, 1), subject=np.repeat([str(k) for k in range(8)], 10))
    states.dimensions[:, 0] = states.states[:, 0] + 0.3 * noise(80, 1, 5)[:, 0] - offset
    states.states[:, 0] += offset
    found = unit_correlations(states)
    assert found.r[0, 0] < 0 < 0.8 < found.within[0, 0]
    assert found.significant()[0, 0]


def test_a_subject_with_too_few_labels_is_not_counted():
    states = states_of(noise(40, 2), subjects=4)
    states.category[states.subject == "0"] = -1
    assert unit_correlations(states).subjects[0].tolist() == [4, 4, 3, 3, 4]
    nothing = replace(
        states, category=np.full(40, -1), dimensions=np.full((40, 2), np.nan), units=np.full((40, 1), np.nan)
    )
    for refused in (nothing, states.take(np.arange(3))):
        with pytest.raises(InputError, match="4 windows or more, with labels"):
            unit_correlations(refused)


def test_correction_is_over_what_is_defined_and_never_below_p():
    p = np.array([[0.01, np.nan], [0.04, 0.03]])
    np.testing.assert_allclose(corrected(p), [[0.03, np.nan], [0.04, 0.04]])
    assert np.isnan(corrected(np.full((2, 2), np.nan))).all()
    assert np.isnan(correlation(np.ones((1, 3)), np.ones(1))).all()


@pytest.mark.parametrize("name", SMALL)
def test_states_are_the_network_s_own_at_the_last_slice(fitted, affect_cache, name):
    model, windows = fitted[name], affect_cache.windows(3, 3)
    states = hidden_states(model, windows)
    batch = make_batch(windows, model.scaling, np.arange(len(windows)))
    with torch.no_grad():
        wanted = model.model.backbones["eeg"].slices(batch.x["eeg"], batch.mask["eeg"])[:, -1].numpy()
    np.testing.assert_allclose(states.states, wanted, atol=1e-6)
    assert len(states.names) == wanted.shape[1]
    assert states.names[0] == ("unit 1" if name == "one way" else "forward 1")
    assert (states.learned == (windows.columns["subject"] != "3")).all()
    assert "simulated" in states.told
    assert f"{int(states.learned.sum())} of them" in states.told
    held_out = hidden_states(model, windows.take(np.flatnonzero(~states.learned)))
    assert "all held out" in held_out.told


@pytest.mark.parametrize("name", ["STRNN", "GRU"])
def test_units_that_read_forwards_do_not_see_what_comes_later(fitted, affect_cache, name):
    network = fitted[name].model.backbones["eeg"]
    x = torch.randn(2, 3, 19, 5, generator=torch.Generator().manual_seed(0))
    later = x.clone()
    later[:, 2] += 1
    with torch.no_grad():
        change = (network.slices(later) - network.slices(x))[:, 1].abs().amax(dim=0)
    way = np.array([own.split()[0] for own in hidden_states(fitted[name], affect_cache.windows(3, 3)).names])
    assert (change[way == "forward"] == 0).all()
    assert (change[way == "backward"] > 0).any()


def test_missing_slices_are_not_taken_and_windows_without_any_are_left_out(tmp_path):
    cache = pair_cache(tmp_path / "cache", effect=1.0, trials=4, face_start=2.0, without=[("face", (2,))])
    windows = cache.joint_windows(4, 4)
    model = gated(cache, windows)
    states, valid = hidden_states(model, windows, "face"), windows.parts["face"].valid()
    assert states.windows.tolist() == np.flatnonzero(valid.any(axis=1)).tolist()
    assert 0 < len(states) < len(windows)
    assert (states.states != 0).any(axis=1).all()  # a masked slice's state is zero
    assert (states.category == windows.category[states.windows]).all()
    with pytest.raises(InputError, match="one of eeg, face"):
        hidden_states(model, windows)


def test_where_the_last_slices_are_missing_the_last_that_is_there_is_taken(tmp_path):
    cache = pair_cache(tmp_path / "cache", effect=1.0, face_start=-2.0)  # and so the face ends earlier
    windows = cache.joint_windows(4, 1)
    valid, model = windows.parts["face"].valid(), gated(cache, windows)
    shorter = np.flatnonzero(valid.any(axis=1) & ~valid[:, -1])
    assert len(shorter)
    states = hidden_states(model, windows.take(shorter), "face")
    batch = make_batch(windows.take(shorter), model.scaling, np.arange(len(shorter)))
    with torch.no_grad():
        every = model.model.backbones["face"].slices(batch.x["face"], batch.mask["face"]).numpy()
    wanted = [own[np.flatnonzero(there)[-1]] for own, there in zip(every, valid[shorter], strict=True)]
    np.testing.assert_allclose(states.states, wanted, atol=1e-6)
    assert (states.states != 0).any(axis=1).all()


def test_one_network_of_both_modalities_has_no_units_of_one(tmp_path):
    cache = pair_cache(tmp_path / "cache", {"eeg": [AsVolume()], "face-common": [AsVolume(), CommonRate(1.0)]})
    windows = cache.joint_windows(4, 4)
    early = as_trained_model(make_learner("Early(hidden=4, spatial_nodes=2)", epochs=1).fit(windows), cache)
    with pytest.raises(InputError, match="before any network"):
        hidden_states(early, windows)


@pytest.mark.parametrize("written", ["CNNRNN(cell='none', features=4)", f"{SMALL['STRNN'][:-1]}, time=False)"])
def test_a_network_without_recurrent_units_is_refused(affect_cache, written):
    windows = affect_cache.windows(3, 3)
    written = written.replace(", temporal=3, temporal_nodes=2", "")
    model = as_trained_model(make_learner(written, epochs=1).fit(windows), affect_cache)
    with pytest.raises(InputError, match="no recurrent units over time"):
        hidden_states(model, windows)


def test_neighbours_are_people_s_where_states_are_and_chance_s_where_nothing_is():
    people = np.repeat([0, 1, 2, 3], 20)
    states = states_of(0.01 * noise(80, 3) + 5 * np.eye(4)[people][:, :3], trial=np.arange(80) // 2)
    share, chance = alike(states, people)
    assert share == 1
    assert 0.2 < chance < 0.25
    share, chance = alike(replace(states, states=noise(80, 3)), people)
    assert abs(share - chance) < 0.05
    assert np.isnan(alike(replace(states, trial=np.zeros(80, int)), people)).all()


def test_windows_of_one_trial_are_no_neighbours():
    twins = np.repeat(noise(40, 3), 2, axis=0)  # each window has its like in its own trial
    states = states_of(twins, trial=np.repeat(np.arange(40), 2), category=np.repeat(np.arange(40) % 2, 2))
    assert alike(states, states.category, 1)[0] < 0.75


def test_maps_of_states_follow_their_seed_and_keep_groups_apart(monkeypatch):
    group = np.arange(60) % 3
    states = states_of(0.05 * noise(60, 4) + 3 * np.eye(4)[group])
    points = embedding(states, seed=3)
    assert points.shape == (60, 2)
    np.testing.assert_array_equal(points, embedding(states, seed=3))
    assert alike(replace(states, states=points.astype(float)), group)[0] == 1
    with pytest.raises(InputError, match="one of tsne, umap"):
        embedding(states, "pca")
    with pytest.raises(InputError, match="10 or more"):
        embedding(states.take(np.arange(9)))
    monkeypatch.setattr(hidden_units, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install umap-learn"):
        embedding(states, "umap")


def test_centroids_are_means_over_people_with_their_standard_error():
    category = np.array([0, 0, 0, 1, 1, -1])
    affect = np.array([[0.0, 0.2], [0.2, 0.2], [0.7, 0.4], [-0.5, 0], [np.nan, 0], [9, 9]])
    truth = Affect(category, affect, np.array(list("aabbbb")))
    said = Affect(np.zeros(6, int), np.full((6, 2), 0.1), truth.subject)
    found = class_centroids(truth, said, ("x", "y", "z"))
    np.testing.assert_allclose(found.labels, [[0.4, 0.3], [-0.5, 0], [np.nan, np.nan]])
    np.testing.assert_allclose(found.labels_error[0], [0.3, 0.1])  # of (0.1, 0.2) and (0.7, 0.4)
    assert np.isnan(found.labels_error[1:]).all()  # one person, nobody
    np.testing.assert_allclose(found.model, [[0.1, 0.1], [np.nan, np.nan], [np.nan, np.nan]])
    np.testing.assert_allclose(found.distance[0], np.hypot(0.3, 0.2))


def test_centroids_of_a_model_are_of_what_it_says(fitted, affect_cache):
    windows = affect_cache.windows(3, 3)
    truth, said = affects(fitted["GRU"], windows)
    np.testing.assert_array_equal(class_centroids(truth, truth, "abc").distance, [0, 0, 0])
    np.testing.assert_allclose(class_centroids(truth, said, "abc").labels, [[-0.5, 0.5], [0, 0], [0.5, -0.5]])
    prediction = predict_windows(fitted["GRU"].model, fitted["GRU"].scaling, windows)
    assert (said.category == prediction.category).all()
    np.testing.assert_array_equal(said.affect, prediction.dimensions)


def test_centroids_of_what_is_not_there_are_refused(cache):
    windows = cache.windows(3, 3)
    model = as_trained_model(make_learner(SMALL["GRU"], epochs=1).fit(windows), cache)
    with pytest.raises(InputError, match="categories, valence and arousal"):
        affects(model, windows)
    nothing = Affect(np.full(3, -1), np.zeros((3, 2)), np.array(list("abc")))
    with pytest.raises(InputError, match="none with all three"):
        class_centroids(nothing, nothing, "ab")
    with pytest.raises(InputError, match="the same ones"):
        class_centroids(nothing, Affect(np.zeros(2, int), np.zeros((2, 2)), np.array(list("ab"))), "ab")


def test_units_stand_by_the_target_that_they_follow_most():
    r = np.array([[0.1, 0.9], [np.nan, np.nan], [0.5, 0.2], [-0.8, 0.1], [0.0, -0.3]])
    assert unit_order(r).tolist() == [2, 3, 0, 4, 1]


@pytest.mark.parametrize("subjects, said", [(2, "too few people"), (6, "not significant over people")])
def test_pictures_say_what_they_show(tmp_path, subjects, said):
    states = states_of(noise(40, 4), subjects=subjects)
    labels, error = np.array([[0.2, 0.3], [np.nan, np.nan]]), np.full((2, 2), np.nan)
    centroids = SimpleNamespace(
        categories=TASK.categories,
        labels=labels,
        labels_error=error,
        model=labels + 0.1,
        model_error=error,
        origin=states.told,
        ranges=((-1, 1), (0, 100)),
    )
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        first = draw_unit_correlations(unit_correlations(states), tmp_path / "a.svg").read_text()
        second = draw_states(states, noise(40, 2), tmp_path / "b.svg").read_text()
        third = draw_centroids(centroids, tmp_path / "c.svg").read_text()
    assert said in first
    for text in (first, second, third):
        assert "all held out" in text
        assert "simulated" in text
    assert all(f">{name}<" in second for name in ("valence", "arousal", "au1", "absent", "calm"))
    assert f"({alike(states, np.array([int(s) for s in states.subject]))[1]:.0%} by chance)" in second
    assert ">calm<" in third
    assert ">tense<" not in third  # it has no place


def test_series_that_the_model_does_not_read_are_passed_over(tmp_path):
    cache = preprocess(SimulatedPair(subjects=2, trials=2, seconds=12.0), None, tmp_path / "cache")
    every, read = cache.joint_windows(4, 4), cache.joint_windows(4, 4, modalities=("eeg", "face"))
    assert set(every.parts) > set(read.parts)
    model = gated(cache, read)
    (truth, said), (same_truth, same) = affects(model, every), affects(model, read)
    assert np.array_equal(said.affect, same.affect)
    assert np.array_equal(truth.affect, same_truth.affect, equal_nan=True)
