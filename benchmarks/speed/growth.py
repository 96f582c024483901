"""Growth: what a cache of thousands of recordings, a file each, costs beside one of a hundred."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from ...models.training.scaling import fit_scaling
from ...preprocessing import Cache, Windows
from ...signals import SEED_62, Task
from ..runs.fold_plan import FoldPlan
from ..runs.protocol import Protocol
from ..splits.leak_guard import find_leaks
from ..splits.splits import SPLITS
from .timing import SpeedRow, resident_memory

Result = TypeVar("Result")
SIZES = (100, 400, 1600, 6400)
T, BATCH, SLICES = 9, 64, 30
ROUNDS = 200
MILLION = 1_000_000
FOLDS = "k_folds('subject', 10)"


def rows() -> Iterator[SpeedRow]:
    """Each way of use at four sizes: the CPU time of a recording at the largest beside that at the smallest.

    Random numbers of 62 sites, 5 bands and 30 slices a recording; one person each.
    """
    with tempfile.TemporaryDirectory() as folder:
        used = {size: _use(Path(folder) / str(size), size) for size in SIZES}
        yield from _million(Path(folder) / "million")
    least, most = used[SIZES[0]], used[SIZES[-1]]
    for name in least.seconds:
        yield _linear(name, {size: use.seconds[name] for size, use in used.items()})
    sizes = f"{SIZES[0]:,} to {SIZES[-1]:,} recordings"
    gathers = ", ".join(f"{use.gather * 1e3:.2f}" for use in used.values())
    note = f"{sizes}: {gathers} ms"
    yield SpeedRow(f"gather {BATCH} windows at {SIZES[-1]:,}", most.gather / least.gather, "<=", 1.5, 2, note=note)
    note = "files that stay open, " + sizes + ": " + ", ".join(str(use.descriptors) for use in used.values())
    yield SpeedRow("descriptors", most.descriptors, "<=", 32, 32, note=note)
    note = "MB more in use, mapped files among them, " + sizes + ": "
    note += ", ".join(f"{use.megabytes:.0f}" for use in used.values())
    yield SpeedRow("memory, kB a recording", most.megabytes / SIZES[-1] * 1e3, "<=", note=note)


@dataclass(frozen=True)
class _Use:
    """One size: CPU seconds by what was done, seconds of a gather, files open, and MB of memory more."""

    seconds: Mapping[str, float]
    gather: float
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
    return _Use(timed.seconds, _gather(windows), _descriptors() - open_before, resident_memory() / 1e6 - memory_before)


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


def _gather(windows: Windows) -> float:
    """CPU seconds of a gather of windows drawn at random, after so many that most pages were touched."""
    draw = np.random.default_rng(1)

    def rounds() -> float:
        begin = time.process_time()
        for _ in range(ROUNDS):
            windows.x(draw.integers(0, len(windows), BATCH))
        return (time.process_time() - begin) / ROUNDS

    rounds()
    return rounds()


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
