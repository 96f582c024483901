"""XDF recordings of the Lab Streaming Layer: EEG, markers and the times of a video's frames in one file."""

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...files.channel_settings import ChannelSettings
from ...layouts.channel_names import Rename
from ...layouts.layout import Layout
from ...layouts.recording_layout import COMMON, common_layout, named_layout
from ...old_names import Renamed
from ...ordering import natural_order
from ...trials.dataset import Dataset, Skipped
from ...trials.task import Target, Task
from ...trials.trial import Stream, Trial
from ..face_folders import left_over
from .file import load_streams, read_streams
from .recording import Sites, XdfRecording, check_units, cut_eeg, cut_sensors, find_sites, open_xdf, video_of
from .sensors import find_xdf_sensors
from .streams import MarkerWords, Span, StreamNames, choose, trial_spans

_NAME = re.compile(r"sub-([^_]+)(?:_ses-([^_]+))?(?:_.+)?")
_SET_ASIDE = re.compile(r".*_old\d+")


@dataclass(frozen=True)
class XdfTrial:
    """One trial of one file, its subject and session, and its number there."""

    recording: XdfRecording
    subject: str
    session: str
    number: int
    span: Span


class XDF(Dataset):
    """A folder of XDF files, as LabRecorder writes them: EEG, markers, and a video beside the file.

    Names like ``sub-P001_ses-S001_task-x_run-001_eeg.xdf`` tell subject and session; else the file's name is the
    subject. Trials of a session are numbered through its files. A trial begins with a marker like ``start
    happy/clip3`` (category and stimulus; without a slash both are the same) and ends with the next ``stop``; other
    markers are let pass.

    The session clock is that of the EEG device: its sample count at the nominal rate. It is tied to LSL's time by a
    least-squares line over the time stamps, once pyxdf has brought all streams onto the recorder's clock; markers and
    frames are brought onto it. Where stamps leap and stay behind, samples were lost: they are counted, so that later
    times stay right, and a trial with such a gap inside is refused.

    The frame numbers of a video are a stream of type ``VideoRaw``, ``VideoStream`` or ``Video``; the video has the
    file's name with .mp4, .avi or .mkv. A frame's time is the one measured for its number. ``streams["face"].clock``
    is that of the camera's computer, with the residuals of its comparisons with the recorder's clock: its offset is
    what lay between it and the EEG's computer at the first sample, its drift is against the EEG device.

    An XDF file cannot be read in pieces: opening its first trial reads all of it, and one file is kept in memory.

    Args:
        root: The folder, searched with the folders in it.
        start, stop: The words that markers of trials begin with.
        categories: The categories in their order; None for all that occur, by the alphabet.
        layout: The electrodes, or the name of a drawing such as ``"scalp-32"``, or ``"common"`` for those that all
            recordings have; None for those that the EEG stream names.
        units: What the samples of all channels are in, whatever their stream says, as in ``"uV"``; None goes by the
            stream, and refuses channels without a unit.
        eeg, markers, frames: Names of the streams, where there are several of their type.
        number: Label of the channel of ``frames`` that holds the frame numbers, where it has several.
        unit: The old name of ``units``, until 0.4.0.
        face: False leaves videos and their streams aside.
        peripheral: Whether to read sensors on the body too, in whatever stream: ``ecg``, ``ppg``, ``gsr``, ``resp``,
            ``temp``, ``emg`` and ``eog``, known by the types or labels of channels, or the type of their stream; and
            ``gaze``, a stream of type ``Gaze`` with the channels of Pupil Labs, Tobii or the XDF specification.
        rename: What to cut off the beginnings or ends of labels of the EEG stream, as in ``"-LE"``, or a name by label,
            as in ``{"Ch1": "Fp1", "Ch2": None}``; None leaves a channel out.
        montage: Where the electrodes are: MNE's name of a montage such as ``"biosemi64"``, or a file with positions.

    Raises:
        DatasetNotFound: There are no XDF files.
        InputError: No file can be read, or fewer than two categories occur. Iterating: a file is cut, or was never
            closed; a stream is missing, or there twice; markers do not make trials; a unit is unknown; a trial lies
            outside the EEG or the video, or over a gap; there is a video without frame numbers, or the reverse.

    Source: C. Kothe et al., Imaging Neuroscience 3, 2025 (the Lab Streaming Layer); the specification of XDF 1.0.
    """

    name = "XDF"
    expects = "files like sub-P001_ses-S001_task-x_run-001_eeg.xdf"
    signs = (r"([^/]+/){0,4}[^/]+\.xdf",)
    access = "Your own recordings."

    def __init__(
        self,
        root: str | Path,
        start: str = "start",
        stop: str = "stop",
        categories: Sequence[str] | None = None,
        layout: Layout | str | None = None,
        units: str | None = None,
        eeg: str | None = None,
        markers: str | None = None,
        face: bool = True,
        frames: str | None = None,
        number: str | None = None,
        unit: str | None = None,
        peripheral: bool = False,
        rename: Rename | None = None,
        montage: str = "",
    ) -> None:
        super().__init__(root)
        if unit is not None:
            advice = Renamed("XDF(unit=...)", "XDF(units=...)", "0.4.0").advice
            warnings.warn(advice, FutureWarning, stacklevel=2)
        units = units or unit
        check_units(units)
        self._words, self._units = MarkerWords(start, stop), units
        self._named, self._channels = named_layout(layout), ChannelSettings(rename, None, montage)
        self._found: dict[tuple[Path, bool], Sites] = {}
        self._names, self._face = StreamNames(eeg, markers, frames, number), face
        self._peripheral = peripheral
        self._files = sorted((path for path in self.root.rglob("*.xdf") if not _set_aside(path)), key=_order)
        if not self._files:
            raise self.not_found("no .xdf file")
        self._trials = list(self._numbered())
        self.task = Task(tuple(categories or self._occurring()))

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject, session and number; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._trials)

    def skipped(self) -> tuple[Skipped, ...]:
        """Recordings that LabRecorder set aside, videos without a recording or not asked for, and other files."""
        videos = [trial.recording.video for trial in self._trials if isinstance(trial, XdfTrial)]
        return left_over(self.root, [*self._files, *(video for video in videos if video)], self._reason)

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Four recordings of three devices whose clocks differ and drift; one camera counts from 1, one drops frames.

        One file has a name of its own, one was set aside by LabRecorder.
        """
        from .lookalike import write_recordings

        write_recordings(Path(root), seed)

    def _numbered(self) -> Iterator[XdfTrial | InputError]:
        """The trials of all files, with what is wrong in the place of a file that cannot be read."""
        count: Counter[tuple[str, str]] = Counter()
        for path in self._files:
            try:
                for recording, span in self._marked(path):
                    count[_owner(path)] += 1
                    yield XdfTrial(recording, *_owner(path), count[_owner(path)], span)
            except InputError as error:
                yield error

    def _marked(self, path: Path) -> list[tuple[XdfRecording, Span]]:
        """Each trial of a file, by its markers: of the other streams nothing is read."""
        video = video_of(path) if self._face else None
        streams = read_streams(path)
        choice = choose(path, streams, self._names, self._face)
        sensors = find_xdf_sensors(streams) if self._peripheral else ()
        markers = load_streams(path, [choice.markers])[choice.markers.number]
        return [(XdfRecording(path, choice, video, sensors), span) for span in trial_spans(path, markers, self._words)]

    def _occurring(self) -> list[str]:
        categories = sorted({trial.span.category for trial in self._trials if isinstance(trial, XdfTrial)})
        broken = [trial for trial in self._trials if isinstance(trial, InputError)]
        if len(categories) < 2 and broken:
            raise broken[0]
        if len(categories) < 2:
            do = "name all categories with categories=(...)"
            raise InputError(self.root, f"{categories[0]!r} as the only category", "two or more", do)
        return categories

    def _trial(self, trial: XdfTrial | InputError) -> Trial:
        if isinstance(trial, InputError):
            raise InputError(*trial.args)
        target = Target.of(self._category(trial))
        sites = self._sites(trial.recording, self._layout)
        clock, video = open_xdf(trial.recording)
        start, stop = clock.of(np.array([trial.span.start, trial.span.stop])).tolist()
        streams: dict[str, Stream] = {"eeg": cut_eeg(trial.recording, clock, sites, (start, stop))}
        if video is not None:
            streams["face"] = video.between(start, stop)
        streams |= cut_sensors(trial.recording, clock, (start, stop))
        return Trial(trial.subject, trial.session, trial.number, trial.span.stimulus, streams, target=target)

    @cached_property
    def _layout(self) -> Layout | None:
        """The electrodes of all trials; None for those that each recording names."""
        if self._named != COMMON:
            return self._named if isinstance(self._named, Layout) else None
        recordings = {trial.recording.path: trial.recording for trial in self._trials if isinstance(trial, XdfTrial)}
        return common_layout(self.root, [self._sites(recording, None).layout for recording in recordings.values()])

    def _sites(self, recording: XdfRecording, layout: Layout | None) -> Sites:
        """The channels of a recording, looked for once."""
        key = (recording.path, layout is None)
        if key not in self._found:
            eeg = recording.choice.eeg
            self._found[key] = find_sites(recording.path, eeg, layout, self._units, self._channels)
        return self._found[key]

    def _category(self, trial: XdfTrial) -> int:
        if trial.span.category not in self.task.categories:
            found = f"category {trial.span.category!r} in trial {trial.number}"
            raise InputError(
                trial.recording.path, found, f"one of {', '.join(self.task.categories)}", "name it as well"
            )
        return self.task.categories.index(trial.span.category)

    def _reason(self, path: Path) -> str:
        if _set_aside(path):
            return "an earlier recording that LabRecorder set aside"
        if path.with_suffix(".xdf") in self._files:
            return "videos were not asked for" if not self._face else "its recording is not read"
        return "not a recording"


def _owner(path: Path) -> tuple[str, str]:
    """Subject and session by the file's name."""
    match = _NAME.fullmatch(path.stem)
    return (match[1], match[2] or "1") if match else (path.stem, "1")


def _order(path: Path) -> tuple[object, ...]:
    subject, session = _owner(path)
    return natural_order(subject), natural_order(session), natural_order(path.stem), str(path)


def _set_aside(path: Path) -> bool:
    return path.suffix == ".xdf" and bool(_SET_ASIDE.fullmatch(path.stem))
