"""Finished runs as one HTML file that can be sent to somebody: no network, no script or font from elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from ... import __version__
from ...preprocessing.building.progress import progress_bar
from ...signals.files.publishing import publish_text
from ...signals.shown_text import visible
from ..runs.protocol import ORACLE
from ..runs.report import Report
from ..scores.metrics import WORDS, lower_is_better
from ..scores.statistics import FEWEST
from ..scores.verdict import Verdict, decimal, p_words
from ..studies.explanations.explained import Explained
from ..studies.explanations.hidden_units import HiddenUnits
from ..studies.fusion_table import FusionTable
from ..tables.markup import LATEX_HEAD
from ..tables.pictures.calibration import BINS
from ..tables.pictures.confusion import Confusion
from ..tables.table import Table, TableRow
from .chapter import Chapter, Listing, Part, Picture, Result
from .data_quality import quality
from .explanations import explained_part
from .figures import (
    calibration_picture,
    confusion_picture,
    dimension_pictures,
    keys_of,
    learning,
    publish_picture,
    scores_picture,
    unit_picture,
)
from .finished import Finished
from .fusions import fusion_part
from .hidden_units import hidden_part, learned_from
from .repetition import exact, repeat
from .sections import Group, groups_of, results, rules, subjects, task_and_data, warnings_of

_CALIBRATED = (
    f"Windows are sorted into {BINS} bins of equal width by the greatest probability. The expected calibration error "
    "is the mean over windows of the gap between accuracy and confidence in their bin (Guo et al. 2017, On calibration "
    "of modern neural networks, arXiv 1706.04599): 0 where accuracy equals confidence."
)


_DRAWN = 12
"""Models of a table that have pictures of their own: with hundreds a page could be neither made nor opened."""


@dataclass(frozen=True, eq=False)
class Page:
    """Contents of the page, before anything is drawn.

    It begins with the result of each part, then has the warnings, then the parts.

    Attributes:
        title: Its head.
        warnings: Those that a reader needs to read the results.
        parts: One for each table, fusion study, explanation and network's hidden units, and one for how to repeat it.
        latex: The tables for a paper; empty where there is none.
    """

    title: str
    warnings: tuple[str, ...]
    parts: tuple[Part, ...]
    latex: str

    @classmethod
    def of(cls, finished: Finished) -> "Page":
        """The page of what is finished.

        Raises:
            InputError: There is nothing, or a report stands twice.
        """
        groups = groups_of(finished.reports) if finished.reports or not finished.names else ()
        parts = [_part(group, number, len(groups) > 1) for number, group in enumerate(groups, 1)]
        parts += [fusion_part(table, i, len(finished.fusions)) for i, table in enumerate(finished.fusions, 1)]
        parts += [explained_part(explained, i) for i, explained in enumerate(finished.explained, 1)]
        parts += [hidden_part(hidden, i) for i, hidden in enumerate(finished.hidden, 1)]
        parts += _repetition(groups, finished.explaining)
        tables = "\n".join(group.table.to_latex(group.title) for group in groups)
        warnings = dict.fromkeys(warnings_of(finished, len(groups)))  # each once
        for hidden in finished.hidden:
            warnings |= dict.fromkeys(learned_from(hidden))
        return cls(
            f"Report: {', '.join(finished.names)}", tuple(warnings), tuple(parts), LATEX_HEAD + tables if tables else ""
        )

    @property
    def results(self) -> tuple[Result, ...]:
        """Results, part by part."""
        return tuple(part.result for part in self.parts if part.result)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Pictures of the results, then those of all chapters."""
        pictures: list[Picture] = []
        for result in self.results:
            pictures += result.pictures
        for part in self.parts:
            for chapter in part.chapters:
                pictures += chapter.pictures
        return tuple(pictures)

    def to_text(self) -> str:
        """The results and the warnings, for a terminal."""
        return "\n".join([*(result.sentence for result in self.results), *self.warnings])

    def to_html(self, drawn: dict[str, str], name: str) -> str:
        """The page called ``name``, without its ending; ``drawn`` has each picture as inline SVG by its name."""
        from jinja2 import Environment, StrictUndefined

        page = Environment(autoescape=True, undefined=StrictUndefined, finalize=_shown).from_string(
            _text_of("page.html.jinja")
        )
        return page.render(
            results=len(self.results),
            title=self.title,
            warnings=self.warnings,
            parts=self.parts,
            drawn=drawn,
            style=_text_of("page.css"),
            script=_text_of("page.js"),
            version=__version__,
            figures=f"{name}-figures/",
            latex=f"{name}.tex" if self.latex else "",
        )


