"""Reports side by side, and the ways to show them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape

from ..runs.protocol import ORACLE
from ..scores.metrics import WORDS
from ..scores.statistics import Interval
from ..scores.verdict import Verdict, p_words
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
"""What is shown of each person by itself, by the first metric: of few windows no recall of a class can be taken."""

BAR_ROW = "(labels alone)"
"""The row that holds the best expected score of what labels alone give, a column for itself."""

_PIPED = 1000
"""Columns of a terminal that is none: nothing is folded."""


@dataclass(frozen=True)
class Score:
    """What one row reached with one way of choosing the epoch.

    Attributes:
        metrics: By name, over all tested windows of all people together, averaged over seeds.
        each: What each person (or session, or trial) reached by itself: the accuracy, or for a task without categories
            the first metric.
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


@dataclass(frozen=True)
class Difference:
    """A row against the baseline of its group.

    Attributes:
        baseline: The other row.
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
    """What labels alone give in one metric: the best expected score, and whose it is."""

    value: float
    opponent: str


@dataclass(frozen=True)
class TableRow:
    """One report in a table.

    Attributes:
        model: As one would type it.
        scores: By selection: ``fixed``, ``inner``, ``oracle``.
        published: What others reported for it.
        difference: Against the baseline, where there is one with the same people.
        verdict: Whether it is above guessing.
        bars: What labels alone give, by metric.
        least: What always saying the least frequent training class would give in the first metric; None where unknown.
        effective: Effective number of people (Kish), of whom some may decide more of the score than others.
        n_parameters: Trained numbers.
        facts: Data, features, protocol and counts by name, in words.
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

    @property
    def selection(self) -> str:
        """The way of choosing the epoch that is shown first."""
        return next(iter(self.scores))

    @property
    def score(self) -> Score:
        """The score that is shown first."""
        return self.scores[self.selection]


