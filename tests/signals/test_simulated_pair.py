"""Simulated EEG and faces of one path: the truth is the path, what they see of it is as said, the ceiling is known."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from emoscan.benchmarks.contracts import check_dataset
from emoscan.preprocessing import preprocess
from emoscan.preprocessing.steps.recipe import apply, read_recipe
from emoscan.signals import DRAWINGS, Electrodes, InputError
from emoscan.signals.datasets.simulated.emotion_path import (
    PAUSE,
    STATES,
    PairSimulation,
    disturbance,
    lost_stretches,
    moving_affect,
    path,
    recorded,
    start,
)
from emoscan.signals.datasets.simulated.pair import SimulatedPair, fitted_clock, topography

SMALL = {"frame_rate": 4.0, "subjects": 2, "trials": 2, "seconds": 8.0, "dwell": 3.0, "lost": 0.0}
FINE = np.arange(0, 40, 0.05)  # seconds into a trial
TRIALS = [(subject, trial) for subject in range(1, 13) for trial in range(1, 9)]
SOME = TRIALS[:40]


def joined(settings, stream, trials=SOME):
    """What moves a stream in some trials of usual length: (trials, N, 2)."""
    return np.stack([moving_affect(settings, *which, stream, FINE) for which in trials])


def truth(settings, times=FINE, trials=SOME):
    return np.stack([path(settings, *which).affect(times) for which in trials])


def correlation(a, b):
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def features(dataset, series, recipe):
    """Slices of every trial with their categories and subjects: (N, numbers), (N,), (N,)."""
    steps = read_recipe({series: recipe})
    volumes = [apply(steps, trial)[series] for trial in dataset]
    x = np.concatenate([volume.x.reshape(len(volume.times), -1) for volume in volumes])
    category = np.concatenate([volume.target.category for volume in volumes])
    return x, category, np.concatenate([np.full(len(v.times), int(v.subject)) for v in volumes])


def linear(x, category, groups):
    """Balanced accuracy of a linear model on people held out."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, class_weight="balanced", max_iter=200))
    return balanced_accuracy_score(category, cross_val_predict(model, x, category, groups=groups, cv=GroupKFold(4)))


def test_it_keeps_the_promises_of_a_dataset():
    check_dataset(SimulatedPair)


def test_everything_says_simulated():
    dataset = SimulatedPair(**SMALL)
    assert dataset.simulated
    assert dataset.report().simulated
    assert dataset.name == "SimulatedPair"
    trial = next(iter(dataset))
    assert all("Pair" in str(stream.source) for stream in trial.streams.values())


@pytest.mark.parametrize("states", [2, 3, 4])
def test_the_truth_is_the_path_at_its_time_on_the_session_clock(states):
    dataset = SimulatedPair(**{**SMALL, "states": states})
    assert dataset.task.categories == tuple(STATES)[:states]
    for trial in dataset:
        way = path(dataset.settings, int(trial.subject), trial.trial)
        moments = np.arange(0, 8, 0.25) + 0.02
        said = trial.target.at(start(dataset.settings, trial.trial) + moments)
        held = np.floor(moments / 0.05 + 1e-6) * 0.05  # a row holds until the next
        np.testing.assert_array_equal(said.category, way.state(held))
        np.testing.assert_allclose(said.dimensions, way.affect(held), atol=1e-5)
        centre = np.array(list(STATES.values()))[said.category]
        assert np.abs(said.dimensions - centre).max() < 0.5


def test_a_stay_in_a_state_lasts_three_to_five_quarters_of_the_dwell_time():
    stays = np.concatenate([np.diff(path(PairSimulation(), *which).changes) for which in TRIALS])
    assert 6 - 1e-9 <= stays.min() < 6.5 < 9.5 < stays.max() <= 10 + 1e-9
    assert 7.7 < stays.mean() < 8.3


