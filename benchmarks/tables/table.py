"""Reports side by side, and the ways to show them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from ...signals.stored_json import signed_json
from ..runs.protocol import ORACLE
from ..scores.metrics import WORDS, lower_is_better
from ..scores.statistics import Interval, least_adjusted
from ..scores.tally import ONE_OF
from ..scores.verdict import Verdict, decimal, p_words
from .cells import Cell, Column
from .grid import Grid
from .published_file import Published

HEADS = {"fixed": "last epoch", "inner": "inner validation", ORACLE: "oracle epoch"}
"""Heads of the columns that hold the first metric, by how the epoch was chosen."""

FURTHER = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "macro_f1_all": "macro-F1 over all classes",
    "trial_accuracy": "trial accuracy",
    "ccc": "CCC",
    "unit_f1": "F1 of action units",
}
"""Heads of the columns of further metrics, where a row has them; those of each dimension follow."""

OF_EACH = {"balanced_accuracy": "accuracy", "ccc": "ccc", "unit_f1": "unit_f1"}
"""The metric of each person alone, by the first metric: of few windows no recall of a class can be taken."""

BAR_ROW = "labels alone"
"""The muted row that holds the best expected score of what labels alone give, a column for itself."""


@dataclass(frozen=True)
class Score:
    """The scores of one row with one way of choosing the epoch.

    Attributes:
        metrics: By name, over all tested windows of all people together, averaged over seeds.
        each: The score of each person (or session, or trial) alone: the accuracy, or for a task without categories the
            first metric.
        deviation: Standard deviation of ``each`` (n - 1); None for one.
        interval: 95 % interval of the first metric over people; None for fewer than six.
    """

    metrics: Mapping[str, float]
    each: Mapping[str, float]
    deviation: float | None
    interval: Interval | None

    @property
    def mean(self) -> float | None:
        """Mean of ``each``."""
        return sum(self.each.values()) / len(self.each) if self.each else None


LEVEL = 0.05
"""Adjusted p below which a row differs from the baseline."""


@dataclass(frozen=True)
class Difference:
    """A row against the baseline of its group.

    Attributes:
        baseline: The model of that row.
        mean: By how much the first metric differs.
        p, adjusted: Two-sided, by exchanging the predictions of people; and Holm-adjusted for the tests of a table.
        n: How many people.
    """

    baseline: str
    mean: float
    p: float
    adjusted: float
    n: int


@dataclass(frozen=True)
class Bar:
    """The best expected score of labels alone in one metric, and the opponent that reaches it."""

    value: float
    opponent: str


@dataclass(frozen=True)
class RowRules:
    """The rules under which a row was measured: they distinguish it from another row of the same model.

    Attributes:
        dataset, simulated: The recordings, and whether no person was recorded.
        split, words: The protocol as a call, and in words.
        leaky: Whether it leaks, on purpose.
        scaling: How features were brought to one scale.
        windows: How long they are, in words.
        predicts: The parts of the task, in words.
    """

    dataset: str
    simulated: bool
    split: str
    words: str
    leaky: bool
    scaling: str
    windows: str
    predicts: str

    def differing(self, rows: Sequence["RowRules"]) -> str:
        """The rules that are not the same in all ``rows``, in a few words; empty where all are."""
        short = {
            "scaling": f"{self.scaling} scaling",
            "split": self.split,
            "windows": self.windows,
            "predicts": self.predicts,
        }
        names = [name for name in short if len({getattr(row, name) for row in rows}) > 1]
        return ", ".join(short[name] for name in names)


@dataclass(frozen=True)
class TableRow:
    """One report in a table.

    Attributes:
        model: As one would type it.
        scores: By selection: ``fixed``, ``inner``, ``oracle``.
        published: The value that others reported for it.
        difference: Against the baseline, where there is one with the same people.
        verdict: Whether it is above guessing.
        bars: What labels alone give, by metric.
        least: Score of always predicting the least frequent training class in the first metric; None where unknown.
        effective: Effective number of people (Kish), of whom some may decide more of the score than others.
        n_parameters: Trained numbers.
        facts: Data, features, protocol and counts by name, in words.
        rules: Those that distinguish rows of the same model.
    """

    model: str
    scores: Mapping[str, Score]
    published: Published | None
    difference: Difference | None
    verdict: Verdict
    bars: Mapping[str, Bar]
    least: float | None
    effective: float
    n_parameters: int
    facts: Mapping[str, str]
    rules: RowRules

    @property
    def selection(self) -> str:
        """The way of choosing the epoch that stands first."""
        return next(iter(self.scores))

    @property
    def score(self) -> Score:
        """The score that stands first."""
        return self.scores[self.selection]


@dataclass(frozen=True)
class Table:
    """Rows under stated protocols, with what must be said about them.

    Attributes:
        metric: By which rows are judged first.
        rows: One for each report, in their order.
        warnings: What a reader has to know: leaks, simulated data, rows that are not one ranking.
        notes: How to read the numbers, and what they carry.
        result: What came out, in one sentence.
    """

    metric: str
    rows: tuple[TableRow, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    result: str = ""

    @property
    def common(self) -> dict[str, str]:
        """Facts that are equal in all rows: they stand once, not in each row."""
        first = self.rows[0].facts
        return {name: value for name, value in first.items() if all(row.facts[name] == value for row in self.rows)}

    def leading(self, most: int) -> tuple[int, ...]:
        """The places of the ``most`` rows with the best scores, in the order of the table; those without score last."""
        sign = 1 if lower_is_better(self.metric) else -1
        scores = np.array([sign * row.score.metrics[self.metric] for row in self.rows])
        return tuple(sorted(np.argsort(scores, kind="stable")[:most].tolist()))

    def named(self, row: TableRow) -> str:
        """The model of a row, with the rules that distinguish it from the others."""
        return name_of(row, self.rows)

    def grid(self) -> Grid:
        """The rows as cells, with the words about them; facts that differ between rows have a column each."""
        differing = [name for name in self.rows[0].facts if name not in self.common]
        columns = [Column.of("model", [Cell(row.model, short=_class_name(row.model)) for row in self.rows])]
        columns += [Column.of(name, [row.facts[name] for row in self.rows]) for name in differing]
        columns += _score_columns(self.rows, self.metric)
        bars = list(_bar_rows(self))
        whole = tuple(_with_bars(column, bars) for column in columns)
        return Grid(whole).with_words(self.result, warnings=self.warnings, facts=self.common, notes=self.notes)

    def to_markdown(self) -> str:
        """The table for a README or a paper's supplement."""
        return self.grid().to_markdown()

    def to_html(self) -> str:
        """The table as a fragment of a page."""
        return self.grid().to_html()

    def to_latex(self, title: str = "") -> str:
        """The table for a paper, in booktabs' form; its warnings and notes are the caption."""
        return self.grid().to_latex(title)

    def to_json(self) -> str:
        """Everything the table knows, every person's score included, and its checksum."""
        return signed_json(asdict(self))

    def __str__(self) -> str:
        return self.to_markdown()

    def print(self) -> None:
        """Show the table in a terminal, or as plain text of the same width where the output is piped."""
        self.grid().print()


