"""Runs for which the disk has no room left, then with room: one line, and then what an undisturbed run leaves."""

import errno
import os
import resource
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .count import Count
from .undisturbed import Bench
from .works import Work

USUAL = 20
"""Runs of a run of the usual length, over all works."""

SMALLEST = 4096
"""Bytes that a file may have at least, so that what a run prints has room."""

_CALLS = ("posix_fallocate", "fsync")


def rows(folder: Path, times: int, seed: int) -> Iterator[Count]:
    """Runs of each work without room: for large files, or from some call on.

    Args:
        folder: An empty one to work in.
        times: A multiple of the usual number.
        seed: Of the sizes and calls.
    """
    bench, chance = Bench.of(folder), np.random.default_rng(seed)
    for work, number in bench.shared_out(USUAL * times):
        yield without_room(bench, work, number, chance)


def without_room(bench: Bench, work: Work, number: int, chance: np.random.Generator) -> Count:
    """Runs of one work without room, and what was wrong with the line they said or what they left in the end."""
    wrong, full = [], 0
    for _ in range(number):
        size, call = int(chance.integers(SMALLEST, 60_000)), int(chance.integers(0, 30))
        limits = bool(chance.random() < 0.5)
        before = partial(_limit, size) if limits else partial(_full_from, call)
        end = bench.started(work, bench.emptied(), before).finished()
        full += end.code != 0
        said = bool(end.lines) and "no room" in end.lines[-1] and "Traceback" not in end.text
        fault = "" if end.code == 0 or (end.code == 2 and said) else end.wrong
        left = [path.name for path in bench.here.rglob(".*.part")]
        fault = fault or (f"leaves {left[0]}" if left else "") or bench.resumed(work)
        where = f"files up to {size} bytes" if limits else f"room up to call {call}"
        wrong += [f"{where}: {fault}"] if fault else []
    return Count(f"no room on the disk, then run again: {work.name}", number, tuple(wrong), f"{full} met its end")


def _limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def _full_from(call: int) -> None:
    """Have all calls from one on find no room."""
    numbers = iter(range(1_000_000))
    for name in _CALLS:
        setattr(os, name, partial(_refusing, getattr(os, name), numbers, call))


def _refusing(call: Callable[..., Any], numbers: Iterator[int], first: int, *args: Any) -> Any:
    if next(numbers) >= first:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return call(*args)
