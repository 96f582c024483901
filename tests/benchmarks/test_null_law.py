"""The law that nothing that reads no signal is called above guessing, over random designs and all splits; and power.

``EMOSCAN_DESIGNS=500 pytest tests/benchmarks/test_null_law.py`` takes five hundred designs of each split.
"""

import os
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from null_designs import METRIC, Design, Under, under

from emoscan.benchmarks import SPLITS, k_folds, leave_one_out

DESIGNS = int(os.environ.get("EMOSCAN_DESIGNS", "100"))
LONG = {"trials": (14, 22)}
"""Sessions long enough to be divided: of few trials a part trains on one class, which is refused."""

DRAWN = {
    "leave_one_out('subject')": {},
    "leave_one_out('session')": {},
    "leave_one_out('trial')": {},
    "leave_one_out('stimulus')": {},
    "k_folds('subject', 3)": {},
    "k_folds('trial', 5)": {},
    "k_folds('stimulus', 2)": {},
    "leave_one_out('trial', within='subject')": LONG,
    "k_folds('trial', 5, within='subject')": LONG,
    "leave_one_out('session', within='subject')": LONG,
    "leave_one_out('stimulus', within='subject')": LONG,
    "first_trials(9)": LONG,
    "official()": {},
    "as_encoded()": {},
    "leave_stimulus_and_subject_out(k=2)": {},
    "random_windows(3)": LONG,
    "blocks_within_trials(2)": LONG | {"windows": 2},
}
"""Splits, and what their designs need beside the usual."""


def designs(split, count, **needs):
    """So many designs under the split; those that it refuses are drawn again."""
    made = SPLITS.build(split)
    tried = (under(Design.drawn(np.random.default_rng((11, i)), **needs), made) for i in range(40 * count))
    return [found for found, _ in zip((own for own in tried if own is not None), range(count), strict=False)]


def test_every_split_is_among_them():
    assert {text.split("(")[0] for text in DRAWN} == set(SPLITS.known)


@pytest.mark.slow
@pytest.mark.parametrize("split", DRAWN)
def test_no_reader_of_nothing_is_above_guessing_more_often_than_the_rule_allows(split):
    found, above, seen = designs(split, DESIGNS, **DRAWN[split]), Counter(), Counter()
    assert len(found) == DESIGNS
    for number, own in enumerate(found):
        for name, said in own.readers_of_nothing(np.random.default_rng((12, number))):
            seen[name] += 1
            verdict = own.verdict(said)
            above[name] += verdict is not None and verdict.above is True
    for name, count in seen.items():
        allowed = 0.0 if name.startswith("always") else 0.025 + 3 * np.sqrt(0.025 * 0.975 / count)
        assert above[name] <= allowed * count, f"{name}: {above[name]} of {count} designs"


@pytest.mark.slow
def test_who_is_right_a_little_more_often_than_chance_is_found_above_it():
    found = [own for own in designs("leave_one_out('subject')", 2 * DESIGNS) if len(own.units.names) >= 10]
    verdicts = [own.verdict(own.skilled(np.random.default_rng((13, i)), 0.15)) for i, own in enumerate(found)]
    assert np.mean([verdict is not None and verdict.above is True for verdict in verdicts]) >= 0.9


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_a_constant_is_worth_one_in_as_many_classes_as_are_tested(seed):
    own = under(Design.drawn(np.random.default_rng(seed)), leave_one_out("subject"))
    if own is None:
        return
    occurring = np.unique(own.design.category[own.window])
    for k in occurring:
        score = own.tally(np.full(len(own.window), k)).scores[METRIC]
        assert score == pytest.approx(1 / len(occurring), abs=1e-12)
    assert own.opponents.expected(METRIC)["a uniform guess"] == pytest.approx(1 / len(occurring), abs=1e-12)
    assert own.bar >= 1 / len(occurring) - 1e-12


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_other_names_of_people_and_classes_change_nothing(seed):
    rng = np.random.default_rng(seed)
    design = Design.drawn(rng, trials=(4, 6))
    own = under(design, k_folds("subject", 3))
    if own is None:
        return
    said = rng.integers(0, design.classes, len(own.window))
    order = rng.permutation(design.classes)
    renamed = Under(
        Design({**design.columns, "category": order[design.columns["category"]]}, design.trial, design.classes),
        k_folds("subject", 3),
    )
    assert renamed.bar == pytest.approx(own.bar, abs=1e-12)
    first, second = own.tally(said), renamed.tally(order[said])
    for name in set(first.scores) - {"trial_accuracy"}:  # where votes and their sums are equal, the first class wins
        assert first.scores[name] == pytest.approx(second.scores[name])
    people = {name: f"{i:02}" for i, name in enumerate(np.unique(design.columns["subject"]))}
    named = np.array([f"zz{people[name]}" for name in design.columns["subject"]])
    other = Under(Design({**design.columns, "subject": named}, design.trial, design.classes), leave_one_out("subject"))
    same = Under(design, leave_one_out("subject"))
    assert other.bar == pytest.approx(same.bar, abs=1e-12)
