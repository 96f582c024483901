"""Drawn faces whose brows, eyes and mouth follow action units: simulated, and always called so."""

from dataclasses import dataclass

import numpy as np

UNITS = ("au1", "au2", "au4", "au6", "au12", "au15", "au25", "au26")
"""Brow raised inside and outside, lowered; cheek raised; lip corner pulled, depressed; lips parted; jaw dropped."""

_FINE = 2
"""Each picture is drawn this many times larger, then reduced."""


@dataclass(frozen=True)
class Identity:
    """The features of a drawn person: lengths in shares of the face's width, shades from 0 to 255."""

    width: float
    length: float
    eye_distance: float
    eye_size: float
    brow: float
    nose: float
    mouth: float
    skin: float
    hair: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Identity":
        """Somebody new."""
        spread = rng.uniform(-1, 1, 9)
        middle = np.array([1.0, 1.35, 0.46, 0.105, 0.03, 0.2, 0.36, 165, 60])
        reach = np.array([0.08, 0.08, 0.04, 0.015, 0.012, 0.03, 0.04, 35, 30])
        return cls(*(middle + reach * spread).tolist())


@dataclass(frozen=True)
class Pose:
    """The place of a face in a picture, and the light on it.

    Args:
        x, y: Middle of the face, in pixels.
        size: Width of the face, in pixels.
        turn: Tilt in radians, clockwise.
        light: Change of brightness from left to right, -1 to 1.
    """

    x: float
    y: float
    size: float
    turn: float = 0.0
    light: float = 0.0


def draw_face(who: Identity, units: np.ndarray, pose: Pose, size: tuple[int, int]) -> np.ndarray:
    """A face with action units ``units`` (8,), 0..1 each in the order of ``UNITS``; (height, width) uint8."""
    import cv2

    height, width = size
    sheet = _Sheet(pose, np.full((height * _FINE, width * _FINE), 110, np.uint8))
    _draw_head(sheet, who)
    _draw_eyes(sheet, who, units)
    sheet.ellipse(0, 0.12, who.nose * 0.32, who.nose * 0.6, who.skin * 0.8)
    _draw_mouth(sheet, who, units)
    small = cv2.resize(sheet.picture, (width, height), interpolation=cv2.INTER_AREA).astype(float)
    across = (np.arange(width) - pose.x) / max(pose.size, 1)
    lit = small * (1 + 0.5 * pose.light * np.clip(across, -1, 1))
    return np.asarray(np.clip(lit, 0, 255), np.uint8)


def landmarks(who: Identity, units: np.ndarray, pose: Pose) -> np.ndarray:
    """Eyes, nose and corners of the mouth of a drawn face, (5, 2) in pixels."""
    half, corner = who.eye_distance / 2, _mouth(who, units)
    points = np.array([(-half, -0.12), (half, -0.12), (0, 0.2), (-corner[0], corner[1]), corner])
    return _placed(points, pose)


class _Sheet:
    """A picture to draw on in shares of the face's width, from its middle, before it is tilted and moved."""

    def __init__(self, pose: Pose, picture: np.ndarray) -> None:
        self.pose, self.picture = pose, picture

    def ellipse(self, x: float, y: float, a: float, b: float, shade: float) -> None:
        """A filled ellipse with half axes ``a`` and ``b``."""
        angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        self.polygon(np.stack([x + a * np.cos(angles), y + b * np.sin(angles)], axis=1), shade)

    def polygon(self, points: np.ndarray, shade: float) -> None:
        """A filled shape with corners ``points`` (N, 2)."""
        import cv2

        pixels = np.round(_placed(points, self.pose) * _FINE * 16).astype(np.int32)
        cv2.fillPoly(self.picture, [pixels], float(np.clip(shade, 0, 255)), cv2.LINE_AA, 4)

    def line(self, points: np.ndarray, thickness: float, shade: float) -> None:
        """A curve through ``points`` (N, 2)."""
        step = np.gradient(points, axis=0)
        across = np.stack([-step[:, 1], step[:, 0]], axis=1)
        across *= thickness / 2 / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
        self.polygon(np.concatenate([points + across, (points - across)[::-1]]), shade)


def _placed(points: np.ndarray, pose: Pose) -> np.ndarray:
    turn = np.array([[np.cos(pose.turn), np.sin(pose.turn)], [-np.sin(pose.turn), np.cos(pose.turn)]])
    return np.asarray(points @ turn * pose.size + [pose.x, pose.y])


def _draw_head(sheet: _Sheet, who: Identity) -> None:
    sheet.ellipse(0, -0.12, who.width * 0.56, who.length * 0.52, who.hair)
    sheet.ellipse(0, 0.06, who.width / 2, who.length / 2, who.skin)


def _draw_eyes(sheet: _Sheet, who: Identity, units: np.ndarray) -> None:
    inner, outer, lowered, cheek = units[:4]
    for side in (-1, 1):
        x, y, open_share = side * who.eye_distance / 2, -0.12, 0.55 - 0.3 * cheek + 0.15 * outer
        sheet.ellipse(x, y, who.eye_size, who.eye_size * open_share, 235)
        sheet.ellipse(x, y, who.eye_size * 0.45, who.eye_size * min(open_share, 0.45), 25)
        sheet.ellipse(x, y + who.eye_size * 1.5, who.eye_size, 0.02 + 0.035 * cheek, who.skin * (1 + 0.12 * cheek))
        along = np.linspace(-1, 1, 9)
        bow = -0.02 * (1 - along**2)
        lift = 0.075 * (inner * (along < 0) * -along + outer * (along > 0) * along) + 0.03 * (inner + outer) / 2
        drop = lowered * (0.05 + 0.035 * np.maximum(-along, 0))
        height = y - who.eye_size * 1.25 + bow - lift + drop
        nearer = side * (along * who.eye_size * 1.25 - 0.03 * lowered) + x
        sheet.line(np.stack([nearer, height], axis=1), who.brow * 2, who.hair)


def _mouth(who: Identity, units: np.ndarray) -> np.ndarray:
    """The right corner of the mouth, (2,)."""
    pulled, depressed = units[4], units[5]
    return np.array([who.mouth / 2 * (1 + 0.25 * pulled - 0.08 * depressed), 0.38 - 0.05 * pulled + 0.05 * depressed])


def _draw_mouth(sheet: _Sheet, who: Identity, units: np.ndarray) -> None:
    x, y = _mouth(who, units)
    along = np.linspace(-1, 1, 15)
    bow = 1 - along**2
    middle = 0.38 + 0.03 * units[4] - 0.015 * units[5]
    gap = 0.02 * units[6] + 0.10 * units[7]
    upper = y + (middle - y) * bow - 0.3 * gap * bow
    lower = y + (middle - y) * bow + 0.7 * gap * bow
    shape = np.concatenate([np.stack([along * x, upper], axis=1), np.stack([along * x, lower], axis=1)[::-1]])
    sheet.polygon(shape, 40)
    for edge in (upper - 0.012, lower + 0.012):
        sheet.line(np.stack([along * x, edge], axis=1), 0.028, who.skin * 0.55)
