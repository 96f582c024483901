"""The page of published values: everything in the table, by dataset and protocol. ``python -m`` prints it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .grid import Grid
from .published_file import Published, Rules
from .published_rows import DAGGER_NOTE, published

_HEAD = f"""# What others published

Cited, never measured here. A value stands in one of our tables only where everything that its source states fits what
was measured: recorded people, dataset, series and bands, categories, split, people, sessions and trials, the method
with its settings, the window. Protocols differ, and so do sets: **no part of this page is a ranking**.

{DAGGER_NOTE}.

Status: P the paper's abstract or record, C published code, S a published page or thread, R our reading. This page is
made from `benchmarks/tables/published.yaml` by `python -m emoscan.benchmarks.tables.published_listing`.
"""


def published_page() -> str:
    """All published values as a page in Markdown."""
    lines = [_HEAD]
    for dataset, entries in _grouped(published(), lambda entry: entry.datasets[0]):
        lines.append(f"## {dataset[0].upper()}{dataset[1:]}\n")
        for rules, of_rules in _grouped(entries, lambda entry: entry.protocol):
            lines.append(f"### {rules.words[0].upper()}{rules.words[1:]}\n\n{_ours(rules)}\n")
            for source, of_source in _grouped(of_rules, lambda entry: entry.source):
                lines += [f"Source: {source}.{_beside(of_source[0])}\n", *_table(of_source)]
    return "\n".join(lines).rstrip() + "\n"


def _grouped(entries: Sequence[Published], key: Callable[[Published], Any]) -> Iterator[tuple[Any, list[Published]]]:
    """Entries of one key together, keys in the order of their first entry."""
    for value in dict.fromkeys(map(key, entries)):
        yield value, [entry for entry in entries if key(entry) == value]


def _ours(rules: Rules) -> str:
    if not rules.split:
        return "No split of ours is known to be like it."
    return f"That is our `{rules.split}`." if rules.exact else f"Not the same, but nearest of ours: `{rules.split}`."


def _beside(entry: Published) -> str:
    """A sentence on the rows of ours that it may stand beside."""
    if not entry.models:
        return ""
    rules = entry.protocol
    return (
        f" Stands beside a row of `{'` or `'.join(entry.models)}` with windows of {entry.window} slices, on "
        f"{rules.people} people with {rules.sessions} sessions of {rules.trials} trials."
    )


def _table(entries: Sequence[Published]) -> Iterator[str]:
    """Cells that all entries have in common in a line, then a row for each entry."""
    rows = [_cells(entry) for entry in entries]
    heads, shared = [], []
    for name, cell in rows[0].items():
        if name in ("method", "value") or any(row[name] != cell for row in rows):
            heads.append(name)
        elif cell:
            shared.append(f"{name}: {cell}")
    if shared:
        yield f"All: {'; '.join(shared)}.\n"
    yield Grid.of_rows(heads, [[row[name] for name in heads] for row in rows], numeric=["value"]).to_markdown()


def _cells(entry: Published) -> dict[str, str]:
    return {
        "method": entry.method,
        "reads": entry.series.words,
        "metric": entry.metric,
        "value": str(entry),
        "deviation over": (entry.spread or "not noted") if entry.deviation is not None else "",
        "scored": entry.words,
        "status": entry.status,
        "note": entry.note,
    }


if __name__ == "__main__":
    print(published_page(), end="")
