"""Two stages: features of a kept CNN in a cache, on which nothing is tested that the CNN was trained on."""

import numpy as np
import pytest
import torch

from emoscan.benchmarks import as_encoded, benchmark, fit, k_folds
from emoscan.models import Encode, Predictor, Training, encode, load_model
from emoscan.preprocessing import MovingAverage, derive, preprocess
from emoscan.signals import InputError, LeakError, SimulatedFaces

SPLIT = k_folds("subject", 2)
FEW = Training(epochs=2, augmentation="none")


@pytest.fixture(scope="module")
def stages(tmp_path_factory):
    """Simulated faces, a CNN trained on half of the people, and what it makes of all of them."""
    folder = tmp_path_factory.mktemp("stages")
    cache = preprocess(SimulatedFaces(subjects=4, frames=8), None, folder / "cache")
    fit(cache, "CNNRNN(cell='none')", folder / "cnn", split=SPLIT, window=1, train_stride=1, training=FEW)
    return cache, folder / "cnn", encode(folder / "cnn", cache, folder / "encoded")


def test_features_are_those_of_the_encoder(stages):
    cache, run, encoded = stages
    trained = load_model(run)
    volume = cache[5]["face"]
    scaling = trained.scaling["face"]
    x = (volume.x - scaling.mean[0]) / scaling.deviation[0]
    (backbone,) = trained.model.backbones.values()
    with torch.no_grad():
        wanted = backbone.encode(torch.from_numpy(x)[None])[0]
    np.testing.assert_allclose(encoded[5]["face"].x[:, 0], wanted.numpy(), atol=1e-5)
    assert encoded[5]["face"].x.shape == (8, 1, 64)


def test_trials_of_the_training_are_marked_and_the_guard_sees_it(stages):
    cache, _, encoded = stages
    trained_on = np.zeros(len(cache), bool)
    trained_on[SPLIT(cache.columns)[0].train] = True
    np.testing.assert_array_equal(encoded.learned, trained_on)
    with pytest.raises(LeakError, match="on whom the network that made the features was trained"):
        benchmark(encoded, "GRU", split=SPLIT, window=4, training=FEW)
    report = benchmark(encoded, "GRU", split=as_encoded(), window=4, training=FEW)
    assert report.folds == ("trials new to the encoder",)


def test_marks_survive_further_steps(stages, tmp_path):
    _, _, encoded = stages
    smooth = derive(encoded, {"face": [MovingAverage(3)]}, tmp_path / "smooth")
    np.testing.assert_array_equal(smooth.learned, encoded.learned)


def test_the_second_stage_predicts_from_a_video(stages, tmp_path):
    _, run, encoded = stages
    fit(encoded, "GRU", tmp_path / "rnn", split=as_encoded(), window=4, training=FEW)
    recipe = Predictor.load(tmp_path / "rnn").recipe
    assert recipe["face"][-1] == Encode(str(run))


def test_another_model_in_the_same_folder_is_noticed(stages, tmp_path):
    cache, run, _ = stages
    fit(cache, "CNNRNN(cell='none')", tmp_path / "run", window=1, training=Training(epochs=1))
    step = Encode(str(tmp_path / "run"))
    assert len(step.digest) == 64
    with pytest.raises(InputError, match="trained since"):
        Encode(str(run), step.digest)


@pytest.mark.parametrize(
    "model, scaling, message", [("GRU", "train", "has an encoder"), ("CNNRNN", "subject", "scaling by subject")]
)
def test_a_model_that_cannot_encode_is_refused(stages, tmp_path, model, scaling, message):
    cache, _, _ = stages
    fit(cache, model, tmp_path / "run", window=2, scaling=scaling, training=Training(epochs=1))
    with pytest.raises(InputError, match=message):
        encode(tmp_path / "run", cache, tmp_path / "encoded")


def test_volumes_of_another_kind_are_refused(stages, tmp_path):
    _, run, encoded = stages
    with pytest.raises(InputError, match="that the network was trained on"):
        encode(run, encoded, tmp_path / "twice")
