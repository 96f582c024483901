"""The container of the Lab Streaming Layer, XDF 1.0: followed to its last byte, then read by pyxdf."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree

import numpy as np

from ...errors import InputError
from ...regular_file import check_regular
from ...streams.source import FileVersion, file_version

FILE_HEADER, STREAM_HEADER, SAMPLES, CLOCK_OFFSET, BOUNDARY, STREAM_FOOTER = range(1, 7)
"""Tags of chunks."""


@dataclass(frozen=True)
class StreamInfo:
    """The header and footer of one stream of C channels in an XDF file.

    Args:
        number: The stream's number in the file.
        name, kind: As its sender called it, and its content, such as ``"EEG"``.
        channels: C.
        rate: Nominal samples a second (Hz); 0 for events.
        labels, units, contents: Of each channel, empty where it has none; (C,) or none at all.
        samples: Samples in the file.
        announced: Samples that its footer announces, or None where it does not say.
        offsets: How often its clock was compared with the recorder's.
    """

    number: int
    name: str
    kind: str
    channels: int
    rate: float
    labels: tuple[str, ...]
    units: tuple[str, ...]
    contents: tuple[str, ...]
    samples: int
    announced: int | None
    offsets: int

    def __str__(self) -> str:
        return f"{self.name!r} of type {self.kind!r}"


@dataclass(frozen=True, eq=False)
class StreamData:
    """One stream's N samples.

    Args:
        values: (N, C) numbers, or (N, C) text.
        times: (N,) seconds on the recorder's clock, as stamped: nothing is smoothed.
        compared: (K, 2) seconds of the sending computer and of the recorder's, each time the two were compared.
    """

    values: np.ndarray
    times: np.ndarray
    compared: np.ndarray


@dataclass
class _Stream:
    """The facts of a stream that are gathered on the way through the file."""

    header: ElementTree.Element
    footer: ElementTree.Element | None = None
    samples: int = 0
    offsets: int = 0


class _Faults(logging.Handler):
    """The errors that pyxdf only logs before it goes on with less data."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Store one message."""
        self.messages.append(record.getMessage())


def read_streams(path: Path) -> tuple[StreamInfo, ...]:
    """All streams of a file. Reads no samples, but follows the chunks to the file's last byte.

    Raises:
        InputError: The file is no XDF file, is cut, or a stream lacks its footer or samples that the footer announces.
    """
    return _read_streams(path, file_version(path))


@lru_cache(maxsize=64)
def _read_streams(path: Path, _version: FileVersion) -> tuple[StreamInfo, ...]:
    size = path.stat().st_size
    gathered: dict[int, _Stream] = {}
    check_regular(path)
    with path.open("rb") as file:
        for tag, content in _chunks(path, file, size):
            _gather(path, gathered, tag, file, content)
    if not gathered:
        raise _damaged(path, f"{size} bytes without a stream")
    return tuple(_info(path, number, stream) for number, stream in gathered.items())


def load_streams(path: Path, streams: Sequence[StreamInfo]) -> dict[int, StreamData]:
    """The samples of some streams by their numbers, on the clock of the computer that recorded.

    Raises:
        InputError: A chunk is damaged, a clock was never compared with the recorder's, or jumped while recording.
    """
    import pyxdf

    lone = [str(stream) for stream in streams if not stream.offsets]
    if lone:
        found = f"no clock offsets for {', '.join(lone)}"
        raise InputError(path, found, "one or more a stream", "record with LabRecorder, which compares the clocks")
    with _pyxdf_errors(path):
        loaded, _ = pyxdf.load_xdf(
            str(path), [stream.number for stream in streams], synchronize_clocks=True, dejitter_timestamps=False
        )
    by_number = {int(stream["info"]["stream_id"]): stream for stream in loaded}
    return {stream.number: _data(path, stream, by_number[stream.number]) for stream in streams}


def _chunks(path: Path, file: BinaryIO, size: int) -> Iterator[tuple[int, int]]:
    """Tag and bytes of content of each chunk, with the file standing at its content."""
    if file.read(4) != b"XDF:":
        raise InputError(path, "no XDF header", "a recording of LabRecorder", "check the file")
    at = 4
    while at < size:
        file.seek(at)
        length = _length(file)
        begin = file.tell()
        if length is None or length < 2 or begin + length > size:
            raise _damaged(path, f"{size} bytes, and at byte {at} a chunk that goes on behind them, or none")
        tag = int.from_bytes(file.read(2), "little")
        if not FILE_HEADER <= tag <= STREAM_FOOTER:
            raise _damaged(path, f"a chunk of unknown kind {tag} at byte {at}")
        yield tag, length - 2
        at = begin + length


def _length(file: BinaryIO) -> int | None:
    """An integer behind the number of its bytes; None where there is none."""
    width = file.read(1)
    content = file.read(width[0]) if width and width[0] in (1, 4, 8) else b""
    return int.from_bytes(content, "little") if width and len(content) == width[0] else None


