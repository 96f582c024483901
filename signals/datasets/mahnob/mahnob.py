"""MAHNOB-HCI: 27 people watch film clips; EEG of 32 electrodes and video of the face, each on its own clock."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ...errors import InputError
from ...files.recording_file import open_recording
from ...files.videos.video_file import open_video
from ...layouts.drawings import SCALP_32
from ...ordering import natural_order
from ...streams.clock import Clock
from ...streams.video import Video
from ...trials.dataset import NOTE, Dataset, Skipped, read_note
from ...trials.task import Target, Task
from ...trials.trial import Stream, Trial
from ..peripheral_channels import Sensor, Sensors, open_sensors, without_channels
from .clock import Rules, align, status_times
from .files import CODES, RATINGS, SCALE, Session, read_ratings, read_session
from .gaze import read_gaze_stream

SENSORS: Sensors = {
    "ecg": (Sensor("ECG", "EXG2", "EXG1"),),
    "gsr": (Sensor("GSR", "GSR1"),),
    "resp": (Sensor("Resp", "Resp"),),
    "temp": (Sensor("Temp", "Temp"),),
}
"""The channels of sensors, by kind."""


class MAHNOBHCI(Dataset):
    """MAHNOB-HCI: 27 people and 20 film clips, EEG of 32 electrodes and the colour camera's video of each clip.

    A trial is a clip: from its first to its second event on the EEG's Status channel. Each session folder has a
    recording of its own, so **each trial has its own clock**, that of its BDF file; times of two trials cannot be
    compared. The video is brought onto it by the events that both have seen: start and end of the clip, and what else
    the gaze file marks. Where the video has them is told by the gaze file's audio samples, or where it has none by
    ``vidBeginSmp`` and ``vidEndSmp``. Public code disagrees on what the video's first frame is; it is decided for each
    file by the number of its frames. The rules used stand in ``streams["face"].clock.rule``. Two events leave no
    residual: one that is off by less than ``most_drift`` allows cannot be told from drift. The video may cover less
    than the clip.

    The EEG's rate is the file's. Ratings are those of the files, 1 to 9. ``session`` is always 1; ``trial``
    counts the subject's emotion sessions that are here by their folder's number, those without EEG or video included.

    Args:
        root: The folder with ``Sessions``, or that folder itself.
        gaze: Whether to use the gaze files; otherwise frame numbers alone tell where the clip is.
        most_drift: Milliseconds a minute by which camera and EEG may drift apart before their events are refused.
        spare_frames: By how many frames a video may differ from what session.xml says.
        peripheral: Whether to read the sensors on the body too: streams ``ecg`` (EXG2 less EXG1, below the
            collarbones), ``gsr``, ``resp`` and ``temp``; and of the gaze file ``gaze``, the mean of the eyes in pixels,
            on the EEG's clock by the events that both have.

    Raises:
        DatasetNotFound: No numbered folder in ``root`` holds a ``session.xml``.
        InputError: ``most_drift`` or ``spare_frames`` is negative. Iterating: a session.xml is broken, or has a
            document type or entities; a recording or video is cut, or lacks an electrode; events are missing, too many,
            or do not fit together; video and clip do not overlap.

    Source: M. Soleymani et al., IEEE Trans. Affective Computing 3(1):42-55, 2012.
    """

    name = "MAHNOB-HCI"
    version = 2
    expects = "Sessions/2/session.xml with the BDF and AVI files that it names, and so on"
    signs = (r"(Sessions/)?\d+/session\.xml",)
    access = "On request: the MAHNOB databases of Imperial College London, for a signed end user licence agreement."
    task = Task(tuple(CODES.values()), tuple(RATINGS), ranges=(SCALE,) * len(RATINGS))

    def __init__(
        self,
        root: str | Path,
        gaze: bool = True,
        most_drift: float = 100.0,
        spare_frames: int = 2,
        peripheral: bool = False,
    ) -> None:
        super().__init__(root)
        if not (most_drift >= 0 and spare_frames >= 0):
            raise InputError("most_drift, spare_frames", f"{most_drift}, {spare_frames}", "0 or more")
        self._rules, self._peripheral = Rules(gaze, most_drift, spare_frames), peripheral
        self._folder = self.root / "Sessions" if (self.root / "Sessions").is_dir() else self.root
        sessions, self._broken = _read(self._folder)
        if not sessions and not self._broken:
            raise self.not_found("no numbered folder with a session.xml")
        self._trials, self._left = _numbered(sessions)
        self.simulated = bool(read_note(self._folder))

    def __iter__(self) -> Iterator[Trial]:
        """All trials, then the broken session files; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, [*self._trials, *((0, path) for path in self._broken)])

    def skipped(self) -> tuple[Skipped, ...]:
        """Sessions that are no emotion trials or lack a file, what no trial reads, and other files."""
        unread = "of every session: cameras in black and white, sound, and all channels but 32 electrodes and Status"
        return (Skipped(self._folder, unread), *self._left, *self._others())

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Four trials of three people in clips of 4 s; a session that is no emotion trial, one without EEG."""
        from .lookalike import write_sessions

        write_sessions(Path(root), seed)

    def _trial(self, place: tuple[int, Path]) -> Trial:
        number, path = place
        session = read_session(path)
        category, ratings = read_ratings(session)
        stimulus = session.attributes.get("mediaFile", "").strip()
        if not stimulus:
            raise InputError(path, "no mediaFile", "the name of the film", "copy session.xml again")
        streams = _streams(session, self._rules, SENSORS if self._peripheral else {})
        return Trial(session.subject, "1", number, stimulus, streams, target=Target.of(category, ratings))

    def _others(self) -> Iterator[Skipped]:
        folders = {path.parent for path in self._folder.glob("*/session.xml") if _is_session(path.parent)}
        paths = {*self.root.iterdir(), *self._folder.iterdir()}
        for path in sorted(paths):
            if path not in folders and path != self._folder and path.name != NOTE:
                yield Skipped(path, "not a session: no number, or no session.xml in it")


def _read(folder: Path) -> tuple[list[Session], list[Path]]:
    """The sessions by their folder's number, and those that cannot be read."""
    sessions, broken = [], []
    numbered = (path for path in folder.glob("*/session.xml") if _is_session(path.parent))
    for path in sorted(numbered, key=_number):
        try:
            sessions.append(read_session(path))
        except InputError:
            broken.append(path)
    return sessions, broken


