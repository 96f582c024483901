"""What may stand in the place of a stored file that is none: devices, pipes, holes, links, archives that grow."""

import io
import json
import os
import pickle
import random
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch

from ....signals.files.stored_arrays import read_arrays
from .hostile_values import SECRET_NAME, kept, named_report, unsigned_text

_INFLATED = 1 << 29
"""Bytes that a bomb grows to."""

Trick = Callable[[Path, random.Random], None]
"""Changes what stands at the path of a stored file."""


def _device(path: Path, draw: random.Random) -> None:
    path.symlink_to(draw.choice(("/dev/zero", "/dev/urandom", "/dev/stdin")))


def _sparse(path: Path, draw: random.Random) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def _sparse_behind(path: Path, draw: random.Random) -> None:
    """The whole file, and a hole behind it."""
    os.truncate(path, 1 << 40)


def _grown(path: Path, draw: random.Random) -> None:
    path.write_bytes(path.read_bytes() + draw.randbytes(draw.randrange(1, 5000)))


def _cut(path: Path, draw: random.Random) -> None:
    os.truncate(path, draw.randrange(path.stat().st_size))


def _rubbish(path: Path, draw: random.Random) -> None:
    path.write_bytes(draw.randbytes(draw.randrange(1, 100_000)))


def _deep(path: Path, draw: random.Random) -> None:
    path.write_text(draw.choice("[{(") * draw.choice((10_000, 200_000)), encoding="utf-8")


def _link_to(*targets: str) -> Trick:
    return lambda path, draw: path.symlink_to(draw.choice(targets))


_REPLACED: Mapping[str, Trick] = {
    "device": _device,
    "pipe": lambda path, draw: os.mkfifo(path),
    "folder": lambda path, draw: path.mkdir(),
    "empty": lambda path, draw: path.touch(),
    "sparse": _sparse,
    "link to itself": lambda path, draw: path.symlink_to(path.name),
    "link to nothing": _link_to("nowhere", "/nowhere"),
    "link to a folder": _link_to(".", "/", "/proc"),
    "rubbish": _rubbish,
    "deep": _deep,
}
"""What takes the place of the file."""

_CHANGED: Mapping[str, Trick] = {"sparse behind": _sparse_behind, "grown": _grown, "cut": _cut}
"""What the file becomes."""

IN_PLACE = (*_REPLACED, *_CHANGED)
"""Tricks with one file."""


def stand_in(folder: Path, trick: str, draw: random.Random) -> None:
    """Put something else in the place of one file of a folder."""
    path = draw.choice(sorted(path for path in folder.rglob("*") if path.is_file()))
    if trick in _REPLACED:
        path.unlink()
        _REPLACED[trick](path, draw)
    else:
        _CHANGED[trick](path, draw)


def crowd(folder: Path, draw: random.Random) -> None:
    """Add 20,000 files, some named as stored ones are."""
    for number in range(20_000):
        (folder / f"{number}.h5").touch()


def odd_names(folder: Path, draw: random.Random) -> None:
    """Add files and folders whose names hold line ends, commands to a terminal, markup, and no Unicode."""
    names = ("a\nb", "\x1b[2J\x1b[31m", "[red]", "=1+1", "<script>", "x" * 255, "\u202egpj", "-rf", "$(reboot)", "%s")
    for name in names:
        (folder / name).mkdir()
        for file in sorted(path for path in folder.iterdir() if path.is_file())[:3]:
            (folder / name / file.name).write_bytes(b"{}")
    for number, inner in enumerate(sorted(path for path in folder.iterdir() if path.is_dir())):
        (inner / f"line\n{number}.json").write_bytes(b"{}")
    os.mkdir(os.path.join(os.fsencode(folder), b"\xff\xfe"))


def renamed(folder: Path, draw: random.Random) -> None:
    """Give all that is stored another folder, whose name is a command to a terminal."""
    inner = folder / "\x1b[31mred\n[red]"
    files = list(folder.iterdir())
    inner.mkdir()
    for file in files:
        file.rename(inner / file.name)


