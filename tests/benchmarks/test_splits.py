"""Splits are functions over columns: who trains, who tests, and that nothing crosses."""

import re
from collections import Counter

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
from emoscan.benchmarks.contracts import ContractBroken, check_split
from emoscan.benchmarks.splits.fold import check_folds
from emoscan.benchmarks.splits.identity import identities_of
from emoscan.benchmarks.splits.inner_folds import inner_validation
from emoscan.benchmarks.splits.leak_guard import find_leak
from emoscan.signals import InputError, LeakError

HONEST = [
    leave_one_out("subject"),
    leave_one_out("stimulus"),
    leave_one_out("session"),
    k_folds("subject", 3),
    k_folds("subject", 3, seed=5),
    first_trials(4),
    leave_stimulus_and_subject_out(),
    leave_stimulus_and_subject_out(k=3, seed=1),
    official(test="test"),
    as_encoded(),
    leave_one_out("trial"),
    k_folds("trial", 5),
    k_folds("trial", 5, seed=2),
    leave_one_out("trial", within="subject"),
    leave_one_out("trial", within="session"),
    leave_one_out("stimulus", within="subject"),
    leave_one_out("stimulus", within="session"),
    leave_one_out("session", within="subject"),
    k_folds("trial", 5, within="subject"),
    k_folds("trial", 3, seed=1, within="session"),
    k_folds("stimulus", 3, within="subject"),
    k_folds("session", 2, within="subject"),
]
LEAKY = [random_windows(3), blocks_within_trials(3)]


def columns(subjects=4, sessions=2, trials=6, windows=1):
    keys = [
        (s, v, t)
        for s in range(1, subjects + 1)
        for v in range(1, sessions + 1)
        for t in range(1, trials + 1)
        for _ in range(windows)
    ]
    subject, session, trial = (np.array(column) for column in zip(*keys, strict=True))
    return {
        "subject": subject.astype(str),
        "session": session.astype(str),
        "trial": trial,
        "stimulus": trial.astype(str),
        "category": trial % 3,
        "part": np.where(session == 1, "train", "test"),
    }


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


def test_every_split_of_ours_is_among_those_that_keep_the_contract():
    assert {repr(split).split("(")[0] for split in HONEST + LEAKY} == set(SPLITS.known)
    assert all(SPLITS.find(name).__annotations__["return"] is Split for name in SPLITS.known)


def test_every_exported_split_is_in_the_list():
    made = {
        name
        for name in benchmarks.__all__
        if callable(thing := getattr(benchmarks, name))
        and getattr(thing, "__annotations__", {}).get("return") in (Split, "Split")
    }
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


@pytest.mark.parametrize(
    "split, found",
    [
        ("leave_one_out('person')", "no such column; wanted one of subject"),
        ("leave_one_out('person', within='subject')", "no such column"),
        ("leave_one_out('category')", "what is to be predicted"),
        ("leave_one_out('subject', within='subject')", "within a subject, which is one subject"),
        ("k_folds('session', 2, within='session')", "use 'trial'"),
        ("leave_one_out(['subject'])", "['subject'] as a column"),
        ("leave_one_out('trial', within=['subject'])", "within=['subject']; wanted within 'subject' or 'session'"),
        ("leave_one_out('trial', within='stimulus')", "wanted within 'subject' or 'session'"),
        ("k_folds('subject', 9)", "9 folds of 4"),
        ("k_folds('trial', 13, within='subject')", "13 folds of 12 trials of subject 1; wanted 2 to 12 folds"),
        ("k_folds('trial', 7, within='session')", "7 folds of 6 trials of subject 1, session 1"),
        ("k_folds('stimulus', 1, within='subject')", "1 folds of 6 stimuli of subject 1"),
        ("k_folds('subject', 2.5)", "k=2.5; wanted a whole number"),
        ("k_folds('subject', '2')", "k='2'; wanted a whole number"),
        ("k_folds('subject', 2, seed=-1)", "seed=-1; wanted a whole number, 0 or more"),
        ("first_trials(True)", "n=True"),
        ("first_trials(6)", "0 later ones"),
        ("first_trials(0)", "0 trials up to"),
        ("random_windows(1)", "1 folds"),
        ("random_windows(None)", "k=None"),
        ("blocks_within_trials(2.0)", "k=2.0"),
        ("leave_stimulus_and_subject_out(k=7)", "7 folds of 6 stimuli"),
    ],
)
def test_a_split_that_cannot_be_made_says_why(split, found):
    with pytest.raises(InputError, match=re.escape(found)):
        SPLITS.build(split)(columns())


