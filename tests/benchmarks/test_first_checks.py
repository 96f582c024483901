"""What the arguments show to be wrong is refused before a network library is loaded, which takes seconds."""

import json
import subprocess
import sys

import pytest

from emoscan.benchmarks.commands.first_checks import check_first, check_network
from emoscan.models.joins.joins import JOINS
from emoscan.models.learning.learners import MODELS
from emoscan.models.learning.spelling import check_spelling
from emoscan.signals import InputError
from emoscan.signals.files.publishing import check_writable

_LINES = """
import contextlib, io, json, sys
from emoscan.benchmarks.commands.command import main
found = []
for line in json.loads(sys.argv[1]):
    sys.argv = ["emo-train", *line]
    with contextlib.redirect_stderr(io.StringIO()) as printed:
        found.append([main(), printed.getvalue(), "torch" in sys.modules])
print(json.dumps(found))
"""


def refused(lines):
    """The exit code of each line, what it printed, and whether torch was loaded by then."""
    words = json.dumps([list(map(str, line)) for line in lines])
    run = subprocess.run([sys.executable, "-c", _LINES, words], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def test_lines_that_cannot_work_are_refused_before_torch_is_loaded(cache, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "bad.yaml").write_text("modles: linear\n")
    at = ("bench", cache.path)
    lines = {
        "did you mean STRNN?": (*at, "--models", "STRN"),
        "did you mean linear?": (*at, "--models", "linea"),
        "did you mean leave_one_out?": (*at, "--split", "leave_on('subject')"),
        "did you mean --epochs?": (*at, "--epoch", "3"),
        "did you mean models?": (*at, "--config", tmp_path / "bad.yaml"),
        "column 'site': found no such column": (*at, "--split", "leave_one_out('site')"),
        "use another n than 99": (*at, "--split", "first_trials(99)"),
        "scaling 'foo': found no such name": (*at, "--scaling", "foo"),
        "classes 'valens > 5': found no rating": (*at, "--classes", "valens > 5"),
        "which is a file, on the way to it": (*at, "--output", tmp_path / "file" / "run"),
        "found no cache.json": ("bench", tmp_path / "none"),
        "--models linear trains and tests it": ("fit", cache.path, "--backbone", "linear"),
        "--models svm trains and tests it": ("explain", cache.path, "--model", "svm"),
        "no such folder; wanted a folder of finished runs": ("report", tmp_path / "none"),
        "no such folder; wanted the folder of a trained model": ("predict", tmp_path / "none", "a.edf"),
        "did you mean Gated?": ("fusion", cache.path, "--joins", "Gatd"),
    }
    for told, (code, printed, loaded) in zip(lines, refused(lines.values()), strict=True):
        assert code == 2
        assert told in printed
        assert printed.count("\n") == 1
        assert not loaded, told


def test_the_names_that_are_known_without_torch_are_those_that_exist():
    for name in (*MODELS.known, *MODELS.presets, *JOINS.known, "linear", "mylab.Network", "STRNN(hidden=3)"):
        check_spelling(name)
    with pytest.raises(InputError, match="no such name"):
        check_spelling("STRNN2(hidden=3)")


def test_a_place_that_can_be_written_stays_as_it_was(tmp_path):
    check_writable(tmp_path / "a" / "b")
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="found a file; wanted a folder, or nothing yet"):
        check_writable(tmp_path / "file")


def test_what_fits_passes(cache, tmp_path):
    check_first(cache.path, models=["linear", "STRNN"], split="leave_one_out('subject')", output=tmp_path / "run")
    check_network("backbone", "STRNN")


def test_a_folder_of_recordings_where_a_cache_is_wanted_is_told_with_the_line_that_makes_one(tmp_path):
    lab = tmp_path / "lab"
    lab.mkdir()
    (lab / "trials.csv").write_text("subject\n")
    with pytest.raises(InputError, match=f"emo-preprocess run TrialTable {lab} cache/lab"):
        check_first(lab)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "table.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"make it with emo-preprocess run \.\.\."):
        check_first(tmp_path / "pictures")
