"""Gains of fusion and their controls: rows, words, and ways to show them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...preprocessing.pictures import new_figure, palette, save_figure, wrapped
from ...signals import StoredCorrupt
from ...signals.stored_json import StoredForm, as_json, decoded, signed_json
from ..runs.controls import ControlKind
from ..scores.metrics import WORDS
from ..scores.statistics import Interval
from ..scores.verdict import Verdict, decimal, p_value, p_words
from ..tables.grid import Grid

LEVEL = 0.05
"""Adjusted p below which a difference is called one."""

TOLERATED = 0.02
"""The loss against the other modality alone up to which a join counts as doing without a modality."""


@dataclass(frozen=True)
class Comparison:
    """A row against another one over the same people.

    Attributes:
        other: The name of that row.
        family: Of tests that are adjusted together: ``gain``, ``missing`` or ``synchrony``.
        difference: Of the scores of all people together.
        p, adjusted: By exchanging whole people's predictions, and Holm's.
    """

    other: str
    family: str
    difference: float
    p: float
    adjusted: float


@dataclass(frozen=True)
class FusionRow:
    """A model under a condition: score, 95 % interval, and what it is compared with.

    Attributes:
        model, condition: The model, and in words the change of its test windows; nothing where they are as recorded.
        score, interval: Of all people together.
        against: The comparison with another row.
        verdict: Whether it is above guessing; None in files of versions before.
        kind: The way in which a modality is changed; None where nothing is.
    """

    model: str
    condition: str
    score: float
    interval: Interval | None
    against: Comparison | None
    verdict: Verdict | None = None
    kind: ControlKind | None = None
    stored_form: ClassVar = StoredForm(left_out=("kind",))

    def with_adjusted(self, p: float) -> "FusionRow":
        """The same with its p adjusted."""
        return self if self.against is None else replace(self, against=replace(self.against, adjusted=p))


@dataclass(frozen=True)
class FusionTable:
    """Rows, and what must be known to read them.

    Attributes:
        metric: The first metric of the task.
        rows: Modalities alone, then each join with its controls.
        simulated, dataset, protocol: The recordings, and the rules.
        subjects, seeds: Numbers of people (or sessions, or trials), and of trainings of each fold.
        chance: Score of labels alone; None where that is unknown.
        left_out: Joins that could not be compared, and why.
        kind: The units that tests draw: people, sessions or trials.
        opponent: The reader of nothing that gives ``chance``.
        label_notes: Notes on the classes.
    """

    metric: str
    rows: tuple[FusionRow, ...]
    simulated: bool
    dataset: str
    protocol: str
    subjects: int
    seeds: int
    chance: float | None
    left_out: tuple[str, ...] = ()
    kind: str = "people"
    opponent: str = ""
    label_notes: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], file: object) -> "FusionTable":
        """The table that ``to_json`` wrote, or a version that knew conditions by their words alone.

        Raises:
            StoredCorrupt: It is something else; names ``file`` and the key.
        """
        table = decoded(cls, {name: stored[name] for name in stored if name != "words"}, file, error=StoredCorrupt)
        if table.metric not in WORDS or not table.rows:
            raise StoredCorrupt(file, f"metric {table.metric[:40]!r}, {len(table.rows)} rows", "those of a study")
        pairs = zip(table.rows, stored["rows"], strict=True)
        rows = [row if "kind" in raw else replace(row, kind=_kind_of_words(row.condition)) for row, raw in pairs]
        return replace(table, rows=tuple(rows))

    @property
    def joins(self) -> tuple[str, ...]:
        """The joins, in the order of the rows."""
        return tuple(row.model for row in self.rows if row.against and row.against.family == "gain")

    def of(self, join: str, family: str = "") -> tuple[FusionRow, ...]:
        """The rows of a join, all or those of one family of tests."""
        rows = (row for row in self.rows if row.model == join)
        return tuple(row for row in rows if not family or (row.against and row.against.family == family))

    @property
    def result(self) -> str:
        """Whether any join is better than the best modality alone, in one sentence."""
        gains = [row for join in self.joins for row in self.of(join, "gain")]
        if not gains:
            return "No join could be compared with a modality alone."
        best = max(gains, key=lambda row: row.against.difference if row.against else 0.0)
        assert best.against
        better = [row.model for row in gains if _differs(row, 1)]
        difference = decimal(best.against.difference, sign="+")
        gain = f"{difference} over {best.against.other}, p {p_words(best.against.adjusted)}"
        answer = (
            f"{len(better)} of {len(gains)} joins are better than {best.against.other}"
            if better
            else "no gain is shown"
        )
        sentence = f"the best join is {best.model}, {decimal(best.score)} ({gain}); {answer}."
        return f"On simulated data, {sentence}" if self.simulated else f"{sentence[0].upper()}{sentence[1:]}"

    def grid(self) -> Grid:
        """The rows as cells, with result, words and notes."""
        score = WORDS[self.metric]
        heads = ["model", "condition", score, "95 % interval", "above guessing", "against", "difference", "p (Holm)"]
        numeric = (score, "95 % interval", "difference", "p (Holm)")
        warnings = [f"SIMULATED: no person was recorded for {self.dataset}."] if self.simulated else []
        grid = Grid.of_rows(heads, [_cells(row) for row in self.rows], numeric)
        return grid.with_words(self.result, warnings=warnings, notes=(*self.words(), *self.reading()))

    def words(self) -> tuple[str, ...]:
        """Sentences on the rows, join by join."""
        return tuple(" ".join(_sentences(self, join)) for join in self.joins)

    def notes(self) -> Iterator[str]:
        """Notes on how to read it, and whether a person was recorded."""
        if self.simulated:
            yield f"SIMULATED: no person was recorded for {self.dataset}."
        yield from self.reading()

    def reading(self) -> Iterator[str]:
        """Notes on how to read it."""
        chance = ""
        if self.chance is not None:
            opponent = f" ({self.opponent})" if self.opponent else ""
            chance = f"; labels alone give {decimal(self.chance)}{opponent}"
        yield (
            f"{self.protocol}; {self.subjects} {self.kind} together, seeds: {self.seeds}; intervals and tests draw "
            f"whole {self.kind}, Holm-adjusted for the number of joins, and within each join for its "
            f"controls{chance}."
        )
        yield from self.label_notes
        yield (
            "Controls change the test windows of the same trained networks; a shift wraps around within its trial, "
            "a swap takes another trial of the same class."
        )
        yield from self.left_out

    def print(self) -> None:
        """Show it in a terminal, or as plain text of the same width where the output is piped."""
        self.grid().print()

    def to_markdown(self) -> str:
        """The table and its words as Markdown."""
        return self.grid().to_markdown()

    def to_json(self) -> str:
        """The whole table, and its checksum."""
        return signed_json({**as_json(self), "words": self.words()})


def draw_fusion(table: FusionTable, path: str | Path) -> Path:
    """Draw the joins, each above its controls by name, into a picture file, and the modalities alone as lines."""
    rows = [row for join in table.joins for row in table.of(join)]
    gaps = np.cumsum([row.kind is None for row in rows]) * _GAP
    heights = -(np.arange(len(rows)) + gaps)
    figure = new_figure(8.5, 1.6 + 0.14 * (len(rows) + _GAP * len(table.joins)))
    axes = figure.subplots()
    for (alone, color), style in zip(_alone(table), ("--", ":", "-."), strict=False):
        axes.axvline(
            alone.score,
            color=color,
            ls=style,
            lw=1.4,
            label=wrapped(f"{alone.model}, {decimal(alone.score, digits=2)}", 30),
        )
    _draw_rows(axes, rows, heights)
    if table.chance:
        axes.axvline(table.chance, color=palette.GREY, lw=0.8, label=f"labels alone, {decimal(table.chance, digits=2)}")
    simulated = " (simulated: no person was recorded)" if table.simulated else ""
    title = wrapped(f"Fusion and its controls, {table.dataset}{simulated}", 100)
    figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    axes.set_xlabel(f"{WORDS[table.metric]}, {table.subjects} {table.kind} together; bars: 95 % interval")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    axes.grid(axis="y", color=palette.GRID, lw=0.6)
    axes.set_axisbelow(True)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8)
    return save_figure(figure, path)


_LETTERS, _GAP = 28, 0.7
"""Letters in a line of a join's name, and room above each join in heights of a row."""