def of_person(rows, person, least, column="trial"):
    """``rows`` without those of ``person`` whose ``column`` comes after ``least``."""
    keep = (rows["subject"] != person) | (rows[column].astype(int) <= least)
    return {name: values[keep] for name, values in rows.items()}


@pytest.mark.parametrize(
    "split, least, found",
    [
        (k_folds("trial", 5, within="subject"), 3, "5 folds of 3 trials of subject 7; wanted 2 to 3 folds"),
        (
            k_folds("trial", 5, within="subject"),
            1,
            "5 folds of 1 trial of subject 7; wanted two or more of each subject",
        ),
        (k_folds("stimulus", 4, within="subject"), 3, "4 folds of 3 stimuli of subject 7"),
        (leave_one_out("trial", within="subject"), 1, "1 trial of subject 7; wanted two or more of each subject"),
        (leave_one_out("trial", within="session"), 1, "1 trial of subject 7, session 1"),
        (leave_one_out("stimulus", within="subject"), 1, "1 stimulus of subject 7"),
    ],
    ids=repr,
)
def test_a_person_who_has_too_few_is_named_and_the_way_on_works(split, least, found):
    rows = of_person(columns(subjects=8, sessions=1), "7", least)
    with pytest.raises(InputError, match=re.escape(found)) as refused:
        split(rows)
    if "leave within= out, as in " in str(refused.value):
        way = refused.value.do.split("as in ")[1].split(", so that")[0]
        assert len(SPLITS.build(way)(rows)) == 5


def test_who_is_not_known_has_nothing_of_his_own_to_train_on():
    rows = columns(subjects=2)
    rows["subject"] = np.where(rows["subject"] == "2", "unknown", "1")
    with pytest.raises(InputError, match=r"12 of 24 rows whose subject is not known.*within='session'"):
        leave_one_out("trial", within="subject")(rows)
    assert len(leave_one_out("trial", within="session")(rows)) == 24


@pytest.mark.parametrize(
    "split",
    [
        leave_one_out("stimulus"),
        k_folds("stimulus", 2),
        leave_stimulus_and_subject_out(),
        leave_one_out("stimulus", within="subject"),
    ],
    ids=repr,
)
def test_films_that_are_not_named_cannot_be_held_out(split):
    rows = columns()
    rows["stimulus"][5] = ""
    with pytest.raises(InputError, match="1 of 48 rows whose stimulus is not known"):
        split(rows)


def test_a_trial_is_one_trial_of_one_session_of_one_person():
    rows = columns(subjects=2, sessions=2, trials=3, windows=2)
    folds = leave_one_out("trial")(rows)
    assert [fold.name for fold in folds][:2] == ["subject 1, session 1, trial 1", "subject 1, session 1, trial 2"]
    assert len(folds) == 12
    assert all(len(fold.test) == 2 and len(fold.train) == 22 for fold in folds)
    (own,) = {len(fold.train) for fold in leave_one_out("trial", within="subject")(rows)}
    assert own == 10
    (own,) = {len(fold.train) for fold in leave_one_out("trial", within="session")(rows)}
    assert own == 4


def test_the_guard_holds_trials_apart_and_not_their_numbers():
    for split in (leave_one_out("trial"), k_folds("trial", 2), as_encoded("trial")):
        assert split.groups == (("subject", "session", "trial"),)


