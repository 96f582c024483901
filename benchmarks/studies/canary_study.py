"""The canary: the same recordings with the labels' link cut. An honest split must find nothing there.

A leaky split finds a lot, since windows of one trial resemble each other: it recognises trials, not categories. In a
published experiment of this kind on data without any effect, random windows gave 99.8 %, trial-wise splits chance.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...models import make_learner
from ...preprocessing import Cache, DifferentialEntropy, preprocess
from ...signals import InputError, Simulated
from ..runs.benchmark_run import benchmark
from ..runs.fold_plan import default_series
from ..runs.report import Report
from ..scores.metrics import WORDS
from ..scores.verdict import Verdict, decimal, verdict_of
from ..splits.identity import Columns, Identities, identities_of
from ..splits.splits import SPLITS, Split, blocks_within_trials, first_trials, leave_one_out, random_windows
from ..tables.comparison import compare

MODEL = "mlp"
LEAKY_FOLDS = 5


@dataclass(frozen=True, eq=False)
class Canary:
    """Reports of an honest split and of two leaky ones where there is nothing to find.

    Attributes:
        honest: The report of the honest split.
        leaky: Those of random windows and of blocks within trials.
    """

    honest: Report
    leaky: tuple[Report, ...]

    @property
    def passed(self) -> bool:
        """Whether the honest split found nothing: it is not above guessing."""
        return judged(self.honest).above is not True

    def print(self) -> None:
        """Show the answer, then the table and what leaks are worth."""
        answer, *rest = self.words()
        print(f"{answer}\n")
        compare(self.honest, *self.leaky).print()
        print("\n" + "\n".join(rest))

    def words(self) -> Iterator[str]:
        """The result, in sentences."""
        verdict = judged(self.honest)
        answer = "nothing was found, as it must be" if self.passed else "SOMETHING LEAKS, or chance was unkind"
        if verdict.above is None:
            answer = f"{verdict.words}, so this proves little"
        yield (
            f"Labels dealt anew within sessions. {self.honest.protocol.split}: {_score_words(self.honest)}, labels "
            f"alone {decimal(verdict.bar)}: {answer}."
        )
        for report in self.leaky:
            judgement = judged(report)
            worth = {
                True: "what a leak is worth here",
                None: judgement.words,
                False: "too little to show what its leak is worth; it leaks all the same",
            }[judgement.above]
            yield f"{report.protocol.split}: {_score_words(report)}, labels alone {decimal(judgement.bar)}: {worth}."


def canary(
    cache: Cache,
    *,
    split: Split | str = "",
    model: str = MODEL,
    modality: str = "",
    window: int = 1,
    seed: int = 0,
    jobs: int = 1,
) -> Canary:
    """Cut the link between recordings and labels, then score an honest split and two leaky ones.

    Labels are dealt anew among the trials of a session that the honest split treats alike: among all of them where each
    has its turn at testing; where some only train and others only test, on each side, which keeps its categories.

    Args:
        cache: The data.
        split: The honest split; left out, the first three fifths of each session's trials train and the rest tests,
            or one subject is left out where sessions are too short for that.
        model: The model; a small MLP is enough to recognise a trial.
        modality: The series to read; left out, the one that fits the model.
        window: Slices a window.
        seed: Of the dealing and of the model.
        jobs: Trainings at a time.

    Raises:
        InputError: The task has no categories.
    """
    if not cache.task.categories:
        raise InputError(cache.path, "a task without categories", "categories", "the canary needs categories")
    honest = split or default_split(cache.columns)
    if isinstance(honest, str):
        honest = SPLITS.build(honest)
    series = modality or default_series(cache, make_learner(model))
    settings: dict[str, Any] = {"window": window, "train_stride": window, "jobs": jobs, "modality": series}
    with tempfile.TemporaryDirectory() as folder:
        dealt = with_dealt_labels(cache, honest, series, Path(folder) / "cache", seed)
        report = benchmark(dealt, model, split=honest, **settings)
        leaks = (random_windows(LEAKY_FOLDS), blocks_within_trials(LEAKY_FOLDS))
        leaky = [benchmark(dealt, model, split=leak, i_know_this_leaks=True, **settings) for leak in leaks]
    return Canary(report, tuple(leaky))


@contextmanager
def null_cache(subjects: int = 10, sessions: int = 3, time_scale: float = 0.5, jobs: int = 1) -> Iterator[Cache]:
    """Differential entropy of simulated EEG in SEED's shape and order of labels, without any effect."""
    data = Simulated.seed_shaped(subjects, sessions, time_scale, effect=0.0, drift=1.0)
    with tempfile.TemporaryDirectory() as folder:
        yield preprocess(data, {"eeg": [DifferentialEntropy()]}, Path(folder) / "cache", jobs=jobs)


