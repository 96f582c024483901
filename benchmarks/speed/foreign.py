"""What it costs to look at foreign files before a library reads them: MATLAB's matrices, EEGLAB's headers, HDF5."""

import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from ...signals import SCALP_19, open_recording
from ...signals.files import raw_file
from ...signals.files.matlab import read_variable
from .timing import SpeedRow, measure, within

_RATE, _SECONDS, _EVENTS = 250, 600, 500
_FIELDS = ("labels", "ref", "theta", "radius", "X", "Y", "Z", "sph_theta", "sph_phi", "sph_radius", "type", "urchan")
_BOUND = 1.02


def rows() -> Iterator[SpeedRow]:
    """Reading with the bounds against the same without them, in one run."""
    with tempfile.TemporaryDirectory() as folder:
        yield _variable(Path(folder) / "seed.mat")
        for inside in (False, True):
            yield _eeglab(Path(folder) / f"inside{inside}.set", inside)
        if find_spec("pymatreader"):
            yield _hdf5(Path(folder) / "new.set")


def _variable(path: Path) -> SpeedRow:
    """One of 15 films of SEED: 62 channels of 47,001 samples, deflated."""
    from scipy.io import loadmat, savemat

    noise = 20 * np.random.default_rng(0).standard_normal((62, 47_001))
    savemat(path, {f"film{number}": noise[:, : 47_001 // 5] for number in range(15)}, do_compression=True)

    def before() -> None:
        loadmat(str(path), appendmat=False, variable_names=["film7"])

    timing = measure({"bounded": lambda: read_variable(path, "film7"), "SciPy": before})
    return within("one variable of a .mat / SciPy alone", timing, "bounded", "SciPy", target=_BOUND, floor=1.1)


def _eeglab(path: Path, inside: bool) -> SpeedRow:
    _write_eeglab(path, inside)

    def read() -> None:
        raw_file._raw_file.cache_clear()
        stream = open_recording(path, SCALP_19)
        stream.read(0, stream.n_samples)

    def unbounded() -> None:
        with mock.patch.object(raw_file, "check_matrices", _nothing), mock.patch.object(raw_file, "is_hdf5", _no):
            read()

    words = "samples inside" if inside else "samples beside it"
    timing = measure({"bounded": read, "unbounded": unbounded}, rounds=15)
    return within(
        f"EEGLAB's .set, {words} / without its walk", timing, "bounded", "unbounded", target=_BOUND, floor=1.1
    )


def _hdf5(path: Path) -> SpeedRow:
    """As MATLAB 7.3 stores it, with a cell for each label: read in another process, by the clock on the wall."""
    write_set73(path, 20 * np.random.default_rng(0).standard_normal((19, _RATE * _SECONDS)), _RATE)

    def read() -> None:
        raw_file._raw_file.cache_clear()
        stream = open_recording(path, SCALP_19)
        stream.read(0, stream.n_samples)

    def unbounded() -> None:
        with mock.patch.object(raw_file, "is_hdf5", _no):
            read()

    timing = measure({"bounded": read, "unbounded": unbounded}, clock=time.perf_counter)
    return within(
        "EEGLAB's .set of MATLAB 7.3 / in this process", timing, "bounded", "unbounded", target=_BOUND, floor=1.5
    )


def _nothing(*_: Any) -> None:
    pass


def _no(_: Path) -> bool:
    return False


def _write_eeglab(path: Path, inside: bool) -> None:
    """A recording of 19 channels with 500 events, noted twice as EEGLAB does, and not deflated, as it saves them."""
    from scipy.io import savemat

    none, sites = np.array([]), SCALP_19.sites
    places = np.empty(len(sites), dtype=[(name, object) for name in _FIELDS])
    for number, site in enumerate(sites):
        places[number] = (site, none, *(float(number) for _ in _FIELDS[2:10]), "EEG", float(number))
    events = np.empty(_EVENTS, dtype=[(name, object) for name in ("type", "latency", "duration", "urevent")])
    for number in range(_EVENTS):
        events[number] = ("S 1", 1.0 + number * _SECONDS * _RATE / _EVENTS, 1.0, float(number))
    samples = np.random.default_rng(0).normal(0, 12, (len(sites), _RATE * _SECONDS)).astype(np.float32)
    fields: dict[str, Any] = dict.fromkeys(
        ("epoch", "icawinv", "icasphere", "icaweights", "icachansind", "times"), none
    )
    fields |= {"setname": "s", "nbchan": len(sites), "trials": 1, "pnts": samples.shape[1], "srate": float(_RATE)}
    fields |= {"xmin": 0.0, "xmax": float(_SECONDS), "chanlocs": places, "event": events, "urevent": events}
    fields |= {"ref": "common", "data": samples if inside else path.with_suffix(".fdt").name}
    savemat(path, {"EEG": fields})
    if not inside:
        path.with_suffix(".fdt").write_bytes(samples.T.astype("<f4").tobytes())


def write_set73(path: Path, samples: np.ndarray, rate: int) -> None:
    """EEGLAB's file as MATLAB 7.3 writes it, which is HDF5, of 19 channels: cells are references."""
    import h5py

    texts = h5py.special_dtype(ref=h5py.Reference)
    numbers = {"nbchan": 19, "trials": 1, "pnts": samples.shape[1], "srate": rate}
    numbers |= {"xmin": 0, "xmax": samples.shape[1] // rate}
    with h5py.File(path, "w", userblock_size=512) as file:
        eeg, kept = file.create_group("EEG"), file.create_group("#refs#")
        eeg.attrs["MATLAB_class"] = np.bytes_("struct")
        for name, number in numbers.items():
            _put(eeg, name, np.full((1, 1), float(number)), "double")
        for name, text in {"setname": "s", "ref": "common"}.items():
            _put(eeg, name, _letters(text), "char")
        for name in ("epoch", "event", "icawinv", "icasphere", "icaweights", "icachansind", "times"):
            _put(eeg, name, np.zeros(2, "u8"), "double").attrs["MATLAB_empty"] = np.uint8(1)
        _put(eeg, "data", samples.T.astype(np.float32), "single", compression="gzip")
        labels = eeg.create_group("chanlocs").create_dataset("labels", (len(SCALP_19.sites), 1), texts)
        eeg["chanlocs"].attrs["MATLAB_class"] = np.bytes_("struct")
        for place, site in enumerate(SCALP_19.sites):
            labels[place, 0] = _put(kept, f"r{place}", _letters(site), "char").ref
    with path.open("r+b") as stored:
        stored.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


def _put(group: Any, name: str, values: np.ndarray, kind: str, **settings: Any) -> Any:
    stored = group.create_dataset(name, data=values, **settings)
    stored.attrs["MATLAB_class"] = np.bytes_(kind)
    return stored


def _letters(text: str) -> np.ndarray:
    return np.array([[ord(letter)] for letter in text], "u2")
