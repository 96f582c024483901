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

import errno
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import BufferedRandom, BufferedReader
from pathlib import Path
from struct import Struct
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from ...signals import CacheCorrupt, InputError, Layout, Target, Volume
from ...signals.files.stored_arrays import check_arrays
from ...signals.regular_file import check_regular
from ...signals.schema import Schema
from ...signals.stored_json import Stored, StoredForm, decoded, parsed_json
from ...signals.streams.rates import nominal_duration
from ...signals.streams.sketch import Sketch
from ...signals.streams.track import DOUBTFUL, PARTS, Track
from ...signals.trials.volume import SeriesKind, usual_kind
from .mapped_file import column, group_of, mapped_bytes
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

_NO_FILE = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ELOOP)
"""What systems say where nothing stands, or a folder, or a link that leads to itself."""

_COLUMNS = {"times": "f8", "category": "i2", "dimensions": "f8f4", "units": "f4", "first": "i8"}
"""Columns of a series that are read whole, and their types; see ``column``."""

_LARGEST = float(np.finfo(np.float32).max)
"""No rating is beyond: older files hold them as float32."""

_FORMS = {"times": "f N", "valid": "b N", "category": "i N", "dimensions": "f N D", "units": "f N U", "first": "i T"}
"""Kinds and axes of the columns of a series with N slices; see ``check_arrays``."""


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


@dataclass(frozen=True)
class _SeriesOnly(Stored):
    """The part of ``RecordingFacts`` that most files of a cache have in common."""

    series: Mapping[str, SeriesFacts]


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
        place: Byte of the file at which ``stored`` begins.
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
    place: int = 0


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
    check_regular(path)
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
    with _verified_file(path) as (file, digest):
        return _parsed(file, digest)


def map_file(path: Path) -> tuple[str, np.ndarray]:
    """The file's digest and its bytes (n,) uint8, mapped; verified as in ``open_file``, but not parsed."""
    with _verified_file(path) as (file, digest):
        return digest, mapped_bytes(file)


@contextmanager
def _verified_file(path: Path) -> Iterator[tuple[BufferedReader, str]]:
    try:
        stat = path.stat()
        # Size, time and inode are in the key: a file that another one replaced is verified anew.
        digest = _verified(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)
        file = path.open("rb")
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
        raise _corrupt(path, "no file") from error
    with file:
        if file.read(USER_BLOCK) != header(digest):
            raise _corrupt(path, "another file than a moment ago")
        yield file, digest


@lru_cache(maxsize=65536)
def _verified(path: Path, size: int, modified: int, inode: int) -> str:
    return verify_file(path)


@lru_cache(maxsize=65536)
def _computed_samples(path: Path, digest: str) -> tuple[tuple[str, ...], ...]:
    file = open_file(path)
    return tuple(samples_of(file.trial(number)) for number in range(len(file.facts.trials)))


def _parsed(file: BufferedReader, digest: str) -> CacheFile:
    import h5py

    mapped, path = mapped_bytes(file), Path(file.name)
    with not_as_written(path), h5py.File(file, "r") as groups:
        facts = _facts(column(groups.id, "facts", mapped, "u1").tobytes(), file.name)
        series = {name: _series(group_of(groups, name), mapped) for name in facts.series}
        for name, of_series in series.items():
            _check_series(of_series, facts, name)
        return CacheFile(facts, digest, series)


@contextmanager
def not_as_written(path: Path) -> Iterator[None]:
    """A span in which whatever HDF5, NumPy or a check says of a file's content means that emoscan did not write it.

    Its digest fits, but anybody can compute a digest.
    """
    try:
        yield
    except InputError:
        raise
    except (KeyError, ValueError, TypeError, OSError, RuntimeError, IndexError, MemoryError, OverflowError) as error:
        raise _corrupt(path, f"content that emoscan does not write: {' '.join(str(error).split())[:100]}") from error


def _check_series(series: Series, facts: RecordingFacts, name: str) -> None:
    """Refuse columns whose lengths or places do not fit each other."""
    n, of_series = len(series.stored), facts.series[name]
    first, pixels = series.first, of_series.layout.pixels
    shape = pixels.image if pixels else (len(of_series.layout), len(of_series.features))
    if series.stored.shape[1:] != shape:
        raise ValueError(f"{name}: {series.stored.shape[1:]}, wanted {shape} of the facts")
    check_arrays({each: getattr(series, each) for each in _FORMS}, _FORMS, N=n, T=len(facts.trials) + 1)
    check_truth(series.dimensions, series.units)
    if series.track is not None:
        _check_track(series.track, n)
    if first[0] != 0 or first[-1] != n or (np.diff(first) < 0).any():
        raise ValueError(f"{name}: {len(first) - 1} trials from slice {first[:1]} to {first[-1:]} of {n}")
    if not (np.isfinite(series.times).all() and all(0 <= joint < n for joint in series.joints)):
        raise ValueError(f"{name}: times that are no numbers, or joints beyond the end")


def check_truth(*columns: np.ndarray) -> None:
    """Refuse ratings and units that no scale has: infinite, or so large that their squares are.

    Raises:
        ValueError: There are some.
    """
    for values in columns:
        if (np.abs(values) > _LARGEST).any() or np.isinf(values).any():
            raise ValueError("ratings or units beyond any scale")


def _check_track(track: Track, n: int) -> None:
    for part, (_, axes) in PARTS.items():
        if getattr(track, part).shape != (n, *axes):
            raise ValueError(f"track/{part}: {getattr(track, part).shape}, wanted {(n, *axes)}")
    if track.doubtful is not None and track.doubtful.shape != (n,):
        raise ValueError(f"track/{DOUBTFUL}: {track.doubtful.shape}, wanted {(n,)}")


def _facts(stored: bytes, file: str) -> RecordingFacts:
    """The facts about a recording; those of its series are decoded once for all files in which they are equal."""
    facts = parsed_json(stored)
    of_series = facts.get("series") if isinstance(facts, dict) else None
    try:
        known = _equal_series(json.dumps(of_series))
    except InputError:  # the file that it is in belongs to the error
        return decoded(RecordingFacts, facts, file, _DO, error=CacheCorrupt)
    rest = decoded(RecordingFacts, {**facts, "series": {}}, file, _DO, error=CacheCorrupt)
    return replace(rest, series=known)


@lru_cache(maxsize=64)
def _equal_series(stored: str) -> Mapping[str, SeriesFacts]:
    return MappingProxyType(decoded(_SeriesOnly, {"series": parsed_json(stored.encode())}, "series").series)


def _series(group: Any, mapped: np.ndarray) -> Series:
    columns = {name: column(group, name, mapped, kind).copy() for name, kind in _COLUMNS.items()}
    names = {name.decode() for name in group}
    track = None
    if "track" in names:
        doubtful = {DOUBTFUL: "u1"} if f"track/{DOUBTFUL}".encode() in group else {}
        kinds = {**{part: np.dtype(kind).str[1:] for part, (kind, _) in PARTS.items()}, **doubtful}
        track = Track(**{part: column(group, f"track/{part}", mapped, kind).copy() for part, kind in kinds.items()})
    valid = column(group, "valid", mapped, "u1").astype(bool)
    joints = tuple(column(group, "joints", mapped, "i8").tolist()) if "joints" in names else ()
    stored = column(group, "stored", mapped, "f4u1")
    place = stored.ctypes.data - mapped.ctypes.data
    return Series(stored=stored, valid=valid, track=track, joints=joints, place=place, **columns)


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
