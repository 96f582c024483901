"""Faces in pictures along a recording: blurred ones are found by no detector again, and omitted ones leave no pixel."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from emoscan.models import Timeline, draw_timeline
from emoscan.models.learning.prediction import Prediction
from emoscan.models.pictures.timeline_picture import thumbnails
from emoscan.preprocessing import FaceCrop
from emoscan.preprocessing.faces.detector import DETECTORS
from emoscan.signals import Source, Target, Task, Trial, Video, open_video

CLIP = Path(__file__).parents[1] / "data" / "faces" / "cap13_edit2.mp4"
TASK = Task(("low", "high"))


@pytest.fixture(scope="module")
def detector():
    """The one that is used unless another is named."""
    return DETECTORS.build(FaceCrop().detector)


@pytest.fixture(scope="module")
def frame():
    """A real picture of a person."""
    return next(iter(open_video(CLIP).take(np.arange(1)).frames()))


@pytest.fixture(scope="module")
def close(frame, detector):
    """The same face, so near that it fills the picture."""
    left, top, width, height = detector.detect(frame, 0.1).box[0]
    margin = 0.15 * height
    rows = slice(max(int(top - margin), 0), int(top + height + margin))
    return np.ascontiguousarray(frame[rows, max(int(left - margin), 0) : int(left + width + margin)])


def still(picture, count=6):
    """A video of one picture."""
    return Video(
        times=np.arange(count) / 2,
        size=picture.shape,
        step=0.5,
        read=lambda first, last: iter([picture] * (last - first)),
        source=Source(CLIP),
    )


def found(detector, picture, zooms=(1, 2)):
    """Faces found in a picture, as it is and larger."""
    sizes = [cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC) for zoom in zooms]
    return sum(len(detector.detect(size, 0.1)) for size in sizes)


@pytest.mark.parametrize("view", ["frame", "close"])
def test_a_blurred_face_is_not_found_again_though_it_was_before(request, detector, view):
    picture = request.getfixturevalue(view)
    (shown, *_), (blurred, *_) = (thumbnails(still(picture), faces).values for faces in ("show", "blur"))
    assert found(detector, shown) > 0
    assert found(detector, blurred) == 0
    stretched = cv2.normalize(blurred, None, 0, 255, cv2.NORM_MINMAX)  # whoever looks for it brings back the contrast
    assert found(detector, stretched) == 0


def drawn(picture, faces, folder):
    trial = Trial(subject="1", session="1", trial=1, stimulus="", streams={"face": still(picture)}, target=Target.of(0))
    times, none = np.array([1.0, 2.0]), np.zeros((2, 0))
    timeline = Timeline(
        times=times,
        prediction=Prediction(np.full((2, 2), 0.5), none, none),
        present={"face": np.ones(2)},
        score={},
        task=TASK,
        title="a model",
    )
    return np.asarray(Image.open(draw_timeline(timeline, folder / f"{faces}.png", trial, faces)).convert("L"))


def test_no_face_is_found_in_a_drawn_timeline_unless_it_is_shown(close, detector, tmp_path):
    assert found(detector, drawn(close, "show", tmp_path), [1]) > 0
    assert found(detector, drawn(close, "blur", tmp_path), [1]) == 0


def test_omitting_leaves_no_pixel(close, tmp_path):
    """The picture is the same whatever the video shows."""
    one, other = drawn(close, "omit", tmp_path), drawn(np.zeros_like(close), "omit", tmp_path)
    np.testing.assert_array_equal(one, other)
    assert drawn(close, "blur", tmp_path).shape != one.shape
