"""One writer: whatever emoscan publishes goes through ``signals/files/publishing.py``, whole or not at all."""

import ast
import errno
import os
import resource
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from emoscan.benchmarks.commands.command import main as train
from emoscan.models.learning.kept_tensors import write_tensors
from emoscan.preprocessing.commands.command import main as prepare
from emoscan.preprocessing.pictures import new_figure, save_figure
from emoscan.signals import InputError
from emoscan.signals.files import platforms
from emoscan.signals.files.publishing import (
    DiskFull,
    check_file_place,
    publish_arrays,
    publish_bytes,
    publish_text,
    sole_writer,
)

ROOT = Path(__file__).parents[1]

WRITES = {
    *("write_text", "write_bytes", "savefig", "imsave", "imwrite", "to_csv", "to_parquet", "to_excel", "to_hdf"),
    *("savez", "savez_compressed", "savetxt", "tofile", "savemat", "NamedTemporaryFile", "copyfile", "copytree"),
    *("copy2", "mkstemp", "VideoWriter"),
}
"""Calls that write a file, whatever they are given."""

SAVERS = {"torch", "np", "numpy", "joblib", "pickle", "json", "yaml", "image", "shutil"}
"""Modules, and pictures, whose ``save``, ``dump`` or ``copy`` writes."""

TO_MEMORY = {"io", "content", "drawn"}
"""Names of what lies in memory: savers may write there."""

PLACES = {
    "signals/files/publishing.py": {"open"},
    "signals/files/stored_arrays.py": {"savez", "savez_compressed"},  # into a file that publishing has opened
    "signals/files/platforms.py": {"os.open"},
    "signals/files/foreign/limited_process.py": {"os.open"},  # where output goes that nobody reads
    "signals/files/edf.py": {"open", "write_bytes"},  # recordings of lookalikes
    "preprocessing/faces/face_crop.py": {"memmap"},  # a temporary file without a name
    "preprocessing/cache_files/cache_writing.py": {"File", "open"},  # under names that new_file gives
}
"""Files in which some of these calls may stand."""


