"""Identity by content: trials that hold the same samples, whatever their names are."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from ...signals import Volume
from ...signals.streams.peripheral import KINDS
from ...signals.streams.sketch import WITNESSES, Sketch, pictures_sketch, slices_sketch

_BLOCK = 1024
"""Slices looked at together."""

_APART = 0.125
"""Seconds between windows that count as two."""


@dataclass(frozen=True)
class SharedStretch:
    """A stretch of samples that two trials hold, each at its own place.

    Args:
        earlier, later: Their places among the trials.
        seconds: How much of the later one it is, about.
        of: Seconds of the later one.
    """

    earlier: int
    later: int
    seconds: float
    of: float

    def __str__(self) -> str:
        whole = round(self.of)
        return (
            f"{min(round(self.seconds), whole)} of {whole} s"
            if self.of >= 10
            else f"{self.seconds:.1f} of {self.of:.1f} s"
        )


def samples_of(trial: Mapping[str, Volume]) -> tuple[str, ...]:
    """SHA-256 of what each series of a trial holds, in the order of their names; equal for equal samples.

    Only the values count: not the clock, the truth, or which slices may be trusted, which annotations of a copied file
    may change. A series has none where nothing varies or no slice may be trusted: silence is equal to silence. Sensors
    on the body have none: a skin of the same tenth of a degree is no sign of the same trial.
    """
    telling = [volume for name, volume in sorted(trial.items()) if name.split("-")[0] not in KINDS]
    return tuple(_digest(volume.stored) for volume in telling if _varies(volume))


def same_samples(digests: Sequence[Sequence[str]]) -> np.ndarray:
    """(trials,) for each trial the first that holds the same samples in any series, directly or by way of others.

    Args:
        digests: Of each trial, those of its series.
    """
    holder: dict[str, int] = {}
    root = list(range(len(digests)))
    for trial, of_series in enumerate(digests):
        for digest in of_series:
            # Two trials that share a series become one group, named after its first trial.
            a, b = _root(root, holder.setdefault(digest, trial)), _root(root, trial)
            root[max(a, b)] = min(a, b)
    return np.array([_root(root, trial) for trial in range(len(root))], int)


def repeated_samples(digests: Sequence[Sequence[str]]) -> dict[int, int]:
    """Trials that repeat samples of an earlier one, and that one; what is repeated counts for no other.

    Args:
        digests: Of each trial, those of its series.
    """
    holder: dict[str, int] = {}
    repeated: dict[int, int] = {}
    for trial, of_series in enumerate(digests):
        earlier = [holder[digest] for digest in of_series if digest in holder]
        if earlier:
            repeated[trial] = min(earlier)
        else:
            holder.update(dict.fromkeys(of_series, trial))
    return repeated


def sketches_of(trial: Mapping[str, Volume]) -> tuple[Sketch, ...]:
    """Sketches of the slices of a trial's series that may be trusted; none of sensors, as of ``samples_of``."""
    sketches = []
    for name, volume in sorted(trial.items()):
        if name.split("-")[0] not in KINDS:
            sketch = pictures_sketch if volume.layout.pixels else slices_sketch
            sketches.append(sketch(volume.stored, volume.valid, volume.duration))
    return tuple(sketch for sketch in sketches if sketch.telling)


def shared_stretches(sketches: Sequence[Sequence[Sketch]]) -> list[SharedStretch]:
    """Stretches that trials share with an earlier one, in the order of the later; one for each two trials.

    Args:
        sketches: Of each trial, those of its streams.
    """
    trial_of = np.array([trial for trial, streams in enumerate(sketches) for _ in streams], int)
    streams = list(chain.from_iterable(sketches))
    seconds: dict[tuple[int, int], dict[int, float]] = {}
    for earlier, later, shared in _moved_windows(streams):
        a, b = sorted((int(trial_of[earlier]), int(trial_of[later])))
        if a != b:
            by_stream = seconds.setdefault((b, a), {})
            by_stream[later] = by_stream.get(later, 0.0) + shared
    return [_stretch(earlier, later, seconds[later, earlier], streams) for later, earlier in sorted(seconds)]


