"""A stored file says what something is; it never makes emoscan do anything. Every kind of file, through its command.

The files are those of an earlier version, changed by a stranger who also signs them anew: a digest is no signature.
"""

import hashlib
import json
import shutil
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from emoscan.benchmarks.commands.command import main as train
from emoscan.benchmarks.commands.command import predict, table
from emoscan.models.learning.kept_tensors import kept_digest
from emoscan.preprocessing.commands.command import main as prepare
from emoscan.signals import InputError

ARCHIVE = Path(__file__).parent / "data" / "stored" / "0.1.0.tar.xz"

STRANGER = """
from pathlib import Path

Path({mark!r}).touch()


class Thing:
    def __init__(self, *args, **kwargs):
        Path({mark!r}).touch()
"""
"""A module that leaves a mark when it is imported, and when its class is called."""

CODE = {
    "dotted call": "os.system('touch MARK')",
    "another dotted call": "subprocess.check_output(['touch', 'MARK'])",
    "a script": "runpy.run_path('STRANGER')",
    "attributes of a known class": "STRNN.__init__.__globals__.get('x')",
    "a module that one of ours imports": "emoscan.signals.files.publishing.os.system('touch MARK')",
    "lambda": "(lambda: __import__('os').system('touch MARK'))()",
    "f-string": "f\"{__import__('os').system('touch MARK')}\"",
    "subscript": "[__import__('os').system][0]('touch MARK')",
    "comprehension": "[__import__('os').system('touch MARK') for x in '1']",
    "builtin": "eval(\"__import__('os').system('touch MARK')\")",
    "argument that is a call": "KNOWN(__import__('os').system('touch MARK'))",
    "too deep": "KNOWN(" + "[" * 1000 + "]" * 1000 + ")",
    "too long": "KNOWN('" + "x" * 2_000_000 + "')",
}
"""What would have to be run: refused wherever it stands."""

