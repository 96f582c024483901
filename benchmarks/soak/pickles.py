"""Fuzzed pickles: whatever stands in one, it is read as plain values or refused with one error, within a second."""

import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from ...signals import InputError
from ...signals.files.plain_pickle import read_plain_pickle
from .count import Count
from .hostile.pickle_mutations import bombs, constructed, mutated, whole_pickles

_EACH = 1_000
"""Of each of the two kinds at ``--times 1``."""

_SECONDS = 1.0
"""Of work that no pickle may take."""

_RUNS = ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "exec", "compile", "import", "socket.connect")
"""Events of the interpreter that say that something was run; reading plain values raises none of them."""


def rows(folder: Path, times: int, seed: int) -> Iterator[Count]:
    """Counts of pickles mutated, put together, and made to be slow."""
    path, whole = folder / "content.pkl", whole_pickles()
    for content in whole:  # whatever the reader imports, it imports now
        path.write_bytes(content)
        read_plain_pickle(path)
    draws = {f"{number}|{seed}": random.Random(f"{number}|{seed}") for number in range(_EACH * times)}
    changed = ((key, mutated(draw, draw.choice(whole))) for key, draw in draws.items())
    yield _count("pickles mutated", changed, path)
    yield _count("pickles put together", ((key, constructed(draw)) for key, draw in draws.items()), path)
    yield _count("pickles of much work", bombs().items(), path)


def _count(name: str, pickles: Iterable[tuple[str, bytes]], path: Path) -> Count:
    wrong, outcomes, slowest = [], Counter[str](), 0.0
    for key, content in pickles:
        path.unlink()  # some systems put on the disk at once what is written over a file
        path.write_bytes(content)
        outcome, seconds = read_outcome(path)
        slowest = max(slowest, seconds)
        if outcome not in ("refused", "read") or seconds > _SECONDS:
            wrong.append(f"{key}: {outcome}, {seconds:.1f} s")
        outcomes[outcome] += 1
    counted = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common(3))
    return Count(name, outcomes.total(), tuple(wrong), f"{counted}; slowest {slowest:.2f} s of work")


def read_outcome(path: Path) -> tuple[str, float]:
    """How reading a pickle ended, as ``"read"``, ``"refused"`` or what went wrong, and the seconds of work it took."""
    events = _events()
    events.clear()
    begin = time.process_time()
    try:
        read_plain_pickle(path)
        outcome = "read"
    except InputError as error:
        outcome = "refused" if "\n" not in str(error) and len(str(error)) < 2_000 else f"refused with {error!s:.100}"
    except Exception as error:
        outcome = f"{type(error).__name__}: {error!s:.100}"
    seconds = time.process_time() - begin
    return f"runs {events[0]}" if events else outcome, seconds


@lru_cache(maxsize=1)
def _events() -> list[str]:
    """What this process runs from now on; a hook cannot be taken away again, so there is one."""
    events: list[str] = []
    sys.addaudithook(lambda event, _: events.append(event) if event in _RUNS else None)
    return events
