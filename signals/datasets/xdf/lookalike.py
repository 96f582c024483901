"""Simulated recordings of the Lab Streaming Layer: devices with clocks of their own, written as XDF 1.0."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from ...layouts.drawings import EPOC_14
from ...random_streams import RandomStream
from ...streams.clock import Clock
from ..lookalikes.drawn_face import face_picture
from ..lookalikes.recordings import background, write_note, write_video
from .file import BOUNDARY, CLOCK_OFFSET, FILE_HEADER, SAMPLES, STREAM_FOOTER, STREAM_HEADER, var_int, xdf_chunk

RATE, FRAMES, LENGTH = 128.0, 10, 24.0
BEGIN = 5000.0
"""The recorder's clock when a recording begins, s."""

MARK = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")
"""The content of a boundary chunk, by the specification."""

STARTS, TAKES = (2.0, 7.0, 12.0, 17.0), 4.0
"""Seconds of the recording at which trials begin, by the recorder's clock, and the length of each."""

CAMERA_ON = 0.3
"""Time of the first frame, s of the recording."""

EVENTS, LEAP = tuple(start + 1 for start in STARTS), 300.0
"""Times at which one frame is bright and one sample of the EEG leaps, s of the recording, and microvolts of a leap."""

CLIPS = ("happy/clip1", "sad/clip2", "happy/clip3", "sad/clip4")


def differing(offset: float, drift: float) -> Clock:
    """A device whose clock is ``offset`` s behind the recorder's at the beginning, and loses ``drift`` s a second."""
    return Clock(offset - drift * BEGIN, drift)


@dataclass(frozen=True, eq=False)
class FakeStream:
    """One stream to write.

    Args:
        name, kind: As its sender calls it, and its content.
        rate: Nominal samples a second (Hz); 0 for events.
        values: (N, C) float32 or int32 numbers, or N texts.
        stamps: (N,) seconds on the sending computer's clock.
        clock: From those to the recorder's seconds.
        labels, unit: Of its channels.
    """

    name: str
    kind: str
    rate: float
    values: np.ndarray | Sequence[str]
    stamps: np.ndarray
    clock: Clock
    labels: Sequence[str] = ()
    unit: str = "microvolts"


@dataclass(frozen=True)
class Setup:
    """Three devices, and the recorder's clock against each.

    Args:
        eeg, camera, markers: The clocks. A drift of 1 / 1500 is 40 ms a minute.
        seconds: Length of the recording.
        jitter: Standard deviation of the time stamps of EEG and frames, s.
        compared: Standard deviation of the comparisons of a clock with the recorder's, s.
        base: The number of the camera's first frame.
        dropped: Frames that the camera lost: neither in the file nor in the stream.
        unsent: Frames in the file whose number did not arrive.
        lost: EEG samples that never arrived.
    """

    eeg: Clock = field(default_factory=lambda: differing(0.137, 1 / 1500))
    camera: Clock = field(default_factory=lambda: differing(-2.5, -1 / 3000))
    markers: Clock = field(default_factory=lambda: differing(0.04, 1e-5))
    seconds: float = LENGTH
    jitter: float = 0.0005
    compared: float = 0.0001
    base: int = 0
    dropped: tuple[int, ...] = ()
    unsent: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()

    def session(self, seconds: float) -> float:
        """The true seconds on the EEG's own clock at seconds of the recording."""
        return float(self.eeg.device(np.array([BEGIN + seconds, BEGIN])) @ (1, -1))

    def frame(self, number: int) -> float:
        """The true seconds of the recording at which the camera took a frame."""
        return float(self.camera.session(self.camera.device(np.array(BEGIN + CAMERA_ON)) + number / FRAMES)) - BEGIN

    def bright(self) -> list[int]:
        """The frames nearest to the events."""
        return [round((event - CAMERA_ON) / (1 + self.camera.drift) * FRAMES) for event in EVENTS]


