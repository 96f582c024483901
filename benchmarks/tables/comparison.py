"""From reports to one table: scores of all people together, intervals, paired tests, warnings and notes."""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...models import Training
from ...signals import InputError
from ..runs.report import Report
from ..runs.report_facts import SeriesSummary
from ..scores.labels_alone import Opponents
from ..scores.metrics import WORDS, part_of
from ..scores.predictions import Predictions
from ..scores.statistics import FEWEST, Interval, bootstrap_interval, exchange_test, holm, least_adjusted
from ..scores.tally import PEOPLE, SESSIONS, TRIALS, Tally
from ..scores.verdict import ALPHA, decimal, effective_units, verdict_of
from .published_rows import DAGGER_NOTE, find_published
from .result import result_of
from .table import LEVEL, OF_EACH, Bar, Difference, RowRules, Score, Table, TableRow, name_of, too_few

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
    empty = _empty_facts(reports)
    plain = [_row(report, judged, empty) for report in reports]
    groups = [_group(report) for report in reports]
    rows = _with_differences(plain, groups, reports, judged)
    return Table(
        metric=judged,
        rows=rows,
        warnings=tuple(_warnings(reports)),
        notes=tuple(_notes(rows, reports, judged)),
        result=result_of(rows, judged, one_ranking=len(set(groups)) == 1),
    )


def _first_metric(reports: Sequence[Report], metric: str | None) -> str:
    """The metric by which all rows are judged first.

    Raises:
        InputError: The tasks of the reports are judged by different ones.
    """
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


def _empty_facts(reports: Sequence[Report]) -> set[str]:
    """Names of facts that tell a reader of this table nothing: no row has epochs, or classes made of ratings."""
    empty = {"networks", "classes"}
    for report in reports:
        if any(max(epochs) > 0 for epochs in report.epochs.values()):
            empty.discard("networks")
        if report.data.classes:
            empty.discard("classes")
    return empty


def _row(report: Report, metric: str, empty: Collection[str]) -> TableRow:
    facts = {name: words for name, words in _facts(report, metric).items() if name not in empty}
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
        dataset=d.dataset,
        simulated=d.simulated,
        split=p.split,
        words=p.words,
        leaky=p.leaky,
        scaling=p.scaling,
        windows=_length(report),
        predicts=", ".join(_task(report)),
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


def _facts(report: Report, metric: str) -> dict[str, str]:
    p, d = report.protocol, report.data
    every = ", every class weighing the same" if metric == "balanced_accuracy" else ""
    return {
        "score": f"{WORDS[metric]} over all tested windows{every}, averaged over seeds",
        "data": f"{d.dataset}{' (no person recorded)' if d.simulated else ''}",
        "predicts": ", ".join(_task(report)),
        "classes": d.classes or "as the data have them",
        "features": "; ".join(_features(d.series)),
        "scaling": f"{p.scaling} (transductive)" if p.scaling == "subject" else p.scaling,
        "protocol": f"{p.words} [{p.split}]{f'; {d.sides}' if d.sides else ''}",
        "windows": _windows(report),
        "networks": ", ".join(_training(p.training)),
        "tested": _counts(report),
        "seeds": str(p.seeds),
    }


def _features(summaries: Mapping[str, SeriesSummary]) -> Iterator[str]:
    for name, series in summaries.items():
        named = f"{name}: " if len(summaries) > 1 else ""
        causality = "" if series.causal else ", not causal"
        yield f"{named}{series.words}: {series.sites} sites × {len(series.features)}{causality}"


def _windows(report: Report) -> str:
    p, series = report.protocol, report.data.series
    clock = ""
    if len(series) > 1:
        rates = " and ".join(f"{name} {summary.duration:g} s" for name, summary in series.items())
        clock = f" on the session clock ({p.window} of the longest slices: {rates})"
    return f"{_length(report)}{clock}, training stride {p.train_stride}, test windows disjoint"


def _length(report: Report) -> str:
    """The length of a window, in words."""
    p, durations = report.protocol, [summary.duration for summary in report.data.series.values()]
    return f"{p.window} slices of {durations[0]:g} s" if len(durations) == 1 else f"{p.window * max(durations):g} s"


def _training(training: Training) -> Iterator[str]:
    yield f"{training.epochs} epochs, batches of {training.batch_size}, AdamW {training.learning_rate:g}"
    for name, default in (("balance", "weights"), ("augmentation", "auto"), ("dimension_loss", "ccc")):
        if getattr(training, name) != default:
            yield f"{name.replace('_', ' ')} {getattr(training, name)}"


def _task(report: Report) -> Iterator[str]:
    task = report.data.task
    for part in ("categories", "dimensions", "units"):
        if names := getattr(task, part):
            # Names of action units hold commas themselves.
            comma = "; " if any("," in name for name in names) else ", "
            yield f"{len(names)} {part} ({comma.join(names)})"


