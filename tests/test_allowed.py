"""A lab's own package works wherever its user types it or allows it: dataset, step, detector, backbone, split."""

import sys

import numpy as np
import pytest
import torch
import yaml

from emoscan.benchmarks.commands.command import main as train
from emoscan.models import Predictor, load_model, make_learner
from emoscan.preprocessing import Cache
from emoscan.preprocessing.commands.command import main as prepare
from emoscan.signals import InputError

LAB = '''
from dataclasses import dataclass

from emoscan.benchmarks import Split, k_folds
from emoscan.models import STRNN
from emoscan.preprocessing import Step
from emoscan.preprocessing.faces.detectors import Given
from emoscan.signals import Dataset, Simulated, SimulatedFaces, Task, Volume


class Study(Dataset):
    """Three simulated people, as if they were of the lab."""

    name, task, simulated = "study", Simulated.task, True

    def __iter__(self):
        return iter(Simulated(subjects=3, layout="scalp-19", categories=(0, 1, 2), seconds=(8.0, 8.0, 8.0)))

    @classmethod
    def write_fake(cls, root, seed=0):
        pass


class Films(Study):
    name, task = "films", SimulatedFaces.task

    def __iter__(self):
        return iter(SimulatedFaces(subjects=2, trials=2, frames=4))


@dataclass(frozen=True)
class Double(Step):
    """Twice as much."""

    times: float = 2.0

    def __call__(self, volume: Volume) -> Volume:
        return volume.with_features(volume.x * self.times)


class Marks(Given):
    """The dataset's own."""


class Net(STRNN):
    """A network of the lab."""

    @classmethod
    def small(cls, layout, n_features, n_slices, **own) -> "Net":
        return cls(layout, n_features, n_slices, **{"hidden": 4, **own})


def by_people(k: int = 2) -> Split:
    """A split of the lab."""
    made = k_folds("subject", k)
    return Split(f"mylab.protocols.by_people({k})", made.words, made.folds, made.groups)
'''

RECIPE = "{eeg: [MarkFlat(), DifferentialEntropy(), mylab.protocols.Double(times=3.0)]}"
SHORT = ("--epochs", 1, "--window", 2, "--batch-size", 16)


@pytest.fixture(scope="module", autouse=True)
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    (folder / "mylab").mkdir()
    (folder / "mylab" / "__init__.py").write_text("")
    (folder / "mylab" / "protocols.py").write_text(LAB)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == "mylab"]:
        del sys.modules[name]


def command(main, *words):
    before, sys.argv = sys.argv, ["emo", *map(str, words)]
    try:
        return main()
    finally:
        sys.argv = before


@pytest.fixture(scope="module")
def made(lab, tmp_path_factory):
    """A cache of the lab's dataset and step, and a kept network of the lab's that reads it; all names typed."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "data").mkdir()
    words = ("run", "mylab.protocols.Study", folder / "data", folder / "cache", "--recipe", RECIPE)
    assert command(prepare, *words) == 0
    fit = ("fit", folder / "cache", "--backbone", "mylab.protocols.Net(hidden=4)", "--output", folder / "kept", *SHORT)
    assert command(train, *fit) == 0
    return folder


def recording(folder):
    """The lab's first recording, in a file."""
    import mne
    from mylab.protocols import Study

    stream = next(iter(Study(folder))).streams["eeg"]
    info = mne.create_info(list(stream.names), stream.rate, "eeg")
    raw = mne.io.RawArray(np.asarray(stream.read(0, stream.n_samples), float) * 1e-6, info, verbose="error")
    raw.save(folder / "recording_raw.fif", verbose="error", overwrite=True)
    return folder / "recording_raw.fif"


def test_a_cache_with_a_step_of_the_lab_opens_and_is_benched_where_the_lab_is_not_known(made, tmp_path):
    assert Cache(made / "cache").recipe["eeg"][-1] == "mylab.protocols.Double(times=3.0)"
    words = ("bench", made / "cache", "--models", "linear", "--output", tmp_path / "run", *SHORT)
    assert command(train, *words) == 0
    assert "mylab.protocols.Double(times=3.0)" in (tmp_path / "run" / "table.md").read_text()
    assert command(train, "table", tmp_path / "run") == 0
    assert command(train, "report", tmp_path / "run", "--output", tmp_path / "page.html") == 0


def test_a_kept_network_of_the_lab_predicts_when_the_lab_is_allowed(made, tmp_path, capsys):
    words = ("predict", made / "kept", recording(made / "data"), "--output", tmp_path)
    capsys.readouterr()
    assert command(train, *words) == 2
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert "--allow mylab" in told
    for allow in ("mylab", "other,mylab", "mylab.protocols.Net,mylab.protocols.Double"):
        assert command(train, *words, "--allow", allow) == 0
    assert command(train, *words, "--allow=mylab.protocols.Net") == 2
    assert "mylab.protocols.Double" in capsys.readouterr().err