def _stretch(earlier: int, later: int, seconds: Mapping[int, float], streams: Sequence[Sketch]) -> SharedStretch:
    most = max(seconds, key=seconds.__getitem__)
    whole = streams[most].length / streams[most].rate
    return SharedStretch(earlier, later, min(seconds[most], whole), whole)


def _moved_windows(streams: Sequence[Sketch]) -> Iterator[tuple[int, int, float]]:
    """Two streams, the earlier first, and the seconds that they share, for each distance by which they are moved.

    Windows of a rhythm (the mains, a flicker) are alike by chance, at any distance: those at one distance count where
    they outnumber all others between them.
    """
    alike = _alike_windows(streams)
    in_order = alike[np.lexsort((alike[:, 3], alike[:, 1]))]
    alike = alike[np.lexsort(alike.T[::-1])]
    others = 1 + np.flatnonzero(np.diff(alike[:, :3], axis=0).any(axis=1))
    for windows in np.split(alike, others):
        if len(windows) >= WITNESSES and 2 * len(windows) > _between(in_order, windows):
            earlier, later, moved = windows[0, :3].tolist()
            if seconds := _seconds(windows[:, 3], streams[earlier], streams[later], moved):
                yield earlier, later, seconds


def _between(alike: np.ndarray, windows: np.ndarray) -> int:
    """How many of ``alike`` (n, 4), in order of their stream and place, lie from the first to the last of windows."""
    later = windows[0, 1]
    begin, end = np.searchsorted(alike[:, 1], later), np.searchsorted(alike[:, 1], later, "right")
    places = alike[begin:end, 3]
    last = np.searchsorted(places, windows[-1, 3], "right")
    return int(last - np.searchsorted(places, windows[0, 3]))


def _alike_windows(streams: Sequence[Sketch]) -> np.ndarray:
    """(n, 4) for each window that an earlier stream holds too: that stream, its own, how far it moved, its place."""
    windows = [stream.windows for stream in streams] or [(np.zeros(0, np.uint64), np.zeros(0, int))]
    owner = np.repeat(np.arange(len(windows)), [len(values) for values, _ in windows])
    value, place = (np.concatenate(column) for column in zip(*windows, strict=True))
    order = np.lexsort((owner, value))
    value, place, owner = value[order], place[order], owner[order]
    again = np.flatnonzero(value[1:] == value[:-1]) + 1
    first = np.searchsorted(value, value[again])
    return np.stack([owner[first], owner[again], place[again] - place[first], place[again]], axis=1)


def _seconds(places: np.ndarray, earlier: Sketch, later: Sketch, moved: int) -> float:
    """Seconds of ``later`` in which windows at ``places`` are those of ``earlier``; 0 where too few of them lie apart.

    The stretch ends where one of the two does, or half-way to the next window that the other does not have.
    """
    if len(np.unique(places // max(int(later.rate * _APART), 1))) < WITNESSES:
        return 0.0
    values, of_later = later.windows
    of_later = of_later[values <= earlier.windows[0][-1]]  # larger ones a long recording leaves out
    first, last = places.min(), places.max()
    before, behind = of_later[of_later < first].max(initial=-1), of_later[of_later > last].min(initial=later.length)
    begin, end = max(0, moved), min(later.length, moved + earlier.length)
    reach = 2 * _APART * later.rate  # windows so near to an end of the other one are cut there
    begin = begin if begin + reach > before else -(-(before + first) // 2)
    end = end if end - reach <= behind else -(-(last + behind) // 2)
    return float(end - begin) / later.rate


def _root(root: list[int], trial: int) -> int:
    while root[trial] != trial:
        root[trial] = root[root[trial]]
        trial = root[trial]
    return trial


def _digest(stored: np.ndarray) -> str:
    digest = hashlib.sha256()
    for begin in range(0, len(stored), _BLOCK):  # hours of samples fill the memory only once
        values = stored[begin : begin + _BLOCK]
        values = values + 0 if np.issubdtype(stored.dtype, np.floating) else values  # minus zero is zero
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


def _varies(volume: Volume) -> bool:
    if not volume.valid.any():
        return False
    first, blocks = volume.stored.flat[0], range(0, len(volume.stored), _BLOCK)
    return any((volume.stored[begin : begin + _BLOCK] != first).any() for begin in blocks)
