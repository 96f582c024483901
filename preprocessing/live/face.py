"""Causal steps on pictures that are still coming in: the slices of the whole video, one frame after the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from ...signals import FaceMarks, InputError, Pictures, Source, Track, Video, Volume
from ..faces.detector import DETECTORS, Detector
from ..faces.face_crop import FaceCrop, Following, empty_track, pixel_names, show, whole_image
from ..faces.frames import AtRate
from ..steps.step import Step
from .signal import check_causal, live_steps

_HERE = Source(None, "a stream")


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture (height, width) uint8, the session second it was taken at, and marks of the face if there are any."""

    picture: np.ndarray
    time: float
    marks: FaceMarks | None = None


class LiveFace:
    """Causal steps from frames to slices, fed frame by frame: the slices of the whole video.

    ``AtRate`` takes the frame that is shown at a time, which is known when the next one comes: it holds one picture.
    ``FaceCrop`` masks frames without a face whatever its ``nowhere`` says, since nobody knows yet that none will come.

    Args:
        series: The series that it makes.
        steps: Of its recipe, all causal.
        size: Height and width of the pictures.
        rate: Pictures a second of the camera, by its settings.
        alone: Further steps that work on each slice alone.

    Attributes:
        like: One invalid slice, of the kind that comes out.
        clock: Session seconds of the last frame; None before the first.

    Raises:
        InputError: A step cannot be fed frame by frame, or does not fit the pictures.
    """

    def __init__(
        self, series: str, steps: Sequence[Step], size: tuple[int, int], rate: float, alone: Sequence[type[Step]] = ()
    ) -> None:
        check_causal(series, steps)
        self.clock: float | None = None
        rates = [step for step in steps if isinstance(step, AtRate)]
        crop, further = _split(series, [step for step in steps if not isinstance(step, AtRate)])
        self._at_rate = [_LiveAtRate(step, rate) for step in rates]
        rate = rates[-1].rate if rates else rate
        self._crop = LiveCrop(crop, size, 1 / rate)
        self._further = live_steps(series, further, alone)
        self.warm_up = sum(step.settles for step in self._further) / rate
        self.like = self._crop.nothing
        for step in live_steps(series, further, alone):
            self.like = step(self.like)

    @property
    def next_slice(self) -> float:
        """Session seconds before which no further slice will begin."""
        return -np.inf if self.clock is None else self.clock

    def check(self, frame: Frame) -> None:
        """Refuse a frame without marks where the detector reads them.

        Raises:
            InputError: It needs them.
        """
        if frame.marks is None:
            self._crop.known(frame)

    def feed(self, frame: Frame) -> list[Volume]:
        """The slices that are known with this frame."""
        self.clock = frame.time
        frames: Iterable[Frame] = [frame]
        for step in self._at_rate:
            frames = chain.from_iterable(map(step, frames))
        return list(map(self._slice, frames))

    def end(self) -> list[Volume]:
        """The slice that waited for a frame that does not come any more, if there is one."""
        frames: list[Frame] = []
        for step in self._at_rate:  # each one's last frame is still fed to the ones behind it
            frames = [*chain.from_iterable(map(step, frames)), *step.end()]
        return list(map(self._slice, frames))

    def _slice(self, frame: Frame) -> Volume:
        volume = self._crop(frame)
        for step in self._further:
            volume = step(volume)
        return volume


