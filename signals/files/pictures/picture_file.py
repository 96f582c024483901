"""One picture in a file: its grey levels by their real depth, upright."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...regular_file import check_regular
from ..videos.decoded_picture import turned

_DEPTHS = (8, 10, 12, 14, 16, 24, 32)
"""Bits that cameras use of the 16 or 32 in which a file holds their grey levels."""

_MOVING = (".gif", ".png", ".apng")
"""Endings of pictures that may be films."""

_ORIENTATION = 274
_TURNS = {
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}
"""By EXIF orientation, whether rows and columns change places, and then whether columns and rows run backwards."""


def read_picture(path: Path, highest: float | None = None) -> np.ndarray:
    """A picture's luma, (height, width) uint8 (ITU-R BT.601), turned as it says; palettes and colour are converted.

    Args:
        path: The file.
        highest: The level that tells how deep a picture of more than 8 bits is; its own highest when left out.

    Raises:
        InputError: The file is missing, cut short, or no picture, or holds floats outside 0 to 1 and 0 to 255.
    """
    return stored_picture(path).shown(highest)


@dataclass(frozen=True, eq=False)
class StoredPicture:
    """A picture as its file holds it.

    Args:
        path: The file.
        levels: (height, width) grey levels: uint8, int64 of more bits, or floats.
        orientation: EXIF's number, or None.
    """

    path: Path
    levels: np.ndarray
    orientation: int | None

    def __post_init__(self) -> None:
        top = 255 if self.levels.dtype.kind == "f" else (1 << 32) - 1
        if self.deep and not (self.levels.min() >= 0 and self.highest <= top):  # NaN too
            found = f"levels of {self.levels.min():g} to {self.highest:g}"
            wanted = "whole numbers of 0 on, or floats of 0 to 1 or 0 to 255"
            raise InputError(self.path, found, wanted, "convert the pictures")

    @property
    def deep(self) -> bool:
        """True where its levels have more than 8 bits."""
        return self.levels.dtype != np.uint8

    @property
    def highest(self) -> float:
        """Its highest level."""
        return float(self.levels.max())

    def shown(self, highest: float | None) -> np.ndarray:
        """(height, width) uint8, upright; ``highest`` tells how deep it is, its own highest level where None."""
        levels = _to_8_bits(self.levels, self.highest if highest is None else highest) if self.deep else self.levels
        return turned(levels, *_TURNS[self.orientation]) if self.orientation in _TURNS else levels

    def display(self, highest: float | None) -> tuple[str, ...]:
        """What is done to it, a sentence each."""
        sentences = []
        if self.orientation in _TURNS:
            sentences.append("turned or mirrored, as its EXIF orientation says")
        if highest is not None and self.levels.dtype.kind != "f" and (depth := _depth(highest)) < 16:
            rule = "since none is higher; the file has room for more"
            sentences.append(f"its grey levels are read as {depth} bits deep, {rule}")
        return tuple(sentences)


def stored_picture(path: Path) -> StoredPicture:
    """The picture as its file holds it.

    Raises:
        InputError: As ``read_picture``.
    """
    with _opened(path) as image:
        if not _is_deep(image):
            return StoredPicture(path, np.asarray(image.convert("L")), _orientation(image))
        one_channel, orientation = image.mode.startswith(("I", "F")), _orientation(image)
        levels = np.asarray(image) if one_channel else _deep_colour(path)
    return StoredPicture(path, levels.astype(np.int64) if levels.dtype.kind in "iu" else levels, orientation)


def picture_doubts(path: Path) -> tuple[str, ...]:
    """What a picture's file holds that reading leaves out, a short sentence each.

    Raises:
        InputError: As ``read_picture``.
    """
    with _opened(path) as image:
        doubts = {
            "of several pictures in one file the first is read": _pages(image) > 1,
            "some of it is transparent: the colours stored there are read": _transparent(image),
        }
    return tuple(sentence for sentence, holds in doubts.items() if holds)


def is_moving(path: Path) -> bool:
    """Whether a file is an animated GIF or PNG, which players show as a film; False where it is nothing at all."""
    if path.suffix.lower() not in _MOVING or not path.is_file():
        return False
    try:
        with _opened(path) as image:
            return _pages(image) > 1
    except InputError:
        return False


def _pages(image: Any) -> int:
    """The number of pictures in the file; one where that cannot be known, which is no reason to refuse the first."""
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # Pillow states no set of errors for it
        return 1


def _transparent(image: Any) -> bool:
    if image.mode.startswith(("I", "F")) or not image.has_transparency_data:
        return False
    return bool(image.convert("RGBA").getchannel("A").getextrema()[0] < 255)


def _to_8_bits(levels: np.ndarray, highest: float) -> np.ndarray:
    if levels.dtype.kind == "f":
        return np.asarray(np.floor(levels * (255 if highest <= 1 else 1) + 0.5)).astype(np.uint8)
    return np.asarray(levels >> (_depth(highest) - 8)).astype(np.uint8)


def _depth(highest: float) -> int:
    """The fewest bits of a camera that hold a level."""
    return next(depth for depth in _DEPTHS if highest < 1 << depth)


def _orientation(image: Any) -> int | None:
    """EXIF's number, or None: also where the metadata are broken, which no viewer minds."""
    try:
        number = image.getexif().get(_ORIENTATION)
    except Exception:  # Pillow states no set of errors for metadata
        return None
    return number if isinstance(number, int) else None


def _is_deep(image: Any) -> bool:
    """True where a picture has more than 8 bits a level: also colour, of which Pillow would drop the lower 8."""
    colour = image.tile and "16" in str(image.tile[0][3]) and image.mode in ("RGB", "RGBA", "LA")
    return bool(colour or image.mode.startswith(("I", "F")))


def _deep_colour(path: Path) -> np.ndarray:
    """(height, width) luma (ITU-R BT.601) of a picture with 16 bits a colour."""
    import cv2

    colours = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if colours is None:
        raise InputError(path, "colours of 16 bits that cannot be read", "a picture", "convert it to 8 bits")
    blue, green, red = np.moveaxis(colours[..., :3].astype(float), -1, 0)
    return np.asarray(np.floor(0.299 * red + 0.587 * green + 0.114 * blue + 0.5).astype(np.int64))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The picture, not decoded yet; whatever is wrong with it becomes an ``InputError``."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on metadata; pixels that are missing raise
            check_regular(path)
            with Image.open(path) as image:
                yield image
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(path, "no such file", "a picture", "check the folder") from error
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        size = path.stat().st_size
        found = f"{size} bytes that are no whole picture ({error})"
        raise InputError(path, found, "a picture", "copy it again, or leave it out") from error
