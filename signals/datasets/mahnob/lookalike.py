"""Lookalikes of MAHNOB-HCI's sessions: their files, names and traps, with clocks whose difference is known."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from ...files import edf
from ...random_streams import RandomStream
from ...streams.clock import Clock
from ..lookalikes.body import breath_wave, ecg_wave, gaze_wave, skin_wave
from ..lookalikes.drawn_face import face_picture
from ..lookalikes.recordings import background, write_note, write_video

ELECTRODES = tuple(
    "Fp1 AF3 F3 F7 FC5 FC1 C3 T7 CP5 CP1 P3 P7 PO3 O1 Oz Pz Fp2 AF4 Fz F4 F8 FC6 FC2 Cz C4 T8 CP6 CP2 P4 "
    "P8 PO4 O2".split()
)
"""In the order of the files, which is no drawing's."""

OTHERS = {"EXG1": "uV", "EXG2": "uV", "EXG3": "uV", "GSR1": "Ohm", "Resp": "uV", "Temp": "degC"}
HEART_RATE = 84.0
"""Beats a minute of everybody."""

STATE = 0x18FF00
"""BioSemi's Status channel between triggers: bits above the lowest eight are the amplifier's."""

FLASH = (2.0, 2.2)
"""Seconds after ``vidBeginSmp`` between which the picture is white and every electrode 200 microvolts higher."""

GAZE_COLUMNS = (
    *"Timestamp DateTimeStamp DateTimeStampStartOffset Number GazePointXLeft GazePointYLeft CamXLeft CamYLeft".split(),
    *"DistanceLeft PupilLeft ValidityLeft GazePointXRight GazePointYRight CamXRight CamYRight DistanceRight".split(),
    *"PupilRight ValidityRight FixationIndex GazePointX GazePointY Event EventKey Data1 Data2 Descriptor".split(),
    *"StimuliName StimuliID MediaWidth MediaHeight MediaPosX MediaPosY MappedFixationPointX".split(),
    *"MappedFixationPointY FixationDuration AoiIds AoiNames WebGroupImage MappedGazeDataPointX".split(),
    *"MappedGazeDataPointY MicroSecondTimestamp AbsoluteMicroSecondTimestamp AudioSampleNumber".split(),
    *("", ""),
)
"""As Tobii Studio writes them, with the audio samples that the authors added, and two columns without names."""

GAZE_PREFACE = (
    *("System Properties:", "Operating System:\tMicrosoft Windows XP", "System User Name:\tUser", "Machine Name:\tPC"),
    *("Number of Processors:\t2", "Processor:\tIntel", "System Memory:\t2048 MB", "Display Adapter:\tsimulated"),
    *("Screen Size:\t1280 x 800", "Eye Tracker:\tsimulated", "", "Data Properties:", "Recording name:\tRec1"),
    *("Recording date:\t7/9/2009", "Recording time:\t17:53:46:000", "Study name:\tsimulated", "Participant:\tP1"),
    *("Recording resolution:\t1280 x 800", "", "Export Properties:", "Export version:\t1.5.10"),
    *("Export time:\t7/10/2009 10:00", ""),
)
"""23 lines before the columns' names."""

_LOW, _HIGH = -262144, 262143  # microvolts at the ends of 24 bits, as BioSemi's headers say


