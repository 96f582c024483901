"""EEG studies in the Brain Imaging Data Structure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import InputError
from ...files.channel_settings import ChannelSettings
from ...files.edf import EdfSignal, write_edf
from ...files.raw_file import open_raw
from ...files.recording_file import open_recording
from ...layouts.drawings import SCALP_19
from ...layouts.layout import Layout, canonical
from ...ordering import natural_order
from ...random_streams import RandomStream
from ...streams.peripheral import Sampled
from ...trials.dataset import Dataset
from ...trials.task import MISSING_CATEGORY, Target, Task
from ...trials.trial import Stream, Trial
from ..lookalikes.recordings import background, write_note
from ..peripheral_channels import find_sensors, open_sensors, without_channels
from .events_table import EventRow, read_events_table, read_table

SUFFIXES = (".edf", ".bdf", ".vhdr", ".set", ".fif")
DIMENSIONS = ("valence", "arousal", "dominance", "liking", "familiarity", "predictability")
_STIMULI = ("stim_file", "stimulus", "trial_type")
"""Columns that say what was shown; the first that an event has."""

_FAKE_RATE, _FAKE_SECONDS = 128, 6
Ranges = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class BidsTrial:
    """One event of one recording that is a trial.

    Args:
        recording: The file.
        subject, session, number: Identities.
        event: Its line.
        stop: Seconds at which it ends.
        bad: Channels that ``channels.tsv`` calls bad.
        others: Channels that it gives another type than EEG, and the type.
    """

    recording: Path
    subject: str
    session: str
    number: int
    event: EventRow
    stop: float
    bad: tuple[str, ...]
    others: Mapping[str, str]


class BIDS(Dataset):
    """A study in the Brain Imaging Data Structure: each event with a label, from ``events.tsv``, is a trial.

    An event lasts for its ``duration``; one without lasts until the next event of the recording, or its end. The
    stimulus is what ``stim_file``, ``stimulus`` or ``trial_type`` names. Channels that ``channels.tsv`` calls bad are
    marked bad, which the default recipe interpolates; those of another type than EEG are left out. Trials of a session
    are numbered through its runs. Sidecars are found as the standard says, also those that lie further up and hold for
    many recordings.

    Args:
        root: The folder with ``dataset_description.json``.
        task: The task whose recordings are read; None for all.
        targets: The column of ``events.tsv`` that holds each label: ``category``, and ratings such as ``valence``.
        ranges: Lowest and highest rating by dimension, as in ``{"valence": (1, 9)}``; -1 to 1 where it is not said.
        layout: The electrodes; None for those of the first recording.
        peripheral: Whether to read sensors on the body too, as far as a recording has them: streams ``ecg``, ``ppg``,
            ``gsr``, ``resp``, ``temp``, ``emg`` and ``eog``, known by ``channels.tsv`` or by their names.

    Raises:
        DatasetNotFound: There is no EEG recording.
        InputError: No recording has events, or none of them a label; a column is not there, a rating is no number or
            outside its range. Iterating: a recording cannot be opened, or ends before its event does.

    Source: C. R. Pernet et al., Scientific Data 6:103, 2019 (EEG-BIDS).
    """

    name = "BIDS"
    expects = "a folder with sub-*/eeg/sub-*_task-*_eeg.edf (.bdf, .vhdr, .set, .fif) and events.tsv"
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
        layout: Layout | None = None,
        peripheral: bool = False,
    ) -> None:
        super().__init__(root)
        self._peripheral = peripheral
        self._targets, self._layout = dict(targets or {"category": "trial_type"}), layout
        _check_targets(self._targets)
        self._trials = self._labelled(self._recordings(task))
        names = tuple(name for name in DIMENSIONS if name in self._targets)
        column = self._targets.get("category")
        labels = {trial.event.cells[column] for trial in self._trials} - {""} if column else set()
        ends = tuple((ranges or {}).get(name, (-1.0, 1.0)) for name in names)
        self.task = Task(tuple(sorted(labels, key=natural_order)), names, (), ends)

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject, session and run; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._trials)

    @cached_property
    def layout(self) -> Layout:
        """The electrodes of all trials: those of the first recording, where none were named."""
        first = self._trials[0]
        return self._layout or open_recording(first.recording, settings=_settings(first)).layout

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Three people, one with two runs; an EOG channel, a bad electrode, events without a label or a duration."""
        root = Path(root)
        write_note(root)
        described = {"Name": "simulated films", "BIDSVersion": "1.9.0", "DatasetType": "raw"}
        (root / "dataset_description.json").write_text(json.dumps(described), encoding="utf-8")
        people = "participant_id\tage\nsub-02\t31\nsub-1\t24\nsub-10\tn/a\n"
        (root / "participants.tsv").write_text(people, encoding="utf-8")
        channels = [f"{site}\tEEG\tµV\t{'bad' if site == 'Pz' else 'good'}" for site in SCALP_19.sites]
        table = "\n".join(["name\ttype\tunits\tstatus", *channels, "VEOG\tEOG\tµV\tn/a"])
        (root / "task-films_channels.tsv").write_text(f"{table}\n", encoding="utf-8")
        for subject, run in (("02", ""), ("1", "_run-1"), ("1", "_run-2"), ("10", "")):
            rng = RandomStream.LOOKALIKE_PART.rng(seed, int(subject), int(run[-1:] or 0))
            _write_fake_run(root / f"sub-{subject}" / "eeg", f"sub-{subject}_task-films{run}", rng)

    def _recordings(self, task: str | None) -> list[Any]:
        """Paths of the recordings, as ``mne_bids`` has them."""
        from mne_bids import find_matching_paths

        found = find_matching_paths(self.root, suffixes="eeg", extensions=list(SUFFIXES), datatypes="eeg")
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
        for path in recordings:
            events = _events(path)
            bad, others = _channels(path)
            for event, stop in zip(events, _stops(events), strict=True):
                self._check_columns(event)
                if not any(event.cells[column] for column in self._targets.values()):
                    continue
                identity = (path.subject, path.session or "1")
                numbers[identity] = numbers.get(identity, 0) + 1
                trials.append(BidsTrial(path.fpath, *identity, numbers[identity], event, stop, bad=bad, others=others))
        if not trials:
            columns = ", ".join(self._targets.values())
            do = "name the columns, as in BIDS(targets={'category': 'trial_type'})"
            raise InputError(self.root, f"no event with a value in {columns}", "events.tsv with labels", do)
        return trials

    def _check_columns(self, event: EventRow) -> None:
        lost = [column for column in self._targets.values() if column not in event.cells]
        if lost:
            found = f"columns {', '.join(event.cells)}"
            do = "name the columns, as in BIDS(targets={'category': 'trial_type'})"
            raise InputError(event.where.rpartition(":")[0], found, f"{', '.join(lost)} among them", do)

    def _trial(self, trial: BidsTrial) -> Trial:
        whole = open_recording(trial.recording, self.layout, settings=_settings(trial))
        bad = {canonical(name) for name in trial.bad}
        marked = tuple(name for name in whole.names if name in whole.bad_channels or canonical(name) in bad)
        remarks = (*whole.remarks, *((f"bad by channels.tsv: {', '.join(marked)}",) if marked else ()))
        sensors = find_sensors(trial.recording, types=trial.others) if self._peripheral else {}
        remarks = without_channels(remarks, [sensor.label for of_kind in sensors.values() for sensor in of_kind])
        streams: dict[str, Stream] = {"eeg": _cut(replace(whole, bad_channels=marked, remarks=remarks), trial)}
        streams |= {kind: _cut(sensor, trial) for kind, sensor in open_sensors(trial.recording, sensors).items()}
        return Trial(
            trial.subject, trial.session, trial.number, _stimulus(trial.event), streams, target=self._target(trial)
        )

    def _target(self, trial: BidsTrial) -> Target:
        label = trial.event.cells[self._targets["category"]] if "category" in self._targets else ""
        category = self.task.categories.index(label) if label else MISSING_CATEGORY
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


