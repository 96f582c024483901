"""Sections of a report on finished runs, as data: groups that may stand in one table, warnings, facts and words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from ...signals import InputError
from ..runs.report import Report
from ..runs.report_facts import SeriesSummary
from ..scores.metrics import WORDS
from ..scores.verdict import decimal
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
"""Rules that are equal in all rows of one table."""

_SCALED = {
    "train": "Features are scaled by mean and deviation of the training part alone.",
    "subject": "Each subject's features are scaled by that subject's own mean and deviation; so are the tested one's.",
    "none": "Features are not scaled.",
}

_SELECTED = {
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
    by_rules: dict[tuple[str, ...], list[Report]] = {}
    for report in reports:
        by_rules.setdefault(tuple(rule(report) for rule in RULES.values()), []).append(report)
    differing = tuple(differences(reports))
    groups = []
    for number, alike in enumerate(by_rules.values(), 1):
        title = _group_title(alike[0], differing, number, len(by_rules))
        groups.append(Group(title, tuple(alike), compare(*alike)))
    return tuple(groups)


def differences(reports: Sequence[Report]) -> dict[str, tuple[str, ...]]:
    """The rules that are not the same in all reports, with their values."""
    values = {name: tuple(dict.fromkeys(map(rule, reports))) for name, rule in RULES.items()}
    return {name: several for name, several in values.items() if len(several) > 1}


def task_and_data(group: Group) -> Chapter:
    """The chapter on what was predicted, from which windows, of whom."""
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
        *(_SELECTED[name] for name in selections),
    )
    facts = (("training", _fact(group, "networks")),) if "networks" in group.table.rows[0].facts else ()
    return Chapter("Protocol and guard", words, facts)


def guard_words(report: Report) -> str:
    """Words on what was refused before any training began."""
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
    """Scores of every person (or session, or trial) by itself, one column a model."""
    scores = [row.score.each for row in group.table.rows]
    cells: dict[str, list[str]] = {}
    for name in dict.fromkeys(chain.from_iterable(scores)):  # not every model was tested on everybody
        cells[name] = [decimal(each[name]) if name in each else "" for each in scores]
    unit = group.reports[0].units.one
    metric = OF_EACH.get(group.table.metric, group.table.metric)
    words = (f"Each number is one {unit}'s own windows of all folds, averaged over seeds: the crosses of the picture.",)
    rows = tuple((name, *row) for name, row in cells.items())
    grid = Grid(f"{WORDS.get(metric, metric)} of each {unit}", (unit, *group.labels), rows)
    return Chapter(f"Scores by {unit}", words, grids=(grid,), closed=len(rows) > 12)


def warnings_of(finished: Finished, tables: int) -> Iterator[str]:
    """Warnings that a reader needs to read the results in so many tables, the gravest first."""
    reports = finished.reports
    if leaky := _models(reports, lambda report: report.protocol.leaky):
        yield (
            f"LEAKY: {leaky} ran a split that lets the test part leak into training, on purpose. These numbers say "
            "nothing about new data."
        )
    if differing := differences(reports):
        if "dataset" in differing:
            differing.pop(DIGEST, None)  # other datasets are other caches: their names say enough
        what = "; ".join(f"{name}: {' against '.join(values)}" for name, values in differing.items())
        yield (
            f"DIFFERENT RULES: these runs were not made under the same rules or on the same data ({what}). They "
            f"stand in {tables} tables, are never averaged or ranked together, and should not be by the reader."
        )
    if finished.simulated:
        datasets = ", ".join(finished.simulated)
        yield f"SIMULATED: no person was recorded for {datasets}. The numbers say nothing about people."
    for explained in finished.explained:
        if failed := [check.name for check in explained.checks if not check.holds]:
            yield (
                f"NOT TO BE BELIEVED: what {explained.model} looked at on {explained.dataset}. Checks that "
                f"failed or could not be made: {', '.join(failed)}."
            )
    if ahead := _models(reports, lambda report: any(series.recipe for series in _ahead(report))):
        yield (
            f"NOT CAUSAL: features of {ahead} depend on what was recorded after them; such a model cannot run live "
            "with these scores."
        )
    if unknown := _models(reports, lambda report: any(not series.recipe for series in _ahead(report))):
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
    """Series whose features look ahead; those that came ready-made have no recipe that could be looked at."""
    return [series for series in report.data.series.values() if not series.causal]


def _models(reports: Sequence[Report], which: Callable[[Report], bool]) -> str:
    """The models of which something holds, by dataset; "all runs" where it holds of all of several."""
    concerned = [report for report in reports if which(report)]
    if len(concerned) == len(reports) > 1:
        return "all runs"
    models: dict[str, dict[str, None]] = {}
    for report in concerned:
        models.setdefault(report.data.title, {})[report.model] = None
    if len({report.data.title for report in reports}) > 1:
        return "; ".join(f"{', '.join(names)} on {dataset}" for dataset, names in models.items())
    return "".join(", ".join(names) for names in models.values())


def _group_title(report: Report, differing: Sequence[str], number: int, tables: int) -> str:
    if tables == 1:
        return f"{report.data.title}, {report.protocol.split}"
    facts = (f"{name}: {RULES[name](report)}" for name in differing if name != DIGEST or "dataset" not in differing)
    study = f"{report.data.study}, " if report.data.study else ""
    return f"Table {number}, {study}{'; '.join(facts)}"


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
