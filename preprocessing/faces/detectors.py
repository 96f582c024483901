"""Face detectors that can be named in a recipe."""

from .given import Given, Whole
from .mediapipe import Mediapipe
from .mtcnn import Mtcnn

__all__ = ["Given", "Mediapipe", "Mtcnn", "Whole"]
