"""A model of faces predicts a picture, a folder of pictures or a sequence, and says what is true of each."""

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from emoscan.benchmarks.commands.command import main
from emoscan.benchmarks.runs.single_fit import what_is_known
from emoscan.models import Predictor, as_trained_model, make_learner, save_model
from emoscan.models.learning.network_learner import predict_windows
from emoscan.models.pictures.timeline_picture import thumbnails
from emoscan.preprocessing import DifferentialEntropy, preprocess, read_recipe
from emoscan.preprocessing.quality.summary import qualities
from emoscan.signals import InputError, Pictures, Simulated, Source, TrialTable, Video
from emoscan.signals.datasets.lookalikes.drawn_face import face_picture

TINY = "STRNN(hidden=4, spatial_nodes=2, merged=4, temporal=3, temporal_nodes=2)"
FRAMES, RATE = 8, 20
FACES = Path(__file__).parents[1] / "data" / "faces" / "cap13_edit2.mp4"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A lab with a sequence of pictures for each of two moods of two people."""
    root = tmp_path_factory.mktemp("lab")
    lines = ["subject,session,trial,stimulus,face,category"]
    for subject in (1, 2):
        for trial, mood in enumerate(("down", "up"), 1):
            folder = root / f"s{subject}" / mood
            folder.mkdir(parents=True)
            for number in range(FRAMES):
                drawn = face_picture(np.random.default_rng([subject, number]), (48, 48), 2.0 * trial - 3)
                Image.fromarray(drawn).save(folder / f"{number:04d}.png")
            lines.append(f"{subject},1,{trial},{mood},s{subject}/{mood},{mood}")
    (root / "trials.csv").write_text("\n".join(lines) + "\n")
    (root / "trials.yaml").write_text(f"rate: {RATE}\n")
    return root


@pytest.fixture(scope="module")
def make_model(lab, tmp_path_factory):
    """A function that trains on the pictures: the cache, the model's folder."""

    def make(window, crop="FaceCrop(24, detector='Whole')"):
        folder = tmp_path_factory.mktemp("model")
        recipe = read_recipe({"face": (crop, "Patches(4, 4)")})
        cache = preprocess(TrialTable(lab), recipe, folder / "cache")
        learned = make_learner(TINY, epochs=1).fit(cache.windows(window, 1, modality="face"))
        return cache, save_model(as_trained_model(learned, cache), folder / "model")

    return make


@pytest.mark.parametrize("n_frames", [1, 2, 7, 20, 33])
def test_thumbnails_of_few_frames_lie_a_width_apart(n_frames):
    pictures, times = np.zeros((n_frames, 100, 80), np.uint8), np.arange(n_frames) / 30
    video = Video(times, (100, 80), 1 / 30, Pictures(pictures), Source(None, "few"))
    strip = thumbnails(video, "blur")
    width = 0.9 * 80 / 100 / 8.6 * video.duration  # of a picture, in seconds of the axis
    assert (np.diff(strip.times) > width).all()
    assert len(strip.times) >= min(n_frames, 7)


@pytest.fixture(scope="module")
def of_one(make_model):
    return make_model(1)


@pytest.fixture(scope="module")
def of_three(make_model):
    return make_model(3)


@pytest.mark.parametrize("name", ["s1/down", "s1/down/%04d.png", "s1/down/*.png"])
def test_a_sequence_gets_the_predictions_of_its_windows_in_a_cache(lab, of_three, name):
    cache, folder = of_three
    predictor = Predictor.load(folder)
    timeline = predictor(lab / name)
    kept = predict_windows(
        predictor.trained.model, predictor.trained.scaling, cache.windows(3, 1, [0], modality="face")
    )
    np.testing.assert_allclose(timeline.prediction.probability, kept.probability, rtol=1e-5)
    assert timeline.times == pytest.approx(np.arange(3, FRAMES + 1) / RATE), "as many a second as in training"
    assert f"face: pictures without a clock, {RATE} a second assumed" in timeline.title
    assert f"0000.png (the first of {FRAMES} pictures)" in timeline.title


def test_a_picture_is_predicted_by_a_model_of_single_pictures(lab, of_one):
    cache, folder = of_one
    predictor = Predictor.load(folder)
    timeline = predictor(lab / "s2" / "up" / "0000.png")
    kept = predict_windows(
        predictor.trained.model, predictor.trained.scaling, cache.windows(1, 1, [3], modality="face")
    )
    np.testing.assert_allclose(timeline.prediction.probability, kept.probability[:1], rtol=1e-5)
    assert "clock" not in timeline.title, "a single picture needs none"


def test_a_picture_that_is_too_little_is_refused_with_what_would_do(lab, of_three):
    told = (
        r"0000.png.*: found 1 slice; wanted at least 3, one window; give a longer video or more pictures; .* --window 1"
    )
    with pytest.raises(InputError, match=told):
        Predictor.load(of_three[1])(lab / "s1" / "up" / "0000.png")


def test_a_picture_without_a_face_is_refused_for_that(lab, of_one, make_model, tmp_path):
    Image.new("L", (80, 80), 90).save(tmp_path / "wall.png")
    for crop, told in (
        ("FaceCrop(24, lost='mask')", "found no face in any of 1 frames"),
        ("FaceCrop(24, nowhere='mask')", "found no valid slice; wanted one or more; give one that shows a face"),
    ):
        predictor = Predictor.load(of_one[1])
        predictor.recipe = read_recipe({"face": (crop, "Patches(4, 4)")})
        with pytest.raises(InputError, match=told):
            predictor(tmp_path / "wall.png")


