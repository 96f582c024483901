"""Splits are functions over columns: who trains, who tests, and that nothing crosses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emoscan.benchmarks as benchmarks
from emoscan.benchmarks import (
    SPLITS,
    Fold,
    Split,
    as_encoded,
    blocks_within_trials,
    first_trials,
    guard,
    k_folds,
    leave_one_out,
    leave_stimulus_and_subject_out,
    official,
    random_windows,
)
from emoscan.benchmarks.contracts import check_split
from emoscan.benchmarks.inner_validation import inner_validation
from emoscan.signals import InputError, LeakError

HONEST = [
    leave_one_out("subject"), leave_one_out("stimulus"), leave_one_out("session"), k_folds("subject", 3),
    k_folds("subject", 3, seed=5), first_trials(4), leave_stimulus_and_subject_out(),
    leave_stimulus_and_subject_out(k=3, seed=1), official(test="test"), as_encoded(),
]
LEAKY = [random_windows(3), blocks_within_trials(3)]


def columns(subjects=4, sessions=2, trials=6, windows=1):
    keys = [(s, v, t) for s in range(1, subjects + 1) for v in range(1, sessions + 1) for t in range(1, trials + 1)
            for _ in range(windows)]
    subject, session, trial = (np.array(column) for column in zip(*keys, strict=True))
    return {"subject": subject.astype(str), "session": session.astype(str), "trial": trial,
            "stimulus": trial.astype(str), "category": trial % 3,
            "part": np.where(session == 1, "train", "test")}


@pytest.mark.parametrize("split", HONEST, ids=repr)
def test_honest_splits_keep_the_contract(split):
    check_split(split, columns() if split != as_encoded() else encoded())


def encoded():
    """Rows whose features come from a network that was trained on the first two people."""
    rows = columns()
    return {**rows, "learned": np.isin(rows["subject"], ["1", "2"])}


def test_nothing_is_tested_that_the_encoder_was_trained_on():
    rows = encoded()
    (fold,) = as_encoded()(rows)
    assert set(rows["subject"][fold.train]) == {"1", "2"}
    guard(fold, rows, as_encoded())
    for split in (leave_one_out("subject"), first_trials(4)):
        with pytest.raises(LeakError, match=r"subject 1.*on whom the network that made the features was trained"):
            guard(split(rows)[0], rows, split)


def test_a_person_of_whom_the_encoder_saw_one_trial_is_not_tested():
    rows = columns()
    rows["learned"] = (rows["subject"] == "1") & (rows["trial"] == 1)
    with pytest.raises(LeakError, match="subject 1"):
        guard(leave_one_out("subject")(rows)[0], rows, leave_one_out("subject"))
    (fold,) = as_encoded()(rows)
    with pytest.raises(LeakError, match="subject 1"):
        guard(fold, rows, as_encoded())


def test_as_encoded_needs_an_encoder():
    with pytest.raises(InputError, match="0 of 48 trials that an encoder was trained on"):
        as_encoded()(columns())


@pytest.mark.parametrize("split", LEAKY, ids=repr)
def test_leaky_splits_say_so(split):
    check_split(split, columns(windows=4))
    assert split.words.startswith("LEAKY")


@pytest.mark.parametrize("split", HONEST + LEAKY, ids=repr)
def test_the_text_of_a_split_builds_it(split):
    assert SPLITS.build(repr(split)) == split


def test_every_exported_split_is_in_the_list():
    made = {name for name in benchmarks.__all__
            if callable(thing := getattr(benchmarks, name)) and getattr(thing, "__annotations__", {}).get("return") in (
                Split, "Split")}
    assert made == set(SPLITS.known)


@pytest.mark.parametrize("split", [leave_one_out("subject"), k_folds("subject", 4), random_windows(3)], ids=repr)
def test_every_row_is_tested_once(split):
    rows = columns(windows=3)
    tested = np.concatenate([fold.test for fold in split(rows)])
    assert sorted(tested) == list(range(len(rows["subject"])))


def test_first_trials_is_the_protocol_of_seed():
    rows = columns(subjects=15, sessions=3, trials=15)
    folds = first_trials(9)(rows)
    assert len(folds) == 45
    assert all((rows["trial"][fold.train] <= 9).all() and len(fold.train) == 9 for fold in folds)
    assert all((rows["trial"][fold.test] > 9).all() and len(fold.test) == 6 for fold in folds)


def test_ten_comes_after_nine_among_folds():
    names = [fold.name for fold in leave_one_out("subject")(columns(subjects=11))]
    assert names == [f"subject {n}" for n in range(1, 12)]


def test_neither_the_person_nor_the_film_was_seen():
    rows = columns()
    for fold in leave_stimulus_and_subject_out()(rows):
        for name in ("subject", "stimulus"):
            assert not set(rows[name][fold.train]) & set(rows[name][fold.test])


@pytest.mark.parametrize("split, found", [
    (leave_one_out("person"), "no such column"),
    (k_folds("subject", 9), "9 folds of 4"),
    (first_trials(6), "0 later ones"),
    (first_trials(0), "0 trials up to"),
    (random_windows(1), "1 folds"),
], ids=lambda value: value if isinstance(value, str) else repr(value))
def test_a_split_that_cannot_be_made_says_why(split, found):
    with pytest.raises(InputError, match=found):
        split(columns())


def test_one_person_cannot_be_left_out():
    with pytest.raises(InputError, match="only '1'"):
        leave_one_out("subject")(columns(subjects=1))


def test_an_unknown_split_lists_those_that_exist():
    with pytest.raises(InputError, match="leave_one_out, k_folds, first_trials"):
        SPLITS.build("leave_two_out('subject')")


NOTHING = np.zeros(0, int)


@pytest.mark.parametrize("sides, found", [
    (([0, 1], NOTHING, [1, 2]), "row 1 on both sides"),
    (([0, 1], [24, 25], [25]), "valid and test: found row 25 on both sides"),
    (([0], NOTHING, [6]), "subject 1 on both sides"),  # another session of the same person
], ids=["same row", "valid and test", "same subject"])
def test_the_guard_names_an_example(sides, found):
    fold = Fold("bad", *(np.array(side, int) for side in sides))
    with pytest.raises(LeakError, match=found):
        guard(fold, columns(), leave_one_out("subject"))


def test_the_guard_sees_a_trial_that_is_on_both_sides_as_windows(cache):
    windows = cache.windows(3, 3)
    (fold, *_) = random_windows(2)(windows.columns)
    with pytest.raises(LeakError, match="subject 1, session 1, trial"):
        guard(fold, windows.columns, random_windows(2), windows)


def test_the_guard_sees_overlapping_windows(cache):
    windows = cache.windows(4, 1)
    fold = Fold("overlap", np.array([0]), NOTHING, np.array([3]))
    with pytest.raises(LeakError, match="overlapping windows"):
        guard(fold, windows.columns, leave_one_out("subject"), windows)


@given(st.integers(2, 6), st.integers(1, 3), st.integers(6, 12), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_inner_validation_keeps_the_groups_of_the_protocol(subjects, sessions, trials, seed):
    rows = columns(subjects + 1, sessions, trials)
    for split in (leave_one_out("subject"), first_trials(4), k_folds("subject", 2)):
        for fold in split(rows):
            if split.groups == (("subject",),) and len(set(rows["subject"][fold.train])) < 2:
                continue
            inner = inner_validation(fold, rows, split, seed)
            guard(inner, rows, split)
            assert len(inner.valid)
            assert len(inner.train)
            assert sorted([*inner.train, *inner.valid]) == sorted(fold.train)
            np.testing.assert_array_equal(inner.test, fold.test)


def test_inner_validation_of_seed_is_the_last_trial_of_each_category_of_the_nine():
    rows = columns(subjects=1, sessions=1, trials=15)
    rows["category"] = np.array([2, 1, 0, 0, 1, 2, 0, 1, 2, 2, 1, 0, 1, 2, 0])
    (fold,) = first_trials(9)(rows)
    assert rows["trial"][inner_validation(fold, rows, first_trials(9)).valid].tolist() == [7, 8, 9]


def test_the_datasets_own_parts_are_one_fold():
    rows = columns()
    (fold,) = official(test="test")(rows)
    assert fold.name == "train and test"
    assert set(rows["part"][fold.train]) == {"train"}
    assert set(rows["part"][fold.test]) == {"test"}
    assert repr(official()) == "official()"
    for split in (official(), official("train", "train")):
        with pytest.raises(InputError, match=r"two of those that there are \(test, train\)"):
            split(rows)
    mixed = {**rows, "part": np.where(rows["trial"] < 3, "train", "test")}
    (fold,) = official(test="test")(mixed)
    with pytest.raises(LeakError):
        guard(fold, mixed, official(test="test"))
