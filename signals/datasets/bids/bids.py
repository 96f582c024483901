"""EEG studies in the Brain Imaging Data Structure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import InputError
from ...files.channel_settings import KEYS, Units
from ...files.recording_file import has_eeg
from ...layouts.channel_names import MissingSites, Rename
from ...layouts.layout import Layout
from ...layouts.recording_layout import COMMON, common_layout
from ...ordering import natural_order
from ...streams.electrodes import Electrodes
from ...streams.peripheral import Sampled
from ...trials.dataset import Dataset, Skipped
from ...trials.further_columns import RESERVED, Cell, typed_columns
from ...trials.task import MISSING_CATEGORY, Target, Task, category_remarks, check_categories
from ...trials.trial import Stream, Trial
from ..peripheral_channels import Sensor, find_sensors, open_sensors, without_channels
from ..trial_table.channel_rules import find_channel_rules
from ..trial_table.lines import SETTINGS
from ..trial_table.settings import find_layout, find_ranges, read_settings
from .events_table import EventRow, read_events_table
from .lookalike import write_lookalike
from .sidecars import read_channels, read_people, sidecar_of
from .study_recording import StudyRecording

SUFFIXES = (".edf", ".bdf", ".vhdr", ".set", ".fif")
DIMENSIONS = ("valence", "arousal", "dominance", "liking", "familiarity", "predictability")
_STIMULI = ("stim_file", "stimulus", "trial_type")
"""Columns that say what was shown; the first that an event has."""

Ranges = Mapping[str, tuple[float, float]]

_LISTED = 5
"""Texts of events that a message names."""

_COLUMNS = "name the columns, as in BIDS(targets={'category': 'trial_type'})"


class _Lacking(InputError):
    """A recording has no events, or none with the columns that are asked for."""


@dataclass(frozen=True)
class BidsTrial:
    """One event of one recording that is a trial.

    Args:
        recording: With what stands beside it.
        subject, session, number: Identities.
        event: Its line.
        stop: Seconds at which it ends.
        label: Its category, empty where it has none.
        columns: What else is noted about it, by column.
        remarks: What is doubtful about it.
    """

    recording: StudyRecording
    subject: str
    session: str
    number: int
    event: EventRow
    stop: float
    label: str
    columns: Mapping[str, Cell] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


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
        rename: What to cut off the beginnings or ends of channel names, as in ``"-LE"``, or a name by channel, as in
            ``{"Ch1": "Fp1", "Ch2": None}``; None leaves a channel out. This and the next three go before the files and
            their sidecars, and may stand in ``trials.yaml`` in the study's folder, as ``ranges`` and ``layout`` may.
        units: What the numbers in the recordings are in, whatever headers and sidecars say: ``"uV"``, ``"mV"`` or
            ``"V"``, for all channels or by channel.
        montage: Where the electrodes are: MNE's name of a montage such as ``"biosemi64"``, or a file with positions.
        recordings: The last three for some of the recordings, by name or pattern, as in
            ``{"sub-0[34]*": {"units": "V"}}``.

    Raises:
        DatasetNotFound: There is no EEG recording.
        InputError: No recording has events, or none of them a label; a column is not there, a rating is no number or
            outside its range, or two people are called alike but for zeros. Iterating: a recording cannot be opened, or
            ends before its event does.

    Source: C. R. Pernet et al., Scientific Data 6:103, 2019 (EEG-BIDS).
    """

    name = "BIDS"
    expects = "a folder with sub-*/eeg/sub-*_task-*_eeg.edf (.bdf, .vhdr, .set, .fif) and events.tsv"
    signs = (r"(?i)sub-[^/]+/(ses-[^/]+/)?eeg/sub-[^/]+_eeg\.(edf|bdf|vhdr|set|fif)",)
    access = "Your own recordings."
    recipe: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "eeg": ("InterpolateBadChannels()", "MarkFlat()", "DifferentialEntropy()"),
        "eeg-raw": ("InterpolateBadChannels()", "MarkFlat()", "Resample(128.0)", "RawSlices()"),
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
        rename: Rename | None = None,
        units: Units | None = None,
        montage: str | None = None,
        recordings: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(root)
        self._peripheral = peripheral
        self._targets = dict(targets or {"category": "trial_type"})
        self._meanings = dict(meanings or {})
        _check_targets(self._targets)
        paths = self._recordings(task)
        _check_people({path.subject for path in paths}, self.root)
        of_call = {"rename": rename, "units": units, "montage": montage, "recordings": recordings}
        beside = self.root / SETTINGS
        read_settings(beside, (*KEYS, "recordings", "layout", "ranges"))
        self._rules = find_channel_rules(beside, tuple(Path(path.fpath) for path in paths), of_call)
        self._named = find_layout(beside, layout)
        if isinstance(self._named, Layout) and montage:
            raise InputError("BIDS", "layout and montage", "one of them", "leave one out")
        self._people, self._remarks = read_people(self.root)
        self._left_out: list[Skipped] = []
        self._unmeant: Counter[str] = Counter()
        self._trials = self._labelled(paths)
        names = tuple(name for name in DIMENSIONS if name in self._targets)
        labels = {trial.label for trial in self._trials} - {""}
        if "category" in self._targets:
            self._check_categories()
        self._doubts = tuple(category_remarks(trial.label for trial in self._trials))
        categories = tuple(sorted(labels, key=natural_order))
        self.task = Task(categories, names, (), find_ranges(beside, ranges, names, "BIDS"))

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject, session and run; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._trials)

    def skipped(self) -> tuple[Skipped, ...]:
        """Recordings whose events give no trial, and folders that hold no raw data."""
        others = (self.root / name for name in ("derivatives", "sourcedata") if (self.root / name).is_dir())
        unmeant = [f"{text} ({count})" for text, count in self._unmeant.most_common(_LISTED)]
        more = len(self._unmeant) - len(unmeant)
        listed = f"{', '.join(unmeant)}{f' and {more} more' if more else ''}"
        events = [Skipped(self.root, f"events that no meaning fits: {listed}")] if unmeant else []
        return (*self._left_out, *events, *(Skipped(folder, "not read: no raw data of the study") for folder in others))

    @cached_property
    def layout(self) -> Layout:
        """The electrodes of all trials: those of the first recording, where none were named.

        Raises:
            InputError: Those that all recordings have were asked for, and there are none.
        """
        if isinstance(self._named, Layout):
            return self._named
        if self._named != COMMON:
            first = next((trial for trial in self._trials if not self._sensors_alone(trial)), self._trials[0])
            return first.recording.layout()
        return common_layout(self.root, [*self._layouts()])

    def _layouts(self) -> Iterator[Layout]:
        """The electrodes of each recording; one that cannot be opened says so where its trials are."""
        first_of = {trial.recording.file: trial.recording for trial in reversed(self._trials)}
        for number, recording in enumerate(reversed(first_of.values())):
            try:
                yield recording.layout()
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

        written = {file.suffix for file in self.root.glob("sub-*/**/*_eeg.*")}  # in capitals too
        suffixes = sorted(suffix for suffix in written if suffix.lower() in SUFFIXES) or list(SUFFIXES)
        paths = find_matching_paths(self.root, suffixes="eeg", extensions=suffixes, datatypes="eeg")
        # folders such as derivatives hold what was made of the study, under the same names
        found = [path for path in paths if path.fpath.relative_to(self.root).parts[0].startswith("sub-")]
        if not found:
            raise self.not_found(f"no EEG recording{_study_near(self.root)}")
        tasks = sorted({path.task for path in found if path.task})
        if task is not None and task not in tasks:
            wanted = f"one of {', '.join(tasks) or 'none'}"
            raise InputError(self.root, f"no recording of task {task!r}", wanted, "name a task that is there, or none")
        recordings = [path for path in found if task is None or path.task == task]
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

    def _check_categories(self) -> None:
        column, labels = self._targets["category"], [trial.label for trial in self._trials]
        do = f"name another column, as in BIDS(targets={{'category': 'stim_file'}}), not {column}"
        if self._meanings:
            others = [f"{text} ({count} events)" for text, count in self._unmeant.most_common(_LISTED)]
            listed = f": without a meaning are {', '.join(others)}" if others else ""
            do = f"give meanings to more texts{listed}"
        check_categories(f"{self.root}, column {column} of events.tsv", labels, do, len(self._targets) - 1)

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
        recording = StudyRecording(path, read_channels(path), self._rules)
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
                    recording=recording,
                    subject=path.subject,
                    session=path.session or "1",
                    number=0,
                    event=event,
                    stop=stop,
                    label=label,
                    columns={**of_person, **cells},
                    remarks=(*remarks, *_doubts(event)),
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
        fitting = {like: name for like, name in self._meanings.items() if fnmatchcase(text.casefold(), like.casefold())}
        if len(set(fitting.values())) > 1:
            found = f"{text!r}, which fits {' and '.join(f'{like!r} ({name})' for like, name in fitting.items())}"
            where = f"{event.where}, column {self._targets['category']}"
            raise InputError(where, found, "one of the meanings", "make the patterns in meanings narrower")
        if not fitting:
            self._unmeant[text] += 1
        return next(iter(fitting.values()), "")

    def _opened(self, trial: BidsTrial) -> Electrodes:
        try:
            return trial.recording.opened(self.layout, isinstance(self._named, Layout))
        except MissingSites as error:
            if self._named is not None:
                raise
            wanted = f"{error.wanted}, as in the first recording"
            do = "read those that all recordings have: \"BIDS(layout='common')\""
            raise InputError(error.where, error.found, wanted, do) from error

    def _trial(self, trial: BidsTrial) -> Trial:
        recording, said = trial.recording, (*trial.remarks, *self._doubts)
        sensors = self._sensors(trial)
        streams: dict[str, Stream] = {}
        if not self._sensors_alone(trial):
            whole = self._opened(trial)
            remarks = (*whole.remarks, *self._lacking_places(recording), *said)
            read = [sensor.label for of_kind in sensors.values() for sensor in of_kind]
            streams["eeg"], said = _cut(replace(whole, remarks=without_channels(remarks, read)), trial), ()
        for kind, sensor in open_sensors(recording.file, sensors).items():
            streams[kind] = _cut(replace(sensor, remarks=(*sensor.remarks, *said)), trial)
        return Trial(
            trial.subject,
            trial.session,
            trial.number,
            self._stimulus(trial.event),
            streams,
            target=self._target(trial),
            columns=trial.columns,
        )

    def _sensors(self, trial: BidsTrial) -> dict[str, list[Sensor]]:
        recording = trial.recording
        return find_sensors(recording.file, recording.stated, recording.table.others) if self._peripheral else {}

    def _sensors_alone(self, trial: BidsTrial) -> bool:
        """Whether of a trial's recording nothing but sensors on the body is read."""
        return bool(self._sensors(trial)) and not has_eeg(trial.recording.file, trial.recording.settings)

    def _lacking_places(self, recording: StudyRecording) -> Iterator[str]:
        """A sentence where another recording's table says where the electrodes of this one are."""
        if self._named is None and recording.electrodes is None and self._trials[0].recording.by_table:
            yield "no electrodes.tsv: electrodes are where that of the first recording says"

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


