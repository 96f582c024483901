"""Video files through FFmpeg: decoded in order, with the container's own times."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import dropwhile, islice
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...streams.rates import same_rate, usual_interval
from ...streams.source import Source
from ...streams.video import Video
from .container_file import ffmpeg_errors, open_container
from .container_length import announced_length
from .decoded_picture import Display, fitted
from .packet_clock import PLAIN, PacketClock, risen
from .packets import Packets, damaged, packets_of

_PICTURES, _MOVING = ("image2", "_pipe", "webp"), ("gif", "apng")
"""FFmpeg's formats of pictures, and of those that are videos if there are several."""

_DEFAULT, _COVER = 1, 1024
"""FFmpeg's marks of a track: shown unless another is chosen, and a picture that stands for the file."""


def open_video(path: Path) -> Video:
    """Open a video: its packets are counted and timed, nothing is decoded but the first frame.

    Times are those of the container, from its own beginning, so a video that starts later than the sound does so here.
    Frames that an edit list hides are left out, as a player does. Pictures are as players show them: of the track that
    is marked as default, turned and mirrored, with square pixels, and all with grey levels of 16 to 235 (``Display``).
    Of a file that begins between key pictures the frames before the first that can be decoded are left out. An empty
    chunk of an AVI is no frame, nor is one whose picture is not coded: the one before it stays until the next comes.

    Raises:
        InputError: There is no video in it, it is cut short, damaged, or turned by no right angle.
    """
    with _container(path) as container:
        stream = _stream(container)
        ordered = container.format.name == "avi"
        packets = Packets.read(path, container, stream, ordered)
        packets.check_whole(path, stream.frames, ordered)
        begin, unit = max((container.start_time or 0) / 1e6, 0.0), float(stream.time_base)
        average, tracks = float(stream.average_rate or 0), len(_tracks(container))
    ordered = ordered or packets.numbered
    start, picture, display = _first_picture(path, packets, ordered)
    ticks = tuple(tick for tick in packets.ticks if tick >= start)
    times, equal = risen(path, ticks, unit, average)
    step, by_order = _step(times, unit, average), ordered or bool(equal) or not packets.clock.plain
    gaps, size = int((np.diff(times) > 1.5 * step).sum()), (picture.shape[0], picture.shape[1])
    left_out = len(packets.ticks) - len(ticks)
    return Video(
        times=times - begin,
        size=size,
        step=step,
        read=FileFrames(path, ticks, size, ordered=by_order, keys=packets.keys, clock=packets.clock),
        source=Source(path),
        display=display,
        remarks=(
            *_remarks(packets, left_out, tracks, gaps),
            *_length_remarks(path),
            *_clock_remarks(packets, equal, average),
            *display,
        ),
        joints=packets.joints(ticks),
    )