MARKS: Mapping[ControlKind | None, tuple[str, str, str, int]] = {
    None: ("o", palette.JOINED, "both modalities", 60),
    "without": ("x", palette.WITHOUT, "one missing", 36),
    "shift": ("|", palette.SHIFTED, "shifted against each other", 60),
    "swap": ("D", palette.SWAPPED, "swapped between trials", 20),
}
"""Marker, colour, words and size by kind of row."""


def _alone(table: FusionTable) -> list[tuple[FusionRow, str]]:
    rows = [row for row in table.rows if row.against is None]
    return list(zip(rows, palette.MODALITIES, strict=False))


def _draw_rows(axes: Any, rows: Sequence[FusionRow], heights: np.ndarray) -> None:
    """A row each, named at its left: a join by its name, a control by what was changed."""
    seen: set[ControlKind | None] = set()
    for row, height in zip(rows, heights, strict=True):
        mark, color, words, size = MARKS[row.kind]
        if row.kind is None and row.interval:
            axes.plot([row.interval.low, row.interval.high], [height, height], color=color, lw=2.5, zorder=2)
        label = None if row.kind in seen else words
        axes.scatter([row.score], [height], marker=mark, color=color, s=size, zorder=3, label=label)
        seen.add(row.kind)
    axes.set_yticks(heights, [row.condition or wrapped(row.model, _LETTERS) for row in rows], fontsize=7)
    for name, row in zip(axes.get_yticklabels(), rows, strict=True):
        name.set(fontsize=9 if row.kind is None else 7, weight="bold" if row.kind is None else "normal")
    axes.set_ylim(heights[-1] - 0.8, heights[0] + 0.8)