def write_recordings(root: Path, seed: int) -> None:
    """Four recordings, one beside an older one that LabRecorder set aside; notes that are none of the dataset."""
    write_note(root)
    setups = {
        "sub-P010/sub-P010_ses-S001_task-x_run-001_eeg": Setup(base=1, unsent=(33, 34)),
        "sub-P002/sub-P002_ses-S001_task-x_run-001_eeg": Setup(dropped=(50, 51, 90)),
        "sub-P002/sub-P002_ses-S001_task-x_run-002_eeg": Setup(lost=tuple(range(1440, 1472))),
        "pilot": Setup(eeg=Clock(-3.0), camera=Clock(-3.0), markers=Clock(-3.0)),
    }
    for number, (name, setup) in enumerate(setups.items()):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write_recording(root / f"{name}.xdf", setup, RandomStream.LOOKALIKE.rng(seed, number))
    (root / "sub-P010" / "sub-P010_ses-S001_task-x_run-001_eeg_old1.xdf").write_bytes(b"XDF:")
    (root / "notes.txt").write_text("a simulated session\n", encoding="utf-8")


def write_recording(path: Path, setup: Setup, rng: np.random.Generator) -> None:
    """One recording and its video: a leap in the EEG and a bright frame a second after each trial begins."""
    streams = fake_eeg(setup, rng), fake_markers(setup), fake_frames(setup, rng)
    write_xdf(path, streams, setup.seconds, rng, setup.compared)
    look = int(rng.integers(1 << 30))
    pictures = dict(enumerate(_pictures(look, _frames(setup), setup.bright())))
    stored = [picture for number, picture in pictures.items() if number not in setup.dropped]
    write_video(path.with_suffix(".mp4"), stored, FRAMES)


def fake_eeg(setup: Setup, rng: np.random.Generator) -> FakeStream:
    """Simulated EEG of 14 electrodes in microvolts."""
    begin = float(setup.eeg.device(np.array(BEGIN)))
    count = int(setup.session(setup.seconds) * RATE)
    eeg = background(rng, len(EPOC_14), count, RATE).T
    eeg[[round(setup.session(event) * RATE) for event in EVENTS]] += LEAP
    received = np.setdiff1d(np.arange(count), setup.lost)
    stamps = begin + received / RATE + setup.jitter * rng.standard_normal(len(received))
    return FakeStream(
        "Headset", "EEG", RATE, eeg[received].astype(np.float32), stamps, clock=setup.eeg, labels=EPOC_14.sites
    )


def fake_markers(setup: Setup) -> FakeStream:
    """Starts and stops, and a marker that is neither."""
    marks = [(0.5, "fixation"), *((start, f"start {clip}") for start, clip in zip(STARTS, CLIPS, strict=True))]
    marks = sorted([*marks, *((start + TAKES, "stop") for start in STARTS)])
    stamps = setup.markers.device(BEGIN + np.array([time for time, _ in marks]))
    return FakeStream(
        name="Films", kind="Markers", rate=0.0, values=[text for _, text in marks], stamps=stamps, clock=setup.markers
    )


def fake_frames(setup: Setup, rng: np.random.Generator) -> FakeStream:
    """The number of each frame that was not dropped and arrived."""
    numbers = np.setdiff1d(np.arange(_frames(setup)), (*setup.dropped, *setup.unsent))
    stamps = setup.camera.device(BEGIN + np.array([setup.frame(int(number)) for number in numbers]))
    stamps = stamps + setup.jitter * rng.standard_normal(len(numbers))
    values = (numbers + setup.base).astype(np.int32)[:, None]
    return FakeStream(
        "Camera", "VideoRaw", float(FRAMES), values, stamps, clock=setup.camera, labels=["frame"], unit=""
    )