def test_a_session_is_a_label_of_everybody_unless_it_is_held_out_within_a_person():
    rows = columns(subjects=3, sessions=2)
    assert [fold.name for fold in leave_one_out("session")(rows)] == ["session 1", "session 2"]
    names = [fold.name for fold in leave_one_out("session", within="subject")(rows)]
    assert names[:3] == ["subject 1, session 1", "subject 1, session 2", "subject 2, session 1"]


OLD = {
    "leave_one_out('subject')": "leave one subject out: each subject is tested by a model that trained on all others",
    "leave_one_out('session')": "leave one session out: each session is tested by a model that trained on all others",
    "leave_one_out('stimulus')": "leave one stimulus out: each stimulus is tested by a model that trained on all "
    "others",
    "k_folds('subject', 3)": "3 folds by subject: no subject on both sides",
    "first_trials(9)": "within each session, trials 1 to 9 train and the later ones test",
    "official()": "the dataset's own parts: train trains, validation tests",
    "as_encoded()": "trials that the encoder was trained on train, all others test: no subject on both sides",
    "leave_stimulus_and_subject_out()": "leave subject and stimulus out: neither the tested person nor the tested "
    "stimulus was trained on",
    "random_windows(5)": "LEAKY: windows of each session dealt at random into 5 folds",
    "blocks_within_trials(5)": "LEAKY: one of 5 blocks of each trial tests, the others train, session by session",
}


def test_words_that_stand_in_digests_are_those_of_before_wherever_the_meaning_is():
    assert {written: SPLITS.build(written).words for written in OLD} == OLD
    assert leave_one_out("trial").words != OLD["leave_one_out('subject')"].replace("subject", "trial")
    assert k_folds("trial", 5).words != "5 folds by trial: no trial on both sides"


def test_words_of_all_splits_differ():
    words = [split.words for split in HONEST + LEAKY if "seed" not in repr(split)]
    assert len({*words}) == len(words)


def random_designs(n, seed=11):
    """Columns of studies that nobody planned: few trials, missing films, labels that repeat, rows in any order."""
    rng = np.random.default_rng(seed)
    for _ in range(n):
        people = [f"{rng.choice(['s', 'S', '0'])}{who}" for who in rng.permutation(30)[: rng.integers(1, 5)]]
        days, trials = rng.integers(2), rng.choice([1, 3, 6])
        keys = [
            (who, f"day {day}", trial, f"film {rng.integers(1, 12)}")
            for who in people
            for day in range(days + rng.integers(1, 3))
            for trial in rng.permutation(12)[: rng.integers(trials, 9)]
        ]
        keys = [key for key in keys for _ in range(rng.integers(1, 3))]  # as windows repeat their trial's labels
        order = rng.permutation(len(keys)) if rng.random() < 0.5 else np.arange(len(keys))
        subject, session, trial, stimulus = (np.array(column)[order] for column in zip(*keys, strict=True))
        yield {
            "subject": subject,
            "session": session,
            "trial": trial,
            "stimulus": stimulus,
            "category": rng.integers(-1, 3, len(keys)),
            "part": np.full(len(keys), ""),
        }


ROTATING = [split for split in HONEST if repr(split).startswith(("leave_one_out", "k_folds"))]
WHOLE = {"subject": ("subject",), "session": ("subject", "session")}


def folds_of(split, rows):
    """The folds of a split; none where it refuses the rows."""
    try:
        return split(rows)
    except InputError:
        return []


def test_of_any_study_every_row_is_tested_once_and_nothing_crosses():
    made = Counter()
    for rows in random_designs(120):
        every = np.arange(len(rows["subject"]))
        for split in ROTATING:
            folds = folds_of(split, rows)
            if not folds:
                continue
            made[repr(split)] += 1
            assert np.array_equal(np.sort(np.concatenate([fold.test for fold in folds])), every)
            whole = WHOLE.get(repr(split).partition("within='")[2].rstrip("')"), ("part",))
            of_row, own = (identities_of(rows, names).of_row for names in (whole, split.groups[0]))
            for fold in folds:
                alike = of_row == of_row[fold.test[0]]
                assert np.array_equal(np.sort(np.append(fold.train, fold.test)), every[alike])
                assert not np.isin(own[fold.train], own[fold.test]).any()
    assert {repr(split) for split in ROTATING} == set(made)
    assert min(made.values()) > 10


