"""Whatever a stranger wrote into a stored file, with a checksum that fits: it is read or refused in a line, at once."""

import json
import os
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
from json_places import changed, places

from emoscan.benchmarks import Explained, HiddenUnits, Report, compare
from emoscan.benchmarks.page.fusions import read_fusion
from emoscan.benchmarks.runs.rescored import unfounded
from emoscan.benchmarks.runs.training_run import read_outcome
from emoscan.benchmarks.soak.hostile.file_tricks import ARCHIVES, npy, other_arrays, write_tensors
from emoscan.benchmarks.soak.hostile.hdf5_tricks import TRICKS, play_trick, sign, write_secret
from emoscan.benchmarks.soak.hostile.hostile_values import HOSTILE, SECRET_NAME, kept, sealed_report, signed
from emoscan.models import load_model
from emoscan.models.gan import load_gan
from emoscan.models.gan.training_state import GanState
from emoscan.models.tensor_file import read_tensors
from emoscan.preprocessing import Cache
from emoscan.preprocessing.cache_files.cache_index import Index
from emoscan.preprocessing.cache_files.cache_writing import publish_cache
from emoscan.preprocessing.cache_files.settings_beside import noted_settings
from emoscan.preprocessing.quality.summary import verify
from emoscan.signals import InputError
from emoscan.signals.files import stored_arrays
from emoscan.signals.files.publishing import publish_arrays
from emoscan.signals.files.stored_arrays import read_arrays
from emoscan.signals.stored_json import parsed_json

ARCHIVE = Path(__file__).parent / "data" / "stored" / "0.2.0.tar.xz"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    stored = folder / "stored"
    Report.load(stored / "runs" / "bench" / "linear-train").save(folder / "report")
    HiddenUnits.read(stored / "runs" / "units").write(folder / "units")
    return folder


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
        write(path, changed(stored, place, value))
        try:
            count += refused(use, folder)
        except Exception as error:
            raise AssertionError(f"{place}: {value!s:.60}") from error
    assert count > HOSTILES // 2


HOSTILES = int(os.environ.get("HOSTILES", "60"))


@pytest.mark.parametrize(
    "name, use",
    [("report/predictions.npz", use_report), ("units/hidden_units.npz", HiddenUnits.read)],
    ids=["report", "hidden units"],
)
def test_any_array_of_another_form_is_read_or_refused(root, tmp_path, name, use):
    folder = shutil.copytree((root / name).parent, tmp_path / "kept")
    path, count = folder / Path(name).name, 0
    arrays = read_arrays(path, "", "").arrays
    for which, array in arrays.items():
        for other in other_arrays(array) if array.ndim else ():
            if which != "facts":
                write_changed(path, {**arrays, which: other})
                try:
                    count += refused(use, folder)
                except Exception as error:
                    raise AssertionError(f"{which}: {other.dtype} {other.shape} {other.flat[:2]}") from error
    assert count > 30


def write_changed(path, arrays):
    """Write other arrays; a report beside them names them."""
    report = path.parent / "report.json"
    if report.exists():
        sealed_report(report, json.loads(report.read_text()), arrays)
    else:
        publish_arrays(path, arrays)


@pytest.mark.parametrize("kind", [*ARCHIVES, "inflated", "other compression", "two of one name"])
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
            archive.writestr("x.npy", ARCHIVES.get(kind, npy((2,), content=bytes(16))))
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
    write_tensors(path, kind)
    begin = time.monotonic()
    with pytest.raises(InputError):
        read_tensors(path)
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize("kind", sorted(TRICKS.keys() - {"attributes"}))
def test_a_file_of_a_cache_of_another_form_is_refused_or_read_at_once(root, tmp_path, kind):
    for number in range(3):
        folder = shutil.copytree(root / "stored" / "caches" / "faces", tmp_path / str(number))
        write_secret(tmp_path / SECRET_NAME)
        play_trick(folder, kind, tmp_path / SECRET_NAME, random.Random(number))
        assert refused(use_cache, folder) or kind in (
            "other numbers",
            "another length",
            "big-endian",
        )  # bytes have no end


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


