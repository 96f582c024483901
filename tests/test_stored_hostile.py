"""Whatever a stranger wrote into a stored file, with a checksum that fits: it is read or refused in a line, at once."""

import hashlib
import io
import json
import os
import pickle
import random
import shutil
import tarfile
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from emoscan.benchmarks import Explained, HiddenUnits, Report, compare
from emoscan.benchmarks.page.fusions import read_fusion
from emoscan.benchmarks.runs.rescored import unfounded
from emoscan.benchmarks.runs.training_run import read_outcome
from emoscan.models import load_model
from emoscan.models.gan import load_gan
from emoscan.models.gan.training_state import GanState
from emoscan.models.learning.kept_tensors import kept_digest
from emoscan.models.tensor_file import read_tensors
from emoscan.preprocessing import Cache
from emoscan.preprocessing.cache_files.cache_writing import _seal
from emoscan.preprocessing.quality.summary import verify
from emoscan.signals import InputError
from emoscan.signals.files import stored_arrays
from emoscan.signals.files.publishing import publish_arrays
from emoscan.signals.files.stored_arrays import read_arrays
from emoscan.signals.stored_json import digest_of, parsed_json

ARCHIVE = Path(__file__).parent / "data" / "stored" / "0.2.0.tar.xz"
DEEP: list = []
for _ in range(60):
    DEEP = [DEEP]
