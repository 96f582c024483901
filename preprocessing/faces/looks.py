"""Looks at a picture: as it is, and where that shows no face with other levels, other sizes and turned."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .alignment import move
from .detector import Detector, Faces


@dataclass(frozen=True)
class Look:
    """One way to look for faces.

    Args:
        light: The picture as it is, its levels ``"stretched"``, or its contrast evened ``"locally"``.
        finer: How many times smaller than usual a face may be.
        turn: Degrees by which the picture is turned before.
    """

    light: Literal["", "stretched", "locally"] = ""
    finer: float = 1.0
    turn: float = 0.0

    def __call__(self, detector: Detector, picture: np.ndarray, smallest: float) -> Faces:
        """The faces of a picture (height, width) that are seen this way, in its own pixels."""
        bright = _LIGHTS[self.light](picture)
        if not self.turn:
            return detector.detect(bright, smallest / self.finer)
        turned, back = _turned(bright, self.turn)
        faces = detector.detect(turned, smallest / self.finer)
        middle = move(back, faces.box[:, :2] + faces.box[:, 2:] / 2)
        box = np.concatenate([middle - faces.box[:, 2:] / 2, faces.box[:, 2:]], axis=1)
        return Faces(faces.score, box, move(back, faces.landmarks.reshape(-1, 2)).reshape(-1, 5, 2))


PLAIN = Look()
"""The first look at every picture."""

SECOND = (
    Look("stretched"),
    Look("locally"),
    Look("stretched", finer=3),
    Look("stretched", turn=45),
    Look("stretched", turn=-45),
)
"""The looks behind a first one that found nothing, in their order."""

_DARK, _FLAT, _TINY = 60, 50, 64
"""Grey levels that hardly a pixel exceeds, or that nearly all lie within; pixels of a picture's shorter side."""


def levels(picture: np.ndarray) -> tuple[float, float]:
    """The grey levels below and above which a twentieth of the pixels lies each; every eighth row and column counts."""
    low, high = np.percentile(picture[::8, ::8], (5, 95))
    return float(low), float(high)


def trouble(size: tuple[int, int], low: float, high: float) -> str:
    """What makes pictures of this size and these grey levels hard to read, in words; empty where nothing does."""
    faults = []
    if high < _DARK:
        faults.append("dark")
    if high - low < _FLAT:
        faults.append("washed-out" if high >= _DARK else "flat")
    if min(size) < _TINY:
        faults.append("tiny")
    named = f"{' and '.join(faults)} pictures: " if faults else ""
    return f"{named}{size[1]} x {size[0]} pixels, grey levels {low:.0f} to {high:.0f} of 255" if named else ""


def _stretched(picture: np.ndarray) -> np.ndarray:
    import cv2

    low, high = np.percentile(picture[::4, ::4], (1, 99))
    scale = 255 / max(high - low, 8.0)  # below eight levels there is nothing but noise to stretch
    return np.asarray(cv2.convertScaleAbs(np.maximum(picture, round(low)), alpha=scale, beta=-round(low) * scale))


def _locally(picture: np.ndarray) -> np.ndarray:
    import cv2

    return np.asarray(cv2.createCLAHE(4.0, (8, 8)).apply(picture))


_LIGHTS = {"": lambda picture: picture, "stretched": _stretched, "locally": _locally}


def _turned(picture: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """The whole picture turned about its middle, and the matrix (2, 3) back from its pixels."""
    import cv2

    height, width = picture.shape
    side = int(np.ceil(np.hypot(height, width)))
    there = np.array(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0), float)
    there[:, 2] += side / 2 - np.array([width, height]) / 2
    turned = cv2.warpAffine(picture, there, (side, side), borderValue=float(picture.mean()))
    return turned, np.asarray(cv2.invertAffineTransform(there))
