"""Raw objects of MNE, and a table of their trials."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ...errors import InputError
from ...files.channel_settings import ChannelSettings
from ...files.events import events_in
from ...files.raw_file import RawFile, loaded_raw
from ...layouts.layout import Layout
from ...streams.electrodes import Electrodes
from ...trials.task import category_remarks
from ...trials.trial import Trial
from ..trial_table.moments import NAMED, end_of_note, named_moment, next_moment
from .columns import Columns
from .further import further_columns
from .labels import Labels, Ranges
from .loaded import LoadedDataset, check_rules, named_objects, open_loaded

WHERE = "Cache.from_raws"
_READ = ("raw", "subject", "session", "trial", "stimulus", "part", "start", "stop")


@dataclass(frozen=True)
class _RawTrial:
    """A row of the table: whose trial it is, and of which recording."""

    row: int
    raw: str
    subject: str
    session: str
    trial: int


class Raws(LoadedDataset):
    """Trials of recordings that MNE holds; see ``Cache.from_raws``.

    Args:
        raws: MNE's objects by name, or in order.
        trials: A row for each trial.
        targets: The column of each label.
        ranges: Lowest and highest rating by dimension; -1 to 1 where left out.
        layout: The electrodes; None for those of the first recording.
        settings: What the user says about names, units and places of channels.
        name, simulated: What tables call it, and whether no person was recorded.

    Raises:
        InputError: Something is no recording, or a cell of the table is wrong.
    """

    name = "raws"

    def __init__(
        self,
        raws: Any,
        trials: Any,
        targets: Mapping[str, str] | None = None,
        ranges: Ranges | None = None,
        layout: Layout | None = None,
        settings: ChannelSettings | None = None,
        name: str = "raws",
        simulated: bool = False,
    ) -> None:
        super().__init__(WHERE, name, simulated)
        self._files = {key: loaded_raw(raw) for key, raw in named_objects(f"{WHERE}, raws", raws, _check_raw).items()}
        self._columns = Columns.of(trials, f"{WHERE}, trials")
        self._labels = Labels.of(self._columns, targets, ranges)
        self.task = self._labels.task
        self._layout, self._settings = layout, settings or ChannelSettings()
        check_rules(WHERE, self._settings, [name for file in self._files.values() for name in file.raw.ch_names])
        self._opened: dict[str, Electrodes] = {}
        self._trials = self._listed()
        read = (*_READ, *self._labels.named.values())
        self._further = further_columns(self._columns, read, [[trial.row] for trial in self._trials], _READ)
        self._remarks = (*category_remarks(self._labels.categories), *self._further.remarks)

    def __iter__(self) -> Iterator[Trial]:
        """All trials, in the order of the table; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._trials)

    @cached_property
    def layout(self) -> Layout:
        """The electrodes of all trials: those of the first recording, where none were named."""
        return self._layout or self._electrodes(self._trials[0].raw, None).layout

    def _listed(self) -> list[_RawTrial]:
        columns, seen = self._columns, Counter[tuple[str, str]]()
        keys = list(self._files)
        if "raw" not in columns and columns.rows != len(keys):
            found = f"{columns.rows} rows for {len(keys)} raws"
            do = "or add a column raw with the name or place of the recording that each is of"
            raise InputError(columns.where, found, "a row for each", do)
        trials = []
        for row in range(columns.rows):
            subject, session = columns.text(row, "subject"), columns.text(row, "session", "1")
            seen[subject, session] += 1
            number = columns.counted(row, "trial") if "trial" in columns else seen[subject, session]
            trials.append(_RawTrial(row, self._key(row, keys), subject, session, number))
        return trials

    def _key(self, row: int, keys: Sequence[str]) -> str:
        if "raw" not in self._columns:
            return keys[row]
        key = self._columns.text(row, "raw")
        if key not in keys:
            raise self._columns.error(row, "raw", repr(key), f"one of {', '.join(keys)}")
        return key

    def _trial(self, trial: _RawTrial) -> Trial:
        columns, row = self._columns, trial.row
        layout = self._layout if trial.raw == self._trials[0].raw else self.layout
        stream = self._cut(self._electrodes(trial.raw, layout), trial)
        return Trial(
            subject=trial.subject,
            session=trial.session,
            trial=trial.trial,
            stimulus=columns.text(row, "stimulus", str(trial.trial)),
            streams={"eeg": replace(stream, remarks=(*stream.remarks, *self._remarks))},
            target=self._labels.target([row], []),
            part=columns.text(row, "part", ""),
            columns=self._further.cells[row],
        )

    def _electrodes(self, key: str, layout: Layout | None) -> Electrodes:
        """The recording of that name, opened once: its samples are read for its digest."""
        if key not in self._opened:
            settings = self._settings.only(self._files[key].raw.ch_names)
            self._opened[key] = open_loaded(self._files[key], f"{WHERE}, raw {key}", layout, settings)
        return self._opened[key]

    def _cut(self, stream: Electrodes, trial: _RawTrial) -> Electrodes:
        start, stop = self._span(trial)
        first, last = round(start * stream.rate), round(min(stop, stream.duration + 1) * stream.rate)
        # half a sample is none: seconds are rounded, and so are rates
        beyond = math.isfinite(stop) and last > stream.n_samples
        if beyond or not first < min(last, stream.n_samples):
            found = f"{start:g} to {stop:g} s of a recording of {stream.duration:g} s (raw {trial.raw})"
            where = f"{self._columns.where}, row {trial.row}"
            raise InputError(where, found, "a stretch inside the recording", "correct start and stop")
        return stream.stretch(first, min(last, stream.n_samples))

    def _span(self, trial: _RawTrial) -> tuple[float, float]:
        """Seconds from the recording's first sample between which a trial lies."""
        start = self._moment(trial, "start", 0.0)
        begin = 0.0 if math.isnan(start) else start
        stop = self._moment(trial, "stop", begin)
        return begin, math.inf if math.isnan(stop) else stop

    def _moment(self, trial: _RawTrial, name: str, begin: float) -> float:
        """Seconds that a cell says, as they stand or by an event of the recording; NaN where it is empty."""
        columns, row = self._columns, trial.row
        if name not in columns:
            return math.nan
        cell = columns.values[name][row]
        if not isinstance(cell, str):
            return columns.number(row, name, low=0.0)
        try:
            return moment_of(cell.strip(), self._files[trial.raw], f"raw {trial.raw}", begin)
        except InputError as error:
            raise columns.error(row, name, f"{cell!r}: {error.found}", error.wanted, error.do) from error