HOSTILE = (
    None,
    -1,
    2**31,
    -(2**63),
    10**30,
    1e308,
    float("nan"),
    float("-inf"),
    "",
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "x" * 100_000,
    "\x1b[31m\n\0",
    [0] * 100_000,
    DEEP,
    {"__class__": "os.system"},
    {"x": {}},
    False,
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    stored = folder / "stored"
    Report.load(stored / "runs" / "bench" / "linear-train").save(folder / "report")
    HiddenUnits.read(stored / "runs" / "units").write(folder / "units")
    return folder


def signed(path, stored):
    path.write_text(json.dumps({**stored, "sha256": digest_of(json.loads(json.dumps(stored)))}))


def kept(path, stored):
    stored = json.loads(json.dumps(stored))
    path.write_text(json.dumps({**stored, "sha256": kept_digest(stored, path.with_suffix(".pt"))}))


def sealed_report(path, stored, arrays=None):
    arrays = arrays or read_arrays(path.parent / "predictions.npz", "", "").arrays
    facts = {name: value for name, value in json.loads(json.dumps(stored)).items() if name != "predictions"}
    publish_arrays(path.parent / "predictions.npz", arrays, compressed=True, beside=digest_of(facts))
    digest = hashlib.sha256((path.parent / "predictions.npz").read_bytes()).hexdigest()
    path.write_text(json.dumps({"predictions": digest, **facts}))


def use_report(folder):
    report = Report.load(folder)
    compare(report).to_markdown()
    return list(unfounded(report))


def use_fusion(folder):
    table = read_fusion(folder)
    return table.to_json(), [row for join in table.joins for row in table.of(join)]


def use_cache(folder):
    cache = Cache(folder)
    return [volume.x.sum() for trial in cache for volume in trial.values()]


def use_explained(folder):
    return Explained.read(folder).verdict


TEXTS = {
    "cache": ("stored/caches/eeg/cache.json", use_cache, signed),
    "report": ("report/report.json", use_report, sealed_report),
    "model": ("stored/models/strnn/model.json", load_model, kept),
    "gan": ("stored/models/gan/gan.json", load_gan, kept),
    "explanation": ("stored/runs/explain/explained.json", use_explained, signed),
    "fusion": ("stored/runs/fusion/fusion.json", use_fusion, signed),
}


def places(stored, path=()):
    """Every place in JSON: of a long list the first and the last entry."""
    if path:
        yield path
    inside = stored.items() if isinstance(stored, dict) else enumerate(stored) if isinstance(stored, list) else ()
    for name, value in inside:
        if isinstance(stored, dict) or name in (0, len(stored) - 1):
            yield from places(value, (*path, name))


def with_value(stored, path, value):
    new = json.loads(json.dumps(stored))
    holder = new
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return new


def refused(use, folder):
    """Whether it is refused in one line; it is read or refused within ten seconds, and raises nothing else."""
    begin, line = time.monotonic(), ""
    try:
        use(folder)
    except InputError as error:
        line = str(error)
    assert time.monotonic() - begin < 10
    assert "\n" not in line
    assert len(line) < 2000
    return bool(line)


@pytest.mark.parametrize("kind", TEXTS)
def test_any_value_at_any_place_of_a_text_is_read_or_refused(root, tmp_path, kind):
    name, use, write = TEXTS[kind]
    folder = shutil.copytree((root / name).parent, tmp_path / "kept")
    path, draw = folder / Path(name).name, random.Random(0)
    stored = parsed_json(path.read_bytes())
    stored.pop("sha256", None)
    count, whole = 0, list(places(stored))
    for number in range(HOSTILES):
        place, value = draw.choice(whole), HOSTILE[number % len(HOSTILE)]
        write(path, with_value(stored, place, value))
        try:
            count += refused(use, folder)
        except Exception as error:
            raise AssertionError(f"{place}: {value!s:.60}") from error
    assert count > HOSTILES // 2


HOSTILES = int(os.environ.get("HOSTILES", "60"))


def arrays_with(array, draw):
    """The same array with other types, lengths or values."""
    yield array[:-1]
    yield array[..., None]
    yield np.zeros(array.shape, "S3")
    yield np.zeros(array.shape, complex)
    if array.dtype.kind in "iu":
        for value in (np.iinfo(array.dtype).max, np.iinfo(array.dtype).min):
            yield np.full_like(array, value)
    if array.dtype.kind == "f":
        for value in (np.nan, np.inf, -1e30):
            yield np.full_like(array, value)
    if array.dtype.kind == "U":
        yield np.full_like(array, "")
        yield np.full(array.shape, "\x1b[0m" * 100)


@pytest.mark.parametrize(
    "name, use",
    [("report/predictions.npz", use_report), ("units/hidden_units.npz", HiddenUnits.read)],
    ids=["report", "hidden units"],
)
def test_any_array_of_another_form_is_read_or_refused(root, tmp_path, name, use):
    folder = shutil.copytree((root / name).parent, tmp_path / "kept")
    path, draw, count = folder / Path(name).name, random.Random(0), 0
    arrays = read_arrays(path, "", "").arrays
    for which, array in arrays.items():
        for changed in arrays_with(array, draw) if array.ndim else ():
            if which != "facts":
                write_changed(path, {**arrays, which: changed})
                try:
                    count += refused(use, folder)
                except Exception as error:
                    raise AssertionError(f"{which}: {changed.dtype} {changed.shape} {changed.flat[:2]}") from error
    assert count > 30


def write_changed(path, arrays):
    """Write other arrays; a report beside them names them."""
    report = path.parent / "report.json"
    if report.exists():
        sealed_report(report, json.loads(report.read_text()), arrays)
    else:
        publish_arrays(path, arrays)


def npy(shape, dtype="<f8", content=b""):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue() + content


BOMBS = {
    "more announced than there is": npy((10**12,)),
    "more than can be counted": npy((2**62, 2**62)),
    "negative": npy((-1,)),
    "objects": npy((1,), "|O", pickle.dumps([1])),
    "records": npy((1,), [("a", "<f8")], bytes(8)),
    "letters of no width": npy((10**9,), "<U0"),
    "letters that do not exist": npy((1,), "<U1", b"\xff\xff\xff\x7f"),
    "no header": b"PK" * 100,
}


@pytest.mark.parametrize("kind", [*BOMBS, "inflated", "other compression", "two of one name"])
def test_archives_that_grow_or_hold_something_else_are_refused_at_once(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(stored_arrays, "_SMALL", 1 << 20)
    path, method = tmp_path / "a.npz", zipfile.ZIP_LZMA if kind == "other compression" else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", method) as archive:
        if kind == "inflated":
            with archive.open("x.npy", "w", force_zip64=True) as file:
                file.write(npy((1 << 22,)))
                for _ in range(32):
                    file.write(bytes(1 << 20))
        else:
            archive.writestr("x.npy", BOMBS.get(kind, npy((2,), content=bytes(16))))
        if kind == "two of one name":
            with pytest.warns(UserWarning, match="Duplicate"):
                archive.writestr("x.npy", npy((2,), content=bytes(16)))
    begin = time.monotonic()
    with pytest.raises(InputError, match="damaged archive"):
        read_arrays(path, "arrays", "copy it again")
    assert time.monotonic() - begin < 2


def test_what_shrinks_beyond_belief_is_stored_as_it_is_and_read(tmp_path, monkeypatch):
    monkeypatch.setattr(stored_arrays, "_SMALL", 1 << 20)
    publish_arrays(tmp_path / "a.npz", {"x": np.zeros(1 << 19)}, compressed=True)
    assert (tmp_path / "a.npz").stat().st_size > 1 << 22
    assert read_arrays(tmp_path / "a.npz", "", "").arrays["x"].shape == (1 << 19,)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name, load", [("strnn/model", load_model), ("gan/gan", load_gan)], ids=["model", "GAN"])
def test_weights_that_are_no_numbers_are_refused(root, tmp_path, name, load, value):
    folder = shutil.copytree((root / "stored" / "models" / name).parent, tmp_path / "kept")
    path = folder / f"{Path(name).name}.pt"
    tensors = torch.load(path, weights_only=True)
    which = next(key for key, tensor in tensors.items() if tensor.is_floating_point() and tensor.numel() > 1)
    tensors[which].view(-1)[0] = value
    with path.open("wb") as file:
        torch.save(tensors, file)
    stored = json.loads(path.with_suffix(".json").read_text())
    stored.pop("sha256")
    kept(path.with_suffix(".json"), stored)
    with pytest.raises(InputError, match="values that are no numbers"):
        load(folder)


@pytest.mark.parametrize("kind", ["doubled", "compressed", "wide", "legacy"])
def test_a_file_of_tensors_that_takes_work_or_room_is_refused_at_once(root, tmp_path, kind):
    path = tmp_path / "model.pt"
    if kind == "wide":
        torch.save({"x": torch.zeros(1).expand(10**12)}, path)
    elif kind == "legacy":
        path.write_bytes(pickle.dumps({"x": 1}))
    else:
        torch.save({"x": torch.zeros(1 << 20)}, tmp_path / "whole.pt")
        method = zipfile.ZIP_DEFLATED if kind == "compressed" else zipfile.ZIP_STORED
        with zipfile.ZipFile(tmp_path / "whole.pt") as whole, zipfile.ZipFile(path, "w", method) as archive:
            for part in whole.infolist():
                names = kind == "doubled" and part.filename.endswith(".pkl")
                archive.writestr(part.filename, doubling() if names else whole.read(part))
    begin = time.monotonic()
    with pytest.raises(InputError):
        read_tensors(path)
    assert time.monotonic() - begin < 2


def doubling():
    """A pickle of a dict whose key is a tuple of two tuples of two ...: to hash it takes 2 ** 50 steps."""
    steps = b"".join(b"h" + bytes([k]) + b"h" + bytes([k]) + b"\x86q" + bytes([k + 1]) + b"0" for k in range(200, 250))
    return b"\x80\x02}K\x01q\xc80" + steps + b"h\xfaK\x01s."


def linked(path, kind, target):
    """Let a column of a cache's file stand elsewhere, and sign it."""
    with h5py.File(path, "r+") as file:
        values = file["facts"][()]
        if kind == "external link":
            with h5py.File(target, "w") as other:
                other["facts"] = values
            del file["facts"]
            file["facts"] = h5py.ExternalLink(str(target), "/facts")
        elif kind == "soft link":
            file.move("facts", "other")
            file["facts"] = h5py.SoftLink("/other")
        elif kind == "external storage":
            target.write_bytes(values.tobytes())
            del file["facts"]
            file.create_dataset("facts", values.shape, "u1", external=[(str(target), 0, len(values))])
        elif kind == "virtual":
            layout = h5py.VirtualLayout(values.shape, "u1")
            layout[:] = h5py.VirtualSource(str(target), "facts", values.shape, "u1")
            del file["facts"]
            file.create_virtual_dataset("facts", layout)
        else:
            del file["facts"]
            file.create_dataset("facts", data=values, compression="gzip")
    return _seal(path)


@pytest.mark.parametrize("kind", ["external link", "soft link", "external storage", "virtual", "compressed"])
def test_a_file_of_a_cache_that_leads_elsewhere_is_refused(root, tmp_path, kind):
    folder = shutil.copytree(root / "stored" / "caches" / "eeg", tmp_path / "cache")
    stored = json.loads((folder / "cache.json").read_text())
    stored.pop("sha256")
    stored["files"][0]["digest"] = linked(folder / stored["files"][0]["name"], kind, tmp_path / "elsewhere")
    signed(folder / "cache.json", stored)
    with pytest.raises(InputError, match="content that emoscan does not write"):
        use_cache(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
@pytest.mark.parametrize("what", ["pipe", "device"])
@pytest.mark.parametrize(
    "name, read",
    [
        ("cache.json", Cache),
        ("report.json", Report.load),
        ("model.json", load_model),
        ("gan.json", load_gan),
        ("explained.json", Explained.read),
        ("fusion.json", read_fusion),
        ("hidden_units.npz", HiddenUnits.read),
        ("state.pt", lambda folder: GanState.load(folder / "state.pt")),
    ],
)
def test_a_pipe_or_a_device_in_place_of_a_stored_file_is_refused_before_it_is_opened(tmp_path, name, read, what):
    if what == "pipe":
        os.mkfifo(tmp_path / name)
    else:
        (tmp_path / name).symlink_to("/dev/zero")
    begin = time.monotonic()
    with pytest.raises(InputError, match=f"a {what}"):
        read(tmp_path)
    assert time.monotonic() - begin < 2


def test_a_pipe_in_place_of_a_file_of_a_cache_or_a_training_hangs_nobody(root, tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes here")
    folder = shutil.copytree(root / "stored" / "caches" / "eeg", tmp_path / "cache")
    first = json.loads((folder / "cache.json").read_text())["files"][0]["name"]
    (folder / first).unlink()
    os.mkfifo(folder / first)
    os.mkfifo(tmp_path / "fold0-seed0.npz")
    for use in (use_cache, verify):
        with pytest.raises(InputError, match="a pipe"):
            use(folder)
    assert read_outcome(tmp_path / "fold0-seed0.npz", "") is None