def write_report(
    reports: Sequence[Report],
    path: str | Path,
    fusions: Sequence[FusionTable] = (),
    explained: Sequence[Explained] = (),
    hidden: Sequence[HiddenUnits] = (),
) -> Path:
    """Write finished runs as one HTML file; beside ``name.html`` ``name-figures/`` (SVG and PDF) and ``name.tex``.

    The page begins with the results: a sentence and a picture for each table. Runs that were made under different
    rules or on different data stand in tables of their own; they are never ranked or averaged together.

    Args:
        reports: The runs, in the order in which they shall stand.
        path: The file to write; an older one is replaced.
        fusions: Fusion tables, each a part of the page with its controls.
        explained: Explanations, each a part of the page that says first whether it may be believed.
        hidden: Hidden units and what they follow, each a part of the page.

    Raises:
        InputError: There is nothing to report, or a report stands twice.
    """
    return write_page(Page.of(Finished(tuple(reports), tuple(fusions), tuple(explained), tuple(hidden))), path)


def write_page(page: Page, path: str | Path) -> Path:
    """The file that the page was written to, with its figures and tables beside it; the drawing's progress is shown."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = path.with_name(f"{path.stem}-figures")
    drawn = {}
    with progress_bar("drawing", len(page.pictures)) as progress:
        for picture in page.pictures:
            drawn[picture.name] = publish_picture(picture, figures)
            progress(1)
    if page.latex:
        publish_text(path.with_suffix(".tex"), page.latex)
    publish_text(path, page.to_html(drawn, path.stem))
    return path


def leading_sentence(table: Table, report: Report) -> str:
    """The best row: its score with interval and people, what labels alone give, and whether it is above that.

    Of how many it is the best is said too: the best of many models that know nothing looks as if it knew something.

    Args:
        table: Of reports made under one protocol on one dataset.
        report: One of them.
    """
    where = f"on {report.data.title}{' (simulated)' if report.data.simulated else ''}"
    scored = [row for row in table.rows if np.isfinite(row.score.metrics[table.metric])]
    if not scored:
        return f"No model has a score {where}: its {WORDS[table.metric]} is not defined for what was tested."
    row = _best(scored, table.metric)
    who = _who(row, table, where)
    score = f"{WORDS[table.metric]} {decimal(row.score.metrics[table.metric])}"
    if report.protocol.leaky:
        who = f"{row.model} {where}:" if len(table.rows) == 1 else f"{row.model} is best of {len(table.rows)} {where}:"
        return f"LEAKY, which says nothing about new data: {who} {score}."
    caution = "; its epoch was chosen on the test part, so it must not be reported" if row.selection == ORACLE else ""
    return f"{who} {score} ({_people(row)}); {_bar(row.verdict)}{caution}."


def _who(best: TableRow, table: Table, where: str) -> str:
    """The begin of a sentence on the best row: whether anything is above guessing before anything is called best."""
    count = len(table.rows)
    if count == 1:
        return f"{best.model} {where}:"
    if best.verdict.above is not False:
        return f"Best of {count} models {where}: {best.model},"
    above = [table.named(row) for row in table.rows if row.verdict.above]
    begin = f"Above guessing {where}: {', '.join(above)};" if above else f"No model {where} is above guessing;"
    return f"{begin} of {count} the best score is that of {best.model},"


def _shown(content: Any) -> Any:
    """Text of the page without letters that would turn it around; what is markup already stays."""
    return visible(content) if type(content) is str else content


def _text_of(name: str) -> str:
    """A file that lies beside this one, also where the package is installed as an archive."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def _repetition(groups: Sequence[Group], explaining: Sequence[Mapping[str, Any]]) -> Iterator[Part]:
    reports: list[Report] = []
    labels: list[str] = []
    for group in groups:
        reports += group.reports
        labels += group.labels
    if reports or explaining:
        settings = (exact(reports, labels),) if reports else ()
        yield Part("Settings and repetition", (*repeat(reports, explaining), *settings))


