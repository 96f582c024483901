"""The data of finished runs and their quality, as a chapter of a report: who was recorded, and how well."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from ...preprocessing import InterpolateBadChannels
from ...preprocessing.quality.face_shares import summed
from ...preprocessing.quality.summary import column_words, together
from ...preprocessing.steps.recipe import step_names
from ...signals import Task
from ...signals.trials.further_columns import RESERVED
from ..runs.report import Report
from ..runs.report_facts import RecordingQuality
from ..scores.predictions import Predictions
from .chapter import Chapter, Grid, Listing
from .sections import Group

UNKNOWN = "The quality of the recordings was not stored when these runs were made; run them again to have it here."


def quality(group: Group) -> Chapter:
    """Recordings and truths by subject, and in words what stands out."""
    recordings = recordings_of(group.reports)
    words = tuple(_words(recordings, group.reports)) if recordings else (UNKNOWN,)
    windows = _tested(group.reports[0])
    # Subjects without a tested window stand in the table too: their recordings were read for training.
    subjects = list(dict.fromkeys([recording.subject for recording in recordings] + list(windows)))
    columns = {
        "subject": subjects,
        **_recorded(recordings, subjects),
        **_truths(windows, group.reports[0].data.task, subjects),
    }
    grid = Grid("Data by subject", tuple(columns), tuple(zip(*columns.values(), strict=True)))
    further = {name: cells for name, cells in group.reports[0].columns.items() if name not in RESERVED}
    listings = (
        *_listing("What the lab noted of its trials", "column", [column_words(further) if further else []]),
        *_listing("Not in the cache", "thing", [report.data.skipped for report in group.reports]),
        *_listing(
            "What reading changed, left out or doubts", "remark", [report.data.remarks for report in group.reports]
        ),
    )
    return Chapter("Data and their quality", words, grids=(grid, *_faces_by_class(recordings)), listings=listings)


def _faces_by_class(recordings: Sequence[RecordingQuality]) -> Iterator[Grid]:
    """For each series of faces how often one was seen in each class: missed faces are not spread evenly."""
    for series in dict.fromkeys(recording.series for recording in recordings):
        shares = summed(
            [share for recording in recordings if recording.series == series for share in recording.classes]
        )
        cells = [(s.category, f"{s.frames:,}", _percent(s.seen), _percent(s.doubtful)) for s in shares]
        if cells:
            yield Grid(f"Faces by class: {series}", ("class", "frames", "face seen", "doubtful"), tuple(cells))


def _listing(title: str, noun: str, texts: Sequence[Sequence[str]]) -> tuple[Listing, ...]:
    """The texts of all runs, each once and in order; nothing where there are none."""
    lines = dict.fromkeys(chain.from_iterable(texts))
    return (Listing(f"{title}: {_count(len(lines), noun)}", "\n".join(lines)),) if lines else ()


def recordings_of(reports: Sequence[Report]) -> tuple[RecordingQuality, ...]:
    """The quality of every series that any of these reports read, each once."""
    by_place: dict[str, RecordingQuality] = {}
    for report in reports:
        by_place |= {recording.where: recording for recording in report.data.quality}
    return tuple(by_place.values())


def _words(recordings: Sequence[RecordingQuality], reports: Sequence[Report]) -> Iterator[str]:
    sessions = {(recording.subject, recording.session) for recording in recordings}
    subjects = {recording.subject for recording in recordings}
    seconds: dict[str, float] = {}
    for recording in recordings:
        seconds[recording.series] = seconds.get(recording.series, 0.0) + recording.seconds
    lengths = ", ".join(f"{length / 60:,.1f} min of {series}" for series, length in seconds.items())
    yield f"{_count(len(subjects), 'subject')}, {_count(len(sessions), 'recording')}: {lengths}."
    yield _invalid_words(max(recordings, key=lambda recording: recording.invalid))
    yield from _loss_words(recordings)
    yield _constant_words([recording for recording in recordings if recording.constant])
    if with_faces := [recording for recording in recordings if recording.seen is not None]:
        yield _seen_words(with_faces)
        yield from _doubt_words(with_faces)
    if any(_interpolates(report) for report in reports):
        yield "Electrodes marked bad were interpolated from the others; which ones they were is not stored in a cache."


def _interpolates(report: Report) -> bool:
    recipes = [series.recipe for series in report.data.series.values()]
    return any(InterpolateBadChannels.__name__ in step_names(recipe) for recipe in recipes)


def _invalid_words(worst: RecordingQuality) -> str:
    if not worst.invalid:
        return "No slice of any recording is marked as not to be trusted."
    return f"Worst: {worst.where}, where {_percent(worst.invalid)} of the slices may not be trusted and were not used."


def _loss_words(recordings: Sequence[RecordingQuality]) -> Iterator[str]:
    """For each series that cannot all be used what of it cannot, as ``emo-preprocess inspect`` counts it."""
    for series in dict.fromkeys(recording.series for recording in recordings):
        lost = together([recording.losses for recording in recordings if recording.series == series])
        if str(lost):
            yield f"{series}: {lost}."


def _constant_words(recordings: Sequence[RecordingQuality]) -> str:
    if not recordings:
        return "No site stands still throughout a recording."
    sites = "; ".join(f"{recording.where}: {_few(recording.constant)}" for recording in recordings)
    return f"Sites that never change: {sites}."


def _seen_words(recordings: Sequence[RecordingQuality]) -> str:
    worst = min(recordings, key=lambda recording: recording.seen or 0.0)
    if worst.seen == 1:
        return "A face was found in every frame."
    mean = _percent(_mean_seen(recordings))
    return f"A face was found in {mean} of all frames, least in {worst.where} ({_percent(worst.seen or 0.0)})."


def _doubt_words(recordings: Sequence[RecordingQuality]) -> Iterator[str]:
    worst = max(recordings, key=lambda recording: recording.doubtful)
    if worst.doubtful:
        mean = _percent(_weighted([recording.doubtful for recording in recordings], recordings))
        where = f"most in {worst.where} ({_percent(worst.doubtful)})"
        yield f"In {mean} of all frames faces were there, but none surely the person's, {where}; they were not used."


def _recorded(recordings: Sequence[RecordingQuality], subjects: Sequence[str]) -> dict[str, list[str]]:
    """Columns of the recordings, one for each series and kind of fault that occurs in any of them."""
    columns: dict[str, list[str]] = {}
    for series in dict.fromkeys(recording.series for recording in recordings):
        by_subject: dict[str, list[RecordingQuality]] = {name: [] for name in subjects}
        for recording in recordings:
            if recording.series == series:
                by_subject[recording.subject].append(recording)
        for head, write in _CELLS.items():
            cells = [write(group) if group else "" for group in by_subject.values()]
            if any(cells):
                columns[f"{series}: {head}"] = cells
    return columns


def _still_sites(recordings: Sequence[RecordingQuality]) -> str:
    sites: dict[str, None] = {}
    for recording in recordings:
        sites |= dict.fromkeys(recording.constant)
    return _few(list(sites))


_CELLS: dict[str, Callable[[Sequence[RecordingQuality]], str]] = {
    "recordings": lambda recordings: str(len(recordings)),
    "minutes": lambda recordings: f"{sum(recording.seconds for recording in recordings) / 60:.1f}",
    "not usable": lambda recordings: _percent(_weighted([r.invalid for r in recordings], recordings)),
    "still sites": _still_sites,
    "face seen": lambda recordings: "" if recordings[0].seen is None else _percent(_mean_seen(recordings)),
    "doubtful": lambda recordings: _doubtful(recordings),
}
"""Heads of columns, and the cell of one subject's recordings of one series."""


