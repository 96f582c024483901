"""EEG studies in the Brain Imaging Data Structure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import InputError
from ...files.channel_settings import ChannelSettings
from ...files.raw_file import open_raw
from ...files.recording_file import open_recording
from ...layouts.channel_names import MissingSites
from ...layouts.layout import Layout, canonical
from ...layouts.recording_layout import COMMON, common_layout, named_layout
from ...ordering import natural_order
from ...streams.electrodes import Electrodes
from ...streams.peripheral import Sampled
from ...trials.dataset import Dataset, Skipped
from ...trials.further_columns import RESERVED, Cell, typed_columns
from ...trials.task import MISSING_CATEGORY, Target, Task
from ...trials.trial import Stream, Trial
from ..peripheral_channels import find_sensors, open_sensors, without_channels
from .events_table import EventRow, read_events_table
from .lookalike import write_lookalike
from .sidecars import placed_layout, read_channels, read_people, sidecar_of

SUFFIXES = (".edf", ".bdf", ".vhdr", ".set", ".fif")
DIMENSIONS = ("valence", "arousal", "dominance", "liking", "familiarity", "predictability")
_STIMULI = ("stim_file", "stimulus", "trial_type")
"""Columns that say what was shown; the first that an event has."""

Ranges = Mapping[str, tuple[float, float]]

_COLUMNS = "name the columns, as in BIDS(targets={'category': 'trial_type'})"


class _Lacking(InputError):
    """A recording has no events, or none with the columns that are asked for."""


@dataclass(frozen=True)
class BidsTrial:
    """One event of one recording that is a trial.

    Args:
        path: The recording, as ``mne_bids`` has it.
        subject, session, number: Identities.
        event: Its line.
        stop: Seconds at which it ends.
        label: Its category, empty where it has none.
        bad: Channels that ``channels.tsv`` calls bad.
        others: Channels that it gives another type than EEG, and the type.
        columns: What else is noted about it, by column.
        remarks: What is doubtful about it.
    """

    path: Any
    subject: str
    session: str
    number: int
    event: EventRow
    stop: float
    label: str
    bad: tuple[str, ...]
    others: Mapping[str, str]
    columns: Mapping[str, Cell] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def recording(self) -> Path:
        """The file."""
        return Path(self.path.fpath)


class BIDS(Dataset):
    """A study in the Brain Imaging Data Structure: each event with a label, from ``events.tsv``, is a trial.

    An event lasts for its ``duration``; one without lasts until the next event of the recording, or its end. The
    stimulus is what ``stim_file``, ``stimulus`` or ``trial_type`` names. Channels that ``channels.tsv`` calls bad are
    marked bad, which the default recipe interpolates; those of another type than EEG are left out. Trials of a session
    are numbered through its runs. Sidecars are found as the standard says, also those that lie further up and hold for
    many recordings. What ``participants.tsv`` says of a person (age, sex, group) is kept as columns of the cache, and
    so are the further columns of the events. Electrodes whose names have no standard place are where
    ``electrodes.tsv`` says. Recordings without events, or whose events have no such columns, are left out and listed.

    Args:
        root: The folder with ``dataset_description.json``.
        task: The task whose recordings are read; None for all.
        targets: The column of ``events.tsv`` that holds each label: ``category``, and ratings such as ``valence``.
        meanings: The category by the text of its column, as in ``{"11": "happy", "*sad*": "sad"}``, where ``*`` stands
            for any text; an event that looks like none has no category. None where the texts are the categories.
        ranges: Lowest and highest rating by dimension, as in ``{"valence": (1, 9)}``; -1 to 1 where it is not said.
        layout: The electrodes, or the name of a drawing such as ``"scalp-19"``, or ``"common"`` for those that all
            recordings have; None for those of the first recording, which the others must have too.
        peripheral: Whether to read sensors on the body too, as far as a recording has them: streams ``ecg``, ``ppg``,
            ``gsr``, ``resp``, ``temp``, ``emg`` and ``eog``, known by ``channels.tsv`` or by their names.

    Raises:
        DatasetNotFound: There is no EEG recording.
        InputError: No recording has events, or none of them a label; a column is not there, a rating is no number or
            outside its range, or two people are called alike but for zeros. Iterating: a recording cannot be opened, or
            ends before its event does.

    Source: C. R. Pernet et al., Scientific Data 6:103, 2019 (EEG-BIDS).
    """

    name = "BIDS"
    expects = "a folder with sub-*/eeg/sub-*_task-*_eeg.edf (.bdf, .vhdr, .set, .fif) and events.tsv"
    signs = (r"sub-[^/]+/(ses-[^/]+/)?eeg/sub-[^/]+_eeg\.(edf|bdf|vhdr|set|fif)",)
    access = "Your own recordings."
    recipe: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "eeg": ("InterpolateBadChannels()", "MarkFlat()", "DifferentialEntropy()")
    }

    def __init__(
        self,
        root: str | Path,
        task: str | None = None,
        targets: Mapping[str, str] | None = None,
        ranges: Ranges | None = None,
        layout: Layout | str | None = None,
        meanings: Mapping[str, str] | None = None,
        peripheral: bool = False,
    ) -> None:
        super().__init__(root)
        self._peripheral = peripheral
        self._targets, self._named = dict(targets or {"category": "trial_type"}), named_layout(layout)
        self._meanings = dict(meanings or {})
        _check_targets(self._targets)
        recordings = self._recordings(task)
        _check_people({path.subject for path in recordings}, self.root)
        self._people, self._remarks = read_people(self.root)
        self._left_out: list[Skipped] = []
        self._trials = self._labelled(recordings)
        names = tuple(name for name in DIMENSIONS if name in self._targets)
        labels = {trial.label for trial in self._trials} - {""}
        ends = tuple((ranges or {}).get(name, (-1.0, 1.0)) for name in names)
        self.task = Task(tuple(sorted(labels, key=natural_order)), names, (), ends)

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject, session and run; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._trials)

    def skipped(self) -> tuple[Skipped, ...]:
        """Recordings whose events give no trial, and folders that hold no raw data."""
        others = (self.root / name for name in ("derivatives", "sourcedata") if (self.root / name).is_dir())
        return (*self._left_out, *(Skipped(folder, "not read: no raw data of the study") for folder in others))

    @property
    def layout(self) -> Layout:
        """The electrodes of all trials: those of the first recording, where none were named.

        Raises:
            InputError: Those that all recordings have were asked for, and there are none.
        """
        return self._placed[0]

    @cached_property
    def _placed(self) -> tuple[Layout, str]:
        """The electrodes of all trials, and a sentence on where they are."""
        if isinstance(self._named, Layout):
            return self._named, ""
        if self._named != COMMON:
            return _placed_in(self._trials[0])
        placed = [*self._placed_in_all()]
        return common_layout(self.root, [layout for layout, _ in placed]), placed[0][1]

    def _placed_in_all(self) -> Iterator[tuple[Layout, str]]:
        """The electrodes of each recording; one that cannot be opened says so where its trials are."""
        first_of = {trial.recording: trial for trial in reversed(self._trials)}
        for number, trial in enumerate(reversed(first_of.values())):
            try:
                yield _placed_in(trial)
            except InputError:
                if not number:
                    raise

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Three people, one with two runs; an EOG channel, a bad electrode, events without a label or a duration."""
        write_lookalike(Path(root), seed)

    def _recordings(self, task: str | None) -> list[Any]:
        """Paths of the recordings, as ``mne_bids`` has them."""
        from mne_bids import find_matching_paths

        paths = find_matching_paths(self.root, suffixes="eeg", extensions=list(SUFFIXES), datatypes="eeg")
        # folders such as derivatives hold what was made of the study, under the same names
        found = [path for path in paths if path.fpath.relative_to(self.root).parts[0].startswith("sub-")]
        tasks = sorted({path.task for path in found if path.task})
        if task is not None and task not in tasks:
            wanted = f"one of {', '.join(tasks) or 'none'}"
            raise InputError(self.root, f"no recording of task {task!r}", wanted, "name a task that is there, or none")
        recordings = [path for path in found if task is None or path.task == task]
        if not recordings:
            raise self.not_found("no EEG recording")
        return sorted(recordings, key=lambda path: natural_order(path.fpath.name))

    def _labelled(self, recordings: Sequence[Any]) -> list[BidsTrial]:
        trials: list[BidsTrial] = []
        numbers: dict[tuple[str, str], int] = {}
        faults: list[InputError] = []
        tasks = {path.task for path in recordings}
        together = f"tasks {', '.join(sorted(filter(None, tasks)))} are read together: BIDS(task=...) reads one"
        for path in recordings:
            try:
                events = self._events(path)
            except _Lacking as fault:
                faults.append(fault)
                self._left_out.append(Skipped(path.fpath, f"found {fault.found}; wanted {fault.wanted}"))
                continue
            for trial in self._of_recording(path, events):
                identity = (trial.subject, trial.session)
                numbers[identity] = numbers.get(identity, 0) + 1
                trial = replace(trial, number=numbers[identity])
                if len(tasks) > 1:
                    columns = {**trial.columns, "task": path.task or ""}
                    trial = replace(trial, columns=columns, remarks=(*trial.remarks, together))
                trials.append(trial)
        if not trials:
            raise self._nothing(recordings, faults)
        return trials

    def _nothing(self, recordings: Sequence[Any], faults: Sequence[InputError]) -> InputError:
        if len(faults) == len(recordings):
            return faults[0]
        columns = ", ".join(self._targets.values())
        meant = f" that looks like {', '.join(self._meanings)}" if self._meanings else ""
        found = f"no event with a value in {columns}{meant}"
        return InputError(self.root, found, "events.tsv with labels", _COLUMNS)

    def _events(self, path: Any) -> list[EventRow]:
        """The events of a recording, which have all columns that are asked for."""
        sidecar = sidecar_of(path, "events")
        if sidecar is None:
            do = "write one: trials come from it, with a column such as trial_type"
            raise _Lacking(path.fpath, "no events.tsv", "a table of events beside it", do)
        events = read_events_table(sidecar)
        if not events:
            raise _Lacking(sidecar, "no event", "a line for each trial", "fill in the table")
        lost = [column for column in self._targets.values() if events and column not in events[0].cells]
        if lost:
            raise _Lacking(sidecar, f"columns {', '.join(events[0].cells)}", f"{', '.join(lost)} among them", _COLUMNS)
        return events

    def _of_recording(self, path: Any, events: Sequence[EventRow]) -> Iterator[BidsTrial]:
        """The events of a recording that have a label; they are numbered later."""
        _, bad, others = read_channels(path)
        known = path.subject in self._people or not self._people
        remarks = self._remarks if known else (*self._remarks, "participants.tsv has no line for this person")
        of_person = self._people.get(path.subject, {})
        used = {"onset", "duration", "sample", *self._targets.values(), *_STIMULI, *RESERVED, *of_person, ""}
        further = [name for name in (events[0].cells if events else ()) if name not in used]
        noted = typed_columns([event.cells for event in events], further)
        for event, stop, cells in zip(events, _stops(events), noted, strict=True):
            label = self._label(event)
            ratings = [column for name, column in self._targets.items() if name != "category"]
            if label or any(event.cells[column] for column in ratings):
                yield BidsTrial(
                    path=path,
                    subject=path.subject,
                    session=path.session or "1",
                    number=0,
                    event=event,
                    stop=stop,
                    label=label,
                    bad=bad,
                    others=others,
                    columns={**of_person, **cells},
                    remarks=remarks,
                )

    def _stimulus(self, event: EventRow) -> str:
        """What was shown; where texts stand for categories, each is a film of its own."""
        text = [self._targets["category"]] if self._meanings and "category" in self._targets else []
        return next(
            (event.cells[column] for column in (*_STIMULI[:2], *text, *_STIMULI[2:]) if event.cells.get(column)), ""
        )

    def _label(self, event: EventRow) -> str:
        text = event.cells[self._targets["category"]] if "category" in self._targets else ""
        if not self._meanings or not text:
            return text
        return next(
            (name for like, name in self._meanings.items() if fnmatchcase(text.casefold(), like.casefold())), ""
        )

    def _opened(self, trial: BidsTrial) -> Electrodes:
        try:
            return open_recording(trial.recording, self.layout, settings=_settings(trial))
        except MissingSites as error:
            if self._named is not None:
                raise
            wanted = f"{error.wanted}, as in the first recording"
            do = "read those that all recordings have: \"BIDS(layout='common')\""
            raise InputError(error.where, error.found, wanted, do) from error

    def _trial(self, trial: BidsTrial) -> Trial:
        whole = self._opened(trial)
        bad = {canonical(name) for name in trial.bad}
        marked = tuple(name for name in whole.names if name in whole.bad_channels or canonical(name) in bad)
        words = (f"bad by channels.tsv: {', '.join(marked)}" if marked else "", self._placed[1], *trial.remarks)
        typed = [text.replace("renamed to nothing", "of another type by channels.tsv") for text in whole.remarks]
        remarks = (*typed, *filter(None, words))
        sensors = find_sensors(trial.recording, types=trial.others) if self._peripheral else {}
        remarks = without_channels(remarks, [sensor.label for of_kind in sensors.values() for sensor in of_kind])
        streams: dict[str, Stream] = {"eeg": _cut(replace(whole, bad_channels=marked, remarks=remarks), trial)}
        streams |= {kind: _cut(sensor, trial) for kind, sensor in open_sensors(trial.recording, sensors).items()}
        return Trial(
            trial.subject,
            trial.session,
            trial.number,
            self._stimulus(trial.event),
            streams,
            target=self._target(trial),
            columns=trial.columns,
        )

    def _target(self, trial: BidsTrial) -> Target:
        category = self.task.categories.index(trial.label) if trial.label else MISSING_CATEGORY
        ratings = []
        for name, (low, high) in zip(self.task.dimensions, self.task.ranges, strict=True):
            rating = trial.event.number(self._targets[name])
            if not (np.isnan(rating) or low <= rating <= high):
                where = f"{trial.event.where}, column {self._targets[name]}"
                do = f"give the ends of the scale, as in BIDS(ranges={{{name!r}: (1, 9)}})"
                raise InputError(where, f"{rating:g}", f"{low:g} to {high:g}, the range of {name}", do)
            ratings.append(rating)
        return Target.of(category, tuple(ratings))