def test_of_any_study_no_fold_leaks():
    for rows in random_designs(6, seed=2):
        for split in ROTATING:
            assert not any(find_leak(fold, rows, split) for fold in folds_of(split, rows))


def test_what_people_are_called_changes_nothing_within_them():
    for rows in random_designs(40, seed=3):
        people = sorted(set(rows["subject"]))
        called = dict(zip(people, np.random.default_rng(len(people)).permutation(len(people)).tolist(), strict=True))
        renamed = {**rows, "subject": np.array([f"p{called[name]}" for name in rows["subject"]])}
        for split in ROTATING:
            if split.groups == (("subject",),) or (repr(split).startswith("k_folds") and "within" not in repr(split)):
                continue  # people are dealt in the natural order of their names
            assert sides_of(split, rows) == sides_of(split, renamed)


def test_what_labels_are_changes_nothing_and_equal_seeds_give_equal_folds():
    for rows in random_designs(40, seed=4):
        for split in ROTATING:
            assert sides_of(split, rows) == sides_of(split, {**rows, "category": rows["category"][::-1]})


def sides_of(split, rows):
    """The rows on both sides of every fold, whatever the folds are called."""
    return sorted((fold.train.tolist(), fold.test.tolist()) for fold in folds_of(split, rows))


def test_other_seeds_deal_otherwise_and_people_are_dealt_independently():
    rows = columns(subjects=12, sessions=1, trials=10)
    dealt = [k_folds("trial", 5, seed, within="subject")(rows) for seed in (0, 1)]
    assert sides_of(k_folds("trial", 5, within="subject"), rows) != sides_of(k_folds("trial", 5, 1, "subject"), rows)
    first = {tuple(rows["trial"][fold.test]) for fold in dealt[0] if "fold 1 " in fold.name}
    assert len(first) > 6


def test_names_that_differ_only_by_zeros_are_two_people_in_one_order():
    rows = columns(subjects=2, sessions=1)
    rows["subject"] = np.where(rows["subject"] == "1", "1", "01")
    assert [fold.name for fold in leave_one_out("subject")(rows)] == ["subject 01", "subject 1"]
    assert [fold.name for fold in leave_one_out("subject")({**rows, "subject": np.array(["²", "2"] * 6)})]


def test_folds_within_people_cost_what_they_hold():
    rows = columns(subjects=1000, sessions=1, trials=40)
    folds = leave_one_out("trial", within="subject")(rows)
    assert len(folds) == 40_000
    assert sum(len(fold.train) for fold in folds) == 40_000 * 39
    with pytest.raises(InputError, match=r"40,000 folds of 40,000 rows each.*within='subject'"):
        leave_one_out("trial")(rows)


ROWS = np.arange(48)
BROKEN = [
    (None, "a NoneType; wanted a list of Fold"),
    ((fold for fold in ()), "a generator"),
    ([], "no fold"),
    ([(ROWS[:4], ROWS[4:])], "a tuple as fold 1"),
    ([("a", ROWS[:4], ROWS[4:6].astype(float))], "fold 'a' of broken(), test: found numbers of type float64"),
    ([("a", ROWS < 4, ROWS[4:])], "train: found numbers of type bool"),
    ([("a", [1, 2], ROWS[4:])], "train: found a list"),
    ([("a", ROWS[:4], 5)], "test: found an int"),
    ([("a", ROWS[:4], ROWS[4:].reshape(4, 11))], "an array of shape (4, 11)"),
    ([("a", ROWS[:4], ROWS[:0])], "no row to test"),
    ([("a", ROWS[:0], ROWS[4:])], "no row to train"),
    ([("a", ROWS, ROWS + 1)], "row 48 of 48"),
    ([("a", ROWS - 1, ROWS[4:])], "row -1 of 48"),
    ([("a", ROWS[:4], np.array([9, 7, 9]))], "row 9 twice"),
    ([("a", ROWS[:4], ROWS[4:]), ("a", ROWS[4:], ROWS[:4])], "2 folds named 'a'"),
    ([("", ROWS[:4], ROWS[4:])], "'' as the name of fold 1"),
    ([(3, ROWS[:4], ROWS[4:])], "3 as the name of fold 1"),
]


