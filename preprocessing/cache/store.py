"""The files of a cache on disk, opened when needed, and the columns of its trials."""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from ...signals import UNKNOWN_SUBJECT, CacheCorrupt, InputError, Layout, Task, Volume
from ...signals.files.stored_arrays import check_arrays, check_numbers
from ...signals.streams.peripheral import KINDS
from ...signals.trials.further_columns import RESERVED, Cell
from ...signals.trials.volume import SeriesKind
from ..cache_files.cache_file import (
    CacheFile,
    LeftOut,
    Series,
    SeriesFacts,
    map_file,
    not_as_written,
    open_file,
    recorded_samples,
)
from ..cache_files.cache_index import Index, IndexedFile, Remark, remarks_of
from ..cache_files.samples import same_samples
from ..cache_files.slices import Slices, slices_of
from ..cache_files.slices_file import SLICES, stored_slices
from ..cache_files.stored_series import StoredSeries
from ..steps.recipe import stream_name

_OPEN = 32768
"""Files that stay open at a time: each is a part of the address space that the system counts, but no descriptor."""


_DO = "write it again: emo-preprocess run ..."


class CacheStore:
    """The files of a cache and the columns of its trials, by name and place: ``Cache`` and ``Windows`` stand on it.

    Args:
        path: The folder.
        index: The content of its ``cache.json``; None to read it.

    Raises:
        InputError: No finished cache is there, or it is empty.
        CacheCorrupt: Its bytes changed. Also raised later, by whatever first reads a file.
    """

    def __init__(self, path: str | Path, index: Index | None = None) -> None:
        self.path = Path(path)
        self.index = Index.read(self.path) if index is None else index
        self._files: dict[int, CacheFile] = {}
        self._stored: dict[str, StoredSeries] = {}
        self._slices: dict[str, Slices] = {}
        self._place = self.index.places
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

    @property
    def dataset(self) -> str:
        """Name of the dataset it was made from."""
        return self.index.dataset

    @property
    def simulated(self) -> bool:
        """True where no person was recorded."""
        return self.index.simulated

    @property
    def task(self) -> Task:
        """The task that models of the cache learn."""
        return self.index.task

    @property
    def names_subjects(self) -> bool:
        """True where somebody noted who is who."""
        return self.index.names_subjects and not bool(np.all(self.subject == UNKNOWN_SUBJECT))

    @property
    def recipe(self) -> dict[str, list[str]]:
        """The steps that made each series, as text."""
        return {name: list(steps) for name, steps in self.index.recipe.items()}

    @property
    def skipped(self) -> tuple[LeftOut, ...]:
        """Trials and recordings that are not in the cache, and why."""
        return self.index.skipped

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What reading the recordings changed, left out or doubts; equal sentences are one remark."""
        files = self.index.files
        pairs = [(f"subject {f.subject}, session {f.session}", text) for f in files for text in f.remarks]
        return remarks_of(pairs, len(files))

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the series."""
        return tuple(self.index.series)

    @property
    def feature_series(self) -> tuple[str, ...]:
        """The series to read that hold no samples, those of sensors on the body last.

        Of a stream that has samples only, it is the one of the lowest rate.
        """
        by_stream: dict[str, list[str]] = {}
        for name in self.modalities:
            by_stream.setdefault(stream_name(name), []).append(name)
        selected: set[str] = set()
        for names in by_stream.values():
            features = [name for name in names if self.facts(name).kind != "samples"]
            selected.update(features or [min(names, key=lambda name: self.facts(name).rate)])
        # a model that reads one series reads the brain's or the face's, unless one names another
        return tuple(sorted(selected, key=lambda name: (stream_name(name) in KINDS, self.modalities.index(name))))

    @property
    def sample_series(self) -> tuple[str, ...]:
        """The series that hold samples, the highest rate first."""
        names = [name for name in self.modalities if self.facts(name).kind == "samples"]
        return tuple(sorted(names, key=lambda name: -self.facts(name).rate))

    @cached_property
    def samples(self) -> np.ndarray:
        """(trials,) the first trial that shares samples, in whole or in part; its own place where no other does.

        Computed from the files where an older version wrote them.
        """
        files = self.index.files
        of_file = [recorded_samples(self.path / file.name, file.digest, file.trials) for file in files]
        digests = [list(of_file[file][number]) for file, number in self._place]
        for pair in self.shared_stretches:  # a name that both have makes them the same
            for trial in pair:
                digests[trial].append(f"stretch {pair}")
        return same_samples(digests)

    @cached_property
    def shared_stretches(self) -> dict[tuple[int, int], str]:
        """How much the later one of two trials shares, as in ``"40 of 60 s"``, by the two; equal ones are not here."""
        place = {place: trial for trial, place in enumerate(self._place)}
        shared = [(place.get(one.earlier), place.get(one.later), one.words) for one in self.index.shared]
        return {(a, b): words for a, b, words in shared if a is not None and b is not None}

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """The columns by name, (trials,) each: those of every cache, then those that the lab noted."""
        return {**{name: getattr(self, name) for name in RESERVED}, **self.further_columns}

    @cached_property
    def further_columns(self) -> dict[str, np.ndarray]:
        """The columns that a lab noted beside those of every cache, by name, such as age or site; (trials,) each.

        Numbers are whole ones, or floats with NaN where one is missing; a missing text is empty.
        """
        names = dict.fromkeys(name for file in self.index.files for name in file.columns)
        return {name: _as_column([self._noted(name, *place) for place in self._place]) for name in names}

    def layout(self, modality: str = "eeg") -> Layout:
        """The sites of a series."""
        return self.facts(modality).layout

    def kind(self, modality: str = "eeg") -> SeriesKind:
        """The kind of a series's features: samples, features computed from them, or pixels."""
        kind = self.facts(modality).kind
        assert kind is not None
        return kind

    def features(self, modality: str = "eeg") -> tuple[str, ...]:
        """Names of a series's features."""
        return self.facts(modality).features

    def duration(self, modality: str = "eeg") -> float:
        """Seconds that a slice of a series covers."""
        return self.facts(modality).duration

    def causal(self, modality: str = "eeg") -> bool:
        """True where no slice of a series depends on what came after it."""
        return self.facts(modality).causal

    def facts(self, modality: str) -> SeriesFacts:
        """Facts about a series that hold in every trial.

        Raises:
            InputError: The cache holds no such series; lists those it holds.
        """
        if modality not in self.index.series:
            known = f"one of {', '.join(self.modalities)}"
            raise InputError(self.path, f"no series {modality!r}", known, "name one that exists")
        return self._series_facts[modality]

    @cached_property
    def _series_facts(self) -> dict[str, SeriesFacts]:
        return {name: facts.named(name) for name, facts in self.index.series.items()}

    @property
    def classes(self) -> str:
        """The rule by which categories follow from ratings, with numbers for thresholds; empty where there is none."""
        return ""

    @cached_property
    def ratings(self) -> tuple[np.ndarray, ...]:
        """For each trial (n, D) ratings in the units of the task's ranges; n = 1 where they hold for the whole trial.

        They are those at the slices of the series whose slices are shortest.
        """
        return tuple(_without_repeats(self._ratings(trial)) for trial in range(len(self)))

    def holds(self, trial: int, modality: str) -> bool:
        """True where a series was recorded in a trial."""
        return modality in self.index.series and bool(self.slices(modality).recorded[trial])

    def told(self, trial: int) -> str:
        """Description of a trial: its subject, session and number."""
        return f"subject {self.subject[trial]}, session {self.session[trial]}, trial {self.trial[trial]}"

    def place(self, trial: int) -> tuple[int, int]:
        """The number of a trial's file, and the trial's index in it."""
        return self._place[trial]

    def series(self, file: int, modality: str) -> Series:
        """One series of the file numbered ``file``."""
        return self.file(file).series[modality]

    def slices(self, modality: str) -> Slices:
        """The clock, validity and truth of all slices of a series."""
        self.facts(modality)
        if not self._slices:
            self._slices.update(stored_slices(self.path, self.index))
            for stored in self._slices.values():
                self._check_truth(stored)
        if modality not in self._slices:
            slices = slices_of(modality, self.file, len(self.index.files), self._place)
            self._check_truth(slices)
            self._slices[modality] = slices
        return self._slices[modality]

    def _check_truth(self, slices: Slices) -> None:
        """Refuse categories, dimensions and units that the task does not have."""
        task = self.index.task
        columns = {"dimensions": slices.dimensions, "units": slices.units}
        with not_as_written(self.path):
            check_numbers("category", slices.category, -1, len(task.categories))
            check_arrays(columns, {"dimensions": "f N D", "units": "f N U"}, D=len(task.dimensions), U=len(task.units))

    def stored(self, modality: str, files: np.ndarray) -> StoredSeries:
        """What is stored of a series in ``files`` (B,), and in the first where there is none of them."""
        if modality not in self._stored:
            self._stored[modality] = StoredSeries(len(self.index.files))
        stored = self._stored[modality]
        for file in stored.missing(files if len(files) else np.zeros(1, int)):
            stored.add(file, self._source(file, modality))
        return stored

    def file(self, number: int) -> CacheFile:
        """The opened file of that number.

        Raises:
            CacheCorrupt: Its bytes changed, or another run has replaced it.
        """
        if number not in self._files:
            if len(self._files) >= _OPEN:
                self._files.pop(next(iter(self._files)))  # the one opened first
            self._files[number] = self._opened(self.index.files[number])
        return self._files[number]

    def chosen(self, trials: Sequence[int] | np.ndarray | None) -> np.ndarray:
        """The indices of the trials that were named, or of all.

        Raises:
            InputError: One does not exist.
        """
        indices = np.arange(len(self)) if trials is None else np.asarray(trials, int).reshape(-1)
        if indices.size and (indices.min() < 0 or indices.max() >= len(self)):
            raise InputError(self.path, f"trial {indices.max()}", f"0 to {len(self) - 1}", "name trials that exist")
        return indices

    def _source(self, number: int, modality: str) -> np.ndarray:
        """What is stored of a series, where the file is known to be as listed: at its place, and nothing is parsed."""
        listed, slices = self.index.files[number], self.slices(modality)
        digest, mapped = map_file(self.path / listed.name)
        self._check_digest(listed, digest)
        layout, n = self.facts(modality).layout, int(np.diff(slices.of_file)[number])
        shape = layout.pixels.image if layout.pixels else (len(layout), len(self.features(modality)))
        kind = np.dtype(np.uint8 if layout.pixels else np.float32)
        if slices.place[number] + n * math.prod(shape) * kind.itemsize > len(mapped):
            raise CacheCorrupt(self.path / SLICES, f"slices beyond the end of {listed.name}", "those it has", _DO)
        return np.ndarray((n, *shape), kind, mapped, int(slices.place[number]))

    def _ratings(self, trial: int) -> np.ndarray:
        recorded = [name for name in self.modalities if self.holds(trial, name)]
        slices = self.slices(min(recorded, key=self.duration))
        return np.asarray(slices.dimensions[slices.rows(trial)])

    def _of_file(self, name: str) -> np.ndarray:
        return np.array([getattr(self.index.files[file], name) for file, _ in self._place])

    def _of_trial(self, name: str) -> np.ndarray:
        return np.array([getattr(self.index.files[file].trials[number], name) for file, number in self._place])

    def _noted(self, name: str, file: int, number: int) -> Cell | None:
        cells = self.index.files[file].columns.get(name)
        return None if cells is None else cells[number]

    def _opened(self, listed: IndexedFile) -> CacheFile:
        opened = open_file(self.path / listed.name)
        self._check_digest(listed, opened.digest)
        return opened

    def _check_digest(self, listed: IndexedFile, digest: str) -> None:
        if digest != listed.digest:
            raise CacheCorrupt(
                self.path / listed.name,
                "another file than cache.json lists",
                "the one it lists",
                "the cache was replaced since it was opened: open it again; after a run that broke off, run it again",
            )


def _as_column(cells: Sequence[Cell | None]) -> np.ndarray:
    """Cells as one array: whole numbers, floats, or texts."""
    if any(isinstance(cell, str) for cell in cells):
        return np.array(["" if cell is None else str(cell) for cell in cells])
    if all(isinstance(cell, int) for cell in cells):
        return np.array(cells, np.int64)
    return np.array([np.nan if cell is None else cell for cell in cells], float)


def _without_repeats(rows: np.ndarray) -> np.ndarray:
    """The first row alone, where all are the same."""
    same = np.array_equal(rows, np.broadcast_to(rows[:1], rows.shape), equal_nan=True)
    return rows[:1].copy() if same else rows  # a view would hold the whole file's ratings in memory
