"""From reports to one table: scores over subjects, intervals, paired tests, and what must be said in words."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ..models import Training
from ..preprocessing.recipe import in_short
from ..signals import InputError
from .corpus import CATEGORY_METRICS, corpus_interval, corpus_metrics
from .metrics import majority_share
from .plan import check_names
from .published import DAGGER_NOTE, find_published
from .report import Report, Series
from .statistics import Interval, bootstrap_interval, holm, paired_test, wilson
from .table import WORDS, Difference, Score, Table, TableRow

BASELINE = "linear"
"""The row that others are tested against; without it, the first of the group."""


def compare(*reports: Report, metric: str | None = None) -> Table:
    """Put reports side by side.

    Scores are computed for each subject over its own test windows, averaged over seeds, and then averaged over
    subjects: deviation and 95 % interval (bootstrap) are over subjects, never over windows. Each row is tested against
    the baseline of its group (same data, split and scaling) by Wilcoxon's signed-rank test over the same subjects,
    Holm-adjusted for the number of tests in the table. Concordance and the F1 of action units are those of all test
    windows together; their intervals draw whole subjects (or, for one, whole sessions) anew.

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
    with_epochs = any(max(epochs) > 0 for report in reports for epochs in report.epochs.values())
    (judged,) = metrics
    rows = _with_differences([_row(report, judged, with_epochs) for report in reports])
    return Table(judged, rows, tuple(_warnings(reports)), tuple(_notes(rows, reports, judged)))


def _identity(report: Report) -> str:
    p, d = report.protocol, report.data
    return f"{report.model} on {d.dataset} ({d.cache[:8]}) under {p.to_json()}"


def _row(report: Report, metric: str, with_epochs: bool) -> TableRow:
    task = report.data.task
    truth = report.predictions.category
    facts = {name: words for name, words in _facts(report, metric).items() if with_epochs or name != "networks"}
    return TableRow(
        report.model, {selection: _score(report, selection, metric) for selection in report.selections},
        find_published(report), None,
        1 / len(task.categories) if metric in CATEGORY_METRICS else 0.0,
        majority_share(truth) if task.categories else None, report.n_parameters, facts,
    )


def _score(report: Report, selection: str, metric: str) -> Score:
    of_subject = report.scores[selection]
    first = {name: metrics[metric] for name, metrics in of_subject.items()}
    values = list(first.values())
    names = next(iter(of_subject.values()))
    metrics = {name: float(np.mean([own[name] for own in of_subject.values()])) for name in names}
    metrics |= corpus_metrics(report, selection)
    if metric in CATEGORY_METRICS:
        interval = bootstrap_interval(values) if len(values) > 1 else _over_trials(metrics, len(report.tested))
    else:
        interval = corpus_interval(report, selection, metric)
    return Score(metrics, first, float(np.std(values, ddof=1)) if len(values) > 1 else None, interval)


def _over_trials(metrics: dict[str, float], n_trials: int) -> Interval | None:
    """One subject carries no interval over subjects; its trials, one vote each, carry one for that subject."""
    return wilson(metrics["trial_accuracy"], n_trials) if "trial_accuracy" in metrics else None


def _facts(report: Report, metric: str) -> dict[str, str]:
    p, d = report.protocol, report.data
    over = "mean" if metric in CATEGORY_METRICS else "all together,"
    return {
        "score": f"{WORDS[metric]} of windows, {over} ± SD over subjects",
        "data": f"{d.dataset}{' (no person recorded)' if d.simulated else ''}",
        "predicts": ", ".join(_task(report)),
        "features": "; ".join(_features(name, own, len(d.series) > 1) for name, own in d.series.items()),
        "scaling": f"{p.scaling} (transductive)" if p.scaling == "subject" else p.scaling,
        "protocol": f"{p.words} [{p.split}]",
        "windows": _windows(report),
        "networks": ", ".join(_training(p.training)),
        "tested": _counts(report),
        "seeds": str(p.seeds),
    }


def _features(name: str, series: Series, several: bool) -> str:
    steps = in_short(series.recipe) or "arrays"
    shape = f"{series.sites} sites × {len(series.features)}{'' if series.causal else ', not causal'}"
    return f"{name}: {steps}: {shape}" if several else f"{steps}: {shape}"


def _windows(report: Report) -> str:
    p, durations = report.protocol, [own.duration for own in report.data.series.values()]
    rest = f"training stride {p.train_stride}, test windows disjoint"
    if len(durations) == 1:
        return f"{p.window} slices of {durations[0]:g} s, {rest}"
    rates = " and ".join(f"{name} {own.duration:g} s" for name, own in report.data.series.items())
    return f"{p.window * max(durations):g} s on the session clock ({p.window} of the longest slices: {rates}), {rest}"


def _training(training: Training) -> Iterator[str]:
    yield f"{training.epochs} epochs, batches of {training.batch_size}, AdamW {training.learning_rate:g}"
    for name, usual in (("balance", "weights"), ("augmentation", "auto"), ("dimension_loss", "ccc")):
        if getattr(training, name) != usual:
            yield f"{name.replace('_', ' ')} {getattr(training, name)}"


def _task(report: Report) -> Iterator[str]:
    task = report.data.task
    for part in ("categories", "dimensions", "units"):
        if names := getattr(task, part):
            yield f"{len(names)} {part} ({', '.join(names)})"


