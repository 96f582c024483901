"""Faces in a picture, and the interface of what finds them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...signals import PlugPoint, Track, Video


@dataclass(frozen=True, eq=False)
class Faces:
    """N faces in one picture, the surest first.

    Args:
        score: (N,) confidence, 0..1.
        box: (N, 4) left, top, width, height in pixels.
        landmarks: (N, 5, 2) eyes, nose, corners of the mouth, left to right in the picture; NaN where not known.
    """

    score: np.ndarray
    box: np.ndarray
    landmarks: np.ndarray

    def __len__(self) -> int:
        return len(self.score)

    def take(self, which: np.ndarray) -> "Faces":
        """Some of the faces."""
        return Faces(self.score[which], self.box[which], self.landmarks[which])

    def shifted(self, left: float, top: float, scale: float) -> "Faces":
        """The same in a picture from which this one was cut at ``left, top`` and then enlarged ``scale`` times."""
        offset = np.array([left, top])
        box = np.concatenate([self.box[:, :2] / scale + offset, self.box[:, 2:] / scale], axis=1)
        return Faces(self.score, box, self.landmarks / scale + offset)


NO_FACES = Faces(np.zeros(0), np.zeros((0, 4)), np.zeros((0, 5, 2)))


class Detector(ABC):
    """Finds faces in pictures. To add one, write a subclass in one file (see CONTRIBUTING).

    Attributes:
        licence: The terms under which its model comes.
    """

    licence: ClassVar[str] = ""

    @abstractmethod
    def detect(self, picture: np.ndarray, smallest: float) -> Faces:
        """The faces in one picture.

        Args:
            picture: (height, width) uint8 luma.
            smallest: Width in pixels of the smallest face that matters.
        """

    def known(self, video: Video, side: int) -> Track | None:
        """The track of the face, from detectors that need not look for it; None from all others.

        Args:
            video: The recording.
            side: Pixels of the aligned image.
        """
        return None

    def model_file(self) -> str:
        """The file that the detector works from; empty where there is none."""
        return ""


DETECTORS = PlugPoint(
    "detector",
    "emoscan.preprocessing.faces.detectors",
    ("Centerface", "Mtcnn", "Mediapipe", "Given", "Whole"),
    Detector,
    groups=("emoscan.detectors",),
)
"""Face detectors by name."""
