"""Face detectors that can be named in a recipe."""

from .centerface import Centerface
from .given import Given, Whole
from .mediapipe import Mediapipe
from .mtcnn import Mtcnn

__all__ = ["Centerface", "Given", "Mediapipe", "Mtcnn", "Whole"]