def test_in_python_the_caller_says_what_is_allowed(made):
    for allow in ((), ("mylabs",), ("mylab.protocols.Double",)):
        with pytest.raises(InputError, match="--allow mylab"):
            load_model(made / "kept", allow=allow)
    from mylab.protocols import Double, Net

    assert isinstance(load_model(made / "kept", allow=("mylab",)).model.backbones["eeg"], Net)
    assert Predictor.load(made / "kept", allow=["mylab"]).recipe["eeg"][-1] == Double(3.0)


def test_units_of_a_network_of_the_lab_need_it_allowed(made, tmp_path):
    words = ("units", made / "kept", made / "cache", "--everyone", "--output", tmp_path)
    assert command(train, *words) == 2
    assert command(train, *words, "--allow", "mylab") == 0


def test_a_split_and_a_network_of_the_lab_are_benched_when_typed_and_from_a_file_when_allowed(made, tmp_path):
    typed = ("--models", "mylab.protocols.Net.small,linear", "--split", "mylab.protocols.by_people(3)")
    assert command(train, "bench", made / "cache", *typed, "--output", tmp_path / "typed", *SHORT) == 0
    kept = yaml.safe_load((tmp_path / "typed" / "run.yaml").read_text())
    assert "allow" not in kept
    (tmp_path / "run.yaml").write_text(yaml.safe_dump({**kept, "output": str(tmp_path / "again")}))
    words = ("bench", "--config", tmp_path / "run.yaml")
    assert command(train, *words) == 2
    assert command(train, *words, "--models", "mylab.protocols.Net.small,linear") == 2  # the split is the file's own
    assert command(train, *words, *typed) == 0  # each name is typed as well
    assert command(train, *words, "--allow", "mylab", "--output", tmp_path / "allowed") == 0
    table = (tmp_path / "typed" / "table.md").read_text()
    assert (tmp_path / "allowed" / "table.md").read_text() == table
    assert "mylab.protocols.Net.small" in table


def test_a_report_knows_the_groups_of_a_split_of_the_lab_when_it_is_allowed(made, tmp_path):
    words = ("bench", made / "cache", "--models", "linear", "--split", "mylab.protocols.by_people(3)", *SHORT)
    assert command(train, *words, "--output", tmp_path / "run") == 0
    pages = []
    for allow in ((), ("--allow", "mylab")):
        assert command(train, "report", tmp_path / "run", "--output", tmp_path / "page.html", *allow) == 0
        pages.append("overlapping windows, trials, subjects" in (tmp_path / "page.html").read_text())
    assert pages == [False, True]


def test_a_detector_of_the_lab_finds_faces(made, tmp_path):
    recipe = "{face: [\"FaceCrop(size=16, detector='mylab.protocols.Marks')\", 'Patches(2, 2)']}"
    words = ("run", "mylab.protocols.Films", made / "data")
    assert command(prepare, *words, tmp_path / "typed", "--recipe", recipe) == 0
    kept = yaml.safe_load((tmp_path / "typed" / "run.yaml").read_text())
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump({"recipe": kept["recipe"]}))
    config = ("--config", tmp_path / "recipe.yaml")
    assert command(prepare, *words, tmp_path / "file", *config) == 2
    assert command(prepare, *words, tmp_path / "file", *config, "--allow", "mylab") == 0
    assert Cache(tmp_path / "file").recipe == Cache(tmp_path / "typed").recipe


@pytest.mark.parametrize(
    "model, name",
    [
        ("STRNN.paper", "STRNN.paper"),
        ("STRNN.paper()", "STRNN.paper"),
        ("STRNN.paper(hidden=4)", "STRNN.paper(hidden=4)"),
        ("mylab.protocols.Net.paper(hidden=4)", "mylab.protocols.Net.paper(hidden=4)"),
        ("mylab.protocols.Net.small", "mylab.protocols.Net.small"),
        ("CNNRNN.rangulov", "CNNRNN.rangulov"),
        ("emoscan.models.STRNN(hidden=4)", "STRNN(hidden=4)"),
        ("Gated(eeg='STRNN.paper')", "Gated(eeg='STRNN.paper')"),
    ],
)
def test_a_preset_is_named_as_it_was_typed_and_its_name_reads_back(model, name):
    assert make_learner(model).name == name
    assert make_learner(name, allow=("mylab",)).name == name


def test_a_setting_that_a_preset_s_class_does_not_take_is_refused():
    with pytest.raises(InputError, match="hiden"):
        make_learner("STRNN.paper(hiden=4)")


def test_a_kept_preset_is_the_papers_and_opens_again(made, tmp_path):
    kept = tmp_path / "kept"
    fit = ("fit", made / "cache", "--backbone", "STRNN.paper(hidden=4)", "--output", kept, *SHORT)
    assert command(train, *fit) == 0
    (network,) = load_model(kept).model.networks
    assert (network.dropout.p, network.temporal.activation) == (0, torch.relu)
    words = ("bench", made / "cache", "--models", "STRNN.paper(),linear", "--output", tmp_path / "run", *SHORT)
    assert command(train, *words) == 0
    assert command(train, "table", tmp_path / "run") == 0
