import numpy as np
import pytest

from emoscan.preprocessing import Cache, apply, preprocess
from emoscan.signals import InputError, Layout, Target, Task

SQUARE = Layout("square", ("a", "b", "c", "d"), ((0, 0), (0, 1), (1, 0), (1, 1)))


@pytest.fixture
def cache(tmp_path):
    """Three recordings of two trials, 10 and 7 slices; each slice holds its own number."""
    lengths = [10, 7] * 3
    counts = np.split(np.arange(sum(lengths), dtype=np.float32), np.cumsum(lengths)[:-1])
    x = [np.broadcast_to(count[:, None, None], (len(count), 4, 2)) for count in counts]
    truth = [
        Target(np.arange(len(c)) % 2, np.full((len(c), 1), 0.5), np.zeros((len(c), 0)), np.arange(len(c)))
        for c in counts
    ]
    return Cache.from_arrays(
        tmp_path,
        x,
        layout=SQUARE,
        task=Task(("calm", "glad"), ("valence",)),
        category=truth,
        subject=[1, 1, 2, 2, 3, 3],
    )


@pytest.mark.parametrize(
    "length, stride, starts", [(4, 3, [0, 3, 6, 0, 3]), (7, 7, [0, 0]), (10, 1, [0]), (1, 5, [0, 5, 0, 5])]
)
def test_windows_begin_every_stride_and_end_inside_their_trial(cache, length, stride, starts):
    windows = cache.windows(length, stride, trials=[0, 1])
    assert windows.starts.tolist() == starts


def test_windows_hold_consecutive_slices_of_one_trial(cache):
    windows = cache.windows(4, 1)
    x = windows.x()
    assert x.shape == (len(windows), 4, 4, 2)
    assert (np.diff(x, axis=1) == 1).all()
    first_slice = np.array([0, 10, 17, 27, 34, 44])
    np.testing.assert_array_equal(x[:, 0, 0, 0], first_slice[windows.trials] + windows.starts)


@pytest.mark.parametrize("trials", [None, [0], [2, 3], [5, 0]])
def test_a_pick_of_windows_is_the_pick_of_all_of_them(cache, trials):
    windows = cache.windows(3, 1, trials=trials)
    which = np.random.default_rng(0).integers(0, len(windows), 50)
    np.testing.assert_array_equal(windows.x(which), windows.x()[which])
    np.testing.assert_array_equal(windows.valid(which), windows.valid()[which])
    np.testing.assert_array_equal(windows.take(which).x(), windows.x(which))


def test_what_is_gathered_is_a_copy(cache):
    windows = cache.windows(3, 1, trials=[0])
    windows.x()[:] = -1
    assert windows.x().min() >= 0


def test_the_truth_is_that_of_the_last_slice(cache):
    windows = cache.windows(4, 1)
    np.testing.assert_array_equal(windows.category, (windows.starts + 3) % 2)
    assert windows.dimensions.shape == (len(windows), 1)
    assert windows.units.shape == (len(windows), 0)


def test_columns_follow_the_windows(cache):
    windows = cache.windows(7, 7)
    assert windows.columns["subject"].tolist() == ["1", "1", "2", "2", "3", "3"]
    assert windows.columns["trial"].tolist() == [1, 2, 1, 2, 1, 2]


def test_windows_with_an_invalid_slice_are_left_out_and_counted(study, tmp_path):
    from lab_study import Moments

    path = study.root / "1_1.npy"
    samples = np.load(path)
    samples[0, :, 100:150] = np.nan  # slice 2 of trial 1
    np.save(path, samples)
    cache = preprocess(study, {"eeg": [Moments()]}, tmp_path / "cache")
    windows = cache.windows(2, 1, trials=[0])
    assert (~apply({"eeg": [Moments()]}, next(iter(study)))["eeg"].valid).nonzero()[0].tolist() == [2]
    assert windows.starts.tolist() == [0, 3, 4]
    assert windows.left_out == 2
    assert windows.valid().all()


def test_no_trials_give_no_windows(cache):
    windows = cache.windows(4, 1, trials=[])
    assert windows.x().shape == (0, 4, 4, 2)
    assert windows.category.shape == (0,)


@pytest.mark.parametrize(
    "asked, told",
    [
        ({"length": 0, "stride": 1}, "length 0"),
        ({"length": 3, "stride": 0}, "stride 0"),
        ({"length": 11, "stride": 1}, "no window of 11 valid slices in 6 trials.*--window 10 is the longest trial"),
        ({"length": 3, "stride": 1, "trials": [6]}, "trial 6; wanted 0 to 5"),
        ({"length": 3, "stride": 1, "trials": [-1]}, "trial -1; wanted 0 to 5"),
    ],
)
def test_windows_that_cannot_be_cut_are_refused(cache, asked, told):
    with pytest.raises(InputError, match=told):
        cache.windows(**asked)
