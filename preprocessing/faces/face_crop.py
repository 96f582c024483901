"""From video to aligned faces."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar, Literal

import numpy as np

from ...signals import InputError, Layout, PixelPatches, Track, Video, Volume
from ..steps.large_array import blank_array
from ..steps.step import Step
from .alignment import align_box, align_cropped, align_points, warp
from .detector import DETECTORS, Detector
from .looks import levels, trouble
from .one_euro import OneEuro
from .tracker import FaceTracker, Sighting

_LEAST_CUTOFF, _SLOPE = 1.0, 12.0
"""Of the One-Euro filter: Hz at rest, and Hz more for each face width a second."""


@dataclass(frozen=True)
class FaceCrop(Step):
    """Find one face, follow it, and bring it upright to one place and size: T aligned images (T, size, size).

    The result has one site, the whole image; ``Patches`` or ``Regions`` behind it cut it up. Box, landmarks, score and
    matrix of each frame are stored in the volume's ``track``.

    Args:
        size: Side of the aligned image in pixels.
        detector: ``"Centerface"``, ``"Mtcnn"``, ``"Given"`` (the dataset's landmarks or boxes), ``"Whole"`` (the
            picture is the face), ``"Mediapipe(model='face_landmarker.task')"``, or one of your own by its dotted name.
        every: Frames from one detection to the next; in between the face is followed.
        which: Of several faces the ``"largest"``, or the largest in the ``"left"`` or ``"right"`` half of the picture;
            afterwards the same person's, known by place, size and looks. Where only others are, no face is seen.
        lost: Frames without a face are masked (``"mask"``), show where it was last (``"hold"``), or where it must have
            been between (``"interpolate"``: not causal), or count as pictures that were cut to a face (``"whole"``):
            they are placed so that eyes come to lie where all others do, as far as that can be known.
        longest: Seconds of a gap that is held or interpolated; the rest of a longer one is masked.
        smallest: Width of the smallest face looked for, as a share of the picture's shorter side. Where there is none,
            one a third as wide is taken, until a larger one comes.
        smooth: Whether landmarks are smoothed over time (One-Euro, causal).
        nowhere: What to do with a trial that shows no face at all: ``"refuse"`` or ``"mask"``.

    Raises:
        InputError: A setting is unknown; when called: there is no face in any frame, or a frame cannot be decoded.
    """

    plug_points: ClassVar = {"detector": DETECTORS}

    size: int = 96
    detector: str = "Centerface"
    every: int = 10
    which: str = "largest"
    lost: Literal["mask", "hold", "interpolate", "whole"] = "mask"
    longest: float = 0.5
    smallest: float = 0.1
    smooth: bool = True
    nowhere: Literal["refuse", "mask"] = "refuse"

    def __post_init__(self) -> None:
        super().__post_init__()
        choices = {"lost": ("mask", "hold", "interpolate", "whole"), "nowhere": ("refuse", "mask")}
        for name, known in choices.items():
            if getattr(self, name) not in known:
                wanted = f"one of {', '.join(known)}"
                raise InputError(f"FaceCrop, {name}", repr(getattr(self, name)), wanted)
        if self.size < 8:
            raise InputError("FaceCrop, size", str(self.size), "8 pixels or more")
        object.__setattr__(self, "detector", DETECTORS.in_full(self.detector))  # files hold a plugin's dotted name
        DETECTORS.split(self.detector)

    def __call__(self, video: Video) -> Volume:
        """(T, size, size) uint8 images of one site."""
        detector: Detector = DETECTORS.build(self.detector)
        images = blank_array((len(video), self.size, self.size), np.uint8)
        known = detector.known(video, self.size)
        if known is None:
            track = self._follow(video, detector, images)
            self._fill_gaps(video, track.matrix, images)
            _mask_marked(video, track, images)
        else:
            track = known
            for picture, matrix, image in zip(video.frames(), track.matrix, images, strict=True):
                show(picture, matrix, image)
        valid = np.isfinite(track.matrix).all(axis=(1, 2))
        valid[list(video.joints)] = False  # so no window of valid slices reaches across
        if self.nowhere == "refuse" and not valid.any():
            raise self._no_face(video)
        return Volume(
            stored=images,
            times=video.times,
            valid=valid,
            layout=whole_image(self.size),
            features=pixel_names(self.size, self.size),
            duration=video.step,
            causal=self.lost != "interpolate",
            track=track,
            joints=video.joints,
        )

    def _follow(self, video: Video, detector: Detector, images: np.ndarray) -> Track:
        """One pass over the video: fills ``images`` wherever a face is seen."""
        follow = Following(self, detector)
        track = empty_track(len(video))
        for i, (picture, time) in enumerate(zip(video.frames(), video.times, strict=True)):
            show(picture, follow(picture, float(time), track, i), images[i])
        return track if track.doubtful is not None and track.doubtful.any() else replace(track, doubtful=None)

    def _no_face(self, video: Video) -> InputError:
        """The refusal of a video without a face: what is wrong with its pictures, and what may help."""
        low, high = levels(next(iter(video.read(0, 1))))
        why = trouble(video.size, low, high)
        found = f"no face in any of {len(video)} frames" + (f" ({why})" if why else "")
        smaller = f"look for smaller ones with FaceCrop(smallest={self.smallest / 2:g})"
        do = f"{smaller}, leave the trial out, or mask it with FaceCrop(nowhere='mask')"
        return InputError(video.source, found, "a face in one at least", do)

    def _fill_gaps(self, video: Video, matrix: np.ndarray, images: np.ndarray) -> None:
        """Hold or interpolate the face where it was lost for a short while: those frames only are read once more."""
        if self.lost in ("mask", "whole"):
            return
        for first, last in _gaps(matrix):
            if any(first <= joint <= last for joint in video.joints):
                continue
            filled = _filled(
                matrix=matrix, times=video.times, first=first, last=last, how=self.lost, longest=self.longest
            )
            if not filled:
                continue
            for i, picture in zip(range(first, first + filled), video.read(first, first + filled), strict=True):
                show(picture, matrix[i], images[i])


class Following:
    """One face through pictures that come one after the other, from a file or from a camera alike.

    Args:
        crop: The settings.
        detector: The detector that finds the face.
    """

    def __init__(self, crop: FaceCrop, detector: Detector) -> None:
        self._crop = crop
        self._tracker = FaceTracker(detector, crop.every, crop.which, crop.smallest)
        self._filter = OneEuro(_LEAST_CUTOFF, _SLOPE)

    def __call__(self, picture: np.ndarray, time: float, track: Track, i: int) -> np.ndarray:
        """Note at place ``i`` of ``track`` where the face is in the next picture, shown at ``time`` seconds.

        Gives the matrix (2, 3) of what is to be seen of it: of a face that is somebody else's too, so that a person can
        judge; its frame stays invalid. NaN where there is none.
        """
        sighting = self._tracker(picture)
        if track.doubtful is not None:
            track.doubtful[i] = self._tracker.doubtful
        if track.faces is not None:
            track.faces[i] = self._tracker.among
        if sighting is None:
            self._filter.reset()  # where the face comes back it must not be drawn to where it was
        else:
            _note(track, i, sighting)
            track.matrix[i] = self._matrix(sighting, time)
        whole = self._crop.lost == "whole"
        if sighting is None and whole:
            track.matrix[i] = align_cropped((picture.shape[0], picture.shape[1]), self._crop.size)
        refused = None if whole else self._tracker.refused
        return track.matrix[i] if refused is None else _matrix_of(refused.box, refused.landmarks, self._crop.size)

    def _matrix(self, sighting: Sighting, time: float) -> np.ndarray:
        box, landmarks = sighting.box, sighting.landmarks
        if np.isnan(landmarks).any():
            box = self._smoothed(box.reshape(2, 2), sighting, time).ravel()
        else:
            landmarks = self._smoothed(landmarks, sighting, time)
        return _matrix_of(box, landmarks, self._crop.size)

    def _smoothed(self, points: np.ndarray, sighting: Sighting, time: float) -> np.ndarray:
        """Speeds count in face widths, so that the same settings hold for every size of face."""
        return self._filter(points, time, float(max(sighting.box[2:]))) if self._crop.smooth else points


@lru_cache(maxsize=16)
def whole_image(size: int) -> Layout:
    """The layout whose one site is a whole aligned image."""
    pixels = PixelPatches((size, size), (size, size), ((0, 0),))
    return Layout(f"face-{size}", ("face",), ((0, 0),), ((0.5, 0.5),), pixels)


@lru_cache(maxsize=16)
def pixel_names(height: int, width: int) -> tuple[str, ...]:
    """Names of a patch's pixels, by row and column."""
    return tuple(f"{row},{column}" for row, column in np.ndindex(height, width))


