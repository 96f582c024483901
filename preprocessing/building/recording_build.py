"""One recording of a dataset, from its trials to its file."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...signals import CacheCorrupt, FaceMarks, InputError, Layout, Peripheral, Trial, Volume
from ...signals.files.publishing import DiskFull
from ...signals.trials.trial import Stream
from ..cache_files.cache_file import SCHEMA, LeftOut, RecordingFacts, facts_of, open_file
from ..cache_files.cache_index import file_name
from ..cache_files.cache_writing import publish_recording
from ..cleaning.missing import follow
from ..steps.recipe import Recipe, recipe_text, stream_name
from .amplitude import OF_TABLES, UnitRemedies, amplitudes, channel_remarks
from .relabelled import file_with_other_labels, other_truths, relabel
from .watched import WatchedTrial

_LISTED = 3
"""Measures of a sensor that are named one by one where some cannot be told."""


@dataclass(frozen=True)
class RecordingBuild:
    """The settings of a build, the same for every recording.

    Args:
        folder: The cache.
        dataset, version: Name of the dataset and version of its reader.
        recipe: Steps by series.
        root: Where the dataset lies, of which a cache says nothing.
        remedies: What one can do about a wrong unit.
    """

    folder: Path
    dataset: str
    version: int
    recipe: Recipe
    root: Path | None = None
    remedies: UnitRemedies = OF_TABLES

    def path(self, trials: Sequence[Trial]) -> Path:
        """The file of the recording that these trials are."""
        return self.folder / file_name(*trials[0].recording)

    def key(self, trials: Sequence[Trial]) -> str:
        """SHA-256 of all that a recording's file depends on: its source's bytes, its trials, the recipe, the reader."""
        content = {
            "schema": SCHEMA,
            "dataset": self.dataset,
            "version": self.version,
            "recipe": recipe_text(self.recipe),
            "trials": [self._trial_json(trial) for trial in trials],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def published(self, trials: Sequence[Trial], key: str) -> tuple[RecordingFacts, str] | None:
        """Facts and digest of the recording's file, if it is there, whole, and made from the same."""
        stored = published(self.path(trials), key)
        return (_opened_with(stored[0], trials), stored[1]) if stored else None

    def has_signals(self, trials: Sequence[Trial]) -> bool:
        """Whether the recording's file is there, made from the same but perhaps for the truths."""
        stored = self.published(trials, self.key(trials))
        return bool(stored or file_with_other_labels(self.path(trials), trials, self.key))

    def left_out(self, what: str, reason: str) -> LeftOut:
        """An entry about something left out, with paths as seen from the dataset's folder."""
        if self.root is None:
            return LeftOut(what, reason)
        within, itself = f"{self.root}/", str(self.root)
        return LeftOut(*(text.replace(within, "").replace(itself, self.dataset) for text in (what, reason)))

    def _trial_json(self, trial: Trial) -> dict[str, Any]:
        streams = sorted({stream_name(series) for series in self.recipe})
        truths = [getattr(trial.target, field.name) for field in fields(trial.target)]
        return {
            "subject": trial.subject,
            "session": trial.session,
            "trial": trial.trial,
            "stimulus": trial.stimulus,
            "part": trial.part,
            "target": list(map(_as_json, truths)),
            "streams": {name: _stream_json(trial.streams[name]) for name in streams if name in trial.streams},
        }


@dataclass(frozen=True)
class BuiltRecording:
    """The outcome of the work on one recording.

    Attributes:
        file: Facts and digest of its file; None when it is broken.
        kept: Whether the file was there already.
        relabelled: Its trials whose truths were written anew, where nothing else was.
        broken: The trials that are not in its file, and the reasons; of a recording without a file, the recording.
        errors: Those of them that a user can put right.
    """

    file: tuple[RecordingFacts, str] | None
    kept: bool = False
    relabelled: tuple[str, ...] = ()
    broken: tuple[LeftOut, ...] = ()
    errors: tuple[InputError, ...] = ()


def published(path: Path, key: str) -> tuple[RecordingFacts, str] | None:
    """Facts and digest of a recording's file, if it is there, whole, and has this key."""
    if not path.is_file():
        return None
    try:
        file = open_file(path)
    except CacheCorrupt:
        return None
    return (file.facts, file.digest) if file.facts.key == key else None


def build(plan: RecordingBuild, trials: Sequence[Trial]) -> BuiltRecording:
    """The recording's file, made unless it is there already, of those of its trials that can be used.

    Whatever is wrong comes back as the outcome's ``broken``, so that it stops no other trial and no other recording.

    Raises:
        DiskFull: There is no room; then no other recording can be written either.
    """
    try:
        key = plan.key(trials)
        if stored := plan.published(trials, key):
            return BuiltRecording(stored, kept=True, broken=stored[0].broken)
        if file := file_with_other_labels(plan.path(trials), trials, plan.key):
            file = replace(file, facts=_opened_with(file.facts, trials))
            changed = tuple(str(trial) for trial in other_truths(file, trials))
            stored = relabel(plan.path(trials), file, trials, key)
            return BuiltRecording(stored, kept=True, relabelled=changed, broken=stored[0].broken)
        return _published(plan, trials, key)
    except DiskFull:
        raise
    except Exception as error:  # a bad recording must not stop the others, whatever a reader made of it
        subject, session = trials[0].recording
        return _without_file(trials, [LeftOut(f"subject {subject}, session {session}", _reason(error))], [error])