def _gather(path: Path, gathered: dict[int, _Stream], tag: int, file: BinaryIO, length: int) -> None:
    """Add one chunk to what is known of its stream."""
    if tag in (FILE_HEADER, BOUNDARY):
        return
    number = int.from_bytes(file.read(4), "little")
    if tag == STREAM_HEADER:
        if number in gathered:
            raise _damaged(path, f"a chunk of stream {number} behind its header")
        gathered[number] = _Stream(_xml(path, file.read(length - 4)))
    elif number not in gathered:
        raise _damaged(path, f"a chunk of stream {number} before its header")
    elif tag == SAMPLES:
        gathered[number].samples += _length(file) or 0
    elif tag == CLOCK_OFFSET:
        gathered[number].offsets += 1
    else:
        gathered[number].footer = _xml(path, file.read(length - 4))


def _xml(path: Path, content: bytes) -> ElementTree.Element:
    """A header or footer; one that defines entities is refused unread."""
    try:
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise ValueError("entities are defined")
        return ElementTree.fromstring(content.decode("utf-8"))
    except (ElementTree.ParseError, ValueError) as error:
        raise _damaged(path, f"a header or footer that is no plain XML ({error})") from error


def _info(path: Path, number: int, stream: _Stream) -> StreamInfo:
    name, kind = stream.header.findtext("name", ""), stream.header.findtext("type", "")
    if stream.footer is None:
        raise _damaged(path, f"no footer of stream {name!r}, so its end is missing")
    try:
        count = stream.footer.findtext("sample_count")
        announced = None if count is None else int(count)
        rate = float(stream.header.findtext("nominal_srate", ""))
        width = int(stream.header.findtext("channel_count", ""))
    except ValueError as error:
        raise _damaged(path, f"stream {name!r} with a header or footer of other values ({error})") from error
    if announced is not None and stream.samples < announced:  # late samples may come behind the count, never before
        raise _damaged(path, f"{stream.samples} of the {announced} samples of stream {name!r}")
    channels = stream.header.findall("./desc/channels/channel")
    labels, units, contents = (_texts(channels, name) for name in ("label", "unit", "type"))
    return StreamInfo(
        number=number,
        name=name,
        kind=kind,
        channels=width,
        rate=rate,
        labels=labels,
        units=units,
        contents=contents,
        samples=stream.samples,
        announced=announced,
        offsets=stream.offsets,
    )


def _texts(elements: Sequence[ElementTree.Element], name: str) -> tuple[str, ...]:
    return tuple(element.findtext(name, "").strip() for element in elements)


@contextmanager
def _pyxdf_errors(path: Path) -> Iterator[None]:
    """A context in which all that pyxdf raises, or only logs, becomes an ``InputError``."""
    faults, logger = _Faults(), logging.getLogger("pyxdf.pyxdf")
    logger.addHandler(faults)
    try:
        yield
    except Exception as error:  # one exception type at the border: broken bytes raise half a dozen
        raise _damaged(path, f"{type(error).__name__} ({error})") from error
    finally:
        logger.removeHandler(faults)
    if faults.messages:
        raise _damaged(path, faults.messages[0])


def _data(path: Path, stream: StreamInfo, loaded: dict[str, Any]) -> StreamData:
    times = np.asarray(loaded["time_stamps"], float)
    if len(times) not in (stream.samples, stream.announced):
        raise _damaged(path, f"{len(times)} of the {stream.samples} samples of {stream}")
    if len(loaded["info"]["clock_segments"]) > 1:
        segments = len(loaded["info"]["clock_segments"])
        found = f"a clock of {stream} that jumped, {segments} stretches"
        wanted = "one clock for the whole recording"
        raise InputError(path, found, wanted, "leave the recording out, or cut it where the device was started again")
    values = np.asarray(loaded["time_series"])
    return StreamData(values.reshape(len(times), stream.channels), times, _compared(loaded))


def _compared(loaded: dict[str, Any]) -> np.ndarray:
    """Comparisons (K, 2) by the sender's seconds; one that the file holds twice counts once."""
    sender, first = np.unique(np.asarray(loaded["clock_times"], float), return_index=True)
    return np.column_stack([sender, sender + np.asarray(loaded["clock_values"], float)[first]])


def _damaged(path: Path, found: str) -> InputError:
    return InputError(path, found, "the whole recording", "copy the file again, or leave it out if it was never closed")


def xdf_chunk(tag: int, content: bytes, stream: int | None = None) -> bytes:
    """One chunk as a file holds it: its length, its tag, the stream's number where it belongs to one, its content."""
    body = BytesIO()
    body.write(tag.to_bytes(2, "little"))
    if stream is not None:
        body.write(stream.to_bytes(4, "little"))
    body.write(content)
    return var_int(body.tell()) + body.getvalue()


def var_int(number: int) -> bytes:
    """A whole number behind the number of its bytes: 1, 4 or 8."""
    width = next(width for width in (1, 4, 8) if number < 256**width)
    return bytes((width,)) + number.to_bytes(width, "little")
