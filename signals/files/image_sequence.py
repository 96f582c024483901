"""Pictures in files: single faces, and sequences with one file a frame."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..streams.source import Source
from ..streams.video import FaceMarks, Video


def open_images(
    files: Sequence[Path],
    rate: float,
    numbers: Sequence[int] | None = None,
    marks: FaceMarks | None = None,
    root: Path | None = None,
) -> Video:
    """A sequence of picture files as a video. Only the first is read now.

    Args:
        files: N pictures of one size, in order: any kind that Pillow reads, colour turned into gray.
        rate: Frames a second, which no file of this kind holds; the dataset's own statement.
        numbers: (N,) the frame number of each file, where some are missing; counted from 0 when left out.
        marks: Where the face is.
        root: The folder named in errors; the first file's folder when left out.

    Raises:
        InputError: There are no files, or the first is no picture.
    """
    if not files:
        raise InputError(root or "pictures", "no picture files", "one or more", "check the folder")
    times = np.asarray(range(len(files)) if numbers is None else numbers, float) / rate
    first = read_picture(files[0])
    source = Source(files[0], "", tuple(files[1:]))
    size = first.shape[0], first.shape[1]
    return Video(
        times=times,
        size=size,
        step=1 / rate,
        read=FileImages(tuple(files), size),
        source=source,
        marks=marks,
        assumed_rate=True,
    )


@dataclass(frozen=True)
class FileImages:
    """Reads picture files in order; all must have the ``size`` (height, width) of the first."""

    files: tuple[Path, ...]
    size: tuple[int, int]

    def __call__(self, first: int, last: int) -> Iterator[np.ndarray]:
        """The pictures of the half-open range ``first`` to ``last``, (height, width) uint8."""
        for file in self.files[first:last]:
            picture = read_picture(file)
            if picture.shape != self.size:
                found = f"{picture.shape[1]} x {picture.shape[0]} pixels"
                wanted = f"{self.size[1]} x {self.size[0]}, as {self.files[0].name}"
                raise InputError(file, found, wanted, "check the sequence")
            yield picture


def read_picture(path: Path) -> np.ndarray:
    """A picture's luma, (height, width) uint8 (ITU-R BT.601); palettes, colour and 16 bits are converted.

    Raises:
        InputError: The file is missing, cut short, or no picture.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on metadata; pixels that are missing raise
            gray = _gray(path)
    except FileNotFoundError as error:
        raise InputError(path, "no such file", "a picture", "check the folder") from error
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        size = path.stat().st_size
        found = f"{size} bytes that are no whole picture ({error})"
        raise InputError(path, found, "a picture", "copy it again, or leave it out") from error
    return gray.astype(np.uint8)


def _gray(path: Path) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as image:
        deep = image.mode.startswith("I;16") or image.mode == "I"
        return np.asarray(image, np.uint16) >> 8 if deep else np.asarray(image.convert("L"))
