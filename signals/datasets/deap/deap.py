"""DEAP: 32 people who watch and rate 40 music clips, EEG of all and face video of 22."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import InputError
from ...files.recording_file import open_recording
from ...files.videos.video_file import open_video
from ...layouts.drawings import SCALP_32
from ...streams.clock import Clock
from ...streams.electrodes import Electrodes
from ...streams.peripheral import Peripheral, Sampled
from ...streams.source import Source
from ...streams.video import Video
from ...trials.dataset import NOTE, Dataset, Skipped, read_note
from ...trials.rated_classes import level_names
from ...trials.task import MISSING_CATEGORY, Target, Task
from ...trials.trial import Stream, Trial
from ..face_folders import check_choice, each_once, left_over, matching
from ..peripheral_channels import open_sensors, without_channels
from .files import (
    BASELINE,
    DIMENSIONS,
    GENEVA_32,
    ROW_RATE,
    SCALE,
    SENSOR_ROWS,
    DEAPRating,
    RowSamples,
    RowSensors,
    open_rows,
    read_ratings,
    sensors_of,
    video_starts,
)

CLASSES: Mapping[str, tuple[str, ...]] = {
    "none": (),
    **{name: (name,) for name in DIMENSIONS},
    "quadrants": ("valence", "arousal"),
}
"""The ratings that each kind of classes is made of."""

HIGH = 5.0
"""A rating above it is high; 5 itself is low."""

CLIP_SECONDS = 60.0
STREAMS = ("all", "eeg", "eeg+face")
RULES = {
    "preprocessed": f"the format puts the clip's and the video's beginning at sample {BASELINE} of the row",
    "original": "the format puts the video's beginning at trigger 4 of the recording",
}
"""Why a video begins where it does, by source."""

UNVERIFIED = "skin conductance as it is in the file: neither its unit nor its sign is verified"

_FOLDERS = {"preprocessed": "data_preprocessed_python", "original": "data_original"}
_FILE = {"preprocessed": re.compile(r"s(\d{2})\.dat"), "original": re.compile(r"s(\d{2})\.bdf")}
_FACES, _TABLE = "face_video", "metadata_csv/participant_ratings.csv"
_VIDEO = re.compile(r"s(\d{2})_trial(\d{2})(?i:\.avi)")


class DEAP(Dataset):
    """DEAP: 32 people, 40 music clips of a minute each, 32 electrodes; face video of subjects 1 to 22; four ratings.

    A trial is a clip: its number is the place in the order of presentation, its stimulus the clip's ``Experiment_id``,
    which is the same clip for all. Videos and the original recordings follow the order of presentation, the rows of the
    preprocessed files follow ``Experiment_id``: ``participant_ratings.csv`` joins them. Videos are found by the number
    in their name; some subjects have fewer than clips.

    Valence, arousal, dominance and liking are the ratings as they were given, 1 to 9. Classes are cut at a rating of 5:
    above is high, 5 itself is low, which others may count as high. ``ratings()`` has familiarity and times as well.

    ``"preprocessed"``: 128 Hz, 4 to 45 Hz (delta features mean nothing), average reference, eyes removed. Every row has
    a clock of its own that begins with the 3 s of baseline; a trial is what follows, from second 3. ``"original"``:
    512 Hz as the amplifier gave it, without a reference; the clock is the recording's, a trial 60 s from trigger 4. In
    both the format says where a video begins; no shared event tells whether its clock drifts. That samples of the
    preprocessed files are microvolts is unverified.

    Args:
        root: The folder with ``metadata_csv``, ``face_video`` and ``data_preprocessed_python`` or ``data_original``.
        source: ``"preprocessed"`` or ``"original"``.
        classes: ``"none"``, the name of one rating, or ``"quadrants"`` of valence and arousal.
        streams: ``"all"`` that there are (trials differ), ``"eeg"``, or ``"eeg+face"``: only trials that have both.
        tolerance: Seconds by which a video may be longer or shorter than its EEG; beyond, its rate is not to be
            believed.
        peripheral: Whether to read the sensors on the body too: streams ``ppg``, ``gsr``, ``resp``, ``temp``, ``emg``
            and ``eog``. The unit of skin conductance, nS by Twente and Ohm by Geneva, is that of the dataset's page; in
            preprocessed files it is used as it is.

    Raises:
        DatasetNotFound: There is no recording of that source.
        InputError: An argument is another; the table of ratings is missing or broken; a video is there twice.
            Iterating: a recording is cut or damaged, holds anything but arrays, or does not agree with the table in the
            number of its clips or in their ratings; a video is broken, or of another length than its EEG.

    Source: S. Koelstra et al., IEEE Trans. Affective Computing 3(1):18-31, 2012.
    """

    name = "DEAP"
    version = 2
    expects = "data_preprocessed_python/s01.dat or data_original/s01.bdf, and metadata_csv/participant_ratings.csv"
    signs = (r"data_preprocessed_python/s\d\d\.dat", r"data_original/s\d\d\.bdf")
    access = "On request: Queen Mary University of London, for a signed end user licence agreement."

    def __init__(
        self,
        root: str | Path,
        source: str = "preprocessed",
        classes: str = "none",
        streams: str = "all",
        tolerance: float = 3.0,
        peripheral: bool = False,
    ) -> None:
        super().__init__(root)
        check_choice("source", source, RULES)
        check_choice("classes", classes, CLASSES)
        check_choice("streams", streams, STREAMS)
        self._source, self._classes, self._streams, self._tolerance = source, CLASSES[classes], streams, tolerance
        self._peripheral = peripheral
        self._files = self._recordings()
        self._ratings = read_ratings(self.root / _TABLE)
        self._videos = _videos(self.root / _FACES) if streams != "eeg" else {}
        self._trials: list[DEAPRating] = []
        for subject in sorted(set(self._files) & set(self._ratings)):
            self._trials += [rating for rating in self._ratings[subject] if self._wanted(rating)]
        if not self._trials:
            raise self.not_found(f"{len(self._files)} recordings, {len(self._videos)} videos, no trial of both")
        self.task = Task(level_names(self._classes), DIMENSIONS, ranges=(SCALE,) * len(DIMENSIONS))
        self._note = read_note(self.root)
        self.simulated = bool(self._note)

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject and order of presentation; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._trials)

    @property
    def recipe(self) -> Mapping[str, tuple[str, ...]]:  # type: ignore[override]  # videos may not be there
        """A video in which no face is found is masked: the clip's EEG stays."""
        return {"face": ("FaceCrop(nowhere='mask')", "Patches()")} if any(map(self._video, self._trials)) else {}

    def ratings(self) -> dict[int, tuple[DEAPRating, ...]]:
        """The lines of ``participant_ratings.csv`` about each subject, in the order of presentation."""
        return dict(self._ratings)

    def skipped(self) -> tuple[Skipped, ...]:
        """Recordings without ratings and the reverse, videos of no trial, trials left out, and other files."""
        unrated = sorted(set(self._files) - set(self._ratings))
        skipped = [Skipped(self._files[subject], "no ratings") for subject in unrated]
        unrecorded = [str(subject) for subject in sorted(set(self._ratings) - set(self._files))]
        if unrecorded:
            skipped.append(Skipped(self.root / _TABLE, f"no recording of participants {', '.join(unrecorded)}"))
        return (*skipped, *self._unpaired(), *self._others())

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Three people, six clips of 4 s: one lacks two videos, one has none; original recordings of two of them.

        The clip sets a rhythm in the EEG and the light on the face, both from its first second on.
        """
        from .lookalike import write_deap

        write_deap(Path(root), seed)

    def _trial(self, rating: DEAPRating) -> Trial:
        eeg = self._eeg(rating)
        streams: dict[str, Stream] = {"eeg": eeg}
        path = self._video(rating)
        if path is not None:
            streams["face"] = self._face(path, eeg)
        if self._peripheral:
            streams |= self._sensors(rating)
        target = Target.of(_category(rating, self._classes), rating.ratings)
        return Trial(str(rating.subject), "1", rating.trial, str(rating.stimulus), streams, target=target)

    def _eeg(self, rating: DEAPRating) -> Electrodes:
        path, ratings = self._files[rating.subject], self._ratings[rating.subject]
        if self._source == "preprocessed":
            return _row(path, rating, ratings)
        seconds = self._note.get("clip_seconds", CLIP_SECONDS)
        eeg = _cut(open_recording(path, SCALP_32), path, rating, ratings, seconds)
        if not self._peripheral:
            return eeg
        labels = [name for kind in sensors_of(rating.subject).values() for s in kind for name in (s.label, s.other)]
        return replace(eeg, remarks=without_channels(eeg.remarks, labels))

    def _sensors(self, rating: DEAPRating) -> dict[str, Peripheral]:
        path, ratings = self._files[rating.subject], self._ratings[rating.subject]
        if self._source == "preprocessed":
            return _row_of_sensors(path, rating, ratings)
        opened = open_sensors(path, sensors_of(rating.subject))
        seconds = self._note.get("clip_seconds", CLIP_SECONDS)
        return {kind: _cut(sensor, path, rating, ratings, seconds) for kind, sensor in opened.items()}

    def _face(self, path: Path, eeg: Electrodes) -> Video:
        video = open_video(path)
        if abs(video.duration - eeg.duration) > self._tolerance:
            raise InputError(
                path,
                f"{video.duration:.2f} s of video",
                f"{eeg.duration:g} s, give or take {self._tolerance:g} s, as the EEG has",
                "is it cut, or does its container state a wrong rate? DEAP(tolerance=...) lets it pass",
            )
        return video.on(Clock.fixed(eeg.start, RULES[self._source]))

    def _video(self, rating: DEAPRating) -> Path | None:
        return self._videos.get((rating.subject, rating.trial))

    def _wanted(self, rating: DEAPRating) -> bool:
        return self._streams != "eeg+face" or self._video(rating) is not None

    def _recordings(self) -> dict[int, Path]:
        folder = self.root / _FOLDERS[self._source]
        paths = sorted(folder.glob("*"))
        files = {int(match[1]): path for match, path in matching(_FILE[self._source], paths)}
        if not files:
            raise self.not_found(f"no recording in {folder.name}")
        return files

    def _unpaired(self) -> Iterator[Skipped]:
        """Trials left out as they have no video, and videos that belong to no trial."""
        for subject in sorted(set(self._files) & set(self._ratings)):
            missing = [str(r.trial) for r in self._ratings[subject] if not self._wanted(r)]
            if missing:
                yield Skipped(self._files[subject], f"no video of trials {', '.join(missing)}")
        known = {(rating.subject, rating.trial) for rating in self._trials}
        for key, path in self._videos.items():
            if key not in known:
                unrated = "no trial of this number in participant_ratings.csv"
                yield Skipped(path, unrated if key[0] in self._files else "no recording of this subject")

    def _others(self) -> Iterator[Skipped]:
        read = {self.root / _TABLE, *self._files.values(), *self._videos.values()}
        entered = {self.root / path.relative_to(self.root).parts[0] for path in read}
        for path in sorted(self.root.iterdir()):
            if path in entered:
                yield from left_over(path, read, lambda _: "not read")
            elif path.name != NOTE:
                yield Skipped(path, "not asked for" if path.name in (_FACES, *_FOLDERS.values()) else "not read")


def _videos(folder: Path) -> dict[tuple[int, int], Path]:
    """Clips by subject and number of presentation, in a folder a subject or all in one."""
    videos = matching(_VIDEO, sorted(folder.rglob("*.*")))
    return each_once(((int(match[1]), int(match[2])), path) for match, path in videos)


def _row(path: Path, rating: DEAPRating, ratings: Sequence[DEAPRating]) -> Electrodes:
    rows = open_rows(path, ratings)
    return Electrodes(
        layout=SCALP_32,
        names=GENEVA_32,
        rate=ROW_RATE,
        n_samples=rows.shape[2] - BASELINE,
        read=RowSamples(rows, rating.stimulus - 1),
        source=Source(path, f"row {rating.stimulus}"),
        start=BASELINE / ROW_RATE,
    )


def _row_of_sensors(path: Path, rating: DEAPRating, ratings: Sequence[DEAPRating]) -> dict[str, Peripheral]:
    rows = open_rows(path, ratings)
    sensors = {}
    for kind, channels in SENSOR_ROWS.items():
        sensors[kind] = Peripheral(
            kind=kind,
            names=tuple(channels),
            rate=ROW_RATE,
            n_samples=rows.shape[2] - BASELINE,
            read=RowSensors(rows, rating.stimulus - 1, tuple(channels.values())),
            source=Source(path, f"{kind} of row {rating.stimulus}"),
            start=BASELINE / ROW_RATE,
            remarks=(UNVERIFIED,) if kind == "gsr" else (),
        )
    return sensors


def _cut(whole: Sampled, path: Path, rating: DEAPRating, ratings: Sequence[DEAPRating], seconds: float) -> Sampled:
    """The clip of a rating, out of a recording of all."""
    start = float(video_starts(path, len(ratings))[rating.trial - 1])
    first, length = round(start * whole.rate), round(seconds * whole.rate)
    if first + length > whole.n_samples:
        found = f"{(whole.n_samples - first) / whole.rate:g} s behind the beginning of clip {rating.trial}"
        raise InputError(path, found, f"{seconds:g} s", "was the recording stopped early? leave the trial out")
    return whole.stretch(first, first + length)


def _category(rating: DEAPRating, classes: Sequence[str]) -> int:
    """Index into their ``level_names``; missing where one of the ratings is."""
    values = [rating.ratings[DIMENSIONS.index(name)] for name in classes]
    if not values or any(math.isnan(value) for value in values):
        return MISSING_CATEGORY
    index = 0
    for value in values:  # as in level_names, the last rating changes first
        index = 2 * index + (value > HIGH)
    return index
