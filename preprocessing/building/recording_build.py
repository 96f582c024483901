"""One recording of a dataset, from its trials to its file."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ...signals import CacheCorrupt, FaceMarks, InputError, Layout, Trial
from ...signals.files.publishing import DiskFull
from ...signals.trials.trial import Stream
from ..cache.cache_file import SCHEMA, RecordingFacts, facts_of, open_file
from ..cache.cache_index import LeftOut, file_name
from ..cache.cache_writing import publish_recording
from ..steps.recipe import Recipe, apply, recipe_text, stream_name


@dataclass(frozen=True)
class RecordingBuild:
    """What is done to every recording.

    Args:
        folder: The cache.
        dataset, version: Name of the dataset and version of its reader.
        recipe: Steps by series.
    """

    folder: Path
    dataset: str
    version: int
    recipe: Recipe

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
            "trials": [self._told(trial) for trial in trials],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def published(self, trials: Sequence[Trial], key: str) -> tuple[RecordingFacts, str] | None:
        """Facts and digest of the recording's file, if it is there, whole, and made from the same."""
        try:
            file = open_file(self.path(trials))
        except CacheCorrupt:
            return None
        return (file.facts, file.digest) if file.facts.key == key else None

    def _told(self, trial: Trial) -> dict[str, Any]:
        streams = sorted({stream_name(series) for series in self.recipe})
        truth = [getattr(trial.target, field.name) for field in fields(trial.target)]
        return {
            "subject": trial.subject,
            "session": trial.session,
            "trial": trial.trial,
            "stimulus": trial.stimulus,
            "part": trial.part,
            "target": [_told(part) for part in truth],
            "streams": {name: _stream_told(trial.streams[name]) for name in streams if name in trial.streams},
        }


@dataclass(frozen=True)
class BuiltRecording:
    """What became of one recording.

    Attributes:
        file: Facts and digest of its file; None when it is broken.
        kept: Whether the file was there already.
        broken: The recording and what is wrong with it.
    """

    file: tuple[RecordingFacts, str] | None
    kept: bool = False
    broken: LeftOut | None = None


def build(plan: RecordingBuild, trials: Sequence[Trial]) -> BuiltRecording:
    """Make a recording's file unless it is there already.

    Whatever is wrong with the recording comes back as the outcome's ``broken``, so that it stops no other.

    Raises:
        DiskFull: There is no room; then no other recording can be written either.
    """
    try:
        key = plan.key(trials)
        kept = plan.published(trials, key)
        return BuiltRecording(kept, kept=True) if kept else BuiltRecording(_publish(plan, trials, key))
    except DiskFull:
        raise
    except Exception as error:  # a bad recording must not stop the others, whatever a reader made of it
        subject, session = trials[0].recording
        told = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
        return BuiltRecording(None, broken=LeftOut(f"subject {subject}, session {session}", told))


def _publish(plan: RecordingBuild, trials: Sequence[Trial], key: str) -> tuple[RecordingFacts, str]:
    volumes = [apply(plan.recipe, trial) for trial in trials]
    facts = facts_of(key, volumes)
    return plan.published(trials, key) or (facts, publish_recording(plan.path(trials), facts, volumes))


def _stream_told(stream: Stream) -> dict[str, Any]:
    told = {f.name: _told(getattr(stream, f.name)) for f in fields(stream) if f.name not in ("read", "source")}
    return {**told, "source": stream.source.digest()}


def _told(value: Any) -> Any:
    """A stream's fact as JSON; arrays as their digest."""
    if isinstance(value, Layout):
        return value.to_json()
    if isinstance(value, FaceMarks):
        return {field.name: _told(getattr(value, field.name)) for field in fields(value)}
    return hashlib.sha256(value.tobytes()).hexdigest() if isinstance(value, np.ndarray) else value