OTHERS = {
    "a stranger's class": "stranger_module.Thing('MARK')",
    "a module in a module": "stranger_package.inner.Thing('MARK')",
    "another plug point's": "leave_one_out('subject')",
    "a base class": "emoscan.models.backbones.backbone.Backbone()",
    "a function of ours": "emoscan.signals.files.publishing.publish_text('MARK', 'x')",
    "a class of ours that is no such thing": "emoscan.preprocessing.Cache('MARK')",
    "nobody's": "Quux(1)",
}
"""What may be shown as it is, and is refused where it has to be built."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored")
    with tarfile.open(ARCHIVE) as opened:
        opened.extractall(folder, filter="data")
    return folder / "stored"


@pytest.fixture
def place(archive, tmp_path, monkeypatch):
    """An empty folder to work in, with a stranger's module on the path."""
    mark = tmp_path / "MARK"
    (tmp_path / "path" / "stranger_package").mkdir(parents=True)
    for name in ("stranger_module.py", "stranger_package/__init__.py", "stranger_package/inner.py"):
        (tmp_path / "path" / name).write_text(STRANGER.format(mark=str(mark)))
    monkeypatch.syspath_prepend(str(tmp_path / "path"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(monkeypatch, capfd):
    """Run a command in this process: its exit code, and what it said on stderr."""

    def run(*words, main=train):
        monkeypatch.setattr(sys, "argv", ["emo", *map(str, words)])
        capfd.readouterr()
        return main(), capfd.readouterr().err

    return run


def written(text, known, place):
    return text.replace("KNOWN", known).replace("MARK", str(place / "MARK")).replace("STRANGER", str(place / "path"))


def nothing_ran(place):
    assert not (place / "MARK").exists()
    assert not [name for name in sys.modules if name.startswith("stranger_")]


def refused(told):
    code, err = told
    assert code == 2, err
    assert len(err.splitlines()) == 1
    assert len(err) < 2000


def refused_by(function, *arguments):
    """Refused by the function behind a command: building the whole command line for each text would take minutes."""
    with pytest.raises(InputError) as raised:
        function(*arguments)
    line = str(raised.value)
    assert "\n" not in line
    assert len(line) < 2000


def changed_cache(archive, place, text, name="eeg"):
    """A cache whose recipe says ``text``, signed."""
    shutil.copytree(archive / "caches" / name, place / "cache")
    path = place / "cache" / "cache.json"
    stored = json.loads(path.read_text())
    stored.pop("sha256")
    stored["recipe"] = {series: [text] for series in stored["recipe"]}
    digest = hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps({"sha256": digest, **stored}))
    return place / "cache"


def changed_model(archive, place, change, name="strnn", kind="model"):
    """A kept model whose facts ``change`` changes, signed."""
    shutil.copytree(archive / "models" / name, place / "kept")
    path = place / "kept" / f"{kind}.json"
    stored = json.loads(path.read_text())
    stored.pop("sha256")
    change(stored)
    path.write_text(json.dumps({**stored, "sha256": kept_digest(stored, place / "kept" / f"{kind}.pt")}))
    return place / "kept"


def changed_report(archive, place, change):
    """A report that ``change`` changes."""
    shutil.copytree(archive / "runs" / "bench" / "linear-train", place / "run")
    path = place / "run" / "report.json"
    stored = json.loads(path.read_text())
    change(stored)
    path.write_text(json.dumps(stored))
    return place / "run"


BENCH = ("--models", "linear", "--window", 2, "--output", "out")
"""The shortest benchmark."""


@pytest.mark.parametrize("kind", CODE)
def test_code_in_a_cache_is_refused_by_bench_and_inspect(archive, place, command, kind):
    cache = changed_cache(archive, place, written(CODE[kind], "DifferentialEntropy", place))
    refused(command("bench", cache, *BENCH))
    refused(command("inspect", cache, main=prepare))
    nothing_ran(place)


@pytest.mark.parametrize("kind", OTHERS)
def test_what_somebody_else_may_have_written_is_shown_by_bench_and_never_built(archive, place, command, kind):
    text = written(OTHERS[kind], "", place)
    code, err = command("bench", changed_cache(archive, place, text), *BENCH)
    assert code == 0, err
    assert text in (place / "out" / "table.md").read_text()
    nothing_ran(place)


SHOWN = {
    "split": lambda stored, text: stored["protocol"].update(split=text),
    "control": lambda stored, text: stored["protocol"].update(controls=[text]),
    "model": lambda stored, text: stored.update(model=text),
    "augmentation": lambda stored, text: stored["protocol"]["training"].update(augmentation=text),
    "recipe": lambda stored, text: stored["data"]["series"]["eeg"].update(recipe=["MarkFlat(seconds=1.0)", text]),
}
KNOWN = {
    "split": "leave_one_out",
    "control": "without",
    "model": "STRNN",
    "augmentation": "Faces",
    "recipe": "Resample",
}


@pytest.mark.parametrize("where", SHOWN)
@pytest.mark.parametrize("kind", CODE)
def test_code_in_a_report_is_refused_by_table_and_report(archive, place, command, where, kind):
    text = written(CODE[kind], KNOWN[where], place)
    run = changed_report(archive, place, lambda stored: SHOWN[where](stored, text))
    refused_by(table, [run])
    if kind == "dotted call":
        refused(command("table", run))
        refused(command("report", run, "--output", "page.html"))
    nothing_ran(place)


@pytest.mark.parametrize("kind", ["a stranger's class", "a base class", "a function of ours"])
def test_names_everywhere_in_a_report_are_shown_and_never_built(archive, place, command, kind):
    text = written(OTHERS[kind], "", place)
    run = changed_report(archive, place, lambda stored: [change(stored, text) for change in SHOWN.values()])
    assert command("table", run, "--output", "out")[0] == 0
    assert command("report", run, "--output", "page.html")[0] == 0
    nothing_ran(place)


@pytest.mark.parametrize(
    "text", [{"class_path": "os.system", "init_args": {"command": "touch MARK"}}, ["os.system"], 7, None], ids=str
)
@pytest.mark.parametrize("where", SHOWN)
def test_what_is_no_text_is_refused_in_a_report(archive, place, command, where, text):
    run = changed_report(archive, place, lambda stored: SHOWN[where](stored, text))
    refused(command("table", run))
    nothing_ran(place)


BUILT = {
    "model": ("strnn", "STRNN", lambda stored, text: stored.update(model=text)),
    "model of a class path": (
        "strnn",
        "STRNN",
        lambda stored, text: stored.update(model={"class_path": text, "init_args": {"x": "MARK"}}),
    ),
    "network within a join": ("gated", "STRNN", lambda stored, text: stored.update(model=f"Gated(eeg={text!r})")),
    "network within a stack": ("gated", "STRNN", lambda stored, text: stored.update(model=f"Stacked(eeg={text!r})")),
    "network within a join's own setting": (
        "gated",
        "STRNN",
        lambda stored, text: stored.update(
            model=f"Late(how={text!r})",
            series={name.replace("eeg", "how"): own for name, own in stored["series"].items()},
        ),
    ),
}


@pytest.mark.parametrize("where", BUILT)
@pytest.mark.parametrize("kind", [*CODE, *OTHERS])
def test_a_kept_model_builds_networks_of_ours_and_nothing_else(archive, place, command, where, kind):
    name, known, change = BUILT[where]
    text = written({**CODE, **OTHERS}[kind], known, place)
    run = changed_model(archive, place, lambda stored: change(stored, text), name)
    refused_by(predict, run, [Path("nowhere.bdf")])
    if kind in ("dotted call", "a base class"):
        refused(command("predict", run, "nowhere.bdf"))
        refused(command("units", run, archive / "caches" / "eeg"))
    nothing_ran(place)


@pytest.mark.parametrize("kind", [*CODE, *OTHERS])
@pytest.mark.parametrize("form", ["{text}", "FaceCrop(detector={text!r})"], ids=["step", "detector"])
def test_predict_builds_steps_and_detectors_of_ours_and_nothing_else(archive, place, command, kind, form):
    text = form.format(text=written({**CODE, **OTHERS}[kind], "Resample", place))
    run = changed_model(archive, place, lambda stored: stored["series"]["eeg"].update(recipe=[text]))
    refused_by(predict, run, [Path("nowhere.bdf")])
    if kind in ("dotted call", "a base class"):
        refused(command("predict", run, "nowhere.bdf"))
    nothing_ran(place)


@pytest.mark.parametrize("kind", CODE)
def test_code_in_a_gan_is_refused(archive, place, command, kind):
    text = written(CODE[kind], "Patches", place)
    run = changed_model(archive, place, lambda stored: stored.update(recipe=[text]), "gan", "gan")
    refused(command("gan", "sample", run))
    nothing_ran(place)


@pytest.mark.parametrize("kind", CODE)
def test_code_in_a_fusion_table_or_an_explanation_is_refused(archive, place, command, kind):
    text = written(CODE[kind], "STRNN", place)
    for name, file in (("fusion", "fusion.json"), ("explain", "explained.json")):
        folder = place / name
        folder.mkdir()
        stored = json.loads((archive / "runs" / name / file).read_text())
        if name == "fusion":
            stored["rows"][0]["model"] = text
        else:
            stored["model"] = text
            stored.pop("sha256")
            stored["sha256"] = hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()
        (folder / file).write_text(json.dumps(stored))
        refused(command("report", folder, "--output", "page.html"))
    nothing_ran(place)


SETTINGS = {
    "bench": ("split", "models", "augmentation"),
    "fit": ("backbone", "split"),
    "canary": ("model", "split"),
    "explain": ("model", "split", "augmentation"),
    "tasks": ("model",),
    "fusion": ("joins", "eeg", "face", "split"),
    "parts": ("split", "augmentation"),
    "gan fit": ("split",),
    "gan table": ("split",),
}


@pytest.mark.parametrize("kind", ["dotted call", "lambda", "a stranger's class", "a base class"])
@pytest.mark.parametrize("name, setting", [(name, own) for name, settings in SETTINGS.items() for own in settings])
def test_a_config_file_names_things_of_ours_and_nothing_else(archive, place, command, name, setting, kind):
    text = written({**CODE, **OTHERS}[kind], "STRNN", place)
    (place / "run.yaml").write_text(yaml.safe_dump({setting: text, "output": "out"}))
    refused(command(*name.split(), archive / "caches" / "pair", "--config", "run.yaml"))
    nothing_ran(place)


@pytest.mark.parametrize("kind", [*CODE, *OTHERS])
def test_a_config_file_of_a_recipe_names_things_of_ours_and_nothing_else(archive, place, command, kind):
    text = written({**CODE, **OTHERS}[kind], "Resample", place)
    for recipe in (
        [text],
        [f"FaceCrop(detector={text!r})"],
        [{"class_path": text}],
        [{"class_path": "FaceCrop", "init_args": {"detector": text}}],
    ):
        (place / "run.yaml").write_text(json.dumps({"recipe": {"face": recipe}}))  # YAML too, and written faster
        refused(command("run", "Simulated", ".", "made", "--config", "run.yaml", main=prepare))
    refused(command("derive", archive / "caches" / "faces", "made", "--config", "run.yaml", main=prepare))
    (place / "run.yaml").write_text(json.dumps({"dataset": text}))
    for name in ("run", "align"):
        refused(command(name, "--root", ".", "--config", "run.yaml", main=prepare))
    nothing_ran(place)


def test_a_config_file_too_long_to_be_read_is_refused_before_it_is(place, command, monkeypatch):
    monkeypatch.setattr("yaml.compose", lambda *_: pytest.fail("parsed"))
    (place / "run.yaml").write_text("# " + "x" * 100_000)
    told = command("run", "Simulated", ".", "made", "--config", "run.yaml", main=prepare)
    refused(told)
    assert "100,002 bytes; wanted settings of at most 100,000 bytes" in told[1]


def test_a_config_file_allows_nothing(archive, place, command):
    (place / "run.yaml").write_text(yaml.safe_dump({"models": "stranger_module.Thing", "allow": "stranger_module"}))
    told = command("bench", archive / "caches" / "eeg", "--config", "run.yaml")
    refused(told)
    assert "--allow" in told[1]
    nothing_ran(place)


@pytest.mark.parametrize(
    "words",
    [
        ("bench", "CACHE", "--models", "os.system('touch MARK')"),
        ("bench", "CACHE", "--split", "os.system('touch MARK')"),
        ("bench", "CACHE", "--models", "Gated(eeg=\"os.system('touch MARK')\")"),
        ("bench", "CACHE", "--augmentation", "os.system('touch MARK')"),
        ("fit", "CACHE", "--backbone", "os.getcwd"),
        ("fusion", "CACHE", "--joins", "os.system('touch MARK')"),
        ("fusion", "CACHE", "--face", "subprocess.Popen('ls')"),
        ("bench", "CACHE", "--models", "emoscan.signals.files.publishing.os.system('touch MARK')"),
        ("bench", "CACHE", "--models", "STRNN.forward(1)"),
        ("bench", "CACHE", "--split", "pathlib.Path.touch('MARK')"),
    ],
    ids=str,
)
def test_a_typed_name_of_another_kind_is_refused_and_not_called(archive, place, command, words):
    words = [word.replace("CACHE", str(archive / "caches" / "pair")) for word in words]
    refused(command(*(written(word, "", place) for word in words), "--output", "out"))
    nothing_ran(place)


@pytest.mark.parametrize(
    "words",
    [
        ("run", "os.system('touch MARK')", ".", "made"),
        ("align", "os.mkdir('MARK')", "MARK", "made"),
        ("run", "Simulated", ".", "made", "--recipe", "{eeg: [\"os.system('touch MARK')\"]}"),
        ("run", "Simulated", ".", "made", "--recipe", "{eeg: [\"FaceCrop(detector='os.getcwd')\"]}"),
        ("run", "os.mkdir", "MARK", "made"),
    ],
    ids=str,
)
def test_a_typed_dataset_step_or_detector_of_another_kind_is_refused_and_not_called(place, command, words):
    refused(command(*(written(word, "", place) for word in words), main=prepare))
    nothing_ran(place)


def test_a_file_s_name_on_the_command_line_allows_nothing(archive, place, command):
    run = changed_model(archive, place, lambda stored: stored.update(model="stranger_module.Thing"))
    run.rename(place / "stranger_module.Thing")
    refused(command("predict", "stranger_module.Thing", "nowhere.bdf"))
    refused(command("predict", "./stranger_module.Thing/", "nowhere.bdf", "--output=stranger_module.Thing"))
    nothing_ran(place)


def test_deep_json_is_refused_in_one_line(archive, place, command):
    deep = "[" * 100_000
    for name, words in (
        ("report.json", ("table",)),
        ("model.json", ("predict",)),
        ("cache.json", ("bench",)),
        ("gan.json", ("gan", "sample")),
        ("explained.json", ("report",)),
        ("fusion.json", ("report",)),
    ):
        folder = place / name.removesuffix(".json")
        folder.mkdir()
        (folder / name).write_text(deep)
        for other in ("predictions.npz", "model.pt", "gan.pt"):
            (folder / other).write_bytes(b"")
        more = ("nowhere.bdf",) if words == ("predict",) else ()
        refused(command(*words, folder, *more))
