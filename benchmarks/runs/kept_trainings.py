"""Trainings of every fold and seed, each stored as soon as it is done: a killed run goes on where it was."""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from ...preprocessing.building.progress import Progress, in_words, progress_bar
from ...preprocessing.building.workers import Workers, backend
from ...signals.files.publishing import sweep

T = TypeVar("T")

Key = tuple[int, int]
"""The number of a fold, and a seed."""


_LONG = 10.0
"""Seconds of trainings that are worth a line before they are over."""


class Trainer(Protocol[T]):
    """One training by fold and seed, and the storage of its result; processes get copies of it."""

    @property
    def title(self) -> str:
        """The text beside the bar."""

    @property
    def keys(self) -> Sequence[Key]:
        """Every fold with every seed, in the order of the results."""

    def train(self, fold: int, seed: int) -> T:
        """The result of one training."""

    def write(self, result: T, file: Path) -> None:
        """Publish a result in ``file``, whole or not at all."""

    def read(self, file: Path) -> T | None:
        """The result that was published; None where there is none of this very training."""


@dataclass(frozen=True)
class KeptTrainings:
    """The store of a run's finished trainings until its end.

    Args:
        run: The folder of the run; None stores nothing.
    """

    run: Path | None

    def results(self, trainer: Trainer[T], workers: Workers, whole: Progress | None = None) -> list[T]:
        """The result of every fold and seed, in the order of the trainer's keys; those that are stored are read.

        Args:
            trainer: What trains.
            workers: Where.
            whole: The progress of all trainings of a command, of which these are some; None shows that of these.
        """
        from joblib import delayed

        parts = self._opened()
        done = {} if parts is None else _stored(trainer, parts)
        todo = [key for key in trainer.keys if key not in done]
        bar = (
            nullcontext(whole) if whole else progress_bar(trainer.title, len(trainer.keys), at_a_time=workers.at_a_time)
        )
        with backend(workers) as run, bar as progress:
            progress(len(done), stored=True)
            these = Progress(len(todo), workers.at_a_time)
            calls = [(_words(trainer, key), delayed(_train_and_store)(trainer, key, parts)) for key in todo]
            for key, result in run(calls):
                done[key] = result
                progress(1)
                these(1)
                if these.done == 1:
                    _foretell(trainer.title, these, progress)
        return [done[key] for key in trainer.keys]

    def clear(self) -> None:
        """Remove the stored trainings: the run has its result."""
        if self.run is None or not self._parts(self.run).is_dir():
            return
        for file in self._parts(self.run).iterdir():
            file.unlink(missing_ok=True)
        self._parts(self.run).rmdir()

    def _opened(self) -> Path | None:
        """The folder of the parts, without what killed writers left behind."""
        if self.run is None:
            return None
        parts = self._parts(self.run)
        parts.mkdir(parents=True, exist_ok=True)
        sweep(parts)
        return parts

    @staticmethod
    def _parts(run: Path) -> Path:
        return run / "parts"


def _foretell(title: str, these: Progress, whole: Progress) -> None:
    """Say after the first of a model's trainings how long all take: the pace of one model is not that of another."""
    seconds = these.seconds + (these.left or 0)
    others = whole.total - whole.done - (these.total - these.done)
    of_others = seconds * others / these.total
    line = (
        f"{title}: the first training took {in_words(these.seconds)}; all {these.total:.0f} about {in_words(seconds)}"
    )
    if others:
        line += f", and the other {others:.0f} about {in_words(of_others)} if they take as long"
    if seconds + of_others >= _LONG and whole.done < whole.total:
        print(line, file=sys.stderr, flush=True)


def _words(trainer: Trainer[T], key: Key) -> str:
    """What is trained, for whoever must find out what became of it."""
    fold, seed = key
    return f"{trainer.title}, fold {fold}, seed {seed}"


def _file(parts: Path, key: Key) -> Path:
    """The file of a training."""
    fold, seed = key
    return parts / f"fold{fold}-seed{seed}.npz"


def _stored(trainer: Trainer[T], parts: Path) -> dict[Key, T]:
    results = {}
    for key in trainer.keys:
        if (result := trainer.read(_file(parts, key))) is not None:
            results[key] = result
    return results


def _train_and_store(trainer: Trainer[T], key: Key, parts: Path | None) -> tuple[Key, T]:
    """The result of one training, stored by the process that trained: a run killed before it hears of it keeps it."""
    if parts is None:
        return key, trainer.train(*key)
    file = _file(parts, key)  # there already where another process was killed before this one was heard
    if file.exists() and (stored := trainer.read(file)) is not None:
        return key, stored
    result = trainer.train(*key)
    trainer.write(result, file)
    return key, result
