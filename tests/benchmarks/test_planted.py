"""Planted truth: what the simulations say of themselves, and whether explanations find it."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from emoscan.benchmarks.planted import (
    HALF,
    PLANTINGS,
    Found,
    planted_in,
    planted_markdown,
    planted_table,
)
from emoscan.preprocessing.faces.patches import regions
from emoscan.signals import InputError, Simulated, SimulatedFaces, SimulatedPair, patch_grid
from emoscan.signals.datasets.simulated_truth import (
    planted_electrodes,
    planted_pair_electrodes,
    planted_pair_patches,
    planted_patches,
)

MIDDLE = np.array([[48 / 112, 0, 0], [0, 48 / 96, 0]])


@pytest.mark.parametrize("layout, count", [("scalp-19", 3), ("seed-62", 15)])
def test_planted_electrodes_are_those_that_the_simulation_names(layout, count):
    data = Simulated(layout=layout, seed=3)
    assert planted_electrodes(data).sum() == count == len({s for own in data.planted.values() for s in own})


def test_each_truth_is_graded_up_to_one_and_divides_the_sites():
    pixels = patch_grid(8, 8, (6, 6), (48, 48)).pixels
    pair, of_regions = SimulatedPair(subjects=2), regions((48, 48)).pixels
    for truth in (
        planted_patches(SimulatedFaces(subjects=2), pixels, MIDDLE), planted_pair_electrodes(pair),
        planted_pair_patches(pair, of_regions, MIDDLE),
    ):
        assert truth.max() == 1
        assert truth.min() >= 0
        assert 0 < (truth > HALF).sum() < len(truth)


def test_the_pair_s_electrodes_are_where_the_states_differ_in_valence_and_arousal():
    truth = dict(zip(
        ("AF3", "AF4", "F7", "F3", "F4", "F8", "FC5", "FC6", "T7", "T8", "P7", "P8", "O1", "O2"),
        planted_pair_electrodes(SimulatedPair()), strict=True,
    ))
    assert truth["F8"] == pytest.approx(truth["P7"]) == 1  # front right and back left
    assert truth["F8"] == pytest.approx((0.65 * 1 + 0.45 * 0.6) / (0.65 * 1 + 0.45 * 0.6))
    assert truth["FC5"] < HALF < truth["T7"]


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
    (tmp_path / "pair-1-quick.json").write_text(json.dumps([asdict(rows[1])]))  # never taken for one another
    assert planted_table(["pair"], [1], tmp_path, sparse=False) == rows[1:]
    assert "| pair | eeg | occlusion | 0.950 (0.90 to 1.00) | 0.800 (0.80 to 0.80) |" in planted_markdown(rows)


def test_a_simulation_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match=", ".join(PLANTINGS)):
        planted_in("dreams", 0)