def _counts(report: Report) -> str:
    """Counts behind the score: trials and windows of which a truth is known; then those of which none is."""
    scored = report.predictions.take(report.predictions.labelled)
    trials = np.unique(scored.trial)
    subject, session = (np.asarray(report.columns[name])[trials] for name in ("subject", "session"))
    sessions = len(set(zip(subject.tolist(), session.tolist(), strict=True)))
    windows = len(np.unique(np.stack([scored.trial, scored.start]), axis=1).T)
    counts = {
        "subject": len(set(subject.tolist())),
        "session": sessions,
        "trial": len(trials),
        "window": windows,
        "fold": len(report.folds),
    }
    scored_counts = ", ".join(_counted(n, name) for name, n in counts.items())
    return "; ".join([scored_counts, *_missing(report, scored, len(report.tested) - len(trials))])


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _missing(report: Report, scored: Predictions, unlabelled: int) -> Iterator[str]:
    """Truths that are not known: of whole trials, and of one part of the task where another is known."""
    if unlabelled:
        yield f"not scored for want of a truth: {_counted(unlabelled, 'more trial')}"
    task = report.data.task
    known = {"category": scored.category >= 0} if task.categories else {}
    known |= {name: np.isfinite(scored.true_dimensions[:, d]) for d, name in enumerate(task.dimensions)}
    known |= {name: np.isfinite(scored.true_units[:, u]) for u, name in enumerate(task.units)}
    lacking = []
    for name, is_known in known.items():
        if not is_known.all():
            lacking.append(f"{name} {len(np.unique(scored.trial[~is_known])):,}")
    if lacking:
        yield f"of these trials lack {', '.join(lacking)}"


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
    rules = p.split, p.words, p.scaling, d.sides, d.classes, _seconds(report)
    drawn = report.tallies[report.selections[0]].each
    return d.dataset, d.simulated, *rules, _tested(report), tuple(sorted(drawn))


def _tested(report: Report) -> tuple[object, ...]:
    """The tested trials with their categories, and the names of what is judged first."""
    names = ("subject", "session", "trial", "category")
    trials = (tuple(np.asarray(report.columns[name])[report.tested].tolist()) for name in names)
    judged = {"categories": report.data.task.categories, "dimensions": report.data.task.dimensions}
    return *trials, judged.get(part_of(report.metric), report.data.task.units)


def _seconds(report: Report) -> float:
    """Length of a window."""
    return round(report.protocol.window * max(series.duration for series in report.data.series.values()), 6)


def _warnings(reports: Sequence[Report]) -> Iterator[str]:
    leaky = [report.model for report in reports if report.protocol.leaky]
    if leaky:
        yield (
            f"LEAKY: {', '.join(dict.fromkeys(leaky))} ran a split that lets the test part leak into training; "
            "these numbers say nothing about new data."
        )
    simulated = {report.data.dataset for report in reports if report.data.simulated}
    if simulated:
        yield f"SIMULATED: no person was recorded for {', '.join(sorted(simulated))}."
    values_of: dict[str, set[Hashable]] = {
        "dataset": {report.data.dataset for report in reports},
        "split": {report.protocol.split for report in reports},
        "classes": {report.protocol.classes for report in reports},
        "tested trials": {_tested(report) for report in reports},
        "windows": {_seconds(report) for report in reports},
    }
    for name, values in values_of.items():
        if len(values) > 1:
            yield f"Rows differ in their {name}: they are not one ranking."


def _notes(rows: Sequence[TableRow], reports: Sequence[Report], metric: str) -> Iterator[str]:
    yield from _guessing_notes(rows, metric)
    yield from _unit_notes(rows)
    yield from _test_notes(rows)
    yield from dict.fromkeys(note for report in reports for note in report.data.label_notes)
    if any(report.protocol.scaling == "subject" for report in reports):
        yield "Scaling by subject is transductive: it sees the tested subject's unlabelled data."
    if any("oracle" in row.scores for row in rows):
        yield "(Oracle epoch): the best epoch on the test part, in grey; it chose nothing and must not be reported."
    yield from _published_notes([row for row in rows if row.published])
    if left_out := max(report.data.left_out for report in reports):
        reason = "a slice is invalid, or a gap lies between"
        yield f"Up to {left_out:,} windows a row, summed over folds, were left out: {reason}."


def _published_notes(rows: Sequence[TableRow]) -> Iterator[str]:
    cited = {f"{row.model}, published accuracy {row.published}": row.published for row in rows if row.published}
    for name, entry in cited.items():
        yield f"{name}: {entry.source}; {entry.series.words}; {entry.protocol.words}; {entry.words}."
    if not all(entry.verified for entry in cited.values()):
        yield f"{DAGGER_NOTE}."


