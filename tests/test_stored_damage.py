"""Whatever stands in a stored file, signed or not: it is read, or refused in one line that names it; never a trace.

A newer form names the version that reads it.
"""

import hashlib
import json
import shutil
import tarfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from json_places import DROP, UNKNOWN, changed, places

from emoscan import __version__
from emoscan.benchmarks import Explained, HiddenUnits, Report, compare
from emoscan.benchmarks.runs.training_run import OutcomeFacts, read_outcome
from emoscan.models import load_model
from emoscan.models.gan import load_gan
from emoscan.models.learning.kept_tensors import kept_digest
from emoscan.preprocessing import Cache
from emoscan.preprocessing.cache_files.cache_file import RecordingFacts, open_file, verify_file
from emoscan.signals import CacheCorrupt, InputError
from emoscan.signals.stored_json import decoded

ARCHIVE = Path(__file__).parent / "data" / "stored" / "0.2.0.tar.xz"
VALUES = (None, True, -1, 0, 3, 1.5, float("nan"), float("inf"), 10**400, "x", "", [], {}, [[]], [None], {"x": 1})


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("damage")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder / "stored"


def sha(stored):
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()


def signed(path, stored):
    return {**stored, "sha256": sha(stored)}


def kept(path, stored):
    return {**stored, "sha256": kept_digest(json.loads(json.dumps(stored)), path.with_suffix(".pt"))}


def unsigned(path, stored):
    return stored


def text_of(path):
    return json.loads(path.read_text())


def facts_of(path):
    with np.load(path) as arrays:
        return json.loads(arrays["facts"].tobytes())


def write_text(path, stored):
    path.write_text(json.dumps(stored))


def write_facts(path, stored):
    with np.load(path) as arrays:
        values = {name: arrays[name] for name in arrays.files}
    values["facts"] = np.frombuffer(json.dumps(stored).encode(), np.uint8)
    np.savez(path, **values)


def read_report(folder):
    """A report that is shown as well: what is read must be of use."""
    return compare(Report.load(folder)).to_markdown()


KINDS = {
    "cache": ("caches/eeg/cache.json", Cache, signed, text_of, write_text),
    "faces": ("caches/faces/cache.json", Cache, signed, text_of, write_text),
    "report": ("runs/bench/linear-train/report.json", read_report, unsigned, text_of, write_text),
    "rated report": ("runs/classed/linear-train-categories/report.json", read_report, unsigned, text_of, write_text),
    "model": ("models/strnn/model.json", load_model, kept, text_of, write_text),
    "gan": ("models/gan/gan.json", load_gan, kept, text_of, write_text),
    "explanation": ("runs/explain/explained.json", Explained.read, signed, text_of, write_text),
    "hidden units": ("runs/units/hidden_units.npz", HiddenUnits.read, unsigned, facts_of, write_facts),
}


def refusal(read, folder):
    """What refuses a folder; None where it is read."""
    try:
        read(folder)
    except InputError as error:
        return error
    return None


CHANGES = st.one_of(st.sampled_from([DROP, UNKNOWN]), st.sampled_from(VALUES))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_with_something_else_at_any_place_is_read_or_refused_in_one_line(root, tmp_path, kind):
    name, read, sign, parse, write = KINDS[kind]
    folder = shutil.copytree((root / name).parent, tmp_path / "kept")
    path = folder / Path(name).name
    stored = {key: value for key, value in parse(path).items() if key != "sha256"}
    whole, refused = list(places(stored)), []

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.sampled_from(whole), CHANGES)
    def at_any_place(place, change):
        write(path, sign(path, changed(stored, place, change)))
        if (error := refusal(read, folder)) is not None:
            assert "\n" not in str(error)
            assert str(tmp_path) in str(error)
            refused.append(error)

    at_any_place()
    assert len(refused) > 40


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_without_which_nothing_is_known_is_named_where_it_is_missing(root, tmp_path, kind):
    name, read, sign, parse, write = KINDS[kind]
    folder = shutil.copytree((root / name).parent, tmp_path / "kept")
    path = folder / Path(name).name
    stored = {key: value for key, value in parse(path).items() if key != "sha256"}
    for key in {"model", "dataset", "task", "simulated", "data"} & set(stored):
        write(path, sign(path, changed(stored, (key,), DROP)))
        assert f"{path}: found {key}: nothing; wanted a value" in str(refusal(read, folder))


@pytest.mark.parametrize("kind", KINDS)
def test_a_newer_form_names_the_version_that_reads_it(root, tmp_path, kind):
    name, read, sign, parse, write = KINDS[kind]
    folder = shutil.copytree((root / name).parent, tmp_path / "kept")
    path = folder / Path(name).name
    stored = {key: value for key, value in parse(path).items() if key != "sha256"}
    write(path, sign(path, {**stored, "schema": 7, "emoscan": "0.9.0", "of the future": [1]}))
    error = str(refusal(read, folder))
    number = 2 if "cache" in name else 1
    wanted = f"schema {number} or older: this is emoscan {__version__}; install emoscan 0.9.0 or later"
    assert f"{path}: found schema 7, written by emoscan 0.9.0 or later; wanted {wanted}" in error
    for odd in (None, True, "7", 0, -1, 1.5):
        write(path, sign(path, {**stored, "schema": odd}))
        assert "schema" in str(refusal(read, folder))


def test_a_newer_file_of_a_cache_names_the_version_that_reads_it(root, tmp_path):
    path = shutil.copy(root / "caches" / "eeg" / "subject-1,session-1.h5", tmp_path)
    whole = bytearray(Path(path).read_bytes())
    whole[16] = 3
    whole[52:57] = b"0.9.0"
    Path(path).write_bytes(whole)
    with pytest.raises(CacheCorrupt, match=r"schema 3, written by emoscan 0.9.0 or later; .*; install emoscan 0.9.0"):
        verify_file(Path(path))


@cache
def facts_of_faces(root):
    return open_file(root / "caches" / "faces" / "subject-1,session-1.h5").facts.to_json()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_facts_of_a_recording_are_read_or_refused_in_one_line(root, data):
    stored = facts_of_faces(root)
    place, change = data.draw(st.sampled_from(list(places(stored)))), data.draw(CHANGES)
    error = refusal(lambda file: decoded(RecordingFacts, changed(stored, place, change), file), "file.h5")
    assert error is None or str(error).startswith("file.h5: ")
    assert "\n" not in str(error)


def test_a_damaged_half_of_a_benchmark_is_no_half(root, tmp_path):
    path = Path(shutil.copy(root / "half" / "parts" / "fold0-seed0.npz", tmp_path))
    stored = facts_of(path)
    assert read_outcome(path, stored["config"]) is not None
    for key in OutcomeFacts.__dataclass_fields__:
        write_facts(path, changed(stored, (key,), None))
        assert read_outcome(path, stored["config"]) is None
    path.write_bytes(b"PK")
    assert read_outcome(path, stored["config"]) is None
