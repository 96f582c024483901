"""The content of a cache by recording and series, and the check that its bytes are those that were published."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from pathlib import Path

import numpy as np

from ...signals import CacheCorrupt, InputError
from ...signals.trials.volume import read_stored
from ..cache.cache import Cache
from ..cache.store import CacheStore
from ..cache.trial_clock import evenly_spaced
from ..cache.windows import by_number
from ..cache_files.cache_file import Series, verify_file
from ..cache_files.cache_index import NAME, Index, IndexedFile
from ..cache_files.settings_beside import noted_settings
from ..cache_files.slices import slices_of
from ..cache_files.slices_file import SLICES, stored_slices
from ..steps.recipe import stream_name

_OF_FORMATS = frozenset({"trial table", "BIDS", "XDF", "class folders"})
"""Datasets that are called after the form of their files: many studies have that name."""

_BLOCK = 4096
"""Slices looked at together."""

_TEXTS = 8
"""Texts of a column that are shown one by one."""


@dataclass(frozen=True, eq=False)
class Quality:
    """One series of one recording.

    Attributes:
        subject, session, series: Its names.
        trials, slices: Their numbers.
        invalid: Share of slices that may not be trusted, 0..1.
        constant: Sites whose features never change: dead electrodes.
        amplitude: Median SD of a second of the EEG that it was made from, in microvolt; None where not measured.
        low, high: (F,) least and greatest value of each feature in valid slices; NaN where there is none.
    """

    subject: str
    session: str
    series: str
    trials: int
    slices: int
    invalid: float
    constant: tuple[str, ...]
    amplitude: float | None
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Losses:
    """Counts over the trials of a cache, of one series.

    Args:
        invalid: Slices that may not be trusted.
        joints: Joints of the recording within trials.
        gaps: Places between two slices of a trial where others should lie; no window reaches across.
        seconds: Length of the gaps, together.
        categories, ratings, units: Slices without a category, a rating or an action unit that the task has.
    """

    invalid: int = 0
    joints: int = 0
    gaps: int = 0
    seconds: float = 0.0
    categories: int = 0
    ratings: int = 0
    units: int = 0

    def __add__(self, other: "Losses") -> "Losses":
        return Losses(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Losses)))

    def __str__(self) -> str:
        """The counts that are not 0, in words; empty where all are."""
        counts = (
            (self.invalid, "slices not to be trusted"),
            (self.joints, "joints"),
            (self.gaps, f"gaps in time ({self.seconds:.3g} s)"),
            (self.categories, "slices without a category"),
            (self.ratings, "slices that lack a rating"),
            (self.units, "slices that lack an action unit"),
        )
        return ", ".join(f"{count:,} {what}" for count, what in counts if count)


NO_LOSSES = Losses()


def study_of(cache: Cache) -> str:
    """The study in a cache whose dataset is called after a form of files; empty where the dataset has a name.

    It is the folder of the recordings, as the run noted it beside the cache, or else that of the cache.
    """
    if cache.dataset not in _OF_FORMATS:
        return ""
    return _noted_folder(cache.path) or cache.path.resolve().name


def qualities(cache: Cache) -> list[Quality]:
    """The quality of every series of every recording, in the order of the cache."""
    of_series = []
    for file in range(len(cache.index.files)):
        recorded = cache.file(file).series
        of_series += [_quality(cache, file, name) for name in cache.modalities if name in recorded]
    return of_series


def constant_truths(cache: Cache) -> list[str]:
    """Ratings and units that have one value wherever they are known: nothing can be learned of them."""
    names, ends = (*cache.task.dimensions, *cache.task.units), []
    for file in range(len(cache.index.files)):
        for series in cache.file(file).series.values():
            truths = np.hstack([series.dimensions, series.units])
            ends += [truths[~np.isnan(truths).all(axis=1)]]
    known = np.vstack(ends) if ends else np.zeros((0, len(names)))
    low, high = np.fmin.reduce(known, axis=0, initial=np.inf), np.fmax.reduce(known, axis=0, initial=-np.inf)
    return [name for name, least, most in zip(names, low, high, strict=True) if least == most]


def column_words(columns: Mapping[str, np.ndarray]) -> list[str]:
    """A line on each column that a lab noted: its range or its texts with their trials, and how many lack one.

    Args:
        columns: Cells of all trials by column, as ``Cache.further_columns`` has them.
    """
    lines = []
    for name, cells in columns.items():
        known = cells[cells != ""] if cells.dtype.kind == "U" else cells[~np.isnan(cells)]
        lacking = f", {len(cells) - len(known)} of {len(cells)} trials without" if len(known) < len(cells) else ""
        lines.append(f"{name}: {_content(known)}{lacking}")
    return lines


def losses_of(cache: CacheStore, file: int, modality: str) -> Losses:
    """The losses of one series of the file numbered ``file``, over those of its trials that the cache holds."""
    return together(losses_of_trial(cache, file, modality, member) for member in cache.index.files[file].members)


def losses_of_trial(cache: CacheStore, file: int, modality: str, member: int) -> Losses:
    """The losses of one series in the trial at place ``member`` of a file."""
    series, task = cache.series(file, modality), cache.task
    duration = cache.file(file).facts.series[modality].duration
    begin, end = series.first[member : member + 2].tolist()
    rows = slice(begin, end)
    gaps = _gaps(series.times[rows], duration)
    if len(gaps) and by_number(cache.recipe.get(modality, ())):
        gaps = gaps[:0]
    return Losses(
        invalid=int((~series.valid[rows]).sum()),
        joints=sum(begin <= joint < end for joint in series.joints),
        gaps=len(gaps),
        seconds=round(float(gaps.sum()), 6),
        categories=int((series.category[rows] < 0).sum()) if task.categories else 0,
        ratings=_lacking(series, "dimensions", rows),
        units=_lacking(series, "units", rows),
    )


def series_losses(cache: CacheStore) -> dict[str, Losses]:
    """The losses of each series of a cache that has any; nothing but times and truths is read."""
    counted: dict[str, Losses] = {}
    for name in cache.modalities:
        files = [number for number in range(len(cache.index.files)) if name in cache.file(number).series]
        counted[name] = together(losses_of(cache, number, name) for number in files)
    return {name: lost for name, lost in counted.items() if str(lost)}


def together(counted: Iterable[Losses]) -> Losses:
    """The sum of several."""
    return reduce(Losses.__add__, counted, NO_LOSSES)


def verify(folder: str | Path) -> int:
    """The number of bytes in a cache, after each was read and compared with the checksums.

    Raises:
        InputError: No cache is there.
        CacheCorrupt: Files are missing or changed; names all of them.
    """
    folder = Path(folder)
    index = Index.read(folder)
    faults = [fault for listed in index.files if (fault := _fault(folder, listed))]
    faults += [] if faults else _slices_faults(folder, index)
    if faults:
        raise CacheCorrupt(
            folder,
            "; ".join(faults),
            "the files as they were published",
            "emo-preprocess run ... builds these again and keeps the others",
        )
    return size_on_disk(folder, index.files)


def strangers(folder: Path, index: Index) -> list[Path]:
    """Files in the folder that the cache does not use, such as those of people no longer in the dataset."""
    known = {NAME, *(file.name for file in index.files)}
    return sorted(path for path in folder.iterdir() if path.suffix == ".h5" and path.name not in known)


def size_on_disk(folder: Path, files: Sequence[IndexedFile]) -> int:
    """Bytes of ``cache.json``, the files, and that of their slices where there is one."""
    names = [NAME, *(file.name for file in files), *([SLICES] if (folder / SLICES).exists() else [])]
    return sum((folder / name).stat().st_size for name in names)


def _noted_folder(cache: Path) -> str:
    """The name of the folder that was read, where the settings beside a cache say it."""
    root = noted_settings(cache).get("root")
    return Path(root).name if isinstance(root, str) else ""


def _content(known: np.ndarray) -> str:
    """The cells of a column that are there, in words."""
    if not len(known):
        return "nothing"
    if known.dtype.kind != "U":
        low, high = known.min(), known.max()
        return f"{low:g}" if low == high else f"{low:g} to {high:g}"
    texts, counts = np.unique(known, return_counts=True)
    if len(texts) > _TEXTS:
        return f"{len(texts)} texts, as in {texts[0]}"
    return ", ".join(f"{text} ({count})" for text, count in zip(texts, counts, strict=True))


def _fault(folder: Path, listed: IndexedFile) -> str:
    try:
        digest = verify_file(folder / listed.name)
    except FileNotFoundError:
        return f"{listed.name} is missing"
    except InputError as error:
        return f"{listed.name} holds {error.found}"
    return "" if digest == listed.digest else f"{listed.name} is not the file that {NAME} lists"


def _slices_faults(folder: Path, index: Index) -> list[str]:
    """Faults of the file of slices: changed bytes, or another content than that of the recordings."""
    try:
        stored = stored_slices(folder, index)
    except CacheCorrupt as error:
        return [f"{SLICES} holds {error.found}"]
    cache = Cache(folder, index)
    of_files = {name: slices_of(name, cache.file, len(index.files), index.places) for name in stored}
    differing = [name for name, slices in stored.items() if not slices.equals(of_files[name])]
    return [f"{SLICES} says of {name} what the recordings do not" for name in differing]


def _quality(cache: Cache, file: int, name: str) -> Quality:
    listed, series = cache.index.files[file], cache.series(file, name)
    layout, n_features = cache.layout(name), len(cache.features(name))
    counted = _member_slices(listed, series)
    low, high = (read_stored(layout, end) for end in _extremes(series, series.valid & counted))
    still = (low == high).all(axis=1) & (int((series.valid & counted).sum()) > 1)  # a single slice cannot change
    constant = tuple(site for site, same in zip(layout.sites, still, strict=True) if same)
    nothing, slices = not series.valid[counted].any(), int(counted.sum())
    invalid = float(1 - series.valid[counted].mean()) if slices else 0.0
    return Quality(
        subject=listed.subject,
        session=listed.session,
        series=name,
        trials=len(listed.members),
        slices=slices,
        invalid=invalid,
        constant=constant,
        amplitude=cache.file(file).facts.amplitudes.get(stream_name(name)),
        low=np.full(n_features, np.nan) if nothing else low.min(axis=0),
        high=np.full(n_features, np.nan) if nothing else high.max(axis=0),
    )


def _member_slices(listed: IndexedFile, series: Series) -> np.ndarray:
    """(N,) bool, True where a slice belongs to a trial that the cache does not leave out."""
    members = np.isin(np.arange(len(listed.trials)), listed.members)
    return np.repeat(members, np.diff(series.first))


def _extremes(series: Series, valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest of each value that a valid slice holds, a block of slices at a time."""
    low = np.full(series.stored.shape[1:], np.inf)
    high = -low
    for begin in range(0, len(series.valid), _BLOCK):
        block = slice(begin, begin + _BLOCK)
        values = series.stored[block][valid[block]]
        if len(values):
            low, high = np.minimum(low, values.min(axis=0)), np.maximum(high, values.max(axis=0))
    return low, high


def _gaps(times: np.ndarray, duration: float) -> np.ndarray:
    """(G,) seconds of each gap between the slices of a trial."""
    apart = np.diff(times)[~evenly_spaced(times, duration, 2)]
    return np.asarray(apart - duration)


def _lacking(series: Series, kind: str, rows: slice) -> int:
    """The number of slices that lack one of the ratings, or of the units."""
    return int(np.isnan(getattr(series, kind)[rows]).any(axis=1).sum())
