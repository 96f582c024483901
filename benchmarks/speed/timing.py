"""How speed is measured here: variants interleaved in one process, one thread, CPU time, ratios instead of seconds."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

BUSY = 1.5
"""Median over minimum of one variant above which the machine was too busy for a verdict."""

SHORTEST = 0.02
"""Seconds that a variant runs in a round at least: quicker ones are called several times."""


@dataclass(frozen=True)
class Ratio:
    """How many times longer one variant takes than another: the median and the minimum over rounds."""

    median: float
    minimum: float


@dataclass(frozen=True, eq=False)
class Timing:
    """Seconds a call, by variant: (rounds,) each, and whether more CPU time than wall time went by."""

    seconds: Mapping[str, np.ndarray]
    stray_threads: bool = False

    def ratio(self, slow: str, fast: str) -> Ratio:
        """Seconds of ``slow`` over seconds of ``fast``, one ratio a round."""
        ratios = self.seconds[slow] / self.seconds[fast]
        return Ratio(float(np.median(ratios)), float(ratios.min()))

    @property
    def void(self) -> bool:
        """Whether nothing can be said: the machine was busy, or threads ran that should not have."""
        return self.stray_threads or any(np.median(s) / s.min() > BUSY for s in self.seconds.values())


ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""What numpy and its kin read when they are loaded."""


@dataclass(frozen=True)
class SpeedRow:
    """One goal and what was measured.

    Args:
        name: What is compared.
        value: The measured ratio or quantity.
        unit: ``"x"`` where more is better, ``"<="`` where less is better.
        target: What a release should show; None for a number that has no goal.
        floor: Beyond it the run is a regression; ``target`` lies on its better side.
        note: What else a reader should know, as in the minimum over rounds.
        void: The measurement says nothing.
    """

    name: str
    value: float
    unit: Literal["x", "<="]
    target: float | None = None
    floor: float | None = None
    note: str = ""
    void: bool = False

    @property
    def verdict(self) -> Literal["target", "floor", "below floor", "void", "no goal"]:
        """Which of the two goals is met."""
        if self.void:
            return "void"
        if self.target is None or self.floor is None:
            return "no goal"
        if self._meets(self.target):
            return "target"
        return "floor" if self._meets(self.floor) else "below floor"

    def _meets(self, goal: float) -> bool:
        return self.value >= goal if self.unit == "x" else self.value <= goal


def measure(
    variants: Mapping[str, Callable[[], object]], rounds: int = 7, clock: Callable[[], float] = time.process_time
) -> Timing:
    """Call every variant once to warm up, then all of them in each of ``rounds`` rounds.

    Use the default ``clock`` (CPU time) with one thread; wall time (``time.perf_counter``) only for what waits.
    """
    calls = {name: _calls(run) for name, run in variants.items()}
    taken: dict[str, list[float]] = {name: [] for name in variants}
    elapsed = 0.0
    for _ in range(rounds):
        for name, run in variants.items():
            wall, begin = time.perf_counter(), clock()
            for _ in range(calls[name]):
                run()
            taken[name].append((clock() - begin) / calls[name])
            elapsed += time.perf_counter() - wall
    used = sum(calls[name] * sum(times) for name, times in taken.items())
    return Timing({name: np.array(times) for name, times in taken.items()}, stray_threads=used > 1.1 * elapsed)


def faster(
    name: str, timing: Timing, slow: str, fast: str, target: float | None = None, floor: float | None = None
) -> SpeedRow:
    """The row that says how many times faster ``fast`` is than ``slow``."""
    ratio = timing.ratio(slow, fast)
    return SpeedRow(name, ratio.median, "x", target, floor, note=f"minimum {ratio.minimum:.3g}", void=timing.void)


def within(
    name: str, timing: Timing, ours: str, limit: str, target: float | None = None, floor: float | None = None
) -> SpeedRow:
    """The row that says how many times the time of ``limit`` is taken by ``ours``."""
    ratio = timing.ratio(ours, limit)
    return SpeedRow(name, ratio.median, "<=", target, floor, note=f"minimum {ratio.minimum:.3g}", void=timing.void)


def resident_memory() -> int:
    """Bytes of memory that this process has in use, mapped pages of files among them; 0 where no system tells."""
    status = Path("/proc/self/status")
    found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
    return 1024 * int(found[1]) if found else 0


def _calls(run: Callable[[], object]) -> int:
    begin = time.perf_counter()
    run()
    return max(1, round(SHORTEST / max(time.perf_counter() - begin, 1e-6)))
