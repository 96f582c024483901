"""The default face detector: three small networks in a cascade (MTCNN).

K. Zhang, Z. Zhang, Z. Li and Y. Qiao, *Joint face detection and alignment using multitask cascaded convolutional
networks*, IEEE Signal Processing Letters 23(10), 2016 (arXiv 1604.02878). The weights are those that the package
``mtcnn`` carries (I. de Paz Centeno, MIT licence); its code, which needs TensorFlow, is not used.
"""

from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ...signals import InputError
from ...signals.files.joblib_arrays import read_joblib_arrays
from .detector import NO_FACES, Detector, Faces

if TYPE_CHECKING:
    from torch import Tensor

_CELL, _STRIDE = 12, 2
"""Pixels of a face that the first network sees at once, and from one look to the next."""

_PYRAMID = 0.709
"""From one size of the picture to the next: half the area."""

_STEPS = {
    "pnet": ("conv", "pool2", "conv", "conv"),
    "rnet": ("conv", "pool3", "conv", "pool3-inside", "conv", "flat", "dense"),
    "onet": ("conv", "pool3", "conv", "pool3-inside", "conv", "pool2", "conv", "flat", "dense"),
}
"""The body of each network; every layer with weights ends in a PReLU."""


class Mtcnn(Detector):
    """P-Net, R-Net and O-Net in torch, batched, on gray pictures.

    Args:
        thresholds: Least probability that a window is a face, for each of the three networks.

    Raises:
        InputError: The package with the weights is not installed, or they are damaged.
    """

    licence: ClassVar[str] = "MIT (weights of the package mtcnn)"

    def __init__(self, thresholds: Sequence[float] = (0.6, 0.7, 0.9)) -> None:
        self.thresholds = tuple(thresholds)

    def model_file(self) -> str:
        """The folder of the weights."""
        return str(weights_folder())

    def detect(self, picture: np.ndarray, smallest: float) -> Faces:
        """All faces at least ``smallest`` pixels wide, the surest first."""
        import torch

        with torch.inference_mode():
            boxes = self._proposals(picture, smallest)
            boxes = self._refined(picture, boxes)
            return self._confirmed(picture, boxes)

    def _proposals(self, picture: np.ndarray, smallest: float) -> np.ndarray:
        """(N, 5) boxes as left, top, right, bottom, score; squares."""
        proposals = [self._at_scale(picture, scale) for scale in _scales(picture.shape, smallest)]
        boxes = np.concatenate([np.zeros((0, 5)), *proposals])  # a picture smaller than a face has no scale at all
        return _squares(boxes[distinct(boxes, 0.7)])

    def _at_scale(self, picture: np.ndarray, scale: float) -> np.ndarray:
        import cv2

        height, width = (max(round(side * scale), _CELL) for side in picture.shape)
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        shift, logit = self._nets["pnet"](_normal(small[None]))
        score = logit.softmax(1)[0, 1].numpy()
        row, column = np.nonzero(score > self.thresholds[0])
        corner = np.stack([column, row], axis=1) * _STRIDE
        cells = np.concatenate([corner, corner + _CELL], axis=1)
        moved = (cells + shift[0].numpy()[:, row, column].T * _CELL) / scale
        boxes = np.concatenate([moved, score[row, column, None]], axis=1)
        return np.asarray(boxes[distinct(boxes, 0.5)])

    def _refined(self, picture: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        if not len(boxes):
            return boxes
        shift, logit = self._nets["rnet"](_normal(_windows(picture, boxes, 24)))
        boxes = _moved(boxes, shift.numpy(), logit.softmax(1)[:, 1].numpy())
        boxes = boxes[boxes[:, 4] > self.thresholds[1]]
        return _squares(boxes[distinct(boxes, 0.7)])

    def _confirmed(self, picture: np.ndarray, boxes: np.ndarray) -> Faces:
        """The faces among the boxes that the last network is sure of, with their landmarks."""
        if not len(boxes):
            return NO_FACES
        shift, points, logit = self._nets["onet"](_normal(_windows(picture, boxes, 48)))
        landmarks = _landmarks(boxes, points.numpy())
        boxes = _moved(boxes, shift.numpy(), logit.softmax(1)[:, 1].numpy())
        sure = np.flatnonzero(boxes[:, 4] > self.thresholds[2])
        sure = sure[distinct(boxes[sure], 0.7, of_smaller=True)]
        corner, score = boxes[sure, :2], boxes[sure, 4]
        return Faces(score, np.concatenate([corner, boxes[sure, 2:4] - corner], axis=1), landmarks[sure])

    @cached_property
    def _nets(self) -> dict[str, "_Net"]:
        folder = weights_folder()
        return {name: _Net(steps, read_weights(folder / f"{name}.lz4")) for name, steps in _STEPS.items()}


def weights_folder() -> Path:
    """The folder of the weights in the package ``mtcnn``, which itself is not imported: it would load TensorFlow.

    Raises:
        InputError: It is not installed.
    """
    package = find_spec("mtcnn")
    if package is None or not package.submodule_search_locations:
        raise InputError("detector Mtcnn", "no package mtcnn", "its weights", "pip install --no-deps mtcnn lz4")
    return Path(package.submodule_search_locations[0]) / "assets" / "weights"


def read_weights(path: Path) -> list[np.ndarray]:
    """The arrays of one network, in the order of its layers.

    Raises:
        InputError: The file is missing or damaged, or holds anything but arrays.
    """
    import lz4.frame

    try:
        content = lz4.frame.decompress(path.read_bytes())
    except (OSError, RuntimeError) as error:
        remedy = "pip install --force-reinstall --no-deps mtcnn"
        raise InputError(path, str(error), "weights of MTCNN", remedy) from error
    return read_joblib_arrays(content, path)


class _Net:
    """One of the three networks: a body of layers, and linear outputs beside each other."""

    def __init__(self, steps: Sequence[str], arrays: Sequence[np.ndarray]) -> None:
        import torch

        self.steps = steps
        ready = [torch.from_numpy(_as_torch(array, first=i == 0)) for i, array in enumerate(arrays)]
        body = 3 * sum(step in ("conv", "dense") for step in steps)  # kernel, bias and slope of the PReLU each
        self.layers = [tuple(ready[i : i + 3]) for i in range(0, body, 3)]
        self.outputs = [tuple(ready[i : i + 2]) for i in range(body, len(ready), 2)]

    def __call__(self, x: "Tensor") -> tuple["Tensor", ...]:
        """(N, 1, height, width) -> the outputs, (N, k) or (N, k, rows, columns) each."""
        layers = iter(self.layers)
        for step in self.steps:
            x = _STEP[step](x, next(layers) if step in ("conv", "dense") else ())
        return tuple(_linear(x, weights) for weights in self.outputs)


def _linear(x: "Tensor", weights: Sequence["Tensor"]) -> "Tensor":
    """A convolution of maps or a dense layer of vectors, and its PReLU; outputs have none."""
    from torch.nn import functional

    layer = functional.conv2d if x.ndim == 4 else functional.linear
    out = layer(x, weights[0], weights[1])
    return functional.prelu(out, weights[2].flatten()) if len(weights) == 3 else out


def _pool(x: "Tensor", size: int, reach: bool) -> "Tensor":
    from torch.nn import functional

    return functional.max_pool2d(x, size, 2, ceil_mode=reach)


_STEP: dict[str, Any] = {
    "conv": _linear,
    "dense": _linear,
    "pool2": lambda x, _: _pool(x, 2, True),
    "pool3": lambda x, _: _pool(x, 3, True),
    "pool3-inside": lambda x, _: _pool(x, 3, False),
    "flat": lambda x, _: x.permute(0, 3, 2, 1).flatten(1),  # column, row, channel: how the weights were made
}


def _as_torch(array: np.ndarray, first: bool) -> np.ndarray:
    """Kernels (row, column, in, out) -> (out, in, row, column), (in, out) -> (out, in).

    Pictures are gray here and their three channels would be equal, so the first kernel's are added up.
    """
    if array.ndim == 4:
        kernel = array.transpose(3, 2, 0, 1)
        array = kernel.sum(axis=1, keepdims=True) if first else kernel
    elif array.ndim == 2:
        array = array.T
    return np.array(array, np.float32, order="C")


def _normal(pictures: np.ndarray) -> "Tensor":
    import torch

    return torch.from_numpy((pictures[:, None].astype(np.float32) - 127.5) / 128)


def _scales(size: tuple[int, ...], smallest: float) -> list[float]:
    scales, scale = [], _CELL / max(smallest, 1)
    while min(size) * scale >= _CELL:
        scales.append(scale)
        scale *= _PYRAMID
    return scales


def _windows(picture: np.ndarray, boxes: np.ndarray, side: int) -> np.ndarray:
    """(N, side, side) uint8: the boxes cut out and resized; black beyond the picture's edge."""
    import cv2

    out = np.empty((len(boxes), side, side), np.uint8)
    for window, (left, top, right, bottom, _) in zip(out, boxes, strict=True):
        sx, sy = (right - left) / (side - 1), (bottom - top) / (side - 1)
        matrix = np.array([[sx, 0, left], [0, sy, top]])
        cv2.warpAffine(picture, matrix, (side, side), dst=window, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return out


def _moved(boxes: np.ndarray, shift: np.ndarray, score: np.ndarray) -> np.ndarray:
    sides = boxes[:, 2:4] - boxes[:, :2] + 1
    return np.concatenate([boxes[:, :4] + shift * np.tile(sides, 2), score[:, None]], axis=1)


def _landmarks(boxes: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N, 5, 2) from shares of a box: five x, then five y."""
    sides = boxes[:, 2:4] - boxes[:, :2] + 1
    return np.asarray(boxes[:, None, :2] - 1 + points.reshape(-1, 2, 5).transpose(0, 2, 1) * sides[:, None])


def _squares(boxes: np.ndarray) -> np.ndarray:
    corner, sides = boxes[:, :2], boxes[:, 2:4] - boxes[:, :2]
    side = sides.max(axis=1, keepdims=True)
    corner = corner + (sides - side) / 2
    return np.concatenate([corner, corner + side, boxes[:, 4:]], axis=1)


def distinct(boxes: np.ndarray, overlap: float, of_smaller: bool = False) -> np.ndarray:
    """Indices of the boxes that stay when those that overlap a surer one too much go: non-maximum suppression.

    Args:
        boxes: (N, 5) left, top, right, bottom, score.
        overlap: Share of the union that two boxes may have in common.
        of_smaller: Share of the smaller box instead.
    """
    separate, order = [], np.argsort(-boxes[:, 4], kind="stable")
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    while len(order):
        best, rest = order[0], order[1:]
        separate.append(best)
        corner = np.maximum(boxes[best, :2], boxes[rest, :2])
        shared = np.prod(np.maximum(np.minimum(boxes[best, 2:4], boxes[rest, 2:4]) - corner, 0), axis=1)
        whole = np.minimum(areas[best], areas[rest]) if of_smaller else areas[best] + areas[rest] - shared
        order = rest[shared <= overlap * np.maximum(whole, 1e-9)]
    return np.array(separate, int)
