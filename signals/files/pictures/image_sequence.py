"""Sequences of pictures with one file a frame."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...streams.source import Source
from ...streams.video import FaceMarks, Video
from .picture_file import read_picture, stored_picture

ASSUMED_RATE = 30.0
"""Pictures a second where no file and nobody says it, Hz: every clock made from it says so."""


def open_images(
    files: Sequence[Path],
    rate: float,
    numbers: Sequence[int] | None = None,
    marks: FaceMarks | None = None,
    root: Path | None = None,
) -> Video:
    """A sequence of picture files as a video. Only the first is read now; of pictures of more than 8 bits, all.

    Pictures of more than 8 bits get the levels of 8 by the depth that is used in the sequence: the fewest bits that
    hold its highest level. Floats of 0 to 1 are black to white. Pictures are turned as their EXIF orientation says.

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
    stored = stored_picture(files[0])
    highest = max(stored_picture(file).highest for file in files) if stored.deep else None
    first, display = stored.shown(highest), stored.display(highest)
    source = Source(files[0], "", tuple(files[1:]))
    size = first.shape[0], first.shape[1]
    return Video(
        times=times,
        size=size,
        step=1 / rate,
        read=FileImages(tuple(files), size, highest),
        source=source,
        marks=marks,
        assumed_rate=True,
        display=display,
        remarks=display,
    )


@dataclass(frozen=True)
class FileImages:
    """Reads picture files in order; all must have the ``size`` (height, width) of the first.

    ``highest`` is the highest level in all of them, where they are of more than 8 bits.
    """

    files: tuple[Path, ...]
    size: tuple[int, int]
    highest: float | None = None

    def __call__(self, first: int, last: int) -> Iterator[np.ndarray]:
        """The pictures of the half-open range ``first`` to ``last``, (height, width) uint8."""
        for file in self.files[first:last]:
            picture = read_picture(file, self.highest)
            if picture.shape != self.size:
                found = f"{picture.shape[1]} x {picture.shape[0]} pixels"
                wanted = f"{self.size[1]} x {self.size[0]}, as {self.files[0].name}"
                raise InputError(file, found, wanted, "bring all to one size, or give each a trial of its own")
            yield picture
