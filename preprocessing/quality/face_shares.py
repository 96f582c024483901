"""How often a face was seen in the frames of a cache, and how often only somebody else's: by recording, by class."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..cache.cache import Cache
from ..cache_files.cache_file import Series
from ..cache_files.cache_index import IndexedFile


@dataclass(frozen=True)
class FaceShare:
    """Frames in which a face was looked for.

    Args:
        category: The class that they show; empty for those of all.
        frames: Their number.
        seen: Share in which the person's face was found, 0..1.
        doubtful: Share in which faces were there, but none that is surely the person's, 0..1.
    """

    category: str
    frames: int
    seen: float
    doubtful: float


@dataclass(frozen=True)
class Doubt:
    """A stretch of frames without the face that was followed, while another one was there.

    Args:
        trial: Row of the cache.
        file, series, first, last: The recording, and a half-open range of slices in its series.
        start, stop: Session seconds.
    """

    trial: int
    file: int
    series: str
    first: int
    last: int
    start: float
    stop: float


def face_share(cache: Cache, file: int, series: str) -> FaceShare | None:
    """The share of one series of one recording, all classes together; None where nobody looked for a face."""
    opened = cache.series(file, series)
    return _share("", opened, _in_cache(cache.index.files[file], opened)) if opened.track else None


def shares_by_class(cache: Cache, file: int, series: str) -> tuple[FaceShare, ...]:
    """The shares of each class that occurs in one series of one recording, in the task's order."""
    opened = cache.series(file, series)
    if opened.track is None:
        return ()
    there = _in_cache(cache.index.files[file], opened)
    chosen = [(name, there & (opened.category == k)) for k, name in enumerate(cache.task.categories)]
    return tuple(_share(name, opened, rows) for name, rows in chosen if rows.any())


def summed(shares: Iterator[FaceShare] | list[FaceShare]) -> list[FaceShare]:
    """One share for each class, of all frames together, in the order in which the classes come."""
    of_class: dict[str, list[FaceShare]] = {}
    for share in shares:
        of_class.setdefault(share.category, []).append(share)
    together = []
    for name, group in of_class.items():
        frames = [share.frames for share in group]
        seen, doubtful = (
            np.average([getattr(s, part) for s in group], weights=frames) for part in ("seen", "doubtful")
        )
        together.append(FaceShare(name, sum(frames), float(seen), float(doubtful)))
    return together


def doubts(cache: Cache) -> Iterator[Doubt]:
    """Every doubtful stretch of every recording, in the order of the cache."""
    row = 0
    for number, listed in enumerate(cache.index.files):
        recorded = cache.file(number).series
        for member in listed.members:
            for name in recorded:
                yield from _doubts_of(row, number, name, recorded[name], member)
            row += 1


def _doubts_of(row: int, file: int, name: str, series: Series, member: int) -> Iterator[Doubt]:
    if series.track is None or series.track.doubtful is None:
        return
    begin, end = series.first[member : member + 2].tolist()
    edges = np.flatnonzero(np.diff(np.pad(series.track.doubtful[begin:end].astype(np.int8), 1)))
    for first, last in edges.reshape(-1, 2).tolist():
        start, stop = (float(series.times[begin + i]) for i in (first, last - 1))
        yield Doubt(trial=row, file=file, series=name, first=begin + first, last=begin + last, start=start, stop=stop)


def _share(name: str, series: Series, rows: np.ndarray) -> FaceShare:
    """Rounded, so that equal caches give equal reports."""
    assert series.track is not None
    doubtful = series.track.doubtful
    shares = (
        float(flags[rows].mean()) if rows.any() and flags is not None else 0.0
        for flags in (series.track.seen, doubtful)
    )
    return FaceShare(name, int(rows.sum()), *(round(share, 6) for share in shares))


def _in_cache(listed: IndexedFile, series: Series) -> np.ndarray:
    """(N,) bool, True where a slice belongs to a trial that the cache does not leave out."""
    inside = np.zeros(len(series.times), bool)
    for member, (begin, end) in enumerate(pairwise(series.first.tolist())):
        inside[begin:end] = member in listed.members
    return inside
