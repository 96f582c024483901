"""Warnings and notes of a table: what its rows cannot be compared in, and what its numbers mean."""

from collections.abc import Hashable, Iterator, Sequence

from ..runs.report import Report
from ..scores.metrics import WORDS, lower_is_better
from ..scores.statistics import FEWEST, least_adjusted
from ..scores.tally import PEOPLE, SESSIONS, TRIALS
from ..scores.verdict import ALPHA, decimal
from .published_rows import DAGGER_NOTE
from .row_facts import counted, tested_trials, window_seconds
from .table import LEVEL, TableRow, name_of, too_few

BAR_WORDS = "Labels alone, on these very folds, give"

_DRAWN = {
    PEOPLE: "Intervals and tests draw people",
    SESSIONS: "Nobody is named, or there is one person only: intervals and tests draw sessions",
    TRIALS: "One session only: intervals and tests draw trials, so they say nothing about other people or days",
}


def table_warnings(reports: Sequence[Report]) -> Iterator[str]:
    """Warnings: splits that leak, data that nobody was recorded for, rows that are not one ranking."""
    leaky = [report.model for report in reports if report.protocol.leaky]
    if leaky:
        yield (
            f"LEAKY: {', '.join(dict.fromkeys(leaky))} ran a split that lets the test part leak into training; "
            "these numbers say nothing about new data."
        )
    simulated = {report.data.title for report in reports if report.data.simulated}
    if simulated:
        yield f"SIMULATED: no person was recorded for {', '.join(sorted(simulated))}."
    values_of: dict[str, set[Hashable]] = {
        "dataset": {report.data.dataset for report in reports},
        "split": {report.protocol.split for report in reports},
        "classes": {report.protocol.classes for report in reports},
        "tested trials": {tested_trials(report) for report in reports},
        "windows": {window_seconds(report) for report in reports},
    }
    for name, values in values_of.items():
        if len(values) > 1:
            yield f"Rows differ in their {name}: they are not one ranking."


def table_notes(rows: Sequence[TableRow], reports: Sequence[Report], metric: str) -> Iterator[str]:
    """Notes: the bar of labels alone, units, tests, labels, scaling, published values, windows left out."""
    yield from _guessing_notes(rows, metric)
    yield from _disagreement_note(rows, metric)
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


def _disagreement_note(rows: Sequence[TableRow], metric: str) -> Iterator[str]:
    """A note on rows whose interval and whose test against labels alone seem to say different things."""
    sign, disagreeing = -1.0 if lower_is_better(metric) else 1.0, []
    for row in rows:
        interval, above = row.score.interval, row.verdict.above
        if interval is not None and above is not None:
            worst = min(sign * interval.low, sign * interval.high)
            if (worst > sign * row.verdict.bar) != above:
                disagreeing.append(row)
    if disagreeing:
        yield (
            f"Interval and test answer two questions, and differ for {_names(disagreeing, rows)}: the interval says "
            "how much a score depends on who was drawn; whether it is above guessing only the test says, which "
            "compares the row with labels alone on the same people."
        )


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
    rule = f"one-sided p up to {decimal(ALPHA)}, unadjusted"
    if not above:
        return f"No row is above that ({rule})."
    rest = f"; not: {_names(below, rows)}" if below else ""
    return f"Above that ({rule}): {_names(above, rows)}{rest}."


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
        outcome = f"too few to tell, as no result of theirs has an adjusted p below {decimal(least, digits=2)}"
    baselines = sorted({difference.baseline for _, difference in tested})
    yield (
        f"Against the baseline of the same data, protocol and scaling ({', '.join(baselines)}), "
        f"exchanging whole {tested[0][0].verdict.kind}, Holm-adjusted for {counted(len(tested), 'test')}: {outcome}."
    )
