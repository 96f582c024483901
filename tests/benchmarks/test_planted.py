"""Planted truth: what the simulations say of themselves, and whether explanations find it."""

import json
import re
from dataclasses import asdict, replace

import pytest

from emoscan.benchmarks.commands.explanation_command import planted
from emoscan.benchmarks.studies.explanations.planted import (
    Found,
    planted_in,
    planted_markdown,
    planted_table,
    write_found,
)
from emoscan.benchmarks.studies.explanations.plantings import HALF, PLANTINGS
from emoscan.preprocessing import preprocess
from emoscan.signals import InputError, StoredCorrupt

SMALL = {"eeg-19": {}, "eeg-62": {}, "faces": {"subjects": 2}, "pair": {"subjects": 4, "trials": 4}}


@pytest.fixture(scope="module")
def truths(tmp_path_factory):
    """What is planted at each site of small simulations, by simulation and series."""
    found = {}
    for name, settings in SMALL.items():
        planting = PLANTINGS[name]
        data = planting.make(seed=3, **settings)
        found[name] = planting.truth(data, preprocess(data, planting.recipe, tmp_path_factory.mktemp(name) / "cache"))
    return found


def test_each_truth_goes_up_to_one_and_divides_the_sites(truths):
    for of in truths.values():
        for truth in of.values():
            assert truth.max() == 1
            assert truth.min() >= 0
            assert 0 < (truth > HALF).sum() < len(truth)


@pytest.mark.parametrize("name, count", [("eeg-19", 3), ("eeg-62", 15)])
def test_planted_electrodes_are_those_that_the_simulation_names(truths, name, count):
    named = {site for own in PLANTINGS[name].make(seed=3).planted.values() for site in own}
    assert truths[name]["eeg"].sum() == count == len(named)


def test_in_the_pair_s_face_the_middle_columns_tell_and_no_patch_lies_near_the_half(truths):
    truth = truths["pair"]["face"].reshape(4, 4)
    assert (truth[1:, 1:3] > 0.6).all()
    rest = truth.copy()
    rest[1:, 1:3] = 0
    assert rest.max() < HALF


@pytest.mark.slow
def test_planted_sites_are_found_and_nothing_is_found_in_networks_that_never_learned():
    rows = {(row.series, row.way): row for row in planted_in("eeg-19", 7, folds=1)}
    default = rows["eeg", "integrated"]
    assert default.auroc >= 0.9
    assert 0.2 < default.untrained < 0.8
    assert rows["eeg", "projections of STRNN(group=0.1, sparsity=0.75)"].auroc >= 0.9
    assert rows["eeg, sites x bands", "integrated"].auroc >= 0.9


def test_finished_seeds_are_read_and_shown_with_their_range(tmp_path):
    rows = [Found("pair", seed, "eeg", "occlusion", score, 0.8, 0.5, 0.9) for seed, score in ((1, 0.9), (2, 1.0))]
    for row in rows:
        (tmp_path / f"pair-{row.seed}.json").write_text(json.dumps([asdict(row)]))
    assert planted_table(["pair"], [1, 2], tmp_path) == rows
    quick = replace(rows[0], auroc=0.7)
    write_found([quick], tmp_path / "pair-1-quick.json")  # never taken for one another
    assert planted_table(["pair"], [1], tmp_path, quick=True) == [quick]
    assert "| pair | eeg | occlusion | .950 (.90 to 1.00) | .800 (.80 to .80) |" in planted_markdown(rows)


@pytest.mark.parametrize(
    "damage, words",
    [
        (lambda text: text.replace("0.875", "0.975"), "content that differs from what was saved"),
        (lambda text: text.replace('"seed": 1', '"seed": 2'), "content that differs from what was saved"),
        (lambda text: text.replace("sha256", "sha257"), "content that differs from what was saved"),
        (lambda text: text[:40], "no JSON"),
        (lambda text: "[1]", "rows[0]: 1"),
        (lambda text: "[]", "no rows, or others"),
    ],
)
def test_rows_that_changed_are_refused(tmp_path, damage, words):
    path = tmp_path / "pair-1.json"
    write_found([Found("pair", 1, "eeg", "occlusion", 0.875, 0.8, 0.5, 0.9)], path)
    path.write_text(damage(path.read_text()))
    with pytest.raises(StoredCorrupt, match=re.escape(f"{path}: found {words}")):
        planted_table(["pair"], [1], tmp_path)


def test_rows_of_another_seed_are_refused(tmp_path):
    write_found([Found("pair", 2, "eeg", "occlusion", 0.875, 0.8, 0.5, 0.9)], tmp_path / "pair-1.json")
    with pytest.raises(StoredCorrupt, match="those of pair, seed 1"):
        planted_table(["pair"], [1], tmp_path)


def test_a_simulation_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match=", ".join(PLANTINGS)):
        planted_in("dreams", 0)


@pytest.mark.parametrize("seeds", ["abc", "1,-2", "1.5"])
def test_seeds_that_are_no_numbers_are_refused(seeds, tmp_path):
    with pytest.raises(InputError, match="whole numbers from 0"):
        planted(["pair"], seeds, tmp_path)
