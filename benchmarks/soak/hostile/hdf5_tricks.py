"""What HDF5 allows and emoscan never writes, in a file of a cache whose checksum fits."""

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ....preprocessing.cache_files.cache_file import USER_BLOCK
from ....preprocessing.cache_files.cache_writing import _seal
from .hostile_values import HOSTILE, SECRET, signed, some_place, unsigned_text, with_value

_BOMB = 1 << 27
"""Numbers of an array that takes kilobytes on disk."""

Trick = Callable[[h5py.File, str, Path, random.Random], None]
"""Changes a data set, by its name, in an open file; the path is that of the secret."""


def _other(file: h5py.File, name: str, **how: Any) -> None:
    values = file[name][()]
    del file[name]
    file.create_dataset(name, data=values, **how)


def _external_link(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    del file[name]
    file[name] = h5py.ExternalLink(draw.choice((str(secret), f"../{secret.name}")), "/facts")


def _soft_link(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    file.move(name, "elsewhere")
    file[name] = h5py.SoftLink(draw.choice(("/elsewhere", f"/{name}", "/nowhere")))


def _external_storage(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    shape, kind = file[name].shape, file[name].dtype
    del file[name]
    where = draw.choice((str(secret), f"../{secret.name}", "/dev/zero"))
    file.create_dataset(name, shape, kind, external=[(where, 0, h5py.h5f.UNLIMITED)])


def _virtual(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    shape, kind = file[name].shape, file[name].dtype
    layout = h5py.VirtualLayout(shape, kind)
    layout[...] = h5py.VirtualSource(str(secret), "facts", shape, kind)
    del file[name]
    file.create_virtual_dataset(name, layout)


def _bomb(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    kind = file[name].dtype
    del file[name]
    file.create_dataset(name, (_BOMB,), kind, compression="gzip", chunks=(1 << 20,))
    file[name][:4] = np.zeros(4, kind)


def _huge(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    shape, kind = file[name].shape, file[name].dtype
    del file[name]
    file.create_dataset(name, (draw.choice((1 << 28, 1 << 40, 1 << 44)), *shape[1:]), kind)


def _letters(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    del file[name]
    kind = draw.choice((h5py.string_dtype(), np.dtype("S5"), np.dtype([("a", "f8")]), np.dtype("c16"), np.dtype("f2")))
    file.create_dataset(name, (3,), kind)


def _nothing(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    del file[name]
    file.create_dataset(name, data=h5py.Empty("f8")) if draw.random() < 0.5 else file.create_dataset(name, data=1.5)


def _loop(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    del file[name]
    group = file
    for _ in range(draw.choice((0, 1, 300))):
        group = group.create_group("g")
    group["again"] = file["/"]
    file[name] = group


def _group(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    del file[name]
    file.create_group(name)


def _named_type(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    del file[name]
    file[name] = np.dtype("f8")


def _references(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    del file[name]
    file.create_dataset(name, data=[file.ref] * 4, dtype=h5py.ref_dtype)


def _attributes(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    for number in range(200):
        file[name].attrs[f"\x1b[31m{number}"] = "x" * 300
    file.attrs["text"] = np.array(["../" + secret.name] * 50, h5py.string_dtype())


def _big_endian(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    values = file[name][()]
    del file[name]
    file.create_dataset(name, data=values.astype(values.dtype.newbyteorder(">")))


def _other_length(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    values = file[name][()]
    del file[name]
    file.create_dataset(
        name, data=draw.choice((values[:-1], values[..., None], values[:0], np.concatenate([values] * 2)))
    )


def _other_numbers(file: h5py.File, name: str, secret: Path, draw: random.Random) -> None:
    values = file[name][()]
    if values.dtype.kind == "f":
        values[...] = draw.choice((np.nan, np.inf, -np.inf, 1e300 if values.dtype.itemsize == 8 else 1e38, 0))
    else:
        values[...] = draw.choice((np.iinfo(values.dtype).max, np.iinfo(values.dtype).min, 0))
    file[name][...] = values


def _change_facts(file: h5py.File, draw: random.Random) -> None:
    stored = json.loads(file["facts"][()].tobytes())
    changed = with_value(stored, some_place(draw, stored), draw.choice(HOSTILE))
    del file["facts"]
    file.create_dataset("facts", data=np.frombuffer(json.dumps(changed).encode(), np.uint8))


TRICKS: Mapping[str, Trick] = {
    "external link": _external_link,
    "soft link": _soft_link,
    "external storage": _external_storage,
    "virtual": _virtual,
    "gzip bomb": _bomb,
    "chunked": lambda file, name, secret, draw: _other(file, name, chunks=True),
    "compressed": lambda file, name, secret, draw: _other(file, name, compression="gzip"),
    "filtered": lambda file, name, secret, draw: _other(file, name, chunks=True, shuffle=True, fletcher32=True),
    "huge": _huge,
    "another type": _letters,
    "no or one number": _nothing,
    "loop of groups": _loop,
    "group": _group,
    "named type": _named_type,
    "references": _references,
    "attributes": _attributes,
    "big-endian": _big_endian,
    "another length": _other_length,
    "other numbers": _other_numbers,
}
"""Tricks by what they put in the place of a data set."""


def play_trick(folder: Path, trick: str, secret: Path, draw: random.Random) -> None:
    """Play one trick on a file of a cache, and let all checksums fit."""
    path = _some_file(folder, draw)
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visititems(lambda name, value: names.append(name) if isinstance(value, h5py.Dataset) else None)
        TRICKS[trick](file, draw.choice(sorted(names)), secret, draw)
    sign(folder, path)


def play_facts(folder: Path, draw: random.Random) -> None:
    """Put a hostile value among the facts of a file of a cache, and let all checksums fit."""
    path = draw.choice(sorted(folder.glob("*.h5")))
    with h5py.File(path, "r+") as file:
        _change_facts(file, draw)
    sign(folder, path)


def flip_structure(folder: Path, draw: random.Random) -> None:
    """Change bytes of the headers of HDF5 in a file of a cache, and let the checksums of emoscan fit.

    The file is written in the oldest form of HDF5 first, which has no checksums of its own that would have to be made.
    """
    path = _some_file(folder, draw)
    heads = _in_oldest_form(path)
    content = bytearray(path.read_bytes())
    for _ in range(draw.choice((1, 1, 2, 5))):
        at = draw.choice(heads)
        if draw.random() < 0.5:
            content[at] = draw.choice((draw.randrange(256), content[at] ^ 1 << draw.randrange(8)))
        else:
            number = draw.choice((b"\xff" * 8, b"\0" * 8, b"\xff" * 7 + b"\x7f", b"\0\0\0\0\1\0\0\0"))
            content[at : at + 8] = draw.choice((number, content[(other := draw.choice(heads)) : other + 8]))
    path.write_bytes(content[: path.stat().st_size])
    sign(folder, path)


def _in_oldest_form(path: Path) -> list[int]:
    """Write a file anew in the oldest form of HDF5; the places of its bytes that are no numbers of a data set."""
    columns: dict[str, np.ndarray] = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, value: columns.update({name: value[()]}) if isinstance(value, h5py.Dataset) else None
        )
    taken = set[int](range(USER_BLOCK))
    with h5py.File(path, "w", libver="earliest", userblock_size=USER_BLOCK) as file:
        for name, values in columns.items():
            stored = file.create_dataset(name, data=values)
            if values.size:
                at = stored.id.get_offset()
                taken.update(range(at, at + values.nbytes))
    return [at for at in range(path.stat().st_size - 8) if at not in taken]


def _some_file(folder: Path, draw: random.Random) -> Path:
    return draw.choice(sorted([*folder.glob("*.h5"), *folder.glob("*.hdf5")]))


def sign(folder: Path, path: Path) -> None:
    """Let the checksums of a file of a cache, and of the list of its files, fit what stands there."""
    digest = _seal(path)
    stored = unsigned_text(folder / "cache.json")
    for file in stored["files"]:
        if file["name"] == path.name:
            file["digest"] = digest
    signed(folder / "cache.json", stored)


def write_secret(path: Path) -> None:
    """Write the file that nobody may read."""
    path.write_bytes(SECRET * 1_000)
