"""The cache against what it replaces: windows on disk, arrays in memory, LMDB, a plain hash."""

import hashlib
import pickle
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ...models.training.data import as_gathered
from ...preprocessing import Cache, Windows
from ...preprocessing.cache_files.cache_file import verify_file
from ...preprocessing.cache_files.cache_writing import publish_recording
from ...preprocessing.quality.summary import size_on_disk
from ...signals import SEED_62, Task
from .timing import SpeedRow, faster, measure, within

T, STRIDE, BATCH = 9, 1, 64
TRIALS, SLICES = 15, 226  # a SEED session: 3,394 one-second slices of 62 sites and 5 bands


def rows() -> Iterator[SpeedRow]:
    """Disk, gather, loader, write and verify, on features shaped like one session of SEED (random numbers)."""
    with tempfile.TemporaryDirectory() as folder:
        x = np.random.default_rng(0).standard_normal((TRIALS, SLICES, len(SEED_62), 5)).astype(np.float32)
        cache = _cache(Path(folder) / "cache", x)
        windows = cache.windows(T, STRIDE)
        yield _disk(cache, windows, Path(folder) / "materialised")
        yield _gather(windows, x.reshape(-1, *x.shape[2:]))
        yield _loader(windows, Path(folder) / "lmdb")
        yield _write(cache, windows, Path(folder))
        yield _verify(cache.path / cache.index.files[0].name)


def _cache(folder: Path, x: np.ndarray) -> Cache:
    """One recording; each of ``x`` (trials, N, S, F) is a trial."""
    return Cache.from_arrays(
        folder,
        list(x),
        layout=SEED_62,
        task=Task(("negative", "neutral", "positive")),
        category=[k % 3 for k in range(len(x))],
        subject=["1"] * len(x),
    )


def _disk(cache: Cache, windows: Windows, folder: Path) -> SpeedRow:
    """Bytes of the same windows, each stored as a trial of its own, over bytes of the trials stored once."""
    materialised = size_on_disk(folder, _cache(folder, windows.x()).index.files)
    stored = size_on_disk(cache.path, cache.index.files)
    share = (SLICES - T + 1) / SLICES  # the last slices of a trial begin no window
    note = f"T = {T}, stride {STRIDE}: {materialised / 1e6:.1f} / {stored / 1e6:.1f} MB; edges cost {1 - share:.1%}"
    goal = T / STRIDE * share
    return SpeedRow("disk saved against materialised windows", materialised / stored, "x", goal, 0.95 * goal, note=note)


def _gather(windows: Windows, memory: np.ndarray) -> SpeedRow:
    """Shuffled batches from the mapped file against the same index into an array in memory."""
    first = windows.trials * SLICES + windows.starts
    batches = _batches(len(windows))

    def ram() -> np.ndarray:
        gathered: list[np.ndarray] = [memory[first[which][:, None] + np.arange(T)] for which in batches]
        return gathered[-1]

    def mapped() -> np.ndarray:
        return [windows.x(which) for which in batches][-1]

    np.testing.assert_array_equal(mapped(), ram())
    return within(
        "mapped gather / RAM gather", measure({"mapped": mapped, "ram": ram}), "mapped", "ram", target=1.3, floor=2
    )


def _loader(windows: Windows, folder: Path) -> SpeedRow:
    """Torch's DataLoader, shuffled, in this process: whole batches from the cache, or LMDB with a pickle a window."""
    x = windows.x()
    database = _fill_lmdb(folder, [(x[i], int(windows.category[i])) for i in range(len(windows))], sync_each=False)
    batches = [which.tolist() for which in _batches(len(windows))]
    ours: DataLoader[Any] = DataLoader(_FromCache(windows), batch_sampler=batches, collate_fn=as_gathered)
    theirs: DataLoader[Any] = DataLoader(_FromLmdb(database, len(windows)), batch_sampler=batches)
    for mine, other in zip(next(iter(ours)), next(iter(theirs)), strict=True):
        assert torch.equal(mine, other)
    timing = measure({"lmdb": lambda: _drain(theirs), "cache": lambda: _drain(ours)})
    database.close()
    return faster("loader, 0 workers, faster than LMDB", timing, "lmdb", "cache", target=4, floor=2.5)


def _write(cache: Cache, windows: Windows, folder: Path) -> SpeedRow:
    """Wall time until every window is safe on disk: one file with its digest, and LMDB syncing each window.

    LMDB gets the first few hundred windows; its time is scaled to all of them.
    """
    volumes, facts, some = list(cache), cache.file(0).facts, 300
    first = [(x, 0) for x in windows.x(np.arange(some))]
    count = iter(range(10**6))
    timing = measure(
        {
            "lmdb": lambda: _fill_lmdb(folder / f"lmdb {next(count)}", first, sync_each=True).close(),
            "cache": lambda: publish_recording(folder / f"{next(count)}.h5", facts, volumes),
        },
        clock=time.perf_counter,
    )
    ratio, scale = timing.ratio("lmdb", "cache"), len(windows) / some
    note = f"minimum {ratio.minimum * scale:.3g}; LMDB timed on {some} of {len(windows)} windows"
    name = "write with fsync + digest faster than LMDB (wall)"
    return SpeedRow(name, ratio.median * scale, "x", 100, 30, note=note, void=timing.void)


def _verify(path: Path) -> SpeedRow:
    def plain() -> str:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    variants: dict[str, Callable[[], object]] = {"verify": partial(verify_file, path), "plain": plain}
    return within("verify / plain hash of the same bytes", measure(variants), "verify", "plain", target=1.3, floor=2)


class _FromCache(Dataset[Any]):
    """Gives whole batches of tensors."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    def __len__(self) -> int:
        return len(self.windows)

    def __getitems__(self, which: list[int]) -> tuple[Tensor, Tensor]:
        x, category = self.windows.x(np.array(which)), self.windows.category[which].astype(np.int64)
        return torch.from_numpy(x), torch.from_numpy(category)


class _FromLmdb(Dataset[Any]):
    """Gives one window and its label, unpickled, as torch's default collation wants them."""

    def __init__(self, database: Any, n: int) -> None:
        self.read, self.n = database.begin(), n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        x, label = pickle.loads(self.read.get(str(i).encode()))
        return torch.from_numpy(x), label


def _drain(loader: Iterable[Any]) -> None:
    for _ in loader:
        pass


def _batches(n: int) -> list[np.ndarray]:
    order = np.random.default_rng(1).permutation(n)
    return [order[begin : begin + BATCH] for begin in range(0, n - BATCH, BATCH)]


def _fill_lmdb(folder: Path, windows: list[tuple[np.ndarray, int]], sync_each: bool) -> Any:
    import lmdb

    database = lmdb.open(str(folder), map_size=1 << 30, sync=sync_each)
    if sync_each:
        for i, window in enumerate(windows):
            with database.begin(write=True) as transaction:
                transaction.put(str(i).encode(), pickle.dumps(window))
        return database
    with database.begin(write=True) as transaction:
        for i, window in enumerate(windows):
            transaction.put(str(i).encode(), pickle.dumps(window))
    return database
