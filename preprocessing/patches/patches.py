"""Aligned faces cut into sites: a grid of patches, or regions of the face."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...signals import InputError, Layout, PixelPatches, Volume, patch_grid
from ..faces.alignment import TEMPLATE
from ..faces.face_crop import pixel_names
from ..steps.step import Step

_FACE = """
    brow-left   brow-middle  brow-right
    eye-left    nose-root    eye-right
    cheek-left  nose         cheek-right
    mouth-left  mouth        mouth-right
    jaw-left    chin         jaw-right
"""


@dataclass(frozen=True)
class Patches(Step):
    """A grid of equal patches over the whole image; nothing is copied, the volume only sees its images in another way.

    Args:
        rows, columns: Of the grid.
        overlap: Share of a patch's side that it has in common with the next one.

    Raises:
        InputError: The image cannot be divided so, or the volume has no images.
    """

    reads_pixels: ClassVar[bool] = True

    rows: int = 8
    columns: int = 8
    overlap: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.rows, self.columns) < 1 or not 0 <= self.overlap < 1:
            raise InputError("Patches", repr(self), "rows and columns from 1, overlap from 0 to below 1")

    def __call__(self, volume: Volume) -> Volume:
        """(T, S, F) with S = rows * columns and the pixels of a patch as features."""
        height, width = _image(volume)
        patch = (_side(height, self.rows, self.overlap), _side(width, self.columns, self.overlap))
        if self.overlap == 0 and (height % self.rows or width % self.columns):
            found = f"images of {height} x {width} pixels"
            wanted = f"{self.rows} x {self.columns} patches without rest"
            raise InputError("Patches", found, wanted, "use another FaceCrop size or grid, or let the patches overlap")
        return _seen_as(volume, patch_grid(self.rows, self.columns, patch, (height, width)))


@dataclass(frozen=True)
class Regions(Step):
    """Fifteen square regions of the face: brows, eyes, nose, cheeks, mouth, chin and jaw. They may overlap.

    They lie where ``FaceCrop`` brings the landmarks, so each one shows the same place of every face.

    Args:
        share: Side of a region as a share of the image's side.

    Raises:
        InputError: The volume has no images, or the share is out of range.
    """

    reads_pixels: ClassVar[bool] = True

    share: float = 0.2

    def __call__(self, volume: Volume) -> Volume:
        """(T, 15, F) with the pixels of a region as features."""
        if not 0 < self.share <= 0.5:
            raise InputError("Regions, share", f"{self.share:g}", "above 0 to 0.5")
        return _seen_as(volume, regions(_image(volume), self.share))


def regions(image: tuple[int, int], share: float = 0.2) -> Layout:
    """The layout of ``Regions`` for images of ``image`` (height, width)."""
    height, width = image
    side = max(round(share * min(image)), 2)
    centres = _centres()
    cells = tuple(np.ndindex(centres.shape[:2]))
    positions = tuple((float(x), float(y)) for x, y in centres.reshape(-1, 2))
    corners = []
    for x, y in positions:
        left, top = round(x * width - side / 2), round(y * height - side / 2)
        corners.append((min(max(top, 0), height - side), min(max(left, 0), width - side)))
    pixels = PixelPatches(image, (side, side), tuple(corners))
    return Layout("face-regions", tuple(_FACE.split()), cells, positions, pixels)


def _centres() -> np.ndarray:
    """(5, 3, 2) x and y of the regions' centres, in shares of the image, from the template of the alignment."""
    (left_eye, eye_y), (right_eye, _), (_, nose_y), (left_mouth, mouth_y), (right_mouth, _) = TEMPLATE
    wide = 0.06  # the outer column lies a little outside of eyes and mouth
    rows = {
        eye_y - 0.14: (left_eye - wide / 2, right_eye + wide / 2),
        eye_y: (left_eye, right_eye),
        nose_y: (left_eye - wide, right_eye + wide),
        mouth_y: (left_mouth - wide / 2, right_mouth + wide / 2),
        mouth_y + 0.13: (left_mouth - wide, right_mouth + wide),
    }
    return np.array([[(left, y), (0.5, y), (right, y)] for y, (left, right) in rows.items()])


def _seen_as(volume: Volume, layout: Layout) -> Volume:
    assert layout.pixels is not None
    return replace(volume, layout=layout, features=pixel_names(*layout.pixels.size))


def _image(volume: Volume) -> tuple[int, int]:
    if volume.layout.pixels is None:
        raise InputError(
            f"layout {volume.layout.name}", "features, no pixels", "images", "put this step right behind FaceCrop()"
        )
    return volume.layout.pixels.image


def _side(length: int, count: int, overlap: float) -> int:
    """Pixels of a patch when ``count`` of them that overlap by that share cover ``length``."""
    return int(np.ceil(length / (1 + (count - 1) * (1 - overlap)) - 1e-9))
