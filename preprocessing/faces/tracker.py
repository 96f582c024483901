"""One face, followed from picture to picture."""

from dataclasses import dataclass, replace

import numpy as np

from ...signals import InputError
from .alignment import move, similarity
from .detector import Detector, Faces

CHOICES = ("largest", "left", "right")
"""Of several faces the one that is taken first; afterwards it is the one nearest to where it was."""

_NEAR, _NEAR_SIDE = 2.0, 64
"""Around the last box: how many box sides are searched, and how many pixels the face is reduced to there."""

_SEARCH = 3
"""Pictures from one look over a whole picture to the next while no face is known."""

_POINTS = np.stack(np.meshgrid(np.linspace(0.15, 0.85, 5), np.linspace(0.15, 0.9, 5)), axis=-1).reshape(-1, 2)
"""Points of the box that are followed, in shares of it."""

_FOLLOWED_SIDE = 80
"""Pixels that a face is reduced to, about, where its points are followed."""

_REACH = (13, 13)
"""Pixels about a point that are compared, at each of three sizes."""

_ASTRAY = 0.03
"""Way there and back, in sides of the box, beyond which a point was lost."""

_TRUST = 0.35
"""Share of a new detection's landmarks that corrects those followed, which tremble less."""

_MOVED = 0.15
"""Distance of the two, in sides of the box, beyond which the new detection is taken as it is."""


@dataclass(frozen=True, eq=False)
class Sighting:
    """A face in one picture: score 0..1, box (4,), landmarks (5, 2), in its pixels."""

    score: float
    box: np.ndarray
    landmarks: np.ndarray


