"""Trainings of every fold and seed, each kept on disk as soon as it is done: a killed run goes on where it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from ...preprocessing.building.progress import progress_bar
from ...preprocessing.building.workers import Workers, backend
from ...signals.files.publishing import sweep

T = TypeVar("T")

Key = tuple[int, int]
"""The number of a fold, and a seed."""


class Trainer(Protocol[T]):
    """What one training is, and how its result is kept; processes get copies of it."""

    @property
    def title(self) -> str:
        """What stands beside the bar."""

    @property
    def keys(self) -> Sequence[Key]:
        """Every fold with every seed, in the order of the results."""

    def train(self, fold: int, seed: int) -> T:
        """The result of one training."""

    def write(self, result: T, folder: Path, fold: int, seed: int) -> None:
        """Publish a result in ``folder``, whole or not at all."""

    def read(self, folder: Path, fold: int, seed: int) -> T | None:
        """The result that was published; None where there is none of this very training."""


@dataclass(frozen=True)
class KeptTrainings:
    """Where finished trainings of a run are kept until its end.

    Args:
        run: The folder of the run; None keeps nothing.
    """

    run: Path | None

    def results(self, trainer: Trainer[T], workers: Workers) -> list[T]:
        """The result of every fold and seed, in the order of the trainer's keys; what is kept is read."""
        from joblib import delayed

        parts = self._opened()
        done = {} if parts is None else _kept(trainer, parts)
        todo = [key for key in trainer.keys if key not in done]
        with backend(workers) as run, progress_bar(trainer.title, len(trainer.keys)) as advance:
            advance(len(done))
            for key, result in run(delayed(_trained)(trainer, key, parts) for key in todo):
                done[key] = result
                advance(1)
        return [done[key] for key in trainer.keys]

    def clear(self) -> None:
        """Remove what was kept: the run has its result."""
        if self.run is None:
            return
        for part in self._parts(self.run).iterdir():
            part.unlink()
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


def part_path(folder: Path, fold: int, seed: int, kind: str = "") -> Path:
    """The file of a training."""
    return folder / f"fold{fold}-seed{seed}{kind}.npz"


def _kept(trainer: Trainer[T], parts: Path) -> dict[Key, T]:
    found = ((key, trainer.read(parts, *key)) for key in trainer.keys)
    return {key: result for key, result in found if result is not None}


def _trained(trainer: Trainer[T], key: Key, parts: Path | None) -> tuple[Key, T]:
    """One training, kept before anybody hears of it."""
    result = trainer.train(*key)
    if parts is not None:
        trainer.write(result, parts, *key)
    return key, result
