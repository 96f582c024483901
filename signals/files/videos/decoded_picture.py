"""Decoded frames as players show them: grey levels of one range and depth, square pixels, upright."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError

_FULL_RANGE, _HIGH_DYNAMIC = 2, (16, 18)
"""FFmpeg's numbers: of a range from black 0 to the highest level, and of the transfers PQ and HLG."""

_LUMA_FIRST = ("yuv4", "yuvj4", "yuva4", "nv12", "nv16", "nv21", "nv24", "gray")
"""Beginnings of the pixel formats whose first plane is luma alone, in the low bits of each sample."""

_SQUARE = 0.01
"""Difference from square pixels, as a share, that no player and no face shows."""


@dataclass(frozen=True)
class Display:
    """The way in which a file says that its pictures are shown.

    Args:
        path: The file, for errors.
        aspect: Width of a pixel by its height.
    """

    path: Path
    aspect: Fraction = Fraction(1)

    def __call__(self, frame: Any) -> np.ndarray:
        """(height, width) uint8: the luma, 16 to 235, of a frame in square pixels, turned and mirrored as it says."""
        picture = _square(_luma(frame), self.aspect)
        return turned(picture, *_axes(self.path, frame))

    def remarks(self, frame: Any) -> tuple[str, ...]:
        """What is changed in frames like this one, a sentence each."""
        changes = {
            "turned or mirrored, as its display matrix says": _axes(self.path, frame) != (False, False, False),
            "brought to square pixels": abs(self.aspect - 1) > _SQUARE,
            "its grey levels, of full range, were brought to 16 to 235 as in most videos": _full_range(frame),
            "its grey levels, of more than 8 bits, were brought to 8": _bits(frame) > 8,
            "high dynamic range (HLG or PQ): its grey levels are read as if it were not": (
                frame.color_trc in _HIGH_DYNAMIC
            ),
        }
        return tuple(sentence for sentence, changed in changes.items() if changed)


def fitted(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The whole picture at that height and width, in its own shape, with black (16) beside it where another's is."""
    if picture.shape == size:
        return picture
    import cv2

    scale = min(size[0] / picture.shape[0], size[1] / picture.shape[1])
    height, width = (min(max(round(side * scale), 1), most) for side, most in zip(picture.shape, size, strict=True))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    page = np.full(size, 16, np.uint8)
    page[top : top + height, left : left + width] = cv2.resize(
        np.ascontiguousarray(picture), (width, height), interpolation=how
    )
    return page


def turned(picture: np.ndarray, swapped: bool, columns: bool, rows: bool) -> np.ndarray:
    """The picture with rows and columns in each other's place, and then columns and rows backwards."""
    picture = picture.T if swapped else picture
    picture = picture[:, ::-1] if columns else picture
    return picture[::-1] if rows else picture


def _luma(frame: Any) -> np.ndarray:
    """(height, width) uint8, 16 to 235: the luma plane itself where it is of that kind, else converted."""
    full = _full_range(frame)
    if not _luma_first(frame):
        frame, full = frame.reformat(format="yuv444p", dst_color_range="MPEG"), False
    plane, bits = frame.planes[0], _bits(frame)
    order = ">" if frame.format.name.endswith("be") else "<"
    samples = np.frombuffer(plane, np.uint8 if bits == 8 else f"{order}u2")
    samples = samples.reshape(plane.height, -1)[:, : plane.width]
    return samples if bits == 8 and not full else _levels(bits, full)[samples]


def _levels(bits: int, full: bool) -> np.ndarray:
    """(2 ** bits,) uint8: the level, 16 to 235 for black to white, of each value of a sample."""
    values = np.arange(1 << bits, dtype=float)
    levels = 16 + 219 * values / values[-1] if full else values / (1 << bits - 8)
    return np.minimum(np.floor(levels + 0.5), 255).astype(np.uint8)


def _luma_first(frame: Any) -> bool:
    name = frame.format.name
    return bool(name.startswith(_LUMA_FIRST) and "f32" not in name)  # grayf32 holds floats


def _bits(frame: Any) -> int:
    return int(frame.format.components[0].bits)


def _full_range(frame: Any) -> bool:
    """True where black is 0: by the format, where FFmpeg takes gray for it whatever the stream says, or the stream."""
    full = frame.format.name.startswith(("yuvj", "gray")) or int(frame.color_range) == _FULL_RANGE
    return full and _luma_first(frame)


def _square(picture: np.ndarray, aspect: Fraction) -> np.ndarray:
    """The picture with square pixels: the side that they are too short for is stretched."""
    if abs(aspect - 1) <= _SQUARE:
        return picture
    import cv2

    height, width = picture.shape
    size = (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))
    return np.asarray(cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_LINEAR))


def _axes(path: Path, frame: Any) -> tuple[bool, bool, bool]:
    """Whether rows and columns change places, and then whether columns and rows run backwards.

    The display matrix (ISO/IEC 14496-12, 6.2.2) has a place (x, y) shown at (a x + c y, b x + d y).
    """
    stored = frame.side_data.get("DISPLAYMATRIX")
    if stored is None:
        return False, False, False
    a, b, _, c, d = np.frombuffer(bytes(stored), "=i4", 5).tolist()
    for swapped, (x, y), others in ((False, (a, d), (b, c)), (True, (c, b), (a, d))):
        if x and y and max(map(abs, others)) <= 0.01 * min(abs(x), abs(y)):
            return swapped, x < 0, y < 0
    if not any((a, b, c, d)):
        return False, False, False
    raise InputError(path, f"a picture turned by {frame.rotation} degrees", "a right angle", "convert the file")
