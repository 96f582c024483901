"""Pictures as files."""

from pathlib import Path

import numpy as np


def write_picture(path: Path, picture: np.ndarray, mode: str = "RGB") -> None:
    """Write a picture (height, width) uint8 in a ``mode`` of Pillow's, as ``path``'s suffix says; makes its folder."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).convert(mode).save(path)
