"""The base of every dataset: trials, a task, and a report of what is used and what is skipped."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ..errors import DatasetNotFound, InputError
from ..regular_file import file_bytes
from ..stored_json import parsed_json
from .task import Task
from .trial import Trial

UNKNOWN_SUBJECT = "unknown"
"""The subject of every trial where nobody noted who is who."""

NOTE = "simulated.json"
"""The file beside a lookalike's recordings: it says that nobody was recorded."""


@dataclass(frozen=True)
class Skipped:
    """Something in a dataset's folder that was not used."""

    path: Path
    reason: str


@dataclass(frozen=True)
class DatasetReport:
    """The content of a dataset's folder: identities that occur, the number of trials, and what was skipped."""

    name: str
    simulated: bool
    subjects: tuple[str, ...]
    sessions: tuple[str, ...]
    stimuli: tuple[str, ...]
    n_trials: int
    skipped: tuple[Skipped, ...]


class Dataset(ABC):
    """A folder of recordings that iterates ``Trial``s. To add one, write a subclass in one file (see CONTRIBUTING).

    Trials are cheap: streams are opened, not read. Two passes give the same trials in the same order.

    Attributes:
        name: What tables call it.
        expects: What the folder looks like, in one line, for the "not found" error.
        signs: What the paths of files look like, from the folder to name, that show what it holds: regular expressions.
        access: Where it is asked for, and under which terms.
        run_options, bench_options: What its page types behind ``emo-preprocess run`` and ``emo-train bench``.
        version: Goes up when the reader's result changes, so that stale caches are rebuilt.
        simulated: True when no person was recorded; everything printed says so.
        names_subjects: False where nobody noted who is who: then no split by subject is possible.
        recipe: Steps as text for streams that want others than their kind's default, by series.
        task: What is predicted.
    """

    name: ClassVar[str]
    expects: ClassVar[str]
    signs: ClassVar[tuple[str, ...]] = ()
    access: ClassVar[str] = ""
    run_options: ClassVar[str] = ""
    bench_options: ClassVar[str] = "--split \"leave_one_out('subject')\""
    version: ClassVar[int] = 1
    names_subjects: bool = True
    recipe: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    simulated: bool = False
    task: Task

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        if not self.root.exists():
            raise self.not_found("nothing")
        self.simulated = self.simulated or bool(read_note(self.root))

    @abstractmethod
    def __iter__(self) -> Iterator[Trial]:
        """All trials, sorted by subject, session and trial."""

    @classmethod
    @abstractmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Write a tiny lookalike into the folder ``root``: byte-faithful format, traps included, simulated signals."""

    def skipped(self) -> tuple[Skipped, ...]:
        """Files and folders that are not used, each with the reason."""
        return ()

    def report(self) -> DatasetReport:
        """Count what is here. Opens every trial, reads no samples."""
        trials = list(self)
        return DatasetReport(
            name=self.name,
            simulated=self.simulated,
            subjects=_distinct(t.subject for t in trials),
            sessions=_distinct(t.session for t in trials),
            stimuli=_distinct(t.stimulus for t in trials),
            n_trials=len(trials),
            skipped=self.skipped(),
        )

    def not_found(self, found: str) -> DatasetNotFound:
        """The error for a folder that does not hold this dataset."""
        return DatasetNotFound(self.root, found, f"{self.name}: {self.expects}", "give the folder that holds it")


def read_note(root: Path) -> dict[str, Any]:
    """The note in ``root``; empty where there is none, as beside real recordings.

    Raises:
        InputError: The note is not JSON.
    """
    path = root / NOTE
    if not path.is_file():
        return {}
    try:
        return dict(parsed_json(file_bytes(path)))
    except ValueError as error:
        raise InputError(path, str(error), "the note that write_fake left", "write the fake dataset again") from error


def _distinct(values: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
