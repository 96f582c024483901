"""Simulated EEG: the same however it is cut, what was planted is there, and in the null mode nothing is."""

import json
import pickle
from dataclasses import asdict, replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import ttest_ind

from emoscan.signals import DRAWINGS, DatasetNotFound, InputError, Simulated, SimulationSettings
from emoscan.signals.datasets.seed.files import FILM_SECONDS
from emoscan.signals.datasets.simulated.simulated import PLANTED_BANDS, SEED_CATEGORIES

SMALL = {"subjects": 2, "categories": (0, 1, 2), "seconds": (4.0, 3.0, 5.0), "layout": "scalp-19", "rate": 128.0}
PLAIN = {**SMALL, "drift": 0.0, "artefacts": False}
EDGES = (1, 4, 8, 14, 31, 50)  # Hz


def samples(dataset):
    return [trial.streams["eeg"].read(0, trial.streams["eeg"].n_samples) for trial in dataset]


def entropies(dataset):
    """Differential entropy but for a constant: half the log of each band's power, (trials, sites, bands) in nats."""
    rate = dataset.settings.rate
    powers = []
    for data in samples(dataset):
        power = np.abs(np.fft.rfft(data)) ** 2 / data.shape[1] ** 2
        hertz = np.fft.rfftfreq(data.shape[1], 1 / rate)
        powers.append([power[:, (hertz >= low) & (hertz < high)].sum(axis=1) for low, high in pairwise(EDGES)])
    return 0.5 * np.log(powers).swapaxes(1, 2)


def planted(dataset):
    """(categories, sites) bool."""
    sites = DRAWINGS[dataset.settings.layout].sites
    return np.array([[site in dataset.planted[name] for site in sites] for name in dataset.task.categories])


def test_the_columns_are_those_of_an_experiment():
    trials = list(Simulated(**{**SMALL, "sessions": 2}))
    columns = [(t.subject, t.session, t.trial, t.stimulus) for t in trials]
    assert columns == [(s, v, k, str(k)) for s in "12" for v in "12" for k in (1, 2, 3)]
    assert [t.target.category.item() for t in trials] == [0, 1, 2] * 4
    assert [t.streams["eeg"].n_samples for t in trials[:3]] == [512, 384, 640]
    assert [t.streams["eeg"].start for t in trials[:3]] == [0, 4, 7]


def test_samples_are_the_same_however_they_are_cut_and_whenever_they_are_asked_for():
    trials = list(Simulated(**SMALL))
    first, last = trials[0].streams["eeg"], trials[-1].streams["eeg"]
    whole = first.read(0, first.n_samples)
    last.read(0, last.n_samples)
    pieces = [first.read(start, min(start + 100, first.n_samples)) for start in range(0, first.n_samples, 100)]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), whole)
    sent = pickle.loads(pickle.dumps(first))
    np.testing.assert_array_equal(sent.read(17, 23), whole[:, 17:23])


def test_equal_settings_give_equal_samples_and_equal_digests():
    one, two = Simulated(**SMALL), Simulated(**SMALL)
    for a, b in zip(samples(one), samples(two), strict=True):
        np.testing.assert_array_equal(a, b)
    assert [t.streams["eeg"].source.digest() for t in one] == [t.streams["eeg"].source.digest() for t in two]


@pytest.mark.parametrize("changed", [{"seed": 1}, {"effect": 0.5}, {"drift": 0.1}, {"artefacts": False}])
def test_another_setting_gives_other_samples_and_another_digest(changed):
    one, two = (next(iter(Simulated(**settings))).streams["eeg"] for settings in (SMALL, {**SMALL, **changed}))
    assert one.source.digest() != two.source.digest()
    assert not np.array_equal(one.read(0, 512), two.read(0, 512))


def test_every_trial_has_samples_and_a_digest_of_its_own():
    trials = list(Simulated(**{**SMALL, "sessions": 2, "seconds": (4.0,) * 3}))
    assert len({trial.streams["eeg"].source.digest() for trial in trials}) == len(trials) == 12
    assert len({trial.streams["eeg"].read(0, 9).tobytes() for trial in trials}) == 12


def test_samples_are_microvolts_of_the_size_of_eeg_and_cannot_be_changed():
    for data in samples(Simulated(**PLAIN)):
        assert data.dtype == np.float32
        assert 2 < data.std() < 60
        assert (data.std(axis=1) > 1).all()
        with pytest.raises(ValueError, match="read-only"):
            data[0, 0] = 0


