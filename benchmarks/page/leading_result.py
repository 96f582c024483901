"""The result of a table, in the one sentence that a reader sees first."""

import numpy as np

from ..runs.protocol import ORACLE
from ..runs.report import Report
from ..scores.metrics import WORDS, lower_is_better
from ..scores.statistics import FEWEST
from ..scores.verdict import Verdict, p_words
from ..tables.table import Table, TableRow


def leading_sentence(table: Table, report: Report) -> str:
    """The best row: its score with interval and people, what labels alone give, and whether it is above that.

    Of how many it is the best is said too: the best of many models that know nothing looks as if it knew something.

    Args:
        table: Of reports made under one protocol on one dataset.
        report: One of them.
    """
    where = f"on {report.data.dataset}{' (simulated)' if report.data.simulated else ''}"
    scored = [row for row in table.rows if np.isfinite(row.score.metrics[table.metric])]
    if not scored:
        return f"No model has a score {where}: its {WORDS[table.metric]} is not defined for what was tested."
    row = _best(scored, table.metric)
    count = len(table.rows)
    who = f"Best of {count} models {where}: {row.model}," if count > 1 else f"{row.model} {where}:"
    score = f"{WORDS[table.metric]} {row.score.metrics[table.metric]:.3f}"
    if report.protocol.leaky:
        return f"LEAKY, which says nothing about new data: {who} {score}."
    caution = "; its epoch was chosen on the test part, so it must not be reported" if row.selection == ORACLE else ""
    return f"{who} {score} ({_people(row)}); {_bar(row.verdict)}{caution}."


def _best(rows: list[TableRow], metric: str) -> TableRow:
    """The first of those with the best score."""
    choose = min if lower_is_better(metric) else max
    return choose(rows, key=lambda row: row.score.metrics[metric])


def _people(row: TableRow) -> str:
    """The interval, where there are enough people for one, and how many they are."""
    interval = row.score.interval
    between = f"95 % interval {interval.low:.3f} to {interval.high:.3f}, " if interval else ""
    return f"{between}{row.verdict.units} {row.verdict.kind}"


def _bar(verdict: Verdict) -> str:
    """The bar, and whether the score is above it, as a clause."""
    if not verdict.opponent:
        return "what labels alone give is not known"
    bar = f"labels alone give {verdict.bar:.3f} ({verdict.opponent})"
    if verdict.p is None:
        return f"{bar}: too few to tell whether that is above guessing, {FEWEST} are needed"
    return f"{bar}: {'above' if verdict.above else 'not above'} guessing, p {p_words(verdict.p)}"
