"""The track of one face through the frames of a video."""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True, eq=False)
class Track:
    """One face through T frames; NaN where it was not seen.

    Args:
        score: (T,) float32, 0..1: how sure the detector was; between detections, what following left of it.
        seen: (T,) bool: the face was found in this very frame. A slice may be valid without: held or interpolated.
        box: (T, 4) float32 left, top, width, height in pixels of the frame.
        landmarks: (T, 5, 2) float32 eyes, nose, corners of the mouth, left to right in the picture, in its pixels.
        matrix: (T, 2, 3) float32 from pixels of the frame to pixels of the aligned image.
        doubtful: (T,) bool: faces were there, but none that is the person's who was followed: such frames are not seen.
            None where no frame is.
        faces: (T,) int: among how many faces it was chosen, where it was; 0 elsewhere. None where that is not known, as
            in what a cache holds.
    """

    score: np.ndarray
    seen: np.ndarray
    box: np.ndarray
    landmarks: np.ndarray
    matrix: np.ndarray
    doubtful: np.ndarray | None = None
    faces: np.ndarray | None = None

    def take(self, which: slice | np.ndarray) -> "Track":
        """Some of the frames."""
        arrays = ((array.name, getattr(self, array.name)) for array in fields(self))
        return Track(**{name: array[which] for name, array in arrays if array is not None})

    @property
    def choice(self) -> str:
        """A sentence on a face that was chosen among several; empty where it was not, or nobody knows."""
        if self.faces is None or self.faces.max(initial=0) < 2:
            return ""
        what = "in the picture: one is read" if len(self.faces) == 1 else "where one was looked for: one is followed"
        return f"several faces {what}, the largest unless which of FaceCrop says otherwise"


PARTS: dict[str, tuple[type, tuple[int, ...]]] = {
    "score": (np.float32, ()),
    "seen": (np.uint8, ()),
    "box": (np.float32, (4,)),
    "landmarks": (np.float32, (5, 2)),
    "matrix": (np.float32, (2, 3)),
}
"""Type and shape of each array of a track, per frame, as caches hold them; ``DOUBTFUL`` only where a frame is."""

DOUBTFUL = "doubtful"
"""Name of the array of doubtful frames."""
