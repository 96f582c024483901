"""Does the adversarial part help? The discriminator beside the same trunk, steps and data without it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

from ....models import Learner, Training
from ....models.gan import GanLearner, GanTraining, face_series
from ....preprocessing import Cache
from ....preprocessing.building.workers import Workers
from ....signals import Task
from ....signals.files.publishing import publish_text
from ....signals.stored_json import signed_json
from ...runs.benchmark_run import run_plan
from ...runs.fold_plan import FoldPlan
from ...runs.protocol import Protocol
from ...runs.report import Report
from ...runs.settings import ProtocolSettings
from ...scores.statistics import FEWEST, Interval, difference_interval, holm
from ...scores.verdict import Verdict, decimal, p_value, p_words, verdict_of
from ...splits.splits import Split
from ...tables.comparison import paired_p
from ...tables.grid import Grid

ALPHA = 0.05

_METRICS = {"unit_f1": "F1 of units", "ccc": "CCC"}


@dataclass(frozen=True, eq=False)
class GanPlan(FoldPlan):
    """A plan whose model is a ``GanTraining``: Lightning trains two networks against each other."""

    @cached_property
    def untrained(self) -> Learner:
        """The learner that nobody trains."""
        return GanLearner(self.model)


@dataclass(frozen=True)
class GanRow:
    """One metric of one training, over all test faces of all people together.

    Attributes:
        predicts: What was trained: units, dimensions, or both.
        metric: ``unit_f1``, ``f1_<unit>``, ``ccc``, ``ccc_<dimension>``.
        alone, gan: Of the trunk alone and of the discriminator, averaged over seeds.
        guess: What labels alone give on these folds.
        difference: GAN minus alone, of all people together.
        interval: Of that difference, over resampled people; None for fewer than six.
        p: By exchanging whole people's predictions, Holm-adjusted over the means of this table; None for single units
            and dimensions.
        n: People (or sessions, or trials).
        verdict: Whether the GAN's reading is above guessing; None for single units and dimensions.
    """

    predicts: str
    metric: str
    alone: float
    gan: float
    guess: float
    difference: float
    interval: Interval | None
    p: float | None
    n: int
    verdict: Verdict | None = None


@dataclass(frozen=True)
class GanTable:
    """Differences that the adversarial part makes.

    Attributes:
        rows: For each training the mean metrics first, then each unit and dimension.
        facts: Data, settings and protocol of the numbers, by name.
        simulated: Whether no person was recorded.
    """

    rows: tuple[GanRow, ...]
    facts: dict[str, str]
    simulated: bool

    def words(self) -> list[str]:
        """For each training and mean metric, whether the adversarial part helps."""
        return [_words(row) for row in self.rows if row.p is not None]

    @property
    def result(self) -> str:
        """Whether the adversarial part helps at all, in one sentence."""
        tested = [row for row in self.rows if row.p is not None and row.n >= FEWEST]
        significant = [row for row in tested if row.p is not None and row.p < ALPHA]
        if not tested:
            words = "with so few people nobody can tell whether the adversarial part helps"
        elif not significant:
            words = f"no difference between the GAN and its trunk alone is shown in any of {len(tested)} comparisons"
        else:
            each = ", ".join(f"{_direction(row)} {row.predicts} ({_METRICS[row.metric]})" for row in significant)
            words = f"the adversarial part {each}; of {len(tested)} comparisons"
        return f"On simulated data, {words}." if self.simulated else f"{words[0].upper()}{words[1:]}."

    def grid(self) -> Grid:
        """The rows as cells, with result, facts and words."""
        heads = ("trained on", "metric", "trunk alone", "GAN", "labels alone", "difference", "95 %", "p")
        warnings = ["SIMULATED: nobody was recorded."] if self.simulated else []
        grid = Grid.of_rows(heads, [_cells(row) for row in self.rows], numeric=heads[2:])
        return grid.with_words(self.result, warnings=warnings, facts=self.facts, notes=self.words())

    def to_markdown(self) -> str:
        """The result, the table, then facts and words."""
        return self.grid().to_markdown()


def gan_reports(
    cache: Cache,
    split: Split,
    settings: GanTraining,
    *,
    seeds: int = 1,
    stride: int = 1,
    modality: str = "",
    folder: Path | None = None,
    jobs: int = 1,
) -> tuple[Report, Report]:
    """The supervised control and the GAN on every fold with every seed, each scored once on held-out trials.

    Args:
        cache: With a series of pixel patches.
        split: What trains and what tests.
        settings: Of the GAN; the control has the same but ``loss="none"``.
        seeds: Trainings of each fold.
        stride: Frames from one training face to the next; every frame of the test part is tested.
        modality: The series; left out, the first of pixels.
        folder: Keeps each training as soon as it is done.
        jobs: Trainings at a time.

    Raises:
        LeakError: A fold leaks.
    """
    rules = ProtocolSettings(
        modality=face_series(cache, modality), window=1, train_stride=stride, scaling="none", seeds=seeds
    )
    training = Training(
        settings.epochs,
        settings.batch_size,
        settings.discriminator_rate,
        weight_decay=0.0,
        predicts=settings.predicts,
        balance="none",
        augmentation="none",
    )
    protocol = Protocol.of(split, rules, training)
    control = GanPlan(cache, replace(settings, loss="none"), protocol, split)
    gan = GanPlan(cache, settings, protocol, split)
    workers = Workers(jobs)
    return (run_plan(control, folder and folder / "alone", workers), run_plan(gan, folder and folder / "gan", workers))


def gan_table(pairs: Sequence[tuple[Report, Report]]) -> GanTable:
    """From pairs of reports (control, GAN), one pair for each training, to one table."""
    rows = [row for control, gan in pairs for row in _rows(control, gan)]
    adjusted = iter(holm([row.p for row in rows if row.p is not None]))
    corrected = [row if row.p is None else replace(row, p=next(adjusted)) for row in rows]
    control, gan = pairs[0]
    return GanTable(tuple(corrected), dict(_facts(control, gan)), gan.data.simulated)


def _rows(control: Report, gan: Report) -> Iterator[GanRow]:
    for metric, mean in _metrics(gan.data.task):
        if metric in gan.tallies["fixed"].scores:  # else nobody judged it in any test face
            yield _row(control, gan, metric, mean)


def _row(control: Report, gan: Report, metric: str, mean: bool) -> GanRow:
    alone, tally = control.tallies["fixed"], gan.tallies["fixed"]
    sums, sums_alone = tally.of_metric(metric), alone.of_metric(metric)
    _, guess = gan.opponents.strongest(metric)
    interval = difference_interval(sums, sums_alone, lambda total: tally.score(metric, total), tally.units.kind)
    return GanRow(
        predicts=gan.protocol.training.predicts,
        metric=metric,
        alone=alone.scores[metric],
        gan=tally.scores[metric],
        guess=guess,
        difference=tally.scores[metric] - alone.scores[metric],
        interval=interval,
        p=paired_p(tally, alone, metric) if mean else None,
        n=len(sums),
        verdict=verdict_of(tally, gan.opponents, metric) if mean else None,
    )


def _metrics(task: Task) -> Iterator[tuple[str, bool]]:
    """Metrics by name, and whether they are a mean over units or dimensions."""
    for part, mean, prefix in ((task.units, "unit_f1", "f1"), (task.dimensions, "ccc", "ccc")):
        if part:
            yield mean, True
            yield from ((f"{prefix}_{name}", False) for name in part)


def _facts(control: Report, gan: Report) -> Iterator[tuple[str, str]]:
    p, d, settings = gan.protocol, gan.data, gan.model
    yield "data", f"{d.dataset}{' (no person recorded)' if d.simulated else ''}, series {p.modality}"
    yield "GAN", settings
    yield "trunk alone", control.model
    seeds = f"{p.seeds} seed{'s' if p.seeds > 1 else ''}, each of which scores every test face once"
    yield "protocol", f"{p.words} [{p.split}]; {seeds}"
    yield "trained numbers", f"{gan.n_parameters:,} in the discriminator, as many in the trunk alone"
    yield "training faces", f"{d.n_train:,}, summed over folds and seeds"


def _words(row: GanRow) -> str:
    scores = f"{row.predicts}, {_METRICS[row.metric]}: alone {decimal(row.alone)}, GAN {decimal(row.gan)}"
    words = f"{scores}; {decimal(row.difference, sign='+')} over {row.n} people"
    if row.p is None or row.n < FEWEST:
        return f"{words}: too few to tell."
    answer = "no difference is shown" if row.p >= ALPHA else f"the adversarial part {_direction(row)}"
    verdict = f"; the GAN's reading is {row.verdict.words}" if row.verdict else ""
    return f"{words}, p {p_words(row.p)}: {answer}{verdict}."


def _direction(row: GanRow) -> str:
    return "helps" if row.difference > 0 else "harms"


def _cells(row: GanRow) -> list[str]:
    interval = (
        f"{decimal(row.interval.low, sign='+')} to {decimal(row.interval.high, sign='+')}" if row.interval else ""
    )
    return [
        row.predicts,
        row.metric,
        decimal(row.alone),
        decimal(row.gan),
        decimal(row.guess),
        decimal(row.difference, sign="+"),
        interval,
        "" if row.p is None else p_value(row.p),
    ]


def write_gan_table(table: GanTable, folder: Path) -> None:
    """Write a table as JSON, with a checksum."""
    publish_text(folder / "gan.json", signed_json(asdict(table)))


def show_gan_table(table: GanTable, folder: Path) -> None:
    """Print a table, and write it as Markdown and JSON."""
    table.grid().print()
    publish_text(folder / "gan.md", table.to_markdown())
    write_gan_table(table, folder)
    print(f"\nwritten to {folder}: gan.md, gan.json; each training as a report of its own")
