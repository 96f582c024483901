"""From reports to one table: scores of all people together, intervals, paired tests."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace

import numpy as np

from ...signals import InputError
from ..runs.report import Report
from ..scores.labels_alone import Opponents
from ..scores.metrics import WORDS
from ..scores.statistics import Interval, bootstrap_interval, exchange_test, holm
from ..scores.tally import Tally
from ..scores.verdict import effective_units, verdict_of
from .notes import table_notes, table_warnings
from .published_rows import find_published
from .result import result_of
from .row_facts import empty_facts, facts_of, task_words, tested_trials, window_seconds, window_words
from .table import OF_EACH, Bar, Difference, RowRules, Score, Table, TableRow

OVER_ALL = ("Aff-Wild2",)
"""Datasets whose contests (ABAW) take macro-F1 over all categories, also those that are never tested."""

BASELINE = "linear"
"""The row that others are tested against; without it, the first of the group."""


def compare(*reports: Report, metric: str | None = None) -> Table:
    """Put reports side by side.

    Scores are those of all tested windows of all folds together, averaged over seeds; of categories every class weighs
    the same. Intervals and tests draw people: sessions where nobody is named or there is one person only, else trials.
    Each row is tested against the baseline of its group (same data, split and scaling) by exchanging the predictions of
    whole people, Holm-adjusted for the number of tests in the table, and against what labels alone give (``Verdict``).

    Args:
        *reports: The rows.
        metric: By which they are judged first; left out, what fits their tasks.

    Raises:
        InputError: There is no report, a report stands twice, or the tasks are judged by different metrics.
    """
    if not reports:
        raise InputError("compare", "no reports", "one or more", "run emo-train bench first")
    _check_distinct(reports)
    judged = _first_metric(reports, metric)
    empty = empty_facts(reports)
    plain = [_row(report, judged, empty) for report in reports]
    groups = [_group(report) for report in reports]
    rows = _with_differences(plain, groups, reports, judged)
    return Table(
        metric=judged,
        rows=rows,
        warnings=tuple(table_warnings(reports)),
        notes=tuple(table_notes(rows, reports, judged)),
        result=result_of(rows, judged, one_ranking=len(set(groups)) == 1),
    )


def _first_metric(reports: Sequence[Report], metric: str | None) -> str:
    """The metric by which all rows are judged first.

    Raises:
        InputError: The tasks of the reports are judged by different ones, or one has no score by ``metric``.
    """
    for report in reports:
        scores = report.tallies[report.selections[0]].scores
        if metric is not None and metric not in scores:
            raise InputError(
                f"metric {metric[:40]}", f"no score of {report.model} by it", f"one of {', '.join(scores)}"
            )
    metrics = {metric or report.metric for report in reports}
    if len(metrics) > 1:
        found = f"tasks judged by {' and '.join(sorted(WORDS[metric] for metric in metrics))}"
        raise InputError("compare", found, "one metric in a table", "make a table of each")
    return metrics.pop()


def _check_distinct(reports: Sequence[Report]) -> None:
    """Refuse a report that stands twice: the same model under the same protocol on the same data."""
    earlier = []
    for report in reports:
        identity = report.model, report.protocol, report.data.dataset, report.data.cache
        if identity in earlier:
            found = f"{report.model} on {report.data.dataset} ({report.data.cache[:8]}) twice under one protocol"
            raise InputError("compare", found, "each report once", "leave one away")
        earlier.append(identity)


def _row(report: Report, metric: str, empty: Collection[str]) -> TableRow:
    facts = {name: words for name, words in facts_of(report, metric).items() if name not in empty}
    first, opponents = report.tallies[report.selections[0]], report.opponents
    least = opponents.least.scores.get(metric) if opponents.least else None
    return TableRow(
        model=report.model,
        scores={name: _tested_f1(score_of(tally, metric), report) for name, tally in report.tallies.items()},
        published=find_published(report),
        difference=None,
        verdict=verdict_of(first, opponents, metric),
        bars=_bars(first, opponents),
        least=least,
        effective=effective_units(first, metric),
        n_parameters=report.n_parameters,
        facts=facts,
        rules=_rules(report),
    )


def _bars(tally: Tally, opponents: Opponents) -> dict[str, Bar]:
    """By metric what labels alone give; metrics that no opponent has are left out."""
    bars = {}
    for metric in tally.scores:
        opponent, value = opponents.strongest(metric)
        if opponent:
            bars[metric] = Bar(value, opponent)
    return bars


def _rules(report: Report) -> RowRules:
    p, d = report.protocol, report.data
    return RowRules(
        dataset=d.title,
        simulated=d.simulated,
        split=p.split,
        words=p.words,
        leaky=p.leaky,
        scaling=p.scaling,
        windows=window_words(report),
        predicts=", ".join(task_words(report)),
    )


def _tested_f1(score: Score, report: Report) -> Score:
    """The score without macro-F1 over all categories, where no contest asks for it and every category is tested."""
    metrics = dict(score.metrics)
    if report.data.dataset not in OVER_ALL and metrics.get("macro_f1") == metrics.get("macro_f1_all"):
        metrics.pop("macro_f1_all", None)
    return replace(score, metrics=metrics)


def score_of(tally: Tally, metric: str) -> Score:
    """The score of a tally, with the interval of ``metric``."""
    metric_of_each = OF_EACH.get(metric, metric)
    each = {name: metrics[metric_of_each] for name, metrics in tally.each.items() if metric_of_each in metrics}
    deviation = float(np.std(list(each.values()), ddof=1)) if len(each) > 1 else None
    return Score(tally.scores, each, deviation, interval_of(tally, metric))


def interval_of(tally: Tally, metric: str) -> Interval | None:
    """The 95 % interval of a metric over the units of a tally; each resample has every class that was tested."""
    sums = tally.of_metric(metric)
    needed = sums[:, 0, 0] if "categories" in tally.sums and metric in ("balanced_accuracy", "macro_f1") else None
    return bootstrap_interval(sums, lambda total: tally.score(metric, total), tally.units.kind, needed)


def _with_differences(
    rows: Sequence[TableRow], groups: Sequence[Hashable], reports: Sequence[Report], metric: str
) -> tuple[TableRow, ...]:
    baselines = [_baseline(i, rows, groups) for i in range(len(rows))]
    pairs = [(i, base) for i, base in enumerate(baselines) if base is not None]
    tallies = [report.tallies[report.selections[0]] for report in reports]
    p_values = [paired_p(tallies[i], tallies[base], metric) for i, base in pairs]
    compared = list(rows)
    # Holm adjusts for the number of tests in the whole table, so all p-values come before the first difference.
    for (i, base), p, adjusted in zip(pairs, p_values, holm(p_values), strict=True):
        mean = tallies[i].scores[metric] - tallies[base].scores[metric]
        n = int(tallies[i].counted(metric).sum())
        compared[i] = replace(rows[i], difference=Difference(rows[base].model, mean, p, adjusted, n))
    return tuple(compared)


def paired_p(row: Tally, other: Tally, metric: str) -> float:
    """Two-sided p between two rows, by exchanging the predictions of whole people (``exchange_test``)."""
    return exchange_test(row.of_metric(metric), other.of_metric(metric), lambda total: row.score(metric, total))


def _baseline(i: int, rows: Sequence[TableRow], groups: Sequence[Hashable]) -> int | None:
    """The row of its group that a row is tested against: nothing for the baseline itself, or for one person."""
    group = [j for j in range(len(rows)) if groups[j] == groups[i]]
    base = next((j for j in group if rows[j].model == BASELINE), group[0])
    return None if base == i or rows[i].verdict.units < 2 else base


def _group(report: Report) -> Hashable:
    """What must be equal for two rows to be a pair: the trials and what is known of them, the rules, the windows."""
    p, d = report.protocol, report.data
    rules = p.split, p.words, p.scaling, d.sides, d.classes, window_seconds(report)
    drawn = report.tallies[report.selections[0]].each
    return d.dataset, d.simulated, *rules, tested_trials(report), tuple(sorted(drawn))