def _counts(report: Report) -> str:
    subject, session = (np.asarray(report.columns[name])[report.tested] for name in ("subject", "session"))
    sessions = len(set(zip(subject.tolist(), session.tolist(), strict=True)))
    windows = len(np.unique(np.stack([report.predictions.trial, report.predictions.start]), axis=1).T)
    counts = {"subject": len(set(subject.tolist())), "session": sessions, "trial": len(report.tested),
              "window": windows, "fold": len(report.folds)}
    return ", ".join(f"{n:,} {name}{'' if n == 1 else 's'}" for name, n in counts.items())


def _with_differences(rows: Sequence[TableRow]) -> tuple[TableRow, ...]:
    pairs = [(row, _baseline(row, rows)) for row in rows]
    tested = [(row, base) for row, base in pairs if base is not None]
    p_values = [paired_test(*_paired(row, base)) for row, base in tested]
    found = {
        id(row): Difference(base.model, float(np.mean(np.subtract(*_paired(row, base)))), p, adjusted,
                            len(row.score.subjects))
        for (row, base), p, adjusted in zip(tested, p_values, holm(p_values), strict=True)
    }
    return tuple(replace(row, difference=found.get(id(row))) for row in rows)


def _baseline(row: TableRow, rows: Sequence[TableRow]) -> TableRow | None:
    """The row of its group that ``row`` is tested against: nothing for the baseline itself, or for one subject."""
    group = [other for other in rows if _group(other) == _group(row)]
    base = next((other for other in group if other.model == BASELINE), group[0])
    return None if base is row or len(row.score.subjects) < 2 else base


def _group(row: TableRow) -> tuple[object, ...]:
    return row.facts["data"], row.facts["protocol"], row.facts["scaling"], tuple(sorted(row.score.subjects))


def _paired(a: TableRow, b: TableRow) -> tuple[list[float], list[float]]:
    names = sorted(a.score.subjects)
    return [a.score.subjects[name] for name in names], [b.score.subjects[name] for name in names]


def _warnings(reports: Sequence[Report]) -> Iterator[str]:
    leaky = [report.model for report in reports if report.protocol.leaky]
    if leaky:
        yield (f"LEAKY: {', '.join(dict.fromkeys(leaky))} ran a split that lets the test part leak into training; "
               "these numbers say nothing about new data.")
    simulated = {report.data.dataset for report in reports if report.data.simulated}
    if simulated:
        yield f"SIMULATED: no person was recorded for {', '.join(sorted(simulated))}."
    for name in ("dataset", "split"):
        values = {report.data.dataset if name == "dataset" else report.protocol.split for report in reports}
        if len(values) > 1:
            yield f"Rows differ in their {name}: they are not one ranking."


def _notes(rows: Sequence[TableRow], reports: Sequence[Report], metric: str) -> Iterator[str]:
    yield _chance_note(rows, metric)
    yield from _spread_notes(rows)
    yield from _test_notes(rows)
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


def _chance_note(rows: Sequence[TableRow], metric: str) -> str:
    chance = f"Guessing gives {rows[0].chance:.3f} {WORDS[metric]}"
    with_interval = [row for row in rows if row.score.interval]
    above = [_named(row, rows) for row in with_interval if row.score.interval and row.score.interval.low > row.chance]
    rest = [_named(row, rows) for row in with_interval if _named(row, rows) not in above]
    if not with_interval:
        return f"{chance}; no row has an interval."
    if not above:
        return f"{chance}; no row's interval lies above that."
    if not rest:
        return f"{chance}; the intervals of all rows lie above that."
    return f"{chance}; intervals above that: {', '.join(above)}; not: {', '.join(rest)}."


def _named(row: TableRow, rows: Sequence[TableRow]) -> str:
    """The model, with its scaling and split where the table has several."""
    short = {"scaling": f"{row.facts['scaling'].split()[0]} scaling", "protocol": row.facts["protocol"].split("[")[-1]}
    several = [name for name in short if len({other.facts[name] for other in rows}) > 1]
    return f"{row.model} ({', '.join(short[name].rstrip(']') for name in several)})" if several else row.model


def _spread_notes(rows: Sequence[TableRow]) -> Iterator[str]:
    if any(row.score.interval and row.score.interval.over == "sessions" for row in rows):
        yield "One subject only, or nobody noted who is who: intervals draw whole sessions anew."
    elif all(len(row.score.subjects) > 1 for row in rows):
        yield "± is the standard deviation over subjects; intervals are bootstraps of the mean over subjects."
    else:
        yield ("One subject only: no interval over people can be given. The interval is Wilson's, of the trial "
               "accuracy over this one person's trials.")


def _test_notes(rows: Sequence[TableRow]) -> Iterator[str]:
    tested = [row for row in rows if row.difference]
    if not tested:
        return
    different = [f"{_named(row, rows)} ({row.difference.mean:+.3f})" for row in tested
                 if row.difference and row.difference.adjusted < 0.05]
    found = f"different: {', '.join(different)}" if different else "none differs at the 5 % level"
    yield (f"Against the baseline of the same data, protocol and scaling ({', '.join(sorted(_baselines(tested)))}), "
           f"Wilcoxon over the same subjects, Holm-adjusted for {len(tested)} test{'s' * (len(tested) > 1)}: {found}.")


def _baselines(rows: Sequence[TableRow]) -> set[str]:
    return {row.difference.baseline for row in rows if row.difference}