def moment_of(cell: str, file: RawFile, where: str, begin: float) -> float:
    """Seconds of the event of a recording that a cell names, as in ``note clip starts``, ``next`` or ``+60``.

    Raises:
        InputError: It names none that is there once.
    """
    if not cell:
        return math.nan
    if NAMED.fullmatch(cell):
        return named_moment(cell, events_in(file, where))
    if cell == "next":
        return next_moment(events_in(file, where), begin)
    if cell == "end":
        return end_of_note(file, where, begin)
    try:
        seconds = begin + float(cell) if cell.startswith("+") else float(cell)
        if not math.isfinite(seconds):
            raise ValueError
    except ValueError:
        wanted = "seconds, or an event: 'trigger 7', 'note clip starts'; for a stop also 'next', 'end', '+60'"
        raise InputError(where, "no moment", wanted) from None
    return seconds


def _check_raw(raw: Any, where: str) -> None:
    import mne

    if isinstance(raw, mne.BaseEpochs):
        raise InputError(where, "epochs", "a raw object of MNE", "use Cache.from_epochs")
    if not isinstance(raw, mne.io.BaseRaw):
        wanted = "a raw object of MNE, as mne.io.read_raw gives or mne.io.RawArray makes (in volts)"
        raise InputError(where, f"a {type(raw).__name__}", wanted)
