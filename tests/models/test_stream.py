"""Streams say what the offline timeline says, however they are cut, and refuse what looks ahead."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from emoscan.models import EmotionModel, JoinInput, ModelFacts, Predictor, Scaling, TrainedModel, Training, make_learner
from emoscan.models.learning.checkpoint import ModelSeries
from emoscan.preprocessing import apply, read_recipe, recipe_text
from emoscan.signals import FaceMarks, InputError, Pictures, Samples, Source, Stretch, Target, Task, Trial, Video
from emoscan.signals.datasets import Simulated, SimulatedFaces

TASK = Task(("a", "b", "c"), ("valence",), ("au1",))
TINY = "STRNN(hidden=4, spatial_nodes=2, merged=4, temporal=3, temporal_nodes=2)"
RATE, FPS, SIZE = 128.0, 12.0, (96, 112)
EEG = next(iter(Simulated(subjects=1, categories=(0,), seconds=(14.0,), layout="scalp-19", rate=RATE))).streams["eeg"]
DRAWN = next(iter(SimulatedFaces(subjects=1, trials=1, frames=150, rate=FPS, lost=1.0))).streams["face"]
FACE = replace(DRAWN, times=DRAWN.times + 0.013, read=Pictures(np.stack(list(DRAWN.frames()))))
SHOWN = replace(FACE, marks=FaceMarks(landmarks=DRAWN.marks.landmarks, valid=np.ones(150, bool)))
GIVEN = ["FaceCrop(size=24, detector='Given')", "Patches(2, 2)"]
FILTERED = ["CausalBandPass(2.0, 45.0)", "CausalNotch()", "Rereference()", "StftDifferentialEntropy()"]


def predictor(recipe, model, streams, slices, scaling="train"):
    """A predictor with random weights that fits ``streams``; its outputs are made to differ from window to window."""
    steps = read_recipe(recipe)
    volumes = apply(steps, Trial("", "", 1, "", streams, Target()))
    text = recipe_text(steps)
    facts = {
        name: ModelSeries(v.layout, v.features, slices[name], v.duration, tuple(text[name]), ("",))
        for name, v in volumes.items()
    }
    inputs = {
        name: JoinInput(own.layout, len(own.features), own.n_slices, len(own.features)) for name, own in facts.items()
    }
    torch.manual_seed(0)
    backbones, join = make_learner(model).assemble(inputs)
    network = EmotionModel(backbones, TASK, Training(), join=join).eval()
    with torch.no_grad():
        for parameter in network.heads.parameters():
            parameter.mul_(2)
    moments = {
        name: (v.x[v.valid].mean(axis=0)[None], v.x[v.valid].std(axis=0)[None] + 1e-3) for name, v in volumes.items()
    }
    scalings = {name: Scaling(scaling, ("",), *own) for name, own in moments.items()}
    kept = ModelFacts(model, facts, TASK, Training(), scaling, "simulated", True, ())
    return Predictor(TrainedModel(network, scalings, kept), allow=("own_steps", "spot_detector"))


def eeg_model(steps=("StftDifferentialEntropy()",), slices=4, scaling="train"):
    return predictor({"eeg": list(steps)}, TINY, {"eeg": EEG}, {"eeg": slices}, scaling)


def joint_model(face=tuple(GIVEN), streams=None):
    streams = streams or {"eeg": EEG, "face": FACE}
    recipe = {"eeg": ["StftDifferentialEntropy()"], "face": list(face)}
    return predictor(recipe, f"Gated(eeg='{TINY}', face='{TINY}')", streams, {"eeg": 3, "face": 36})


def open_eeg(predict, electrodes=EEG, **own):
    return predict.stream(rate=electrodes.rate, names=electrodes.names, start=electrodes.start, **own)


def open_face(predict, video=FACE, **own):
    return predict.stream(frame_size=video.size, frame_rate=1 / video.step, **own)


def open_both(predict, **own):
    return open_eeg(predict, frame_size=SIZE, frame_rate=FPS, **own)


def samples(electrodes=EEG):
    return electrodes.read(0, electrodes.n_samples)


def blocks(electrodes, size):
    """(seconds at which it is there, block) of every block."""
    whole = samples(electrodes)
    for begin in range(0, whole.shape[1], size):
        block = whole[:, begin : begin + size]
        yield electrodes.start + (begin + block.shape[1]) / electrodes.rate, block


def shots(video):
    """(time, picture, marks) of every frame."""
    for k, (picture, time) in enumerate(zip(video.frames(), video.times.tolist(), strict=True)):
        points = None
        if video.marks is not None:
            points = video.marks.landmarks[k] if video.marks.valid[k] else np.full((5, 2), np.nan)
        yield time, picture, points


def feed_eeg(live, size, electrodes=EEG):
    return [one for _, block in blocks(electrodes, size) for one in live.eeg(block)]


def feed_face(live, video=FACE):
    return [one for time, picture, points in shots(video) for one in live.frame(picture, time, landmarks=points)]


def feed_both(live, size, electrodes=EEG, video=FACE, late=0.0):
    """Both as they come; frames ``late`` seconds after they were taken."""
    events = [(time, live.eeg, (block,), {}) for time, block in blocks(electrodes, size)]
    events += [
        (time + late, live.frame, (picture, time), {"landmarks": points}) for time, picture, points in shots(video)
    ]
    events.sort(key=lambda event: event[0])
    return [one for _, feed, given, named in events for one in feed(*given, **named)]


def check_same(told, timeline, atol=1e-4, first=0):
    assert len(told) == len(timeline.times) - first
    assert [one.time for one in told] == pytest.approx(timeline.times[first:].tolist())
    said = timeline.prediction
    for name, wanted in (("probability", said.probability), ("dimensions", said.dimensions), ("units", said.units)):
        np.testing.assert_allclose([getattr(one, name) for one in told], wanted[first:], atol=atol)
    assert max(said.units.std(), said.probability.std(axis=0).max()) > 0.01  # else everything would be the same
    for series, share in timeline.present.items():
        assert [one.present[series] for one in told] == pytest.approx(share[first:].tolist())
    for series, score in timeline.score.items():
        assert [one.score[series] for one in told] == pytest.approx(score[first:].tolist(), nan_ok=True)


@pytest.mark.parametrize("size", [1, 7, 128, 1792])
@pytest.mark.parametrize(
    "steps",
    [
        ["StftDifferentialEntropy()"],
        FILTERED,
        ["CausalBandPass(1.0, None)", "RawSlices(0.5)"],
        ["StftDifferentialEntropy()", "MovingAverage(3)", "LdsFilter(0.01)"],
    ],
    ids=["DE", "filtered", "raw", "smoothed"],
)
def test_a_stream_of_eeg_is_the_timeline_however_it_is_cut(steps, size):
    predict = eeg_model(steps)
    with open_eeg(predict) as live:
        told = feed_eeg(live, size)
        assert live.close() == []
    check_same(told, predict(EEG))
    assert max(one.delay for one in told) <= (size - 1) / RATE if size < 1792 else 10


def test_the_order_of_channels_and_further_channels_do_not_matter():
    predict = eeg_model()
    order = np.random.default_rng(0).permutation(19)
    mixed = np.concatenate([np.ones((1, EEG.n_samples), np.float32), samples()[order]])
    other = replace(EEG, names=("STIM", *(EEG.names[i] for i in order)), read=Samples(mixed))
    with open_eeg(predict, other) as live:
        check_same(feed_eeg(live, 50, other), predict(EEG))


def test_a_bad_channel_is_interpolated_as_offline():
    steps = ["InterpolateBadChannels()", "Rereference()", "StftDifferentialEntropy()"]
    marked = replace(EEG, bad_channels=("Cz",))
    predict = predictor({"eeg": steps}, TINY, {"eeg": marked}, {"eeg": 4})
    with open_eeg(predict, bad_channels=["Cz"]) as live:
        check_same(feed_eeg(live, 50), predict(marked))


@pytest.mark.parametrize(
    "crop",
    [
        GIVEN,
        ["FaceCrop(size=24, detector='Whole')", "Patches(2, 2)"],
        ["AtRate(6.0)", *GIVEN],
        ["AtRate(5.0)", "FaceCrop(size=48, detector='Given')", "Regions()", "Hog()", "MovingAverage(2)"],
        ["FaceCrop(size=48, detector='Given')", "Regions()", "Lbp()"],
    ],
    ids=["given", "whole", "at rate", "at another rate", "patterns"],
)
def test_a_stream_of_frames_is_the_timeline(crop):
    video = replace(FACE, marks=None) if "Whole" in crop[0] else FACE
    predict = predictor({"face": crop}, TINY, {"face": video}, {"face": 5})
    with open_face(predict) as live:
        told = feed_face(live, video) + live.close()
    check_same(told, predict(video))
    late = 1 / FPS if "AtRate" in crop[0] else 0.0
    assert max(one.delay for one in told) <= late + 1e-6


@pytest.fixture
def spot(tmp_path, monkeypatch):
    """A video of a textured disc that moves and hides, and the name of a detector that has to look for it."""
    (tmp_path / "spot_detector.py").write_text(
        "import numpy as np\n"
        "from emoscan.preprocessing.faces.detector import NO_FACES, Detector, Faces\n"
        "class Spot(Detector):\n"
        "    def detect(self, picture, smallest):\n"
        "        rows, columns = np.nonzero(picture > 90)\n"
        "        if len(rows) < 200:\n"
        "            return NO_FACES\n"
        "        left, top = np.percentile(columns, 2), np.percentile(rows, 2)\n"
        "        wide, tall = np.percentile(columns, 98) - left, np.percentile(rows, 98) - top\n"
        "        return Faces(np.array([0.9]), np.array([[left, top, wide, tall]]), np.full((1, 5, 2), np.nan))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield "spot_detector.Spot", spot_video()
    sys.modules.pop("spot_detector", None)


def spot_video():
    rng = np.random.default_rng(0)
    texture = rng.integers(100, 255, (40, 40)).astype(np.uint8)
    y, x = np.mgrid[:40, :40] - 19.5
    pictures = rng.integers(0, 40, (90, *SIZE)).astype(np.uint8)
    for k, picture in enumerate(pictures):
        if not (30 <= k < 34 or 50 <= k < 70):
            top, left = 20 + k // 6, 30 + round(10 * np.sin(k / 9))
            picture[top : top + 40, left : left + 40][x**2 + y**2 < 380] = texture[x**2 + y**2 < 380]
    times = 3 + np.cumsum(np.random.default_rng(1).uniform(0.8, 1.2, 90)) / 25
    return Video(times, SIZE, 1 / 25, Pictures(pictures), Source(None, "spot"))


@pytest.mark.parametrize(
    "lost, every, rate", [("mask", 10, ""), ("hold", 4, ""), ("hold", 3, "AtRate(15.0)"), ("whole", 4, "")]
)
def test_a_face_is_followed_frame_by_frame_as_in_a_file(spot, lost, every, rate):
    detector, video = spot
    crop = f"FaceCrop(size=24, detector='{detector}', every={every}, lost='{lost}', longest=0.3)"
    predict = predictor({"face": [*filter(None, [rate]), crop, "Patches(2, 2)"]}, TINY, {"face": video}, {"face": 4})
    timeline = predict(video)
    assert (timeline.valid.min() < timeline.valid.max()) == (lost != "whole")
    with open_face(predict, video) as live:
        check_same(feed_face(live, video) + live.close(), timeline)


@pytest.mark.parametrize("begin, end", [(40, 54), (3, 30), (1, 100), (60, 62)])
def test_no_window_of_a_stream_of_frames_bridges_a_gap_in_time(begin, end):
    there = np.r_[0:begin, end : len(FACE)]
    holed = replace(SHOWN.take(there), marks=SHOWN.marks.take(there), times=FACE.times[there])
    predict = predictor({"face": GIVEN}, TINY, {"face": SHOWN}, {"face": 4})
    timeline = predict(holed)
    across = min(begin, 3)  # windows of four slices that hold frames of both sides
    assert timeline.left_out == across
    assert len(timeline.times) == len(there) - 3 - across
    with open_face(predict, holed) as live:
        check_same(feed_face(live, holed) + live.close(), timeline)
        assert live.left_out == across


@pytest.mark.parametrize("size", [1, 7, 128])
@pytest.mark.parametrize("late", [0.0, 0.3])
def test_both_modalities_together_are_the_timeline(size, late):
    predict = joint_model()
    with open_both(predict) as live:
        told = feed_both(live, size, late=late) + live.close()
    timeline = predict(Trial("", "", 1, "", {"eeg": EEG, "face": FACE}, Target()))
    check_same(told[: len(timeline.times)], timeline)
    assert max(one.delay for one in told if one.time <= FACE.times[-1]) <= late + size / RATE + 0.1
    assert max(one.delay for one in told) <= 1.0 + size / RATE  # the patience, where no more frames come
    assert {0.0} < {one.present["face"] < 1 for one in told}  # it was covered for a while


@pytest.mark.parametrize("only", ["eeg", "face"])
def test_a_joint_model_goes_on_with_one_modality(only):
    predict = joint_model()
    with open_eeg(predict) if only == "eeg" else open_face(predict) as live:
        assert live.title.startswith("Gated(")
        assert "trained on simulated (trained on simulated data), streamed; " in live.title
        assert live.title.endswith(f"; {'face' if only == 'eeg' else 'eeg'} missing")
        told = (feed_eeg(live, 32) if only == "eeg" else feed_face(live)) + live.close()
    check_same(told, predict(EEG if only == "eeg" else FACE))


def test_a_modality_that_falls_silent_is_masked_after_the_patience_and_may_come_back():
    predict = joint_model()
    seen = [shot for shot in shots(SHOWN) if not 4 <= shot[0] - EEG.start < 9]
    events = [(time, "eeg", block) for time, block in blocks(EEG, 16)] + [(s[0], "face", s) for s in seen]
    told = []
    with open_both(predict, patience=0.4) as live:
        for _, kind, given in sorted(events, key=lambda event: event[0]):
            told += live.eeg(given) if kind == "eeg" else live.frame(given[1], given[0], landmarks=given[2])
    shares = {round(one.time - EEG.start): one.present["face"] for one in told}
    assert shares[4] > 0.9
    assert shares[8] == 0
    assert shares[13] > 0.5
    assert all(one.present["eeg"] == 1 for one in told)
    assert [one.time for one in told] == pytest.approx(sorted(one.time for one in told))
    assert max(one.delay for one in told) <= 0.4 + 16 / RATE + 1e-6


def test_eeg_that_falls_silent_is_masked_and_the_face_goes_on():
    predict = joint_model()
    told = []
    with open_both(predict) as live:
        for time, picture, points in shots(SHOWN):
            if time < EEG.start + 5:
                begin = live_samples(live)
                told += live.eeg(samples()[:, begin : round((time - EEG.start) * RATE)])
            told += live.frame(picture, time, landmarks=points)
    ends = [one.time - EEG.start for one in told]
    assert ends == pytest.approx(np.arange(3, ends[-1] + 1).tolist())
    assert ends[-1] >= 10
    assert told[0].present["eeg"] == 1
    assert told[-1].present == {"eeg": 0.0, "face": 1.0}


def live_samples(live):
    return next(iter(live._signals.values())).reached


@pytest.mark.parametrize(
    "steps",
    [
        ["StftDifferentialEntropy()"],
        ["Rereference()", "StftDifferentialEntropy()", "MovingAverage(3)", "LdsFilter(0.01)"],
    ],
    ids=["DE", "smoothed"],
)
@pytest.mark.parametrize("begin, end", [(600, 700), (640, 768), (601, 640), (600, 1300)])
def test_lost_samples_are_a_bad_span(steps, begin, end):
    predict = eeg_model(steps)
    marked = replace(EEG, bad_spans=((begin, end),))
    whole = samples()
    with open_eeg(predict) as live:
        told = live.eeg(whole[:, :begin]) + live.eeg(whole[:, end:], EEG.start + end / RATE)
    offline = predict(marked)
    check_same([one for one in told if one.present["eeg"] > 0], some(offline, offline.valid > 0))


def test_after_a_loss_filters_begin_anew_as_in_a_recording_that_begins_there():
    predict = eeg_model(FILTERED)
    behind = replace(EEG, n_samples=EEG.n_samples - 768, read=Stretch(EEG.read, 768), start=EEG.start + 6)
    with open_eeg(predict) as live:
        live.eeg(samples()[:, :700])
        told = live.eeg(samples()[:, 768:], EEG.start + 6)
    check_same([one for one in told if one.time >= EEG.start + 10], predict(behind))


def some(timeline, which):
    said = timeline.prediction
    return replace(
        timeline,
        times=timeline.times[which],
        prediction=type(said)(said.probability[which], said.dimensions[which], said.units[which]),
        present={name: share[which] for name, share in timeline.present.items()},
    )


def test_after_the_warm_up_nothing_tells_where_a_stream_began():
    predict = eeg_model(FILTERED)
    whole = samples() + 50 * np.sin(np.arange(EEG.n_samples) / RATE)[None]
    loud = replace(EEG, read=Samples(whole.astype(np.float32)))
    with predict.stream(rate=RATE, names=EEG.names, start=EEG.start + 2) as live:
        told = live.eeg(whole[:, 256:].astype(np.float32))
        warm = live.warm_up
    assert 0.3 < warm < 6
    settled = [one for one in told if one.time - 4 >= EEG.start + 2 + warm]
    offline = predict(loud)
    assert settled
    check_same(settled, offline, first=len(offline.times) - len(settled), atol=1e-3)


def test_a_pause_of_nothing_at_all_gives_no_predictions_of_nothing():
    predict = eeg_model()
    with open_eeg(predict) as live:
        told = live.eeg(samples()) + live.eeg(samples(), seconds=EEG.start + 1000)
    assert all(one.present["eeg"] > 0 for one in told)
    assert {one.time - EEG.start for one in told} >= {14.0, 17.0, 1001.0, 1014.0}


def test_what_is_kept_does_not_grow():
    predict = joint_model()
    counts = []
    with open_both(predict) as live:
        for again in range(4):
            later = replace(EEG, start=EEG.start + 12 * again, n_samples=12 * 128)
            film = replace(FACE, times=FACE.times + 12 * again).between(later.start, later.start + 12)
            feed_both(live, 64, later, film)
            shelves = live._windows._shelves.values()
            counts.append([len(shelf.slices) for shelf in shelves] + [len(live._windows._begins)])
    assert counts[1] == counts[2] == counts[3]
    assert max(counts[-1]) <= 60


@pytest.mark.parametrize(
    "steps, told",
    [
        (["MarkFlat()", "StftDifferentialEntropy()"], "MarkFlat.*looks ahead.*masks slices with a flat site"),
        (["DifferentialEntropy()"], "DifferentialEntropy.*StftDifferentialEntropy"),
        (["BandPass(2.0, 40.0)", "StftDifferentialEntropy()"], "train with CausalBandPass"),
        (["StftDifferentialEntropy()", "LdsSmoother()"], "train with LdsFilter"),
        (["Resample(100.0)", "RawSlices()"], "at the rate that is streamed"),
    ],
)
def test_a_recipe_that_looks_ahead_is_refused(steps, told):
    with pytest.raises(InputError, match=told):
        open_eeg(eeg_model(steps))


@pytest.mark.parametrize(
    "crop, told",
    [
        (["FaceCrop(size=24, detector='Given', lost='interpolate')", "Patches(2, 2)"], "lost='hold'"),
        (["EvenFrames(20)", *GIVEN], "train with AtRate"),
    ],
)
def test_frames_that_need_the_whole_video_are_refused(crop, told):
    with pytest.raises(InputError, match=told):
        open_face(predictor({"face": crop}, TINY, {"face": FACE}, {"face": 4}))


def test_scaling_by_subject_is_refused():
    with pytest.raises(InputError, match="scaling by subject, which needs the whole recording"):
        open_eeg(eeg_model(scaling="subject"))


def test_a_step_of_ones_own_says_what_it_needs(tmp_path, monkeypatch):
    text = (
        "from dataclasses import dataclass\nfrom typing import ClassVar\n"
        "from emoscan.preprocessing import Step\nfrom emoscan.signals import Volume\n"
    )
    for name, past in (("Silent", ""), ("Told", "    past: ClassVar[int] = 0\n")):
        text += (
            f"@dataclass(frozen=True)\nclass {name}(Step):\n{past}"
            "    def __call__(self, volume: Volume) -> Volume:\n"
            "        return volume.with_features(volume.x - volume.x.mean(axis=2, keepdims=True))\n"
        )
    (tmp_path / "own_steps.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=r"Silent.*does not say what it needs of the past"):
        open_eeg(eeg_model(["StftDifferentialEntropy()", "own_steps.Silent()"]))
    predict = eeg_model(["StftDifferentialEntropy()", "own_steps.Told()"])
    with open_eeg(predict) as live:
        check_same(feed_eeg(live, 33), predict(EEG))
    sys.modules.pop("own_steps")


@pytest.mark.parametrize(
    "own, told",
    [
        ({}, "nothing to stream"),
        ({"rate": RATE, "names": EEG.names[:-1]}, EEG.names[-1]),
        ({"rate": RATE}, "0 channel names"),
        ({"names": EEG.names}, "at 0 Hz"),
        ({"frame_size": SIZE, "frame_rate": FPS}, "found face; wanted what the model reads: eeg"),
        ({"rate": 128.5, "names": EEG.names}, "a whole number of samples"),
        ({"rate": RATE, "names": EEG.names, "patience": -1.0}, "patience"),
    ],
)
def test_streams_that_do_not_fit_are_refused_when_they_are_opened(own, told):
    with pytest.raises(InputError, match=told):
        eeg_model().stream(**own)


def test_another_frame_rate_is_refused():
    predict = predictor({"face": GIVEN}, TINY, {"face": FACE}, {"face": 4})
    with pytest.raises(InputError, match=r"slices of 0\.04 s; wanted 0\.0833333 s"):
        predict.stream(frame_size=SIZE, frame_rate=25.0)


def test_a_block_that_is_refused_leaves_the_stream_as_it_was():
    predict = eeg_model(FILTERED)
    whole = samples()
    with open_eeg(predict) as live:
        told = live.eeg(whole[:, :1000])
        broken = whole[:, 1000:1100].copy()
        broken[3, 7] = np.nan
        for block, seconds, said in (
            (broken, None, f"nan in {EEG.names[3]}, sample 7 of the block"),
            (whole[:5], None, "a block of shape"),
            (whole[:, 1000:], EEG.start + 3, "runs backwards"),
            (whole[:, 1000:], np.nan, "runs backwards"),
            (whole[:, 1000:], 1.7e9, "a pause of 3600 s at most"),
        ):
            with pytest.raises(InputError, match=said):
                live.eeg(block, seconds)
        with pytest.raises(InputError, match="open it with that modality"):
            live.frame(np.zeros(SIZE, np.uint8), 0.0)
        told += live.eeg(whole[:, 1000:], EEG.start + 1000 / RATE)
    check_same(told, predict(EEG))


def test_a_frame_that_is_refused_leaves_the_stream_as_it_was():
    predict = predictor({"face": GIVEN}, TINY, {"face": FACE}, {"face": 4})
    frames = list(shots(FACE))
    told = []
    with open_face(predict) as live:
        for k, (time, picture, points) in enumerate(frames):
            if k == 20:
                for wrong, seconds, said in (
                    (picture, frames[19][0], "runs backwards"),
                    (picture[1:], time, "a picture of"),
                    (picture.astype(float), time, "float64"),
                    (picture, np.inf, "a pause"),
                ):
                    with pytest.raises(InputError, match=said):
                        live.frame(wrong, seconds, landmarks=points)
                with pytest.raises(InputError, match="give box or landmarks with each frame, NaN"):
                    live.frame(picture, time)
            told += live.frame(picture, time, landmarks=points)
    check_same(told, predict(FACE))


def test_a_stream_that_is_over_says_so():
    with open_eeg(eeg_model()) as live:
        live.close()
        with pytest.raises(InputError, match="an open stream"):
            live.eeg(samples())
    with pytest.raises(InputError, match="an open stream"):
        live.close()


def test_boxes_may_be_given_in_place_of_landmarks():
    boxes = np.tile([30.0, 20.0, 50.0, 50.0], (len(FACE), 1))
    boxes[10:20] = np.nan
    video = replace(FACE, marks=FaceMarks(boxes=boxes))
    predict = predictor({"face": GIVEN}, TINY, {"face": video}, {"face": 4})
    with open_face(predict) as live:
        told = [
            one
            for k, (picture, time) in enumerate(zip(video.frames(), video.times, strict=True))
            for one in live.frame(picture, time, box=boxes[k])
        ]
    check_same(told, predict(video))


def test_a_buffer_may_be_used_again():
    predict = eeg_model()
    room, told = np.empty((19, 32), np.float32), []
    with open_eeg(predict) as live:
        for _, block in blocks(EEG, 32):
            room[:] = block
            told += live.eeg(room)
            room[:] = np.nan
    check_same(told, predict(EEG))