def _truths(windows: Mapping[str, Predictions], task: Task, subjects: Sequence[str]) -> dict[str, list[str]]:
    """Columns of the tested windows of each subject and of the balance of their truths."""
    none = np.zeros(0)  # of a subject that was not tested
    columns = {"windows tested": [f"{len(windows.get(name, ())):,}" for name in subjects]}
    for k, category in enumerate(task.categories):
        columns[category] = []
        for name in subjects:
            true = windows[name].category if name in windows else none
            columns[category].append(_share(true[true >= 0] == k))
    for d, dimension in enumerate(task.dimensions):
        truths = [windows[name].true_dimensions[:, d] if name in windows else none for name in subjects]
        columns[f"{dimension}, mean ± SD"] = [_spread(true[~np.isnan(true)]) for true in truths]
    for u, unit in enumerate(task.units):
        truths = [windows[name].true_units[:, u] if name in windows else none for name in subjects]
        columns[f"{unit} present"] = [_share(true[~np.isnan(true)] >= 0.5) for true in truths]
    return columns


def _tested(report: Report) -> dict[str, Predictions]:
    """Labelled test windows of each subject, those of one seed: the others test the same windows again."""
    tested = report.predictions
    once = tested.take(
        (tested.selection == report.selections[0]) & (tested.seed == tested.seed.min()) & tested.labelled
    )
    names = np.asarray(report.columns["subject"])[once.trial].astype(str)
    return {str(name): once.take(names == name) for name in dict.fromkeys(names)}


def _share(hits: np.ndarray) -> str:
    return _percent(float(hits.mean())) if len(hits) else ""


def _spread(true: np.ndarray) -> str:
    return f"{true.mean():.2f}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{true.std():.2f}" if len(true) else ""


def _mean_seen(recordings: Sequence[RecordingQuality]) -> float:
    return _weighted([recording.seen or 0.0 for recording in recordings], recordings)


def _doubtful(recordings: Sequence[RecordingQuality]) -> str:
    if not any(recording.doubtful for recording in recordings):
        return ""
    return _percent(_weighted([recording.doubtful for recording in recordings], recordings))


def _weighted(shares: Sequence[float], recordings: Sequence[RecordingQuality]) -> float:
    # A recording without any slice has no length, and weights of zero alone have no mean.
    return float(np.average(shares, weights=[max(recording.seconds, 1e-9) for recording in recordings]))


def _few(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def _count(n: int, name: str) -> str:
    return f"{n:,} {name}{'' if n == 1 else 's'}"
