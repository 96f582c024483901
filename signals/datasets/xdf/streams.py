"""The meaning of an XDF file's streams: EEG, markers and frames, where trials are, and when frames were."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...streams.clock import Clock
from ...streams.source import Source
from ...streams.video import Video
from .file import StreamData, StreamInfo

VIDEO_KINDS = ("videoraw", "videostream", "video")
"""Types of streams that hold frame numbers, in small letters."""

_TAIL = 2.0
"""Seconds of frames behind the last number that a camera may write after the recorder was stopped."""


@dataclass(frozen=True)
class Choice:
    """The streams of one file that are read; ``frames`` is None where there is no video.

    ``number`` is the channel of ``frames`` that holds the frame numbers, as somebody named it; ``remarks`` tell of
    streams without samples that were passed over.
    """

    eeg: StreamInfo
    markers: StreamInfo
    frames: StreamInfo | None
    number: str | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class StreamNames:
    """Names of the streams to read, and of the channel of frame numbers; None for the only one of its type."""

    eeg: str | None = None
    markers: str | None = None
    frames: str | None = None
    number: str | None = None


@dataclass(frozen=True)
class Span:
    """One trial by its markers, in seconds on the recorder's clock."""

    category: str
    stimulus: str
    start: float
    stop: float


@dataclass(frozen=True)
class MarkerWords:
    """The words that begin and end a trial, as the first in a marker."""

    start: str
    stop: str

    def __post_init__(self) -> None:
        words = (self.start.strip(), self.stop.strip())
        if not all(words) or words[0] == words[1]:
            raise InputError("start and stop", f"{self.start!r}, {self.stop!r}", "two different words", "name them")


def choose(path: Path, streams: Sequence[StreamInfo], names: StreamNames, face: bool) -> Choice:
    """The streams to read: the only one of its type that holds samples, or that of a name.

    Raises:
        InputError: There is none or there are several, the EEG has no rate, or no stream says when the video's frames
            were.
    """
    empty = [stream for stream in streams if not stream.samples]
    # an outlet that was opened twice leaves a twin without samples
    full = [stream for stream in streams if stream not in empty or not _twins(stream, streams)]
    the_eeg = _single(path, full, ("eeg",), names.eeg, "eeg")
    the_markers = _single(path, full, ("markers",), names.markers, "markers")
    if not (the_eeg.rate > 0 and the_eeg.samples > 1):
        found = f"{the_eeg.samples} samples at {the_eeg.rate:g} Hz in {the_eeg}"
        raise InputError(path, found, "EEG at a nominal rate", "record it as a stream with a rate")
    kinds = [stream for stream in full if stream.kind.lower() in VIDEO_KINDS]
    frames = _single(path, full, VIDEO_KINDS, names.frames, "frames") if face and (kinds or names.frames) else None
    passed = tuple(f"stream {stream} holds no samples; its twin was read" for stream in empty if stream not in full)
    return Choice(the_eeg, the_markers, frames, names.number, passed)


def trial_spans(where: object, markers: StreamData, words: MarkerWords) -> list[Span]:
    """The trials between markers, in order; other markers are let pass.

    What follows the first word of a start is ``category/stimulus``; without a slash it is both. A stop may repeat it.

    Raises:
        InputError: There are none; one begins or ends twice, never ends, begins without a name, or ends under another;
            a marker is there twice, or their times run backwards.
    """
    texts = [str(text) for text in markers.values[:, 0]]
    marks = []
    for text, time in zip(texts, markers.times, strict=True):
        kind, rest = _parsed(text, words)
        if kind:
            marks.append((kind, rest, float(time)))
    if not marks:
        known = ", ".join(repr(text) for text in dict.fromkeys(texts[:8])) or "none"
        wanted = f"some that begin with {words.start!r} and {words.stop!r}"
        raise InputError(where, f"the markers {known}", wanted, "name the words with start=... and stop=...")
    _check_order(where, marks)
    for place, (kind, rest, time) in enumerate(marks):
        if kind != ("start", "stop")[place % 2]:
            before = f" after {' '.join(marks[place - 1][:2])!r}" if place else ""
            raise _bad_marker(where, f"{' '.join((kind, rest)).strip()!r} at {time:.3f} s{before}")
    if len(marks) % 2:
        raise _bad_marker(where, f"'start {marks[-1][1]}' at {marks[-1][2]:.3f} s, and no stop")
    return [_span(where, *pair) for pair in zip(marks[::2], marks[1::2], strict=True)]


