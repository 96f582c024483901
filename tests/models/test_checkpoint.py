"""A model on disk: what was saved comes back, and nothing else is ever loaded or run."""

import hashlib
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from emoscan.models import as_trained_model, load_model, make_learner, save_model
from emoscan.models.learning.checkpoint import FACTS, TENSORS
from emoscan.models.learning.network_learner import predict_windows
from emoscan.signals import InputError

SMALL = "STRNN(hidden=4, spatial_nodes=2, merged=4, temporal=3, temporal_nodes=2, group=0.1)"


@pytest.fixture
def kept(cache, tmp_path):
    """A trained model, and the folder it was saved in."""
    model = as_trained_model(make_learner(SMALL, epochs=2, scaling="subject").fit(cache.windows(3, 3)), cache)
    return model, save_model(model, tmp_path / "model")


def sign(folder):
    """Write the digest that the files as they are would have: what somebody who forges a model can do."""
    facts = json.loads((folder / FACTS).read_text())
    facts.pop("sha256")
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode() + (folder / TENSORS).read_bytes())
    (folder / FACTS).write_text(json.dumps({**facts, "sha256": digest.hexdigest()}))


def change_facts(folder, **changed):
    facts = json.loads((folder / FACTS).read_text())
    (folder / FACTS).write_text(json.dumps({**facts, **changed}))


def test_what_was_saved_comes_back_to_the_bit(kept, cache):
    model, folder = kept
    read = load_model(folder)
    assert read.facts == model.facts
    assert not read.model.training
    np.testing.assert_array_equal(read.scaling["eeg"].mean, model.scaling["eeg"].mean)
    windows = cache.windows(3, 3)
    assert np.array_equal(
        predict_windows(read.model, read.scaling, windows).probability,
        predict_windows(model.model, model.scaling, windows).probability,
    )


def test_saving_twice_gives_the_same_bytes_and_leaves_nothing_unfinished(kept, tmp_path):
    model, folder = kept
    other = save_model(model, tmp_path / "again")
    assert sorted(path.name for path in folder.iterdir()) == [FACTS, TENSORS]
    assert (folder / FACTS).read_bytes() == (other / FACTS).read_bytes()
    assert (folder / TENSORS).read_bytes() == (other / TENSORS).read_bytes()


@pytest.mark.parametrize("name", [FACTS, TENSORS])
def test_one_flipped_bit_is_found_wherever_it_is(kept, name):
    _, folder = kept
    path = folder / name
    whole = path.read_bytes()
    for at in np.random.default_rng(0).integers(0, len(whole), 60):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << (at % 8)
        path.write_bytes(flipped)
        with pytest.raises(InputError):
            load_model(folder)
    path.write_bytes(whole)
    load_model(folder)


@pytest.mark.parametrize("name", [FACTS, TENSORS])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_file_cut_short_is_refused(kept, name, share):
    _, folder = kept
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match="model"):
        load_model(folder)


@pytest.mark.parametrize("missing", [FACTS, TENSORS])
def test_half_a_model_is_no_model(kept, missing):
    _, folder = kept
    (folder / missing).unlink()
    with pytest.raises(InputError, match="no model"):
        load_model(folder)


class Hostile:
    """A pickle that writes a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize(
    "write",
    [
        lambda thing, path: torch.save({"model.weight": thing}, path),
        lambda thing, path: path.write_bytes(pickle.dumps(thing)),
        lambda thing, path: torch.save(thing, path, _use_new_zipfile_serialization=False),
    ],
    ids=["in a zip", "bare", "legacy"],
)
def test_a_hostile_pickle_with_the_right_digest_is_refused_and_does_nothing(kept, tmp_path, write):
    _, folder = kept
    touched = tmp_path / "touched"
    write(Hostile(touched), folder / TENSORS)
    sign(folder)
    with pytest.raises(InputError, match="not tensors"):
        load_model(folder)
    assert not touched.exists()
    pickle.loads(pickle.dumps(Hostile(touched)))  # the same thing does its harm where pickles are trusted
    assert touched.exists()


@pytest.mark.parametrize(
    "content, told",
    [
        ([torch.zeros(2)], "a list; wanted tensors by name"),
        ({"model.x": 3}, "a dict; wanted tensors by name"),
        ({"scaling.eeg.mean": torch.zeros(1)}, "wanted tensors of STRNN"),
        ({"scaling.eeg.mean": torch.zeros(1), "scaling.eeg.deviation": torch.ones(1)}, "wanted tensors of STRNN"),
    ],
)
def test_other_content_is_refused(kept, content, told):
    _, folder = kept
    torch.save(content, folder / TENSORS)
    sign(folder)
    with pytest.raises(InputError, match=told):
        load_model(folder)


@pytest.mark.parametrize(
    "changed, told",
    [
        ({"model": "subprocess.Popen"}, "wanted a Backbone"),
        ({"model": "os.getcwd"}, "wanted a Backbone"),
        ({"model": "Concat(eeg='os.getcwd')"}, "wanted a Backbone"),
        ({"model": "Concat(eeg='STRNN(hidden=9)')"}, "tensors of Concat"),
        ({"model": "STRNN(hiden=4)"}, "hiden"),
        ({"model": "STRN"}, "did you mean STRNN"),
        ({"task": {"feelings": []}}, "task.feelings: a key that nobody knows"),
        ({"colour": "red"}, "colour: a key that nobody knows"),
        ({"series": {"eeg": 4}}, "series.eeg: 4; wanted an object"),
        ({"scaling": "robust"}, "scaling robust of 3 groups"),
    ],
)
def test_facts_that_say_something_else_are_refused(kept, changed, told):
    _, folder = kept
    change_facts(folder, **changed)
    with pytest.raises(InputError, match="differ from those saved"):
        load_model(folder)
    sign(folder)
    with pytest.raises(InputError, match=told):
        load_model(folder)
