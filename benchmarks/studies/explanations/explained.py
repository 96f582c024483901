"""Explanations of a model on windows that it never learned from, and the checks that let them be believed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....models.explaining.curves import Curves
from ....models.learning.learners import MODELS
from ....signals import InputError, Layout, StoredCorrupt
from ....signals.files.publishing import publish_text
from ....signals.regular_file import file_bytes
from ....signals.schema import Schema
from ....signals.stored_json import as_json, checked_json, decoded, signed_json
from ...scores.metrics import WORDS
from ...scores.statistics import Interval
from ...scores.verdict import Verdict, decimal

EXPLAINED = "explained.json"
"""The file that ``Explained.write`` makes."""

SCHEMA = Schema()
"""Of that file; absent from files of the first form."""

ALIKE = 0.5
"""Rank correlation of two maps from which they are called alike: a quarter of the variance of the ranks is shared."""


@dataclass(frozen=True)
class TestScore:
    """The score of the explained models on the windows that were explained.

    Attributes:
        metric: ``balanced_accuracy``, ``ccc`` or ``unit_f1``.
        value: Of all people together, averaged over seeds.
        chance: Score of labels alone; None where that is unknown.
        interval: 95 % interval over people; None for fewer than six.
        subjects: Their number.
        verdict: Whether that is above guessing; None in files of versions before, where the interval decides.
    """

    __test__ = False  # not a test of pytest's

    metric: str
    value: float
    chance: float | None
    interval: Interval | None
    subjects: int
    verdict: Verdict | None = None

    def __post_init__(self) -> None:
        if self.metric not in WORDS:
            raise InputError("metric", self.metric[:40], f"one of {', '.join(WORDS)}")

    @property
    def above(self) -> bool | None:
        """Whether the models are better than guessing; None where nobody can tell."""
        if self.verdict is not None:
            return self.verdict.above
        return None if self.interval is None or self.chance is None else self.interval.low > self.chance

    @property
    def words(self) -> str:
        """The score as one says it."""
        spread = f"of {self.subjects} only, so without an interval"
        if self.interval:
            spread = (
                f"95 % interval over {self.interval.over} {decimal(self.interval.low)} to {decimal(self.interval.high)}"
            )
        guessing = f"; guessing gives {decimal(self.chance)}" if self.chance is not None else ""
        if self.verdict is not None:
            guessing = f"; {self.verdict.words}"
        return f"{WORDS[self.metric]} {decimal(self.value)} ({spread}{guessing})"


@dataclass(frozen=True, eq=False)
class ExplainedSeries:
    """Importance in one series: means over models, each model's map first scaled to mean 1 (see ``SiteMaps``).

    Attributes:
        layout, features: The S sites and the F features.
        duration: Seconds a slice.
        by_site: (S,) how much each site counted: the map that is checked.
        site_feature: (S, F) how much each site and feature counted together; of pixels, the site alone.
        site_slice: (S, T) how much each site counted in each slice of the window.
        untrained, label_shuffled: (S, F) ``site_feature`` of networks that were never trained, or trained on shuffled
            labels; NaN where there was none.
        randomised: (K,) Spearman's correlation of a model's map of sites with that of a network never trained.
        label_randomised: (K,) with that of a network trained on shuffled labels.
        agreement: Mean rank correlation of the maps of independently trained models; None for a single one.
        planted: AUROC of the simulation's planted sites; None where no truth is known.
        planted_untrained: That of the networks never trained, on average.
    """

    layout: Layout
    features: tuple[str, ...]
    duration: float
    by_site: np.ndarray
    site_feature: np.ndarray
    site_slice: np.ndarray
    untrained: np.ndarray
    label_shuffled: np.ndarray
    randomised: np.ndarray
    label_randomised: np.ndarray
    agreement: float | None
    planted: float | None = None
    planted_untrained: float | None = None

    def __post_init__(self) -> None:
        n = len(self.layout)
        maps = (self.site_feature, self.site_slice, self.untrained, self.label_shuffled)
        if self.by_site.shape != (n,) or any(one.ndim != 2 or len(one) != n for one in maps):
            raise ValueError(f"maps of other sites than the {n} of the layout")
        if self.randomised.ndim != 1 or self.label_randomised.ndim != 1:
            raise ValueError("correlations that are no list")


@dataclass(frozen=True)
class Check:
    """One condition of believing a map: its name, whether it holds (None: it could not be checked), and words."""

    name: str
    holds: bool | None
    words: str


@dataclass(frozen=True, eq=False)
class Explained:
    """Explanations of models on windows held out from their training, and their checks.

    A map may be believed where every check holds; one that could not be made does not hold. The rules were set before
    any map was seen:

    * score: the test score is above guessing (``Verdict``). A model that cannot tell has no reasons.
    * untrained, label-shuffled: the median size of the rank correlations with maps of networks that cannot know
      anything is below ``ALIKE``; else the map shows input and architecture (Adebayo et al. 2018, arXiv 1810.03292).
    * deletion, insertion: taking away, or showing, what counted most changes the answer more than a random order does
      (Petsiuk et al. 2018, arXiv 1806.07421).
    * agreement: maps of independently trained models correlate by more than ``ALIKE`` on average; else another
      training gives another map.

    Attributes:
        model, dataset, simulated: The model, its data, and whether no person was recorded.
        protocol: The rule that held windows out, in words.
        method, target: As in ``models.explain``.
        n_windows: Held-out windows that were explained, each by models that never saw its trial.
        n_models: Trainings, folds times seeds.
        score: Of these models on these windows.
        series: The maps, by series.
        curves: Of taking inputs away and showing them, averaged over models.
        config: Digest of all that decides the numbers.
    """

    model: str
    dataset: str
    simulated: bool
    protocol: str
    method: str
    target: str
    n_windows: int
    n_models: int
    score: TestScore
    series: Mapping[str, ExplainedSeries]
    curves: Curves
    config: str = ""

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every condition of believing the maps, in the order of the docstring."""
        return tuple(_checks(self))

    @property
    def believable(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)

    @property
    def judgement(self) -> str:
        """Whether the maps may be believed, in plain words."""
        failed = [check.name for check in self.checks if not check.holds]
        if failed:
            return f"Do not believe this map: {' and '.join(failed)} failed."
        return "This map may be believed: every check holds. It says what the model used, not what causes what."

    @property
    def verdict(self) -> tuple[str, ...]:
        """Whether the maps may be believed and why: first the judgement, then a sentence a check."""
        simulated = ("SIMULATED: no person was recorded.",) if self.simulated else ()
        return (*simulated, self.judgement, *(check.words for check in self.checks), *_truths(self))

    def write(self, folder: str | Path) -> Path:
        """Publish ``explained.json`` in ``folder``, whole or not at all, with a digest of its content."""
        path = Path(folder) / EXPLAINED
        path.parent.mkdir(parents=True, exist_ok=True)
        publish_text(path, signed_json({**SCHEMA.keys, **as_json(self, nan_as_null=True)}))
        return path

    @classmethod
    def read(cls, folder: str | Path) -> "Explained":
        """Read what ``write`` wrote.

        Raises:
            InputError: Nothing is there.
            StoredCorrupt: A number changed, or another version wrote it.
        """
        path, do = Path(folder) / EXPLAINED, "make it again with emo-train explain"
        try:
            content = file_bytes(path)
        except OSError as error:
            raise InputError(path, f"no explanation ({error})", "what emo-train explain wrote", do) from error
        stored = SCHEMA.stripped(checked_json(content, path, do, needed=True), path, do, error=StoredCorrupt)
        explained = decoded(cls, stored, path, do, error=StoredCorrupt)
        MODELS.check_stored(explained.model, path)
        return explained