class LiveCrop:
    """``FaceCrop``, one frame after the other."""

    def __init__(self, crop: FaceCrop, size: tuple[int, int], step: float) -> None:
        self._crop, self._size, self._step = crop, size, step
        self._detector: Detector = DETECTORS.build(crop.detector)
        self._follow = Following(crop, self._detector)
        self._last: tuple[float, np.ndarray] | None = None  # when and where the face was last seen
        self.nothing = self._volume(0.0, np.zeros(self._shape, np.uint8), empty_track(1))

    def __call__(self, frame: Frame) -> Volume:
        """One slice (1, size, size)."""
        track = self.known(frame)
        shown = None
        if track is None:
            track, shown = self._followed(frame)
        image = np.zeros(self._shape, np.uint8)
        show(frame.picture, track.matrix[0] if shown is None else shown, image[0])
        return self._volume(frame.time, image, track)

    @property
    def _shape(self) -> tuple[int, int, int]:
        return 1, self._crop.size, self._crop.size

    def known(self, frame: Frame) -> Track | None:
        """The track of a face that the detector need not look for, as with ``Given`` and ``Whole``; else None.

        Raises:
            InputError: The detector reads marks, and the frame has none.
        """
        picture = Pictures(frame.picture[None])
        video = Video(np.array([frame.time]), self._size, self._step, picture, _HERE, marks=frame.marks)
        try:
            return self._detector.known(video, self._crop.size)
        except InputError as error:
            if frame.marks is not None:
                raise
            do = "give box or landmarks with each frame, NaN where there is no face"
            raise InputError("stream, face", error.found, f"what {self._crop.detector} reads", do) from error

    def _followed(self, frame: Frame) -> tuple[Track, np.ndarray]:
        """The track of one frame, and the matrix of what is to be seen of it."""
        track = empty_track(1)
        shown = self._follow(frame.picture, frame.time, track, 0)
        if np.isfinite(track.matrix).all():
            self._last = frame.time, track.matrix[0]
        elif self._crop.lost == "hold" and self._last and frame.time <= self._last[0] + self._crop.longest:
            track.matrix[0] = shown = self._last[1]
        return track, shown

    def _volume(self, time: float, image: np.ndarray, track: Track) -> Volume:
        size = self._crop.size
        valid = np.isfinite(track.matrix).all(axis=(1, 2))
        return Volume(
            stored=image,
            times=np.array([time]),
            valid=valid,
            layout=whole_image(size),
            features=pixel_names(size, size),
            duration=self._step,
            track=track,
        )


class _LiveAtRate:
    """``AtRate``, one frame after the other."""

    def __init__(self, step: AtRate, rate: float) -> None:
        if step.rate > (1 + 1e-3) * rate:
            found = f"{rate:g} frames a second"
            wanted = f"at least the {step.rate:g} of {step}"
            raise InputError("stream, face", found, wanted, "use a faster camera, or a model of slower videos")
        self._apart, self._step = 1 / step.rate, 1 / rate
        self._begun: float | None = None
        self._due = 0  # frames wanted so far
        self._waiting: Frame | None = None

    def __call__(self, frame: Frame) -> list[Frame]:
        """The frames that are known to be shown at a wanted time now: the one before, this one, both or none."""
        if self._begun is None:
            self._begun = frame.time
        due = []
        if self._waiting is not None and self._wanted < frame.time:
            due.append(self._waiting)
        while self._wanted < frame.time:
            self._due += 1
        self._waiting = frame
        if self._wanted - _SAME <= frame.time:
            due.append(frame)
            self._due, self._waiting = self._due + 1, None
        return due

    def end(self) -> list[Frame]:
        """The last frame, if it was waited for the next."""
        waited = self._waiting is not None and self._wanted - _SAME < self._waiting.time + self._step / 2
        return [self._waiting] if waited and self._waiting else []

    @property
    def _wanted(self) -> float:
        """The latest second at which a frame may begin that is shown at the next wanted time."""
        assert self._begun is not None
        return self._begun + self._due * self._apart + _SAME


_SAME = 1e-6
"""Seconds that count as nothing, as in ``AtRate``."""


def _split(series: str, steps: Sequence[Step]) -> tuple[FaceCrop, Sequence[Step]]:
    if not steps or not isinstance(steps[0], FaceCrop):
        found = repr(steps[0]) if steps else "no steps"
        raise InputError(f"stream, {series}", f"{found} on frames", "AtRate, then FaceCrop", "train with these")
    return steps[0], steps[1:]
