"""Faces that need not be looked for: the dataset says where they are, or the picture is the face."""

from typing import ClassVar

import numpy as np

from ...signals import InputError, Track, Video
from .alignment import align_box, align_points, align_whole, five_points
from .detector import DETECTORS, NO_FACES, Detector, Faces


class Given(Detector):
    """The dataset's landmarks, or its boxes where it has no landmarks. No score: what it marks counts as seen.

    Args:
        otherwise: The detector of videos that come without both, as in ``"Centerface"``; without it they are refused.
    """

    licence: ClassVar[str] = "the dataset's"
    plug_points: ClassVar = {"otherwise": DETECTORS}

    def __init__(self, otherwise: str | None = None) -> None:
        self._otherwise: Detector | None = DETECTORS.build(otherwise) if otherwise else None

    def known(self, video: Video, side: int) -> Track | None:
        """The track of the dataset's marks; None where another detector looks for the face.

        Raises:
            InputError: The dataset gives none.
        """
        marks = video.marks
        if marks is None or (marks.boxes is None and marks.landmarks is None):
            if self._otherwise is not None:
                return self._otherwise.known(video, side)
            raise InputError(
                video.source,
                "no landmarks and no boxes",
                "a dataset that gives them",
                "use FaceCrop(detector='Centerface')",
            )
        if marks.landmarks is not None:
            points = five_points(np.asarray(marks.landmarks, float))
            boxes = _boxes_of(np.asarray(marks.landmarks, float)) if marks.boxes is None else marks.boxes
            matrices = [align_points(five, side) for five in points]
        else:
            boxes = np.asarray(marks.boxes, float)
            # a box without width or height is no face, and nothing can be scaled to it
            boxes = np.where((boxes[:, 2:] > 0).all(axis=1, keepdims=True), boxes, np.nan)
            points = np.full((len(video), 5, 2), np.nan)
            matrices = [align_box(box, side) for box in boxes]
        return _track(video, points, np.asarray(boxes), np.array(matrices))

    def detect(self, picture: np.ndarray, smallest: float) -> Faces:
        """The faces that the other detector finds: a picture alone carries no marks."""
        return NO_FACES if self._otherwise is None else self._otherwise.detect(picture, smallest)


class Whole(Detector):
    """The picture is a cropped face already: all of it is taken."""

    def known(self, video: Video, side: int) -> Track:
        """The track that takes each picture as it is."""
        height, width = video.size
        matrix = align_whole(video.size, side)
        box = np.array([0.0, 0.0, width, height])
        n = len(video)
        return _track(video, np.full((n, 5, 2), np.nan), np.tile(box, (n, 1)), np.tile(matrix, (n, 1, 1)))

    def detect(self, picture: np.ndarray, smallest: float) -> Faces:
        """One face: the picture."""
        height, width = picture.shape
        return Faces(np.ones(1), np.array([[0.0, 0.0, width, height]]), np.full((1, 5, 2), np.nan))


def _track(video: Video, landmarks: np.ndarray, boxes: np.ndarray, matrices: np.ndarray) -> Track:
    seen = np.isfinite(matrices).all(axis=(1, 2))
    if video.marks is not None and video.marks.valid is not None:
        seen &= video.marks.valid
    matrices = np.where(seen[:, None, None], matrices, np.nan)
    return Track(seen.astype(np.float32), seen, *(np.asarray(a, np.float32) for a in (boxes, landmarks, matrices)))


def _boxes_of(landmarks: np.ndarray) -> np.ndarray:
    """(N, 4) the smallest upright boxes about the landmarks (N, K, 2)."""
    corner = landmarks.min(axis=1)
    return np.concatenate([corner, landmarks.max(axis=1) - corner], axis=1)
