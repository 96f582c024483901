"""Five walks through the code on a tiny simulated set: which files each passes, and what it does twice.

    python docs/walks.py            one line a walk, each walked in a fresh Python
    python docs/walks.py --files    also its files, the pairs that call each other, and what is read twice

A file is *visited* when a function of it runs; what only a module's own lines do when it is loaded does not count. A
*crossing* is a pair of files of which the first calls the second, directly or through a library: each counts once,
however often it happens, so figures do not depend on the number of folds, epochs or windows. Two files that call each
other go *back and forth*. *Twice* are functions that find, read, parse, load or build something, called from another
file again with equal arguments: one thing is looked up or made a second time. *Loaded* are the files of emoscan in
memory at the end.
"""

import inspect
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import emoscan

ROOT = Path(emoscan.__file__).resolve().parent
FOLDERS = ("signals", "preprocessing", "models", "benchmarks")
DOORS = frozenset({"signals/old_names.py"})
"""Files that only pass a name of a face on, when it is first used."""

PREPARING = re.compile(r"_*(find|read|parse|load|build|decode|from_json|make_learner)(_\w*)?")
"""Names of functions that look something up, or make it of its text."""

PLAIN = (str, Path, int, float, bool, bytes, type(None))


@dataclass
class Walk:
    """What a call passed through.

    Attributes:
        visited: Calls by file, in the order of the first one.
        crossings: How often a function of the first file called one of the second.
        prepared: How often each function that reads or builds was called with equal arguments.
        loaded: Files of emoscan in memory at its end.
    """

    visited: Counter[str] = field(default_factory=Counter)
    crossings: Counter[tuple[str, str]] = field(default_factory=Counter)
    prepared: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    loaded: int = 0

    @property
    def back_and_forth(self) -> list[tuple[str, str]]:
        """Pairs of files that call each other."""
        return sorted(pair for pair in self.crossings if pair[0] < pair[1] and pair[::-1] in self.crossings)

    @property
    def twice(self) -> list[str]:
        """What was read or built more than once, with how often."""
        repeated = [(key, n) for key, n in self.prepared.items() if n > 1]
        return [f"{file}: {name}({words[:90]}) {n} times" for (file, name, words), n in sorted(repeated)]

    def to_json(self) -> dict[str, Any]:
        """The walk as plain data."""
        crossings = [[*pair, count] for pair, count in self.crossings.items()]
        return {"visited": dict(self.visited), "crossings": crossings, "twice": self.twice, "loaded": self.loaded}


@contextmanager
def walked() -> Iterator[Walk]:
    """A walk that notes every call within, on this thread."""
    walk, alive = Walk(), []

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or (file := file_of(frame)) is None or is_loading(frame):
            return
        walk.visited[file] += 1
        if (caller := caller_of(frame)) == file:
            return
        if caller is not None:
            walk.crossings[caller, file] += 1
        if PREPARING.fullmatch(frame.f_code.co_name):
            walk.prepared[file, frame.f_code.co_qualname, arguments(frame, alive)] += 1

    sys.setprofile(note)
    try:
        yield walk
    finally:
        sys.setprofile(None)
        walk.loaded = sum(1 for module in list(sys.modules.values()) if place(getattr(module, "__file__", None)))


FILES: dict[str, str | None] = {}


def place(name: str | None) -> str | None:
    """A file of the package by its path in it; None for any other."""
    if name is None:
        return None
    if name not in FILES:
        path = Path(name)
        inside = path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in FOLDERS
        within = path.relative_to(ROOT).as_posix() if inside else None
        FILES[name] = None if within in DOORS else within
    return FILES[name]


def is_loading(frame: FrameType) -> bool:
    """Whether the lines of a module or a class are run, or something for them: a file is loaded, nobody walks."""
    outer: FrameType | None = frame
    while outer is not None:
        if not outer.f_code.co_flags & inspect.CO_OPTIMIZED and file_of(outer) is not None:
            return True
        outer = outer.f_back
    return False


def file_of(frame: FrameType) -> str | None:
    """The file of the package in which a frame runs."""
    return place(frame.f_code.co_filename)


def caller_of(frame: FrameType) -> str | None:
    """The nearest file of the package further out."""
    outer = frame.f_back
    while outer is not None and file_of(outer) is None:
        outer = outer.f_back
    return None if outer is None else file_of(outer)


def arguments(frame: FrameType, alive: list[Any]) -> str:
    """The arguments of a call as text: plain values as they are, others by which object it is.

    Args:
        frame: The call.
        alive: Keeps the objects, so that no later one is taken for an earlier.
    """
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    values = [frame.f_locals.get(name) for name in code.co_varnames[:count]]
    alive.extend(values)
    return ", ".join(map(word, values))