def name_of(row: TableRow, rows: Sequence[TableRow]) -> str:
    """The model of a row, with the rules that distinguish it from the other ``rows``."""
    rules = row.rules.differing([each.rules for each in rows])
    return f"{row.model} ({rules})" if rules else row.model


def _class_name(model: str) -> str:
    """The name in the call of a model; empty for what is none."""
    name, bracket, _ = model.partition("(")
    return name if bracket else ""


def _score_columns(rows: Sequence[TableRow], metric: str) -> list[Column]:
    """One column for each way of choosing the epoch and each further metric that some row has."""
    columns = []
    for selection, head in HEADS.items():
        cells = [_score_cell(row.scores.get(selection), metric, selection) for row in rows]
        columns.append(Column.of(head, cells, numeric=True))
    columns += [
        Column.of("95 % interval", [_interval_text(row.score.interval) for row in rows], numeric=True),
        Column.of("above guessing", [row.verdict.cell for row in rows]),
        Column.of(_baseline_head(rows), [_difference_text(row.difference, rows) for row in rows], numeric=True),
        Column.of(_each_head(rows, metric), [_each_text(row.score) for row in rows], numeric=True),
        Column.of("published accuracy", [str(row.published or "") for row in rows], numeric=True),
    ]
    for name, head in _further(rows, metric).items():
        columns.append(Column.of(head, [decimal(row.score.metrics.get(name)) for row in rows], numeric=True))
    counts = [f"{row.n_parameters:,}" if row.n_parameters else "" for row in rows]
    return [column for column in (*columns, Column.of("parameters", counts, numeric=True)) if column.filled]