def _check_targets(targets: Mapping[str, str]) -> None:
    unknown = [name for name in targets if name != "category" and name not in DIMENSIONS]
    if unknown or not targets:
        wanted = f"columns by label: category, {', '.join(DIMENSIONS)}"
        raise InputError("BIDS, targets", ", ".join(map(repr, unknown)) or "nothing", wanted)


def _check_people(subjects: set[str], root: Path) -> None:
    """Refuse two people whose names differ in zeros only, such as sub-1 and sub-01: most often they are one."""
    known: dict[str, str] = {}
    for subject in sorted(subjects):
        earlier = known.setdefault(subject.lstrip("0") or "0", subject)
        if earlier != subject:
            wanted = "one name for each person (as two people they would stand on both sides of a split)"
            do = "move the recordings into one folder; of two people, call one otherwise"
            raise InputError(root, f"sub-{earlier} and sub-{subject}", wanted, do)


def _stops(events: Sequence[EventRow]) -> list[float]:
    """The second at which each event ends: an event without a duration ends where the next begins."""
    stops = []
    for event, later in pairwise([*events, None]):
        assert event is not None
        stops.append(event.onset + event.duration if event.duration else later.onset if later else np.inf)
    return stops


def _placed_in(trial: BidsTrial) -> tuple[Layout, str]:
    """The electrodes of a recording, and a sentence on where they are."""
    raw = open_raw(trial.recording)
    eeg, _, others = read_channels(trial.path)
    labels = [name for name in raw.ch_names if (name in eeg if eeg else name not in others)]
    placed, words = placed_layout(trial.path, labels)
    return placed or open_recording(trial.recording, settings=_settings(trial)).layout, words


def _settings(trial: BidsTrial) -> ChannelSettings:
    """Settings that leave out the channels of another type, as far as the recording has them."""
    settings = ChannelSettings(rename=dict.fromkeys(trial.others) or None)
    return settings.only(open_raw(trial.recording).ch_names)


def _cut(stream: Sampled, trial: BidsTrial) -> Sampled:
    """The stretch of a recording that an event is."""
    first = round(max(trial.event.onset, 0.0) * stream.rate)
    last = stream.n_samples if np.isinf(trial.stop) else round(trial.stop * stream.rate)
    if not first < last <= stream.n_samples + 0.5:
        found = f"{trial.event.onset:g} to {trial.stop:g} s of a recording of {stream.duration:g} s"
        raise InputError(trial.event.where, found, "an event inside the recording", "correct onset and duration")
    return stream.stretch(first, min(last, stream.n_samples))
