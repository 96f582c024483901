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


@dataclass(frozen=True)
class Choice:
    """The streams of one file that are read; ``frames`` is None where there is no video."""

    eeg: StreamInfo
    markers: StreamInfo
    frames: StreamInfo | None


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


def choose(path: Path, streams: Sequence[StreamInfo], eeg: str | None, markers: str | None, face: bool) -> Choice:
    """The streams to read: the only one of its type, or that of a name.

    Raises:
        InputError: There is none or there are several, the EEG has no rate, or no stream says when the video's frames
            were.
    """
    the_eeg = _single(path, streams, ("eeg",), eeg, "eeg")
    the_markers = _single(path, streams, ("markers",), markers, "markers")
    if not (the_eeg.rate > 0 and the_eeg.samples > 1):
        found = f"{the_eeg.samples} samples at {the_eeg.rate:g} Hz in {the_eeg}"
        raise InputError(path, found, "EEG at a nominal rate", "record it as a stream with a rate")
    kinds = [stream for stream in streams if stream.kind.lower() in VIDEO_KINDS]
    frames = _single(path, streams, VIDEO_KINDS, None, "face") if face and kinds else None
    return Choice(the_eeg, the_markers, frames)


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

    Numbers count from 0 or 1, as the first one says, and may skip. Where the file holds as many frames as the stream
    has numbers, the camera dropped what is skipped: frame i of the file is the stream's i-th. Where it holds as many as
    the last number says, only numbers were lost: frames without one stand between their neighbours as in the file.

    Args:
        video: The file, with its own times.
        frames: (K, 1) frame numbers.
        session: (K,) measured seconds of each on the session clock.
        clock: From the seconds of the camera's computer to the session clock.
        source: What all of it was read from.

    Raises:
        InputError: The first number is neither 0 nor 1, numbers are not whole or do not rise, or the file holds another
            number of frames.
    """
    numbers = _frame_numbers(source, frames)
    base, span, count = int(numbers[0]), int(numbers[-1] - numbers[0]) + 1, len(numbers)
    if len(video) not in (count, span):
        counts = " or ".join(dict.fromkeys((str(count), str(span))))
        found = f"{len(video)} frames, and {count} frame numbers from {base} to {numbers[-1]}"
        raise InputError(source, found, f"{counts} frames", "give the video that belongs to the recording, whole")
    which = np.arange(count) if len(video) == count else numbers - base
    skipped = f", {span - count} skipped" if span > count else ""
    compared = f"the camera's computer, compared with the recorder's clock {len(clock.events)} times"
    rule = f"{compared}; {count} frame numbers counted from {base}{skipped}, on the clock of the EEG samples"
    _check_rising(source, numbers, session)
    times = np.interp(video.times, video.times[which], session)
    return replace(video, times=times, clock=replace(clock, rule=rule), source=source)


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
        do = "leave the video aside with face=False" if argument == "face" else f"name it with {argument}=..."
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


def _frame_numbers(source: Source, frames: StreamData) -> np.ndarray:
    values = frames.values
    if values.ndim != 2 or values.shape[1] != 1 or not np.issubdtype(values.dtype, np.number) or not len(values):
        found = f"{values.shape} values of {values.dtype} in the video's stream"
        raise InputError(source, found, "one frame number a frame", "leave the video aside with face=False")
    numbers = values[:, 0].astype(np.int64)
    if (numbers != values[:, 0]).any() or (np.diff(numbers) <= 0).any():
        raise InputError(source, "frame numbers that are not whole or do not rise", "each frame once", "record again")
    if numbers[0] not in (0, 1):
        found = f"a first frame number of {numbers[0]}, so it is not known what the file's first frame is called"
        raise InputError(source, found, "0 or 1", "start LabRecorder before the camera, or use face=False")
    return numbers
