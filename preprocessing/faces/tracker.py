"""One face, followed from picture to picture."""

from dataclasses import dataclass, replace

import numpy as np

from ...signals import InputError
from .alignment import move, similarity
from .detector import Detector, Faces
from .search import Search, around
from .subject import Subject, view_of

CHOICES = ("largest", "left", "right")
"""Of several faces the one that is taken first; afterwards it is the one nearest to where it was."""

_SEARCH = 3
"""Pictures from one look over a whole picture to the next while no face is known."""

_THUMBNAIL, _CHANGED = 24, 8.0
"""Pixels of the shorter side at which pictures are compared, and mean grey levels by which a new scene differs."""

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

    Attributes:
        doubtful: Whether the last picture looked at shows faces, and none is that of the person who was followed.
        refused: The largest of those, where the picture that came last was looked at.
        among: How many faces there were where one was chosen in the picture that came last; 0 where none was.

    Raises:
        InputError: A setting is out of range.
    """

    def __init__(self, detector: Detector, every: int, which: str, smallest: float, least: float = 0.5) -> None:
        if which not in CHOICES or every < 1 or not 0 < smallest <= 1:
            wanted = f"which one of {', '.join(CHOICES)}, every 1 or more, smallest above 0 to 1"
            raise InputError("following a face", f"which {which!r}, every {every}, smallest {smallest}", wanted)
        self.every, self.which, self.least = every, which, least
        self.doubtful = False
        self.refused: Sighting | None = None
        self.among = 0
        self._search = Search(detector, smallest)
        self._subject = Subject()
        self._face: Sighting | None = None
        self._before: np.ndarray | None = None
        self._age = 0
        self._small: np.ndarray | None = None  # the picture before, reduced so many times
        self._times = 1

    def __call__(self, picture: np.ndarray) -> Sighting | None:
        """The face in the next picture (height, width), or None where there is none."""
        known, view, self.refused, self.among = self._followed(picture), None, None, 0
        self._age += 1
        just_lost = self._face is not None and (known is None or known.score < self.least)
        due = self._before is None or self._age >= (self.every if known else _SEARCH)
        if just_lost or due or self._cut(known, picture):
            found, view = self._looked_for(picture, known)
            known, self._age = None if self.doubtful else self._corrected(known, found), 0
        if known is None:
            self._small = None
        else:
            self._subject.note(known.box, view)
        self._face, self._before = known, picture
        return known

    def _cut(self, known: Sighting | None, picture: np.ndarray) -> bool:
        """Whether the scene changed while nobody was there: then somebody may be."""
        if known is not None or self._before is None or self._before.shape != picture.shape:
            return False
        step = max(min(picture.shape) // _THUMBNAIL, 1)
        now, before = (shown[::step, ::step].astype(np.int16) for shown in (picture, self._before))
        return bool(np.abs(now - before).mean() > _CHANGED)

    def _looked_for(self, picture: np.ndarray, known: Sighting | None) -> tuple[Sighting | None, np.ndarray | None]:
        """The person's face where one is found, and how it looks; notes whether only other faces were."""
        before, self.doubtful = self.doubtful, False
        for faces in self._search(picture, known.box if known else None):
            best = self._best(picture, faces, known)
            if best is not None:
                self.doubtful, self.refused, self.among = False, None, len(faces) if known is None else 0
                if self._search.whole:
                    self._subject.note_others(np.delete(faces.box, best, axis=0))
                return _sighting(faces, best), view_of(picture, faces, best)
            if self._subject.established and (known is None or _apart(faces, known).min() <= 1):
                self.doubtful, self.refused = True, _sighting(faces, int(faces.box[:, 2].argmax()))
        if not self._search.thorough and known is None:
            self.doubtful |= before  # a face that only a closer look shows may still be there
        return None, None

    def _best(self, picture: np.ndarray, faces: Faces, known: Sighting | None) -> int | None:
        """The face of the person followed, else the one that ``which`` asks for; None where there is none such."""
        if self._search.given_way:  # what was followed is smaller than a face that matters, and here is such a face
            self._subject, known = Subject(), None
        if known is not None:
            return self._same(picture, faces, known)
        if not self._subject.established:
            self._subject = Subject()
            return self._wanted(faces, picture.shape[1])
        best = self._subject.choose(picture, faces, range(len(faces)), followed=False)
        if best is None and self._subject.refuse(faces, self._age):
            self._subject = Subject()
            return self._wanted(faces, picture.shape[1])
        return best

    def _same(self, picture: np.ndarray, faces: Faces, known: Sighting) -> int | None:
        """The face nearest to where the known one was followed to, or another one that looks like it."""
        apart = _apart(faces, known)
        near = bool(apart.min() <= 1)  # further away than the face is wide: somebody else
        if not near and not self._subject.established:
            return None
        return self._subject.choose(picture, faces, np.argsort(apart, kind="stable").tolist(), followed=near)

    def _wanted(self, faces: Faces, width: int) -> int | None:
        """The largest face in the part of the picture that ``which`` names."""
        rank = faces.box[:, 2] * faces.box[:, 3]
        if self.which != "largest":
            here = faces.box[:, 0] + faces.box[:, 2] / 2 < width / 2
            rank = np.where(here if self.which == "left" else ~here, rank, -1.0)
        best = int(np.argmax(rank))
        return None if rank[best] == -1 else best

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
        old, left, top = around(self._small, face.box / times, 1.4)
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


def _sighting(faces: Faces, i: int) -> Sighting:
    return Sighting(float(faces.score[i]), faces.box[i], faces.landmarks[i])


def _apart(faces: Faces, known: Sighting) -> np.ndarray:
    """(N,) distances of the faces from the known one, in sides of its box."""
    off = faces.box[:, :2] + faces.box[:, 2:] / 2 - known.box[:2] - known.box[2:] / 2
    return np.asarray(np.linalg.norm(off, axis=1) / max(known.box[2:]))


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
