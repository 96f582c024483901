"""From reports to one table: scores of all people together, intervals, paired tests, and what must be said in words."""

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...models import Training
from ...signals import InputError
from ..runs.fold_plan import check_names
from ..runs.report import Report, SeriesSummary
from ..scores.metrics import WORDS, part_of
from ..scores.predictions import Predictions
from ..scores.statistics import FEWEST, Interval, bootstrap_interval, exchange_test, holm
from ..scores.tally import PEOPLE, SESSIONS, TRIALS, Tally
from ..scores.verdict import ALPHA, effective_units, verdict_of
from .published_rows import DAGGER_NOTE, find_published
from .result import result_of
from .table import OF_EACH, Bar, Difference, RowRules, Score, Table, TableRow, name_of

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
    check_names([_identity(report) for report in reports], "compare")
    metrics = {metric or report.metric for report in reports}
    if len(metrics) > 1:
        found = f"tasks judged by {' and '.join(sorted(WORDS[metric] for metric in metrics))}"
        raise InputError("compare", found, "one metric in a table", "make a table of each")
    (judged,) = metrics
    unsaid = _unsaid(reports)
    plain, groups = [_row(report, judged, unsaid) for report in reports], [_group(report) for report in reports]
    rows = _with_differences(plain, groups, reports, judged)
    return Table(
        metric=judged,
        rows=rows,
        warnings=tuple(_warnings(reports)),
        notes=tuple(_notes(rows, reports, judged)),
        result=result_of(rows, judged, one_ranking=len(set(groups)) == 1),
    )


def _identity(report: Report) -> str:
    p, d = report.protocol, report.data
    return f"{report.model} on {d.dataset} ({d.cache[:8]}) under {p.to_json()}"


def _unsaid(reports: Sequence[Report]) -> set[str]:
    """Facts that say nothing in this table."""
    with_epochs = any(max(epochs) > 0 for report in reports for epochs in report.epochs.values())
    return {
        name
        for name, said in (("networks", with_epochs), ("classes", any(r.data.classes for r in reports)))
        if not said
    }


def _row(report: Report, metric: str, unsaid: Collection[str]) -> TableRow:
    facts = {name: words for name, words in _facts(report, metric).items() if name not in unsaid}
    first, opponents = report.tallies[report.selections[0]], report.opponents
    bars = {name: Bar(value, whose) for name in first.scores for whose, value in [opponents.strongest(name)] if whose}
    least = opponents.least.scores.get(metric) if opponents.least else None
    return TableRow(
        model=report.model,
        scores={name: _shown(score_of(tally, metric), report) for name, tally in report.tallies.items()},
        published=find_published(report),
        difference=None,
        verdict=verdict_of(first, opponents, metric),
        bars=bars,
        least=least,
        effective=effective_units(first, metric),
        n_parameters=report.n_parameters,
        facts=facts,
        rules=_rules(report),
    )


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


def _shown(score: Score, report: Report) -> Score:
    """The score without macro-F1 over all categories, where no contest asks for it and every category is tested."""
    metrics = dict(score.metrics)
    if report.data.dataset not in OVER_ALL and metrics.get("macro_f1") == metrics.get("macro_f1_all"):
        metrics.pop("macro_f1_all", None)
    return replace(score, metrics=metrics)


def score_of(tally: Tally, metric: str) -> Score:
    """What a tally comes to, its interval by ``metric``."""
    shown = OF_EACH.get(metric, metric)
    each = {name: metrics[shown] for name, metrics in tally.each.items() if shown in metrics}
    values = list(each.values())
    return Score(
        tally.scores, each, float(np.std(values, ddof=1)) if len(values) > 1 else None, interval_of(tally, metric)
    )


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
        "features": "; ".join(_features(name, own, len(d.series) > 1) for name, own in d.series.items()),
        "scaling": f"{p.scaling} (transductive)" if p.scaling == "subject" else p.scaling,
        "protocol": f"{p.words} [{p.split}]{f'; {d.sides}' if d.sides else ''}",
        "windows": _windows(report),
        "networks": ", ".join(_training(p.training)),
        "tested": _counts(report),
        "seeds": str(p.seeds),
    }


def _features(name: str, series: SeriesSummary, several: bool) -> str:
    shape = f"{series.sites} sites × {len(series.features)}{'' if series.causal else ', not causal'}"
    return f"{name}: {series.words}: {shape}" if several else f"{series.words}: {shape}"


