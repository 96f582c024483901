"""Which face detectors can be chosen by name."""

from .given import Given, Whole
from .mediapipe import Mediapipe
from .mtcnn import Mtcnn

__all__ = ["Given", "Mediapipe", "Mtcnn", "Whole"]
