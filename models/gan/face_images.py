"""Windows of pixel patches as the images they were cut from."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ...preprocessing import Cache, Windows
from ...signals import InputError, Layout
from ..backbones.encoders import LayoutMap


@dataclass(frozen=True, eq=False)
class FaceImages:
    """The faces of N windows of one slice, as gray images of one size, read when they are needed.

    Args:
        windows: Of a series of pixel patches that cover the whole image.
        size: Side of the images in pixels.

    Raises:
        InputError: The series has no pixels, they leave gaps, or a window has several slices.
    """

    windows: Windows
    size: int

    def __post_init__(self) -> None:
        check_pixels(self.windows.layout, f"series {self.windows.modality!r} of {self.windows.cache.path}")
        if self.windows.n_slices != 1:
            found = f"{self.windows.n_slices} slices"
            raise InputError("a window of faces", found, "one slice: a single image", "cut windows(1, 1)")

    def __len__(self) -> int:
        return len(self.windows)

    def __call__(self, which: np.ndarray | None = None) -> Tensor:
        """(B, 1, size, size) in [-1, 1] of the windows numbered ``which``, or all."""
        x = torch.from_numpy(self.windows.x(which))[:, 0]
        return to_size(_joined(x, self.windows.layout) * 2 - 1, self.size)


def to_size(images: Tensor, size: int) -> Tensor:
    """(B, 1, height, width) -> (B, 1, size, size), smoothed where it shrinks."""
    if images.shape[-2:] == (size, size):
        return images
    return functional.interpolate(images, (size, size), mode="bilinear", antialias=True, align_corners=False)


def as_windows(images: Tensor, layout: Layout) -> np.ndarray:
    """Images (B, 1, size, size) in [-1, 1] as volumes (B, T = 1, S, F) float32, cut as ``layout`` cuts."""
    assert layout.pixels is not None
    height, width = layout.pixels.image
    fitted = functional.interpolate(images, (height, width), mode="bilinear", antialias=True, align_corners=False)
    return layout.pixels.cut(((fitted.clamp(-1, 1) + 1) / 2).numpy())


def face_series(cache: Cache, modality: str = "") -> str:
    """The series of pixel patches to read: ``modality``, or the first there is.

    Raises:
        InputError: The cache holds none.
    """
    if modality:
        check_pixels(cache.layout(modality), f"series {modality!r} of {cache.path}")
        return modality
    found = [name for name in cache.modalities if cache.layout(name).pixels]
    if not found:
        raise _no_pixels(cache.path, f"series {', '.join(cache.modalities)}, none of pixels")
    return found[0]


def check_pixels(layout: Layout, where: object) -> None:
    """Refuse a layout from which no whole image can be put together."""
    if layout.pixels is None:
        raise _no_pixels(where, f"layout {layout.name} without pixels")
    if layout.pixels.count.min() == 0:
        raise _no_pixels(where, f"layout {layout.name}, whose patches leave gaps")


def _no_pixels(where: object, found: str) -> InputError:
    wanted = "patches of pixels that cover the whole face, as from [FaceCrop(size=64), Patches()]"
    return InputError(where, found, wanted, "preprocess the videos so")


def _joined(x: Tensor, layout: Layout) -> Tensor:
    """(B, S, F) -> (B, 1, height, width)."""
    images: Tensor = LayoutMap(layout, x.shape[2])(x)
    return images
