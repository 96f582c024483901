"""A lab's own recordings: a CSV with one line a trial, beside EEG that MNE reads and video that FFmpeg reads."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ...errors import InputError
from ...files.channel_settings import Units
from ...files.edf import EdfSignal, write_edf
from ...files.pictures.picture_folder import open_face
from ...files.recorded_at import together
from ...files.recording_file import has_eeg, open_recording
from ...layouts.channel_names import MissingSites, Rename
from ...layouts.drawings import SCALP_19
from ...layouts.layout import Layout
from ...layouts.recording_layout import COMMON, common_layout
from ...ordering import natural_order
from ...random_streams import RandomStream
from ...streams.clock import Clock
from ...streams.electrodes import Electrodes
from ...streams.features import Features
from ...streams.peripheral import Sampled
from ...streams.video import Video
from ...trials.dataset import Dataset, Skipped, read_note
from ...trials.task import MISSING_CATEGORY, Target, Task, category_remarks, check_categories
from ...trials.trial import Stream, Trial
from ..lookalikes.drawn_face import face_picture
from ..lookalikes.recordings import background, write_note, write_video
from ..peripheral_channels import Sensor, find_sensors, open_sensors, without_channels
from .channel_rules import find_channel_rules
from .event_trials import trials_of_events
from .events import SessionEvents, read_shared_events
from .face_features import common_features, features_of, with_feature_tables
from .joined_tables import with_tables
from .label_series import gap_remarks, labels_along, names_along
from .lines import SETTINGS, Table, column_names, read_table, table_in
from .rows import CAMERA, DIMENSIONS, STREAMS, TrialRow, check_renamed, further_remarks, is_unit, read_rows
from .settings import (
    check_ratings,
    find_columns,
    find_events,
    find_features,
    find_layout,
    find_ranges,
    find_rate,
    find_tables,
)

SAME_SECONDS = "the table gives both files the same seconds"
_FAKE_SECONDS, _FAKE_RATE, _FAKE_FRAMES = 12, 128, 4  # of a trial; samples and pictures a second
Camera = TypeVar("Camera", Video, Features)
_FAKE_CLOCKS = {3: Clock(0.137, 0.040 / 60)}  # whose camera has a clock of its own


class TrialTable(Dataset):
    """Trials listed in a CSV: ``subject,session,trial,stimulus,eeg,face,start,stop`` and columns of labels.

    ``eeg`` is a path from the table's folder to any file that MNE reads, ``face`` to any video that FFmpeg reads, or to
    pictures: one, a folder of them, or a pattern such as ``frames/%04d.png``; one of the two columns is enough.
    Pictures have the numbers of their names for a clock, ``rate`` of them a second. ``start`` and ``stop`` are seconds
    on the session clock, which is that of the EEG where there is one; empty means beginning and end of each. Instead of
    seconds they may name an event of the EEG: ``trigger 7``, ``trigger 7 #2`` for the second of them, or ``note clip
    starts``; ``stop`` may also be ``next`` (the next event), ``end`` (of the annotation that begins the trial) or
    ``+60`` (seconds behind the start). ``stimulus`` names what was shown, equal for all who saw it. Cells are parted by
    commas, or by semicolons or tabs; numbers in such a table may have a decimal comma. A column that the lab calls
    otherwise is named as ``columns``, or in ``trials.yaml`` beside the table, as in ``columns: {subject: VP}``. Labels
    are ``category`` (any names), ``valence``, ``arousal``, ``dominance``, ``liking``, ``familiarity``,
    ``predictability`` (numbers, kept as they are) and ``au1``, ``au2``, ... (0 to 1); an empty cell is a missing label.
    Labels that change along a trial stand in a table of their own, named in the column ``labels``: ``time`` in seconds
    on the session clock, and any of the ratings and units. A row holds until the next one; longer gaps have no label.

    Any other column, such as age, sex or site, is kept as a column of the cache. Where events of the recordings begin
    the trials, the table has a line for each recording, and ``trials.yaml`` says which events, as in ``events: {film:
    "S 1*", until: next}`` (or ``end``, ``+60``, or what the ending event looks like). What the films are stands in a
    table of its own then, joined by the column that both have: ``tables: films.csv``.

    Ratings lie in -1 to 1 unless the ends of their scale are given: as ``ranges``, or in ``trials.yaml`` beside the
    table, as in ``ranges: {valence: [1, 9], arousal: [1, 9]}``. Networks see every scale as -1 to 1; tables and
    predictions are in its own units.

    Where EEG and video come from different devices, ``events.csv`` beside the table lists what both have seen:
    ``subject,session,event,eeg,face``, the last two in seconds of either recording's own clock. Instead of seconds,
    ``eeg`` may name a trigger (``trigger 7``, or ``trigger 7 #2`` for the second of them) or an annotation
    (``note clip starts``) of the recording. A straight line through a session's events brings its video onto the EEG's
    clock, and it is cut there; such a session has one EEG recording and one video. Without ``events.csv``, ``start``
    and ``stop`` are the same seconds in both files, and nobody can know whether the two drift apart.

    Args:
        root: The CSV, or a folder that holds it as ``trials.csv``.
        layout: The electrodes to read, or the name of a drawing such as ``"scalp-32"``, or ``"common"`` for those that
            all recordings have; None takes those of the first recording (see ``open_recording``). ``trials.yaml`` may
            name it too, as in ``layout: common``.
        also: Further channels to read, such as mastoids for a re-reference.
        ranges: Lowest and highest rating by dimension, as in ``{"valence": (1, 9)}``; this and what follows win over
            the same key of ``trials.yaml``.
        rename: What to cut off the beginnings or ends of channel names, as in ``"-LE"``, or a name by channel, as in
            ``{"Ch1": "Fp1", "Ch2": None}``; None leaves a channel out.
        units: What the numbers in the recordings are in, whatever their headers say: ``"uV"``, ``"mV"`` or ``"V"``, for
            all channels or by channel.
        montage: Where the electrodes are: MNE's name of a montage such as ``"biosemi64"``, or a file with positions.
        recordings: The last three for some of the recordings, by name or pattern, as in
            ``{"s[34].edf": {"units": "V"}}``.
        columns: The table's own name of a column by ours, as in ``{"subject": "VP"}``; wins over ``trials.yaml``.
        events: The column that gets the text of the events that begin trials, what they look like, and what ends a
            trial, as in ``{"film": "S 1*", "until": "next"}``: the table is then a list of recordings.
        tables: Further tables with columns of trials, joined by the columns that they share with the first.
        features: A folder with tables of OpenFace or py-feat that are called as the videos are, for all trials.
        rate: Pictures a second of faces in picture files whose line has no ``rate``; None assumes 30 and says so.
        peripheral: Whether to read channels of sensors on the body too, as far as a recording has them: streams
            ``ecg``, ``ppg``, ``gsr``, ``resp``, ``temp``, ``emg`` and ``eog``, known by MNE's types or by their names.

    Raises:
        DatasetNotFound: There is no table.
        InputError: A line is wrong (names file, line and column), a rating lies outside its range, a range is none or
            of no dimension, the rate is none, ``trials.yaml`` is damaged, a rule about channels is none or of no
            recording, events are missing or nobody's, or ``layout`` is no drawing.
            Iterating: a recording cannot be opened or ends before the trial does, EEG and video of a trial
            share no moment, a trigger is not there once, or a clock runs backwards.
    """

    name = "trial table"
    expects = "a CSV, or a folder with trials.csv"
    signs = (r"(?i)trials\.csv",)
    access = "Your own recordings."

    def __init__(
        self,
        root: str | Path,
        layout: Layout | str | None = None,
        also: Sequence[str] = (),
        ranges: Mapping[str, tuple[float, float]] | None = None,
        rename: Rename | None = None,
        units: Units | None = None,
        montage: str | None = None,
        recordings: Mapping[str, Mapping[str, Any]] | None = None,
        columns: Mapping[str, str] | None = None,
        events: Mapping[str, Any] | None = None,
        tables: str | Sequence[str] | None = None,
        features: str | None = None,
        rate: float | None = None,
        peripheral: bool = False,
    ) -> None:
        super().__init__(root)
        self.path = table_in(self.root) if self.root.is_dir() else self.root
        if not self.path.is_file():
            raise self.not_found(f"no trials.csv{_other_tables(self.root)}")
        table = self._table(find_columns(self.path, columns), events, tables, features)
        labelled, rows = read_rows(table)
        usual = find_rate(self.path, rate)
        rows = tuple(row if row.rate else replace(row, rate=usual) for row in rows)
        categories = tuple(sorted({row.category for row in rows} - {""}, key=natural_order))
        self._labelled, along = labelled, names_along(rows)
        dimensions = tuple(dict.fromkeys((*labelled.dimensions, *(name for name in DIMENSIONS if name in along))))
        action_units = tuple(dict.fromkeys((*labelled.units, *sorted(filter(is_unit, along), key=natural_order))))
        all_ranges = find_ranges(self.path, ranges, dimensions)
        check_ratings(rows, labelled.dimensions, all_ranges[: len(labelled.dimensions)])
        self._check_categories([row.category for row in rows], len(dimensions) + len(action_units))
        self.task = Task(categories, dimensions, action_units, all_ranges)
        self.simulated = bool(read_note(self.path.parent))
        self._rows = sorted(rows, key=lambda row: (*map(natural_order, (row.subject, row.session)), row.trial))
        self._named, self._also = find_layout(self.path, layout), tuple(also)
        of_call = {"rename": rename, "units": units, "montage": montage, "recordings": recordings}
        files = dict.fromkeys(row.files["eeg"] for row in self._rows if "eeg" in row.files)
        self._channels = find_channel_rules(self.path, tuple(files), of_call)
        if isinstance(self._named, Layout) and montage:
            raise InputError("TrialTable", "layout and montage", "one of them", "leave one out")
        kinds: dict[tuple[str, str], set[str]] = {}
        for row in rows:
            kinds.setdefault(row.recording, set()).update(row.files)
        self._both = {recording for recording, known in kinds.items() if "eeg" in known and len(known) > 1}
        self._features = common_features(rows)
        self._remarks = (*category_remarks(row.category for row in rows), *further_remarks(labelled, rows))
        self._events = _shared_events(self.path.with_name("events.csv"), labelled.streams, rows)
        self._sensors = {file: self._sensors_of(file) for file in files} if peripheral else {}
        if peripheral and not any(self._sensors.values()):
            found = f"no channel of a sensor in {len(files)} recordings"
            do = "name it, as in rename: {Ch65: GSR} in trials.yaml, or read none: peripheral=False"
            raise InputError(self.path, found, "channels such as ECG, GSR, RESP, TEMP, EMG or EOG", do)

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject, session and trial; after an ``InputError`` the next call goes on behind it."""
        found: tuple[TrialRow | InputError, ...] = (*self._rows, *self._broken)
        return map(self._opened_trial, found)

    def skipped(self) -> tuple[Skipped, ...]:
        """Recordings in which no event begins a trial, and events that are none."""
        return self._skipped

    @cached_property
    def layout(self) -> Layout:
        """The electrodes of every trial that has EEG.

        Raises:
            InputError: No trial has, or the recordings share no electrodes.
        """
        named = dict.fromkeys(row.files["eeg"] for row in self._rows if "eeg" in row.files)
        files = [file for file in named if not self._sensors_alone(file)]
        if not files:
            raise InputError(self.path, "no EEG in any trial", "a recording in column eeg", "ask for no electrodes")
        if self._named == COMMON:
            return common_layout(self.path, [*self._layouts(files)])
        return self._named if isinstance(self._named, Layout) else self._opened(files[0], None).layout

    def _layouts(self, files: Sequence[Path]) -> Iterator[Layout]:
        """The electrodes of each recording; one that cannot be opened says so where its trials are."""
        for number, file in enumerate(files):
            try:
                yield self._opened(file, None).layout
            except InputError:
                if not number:
                    raise

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """A table of four people, four trials each in an EDF and an MP4 a person; a label and a rating are missing.

        The camera of person 3 starts 137 ms after the EEG, which gains 40 ms on it in each of its minutes.
        """
        root = Path(root)
        write_note(root)
        lines = ["subject,session,trial,stimulus,eeg,face,start,stop,category,valence,arousal"]
        events = ["subject,session,event,eeg,face"]
        for subject in (1, 2, 3, 10):
            rng, clock = RandomStream.LOOKALIKE.rng(seed, subject), _FAKE_CLOCKS.get(subject, Clock())
            _write_recording(root / f"s{subject}.edf", rng, "clips start")
            _write_face(root / f"s{subject}.mp4", int(rng.integers(1 << 30)), clock)
            lines += [_line(subject, trial) for trial in range(1, 5)]
            events += [_event(subject, trial, clock) for trial in range(1, 5)]
        lines[-1] = lines[-1].replace("calm,-0.5", ",")
        events.insert(1, "1,1,clips start,note clips start,0")
        (root / "trials.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (root / "events.csv").write_text("\n".join(events) + "\n", encoding="utf-8")

    def _table(self, renamed: Mapping[str, str], events: object, tables: object, features: object) -> Table:
        """The table of trials, from events where they begin them, with the columns of further tables."""
        table, rule, further = (
            read_table(self.path, "trial", renamed),
            find_events(self.path, events),
            find_tables(self.path, tables),
        )
        self._rule, self._renamed = rule, renamed
        self._skipped: tuple[Skipped, ...] = ()
        self._broken: tuple[InputError, ...] = ()
        if rule is not None:
            from_events = trials_of_events(table, rule)
            table, self._skipped, self._broken = from_events.table, from_events.skipped, from_events.broken
        check_renamed(self.path, renamed, [column_names(path) for path in (self.path, *further)])
        table = with_tables(table, further, renamed)
        folder = find_features(self.path, features)
        return with_feature_tables(table, folder) if folder else table

    def _check_categories(self, categories: Sequence[str], others: int) -> None:
        theirs = self._renamed.get("category", "category")
        do = f"correct the column, name another one as columns: {{category: ...}} in {SETTINGS}, or "
        do += "leave it out: the ratings are predicted then" if others else "add trials of another category"
        if self._rule is not None and self._rule.column == "category":
            do = f"name events of two categories, as in events: {{category: [happy, sad]}} in {SETTINGS}"
            if self._skipped:
                left, more = self._skipped[0], len(self._skipped) - 1
                others_left = f", and {more} more" if more else ""
                do = f"left out were {left.path.name}, {left.reason}{others_left}; {do}, or another until"
        check_categories(f"{self.path}, column {theirs}", categories, do, others)

    def _opened_trial(self, row: TrialRow | InputError) -> Trial:
        if isinstance(row, InputError):
            raise row
        return self._trial(row)

    def _trial(self, row: TrialRow) -> Trial:
        streams: dict[str, Stream] = {}
        if "eeg" in row.files:
            if not self._sensors_alone(row.files["eeg"]):
                streams["eeg"] = _cut(self._opened(row.files["eeg"], self.layout), row)
            sensors = open_sensors(row.files["eeg"], self._sensors.get(row.files["eeg"], {}))
            streams |= {kind: _cut(sensor, row) for kind, sensor in sensors.items()}
        video = open_face(row.files["face"], row.rate) if "face" in row.files else None
        if video is not None:
            streams["face"] = _cut_camera(video.on(self._clock(row)), row, "face")
        if "features" in row.files:
            table = features_of(row.files["features"], self._features, video)
            streams["features"] = _cut_camera(table.on(self._clock(row)), row, "features")
        if "eeg" in row.files and row.recording not in self._events:
            doubt = f"no events.csv: {SAME_SECONDS}, and whether their clocks agree is unknown"
            for name in streams.keys() & set(CAMERA):
                streams[name] = replace(streams[name], remarks=(*streams[name].remarks, doubt))
        _check_shared(streams, row)
        remarks = (*self._remarks, *row.remarks, *gap_remarks(row, *_span(next(iter(streams.values())))))
        for name in streams.keys() & set(STREAMS) or streams.keys():
            streams[name] = replace(streams[name], remarks=(*streams[name].remarks, *remarks))
        return Trial(
            subject=row.subject,
            session=row.session,
            trial=row.trial,
            stimulus=row.stimulus,
            streams=streams,
            target=self._target(row),
            columns=row.columns,
        )

    def _opened(self, file: Path, layout: Layout | None) -> Electrodes:
        try:
            whole = open_recording(file, layout, self._also, self._channels.of(file))
        except MissingSites as error:
            if self._named is not None:
                raise
            wanted = f"{error.wanted}, as in the first recording"
            ways = "those that all recordings have, \"TrialTable(layout='common')\" or layout: common in trials.yaml"
            raise InputError(error.where, error.found, wanted, f"read {ways}; or {error.do}") from error
        read = [sensor.label for of_kind in self._sensors.get(file, {}).values() for sensor in of_kind]
        return replace(whole, remarks=without_channels(whole.remarks, read)) if read else whole

    def _sensors_alone(self, file: Path) -> bool:
        """Whether of a recording nothing but sensors on the body is read."""
        return bool(self._sensors.get(file)) and not has_eeg(file, self._channels.of(file))

    def _sensors_of(self, file: Path) -> dict[str, list[Sensor]]:
        """The channels of sensors in a recording; none in one that cannot be opened, which its trials will say."""
        try:
            return find_sensors(file, self._channels.of(file))
        except InputError:
            return {}

    def _clock(self, row: TrialRow) -> Clock:
        """From the seconds of the trial's video to those of the session."""
        if row.recording in self._events:
            return self._events[row.recording].clock
        if row.recording not in self._both:
            return Clock()
        both = "eeg" in row.files and "face" in row.files
        dates = f"; {together(row.files['eeg'], row.files['face'])}" if both else ""
        return Clock.fixed(0.0, f"{SAME_SECONDS}{dates}")

    def _target(self, row: TrialRow) -> Target:
        category = self.task.categories.index(row.category) if row.category else MISSING_CATEGORY
        of_trial = dict(zip(self._labelled.dimensions, row.dimensions, strict=True))
        of_trial |= zip(self._labelled.units, row.units, strict=True)
        along, times = labels_along(row, of_trial, self.task) if row.labels else ({}, None)
        shape = 1 if times is None else len(times)

        def columns(names: Sequence[str]) -> np.ndarray:
            values = [np.broadcast_to(along.get(name, of_trial.get(name, np.nan)), shape) for name in names]
            return np.array(values, float).reshape(len(names), shape).T

        units = columns(self.task.units).astype(np.float32)
        return Target(np.full(shape, category, np.int16), columns(self.task.dimensions), units, times)


def _other_tables(root: Path) -> str:
    """CSV files of other names, one of which may be the table, in words."""
    others = sorted(file.name for file in root.glob("*.csv") if file.name != "events.csv")
    return f", but {', '.join(others[:3])}: if it is the table, name it in place of the folder" if others else ""


def _span(stream: Stream) -> tuple[float, float]:
    """First and last second of a trial's stream on the session clock."""
    start = float(stream.times[0]) if isinstance(stream, Video) else stream.start
    return start, start + (stream.seconds if isinstance(stream, Features) else stream.duration)


def _shared_events(
    path: Path, streams: Sequence[str], rows: Sequence[TrialRow]
) -> dict[tuple[str, str], SessionEvents]:
    """The events in ``path``, if it is there and the table has both columns: one stream alone needs no second clock."""
    both = "eeg" in streams and set(CAMERA) & set(streams)
    return read_shared_events(path, rows) if path.is_file() and both else {}


def _cut(stream: Sampled, row: TrialRow) -> Sampled:
    """The stretch of ``stream`` that belongs to the trial."""
    start = max(row.start, 0.0)
    first = round(start * stream.rate)
    wanted_end = min(row.stop, stream.duration + 1) * stream.rate  # empty is without end
    # half a sample is none: seconds are rounded, and so are rates
    beyond = math.isfinite(row.stop) and wanted_end > stream.n_samples + 0.5 + 1e-6
    last = min(round(wanted_end), stream.n_samples)
    if beyond or not first < last:
        found = f"{start:g} to {row.stop:g} s of a recording of {stream.duration:g} s ({row.files['eeg'].name})"
        wanted = "a stretch inside the recording"
        raise InputError(row.where, found, wanted, "correct start and stop, or was the recording cut?")
    return stream.stretch(first, last)


def _cut_camera(stream: Camera, row: TrialRow, name: str) -> Camera:
    """The frames of ``stream``, which is on the session clock, that belong to the trial."""
    end = _span(stream)[1]
    if math.isfinite(row.stop) and row.stop > end + stream.step:
        what = "video" if name == "face" else "table of features"
        raise InputError(
            row.where,
            f"{max(row.start, 0.0):g} to {row.stop:g} s of a {what} that ends at {end:g} s ({row.files[name].name})",
            f"a stretch inside the {what}",
            f"correct start and stop, or was the {what} cut?",
        )
    return stream.between(row.start, row.stop)


def _check_shared(streams: Mapping[str, Stream], row: TrialRow) -> None:
    if "eeg" not in streams:
        return
    start, stop = _span(streams["eeg"])
    for name in streams.keys() - {"eeg"}:
        first, last = _span(streams[name])
        if first >= stop or last <= start:
            raise InputError(
                row.where,
                f"EEG from {start:g} to {stop:g} s and {name} from {first:g} to {last:g} s of the same clock",
                "streams that share some of the trial",
                "correct start and stop or the shared events, or leave one out",
            )


def _line(subject: int, trial: int) -> str:
    begin = (trial - 1) * _FAKE_SECONDS
    labels = ("happy,0.8,0.6", "sad,-0.7,-0.3", "angry,-0.8,0.7", "calm,-0.5,-0.8")[trial - 1]
    return f"{subject},1,{trial},clip {trial},s{subject}.edf,s{subject}.mp4,{begin},{begin + _FAKE_SECONDS},{labels}"


def _event(subject: int, trial: int, clock: Clock) -> str:
    """A clap in the middle of a trial, which the EEG and the video have both seen."""
    eeg = (trial - 0.5) * _FAKE_SECONDS
    return f"{subject},1,clap {trial},{eeg:g},{float(clock.device(np.array(eeg))):.6f}"


def _write_face(path: Path, shape: int, clock: Clock) -> None:
    """A face that shows each trial's mood while the session clock is in it."""
    times = clock.session(np.arange(4 * _FAKE_SECONDS * _FAKE_FRAMES) / _FAKE_FRAMES)
    pictures = [face_picture(np.random.default_rng(shape), (64, 80), mood) for mood in (0.8, -0.7, -0.8, 0.2)]
    trials = np.minimum(times // _FAKE_SECONDS, 3).astype(int)
    write_video(path, (pictures[trial] for trial in trials), _FAKE_FRAMES)


def _write_recording(path: Path, rng: np.random.Generator, note: str) -> None:
    data = background(rng, len(SCALP_19), 4 * _FAKE_SECONDS * _FAKE_RATE, _FAKE_RATE)
    write_edf(path, [EdfSignal(site, row, _FAKE_RATE) for site, row in zip(SCALP_19.sites, data, strict=True)], note)