def default_split(columns: Columns) -> Split:
    """First trials against later ones where every session has five trials or more, else one subject left out."""
    counts = np.bincount(_sessions(columns).of_row)
    # first_trials goes by the numbers of trials: where these do not run up to their count, three fifths of the count
    # is no share of them.
    if counts.min() < 5 or np.max(columns["trial"]) != counts.max():
        return leave_one_out("subject")
    return first_trials(int(3 * counts.min() // 5))


def with_dealt_labels(cache: Cache, split: Split, modality: str, path: Path, seed: int) -> Cache:
    """A copy of one series whose truths are dealt anew among trials of a session that ``split`` treats alike.

    A trial gets the category of another one, with the means of its ratings and units.
    """
    dealt = np.arange(len(cache))
    rng = np.random.default_rng(seed)
    for rows in _alike(cache.columns, split):
        dealt[rows] = rng.permutation(rows)
    volumes = [cache[i][modality] for i in range(len(cache))]
    return Cache.from_arrays(
        path,
        [volume.stored for volume in volumes],
        valid=[volume.valid for volume in volumes],
        layout=cache.layout(modality),
        task=cache.task,
        times=[volume.times for volume in volumes],
        category=cache.category[dealt].tolist(),
        dimensions=[_mean(volumes[i].target.dimensions) for i in dealt],
        units=[_mean(volumes[i].target.units) for i in dealt],
        subject=cache.subject.tolist(),
        session=cache.session.tolist(),
        trial=cache.trial.tolist(),
        stimulus=cache.stimulus.tolist(),
        part=cache.part.tolist(),
        duration=cache.duration(modality),
        features=cache.features(modality),
        modality=modality,
        kind=cache.kind(modality),
        dataset=f"{cache.dataset}, labels dealt anew",
        simulated=cache.simulated,
        names_subjects=cache.index.names_subjects,
        columns=cache.further_columns,
    )


def judged(report: Report) -> Verdict:
    """Whether a report is above what labels alone give."""
    return verdict_of(report.tallies[report.selections[0]], report.opponents, report.metric)


def _alike(columns: Columns, split: Split) -> list[np.ndarray]:
    """Rows of each session that ``split`` treats alike: those that only train, only test, do both in turn, or neither.

    Where each trial has its turn at testing, each is a fold's only one at times; dealing must reach beyond it.
    """
    of_row = _sessions(columns).of_row
    trains, tests = np.zeros((2, len(of_row)), int)
    for fold in split(columns):
        trains[fold.train], tests[fold.test] = 1, 1
    groups = 4 * of_row + 2 * trains + tests
    return [np.flatnonzero(groups == group) for group in dict.fromkeys(groups.tolist())]


def _sessions(columns: Columns) -> Identities:
    return identities_of(columns, ("subject", "session"))


def _mean(values: np.ndarray) -> np.ndarray:
    """(K,) over the slices (T, K) that have one; NaN where none has."""
    means = []
    for column in np.asarray(values, np.float64).T:
        known = column[~np.isnan(column)]
        # Rounding can take a mean out of the range of its values, and so out of the scale of a rating.
        means.append(np.clip(known.mean(), known.min(), known.max()) if len(known) else np.nan)
    return np.array(means)


def _score_words(report: Report) -> str:
    return f"{WORDS[report.metric]} {decimal(report.tallies[report.selections[0]].scores[report.metric])}"
