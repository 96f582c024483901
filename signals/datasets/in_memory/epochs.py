"""Epochs of MNE: each a trial, or a piece of the trial that their metadata name."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...files.channel_settings import ChannelSettings
from ...files.raw_file import RawFile
from ...files.recording_file import Timeline, UsedChannels, electrodes_of, joint_remarks, used_channels
from ...layouts.layout import Layout
from ...streams.electrodes import Electrodes
from ...streams.source import Source
from ...trials.dataset import Skipped
from ...trials.task import category_remarks
from ...trials.trial import Trial
from .columns import Columns
from .further import further_columns
from .labels import CATEGORY, Labels, Ranges
from .loaded import LoadedDataset, check_rate, check_rules, named_objects, samples_digest

WHERE = "Cache.from_epochs"
_IDENTITIES = ("subject", "session", "trial", "stimulus", "part")
_COUNTED = 10
"""Samples: events that usually lie closer than that count epochs, as MNE numbers those that nobody timed."""

UNTIMED = "events count the epochs and do not time them: where they lie in the recording is unknown, and so is overlap"
OFFSETS = "a baseline was subtracted from each epoch, so that one does not go on from the one before"


@dataclass(frozen=True)
class _EpochTrial:
    """Epochs that are one trial.

    Args:
        key: The object that they are of.
        subject, session: Whose they are.
        trial: Place in the session.
        epochs: Places of its epochs in the object, by time.
        rows: Their rows in the table of all objects.
    """

    key: str
    subject: str
    session: str
    trial: int
    epochs: tuple[int, ...]
    rows: tuple[int, ...]


class EpochTrials(LoadedDataset):
    """Trials of epochs that MNE holds; see ``Cache.from_epochs``.

    Args:
        epochs: MNE's objects by the subject's name, or in order.
        columns: The metadata's own name of a column by ours, as in ``{"subject": "participant"}``.
        targets: The column of each label.
        ranges: Lowest and highest rating by dimension; -1 to 1 where left out.
        layout: The electrodes; None for those of the first object.
        settings: What the user says about names, units and places of channels.
        name, simulated: What tables call it, and whether no person was recorded.

    Raises:
        InputError: Something is no ``Epochs``, nobody's, or a cell of the metadata is wrong.
    """

    name = "epochs"

    def __init__(
        self,
        epochs: Any,
        columns: Mapping[str, str] | None = None,
        targets: Mapping[str, str] | None = None,
        ranges: Ranges | None = None,
        layout: Layout | None = None,
        settings: ChannelSettings | None = None,
        name: str = "epochs",
        simulated: bool = False,
    ) -> None:
        super().__init__(WHERE, name, simulated)
        objects = named_objects(f"{WHERE}, epochs", epochs, _check_epochs)
        self._epochs = {key: _loaded(one) for key, one in objects.items()}
        self._columns = _table(self._epochs, isinstance(epochs, Mapping), dict(columns or {}))
        self._labels = Labels.of(self._columns, targets, ranges)
        self.task = self._labels.task
        self._layout, self._settings = layout, settings or ChannelSettings()
        check_rules(WHERE, self._settings, [name for one in self._epochs.values() for name in one.ch_names])
        self._used: dict[str, UsedChannels] = {}
        self._digests: dict[tuple[str, str, str], str] = {}
        self._trials = self._listed()
        self._check_shared()
        read, rows = (CATEGORY, *_IDENTITIES, *self._labels.named.values()), [trial.rows for trial in self._trials]
        further = further_columns(self._columns, read, rows, _IDENTITIES, argument="columns")
        self._further = dict(zip(rows, further.cells, strict=True))
        self._remarks = (*category_remarks(self._labels.categories), *further.remarks)

    def __iter__(self) -> Iterator[Trial]:
        """All trials, in the order of the objects; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._trials)

    @cached_property
    def layout(self) -> Layout:
        """The electrodes of all trials: those of the first object, where none were named."""
        return self._layout or self._channels(self._trials[0].key, None).layout

    def skipped(self) -> tuple[Skipped, ...]:
        """Epochs that MNE has dropped, by its reasons."""
        skipped = []
        for key, epochs in self._epochs.items():
            logs = [log for log in epochs.drop_log if log and "IGNORED" not in log]
            reasons = ", ".join(dict.fromkeys(reason for log in logs for reason in log))
            if logs:
                skipped.append(Skipped(Path(f"{len(logs)} epochs of {key}"), f"dropped by MNE: {reasons}"))
        return tuple(skipped)

    def _listed(self) -> list[_EpochTrial]:
        columns, seen, row = self._columns, Counter[tuple[str, str]](), 0
        pieces: dict[tuple[str, str, str, int], list[tuple[int, int]]] = {}
        for key, epochs in self._epochs.items():
            for place in range(len(epochs)):
                owner = columns.text(row, "subject"), columns.text(row, "session", "1")
                seen[owner] += 1
                number = columns.counted(row, "trial") if "trial" in columns else seen[owner]
                pieces.setdefault((key, *owner, number), []).append((place, row))
                row += 1
        trials = []
        for (key, subject, session, number), found in pieces.items():
            samples = self._epochs[key].events[:, 0]
            epochs, rows = zip(*sorted(found, key=lambda piece: int(samples[piece[0]])), strict=True)
            trials.append(_EpochTrial(key, subject, session, number, epochs, rows=rows))
        return trials

    def _check_shared(self) -> None:
        """Refuse epochs of two people, or of two sessions, that share samples of one object."""
        for key, epochs in self._epochs.items():
            owners = {place: one for one in self._trials if one.key == key for place in one.epochs}
            places = sorted(owners, key=lambda place: int(epochs.events[place, 0]))
            firsts, timed = _firsts(epochs, places)
            for (before, first), (after, second) in pairwise(zip(places, firsts, strict=True) if timed else ()):
                shared = first + len(epochs.times) - second
                who, other = owners[before], owners[after]
                if shared > 0 and (who.subject, who.session) != (other.subject, other.session):
                    one, same = epochs.get_data(picks=[0], item=[before, after], verbose="warning")[:, 0]
                    if np.array_equal(one[-shared:], same[:shared]):
                        found = f"samples that epochs {before} and {after} share, of {who.subject} and {other.subject}"
                        wanted = "epochs of one person and session where they overlap (else they would leak)"
                        raise InputError(f"{WHERE}, epochs {key}", found, wanted, "correct subject and session")

    def _trial(self, trial: _EpochTrial) -> Trial:
        layout = self._layout if trial.key == self._trials[0].key else self.layout
        stream, begins = self._stream(trial, self._channels(trial.key, layout))
        row = trial.rows[0]
        return Trial(
            subject=trial.subject,
            session=trial.session,
            trial=trial.trial,
            stimulus=self._columns.text(row, "stimulus", str(trial.trial)),
            streams={"eeg": stream},
            target=self._labels.target(trial.rows, begins),
            part=self._columns.text(row, "part", ""),
            columns=self._further[trial.rows],
        )

    def _channels(self, key: str, layout: Layout | None) -> UsedChannels:
        if key not in self._used:
            file = RawFile(raw=_RawLike(self._epochs[key]), header=None, notes=(), remarks=(), loaded=True)
            settings = self._settings.only(self._epochs[key].ch_names)
            self._used[key] = used_channels(f"{WHERE}, epochs {key}", file, layout, (), settings)
        return self._used[key]

    def _stream(self, trial: _EpochTrial, used: UsedChannels) -> tuple[Electrodes, list[float]]:
        """The electrodes of a trial, and the second at which each of its epochs begins."""
        epochs = self._epochs[trial.key]
        rate, baseline = float(epochs.info["sfreq"]), epochs.baseline is not None
        check_rate(f"{WHERE}, epochs {trial.key}", rate)
        firsts, timed = _firsts(epochs, trial.epochs)
        row = _in_a_row(firsts, len(epochs.times), apart=baseline or not timed)
        source = f"epochs {self._digest(trial, used)}, "
        source += f"samples {firsts[0]} to {firsts[0] + row.samples}" if timed else f"trial {trial.trial}"
        remarks = (
            *joint_remarks(len(row.joints)),
            *((OFFSETS,) if baseline and row.joints else ()),
            *(() if timed else (UNTIMED,)),
            *self._remarks,
        )
        stream = electrodes_of(
            RawFile(raw=_RawLike(epochs), header=None, notes=(), remarks=remarks),
            used,
            Timeline(rate, row.samples, joints=row.joints),
            EpochSamples(epochs, used, tuple(zip(trial.epochs, row.shared, strict=True))),
            Source(None, source, name=f"{WHERE}, epochs {trial.key}"),
        )
        return replace(stream, start=firsts[0] / rate), [(firsts[0] + begin) / rate for begin in row.begins]

    def _digest(self, trial: _EpochTrial, used: UsedChannels) -> str:
        """SHA-256 of all epochs of a trial's recording."""
        recording = (trial.key, trial.subject, trial.session)
        if recording not in self._digests:
            same = [one for one in self._trials if (one.key, one.subject, one.session) == recording]
            places = [place for one in same for place in one.epochs]
            self._digests[recording] = samples_digest(
                _microvolts(self._epochs[trial.key], used, [place])[0] for place in places
            )
        return self._digests[recording]


