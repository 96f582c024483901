"""The drawn face of all lookalikes, shaded so that detectors see it, and where the 68 points of the iBUG scheme lie."""

from functools import lru_cache

import numpy as np

Ellipse = tuple[float, float, float, float]
"""Centre and half axes, in tenths of a picture's shorter side, from the middle of the picture; y goes down."""

_FINE = 96
"""Side of the sheet on which a face is drawn, in pixels."""

_RELIEF: tuple[tuple[float, Ellipse], ...] = (
    (0.5, (0, 1, 0.4, 0.7)),
    (1.2, (0, -0.4, 0.35, 1.1)),
    (-0.45, (1.3, -1, 0.8, 0.5)),
    (0.3, (1.3, -1.1, 0.5, 0.3)),
    (0.45, (1.9, 0.7, 1, 0.8)),
    (0.3, (0, 2, 1.1, 0.4)),
    (0.35, (0, 3.1, 1.1, 0.6)),
)
"""Heights of what stands out of the skull, as on its left side: tip and bridge of the nose, socket, eyeball, cheek,
lips, chin."""

_DARK: tuple[tuple[float, Ellipse], ...] = (
    (0.45, (1.3, -1.6, 0.85, 0.18)),
    (0.3, (1.3, -1, 1, 0.4)),
    (0.45, (1.3, -1, 0.35, 0.26)),
    (0.55, (1.3, -1.1, 0.7, 0.1)),
    (0.6, (0.35, 1, 0.2, 0.13)),
)
"""Shares of light that are lost, as on the left side: brow, eye, iris, lid, nostril."""

_MOUTH: tuple[tuple[float, Ellipse], ...] = ((0.35, (0, 2.4, 1.4, 0.2)), (0.65, (0, 1.9, 1.25, 0.17)))
"""The same of the lower lip and of the line between the lips, which bend."""

_FACE: Ellipse = (0, 0, 2.9, 4.5)
_HAIR: Ellipse = (0, -0.6, 3.5, 4.6)
_NECK: Ellipse = (0, 5, 1.8, 3)


def face_picture(rng: np.random.Generator, size: tuple[int, int], mouth: float = 0.0) -> np.ndarray:
    """A drawn face without any claim to be one, (height, width) uint8; ``mouth`` from -1 (down) to 1 (up).

    It is lit from above and from one side, so that detectors of faces see it.
    """
    import cv2

    ground, skin = int(rng.integers(40, 90)), int(rng.integers(150, 210))
    side = min(size)
    how = cv2.INTER_AREA if side < _FINE else cv2.INTER_LINEAR
    face = cv2.resize(_sheet(ground, skin, mouth), (side, side), interpolation=how)
    picture = np.full(size, float(ground))
    top, left = (size[0] - side) // 2, (size[1] - side) // 2
    picture[top : top + side, left : left + side] = face
    return np.clip(picture + rng.normal(0, 3, size), 0, 255).astype(np.uint8)


def drawn_landmarks(size: tuple[int, int]) -> np.ndarray:
    """Landmarks (68, 2), x and y in pixels, of the face that ``face_picture`` draws into a picture of ``size``.

    In the scheme's order: 17 of the jaw, 5 of each brow, 4 and 5 of the nose, 6 of each eye, 20 of the mouth.
    """
    points = [_arc(_FACE, 17, 180, 0)]
    points += [_arc((1.3 * side, -1.6, 0.85, 0.12), 5, 180, 360) for side in (-1, 1)]
    points += [np.column_stack([np.zeros(4), np.linspace(-0.7, 0.7, 4)]), _arc((0, 0.9, 0.5, 0.2), 5, 180, 0)]
    points += [_arc((1.3 * side, -1, 0.7, 0.3), 6, 180, 480) for side in (-1, 1)]
    points += [_arc((0, 2.1, 1.3, 0.4), 12, 180, 510), _arc((0, 2, 1.0, 0.2), 8, 180, 495)]
    height, width = size
    return np.concatenate(points) * (min(size) / 10) + (width / 2, height / 2)


def _sheet(ground: float, skin: float, mouth: float) -> np.ndarray:
    """A face on a sheet (n, n) whose sides are 10 long, and the head around it."""
    right, down = _places()
    bent = down - 0.35 * mouth * (1 - (right / 1.3) ** 2)
    face = skin * _still_face()
    for lost, ellipse in _MOUTH:
        face *= 1 - lost * _inside(right, bent, ellipse, 0.5)
    sheet = np.full(face.shape, float(ground))
    for shade, ellipse in ((20.0, _HAIR), (skin / 2, _NECK)):
        sheet += _inside(right, down, ellipse, 0.1) * (shade - sheet)
    below_hair = np.clip((down + 3.5 + 0.12 * right**2) / 0.3, 0, 1)
    return np.asarray(sheet + below_hair * _inside(right, down, _FACE, 0.08) * (face - sheet))


@lru_cache(maxsize=1)
def _still_face() -> np.ndarray:
    """Share of the light (n, n) that each place of a face without a mouth gives back."""
    right, down = _places()
    light = _light(right, down)
    for lost, ellipse in _DARK:
        light *= 1 - lost * _inside(np.abs(right), down, ellipse, 0.5)
    return light


def _light(right: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Share of the light that bare skin gives back (Lambert), lit from above and from the picture's left."""
    relief = 3.1 * np.sqrt(np.clip(1 - (right / 3.2) ** 2 - (down / 4.8) ** 2, 0, 1))
    for height, ellipse in _RELIEF:
        relief += height * np.exp(-(_distance(np.abs(right), down, ellipse) ** 2))
    falls, turns = np.gradient(relief, 10 / _FINE)
    towards = np.clip(1 + 0.6 * turns + 0.7 * falls, 0, 3) / np.sqrt(1 + turns**2 + falls**2)
    return np.asarray(0.45 + 0.45 * towards)


def _places() -> tuple[np.ndarray, np.ndarray]:
    """How far right and down of the middle each pixel of the sheet lies, (n, n) each."""
    down, right = np.mgrid[0:_FINE, 0:_FINE] * (10 / _FINE) - 5 + 5 / _FINE
    return right, down


def _inside(x: np.ndarray, y: np.ndarray, ellipse: Ellipse, soft: float) -> np.ndarray:
    """1 inside an ellipse and 0 outside, with an edge that is ``soft`` of its half axes wide."""
    return np.clip((1 - _distance(x, y, ellipse)) / soft + 0.5, 0, 1)


def _distance(x: np.ndarray, y: np.ndarray, ellipse: Ellipse) -> np.ndarray:
    """How far places are from the centre of an ellipse; 1 on it."""
    return np.asarray(np.hypot((x - ellipse[0]) / ellipse[2], (y - ellipse[1]) / ellipse[3]))


def _arc(ellipse: Ellipse, count: int, begin: float, end: float) -> np.ndarray:
    """``count`` points (count, 2) on an ellipse (centre, half axes), angles in degrees; 90 is below, 270 above."""
    x, y, a, b = ellipse
    angle = np.radians(np.linspace(begin, end, count))
    return np.column_stack([x + a * np.cos(angle), y + b * np.sin(angle)])
