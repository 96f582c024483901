"""The guard knows samples whatever they are called."""

import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscan.benchmarks import Fold, benchmark, first_trials, guard, k_folds, leave_one_out, random_windows
from emoscan.benchmarks.commands import command
from emoscan.benchmarks.splits.inner_folds import inner_validation
from emoscan.benchmarks.splits.leak_guard import find_leak, find_leaks
from emoscan.preprocessing import Cache
from emoscan.signals import SCALP_19, LeakError, Task

NOTHING = np.zeros(0, int)


def made(folder, x, subject, category=None, **own):
    return Cache.from_arrays(
        folder,
        x,
        layout=SCALP_19,
        task=Task(("calm", "glad")),
        subject=subject,
        simulated=True,
        category=[k % 2 for k in range(len(x))] if category is None else category,
        **own,
    )


def noise(n, seed=0, slices=6):
    return list(np.random.default_rng(seed).standard_normal((n, slices, 19, 5)))


def people(n, trials):
    return np.repeat(np.arange(1, n + 1), trials).astype(str).tolist()


@pytest.fixture
def copied(tmp_path):
    """Six people of four trials; the fifth is the second again, her trials in another order."""
    x = noise(24)
    x[16:20] = [x[k] for k in (6, 7, 4, 5)]
    return made(tmp_path / "copied", x, people(6, 4))


def test_bench_refuses_two_people_with_the_same_samples_before_training(copied, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["emo-train", "bench", str(copied.path), "--models", "linear", "--window", "3"])
    assert command.main() == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "same samples on both sides (subject 5, session 1, trial 3 and subject 2, session 1, trial 1)" in err
    assert "--repeated leave-out" in err


def test_the_same_samples_in_one_part_are_no_leak(copied):
    split = leave_one_out("subject")
    fold = Fold(
        "together",
        np.flatnonzero(np.isin(copied.subject, ["2", "5", "1"])),
        NOTHING,
        np.flatnonzero(copied.subject == "6"),
    )
    guard(fold, copied.columns, split)


@pytest.mark.parametrize("sides", [("train", "valid"), ("train", "test"), ("valid", "test")])
def test_no_two_parts_of_a_fold_share_samples(copied, sides):
    rows = {name: NOTHING for name in ("train", "valid", "test")}
    rows |= dict(zip(sides, (np.array([4]), np.array([18])), strict=True))
    with pytest.raises(
        LeakError,
        match=f"{sides[0]} and {sides[1]}: found the same samples on both sides "
        r"\(subject 2, session 1, trial 1 and subject 5, session 1, trial 3\)",
    ):
        guard(Fold("bad", **rows), copied.columns, leave_one_out("subject"))


def test_windows_of_the_same_samples_leak_too(copied):
    windows = copied.windows(3, 3)
    split = leave_one_out("subject")
    leaks = find_leaks(split(windows.columns), windows.columns, split, windows)
    assert [leak.where.split("'")[1] for leak in leaks] == ["subject 2", "subject 5"]
    (fold, *_) = random_windows(2)(windows.columns)  # which leaks by more than that
    assert "row" not in find_leak(fold, windows.columns, random_windows(2), windows).found


def test_a_trial_repeated_in_a_session_may_not_be_parted_by_a_split_of_trials(tmp_path):
    x = noise(12)
    x[3] = x[0]  # person 1, trials 1 and 4
    cache = made(tmp_path / "cache", x, people(3, 4))
    by_person, by_trial = leave_one_out("subject"), first_trials(2)
    assert find_leaks(by_person(cache.columns), cache.columns, by_person) == []
    assert [leak.found for leak in find_leaks(by_trial(cache.columns), cache.columns, by_trial)] == [
        "the same samples on both sides (subject 1, session 1, trial 1 and subject 1, session 1, trial 4)"
    ]