class FaceTracker:
    """Finds a face every few pictures and follows it in between by optical flow.

    Args:
        detector: The detector that finds it.
        every: Pictures from one detection to the next.
        which: A name in ``CHOICES``.
        smallest: Width of the smallest face looked for, as a share of the picture's shorter side.
        least: Score below which the face is looked for at once.

    Raises:
        InputError: A setting is out of range.
    """

    def __init__(self, detector: Detector, every: int, which: str, smallest: float, least: float = 0.5) -> None:
        if which not in CHOICES or every < 1 or not 0 < smallest <= 1:
            wanted = f"which one of {', '.join(CHOICES)}, every 1 or more, smallest above 0 to 1"
            raise InputError("following a face", f"which {which!r}, every {every}, smallest {smallest}", wanted)
        self.detector, self.every, self.which, self.smallest, self.least = detector, every, which, smallest, least
        self._face: Sighting | None = None
        self._before: np.ndarray | None = None
        self._age = 0
        self._small: np.ndarray | None = None  # the picture before, reduced so many times
        self._times = 1

    def __call__(self, picture: np.ndarray) -> Sighting | None:
        """The face in the next picture (height, width), or None where there is none."""
        known = self._followed(picture)
        self._age += 1
        just_lost = self._face is not None and (known is None or known.score < self.least)
        if just_lost or self._before is None or self._age >= (self.every if known else _SEARCH):
            self._age = 0
            known = self._corrected(known, self._looked_for(picture, known))
        if known is None:
            self._small = None
        self._face, self._before = known, picture
        return known

    def _looked_for(self, picture: np.ndarray, known: Sighting | None) -> Sighting | None:
        faces = self._near(picture, known.box) if known else None
        if not faces:
            faces = self.detector.detect(picture, self.smallest * min(picture.shape))
        return self._best(faces, picture.shape[1], known)

    def _near(self, picture: np.ndarray, box: np.ndarray) -> Faces:
        import cv2

        near, left, top = _around(picture, box, _NEAR)
        scale = min(_NEAR_SIDE / max(box[2:]), 1.0)
        if scale < 1:
            near = cv2.resize(near, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return self.detector.detect(near, 0.6 * scale * max(box[2:])).shifted(left, top, scale)

    def _best(self, faces: Faces, width: int, known: Sighting | None) -> Sighting | None:
        """The face nearest to the known one, else the one that ``which`` asks for; None where there is none such."""
        if not len(faces):
            return None
        middle = faces.box[:, :2] + faces.box[:, 2:] / 2
        if known is not None:
            off = np.linalg.norm(middle - (known.box[:2] + known.box[2:] / 2), axis=1)
            if off.min() > max(known.box[2:]):  # further away than the face is wide: somebody else
                return None
            rank = -off
        else:
            rank = faces.box[:, 2] * faces.box[:, 3]
            if self.which != "largest":
                here = middle[:, 0] < width / 2
                rank = np.where(here if self.which == "left" else ~here, rank, -1.0)
        best = int(np.argmax(rank))
        if rank[best] == -1:
            return None
        return Sighting(float(faces.score[best]), faces.box[best], faces.landmarks[best])

    def _corrected(self, known: Sighting | None, detected: Sighting | None) -> Sighting | None:
        """The followed face, brought nearer to the detected one."""
        if detected is None:
            if known is None or known.score < self.least:
                return None
            return replace(known, score=known.score / 2)  # a turned head: go on for one more round
        if known is None or np.isnan(detected.landmarks).any() or np.isnan(known.landmarks).any():
            return detected
        apart = np.linalg.norm(detected.landmarks - known.landmarks, axis=1).mean() / max(detected.box[2:])
        share = _TRUST if apart < _MOVED else 1.0
        return Sighting(
            detected.score,
            known.box + share * (detected.box - known.box),
            known.landmarks + share * (detected.landmarks - known.landmarks),
        )

    def _followed(self, picture: np.ndarray) -> Sighting | None:
        """The last face where its points went; None where there was none or too few points could be followed."""
        import cv2

        face, before = self._face, self._before
        if face is None or before is None or before.shape != picture.shape:
            return None
        times = max(round(max(face.box[2:]) / _FOLLOWED_SIDE), 1)
        if self._small is None or self._times != times:
            self._small = _reduced(before, times)
        whole, self._times = _reduced(picture, times), times
        old, left, top = _around(self._small, face.box / times, 1.4)
        new = whole[top : top + old.shape[0], left : left + old.shape[1]]
        self._small = whole
        corner, side = np.array([left, top]), max(face.box[2:]) / times
        start = ((face.box[:2] + _POINTS * face.box[2:]) / times - corner).astype(np.float32)
        room = np.empty_like(start[:, None])
        # there and back: a point that does not come home followed something else
        there, status, _ = cv2.calcOpticalFlowPyrLK(old, new, start[:, None], room, winSize=_REACH, maxLevel=2)
        back, status_back, _ = cv2.calcOpticalFlowPyrLK(new, old, there, room.copy(), winSize=_REACH, maxLevel=2)
        astray = np.linalg.norm(back[:, 0] - start, axis=1) > _ASTRAY * side
        good = (status[:, 0] == 1) & (status_back[:, 0] == 1) & ~astray
        if good.sum() < len(start) // 3:
            return None
        return _moved(face, _robust((start[good] + corner) * times, (there[good, 0] + corner) * times), good.mean())


def _reduced(picture: np.ndarray, times: int) -> np.ndarray:
    """A picture with ``times`` fewer rows and columns."""
    import cv2

    if times == 1:
        return picture
    height, width = (side // times for side in picture.shape)
    whole = picture[: height * times, : width * times]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))


def _robust(points: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """A similarity (2, 3) from the points that agree: those far off after a first fit do not count in the second."""
    matrix = similarity(points, targets)
    error = np.linalg.norm(move(matrix, points) - targets, axis=1)
    return similarity(points, targets, np.exp(-0.5 * (error / max(float(np.median(error)), 1e-3)) ** 2) + 1e-6)


def _moved(face: Sighting, matrix: np.ndarray, share: float) -> Sighting:
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    middle = move(matrix, face.box[:2] + face.box[2:] / 2)
    sides = face.box[2:] * scale
    box = np.concatenate([middle - sides / 2, sides])
    return Sighting(face.score * min(1.0, 0.4 + float(share)), box, move(matrix, face.landmarks))


def _around(picture: np.ndarray, box: np.ndarray, sides: float) -> tuple[np.ndarray, int, int]:
    """The picture's surroundings of a box, and their left and top pixel."""
    half = sides * max(box[2:]) / 2
    middle = box[:2] + box[2:] / 2
    left, top = np.maximum(np.floor(middle - half), 0).astype(int)
    right, bottom = np.ceil(middle + half).astype(int)
    left, top = min(left, picture.shape[1] - 2), min(top, picture.shape[0] - 2)
    return picture[top : max(bottom, top + 2), left : max(right, left + 2)], int(left), int(top)