def _further(rows: Sequence[TableRow], metric: str) -> dict[str, str]:
    """Further metrics and the heads of their columns."""
    names = {name: head for name, head in FURTHER.items() if name != metric}
    for row in rows:
        for name in row.score.metrics:
            if name.startswith(("ccc_", "rmse_")):
                names[name] = name.replace("ccc_", "CCC ").replace("rmse_", "RMSE ")
    return names


def _each_head(rows: Sequence[TableRow], metric: str) -> str:
    if metric not in OF_EACH:
        return ""
    kinds = {row.verdict.kind for row in rows}
    unit = ONE_OF[kinds.pop()] if len(kinds) == 1 else "person"
    return f"{WORDS.get(OF_EACH[metric], OF_EACH[metric])} of each {unit}"


def _each_text(score: Score) -> str:
    if score.deviation is None:
        return ""
    return f"{decimal(score.mean)} ± {decimal(score.deviation)}"


def _bar_rows(table: Table) -> Iterator[dict[str, Cell]]:
    """Cells by head of the muted rows of labels alone: one for each set of models that have the same bars."""
    first = next((name for name in HEADS if name in table.rows[0].scores), "")
    metric_of = {HEADS[first]: table.metric} if first else {}
    metric_of |= {head: name for name, head in _further(table.rows, table.metric).items()}
    models_of: dict[tuple[str, ...], list[str]] = {}
    for row in table.rows:
        bars = {name: decimal(bar.value) for name, bar in row.bars.items()}
        values = tuple(bars.get(metric, "") for metric in metric_of.values())
        models_of.setdefault(values, []).append(row.model)
    for values, models in models_of.items():
        whose = f"{BAR_ROW}, {', '.join(models)}" if len(models_of) > 1 else BAR_ROW
        cells = {head: Cell(bar, muted=True) for head, bar in zip(metric_of, values, strict=True) if bar}
        if cells:
            yield {"model": Cell(whose, short=BAR_ROW, muted=True), **cells}


def _with_bars(column: Column, bars: Sequence[Mapping[str, Cell]]) -> Column:
    """The column with a cell for each row of labels alone below its own."""
    below = [bar.get(column.head, Cell("")) for bar in bars]
    return replace(column, cells=(*column.cells, *below))


def _baseline_head(rows: Sequence[TableRow]) -> str:
    baselines = {row.difference.baseline for row in rows if row.difference}
    return f"against {baselines.pop()}" if len(baselines) == 1 else "against the baseline"


def _score_cell(score: Score | None, metric: str, selection: str) -> Cell:
    if score is None:
        return Cell("")
    return Cell(decimal(score.metrics[metric]), muted=selection == ORACLE)


def _interval_text(interval: Interval | None) -> str:
    if interval is None:
        return ""
    over = "" if interval.over == "people" else f" ({interval.over})"
    return f"{decimal(interval.low)} to {decimal(interval.high)}{over}"


def too_few(difference: Difference, rows: Sequence["TableRow"]) -> bool:
    """Whether no result of these units could be a difference, adjusted for the tests of the table."""
    return least_adjusted(difference.n, sum(row.difference is not None for row in rows)) >= LEVEL


def _difference_text(difference: Difference | None, rows: Sequence["TableRow"]) -> str:
    if difference is None:
        return ""
    test = "too few to tell" if too_few(difference, rows) else f"p {p_words(difference.adjusted)}"
    return f"{decimal(difference.mean, sign='+')}, {test}"