def writers(source: str) -> list[tuple[int, str]]:
    """Line and name of each call in ``source`` that writes a file."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (name := _writes(node)):
            found.append((node.lineno, name))
        elif isinstance(node, ast.Attribute) and node.attr in ("savez", "savez_compressed"):
            found.append((node.lineno, node.attr))  # also where it is only passed on
    return sorted(set(found))


def _writes(call: ast.Call) -> str:
    whole = ast.unparse(call.func)
    of, _, name = whole.rpartition(".")
    if any(isinstance(value, ast.Name) and value.id in TO_MEMORY for value in call.args):
        return ""
    if name in WRITES:
        return name
    if name in ("save", "dump", "safe_dump", "copy") and of.split(".")[-1] in SAVERS:
        into = [word for word in call.keywords if word.arg == "stream"]
        # safe_dump without a stream gives text
        return "" if name == "safe_dump" and len(call.args) == 1 and not into else whole
    if whole == "os.open":
        return whole if any(flag in ast.unparse(call) for flag in ("O_CREAT", "O_WRONLY", "O_RDWR")) else ""
    if name in ("open", "File", "fdopen", "memmap", "ZipFile"):
        return name if _mode(call, of, name) else ""
    return ""


def _mode(call: ast.Call, of: str, name: str) -> bool:
    """Whether a call that opens a file has a mode that writes."""
    modes = [word.value for word in call.keywords if word.arg == "mode"]
    second = not of or of in ("h5py", "io", "gzip", "av", "os", "np", "zipfile")
    modes += call.args[2:3] if name == "memmap" else call.args[1:2] if second else call.args[:1]
    texts = [mode.value for mode in modes if isinstance(mode, ast.Constant) and isinstance(mode.value, str)]
    return any(set(text) & set("wax+") and set(text) <= set("wax+rbt") for text in texts)


@pytest.mark.parametrize(
    "code",
    [
        "open(path, 'w')",
        "path.open('xb')",
        "path.open(mode='a')",
        "path.write_text(text)",
        "Path('x').write_bytes(b'')",
        "np.save(path, x)",
        "torch.save(model, path)",
        "json.dump(x, file)",
        "yaml.safe_dump(x, stream=file)",
        "figure.savefig(path)",
        "table.to_csv(path)",
        "h5py.File(path, 'w')",
        "os.open(path, os.O_CREAT | os.O_WRONLY)",
        "shutil.copy(a, b)",
        "save = np.savez",
        "np.memmap(path, kind, 'w+')",
        "zipfile.ZipFile(path, 'w')",
    ],
)
def test_each_kind_of_writing_is_found_out(code):
    assert len(writers(code)) == 1, code


@pytest.mark.parametrize(
    "code",
    [
        "open(path)",
        "zipfile.ZipFile(file)",
        "path.open('rb')",
        "h5py.File(file, 'r')",
        "yaml.safe_dump(x)",
        "torch.save(x, content)",
    ],
)
def test_reading_and_what_stays_in_memory_is_not(code):
    assert writers(code) == []


def test_nothing_else_in_the_package_writes_a_file():
    """Datasets write lookalikes only, and speed and soak work on scratch files."""
    elsewhere = []
    for part in ("signals", "preprocessing", "models", "benchmarks"):
        for path in sorted((ROOT / part).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(("signals/datasets/", "benchmarks/speed/", "benchmarks/soak/")):
                continue
            may = PLACES.get(name, set())
            elsewhere += [f"{name}:{line} {call}" for line, call in writers(path.read_text()) if call not in may]
    assert not elsewhere, "go through signals/files/publishing.py:\n" + "\n".join(elsewhere)


def _figure():
    figure = new_figure(3, 2)
    figure.subplots().plot([0, 1], [0, 1])
    return figure


FILES = {
    "report.json": lambda path: publish_text(path, "x" * 60_000),
    "part.npz": lambda path: publish_arrays(path, {"x": np.random.default_rng(0).random(9000)}),
    "small.npz": lambda path: publish_arrays(path, {"x": np.random.default_rng(0).random(9000)}, compressed=True),
    "model.pt": lambda path: write_tensors(path, {"weight": torch.ones(9000)}),
    "plot.png": lambda path: save_figure(_figure(), path),
    "plot.svg": lambda path: save_figure(_figure(), path),
    "plot.pdf": lambda path: save_figure(_figure(), path),
}
"""A file of each kind, longer than the disks below."""


@pytest.mark.parametrize("room", [0, 3000])
@pytest.mark.parametrize("name", FILES)
def test_a_full_disk_leaves_the_old_file_and_no_part_of_the_new(tmp_path, name, room):
    (tmp_path / name).write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        with pytest.raises(DiskFull, match=f"{name}: found no room on the disk; wanted .* MB") as full:
            FILES[name](tmp_path / name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "\n" not in str(full.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"old"


@pytest.mark.parametrize("name", FILES)
def test_a_disk_that_fills_between_the_question_and_the_write_is_the_same_error(tmp_path, monkeypatch, name):
    monkeypatch.setattr("emoscan.signals.files.publishing.reserve", lambda file, needed: None)
    test_a_full_disk_leaves_the_old_file_and_no_part_of_the_new(tmp_path, name, 3000)


_DRAWS = """
import sys
from emoscan.preprocessing.pictures import new_figure, save_figure
figure = new_figure(3, 2)
axes = figure.subplots()
axes.plot([0, 1], [0, 1], label="one")
axes.imshow([[0, 1]])
axes.fill_between([0, 1], [0, 1], hatch="/")
save_figure(figure, sys.argv[1])
"""


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_a_picture_of_another_day_and_process_has_the_same_bytes(tmp_path, kind):
    """No dates, and no ids that are drawn: each process has its own seed of hashes."""
    for name, seed in (("a", "1"), ("b", "2")):
        path = tmp_path / f"{name}.{kind}"
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", _DRAWS, path], env=environment, check=True)
    one, two = ((tmp_path / f"{name}.{kind}").read_bytes() for name in "ab")
    assert one == two


def test_a_picture_is_killed_whole_or_not_there(tmp_path):
    """A kill between the first byte and the last leaves a part, which the next run in the folder sweeps."""
    killed = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom emoscan.signals.files import publishing\n"
        "publishing.synced = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
        "publishing.publish_bytes(Path(sys.argv[1]), b'half')\n"
    )
    done = subprocess.run([sys.executable, "-c", killed, tmp_path / "plot.png"], check=False)
    assert done.returncode == -9
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
    with sole_writer(tmp_path):
        assert list(tmp_path.iterdir()) == []


def _told(main, words, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["command", *map(str, words)])
    code = main()
    return code, capsys.readouterr().err


LINES = {
    "report": ("report", "CACHE", "--output"),
    "table": ("table", "CACHE", "--output"),
    "predict": ("predict", "CACHE", "x.bdf", "--output"),
    "encode": ("encode", "CACHE", "CACHE"),
    "units": ("units", "CACHE", "CACHE", "--output"),
    "gan sample": ("gan", "sample", "CACHE", "--output"),
    "gan table": ("gan", "table", "CACHE", "--output"),
    "gan fit": ("gan", "fit", "CACHE", "--output"),
    "planted": ("planted", "--output"),
    "balance": ("balance", "CACHE", "--output"),
    "fit": ("fit", "CACHE", "--output"),
    "bench": ("bench", "CACHE", "--output"),
    "fusion": ("fusion", "CACHE", "--output"),
    "parts": ("parts", "CACHE", "--output"),
    "tasks": ("tasks", "CACHE", "--output"),
    "explain": ("explain", "CACHE", "--output"),
    "align": ("align", "Simulated", "CACHE"),
    "derive": ("derive", "CACHE"),
    "run": ("run", "Simulated", "CACHE"),
}
"""Each command up to the place of its output; the folder that it reads is empty, which is found later."""


@pytest.mark.parametrize("name", LINES)
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_read(tmp_path, monkeypatch, capsys, name):
    (tmp_path / "read").mkdir()
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "page.png"
    words = [tmp_path / "read" if word == "CACHE" else word for word in LINES[name]]
    main = prepare if name in ("align", "derive", "run") else train
    more = ("--recipe", "{face-hog: [Hog()]}") if name == "derive" else ()
    code, told = _told(main, (*words, place, *more), monkeypatch, capsys)
    assert code == 2
    assert f"{tmp_path / 'file'}" in told
    assert "a file" in told
    assert "wanted a folder, or nothing yet" in told
    assert told.count("\n") == 1


def test_a_folder_where_a_page_is_wanted_is_refused_at_once(tmp_path, monkeypatch, capsys):
    code, told = _told(train, ("report", tmp_path, "--output", tmp_path), monkeypatch, capsys)
    assert code == 2
    assert f"{tmp_path}: found a folder; wanted a file to write; name a file in it, as in" in told
    check_file_place(tmp_path / "new" / "page.html", "page.html")
    assert list(tmp_path.iterdir()) == []


class _Locks(types.ModuleType):
    """What Python has on Windows: a lock on bytes of a file, here with one owner a handle."""

    LK_NBLCK = 2

    def __init__(self):
        super().__init__("msvcrt")
        self.owners = {}

    def locking(self, handle, mode, length):
        if self.owners.setdefault(os.fstat(handle).st_ino, handle) != handle:
            raise OSError(errno.EACCES, "Permission denied")


@pytest.fixture(params=["here", "windows"])
def system(request, monkeypatch):
    """This system, and the other branch of everything that depends on it."""
    if request.param == "windows":
        monkeypatch.setattr(platforms, "WINDOWS", True)
        monkeypatch.setitem(sys.modules, "msvcrt", _Locks())
        monkeypatch.setitem(sys.modules, "fcntl", None)  # importing it fails, as there
        monkeypatch.delattr(os, "posix_fallocate")
        opened = os.open

        def no_folders(path, flags, *mode):
            if os.path.isdir(path):
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return opened(path, flags, *mode)

        def deadly(pid, number):
            raise AssertionError("a signal would end the process there")

        monkeypatch.setattr(os, "open", no_folders)
        monkeypatch.setattr(os, "kill", deadly)
    return request.param


def test_a_file_is_published_and_replaced_on_each_system(system, tmp_path):
    for content in (b"old", b"new"):
        publish_bytes(tmp_path / "model.pt", content)
        assert (tmp_path / "model.pt").read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["model.pt"]


def test_two_runs_in_one_folder_are_refused_on_each_system(system, tmp_path):
    refused = pytest.raises(InputError, match="another run that is writing here")
    with sole_writer(tmp_path), refused, sole_writer(tmp_path):
        pass


def test_old_parts_are_swept_on_each_system_and_new_ones_of_the_living_are_not(system, tmp_path):
    names = {}

    def watch(part, needed):
        names["part"] = part.name

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emoscan.signals.files.publishing.reserve", watch)
        publish_bytes(tmp_path / "a.txt", b"")
    ours = tmp_path / names["part"]
    ours.write_bytes(b"")
    with sole_writer(tmp_path):
        assert ours.exists()
    gone = ours.with_name(ours.name.replace(f".{os.getpid()}.", ".99999999."))
    ours.rename(gone)
    os.utime(gone, (0, 0))
    with sole_writer(tmp_path):
        assert not gone.exists()
