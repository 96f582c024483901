from .face_crop import FaceCrop as FaceCrop
from .face_crop import whole_image as whole_image
from .frames import AtRate as AtRate
from .frames import EvenFrames as EvenFrames
from .frames import LastFrames as LastFrames
