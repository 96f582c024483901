"""From a raw recording to a timeline: times of windows, the same numbers as through a cache, and what is said."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from emoscan.models import (
    Predictor,
    as_trained_model,
    draw_timeline,
    load_model,
    make_learner,
    save_model,
    write_timeline,
)
from emoscan.models.learning.network_learner import predict_windows
from emoscan.preprocessing import DifferentialEntropy, StftDifferentialEntropy, preprocess
from emoscan.signals import InputError, Samples, Simulated, Target, Trial
from emoscan.signals.files.edf import EdfSignal, write_edf

DATA = Simulated(subjects=2, categories=(0, 1, 2), seconds=(12.0,) * 3, layout="scalp-19", rate=128.0)
CAUSAL = StftDifferentialEntropy()
TINY = "STRNN(hidden=4, spatial_nodes=2, merged=4, temporal=3, temporal_nodes=2)"


@pytest.fixture(scope="module")
def make_model(tmp_path_factory):
    """A function that trains on the simulated recordings and saves: (cache, folder)."""

    def make(scaling="train", step=CAUSAL):
        folder = tmp_path_factory.mktemp("predict")
        cache = preprocess(DATA, {"eeg": [step]}, folder / "cache")
        learned = make_learner(TINY, epochs=1, scaling=scaling).fit(cache.windows(4, 2))
        return cache, save_model(as_trained_model(learned, cache), folder / "model")

    return make


@pytest.fixture(scope="module")
def model(make_model):
    return make_model()


@pytest.fixture
def recording():
    """The last recording of the simulation: 12 s from second 24 of its session on."""
    return list(DATA)[-1].streams["eeg"]


def test_one_window_a_slice_from_the_first_whole_one_on(model, recording):
    timeline = Predictor.load(model[1])(recording)
    assert timeline.times == pytest.approx(24 + np.arange(4, 13))
    assert timeline.prediction.probability.shape == (9, 3)
    assert timeline.valid.tolist() == [1.0] * 9
    assert tuple(timeline.columns) == DATA.task.categories


def test_a_recording_gets_the_predictions_of_its_windows_in_a_cache(model, recording):
    cache, folder = model
    kept = load_model(folder)
    of_cache = predict_windows(kept.model, kept.scaling, cache.windows(4, 1, trials=[len(cache) - 1]))
    timeline = Predictor.load(folder)(recording)
    np.testing.assert_allclose(timeline.prediction.probability, of_cache.probability, atol=1e-5)


def test_a_file_is_read_as_its_laboratory_says(model, recording, tmp_path):
    samples = recording.read(0, recording.n_samples).astype(float)
    names = recording.layout.sites

    def written(name, labels, scale):
        signals = [EdfSignal(label, row / scale, 128) for label, row in zip(labels, samples, strict=True)]
        write_edf(tmp_path / name, signals, bdf=True)  # 24 bits: the two files hold the same to a millionth
        return tmp_path / name

    plain = written("plain.bdf", names, 1.0)
    odd = written("odd.bdf", [f"Ch{k}" for k in range(19)], 1e3)
    lines = "".join(f"  Ch{k}: {name}\n" for k, name in enumerate(names))
    (tmp_path / "trials.yaml").write_text(f"recordings:\n  odd*: {{units: mV}}\nrename:\n  Other: Fp9\n{lines}")
    predictor = Predictor.load(model[1])
    expected = predictor(plain).prediction.probability
    with pytest.raises(InputError, match="each of Fp1, "):
        predictor(odd)
    found = predictor(predictor.trial(odd, lab=tmp_path)).prediction.probability
    np.testing.assert_allclose(found, expected, atol=1e-3)
    with pytest.raises(InputError, match=r"no trials\.yaml"):
        predictor.trial(odd, lab=tmp_path / "nowhere")


def test_the_order_of_channels_and_further_channels_do_not_matter(model, recording):
    whole = recording.read(0, recording.n_samples)
    order = np.random.default_rng(0).permutation(19)
    mixed = Samples(np.concatenate([np.ones((1, whole.shape[1]), np.float32), whole[order]]))
    other = replace(recording, names=("STIM", *(recording.names[i] for i in order)), read=mixed)
    predict = Predictor.load(model[1])
    np.testing.assert_array_equal(predict(other).prediction.probability, predict(recording).prediction.probability)


def test_what_comes_later_changes_no_earlier_value_of_a_causal_model(model, recording):
    whole = recording.read(0, recording.n_samples).copy()
    whole[:, 8 * 128 :] *= 30
    later = replace(recording, read=Samples(whole))
    predict = Predictor.load(model[1])
    before, after = (predict(one).prediction.probability for one in (recording, later))
    sees_none_of_it = 4  # windows that end 4, 5, 6 and 7 s into the recording
    np.testing.assert_allclose(after[:sees_none_of_it], before[:sees_none_of_it], atol=1e-5)
    assert np.abs(after - before)[sees_none_of_it + 1 :].max() > 1e-3


@pytest.mark.parametrize(
    "own, told",
    [
        ({}, ""),
        ({"scaling": "subject"}, "; scaled by this whole recording"),
        ({"step": DifferentialEntropy()}, "; its steps look ahead, so values depend on what comes later"),
    ],
    ids=["causal", "scaled by itself", "looks ahead"],
)
def test_the_title_says_what_a_value_may_have_seen(make_model, recording, own, told):
    title = Predictor.load(make_model(**own)[1])(recording).title
    assert title.startswith("STRNN(hidden=4, ")
    assert "trained on Simulated (trained on simulated data)" in title
    assert title.count(";") == told.count(";")
    assert title.endswith(told)


def test_spans_that_are_not_valid_show_in_the_timeline_and_count_for_nothing(model, recording):
    predict = Predictor.load(model[1])
    timeline = predict(replace(recording, bad_spans=((5 * 128, 7 * 128),)))
    assert timeline.valid.tolist() == [1, 1, 0.75, 0.5, 0.5, 0.5, 0.75, 1, 1][: len(timeline.valid)]
    other = recording.read(0, recording.n_samples).copy()
    other[:, 5 * 128 : 7 * 128] = np.random.default_rng(0).normal(0, 500, (19, 256))
    noisy = predict(replace(recording, bad_spans=((5 * 128, 7 * 128),), read=Samples(other)))
    np.testing.assert_allclose(noisy.prediction.probability, timeline.prediction.probability, atol=1e-6)
    assert np.isfinite(timeline.prediction.probability).all()


def test_windows_across_a_joint_are_left_out_as_in_a_cache_and_it_is_said(make_model, recording, tmp_path):
    joined = replace(recording, joints=(6 * 128 + 5,))
    timeline = Predictor.load(make_model()[1])(joined)
    assert timeline.times == pytest.approx([28, 29, 30, 35, 36])  # no window holds slice 6, from second 30 to 31
    assert timeline.left_out == 4
    assert timeline.title.endswith("; 4 windows left out: a joint or a gap in time lies in them")
    (tmp_path / "lab").mkdir()
    cache = preprocess(OneTrial(tmp_path / "lab", joined), {"eeg": [CAUSAL]}, tmp_path / "cache")
    windows = cache.windows(4, 1)
    assert (len(windows), windows.left_out) == (len(timeline.times), timeline.left_out)
    drawn = timeline.with_holes()
    assert drawn.times == pytest.approx([28, 29, 30, 31, 35, 36])
    assert np.isnan(drawn.prediction.probability).any(axis=1).tolist() == [0, 0, 0, 1, 0, 0]
    draw_timeline(timeline, tmp_path / "timeline.png")


def test_a_recording_with_a_joint_in_every_window_is_refused(model, recording):
    with pytest.raises(InputError, match="a joint or a gap in time in each of 9 windows"):
        Predictor.load(model[1])(replace(recording, joints=tuple(range(128, recording.n_samples, 384))))


class OneTrial(Simulated):
    """One recording as a dataset."""

    def __init__(self, root, electrodes):
        super().__init__()
        self.root, self.electrodes = root, electrodes

    def __iter__(self):
        yield Trial("1", "1", 1, "film", {"eeg": self.electrodes}, Target.of(0))


def test_a_recording_without_a_channel_is_refused_when_it_is_opened(model, recording, tmp_path):
    mne = pytest.importorskip("mne")
    info = mne.create_info(list(recording.names[:-1]), recording.rate, "eeg")
    raw = mne.io.RawArray(recording.read(0, recording.n_samples)[:-1] * 1e-6, info, verbose="error")
    raw.save(tmp_path / "short_raw.fif", verbose="error")
    with pytest.raises(InputError, match=recording.names[-1]):
        Predictor.load(model[1])(tmp_path / "short_raw.fif")


def test_another_layout_is_refused(model):
    other = next(iter(Simulated(subjects=1, layout="scalp-32", rate=128.0))).streams["eeg"]
    with pytest.raises(InputError, match=r"scalp-32.*scalp-19"):
        Predictor.load(model[1])(other)


def test_a_recording_shorter_than_a_window_is_refused(model, recording):
    with pytest.raises(InputError, match="found 3 slices; wanted at least 4, one window"):
        Predictor.load(model[1])(replace(recording, n_samples=3 * 128 + 5))


def test_a_recording_without_a_valid_slice_is_refused(model, recording):
    with pytest.raises(InputError, match="no valid slice"):
        Predictor.load(model[1])(replace(recording, bad_spans=((0, recording.n_samples),)))


def test_a_timeline_is_written_as_a_table_and_drawn(model, recording, tmp_path):
    timeline = Predictor.load(model[1])(recording)
    write_timeline(timeline, tmp_path / "timeline.csv")
    title, head, *rows = csv.reader((tmp_path / "timeline.csv").open())
    assert ",".join(title) == f"# {timeline.title}"
    assert head == ["time", *DATA.task.categories, "eeg present"]
    np.testing.assert_allclose(np.array(rows, float)[:, 1:4], timeline.prediction.probability, rtol=1e-4)
    draw_timeline(timeline, tmp_path / "timeline.png")
    assert (tmp_path / "timeline.png").read_bytes()[:4] == b"\x89PNG"


def test_bad_channels_that_the_model_s_recipe_repairs_not_are_refused_with_a_way_that_is_open(model, recording):
    site = recording.names[0]
    with pytest.raises(InputError, match="the model's recipe repairs none; repair them first"):
        Predictor.load(model[1])(replace(recording, bad_channels=(site,)))