@dataclass(frozen=True)
class FileFrames:
    """Decodes a file's frames in order.

    Args:
        path: The file.
        ticks: Time at which each frame is shown, in the stream's own unit: the frames that must come, one by one.
        size: Height and width of the first picture. One of another size, as where a connection got worse, is brought
            to it whole, with black beside it where the shapes differ.
        ordered: Whether frames are told apart by their order. AVI holds no times of its own: a frame is shown at its
            place, and what FFmpeg makes of it where frames are predicted backwards may be wrong. Of other files whose
            stamps are equal, fall or begin anew, frames are told apart so as well.
        keys: When key pictures, from which decoding can begin, are shown and stored; none where the file marks none.
        clock: What makes the file's stamps one clock.
    """

    path: Path
    ticks: tuple[int, ...]
    size: tuple[int, int]
    ordered: bool = False
    keys: tuple[tuple[int, int], ...] = ()
    clock: PacketClock = PLAIN

    def __call__(self, first: int, last: int) -> Iterator[np.ndarray]:
        """The pictures of the half-open range ``first`` to ``last``, (height, width) uint8."""
        number = first
        try:
            for picture in self._pictures(first, last, first if self.keys and not self.ordered else 0):
                yield picture
                number += 1
        except InputError:
            if self.ordered or not first or not self.keys:
                raise
            # Behind an open key picture FFmpeg may lack what came before it: from the beginning on all is there.
            yield from self._pictures(number, last, 0)

    def _pictures(self, first: int, last: int, sought: int) -> Iterator[np.ndarray]:
        """The same, decoded from the key picture of frame ``sought`` on, or from the beginning."""
        if first >= last:
            return
        with _container(self.path) as container:
            stream, display = _opened(self.path, container)
            if sought:
                self._seek(container, stream, sought)
            decoded = _decoded(self.path, container, stream, bool(self.keys), self.clock)
            frames = self._by_order(decoded, first) if self.ordered else self._by_time(decoded, stream, first)
            number = first
            for frame in islice(frames, last - first):
                yield fitted(display(frame), self.size)
                number += 1
            if number < last:
                raise self._missing(number, stream)

    def _seek(self, container: Any, stream: Any, number: int) -> None:
        """Go to the key picture that is shown at a frame or before it: one stored before may be shown later."""
        before = bisect_right(self.keys, (self.ticks[number], np.inf))
        if before:
            container.seek(self.keys[before - 1][1], stream=stream)

    def _by_order(self, decoded: Iterator[Any], first: int) -> Iterator[Any]:
        """Frames from ``first`` on, by their number; what is shown before all of them counts for none."""
        if not self.clock.plain:
            decoded = dropwhile(lambda frame: frame.pts is None or frame.pts < self.ticks[0], decoded)
        return islice(decoded, first, None)

    def _by_time(self, decoded: Iterator[Any], stream: Any, first: int) -> Iterator[Any]:
        """Frames from ``first`` on, each compared with the time at which it must be shown."""
        number = first
        for frame in decoded:
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
            raise damaged(self.path, f"a frame between frames {number - 1} and {number} that its index lacks")

    def _missing(self, number: int, stream: Any) -> InputError:
        at = self.ticks[number] * float(stream.time_base)
        return damaged(self.path, f"no picture for frame {number} of {len(self.ticks)}, at {at:.3f} s")


def _remarks(packets: Packets, undecoded: int, tracks: int, gaps: int) -> tuple[str, ...]:
    """What is said of a file with that many frames before the first that decodes, video tracks, and gaps in time."""
    remarks = []
    if tracks > 1:
        remarks.append("of several video tracks the one marked as default is read, or else the first")
    if undecoded:
        remarks.append(f"it begins between key pictures: frames before the first that decodes left out ({undecoded})")
    if gaps and packets.empty:  # without gaps the clock of the container is finer than the camera's
        remarks.append(f"empty chunks ({packets.empty}): the frame before stays until the next comes")
    if gaps:
        remarks.append(f"gaps between its frames ({gaps}): no window reaches across one")
    return tuple(remarks)


def _length_remarks(path: Path) -> tuple[str, ...]:
    """What is said of a file that is longer than its outermost headers say."""
    longer = (announced_length(path) or math.inf) < path.stat().st_size
    return ("bytes behind the end that its header announces: not looked at",) if longer else ()


def _clock_remarks(packets: Packets, equal: int, average: float) -> tuple[str, ...]:
    """What is said of a file's clock, with that many stamps like the one before."""
    clock, remarks = packets.clock, []
    if packets.numbered:
        remarks.append(f"it holds no time stamps: {average:.4g} frames a second are taken, as FFmpeg finds")
    if clock.shifts:
        on = "it goes on at the usual rate there, and no window reaches across"
        remarks.append(f"its clock begins anew or jumps, as of parts put into one file ({len(clock.shifts)}): {on}")
    if clock.left_out:
        remarks.append(f"frames that are not whole at the joints of its parts left out ({len(clock.left_out)})")
    if equal:
        remarks.append(f"equal time stamps ({equal}): such frames are spread evenly until the next stamp")
    if clock.falling:
        remarks.append(f"time stamps that fall a little ({clock.falling}): they are put in order")
    return tuple(remarks)