def _numbered(sessions: list[Session]) -> tuple[list[tuple[int, Path]], list[Skipped]]:
    """Trial number and file of each usable session, by subject; and the others with the reason."""
    count: Counter[str] = Counter()
    trials, left = [], []
    for session in sorted(sessions, key=lambda session: (natural_order(session.subject), _number(session.path))):
        count[session.subject] += "feltArsl" in session.attributes
        if session.unused:
            left.append(Skipped(session.path.parent, session.unused))
        else:
            trials.append((count[session.subject], session.path))
    return trials, left


def _streams(session: Session, rules: Rules, sensors: Sensors) -> dict[str, Stream]:
    assert session.eeg is not None
    assert session.video is not None
    eeg, video = open_recording(session.eeg, SCALP_32), open_video(session.video)
    clock, (start, end) = align(session, video, eeg.rate, rules)
    opened = open_sensors(session.eeg, sensors)
    read = [name for kind in sensors.values() for sensor in kind for name in (sensor.label, sensor.other)]
    eeg = replace(eeg, remarks=without_channels(eeg.remarks, read))
    looking: dict[str, Stream] = {}
    if sensors and rules.gaze:
        gaze, remarks = read_gaze_stream(session, status_times(session), (start, end))
        looking = {"gaze": gaze} if gaze else {}
        eeg = replace(eeg, remarks=(*eeg.remarks, *remarks))
    return {
        "eeg": eeg.stretch(round(start * eeg.rate), round(end * eeg.rate)),
        "face": _clip_frames(video, clock, start, end),
        **{kind: s.stretch(round(start * s.rate), round(end * s.rate)) for kind, s in opened.items()},
        **looking,
    }


def _clip_frames(video: Video, clock: Clock, start: float, end: float) -> Video:
    aligned = video.on(clock)
    if aligned.times[-1] < start or aligned.times[0] >= end:
        found = f"frames from {aligned.times[0]:.3f} to {aligned.times[-1]:.3f} s on the EEG's clock"
        wanted = f"some in the clip, {start:.3f} to {end:.3f} s"
        raise InputError(video.source, found, wanted, "check which video and gaze file belong to the session")
    return aligned.between(start, end)


def _is_session(folder: Path) -> bool:
    return folder.name.isdecimal()


def _number(path: Path) -> int:
    return int(path.parent.name)
