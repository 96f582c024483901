"""What is stored has one form: whatever earlier versions wrote is written again byte for byte, key by key.

What came later has a default, and stands in a file of old once it is written again (``LATER``); nothing else changes.
"""

import json
import tarfile
from dataclasses import fields, replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from emoscan.benchmarks import Explained, HiddenUnits, Report
from emoscan.benchmarks.runs.protocol import Protocol
from emoscan.benchmarks.runs.training_run import read_outcome, write_outcome
from emoscan.models import Training, load_model, save_model
from emoscan.models.gan import load_gan, save_gan
from emoscan.preprocessing.cache_files.cache_file import LeftOut, TrialFacts, open_file
from emoscan.preprocessing.cache_files.cache_index import Index, IndexedFile
from emoscan.preprocessing.cache_files.cache_writing import publish_recording
from emoscan.signals import Layout, Task
from emoscan.signals.layouts.pixel_patches import PixelPatches
from emoscan.signals.stored_json import digest_of

STORED = Path(__file__).parent / "data" / "stored"
VERSIONS = sorted(path.name.removesuffix(".tar.xz") for path in STORED.glob("*.tar.xz"))

LATER = {"names_subjects": True, "sides": "", "classes": "", "thresholds": [], "label_notes": []}
"""Of a report's data: what reports of 0.1.0 lack, as it is written where nothing is known."""