def _published(plan: RecordingBuild, trials: Sequence[Trial], key: str) -> BuiltRecording:
    streams = {stream_name(series) for series in plan.recipe}
    volumes, usable, broken, errors, sketches = [], [], [], [], []
    for trial in trials:
        watched = WatchedTrial.of(trial, streams)
        try:
            followed, made = follow(plan.recipe, watched.trial)
        except Exception as error:  # a bad trial must not stop the others either
            known = plan.remedies.named(error) if isinstance(error, InputError) else error
            broken.append(plan.left_out(str(trial), _reason(known)))
            errors.append(known)
        else:
            usable.append(followed)
            volumes.append(made)
            sketches.append(watched.sketches)
    if not usable:
        return _without_file(trials, broken, errors)
    facts = facts_of(key, volumes)
    remarks = dict.fromkeys(remark for trial in usable for remark in trial.remarks)
    remarks |= dict.fromkeys(channel_remarks(usable[len(usable) // 2], streams, plan.remedies))
    remarks |= dict.fromkeys(_unmeasured(usable, volumes))
    remarks |= dict.fromkeys(_of_several_faces(volumes))
    measured = amplitudes(usable, streams)
    facts = replace(facts, remarks=tuple(remarks), amplitudes=measured, broken=tuple(broken))
    facts = _opened_with(replace(facts, sketches=tuple(sketches) if any(sketches) else ()), trials)
    # once more: another process may have finished the same recording in the meantime
    file = plan.published(trials, key) or (facts, publish_recording(plan.path(trials), facts, volumes))
    return BuiltRecording(file, broken=facts.broken)


def _opened_with(facts: RecordingFacts, trials: Sequence[Trial]) -> RecordingFacts:
    """The facts with what is remarked of its trials now: tables may have been corrected since they were written."""
    usable = {fact.trial for fact in facts.trials}
    return facts.opened_with([remark for trial in trials if trial.trial in usable for remark in trial.remarks])


def _unmeasured(trials: Sequence[Trial], volumes: Sequence[Mapping[str, Volume]]) -> Iterator[str]:
    """A sentence on each series of a sensor of which not every slice could be measured."""
    for trial, made in zip(trials, volumes, strict=True):
        for name, volume in made.items():
            if isinstance(trial.streams.get(stream_name(name)), Peripheral) and not volume.valid.all():
                few = len(volume.features) <= _LISTED
                measures = " or ".join(volume.features) if few else f"{len(volume.features)} measures"
                yield f"{name}: {measures} cannot be told in some slices, which are invalid"


def _of_several_faces(volumes: Sequence[Mapping[str, Volume]]) -> Iterator[str]:
    """A sentence on each series of faces that were chosen among several."""
    for made in volumes:
        for name, volume in made.items():
            if volume.track is not None and volume.track.choice:
                yield f"{name}: {volume.track.choice}"


def _without_file(trials: Sequence[Trial], broken: list[LeftOut], errors: Sequence[Exception]) -> BuiltRecording:
    """A recording without a usable trial; what is wrong with all of them is said once."""
    if len({fault(left) for left in broken}) == 1:
        subject, session = trials[0].recording
        broken, errors = [LeftOut(f"subject {subject}, session {session}", broken[0].reason)], errors[:1]
    known = tuple(error for error in errors if isinstance(error, InputError))
    return BuiltRecording(None, broken=tuple(broken), errors=known)


def fault(left: LeftOut) -> str:
    """The reason without the file, where it is one of ours."""
    return left.reason.partition(": found ")[2] or left.reason


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"


def _stream_json(stream: Stream) -> dict[str, Any]:
    # ``read`` and ``source`` name files: where a recording lies must not change its key, nor must words about it
    unkeyed = ("read", "source", "remarks")
    facts = {f.name: _as_json(getattr(stream, f.name)) for f in fields(stream) if f.name not in unkeyed}
    # empty, they are what caches of versions that did not know them have
    for newer in ("joints", "display", "times", "valid"):
        if not facts.get(newer):
            facts.pop(newer, None)
    return {**facts, "source": stream.source.digest()}


def _as_json(value: Any) -> Any:
    """A stream's fact as JSON; arrays as their digest."""
    if isinstance(value, Layout):
        return value.to_json()
    if isinstance(value, FaceMarks):
        return {field.name: _as_json(getattr(value, field.name)) for field in fields(value)}
    return hashlib.sha256(value.tobytes()).hexdigest() if isinstance(value, np.ndarray) else value
