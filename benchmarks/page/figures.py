"""The pictures of a report: what each one is called and says, how it becomes part of a page; how networks learned."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ...preprocessing.pictures import save_figure, wrapped
from ...preprocessing.pictures.palette import CHOSEN, TRAINING, VALIDATION
from ...signals.shown_text import visible
from ..runs.report import Report
from ..scores.metrics import WORDS
from ..scores.tally import ONE_OF
from ..scores.verdict import decimal
from ..tables.pictures.agreement import Session, always_yes, draw_scatter, draw_session, draw_units
from ..tables.pictures.calibration import Calibration, draw_calibration
from ..tables.pictures.confusion import Confusion, draw_confusions
from ..tables.pictures.table_picture import MOST, draw_table
from ..tables.table import HEADS, OF_EACH, Table
from .chapter import Chapter, Picture

_NOT_OURS = r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->"
"""Parts of an SVG file that are of no use within a page; its rules would hold for the whole page."""

_NARROW = 230.0
"""Points to which any picture may shrink, the width of a phone; a wide one not below two thirds, it scrolls instead."""

SPREAD = (10, 90)
"""Percentiles over trainings between which a band lies."""


@dataclass(frozen=True, eq=False)
class LearningCurves:
    """Losses of N trainings (folds x seeds) over E epochs, of one way of choosing the epoch.

    Attributes:
        model, selection: The model, and the rule that chose its epoch.
        train: (N, E) training loss, the mean over an epoch's batches while it was learned.
        valid: (N, E) loss on the validation part; None where there was none.
        scored: (N,) the epoch of each training that was scored, counted from 1.
        simulated: Whether no person was recorded.
    """

    model: str
    selection: str
    train: np.ndarray
    valid: np.ndarray | None
    scored: tuple[int, ...]
    simulated: bool = False

    @property
    def tendency(self) -> str:
        """Words on where the training loss began and ended, and whether it had come to rest, in words."""
        mean = self.train.mean(axis=0)
        words = f"training loss {mean[0]:.3g} to {mean[-1]:.3g} in {_count(len(mean), 'epoch')}"
        fallen = float(mean[0] - mean[-1])
        if len(mean) < 4 or fallen <= 0:
            return words
        late = float(mean[-1 - len(mean) // 4] - mean[-1]) / fallen
        return f"{words}, {100 * late:.0f} % of the fall in the last quarter"


def publish_picture(picture: Picture, folder: Path) -> str:
    """Draw a picture as SVG and PDF into ``folder``, and give it as inline SVG for a page."""
    from matplotlib import rc_context

    folder.mkdir(parents=True, exist_ok=True)
    with rc_context({"svg.fonttype": "path"}):  # the page brings no fonts
        drawn = picture.draw(folder / f"{picture.name}.svg+pdf")
    return inline_svg(drawn.read_text(encoding="utf-8"), picture.name, picture.alt)


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
        f'<svg role="img" aria-label="{escape(visible(alt))}" viewBox="{box[1]}" style="{size}" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return re.sub(r"\n\s*", "\n", head + body[body.index(">") + 1 :])


def scores_picture(table: Table, key: str) -> Picture:
    """Every row its score and interval, every person a cross."""
    shown = table.leading(MOST)
    scores = "; ".join(f"{table.rows[place].model}: {_interval_words(table, place)}" for place in shown)
    if len(shown) < len(table.rows):
        scores += f"; and {len(table.rows) - len(shown)} rows below these"
    of_each = OF_EACH.get(table.metric, table.metric)
    alt = f"Dot plot of {WORDS[table.metric]} by model{_bar_words(table)}. {scores}."
    caption = (
        f"{WORDS[table.metric]} by model: dots are the score of all together, bars its 95 % interval, the dashed line "
        f"is what labels alone give, crosses are the {WORDS.get(of_each, of_each)} of each "
        f"{ONE_OF[table.rows[0].verdict.kind]}."
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
    words = f"expected calibration error {decimal(calibration.error)}, {calibration.tendency}"
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
    scores = ", ".join(
        f"{name} {decimal(by_metric[f'f1_{name}'], digits=2)} (always yes {decimal(guess, digits=2)})"
        for name, guess in guesses
    )
    caption = f"{label}: F1 of each action unit; diamonds: what always predicting yes would give."
    alt = f"Bars of F1 by action unit of {label}: {scores}."
    return Picture(f"{key}-units", caption, alt, partial(draw_units, report))


def curves_of(report: Report) -> Iterator[LearningCurves]:
    """The curves of a report, one for each way of choosing the epoch; none where nothing was logged."""
    for selection, logged in report.curves.items():
        if "train/loss" in logged:  # plain estimators log none
            yield LearningCurves(
                model=report.model,
                selection=selection,
                train=logged["train/loss"],
                valid=logged.get("valid/loss"),
                scored=report.epochs[selection],
                simulated=report.data.simulated,
            )


def draw_learning(curves: LearningCurves, path: str | Path) -> Path:
    """Draw the mean and the spread over trainings by epoch into a picture file."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(4.6, 3.0), layout="constrained")
    axes = figure.subplots()
    _draw_line(axes, curves.train, TRAINING, "-", "training part")
    if curves.valid is not None:
        _draw_line(axes, curves.valid, VALIDATION, "--", "validation part")
        axes.axvline(float(np.median(curves.scored)), color=CHOSEN, ls=":", lw=1.2, label="epoch scored, median")
    axes.set(xlabel="epoch", ylabel="loss")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    title = f"{curves.model}{', simulated' if curves.simulated else ''}"
    axes.set_title(wrapped(title, 50), fontsize=9, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    return save_figure(figure, path)


def learning(models: Sequence[tuple[Report, str, str]]) -> Iterator[Chapter]:
    """The chapter, where any of these reports (with their labels and the names of their pictures) has curves."""
    drawn: list[LearningCurves] = []
    pictures = []
    for report, label, key in models:
        for curves in curves_of(report):
            drawn.append(curves)
            pictures.append(_curves_picture(curves, label, key))
    if drawn:
        yield Chapter("Learning curves", (_curves_words(drawn),), pictures=tuple(pictures))


def keys_of(labels: Sequence[str], number: int) -> tuple[str, ...]:
    """Names for the pictures of a group's models, that file systems and links take."""
    plain = (re.sub(r"[^A-Za-z0-9]+", "-", label).strip("-")[:40] for label in labels)
    return tuple(f"t{number}-{row}-{name}".rstrip("-") for row, name in enumerate(plain, 1))


def _bar_words(table: Table) -> str:
    first = table.rows[0].verdict
    return f", labels alone at {decimal(first.bar)}" if first.opponent else ""


def _interval_words(table: Table, row: int) -> str:
    score = table.rows[row].score
    mean = decimal(score.metrics[table.metric])
    return (
        f"{mean}, interval {decimal(score.interval.low)} to {decimal(score.interval.high)}" if score.interval else mean
    )


def _curves_picture(curves: LearningCurves, label: str, key: str) -> Picture:
    trained = _count(len(curves.train), "training")
    words = f"{label}, {HEADS[curves.selection]}: {curves.tendency}; {trained}"
    parts = "training loss" if curves.valid is None else "training and validation loss"
    alt = f"Line plot of {parts} of {label} by epoch, mean and spread over {trained}: {curves.tendency}."
    return Picture(f"{key}-curves-{curves.selection}", f"{words}.", alt, partial(draw_learning, curves))


def _curves_words(drawn: Sequence[LearningCurves]) -> str:
    low, high = SPREAD
    words = (
        "Loss by epoch: the mean over all folds and seeds, and a band from the "
        f"{low}th to the {high}th percentile of them. Training loss is what was logged while an epoch was learned."
    )
    if all(curves.valid is None for curves in drawn):
        return f"{words} There was no validation part: these say how well training data were fitted, and no more."
    return (
        f"{words} Validation loss is that of the part held out within the training part; neither knows the test part."
    )


def _draw_line(axes: Any, losses: np.ndarray, color: str, style: str, label: str) -> None:
    epochs = np.arange(1, losses.shape[1] + 1)
    low, high = np.percentile(losses, SPREAD, axis=0)
    axes.fill_between(epochs, low, high, color=color, alpha=0.2, lw=0)
    mark = "." if losses.shape[1] < 3 else ""  # one epoch makes no line
    axes.plot(epochs, losses.mean(axis=0), color=color, ls=style, lw=1.8, marker=mark, label=label)


def _count(n: int, name: str) -> str:
    return f"{n:,} {name}{'' if n == 1 else 's'}"