def _guessing_notes(rows: Sequence[TableRow], metric: str) -> Iterator[str]:
    """Notes on what labels alone give, which rows are above that, and which would be by a trick of the split."""
    for (bar, opponent), same_bar in _by_bar(rows).items():
        if not opponent:
            continue
        whose = "" if len(same_bar) == len(rows) else f", for {_names(same_bar, rows)}"
        yield f"{BAR_WORDS} {decimal(bar)} {WORDS[metric]} ({opponent}{whose}). {_verdicts(same_bar, rows)}"
    opponents = {bar.opponent for row in rows for bar in row.bars.values()}
    if len(opponents) > 1:
        yield "Each column has a bar of its own: whatever of what labels alone give is best in that number."
    tricked = [row for row in rows if row.least is not None and row.least > row.bars[metric].value + 1e-9]
    if metric == "balanced_accuracy" and tricked:
        most = max(row.least or 0 for row in tricked)
        whose = "here" if len(tricked) == len(rows) else f"for {_names(tricked, rows)}"
        yield (
            f"Always predicting the least frequent training class would give {decimal(most)} {whose}, since what is "
            "held out is rare in what trains: a model that learns that reads labels, not signals."
        )


BAR_WORDS = "Labels alone, on these very folds, give"


def _by_bar(rows: Sequence[TableRow]) -> dict[tuple[float, str], list[TableRow]]:
    groups: dict[tuple[float, str], list[TableRow]] = {}
    for row in rows:
        # Without an opponent the bar is NaN, which equals nothing: such rows would never be one group.
        bar = round(row.verdict.bar, 6) if row.verdict.opponent else 0.0
        groups.setdefault((bar, row.verdict.opponent), []).append(row)
    return groups


def _names(some: Sequence[TableRow], rows: Sequence[TableRow]) -> str:
    return ", ".join(name_of(row, rows) for row in some)


def _verdicts(same_bar: Sequence[TableRow], rows: Sequence[TableRow]) -> str:
    """A sentence on which rows are above the bar that they share."""
    known = [row for row in same_bar if row.verdict.above is not None]
    if not known:
        least = min(row.verdict.units for row in same_bar)
        return f"Too few to tell what is above that: {least} {same_bar[0].verdict.kind}, {FEWEST} are needed."
    above = [row for row in known if row.verdict.above]
    below = [row for row in known if not row.verdict.above]
    rule = f"one-sided p up to {ALPHA:g}, unadjusted"
    if not above:
        return f"No row is above that ({rule})."
    rest = f"; not: {_names(below, rows)}" if below else ""
    return f"Above that ({rule}): {_names(above, rows)}{rest}."


_DRAWN = {
    PEOPLE: "Intervals and tests draw people",
    SESSIONS: "Nobody is named, or there is one person only: intervals and tests draw sessions",
    TRIALS: "One session only: intervals and tests draw trials, so they say nothing about other people or days",
}


def _unit_notes(rows: Sequence[TableRow]) -> Iterator[str]:
    """Notes on the units that intervals and tests draw: their kind, their number, and whether a few of them decide."""
    for kind in dict.fromkeys(row.verdict.kind for row in rows):
        same_kind = [row for row in rows if row.verdict.kind == kind]
        n, effective = same_kind[0].verdict.units, min(row.effective for row in same_kind)
        few = f"; with {n} of them no interval is given" if n < FEWEST else ""
        yield f"{_DRAWN[kind]}{few}; ± is the standard deviation over them."
        if effective < n / 2:
            yield f"Few {kind} decide the score: it is worth that of {effective:.1f} of equal weight, not of {n}."


def _test_notes(rows: Sequence[TableRow]) -> Iterator[str]:
    tested = [(row, row.difference) for row in rows if row.difference]
    if not tested:
        return
    different = []
    for row, difference in tested:
        if difference.adjusted < LEVEL:
            different.append(f"{name_of(row, rows)} ({decimal(difference.mean, sign='+')})")
    outcome = f"different: {', '.join(different)}" if different else "none differs at the 5 % level"
    if all(too_few(difference, rows) for _, difference in tested):
        least = least_adjusted(tested[0][1].n, len(tested))
        outcome = f"too few to tell, as no result of theirs has an adjusted p below {least:.2f}"
    baselines = sorted({difference.baseline for _, difference in tested})
    yield (
        f"Against the baseline of the same data, protocol and scaling ({', '.join(baselines)}), "
        f"exchanging whole {tested[0][0].verdict.kind}, Holm-adjusted for {_counted(len(tested), 'test')}: {outcome}."
    )