def _windows(report: Report) -> str:
    p, series = report.protocol, report.data.series
    rates = " and ".join(f"{name} {own.duration:g} s" for name, own in series.items())
    several = f" on the session clock ({p.window} of the longest slices: {rates})" if len(series) > 1 else ""
    return f"{_length(report)}{several}, training stride {p.train_stride}, test windows disjoint"


def _length(report: Report) -> str:
    """How long a window is, in words."""
    p, durations = report.protocol, [own.duration for own in report.data.series.values()]
    return f"{p.window} slices of {durations[0]:g} s" if len(durations) == 1 else f"{p.window * max(durations):g} s"


def _training(training: Training) -> Iterator[str]:
    yield f"{training.epochs} epochs, batches of {training.batch_size}, AdamW {training.learning_rate:g}"
    for name, usual in (("balance", "weights"), ("augmentation", "auto"), ("dimension_loss", "ccc")):
        if getattr(training, name) != usual:
            yield f"{name.replace('_', ' ')} {getattr(training, name)}"


def _task(report: Report) -> Iterator[str]:
    task = report.data.task
    for part in ("categories", "dimensions", "units"):
        if names := getattr(task, part):
            comma = "; " if any("," in name for name in names) else ", "
            yield f"{len(names)} {part} ({comma.join(names)})"


def _counts(report: Report) -> str:
    """Of what the score is: trials and windows of which something is known to be true; and what is not known."""
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
    told = ", ".join(f"{n:,} {name}{'' if n == 1 else 's'}" for name, n in counts.items())
    return "; ".join([told, *_missing(report, scored, len(report.tested) - len(trials))])


def _missing(report: Report, scored: Predictions, unlabelled: int) -> Iterator[str]:
    """Truths that are not known: of whole trials, and of one part of the task where another is known."""
    if unlabelled:
        yield f"not scored for want of a truth: {unlabelled:,} more trial{'' if unlabelled == 1 else 's'}"
    task = report.data.task
    known = {"category": scored.category >= 0} if task.categories else {}
    known |= {name: np.isfinite(scored.true_dimensions[:, d]) for d, name in enumerate(task.dimensions)}
    known |= {name: np.isfinite(scored.true_units[:, u]) for u, name in enumerate(task.units)}
    lacking = {name: len(np.unique(scored.trial[~there])) for name, there in known.items() if not there.all()}
    if lacking:
        yield f"of these trials lack {', '.join(f'{name} {n:,}' for name, n in lacking.items())}"


def _with_differences(
    rows: Sequence[TableRow], groups: Sequence[Hashable], reports: Sequence[Report], metric: str
) -> tuple[TableRow, ...]:
    pairs = {i: base for i in range(len(rows)) if (base := _baseline(i, rows, groups)) is not None}
    tallies = [report.tallies[report.selections[0]] for report in reports]
    p_values = [paired_p(tallies[i], tallies[base], metric) for i, base in pairs.items()]
    found = {
        i: Difference(
            rows[base].model,
            tallies[i].scores[metric] - tallies[base].scores[metric],
            p,
            adjusted,
            int(tallies[i].counted(metric).sum()),
        )
        for (i, base), p, adjusted in zip(pairs.items(), p_values, holm(p_values), strict=True)
    }
    return tuple(replace(row, difference=found.get(i)) for i, row in enumerate(rows))


def paired_p(row: Tally, other: Tally, metric: str) -> float:
    """Two-sided p between two rows, by exchanging the predictions of whole people (``exchange_test``)."""
    return exchange_test(row.of_metric(metric), other.of_metric(metric), lambda total: row.score(metric, total))


def _baseline(i: int, rows: Sequence[TableRow], groups: Sequence[Hashable]) -> int | None:
    """The row of its group that a row is tested against: nothing for the baseline itself, or for one person."""
    group = [other for other in range(len(rows)) if groups[other] == groups[i]]
    base = next((other for other in group if rows[other].model == BASELINE), group[0])
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
    return round(report.protocol.window * max(own.duration for own in report.data.series.values()), 6)


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
        yield f"Up to {left_out:,} windows a row, summed over folds, were left out because a slice is invalid."