@dataclass(frozen=True, eq=False)
class EpochSamples:
    """A ``read`` over epochs in a row, (C, stop - start) float64 in microvolts.

    Args:
        epochs: MNE's object.
        used: Its channels that are read.
        pieces: Place of each epoch, and its first samples that the one before has already.
    """

    epochs: Any
    used: UsedChannels
    pieces: tuple[tuple[int, int], ...]

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``."""
        data = _microvolts(self.epochs, self.used, [place for place, _ in self.pieces])
        new = [epoch[:, shared:] for epoch, (_, shared) in zip(data, self.pieces, strict=True)]
        return np.concatenate(new, axis=1)[:, start:stop]


@dataclass(frozen=True)
class _Row:
    """Epochs in a row.

    Attributes:
        samples: Of all of them.
        shared: The first samples of each that the one before has already.
        begins: Where each begins.
        joints: Samples that do not follow on the one before.
    """

    samples: int
    shared: tuple[int, ...]
    begins: tuple[int, ...]
    joints: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class _RawLike:
    """What reading channels asks of a recording: names, types, and what else MNE knows."""

    epochs: Any

    @property
    def ch_names(self) -> list[str]:
        names: list[str] = self.epochs.ch_names
        return names

    @property
    def info(self) -> Any:
        return self.epochs.info

    def get_channel_types(self) -> list[str]:
        types: list[str] = self.epochs.get_channel_types()
        return types


def _firsts(epochs: Any, places: Sequence[int]) -> tuple[list[int], bool]:
    """The sample of the recording with which each of some epochs begins, and whether their events say so."""
    samples, length = epochs.events[:, 0], len(epochs.times)
    if len(samples) > 1 and np.median(np.diff(np.sort(samples))) < _COUNTED:
        return [(places[0] + number) * length for number in range(len(places))], False
    before = round(float(epochs.tmin) * float(epochs.info["sfreq"]))
    return [max(int(samples[place]) + before, 0) for place in places], True


def _in_a_row(firsts: Sequence[int], length: int, apart: bool) -> _Row:
    """Epochs of ``length`` samples as one stretch: what two share is taken once, a joint is where one does not go on.

    Args:
        firsts: The sample with which each begins, in order.
        length: Of each.
        apart: Whether even epochs that touch do not go on from one another.
    """
    shared, begins, joints = [], [], []
    total, end = 0, firsts[0]
    for first in firsts:
        if total and (apart or first > end):
            joints.append(total)
        shared.append(min(max(end - first, 0), length))
        begins.append(total)
        total += length - shared[-1]
        end = max(end, first + length)
    return _Row(total, tuple(shared), tuple(begins), tuple(dict.fromkeys(j for j in joints if j < total)))


def _microvolts(epochs: Any, used: UsedChannels, places: Sequence[int]) -> np.ndarray:
    """(E, C, n) microvolts of some epochs."""
    # the mask of MNE's own picking would count bad channels out
    data = epochs.get_data(picks=list(used.channels), item=list(places), verbose="warning") * 1e6
    factors = None if used.factors is None else np.array([used.factors[channel] for channel in used.channels])
    return np.asarray(data if factors is None else data * factors[:, None], float)


def _table(objects: Mapping[str, Any], by_subject: bool, ours: dict[str, str]) -> Columns:
    """The metadata of all objects with our names of columns; without, their events' names and whose they are."""
    rows: list[dict[str, Any]] = []
    for key, epochs in objects.items():
        names = {code: name for name, code in epochs.event_id.items()}
        metadata = [{}] * len(epochs) if epochs.metadata is None else _records(epochs.metadata, ours)
        for of_epoch, code in zip(metadata, epochs.events[:, 2].tolist(), strict=True):
            known = {"subject": key} if by_subject else {}
            rows.append({**known, CATEGORY: names.get(code, str(code)), **of_epoch})
    if not rows:
        raise InputError(WHERE, "no epochs", "one or more", "were all of them dropped?")
    columns = Columns.of(rows, f"{WHERE}, metadata")
    if "subject" not in columns:
        found = f"columns {', '.join(columns.values)}"
        do = "name it, as in columns={'subject': 'participant'}, or give epochs by subject, as in {'s1': epochs}"
        raise InputError(columns.where, found, "a column subject", do)
    return columns