def _kind_of_words(condition: str) -> ControlKind | None:
    """The kind of a condition in a table of versions before, which stored its words alone."""
    if not condition:
        return None
    if condition.startswith("without"):
        return "without"
    return "swap" if "another trial" in condition else "shift"


def _cells(row: FusionRow) -> list[str]:
    interval = f"{decimal(row.interval.low)} to {decimal(row.interval.high)}" if row.interval else ""
    cells = [row.model, row.condition, decimal(row.score), interval, row.verdict.cell if row.verdict else ""]
    if row.against is None:
        return [*cells, "", "", ""]
    other = "itself" if row.against.other == row.model else row.against.other
    return [*cells, other, decimal(row.against.difference, sign="+"), p_value(row.against.adjusted)]


def _sentences(table: FusionTable, join: str) -> Iterator[str]:
    """The verdict on a join: what it gains, whether it can do without a modality, whether it uses synchrony."""
    who = f"{table.subjects} {table.kind}"
    yield f"{join}:"
    for row in table.of(join, "gain"):
        if row.verdict is not None and row.verdict.above is False:
            yield "not above guessing;"
        if row.verdict is not None and row.verdict.above is None:
            yield "too few to tell;"
        yield f"{_compared(row, who)};"
    for row in table.of(join, "missing"):
        yield f"{row.condition} {_compared(row, who, TOLERATED)};"
    yield _synchrony(table.of(join, "synchrony"), who)


def _compared(row: FusionRow, who: str, tolerated: float = 0.0) -> str:
    """A row beside its opponent: better or worse only where the test shows it.

    Args:
        row: The row.
        who: The people that the test draws, as in ``16 people``.
        tolerated: A loss up to which a join does as well without a modality, where that is the question.
    """
    against = row.against
    assert against
    by = f"({decimal(against.difference, sign='+')}, p {p_words(against.adjusted)})"
    if _differs(row, 1):
        return f"better than {against.other} {by}"
    if _differs(row, -1):
        return f"worse than {against.other} {by}"
    if not tolerated:
        return f"no difference from {against.other} that {who} can show {by}"
    if against.difference >= -tolerated:
        return f"as good as {against.other}, give or take {tolerated:g} ({decimal(against.difference, sign='+')})"
    return f"below {against.other} by more than {tolerated:g}, which {who} cannot show {by}"


def _synchrony(rows: Sequence[FusionRow], who: str) -> str:
    costly = [row for row in rows if _differs(row, -1)]
    if not rows:
        return "synchrony was not tested."
    if not costly:
        return f"no shift and no swap costs anything that {who} can show: that it uses synchrony is not shown."
    worst = min(costly, key=lambda row: row.against.difference if row.against else 0.0)
    assert worst.against
    better = [
        f"{row.condition} ({decimal(row.against.difference, sign='+')})"
        for row in rows
        if row.against and _differs(row, 1)
    ]
    gains = f"; better than unshifted: {', '.join(better)}, so one may follow the other" if better else ""
    return (
        f"{len(costly)} of {len(rows)} shifts and swaps cost something, most {worst.condition} "
        f"({decimal(worst.against.difference, sign='+')}): it uses synchrony{gains}."
    )


def _differs(row: FusionRow, sign: int) -> bool:
    return bool(row.against and row.against.adjusted < LEVEL and row.against.difference * sign > 0)
