"""Finished runs as one HTML file that can be sent to somebody: no network, no script or font from elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from ..preprocessing.publish import publish_text
from .calibration import BINS
from .confusion import Confusion
from .report import Report
from .report_figures import (
    Picture,
    calibration_picture,
    confusion_picture,
    dimension_pictures,
    keys_of,
    publish_picture,
    scores_picture,
    unit_picture,
)
from .report_latex import HEAD, latex_table
from .report_repeat import exact, repeat
from .report_sections import Chapter, Group, Listing, asked, groups_of, results, rules, subjects, warnings_of
from .report_template import PAGE, SCRIPT, STYLE

FIGURES, LATEX = "figures", "table.tex"

_CALIBRATED = (
    f"Windows are sorted into {BINS} bins of equal width by the greatest probability. The expected calibration error "
    "is the mean over windows of the gap between accuracy and confidence in their bin (Guo et al. 2017, On calibration "
    "of modern neural networks, arXiv 1706.04599): 0 for a model that is right as often as it says."
)


@dataclass(frozen=True, eq=False)
class Part:
    """A part of the page: its head, what must be said first, and its chapters."""

    title: str
    chapters: tuple[Chapter, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Page:
    """All that the page says, before anything is drawn.

    Attributes:
        title: Its head.
        warnings: What a reader has to know before any number.
        parts: One for each table, and one for settings and repetition.
        latex: The tables for a paper.
    """

    title: str
    warnings: tuple[str, ...]
    parts: tuple[Part, ...]
    latex: str

    @classmethod
    def of(cls, reports: Sequence[Report]) -> "Page":
        """The page of these reports.

        Raises:
            InputError: There is no report, or one stands twice.
        """
        groups = groups_of(reports)
        flat = [report for group in groups for report in group.reports]
        labels = [label for group in groups for label in group.labels]
        last = Part("Settings and repetition", (repeat(flat), exact(flat, labels)))
        parts = tuple(_part(group, number, len(groups) > 1) for number, group in enumerate(groups, 1))
        tables = HEAD + "\n".join(latex_table(group.table, group.title) for group in groups)
        names = dict.fromkeys(report.data.dataset for report in flat)
        return cls(f"Report: {', '.join(names)}", warnings_of(groups), (*parts, last), tables)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Those of all chapters."""
        return tuple(own for part in self.parts for chapter in part.chapters for own in chapter.pictures)

    def to_html(self, drawn: dict[str, str]) -> str:
        """The whole page; ``drawn`` has each picture as inline SVG by name."""
        from jinja2 import Environment, StrictUndefined

        page = Environment(autoescape=True, undefined=StrictUndefined).from_string(PAGE)
        return page.render(
            title=self.title, warnings=self.warnings, parts=self.parts, drawn=drawn, style=STYLE, script=SCRIPT,
            version=__version__, figures=f"{FIGURES}/", latex=LATEX,
        )


def write_report(reports: Sequence[Report], path: str | Path) -> Path:
    """Write finished runs as one HTML file; beside it ``figures/`` (SVG and PDF) and ``table.tex`` (booktabs).

    Runs that were made under different rules or on different data stand in tables of their own, which the page says
    first; they are never ranked or averaged together.

    Args:
        reports: The runs, in the order in which they shall stand.
        path: The file to write; what it held before is replaced.

    Raises:
        InputError: There is no report, or one stands twice.
    """
    page, path = Page.of(reports), Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = {picture.name: publish_picture(picture, path.parent / FIGURES) for picture in page.pictures}
    publish_text(path.with_name(LATEX), page.latex)
    publish_text(path, page.to_html(drawn))
    return path


def _part(group: Group, number: int, several: bool) -> Part:
    task = group.reports[0].data.task
    scores = scores_picture(group.table, f"t{number}")
    chapters = [asked(group), rules(group), results(group, [scores]), subjects(group)]
    models = tuple(zip(group.reports, group.labels, keys_of(group.labels, number), strict=True))
    if task.categories:
        chapters += _of_categories(models)
    chapters += [*_of_dimensions(models), *_of_units(models)]
    return Part(group.title, tuple(chapters), group.table.warnings if several else ())


Models = Sequence[tuple[Report, str, str]]
"""Reports with their labels and the names of their pictures."""


def _of_categories(models: Models) -> Iterator[Chapter]:
    chosen = [entry for entry in models if entry[0].data.task.categories]
    pictures = tuple(confusion_picture(*entry) for entry in chosen)
    listings = tuple(Listing(label, Confusion.of(report).to_text()) for report, label, _ in chosen)
    yield Chapter("Confusion", ("Rows are true categories, columns what was said.",), pictures=pictures)
    yield Chapter("Confusion as text", listings=listings, closed=True)
    pictures = tuple(calibration_picture(*entry) for entry in chosen)
    yield Chapter("Calibration", (_CALIBRATED,), pictures=pictures)


def _of_dimensions(models: Models) -> Iterator[Chapter]:
    chosen = [entry for entry in models if entry[0].predictions.dimensions.shape[1]]  # plain estimators say none
    pictures = tuple(picture for entry in chosen for picture in dimension_pictures(*entry))
    if pictures:
        yield Chapter("Along scales", ("CCC is that of all test windows together, averaged over seeds.",),
                      pictures=pictures)


def _of_units(models: Models) -> Iterator[Chapter]:
    chosen = [entry for entry in models if entry[0].predictions.units.shape[1]]
    if chosen:
        yield Chapter("Action units", pictures=tuple(unit_picture(*entry) for entry in chosen))