def _part(group: Group, number: int, several: bool) -> Part:
    """The table first, then what it was measured on and how, then each model in detail."""
    chapters = [results(group), subjects(group), task_and_data(group), quality(group), rules(group)]
    every = tuple(zip(group.reports, group.labels, keys_of(group.labels, number), strict=True))
    models = tuple(every[place] for place in group.table.leading(_DRAWN))
    if len(models) < len(every):
        words = f"Each of the {_DRAWN} models with the best scores, of {len(every)}; a report of others draws those."
        chapters.append(Chapter("What is drawn below", (words,)))
    if group.reports[0].data.task.categories:
        chapters += _of_categories(models)
    chapters += [*_of_dimensions(models), *_of_units(models), *learning(models)]
    result = Result(leading_sentence(group.table, group.reports[0]), (scores_picture(group.table, f"t{number}"),))
    return Part(group.title, tuple(chapters), group.table.warnings if several else (), result)


Models = Sequence[tuple[Report, str, str]]
"""Reports with their labels and the names of their pictures."""


def _of_categories(models: Models) -> Iterator[Chapter]:
    predicting = [entry for entry in models if entry[0].data.task.categories]
    pictures = tuple(confusion_picture(*entry) for entry in predicting)
    listings = tuple(Listing(label, Confusion.of(report).to_text()) for report, label, _ in predicting)
    yield Chapter("Confusion", ("Rows are true categories, columns predicted ones.",), pictures=pictures)
    yield Chapter("Confusion as text", listings=listings, closed=True)
    pictures = tuple(calibration_picture(*entry) for entry in predicting)
    yield Chapter("Calibration", (_CALIBRATED,), pictures=pictures)


def _of_dimensions(models: Models) -> Iterator[Chapter]:
    pictures: list[Picture] = []
    for report, label, key in models:
        if report.predictions.dimensions.shape[1]:  # plain rows of versions before predict none
            pictures += dimension_pictures(report, label, key)
    if pictures:
        words = "CCC is that of all test windows together, averaged over seeds."
        yield Chapter("Along scales", (words,), pictures=tuple(pictures))


def _of_units(models: Models) -> Iterator[Chapter]:
    predicting = [entry for entry in models if entry[0].predictions.units.shape[1]]
    if predicting:
        yield Chapter("Action units", pictures=tuple(unit_picture(*entry) for entry in predicting))


def _best(rows: list[TableRow], metric: str) -> TableRow:
    """The first of those with the best score."""
    choose = min if lower_is_better(metric) else max
    return choose(rows, key=lambda row: row.score.metrics[metric])


def _people(row: TableRow) -> str:
    """The interval, where there are enough people for one, and how many they are."""
    interval = row.score.interval
    between = f"95 % interval {decimal(interval.low)} to {decimal(interval.high)}, " if interval else ""
    return f"{between}{row.verdict.units} {row.verdict.kind}"


def _bar(verdict: Verdict) -> str:
    """The bar, and whether the score is above it, as a clause."""
    if not verdict.opponent:
        return "what labels alone give is not known"
    bar = f"labels alone give {decimal(verdict.bar)} ({verdict.opponent})"
    if verdict.p is None:
        return f"{bar}: too few to tell whether that is above guessing, {FEWEST} are needed"
    return f"{bar}: {'above' if verdict.above else 'not above'} guessing, p {p_words(verdict.p)}"
