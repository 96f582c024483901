"""The works beside what an undisturbed run of each leaves, against which every other is held."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from .children import Child, list_modules, load_all, started
from .works import WORKS, Outcome, Work, cleared, difference, outcome, write_studies


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody disturbed: its seconds, and what it left."""

    seconds: float
    left: Outcome


@dataclass(frozen=True)
class Bench:
    """All works, done once, in a folder in which they are done again and again.

    Args:
        folder: Where ``made`` holds what works read, and ``here`` what the one at work writes.
        works: What is done.
        undisturbed: By the name of a work.
    """

    folder: Path
    works: tuple[Work, ...]
    undisturbed: Mapping[str, Undisturbed]
    _groups: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path, names: Sequence[str] = ()) -> "Bench":
        """The works of these names, or all, each done twice undisturbed: times are those of the second.

        Raises:
            RuntimeError: One fails, or leaves something else the second time.
        """
        write_studies(folder / "made")
        works = [work for work in WORKS if not names or work.name in names or _is_read(work, names)]
        bench = cls(folder, tuple(work for work in works if not names or work.name in names), {})
        known = {work.name: bench._first(work) for work in works}
        return cls(folder, bench.works, known)

    @property
    def here(self) -> Path:
        """Where the work writes."""
        return self.folder / "here"

    @property
    def made(self) -> Path:
        """What works read."""
        return self.folder / "made"

    def program(self, work: Work) -> str:
        """The name of the program, with which its lines begin."""
        return work.command(self.made, self.here)[0]

    def emptied(self) -> Path:
        """The folder to work in, empty; what is left of the last run's processes is killed."""
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self._groups.clear()
        return cleared(self.here)

    def started(self, work: Work, here: Path, before: Callable[[], None] | None = None) -> Child:
        """A work in a process; ``before`` is called in it first."""
        log = cleared(self.folder / "log" / str(len(self._groups))) / "log.txt"
        child = started(work.command(self.made, here), log, before)
        self._groups.append(child.number)
        return child

    def resumed(self, work: Work) -> str:
        """What is wrong after a work has been started again and has ended; empty if nothing is."""
        end = self.started(work, self.here).finished()
        return end.wrong or difference(self.undisturbed[work.name].left, outcome(self.here))

    def shared_out(self, number: int) -> Iterator[tuple[Work, int]]:
        """The works, and how often each is done when quick ones are done more often, and each once at least."""
        shares = [work.weight / self.undisturbed[work.name].seconds for work in self.works]
        for work, share in zip(self.works, shares, strict=True):
            yield work, max(1, round(number * share / sum(shares)))

    def _first(self, work: Work) -> Undisturbed:
        found, modules = [], self.folder / "modules"
        for before in (partial(list_modules, modules), None):
            end = self.started(work, self.emptied(), before).finished()
            load_all(modules)
            if end.wrong:
                raise RuntimeError(f"{work.name} {end.wrong} though nobody disturbed it")
            found.append(Undisturbed(end.seconds, outcome(self.here)))
        if differs := difference(found[0].left, found[1].left):
            raise RuntimeError(f"{work.name} leaves something else each time: {differs}")
        shutil.move(self.here / work.name, self.made / work.name)
        return found[1]


def _is_read(work: Work, names: Sequence[str]) -> bool:
    return any(work.name in other.reads for other in WORKS if other.name in names)
