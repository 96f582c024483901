import multiprocessing
import os
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscan.preprocessing import Cache
from emoscan.preprocessing.quality.summary import verify
from emoscan.signals import CacheCorrupt, InputError, Layout, Target, Task

SQUARE = Layout("square", ("a", "b", "c", "d"), ((0, 0), (0, 1), (1, 0), (1, 1)))
TASK = Task(("calm", "glad"))


def arrays(lengths=(5, 7, 6, 9), n_features=3, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((length, 4, n_features)).astype(np.float32) for length in lengths]


def small(folder, x=None, **given):
    x = arrays() if x is None else x
    settings = {
        "layout": SQUARE,
        "task": TASK,
        "category": [i % 2 for i in range(len(x))],
        "subject": [i // 2 for i in range(len(x))],
        **given,
    }
    return Cache.from_arrays(folder, x, **settings)


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_arrays_come_back_as_they_were_given(tmp_path):
    x = arrays()
    cache = small(tmp_path, x, duration=2.0, features=("p", "q", "r"))
    assert len(cache) == 4
    for given_x, volume in zip(x, (trial["eeg"] for trial in cache), strict=True):
        np.testing.assert_array_equal(volume.x, given_x)
        np.testing.assert_array_equal(volume.times, 2.0 * np.arange(len(given_x)))
        assert volume.layout == SQUARE
        assert volume.features == ("p", "q", "r")


def test_identities_are_columns(tmp_path):
    cache = small(tmp_path)
    assert cache.subject.tolist() == ["0", "0", "1", "1"]
    assert cache.session.tolist() == ["1"] * 4
    assert cache.trial.tolist() == [1, 2, 1, 2]
    assert cache.stimulus.tolist() == ["1", "2", "1", "2"]
    assert cache.category.tolist() == [0, 1, 0, 1]
    known = ["subject", "session", "stimulus", "part", "trial", "category", "learned", "samples"]
    assert list(cache.columns) == known


def test_trials_of_one_recording_stand_together(tmp_path):
    x = arrays()
    cache = small(tmp_path, x, subject=["b", "a", "b", "a"])
    assert cache.subject.tolist() == ["b", "b", "a", "a"]
    np.testing.assert_array_equal(cache[1]["eeg"].x, x[2])


def test_a_truth_that_changes_within_a_trial_is_kept_slice_by_slice(tmp_path):
    series = Target(np.array([0, 1]), np.array([[0.5], [-0.5]]), np.zeros((2, 0)), np.array([0.0, 2.0]))
    cache = small(tmp_path, arrays((4,)), task=Task(("calm", "glad"), ("valence",)), category=[series])
    target = cache[0]["eeg"].target
    assert cache.category.tolist() == [-1]
    assert target.category.tolist() == [0, 0, 1, 1]
    assert target.dimensions[:, 0].tolist() == [0.5, 0.5, -0.5, -0.5]


def test_equal_arrays_make_equal_bytes(tmp_path):
    small(tmp_path / "one")
    small(tmp_path / "two")
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=5), st.integers(1, 6), st.integers(0, 99))
def test_any_lengths_survive_the_round_trip(tmp_path_factory, lengths, n_features, seed):
    x = arrays(lengths, n_features, seed)
    cache = small(tmp_path_factory.mktemp("cache"), x)
    assert all(np.array_equal(cache[i]["eeg"].x, x[i]) for i in range(len(x)))


def test_what_is_read_is_a_view_of_the_file_and_cannot_be_changed(tmp_path):
    x = small(tmp_path)[0]["eeg"].x
    assert x.base is not None
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 1


def test_an_index_counts_from_either_end_and_stops(tmp_path):
    cache = small(tmp_path)
    np.testing.assert_array_equal(cache[-1]["eeg"].x, cache[3]["eeg"].x)
    with pytest.raises(IndexError):
        cache[4]