def place_frames(video: Video, frames: StreamData, session: np.ndarray, clock: Clock, source: Source) -> Video:
    """The video with its frames at the times that were measured for their numbers.

    Numbers may skip. Where the file holds as many frames as the stream has numbers, the camera dropped what is skipped:
    frame i of the file is the stream's i-th. Where it holds as many as lie between the first number and the last, only
    numbers were lost: frames without one stand between their neighbours as in the file. Where it holds as many as the
    last number says, counted from 0 or 1, the recorder was started after the camera. Where no number is skipped, up to
    ``_TAIL`` seconds of frames behind the last number are the camera's last, which the recorder no longer saw. Frames
    in front of the first number and behind the last have no time of their own and are left out.

    Args:
        video: The file, with its own times.
        frames: (K,) or (K, 1) frame numbers.
        session: (K,) measured seconds of each on the session clock.
        clock: From the seconds of the camera's computer to the session clock.
        source: What all of it was read from.

    Raises:
        InputError: Numbers are not whole or do not rise, or the file holds another number of frames.
    """
    numbers = _frame_numbers(source, frames)
    which = _in_file(video, numbers, source)
    base, span, count = int(numbers[0]), int(numbers[-1] - numbers[0]) + 1, len(numbers)
    skipped = f", {span - count} skipped" if span > count else ""
    compared = f"the camera's computer, compared with the recorder's clock {len(clock.events)} times"
    rule = f"{compared}; {count} frame numbers counted from {base}{skipped}, on the clock of the EEG samples"
    _check_rising(source, numbers, session)
    first, last = int(which[0]), int(which[-1])
    numbered = video if last + 1 - first == len(video) else video.take(np.arange(first, last + 1))
    times = np.interp(video.times[first : last + 1], video.times[which], session)
    outside = len(video) - len(numbered)
    remark = (f"{outside} frames before the first frame number or behind the last were left out",) if outside else ()
    remarks = (*video.remarks, *remark)
    return replace(numbered, times=times, clock=replace(clock, rule=rule), source=source, remarks=remarks)


def _in_file(video: Video, numbers: np.ndarray, source: Source) -> np.ndarray:
    """(K,) places in the file of the frames that have the K numbers."""
    count, base, end = len(numbers), int(numbers[0]), int(numbers[-1])
    if len(video) == count:
        return np.arange(count)
    places: dict[int, np.ndarray] = {end + 1 - base: numbers - base}
    if base > 1:  # the recorder was started after the camera, which counts from 0 or from 1
        places = {end + 1: numbers, end: numbers - 1} | places
    if len(video) in places:
        return places[len(video)]
    tail = len(video) - count
    if count == end + 1 - base and 0 < tail * video.step <= _TAIL:
        return np.arange(count)
    found = f"{len(video)} frames, and {count} frame numbers from {base} to {end}"
    counts = " or ".join(dict.fromkeys(map(str, (count, *sorted(places)))))
    raise InputError(source, found, f"{counts} frames", "give the video that belongs to the recording, whole")


def _single(
    path: Path, streams: Sequence[StreamInfo], kinds: Sequence[str], name: str | None, argument: str
) -> StreamInfo:
    if name is None:
        fitting = [stream for stream in streams if stream.kind.lower() in kinds]
    else:
        fitting = [stream for stream in streams if stream.name == name]
    if len(fitting) != 1:
        known = ", ".join(map(str, streams)) or "none"
        what = f"of type {kinds[0]!r}" if name is None else f"called {name!r}"
        do = f"name it with {argument}=..." + (", or leave the video aside with face=False" * (argument == "frames"))
        raise InputError(path, f"{len(fitting)} streams {what} among {known}", "exactly one", do)
    return fitting[0]


