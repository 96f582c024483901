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
"""What is compared unless told otherwise."""


@dataclass(frozen=True)
class FusionStudy:
    """What is compared, and how.

    Args:
        cache: Holds a series of each of two or more modalities.
        joins: Their names or calls; a call's networks by stream go before ``networks``.
        networks: By stream, the network of each modality, alone and under every join that lets it be chosen.
        split: Which trials train and test.
        window, train_stride: Slices of the series with the longest slices.
        seeds: Trainings of each fold.
        training: How networks are trained.
        folder: Finished trainings are kept here; None keeps nothing.
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
        singles = {
            name: self._benchmark(f"Alone({_call(self._network(name))})", self.series, ())
            for name in map(stream_name, self.series)
        }
        controls = all_controls(self.series)
        joined: dict[str, Report] = {}
        left_out: list[str] = []
        for written in self.joins:
            join = _Joined.read(written)
            series = series_of_streams(self.cache, equal_slices=True) if join.equal_slices else self.series
            if len(series) < len(self.series):
                left_out.append(f"{written}: no series of equal slices; make one with CommonRate, called face-common")
                continue
            under = [control.written for control in all_controls(series)]
            joined[written] = self._benchmark(join.with_networks(self.networks), series, under)
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

    def _network(self, stream: str) -> dict[str, str]:
        return {stream: dict(self.networks).get(stream, "STRNN")}


@dataclass(frozen=True)
class _Joined:
    """What somebody wrote for a join, taken apart once.

    Attributes:
        written: As it was written.
        settings: Those that were written with it.
        equal_slices: Whether it wants as many slices of each modality.
        takes_networks: Whether each modality has a network of its own under it.
    """

    written: str
    settings: Mapping[str, Any]
    equal_slices: bool
    takes_networks: bool

    @classmethod
    def read(cls, written: str) -> "_Joined":
        thing, _, settings = MODELS.split(written)
        volumes = getattr(thing, "stage", "vectors") == "volumes"
        return cls(written, settings, bool(getattr(thing, "equal_slices", False)), not volumes)

    def with_networks(self, networks: Sequence[tuple[str, str]]) -> str:
        """The call with the study's networks for the streams of which it names none itself."""
        missing = {stream: model for stream, model in networks if stream not in self.settings}
        if not self.takes_networks or not missing:
            return self.written
        return f"{NamedCall.read('join', self.written).name}({_call({**self.settings, **missing})})"


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
    metric = first.metric
    alone = {name: _Shown(report, report) for name, report in singles.items()}
    best = max(alone, key=lambda name: alone[name].score)
    rows = [_row(f"{name} alone", None, shown) for name, shown in alone.items()]
    for join, report in joined.items():
        whole = _Shown(report, report)
        rows.append(
            _row(model=join, control=None, shown=whole, against=f"{best} alone", other=alone[best], family="gain")
        )
        for control in (CONTROLS.build(written, allow=report.allow) for written in report.protocol.controls):
            shown = _Shown(report.under(control.written), report)
            if control.kind == "without":
                other = next(name for name in alone if name != stream_name(control.modality))
                rows.append(
                    _row(
                        model=join,
                        control=control,
                        shown=shown,
                        against=f"{other} alone",
                        other=alone[other],
                        family="missing",
                    )
                )
            else:
                rows.append(
                    _row(model=join, control=control, shown=shown, against=join, other=whole, family="synchrony")
                )
    judged = next(iter(alone.values())).verdict
    return FusionTable(
        metric=metric,
        rows=tuple(_adjusted(rows)),
        simulated=first.data.simulated,
        dataset=first.data.dataset,
        protocol=first.protocol.words,
        subjects=judged.units,
        seeds=first.protocol.seeds,
        chance=judged.bar if judged.opponent else None,
        left_out=tuple(left_out),
        kind=judged.kind,
        opponent=judged.opponent,
        label_notes=first.data.label_notes,
    )


@dataclass(frozen=True, eq=False)
class _Shown:
    """A report under a condition, held against the readers of nothing on the undisturbed one's folds."""

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


def _row(
    model: str, control: Control | None, shown: _Shown, against: str = "", other: _Shown | None = None, family: str = ""
) -> FusionRow:
    metric, compared = shown.report.metric, None
    if other is not None and shown.verdict.units > 1:
        p = paired_p(shown.tally, other.tally, metric)
        compared = Comparison(against, family, shown.score - other.score, p, p)
    return FusionRow(
        model=model,
        condition=control.words if control else "",
        score=shown.score,
        interval=interval_of(shown.tally, metric),
        against=compared,
        verdict=shown.verdict,
        kind=control.kind if control else None,
    )


def _adjusted(rows: Sequence[FusionRow]) -> list[FusionRow]:
    """p-values adjusted for the number of tests of their family."""
    found = list(rows)
    families = {_family(row) for row in rows if row.against}
    for family in families:
        places = [i for i, row in enumerate(found) if row.against and _family(row) == family]
        p_values = holm([found[i].against.p for i in places])  # type: ignore[union-attr]
        for i, p in zip(places, p_values, strict=True):
            found[i] = found[i].with_adjusted(p)
    return found


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
