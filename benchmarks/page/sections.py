"""What a report says of finished runs, as data: groups that may stand in one table, warnings, facts and words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...signals import InputError
from ..runs.report import Report, SeriesSummary
from ..scores.metrics import WORDS
from ..splits.held_out import many
from ..splits.splits import SPLITS, TRIAL
from ..tables.comparison import compare
from ..tables.table import HEADS, OF_EACH, Table
from .chapter import Chapter, Grid
from .finished import Finished


@dataclass(frozen=True, eq=False)
class Group:
    """Reports under one set of rules on one set of recordings: only these are ranked and tested against each other."""

    title: str
    reports: tuple[Report, ...]
    table: Table

    @property
    def labels(self) -> tuple[str, ...]:
        """The models, with the number of their row where one stands twice."""
        models = [report.model for report in self.reports]
        return tuple(f"{model}, row {row}" if models.count(model) > 1 else model for row, model in enumerate(models, 1))


DIGEST = "recordings (digest of the cache)"

RULES: dict[str, Callable[[Report], str]] = {
    "dataset": lambda report: report.data.dataset,
    DIGEST: lambda report: report.data.cache[:12],
    "first metric": lambda report: WORDS[report.metric],
    "split": lambda report: report.protocol.split,
    "classes": lambda report: report.protocol.classes or "as the data have them",
    "slices a window": lambda report: str(report.protocol.window),
    "scaling": lambda report: report.protocol.scaling,
}
"""What must be equal in all rows of one table."""

_SCALED = {
    "train": "Features are scaled by mean and deviation of the training part alone.",
    "subject": "Each subject's features are scaled by that subject's own mean and deviation; so are the tested one's.",
    "none": "Features are not scaled.",
}

_CHOSEN = {
    "fixed": "The number of epochs was fixed beforehand and the last one is scored.",
    "inner": "The epoch was chosen by inner validation within the training part.",
    "oracle": "The oracle epoch, chosen by the test part itself, is shown in brackets and must not be reported.",
}


def groups_of(reports: Sequence[Report]) -> tuple[Group, ...]:
    """Reports sorted by what they may be compared with, in the order in which the kinds appear.

    Raises:
        InputError: There is no report, or one stands twice.
    """
    if not reports:
        raise InputError("report", "no reports", "one or more", "run emo-train bench first")
    parts: dict[tuple[str, ...], list[Report]] = {}
    for report in reports:
        parts.setdefault(tuple(rule(report) for rule in RULES.values()), []).append(report)
    differing = [name for name in RULES if name in differences(reports)]
    return tuple(
        Group(_group_title(own[0], differing, number, len(parts)), tuple(own), compare(*own))
        for number, own in enumerate(parts.values(), 1)
    )


def differences(reports: Sequence[Report]) -> dict[str, tuple[str, ...]]:
    """The rules that are not the same in all reports, with their values."""
    values = {name: tuple(dict.fromkeys(map(rule, reports))) for name, rule in RULES.items()}
    return {name: found for name, found in values.items() if len(found) > 1}


def warnings_of(groups: Sequence[Group], found: Finished) -> tuple[str, ...]:
    """What a reader has to know to read the results, the gravest first."""
    return tuple(_warnings(found, len(groups)))


def task_and_data(group: Group) -> Chapter:
    """What was predicted, from which windows, of whom."""
    facts = tuple((name, _fact(group, name)) for name in ("data", "predicts", "tested", "windows", "features", "score"))
    trained = {f"{report.data.n_train:,}" for report in group.reports}
    cache = group.reports[0].data.cache
    more = (("training windows, over folds", " or ".join(sorted(trained))), ("digest of the cache", cache))
    return Chapter("Task, windows and data", facts=facts + more)


def rules(group: Group) -> Chapter:
    """Protocol and guard in words."""
    first = group.reports[0].protocol
    selections = [name for name in HEADS if any(name in report.selections for report in group.reports)]
    folds = len(group.reports[0].folds)
    seeds = _fact(group, "seeds")
    trained = (
        f"{folds} fold{'s' * (folds > 1)}, seeds: {seeds}. A score is computed over all test windows of all "
        "folds together, and averaged over seeds."
    )
    words = (
        f"{_sentence(first.words)} As one writes it: {first.split}.",
        guard_words(group.reports[0]),
        trained,
        _SCALED.get(first.scaling, f"Scaling: {first.scaling}."),
        *(_CHOSEN[name] for name in selections),
    )
    facts = (("training", _fact(group, "networks")),) if "networks" in group.table.rows[0].facts else ()
    return Chapter("Protocol and guard", words, facts)


def guard_words(report: Report) -> str:
    """What was refused before any training began."""
    if report.protocol.leaky:
        return (
            "The guard found that training and test parts share what they must not share. It was overruled on "
            "purpose, so these numbers say nothing about new data."
        )
    groups = _held_apart(report.protocol.split, report.allow)
    return (
        "Before anything was trained, a guard looked at every fold for what must not stand on both sides of it: "
        f"windows, overlapping windows, trials{groups}. A fold with any of these is refused."
    )


def results(group: Group) -> Chapter:
    """The table with its intervals, tests and notes."""
    cells = group.table.grid()
    grid = Grid(f"{WORDS[group.table.metric]}, all runs of this table", tuple(cells.heads), tuple(cells.rows))
    return Chapter("Results", group.table.notes, grids=(grid,))


def subjects(group: Group) -> Chapter:
    """What every person (or session, or trial) reached by itself, one column a model."""
    rows = group.table.rows
    names = list(dict.fromkeys(name for row in rows for name in row.score.each))
    cells = tuple((name, *(_three(row.score.each.get(name)) for row in rows)) for name in names)
    one = group.reports[0].units.one
    shown = OF_EACH.get(group.table.metric, group.table.metric)
    words = (f"Each number is one {one}'s own windows of all folds, averaged over seeds: the dots of the picture.",)
    grid = Grid(f"{WORDS.get(shown, shown)} of each {one}", (one, *group.labels), cells)
    return Chapter(f"Scores by {one}", words, grids=(grid,), closed=len(names) > 12)


def _warnings(shown: Finished, tables: int) -> Iterator[str]:
    reports = shown.reports
    if leaky := _models(reports, lambda report: report.protocol.leaky):
        yield (
            f"LEAKY: {leaky} ran a split that lets the test part leak into training, on purpose. These numbers say "
            "nothing about new data."
        )
    if found := differences(reports):
        names = [name for name in found if name != DIGEST or "dataset" not in found]
        what = "; ".join(f"{name}: {' against '.join(found[name])}" for name in names)
        yield (
            f"DIFFERENT RULES: these runs were not made under the same rules or on the same data ({what}). They "
            f"stand in {tables} tables, are never averaged or ranked together, and should not be by the reader."
        )
    if shown.simulated:
        yield (
            f"SIMULATED: no person was recorded for {', '.join(shown.simulated)}. The numbers say nothing about people."
        )
    for own in shown.explained:
        if failed := [check.name for check in own.checks if not check.holds]:
            yield (
                f"NOT TO BE BELIEVED: what {own.model} looked at on {own.dataset}. Checks that "
                f"failed or could not be made: {', '.join(failed)}."
            )
    if ahead := _models(reports, lambda report: any(own.recipe for own in _ahead(report))):
        yield (
            f"NOT CAUSAL: features of {ahead} depend on what was recorded after them; such a model cannot run live "
            "with these scores."
        )
    if unknown := _models(reports, lambda report: any(not own.recipe for own in _ahead(report))):
        yield (
            f"NOT KNOWN TO BE CAUSAL: features of {unknown} came ready-made, and nobody noted that they are made of "
            "the past alone."
        )
    if sees := _models(reports, lambda report: report.protocol.scaling == "subject"):
        yield (
            f"TRANSDUCTIVE: for {sees} the tested subject's own unlabelled data were used for scaling; a person "
            "who has just come in has none."
        )


def _ahead(report: Report) -> list[SeriesSummary]:
    return [series for series in report.data.series.values() if not series.causal]


def _models(reports: Sequence[Report], which: Callable[[Report], bool]) -> str:
    """The models of which something holds, by dataset; "all runs" where it holds of all of several."""
    found = [report for report in reports if which(report)]
    if len(found) == len(reports) > 1:
        return "all runs"
    models: dict[str, dict[str, None]] = {}
    for report in found:
        models.setdefault(report.data.dataset, {})[report.model] = None
    several = len({report.data.dataset for report in reports}) > 1
    return "; ".join(f"{', '.join(own)}{f' on {dataset}' if several else ''}" for dataset, own in models.items())


def _group_title(report: Report, differing: Sequence[str], number: int, tables: int) -> str:
    if tables == 1:
        return f"{report.data.dataset}, {report.protocol.split}"
    facts = (f"{name}: {RULES[name](report)}" for name in differing if name != DIGEST or "dataset" not in differing)
    return f"Table {number}, {'; '.join(facts)}"


def _fact(group: Group, name: str) -> str:
    """A fact of the table's rows: once where all share it, else by model."""
    values = [row.facts.get(name, "") for row in group.table.rows]
    if len(set(values)) == 1:
        return values[0]
    return "; ".join(f"{label}: {value}" for label, value in zip(group.labels, values, strict=True))


def _held_apart(split: str, allow: Sequence[str]) -> str:
    """The groups that a known split holds apart, as the end of a sentence."""
    try:
        names = [group[-1] for group in SPLITS.build(split, allow=allow).groups if group != TRIAL]
    except InputError:  # somebody else's, which is not allowed or not here
        return ""
    return "".join(f", {many(name)}" for name in names)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _three(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