def _events(path: Any) -> list[EventRow]:
    """The events of a recording."""
    sidecar = path.find_matching_sidecar(suffix="events", extension=".tsv", on_error="ignore")
    if sidecar is None:
        do = "write one: trials come from it, with a column such as trial_type"
        raise InputError(path.fpath, "no events.tsv", "a table of events beside it", do)
    return read_events_table(Path(sidecar))


def _channels(path: Any) -> tuple[tuple[str, ...], dict[str, str]]:
    """Channels that are bad, and types of those that are no EEG, by the recording's ``channels.tsv``."""
    sidecar = path.find_matching_sidecar(suffix="channels", extension=".tsv", on_error="ignore")
    rows = read_table(Path(sidecar)) if sidecar is not None else []
    bad = tuple(row["name"] for row in rows if row.get("status", "").lower() == "bad")
    others = {row["name"]: row["type"] for row in rows if row.get("type", "EEG").upper() not in ("EEG", "")}
    return bad, others


def _stops(events: Sequence[EventRow]) -> list[float]:
    """The second at which each event ends: an event without a duration ends where the next begins."""
    stops = []
    for event, later in pairwise([*events, None]):
        assert event is not None
        stops.append(event.onset + event.duration if event.duration else later.onset if later else np.inf)
    return stops


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


def _stimulus(event: EventRow) -> str:
    return next((event.cells[column] for column in _STIMULI if event.cells.get(column)), "")


def _write_fake_run(folder: Path, stem: str, rng: np.random.Generator) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    data = background(rng, len(SCALP_19) + 1, 4 * _FAKE_SECONDS * _FAKE_RATE, _FAKE_RATE)
    labels = (*SCALP_19.sites, "VEOG")
    write_edf(folder / f"{stem}_eeg.edf", [EdfSignal(s, row, _FAKE_RATE) for s, row in zip(labels, data, strict=True)])
    lines = ["onset\tduration\ttrial_type\tstim_file\tvalence", "0\tn/a\tn/a\tn/a\tn/a"]
    for trial, (mood, valence) in enumerate((("happy", "0.8"), ("sad", "-0.6"), ("happy", "n/a"), ("sad", "-0.9"))):
        duration = _FAKE_SECONDS if trial < 3 else "n/a"  # the last one lasts until the recording ends
        lines.append(f"{trial * _FAKE_SECONDS}\t{duration}\t{mood}\tfilm_{trial + 1}.mp4\t{valence}")
    (folder / f"{stem}_events.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