def word(value: Any) -> str:
    """An argument as text."""
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, list | tuple) and all(isinstance(one, PLAIN) for one in value):
        return repr(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {word(one)}' for key, one in value.items())}}}"
    return value.__name__ if isinstance(value, type) else f"a {type(value).__name__} at {id(value):x}"


def to_disk(folder: Path) -> Callable[[], Any]:
    """A recording to a file on disk: read, features, cache."""
    from emoscan.preprocessing import DifferentialEntropy, MarkFlat, preprocess
    from emoscan.signals import EEGMAT

    dataset = EEGMAT(folder / "data")
    recipe = {"eeg": [MarkFlat(), DifferentialEntropy()]}
    return lambda: preprocess(dataset, recipe, folder / "walked")


def to_prediction(folder: Path) -> Callable[[], Any]:
    """A window to a prediction: cut, scale, network."""
    from emoscan import models
    from emoscan.preprocessing import Cache

    make = models.make_learner
    learned = make("STRNN(hidden=2)", epochs=1).fit(Cache(folder / "cache").windows(4, 4))
    cache = Cache(folder / "cache")
    return lambda: learned.predict(cache.windows(4, 4))


def to_report(folder: Path) -> Callable[[], Any]:
    """``benchmark()`` to a report: folds, trainings, scores."""
    from emoscan.benchmarks import benchmark, leave_one_out
    from emoscan.models import Training
    from emoscan.preprocessing import Cache

    cache, split, training = Cache(folder / "cache"), leave_one_out("subject"), Training(epochs=1)
    return lambda: benchmark(
        cache, "STRNN(hidden=2)", split=split, window=4, training=training, folder=folder / "walked-run"
    )


def to_row(folder: Path) -> Callable[[], Any]:
    """A report in hand to one printed row."""
    from emoscan.benchmarks import Report, compare

    report = Report.load(folder / "run")
    return lambda: compare(report).to_markdown()


def to_page(folder: Path) -> Callable[[], Any]:
    """A run on disk to the HTML page."""
    from emoscan.benchmarks import Report, write_report

    return lambda: write_report([Report.load(folder / "run")], folder / "page.html")


WALKS: dict[str, Callable[[Path], Callable[[], Any]]] = {
    "recording to file": to_disk,
    "window to prediction": to_prediction,
    "benchmark() to report": to_report,
    "report to printed row": to_row,
    "run to HTML page": to_page,
}


def prepare(folder: Path) -> None:
    """Write what the walks start from into an empty folder: a lookalike, a cache, a run."""
    from emoscan.signals import EEGMAT

    (folder / "data").mkdir(parents=True)
    EEGMAT.write_fake(folder / "data")
    to_disk(folder)()
    (folder / "walked").rename(folder / "cache")
    to_report(folder)()
    (folder / "walked-run").rename(folder / "run")


def walk(name: str, folder: Path) -> Walk:
    """One walk over what ``prepare`` wrote."""
    go = WALKS[name](folder)
    with walked() as found:
        go()
    return found


def fresh(name: str, folder: Path) -> dict[str, Any]:
    """One walk in a Python of its own, so that nothing is loaded that it does not need."""
    words = [sys.executable, __file__, "--walk", name, str(folder)]
    return dict(
        json.loads(subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1])
    )


def show(name: str, found: dict[str, Any], files: bool) -> None:
    """Print one walk, with its files if wanted."""
    pairs = {(first, second) for first, second, _ in found["crossings"]}
    both = sorted(pair for pair in pairs if pair[0] < pair[1] and pair[::-1] in pairs)
    counts = (len(found["visited"]), len(pairs), len(both), len(found["twice"]), found["loaded"])
    print(f"{name:24}" + "".join(f"{count:>12}" for count in counts))
    if files:
        print("\n".join([f"    {file} ({calls})" for file, calls in found["visited"].items()]))
        print("\n".join(["  back and forth:", *(f"    {first} <-> {second}" for first, second in both)]))
        print("\n".join(["  twice:", *(f"    {line}" for line in found["twice"])]))


def main(words: list[str]) -> None:
    """Walk all five, or the one that a parent asks for."""
    if words[:1] == ["--walk"]:
        print(json.dumps(walk(words[1], Path(words[2])).to_json()))
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "walks"
        prepare(folder)
        print(f"{'':24}" + "".join(f"{head:>12}" for head in ("visited", "crossings", "both ways", "twice", "loaded")))
        for name in WALKS:
            show(name, fresh(name, folder), "--files" in words)


if __name__ == "__main__":
    main(sys.argv[1:])
