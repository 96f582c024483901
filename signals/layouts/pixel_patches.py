"""Patches of pixels: how sites are cut out of an image, and put together again."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from ..errors import InputError
from ..stored_json import Stored

Size = tuple[int, int]


@dataclass(frozen=True)
class PixelPatches(Stored):
    """S rectangles of equal size in an image; they may overlap and need not cover it.

    Args:
        image: Height and width of the image in pixels.
        size: Height and width of a patch.
        corners: (S) top and left pixel of each patch.

    Raises:
        InputError: A patch does not lie inside the image.
    """

    image: Size
    size: Size
    corners: tuple[Size, ...]

    def __post_init__(self) -> None:
        (height, width), (tall, wide) = self.image, self.size
        outside = [c for c in self.corners if min(c) < 0 or c[0] + tall > height or c[1] + wide > width]
        if outside or min(tall, wide) < 1:
            raise InputError(
                f"patches of {tall} x {wide} pixels",
                f"one at {outside[0] if outside else self.size}",
                f"all inside an image of {height} x {width}",
                "use fewer or smaller patches, or a larger image",
            )

    @cached_property
    def index(self) -> np.ndarray:
        """The pixel of the flattened image that each feature is, (S, F); F = patch height * width, row by row."""
        rows, columns = np.mgrid[: self.size[0], : self.size[1]].reshape(2, -1)
        tops, lefts = np.array(self.corners).T
        return np.asarray((tops[:, None] + rows) * self.image[1] + lefts[:, None] + columns)

    @cached_property
    def count(self) -> np.ndarray:
        """Number of patches that each pixel lies in, (height, width)."""
        return np.bincount(self.index.ravel(), minlength=self.image[0] * self.image[1]).reshape(self.image)

    def cut(self, images: np.ndarray) -> np.ndarray:
        """(..., height, width) -> (..., S, F), copied."""
        tops, lefts = np.array(self.corners).T
        windows = np.lib.stride_tricks.sliding_window_view(images, self.size, axis=(-2, -1))
        return np.ascontiguousarray(windows[..., tops, lefts, :, :]).reshape(*images.shape[:-2], len(self.corners), -1)

    def join(self, x: np.ndarray) -> np.ndarray:
        """(..., S, F) -> (..., height, width): where patches overlap their mean, zero where none lies.

        The exact inverse of ``cut`` for patches that cover the image without overlap.
        """
        lead = x.shape[:-2]
        flat = x.reshape(-1, *self.index.shape)
        pixels = np.zeros((len(flat), self.count.size), x.dtype if x.dtype.kind == "f" else np.float32)
        for patch, values in zip(self.index, np.moveaxis(flat, 1, 0), strict=True):  # a patch holds no pixel twice
            pixels[:, patch] += values
        pixels /= np.maximum(self.count.ravel(), 1)
        return pixels.astype(x.dtype, copy=False).reshape(*lead, *self.image)


def tiles(rows: int, columns: int, size: Size, image: Size | None = None) -> PixelPatches:
    """A grid of patches spread evenly over an image; side by side where ``image`` is left out.

    With an image smaller than ``rows * height`` the patches overlap; a larger one would leave gaps.

    Raises:
        InputError: The patches would leave gaps.
    """
    (tall, wide), (height, width) = size, image or (rows * size[0], columns * size[1])
    if height > rows * tall or width > columns * wide:
        raise InputError(
            f"{rows} x {columns} patches of {tall} x {wide} pixels",
            "gaps between them",
            f"patches that cover {height} x {width} pixels",
            "use more or larger patches",
        )
    tops = np.linspace(0, height - tall, rows).round().astype(int)
    lefts = np.linspace(0, width - wide, columns).round().astype(int)
    return PixelPatches((height, width), size, tuple(product(tops.tolist(), lefts.tolist())))
