"""Video files through FFmpeg: decoded in order, with the container's own times."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..streams.source import Source
from ..streams.video import Video

_PICTURES = ("image2", "_pipe", "gif", "apng", "webp")
_UPRIGHT = {0: 0, 90: 1, 180: 2, 270: 3}
_LUMA_FIRST = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray")
"""Pixel formats whose first plane is an 8-bit luma, which is then read without any conversion."""


def open_video(path: Path) -> Video:
    """Open a video: its packets are counted and timed, nothing is decoded but the first frame.

    Times are those of the container, from its own beginning, so a video that starts later than the sound does so here.
    Frames that an edit list hides are left out, as a player does. A picture that the file says to turn is turned.

    Raises:
        InputError: There is no video in it, it is cut short, damaged, or turned by no right angle.
    """
    with _container(path) as container:
        stream = container.streams.video[0]
        ordered = container.format.name == "avi"
        ticks, hidden = _ticks(path, container, stream, ordered)
        announced, begin = stream.frames, (container.start_time or 0) / 1e6
        times = np.array(ticks, float) * float(stream.time_base) - max(begin, 0.0)
        rate = float(stream.average_rate or 0) or (len(ticks) - 1) / max(times[-1] - times[0], 1e-9)
    if announced and announced > len(ticks) + hidden:
        raise _damaged(path, f"{len(ticks) + hidden} of the {announced} frames that its header announces")
    read = FileFrames(path, tuple(ticks), ordered)
    first = next(iter(read(0, 1)))
    return Video(times, (first.shape[0], first.shape[1]), 1 / rate, read, Source(path))


@dataclass(frozen=True)
class FileFrames:
    """Decodes a file's frames in order.

    Args:
        path: The file.
        ticks: Time at which each frame is shown, in the stream's own unit: the frames that must come, one by one.
        ordered: Whether frames are told apart by their order. AVI holds no times of its own: a frame is shown at its
            place, and what FFmpeg makes of it where frames are predicted backwards may be wrong.
    """

    path: Path
    ticks: tuple[int, ...]
    ordered: bool = False

    def __call__(self, first: int, last: int) -> Iterator[np.ndarray]:
        """The pictures of the half-open range ``first`` to ``last``, (height, width) uint8."""
        if first >= last:
            return
        with _container(self.path) as container:
            stream = container.streams.video[0]
            # "explode": a damaged picture raises; FFmpeg would smear the picture before over it
            stream.thread_type, stream.codec_context.options = "NONE", {"err_detect": "explode"}
            number = first
            frames = self._in_order if self.ordered else self._by_time
            for frame in frames(container, stream, first):
                if number == last:
                    return
                yield _upright(self.path, frame)
                number += 1
            if number < last:
                raise self._missing(number, stream)

    def _in_order(self, container: Any, stream: Any, first: int) -> Iterator[Any]:
        """Frames from ``first`` on, counted from the file's beginning."""
        return islice(_decoded(self.path, container, stream), first, None)

    def _by_time(self, container: Any, stream: Any, first: int) -> Iterator[Any]:
        """Frames from ``first`` on, each compared with the time at which it must be shown."""
        if first:
            container.seek(self.ticks[first], stream=stream)  # the key frame at or before it
        number = first
        for frame in _decoded(self.path, container, stream):
            if number == len(self.ticks):
                return
            if frame.pts is None or frame.pts < self.ticks[number]:
                self._check_hidden(frame, number, first)
                continue
            if frame.pts != self.ticks[number]:
                raise self._missing(number, stream)
            yield frame
            number += 1

    def _check_hidden(self, frame: Any, number: int, first: int) -> None:
        """Frames before the wanted ones, or hidden by an edit list, are no error; a frame between two known ones is."""
        if number > first and frame.pts is not None and frame.pts > self.ticks[number - 1]:
            raise _damaged(self.path, f"a frame between frames {number - 1} and {number} that its index lacks")

    def _missing(self, number: int, stream: Any) -> InputError:
        at = self.ticks[number] * float(stream.time_base)
        return _damaged(self.path, f"no picture for frame {number} of {len(self.ticks)}, at {at:.3f} s")


def _ticks(path: Path, container: Any, stream: Any, ordered: bool) -> tuple[list[int], int]:
    """Times at which frames are shown, sorted, and the number of hidden ones, from the packets: nothing is decoded."""
    ticks, hidden = [], 0
    try:
        for packet in container.demux(stream):
            if packet.size and packet.is_corrupt:
                raise _damaged(path, "a packet that its container calls corrupt")
            hidden += bool(packet.size and packet.is_discard)
            if packet.size and not packet.is_discard:
                ticks.append(packet.dts if ordered else packet.pts)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise _damaged(path, f"an end after {len(ticks)} frames ({error})") from error
    if not ticks or None in ticks:
        found = "frames without times" if ticks else "no frames"
        raise InputError(path, found, "a video whose frames have times", "convert it to .mp4")
    return sorted(ticks), hidden


def _decoded(path: Path, container: Any, stream: Any) -> Iterator[Any]:
    try:
        for frame in container.decode(stream):
            if frame.is_corrupt:
                raise _damaged(path, f"a damaged picture at {frame.time:.3f} s")
            yield frame
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise _damaged(path, f"pictures that cannot be decoded ({error})") from error


def _upright(path: Path, frame: Any) -> np.ndarray:
    turns = _UPRIGHT.get(round(frame.rotation) % 360)
    if turns is None:
        raise InputError(path, f"a picture turned by {frame.rotation} degrees", "a right angle", "convert the file")
    picture = _luma(frame)
    return np.rot90(picture, turns) if turns else picture


def _luma(frame: Any) -> np.ndarray:
    """(height, width) uint8: the luma plane itself where there is one, else converted."""
    if frame.format.name not in _LUMA_FIRST:
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


@contextmanager
def _container(path: Path) -> Iterator[Any]:
    import av

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            container = av.open(str(path))
    except (OSError, ValueError) as error:
        found = "no such file" if not path.exists() else f"{path.stat().st_size} bytes that are no video ({error})"
        raise InputError(path, found, "a video file that FFmpeg reads", "check the file") from error
    with container:
        if any(container.format.name.endswith(kind) for kind in _PICTURES):
            raise InputError(path, f"a picture ({container.format.name})", "a video", "give pictures as a folder")
        if not container.streams.video:
            raise InputError(path, "no video stream, only sound or data", "a video", "give the file with the picture")
        yield container


def _damaged(path: Path, found: str) -> InputError:
    return InputError(path, found, "the whole video", "copy the file again from its source, or leave the trial out")