def _published_notes(rows: Sequence[TableRow]) -> Iterator[str]:
    cited = {f"{row.model}, published accuracy {row.published}": row.published for row in rows if row.published}
    for name, entry in cited.items():
        yield f"{name}: {entry.source}; {entry.series.words}; {entry.protocol.words}; {entry.words}."
    if not all(entry.verified for entry in cited.values()):
        yield f"{DAGGER_NOTE}."


def _guessing_notes(rows: Sequence[TableRow], metric: str) -> Iterator[str]:
    """What labels alone give, who is above that, and who would be by a trick of the split."""
    for (bar, opponent), own in _by_bar(rows).items():
        if not opponent:
            continue
        whose = "" if len(own) == len(rows) else f", for {', '.join(name_of(row, rows) for row in own)}"
        yield f"{BAR_WORDS} {bar:.3f} {WORDS[metric]} ({opponent}{whose}). {_verdicts(own, rows)}"
    if len({bar.opponent for row in rows for bar in row.bars.values()}) > 1:
        yield "Each column has a bar of its own: whatever of what labels alone give is best in that number."
    tricked = [row for row in rows if row.least is not None and row.least > row.bars[metric].value + 1e-9]
    if metric == "balanced_accuracy" and tricked:
        most = max(row.least or 0 for row in tricked)
        whose = "here" if len(tricked) == len(rows) else f"for {', '.join(name_of(row, rows) for row in tricked)}"
        yield (
            f"Always predicting the least frequent training class would give {most:.3f} {whose}, since what is held "
            "out is rare in what trains: a model that learns that reads labels, not signals."
        )


BAR_WORDS = "Labels alone, on these very folds, give"


def _by_bar(rows: Sequence[TableRow]) -> dict[tuple[str, str], list[TableRow]]:
    found: dict[tuple[Any, str], list[TableRow]] = {}
    for row in rows:
        bar = round(row.verdict.bar, 6) if row.verdict.opponent else 0.0
        found.setdefault((bar, row.verdict.opponent), []).append(row)
    return found


def _verdicts(own: Sequence[TableRow], rows: Sequence[TableRow]) -> str:
    """Which rows are above that bar."""
    known = [row for row in own if row.verdict.above is not None]
    if not known:
        least = min(row.verdict.units for row in own)
        return f"Too few to tell what is above that: {least} {own[0].verdict.kind}, {FEWEST} are needed."
    above = [name_of(row, rows) for row in known if row.verdict.above]
    rest = [name_of(row, rows) for row in known if not row.verdict.above]
    rule = f"one-sided p up to {ALPHA:g}, unadjusted"
    if not above:
        return f"No row is above that ({rule})."
    below = f"; not: {', '.join(rest)}" if rest else ""
    return f"Above that ({rule}): {', '.join(above)}{below}."


_WHO = {
    PEOPLE: "Intervals and tests draw people",
    SESSIONS: "Nobody is named, or there is one person only: intervals and tests draw sessions",
    TRIALS: "One session only: intervals and tests draw trials, so they say nothing about other people or days",
}


def _unit_notes(rows: Sequence[TableRow]) -> Iterator[str]:
    """What intervals and tests draw, how many of them, and whether some decide more than others."""
    for kind in dict.fromkeys(row.verdict.kind for row in rows):
        own = [row for row in rows if row.verdict.kind == kind]
        n, effective = own[0].verdict.units, min(row.effective for row in own)
        few = f"; with {n} of them no interval is given" if n < FEWEST else ""
        yield f"{_WHO[kind]}{few}; ± is the standard deviation over them."
        if effective < n / 2:
            yield (f"Few {kind} decide the score: it is worth that of {effective:.1f} of equal weight, not of {n}.")


def _test_notes(rows: Sequence[TableRow]) -> Iterator[str]:
    tested = [row for row in rows if row.difference]
    if not tested:
        return
    different = [
        f"{name_of(row, rows)} ({row.difference.mean:+.3f})"
        for row in tested
        if row.difference and row.difference.adjusted < 0.05
    ]
    found = f"different: {', '.join(different)}" if different else "none differs at the 5 % level"
    yield (
        f"Against the baseline of the same data, protocol and scaling ({', '.join(sorted(_baselines(tested)))}), "
        f"exchanging whole {tested[0].verdict.kind}, Holm-adjusted for {len(tested)} "
        f"test{'s' * (len(tested) > 1)}: {found}."
    )


def _baselines(rows: Sequence[TableRow]) -> set[str]:
    return {row.difference.baseline for row in rows if row.difference}
