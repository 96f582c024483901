"""One file of a cache: its content, its digest, and reading it.

A file holds the trials of one recording (a subject's session), end to end, and never changes once published::

    bytes 0-511    magic, schema, SHA-256 of all behind them, the version that reads it (from schema 3 on), zeros
    /facts         JSON: key, subject, session, trials, and of each series layout, features, duration, causal
    /<series>/stored      (N, S, F) float32 features or (N, height, width) uint8 images, contiguous: read by mapping
    /<series>/times       (N,) float64, seconds on the session clock
    /<series>/valid       (N,) uint8
    /<series>/category    (N,) int16; dimensions (N, D) float64 (float32 in older files) and units (N, U) float32
    /<series>/first       (trials + 1,) int64, the slice with which each trial begins
    /<series>/joints      int64, slices that hold a joint of the recording, where there are any
    /<series>/track/...   how a face was found in each frame: score, seen, box, landmarks, matrix; doubtful if any

HDF5 may hang on damaged headers, so the digest is compared before it parses anything.
"""

import hashlib
import mmap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import BufferedRandom, BufferedReader
from pathlib import Path
from struct import Struct
from typing import Any, ClassVar

import numpy as np

from ...signals import CacheCorrupt, InputError, Layout, Target, Volume
from ...signals.schema import Schema
from ...signals.stored_json import Stored, StoredForm, decoded, parsed_json
from ...signals.streams.rates import nominal_duration
from ...signals.streams.sketch import Sketch
from ...signals.streams.track import DOUBTFUL, PARTS, Track
from ...signals.trials.volume import SeriesKind, usual_kind
from .samples import samples_of

FORM = Schema(number=2, since="0.1.0", oldest=2, bare=2)
"""Of a cache's files and of ``cache.json``. No released version wrote the first form."""

SCHEMA = FORM.number
"""Goes up when the file's layout, or what a step computes from the same settings, changes: caches are then rebuilt."""

USER_BLOCK = 512
_MAGIC = b"emoscan\ncache\r\n\0"
_HEADER = Struct("<I32s16s")
"""Schema, digest and, from schema 3 on, the version of emoscan since which it is read: what follows the magic."""

RATE_ADVICE = "one rate: AtRate(20) before FaceCrop for videos, Resample(128) for EEG, CommonRate(1) behind features"
"""Steps that bring recordings to one rate, for errors."""

_SINCE = str(FORM.keys.get("emoscan", "")).encode()
"""For versions that do not know this form: the first that reads it."""

_DO = "rebuild it: emo-preprocess run ..."


@dataclass(frozen=True)
class SeriesFacts(Stored):
    """Facts about a series that hold in every trial.

    Args:
        layout: The S sites.
        features: F names.
        duration: Seconds a slice covers.
        causal: Whether no slice depends on what came after it.
        kind: What the features are; None where it follows from the rest and the series' name (see ``named``).
    """

    layout: Layout
    features: tuple[str, ...]
    duration: float
    causal: bool
    kind: SeriesKind | None = None
    stored_form: ClassVar = StoredForm(left_out=("kind",))

    def named(self, name: str) -> "SeriesFacts":
        """The same facts for the series ``name``, with its kind."""
        return replace(self, kind=self.kind or usual_kind(name, self.layout, self.features))

    @property
    def rate(self) -> float:
        """Numbers a second of each site (Hz): of samples, their sampling rate."""
        return len(self.features) / self.duration


@dataclass(frozen=True)
class TrialFacts(Stored):
    """Facts about one trial.

    Args:
        trial: Its place in its session.
        stimulus: What was shown.
        category: Index into the task's categories; -1 when missing or changing.
        part: Its official part.
        learned: Whether a network that made its features was trained on it.
        samples: SHA-256 of what its series hold (see ``samples_of``): equal for equal samples, whatever names the trial
            has. Empty in older caches and where nothing varies.
    """

    trial: int
    stimulus: str
    category: int
    part: str = ""
    learned: bool = False
    samples: tuple[str, ...] = ()
    stored_form: ClassVar = StoredForm(as_list=True, left_out=("samples",))


@dataclass(frozen=True)
class LeftOut:
    """Something that is not in the cache, and why."""

    what: str
    reason: str


@dataclass(frozen=True)
class RecordingFacts(Stored):
    """Facts of a file about its recording.

    Args:
        key: Digest of everything that the file was computed from.
        subject, session: Whose recording it is.
        trials: Its trials, in order.
        series: Facts of each series.
        remarks: What reading it changed, left out or doubts.
        amplitudes: Median SD of a second of its EEG in microvolt, by stream; empty in older files.
        broken: Trials that could not be used and are not among ``trials``.
        sketches: Of each of ``trials`` those of its streams, by which a stretch of them is known; empty in older files
            and where nothing can be told.
        opened: Those of ``remarks`` that opening its trials gives, without the work of a step; empty in older files.
    """

    key: str
    subject: str
    session: str
    trials: tuple[TrialFacts, ...]
    series: Mapping[str, SeriesFacts]
    remarks: tuple[str, ...] = ()
    amplitudes: Mapping[str, float] = field(default_factory=dict)
    broken: tuple[LeftOut, ...] = ()
    sketches: tuple[tuple[Sketch, ...], ...] = ()
    opened: tuple[str, ...] = ()
    stored_form: ClassVar = StoredForm(left_out=("remarks", "amplitudes", "broken", "sketches", "opened"))

    def opened_with(self, remarks: Iterable[str]) -> "RecordingFacts":
        """The facts where opening the trials gives these remarks: what a table says no more is told no more."""
        opened = tuple(dict.fromkeys(remarks))
        computed = (remark for remark in self.remarks if remark not in self.opened)
        return replace(self, remarks=tuple(dict.fromkeys((*opened, *computed))), opened=opened)