@dataclass(frozen=True)
class Table:
    """Rows under stated protocols, with what must be said about them.

    Attributes:
        metric: By which rows are judged first.
        rows: One for each report, in the order given.
        warnings: What a reader has to know first: leaks, simulated data.
        notes: How to read the numbers, and what they carry.
    """

    metric: str
    rows: tuple[TableRow, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def common(self) -> dict[str, str]:
        """Facts that are equal in all rows: said once, above the rows."""
        first = self.rows[0].facts
        return {name: value for name, value in first.items() if all(row.facts[name] == value for row in self.rows)}

    def grid(self) -> tuple[list[str], list[list[str]]]:
        """Heads and cells of the rows as text; facts that differ between rows have a column each."""
        differing = [name for name in self.rows[0].facts if name not in self.common]
        columns = {"model": [row.model for row in self.rows]}
        columns |= {name: [row.facts[name] for row in self.rows] for name in differing}
        columns |= _score_columns(self.rows, self.metric)
        cells = [list(own) for own in zip(*columns.values(), strict=True)]
        return list(columns), [*cells, *_bar_cells(self, list(columns))]

    def to_markdown(self) -> str:
        """The table for a README or a paper's supplement."""
        heads, cells = self.grid()
        lines = [f"**{warning}**\n" for warning in self.warnings]
        lines += [f"- {name}: {value}" for name, value in self.common.items()]
        lines += ["", _line(heads), _line(["---"] * len(heads)), *map(_line, cells), ""]
        lines += [f"- {note}" for note in self.notes]
        return "\n".join(lines) + "\n"

    def to_html(self) -> str:
        """The table as a fragment of a page."""
        heads, cells = self.grid()
        said = [f"<p><strong>{escape(warning)}</strong></p>" for warning in self.warnings]
        facts = "".join(f"<li>{escape(name)}: {escape(value)}</li>" for name, value in self.common.items())
        head = "".join(f"<th>{escape(text)}</th>" for text in heads)
        body = "".join("<tr>" + "".join(f"<td>{_grey(text)}</td>" for text in row) + "</tr>" for row in cells)
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        return "\n".join(
            [
                *said,
                f"<ul>{facts}</ul>",
                f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
                f"<ul>{notes}</ul>",
                "",
            ]
        )

    def to_json(self) -> str:
        """Everything the table knows, every person's score included."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    def __str__(self) -> str:
        return self.to_markdown()

    def print(self) -> None:
        """Show the table in a terminal, or as plain text where the output is piped."""
        in_terminal(self.warnings, self.common, *self.grid(), self.notes)


def in_terminal(
    warnings: Sequence[str],
    facts: Mapping[str, str],
    heads: Sequence[str],
    cells: Sequence[Sequence[str]],
    notes: Sequence[str],
) -> None:
    """Print warnings, facts, rows and notes; without folding where the output is piped."""
    from rich.console import Console
    from rich.table import Table as Shown
    from rich.text import Text

    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=_PIPED)
    for warning in warnings:
        console.print(Text(warning, "bold red"))
    for name, value in facts.items():
        console.print(Text.assemble((f"{name}: ", "dim"), value))
    shown = Shown(*heads)
    for row in cells:
        shown.add_row(*(Text(text, "grey50" if text.startswith("(") else "") for text in row))
    console.print(shown)
    for note in notes:
        console.print(Text(f"- {note}"))


def _score_columns(rows: Sequence[TableRow], metric: str) -> dict[str, list[str]]:
    """One column for each way of choosing the epoch and each further metric that some row has."""
    columns: dict[str, list[str]] = {}
    for selection, head in HEADS.items():
        columns[head] = [_written(row.scores.get(selection), metric, selection) for row in rows]
    columns["95 % interval"] = [_interval(row.score.interval) for row in rows]
    columns["above guessing"] = [row.verdict.cell for row in rows]
    columns[_against(rows)] = [_difference(row.difference) for row in rows]
    columns[_of_each(rows, metric)] = [_each(row.score) for row in rows]
    columns["published accuracy"] = [str(row.published or "") for row in rows]
    for name, head in _further(rows, metric).items():
        columns[head] = [_number(row.score.metrics.get(name)) for row in rows]
    columns["parameters"] = [f"{row.n_parameters:,}" if row.n_parameters else "" for row in rows]
    return {head: cells for head, cells in columns.items() if any(cells)}


def _further(rows: Sequence[TableRow], metric: str) -> dict[str, str]:
    """Further metrics and the heads of their columns."""
    names = {name: head for name, head in FURTHER.items() if name != metric}
    measured = dict.fromkeys(name for row in rows for name in row.score.metrics)
    names |= {
        name: name.replace("ccc_", "CCC ").replace("rmse_", "RMSE ")
        for name in measured
        if name.startswith(("ccc_", "rmse_"))
    }
    return names


def _of_each(rows: Sequence[TableRow], metric: str) -> str:
    kinds = {row.verdict.kind for row in rows}
    one = {"people": "person", "sessions": "session", "trials": "trial"}[kinds.pop()] if len(kinds) == 1 else "person"
    return f"{WORDS.get(OF_EACH[metric], OF_EACH[metric])} of each {one}" if metric in OF_EACH else ""


def _each(score: Score) -> str:
    if score.deviation is None:
        return ""
    return f"{_number(score.mean)} ± {_number(score.deviation)}"


def _bar_cells(table: Table, heads: Sequence[str]) -> list[list[str]]:
    """A row of what labels alone give, for each set of rows that have the same."""
    first = next((name for name in HEADS if name in table.rows[0].scores), "")
    metric_of = {HEADS[first]: table.metric} if first else {}
    metric_of |= {head: name for name, head in _further(table.rows, table.metric).items()}
    found: dict[tuple[str, ...], list[str]] = {}
    for row in table.rows:
        bars = {name: _number(bar.value) for name, bar in row.bars.items()}
        cells = tuple(f"({bars[metric_of[head]]})" if metric_of.get(head) in bars else "" for head in heads)
        found.setdefault(cells, []).append(row.model)
    several = len(found) > 1
    return [
        [f"{BAR_ROW[:-1]}, {', '.join(models)})" if several else BAR_ROW, *cells[1:]]
        for cells, models in found.items()
        if any(cells)
    ]


def _against(rows: Sequence[TableRow]) -> str:
    baselines = {row.difference.baseline for row in rows if row.difference}
    return f"against {baselines.pop()}" if len(baselines) == 1 else "against the baseline"


def _written(score: Score | None, metric: str, selection: str) -> str:
    if score is None:
        return ""
    text = _number(score.metrics[metric])
    return f"({text})" if selection == ORACLE else text


def _interval(interval: Interval | None) -> str:
    if interval is None:
        return ""
    over = "" if interval.over == "people" else f" ({interval.over})"
    return f"{_number(interval.low)} to {_number(interval.high)}{over}"


def _difference(difference: Difference | None) -> str:
    if difference is None:
        return ""
    return f"{_number(difference.mean, sign='+')}, p {p_words(difference.adjusted)}"


def _number(value: float | None, digits: int = 3, sign: str = "") -> str:
    """Three digits, without the zero before the point: ``.817``."""
    text = "" if value is None else f"{value:{sign}.{digits}f}"
    if text.lstrip("+-") == f"{0:.{digits}f}":
        text = text.lstrip("-")
    return text.replace("0.", ".", 1) if text.lstrip("+-").startswith("0.") else text


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"


def _grey(text: str) -> str:
    return f'<span style="color: #777">{escape(text)}</span>' if text.startswith("(") else escape(text)