def _parsed(text: str, words: MarkerWords) -> tuple[str, str]:
    """The kind of a marker, start, stop or neither (""), and the text behind its word."""
    kinds = {"start": words.start, "stop": words.stop}
    # the longer word first: one may begin with the other, as "trial" and "trial end" do
    for kind, word in sorted(kinds.items(), key=lambda item: -len(item[1])):
        match = re.fullmatch(rf"{re.escape(word.strip())}(?:[\s:_,/-]+(.*))?", text.strip(), re.DOTALL)
        if match:
            return kind, (match[1] or "").strip()
    return "", ""


def _check_order(where: object, marks: Sequence[tuple[str, str, float]]) -> None:
    for (kind, rest, time), (later, name, after) in pairwise(marks):
        if after <= time:
            how = "twice at" if (kind, rest, time) == (later, name, after) else f"at {after:.3f} s, before"
            raise _bad_marker(where, f"{later} {name!r} {how} {kind} {rest!r} at {time:.3f} s")


def _span(where: object, start: tuple[str, str, float], stop: tuple[str, str, float]) -> Span:
    (_, name, begin), (_, ended, end) = start, stop
    category, _, stimulus = name.partition("/")
    if not category or (not stimulus and "/" in name) or ended not in ("", name):
        raise _bad_marker(where, f"'start {name}' at {begin:.3f} s and 'stop {ended}' at {end:.3f} s")
    return Span(category.strip(), stimulus.strip() or category.strip(), begin, end)


def _bad_marker(where: object, found: str) -> InputError:
    wanted = "starts and stops by turns, as in 'start happy/clip3' and 'stop', each named and once"
    return InputError(where, f"the marker {found}", wanted, "correct the recording's markers, or leave it out")


def _check_rising(source: Source, numbers: np.ndarray, session: np.ndarray) -> None:
    back = np.flatnonzero(np.diff(session) <= 0)
    if back.size:
        pair = slice(back[0], back[0] + 2)
        (first, second), (time, then) = numbers[pair], session[pair]
        found = f"frame {second} at {then:.3f} s after frame {first} at {time:.3f} s: a clock that runs backwards"
        raise InputError(source, found, "times that rise with the frames", "leave the video aside with face=False")


def _twins(stream: StreamInfo, streams: Sequence[StreamInfo]) -> bool:
    """True where another stream of the same name and type holds samples."""
    alike = [other for other in streams if (other.name, other.kind) == (stream.name, stream.kind)]
    return any(other.samples for other in alike)


def frame_column(frames: StreamData, info: StreamInfo, number: str | None, path: Path) -> StreamData:
    """The stream with its frame numbers alone, (K, 1) float64: of several channels the one that holds them.

    Numbers may be written as text. Without a name it is the only channel of whole numbers that rise.

    Args:
        frames: (K, C) values.
        info: The stream's header, with labels of the channels.
        number: Label of the channel of frame numbers; None where they are to be found.
        path: The file, for errors.

    Raises:
        InputError: No channel holds frame numbers, or several do.
    """
    columns = {channel: _as_numbers(frames.values[:, channel]) for channel in range(info.channels)}
    if number is not None:
        fitting = [channel for channel, label in enumerate(info.labels) if label == number]
    elif info.channels == 1:
        fitting = [0]
    else:
        fitting = [channel for channel, values in columns.items() if _counts(values)]
    if len(fitting) != 1 or not len(frames.values):
        found = f"{len(fitting)} channels of frame numbers among {', '.join(info.labels) or info.channels} in {info}"
        do = "name the channel with number=..., or leave the video aside with face=False"
        raise InputError(path, found, "one frame number a frame", do)
    return replace(frames, values=columns[fitting[0]][:, None])


def _as_numbers(values: np.ndarray) -> np.ndarray:
    """(K,) float64; NaN for text that is no number."""
    try:
        return values.astype(np.float64)
    except ValueError:
        return np.full(len(values), np.nan)


def _counts(values: np.ndarray) -> bool:
    return bool(np.isfinite(values).all() and (values == np.round(values)).all() and (np.diff(values) > 0).all())


def _frame_numbers(source: Source, frames: StreamData) -> np.ndarray:
    values = frames.values[:, 0]
    if not _counts(values):
        raise InputError(source, "frame numbers that are not whole or do not rise", "each frame once", "record again")
    return values.astype(np.int64)
