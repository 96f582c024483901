"""Verdicts on rows and guessing: one rule for tables, fusion, explanations, the canary, the GAN and every page.

A row is above guessing if a paired test against the strongest reader of nothing on the same folds (``Opponents``) gives
a one-sided p of at most .025, unadjusted. With fewer than six people nobody can tell.
"""

from dataclasses import dataclass

import numpy as np

from ...signals.stored_json import NumberOrNaN
from .labels_alone import Opponents
from .metrics import lower_is_better
from .statistics import FEWEST, exchange_test
from .tally import Tally

ALPHA = 0.025
"""One-sided p up to which a row is above guessing."""


@dataclass(frozen=True)
class Verdict:
    """The verdict whether a row is above guessing.

    Attributes:
        metric: By which it is judged.
        bar: The expected score of the strongest opponent; NaN where there is none.
        opponent: Its name; empty where there is none.
        p: One-sided; None where there are too few units, or no opponent.
        units: Number of people, sessions or trials that the test draws.
        kind: The word for them.
    """

    metric: str
    bar: NumberOrNaN
    opponent: str
    p: float | None
    units: int
    kind: str

    @property
    def above(self) -> bool | None:
        """Whether the row is above guessing; None where nobody can tell."""
        return None if self.p is None else self.p <= ALPHA

    @property
    def cell(self) -> str:
        """The verdict as a cell of a table."""
        if self.p is None:
            return "too few to tell" if self.opponent else ""
        return f"{'yes' if self.above else 'no'}, p {p_words(self.p)}"

    @property
    def words(self) -> str:
        """A sentence's end, as in ``above guessing: p = .004 against a uniform guess, which gives .333``."""
        if not self.opponent:
            return "nothing to hold it against"
        if self.p is None:
            return f"too few to tell ({self.units} {self.kind}; {FEWEST} are needed)"
        verdict = "above guessing" if self.above else "not above guessing"
        return f"{verdict}: p {p_words(self.p)} against {self.opponent}, which gives {decimal(self.bar)}"


def verdict_of(row: Tally, opponents: Opponents, metric: str) -> Verdict:
    """The verdict on a row against labels alone, by one metric."""
    opponent, bar = opponents.strongest(metric)
    units, kind = int(row.counted(metric).sum()), row.units.kind
    if not opponent or units < FEWEST:
        return Verdict(metric=metric, bar=bar, opponent=opponent, p=None, units=units, kind=kind)
    sign = -1.0 if lower_is_better(metric) else 1.0
    sums = (row.of_metric(metric), opponents.tallies[opponent].of_metric(metric))
    p = exchange_test(*sums, lambda total: sign * row.score(metric, total), two_sided=False)
    return Verdict(metric=metric, bar=bar, opponent=opponent, p=p, units=units, kind=kind)


def effective_units(row: Tally, metric: str) -> float:
    """Kish's effective number of units: n where all weigh the same, fewer where some decide the score."""
    return float(1 / np.square(row.weights(metric)).sum())


LEAST_P = 0.001
"""p-value below which a table has no more than that."""


def decimal(value: float | None, digits: int = 3, sign: str = "") -> str:
    """Three digits, without the zero before the point: ``.817``; nothing where there is none."""
    text = "" if value is None else f"{value:{sign}.{digits}f}"
    if text.lstrip("+-") == f"{0:.{digits}f}":
        text = text.lstrip("-")
    return text.replace("0.", ".", 1) if text.lstrip("+-").startswith("0.") else text


def p_value(p: float) -> str:
    """A p-value as a table has it: ``.004`` or ``< .001``, never 0."""
    return p_words(p).removeprefix("= ")


def p_words(p: float) -> str:
    """A p-value as a sentence has it, behind the letter p: ``= .004`` or ``< .001``."""
    return "< .001" if p < LEAST_P else f"= {p:.3f}".replace("0.", ".", 1)
