"""Matrices that bring faces to one place and size."""

import numpy as np

from ...signals import InputError

TEMPLATE = np.array([[0.336, 0.385], [0.664, 0.385], [0.500, 0.572], [0.363, 0.765], [0.637, 0.765]])
"""Places of eyes, nose and the corners of the mouth, in shares of the aligned image's side.

The mean face that ArcFace is trained with (Deng et al., arXiv 1801.07698, 112 x 112), made symmetric, a little larger
and moved up, so that brows and chin are inside.
"""

CROPPED = np.array([[0.307, 0.400], [0.693, 0.400], [0.500, 0.612], [0.338, 0.787], [0.662, 0.787]])
"""Places of the same points in a picture that was cut to a face, in shares of its sides.

The means of 33 real faces, cut as OpenCV's cascade ``haarcascade_frontalface_alt`` cuts them, made symmetric.
"""

_OF_68 = ((36, 42), (42, 48), (30, 31), (48, 49), (54, 55))
"""Ranges of the 68 points of the iBUG scheme (Sagonas et al., ICCVW 2013) whose means are the five."""

_BOX_SIDE, _BOX_TOP = 1.25, 0.06
"""Side of the aligned square and how far it lies below the box's centre, in sides of the box."""


def five_points(landmarks: np.ndarray) -> np.ndarray:
    """(..., 5, 2) eyes, nose, corners of the mouth from (..., 5, 2) or (..., 68, 2).

    Raises:
        InputError: There are other than 5 or 68 points.
    """
    count = landmarks.shape[-2]
    if count == 5:
        return landmarks
    if count != 68:
        raise InputError("landmarks", f"{count} points", "5 or 68", "choose the five points of your scheme yourself")
    return np.stack([landmarks[..., begin:end, :].mean(axis=-2) for begin, end in _OF_68], axis=-2)


def similarity(points: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The turn, scale and shift (2, 3) that bring ``points`` (K, 2) nearest to ``targets`` (K, 2): least squares."""
    share = np.full(len(points), 1 / len(points)) if weights is None else weights / weights.sum()
    centre, goal = share @ points, share @ targets
    p, q = points - centre, targets - goal
    size = max(float(share @ (p * p).sum(axis=1)), 1e-12)  # points that all coincide have no size to divide by
    along = float(share @ (p * q).sum(axis=1)) / size
    across = float(share @ (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0])) / size
    turn = np.array([[along, -across], [across, along]])
    return np.column_stack([turn, goal - turn @ centre])


def align_points(points: np.ndarray, side: int) -> np.ndarray:
    """(2, 3) from pixels of the frame to those of an aligned image of ``side``, from five points (5, 2)."""
    return similarity(points, TEMPLATE * side - 0.5)


def align_box(box: np.ndarray, side: int) -> np.ndarray:
    """(2, 3) from a box (left, top, width, height): a square about it, upright."""
    left, top, width, height = box
    span = _BOX_SIDE * (width + height) / 2
    middle = np.array([left + width / 2, top + height / 2 + _BOX_TOP * height])
    scale = side / span
    return np.column_stack([np.eye(2) * scale, side / 2 - scale * middle - 0.5 + scale * 0.5])


def align_cropped(size: tuple[int, int], side: int) -> np.ndarray:
    """(2, 3) from a picture (height, width) that was cut to a face, by where its points usually lie in such."""
    height, width = size
    return align_points(CROPPED * (width, height) - 0.5, side)


def align_whole(size: tuple[int, int], side: int) -> np.ndarray:
    """(2, 3) that stretches a whole picture (height, width) over the aligned image."""
    height, width = size
    sx, sy = side / width, side / height
    return np.array([[sx, 0, sx / 2 - 0.5], [0, sy, sy / 2 - 0.5]])


def move(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """``points`` (..., 2) through a matrix (2, 3)."""
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2])


def warp(picture: np.ndarray, matrix: np.ndarray, out: np.ndarray) -> None:
    """Fill ``out`` (side, side) with ``picture`` seen through ``matrix``; the edge goes on beyond the picture.

    A face more than twice as large as ``out`` is first halved, as often as needed, so that nothing aliases.
    """
    import cv2

    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    while scale < 0.5 and min(picture.shape) > 1:
        matrix = np.column_stack([matrix[:, :2] * 2, matrix[:, 2] + matrix[:, :2] @ [0.5, 0.5]])
        picture, scale = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), scale * 2
    cv2.warpAffine(picture, matrix, out.shape[::-1], dst=out, borderMode=cv2.BORDER_REPLICATE)
