"""The pictures of a report: what each one is called and says, and how it becomes part of a page."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

import numpy as np

from ..runs.report import Report
from ..scores.metrics import WORDS
from ..tables.agreement import Session, always_yes, draw_scatter, draw_session, draw_units
from ..tables.calibration import Calibration, draw_calibration
from ..tables.confusion import Confusion, draw_confusions
from ..tables.table import Table
from ..tables.table_picture import draw_table

_NOT_OURS = r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->"
"""Parts of an SVG file that are of no use within a page; its rules would hold for the whole page."""

_NARROW = 230.0
"""Points to which any picture may shrink, the width of a phone; a wide one not below two thirds, it scrolls instead."""


@dataclass(frozen=True)
class Picture:
    """One picture, not yet drawn.

    Attributes:
        name: Of its files, without an ending.
        caption: Below it.
        alt: What it shows, for whoever cannot see it.
        draw: Draws it into a file whose ending says which kind.
    """

    name: str
    caption: str
    alt: str
    draw: Callable[[Path], Path]


def publish_picture(picture: Picture, folder: Path) -> str:
    """Draw a picture as SVG and PDF into ``folder``, and give it as inline SVG for a page."""
    from matplotlib import rc_context

    folder.mkdir(parents=True, exist_ok=True)
    with rc_context({"svg.fonttype": "path"}):  # the page brings no fonts
        picture.draw(folder / f"{picture.name}.pdf")
        drawn = picture.draw(folder / f"{picture.name}.svg")
    return inline_svg(drawn.read_text(), picture.name, picture.alt)


def inline_svg(svg: str, name: str, alt: str) -> str:
    """An SVG file as part of a page: no head, no rules for other pictures, names of its own, and an alt text."""
    body = re.sub(_NOT_OURS, "", svg[svg.index("<svg") :], flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'((?:xlink:)?href="#|url\(#)', rf"\g<1>{name}-", body)
    box, width = re.search(r'viewBox="([^"]+)"', body), re.search(r'width="([\d.]+)pt"', body)
    assert box, "matplotlib writes the box and the width of every picture"
    assert width
    least = min(float(width[1]), max(_NARROW, 0.66 * float(width[1])))
    size = f"width:{width[1]}pt;min-width:{least:.0f}pt"
    head = (
        f'<svg role="img" aria-label="{escape(alt)}" viewBox="{box[1]}" style="{size}" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return re.sub(r"\n\s*", "\n", head + body[body.index(">") + 1 :])


def scores_picture(table: Table, key: str) -> Picture:
    """Every person a dot, every row its score and interval."""
    scores = "; ".join(f"{row.model}: {_interval_words(table, i)}" for i, row in enumerate(table.rows))
    alt = f"Dot plot of {WORDS[table.metric]} by model{_bar_words(table)}. {scores}."
    caption = (
        f"{WORDS[table.metric]} by model: bars are 95 % intervals, the dashed line is what labels alone give, "
        "dots are what each person reached."
    )
    return Picture(f"{key}-scores", caption, alt, partial(draw_table, table))


def confusion_picture(report: Report, label: str, key: str) -> Picture:
    """Counts, and the share of each true category."""
    confusion = Confusion.of(report)
    shares = zip(confusion.categories, np.diagonal(confusion.shares), strict=True)
    recalls = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares)
    caption = f"{label}: per cent of each true category and windows, all folds and seeds."
    alt = f"Confusion matrix of {label}. Recall: {recalls}."
    return Picture(f"{key}-confusion", caption, alt, lambda path: draw_confusions([confusion], path))


def calibration_picture(report: Report, label: str, key: str) -> Picture:
    """A reliability diagram."""
    calibration = Calibration.of(report)
    words = f"expected calibration error {calibration.error:.3f}, {calibration.tendency}"
    alt = f"Reliability diagram of {label}: accuracy against confidence in {len(calibration.counts)} bins; {words}."
    return Picture(f"{key}-calibration", f"{label}: {words}.", alt, partial(draw_calibration, calibration))


def dimension_pictures(report: Report, label: str, key: str) -> Iterator[Picture]:
    """Truth against prediction, and both along one session."""
    names, by_metric = report.data.task.dimensions, report.tallies[report.selections[0]].scores
    scores = ", ".join(f"{name} CCC {by_metric[f'ccc_{name}']:.3f}" for name in names)
    alt = f"Scatter of truth against prediction of {label}, every test window a dot: {scores}."
    yield Picture(
        f"{key}-scatter",
        f"{label}: {scores}. On the dashed line, prediction and truth are equal.",
        alt,
        partial(draw_scatter, report),
    )
    session = Session.longest(report)
    where = f"subject {session.subject}, session {session.session}"
    alt = f"Time line of {' and '.join(names)} of {label} along {where}: truth and the mean prediction of all seeds."
    caption = (
        f"{label}, {where}: the session with most test windows. Solid: truth; dashed: mean of seeds; band: "
        "least to greatest seed."
    )
    yield Picture(f"{key}-session", caption, alt, partial(draw_session, report))


def unit_picture(report: Report, label: str, key: str) -> Picture:
    """F1 of each action unit."""
    by_metric = report.tallies[report.selections[0]].scores
    guesses = zip(report.data.task.units, always_yes(report.predictions.true_units), strict=True)
    scores = ", ".join(f"{name} {by_metric[f'f1_{name}']:.2f} (always yes {guess:.2f})" for name, guess in guesses)
    caption = f"{label}: F1 of each action unit; diamonds: what always predicting yes would give."
    alt = f"Bars of F1 by action unit of {label}: {scores}."
    return Picture(f"{key}-units", caption, alt, partial(draw_units, report))


def keys_of(labels: Sequence[str], number: int) -> tuple[str, ...]:
    """Names for the pictures of a group's models, that file systems and links take."""
    plain = (re.sub(r"[^A-Za-z0-9]+", "-", label).strip("-")[:40] for label in labels)
    return tuple(f"t{number}-{row}-{name}".rstrip("-") for row, name in enumerate(plain, 1))


def _bar_words(table: Table) -> str:
    first = table.rows[0].verdict
    return f", labels alone at {first.bar:.3f}" if first.opponent else ""


def _interval_words(table: Table, row: int) -> str:
    score = table.rows[row].score
    mean = f"{score.metrics[table.metric]:.3f}"
    return f"{mean}, interval {score.interval.low:.3f} to {score.interval.high:.3f}" if score.interval else mean
