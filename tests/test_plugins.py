"""What another installed distribution brings works by its plain name, and what is wrong with one stops nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from emoscan.benchmarks.commands.command import main as train
from emoscan.benchmarks.contracts import check_plugins
from emoscan.benchmarks.contracts.__main__ import main as check
from emoscan.benchmarks.runs.report import Report
from emoscan.benchmarks.splits.splits import SPLITS
from emoscan.models import BACKBONES, load_model, make_learner
from emoscan.models.learning.learners import MODELS
from emoscan.preprocessing import Cache, read_recipe
from emoscan.preprocessing.commands.command import main as prepare
from emoscan.preprocessing.faces.detector import DETECTORS
from emoscan.preprocessing.steps.recipe import recipe_text, step_point
from emoscan.signals import DATASETS, InputError, Simulated
from emoscan.signals.installed_plugins import Namesake, plugins

EXAMPLES = Path(__file__).resolve().parents[1] / "docs" / "examples"
FAULTY = """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "2.0"

{points}

[tool.setuptools]
packages = ["{package}"]
"""
BROKEN = """
[project.entry-points."emoscan.datasets"]
Lost = "brokenlab.lost:Lost"
Needy = "brokenlab.needy:Needy"
Odd = "brokenlab:odd"
Deap = "nowhere"
SEED = "brokenlab:Thing"
Leaving = "brokenlab.leaving:Thing"
"two words" = "brokenlab:Thing"
class = "brokenlab:Thing"

[project.entry-points."emoscan.backbones"]
linear = "brokenlab:Thing"
STRNN = "brokenlab:Thing"