CHANGES_WITH_BYTES = ("predictions", "sha256")
"""Digests of the file beside: its bytes follow from the library that packed it."""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with what each version stored, under its number."""
    folder = tmp_path_factory.mktemp("forms")
    for version in VERSIONS:
        with tarfile.open(STORED / f"{version}.tar.xz") as archive:
            archive.extractall(folder / version, filter="data")
    return folder


def names(pattern):
    """The stored files of that name, below the folder of all versions."""
    found = []
    for version in VERSIONS:
        with tarfile.open(STORED / f"{version}.tar.xz") as archive:
            found += [f"{version}/{name}" for name in archive.getnames() if Path(name).match(pattern)]
    return sorted(found)


def read(path):
    return json.loads(path.read_text())


def text(stored):
    return json.dumps(stored, indent=1)


def without(stored, keys=CHANGES_WITH_BYTES):
    return {name: value for name, value in stored.items() if name not in keys}


def facts_of(path):
    with np.load(path) as arrays:
        return arrays["facts"].tobytes()


@pytest.mark.parametrize("name", names("cache.json"))
def test_an_index_is_written_again_as_it_was(root, tmp_path, name):
    Index.read((root / name).parent).write(tmp_path)
    assert (tmp_path / "cache.json").read_bytes() == (root / name).read_bytes()


@pytest.mark.parametrize("name", names("*.h5"))
def test_the_facts_of_a_recording_are_written_again_as_they_were(root, tmp_path, name):
    stored = open_file(root / name)
    trials = [stored.trial(number) for number in range(len(stored.facts.trials))]
    publish_recording(tmp_path / "again.h5", stored.facts, trials)
    with h5py.File(root / name) as before, h5py.File(tmp_path / "again.h5") as again:
        assert again["facts"][:].tobytes() == before["facts"][:].tobytes()


@pytest.mark.parametrize("name", names("report.json"))
def test_a_report_is_written_again_as_it_was_but_for_what_came_later(root, tmp_path, name):
    before = read(root / name)
    again = read(Report.load((root / name).parent).save(tmp_path) / "report.json")
    added = set(again["data"]) - set(before["data"])
    assert {key: again["data"].pop(key) for key in added} == {key: LATER[key] for key in added}
    assert not added or name.startswith("0.1.0/")
    assert text(without(again)) == text(without(before))


@pytest.mark.parametrize("name", names("model.json"))
def test_facts_of_a_kept_model_are_written_again_as_they_were(root, tmp_path, name):
    again = save_model(load_model((root / name).parent), tmp_path)
    assert text(without(read(again / "model.json"))) == text(without(read(root / name)))


@pytest.mark.parametrize("name", names("gan.json"))
def test_facts_of_a_kept_gan_are_written_again_as_they_were(root, tmp_path, name):
    again = save_gan(load_gan((root / name).parent), tmp_path)
    assert text(without(read(again / "gan.json"))) == text(without(read(root / name)))


@pytest.mark.parametrize("name", names("explained.json"))
def test_an_explanation_is_written_again_as_it_was(root, tmp_path, name):
    again = Explained.read((root / name).parent).write(tmp_path).read_text()
    if name.startswith("0.1.0/"):  # its score had no verdict
        again = text({**without(json.loads(again)), "score": without(json.loads(again)["score"], ("verdict",))})
    before = (root / name).read_text()
    assert again == (text(without(json.loads(before))) if name.startswith("0.1.0/") else before)


@pytest.mark.parametrize("name", names("hidden_units.npz"))
def test_facts_of_hidden_units_are_written_again_as_they_were(root, tmp_path, name):
    again = HiddenUnits.read((root / name).parent).write(tmp_path)
    assert facts_of(again) == facts_of(root / name)


@pytest.mark.parametrize("name", names("fold*.npz"))
def test_what_a_training_left_is_written_again_as_it_was(root, tmp_path, name):
    config = json.loads(facts_of(root / name))["config"]
    write_outcome(read_outcome(root / name, config), tmp_path / "again.npz", config)
    assert facts_of(tmp_path / "again.npz") == facts_of(root / name)


PIXELS = Layout(
    "two", ("a", "b"), ((0, 0), (0, 1)), ((0.25, 0.5), (0.75, 0.5)), PixelPatches((2, 4), (2, 2), ((0, 0), (0, 2)))
)


@pytest.mark.parametrize(
    "noun, form",
    [
        (
            PIXELS,
            '{"name": "two", "sites": ["a", "b"], "cells": [[0, 0], [0, 1]], "positions": [[0.25, 0.5], [0.75, 0.5]], '
            '"pixels": {"image": [2, 4], "size": [2, 2], "corners": [[0, 0], [0, 2]]}}',
        ),
        (
            Task(("calm", "tense"), ("valence",), ("AU1",)),
            '{"categories": ["calm", "tense"], "dimensions": ["valence"], "units": ["AU1"]}',
        ),
        (
            Task((), ("valence", "arousal"), (), ((1, 9), (-1, 1))),
            '{"categories": [], "dimensions": ["valence", "arousal"], "units": [], '
            '"ranges": [[1.0, 9.0], [-1.0, 1.0]]}',
        ),
        (
            Training(epochs=3, learning_rate=1, devices="2", logger="CSVLogger"),
            '{"epochs": 3, "batch_size": 64, "learning_rate": 1, "weight_decay": 0.01, "clip": 1.0, "predicts": "all", '
            '"balance": "weights", "loss_weights": [1.0, 1.0, 1.0], "label_smoothing": 0.0, "dimension_loss": "ccc", '
            '"augmentation": "auto", "alone": 1.0, "accelerator": "auto", "devices": "2"}',
        ),
        (TrialFacts(3, "film", 1), '[3, "film", 1, "", false]'),
        (TrialFacts(3, "film", -1, "train", True, ("ab",)), '[3, "film", -1, "train", true, ["ab"]]'),
        (
            IndexedFile("subject-1,session-2.h5", "ab", "1", "2", (TrialFacts(3, "film", 1),), (0,)),
            '{"name": "subject-1,session-2.h5", "digest": "ab", "subject": "1", "session": "2", '
            '"trials": [[3, "film", 1, "", false]], "left_out": [0]}',
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
)
def test_a_noun_has_the_form_that_it_always_had_and_is_read_from_it(noun, form):
    assert json.dumps(noun.to_json()) == form
    assert json.dumps(type(noun).from_json(json.loads(form)).to_json()) == form


def test_a_protocol_with_everything_has_the_form_that_it_always_had():
    protocol = Protocol("k", "in words", seeds=2, controls=("without('face')",), classes="valence > 5")
    stored = protocol.to_json()
    assert list(stored) == [entry.name for entry in fields(Protocol)]
    assert Protocol.from_json(json.loads(json.dumps(stored))) == protocol
    assert digest_of(stored) == "cde7acd73ffff8f319ea93a86316dfc4646d221686fece68db18b3524d5966f6"
    assert "classes" not in replace(protocol, classes="").to_json()


def test_an_index_of_nobody_says_so(root, tmp_path):
    index = Index.read(root / VERSIONS[0] / "stored" / "caches" / "arrays")
    replace(index, names_subjects=False, skipped=(LeftOut("trial 3", "no label"),)).write(tmp_path)
    stored = read(tmp_path / "cache.json")
    assert list(stored)[-2:] == ["skipped", "names_subjects"]
    assert stored["skipped"] == [{"what": "trial 3", "reason": "no label"}]
    assert stored["names_subjects"] is False
    assert Index.read(tmp_path).digest == stored["sha256"]
