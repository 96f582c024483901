"""``emo-train units``: what hidden units of a kept network follow, in people that it never saw."""

import csv
import sys

import numpy as np
import pytest

from emoscan.benchmarks import fit, k_folds
from emoscan.benchmarks.commands.command import main
from emoscan.benchmarks.studies.explanations.hidden_units import HiddenUnits
from emoscan.models import Training, load_model
from emoscan.preprocessing import preprocess
from emoscan.signals import InputError, SimulatedFaces


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A cache of eight simulated people, and an STRNN that learned from four of them."""
    folder = tmp_path_factory.mktemp("units")
    cache = preprocess(SimulatedFaces(subjects=8, frames=10), None, folder / "cache")
    training = Training(epochs=4, batch_size=16, learning_rate=3e-3, augmentation="none")
    fit(
        cache,
        "STRNN(site_features=4, hidden=8)",
        folder / "run",
        split=k_folds("subject", 2),
        window=4,
        train_stride=2,
        training=training,
    )
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
    assert "balanced accuracy of the model on these windows" in out
    assert "too few to tell (4 people; 6 are needed)" in out
    assert out.count("units follow something within people") == 4  # the trained one and three that never were
    made = {"hidden_units.npz", "hidden_units.csv", "hidden_units.png", "states.png", "centroids.png"}
    assert {path.name for path in tmp_path.iterdir()} == made
    with (tmp_path / "hidden_units.csv").open() as file:
        rows = list(csv.DictReader(file))
    targets = {"valence", "arousal", *cache.task.categories, *cache.task.units}
    assert {row["target"] for row in rows} == targets
    assert len(rows) == len({row["unit"] for row in rows}) * len(targets)
    within = np.array([float(row["within"]) for row in rows])
    assert np.nanmax(np.abs(within)) > 0.6


def test_what_was_kept_is_a_part_of_a_report(kept, command, tmp_path):
    cache, run = kept
    command("units", run, cache.path, "--output", tmp_path / "units")
    code, _, err = command("report", tmp_path / "units", "--output", tmp_path / "report.html")
    assert (code, err) == (0, "")
    page = (tmp_path / "report.html").read_text()
    assert all(said in page for said in ("SIMULATED", "Hidden units: STRNN", "never trained, 3", "by chance"))
    assert page.count("<figure") == 3


def test_what_was_kept_is_read_as_it_was(kept, tmp_path):
    cache, run = kept
    model = load_model(run)
    held = [t for t in range(len(cache)) if str(cache.subject[t]) not in {who for who, _, _ in model.facts.trained_on}]
    found = HiddenUnits.of(model, cache.windows(4, 4, held, "face"))
    found.write(tmp_path)
    again = HiddenUnits.read(tmp_path)
    assert again.untrained == found.untrained
    assert (again.dataset, again.simulated, again.states.task) == ("SimulatedFaces", True, cache.task)
    for own, kept_one in ((found.states, again.states), (found.centroids, again.centroids)):
        for name, value in vars(own).items():
            np.testing.assert_array_equal(value, getattr(kept_one, name))
    np.testing.assert_array_equal(found.points, again.points)
    assert again.following == found.following


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:2000]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes().replace(b"origin", b"orgini")),
        lambda path: np.savez(path, facts=np.frombuffer(b"{}", np.uint8)),
    ],
)
def test_what_is_damaged_is_refused(kept, tmp_path, damage):
    cache, run = kept
    found = HiddenUnits.of(load_model(run), cache.windows(4, 4, range(8), "face"), blind=0)
    damage(found.write(tmp_path))
    with pytest.raises(InputError, match="make it again with emo-train units"):
        HiddenUnits.read(tmp_path)


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
