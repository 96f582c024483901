"""Caches from arrays in memory."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from ...signals import InputError, Layout, PixelPatches, Target, Task, Volume
from ...signals.trials.further_columns import Cell, checked_cells
from ...signals.trials.trial import check_spellings
from ...signals.trials.truths import is_missing
from ...signals.trials.volume import SeriesKind
from ..cache_files.cache_file import RecordingFacts, facts_of
from ..cache_files.cache_index import Index, columns_of, common_series, file_name, indexed
from ..cache_files.cache_writing import publish_cache, publish_recording
from ..cache_files.repeated import Repeated, choose, compared
from ..cache_files.samples import sketches_of
from .array_truth import WHERE, ArrayTruth, items

_SINGLE = 1e-3
"""Grey levels by which whole ones may be off once they were numbers of single precision."""


@dataclass(frozen=True, eq=False)
class Arrays:
    """Trials as arrays, and what must be known about them; see ``Cache.from_arrays``."""

    x: Sequence[np.ndarray]
    layout: Layout
    truth: ArrayTruth
    subject: Sequence[Any]
    session: Sequence[Any] | None = None
    trial: Sequence[int] | None = None
    stimulus: Sequence[Any] | None = None
    part: Sequence[Any] | None = None
    times: Sequence[np.ndarray] | None = None
    valid: Sequence[np.ndarray] | None = None
    duration: float = 1.0
    features: Sequence[str] | None = None
    modality: str = "eeg"
    kind: SeriesKind | None = None
    dataset: str = "arrays"
    simulated: bool = False
    names_subjects: bool = True
    columns: Mapping[str, Sequence[Any] | np.ndarray] = field(default_factory=dict)
    remarks: Sequence[tuple[str, ...]] | None = None

    @property
    def task(self) -> Task:
        """The task that models of the cache will learn."""
        return self.truth.task

    def volumes(self) -> Iterator[Volume]:
        """A volume for each trial.

        Raises:
            InputError: Something is wrong; names the trial.
        """
        if not 0 < self.duration < np.inf:
            raise InputError(WHERE, f"slices of {self.duration} s", "a finite time above 0 s", "correct duration")
        self._check_kind()
        columns = self._column("x", self.x), self._column("times", self.times), self._column("valid", self.valid)
        identities = self._identities()
        _check_once(identities)
        check_spellings((identity.subject for identity in identities), f"{WHERE}, subject")
        names = [identity.words for identity in identities]
        stored, times, valid = [], [], []
        for values, begins, trusted, name in zip(*columns, names, strict=True):
            where = f"{WHERE}, {name}"
            stored.append(self._x(values, where))
            times.append(_times(begins, len(stored[-1]), self.duration, where))
            valid.append(_valid(trusted, len(stored[-1]), where))
        # Truths are checked together: that one trial has none is fine, that all have none is not.
        targets = self.truth.targets(times, names)
        for row in zip(stored, times, valid, identities, targets, strict=True):
            yield self._volume(*row)

    def noted(self) -> list[dict[str, Cell]]:
        """For each trial the cells of its further columns, by column; a missing one is not there.

        Raises:
            InputError: A column has no name of its own or another length, or holds no numbers and texts.
        """
        columns = {name: self._column(name, cells) for name, cells in self.columns.items()}
        rows = [{name: cells[row] for name, cells in columns.items()} for row in range(len(self.x))]
        return [checked_cells(row, WHERE) for row in rows]

    def _check_kind(self) -> None:
        pixels = self.layout.pixels is not None
        if self.kind is not None and (self.kind not in get_args(SeriesKind) or (self.kind == "pixels") != pixels):
            wanted = "pixels, since the sites are" if pixels else "samples or features"
            raise InputError(WHERE, f"kind {self.kind!r}", wanted, "correct it, or leave it out")

    def _identities(self) -> list["_Identity"]:
        n = len(self.x)
        if not n:
            raise InputError(WHERE, "no trials", "trials")
        subject = _texts("subject", self._column("subject", self.subject))
        session = ["1"] * n if self.session is None else _texts("session", self._column("session", self.session))
        numbers = _counted(subject, session) if self.trial is None else _numbers(self._column("trial", self.trial))
        stimuli = numbers if self.stimulus is None else self._column("stimulus", self.stimulus)
        parts = ["" if is_missing(part) else str(part) for part in self._column("part", self.part)]
        rows = zip(subject, session, numbers, _texts("stimulus", stimuli), parts, strict=True)
        return [_Identity(*row) for row in rows]

    def _column(self, name: str, values: Any) -> list[Any]:
        return items(values, len(self.x), name)

    def _x(self, values: Any, where: str) -> np.ndarray:
        """(T, S, F) float32, or (T, height, width) uint8 where sites are pixels: as a volume stores it."""
        x = np.asarray(values)
        if x.dtype.kind not in "biuf":
            raise InputError(where, f"x of {x.dtype}", "numbers")
        if self.layout.pixels:
            return _images(x, self.layout.pixels, where)
        if x.ndim != 3 or not len(x) or x.shape[1] != len(self.layout) or not x.shape[2]:
            wanted = f"(T, {len(self.layout)}, F): slices, the sites of {self.layout!r}, features"
            raise InputError(where, f"x of shape {x.shape}", wanted, "correct it, or give another layout")
        names = self.features
        if names is not None and len(names) != x.shape[2]:
            raise InputError(where, f"{x.shape[2]} features", f"{len(names)}, as features names", "correct one of them")
        return x.astype(np.float32)

    def _volume(self, x: np.ndarray, times: np.ndarray, valid: np.ndarray, of: "_Identity", target: Target) -> Volume:
        n_features = self.layout.pixels.index.shape[1] if self.layout.pixels else x.shape[-1]
        names = [f"feature {k + 1}" for k in range(n_features)] if self.features is None else self.features
        return Volume(
            stored=x,
            times=times,
            valid=valid,
            layout=self.layout,
            features=tuple(names),
            duration=self.duration,
            causal=False,
            subject=of.subject,
            session=of.session,
            trial=of.trial,
            stimulus=of.stimulus,
            part=of.part,
            target=target.at(times),
            kind=self.kind,
        )


@dataclass(frozen=True)
class _Identity:
    """The names of a trial."""

    subject: str
    session: str
    trial: int
    stimulus: str
    part: str

    @property
    def words(self) -> str:
        return f"trial {self.trial} of subject {self.subject}, session {self.session}"


def publish_arrays(folder: Path, arrays: Arrays, repeated: Repeated | None = "keep") -> None:
    """Write a cache of ``arrays`` into ``folder``.

    Args:
        folder: The cache.
        arrays: What shall stand in it.
        repeated: The treatment of trials with samples of an earlier one; None as in ``choose``.

    Raises:
        InputError: Two trials share samples and none may be left out.
    """
    choice = choose(repeated, arrays.names_subjects)
    recordings: dict[tuple[str, str], list[Volume]] = {}
    remarks: dict[tuple[str, str], dict[str, None]] = {}
    noted: dict[tuple[str, str], dict[int, dict[str, Cell]]] = {}
    told = arrays.remarks or [()] * len(arrays.x)
    for volume, cells, of_trial in zip(arrays.volumes(), arrays.noted(), told, strict=True):
        recording = volume.subject, volume.session
        recordings.setdefault(recording, []).append(volume)
        noted.setdefault(recording, {})[volume.trial] = cells
        remarks.setdefault(recording, {}).update(dict.fromkeys(of_trial))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(folder, "a file", "a folder, or nothing yet", "name another place for the cache") from error
    published, files = [], []
    for recording, volumes in recordings.items():
        published.append(_publish(folder, volumes, arrays.modality, tuple(remarks[recording])))
        files.append(indexed(*published[-1], columns=columns_of(published[-1][0].trials, noted[recording])))
    listed = compared(files, [facts.sketches for facts, _ in published], folder, choice, WHERE)
    index = Index(
        dataset=arrays.dataset,
        version=1,
        simulated=arrays.simulated,
        task=arrays.task,
        recipe={arrays.modality: ()},
        series=common_series([facts for facts, _ in published]),
        files=listed.files,
        skipped=listed.left_out,
        names_subjects=arrays.names_subjects,
        shared=listed.shared,
    )
    publish_cache(folder, index)


def _publish(
    folder: Path, volumes: Sequence[Volume], modality: str, remarks: tuple[str, ...]
) -> tuple[RecordingFacts, str]:
    trials = [{modality: volume} for volume in volumes]
    sketches = tuple(map(sketches_of, trials))
    facts = replace(facts_of("arrays", trials, remarks), sketches=sketches if any(sketches) else ())
    return facts, publish_recording(folder / file_name(facts.subject, facts.session), facts, trials)


def _counted(subject: Sequence[str], session: Sequence[str]) -> list[int]:
    seen: Counter[tuple[str, str]] = Counter()
    numbers = []
    for recording in zip(subject, session, strict=True):
        seen[recording] += 1
        numbers.append(seen[recording])
    return numbers


def _texts(name: str, values: Sequence[Any]) -> list[str]:
    missing = [row for row, value in enumerate(values) if is_missing(value)]
    if missing:
        raise InputError(f"{WHERE}, {name}", f"nothing in row {missing[0]}", "a value for each trial", "fill it in")
    return [str(value) for value in values]


def _numbers(values: Sequence[Any]) -> list[int]:
    for row, value in enumerate(values):
        number = np.asarray(value)
        if is_missing(value) or number.shape or number.dtype.kind not in "iuf" or number < 0 or number % 1:
            found = f"{value!r} in row {row}"
            raise InputError(f"{WHERE}, trial", found, "whole numbers from 0", "number them in the session")
    return [int(value) for value in values]


def _check_once(identities: Sequence[_Identity]) -> None:
    count = Counter(identity.words for identity in identities)
    twice = [words for words, times in count.items() if times > 1]
    if twice:
        raise InputError(WHERE, f"{twice[0]} twice", "each trial once", "number the trials of a session")


def _images(x: np.ndarray, pixels: PixelPatches, where: str) -> np.ndarray:
    """Images (T, height, width) uint8 from such, or from the patches (T, S, F) that a volume's ``x`` cuts out of them.

    Patches are 0 black to 1 white where no number is above 1, as there; else grey levels.
    """
    cut = x.ndim == 3 and x.shape[1:] == pixels.index.shape != pixels.image
    if x.ndim != 3 or not len(x) or not (cut or x.shape[1:] == pixels.image):
        (height, width), (sites, features) = pixels.image, pixels.index.shape
        wanted = f"(T, {height}, {width}), pictures as the layout cuts them, or (T, {sites}, {features}), its patches"
        raise InputError(where, f"x of shape {x.shape}", wanted, "correct it, or give another layout")
    levels = x * 255.0 if cut and x.dtype.kind == "f" and x.max() <= 1 else x
    whole = np.round(levels)  # of patches a volume has 255ths in single precision
    if levels.dtype != np.uint8 and not ((whole >= 0) & (whole <= 255) & (np.abs(levels - whole) < _SINGLE)).all():
        wanted = "uint8 images, or patches of 255ths" if cut else "uint8 images"
        raise InputError(where, "grey levels that are no whole numbers of 0 to 255", wanted, "scale them")
    return _joined(whole.astype(np.uint8), pixels, where) if cut else whole.astype(np.uint8)


def _joined(patches: np.ndarray, pixels: PixelPatches, where: str) -> np.ndarray:
    """The images (T, height, width) uint8 that patches (T, S, F) were cut out of; black where no patch lies."""
    images = np.round(pixels.join(patches.astype(np.float32))).astype(np.uint8)
    if not np.array_equal(pixels.cut(images), patches):
        found = "patches that differ where they overlap"
        raise InputError(where, found, "patches of one picture", "give images, or patches that do not overlap")
    return images


def _times(begins: Any, slices: int, duration: float, where: str) -> np.ndarray:
    if begins is None:
        return np.arange(slices) * duration
    times = np.asarray(begins)
    if times.dtype.kind not in "iuf" or times.shape != (slices,):
        raise InputError(where, f"times of shape {times.shape}", f"({slices},) seconds, one a slice")
    times = times.astype(np.float64)
    if not (np.isfinite(times).all() and (np.diff(times) > 0).all()):
        raise InputError(where, "times that do not rise, or are not finite", "seconds in order")
    return times


def _valid(trusted: Any, slices: int, where: str) -> np.ndarray:
    if trusted is None:
        return np.ones(slices, bool)
    valid = np.asarray(trusted)
    if valid.shape != (slices,) or valid.dtype.kind not in "biuf" or not np.isin(valid, (0, 1)).all():
        found = f"valid of {valid.dtype}, shape {valid.shape}"
        raise InputError(where, found, f"({slices},) true or false, one a slice")
    return valid.astype(bool)