@pytest.mark.parametrize(
    ("name", "told"),
    [("nobody.png", "nobody.png: found no such file; wanted pictures"), ("empty", "empty: found an empty folder")],
)
def test_a_picture_that_is_not_there_is_no_recording_of_electrodes(of_one, tmp_path, name, told):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=told):
        Predictor.load(of_one[1])(tmp_path / name)


def test_the_rate_of_a_lab_wins_over_that_of_training(lab, of_three, tmp_path):
    (tmp_path / "trials.yaml").write_text("rate: 10\n")
    predictor = Predictor.load(of_three[1])
    assert predictor.trial(lab / "s1" / "up", lab=tmp_path).streams["face"].step == 0.1
    with pytest.raises(InputError, match=r"found slices of 0.1 s; wanted 0.05 s, as in training"):
        predictor(predictor.trial(lab / "s1" / "up", lab=tmp_path))


def test_a_model_of_electrodes_reads_no_picture(lab, tmp_path):
    cache = preprocess(
        Simulated(subjects=2, categories=(0, 1, 2), seconds=(6.0,) * 3, layout="scalp-19", rate=128.0),
        {"eeg": [DifferentialEntropy()]},
        tmp_path / "cache",
    )
    learned = make_learner(TINY, epochs=1).fit(cache.windows(3, 3))
    folder = save_model(as_trained_model(learned, cache), tmp_path / "model")
    with pytest.raises(InputError, match="found face given; wanted recordings of eeg"):
        Predictor.load(folder)(lab / "s1" / "up" / "0000.png")


def test_the_command_prints_what_it_predicted_and_what_was_left_out(lab, of_one, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "stills"
    folder.mkdir()
    for number in (1, 2, 4):
        Image.open(lab / "s1" / "up" / "0000.png").save(folder / f"{number}.PNG")
    (folder / "notes.txt").write_text("no picture")
    for name in ("stills", "stills/1.PNG"):
        words = ["emo-train", "predict", str(of_one[1]), str(tmp_path / name), "--output", str(tmp_path / "out")]
        monkeypatch.setattr("sys.argv", words)
        assert main() == 0
    out = capsys.readouterr().out
    assert out.count("instead of an earlier one; --output names another folder") == 1
    assert out.count("how well this model does on people that it has not seen was not measured") == 2
    assert "face: gaps between its frames (1): no window reaches across one" in out
    assert "face: files that are no pictures left out (1)" in out
    assert "3 windows;" in out
    assert "1 window;" in out
    assert "\ndown 0." in out, "of a single picture the numbers are printed"
    assert len((tmp_path / "out" / "timeline.csv").read_text().splitlines()) == 3


def test_a_face_that_is_chosen_among_several_is_named_by_its_place(tmp_path):
    """In what a prediction says, and in a cache's remarks."""
    with av.open(str(FACES)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="gray")
    small = cv2.resize(frame, None, fx=0.6, fy=0.6)
    both = np.full((frame.shape[0], frame.shape[1] + small.shape[1]), 128, np.uint8)
    both[:, : frame.shape[1]] = frame
    both[: small.shape[0], frame.shape[1] :] = small
    for person, picture in ((1, frame), (2, both)):
        Image.fromarray(picture).save(tmp_path / f"{person}.png")
    rows = "1,1,1,x,1.png,a\n2,1,1,x,2.png,b\n"
    (tmp_path / "trials.csv").write_text(f"subject,session,trial,stimulus,face,category\n{rows}")
    cache = preprocess(TrialTable(tmp_path), read_recipe({"face": ("FaceCrop(24)", "Patches(4, 4)")}), tmp_path / "c")
    (told,) = (str(remark) for remark in cache.remarks)
    assert told.startswith("subject 2, session 1: face: several faces in the picture: one is read, the largest")
    assert all(quality.constant == () for quality in qualities(cache)), "a single picture cannot change"
    learned = make_learner(TINY, epochs=1).fit(cache.windows(1, 1, modality="face"))
    predictor = Predictor.load(save_model(as_trained_model(learned, cache), tmp_path / "model"))
    assert "faces" not in predictor(tmp_path / "1.png").title
    left, _, width, _ = (round(float(side)) for side in cache[0]["face"].track.box[0])
    assert f"2 faces: that at {left}, " in predictor(tmp_path / "2.png").title
    assert left + width < frame.shape[1]


FITTED = {"folder": "x", "backbone": "STRNN", "fold": "subject 3", "n_train": 4, "n_test": 2, "history": []}
FITTED |= {"metric": "accuracy", "simulated": True}


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({**FITTED, "test": {"accuracy": 0.5}}, "accuracy 0.50 on subject 3, held out"),
        ({**FITTED, "test": {}}, "was not measured: emo-train bench tells"),
        ({**FITTED, "test": {"accuracy": "high"}}, "is not known"),
        ({**FITTED, "test": {"accuracy": 0.9}, "sha256": "0" * 64}, "is not known"),
        ([], "is not known"),
        (None, "was not measured"),
    ],
)
def test_what_is_known_of_a_model_is_what_was_measured_when_it_was_trained(tmp_path, stored, words):
    if stored is not None:
        (tmp_path / "fit.json").write_text(json.dumps(stored))
    assert words in what_is_known(tmp_path)