@pytest.mark.parametrize("given, found", BROKEN, ids=lambda value: value if isinstance(value, str) else "")
def test_whatever_an_outsiders_split_gives_is_checked_before_training(given, found):
    def broken(_):
        return (
            [Fold(part[0], part[1], NOTHING, part[2]) if len(part) == 3 else part for part in given]
            if isinstance(given, list)
            else given
        )

    split = Split("broken()", "broken", broken, (("subject",),))
    with pytest.raises(InputError, match=re.escape(found)):
        split(columns())
    with pytest.raises(ContractBroken, match=re.escape(found)):
        check_split(split, columns())


def test_folds_of_an_outsider_that_are_right_pass_in_any_order_and_type():
    folds = (Fold("a", ROWS[:4][::-1].astype(np.uint8), NOTHING, ROWS[4:].astype(np.int32)),)
    assert check_folds(folds, 48, "mine") == list(folds)


def test_one_person_cannot_be_left_out():
    with pytest.raises(InputError, match="only '1'"):
        leave_one_out("subject")(columns(subjects=1))


def test_an_unknown_split_lists_those_that_exist():
    with pytest.raises(InputError, match="leave_one_out, k_folds, first_trials"):
        SPLITS.build("leave_two_out('subject')")


NOTHING = np.zeros(0, int)


@pytest.mark.parametrize(
    "sides, found",
    [
        (([0, 1], NOTHING, [1, 2]), "row 1 on both sides"),
        (([0, 1], [24, 25], [25]), "valid and test: found row 25 on both sides"),
        (([0], NOTHING, [6]), "subject 1 on both sides"),  # another session of the same person
    ],
    ids=["same row", "valid and test", "same subject"],
)
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


@pytest.mark.parametrize("split", [split for split in HONEST if split != as_encoded()], ids=repr)
def test_every_split_has_an_inner_validation_of_its_own_groups(split):
    known = columns(subjects=6, sessions=4, trials=9)
    for rows in (known, {**known, "category": np.full(len(known["trial"]), -1)}):
        for fold in split({**rows, "part": np.where(rows["subject"] < "4", "train", "test")})[:40]:
            inner = inner_validation(fold, rows, split)
            guard(inner, rows, split)
            assert set(inner.train) | set(inner.valid) <= set(fold.train)
            assert len(inner.valid)
            assert len(inner.train)


def test_inner_validation_within_a_person_is_the_last_trial_of_each_category():
    rows = columns(subjects=2, sessions=1, trials=8)
    fold = leave_one_out("trial", within="subject")(rows)[6]  # trial 7 tests; 1 to 6 and 8 train
    inner = inner_validation(fold, rows, leave_one_out("trial", within="subject"))
    assert rows["trial"][inner.valid].tolist() == [4, 6, 8]
    assert set(rows["subject"][inner.train]) == {"1"}


def test_one_person_is_told_a_split_that_can_be_typed():
    with pytest.raises(InputError, match=re.escape("--split \"k_folds('trial', 5)\"")):
        leave_one_out("subject")(columns(subjects=1))
    assert len(k_folds("trial", 5)(columns(subjects=1))) == 5


def test_inner_validation_of_a_person_with_one_trial_of_each_category_is_a_trial_of_that_person():
    rows = columns(subjects=2, sessions=2, trials=3)
    split = leave_one_out("trial", within="subject")
    for fold in split(rows):
        inner = inner_validation(fold, rows, split)
        assert len(inner.valid) == 1
        assert len(set(rows["subject"][[*inner.train, *inner.valid]])) == 1


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
