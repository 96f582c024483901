"""``python -m emoscan.benchmarks.speed [names]``: run the speed files and print one table of ratios against goals."""

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table

from .timing import ONE_THREAD, SpeedRow

WIDTH = 140
"""Columns of the table, at least."""

STYLES = {"target": "green", "floor": "yellow", "below floor": "bold red", "void": "dim", "no goal": "dim"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named speed files, or all; 1 when a row is below its floor, else 0."""
    files = _files()
    parser = argparse.ArgumentParser(prog="python -m emoscan.benchmarks.speed", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which files to run: {', '.join(files)}")
    names = parser.parse_args(arguments).names or list(files)
    unknown = [name for name in names if name not in files]
    if unknown:
        parser.error(f"no speed file called {', '.join(unknown)}; there are {', '.join(files)}")
    rows = list(_run({name: files[name] for name in names}))
    console = Console()
    Console(width=max(console.width, WIDTH)).print(table(rows))
    return int(any(row.verdict == "below floor" for row in rows))


def table(rows: Iterable[SpeedRow]) -> Table:
    """All rows: each measured value beside its target and floor."""
    printed = Table("goal", "measured", "target", "floor", "verdict", "note", title="Speed: ratios measured in one run")
    for row in rows:
        value, target, floor = (_with_unit(row, number) for number in (row.value, row.target, row.floor))
        printed.add_row(row.name, value, target, floor, f"[{STYLES[row.verdict]}]{row.verdict}[/]", row.note)
    return printed


def _with_unit(row: SpeedRow, number: float | None) -> str:
    if number is None:
        return "-"
    if row.unit == "x":
        return f"{number:.3g}x"
    return f"{number:.3g}" if number is row.value else f"<= {number:.3g}"


def _files() -> dict[str, Callable[[], Iterator[SpeedRow]]]:
    package = __package__ or "emoscan.benchmarks.speed"
    modules = (entry.name for entry in pkgutil.iter_modules([os.path.dirname(__file__)]) if entry.name != "__main__")
    loaded = {name: importlib.import_module(f"{package}.{name}") for name in modules}
    return {name: module.rows for name, module in sorted(loaded.items()) if hasattr(module, "rows")}


def _run(files: dict[str, Callable[[], Iterator[SpeedRow]]]) -> Iterator[SpeedRow]:
    _one_thread()
    status = Console(stderr=True)
    for name, rows in files.items():
        for row in rows():
            status.print(f"{name}: {row.name}: {row.value:.3g} ({row.verdict})", highlight=False)
            yield row


def _one_thread() -> None:
    """Numpy reads the environment when it is loaded; torch and OpenCV are set."""
    for module, setter in (("torch", "set_num_threads"), ("cv2", "setNumThreads")):
        if module in sys.modules:
            getattr(sys.modules[module], setter)(1)


def _start_again_with_one_thread() -> None:
    command = [sys.executable, "-m", "emoscan.benchmarks.speed", *sys.argv[1:]]
    os.execvpe(sys.executable, command, {**os.environ, **ONE_THREAD})


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        _start_again_with_one_thread()
    sys.exit(main())