def test_an_inner_validation_that_would_part_the_same_samples_is_refused(tmp_path):
    x = noise(16)
    x[4] = x[0]  # calm both, and the last calm one of the first six validates
    cache, split = made(tmp_path / "cache", x, people(2, 8)), first_trials(6)
    assert find_leaks(split(cache.columns), cache.columns, split) == []
    (fold, _) = split(cache.columns)
    with pytest.raises(LeakError, match="train and valid: found the same samples"):
        guard(inner_validation(fold, cache.columns, split), cache.columns, split)
    with pytest.raises(LeakError, match="train and valid: found the same samples"):
        benchmark(cache, "GRU(hidden=4)", split=split, window=3, selection="inner")


def test_what_an_encoder_learned_is_not_tested_under_another_name(copied):
    rows = {**copied.columns, "learned": copied.subject == "2"}
    fold = Fold("encoded", np.flatnonzero(copied.subject == "1"), NOTHING, np.flatnonzero(copied.subject == "5"))
    with pytest.raises(LeakError, match="on whom the network that made the features was trained"):
        guard(fold, rows, leave_one_out("subject"))


def test_constant_trials_are_nobodys(tmp_path):
    x = [np.full((6, 19, 5), float(k % 2)) for k in range(12)]
    cache = made(tmp_path / "cache", x, people(3, 4))
    split = leave_one_out("subject")
    assert find_leaks(split(cache.columns), cache.columns, split) == []


def test_folds_that_keep_the_same_samples_together_exist(copied):
    split = k_folds("samples", 5)
    assert find_leaks(split(copied.columns), copied.columns, split) == []


def test_rows_without_that_column_are_judged_as_before():
    rows = {"subject": np.array(["1", "2"]), "session": np.array(["1", "1"]), "trial": np.array([1, 1])}
    guard(Fold("old", np.array([0]), NOTHING, np.array([1])), rows, leave_one_out("subject"))


@given(st.permutations(range(12)), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_distinct_samples_never_trigger_however_they_are_dealt(tmp_path_factory, order, seed):
    x = noise(12, seed, slices=2)
    cache = made(tmp_path_factory.mktemp("dealt") / "cache", [x[k] for k in order], people(4, 3))
    for split in (leave_one_out("subject"), first_trials(1), k_folds("subject", 3, seed)):
        assert find_leaks(split(cache.columns), cache.columns, split) == []


@given(st.integers(2, 40), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_the_guard_finds_shared_samples_where_a_loop_over_pairs_does(n, seed):
    rng = np.random.default_rng(seed)
    rows = {
        "subject": np.arange(n).astype(str),
        "session": np.full(n, "1"),
        "trial": np.ones(n, int),
        "samples": rng.integers(0, 2 * n, n),
    }
    train, test = np.split(rng.permutation(n), [n // 2])
    shared = any(rows["samples"][a] == rows["samples"][b] for a in train for b in test)
    assert (find_leak(Fold("any", train, NOTHING, test), rows, leave_one_out("subject")) is not None) == shared


@given(st.integers(1, 5), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_overlapping_windows_are_found_where_a_loop_over_pairs_finds_them(length, seed):
    from types import SimpleNamespace

    from emoscan.benchmarks.splits.leak_guard import _overlap

    rng = np.random.default_rng(seed)
    windows = SimpleNamespace(trials=rng.integers(0, 3, 12), starts=rng.integers(0, 9, 12), length=length)
    one, other = np.split(rng.permutation(12), [6])
    touching = {
        (int(windows.trials[a]), int(windows.starts[a]), int(windows.starts[b]))
        for a in one
        for b in other
        if windows.trials[a] == windows.trials[b] and abs(windows.starts[a] - windows.starts[b]) < length
    }
    told = {f"at slices {a} and {b} of trial {trial} in the cache" for trial, a, b in touching}
    found = _overlap(windows, one, other)
    assert found in told if told else found == ""


def test_a_thousand_folds_of_three_thousand_trials_are_judged_in_seconds():
    subject = np.repeat(np.arange(1000), 3).astype(str)
    rows = {
        "subject": subject,
        "session": np.full(3000, "1"),
        "trial": np.tile([1, 2, 3], 1000),
        "samples": np.arange(3000),
    }
    split = leave_one_out("subject")
    folds = split(rows)
    begin = time.process_time()
    assert find_leaks(folds, rows, split) == []
    assert time.process_time() - begin < 5