@dataclass(frozen=True, eq=False)
class Series:
    """One series of one recording: N slices, the trials end to end.

    Attributes:
        stored: (N, S, F) float32 or (N, height, width) uint8, mapped from the file, read-only.
        times: (N,) seconds on the session clock.
        valid: (N,) bool.
        category: (N,) int16, -1 for missing.
        dimensions: (N, D), NaN for missing.
        units: (N, U) float32, NaN for missing.
        first: (trials + 1,) the slice with which each trial begins, and N; a trial without this series has no slices.
        track: How a face was found in each slice, or None.
        joints: Slices that hold a joint (``Volume.joints``).
    """

    stored: np.ndarray
    times: np.ndarray
    valid: np.ndarray
    category: np.ndarray
    dimensions: np.ndarray
    units: np.ndarray
    first: np.ndarray
    track: Track | None = None
    joints: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class CacheFile:
    """An opened file: its facts, its digest, its series."""

    facts: RecordingFacts
    digest: str
    series: Mapping[str, Series]

    def holds(self, name: str, number: int) -> bool:
        """True where series ``name`` was recorded in the trial at place ``number``."""
        return name in self.series and bool(np.diff(self.series[name].first)[number])

    def trial(self, number: int) -> dict[str, Volume]:
        """The volumes of the trial at place ``number``."""
        return {name: self.volume(name, number) for name in self.series if self.holds(name, number)}

    def volume(self, name: str, number: int) -> Volume:
        """The volume of series ``name`` in the trial at place ``number``; what it holds is a view of the file."""
        facts, series, trial = self.facts.series[name], self.series[name], self.facts.trials[number]
        rows = slice(series.first[number], series.first[number + 1])
        target = Target(series.category[rows], series.dimensions[rows], series.units[rows], series.times[rows])
        return Volume(
            stored=series.stored[rows],
            times=series.times[rows],
            valid=series.valid[rows],
            layout=facts.layout,
            features=facts.features,
            duration=facts.duration,
            causal=facts.causal,
            subject=self.facts.subject,
            session=self.facts.session,
            trial=trial.trial,
            stimulus=trial.stimulus,
            part=trial.part,
            learned=trial.learned,
            target=target,
            track=None if series.track is None else series.track.take(rows),
            kind=facts.named(name).kind,
            joints=tuple(int(joint - rows.start) for joint in series.joints if rows.start <= joint < rows.stop),
        )


def facts_of(key: str, volumes: Sequence[Mapping[str, Volume]], remarks: tuple[str, ...] = ()) -> RecordingFacts:
    """The facts about a recording whose trials are ``volumes``, and of which the reader remarked ``remarks``.

    Raises:
        InputError: Layout, features or duration of a series change from trial to trial.
    """
    trials, first = tuple(map(_trial_facts, volumes)), next(iter(volumes[0].values()))
    series = {}
    for name in sorted(set().union(*volumes)):
        series[name] = _series_facts(name, [trial[name] for trial in volumes if name in trial])
    return RecordingFacts(key, first.subject, first.session, trials, series, remarks=remarks)


def recorded_samples(path: Path, digest: str, trials: Sequence[TrialFacts]) -> tuple[tuple[str, ...], ...]:
    """``TrialFacts.samples`` of each of a file's trials, computed from its bytes where an older version wrote it.

    Args:
        path: The file.
        digest: Of the file, under which the computed digests are remembered.
        trials: Facts about its trials.
    """
    stored = tuple(trial.samples for trial in trials)
    return stored if any(stored) else _computed_samples(path, digest)


def header(digest: str) -> bytes:
    """The first 512 bytes of a file whose other bytes have this SHA-256."""
    return (_MAGIC + SCHEMA.to_bytes(4, "little") + bytes.fromhex(digest) + _SINCE).ljust(USER_BLOCK, b"\0")


def body_digest(file: BufferedReader | BufferedRandom) -> str:
    """SHA-256 of the bytes behind the first 512."""
    file.seek(USER_BLOCK)
    return hashlib.file_digest(file, "sha256").hexdigest()


def verify_file(path: Path) -> str:
    """The file's digest, after every byte was read and compared with it.

    Raises:
        CacheCorrupt: A byte differs, the file is cut short, or it is something else.
    """
    with path.open("rb") as file:
        start = file.read(USER_BLOCK)
        digest = body_digest(file)
    if start != header(digest):
        raise _difference(path, start)
    return digest


