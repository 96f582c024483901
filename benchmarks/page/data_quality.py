"""The data of finished runs and their quality, as a chapter of a report: who was recorded, and how well."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ...preprocessing import InterpolateBadChannels
from ...preprocessing.steps.recipe import step_names
from ..runs.recording_quality import RecordingQuality
from ..runs.report import Report
from ..scores.predictions import Predictions
from .chapter import Chapter, Grid, Listing
from .sections import Group

UNKNOWN = "The quality of the recordings was not stored when these runs were made; run them again to have it here."


def quality(group: Group) -> Chapter:
    """Recordings and truths by subject, and in words what stands out."""
    found = recordings_of(group.reports)
    words = tuple(_words(found, group.reports)) if found else (UNKNOWN,)
    subjects = list(dict.fromkeys([*(own.subject for own in found), *_tested(group.reports[0])]))
    columns = {"subject": subjects, **_recorded(found, subjects), **_truths(group.reports[0], subjects)}
    grid = Grid("Data by subject", tuple(columns), tuple(zip(*columns.values(), strict=True)))
    left = list(dict.fromkeys(text for report in group.reports for text in report.data.skipped))
    head = f"Not in the cache: {len(left)} {'thing' if len(left) == 1 else 'things'}"
    listings = (Listing(head, "\n".join(left)),) if left else ()
    return Chapter("Data and their quality", words, grids=(grid,), listings=listings)


def recordings_of(reports: Sequence[Report]) -> tuple[RecordingQuality, ...]:
    """The quality of every series that any of these reports read, each once."""
    return tuple({own.where: own for report in reports for own in report.data.quality}.values())


def _words(found: Sequence[RecordingQuality], reports: Sequence[Report]) -> Iterator[str]:
    recordings = {(own.subject, own.session) for own in found}
    subjects = {own.subject for own in found}
    minutes = {series: sum(own.seconds for own in found if own.series == series) / 60 for series in _series(found)}
    recorded = ", ".join(f"{length:,.1f} min of {series}" for series, length in minutes.items())
    yield f"{_count(len(subjects), 'subject')}, {_count(len(recordings), 'recording')}: {recorded}."
    yield _invalid_words(max(found, key=lambda own: own.invalid))
    yield _constant_words([own for own in found if own.constant])
    if looked := [own for own in found if own.seen is not None]:
        yield _seen_words(looked)
    steps = [step for report in reports for series in report.data.series.values() for step in series.recipe]
    if InterpolateBadChannels.__name__ in step_names(steps):
        yield "Electrodes marked bad were interpolated from the others; which ones they were is not stored in a cache."


def _invalid_words(worst: RecordingQuality) -> str:
    if not worst.invalid:
        return "No slice of any recording is marked as not to be trusted."
    return f"Worst: {worst.where}, where {_percent(worst.invalid)} of the slices may not be trusted and were not used."


def _constant_words(dead: Sequence[RecordingQuality]) -> str:
    if not dead:
        return "No site stands still throughout a recording."
    return f"Sites that never change: {'; '.join(f'{own.where}: {_few(own.constant)}' for own in dead)}."


def _seen_words(looked: Sequence[RecordingQuality]) -> str:
    worst = min(looked, key=lambda own: own.seen or 0.0)
    if worst.seen == 1:
        return "A face was found in every frame."
    mean = _weighted([own.seen or 0.0 for own in looked], looked)
    return (
        f"A face was found in {_percent(mean)} of all frames, least in {worst.where} ({_percent(worst.seen or 0.0)})."
    )


def _recorded(found: Sequence[RecordingQuality], subjects: Sequence[str]) -> dict[str, list[str]]:
    """What is known of the recordings, a column for each series and kind of fault that occurs in any of them."""
    columns: dict[str, list[str]] = {}
    for series in _series(found):
        own = {name: [r for r in found if (r.subject, r.series) == (name, series)] for name in subjects}
        for head, write in _CELLS.items():
            cells = [write(own[name]) if own[name] else "" for name in subjects]
            if any(cells):
                columns[f"{series}: {head}"] = cells
    return columns


_CELLS: dict[str, Callable[[Sequence[RecordingQuality]], str]] = {
    "recordings": lambda own: str(len(own)),
    "minutes": lambda own: f"{sum(r.seconds for r in own) / 60:.1f}",
    "not usable": lambda own: _percent(_weighted([r.invalid for r in own], own)),
    "still sites": lambda own: _few(list(dict.fromkeys(site for r in own for site in r.constant))),
    "face seen": lambda own: "" if own[0].seen is None else _percent(_weighted([r.seen or 0.0 for r in own], own)),
}
"""Heads of columns, and the cell of one subject's recordings of one series."""


def _truths(report: Report, subjects: Sequence[str]) -> dict[str, list[str]]:
    """Tested windows of each subject and the balance of their truths."""
    windows, task = _tested(report), report.data.task
    columns = {"windows tested": [f"{len(windows[name]):,}" if name in windows else "0" for name in subjects]}
    for k, category in enumerate(task.categories):
        columns[category] = [_share(windows, name, k) for name in subjects]
    for d, dimension in enumerate(task.dimensions):
        columns[f"{dimension}, mean ± SD"] = [_spread(windows, name, d) for name in subjects]
    for u, unit in enumerate(task.units):
        columns[f"{unit} present"] = [_present(windows, name, u) for name in subjects]
    return columns


def _tested(report: Report) -> dict[str, Predictions]:
    """The test windows of each subject of which something is known to be true, those of one seed."""
    own = report.predictions
    once = own.take((own.selection == report.selections[0]) & (own.seed == own.seed.min()) & own.labelled)
    names = np.asarray(report.columns["subject"])[once.trial].astype(str)
    return {str(name): once.take(names == name) for name in dict.fromkeys(names)}


def _share(windows: dict[str, Predictions], name: str, k: int) -> str:
    known = windows[name].category[windows[name].category >= 0] if name in windows else np.zeros(0)
    return _percent(float((known == k).mean())) if len(known) else ""


def _spread(windows: dict[str, Predictions], name: str, d: int) -> str:
    true = windows[name].true_dimensions[:, d] if name in windows else np.zeros(0)
    known = true[~np.isnan(true)]
    return f"{known.mean():+.2f}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{known.std():.2f}" if len(known) else ""


def _present(windows: dict[str, Predictions], name: str, u: int) -> str:
    true = windows[name].true_units[:, u] if name in windows else np.zeros(0)
    known = true[~np.isnan(true)]
    return _percent(float((known >= 0.5).mean())) if len(known) else ""


def _series(found: Sequence[RecordingQuality]) -> list[str]:
    return list(dict.fromkeys(own.series for own in found))


def _weighted(shares: Sequence[float], own: Sequence[RecordingQuality]) -> float:
    return float(np.average(shares, weights=[max(r.seconds, 1e-9) for r in own]))


def _few(names: Sequence[str], shown: int = 6) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def _count(n: int, name: str) -> str:
    return f"{n:,} {name}{'' if n == 1 else 's'}"