def write_xdf(
    path: Path, streams: Sequence[FakeStream], seconds: float, rng: np.random.Generator, compared: float = 0.0001
) -> None:
    """Write streams as LabRecorder does: headers, samples in small chunks among clock offsets, footers."""
    timed = [(0.0, xdf_chunk(BOUNDARY, MARK))]
    for number, stream in enumerate(streams, 1):
        timed += [*_samples(number, stream), *_offsets(number, stream, (seconds, compared), rng)]
    chunks = [b"XDF:", xdf_chunk(FILE_HEADER, b'<?xml version="1.0"?><info><version>1.0</version></info>')]
    chunks += [xdf_chunk(STREAM_HEADER, _header(stream).encode(), n) for n, stream in enumerate(streams, 1)]
    chunks += [chunk for _, chunk in sorted(timed, key=lambda chunk: chunk[0])]
    chunks += [xdf_chunk(STREAM_FOOTER, _footer(stream).encode(), n) for n, stream in enumerate(streams, 1)]
    path.write_bytes(b"".join(chunks))


def _samples(number: int, stream: FakeStream) -> list[tuple[float, bytes]]:
    """Chunks of up to 32 samples, by the recorder's time of their last."""
    chunks = []
    for first in range(0, len(stream.stamps), 32):
        samples = range(first, min(first + 32, len(stream.stamps)))
        content = var_int(len(samples))
        for i in samples:  # 8: the bytes of the time stamp that follows
            content += b"\x08" + np.float64(stream.stamps[i]).tobytes() + _value(stream.values[i])
        arrival = float(stream.clock.session(stream.stamps[samples[-1]]))
        chunks.append((arrival, xdf_chunk(SAMPLES, content, number)))
    return chunks


def _value(value: np.ndarray | str) -> bytes:
    if isinstance(value, str):
        return var_int(len(value.encode())) + value.encode()
    return np.asarray(value).tobytes()


def _offsets(
    number: int, stream: FakeStream, measured: tuple[float, float], rng: np.random.Generator
) -> list[tuple[float, bytes]]:
    """Chunks of clock offsets, every five seconds; ``measured`` is for how long, and the error's standard deviation."""
    chunks, (seconds, deviation) = [], measured
    for time in BEGIN + np.arange(0.0, seconds, 5.0):
        sender = float(stream.clock.device(time))
        content = np.array([sender, time - sender + deviation * rng.standard_normal()]).tobytes()
        chunks.append((float(time), xdf_chunk(CLOCK_OFFSET, content, number)))
    return chunks


def _header(stream: FakeStream) -> str:
    """The stream's header as XML."""
    values = stream.values
    kind, count = (str(values.dtype), values.shape[1]) if isinstance(values, np.ndarray) else ("string", 1)
    channels = "".join(
        f"<channel><label>{escape(label)}</label><unit>{escape(stream.unit)}</unit>"
        f"<type>{'EEG' if stream.kind == 'EEG' else ''}</type></channel>"
        for label in stream.labels
    )
    return (
        f'<?xml version="1.0"?><info><name>{escape(stream.name)}</name><type>{escape(stream.kind)}</type>'
        f"<channel_count>{count}</channel_count><nominal_srate>{stream.rate:g}</nominal_srate>"
        f"<channel_format>{kind}</channel_format><source_id>simulated</source_id>"
        f"<desc><channels>{channels}</channels></desc></info>"
    )


def _footer(stream: FakeStream) -> str:
    count = len(stream.stamps)
    first, last = (stream.stamps[0], stream.stamps[-1]) if count else (0.0, 0.0)
    return (
        f'<?xml version="1.0"?><info><first_timestamp>{first:.6f}</first_timestamp>'
        f"<last_timestamp>{last:.6f}</last_timestamp><sample_count>{count}</sample_count></info>"
    )


def _frames(setup: Setup) -> int:
    """Number of frames that the camera takes before the recording ends."""
    return int((setup.seconds - CAMERA_ON) / (1 + setup.camera.drift) * FRAMES)


def _pictures(look: int, count: int, bright: list[int]) -> Iterator[np.ndarray]:
    """The same face in every frame, with noise of its own: no camera takes a picture twice."""
    face = face_picture(np.random.default_rng(look), (48, 64))
    for number in range(count):
        noise = RandomStream.LOOKALIKE.rng(look, number).normal(0, 3, face.shape)
        seen = np.clip(face + noise, 0, 255).astype(np.uint8)
        yield np.full_like(face, 235) if number in bright else seen