def test_odd_identities_make_distinct_files(tmp_path):
    subjects = ["1,session-2", "1", "a/b", "a b", ".."]
    sessions = ["3", "2,session-3", "1", "1", "1"]
    cache = small(tmp_path, arrays((3,) * 5), subject=subjects, session=sessions)
    assert cache.subject.tolist() == subjects
    assert len(list(tmp_path.glob("*.h5"))) == 5


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files in /proc")
def test_a_cache_of_many_recordings_keeps_few_files_open(tmp_path, monkeypatch):
    monkeypatch.setattr("emoscan.preprocessing.cache.store._OPEN", 5)
    cache = small(tmp_path, arrays((3,) * 40, 1), subject=range(40), category=[0] * 40)
    before = len(os.listdir("/proc/self/fd"))
    windows = cache.windows(3, 1)
    assert len(windows.x()) == 40
    assert len(os.listdir("/proc/self/fd")) - before <= 5


def _read(cache):
    windows = cache.windows(3, 2)
    return windows.x().tobytes(), windows.category.tobytes()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_forked_and_spawned_readers_see_the_same_bytes(tmp_path, method):
    cache = small(tmp_path)
    here = _read(cache)
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(_read, [cache] * 4) == [here] * 4


def test_a_pickled_cache_and_its_windows_are_names_not_data(tmp_path):
    cache = small(tmp_path, arrays((1000, 1000)))
    windows = cache.windows(9, 100)
    windows.x()
    stored = pickle.dumps(windows)
    assert len(stored) < 10_000
    np.testing.assert_array_equal(pickle.loads(stored).x(), windows.x())


def test_a_pickled_cache_is_refused_once_it_was_rebuilt(tmp_path):
    stored = pickle.dumps(small(tmp_path))
    small(tmp_path, arrays(seed=1))
    with pytest.raises(CacheCorrupt, match="rebuilt since"):
        pickle.loads(stored)


def test_a_reader_keeps_the_old_data_when_the_cache_is_rebuilt(tmp_path):
    x = arrays()
    cache = small(tmp_path, x)
    volume = cache[0]["eeg"]
    small(tmp_path, arrays(seed=1))
    np.testing.assert_array_equal(volume.x, x[0])
    np.testing.assert_array_equal(cache[1]["eeg"].x, x[1])
    with pytest.raises(CacheCorrupt, match="another file"):  # a file not yet opened is new: said, not mixed in
        cache[2]


def test_no_lock_is_needed_to_read(tmp_path):
    cache = small(tmp_path)
    for path in (tmp_path, *tmp_path.iterdir()):
        os.chmod(path, 0o555 if path.is_dir() else 0o444)
    assert len(cache[0]["eeg"].x) == 5
    os.chmod(tmp_path, 0o755)


@pytest.mark.parametrize(
    "wrong, told",
    [
        ({"category": [0]}, "1 of category"),
        ({"subject": ["1"] * 5}, "5 of subject"),
        ({"trial": [1, 1, 1, 1]}, "trial 1 of subject 0, session 1 twice"),
        ({"features": ("p",)}, "3 features; wanted 1, as features names"),
        ({"x": []}, "no trials"),
        ({"x": [np.full((3, 4, 1), np.nan)]}, "NaN or infinite"),
        ({"x": [np.zeros((3, 4, 1)), np.zeros((3, 4, 2))]}, "2 features"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, wrong, told):
    with pytest.raises(InputError, match=told):
        small(tmp_path, **wrong)
    assert not (tmp_path / "cache.json").exists()


def test_a_folder_without_a_cache_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(InputError, match=r"no cache.json; wanted a cache; make it with emo-preprocess run"):
        Cache(tmp_path)


def test_an_unknown_series_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(InputError, match="no series 'face'; wanted one of eeg"):
        small(tmp_path).windows(2, 1, modality="face")


def test_a_simulated_cache_says_so(tmp_path):
    cache = small(tmp_path, simulated=True, dataset="made up")
    assert "made up, simulated" in repr(cache)
    assert verify(tmp_path) > 0
