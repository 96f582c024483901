"""Pictures of every collection come into one frame: eyes lie at the same places, however they were cut before."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emoscan.preprocessing import FaceCrop, preprocess, read_recipe
from emoscan.preprocessing.faces.alignment import (
    CROPPED,
    TEMPLATE,
    align_cropped,
    align_points,
    align_whole,
    move,
    warp,
)
from emoscan.signals import DATASETS, CKPlus, FaceMarks, InputError, Pictures, Source, Video, open_video
from emoscan.signals.datasets.ck_plus.ck_plus import NO_LANDMARKS

CLIP = Path(__file__).parents[2] / "data" / "faces" / "cap13_edit2.mp4"
IMAGES = Path("extended-cohn-kanade-images") / "cohn-kanade-images"


def still(*pictures, marks=None):
    shown = np.stack(pictures)
    return Video(np.arange(len(shown)) / 30, shown.shape[1:], 1 / 30, Pictures(shown), Source(None, "x"), marks=marks)


@pytest.fixture(scope="module")
def people():
    """Pictures of a film, and the five points of the face in each."""
    video = open_video(CLIP)
    pictures = [next(video.read(number, number + 1)) for number in (0, 250, 500, 740)]
    tracks = [FaceCrop()(still(picture)).track for picture in pictures]
    return [(picture, track.landmarks[0]) for picture, track in zip(pictures, tracks, strict=True)]


def cut(picture, points, apart, height, side=48):
    """The picture cut so that the eyes lie ``apart`` at a ``height``, in shares of its side; where the points are."""
    eyes = np.array([[0.5 - apart / 2, height], [0.5 + apart / 2, height]]) * side - 0.5
    (x, y), scale = points[:2].mean(axis=0), apart * side / np.linalg.norm(points[1] - points[0])
    matrix = np.array([[scale, 0, eyes[:, 0].mean() - scale * x], [0, scale, eyes[0, 1] - scale * y]])
    warp(picture, matrix, cropped := np.empty((side, side), np.uint8))
    return cropped, move(matrix, points)


def eyes_off(matrix, points, side):
    """How far the eyes come to lie from where all faces have them, in shares of the aligned image's side."""
    return float(np.linalg.norm((move(matrix, points)[:2] + 0.5) / side - TEMPLATE[:2], axis=1).mean())


def test_crops_of_48_pixels_come_where_whole_pictures_come(people):
    before, after = [], []
    for picture, points in people:
        for apart, height in ((0.36, 0.32), (0.42, 0.36), (0.48, 0.42)):
            cropped, moved = cut(picture, points, apart, height)
            crop = FaceCrop(lost="whole")
            track = crop(still(cropped)).track
            assert track.seen.all()
            before.append(eyes_off(align_whole((48, 48), 96), moved, 96))
            after.append(eyes_off(track.matrix[0], moved, 96))
    assert np.mean(after) < 0.05
    assert np.mean(after) < 0.6 * np.mean(before)


def test_a_crop_in_which_no_face_is_found_is_placed_as_crops_usually_lie():
    noise = np.random.default_rng(0).integers(100, 140, (48, 60), np.uint8)
    made = FaceCrop(lost="whole")(still(noise, noise))
    assert (made.valid.tolist(), made.track.seen.tolist()) == ([True, True], [False, False])
    placed = move(made.track.matrix[0], CROPPED * (60, 48) - 0.5)
    np.testing.assert_allclose(placed, move(align_points(CROPPED * (60, 48) - 0.5, 96), CROPPED * (60, 48) - 0.5), 1e-5)
    assert np.abs((align_cropped((48, 48), 96) @ [*(CROPPED[0] * 48 - 0.5), 1] + 0.5) / 96 - TEMPLATE[0]).max() < 0.02
    with pytest.raises(InputError, match="no face in any of 2 frames"):
        FaceCrop()(still(noise, noise))


def test_a_frame_that_shows_no_face_by_the_dataset_is_masked_whatever_is_found(people):
    picture = people[0][0]
    video = still(picture, picture, marks=FaceMarks(valid=np.array([True, False])))
    for lost in ("mask", "whole"):
        made = FaceCrop(lost=lost)(video)
        assert (made.valid.tolist(), made.track.seen.tolist()) == ([True, False], [True, False])
        assert made.stored[0].any()
        assert not made.stored[1].any()


def _steps(kind):
    return kind.recipe if isinstance(kind.recipe, Mapping) else {}  # that of DEAP depends on its files


def collections():
    """Datasets with steps of their own for faces, of people that were really before a camera."""
    kinds = {name: DATASETS.find(name) for name in DATASETS.known if not name.startswith("Simulated")}
    return {name: kind.recipe for name, kind in kinds.items() if "face" in _steps(kind)}


@pytest.mark.parametrize("name", collections())
def test_faces_of_every_collection_are_cropped_to_one_size_and_none_is_taken_as_it_lies(name):
    steps = read_recipe({"face": collections()[name]["face"]})["face"]
    (crop,) = (step for step in steps if isinstance(step, FaceCrop))
    assert crop.size == FaceCrop().size
    assert "Whole" not in crop.detector


@pytest.fixture
def without_landmarks(tmp_path):
    """CK+ without its folder of landmarks; a sequence of it shows a face that can be found, the others drawn ones."""
    CKPlus.write_fake(tmp_path)
    shutil.rmtree(tmp_path / "Landmarks")
    folder = tmp_path / IMAGES / "S005" / "001"
    pictures = sorted(folder.iterdir())
    for path, frame in zip(pictures, open_video(CLIP).read(0, len(pictures)), strict=True):
        Image.fromarray(frame).save(path)
    for other in (tmp_path / IMAGES).glob("*/*"):
        if other != folder and other.is_dir():
            shutil.rmtree(other)
    return tmp_path


def test_ck_plus_without_landmarks_looks_for_faces_and_says_so(without_landmarks, tmp_path):
    for kind in ("Emotion_labels", "FACS_labels"):
        for path in (without_landmarks / kind).glob("*/S*"):
            if path.name != "S005":
                shutil.rmtree(path)
    cache = preprocess(CKPlus(without_landmarks), None, tmp_path / "cache")
    assert cache[0]["face"].valid.all()
    assert f"face: {NO_LANDMARKS}" in [remark.text for remark in cache.remarks]


def test_marks_or_else_a_detector(people):
    picture, points = people[0]
    found = FaceCrop(detector="Given(otherwise='Centerface')")(still(picture))
    np.testing.assert_array_equal(found.track.landmarks, FaceCrop()(still(picture)).track.landmarks)
    marks = FaceMarks(landmarks=points[None] + 3.0)
    marked = FaceCrop(detector="Given(otherwise='Centerface')")(still(picture, marks=marks))
    np.testing.assert_allclose(marked.track.landmarks, marks.landmarks, rtol=1e-6)
    with pytest.raises(InputError, match=r"FaceCrop\(detector='Centerface'\)"):
        FaceCrop(detector="Given")(still(picture))
    with pytest.raises(InputError, match="detector 'Haar'"):
        FaceCrop(detector="Given(otherwise='Haar')")(still(picture))