def open_file(path: Path) -> CacheFile:
    """The file, mapped into memory. Its bytes are verified the first time this process sees them.

    The map needs no lock and stays good when another file takes its place.

    Raises:
        CacheCorrupt: The bytes are not those that were published.
    """
    try:
        stat = path.stat()
        # Size, time and inode are in the key: a file that another one replaced is verified anew.
        digest = _verified(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)
    except FileNotFoundError as error:
        raise _corrupt(path, "no file") from error
    with path.open("rb") as file:
        if file.read(USER_BLOCK) != header(digest):
            raise _corrupt(path, "another file than a moment ago")
        return _parsed(file, digest)


@lru_cache(maxsize=65536)
def _verified(path: Path, size: int, modified: int, inode: int) -> str:
    return verify_file(path)


@lru_cache(maxsize=65536)
def _computed_samples(path: Path, digest: str) -> tuple[tuple[str, ...], ...]:
    file = open_file(path)
    return tuple(samples_of(file.trial(number)) for number in range(len(file.facts.trials)))


def _parsed(file: BufferedReader, digest: str) -> CacheFile:
    import h5py

    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    with h5py.File(file, "r") as groups:
        stored = parsed_json(groups["facts"][:].tobytes())
        facts = decoded(RecordingFacts, stored, file.name, _DO, error=CacheCorrupt)
        return CacheFile(facts, digest, {name: _series(groups[name], mapped) for name in facts.series})


def _series(group: Any, mapped: mmap.mmap) -> Series:
    columns = {name: group[name][:] for name in ("times", "category", "dimensions", "units", "first")}
    track = None
    if "track" in group:
        there = [*PARTS, *({DOUBTFUL} & set(group["track"]))]
        track = Track(**{name: group[f"track/{name}"][:] for name in there})
    valid = group["valid"][:].astype(bool)
    joints = tuple(group["joints"][:].tolist()) if "joints" in group else ()
    return Series(stored=_mapped(group["stored"], mapped), valid=valid, track=track, joints=joints, **columns)


def _mapped(stored: Any, mapped: mmap.mmap) -> np.ndarray:
    # Read past HDF5, at the data set's place in the file: possible since it is contiguous and not compressed.
    flat = np.frombuffer(mapped, stored.dtype, stored.size, stored.id.get_offset())
    return flat.reshape(stored.shape)


def _series_facts(name: str, volumes: Sequence[Volume]) -> SeriesFacts:
    first = volumes[0]
    duration = nominal_duration([volume.duration for volume in volumes])
    for volume in volumes[1:]:
        if _shape(volume) != _shape(first) or (duration is None and volume.duration != first.duration):
            raise InputError(
                f"subject {volume.subject}, session {volume.session}, trial {volume.trial}",
                _description(volume),
                f"{_description(first)}, as in trial {first.trial}",
                f"give all one layout and recipe, and {RATE_ADVICE}",
            )
    causal, kind = all(volume.causal for volume in volumes), _kind(name, first)
    return SeriesFacts(first.layout, first.features, duration or first.duration, causal, kind)


def _shape(volume: Volume) -> tuple[object, ...]:
    return volume.layout, volume.features, volume.kind


def _kind(name: str, volume: Volume) -> SeriesKind | None:
    """The kind that the step named, where it is not the usual one: caches older than the word keep their digest.

    Pictures are known by their sites, and what was computed from them is no picture.
    """
    usual = usual_kind(name, volume.layout, volume.features)
    return None if volume.layout.pixels or volume.kind in ("pixels", usual) else volume.kind


def _description(volume: Volume) -> str:
    kind = volume.kind or "features"
    return f"{volume.layout!r}, {len(volume.features)} {kind}, {volume.duration:g} s slices"


def _trial_facts(trial: Mapping[str, Volume]) -> TrialFacts:
    volume = next(iter(trial.values()))
    categories = np.unique(volume.target.category)
    category = int(categories[0]) if len(categories) == 1 else -1
    learned = any(series.learned for series in trial.values())
    return TrialFacts(
        trial=volume.trial,
        stimulus=volume.stimulus,
        category=category,
        part=volume.part,
        learned=learned,
        samples=samples_of(trial),
    )


def _difference(path: Path, start: bytes) -> InputError:
    """The error for a file whose first bytes are not those that were published."""
    if not start.startswith(_MAGIC):
        return _corrupt(path, "a file that emoscan did not write, or whose first bytes changed")
    schema, _digest, since = _HEADER.unpack_from(start.ljust(USER_BLOCK, b"\0"), len(_MAGIC))
    if schema > SCHEMA:
        version = since.rstrip(b"\0").decode("ascii", "replace")
        return FORM.newer(path, schema, version, _DO, error=CacheCorrupt)
    return _corrupt(path, "changed or missing bytes" if schema == SCHEMA else f"a file of schema {schema}")


def _corrupt(path: Path, found: str) -> CacheCorrupt:
    return CacheCorrupt(path, found, "the file as it was published", _DO)
