"""``python -m emoscan.benchmarks.soak [names] [--times N]``: run the soak files and print one table of counts."""

import argparse
import importlib
import os
import pkgutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..speed.timing import ONE_THREAD
from .count import WRONG_SHOWN, Count

WIDTH = 140
"""Columns of the table, at least."""

Rows = Callable[[Path, int, int], Iterator[Count]]
"""What a soak file offers as ``rows``: counts, from an empty folder, a multiple of its usual number, and a seed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named soak files, or all; 1 when anything went wrong, else 0."""
    files = _files()
    parser = soak_parser(files)
    typed = parser.parse_args(arguments)
    unknown = [name for name in typed.names if name not in files]
    if unknown:
        parser.error(f"no soak file called {', '.join(unknown)}; there are {', '.join(files)}")
    counts = list(_run({name: files[name] for name in typed.names or files}, typed.times, typed.seed))
    console = Console()
    Console(width=max(console.width, WIDTH)).print(table(counts))
    return int(any(count.wrong for count in counts))


def soak_parser(files: Iterable[str] = ()) -> argparse.ArgumentParser:
    """The reader of the command line; ``files`` are the names that may be typed."""
    parser = argparse.ArgumentParser(prog="python -m emoscan.benchmarks.soak", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which files to run: {', '.join(files)}")
    parser.add_argument("--times", type=int, default=1, help="a multiple of how often each thing is tried")
    parser.add_argument("--seed", type=int, default=0, help="of the moments, bits and mutations")
    return parser


def table(counts: Iterable[Count]) -> Table:
    """All counts, the first wrong cases of each among its notes."""
    printed = Table("what", "tried", "right", "wrong", "note", title="Soak: what was tried, and how it ended")
    for count in counts:
        style = "bold red" if count.wrong else "green"
        notes = "\n".join(filter(None, (count.note, *count.wrong[:WRONG_SHOWN])))
        wrong = f"[{style}]{len(count.wrong):,}[/]"
        printed.add_row(escape(count.what), f"{count.tried:,}", f"{count.right:,}", wrong, escape(notes))
    return printed


def _files() -> Mapping[str, Rows]:
    package = __package__ or "emoscan.benchmarks.soak"
    modules = (entry.name for entry in pkgutil.iter_modules([os.path.dirname(__file__)]) if entry.name != "__main__")
    loaded = {name: importlib.import_module(f"{package}.{name}") for name in modules}
    return {name: module.rows for name, module in sorted(loaded.items()) if hasattr(module, "rows")}


def _run(files: Mapping[str, Rows], times: int, seed: int) -> Iterator[Count]:
    status = Console(stderr=True)
    for name, rows in files.items():
        begin = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f"soak-{name}-") as folder:
            for count in rows(Path(folder), times, seed):
                for wrong in count.wrong:
                    status.print(f"{name}: WRONG: {count.what}: {wrong}", markup=False, highlight=False, soft_wrap=True)
                took = time.monotonic() - begin
                line = f"{name}: {count.what}: {count.right:,} of {count.tried:,} right, {took:,.0f} s {count.note}"
                status.print(line.rstrip(), markup=False, highlight=False, soft_wrap=True)
                yield count


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        command = [sys.executable, "-m", "emoscan.benchmarks.soak", *sys.argv[1:]]
        os.execvpe(sys.executable, command, {**os.environ, **ONE_THREAD})
    sys.exit(main())