def _study_near(root: Path) -> str:
    """Where the study is of which ``root`` is a part, or that it holds, in words; empty where none is near."""
    around = root.resolve()
    part = next((folder for folder in (around, *around.parents) if folder.name.startswith("sub-")), None)
    if part is not None:
        above = next((folder for folder in part.parents if not folder.name.startswith(("sub-", "ses-"))), part.parent)
        return f": it is a part of the study in {above}"
    inside = [folder for folder in sorted(root.iterdir()) if folder.is_dir() and any(folder.glob("sub-*"))]
    if inside:
        more = f" and {len(inside) - 1} more" if len(inside) > 1 else ""
        return f", but a study inside: {inside[0]}{more}"
    return ""


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


def _doubts(event: EventRow) -> Iterator[str]:
    """Sentences on an event whose ends are not those that the table has."""
    if event.onset < 0:
        yield "events that begin before the recording (onset below 0) are cut at its first sample"
    if not event.duration:
        yield "events without a duration (n/a, 0 or less) last until the next event of the recording, or its end"


def _stops(events: Sequence[EventRow]) -> list[float]:
    """The second at which each event ends: an event without a duration ends where the next begins."""
    stops = []
    for event, later in pairwise([*events, None]):
        assert event is not None
        stops.append(event.onset + event.duration if event.duration else later.onset if later else np.inf)
    return stops


def _cut(stream: Sampled, trial: BidsTrial) -> Sampled:
    """The stretch of a recording that an event is."""
    behind = stream.n_samples + 1.0  # whatever lies further behind the end is no nearer to it
    first = round(min(max(trial.event.onset, 0.0) * stream.rate, behind))
    last = stream.n_samples if np.isinf(trial.stop) else round(min(trial.stop * stream.rate, behind))
    if not first < last <= stream.n_samples + 0.5:
        found = f"{trial.event.onset:g} to {trial.stop:g} s of a recording of {stream.duration:g} s"
        raise InputError(trial.event.where, found, "an event inside the recording", "correct onset and duration")
    return stream.stretch(first, min(last, stream.n_samples))
