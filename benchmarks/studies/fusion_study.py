"""The fusion table: each modality alone, every join, and what missing, shifted and swapped modalities cost them."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ...models import Training
from ...models.learning.learners import MODELS
from ...preprocessing import Cache, preprocess
from ...preprocessing.steps.recipe import stream_name
from ...signals import InputError, SimulatedPair
from ...signals.named_call import NamedCall
from ..runs.benchmark_run import benchmark
from ..runs.controls import CONTROLS, Control, all_controls
from ..runs.fold_plan import series_of_streams
from ..runs.report import Report
from ..scores.statistics import holm
from ..scores.tally import Tally
from ..scores.verdict import Verdict, verdict_of
from ..splits.splits import Split
from ..tables.comparison import interval_of, paired_p
from .fusion_table import Comparison, FusionRow, FusionTable

JOINS = ("Concat", "Gated", "CrossAttention", "Early", "Late", "Late(how='learned')", "Stacked", "Shared")
"""Joins that are compared by default."""


@dataclass(frozen=True)
class FusionStudy:
    """A comparison of joins with each modality alone, under controls.

    Args:
        cache: Holds a series of each of two or more modalities.
        joins: Their names or calls; a call's networks by stream go before ``networks``.
        networks: By stream, the network of each modality, alone and under every join that lets it be chosen.
        split: Which trials train and test.
        window, train_stride: Slices of the series with the longest slices.
        seeds: Trainings of each fold.
        training: How networks are trained.
        folder: Finished trainings are stored here; None stores nothing.
        jobs: Trainings at a time.
        classes: A rule that makes categories of ratings, as in ``"valence > 5"``, which then are predicted.
    """

    cache: Cache
    joins: tuple[str, ...] = JOINS
    networks: tuple[tuple[str, str], ...] = ()
    split: Split | str = "leave_one_out('subject')"
    window: int = 9
    train_stride: int = 3
    scaling: str = "train"
    seeds: int = 1
    training: Training = field(default_factory=Training)
    folder: Path | None = None
    jobs: int = 1
    classes: str = ""

    @property
    def series(self) -> tuple[str, ...]:
        """The series of each modality: the first of features of each stream."""
        first = series_of_streams(self.cache)
        if len(first) < 2:
            found = f"series {', '.join(self.cache.modalities)}"
            raise InputError(self.cache.path, found, "series of two modalities", "make a cache of both")
        return first

    def run(self) -> FusionTable:
        """Train everything, test it under every control, and compare.

        Raises:
            InputError: The cache has one modality, or a join does not fit.
        """
        networks = dict(self.networks)
        singles: dict[str, Report] = {}
        for name in map(stream_name, self.series):
            network = {name: networks.get(name, "STRNN")}
            singles[name] = self._benchmark(f"Alone({_call(network)})", self.series, ())
        controls = all_controls(self.series)
        joined: dict[str, Report] = {}
        left_out: list[str] = []
        for call in self.joins:
            join = _JoinCall.read(call)
            series = series_of_streams(self.cache, equal_slices=True) if join.equal_slices else self.series
            if len(series) < len(self.series):
                left_out.append(f"{call}: no series of equal slices; make one with CommonRate, called face-common")
                continue
            disturbed = [control.written for control in all_controls(series)]
            joined[call] = self._benchmark(join.with_networks(self.networks), series, disturbed)
        return table_of(singles, joined, controls, self.series, left_out)

    def _benchmark(self, model: str, series: Sequence[str], controls: Sequence[str]) -> Report:
        name = "".join(letter if letter.isalnum() else "-" for letter in model).strip("-")
        return benchmark(
            self.cache,
            model,
            split=self.split,
            modality="+".join(series),
            window=self.window,
            train_stride=self.train_stride,
            scaling=self.scaling,
            seeds=self.seeds,
            training=self.training,
            controls=controls,
            folder=self.folder and self.folder / name,
            jobs=self.jobs,
            classes=self.classes,
        )


@dataclass(frozen=True)
class _JoinCall:
    """The call of a join, taken apart once.

    Attributes:
        call: The text, as in ``Late(how='learned')``.
        settings: Those in the call.
        equal_slices: Whether it wants as many slices of each modality.
        takes_networks: Whether each modality has a network of its own under it.
    """

    call: str
    settings: Mapping[str, Any]
    equal_slices: bool
    takes_networks: bool

    @classmethod
    def read(cls, call: str) -> "_JoinCall":
        join, _, settings = MODELS.split(call)
        volumes = getattr(join, "stage", "vectors") == "volumes"  # joined before any network
        return cls(call, settings, bool(getattr(join, "equal_slices", False)), not volumes)

    def with_networks(self, networks: Sequence[tuple[str, str]]) -> str:
        """The call with the study's networks for the streams of which it names none itself."""
        missing = {stream: model for stream, model in networks if stream not in self.settings}
        if not self.takes_networks or not missing:
            return self.call
        return f"{NamedCall.read('join', self.call).name}({_call({**self.settings, **missing})})"