@dataclass(frozen=True)
class FakeSession:
    """The settings of a session. Camera seconds count from ``vidBeginSmp``, session seconds are the BDF file's.

    Args:
        number, subject: Of the folder, and of the person.
        offset, drift_per_minute: A camera second c is session second ``lead + offset + (1 + drift) * c``; the drift in
            milliseconds a minute.
        clip, lead: Seconds of the film, and of EEG before and after it (30 in real files).
        rate: Of the EEG, Hz.
        vid_rate, container_rate: Frames a second by session.xml, and by the video file.
        cut: The cut of the video file: ``"cut"``, ``"padded"`` by 15 s, or ``"whole"`` recording.
        vid_begin: ``vidBeginSmp``.
        markers: The shared events and their camera seconds; None for start and end of the clip.
        moved: Seconds by which the EEG sees an event too late, by the event's place.
        extra: Session seconds of triggers too many.
        gaze: Whether there is a gaze file.
        ratings: Those attributes of the felt emotion that session.xml has.
        media: The film.
    """

    number: int = 2
    subject: int = 1
    offset: float = 0.137
    drift_per_minute: float = 40.0
    clip: float = 4.0
    lead: float = 3.0
    rate: int = 256
    vid_rate: float = 61.0
    container_rate: int = 61
    cut: str = "cut"
    vid_begin: float = 8153.4
    markers: tuple[tuple[str, float], ...] | None = None
    moved: Mapping[int, float] = field(default_factory=dict)
    extra: tuple[float, ...] = ()
    gaze: bool = True
    ratings: Mapping[str, int] = field(
        default_factory=lambda: {"feltEmo": 4, "feltArsl": 7, "feltVlnc": 8, "feltCtrl": 5, "feltPred": 2}
    )
    media: str = "69.avi"

    @property
    def events(self) -> tuple[tuple[str, float], ...]:
        """Name and camera second of each shared event."""
        return self.markers or (("MovieStart", 0.0), ("MovieEnd", self.clip))

    @property
    def first(self) -> float:
        """Place in the camera's recording of the file's frame 0."""
        return {"cut": floor(self.vid_begin) + 1, "padded": self.vid_begin - 15 * self.vid_rate, "whole": 1}[self.cut]

    @property
    def n_frames(self) -> int:
        """Of the video file."""
        end = self.vid_begin + self.clip * self.vid_rate
        lengths = {"cut": floor(end) - floor(self.vid_begin), "padded": (self.clip + 30) * self.vid_rate}
        return round(lengths.get(self.cut, end + 10))

    def session(self, camera: float | np.ndarray) -> np.ndarray:
        """Session seconds at camera seconds."""
        return np.asarray(self.lead + self.offset + (1 + self.drift_per_minute / 60_000) * np.asarray(camera))

    def camera(self, frame: float | np.ndarray) -> np.ndarray:
        """Camera seconds of the file's frames."""
        return np.asarray((self.first + np.asarray(frame) - self.vid_begin) / self.vid_rate)

    @property
    def clock(self) -> Clock:
        """The truth: from the video file's own seconds to session seconds."""
        zero, second = self.session(self.camera(np.array([0.0, self.container_rate])))
        return Clock(float(zero), float(second - zero - 1), "known")


def write_sessions(root: Path, seed: int = 0) -> None:
    """Four trials of three people: by gaze file and without, at 256 and 512 Hz; and what makes no trial."""
    folder = root / "Sessions"
    write_note(folder)
    anger = {"feltEmo": 1, "feltArsl": 9, "feltVlnc": 1}
    amused = {"feltEmo": 11, "feltArsl": 5, "feltVlnc": 9, "feltCtrl": 9, "feltPred": 1}
    for fake in (
        FakeSession(2),
        FakeSession(10, gaze=False, ratings=anger, media="111.avi", drift_per_minute=-3.0),
        FakeSession(134, 2, rate=512, ratings=amused, offset=-0.25),
        FakeSession(1172, 10, vid_rate=60.9708, cut="whole", vid_begin=61.25, drift_per_minute=1.5),
    ):
        write_session(folder, fake, seed)
    write_xml(folder / "3" / "session.xml", FakeSession(3, ratings={}))
    write_xml(folder / "132" / "session.xml", FakeSession(132, 2), tracks=("video",))
    (root / "Subjects").mkdir(exist_ok=True)


def write_session(folder: Path, fake: FakeSession, seed: int = 0) -> Path:
    """The sub-folder of ``folder`` into which a session is written: BDF, AVI, session.xml and gaze file."""
    session = folder / str(fake.number)
    write_xml(session / "session.xml", fake)
    rng = RandomStream.LOOKALIKE.rng(seed, fake.number)
    _write_eeg(session / _eeg_name(fake), fake, rng)
    write_video(session / _video_name(fake), _pictures(fake, rng), fake.container_rate)
    if fake.gaze:
        write_gaze(session / _gaze_name(fake), fake)
    (session / f"P{fake.subject}-Rec1-2009.07.09.17.53.46_BW2_Section_{fake.number}.avi").write_bytes(b"not read")
    return session


