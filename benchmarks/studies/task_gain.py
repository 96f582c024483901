"""The gain of a comparison of tasks, in words."""

from ..scores.verdict import decimal, p_words
from ..tables.table import Table


def gain(table: Table) -> str:
    """Whether categories gain from learning dimensions beside them: ``table`` has the row without and the row with.

    The claim of arXiv 1910.05784 is tested here, not assumed.
    """
    without, with_both = table.rows
    before, after = (row.score.metrics[table.metric] for row in (without, with_both))
    gain = decimal(after - before, sign="+")
    words = f"categories alone {decimal(before)}, combined with dimensions {decimal(after)}: {gain}"
    tested = with_both.difference
    if tested is None:
        return f"{words}; of one only no test can be made."
    p = f"exchanging {tested.n} {with_both.verdict.kind}, p {p_words(tested.adjusted)}"
    if tested.adjusted >= 0.05:
        return f"{words} ({p}): no difference is shown."
    return f"{words} ({p}): categories {'gain' if after > before else 'lose'} from the combined model."
