"""Volumes on disk, read like a sequence."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..signals import UNKNOWN_SUBJECT, CacheCorrupt, InputError, Layout, RatedClasses, Task, Volume
from .array_truth import ArrayTruth
from .arrays import Arrays, publish_arrays
from .cache_file import CacheFile, Series, SeriesFacts, open_file, recorded_samples
from .cache_index import Index, IndexedFile, LeftOut
from .joint_windows import JointWindows, cut_joint
from .samples import same_samples
from .windows import Windows, cut

if TYPE_CHECKING:
    from .classed_cache import ClassedCache

_OPEN = 512
"""Files kept mapped at a time; each holds a file descriptor."""

_COLUMNS = ("subject", "session", "stimulus", "part", "trial", "category", "learned", "samples")


class Cache:
    """A folder of volumes: ``cache[i]`` is trial i as ``{series: Volume}``, its ``x`` a read-only view of the file.

    A series that was not recorded in a trial is missing there.

    Files are opened when needed, verified, and mapped into memory; a cache may be pickled and used after a fork.
    Columns are arrays over the trials: ``subject``, ``session``, ``stimulus``, ``part`` (str), ``trial`` and
    ``category`` (int, -1 where the category is missing or changes within the trial), ``learned`` (bool: a network that
    made its features was trained on it), ``samples`` (int, the first trial that holds the same samples: equal numbers
    are one recording under two names).

    Args:
        path: The folder that ``preprocess`` or ``emo-preprocess run`` made.

    Raises:
        InputError: No finished cache is there, or it is empty.
        CacheCorrupt: Its bytes changed. Also raised later, by whatever first reads a file.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.index = Index.read(self.path)
        self._files: dict[int, CacheFile] = {}
        self._place = [(f, t) for f, file in enumerate(self.index.files) for t in file.kept]
        if not self._place:
            raise InputError(self.path, "no trials", "one or more", "run emo-preprocess run again")
        self.subject, self.session = self._of_file("subject"), self._of_file("session")
        self.stimulus, self.trial = self._of_trial("stimulus"), self._of_trial("trial")
        self.part, self.category = self._of_trial("part"), self._of_trial("category")
        self.learned = self._of_trial("learned")

    def __len__(self) -> int:
        return len(self._place)

    def __getitem__(self, i: int) -> dict[str, Volume]:
        file, number = self._place[i]
        opened = self.file(file)
        return {name: opened.volume(name, number) for name in self.modalities if opened.holds(name, number)}

    def __iter__(self) -> Iterator[dict[str, Volume]]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        simulated = ", simulated" if self.simulated else ""
        return f"Cache({str(self.path)!r}: {self.dataset}{simulated}, {len(self)} trials, {', '.join(self.modalities)})"

    def __reduce__(self) -> tuple[Callable[..., "Cache"], tuple[Any, ...]]:
        return _reopened, (self.path, self.index.digest)

    @property
    def dataset(self) -> str:
        """Name of the dataset it was made from."""
        return self.index.dataset

    @property
    def simulated(self) -> bool:
        """Whether no person was recorded."""
        return self.index.simulated

    @property
    def task(self) -> Task:
        """What is predicted."""
        return self.index.task

    @property
    def names_subjects(self) -> bool:
        """Whether somebody noted who is who."""
        return self.index.names_subjects and not bool(np.all(self.subject == UNKNOWN_SUBJECT))

    @property
    def recipe(self) -> dict[str, list[str]]:
        """The steps that made each series, as text."""
        return {name: list(steps) for name, steps in self.index.recipe.items()}

    @property
    def skipped(self) -> tuple[LeftOut, ...]:
        """What is not in the cache, and why."""
        return self.index.skipped

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the series."""
        return tuple(self.index.series)

    @cached_property
    def samples(self) -> np.ndarray:
        """(trials,) the first trial that holds the same samples in any series; its own place where no other does.

        Computed from the files where a version of old wrote them.
        """
        of_file = [recorded_samples(self.path / f.name, f.digest, f.trials) for f in self.index.files]
        return same_samples([of_file[file][number] for file, number in self._place])

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """The columns by name, (trials,) each."""
        return {name: getattr(self, name) for name in _COLUMNS}

    def layout(self, modality: str = "eeg") -> Layout:
        """The sites of a series."""
        return self.facts(modality).layout

    def features(self, modality: str = "eeg") -> tuple[str, ...]:
        """Names of a series's features."""
        return self.facts(modality).features

    def duration(self, modality: str = "eeg") -> float:
        """Seconds that a slice of a series covers."""
        return self.facts(modality).duration

    def causal(self, modality: str = "eeg") -> bool:
        """Whether no slice of a series depends on what came after it."""
        return self.facts(modality).causal

    def facts(self, modality: str) -> SeriesFacts:
        """What is true of a series in every trial.

        Raises:
            InputError: The cache holds no such series; lists those it holds.
        """
        if modality not in self.index.series:
            raise InputError(
                self.path, f"no series {modality!r}", f"one of {', '.join(self.modalities)}", "name one that exists"
            )
        return self.index.series[modality]

    @property
    def classes(self) -> str:
        """The rule that makes its categories of its ratings, with numbers for thresholds; empty where none does."""
        return ""

    @cached_property
    def ratings(self) -> tuple[np.ndarray, ...]:
        """For each trial (n, D) ratings in the units of the task's ranges; n = 1 where they hold for the whole trial.

        They are those at the slices of the series whose slices are shortest.
        """
        return tuple(_once(self._rated(trial)) for trial in range(len(self)))

    def classed(
        self, rule: RatedClasses | str, trials: Sequence[int] | np.ndarray | None = None
    ) -> "ClassedCache":
        """The same cache, seen with categories that a rule makes of its ratings; they replace those it has.

        Args:
            rule: As one writes it (``"valence > 5"``, ``"valence > median"``, ``"quadrants"``), or a ``RatedClasses``.
            trials: Indices of the trials whose median a rule takes: those that train, never those that are tested.

        Raises:
            InputError: It is no rule, the task lacks such a rating, every rating is on one side of a threshold, or
                nobody said whose median to take.
        """
        from .classed_cache import ClassedCache

        chosen = RatedClasses.read(rule) if isinstance(rule, str) else rule
        chosen.check(self.task)
        if chosen.learns and trials is None:
            wanted = "the trials that train: a median of those that are tested as well is a leak"
            raise InputError(f"classes {chosen.written!r}", "no trials to take the median of", wanted, "name them")
        ratings = (self.ratings[int(trial)] for trial in self._chosen(trials))
        return ClassedCache(self, chosen, chosen.thresholds(self.task, ratings))

    def windows(
        self, length: int, stride: int, trials: Sequence[int] | np.ndarray | None = None, modality: str = "eeg"
    ) -> Windows:
        """Cut trials into windows of ``length`` slices, a new one every ``stride`` slices, never across a trial's edge.

        Windows with an invalid slice are left out and counted; a trial shorter than a window has none.

        Args:
            length, stride: Slices.
            trials: Indices of trials; None for all.
            modality: The series to cut.

        Raises:
            InputError: A number is not positive, a trial does not exist, or not one window can be cut.
        """
        self.facts(modality)
        return cut(self, modality, length, stride, self._chosen(trials))

    def joint_windows(
        self, length: int, stride: int, trials: Sequence[int] | np.ndarray | None = None,
        modalities: Sequence[str] = (),
    ) -> JointWindows:
        """Cut several series into windows of equal time on the session clock; each keeps its own rate.

        A slice that a series lacks at its time is masked; a window in which no series has a valid slice is left out and
        counted. All windows lie within what was recorded of the trial by any of the series.

        Args:
            length, stride: Slices of the series whose slices are longest; the others have as many as fit in that time.
            trials: Indices of trials; None for all.
            modalities: The series; left out, all that hold no samples (``-raw``).

        Raises:
            InputError: A number is not positive, a series or trial does not exist, or not one window can be cut.
        """
        names = tuple(modalities) or tuple(name for name in self.modalities if not name.endswith("-raw"))
        return cut_joint(self, names, length, stride, self._chosen(trials))

    def holds(self, trial: int, modality: str) -> bool:
        """Whether a series was recorded in a trial."""
        file, number = self._place[trial]
        return self.file(file).holds(modality, number)

    def told(self, trial: int) -> str:
        """Whose a trial is, in words."""
        return f"subject {self.subject[trial]}, session {self.session[trial]}, trial {self.trial[trial]}"

    def place(self, trial: int) -> tuple[int, int]:
        """Which file a trial lies in, and its place there."""
        return self._place[trial]

    def series(self, file: int, modality: str) -> Series:
        """One series of the file numbered ``file``."""
        return self.file(file).series[modality]

    def file(self, number: int) -> CacheFile:
        """The opened file of that number.

        Raises:
            CacheCorrupt: Its bytes changed, or another run has replaced it.
        """
        if number not in self._files:
            if len(self._files) >= _OPEN:
                self._files.pop(next(iter(self._files)))
            self._files[number] = self._opened(self.index.files[number])
        return self._files[number]

    @classmethod
    def from_arrays(
        cls, path: str | Path, x: Sequence[np.ndarray], *, layout: Layout, task: Task, subject: Sequence[Any],
        category: Sequence[Any] | None = None, dimensions: Sequence[Any] | None = None,
        units: Sequence[Any] | None = None, session: Sequence[Any] | None = None, trial: Sequence[int] | None = None,
        stimulus: Sequence[Any] | None = None, part: Sequence[Any] | None = None,
        times: Sequence[np.ndarray] | None = None, valid: Sequence[np.ndarray] | None = None, duration: float = 1.0,
        features: Sequence[str] | None = None, modality: str = "eeg", dataset: str = "arrays",
        simulated: bool = False, names_subjects: bool = True,
    ) -> "Cache":
        """A cache from arrays that a lab has already.

        Trials of one recording are kept together, so where recordings alternate the order of trials changes.

        Args:
            path: The folder to make.
            x: For each of n trials (T, S, F), or uint8 images (T, height, width) where sites are pixels; T may differ.
            layout: The S sites.
            task: What is predicted; ``Task.ranges`` are those of the ratings, -1 to 1 when left out.
            subject, session: (n,) whose they are; one session when left out.
            category: (n,) names in ``task.categories`` or indices into them, -1 for missing; or for each trial (T,) of
                them, one a slice; or ``Target`` objects, which hold all three kinds of truth.
            dimensions: (n, D) ratings in the units of ``task.ranges``, NaN for missing; or for each trial (T, D).
            units: (n, U) action units, 0 to 1, NaN for missing; or for each trial (T, U).
            trial: (n,) place in the session; counted when left out.
            stimulus: (n,) what was shown; taken as the trial's number when left out.
            part: (n,) official parts, such as ``"train"``.
            times: For each trial (T,) seconds on the session clock where its slices begin; counted from 0 when left
                out.
            valid: For each trial (T,) whether a slice may be trusted; all may when left out.
            duration: Seconds that a slice covers.
            features: F names.
            modality, dataset, simulated: What the cache calls its series, its origin, and whether it was simulated.
            names_subjects: False where nobody noted who is who.

        Raises:
            InputError: Lengths or shapes disagree, a trial occurs twice, a valid slice is not finite, a label is not
                of the task, a rating or unit outside its range, or there is no truth at all; names the trial.
        """
        publish_arrays(Path(path), Arrays(
            x, layout, ArrayTruth(task, category, dimensions, units), subject, session, trial, stimulus, part, times,
            valid, duration, features, modality, dataset, simulated, names_subjects,
        ))
        return cls(path)

    def _chosen(self, trials: Sequence[int] | np.ndarray | None) -> np.ndarray:
        chosen = np.arange(len(self)) if trials is None else np.asarray(trials, int).reshape(-1)
        if chosen.size and (chosen.min() < 0 or chosen.max() >= len(self)):
            raise InputError(self.path, f"trial {chosen.max()}", f"0 to {len(self) - 1}", "name trials that exist")
        return chosen

    def _rated(self, trial: int) -> np.ndarray:
        file, number = self._place[trial]
        opened = self.file(file)
        series = opened.series[min((n for n in opened.series if opened.holds(n, number)), key=self.duration)]
        return np.asarray(series.dimensions[series.first[number]:series.first[number + 1]])

    def _of_file(self, name: str) -> np.ndarray:
        return np.array([getattr(self.index.files[file], name) for file, _ in self._place])

    def _of_trial(self, name: str) -> np.ndarray:
        return np.array([getattr(self.index.files[file].trials[number], name) for file, number in self._place])

    def _opened(self, listed: IndexedFile) -> CacheFile:
        opened = open_file(self.path / listed.name)
        if opened.digest != listed.digest:
            raise CacheCorrupt(
                self.path / listed.name, "another file than cache.json lists", "the one it lists",
                "the cache was replaced since it was opened: open it again; after a run that broke off, run it again",
            )
        return opened


def _once(rows: np.ndarray) -> np.ndarray:
    """The first row alone, where all are the same."""
    return rows[:1].copy() if np.array_equal(rows, np.broadcast_to(rows[:1], rows.shape), equal_nan=True) else rows


def _reopened(path: Path, digest: str) -> Cache:
    cache = Cache(path)
    if cache.index.digest != digest:
        raise CacheCorrupt(path, "a cache rebuilt since it was opened", "the same one", "open it again")
    return cache