def _step(times: np.ndarray, unit: float, average: float) -> float:
    """Seconds that a frame is shown for: by the average rate that the file states, unless gaps or others change it."""
    if len(times) < 2:
        return 1 / average if average else unit
    usual = usual_interval(np.diff(times))
    return 1 / average if average and same_rate(usual, 1 / average) else usual


def _first_picture(path: Path, packets: Packets, ordered: bool) -> tuple[int, np.ndarray, tuple[str, ...]]:
    """The tick at which the first picture that decodes is shown, the picture, and what is said of it."""
    ticks, key = packets.ticks, packets.key
    wanted = ticks[0] if key is None else ticks[min(bisect_left(ticks, key), len(ticks) - 1)]
    with _container(path) as container:
        stream, display = _opened(path, container)
        frame = next(_decoded(path, container, stream, key is not None, packets.clock), None)
        if frame is None or (key is not None and not ordered and frame.pts > wanted):
            raise damaged(path, "a first key picture that cannot be decoded")
        start = wanted if ordered else min(frame.pts, wanted) if key is not None else frame.pts
        return start, display(frame), display.remarks(frame)


def _opened(path: Path, container: Any) -> tuple[Any, Display]:
    """The stream, ready to be decoded, and how its frames are shown."""
    stream = _stream(container)
    # "explode": a damaged picture raises; FFmpeg would smear the picture before over it
    stream.thread_type, stream.codec_context.options = "NONE", {"err_detect": "explode"}
    return stream, Display(path, stream.sample_aspect_ratio or Fraction(1))


def _stream(container: Any) -> Any:
    """The video track that players show: the one marked as default, or else the first."""
    tracks = _tracks(container)
    return next((track for track in tracks if track.disposition & _DEFAULT), tracks[0])


def _tracks(container: Any) -> list[Any]:
    """The video tracks; a cover is none."""
    return [track for track in container.streams.video if not track.disposition & _COVER]


def _decoded(path: Path, container: Any, stream: Any, keyed: bool, clock: PacketClock) -> Iterator[Any]:
    """Frames as they are decoded, from the first key picture on where the file marks them (``keyed``).

    What is stored behind that picture and shown before it may refer to what is not there: it may fail, and is not used.
    """
    begin, begun = None, not keyed
    for packet in clock.applied(packets_of(path, container, stream)):
        if packet.size and not begun:
            if not packet.is_keyframe:
                continue
            begin, begun = packet.dts if packet.pts is None else packet.pts, True
        yield from _pictures(path, packet, begin)


def _pictures(path: Path, packet: Any, begin: int | None) -> Iterator[Any]:
    """The frames that come out with a packet; of what is shown before ``begin`` only those that are whole."""

    def leads(tick: int | None) -> bool:
        return begin is not None and tick is not None and tick < begin

    try:
        frames = packet.decode()
    except ffmpeg_errors() as error:
        if leads(packet.pts):
            return
        raise damaged(path, f"pictures that cannot be decoded ({error})") from error
    for frame in frames:
        if not frame.is_corrupt:
            yield frame
        elif not leads(frame.pts):
            raise damaged(path, f"a damaged picture at {frame.time:.3f} s")


@contextmanager
def _container(path: Path) -> Iterator[Any]:
    with open_container(path) as container:
        if _is_picture(path, container.format.name):
            raise InputError(path, f"a picture ({container.format.name})", "a video", "give pictures as a folder")
        if not _tracks(container):
            raise InputError(path, "no video stream, only sound or data", "a video", "give the file with the picture")
        if _stream(container).codec_context is None:
            found = "pictures of a codec that FFmpeg does not know"
            raise InputError(path, found, "those of one that it knows", "convert it to MP4 with H.264")
        yield container


def _is_picture(path: Path, kind: str) -> bool:
    if kind not in _MOVING:
        return kind.endswith(_PICTURES)
    with open_container(path) as container:
        frames = islice(container.decode(video=0), 2)
        try:
            return sum(1 for _ in frames) < 2
        except ffmpeg_errors():  # whoever reads it as a video says what is wrong
            return False
