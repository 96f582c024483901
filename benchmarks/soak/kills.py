"""Runs that are killed or ended, then started again: they must leave what an undisturbed one leaves."""

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .children import Ended
from .count import Count
from .undisturbed import Bench
from .works import Work

USUAL = 100
"""Kills of a run of the usual length, over all works."""

AT_CALLS = 0.4
"""Share of these that strike where files change their names, as long as there are such places left."""

ENDED = 12
"""Runs that are ended by SIGTERM or Ctrl-C, of a run of the usual length."""

TWICE = 0.3
"""Share of killed runs that are killed again when they go on."""

BEGUN = 0.3
"""Seconds in which a command begins to listen to signals."""

TRIES = 5
"""How often a moment is drawn anew when the process was over before it."""

_CALLS = ("replace", "unlink", "rmdir")

_WORDS = {signal.SIGTERM: (143, "terminated"), signal.SIGINT: (130, "interrupted")}


def rows(folder: Path, times: int, seed: int) -> Iterator[Count]:
    """Kills around each publishing, kills at random moments, and runs that were ended.

    Args:
        folder: An empty one to work in.
        times: A multiple of the usual number.
        seed: Of the moments.
    """
    bench, chance = Bench.of(folder), np.random.default_rng(seed)
    struck = 0
    for count in at_calls(bench, round(USUAL * AT_CALLS * times), chance):
        struck += count.tried
        yield count
    for work, number in bench.shared_out(USUAL * times - struck):
        yield killed_at_random(bench, work, number, chance)
    for work, number in bench.shared_out(ENDED * times):
        yield ended(bench, work, number, chance)


def at_calls(bench: Bench, most: int, chance: np.random.Generator) -> Iterator[Count]:
    """Kills right before and right after calls that give files their names, or take them away.

    Args:
        bench: The works; those that start processes are left out, as it is these that publish.
        most: How many kills; fewer where there are fewer such places.
        chance: Of the places, where there are more.
    """
    works = [work for work in bench.works if "-jobs" not in work.name]
    places = [
        (work, number, after) for work in works for number in range(_n_calls(bench, work)) for after in (False, True)
    ]
    if len(places) > most:
        places = [places[place] for place in sorted(chance.choice(len(places), most, replace=False))]
    for work in works:
        wrong, tried = [], 0
        for _, number, after in (place for place in places if place[0] is work):
            end = bench.started(work, bench.emptied(), partial(_kill_at, number, after)).finished()
            fault = bench.resumed(work) if end.code == -signal.SIGKILL else f"not struck, but {end.wrong}"
            tried += 1
            wrong += [f"{'after' if after else 'before'} call {number}: {fault}"] if fault else []
        yield Count(f"killed as a file gets its name, then run again: {work.name}", tried, tuple(wrong))


def killed_at_random(bench: Bench, work: Work, number: int, chance: np.random.Generator) -> Count:
    """Kills of a work at random moments, each of the process alone or of its group, until so many have struck."""
    wrong, struck, again = [], 0, 0
    for _ in range(number * TRIES):
        if struck == number:
            break
        here, moments = bench.emptied(), []
        for kill in range(1 + int(chance.random() < TWICE)):
            after, group = float(chance.uniform(0, bench.undisturbed[work.name].seconds)), bool(chance.random() < 0.5)
            child = bench.started(work, here)
            end = child.ended(after) or child.struck(signal.SIGKILL, group=group)
            if end.code == -signal.SIGKILL:
                moments.append(f"{after:.3f} s{' (group)' if group else ''}")
                again += kill
        fault = bench.resumed(work)
        if moments:
            struck += 1
            wrong += [f"killed after {', '.join(moments)}: {fault}"] if fault else []
    return Count(f"killed at random, then run again: {work.name}", struck, tuple(wrong), f"{again} killed twice")


def ended(bench: Bench, work: Work, number: int, chance: np.random.Generator) -> Count:
    """Runs of a work that SIGTERM or Ctrl-C ends at random moments: 143 or 130, one line, and on they go."""
    wrong, struck = [], 0
    for _ in range(number * TRIES):
        if struck == number:
            break
        how = signal.SIGTERM if chance.random() < 0.5 else signal.SIGINT
        after = float(chance.uniform(0, bench.undisturbed[work.name].seconds))
        child, group = bench.started(work, bench.emptied()), bool(chance.random() < 0.5)
        end = child.ended(after) or child.struck(how, group=group)
        if end.code == 0 or (end.seconds < BEGUN and end.code != _WORDS[how][0]):
            continue
        struck += 1
        fault = _wrong_end(bench, work, end, how) or bench.resumed(work)
        wrong += [f"{how.name} after {after:.3f} s{' (group)' if group else ''}: {fault}"] if fault else []
    return Count(f"ended by SIGTERM or Ctrl-C, then run again: {work.name}", struck, tuple(wrong))


def _wrong_end(bench: Bench, work: Work, end: Ended, how: signal.Signals) -> str:
    code, word = _WORDS[how]
    line = f"{bench.program(work)}: {word}; what was finished is kept, run it again to go on"
    # a result that was waiting to be printed may come behind it
    if end.code != code or end.lines.count(line) != 1 or "Traceback" in end.text:
        return f"ends with {end.code}, having printed {' / '.join(end.lines[-3:])}"
    left = [path.name for path in bench.here.rglob(".*.part")]
    return f"leaves {left[0]}" if left else ""


def _n_calls(bench: Bench, work: Work) -> int:
    """How many of these calls an undisturbed run makes."""
    here = bench.emptied()
    counted = here.parent / "calls"
    counted.write_text("", encoding="utf-8")
    bench.started(work, here, partial(_at_each_call, lambda number, after: _note(counted, after))).finished()
    return len(counted.read_text(encoding="utf-8"))


def _note(path: Path, after: bool) -> None:
    if after:
        with path.open("a") as file:
            file.write("x")


def _kill_at(number: int, after: bool) -> None:
    def strike(call: int, behind: bool) -> None:
        if (call, behind) == (number, after):
            os.kill(os.getpid(), signal.SIGKILL)

    _at_each_call(strike)


def _at_each_call(do: Callable[[int, bool], None]) -> None:
    """Have ``do`` called before and after each call that changes names of files but parts, with its number."""
    numbers = iter(range(1_000_000))
    for name in _CALLS:
        setattr(os, name, partial(_watched, getattr(os, name), do, numbers))


def _watched(
    call: Callable[..., Any], do: Callable[[int, bool], None], numbers: Iterator[int], *args: Any, **settings: Any
) -> Any:
    if len(args) == 1 and (str(args[0]).endswith(".part") or not Path(args[0]).is_absolute()):
        return call(*args, **settings)
    number = next(numbers)
    do(number, False)
    result = call(*args, **settings)
    do(number, True)
    return result
