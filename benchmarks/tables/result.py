"""What a table says, in one sentence: from verdicts and tests, never from what stands in its cells."""

from collections.abc import Sequence

from ..scores.metrics import WORDS, lower_is_better
from ..scores.statistics import FEWEST
from ..scores.verdict import Verdict, p_words
from .table import TableRow, name_of, number

LEVEL = 0.05
"""Adjusted p below which a row is told from the baseline."""


def result_of(rows: Sequence[TableRow], metric: str, *, one_ranking: bool) -> str:
    """The sentence that stands above the rows.

    Args:
        rows: Of the table, with their verdicts and differences.
        metric: By which they are judged first.
        one_ranking: Whether all are of the same trials under the same rules; else none of them is called best.
    """
    if leaky := list(dict.fromkeys(name_of(row, rows) for row in rows if row.rules.leaky)):
        return f"LEAKY: what {_and(leaky)} learned from holds what is tested: these numbers say nothing about new data."
    opening = "On simulated data, " if all(row.rules.simulated for row in rows) else ""
    if len(rows) == 1:
        return opening + _alone(rows[0], metric)
    return opening + _best(rows, metric) if one_ranking else _several(rows, opening)


def _alone(row: TableRow, metric: str) -> str:
    return f"{row.model} reaches {_score(row, metric)}, {_held(row.verdict)}."


def _best(rows: Sequence[TableRow], metric: str) -> str:
    """Which row is best, whether that is above guessing, and whether it can be told from the others."""
    sign = -1.0 if lower_is_better(metric) else 1.0
    most = max(sign * row.score.metrics[metric] for row in rows)
    best = [row for row in rows if sign * row.score.metrics[metric] >= most - 1e-9]
    names = _and([row.model for row in best])
    does = "does best" if len(best) == 1 else "do best"
    return f"{names} {does}: {_score(best[0], metric)}, {_held(best[0].verdict)}; {_apart(best, rows, sign)}."


def _apart(best: Sequence[TableRow], rows: Sequence[TableRow], sign: float) -> str:
    """Whether the best is told from the row that all were tested against, or the others from it."""
    others = [row for row in rows if row.difference and row not in best]
    own = next((row.difference for row in best if row.difference), None)
    if not any(row.difference for row in rows):
        return "no difference was tested"
    if len(best) == 1 and own is not None:
        told = f"{number(own.mean, sign='+')} against {own.baseline}, p {p_words(own.adjusted)}"
        return f"{told}: {'a difference' if own.adjusted < LEVEL else 'no difference can be told'}"
    less = [row.model for row in others if row.difference and _is_less(row, sign)]
    if not less:
        return f"none is told from {best[0].model}" if others else "no difference can be told"
    rest = "" if len(less) == len(others) else "; no other row is told from it"
    return f"{_and(less)} {'does' if len(less) == 1 else 'do'} worse{rest}"


def _is_less(row: TableRow, sign: float) -> bool:
    return bool(row.difference and row.difference.adjusted < LEVEL and sign * row.difference.mean < 0)


def _several(rows: Sequence[TableRow], opening: str) -> str:
    """Which rows are above guessing, where they are no ranking."""
    end = "The rows are no one ranking, so none is called best."
    known = [row for row in rows if row.verdict.above is not None]
    if not known:
        few = "too few to tell which rows are above guessing"
        return f"{opening}{few if opening else few.capitalize()}. {end}"
    above = [name_of(row, rows) for row in known if row.verdict.above]
    below = [name_of(row, rows) for row in known if not row.verdict.above]
    said = f"{opening}{'above' if opening else 'Above'} guessing: {'; '.join(above) if above else 'no row'}"
    said += f"; not: {'; '.join(below)}" if below and above else ""
    unknown = len(rows) - len(known)
    if unknown:
        said += f"; of {unknown} row{'s' * (unknown > 1)} nobody can tell"
    return f"{said}. {end}"


def _score(row: TableRow, metric: str) -> str:
    return f"{number(row.score.metrics[metric])} {WORDS.get(metric, metric)}"


def _held(verdict: Verdict) -> str:
    """Whether a score is above guessing, as a clause."""
    if not verdict.opponent:
        return "with nothing to hold it against"
    bar = f"({number(verdict.bar)}"
    if verdict.p is None:
        few = f"{verdict.units} {verdict.kind}, {FEWEST} are needed"
        return f"with too few to tell whether that is above guessing {bar}; {few})"
    above = "above guessing" if verdict.above else "not above guessing"
    return f"{above} {bar}, p {p_words(verdict.p)})"


def _and(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