def write_xml(path: Path, fake: FakeSession, tracks: Sequence[str] = ("eeg", "video"), **replaced: str) -> None:
    """The session.xml alone; ``replaced`` attributes of its root stand in for those it would have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    attributes = {
        "sessionId": fake.number,
        "experimentType": "emotion elicitation",
        "isStim": 1,
        "cutNr": fake.number % 130,
        "cutLenSec": fake.clip,
        "mediaFile": fake.media,
        "vidRate": fake.vid_rate,
        "vidBeginSmp": fake.vid_begin,
        "vidEndSmp": fake.vid_begin + fake.clip * fake.vid_rate,
        **_sound(fake),
        **fake.ratings,
        **replaced,
    }
    text = " ".join(f"{name}={quoteattr(str(value))}" for name, value in attributes.items())
    gaze = f'<annotation type="Gaze" filename="{_gaze_name(fake)}"/>' if fake.gaze else ""
    colour = _video_name(fake)
    lines = {
        "eeg": f'<track type="Physiological" filename="{_eeg_name(fake)}"/>',
        "video": f'<track type="Video" color="1" filename="{colour}">{gaze}</track>'
        f'<track type="Video" color="0" filename="{colour.replace("C1 trigger _C", "BW2")}"/>',
    }
    body = f'<subject id="{fake.subject}"/>' + "".join(lines[track] for track in tracks)
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<session {text}>{body}</session>\n', encoding="utf-8")


def write_gaze(path: Path, fake: FakeSession, broken: int = 2) -> None:
    """A gaze file whose own clock, in whole milliseconds, loses 5 ms a minute on the sound's; some lines are broken.

    The eyes look at another place twice a second and blink once in two seconds; each fifth sample has one eye alone.
    """
    cameras = np.arange(-1, fake.clip + 1, 1 / 60)
    looks = gaze_wave(cameras, 0.5, 2.0, RandomStream.LOOKALIKE.rng(fake.number, fake.subject))
    rows = [
        (camera, _sample(fake, number, float(camera), look))
        for number, (camera, look) in enumerate(zip(cameras, looks.T, strict=True))
    ]
    for name, camera in fake.events:
        event = {"Timestamp": _stamp(camera), "Event": name, "Descriptor": fake.media, "StimuliName": fake.media}
        rows.append((camera, event))
    cells = [[row.get(column, "") for column in GAZE_COLUMNS] for _, row in sorted(rows, key=lambda row: row[0])]
    lines = [*GAZE_PREFACE, *("\t".join(line) for line in (list(GAZE_COLUMNS), *cells))]
    lines[30:30] = ["\t".join(["12"] * (len(GAZE_COLUMNS) + 2))] * broken  # more columns than the line of names
    path.write_text("\r\n".join(lines) + "\r\n", encoding="latin-1")


def write_bdf(path: Path, signals: Mapping[str, tuple[np.ndarray, str]], codes: np.ndarray, rate: int) -> None:
    """Write BDF as BioSemi does, with a Status channel of 24-bit codes.

    Args:
        path: The file.
        signals: By name, (N,) samples in microvolts or another unit, and the unit; N fills whole seconds.
        codes: (N,) values of Status.
        rate: Samples a second.
    """
    steps = [(samples - _LOW) / (_HIGH - _LOW) * (2**24 - 1) - 2**23 for samples, _ in signals.values()]
    n = len(signals) + 1
    columns = (
        [*signals, "Status"],
        ["Active Electrode"] * n,
        [*(unit for _, unit in signals.values()), "Boolean"],
        [str(_LOW)] * (n - 1) + ["-8388608"],
        [str(_HIGH)] * (n - 1) + ["8388607"],
        ["-8388608"] * n,
        ["8388607"] * n,
        ["HP: DC; LP: 67 Hz"] * n,
        [str(rate)] * n,
        ["Reserved"] * n,
    )
    edf.write_bdf(path, ("X", "X", "01.01.85", "00.00.00"), columns, np.round(np.stack([*steps, codes])), rate)


def _write_eeg(path: Path, fake: FakeSession, rng: np.random.Generator) -> None:
    n = fake.rate * int(np.ceil(2 * fake.lead + fake.clip + abs(fake.offset) + 1))
    times = np.arange(n) / fake.rate
    begin, end = fake.session(np.array(FLASH))
    data = background(rng, len(ELECTRODES), n, float(fake.rate)) / 4 + 200 * ((times >= begin) & (times < end))
    signals = {name: (row, "uV") for name, row in zip(ELECTRODES, data, strict=True)}
    signals |= {name: (values, OTHERS[name]) for name, values in _sensors(fake, times, rng).items()}
    write_bdf(path, signals, _codes(fake, n), fake.rate)


def _sensors(fake: FakeSession, times: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """What the sensors on the body record at ``times`` (N,)."""
    heart = ecg_wave(times, HEART_RATE)
    clean = {
        "EXG1": 1000 - heart / 2,
        "EXG2": 1000 + heart / 2,
        "EXG3": np.full(len(times), 1000.0),
        "GSR1": 1e6 / skin_wave(times, 5.0 + fake.subject % 3, 4.0),  # ohms
        "Resp": 2000 * breath_wave(times, 15.0),
        "Temp": 33 + 0.01 * times,
    }
    # a hundredth of what varies: no two trials are alike
    return {name: row + 0.01 * row.std() * rng.standard_normal(len(row)) for name, row in clean.items()}


def _codes(fake: FakeSession, n: int) -> np.ndarray:
    """Status, (N,): each trigger lasts five samples."""
    codes = np.full(n, STATE)
    seen = [float(fake.session(camera)) + fake.moved.get(i, 0.0) for i, (_, camera) in enumerate(fake.events)]
    for second in (*seen, *fake.extra):
        begin = round(second * fake.rate)
        codes[begin : begin + 5] = STATE + 16
    return codes


def _pictures(fake: FakeSession, rng: np.random.Generator) -> Iterator[np.ndarray]:
    mouths = [face_picture(rng, (48, 64), mouth) for mouth in np.linspace(-1, 1, 8)]
    white = np.full((48, 64), 250, np.uint8)
    for frame, camera in enumerate(fake.camera(np.arange(fake.n_frames))):
        yield white if FLASH[0] <= camera < FLASH[1] else mouths[frame % 8]


def _sound(fake: FakeSession) -> dict[str, float]:
    begin = 44100 * fake.vid_begin / fake.vid_rate
    return {"audRate": 44100.0, "audBeginSmp": begin, "audEndSmp": begin + 44100 * fake.clip}


def _sample(fake: FakeSession, number: int, camera: float, look: np.ndarray) -> dict[str, str]:
    """The cells of one sample by column; ``look`` is x, y and pupil, NaN in a blink."""
    cells = {"Timestamp": _stamp(camera), "DateTimeStamp": "17:53:46.000", "Number": str(number)}
    cells |= {"MediaWidth": "1280", "MediaHeight": "800", "MediaPosX": "0", "MediaPosY": "0"}
    blink = bool(np.isnan(look).any())
    for eye, aside, lost in (("Left", -4.0, blink), ("Right", 4.0, blink or number % 5 == 0)):
        x, y, pupil = (-1.0, -1.0, -1.0) if lost else (look[0] + aside, look[1], look[2])
        of_eye = {"GazePointX": x, "GazePointY": y, "CamX": 0.5, "CamY": 0.5, "Distance": 650.0, "Pupil": pupil}
        cells |= {f"{name}{eye}": f"{value:.2f}" for name, value in of_eye.items()}
        cells[f"Validity{eye}"] = "4" if lost else "0"
    mapped = (0.0, 0.0) if blink else (look[0], look[1])
    cells |= {f"MappedGazeDataPoint{axis}": f"{at:.0f}" for axis, at in zip("XY", mapped, strict=True)}
    if number % 4 == 0:
        sound = _sound(fake)
        cells["AudioSampleNumber"] = f"{sound['audBeginSmp'] + camera * sound['audRate']:.0f}"
    return cells


def _stamp(camera: float) -> str:
    return f"{1000 * (1.5 + (1 - 5 / 60_000) * (camera + 1)):.0f}"


def _eeg_name(fake: FakeSession) -> str:
    return f"Part_{fake.subject}_S_Trial{max(fake.number % 130 // 2, 1)}_emotion.bdf"


def _video_name(fake: FakeSession) -> str:
    return f"P{fake.subject}-Rec1-2009.07.09.17.53.46_C1 trigger _C_Section_{fake.number}.avi"


def _gaze_name(fake: FakeSession) -> str:
    return f"P{fake.subject}-Rec1-All-Data-New_Section_{fake.number}.tsv"
