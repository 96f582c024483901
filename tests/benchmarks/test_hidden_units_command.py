"""``emo-train units``: what hidden units of a kept network follow, in people that it never saw."""

import csv
import sys

import numpy as np
import pytest

from emoscan.benchmarks import fit, k_folds
from emoscan.benchmarks.command import main
from emoscan.models import Training, load_model
from emoscan.preprocessing import preprocess
from emoscan.signals import SimulatedFaces


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A cache of eight simulated people, and an STRNN that learned from four of them."""
    folder = tmp_path_factory.mktemp("units")
    cache = preprocess(SimulatedFaces(subjects=8, frames=10), None, folder / "cache")
    training = Training(epochs=4, batch_size=16, learning_rate=3e-3, augmentation="none")
    fit(cache, "STRNN(site_features=4, hidden=8)", folder / "run", split=k_folds("subject", 2), window=4,
        train_stride=2, training=training)
    return cache, folder / "run"


@pytest.fixture
def command(monkeypatch, capfd):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["emo-train", *map(str, words)])
        return (main(), *capfd.readouterr())

    return run


def test_numbers_and_pictures_of_people_held_out(kept, command, tmp_path):
    cache, run = kept
    code, out, err = command("units", run, cache.path, "--output", tmp_path)
    assert (code, err) == (0, "")
    assert "of 4 people, all held out" in out
    assert out.count("units follow something within people") == 4  # the trained one and three that never were
    made = {"hidden_units.csv", "hidden_units.png", "states.png", "centroids.png"}
    assert {path.name for path in tmp_path.iterdir()} == made
    with (tmp_path / "hidden_units.csv").open() as file:
        rows = list(csv.DictReader(file))
    targets = {"valence", "arousal", *cache.task.categories, *cache.task.units}
    assert {row["target"] for row in rows} == targets
    assert len(rows) == len({row["unit"] for row in rows}) * len(targets)
    within = np.array([float(row["within"]) for row in rows])
    assert np.nanmax(np.abs(within)) > 0.6


def test_a_cache_of_people_it_learned_from_is_refused_unless_asked_for(kept, command, tmp_path):
    _, run = kept
    seen = {subject for subject, _, _ in load_model(run).facts.trained_on}
    half = preprocess(_Only(seen), None, tmp_path / "half")
    code, _, err = command("units", run, half.path, "--output", tmp_path / "units")
    assert code == 2
    assert "all of which the network has learned from" in err
    code, out, _ = command("units", run, half.path, "--output", tmp_path / "units", "--everyone")
    assert code == 0
    assert "of trials that it learned from" in out


class _Only(SimulatedFaces):
    """The simulated faces of some people."""

    def __init__(self, subjects):
        super().__init__(subjects=8, frames=10)
        self.wanted = subjects

    def __iter__(self):
        return (trial for trial in super().__iter__() if trial.subject in self.wanted)
