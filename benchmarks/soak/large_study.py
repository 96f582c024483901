"""A study of 2,000 recordings of 200 people, preprocessed and benchmarked by the commands, each killed in the middle.

Nobody was recorded: every recording is simulated noise, a little louder in one of the two categories.
"""

import re
import resource
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...signals import SCALP_19
from ...signals.datasets.lookalikes.recordings import background
from ...signals.files.edf import write_long_edf
from .children import Ended, started
from .count import Count
from .works import Outcome, cleared, difference, outcome

PEOPLE, SESSIONS = 200, 10
SECONDS, RATE = 20, 128
"""Of a recording; its 19 electrodes are sampled at that many Hz."""

FOLDS = 10
RECORDINGS, TRAININGS = "*.h5", "*/parts/*"
"""What a cache holds of each recording, and an unfinished run of each training."""

LONGEST = 1800.0
"""Seconds after which a command hangs."""

_LOUDER = 1.3
"""Factor of the amplitude in the second category."""

_EVERY = 0.1
"""Seconds between looks at what a command has left so far."""


@dataclass(frozen=True)
class Finished:
    """A command that ran to its end.

    Args:
        end: How.
        busy: Seconds of processors that it and its workers took.
    """

    end: Ended
    busy: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it ran."""
        return self.end.seconds

    def __str__(self) -> str:
        return f"{self.seconds:.0f} s ({self.busy:.0f} s of processors)"


def rows(folder: Path, times: int, seed: int) -> Iterator[Count]:
    """The two commands on the whole study, whatever ``times`` is.

    Args:
        folder: An empty one to work in.
        times: Of no effect: there is one study.
        seed: Of the noise.
    """
    yield from of_study(folder, PEOPLE, SESSIONS, seed)


def of_study(folder: Path, people: int, sessions: int, seed: int) -> Iterator[Count]:
    """Both commands on a study of so many people (ten at least), with so many sessions each."""
    write_study(folder / "study", people, sessions, seed)
    yield _run_killed(folder, people * sessions)
    yield _bench_killed(folder, people * sessions)


def write_study(folder: Path, people: int, sessions: int, seed: int) -> None:
    """A table of trials, and an EDF of one trial for each session of each person."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    lines = ["subject,session,trial,stimulus,eeg,category"]
    for subject, session in np.ndindex(people, sessions):
        name, loud = f"s{subject + 1}_{session + 1}.edf", session % 2
        samples = background(rng, len(SCALP_19), SECONDS * RATE, RATE) * _LOUDER**loud
        write_long_edf(folder / name, SCALP_19.sites, RATE, [samples], SECONDS)
        lines.append(f"{subject + 1},{session + 1},1,film {session + 1},{name},{('calm', 'happy')[loud]}")
    (folder / "trials.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _run_killed(folder: Path, recordings: int) -> Count:
    """``run``, killed after half of the recordings, started again, and every digest checked."""
    cache, logs = folder / "cache", folder / "logs"
    words = ["emo-preprocess", "run", "TrialTable", str(folder / "study"), str(cache), "--jobs", "2", "--only", "eeg"]
    killed = _killed(words, logs / "killed", lambda: 2 * _files(cache, RECORDINGS) >= recordings)
    stood = _files(cache, RECORDINGS)
    again = _done(words, logs / "again")
    verified = _done(["emo-preprocess", "verify", str(cache)], logs / "verified")
    faults = [_not_struck(killed), again.end.wrong, verified.end.wrong]
    if not stood <= _kept(again.end.text) < recordings == _files(cache, RECORDINGS):
        faults.append(
            f"{stood} of {_files(cache, RECORDINGS)} files stood after the kill, but {_kept(again.end.text)} were kept"
        )
    note = f"killed with {stood:,} done after {killed.seconds:.0f} s; the rest {again}; verify {verified}"
    return _counted(f"killed in the middle, then run again: {recordings:,} recordings, run --jobs 2", faults, note)


def _bench_killed(folder: Path, recordings: int) -> Count:
    """``bench``, undisturbed, and killed in the middle and started again: both leave the same."""
    whole, broken, logs = folder / "whole", folder / "broken", folder / "logs"
    words = [
        "emo-train",
        "bench",
        str(folder / "cache"),
        "--models",
        "linear",
        "--split",
        f"k_folds('subject', {FOLDS})",
    ]
    undisturbed = _done([*words, "--output", str(whole)], logs / "undisturbed")
    to_broken = [*words, "--output", str(broken)]
    killed = _killed(to_broken, logs / "killed", lambda: 2 * _files(broken, TRAININGS) >= FOLDS)
    stood = _files(broken, TRAININGS)
    again = _done(to_broken, logs / "again")
    faults = [undisturbed.end.wrong, _not_struck(killed), again.end.wrong]
    if not any(faults):
        faults.append(difference(_left(whole), _left(broken)))
    note = f"undisturbed {undisturbed}; killed with {stood} of {FOLDS} folds done; the rest {again}"
    return _counted(f"killed in the middle, then run again: {recordings:,} recordings, bench of linear", faults, note)


def _killed(words: list[str], log: Path, reached: Callable[[], bool]) -> Finished:
    """A command that is killed with its group once so much is done."""
    child = started(words, cleared(log) / "log.txt")
    begun = time.monotonic()
    while (end := child.ended(_EVERY)) is None:
        if reached() or time.monotonic() - begun > LONGEST:
            end = child.struck(signal.SIGKILL, group=True)
            break
    return Finished(end)


def _done(words: list[str], log: Path) -> Finished:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = started(words, cleared(log) / "log.txt")
    end = child.ended(LONGEST) or child.struck(signal.SIGKILL, group=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Finished(end, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _files(folder: Path, pattern: str) -> int:
    """How many files of a pattern a folder holds; those that are being written have hidden names."""
    return sum(1 for path in folder.glob(pattern) if not path.name.startswith("."))


def _kept(text: str) -> int:
    """How many recordings a run says that it kept."""
    found = re.search(r"([\d,]+) kept", text)
    return int(found[1].replace(",", "")) if found else 0


def _not_struck(killed: Finished) -> str:
    return "" if killed.end.code == -signal.SIGKILL else f"was over before it could be killed: {killed.end.lines[-1:]}"


def _left(folder: Path) -> Outcome:
    """Digests of what a run left; but for the settings, which name the folder."""
    return {name: digest for name, digest in outcome(folder).items() if name != "run.yaml"}


def _counted(what: str, faults: Sequence[str], note: str) -> Count:
    together = "; ".join(filter(None, faults))
    return Count(what, 1, (together,) if together else (), note)