@pytest.mark.parametrize("states", [2, 4])
def test_trials_are_balanced_over_the_state_that_they_are_longest_in(states):
    dataset = SimulatedPair(subjects=3, trials=8, states=states)
    names = dataset.task.categories
    for trial in dataset:
        way = path(dataset.settings, int(trial.subject), trial.trial)
        share = np.bincount(way.state(FINE), minlength=states)
        assert share.argmax() == names.index(trial.stimulus)
        assert len(np.unique(way.state(FINE))) > 1
    stimuli = [trial.stimulus for trial in dataset]
    assert {stimuli.count(name) for name in names} == {24 // states}


def test_every_trial_has_a_path_of_its_own():
    ways = [path(PairSimulation(), *which).changes.tobytes() for which in TRIALS]
    assert len(set(ways)) == len(TRIALS)


def test_each_modality_sees_the_path_with_its_lag_and_a_noise_of_its_own():
    settings = PairSimulation(lag_eeg=0.5, lag_face=1.0, eeg_noise=0.4, face_noise=0.6)
    rest = {}
    for stream, lag, sigma in (("eeg", 0.5, 0.4), ("face", 1.0, 0.6)):
        rest[stream] = joined(settings, stream) - truth(settings, FINE - lag)
        assert abs(rest[stream].std() / sigma - 1) < 0.05
        later = correlation(rest[stream][:, 20:], rest[stream][:, :-20])
        assert abs(later - np.exp(-1)) < 0.05  # one second later
    assert abs(correlation(rest["eeg"], rest["face"])) < 0.05
    assert abs(correlation(rest["eeg"][..., 0], rest["eeg"][..., 1])) < 0.05
    assert abs(correlation(rest["eeg"], truth(settings))) < 0.05


@pytest.mark.parametrize("lag_eeg, lag_face", [(0.0, 0.3), (1.2, 0.0)])
def test_what_a_modality_sees_is_most_like_the_path_at_its_lag(lag_eeg, lag_face):
    settings = PairSimulation(lag_eeg=lag_eeg, lag_face=lag_face)
    lags = np.arange(-1, 2.05, 0.1)
    for stream, lag in (("eeg", lag_eeg), ("face", lag_face)):
        here = joined(settings, stream)
        likeness = [correlation(here, truth(settings, FINE - own)) for own in lags]
        assert abs(lags[int(np.argmax(likeness))] - lag) < 0.15


def test_without_an_effect_neither_goes_with_the_path_nor_with_the_other_but_both_move():
    settings = PairSimulation(effect=0.0)
    e, f, z = joined(settings, "eeg", TRIALS), joined(settings, "face", TRIALS), truth(settings, FINE, TRIALS)
    for a, b in ((e, f), (e, z), (f, z)):
        assert abs(correlation(a, b)) < 0.1
    full = [joined(PairSimulation(), stream, TRIALS) for stream in ("eeg", "face")]
    assert correlation(*full) > 0.2
    assert abs(e.std() / full[0].std() - 1) < 0.1


@pytest.mark.parametrize("effect, low, high", [(0.0, 0.4, 0.6), (1.0, 0.65, 0.95)])
def test_band_powers_and_units_tell_the_states_apart_only_where_there_is_an_effect(effect, low, high):
    settings = {"subjects": 8, "trials": 6, "seconds": 24.0, "frame_rate": 4.0, "lost": 0.0}
    dataset = SimulatedPair(**settings, effect=effect, eeg_noise=0.3, face_noise=0.3)
    eeg = features(OnlyEEG(dataset), "eeg", dataset.recipe["eeg"])
    assert low < linear(*eeg) < high
    units = [
        (trial.streams["face"].read.script.units, trial.target.at(trial.streams["face"].times).category, trial.subject)
        for trial in dataset
    ]
    x, category = (np.concatenate([part[k] for part in units]) for k in (0, 1))
    assert low < linear(x, category, np.repeat([int(who) for *_, who in units], 96)) < high


def test_the_topography_of_beta_and_gamma_follows_valence_to_the_right_and_arousal_to_the_front():
    dataset = SimulatedPair(subjects=3, trials=4, seconds=24.0, lost=0.0)
    x = [volume_of(trial, dataset) for trial in dataset]
    seconds = np.arange(24 * 8).reshape(24, 8) / 8
    moved = [
        moving_affect(dataset.settings, int(trial.subject), trial.trial, "eeg", seconds.ravel())
        .reshape(24, 8, 2)
        .mean(axis=1)
        for trial in dataset
    ]
    rise = np.concatenate([one - one.mean(axis=0) for one in x])
    e = np.concatenate([one - one.mean(axis=0) for one in moved])
    slopes = np.linalg.lstsq(e, rise.reshape(len(rise), -1), rcond=None)[0].reshape(2, 14, 5)
    planted = topography(DRAWINGS["epoc-14"])
    for own, expected in zip(slopes[..., 3:].mean(axis=2), planted, strict=True):
        assert np.corrcoef(own, expected)[0, 1] > 0.95
    assert np.abs(slopes[..., 2]).mean() < 0.2 * np.abs(slopes[..., 3:]).mean()  # alpha stays


def volume_of(trial, dataset):
    """(T, S, F) differential entropies."""
    return apply(read_recipe({"eeg": dataset.recipe["eeg"]}), trial)["eeg"].x.astype(float)


@pytest.mark.parametrize("settings", [{}, {"states": 3, "eeg_noise": 0.4}])
def test_both_together_tell_more_than_either(settings):
    best = SimulatedPair(**settings).ceiling(4.0)
    assert best["both"] > max(best["eeg"], best["face"]) + 0.05
    assert all(1 / settings.get("states", 2) + 0.1 < value < 0.97 for value in best.values())


def test_at_default_settings_each_tells_eight_of_ten_states_and_both_nearly_nine():
    best = SimulatedPair().ceiling(4)
    assert {name: round(value, 1) for name, value in best.items()} == {"eeg": 0.8, "face": 0.8, "both": 0.9}


@pytest.mark.parametrize("states", [2, 4])
def test_without_an_effect_the_ceiling_is_chance(states):
    best = SimulatedPair(effect=0.0, states=states).ceiling(4.0)
    assert all(abs(value - 1 / states) < 0.04 for value in best.values())


def test_less_noise_lifts_its_own_ceiling_and_the_joint_one():
    usual, better = SimulatedPair().ceiling(4), SimulatedPair(eeg_noise=0.3).ceiling(4)
    assert better["eeg"] > usual["eeg"] + 0.05
    assert better["both"] > usual["both"] + 0.02
    assert abs(better["face"] - usual["face"]) < 0.03


def test_the_ceiling_refuses_windows_below_a_second():
    with pytest.raises(InputError, match="1 s or more"):
        SimulatedPair().ceiling(0.2)


def test_no_linear_model_of_what_the_streams_see_beats_the_ceiling():
    settings = PairSimulation(subjects=12, lost=0.0)
    looks = np.arange(4)[:, None] + np.arange(4) / 4 + 0.125  # quarters of four seconds
    x, y, groups = {"eeg": [], "face": []}, [], []
    for subject, trial in TRIALS:
        for begin in np.arange(0, 36, 2.0):
            for stream, rows in x.items():
                values = moving_affect(settings, subject, trial, stream, begin + looks.ravel())
                rows.append(values.reshape(4, 4, 2).mean(axis=1).ravel())
            y.append(int(path(settings, subject, trial).state(np.array([begin + 3.75]))[0]))
            groups.append(subject)
    best = SimulatedPair().ceiling(4)
    found = {name: linear(np.array(rows), np.array(y), groups) for name, rows in x.items()}
    found["both"] = linear(np.hstack([x["eeg"], x["face"]]), np.array(y), groups)
    for name, value in found.items():
        assert best[name] - 0.06 < value < best[name] + 0.03


def test_two_passes_and_a_pickled_stream_give_the_same_to_the_bit():
    one, two = SimulatedPair(**SMALL), SimulatedPair(**SMALL)
    for a, b in zip(one, two, strict=True):
        sent = pickle.loads(pickle.dumps(a.streams))
        eeg, face = b.streams["eeg"], b.streams["face"]
        np.testing.assert_array_equal(sent["eeg"].read(0, 1024), eeg.read(0, 1024))
        np.testing.assert_array_equal(sent["eeg"].read(100, 200), eeg.read(0, 1024)[:, 100:200])
        np.testing.assert_array_equal(sent["face"].times, face.times)
        for mine, theirs in zip(sent["face"].read(3, 9), list(face.frames())[3:9], strict=True):
            np.testing.assert_array_equal(mine, theirs)
        assert a.streams["eeg"].source.digest() == eeg.source.digest() != face.source.digest()


def test_settings_change_samples_pictures_and_digests_as_they_should():
    usual, other = (next(iter(SimulatedPair(**SMALL, seed=seed))).streams for seed in (0, 1))
    assert not np.array_equal(usual["eeg"].read(0, 99), other["eeg"].read(0, 99))
    assert not np.array_equal(next(usual["face"].frames()), next(other["face"].frames()))
    assert usual["eeg"].source.digest() != other["eeg"].source.digest()


def test_the_last_trials_lack_the_other_stream(tmp_path):
    dataset = SimulatedPair(**{**SMALL, "trials": 5, "eeg_only": 2, "face_only": 1})
    assert [tuple(trial.streams) for trial in dataset] == 2 * [
        ("eeg", "face"),
        ("eeg", "face"),
        ("eeg",),
        ("eeg",),
        ("face",),
    ]
    assert recorded(dataset.settings, 5) == ("face",)
    cache = preprocess(SimulatedPair(**{**SMALL, "subjects": 1, "trials": 3, "eeg_only": 1}), None, tmp_path / "cache")
    assert [cache.holds(trial, "face") for trial in range(3)] == [True, True, False]


def test_a_lost_modality_is_lost_for_a_quarter_of_the_trial_and_says_so():
    dataset = SimulatedPair(**{**SMALL, "lost": 1.0})
    for trial in dataset:
        eeg, face = trial.streams["eeg"], trial.streams["face"]
        ((begin, end),) = eeg.bad_spans
        assert end - begin == 256
        samples = eeg.read(0, eeg.n_samples)
        assert (samples[:, begin:end] == 0).all()
        assert (samples[:, :begin].std(axis=1) > 1).all() or begin < 2
        lost = np.flatnonzero(~face.marks.valid)
        assert 7 <= len(lost) <= 9
        assert np.ptp(lost) == len(lost) - 1
        pictures = list(face.frames())
        spread = [np.median(np.abs(picture.astype(float) - 110)) for picture in pictures]
        assert np.max([spread[k] for k in lost]) < 6
        assert np.std(pictures[int(np.flatnonzero(face.marks.valid)[0])]) > 20


def test_as_many_trials_lose_a_modality_as_said_each_by_itself():
    settings = PairSimulation(lost=0.3)
    lost = {s: np.array([bool(lost_stretches(settings, *w, s)) for w in TRIALS]) for s in ("eeg", "face")}
    for share in lost.values():
        assert 0.15 < share.mean() < 0.45
    assert not np.array_equal(lost["eeg"], lost["face"])
    assert not any(lost_stretches(PairSimulation(lost=0.0), *which, "eeg") for which in TRIALS)


@pytest.mark.parametrize("offset, drift", [(0.0, 0.0), (-12.5, 1e-4), (300.0, -2e-3)])
def test_the_cameras_clock_comes_back_to_within_five_milliseconds(offset, drift):
    dataset = SimulatedPair(**{**SMALL, "trials": 6, "offset": offset, "drift": drift})
    for trial in dataset:
        video = trial.streams["face"]
        device = video.clock.device(video.times)
        np.testing.assert_allclose(np.diff(device), 0.25, atol=1e-6)  # by its own clock it is regular
        assert np.abs(video.times - dataset.camera.session(device)).max() < 5e-3
        assert np.abs(video.times[0] - trial.streams["eeg"].start) < 5e-3
        assert video.clock.drift_known
        assert video.clock.worst < 6e-3


def test_a_drift_is_in_the_cameras_own_times():
    straight = fitted_clock(PairSimulation(drift=0.0, offset=0.0), 1)
    drifting = fitted_clock(PairSimulation(drift=1e-3, offset=0.0), 1)
    assert abs(straight.drift) < 2e-5
    assert abs(drifting.drift - 1e-3) < 2e-5


def test_trials_lie_one_after_another_on_the_clock_of_the_session():
    trials = [trial for trial in SimulatedPair(**{**SMALL, "trials": 4}) if trial.subject == "1"]
    assert [trial.streams["eeg"].start for trial in trials] == [PAUSE + k * (8 + PAUSE) for k in range(4)]
    for trial in trials:
        times = trial.streams["face"].times
        assert trial.streams["eeg"].start - 5e-3 < times[0] < times[-1] < trial.streams["eeg"].start + 8
        assert len(times) == 32
        assert (trial.target.at(times).category >= 0).all()


def test_what_moves_the_face_is_read_at_the_true_time_of_each_picture():
    quick, late = (SimulatedPair(**{**SMALL, "lag_face": lag, "face_noise": 1e-9}) for lag in (0.0, 1.0))
    for early, after in zip(quick, late, strict=True):
        a, b = (trial.streams["face"].read.script.units for trial in (early, after))
        np.testing.assert_allclose(a[:-4], b[4:], atol=0.01)


def test_noise_settings_are_those_of_what_each_modality_sees_beside_the_path():
    settings = PairSimulation(eeg_noise=0.2, face_noise=0.9)
    for stream, sigma in (("eeg", 0.2), ("face", 0.9)):
        noise = np.concatenate([disturbance(settings, *which, stream)[1] for which in TRIALS])
        assert abs(noise.std() / sigma - 1) < 0.05


@pytest.mark.parametrize(
    "settings, named",
    [
        ({"states": 1}, "2 to 4 states"),
        ({"states": 5}, "2 to 4 states"),
        ({"effect": 1.5}, "effect and lost from 0"),
        ({"lag_face": 9.0}, "lags from 0 to 3"),
        ({"lag_eeg": -1.0}, "lags from 0"),
        ({"eeg_noise": 0.0}, "noises above"),
        ({"eeg_only": 4, "face_only": 4}, "one trial with both"),
        ({"face_only": -1}, "one trial with both"),
        ({"layout": "scalp-20"}, "'scalp-20'"),
        ({"rate": 64.0}, "100 Hz or more"),
        ({"seconds": 2.0}, "4 s or more"),
        ({"dwell": 0.5}, "dwell of 1 s"),
        ({"colour": 1}, "colour"),
    ],
)
def test_settings_out_of_range_are_refused(settings, named):
    with pytest.raises(InputError, match=named):
        SimulatedPair(**settings)


def test_the_fake_is_a_small_simulation(tmp_path):
    SimulatedPair.write_fake(tmp_path / "fake", seed=5)
    dataset = SimulatedPair(tmp_path / "fake")
    assert (dataset.settings.seed, dataset.settings.seconds, len(list(dataset))) == (5, 12.0, 8)
    cache = preprocess(dataset, None, tmp_path / "cache")
    windows = cache.joint_windows(4, 2)
    truth_of = [
        path(dataset.settings, int(s), int(t))
        for s, t in zip(windows.columns["subject"], windows.columns["trial"], strict=True)
    ]
    ends = windows.begins + 3.75 - [start(dataset.settings, int(t)) for t in windows.columns["trial"]]
    there = [int(way.state(np.array([end + 0.01]))[0]) for way, end in zip(truth_of, ends, strict=True)]
    assert np.mean(windows.category == there) > 0.97


class OnlyEEG:
    """A dataset's trials without their faces."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __iter__(self):
        for trial in self.dataset:
            assert isinstance(trial.streams["eeg"], Electrodes)
            yield trial