def table_of(
    singles: dict[str, Report],
    joined: dict[str, Report],
    controls: Sequence[Control],
    series: Sequence[str],
    left_out: Sequence[str] = (),
) -> FusionTable:
    """Compare reports of single modalities and of joins, over the same people.

    Each join is tested against the best single modality (chosen by its test score, which makes it harder to beat), and
    without a modality against the other one alone; a shift or swap is tested against the same join undisturbed. Whole
    people's predictions are exchanged, Holm-adjusted for the number of joins, and for each join for the number of
    modalities that may be missing and of shifts and swaps.
    """
    first = next(iter(singles.values()))
    alone = {name: _Scored(report, report) for name, report in singles.items()}
    best = max(alone, key=lambda name: alone[name].score)
    rows = [_row(f"{name} alone", None, scored) for name, scored in alone.items()]
    for join, report in joined.items():
        whole = _Scored(report, report)
        rows.append(_row(join, None, whole, _Opponent(f"{best} alone", alone[best], "gain")))
        for call in report.protocol.controls:
            control = CONTROLS.build(call, allow=report.allow)
            if control.kind == "without":
                other = next(name for name in alone if name != stream_name(control.modality))
                opponent = _Opponent(f"{other} alone", alone[other], "missing")
            else:
                opponent = _Opponent(join, whole, "synchrony")
            rows.append(_row(join, control, _Scored(report.under(control.written), report), opponent))
    verdict = next(iter(alone.values())).verdict
    return FusionTable(
        metric=first.metric,
        rows=tuple(_adjusted(rows)),
        simulated=first.data.simulated,
        dataset=first.data.dataset,
        protocol=first.protocol.words,
        subjects=verdict.units,
        seeds=first.protocol.seeds,
        chance=verdict.bar if verdict.opponent else None,
        left_out=tuple(left_out),
        kind=verdict.kind,
        opponent=verdict.opponent,
        label_notes=first.data.label_notes,
    )


@dataclass(frozen=True, eq=False)
class _Scored:
    """A report under a condition, compared with the readers of nothing on the undisturbed one's folds."""

    report: Report
    undisturbed: Report

    @property
    def tally(self) -> Tally:
        """The sums of every person."""
        return self.report.tallies["fixed"]

    @property
    def score(self) -> float:
        """The first metric of all people together."""
        return self.tally.scores[self.report.metric]

    @cached_property
    def verdict(self) -> Verdict:
        """Whether that is above guessing on the undisturbed folds."""
        return verdict_of(self.tally, self.undisturbed.opponents, self.report.metric)


@dataclass(frozen=True, eq=False)
class _Opponent:
    """The row that another one is tested against, and the family of tests."""

    name: str
    scored: _Scored
    family: str


def _row(model: str, control: Control | None, scored: _Scored, opponent: _Opponent | None = None) -> FusionRow:
    metric, compared = scored.report.metric, None
    if opponent is not None and scored.verdict.units > 1:  # exchanging the predictions of one person tests nothing
        p = paired_p(scored.tally, opponent.scored.tally, metric)
        compared = Comparison(opponent.name, opponent.family, scored.score - opponent.scored.score, p, p)
    return FusionRow(
        model=model,
        condition=control.words if control else "",
        score=scored.score,
        interval=interval_of(scored.tally, metric),
        against=compared,
        verdict=scored.verdict,
        kind=control.kind if control else None,
    )


def _adjusted(rows: Sequence[FusionRow]) -> list[FusionRow]:
    """p-values adjusted for the number of tests of their family."""
    families: dict[tuple[str, str], dict[int, float]] = {}
    for i, row in enumerate(rows):
        if row.against:
            families.setdefault(_family(row), {})[i] = row.against.p
    adjusted = list(rows)
    for p_values in families.values():
        for i, p in zip(p_values, holm(list(p_values.values())), strict=True):
            adjusted[i] = rows[i].with_adjusted(p)
    return adjusted


def _family(row: FusionRow) -> tuple[str, str]:
    """Tests that are adjusted together: all gains, and of each join the missing modalities and the synchrony."""
    assert row.against
    return row.against.family, "" if row.against.family == "gain" else row.model


def _call(networks: dict[str, Any]) -> str:
    return ", ".join(f"{stream}={model!r}" for stream, model in networks.items())


@contextmanager
def simulated_pair(cache: Path, jobs: int = 1) -> Iterator[Cache]:
    """The cache in that folder; or, for the words ``simulated`` and ``simulated-null``, one of a ``SimulatedPair``."""
    effects = {"simulated": 1.0, "simulated-null": 0.0}
    if str(cache) not in effects or cache.exists():
        yield Cache(cache)
        return
    with tempfile.TemporaryDirectory() as folder:
        data = SimulatedPair(effect=effects[str(cache)])
        known = ", ".join(f"{name} {score:.2f}" for name, score in data.ceiling(4.0).items())
        print(f"what the best possible model could reach in windows of 4 s, known from the simulation: {known}")
        yield preprocess(data, None, Path(folder) / "cache", jobs=jobs)
