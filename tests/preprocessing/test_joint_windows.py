"""Laws of windows on one clock: what stands at a time is what was recorded then, and nothing is made up."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from pair_study import pair_cache

from emoscan.preprocessing import AsVolume, CommonRate, Step
from emoscan.signals import InputError, Volume


def first(windows, modality):
    """The number that each slice of the windows holds, NaN where it is masked."""
    part = windows.parts[modality]
    return np.where(part.valid(), part.x()[:, :, 0, 0], np.nan)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return pair_cache(tmp_path_factory.mktemp("pair") / "cache")


def test_each_modality_keeps_its_rate_and_windows_hold_the_same_time(cache):
    windows = cache.joint_windows(4, 4)
    assert len(windows) == 6 * 5
    assert windows.parts["eeg"].x().shape == (30, 4, 4, 2)
    assert windows.parts["face"].x().shape == (30, 16, 6, 2)
    eeg, face = first(windows, "eeg"), first(windows, "face")
    trial = np.asarray(windows.columns["trial"])
    np.testing.assert_array_equal(eeg[:, 0], 100 * trial + windows.starts)
    np.testing.assert_array_equal(face, (1000 * trial + 4 * windows.starts)[:, None] + np.arange(16))
    np.testing.assert_array_equal(windows.begins, 100 * trial + windows.starts)


def test_one_modality_of_joint_windows_is_its_own_windows(cache):
    joint, own = cache.joint_windows(4, 2), cache.windows(4, 2, modality="eeg")
    part = joint.parts["eeg"]
    np.testing.assert_array_equal(part.x(), own.x())
    np.testing.assert_array_equal(part.trials, own.trials)
    np.testing.assert_array_equal(part.starts, own.starts)
    which = np.array([5, 0, 17, 17])
    np.testing.assert_array_equal(part.x(which), own.x(which))
    np.testing.assert_array_equal(part.take(which).x(), own.x(which))


def test_truth_is_that_at_the_window_s_end(cache):
    windows = cache.joint_windows(4, 1)
    for i in (0, 7, 40):
        target = cache[int(windows.trials[i])]["eeg"].target
        at = int(windows.starts[i]) + 3
        assert windows.category[i] == target.category[at]
        assert windows.dimensions[i] == target.dimensions[at]
        assert windows.take(np.array([i])).category[0] == target.category[at]


def test_a_face_that_begins_later_is_masked_until_then(tmp_path):
    windows = pair_cache(tmp_path / "c", face_start=2.5, subjects=1, trials=1).joint_windows(4, 4)
    face = first(windows, "face")
    assert np.isnan(face[0, :10]).all()
    np.testing.assert_array_equal(face[0, 10:], 1000 + np.arange(6))
    assert windows.present["face"].all()


def test_beyond_the_end_of_one_modality_the_other_goes_on(tmp_path):
    windows = pair_cache(tmp_path / "c", face_start=6.0, subjects=1, trials=1).joint_windows(4, 4)
    eeg = first(windows, "eeg")
    assert len(windows) == 6  # until the face ends, 26 s after the EEG began
    assert np.isnan(eeg[5]).all()
    assert windows.present["eeg"].tolist() == [True] * 5 + [False]
    assert (windows.category >= 0).all()


def test_a_trial_may_lack_a_modality(tmp_path):
    cache = pair_cache(tmp_path / "c", without=(("face", (2,)), ("eeg", (3,))))
    assert [sorted(cache[i]) for i in range(3)] == [["eeg", "face"], ["eeg"], ["face"]]
    windows = cache.joint_windows(4, 4)
    trial = np.asarray(windows.columns["trial"])
    np.testing.assert_array_equal(windows.present["face"], trial != 2)
    np.testing.assert_array_equal(windows.present["eeg"], trial != 3)
    assert (windows.category >= 0).all()
    assert (windows.parts["face"].x()[trial == 2] == 0).all()
    assert len(cache.windows(4, 4, modality="face")) == 4 * 20


def test_a_recording_may_lack_a_modality_altogether(tmp_path):
    gone = (("face", (1, 2, 3)),)
    with pytest.raises(InputError, match="no stream 'face'"):
        pair_cache(tmp_path / "none", without=gone)
    cache = pair_cache(tmp_path / "c", without=gone, whole=("2",))
    windows = cache.joint_windows(4, 4)
    np.testing.assert_array_equal(windows.present["face"], np.asarray(windows.columns["subject"]) == "2")
    assert windows.present["eeg"].all()


@dataclass(frozen=True)
class Joined(Step):
    """Slice 7 holds a joint."""

    def __call__(self, volume: Volume) -> Volume:
        return replace(volume, joints=(7,), valid=np.arange(len(volume.times)) != 7)


def test_no_window_reaches_across_a_joint_and_those_left_out_are_counted(tmp_path):
    recipe = {"eeg": [AsVolume(), Joined()], "face": [AsVolume()]}
    windows = pair_cache(tmp_path / "c", recipe, subjects=1, trials=2).joint_windows(4, 1)
    assert windows.starts.tolist() == 2 * [*range(4), *range(8, 17)]
    assert windows.left_out == 2 * 4
    with pytest.raises(InputError, match="without a joint in 2 trials"):
        pair_cache(tmp_path / "c", recipe, subjects=1, trials=2).joint_windows(13, 1)


def test_a_shift_takes_what_comes_later_and_wraps_around(cache):
    windows = cache.joint_windows(4, 4)
    before, after = first(windows, "face"), first(windows.shifted("face", 2.0), "face")
    base = 1000 * np.asarray(windows.columns["trial"])[:, None]
    np.testing.assert_array_equal(after - base, (before - base + 8) % 80)
    np.testing.assert_array_equal(first(windows.shifted("face", 0.0), "face"), before)
    np.testing.assert_array_equal(first(windows.shifted("face", -2.0).shifted("face", 0.0), "face"), before)
    assert windows.shifted("face", 2.0).category is windows.category


def test_a_swap_takes_the_same_time_of_another_trial(cache):
    windows = cache.joint_windows(4, 4)
    partner = np.array([1, 2, 0, 4, 5, 3])
    shown = first(windows.swapped("face", partner), "face")
    other = np.asarray(cache.trial)[partner][windows.trials]
    np.testing.assert_array_equal(shown, (1000 * other + 4 * windows.starts)[:, None] + np.arange(16))
    np.testing.assert_array_equal(first(windows.swapped("face", partner), "eeg"), first(windows, "eeg"))


def test_what_is_hidden_is_hidden_and_the_rest_is_not(cache):
    windows = cache.joint_windows(4, 4).without("eeg")
    assert not windows.present["eeg"].any()
    assert windows.present["face"].all()
    assert (windows.parts["eeg"].x() == 0).all()


@pytest.mark.parametrize("length, stride, modalities", [(0, 1, ()), (4, 0, ()), (4, 1, ("eeg", "eeg"))])
def test_numbers_and_names_are_checked(cache, length, stride, modalities):
    with pytest.raises(InputError, match="whole numbers above 0, each series once"):
        cache.joint_windows(length, stride, modalities=modalities)


def test_windows_longer_than_a_trial_are_refused(cache):
    with pytest.raises(InputError, match="no window of 21 s"):
        cache.joint_windows(21, 1)
    with pytest.raises(InputError, match="no series 'voice'"):
        cache.joint_windows(4, 4).without("voice")


def test_the_common_rate_averages_what_is_faster_and_holds_what_is_slower(tmp_path):
    recipe = {
        "eeg": [AsVolume()],
        "face": [AsVolume()],
        "face-slow": [AsVolume(), CommonRate(1.0)],
        "eeg-fast": [AsVolume(), CommonRate(0.25)],
    }
    cache = pair_cache(tmp_path / "c", recipe, subjects=1, trials=1)
    volumes = cache[0]
    np.testing.assert_allclose(volumes["face-slow"].x[:, 0, 0], 1000 + 4 * np.arange(20) + 1.5)
    np.testing.assert_array_equal(volumes["eeg-fast"].x[:, 0, 0], 100 + np.arange(80) // 4)
    np.testing.assert_array_equal(volumes["face-slow"].times, volumes["eeg"].times)
    assert volumes["face-slow"].duration == 1.0
    windows = cache.joint_windows(4, 4, modalities=["eeg", "face-slow"])
    assert windows.parts["face-slow"].n_slices == windows.parts["eeg"].n_slices == 4
