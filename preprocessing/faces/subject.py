"""The person whose face is followed, known again by place, size and looks: somebody else is nobody."""

from collections.abc import Sequence

import numpy as np

from .alignment import align_box, align_points, warp
from .detector import Faces

_SIDE, _CELLS, _DIRECTIONS = 32, 4, 8
"""Pixels of the aligned face that is compared, its cells a side, directions of edges in each."""

_MOST = 16
"""Views of a face that are remembered: as many poses and expressions."""

_NEW, _SURE = 0.9, 0.6
"""Likeness below which a view is a new one, and from which on it is one of this person's."""

_FOLLOWED, _THERE, _ELSEWHERE, _NEVER = 0.3, 0.68, 0.75, 2.0
"""Least likeness of a face that was followed without a break, that is found anew in the old place and size, elsewhere,
and in a size that no step of a person explains: a portrait may be like the person that it shows."""

_GROWN, _FAR_GROWN = 1.5, 2.2
"""Times that a face may be larger or smaller in the old place, and anywhere."""

_ESTABLISHED = 15
"""Pictures that a face is followed before others are refused: the first one may have been a mistake."""

_SAME_PLACE = 0.4
"""Share of their union that two boxes have in common where they are taken for those of one thing that stands still."""

_LONGER, _AS_LARGE = 3, 0.7
"""A refused face becomes the person when it stays so many times as long and is at least so large."""


class Subject:
    """Views of one face, where it was last and how large."""

    def __init__(self) -> None:
        self._views: list[np.ndarray] = []
        self._box = np.zeros(4)
        self._others = np.zeros((0, 4))  # boxes of faces that were seen beside the person's
        self._pictures = 0  # in which it was followed
        self._refused = 0  # in which somebody else was there instead, since it was last seen

    @property
    def established(self) -> bool:
        """Whether it was followed for long enough to refuse others."""
        return self._pictures >= _ESTABLISHED

    def choose(self, picture: np.ndarray, faces: Faces, among: Sequence[int], followed: bool) -> int | None:
        """The index of the face that is this person's; None where none is.

        Args:
            picture: (height, width) that shows the faces.
            faces: The faces.
            among: Indices to choose from, the likeliest first.
            followed: Whether the first of them lies where the face was followed to without a break.
        """
        if not self.established:
            return among[0] if len(among) else None
        liking = [self._likeness(view_of(picture, faces, i)) for i in among]
        if followed and liking and liking[0] >= _FOLLOWED:
            return among[0]
        beside = _shared(faces.box, self._others).max(axis=1, initial=0) > _SAME_PLACE
        same = [
            (like, i)
            for like, i in zip(liking, among, strict=True)
            if like >= self._needed(faces.box[i]) and not beside[i]  # who was there beside the person is not the person
        ]
        return max(same)[1] if same else None

    def note(self, box: np.ndarray, view: np.ndarray | None = None) -> None:
        """Remember where the face is now and, where it was looked at, the view if it is a new one of this person."""
        self._box, self._refused = box, 0
        self._pictures += 1
        if view is None or len(self._views) >= _MOST:
            return
        likeness = self._likeness(view)
        if not self._views or (likeness < _NEW and (likeness >= _SURE or not self.established)):
            self._views.append(view)

    def note_others(self, boxes: np.ndarray) -> None:
        """Remember the boxes (N, 4) of all other faces in a picture that shows the person's too."""
        self._others = boxes

    def refuse(self, faces: Faces, pictures: int) -> bool:
        """Whether somebody else, seen for so many further pictures, has been there so long that it is the person."""
        self._refused += pictures
        as_large = faces.box[:, 2].max() >= _AS_LARGE * self._box[2]
        return bool(as_large and self._refused > _LONGER * self._pictures)

    def _likeness(self, view: np.ndarray) -> float:
        """-1..1: the likeness to the view that is most like it."""
        return float(max((known @ view for known in self._views), default=1.0))

    def _needed(self, box: np.ndarray) -> float:
        grown = np.abs(np.log(max(box[2:]) / max(self._box[2:])))
        if grown > np.log(_FAR_GROWN):
            return _NEVER
        away = np.linalg.norm(box[:2] + box[2:] / 2 - self._box[:2] - self._box[2:] / 2)
        there = away < max(self._box[2:]) and grown < np.log(_GROWN)
        return _THERE if there else _ELSEWHERE


def _shared(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N, M) shares of their union that boxes (N, 4) and others (M, 4) have in common."""
    corner = np.maximum(boxes[:, None, :2], others[None, :, :2])
    end = np.minimum((boxes[:, :2] + boxes[:, 2:])[:, None], (others[:, :2] + others[:, 2:])[None])
    common = np.prod(np.maximum(end - corner, 0), axis=2)
    return np.asarray(common / (np.prod(boxes[:, 2:], axis=1)[:, None] + np.prod(others[:, 2:], axis=1) - common))


def view_of(picture: np.ndarray, faces: Faces, i: int) -> np.ndarray:
    """Numbers (N,) that describe how one of the faces looks, of length 1: light and size do not count.

    Half of them is the aligned face, each pixel against its surroundings; the other half the directions of its edges.
    """
    import cv2

    marks = faces.landmarks[i]
    matrix = align_box(faces.box[i], _SIDE) if np.isnan(marks).any() else align_points(marks, _SIDE)
    warp(picture, matrix, image := np.empty((_SIDE, _SIDE), np.uint8))
    calm = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 1.0)
    around = calm - cv2.GaussianBlur(calm, (0, 0), 6.0)
    local = around / (np.sqrt(cv2.GaussianBlur(around**2, (0, 0), 6.0)) + 3)  # three grey levels are noise
    return np.asarray(np.concatenate([_of_length_one(local.ravel()), _of_length_one(_edges(image))]) / np.sqrt(2))


def _edges(image: np.ndarray) -> np.ndarray:
    """(cells * cells * directions,) strength of the edges in each direction in each cell, equal in sum in all cells."""
    import cv2

    x, y = (cv2.Sobel(image, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    direction = ((np.arctan2(y, x) / (2 * np.pi) % 1) * _DIRECTIONS).astype(int) % _DIRECTIONS
    place = np.arange(_SIDE) * _CELLS // _SIDE
    cell = (place[:, None] * _CELLS + place) * _DIRECTIONS + direction
    strength = np.bincount(cell.ravel(), np.hypot(x, y).ravel(), _CELLS * _CELLS * _DIRECTIONS)
    of_cells = strength.reshape(-1, _DIRECTIONS)
    return np.asarray((of_cells / (np.linalg.norm(of_cells, axis=1, keepdims=True) + 1e-3)).ravel())


def _of_length_one(numbers: np.ndarray) -> np.ndarray:
    numbers = numbers - numbers.mean()
    return np.asarray(numbers / max(float(np.linalg.norm(numbers)), 1e-9))
