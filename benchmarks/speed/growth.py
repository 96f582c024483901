"""Growth: what a cache of thousands of recordings, a file each, costs beside one of a hundred."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from ...models.training.scaling import fit_scaling
from ...preprocessing import Cache
from ...signals import SEED_62, Task
from ..runs.fold_plan import FoldPlan
from ..runs.protocol import Protocol
from ..splits.leak_guard import find_leaks
from ..splits.splits import SPLITS
from .timing import SpeedRow, measure, resident_memory, within

Result = TypeVar("Result")
SIZES = (100, 400, 1600, 6400)
T, BATCH, SLICES = 9, 64, 30
ROUNDS = 15
MILLION = 1_000_000
FOLDS = "k_folds('subject', 10)"


def rows() -> Iterator[SpeedRow]:
    """Each way of use at four sizes: the CPU time of a recording at the largest beside that at the smallest.

    Random numbers of 62 sites, 5 bands and 30 slices a recording; one person each.
    """
    with tempfile.TemporaryDirectory() as folder:
        used = {size: _use(Path(folder) / str(size), size) for size in SIZES}
        yield from _gathers(Path(folder))
        yield from _million(Path(folder) / "million")
    for name in used[SIZES[0]].seconds:
        yield _linear(name, {size: use.seconds[name] for size, use in used.items()})
    most, sizes = used[SIZES[-1]], f"{SIZES[0]:,} to {SIZES[-1]:,} recordings"
    note = "files that stay open, " + sizes + ": " + ", ".join(str(use.descriptors) for use in used.values())
    yield SpeedRow("descriptors", most.descriptors, "<=", 32, 32, note=note)
    note = "MB more in use, mapped files among them, " + sizes + ": "
    note += ", ".join(f"{use.megabytes:.0f}" for use in used.values())
    yield SpeedRow("memory, kB a recording", most.megabytes / SIZES[-1] * 1e3, "<=", note=note)


@dataclass(frozen=True)
class _Use:
    """One size: CPU seconds by what was done, files that stayed open, and MB of memory more."""

    seconds: Mapping[str, float]
    descriptors: int
    megabytes: float


def _use(folder: Path, size: int) -> _Use:
    timed = _Timed({})
    timed("build", lambda: _cache(folder, size))
    open_before, memory_before = _descriptors(), resident_memory() / 1e6
    cache = timed("open", lambda: Cache(folder))
    windows = timed("cut, first", lambda: cache.windows(T, 1))
    timed("cut again", lambda: cache.windows(T, 1))
    timed("truth", lambda: windows.category)
    timed("scaling", lambda: fit_scaling("train", windows))
    timed("scaling by person", lambda: fit_scaling("subject", windows))
    split = SPLITS.build(FOLDS)
    folds = timed("split", lambda: split(cache.columns))
    timed("guard", lambda: find_leaks(folds, cache.columns, split))
    plan = _plan(cache)
    timed("plan", plan.check)
    for block in windows.blocks(BATCH):
        windows.x(block)
    return _Use(timed.seconds, _descriptors() - open_before, resident_memory() / 1e6 - memory_before)


@dataclass(frozen=True)
class _Timed:
    seconds: dict[str, float]

    def __call__(self, name: str, work: Callable[[], Result]) -> Result:
        begin = time.process_time()
        result = work()
        self.seconds[name] = time.process_time() - begin
        return result


def _million(folder: Path) -> Iterator[SpeedRow]:
    """A million windows, cut, planned and guarded by one that has opened no file yet."""
    slices = MILLION // SIZES[-1] + T
    _cache(folder, SIZES[-1], slices=slices, bands=1)
    begin, before = time.process_time(), resident_memory() / 1e6
    plan = _plan(Cache(folder))
    windows = plan.cache.windows(T, 1)
    plan.check()
    took, used = time.process_time() - begin, resident_memory() / 1e6 - before
    name = f"{len(windows):,} windows of {SIZES[-1]:,} recordings, cut, planned and guarded"
    yield SpeedRow(f"{name}: CPU seconds", took, "<=", 10, 20)
    yield SpeedRow(f"{name}: MB more", used, "<=", 1000, 1500)


def _plan(cache: Cache) -> FoldPlan:
    split = SPLITS.build(FOLDS)
    return FoldPlan(cache, "linear", Protocol(FOLDS, split.words, window=T), split)


def _gathers(folder: Path) -> Iterator[SpeedRow]:
    """A gather of windows drawn at random beside bare copies out of one mapped array with as many bytes.

    The sizes take turns. The copies know no files: they say what memory costs once the processor's cache is too small.
    """
    variants: dict[str, Callable[[], object]] = {}
    for size in SIZES:
        windows, mapped = Cache(folder / str(size)).windows(T, 1), _mapped(folder / str(size) / "bare.npy", size)
        for block in windows.blocks(BATCH):  # each page is met once, as after an epoch
            windows.x(block)
        variants[f"{size}"] = _drawn(len(windows), windows.x)
        variants[f"bare {size}"] = _drawn(len(mapped) - T, partial(_copied, mapped))
    timing = measure(variants, ROUNDS)
    least, most = f"{SIZES[0]}", f"{SIZES[-1]}"
    for name, kind, goals in (
        (f"gather {BATCH} windows", "", (1.5, 2)),
        ("bare copies of as many", "bare ", (None, None)),
    ):
        note = ", ".join(f"{np.median(timing.seconds[f'{kind}{size}']) * 1e3:.3f}" for size in SIZES) + " ms"
        row = within(f"{name}, at {SIZES[-1]:,} / at {SIZES[0]:,}", timing, kind + most, kind + least, *goals)
        yield replace(row, note=f"{note}, {row.note}")
    yield within(f"gather / bare copies, at {SIZES[-1]:,}", timing, most, f"bare {most}", target=1.2, floor=2)


def _drawn(n: int, gather: Callable[[np.ndarray], object]) -> Callable[[], object]:
    draw = np.random.default_rng(1)
    return lambda: gather(draw.integers(0, n, BATCH))


def _mapped(file: Path, size: int) -> np.ndarray:
    held = np.lib.format.open_memmap(file, "w+", np.float32, (size * SLICES, len(SEED_62), 5))
    held[:] = 1
    return np.asarray(np.load(file, mmap_mode="r"))


def _copied(mapped: np.ndarray, rows: np.ndarray) -> np.ndarray:
    out = np.empty((len(rows), T, *mapped.shape[1:]), mapped.dtype)
    for place, row in enumerate(rows.tolist()):
        out[place] = mapped[row : row + T]
    return out


def _linear(name: str, seconds: Mapping[int, float]) -> SpeedRow:
    """CPU time at the largest size over that of the smallest, as a multiple of what growth in proportion gives."""
    least, most = min(seconds), max(seconds)
    value = (seconds[most] / most) / (seconds[least] / least)
    note = ", ".join(f"{each * 1e3:,.0f}" for each in seconds.values()) + " ms"
    return SpeedRow(f"{name}, a recording of {most:,} / of {least:,}", value, "<=", 1.2, 2, note=note)


def _descriptors() -> int:
    """How many files this process has open; 0 where the system does not list them."""
    listed = Path("/proc/self/fd")
    return len(os.listdir(listed)) if listed.exists() else 0


def _cache(folder: Path, size: int, slices: int = SLICES, bands: int = 5) -> Cache:
    x = np.random.default_rng(0).standard_normal((size, slices, len(SEED_62), bands), np.float32)
    return Cache.from_arrays(
        folder,
        list(x),
        layout=SEED_62,
        task=Task(("negative", "neutral", "positive")),
        category=[k % 3 for k in range(size)],
        subject=[str(k) for k in range(size)],
        simulated=True,
    )
