"""What earlier versions stored still opens, goes on and shows: the project's memory of its own formats.

Each archive under ``tests/data/stored`` was written by the version it is named after (``make_0_2_0.py`` there and its
like say how).
"""

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from known_commands import commands, options, parser

from emoscan.benchmarks import Explained, HiddenUnits, Report, benchmark, compare, finished_in
from emoscan.benchmarks.commands.command import main as train
from emoscan.benchmarks.commands.shared_runs import reports_of
from emoscan.models import Predictor, Training
from emoscan.models.gan import load_gan
from emoscan.preprocessing import Cache
from emoscan.preprocessing.quality.summary import verify

ARCHIVES = sorted((Path(__file__).parent / "data" / "stored").glob("*.tar.xz"))


@pytest.fixture(scope="module", params=ARCHIVES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def stored(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored")
    with tarfile.open(request.param) as archive:
        archive.extractall(folder, filter="data")
    return folder / "stored"


@pytest.mark.parametrize("name", ["eeg", "faces", "pair", "arrays", "rated"])
def test_a_cache_of_an_earlier_version_opens_with_its_bytes_and_its_digest_unchanged(stored, name):
    folder = there(stored / "caches" / name)
    assert verify(folder) > 0
    cache = Cache(folder)
    assert cache.index.digest == json.loads((folder / "cache.json").read_text())["sha256"]
    assert all(np.isfinite(volume.x[volume.valid]).all() for trial in cache for volume in trial.values())
    assert len(cache.windows(2, 2, modality=cache.modalities[0])) > 0


@pytest.mark.parametrize("run", ["bench", "trial", "leaky", "faces", "fusion", "rated", "classed"])
def test_reports_of_an_earlier_version_open_and_stand_in_a_table(stored, run, tmp_path):
    reports = reports_of(there(stored / "runs" / run))
    assert all(len(report.predictions) and report.folds for report in reports)
    if run != "fusion":  # its rows read different series
        assert len(compare(*reports).rows) == len(reports)
    assert train_with("report", stored / "runs" / run, "--output", tmp_path / "page.html") == 0
    assert (tmp_path / "page.html").stat().st_size > 10_000


def test_explanations_and_hidden_units_of_an_earlier_version_open(stored):
    assert Explained.read(stored / "runs" / "explain").verdict
    assert HiddenUnits.read(stored / "runs" / "units").following.units == 60
    found = finished_in([stored / "runs"])
    assert found.explained
    assert found.hidden
    assert found.fusions


@pytest.mark.parametrize("name", ["strnn", "cnn_rnn", "gated"])
def test_kept_models_of_an_earlier_version_open(stored, name):
    predictor = Predictor.load(stored / "models" / name)
    assert predictor.trained.facts.trained_on


def test_a_kept_gan_of_an_earlier_version_opens(stored):
    assert load_gan(stored / "models" / "gan").facts.trained_on


def test_a_benchmark_that_an_earlier_version_left_half_finished_goes_on(stored):
    parts = stored / "half" / "parts"
    before = {path.name: path.read_bytes() for path in parts.iterdir()}
    assert len(before) == 3
    report = benchmark(
        Cache(stored / "caches" / "eeg"),
        "STRNN(hidden=4)",
        split="leave_one_out('subject')",
        window=2,
        train_stride=2,
        seeds=2,
        training=Training(epochs=1, batch_size=16),
        folder=stored / "half",
    )
    assert len(report.folds) == 4
    for name, content in before.items():  # not trained again: their predictions are those that were stored
        fold, seed = (int("".join(filter(str.isdigit, part))) for part in name.removesuffix(".npz").split("-"))
        own = report.predictions.take((report.predictions.fold == fold) & (report.predictions.seed == seed))
        path = stored / name
        path.write_bytes(content)
        with np.load(path) as arrays:
            assert np.array_equal(arrays["probability"], own.probability)


def test_every_name_and_option_of_an_earlier_version_is_still_there(stored):
    import importlib

    surface = json.loads((stored / "surface.json").read_text())
    for face, names in surface["names"].items():
        module = importlib.import_module(f"emoscan.{face}")
        assert not [name for name in names if not hasattr(module, name)]


def test_every_option_of_an_earlier_version_is_still_taken(stored):
    surface = json.loads((stored / "surface.json").read_text())
    if "--allow" not in surface["options"]["emo-train bench"]:
        pytest.skip("that version noted whatever looked like an option in its help")
    for words, known in surface["options"].items():
        program, _, command = words.partition(" ")
        now = options(program, command) if command in commands(program) else set(parser(program)._option_string_actions)
        assert not [option for option in known if option not in now and not option.startswith("--print_")], words


def test_settings_kept_by_an_earlier_version_are_read_as_they_were(stored):
    for name in ("bench", "leaky", "faces", "fusion", "explain"):
        kept = stored / "runs" / name / "run.yaml"
        settings = yaml.safe_load(kept.read_text())
        command = "bench" if name not in ("fusion", "explain") else name
        read = parser("emo-train").parse_args([command, "--config", str(kept)])[command]
        typed = {**vars(read), **vars(read.protocol), **vars(read.training)}
        for setting, value in settings.items():
            joined = ",".join(value) if isinstance(value, list) and setting != "models" else str(value)
            assert str(typed[setting]) == joined


def there(folder):
    """The folder; a test skips where a version did not make such a thing yet."""
    if not folder.exists():
        pytest.skip(f"that version stored no {folder.name}")
    return folder


def test_a_report_written_again_is_read_as_it_was(stored, tmp_path):
    (first, *_) = reports_of(stored / "runs" / "bench")
    again = Report.load(first.save(tmp_path / "again"))
    assert np.array_equal(first.predictions.probability, again.predictions.probability)
    assert again.rows == first.rows


def train_with(*words):
    import sys

    before, sys.argv = sys.argv, ["emo-train", *map(str, words)]
    try:
        return train()
    finally:
        sys.argv = before