@pytest.mark.skipif(not hasattr(os.stat_result, "st_blocks"), reason="the system does not say what is on the disk")
@pytest.mark.parametrize("name, read", [("cache.json", Cache), ("report.json", Report.load), ("gan.json", load_gan)])
def test_a_file_of_holes_is_refused_before_it_is_read(tmp_path, name, read):
    with (tmp_path / name).open("wb") as file:
        file.truncate(1 << 40)
    begin = time.process_time()
    with pytest.raises(InputError, match="wanted a file without holes"):
        read(tmp_path)
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("name", ["times", "valid", "category", "first", "track/score", "track/box"])
def test_a_column_of_a_cache_with_an_axis_more_is_refused(root, tmp_path, name):
    folder = shutil.copytree(root / "stored" / "caches" / "faces", tmp_path / "cache")
    path = min(folder.glob("*.h5"))
    with h5py.File(path, "r+") as file:
        values = file[f"face/{name}"][()]
        del file[f"face/{name}"]
        file.create_dataset(f"face/{name}", data=values[..., None])
    sign(folder, path)
    with pytest.raises(InputError, match="content that emoscan does not write"):
        use_cache(folder)


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300])
def test_ratings_beyond_any_scale_are_refused(root, tmp_path, value):
    folder = shutil.copytree(root / "stored" / "caches" / "rated", tmp_path / "cache")
    path = min(folder.glob("*.h5"))
    with h5py.File(path, "r+") as file:
        series = next(name for name in file if name != "facts")
        file[f"{series}/dimensions"][...] = value
    sign(folder, path)
    with pytest.raises(InputError, match="content that emoscan does not write"):
        use_cache(folder)


@pytest.mark.parametrize("kind", ["folder", "link to itself", "link to nothing"])
def test_what_is_no_file_in_place_of_a_file_of_a_cache_is_refused(root, tmp_path, kind):
    folder = shutil.copytree(root / "stored" / "caches" / "eeg", tmp_path / "cache")
    first = min(folder.glob("*.h5"))
    first.unlink()
    if kind == "folder":
        first.mkdir()
    else:
        first.symlink_to(first.name if kind == "link to itself" else "nowhere")
    with pytest.raises(InputError, match="found no file"):
        use_cache(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
@pytest.mark.parametrize("kind", ["pipe", "device", "deep", "long", "folder", "list", "no YAML"])
def test_whatever_stands_in_place_of_noted_settings_they_are_none_at_once(tmp_path, kind):
    path = tmp_path / "run.yaml"
    make = {"pipe": os.mkfifo, "device": lambda path: path.symlink_to("/dev/zero"), "folder": os.mkdir}
    texts = {"deep": "[" * 10_000, "long": "a: b\n" * 100_000, "list": "[1]", "no YAML": "a: ["}
    make.get(kind, lambda path: path.write_text(texts[kind]))(path)
    begin = time.monotonic()
    assert noted_settings(tmp_path) == {}
    assert time.monotonic() - begin < 5
    shutil.rmtree(path) if kind == "folder" else path.unlink()
    path.write_text("root: data")
    assert noted_settings(tmp_path) == {"root": "data"}


@pytest.mark.parametrize(
    "column, value", [("category", 32767), ("category", -2), ("dimensions", None), ("units", None)]
)
@pytest.mark.parametrize("with_slices", [False, True])
def test_truth_that_the_task_does_not_have_is_refused(root, tmp_path, column, value, with_slices):
    folder = shutil.copytree(root / "stored" / "caches" / "rated", tmp_path / "cache")
    for path in sorted(folder.glob("*.h5")):
        with h5py.File(path, "r+") as file:
            series = next(name for name in file if name != "facts")
            values = file[f"{series}/{column}"][()]
            del file[f"{series}/{column}"]
            values = np.concatenate([values] * 2, axis=1) if value is None else np.full_like(values, value)
            file.create_dataset(f"{series}/{column}", data=values)
        sign(folder, path)
    if with_slices:
        publish_cache(folder, Index.read(folder))
    cache = Cache(folder)
    with pytest.raises(InputError, match="content that emoscan does not write"):
        cache.windows(2, 2)