def test_each_category_has_sites_of_its_own():
    for layout in DRAWINGS:
        sites = Simulated(layout=layout).planted
        assert list(sites) == ["negative", "neutral", "positive"]
        assert len({site for cluster in sites.values() for site in cluster}) == sum(map(len, sites.values()))
        assert all(len(cluster) == max(1, len(DRAWINGS[layout]) // 12) for cluster in sites.values())


@pytest.mark.parametrize("effect", [1.0, 2.0])
def test_a_category_raises_beta_and_gamma_at_its_sites_by_half_the_effect(effect):
    with_effect, without = (Simulated(**{**PLAIN, "effect": e}) for e in (effect, 0.0))
    rise = entropies(with_effect) - entropies(without)
    where = planted(with_effect)[[0, 1, 2] * 2]
    planted_rise = rise[where][:, list(PLANTED_BANDS)]  # a little less: sites hear their neighbours too
    assert ((0.3 * effect < planted_rise) & (planted_rise < 0.55 * effect)).all()
    assert 0.4 * effect < planted_rise.mean() < 0.5 * effect
    np.testing.assert_allclose(rise[..., :3], 0, atol=0.02)
    assert np.median(rise[~where][:, list(PLANTED_BANDS)]) < 0.05 * effect


def test_without_an_effect_the_categories_make_no_difference_to_any_sample():
    for a, b in zip(
        samples(Simulated(**{**SMALL, "effect": 0.0})),
        samples(Simulated(**{**SMALL, "effect": 0.0, "categories": (2, 2, 0)})),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("effect, found", [(0.0, False), (1.0, True)], ids=["null", "effect"])
def test_planted_sites_tell_the_categories_apart_only_where_there_is_an_effect(effect, found):
    dataset = Simulated(
        subjects=6, categories=(0, 1, 2) * 4, seconds=(3.0,) * 12, layout="scalp-19", rate=128.0, effect=effect
    )
    entropy = entropies(dataset)[..., list(PLANTED_BANDS)].mean(axis=-1).reshape(6, 12, -1)
    entropy = (entropy - entropy.mean(axis=1, keepdims=True)).reshape(72, -1)
    category = np.tile([0, 1, 2], 24)
    chances = [
        ttest_ind(entropy[category == c][:, sites].mean(axis=1), entropy[category != c][:, sites].mean(axis=1)).pvalue
        for c, sites in enumerate(planted(dataset))
    ]
    assert max(chances) < 1e-4 if found else min(chances) > 0.01


def test_drift_moves_neighbouring_trials_together():
    dataset = Simulated(**{**PLAIN, "subjects": 4, "drift": 2.0, "categories": (0,) * 20, "seconds": (2.0,) * 20})
    series = entropies(dataset).reshape(4, 20, -1)
    apart = [np.abs(series[:, lag:] - series[:, :-lag]).mean() for lag in (1, 12)]
    assert apart[0] < 0.8 * apart[1]


def test_blinks_are_large_in_front_and_gone_at_the_back():
    rows = np.array(DRAWINGS["scalp-19"].cells)[:, 0]
    long = {**SMALL, "seconds": (30.0,) * 3}
    with_blinks, without = (samples(Simulated(**long, artefacts=artefacts)) for artefacts in (True, False))
    added = np.median([np.abs(a - b).max(axis=1) for a, b in zip(with_blinks, without, strict=True)], axis=0)
    assert (added[rows == 0] > 100).all()
    middle = np.array(DRAWINGS["scalp-19"].cells)[:, 1]
    assert (added[(rows == 4) & (middle > 0) & (middle < 4)] < 10).all()


def test_in_the_shape_of_seed_there_are_its_films_and_its_order():
    dataset = Simulated.seed_shaped(subjects=1, sessions=2, time_scale=0.02)
    trials = list(dataset)
    assert [t.target.category.item() for t in trials] == list(SEED_CATEGORIES) * 2
    assert [t.streams["eeg"].duration for t in trials[:15]] == [round(0.02 * film) for film in FILM_SECONDS]
    assert (dataset.settings.layout, dataset.settings.rate) == ("seed-62", 200.0)


def test_everything_says_simulated():
    dataset = Simulated(**SMALL)
    assert dataset.simulated
    assert dataset.name == "Simulated"
    assert dataset.report().simulated
    assert (dataset.report().n_trials, dataset.report().subjects) == (6, ("1", "2"))
    assert "Simulat" in str(next(iter(dataset)).streams["eeg"].source)


def test_a_settings_file_is_read_back_as_the_same_simulation(tmp_path):
    settings = SimulationSettings(**SMALL, seed=3)
    (tmp_path / "simulated.json").write_text(json.dumps(asdict(settings)))
    stored = Simulated(tmp_path)
    assert stored.settings == settings
    assert hash(stored.settings) == hash(replace(settings))
    for a, b in zip(samples(stored), samples(Simulated(**SMALL, seed=3)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_fake_is_a_small_simulation(tmp_path):
    Simulated.write_fake(tmp_path / "fake", seed=5)
    dataset = Simulated(tmp_path / "fake")
    assert (dataset.settings.seed, len(list(dataset))) == (5, 12)


@pytest.mark.parametrize(
    "settings, named",
    [
        ({"colour": 1}, "colour; wanted settings among subjects"),
        ({"layout": "scalp-20"}, "'scalp-20'"),
        ({"rate": 99.0}, "100 Hz or more"),
        ({"categories": (0, 1)}, "2 categories and 12 lengths"),
        ({"categories": (0, 1, 3) * 4}, "0, 1 or 2"),
    ],
)
def test_settings_out_of_range_are_refused(settings, named):
    with pytest.raises(InputError, match=named):
        Simulated(**settings)


def test_a_folder_and_settings_together_are_refused(tmp_path):
    with pytest.raises(InputError, match="a folder and settings"):
        Simulated(tmp_path, seed=1)


@pytest.mark.parametrize("written", [None, "{", "[1, 2]", '{"seconds": [1]}', '{"colour": 1}'])
def test_a_folder_without_usable_settings_is_refused(tmp_path, written):
    if written is not None:
        (tmp_path / "simulated.json").write_text(written)
    with pytest.raises(DatasetNotFound if written is None else InputError):
        Simulated(tmp_path)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(DatasetNotFound, match=r"simulated\.json"):
        Simulated(tmp_path / "nothing")
