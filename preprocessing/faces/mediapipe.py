"""MediaPipe's face landmarker, where it is installed and a model file is at hand."""

from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...signals import InputError
from .detector import NO_FACES, Detector, Faces

_FIVE = ((33, 133), (362, 263), (1,), (61,), (291,))
"""Points of the face mesh whose mean is each of the five: corners of the eyes, nose tip, corners of the mouth."""


class Mediapipe(Detector):
    """FaceLandmarker of MediaPipe with a model file that you name; nothing is downloaded.

    Args:
        model: The file ``face_landmarker.task``.
        least: Least confidence.

    Raises:
        InputError: MediaPipe is not installed, or the file is missing.
    """

    licence: ClassVar[str] = "Apache-2.0 (MediaPipe); the model's own card says more"

    def __init__(self, model: str | Path, least: float = 0.5) -> None:
        self.model, self.least = Path(model), least
        if find_spec("mediapipe") is None:
            raise InputError("detector Mediapipe", "no package mediapipe", "it", "pip install mediapipe")
        if not self.model.is_file():
            raise InputError(self.model, "no such file", "face_landmarker.task", "download it from MediaPipe's site")

    def model_file(self) -> str:
        """The model file."""
        return str(self.model)

    def detect(self, picture: np.ndarray, smallest: float) -> Faces:
        """All faces at least ``smallest`` pixels wide; MediaPipe gives no score for each, so it is 1."""
        import mediapipe

        height, width = picture.shape
        image = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.repeat(picture[:, :, None], 3, axis=2))
        meshes = self._landmarker.detect(image).face_landmarks
        if not meshes:
            return NO_FACES
        points = np.array([[(point.x, point.y) for point in mesh] for mesh in meshes]) * (width, height)
        corner, sides = points.min(axis=1), np.ptp(points, axis=1)
        five = np.stack([points[:, which].mean(axis=1) for which in map(list, _FIVE)], axis=1)
        faces = Faces(np.ones(len(points)), np.concatenate([corner, sides], axis=1), five)
        return faces.take(sides[:, 0] >= smallest)

    @cached_property
    def _landmarker(self) -> Any:
        from mediapipe.tasks import python
        from mediapipe.tasks.python import vision

        options = vision.FaceLandmarkerOptions(
            base_options=python.BaseOptions(model_asset_path=str(self.model)),
            num_faces=4,
            min_face_detection_confidence=self.least,
        )
        return vision.FaceLandmarker.create_from_options(options)