def show(picture: np.ndarray, matrix: np.ndarray, image: np.ndarray) -> None:
    """Fill ``image`` with the picture seen through ``matrix``; with zeros where there is none."""
    if np.isfinite(matrix).all():
        warp(picture, matrix, image)
    else:
        image[:] = 0


def empty_track(count: int) -> Track:
    """The track of ``count`` frames in which no face was seen."""
    nothing: dict[str, Any] = {"box": (count, 4), "landmarks": (count, 5, 2), "matrix": (count, 2, 3)}
    empty = {name: np.full(shape, np.nan, np.float32) for name, shape in nothing.items()}
    counts = {"doubtful": np.zeros(count, bool), "faces": np.zeros(count, int)}
    return Track(np.zeros(count, np.float32), np.zeros(count, bool), **counts, **empty)


def _mask_marked(video: Video, track: Track, images: np.ndarray) -> None:
    """Take frames away of which the dataset says that they show no face."""
    if video.marks is not None and video.marks.valid is not None:
        hidden = ~np.asarray(video.marks.valid, bool)
        track.matrix[hidden], track.seen[hidden], images[hidden] = np.nan, False, 0


def _matrix_of(box: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    return align_box(box, size) if np.isnan(landmarks).any() else align_points(landmarks, size)


def _note(track: Track, i: int, sighting: Sighting) -> None:
    track.score[i], track.seen[i] = sighting.score, True
    track.box[i], track.landmarks[i] = sighting.box, sighting.landmarks


def _gaps(matrix: np.ndarray) -> Iterator[tuple[int, int]]:
    """Half-open ranges of frames without a matrix, behind a frame that has one: before it there is nothing to hold."""
    lost = ~np.isfinite(matrix).all(axis=(1, 2))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lost, [False]]).astype(np.int8)))
    for first, last in edges.reshape(-1, 2).tolist():
        if first:
            yield first, last


def _filled(matrix: np.ndarray, times: np.ndarray, first: int, last: int, how: str, longest: float) -> int:
    """The number of a gap's matrices that were filled, from its beginning."""
    if how == "hold":
        count = int(np.searchsorted(times[first:last], times[first - 1] + longest, side="right"))
        matrix[first : first + count] = matrix[first - 1]
        return count
    if last == len(matrix) or times[last] - times[first - 1] > longest:
        return 0
    share = (times[first:last] - times[first - 1]) / (times[last] - times[first - 1])
    matrix[first:last] = matrix[first - 1] + share[:, None, None] * (matrix[last] - matrix[first - 1])
    return last - first
