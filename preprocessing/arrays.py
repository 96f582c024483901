"""Caches from arrays in memory."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..signals import InputError, Layout, Target, Task, Volume
from .cache_file import RecordingFacts, facts_of
from .cache_index import Index, common_series, file_name, indexed
from .publish import publish_recording


@dataclass(frozen=True, eq=False)
class Arrays:
    """Trials as arrays, and what must be known about them; see ``Cache.from_arrays``."""

    x: Sequence[np.ndarray]
    layout: Layout
    task: Task
    category: Sequence[Any]
    subject: Sequence[Any]
    session: Sequence[Any] | None = None
    trial: Sequence[int] | None = None
    stimulus: Sequence[Any] | None = None
    valid: Sequence[np.ndarray] | None = None
    duration: float = 1.0
    features: Sequence[str] | None = None
    modality: str = "eeg"
    dataset: str = "arrays"
    simulated: bool = False

    def volumes(self) -> Iterator[Volume]:
        """A volume for each trial.

        Raises:
            InputError: The lengths or shapes disagree.
        """
        n = len(self.x)
        session = ["1"] * n if self.session is None else self.session
        trial = _counted(self.subject, session) if self.trial is None else self.trial
        stimulus = trial if self.stimulus is None else self.stimulus
        valid = [np.ones(len(x), bool) for x in self.x] if self.valid is None else self.valid
        columns = {"valid": valid, "category": self.category, "subject": self.subject, "session": session,
                   "trial": trial, "stimulus": stimulus}
        _check_lengths(columns, n)
        for x, *identity in zip(self.x, *columns.values(), strict=True):
            yield self._volume(np.asarray(x, np.uint8 if self.layout.pixels else np.float32), *identity)

    def _volume(
        self, x: np.ndarray, valid: np.ndarray, truth: Any, subject: Any, session: Any, trial: int, stimulus: Any
    ) -> Volume:
        times = np.arange(len(x)) * self.duration
        n_features = self.layout.pixels.index.shape[1] if self.layout.pixels else x.shape[-1]
        names = self.features or [f"feature {k + 1}" for k in range(n_features)]
        target = truth if isinstance(truth, Target) else Target.of(int(truth))
        return Volume(
            x, times, valid, self.layout, tuple(names), self.duration, False, str(subject),
            str(session), int(trial), str(stimulus), target=target.at(times),
        )


def publish_arrays(folder: Path, arrays: Arrays) -> None:
    """Write a cache of ``arrays`` into ``folder``."""
    recordings: dict[tuple[str, str], list[Volume]] = {}
    for volume in arrays.volumes():
        recordings.setdefault((volume.subject, volume.session), []).append(volume)
    folder.mkdir(parents=True, exist_ok=True)
    written = [_publish(folder, volumes, arrays.modality) for volumes in recordings.values()]
    Index(
        arrays.dataset, 1, arrays.simulated, arrays.task, {arrays.modality: ()},
        common_series([facts for facts, _ in written]), tuple(indexed(*file) for file in written), (),
    ).write(folder)


def _publish(folder: Path, volumes: Sequence[Volume], modality: str) -> tuple[RecordingFacts, str]:
    trials = [{modality: volume} for volume in volumes]
    facts = facts_of("arrays", trials)
    return facts, publish_recording(folder / file_name(facts.subject, facts.session), facts, trials)


def _counted(subject: Sequence[Any], session: Sequence[Any]) -> list[int]:
    seen: Counter[tuple[Any, Any]] = Counter()
    numbers = []
    for recording in zip(subject, session, strict=False):
        seen[recording] += 1
        numbers.append(seen[recording])
    return numbers


def _check_lengths(columns: dict[str, Sequence[Any]], n: int) -> None:
    wrong = [f"{len(values)} of {name}" for name, values in columns.items() if len(values) != n]
    if wrong or not n:
        raise InputError(
            "Cache.from_arrays", ", ".join(wrong) or "no trials", f"one of each for {n} trials" if n else "trials",
            "correct them",
        )
    trials = Counter(zip(columns["subject"], columns["session"], columns["trial"], strict=True))
    twice = [trial for trial, count in trials.items() if count > 1]
    if twice:
        subject, session, trial = twice[0]
        raise InputError(
            "Cache.from_arrays", f"trial {trial} of subject {subject}, session {session} twice", "each trial once",
            "number the trials of a session",
        )
