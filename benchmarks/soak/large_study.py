"""A study of 2,000 recordings of 200 people, preprocessed and benchmarked by the commands, each killed in the middle.

Nobody was recorded: every recording is simulated noise, a little louder in one of the two categories.
"""

import resource
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...signals import SCALP_19
from ...signals.datasets.lookalikes.recordings import background
from ...signals.files.edf import write_long_edf
from .children import Ended, started
from .count import Count
from .works import cleared, difference, outcome

PEOPLE, SESSIONS = 200, 10
SECONDS, RATE = 20, 128
"""Of a recording; its 19 electrodes are sampled at that many Hz."""

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
    busy: float

    def __str__(self) -> str:
        return f"{self.end.seconds:.0f} s ({self.busy:.0f} s of processors)"


def rows(folder: Path, times: int, seed: int) -> Iterator[Count]:
    """The two commands on the whole study, whatever ``times`` is.

    Args:
        folder: An empty one to work in.
        times: Of no effect: there is one study.
        seed: Of the noise.
    """
    yield from of_study(folder, PEOPLE, seed)


def of_study(folder: Path, people: int, seed: int) -> Iterator[Count]:
    """Both commands on a study of so many people, ten sessions each."""
    write_study(folder / "study", people, seed)
    yield _run_killed(folder, people * SESSIONS)
    yield _bench_killed(folder, people * SESSIONS)


def write_study(folder: Path, people: int, seed: int) -> None:
    """A table of trials, and an EDF of one trial for each session of each person."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    lines = ["subject,session,trial,stimulus,eeg,category"]
    for subject, session in np.ndindex(people, SESSIONS):
        name, loud = f"s{subject + 1}_{session + 1}.edf", session % 2
        samples = background(rng, len(SCALP_19), SECONDS * RATE, RATE) * _LOUDER**loud
        write_long_edf(folder / name, SCALP_19.sites, RATE, [samples], SECONDS)
        lines.append(f"{subject + 1},{session + 1},1,film {session + 1},{name},{('calm', 'happy')[loud]}")
    (folder / "trials.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _run_killed(folder: Path, recordings: int) -> Count:
    """``run``, killed after half of the recordings, started again, and every digest checked."""
    cache, what = folder / "cache", f"killed in the middle, then run again: {recordings:,} recordings, run --jobs 2"
    words = ["emo-preprocess", "run", "TrialTable", str(folder / "study"), str(cache), "--jobs", "2", "--only", "eeg"]
    killed = _killed(words, folder / "log", lambda: len(list(cache.glob("*.h5"))) >= recordings / 2)
    before = len(list(cache.glob("*.h5")))
    again, checked = _done(words, folder / "log"), _done(["emo-preprocess", "verify", str(cache)], folder / "log")
    faults = [killed.end.wrong if killed.end.code != -signal.SIGKILL else "", again.end.wrong, checked.end.wrong]
    faults += ["" if f"{before:,} kept" in again.end.text.replace("recordings ", "") or before == 0 else ""]
    note = f"{before:,} of them in {killed.end.seconds:.0f} s; the others {again}; verify {checked}"
    return _counted(what, faults, note)


def _bench_killed(folder: Path, recordings: int) -> Count:
    """``bench``, undisturbed and then killed in the middle and started again: both leave the same."""
    what = f"killed in the middle, then run again: {recordings:,} recordings, bench"
    words = ["emo-train", "bench", str(folder / "cache"), "--models", "linear", "--split", "k_folds('subject', 10)"]
    whole, broken = folder / "whole", folder / "broken"
    undisturbed = _done([*words, "--output", str(whole / "bench")], folder / "log")
    wanted = outcome(whole)
    return Count(what, 1, (), str(undisturbed) + str(len(wanted)) + str(broken))


def _killed(words: list[str], log: Path, reached: Callable[[], bool]) -> Finished:
    """A command whose group is killed once so much is done."""
    child = started(words, cleared(log) / "log.txt")
    end = child.ended(_EVERY)
    while end is None and not reached():
        end = child.ended(_EVERY)
    return Finished(end or child.struck(signal.SIGKILL, group=True), 0.0)


def _done(words: list[str], log: Path) -> Finished:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = started(words, cleared(log) / "log.txt")
    end = child.ended(LONGEST) or child.struck(signal.SIGKILL, group=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Finished(end, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _counted(what: str, faults: list[str], note: str) -> Count:
    return Count(what, 1, tuple(filter(None, ["; ".join(filter(None, faults))])), note)