def _records(metadata: Any, ours: Mapping[str, str]) -> list[dict[str, Any]]:
    table = Columns.of(metadata, f"{WHERE}, metadata")
    unknown = [name for name in ours if name not in _IDENTITIES]
    lost = [column for column in ours.values() if column not in table]
    if unknown or lost:
        found = f"columns {ours}"
        wanted = f"names among {', '.join(_IDENTITIES)}, and columns among {', '.join(table.values)}"
        raise InputError(WHERE, found, wanted, "correct the names")
    names = {theirs: name for name, theirs in ours.items()}
    by_name = {names.get(column, column): cells for column, cells in table.values.items()}
    return [{name: cells[row] for name, cells in by_name.items()} for row in range(table.rows)]


def _loaded(epochs: Any) -> Any:
    """The epochs with their samples in memory, those that MNE rejects dropped; the user's object stays as it is."""
    import mne

    if epochs.preload:
        return epochs
    with mne.use_log_level("warning"):
        return epochs.copy().load_data()


def _check_epochs(epochs: Any, where: str) -> None:
    import mne

    if isinstance(epochs, mne.io.BaseRaw):
        raise InputError(where, "a continuous recording", "epochs of MNE", "use Cache.from_raws")
    if not isinstance(epochs, mne.BaseEpochs):
        raise InputError(where, f"a {type(epochs).__name__}", "epochs of MNE, as mne.Epochs or mne.EpochsArray")
