"""Reports side by side, and the ways to show them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape

from .protocol import ORACLE
from .published_file import Published
from .statistics import Interval

WORDS = {"balanced_accuracy": "balanced accuracy", "ccc": "CCC", "unit_f1": "F1 of action units"}
"""Metrics by which a task is judged first, in words."""

HEADS = {"fixed": "last epoch", "inner": "inner validation", ORACLE: "oracle epoch"}
"""Heads of the columns that hold the first metric, by how the epoch was chosen."""

FURTHER = {
    "accuracy": "accuracy", "macro_f1": "macro-F1", "trial_accuracy": "trial accuracy", "ccc": "CCC",
    "ccc_valence": "CCC valence", "ccc_arousal": "CCC arousal", "rmse_valence": "RMSE valence",
    "rmse_arousal": "RMSE arousal", "unit_f1": "F1 of action units",
}
"""Heads of the columns of further metrics, where a row has them."""

_PIPED = 1000
"""Columns of a terminal that is none: nothing is folded."""


@dataclass(frozen=True)
class Score:
    """What one row reached with one way of choosing the epoch.

    Attributes:
        metrics: Mean over subjects, by metric.
        subjects: The first metric of each subject, averaged over seeds.
        deviation: Standard deviation of ``subjects`` (n - 1); None for one subject.
        interval: 95 % interval of the mean over subjects; for one subject that of the trial accuracy over trials.
    """

    metrics: Mapping[str, float]
    subjects: Mapping[str, float]
    deviation: float | None
    interval: Interval | None


@dataclass(frozen=True)
class Difference:
    """A row against the baseline of its group: mean difference over subjects, and Wilcoxon's p, Holm-adjusted."""

    baseline: str
    mean: float
    p: float
    adjusted: float
    n: int


@dataclass(frozen=True)
class TableRow:
    """One report in a table.

    Attributes:
        model: As one would type it.
        scores: By selection: ``fixed``, ``inner``, ``oracle``.
        published: What others reported for it.
        difference: Against the baseline, where there is one with the same subjects.
        chance: What guessing gives on the first metric.
        majority: Share of the most frequent category among test windows; None without categories.
        n_parameters: Trained numbers.
        facts: Data, features, protocol and counts by name, in words.
    """

    model: str
    scores: Mapping[str, Score]
    published: Published | None
    difference: Difference | None
    chance: float
    majority: float | None
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
        return list(columns), [list(cells) for cells in zip(*columns.values(), strict=True)]

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
        return "\n".join([
            *said, f"<ul>{facts}</ul>", f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
            f"<ul>{notes}</ul>", "",
        ])

    def to_json(self) -> str:
        """Everything the table knows, every subject's score included."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    def print(self) -> None:
        """Show the table in a terminal, or as plain text where the output is piped."""
        in_terminal(self.warnings, self.common, *self.grid(), self.notes)


def in_terminal(
    warnings: Sequence[str], facts: Mapping[str, str], heads: Sequence[str], cells: Sequence[Sequence[str]],
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
    columns: dict[str, list[str]] = {"published": [str(row.published or "") for row in rows]}
    for selection, head in HEADS.items():
        columns[head] = [_written(row.scores.get(selection), metric, selection) for row in rows]
    columns["95 % interval"] = [_interval(row.score.interval) for row in rows]
    columns[_against(rows)] = [_difference(row.difference) for row in rows]
    for name, head in FURTHER.items():
        columns[head] = [_number(row.score.metrics.get(name)) if name != metric else "" for row in rows]
    columns["majority"] = [_number(row.majority) for row in rows]
    columns["parameters"] = [f"{row.n_parameters:,}" if row.n_parameters else "" for row in rows]
    return {head: cells for head, cells in columns.items() if any(cells)}


def _against(rows: Sequence[TableRow]) -> str:
    baselines = {row.difference.baseline for row in rows if row.difference}
    return f"against {baselines.pop()}" if len(baselines) == 1 else "against the baseline"


def _written(score: Score | None, metric: str, selection: str) -> str:
    if score is None:
        return ""
    spread = f" ± {_number(score.deviation)}" if score.deviation is not None else ""
    text = f"{_number(score.metrics[metric])}{spread}"
    return f"({text})" if selection == ORACLE else text


def _interval(interval: Interval | None) -> str:
    if interval is None:
        return ""
    over = "" if interval.over == "subjects" else f" ({interval.over})"
    return f"{_number(interval.low)} to {_number(interval.high)}{over}"


def _difference(difference: Difference | None) -> str:
    if difference is None:
        return ""
    p = "< .001" if difference.adjusted < 0.001 else f"= {_number(difference.adjusted, 3)}"
    return f"{_number(difference.mean, sign='+')}, p {p}"


def _number(value: float | None, digits: int = 3, sign: str = "") -> str:
    """Three digits, without the zero before the point: ``.817``."""
    text = "" if value is None else f"{value:{sign}.{digits}f}"
    return text.replace("0.", ".", 1) if text.lstrip("+-").startswith("0.") else text


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"


def _grey(text: str) -> str:
    return f'<span style="color: #777">{escape(text)}</span>' if text.startswith("(") else escape(text)
