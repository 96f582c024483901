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
from emoscan.preprocessing import DifferentialEntropy, preprocess
from emoscan.preprocessing.faces.patches import regions
from emoscan.signals import InputError, Simulated, SimulatedFaces, SimulatedPair, patch_grid
from emoscan.signals.datasets.simulated_pair import topography
from emoscan.signals.datasets.simulated_truth import (
    planted_electrodes,
    planted_pair_electrodes,
    planted_pair_patches,
    planted_patches,
)
from emoscan.signals.drawings import DRAWINGS

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


def test_the_pair_s_electrodes_are_those_that_tell_its_states_apart_in_the_recordings(tmp_path):
    data = SimulatedPair(subjects=4, trials=6, seconds=60.0, seed=3)
    cache = preprocess(data, {"eeg": [DifferentialEntropy()]}, tmp_path / "cache")
    slices = cache.windows(1, 1)
    x, state, subject = slices.x()[:, 0, :, 3:].mean(axis=-1), slices.category, slices.columns["subject"]
    apart = []
    for who in np.unique(subject):
        first, other = (x[(subject == who) & (state == k)] for k in (0, 1))
        apart.append(np.abs(first.mean(0) - other.mean(0)) / np.sqrt((first.var(0) + other.var(0)) / 2))
    truth = planted_pair_electrodes(data)
    assert np.corrcoef(truth, np.mean(apart, axis=0))[0, 1] > 0.95
    assert ((truth > 0.45) == (truth > 0.65)).all()  # no site lies near the half from which it counts as planted


def test_in_a_pair_that_is_nearly_all_noise_only_the_direction_counts_in_which_a_site_follows_the_path():
    noisy = planted_pair_electrodes(SimulatedPair(eeg_noise=50.0))
    w = topography(DRAWINGS["epoc-14"])
    direction = np.abs(np.array([0.65, 0.45]) @ w) / np.linalg.norm(w, axis=0)
    assert noisy == pytest.approx(direction / direction.max(), abs=0.01)


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
    assert planted_table(["pair"], [1], tmp_path, quick=True) == rows[1:]
    assert "| pair | eeg | occlusion | 0.950 (0.90 to 1.00) | 0.800 (0.80 to 0.80) |" in planted_markdown(rows)


def test_a_simulation_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match=", ".join(PLANTINGS)):
        planted_in("dreams", 0)
