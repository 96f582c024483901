"""From pictures to aligned faces: detectors, following, alignment, patches and their features. Loads no torch."""

from .binary_patterns import Lbp
from .face_crop import FaceCrop, whole_image
from .frames import AtRate, EvenFrames, LastFrames
from .gradients import Hog
from .patches import Patches, Regions, regions

__all__ = [
    "AtRate", "EvenFrames", "FaceCrop", "Hog", "LastFrames", "Lbp", "Patches", "Regions", "regions", "whole_image",
]
