"""The result of a table in one sentence: from verdicts and tests, never from the text of its cells."""

from collections.abc import Sequence

from ..scores.metrics import WORDS, lower_is_better
from ..scores.statistics import FEWEST
from ..scores.verdict import Verdict, decimal, p_words
from .table import LEVEL, TableRow, name_of, too_few


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
    return opening + _best(rows, metric, begins=not opening) if one_ranking else _several(rows, opening)


def _alone(row: TableRow, metric: str) -> str:
    return f"{row.model} reaches {_score(row, metric)}, {_guessing_clause(row.verdict)}."


def _best(rows: Sequence[TableRow], metric: str, *, begins: bool) -> str:
    """A sentence on the best row: whether it is above guessing, and whether it differs from the others."""
    sign = -1.0 if lower_is_better(metric) else 1.0
    most = max(sign * row.score.metrics[metric] for row in rows)
    best = [row for row in rows if sign * row.score.metrics[metric] >= most - 1e-9]
    return f"{_opening(best, rows, metric, begins=begins)}; {_difference_clause(best, rows, sign)}."


def _opening(best: Sequence[TableRow], rows: Sequence[TableRow], metric: str, *, begins: bool) -> str:
    """Whether anything is above guessing, before anything is called best: the best of nothing is nothing."""
    names, score, verdict = [row.model for row in best], _score(best[0], metric), best[0].verdict
    if verdict.above is not False:
        return f"{_does(names)} best: {score}, {_guessing_clause(verdict)}"
    highest = f"the best score is that of {_and(names)}, {score} ({_held_against(verdict)})"
    if above := [row.model for row in rows if row.verdict.above]:
        return f"{'Above' if begins else 'above'} guessing: {_and(above)}; {highest}, which is not"
    return f"{'No' if begins else 'no'} model is above guessing: {highest}"


def _difference_clause(best: Sequence[TableRow], rows: Sequence[TableRow], sign: float) -> str:
    """A clause on whether the best differs from the row that all were tested against, or the others from it."""
    if not any(row.difference for row in rows):
        return "no difference was tested"
    difference = next((row.difference for row in best if row.difference), None)
    if len(best) == 1 and difference is not None:
        test = f"{decimal(difference.mean, sign='+')} against {difference.baseline}"
        if too_few(difference, rows):
            return f"{test}, with too few to tell a difference"
        test += f", p {p_words(difference.adjusted)}"
        return f"{test}: {'a difference' if difference.adjusted < LEVEL else 'no difference can be told'}"
    # The best is the baseline itself, so its differences are those of the other rows.
    others = [row for row in rows if row.difference and row not in best]
    if all(row.difference and too_few(row.difference, rows) for row in others):
        return f"too few to tell the others from {best[0].model}" if others else "no difference can be told"
    worse = [row.model for row in others if _is_worse(row, sign)]
    if not worse:
        return f"none is told from {best[0].model}"
    rest = "" if len(worse) == len(others) else "; no other row is told from it"
    return f"{_does(worse)} worse{rest}"


def _is_worse(row: TableRow, sign: float) -> bool:
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
    sentence = f"{opening}{'above' if opening else 'Above'} guessing: {'; '.join(above) if above else 'no row'}"
    sentence += f"; not: {'; '.join(below)}" if below and above else ""
    unknown = len(rows) - len(known)
    if unknown:
        sentence += f"; of {unknown} row{'s' * (unknown > 1)} nobody can tell"
    return f"{sentence}. {end}"


def _score(row: TableRow, metric: str) -> str:
    return f"{decimal(row.score.metrics[metric])} {WORDS.get(metric, metric)}"


def _guessing_clause(verdict: Verdict) -> str:
    """A clause on whether a score is above guessing."""
    if not verdict.opponent:
        return "with nothing to hold it against"
    bar = f"({decimal(verdict.bar)}"
    if verdict.p is None:
        few = f"{verdict.units} {verdict.kind}, {FEWEST} are needed"
        return f"with too few to tell whether that is above guessing {bar}; {few})"
    above = "above guessing" if verdict.above else "not above guessing"
    return f"{above} ({_held_against(verdict)})"


def _held_against(verdict: Verdict) -> str:
    """What labels alone give, and the p-value of the test against it."""
    assert verdict.p is not None
    return f"{decimal(verdict.bar)}, p {p_words(verdict.p)}"


def _does(models: Sequence[str]) -> str:
    return f"{_and(models)} {'does' if len(models) == 1 else 'do'}"


def _and(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
