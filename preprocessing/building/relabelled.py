"""A recording whose labels were corrected: its volumes stay, its truths are written anew."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...signals import CacheCorrupt, Target, Trial, Volume
from ..cache_files.cache_file import CacheFile, RecordingFacts, TrialFacts, open_file
from ..cache_files.cache_writing import publish_recording

Key = Callable[[Sequence[Trial]], str]
"""The key of a recording of these trials (``RecordingBuild.key``)."""

_PARTS = ("category", "dimensions", "units")


def file_with_other_labels(path: Path, trials: Sequence[Trial], key: Key) -> CacheFile | None:
    """The file of a recording that was made from the same as now but for the truths; None where there is none.

    It is put to the proof: with the truths that the file holds, the trials must have the file's very key. Truths that
    change within a trial, and units finer than float32, do not come back whole; such a recording is built anew.
    """
    if not path.is_file():
        return None
    try:
        file = open_file(path)
    except CacheCorrupt:
        return None
    before = {fact.trial: file.trial(place) for place, fact in enumerate(file.facts.trials)}
    of_old = [replace(trial, target=_target_before(before.get(trial.trial, {}), trial.target)) for trial in trials]
    return file if key(of_old) == file.facts.key else None


def relabel(path: Path, file: CacheFile, trials: Sequence[Trial], key: str) -> tuple[RecordingFacts, str]:
    """Facts and digest of the file, published again with the truths of ``trials``: the bytes that a new build gives."""
    targets = {trial.trial: trial.target for trial in trials}
    volumes, facts = [], []
    for place, fact in enumerate(file.facts.trials):
        made = {
            name: replace(volume, target=targets[fact.trial].at(volume.times))
            for name, volume in file.trial(place).items()
        }
        volumes.append(made)
        facts.append(_relabelled(fact, made))
    relabelled = replace(file.facts, key=key, trials=tuple(facts))
    return relabelled, publish_recording(path, relabelled, volumes)


def other_truths(file: CacheFile, trials: Sequence[Trial]) -> list[Trial]:
    """Those of ``trials`` whose truths the file holds otherwise."""
    before = {fact.trial: next(iter(file.trial(place).values())) for place, fact in enumerate(file.facts.trials)}
    held = [(trial, before[trial.trial]) for trial in trials if trial.trial in before]
    return [trial for trial, volume in held if not _equal(volume.target, trial.target.at(volume.times))]


def _equal(one: Target, other: Target) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in _PARTS)


def _relabelled(fact: TrialFacts, volumes: Mapping[str, Volume]) -> TrialFacts:
    categories = np.unique(next(iter(volumes.values())).target.category)
    return replace(fact, category=int(categories[0]) if len(categories) == 1 else -1)


def _target_before(volumes: Mapping[str, Volume], target: Target) -> Target:
    """The truth of which a trial's volumes were made: ``target`` where it gives theirs, or where there are none."""
    volume = next(iter(volumes.values()), None)
    if volume is None or not len(volume.times):
        return target
    stored, now = volume.target, target.at(volume.times)
    if _equal(stored, now):
        return target
    first = stored.at(volume.times[:1])
    rows = {name: getattr(first, name).astype(getattr(target, name).dtype) for name in _PARTS}
    return Target(**rows)
