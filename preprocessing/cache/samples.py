"""Identity by content: trials that hold the same samples, whatever their names are."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from ...signals import Volume
from ...signals.streams.peripheral import KINDS

_BLOCK = 1024
"""Slices looked at together for one that differs."""


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


def _root(root: list[int], trial: int) -> int:
    while root[trial] != trial:
        root[trial] = root[root[trial]]
        trial = root[trial]
    return trial


def _digest(stored: np.ndarray) -> str:
    values = stored + 0 if np.issubdtype(stored.dtype, np.floating) else stored  # minus zero is zero
    return hashlib.sha256(np.ascontiguousarray(values).data).hexdigest()


def _varies(volume: Volume) -> bool:
    if not volume.valid.any():
        return False
    first, blocks = volume.stored.flat[0], range(0, len(volume.stored), _BLOCK)
    return any((volume.stored[begin : begin + _BLOCK] != first).any() for begin in blocks)
