"""A stretch of video, decoded when it is needed."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import repeat

import numpy as np

from ..errors import InputError
from .clock import Clock
from .source import Source

_FAR = 16
"""Sides of a picture beyond which no part of the face lies that it shows."""

ReadFrames = Callable[[int, int], Iterator[np.ndarray]]


@dataclass(frozen=True, eq=False)
class FaceMarks:
    """Places of the face by the dataset itself, for N frames; NaN where it names none.

    Args:
        boxes: (N, 4) left, top, width, height in pixels, or None.
        landmarks: (N, K, 2) x and y in pixels, or None: 5 points (eyes, nose, corners of the mouth, left to right in
            the picture) or the 68 of the iBUG scheme.
        valid: (N,) whether a frame shows the face at all, or None.
    """

    boxes: np.ndarray | None = None
    landmarks: np.ndarray | None = None
    valid: np.ndarray | None = None

    def take(self, which: np.ndarray) -> "FaceMarks":
        """The marks of some frames."""
        return FaceMarks(**{name: values[which] for name, values in self.arrays().items()})

    def arrays(self) -> dict[str, np.ndarray]:
        """Those of the three that there are, by name."""
        arrays = {"boxes": self.boxes, "landmarks": self.landmarks, "valid": self.valid}
        return {name: values for name, values in arrays.items() if values is not None}


@dataclass(frozen=True, eq=False)
class Video:
    """N pictures with the times at which they are shown. Opening one is cheap; ``frames`` decodes them in order.

    Args:
        times: (N,) seconds on the session clock, increasing: from the container, never from a frame rate.
        size: Height and width in pixels.
        step: Seconds that a frame is shown for, by the file's nominal rate.
        read: ``read(first, last)`` gives the pictures of that half-open range in order, each (height, width) uint8:
            luma of 16 to 235 of video files, grey levels of 0 to 255 of pictures. Must be picklable, so that recordings
            can be worked on in parallel.
        source: Its origin.
        marks: Places of the face by the dataset, or None.
        assumed_rate: Whether ``times`` come from a rate that the dataset states and no file holds.
        clock: How the file's own seconds became ``times``.
        display: What reading does to its pictures so that they are as players show them, a short sentence each.
        remarks: What reading it changed, left out or doubts, a short sentence each.
        joints: Frames that do not follow in time on the one before, as where recordings were put into one file.

    Raises:
        InputError: There are no frames, a clock runs backwards, or the counts differ.
    """

    times: np.ndarray
    size: tuple[int, int]
    step: float
    read: ReadFrames
    source: Source
    marks: FaceMarks | None = None
    assumed_rate: bool = False
    clock: Clock = field(default_factory=Clock)
    display: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    joints: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not len(self.times):
            raise InputError(self.source, "no frames", "one or more", "check the file, or leave the trial out")
        if not np.isfinite(self.times).all() or (np.diff(self.times) <= 0).any():
            back = int(np.argmin(np.diff(self.times))) if len(self.times) > 1 else 0
            found = f"frame {back + 1} at {self.times[back + 1]:g} s after {self.times[back]:g} s"
            raise InputError(self.source, found, "times that increase", "repair the file's timestamps")
        _check_marks(self)

    def __len__(self) -> int:
        return len(self.times)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the end of the last."""
        return float(self.times[-1] - self.times[0]) + self.step

    def frames(self) -> Iterator[np.ndarray]:
        """All pictures in order, (height, width) uint8 each; one at a time in memory.

        Raises:
            InputError: One cannot be decoded, or there are fewer or more than announced.
        """
        return self.read(0, len(self))

    def take(self, which: np.ndarray) -> "Video":
        """Some of the frames: ``which`` (M,) holds their numbers, never falling.

        A frame that is taken more than once is shown for a share of its time each.
        """
        marks = None if self.marks is None else self.marks.take(which)
        again = np.arange(len(which)) - np.searchsorted(which, which)
        times = self.times[which] + self.step * again / (1 + again.max(initial=0))
        begins = dict.fromkeys(np.searchsorted(which, self.joints).tolist())
        joints = tuple(place for place in begins if 0 < place < len(which))
        return replace(self, times=times, read=SelectedFrames(self.read, which), marks=marks, joints=joints)

    def on(self, clock: Clock) -> "Video":
        """The same frames with their times, so far the device's own seconds, brought onto the session clock."""
        return replace(self, times=clock.session(self.times), clock=clock)

    def between(self, start: float, stop: float) -> "Video":
        """The frames shown from ``start`` until before ``stop``, in seconds on the session clock."""
        first, last = np.searchsorted(self.times, [start, stop])
        if first == last:
            found = f"frames from {self.times[0]:g} to {self.times[-1]:g} s"
            raise InputError(self.source, found, f"some between {start:g} and {stop:g} s", "correct start and stop")
        selected = self.take(np.arange(first, last))
        return replace(selected, source=replace(self.source, part=f"frames {first} to {last}"))


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures that are at hand, (N, height, width) uint8, as a video's ``read``."""

    pictures: np.ndarray

    def __call__(self, first: int, last: int) -> Iterator[np.ndarray]:
        """The pictures of the half-open range ``first`` to ``last``."""
        return iter(self.pictures[first:last])


@dataclass(frozen=True, eq=False)
class SelectedFrames:
    """Some frames of a video: the others are decoded on the way and dropped."""

    read: ReadFrames
    which: np.ndarray

    def __call__(self, first: int, last: int) -> Iterator[np.ndarray]:
        """The selected pictures at places ``first`` to ``last``."""
        wanted = self.which[first:last]
        if not len(wanted):
            return
        begin = int(wanted[0])
        times = Counter(wanted.tolist())
        for number, frame in enumerate(self.read(begin, int(wanted[-1]) + 1), begin):
            yield from repeat(frame, times[number])


def _check_marks(video: Video) -> None:
    counts = {len(values) for values in video.marks.arrays().values()} if video.marks else set()
    if counts - {len(video)}:
        found = f"marks for {', '.join(map(str, sorted(counts)))} frames"
        wanted = f"{len(video)}, one a frame"
        raise InputError(video.source, found, wanted, "check which landmarks belong to which picture")
    for name, values in video.marks.arrays().items() if video.marks else ():
        far = _FAR * max(video.size)
        if name != "valid" and (np.abs(values) > far).any():
            found = f"{name} of the face at {values[np.abs(values) > far][0]:g}"
            wanted = f"places in pictures of {video.size[1]} x {video.size[0]} pixels, or close by"
            raise InputError(video.source, found, wanted, "copy the file of marks again")