def npy(shape: tuple[int, ...], kind: object = "<f8", content: bytes = b"") -> bytes:
    """The content of an ``.npy`` file whose header says one thing, and whose content may be another."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": shape})
    return file.getvalue() + content


ARCHIVES: Mapping[str, bytes] = {
    "more announced than there is": npy((10**12,)),
    "more than can be counted": npy((2**62, 2**62)),
    "negative": npy((-1,)),
    "objects": npy((1,), "|O", pickle.dumps([1])),
    "records": npy((1,), [("a", "<f8")], bytes(8)),
    "letters of no width": npy((10**9,), "<U0"),
    "letters that do not exist": npy((1,), "<U1", b"\xff\xff\xff\x7f"),
    "no header": b"PK" * 100,
}
"""Members of an archive that are no arrays, or others than they say."""

ARCHIVE_TRICKS = (*ARCHIVES, "inflated", "another compression", "two of one name", "another array")


def archive_bomb(folder: Path, trick: str, draw: random.Random) -> None:
    """Put one array of an archive in another form; a report beside it names the bytes."""
    path = draw.choice(sorted(folder.rglob("*.npz")))
    arrays = read_arrays(path, "", "").arrays
    name = draw.choice(sorted(arrays))
    method = zipfile.ZIP_LZMA if trick == "another compression" else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", method) as archive:
        for other, array in arrays.items():
            if other != name or trick in ("another compression", "two of one name"):
                archive.writestr(f"{other}.npy", _bytes(array))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # two of one name
            _write_member(archive, name, trick, arrays[name], draw)
    report = path.parent / "report.json"
    if report.exists():
        named_report(report, json.loads(report.read_text(encoding="utf-8")))


def _write_member(archive: zipfile.ZipFile, name: str, trick: str, array: np.ndarray, draw: random.Random) -> None:
    if trick == "inflated":
        with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
            file.write(npy((_INFLATED // 8,)))
            for _ in range(_INFLATED >> 24):
                file.write(bytes(1 << 24))
    elif trick == "another array":
        archive.writestr(f"{name}.npy", _bytes(draw.choice(other_arrays(array))))
    elif trick != "another compression":
        archive.writestr(f"{name}.npy", ARCHIVES.get(trick, npy((2,), content=bytes(16))))


def _bytes(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=False)
    return file.getvalue()


def other_arrays(array: np.ndarray) -> list[np.ndarray]:
    """The same array with other types, lengths or values."""
    if not array.ndim:
        return [array[None]]
    others = [array[:-1], array[..., None], np.zeros(array.shape, "S3"), np.zeros(array.shape, complex)]
    if array.dtype.kind in "iu":
        others += [np.full_like(array, value) for value in (np.iinfo(array.dtype).max, np.iinfo(array.dtype).min)]
    if array.dtype.kind == "f":
        others += [np.full_like(array, value) for value in (np.nan, np.inf, -1e30)]
    if array.dtype.kind == "U":
        others += [np.full_like(array, ""), np.full(array.shape, "\x1b[0m" * 100)]
    return others


TENSOR_TRICKS = ("doubled", "compressed", "wide", "legacy", "no numbers", "inflated")


def tensor_bomb(folder: Path, trick: str, draw: random.Random) -> None:
    """Put something else into a file of tensors; the facts beside it name its bytes."""
    path = draw.choice(sorted(folder.glob("*.pt")))
    write_tensors(path, trick)
    facts = path.with_suffix(".json")
    if facts.exists():
        kept(facts, unsigned_text(facts))


def write_tensors(path: Path, trick: str) -> None:
    """Write a file of tensors that takes work or room, or whose values are no numbers."""
    if trick == "no numbers":
        tensors = torch.load(path, weights_only=True)
        which = next(key for key, tensor in tensors.items() if tensor.is_floating_point() and tensor.numel() > 1)
        tensors[which].view(-1)[0] = float("nan")
        torch.save(tensors, path)
    elif trick == "wide":
        torch.save({"x": torch.zeros(1).expand(10**12)}, path)
    elif trick == "legacy":
        path.write_bytes(pickle.dumps({"x": 1}))
    else:
        _write_changed_tensors(path, trick)


def _write_changed_tensors(path: Path, trick: str) -> None:
    whole_file = io.BytesIO()
    torch.save({"x": torch.zeros(1 << (24 if trick == "inflated" else 20))}, whole_file)
    method = zipfile.ZIP_STORED if trick == "doubled" else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(whole_file) as whole, zipfile.ZipFile(path, "w", method) as archive:
        for member in whole.infolist():
            names = trick == "doubled" and member.filename.endswith(".pkl")
            archive.writestr(member.filename, _doubling() if names else whole.read(member))


def _doubling() -> bytes:
    """A pickle of a dict whose key is a tuple of two tuples of two ...: to hash it takes 2 ** 50 steps."""
    steps = b"".join(b"h" + bytes([k]) + b"h" + bytes([k]) + b"\x86q" + bytes([k + 1]) + b"0" for k in range(200, 250))
    return b"\x80\x02}K\x01q\xc80" + steps + b"h\xfaK\x01s."


def link_to_secret(folder: Path, draw: random.Random) -> None:
    """Link one file of a folder to the secret beside it."""
    path = draw.choice(sorted(path for path in folder.rglob("*") if path.is_file()))
    path.unlink()
    path.symlink_to(os.path.relpath(folder.parent / SECRET_NAME, path.parent))