[project.entry-points."emoscan.nonsense"]
Thing = "brokenlab:Thing"
"""
TWIN = '[project.entry-points."emoscan.steps"]\nAsymmetry = "twinlab:Asymmetry"\n'
SHORT = ("--epochs", "1", "--window", "2", "--batch-size", "16")


def sources(folder):
    """Three distributions as their authors have them: a good one, a broken one, one that takes a name twice."""
    good = folder / "good" / "filmlab"
    shutil.copytree(EXAMPLES / "plugin", folder / "good")
    good.mkdir()
    for example in EXAMPLES.glob("add_*.py"):
        shutil.copy(example, good)
    split = good / "add_split.py"
    split.write_text(split.read_text().replace("add_split.later_days({n})", "later_days({n})"))
    (good / "__init__.py").write_text("")
    (good / "marks.py").write_text(
        "from emoscan.preprocessing.faces.detectors import Given\n\n\nclass Marks(Given):\n    pass\n"
    )
    points = '\n[project.entry-points."emoscan.detectors"]\nMarks = "filmlab.marks:Marks"\n'
    with (folder / "good" / "pyproject.toml").open("a") as file:
        file.write(points)
    for name, package, text in (("brokenlab", "brokenlab", BROKEN), ("twin-lab", "twinlab", TWIN)):
        home = folder / package / package
        home.mkdir(parents=True)
        (home.parent / "pyproject.toml").write_text(FAULTY.format(name=name, package=package, points=text))
        (home / "__init__.py").write_text("odd = 3\n\n\nclass Thing:\n    pass\n")
        (home / "leaving.py").write_text("import sys\nsys.exit('no licence')\n")
        (home / "needy.py").write_text("import a_library_that_nobody_has\n")
    return [folder / "good", folder / "brokenlab", folder / "twinlab"]


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """The folders into which each of them was built and unpacked."""
    wheels, site = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("site")
    words = ("wheel", "-qq", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    lab = sources(tmp_path_factory.mktemp("sources"))
    subprocess.run([sys.executable, "-m", "pip", *words, "--wheel-dir", wheels, *lab], check=True)
    for wheel in wheels.glob("*.whl"):
        shutil.unpack_archive(wheel, site / wheel.name.split("-")[0], "zip")  # all that an installer does here
    return {"good": site / "emoscan_filmlab", "brokenlab": site / "brokenlab", "twinlab": site / "twin_lab"}


@pytest.fixture
def good(homes, monkeypatch):
    """The good one is installed."""
    monkeypatch.syspath_prepend(str(homes["good"]))
    yield homes["good"]
    forget()


@pytest.fixture
def all_three(homes, good, monkeypatch):
    for name in ("brokenlab", "twinlab"):
        monkeypatch.syspath_prepend(str(homes[name]))


def forget():
    for name in [name for name in sys.modules if name.split(".")[0] in ("filmlab", "brokenlab", "twinlab")]:
        del sys.modules[name]


def command(main, *words):
    before, sys.argv = sys.argv, ["emo", *map(str, words)]
    try:
        return main()
    except SystemExit as end:  # --help
        return end.code
    finally:
        sys.argv = before


def test_without_plugins_there_are_none():
    assert plugins() == ()
    assert [point.installed for point in (DATASETS, SPLITS, BACKBONES, MODELS, DETECTORS, step_point())] == [()] * 6


def test_each_name_of_a_plugin_is_listed_and_nothing_of_it_imported(good):
    assert DATASETS.installed == ("Films",)
    assert step_point().installed == ("Asymmetry",)
    assert MODELS.installed == ("MeanNet", "Mean")
    assert (BACKBONES.installed, SPLITS.installed, DETECTORS.installed) == (("MeanNet",), ("later_days",), ("Marks",))
    with pytest.raises(InputError, match=r"one of EEGMAT.*SimulatedPair, Films; did you mean Films\?"):
        DATASETS.find("Film")
    assert "filmlab" not in sys.modules


def test_help_shows_what_is_installed_where_it_can_be_named(good, capsys):
    for main, words, shown in (
        (prepare, ("run",), ["Films", "Asymmetry", "Marks"]),
        (train, ("bench",), ["MeanNet", "Mean", "later_days"]),
        (train, ("fusion",), ["MeanNet", "Mean", "later_days"]),
    ):
        capsys.readouterr()
        assert command(main, *words, "--help") == 0
        text = " ".join(capsys.readouterr().out.split())
        assert [name for name in shown if f"{name} (emoscan-filmlab 1.0)" not in text] == []
    assert "filmlab" not in sys.modules


def test_a_plugin_goes_from_recordings_to_a_table_by_its_plain_names(good, tmp_path, capsys):
    """Typed, nothing needs to be allowed; what is stored has dotted names, which need it."""
    DATASETS.find("Films").write_fake(tmp_path / "films")
    recipe = "{eeg: [MarkFlat(), DifferentialEntropy(), Asymmetry(share=0.5)]}"
    assert command(prepare, "run", "Films", tmp_path / "films", tmp_path / "cache", "--recipe", recipe) == 0
    assert Cache(tmp_path / "cache").recipe["eeg"][-1] == "filmlab.add_step.Asymmetry(share=0.5)"
    bench = ("bench", tmp_path / "cache", "--models", "MeanNet(width=4),linear", *SHORT)
    assert command(train, *bench, "--output", tmp_path / "run") == 0
    models = {Report.load(path.parent).model for path in (tmp_path / "run").glob("*/report.json")}
    assert models == {"filmlab.add_backbone.MeanNet(width=4)", "linear"}
    fit = ("fit", tmp_path / "cache", "--backbone", "MeanNet", "--output", tmp_path / "kept", *SHORT)
    assert command(train, *fit) == 0
    with pytest.raises(InputError, match="--allow filmlab"):
        load_model(tmp_path / "kept")
    assert type(load_model(tmp_path / "kept", allow=("filmlab",)).model.networks[0]).__name__ == "MeanNet"


def test_a_file_may_name_a_plugin_only_if_it_is_allowed(good, tmp_path, capsys):
    DATASETS.find("Films").write_fake(tmp_path / "films")
    (tmp_path / "run.yaml").write_text(yaml.safe_dump({"recipe": {"eeg": ["DifferentialEntropy()", "Asymmetry()"]}}))
    words = ("run", "Films", tmp_path / "films", tmp_path / "cache", "--config", tmp_path / "run.yaml")
    assert command(prepare, *words) == 2
    assert "--allow filmlab" in capsys.readouterr().err
    assert command(prepare, *words, "--allow", "filmlab") == 0
    assert Cache(tmp_path / "cache").recipe["eeg"][-1] == "filmlab.add_step.Asymmetry(share=1.0)"


def test_a_refused_plugin_is_never_imported(good):
    for point, name in ((DATASETS, "Films"), (MODELS, "MeanNet"), (SPLITS, "later_days(1)"), (DETECTORS, "Marks")):
        with pytest.raises(InputError, match=r"in a file.*--allow filmlab"):
            point.split(name, allow=("emoscan_filmlab", "filmlabs"))
    assert "filmlab" not in sys.modules


def test_names_within_settings_are_stored_in_full_too(good):
    step = read_recipe({"face": ["FaceCrop(detector='Marks')"]})
    assert "detector='filmlab.marks.Marks'" in recipe_text(step)["face"][0]
    assert make_learner("Gated(eeg='MeanNet(width=3)')").name == "Gated(eeg='filmlab.add_backbone.MeanNet(width=3)')"
    assert make_learner("Stacked(eeg='MeanNet', folds=2)").name == (
        "Stacked(eeg='filmlab.add_backbone.MeanNet', folds=2)"
    )
    assert make_learner("Mean(eeg='STRNN')").name == "filmlab.add_join.Mean(eeg='STRNN')"
    split = SPLITS.build("later_days(2)")
    assert repr(split) == "filmlab.add_split.later_days(2)"
    assert SPLITS.build(repr(split)) == split


def test_text_is_spelled_out_and_nothing_else_is_touched(good):
    mapping = {"class_path": "MeanNet", "init_args": {"width": 3}}
    assert BACKBONES.in_full(mapping) == {**mapping, "class_path": "filmlab.add_backbone.MeanNet"}
    for text in ("STRNN(hidden=4)", "mylab.Net(1)", "no call at all", "MeanNetwork()"):
        assert BACKBONES.in_full(text) == text


def test_every_plugin_keeps_the_contract_of_its_kind(good, capsys):
    assert [(plugin.name, fault) for plugin, fault in check_plugins() if fault] == []
    assert check(["emoscan-filmlab"]) == 0
    assert capsys.readouterr().out.count("of emoscan-filmlab 1.0: keeps its contract") == 6
    assert check(["another"]) == 0
    assert capsys.readouterr().out == "no plugin is installed by another\n"


def test_a_broken_plugin_is_one_line_that_names_who_brought_it(all_three, capsys):
    faults = {plugin.name: fault for plugin, fault in check_plugins("brokenlab")}
    assert "dataset 'Lost' of brokenlab 2.0: found no brokenlab.lost.Lost" in faults["Lost"]
    assert "dataset 'Needy' of brokenlab 2.0: found No module named 'a_library_that_nobody_has'" in faults["Needy"]
    assert "dataset 'Odd' of brokenlab 2.0: found a int; wanted a Dataset" in faults["Odd"]
    assert "found no nowhere" in faults["Deap"]
    assert "a name of emoscan's own" in faults["SEED"]
    assert "the group emoscan.nonsense" in faults["Thing"]
    assert all(len(fault.splitlines()) == 1 for fault in faults.values())
    assert check(["brokenlab"]) == 2
    for name in ("Lost", "Needy", "Odd", "Deap", "Leaving"):
        capsys.readouterr()
        assert command(prepare, "run", name, "data", "cache") == 2
        told = capsys.readouterr().err
        assert (len(told.splitlines()), "brokenlab 2.0" in told) == (1, True)
        assert "pip uninstall brokenlab" in told


def test_a_name_that_two_bring_is_neither_s(all_three, capsys):
    with pytest.raises(InputError, match=r"twin-lab 2.0.*emoscan-filmlab 1.0|emoscan-filmlab 1.0.*twin-lab 2.0"):
        step_point().build("Asymmetry()")
    assert repr(step_point().build("filmlab.add_step.Asymmetry()")) == "Asymmetry(share=1.0)"


def test_a_name_of_ours_stays_ours_and_says_whose_it_is_not(all_three, tmp_path, capsys):
    with pytest.warns(Namesake, match=r"dataset SEED is emoscan's; that of brokenlab 2.0 is brokenlab.Thing"):
        assert DATASETS.find("SEED").__module__.startswith("emoscan.")
    assert command(prepare, "run", "SEED", tmp_path / "none", tmp_path / "cache") == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == "dataset SEED is emoscan's; that of brokenlab 2.0 is brokenlab.Thing"
    assert str(tmp_path / "none") in second


@pytest.mark.parametrize("model", ["linear", "STRNN"])
def test_a_model_of_ours_stays_ours_and_says_so_once(all_three, tmp_path, capsys, model):
    Simulated.write_fake(tmp_path / "data")
    assert command(prepare, "run", "Simulated", tmp_path / "data", tmp_path / "cache", "--only", "eeg") == 0
    capsys.readouterr()
    assert command(train, "bench", tmp_path / "cache", "--models", model, "--window", "100000") == 2
    first, _ = capsys.readouterr().err.splitlines()
    assert first == f"model {model} is emoscan's; that of brokenlab 2.0 is brokenlab.Thing"


def test_a_name_that_cannot_be_typed_is_offered_nowhere_and_every_other_once(all_three, capsys):
    with pytest.raises(InputError) as refused:
        DATASETS.find("Nonesuch")
    names = refused.value.wanted.removeprefix("one of ").split(", ")
    assert not {"two words", "class"} & set(names)
    assert len(names) == len(set(names))
    assert command(prepare, "run", "--help") == 0
    assert "two words" not in capsys.readouterr().out


def test_broken_plugins_stop_no_other_command(all_three, tmp_path, capsys):
    DATASETS.find("Films").write_fake(tmp_path / "films")
    assert command(prepare, "run", "Films", tmp_path / "films", tmp_path / "cache") == 0
    assert command(prepare, "inspect", tmp_path / "cache") == 0
    assert command(prepare, "run", "--help") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Needy (brokenlab 2.0)" in text
    assert "brokenlab" not in sys.modules


def test_metadata_that_cannot_be_read_are_no_plugins(tmp_path, monkeypatch):
    folder = tmp_path / "odd-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: odd\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[emoscan.datasets]\nno equals sign\n= = =\n[emoscan.steps\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [plugin for plugin in plugins() if plugin.target] == []
    assert command(prepare, "run", "--help") == 0


def test_the_doctor_says_what_loads(homes, monkeypatch):
    from emoscan.preprocessing.commands.doctor import _plugins

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(homes[name]) for name in ("brokenlab", "twinlab")))
    for name in ("brokenlab", "twinlab"):
        monkeypatch.syspath_prepend(str(homes[name]))
    found = {one.name: one for one in _plugins()}
    assert (found["step Asymmetry"].state, found["step Asymmetry"].remedy) == ("works", "")
    needy = found["dataset Needy"]
    assert (needy.state, needy.remedy) == ("missing", "update it, or remove it: pip uninstall brokenlab")
    assert "brokenlab 2.0: ModuleNotFoundError: No module named 'a_library_that_nobody_has'" in needy.detail
