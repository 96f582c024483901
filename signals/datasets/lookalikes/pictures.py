"""Drawn faces as picture files, and where the 68 points of the iBUG scheme lie on them."""

from pathlib import Path

import numpy as np

Ellipse = tuple[float, float, float, float]


def write_picture(path: Path, picture: np.ndarray, mode: str = "RGB") -> None:
    """Write a picture (height, width) uint8 in a ``mode`` of Pillow's, as ``path``'s suffix says; makes its folder."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).convert(mode).save(path)


def drawn_landmarks(size: tuple[int, int]) -> np.ndarray:
    """Landmarks (68, 2), x and y in pixels, of the face that ``face_picture`` draws into a picture of ``size``.

    In the scheme's order: 17 of the jaw, 5 of each brow, 4 and 5 of the nose, 6 of each eye, 20 of the mouth.
    """
    points = [_arc((0, 0, 3.2, 4.2), 17, 180, 0)]
    points += [_arc((1.3 * side, -1.7, 0.8, 0.12), 5, 180, 360) for side in (-1, 1)]
    points += [np.column_stack([np.zeros(4), np.linspace(-0.7, 0.6, 4)]), _arc((0, 0.9, 0.5, 0.2), 5, 180, 0)]
    points += [_arc((1.3 * side, -1, 0.6, 0.35), 6, 180, 480) for side in (-1, 1)]
    points += [_arc((0, 2.2, 1.3, 0.4), 12, 180, 510), _arc((0, 2.2, 1.0, 0.2), 8, 180, 495)]
    height, width = size
    return np.concatenate(points) * (min(size) / 10) + (width / 2, height / 2)


def _arc(ellipse: Ellipse, count: int, begin: float, end: float) -> np.ndarray:
    """``count`` points (count, 2) on an ellipse (centre, half axes), angles in degrees; 90 is below, 270 above."""
    x, y, a, b = ellipse
    angle = np.radians(np.linspace(begin, end, count))
    return np.column_stack([x + a * np.cos(angle), y + b * np.sin(angle)])
