"""Who and what stands on both sides of a split is said from its folds, not from its name."""

import re
import time
from pathlib import Path

import numpy as np
import pytest

from emoscan.benchmarks import SPLITS, Fold
from emoscan.benchmarks.splits.fold import sides

PEOPLE, DAYS, FILMS, TRIALS = "people", "sessions", "films (stimuli)", "trials"


def study(subjects=4, sessions=2, trials=6, windows=1):
    """Everybody sees the same films in the same order, in each session."""
    keys = [
        (s, v, t)
        for s in range(subjects)
        for v in range(sessions)
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
    }


def said(shared, apart, unknown=()):
    lists = (("on both sides", [f"the same {kind}" for kind in shared]), ("apart", apart), ("not known", unknown))
    return "; ".join(f"{where}: {', '.join(kinds)}" for where, kinds in lists if kinds)


@pytest.mark.parametrize(
    "split, shared",
    [
        ("leave_one_out('subject')", [FILMS]),
        ("leave_one_out('session')", [PEOPLE, FILMS]),
        ("leave_one_out('stimulus')", [PEOPLE, DAYS]),
        ("leave_one_out('trial')", [PEOPLE, DAYS, FILMS]),
        ("leave_one_out('trial', within='subject')", [PEOPLE, DAYS, FILMS]),
        ("leave_one_out('trial', within='session')", [PEOPLE, DAYS]),
        ("leave_one_out('stimulus', within='subject')", [PEOPLE, DAYS]),
        ("leave_one_out('session', within='subject')", [PEOPLE, FILMS]),
        ("k_folds('subject', 2)", [FILMS]),
        ("first_trials(4)", [PEOPLE, DAYS]),
        ("leave_stimulus_and_subject_out()", []),
        ("random_windows(2)", [PEOPLE, DAYS, FILMS, TRIALS]),
        ("blocks_within_trials(2)", [PEOPLE, DAYS, FILMS, TRIALS]),
    ],
)
def test_what_stands_on_both_sides_is_said(split, shared):
    rows = study(windows=4)
    apart = [kind for kind in (PEOPLE, DAYS, FILMS, TRIALS) if kind not in shared]
    assert sides(SPLITS.build(split)(rows), rows) == said(shared, apart)


PAGE = Path(__file__).parents[2] / "docs" / "splits.md"
TABLE = re.findall(r"^\| `(.+?)` \| (.+?) \|", PAGE.read_text(), re.MULTILINE)


@pytest.mark.parametrize("split, shared", TABLE, ids=[split for split, _ in TABLE])
def test_the_page_of_splits_says_of_each_what_its_folds_say(split, shared):
    rows = study(subjects=11, windows=5)
    found = sides(SPLITS.build(split if "(9)" not in split else "first_trials(3)")(rows), rows)
    kinds = found.partition(";")[0].partition(": ")[2] if found.startswith("on both") else "nothing"
    assert shared == re.sub(r"the same | \(.*?\)", "", kinds)


def test_the_page_of_splits_leaves_none_out():
    shown = {split.split("(")[0] for split, _ in TABLE}
    assert shown | {"official", "as_encoded"} == set(SPLITS.known)
    assert all(f"`{name}()`" in PAGE.read_text() for name in ("official", "as_encoded"))


def test_films_of_ones_own_are_apart():
    rows = study()
    rows["stimulus"] = np.char.add(rows["subject"], rows["stimulus"])
    assert sides(SPLITS.build("leave_one_out('subject')")(rows), rows) == said([], [PEOPLE, DAYS, FILMS, TRIALS])


def test_what_only_some_folds_share_is_counted():
    rows = study(subjects=3, sessions=1)
    rows["stimulus"][rows["subject"] == "2"] = "a film of its own"
    found = sides(SPLITS.build("leave_one_out('subject')")(rows), rows)
    assert found == "on both sides: the same films (stimuli) (in 2 of 3 folds); apart: people, sessions, trials"


def test_a_validation_part_trains_too():
    rows = study(subjects=3, sessions=1)
    fold = Fold("one", np.arange(6), np.array([6, 7]), np.array([8]))
    assert sides([fold], rows).startswith("on both sides: the same people, the same sessions, the same films")


def test_nobody_is_said_to_be_somebody_where_nobody_is_known():
    rows = study()
    folds = SPLITS.build("leave_one_out('trial')")(rows)
    assert sides(folds, rows, names_subjects=False) == said([DAYS, FILMS], [TRIALS], [PEOPLE])
    rows["subject"][:] = "unknown"
    folds = SPLITS.build("leave_one_out('session')")(rows)
    assert sides(folds, rows) == said([FILMS], [DAYS, TRIALS], [PEOPLE])
    rows["stimulus"][:] = ""
    assert sides(folds, rows) == said([], [DAYS, TRIALS], [PEOPLE, FILMS])


def test_one_person_who_is_known_on_both_sides_is_said_though_others_are_not():
    rows = study(sessions=2)
    rows["subject"][rows["subject"] != "0"] = "unknown"
    assert "the same people" in sides(SPLITS.build("leave_one_out('session')")(rows), rows)


def test_what_a_loop_over_sets_finds_is_said():
    rng = np.random.default_rng(5)
    for _ in range(100):
        n = rng.integers(4, 40)
        rows = {
            name: rng.integers(0, rng.integers(1, 9), n).astype(str)
            for name in ("subject", "session", "stimulus", "trial")
        }
        folds = [Fold(f"{i}", *np.split(rng.permutation(n), sorted(rng.integers(1, n, 2)))) for i in range(4)]
        found = sides(folds, rows)
        for kind, names in (
            (PEOPLE, ["subject"]),
            (DAYS, ["subject", "session"]),
            (FILMS, ["stimulus"]),
            (TRIALS, ["subject", "session", "trial"]),
        ):
            of_row = list(zip(*(rows[name] for name in names), strict=True))
            count = sum(
                bool({of_row[i] for i in [*fold.train, *fold.valid]} & {of_row[i] for i in fold.test}) for fold in folds
            )
            told = f"the same {kind}" + ("" if count == 4 else f" (in {count} of 4 folds)")
            assert (told in found) == (count > 0)


def test_three_thousand_trials_in_a_thousand_folds_take_seconds():
    rows = study(subjects=100, sessions=1, trials=30)
    folds = SPLITS.build("k_folds('trial', 1000)")(rows)
    began = time.process_time()
    assert sides(folds, rows) == said([PEOPLE, DAYS, FILMS], [TRIALS])
    assert time.process_time() - began < 10
