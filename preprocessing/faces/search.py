"""The search for faces in one picture after the other: near the last one, over the whole picture, in other ways."""

from collections.abc import Iterator

import numpy as np

from .detector import Detector, Faces
from .looks import PLAIN, SECOND, Look

_NEAR, _NEAR_SIDE = 2.0, 64
"""Around the last box: how many box sides are searched, and how many pixels the face is reduced to there."""

_LONGEST_REST = 32
"""Whole pictures looked at plainly, at most, from one search in other ways to the next: an empty room costs little."""


class Search:
    """Faces of pictures that come one after the other; remembers which way of looking found the last ones.

    Args:
        detector: The detector that finds them.
        smallest: Width of the smallest face, as a share of the picture's shorter side.

    Attributes:
        given_way: Whether the faces that came last are of the usual size, while the one known was smaller.
        whole: Whether the faces that came last are those of the whole picture.
        thorough: Whether the last search looked in all ways, or was content before.
    """

    def __init__(self, detector: Detector, smallest: float) -> None:
        self.detector, self.smallest = detector, smallest
        self.given_way, self.whole, self.thorough = False, False, True
        self._look = PLAIN
        self._rest, self._rested = 0, 0

    def __call__(self, picture: np.ndarray, box: np.ndarray | None) -> Iterator[Faces]:
        """Faces that are found, one way of looking after the other, until the caller is content.

        Args:
            picture: (height, width) uint8 luma.
            box: Where the known face is, or None.
        """
        smallest = self.smallest * min(picture.shape)
        self.given_way, self.whole, self.thorough = False, False, True
        if box is not None and self._look.finer > 1 and len(faces := PLAIN(self.detector, picture, smallest)):
            self.given_way, self._look = True, PLAIN
            yield faces
        if box is not None and len(faces := self._near(picture, box)):
            yield faces
        known, self.whole = self._look, True
        for look in dict.fromkeys((PLAIN, known)):
            if len(faces := look(self.detector, picture, smallest)):
                self._look, self._rest, self._rested = look, 0, 0
                yield faces
                self._look = known  # they were not content with these
                return
        if self._due():
            yield from self._otherwise(picture, smallest)

    def _otherwise(self, picture: np.ndarray, smallest: float) -> Iterator[Faces]:
        """The faces that the first of the other looks finds that finds any."""
        known, rest = self._look, min(3 * self._rest + 1, _LONGEST_REST)
        for look in SECOND:
            if len(faces := look(self.detector, picture, smallest)):
                self._look, self._rest = look, 0
                yield faces
                self._look = known  # they were not content with these
                break
        self._rest = rest

    def _due(self) -> bool:
        """Whether it is time to look in other ways: the more often in vain, the longer the rest in between."""
        self._rested += 1
        self.thorough = self._rested > self._rest
        if self.thorough:
            self._rested = 0
        return self.thorough

    def _near(self, picture: np.ndarray, box: np.ndarray) -> Faces:
        import cv2

        near, left, top = around(picture, box, _NEAR)
        scale = min(_NEAR_SIDE / max(box[2:]), 1.0)
        if scale < 1:
            near = cv2.resize(near, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        look = Look(self._look.light, 1.0, self._look.turn)
        return look(self.detector, near, 0.6 * scale * max(box[2:])).shifted(left, top, scale)


def around(picture: np.ndarray, box: np.ndarray, sides: float) -> tuple[np.ndarray, int, int]:
    """The picture's surroundings of a box, and their left and top pixel."""
    half = sides * max(box[2:]) / 2
    middle = box[:2] + box[2:] / 2
    left, top = np.maximum(np.floor(middle - half), 0).astype(int)
    right, bottom = np.ceil(middle + half).astype(int)
    left, top = min(left, picture.shape[1] - 2), min(top, picture.shape[0] - 2)
    return picture[top : max(bottom, top + 2), left : max(right, left + 2)], int(left), int(top)
