"""A tidy table of features: a row for each slice of a trial, its features in columns by site and name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...errors import InputError
from ...layouts.channel_names import is_site, read_names
from ...layouts.layout import Layout, canonical
from ...layouts.recording_layout import layout_of, rest_of
from ...streams.rates import usual_interval
from ...trials.further_columns import Cell
from ...trials.task import Target, Task, near_equal
from .columns import Columns
from .further import further_columns, holds_text
from .labels import Labels, Ranges

WHERE = "Cache.from_frame"
ONE_SITE = Layout("one-site", ("all",), ((0, 0),))
"""The layout of features that belong to no site."""

MISSING = "values are missing in some slices, which are invalid"
_IDENTITIES = ("subject", "session", "trial", "stimulus", "part")
_PLACES = ("time", "slice")
_EEG = re.compile(r"^EEG[\s_:./|-]+", re.IGNORECASE)
_FIRST = re.compile(r"(.+?)[\s_:./|-]+(.+)")
_LAST = re.compile(r"(.+)[\s_:./|-]+(.+?)")
_SECOND = 1.0
"""Seconds of a slice where the table counts slices and nobody says how long they are."""


@dataclass(frozen=True, eq=False)
class FrameTrial:
    """One trial of a table.

    Attributes:
        x: (T, S, F), 0 where a value is missing.
        valid: (T,) whether no value of a slice is missing.
        times: (T,) seconds at which slices begin.
        target: The truth.
        subject, session, trial, stimulus, part: Identities.
        remarks: What reading the table doubts or leaves out.
        columns: Cells of the lab's own columns; a missing one is not there.
    """

    x: np.ndarray
    valid: np.ndarray
    times: np.ndarray
    target: Target
    subject: str
    session: str
    trial: int
    stimulus: str
    part: str
    remarks: tuple[str, ...]
    columns: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Frame:
    """The trials of a table of features.

    Attributes:
        trials: In the order of the table.
        layout, features: The S sites and F names.
        task: What is predicted.
        duration: Seconds of a slice.
    """

    trials: tuple[FrameTrial, ...]
    layout: Layout
    features: tuple[str, ...]
    task: Task
    duration: float


@dataclass(frozen=True)
class _Grid:
    """Columns of features: ``columns[s][f]`` is that of site s and feature f."""

    layout: Layout
    features: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    remarks: tuple[str, ...] = ()

    def values(self, table: Columns) -> np.ndarray:
        """(rows, S, F) float64, NaN where a value is missing."""
        by_site = [[table.numbers(name) for name in of_site] for of_site in self.columns]
        return np.moveaxis(np.array(by_site), -1, 0)


def read_frame(
    frame: Any,
    columns: Mapping[str, str] | None = None,
    targets: Mapping[str, str] | None = None,
    ranges: Ranges | None = None,
    layout: Layout | None = None,
    features: Sequence[str] | None = None,
    duration: float | None = None,
) -> Frame:
    """The trials of a table; see ``Cache.from_frame``.

    Raises:
        InputError: An identity is missing, feature columns are no grid of sites and features or hold no numbers,
            slices of a trial are there twice, or a label is wrong.
    """
    table = _renamed(Columns.of(frame, WHERE), dict(columns or {}))
    labels = Labels.of(table, targets, ranges)
    known = (*_IDENTITIES, *_PLACES, *labels.named.values())
    names = _features(table, known, features, layout)
    grid = _grid(names, layout)
    values, by_trial = grid.values(table), _rows_by_trial(table)
    seconds = _duration(table, by_trial, duration)
    ours = (*_IDENTITIES, *_PLACES)
    further = further_columns(table, (*known, *names), list(by_trial.values()), ours, argument="columns")
    remarks = (*near_equal("categories", labels.task.categories), *grid.remarks, *further.remarks)
    begins, trials = _begins(table, seconds), []
    for (identity, rows), cells in zip(by_trial.items(), further.cells, strict=True):
        ordered = rows if begins is None else _ordered(table, rows, begins)
        times = np.arange(len(rows)) * seconds if begins is None else begins[ordered]
        trial = _trial(labels, values, ordered, times, identity)
        trials.append(replace(trial, remarks=(*remarks, *trial.remarks), columns=cells))
    return Frame(tuple(trials), grid.layout, grid.features, labels.task, seconds)


def _trial(
    labels: Labels, values: np.ndarray, rows: list[int], times: np.ndarray, identity: tuple[str, str, int]
) -> FrameTrial:
    x, table = values[rows], labels.columns
    finite = np.isfinite(x)
    return FrameTrial(
        x=np.where(finite, x, 0.0),
        valid=finite.all(axis=(1, 2)),
        times=times,
        target=labels.target(rows, times.tolist()),
        subject=identity[0],
        session=identity[1],
        trial=identity[2],
        stimulus=table.text(rows[0], "stimulus", str(identity[2])),
        part=table.text(rows[0], "part", ""),
        remarks=() if finite.all() else (MISSING,),
    )


def _renamed(table: Columns, ours: Mapping[str, str]) -> Columns:
    """The table with our names of the columns that the user names."""
    unknown = [name for name in ours if name not in (*_IDENTITIES, *_PLACES)]
    lost = [column for column in ours.values() if column not in table]
    if unknown or lost:
        wanted = f"columns among {', '.join(table.values)} by names among {', '.join((*_IDENTITIES, *_PLACES))}"
        raise InputError(f"{WHERE}, columns", f"{dict(ours)}", wanted, "correct the names")
    names = {theirs: name for name, theirs in ours.items()}
    return replace(table, values={names.get(column, column): cells for column, cells in table.values.items()})


def _features(table: Columns, known: Sequence[str], features: Sequence[str] | None, layout: Layout | None) -> list[str]:
    """The columns of features: those that the user names, else all that are nothing else, words of no site aside."""
    sites = _canonical(layout)
    rest = [name for name in table.values if name not in known]
    words = [name for name in rest if _split(name, sites) is None and holds_text(table.values[name])]
    names = [name for name in rest if name not in words] if features is None else list(map(str, features))
    lost = [name for name in names if name not in table]
    if lost or not names:
        found = f"columns {', '.join(table.values)}"
        wanted = f"{', '.join(lost)} among them" if lost else "columns of features such as 'Fp1 alpha'"
        raise InputError(WHERE, found, wanted, "name them, as in features=['Fp1 alpha', ...]")
    for name in names:
        if np.isnan(table.numbers(name)).all():
            raise InputError(f"{WHERE}, column {name}", "no number in any row", "features", "leave the column out")
    return names


def _grid(names: Sequence[str], layout: Layout | None) -> _Grid:
    """Columns such as ``Fp1 alpha`` or ``alpha_Fp1`` as sites and features; those without sites as features of one."""
    sites = _canonical(layout)
    split = {name: _split(name, sites) for name in names}
    siteless = [name for name, parts in split.items() if parts is None]
    if len(siteless) == len(names) and layout is None:
        return _Grid(ONE_SITE, tuple(names), (tuple(names),))
    if siteless:
        do = "leave them out, as in features=[...], or make a cache of their own of them"
        raise InputError(WHERE, f"columns of no site: {', '.join(siteless)}", "columns such as 'Fp1 alpha'", do)
    by_place: dict[tuple[str, str], str] = {}
    for name, parts in split.items():
        site, feature = parts  # type: ignore[misc]  # none is None
        same = by_place.setdefault((canonical(site), feature), name)
        if same != name:
            raise InputError(WHERE, f"two columns of one feature: {same}, {name}", "one of each", "remove one")
    found = list(dict.fromkeys(parts[0] for parts in split.values() if parts))
    features = tuple(dict.fromkeys(parts[1] for parts in split.values() if parts))
    placed, remarks = (layout, ()) if layout is not None else _laid_out(found)
    lost = [f"{site} {name}" for site in placed.sites for name in features if (canonical(site), name) not in by_place]
    if lost:
        raise InputError(WHERE, f"no column {', '.join(lost)}", "each feature of each site", "add or remove columns")
    columns = tuple(tuple(by_place[canonical(site), name] for name in features) for site in placed.sites)
    return _Grid(placed, features, columns, remarks)


def _canonical(layout: Layout | None) -> set[str] | None:
    return None if layout is None else {canonical(site) for site in layout.sites}


def _split(name: str, sites: set[str] | None) -> tuple[str, str] | None:
    """Site and feature that a column is of; None where no part of its name is a site."""
    bare = _EEG.sub("", name.strip())
    first, last = _FIRST.fullmatch(bare), _LAST.fullmatch(bare)
    if first is None or last is None:
        return None
    for site, feature in (first.groups(), last.groups()[::-1]):
        if canonical(site) in sites if sites is not None else is_site(site):
            return site, feature
    return None


def _laid_out(sites: list[str]) -> tuple[Layout, tuple[str, ...]]:
    """The layout that fits the names of sites, and what it leaves out."""
    import mne

    info = mne.create_info(sites, 1.0, "eeg", verbose="error")
    raw = mne.io.RawArray(np.zeros((len(sites), 1)), info, verbose="error")
    names = read_names(WHERE, sites, ["eeg"] * len(sites))
    layout = layout_of(WHERE, raw, names)
    return layout, tuple(rest_of(names, names.places(layout.sites, WHERE), layout))


def _rows_by_trial(table: Columns) -> dict[tuple[str, str, int], list[int]]:
    for name in ("subject", "trial"):
        if name not in table:
            do = f"add it, or name it, as in columns={{{name!r}: 'VP'}}"
            raise InputError(WHERE, f"columns {', '.join(table.values)}", f"{name} among them", do)
    rows: dict[tuple[str, str, int], list[int]] = {}
    for row in range(table.rows):
        identity = table.text(row, "subject"), table.text(row, "session", "1"), table.counted(row, "trial")
        rows.setdefault(identity, []).append(row)
    return rows


def _place(table: Columns) -> str:
    """The column that says where slices are; empty where they stand in order."""
    return next((name for name in _PLACES if name in table), "")


def _begins(table: Columns, seconds: float) -> np.ndarray | None:
    """(rows,) seconds at which each slice begins; None where slices stand in order.

    Raises:
        InputError: One is missing.
    """
    place = _place(table)
    if not place:
        return None
    begins = table.numbers(place)
    missing = np.flatnonzero(np.isnan(begins))
    if missing.size:
        raise table.error(int(missing[0]), place, "nothing", "a number for each slice")
    return begins * (seconds if place == "slice" else 1.0)


def _ordered(table: Columns, rows: list[int], begins: np.ndarray) -> list[int]:
    """The rows of a trial by time.

    Raises:
        InputError: A slice is there twice.
    """
    ordered = [rows[k] for k in np.argsort(begins[rows], kind="stable").tolist()]
    twice = np.flatnonzero(np.diff(begins[ordered]) <= 0)
    if twice.size:
        raise table.error(ordered[int(twice[0]) + 1], _place(table), "a slice of the trial twice", "each slice once")
    return ordered


def _duration(table: Columns, by_trial: Mapping[Any, list[int]], duration: float | None) -> float:
    """Seconds of a slice: as the user says, or the usual interval of the column of times."""
    if duration is not None:
        if not 0 < duration < np.inf:
            raise InputError(f"{WHERE}, duration", f"{duration}", "seconds above 0")
        return float(duration)
    if _place(table) != "time":
        return _SECOND
    times = table.numbers("time")
    steps = np.concatenate([np.diff(np.sort(times[rows])) for rows in by_trial.values()])
    steps = steps[steps > 0]
    if not steps.size:
        raise InputError(WHERE, "one slice a trial", "the seconds of a slice", "give them, as in duration=1.0")
    return usual_interval(steps)