def _checks(explained: Explained) -> Iterator[Check]:
    score = explained.score
    answer = "is better than guessing" if score.above else "is not shown to be better than guessing"
    yield Check("score", score.above, f"The model {answer}: {score.words}.")
    several = len(explained.series) > 1
    for name, series in explained.series.items():
        of = f" ({name})" if several else ""
        yield _unlike(f"untrained{of}", series.randomised, "networks that were never trained")
        yield _unlike(f"label-shuffled{of}", series.label_randomised, "networks trained on shuffled labels")
    for name, gain in explained.curves.gains.items():
        step = {"deletion": "Taking away", "insertion": "Showing"}[name]
        effect = "changes the answer more than" if gain > 0 else "says no more than"
        words = f"{step} first what counted most {effect} a random order ({name} gain {decimal(gain, sign='+')})."
        yield Check(name, gain > 0, words)
    for name, series in explained.series.items():
        of = f" ({name})" if several else ""
        yield _agreeing(f"agreement{of}", series.agreement, explained.n_models)


def _unlike(name: str, correlations: np.ndarray, networks: str) -> Check:
    """The check that maps differ from those of networks that cannot know anything."""
    known = np.abs(correlations[np.isfinite(correlations)])
    if not len(known):
        return Check(name, None, f"{name}: not compared with maps of {networks}, so nothing is known.")
    median = float(np.median(known))
    relation = "differs from" if median < ALIKE else "looks like"
    return Check(
        name,
        median < ALIKE,
        f"{name}: the map {relation} those of {networks} (median |rho| {decimal(median, digits=2)}).",
    )


def _agreeing(name: str, agreement: float | None, count: int) -> Check:
    if agreement is None:
        return Check(name, None, f"{name}: one training only, so nobody knows whether another would say the same.")
    relation = "agree" if agreement > ALIKE else "do not agree"
    words = (
        f"{name}: the maps of {count} trainings {relation} with each other (mean rho {decimal(agreement, digits=2)})."
    )
    return Check(name, agreement > ALIKE, words)


def _truths(explained: Explained) -> Iterator[str]:
    for name, series in explained.series.items():
        if series.planted is not None:
            blind = series.planted_untrained
            networks = "" if blind is None else f"; networks never trained {decimal(blind, digits=2)}"
            found = decimal(series.planted, digits=2)
            yield f"Planted sites of {name} are found with AUROC {found} (.5 is chance{networks})."
