"""Learners: equal seeds give equal numbers, what must not be seen is not, and every name is checked."""

import sys
from functools import partial

import numpy as np
import pytest
import torch

from emoscan.models import GRU, STRNN, Training, make_learner
from emoscan.models.learning.estimators import ESTIMATORS
from emoscan.models.learning.network_learner import class_weight
from emoscan.models.training.hardware import hardware_of, quiet
from emoscan.signals import InputError, Task

SMALL = {"epochs": 3, "batch_size": 16}


def parts(cache):
    """Two people train, one is held out."""
    return (
        cache.windows(4, 2, trials=np.flatnonzero(cache.subject != "3")),
        cache.windows(4, 4, trials=np.flatnonzero(cache.subject == "3")),
    )


@pytest.mark.parametrize("model", ["STRNN", "GRU(hidden=8)", "linear", "svm", "mlp"])
def test_what_can_be_learned_is_learned(cache, model):
    train, test = parts(cache)
    learned = make_learner(model, scaling="subject", epochs=15, batch_size=8).fit(train)
    assert (learned.predict(test).category == test.category).mean() > 0.9
    assert learned.n_parameters > 0


@pytest.mark.parametrize("model", ["STRNN", "GRU(hidden=8)", *sorted(ESTIMATORS)])
def test_equal_seeds_give_equal_bits(cache, model):
    train, test = parts(cache)
    said = [make_learner(model, **SMALL).fit(train, seed=4).predict(test).probability for _ in range(2)]
    np.testing.assert_array_equal(said[0], said[1])


@pytest.mark.parametrize("model", ["GRU(hidden=8)", *sorted(ESTIMATORS)])
def test_probabilities_are_probabilities_over_all_categories_of_the_task(cache, model):
    train, test = parts(cache)
    two_only = train.take(np.flatnonzero(train.category != 1))
    probability = make_learner(model, **SMALL).fit(two_only).predict(test).probability
    assert probability.shape == (len(test), 3)
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)
    assert (probability >= 0).all()


def test_another_seed_gives_other_numbers_and_the_world_s_generator_is_left_alone(cache):
    import torch

    train, test = parts(cache)
    before = torch.random.get_rng_state()
    one, other = (make_learner("GRU(hidden=8)", **SMALL).fit(train, seed=seed).predict(test) for seed in (0, 1))
    assert not np.array_equal(one.probability, other.probability)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_prediction_does_not_depend_on_the_windows_beside(cache):
    train, test = parts(cache)
    learned = make_learner("CNNRNN(hidden=4)", **SMALL).fit(train)
    alone = np.concatenate([learned.predict(test.take(np.array([i]))).probability for i in range(len(test))])
    np.testing.assert_allclose(alone, learned.predict(test).probability, atol=1e-5)


def test_watched_windows_are_predicted_after_each_epoch_and_change_nothing(cache):
    train, test = parts(cache)
    plain = make_learner("GRU(hidden=8)", **SMALL).fit(train)
    watching = make_learner("GRU(hidden=8)", **SMALL).fit(train, watched=test)
    assert len(watching.watched) == len(watching.history) == 3
    np.testing.assert_array_equal(watching.watched[-1].probability, watching.predict(test).probability)
    np.testing.assert_array_equal(plain.predict(test).probability, watching.predict(test).probability)


def test_a_validation_part_keeps_the_epoch_that_is_best_there(cache):
    train, valid = parts(cache)
    learned = make_learner("GRU(hidden=8)", epochs=6, batch_size=8, learning_rate=0.01).fit(train, valid, watched=valid)
    scores = [row["valid/balanced_accuracy"] for row in learned.history]
    best = learned.watched[int(np.argmax(scores))]
    np.testing.assert_allclose(best.probability, learned.predict(valid).probability, atol=1e-6)


def test_rare_classes_weigh_as_much_as_frequent_ones():
    task = Task(("a", "b", "c"))
    weight = class_weight(np.array([0, 0, 0, 1, -1]), task)
    assert weight[0] * 3 == pytest.approx(float(weight[1] * 1))


def test_windows_without_a_label_teach_nothing(make_cache):
    from emoscan.signals import Target

    cache = make_cache(target=lambda s, t, rng: Target.of(-1 if t > 3 else t % 3))
    with_rest = cache.windows(4, 2)
    without = with_rest.take(np.flatnonzero(with_rest.category >= 0))
    said = [make_learner("linear").fit(train).predict(with_rest).probability for train in (with_rest, without)]
    assert said[0].shape == said[1].shape


@pytest.mark.parametrize(
    "model, written",
    [
        ("STRNN", "STRNN"),
        (STRNN, "STRNN"),
        (partial(GRU, hidden=8), "GRU(hidden=8)"),
        ("GRU(hidden=8)", "GRU(hidden=8)"),
        ({"class_path": "GRU", "init_args": {"hidden": 8}}, "GRU(hidden=8)"),
        ("linear", "linear"),
    ],
    ids=str,
)
def test_a_learner_is_called_what_one_would_type(model, written):
    assert make_learner(model).name == written


@pytest.mark.parametrize(
    "model, settings, told",
    [
        ("STRN", {}, "did you mean STRNN"),
        ("STRNN(hiden=3)", {}, "hiden"),
        ("STRNN(3)", {}, "name the setting"),
        ("STRNN", {"scaling": "robust"}, "one of train, subject, none"),
        ("STRNN", {"epoch": 3}, "epochs"),
        ("STRNN", {"epochs": 0}, "epochs"),
        ("STRNN(readout='x')", {}, "readout"),
        (partial(STRNN, x=1), {}, "'x'"),
    ],
    ids=str,
)
def test_names_and_settings_that_do_not_exist_are_refused(model, settings, told):
    with pytest.raises(InputError, match=told):
        make_learner(model, **settings)


def test_a_part_with_one_class_only_is_refused(cache):
    train, _ = parts(cache)
    with pytest.raises(InputError, match="two categories or more"):
        make_learner("GRU").fit(train.take(np.flatnonzero(train.category == 0)))
    with pytest.raises(InputError, match="no windows"):
        make_learner("linear").fit(train.take(np.zeros(0, int)))


@pytest.mark.parametrize("precision", ["64-true", "bf16-true", "bf16-mixed"])
@pytest.mark.parametrize("model", ["STRNN(hidden=4)", "CNNRNN(hidden=4)", "GRU(hidden=4)"])
def test_a_network_trains_in_every_precision_and_is_kept_as_any_other(cache, model, precision):
    windows = cache.windows(5, 5)
    learned = make_learner(model, epochs=2, precision=precision).fit(windows, windows, windows)
    probability = learned.predict(windows).probability
    np.testing.assert_allclose(probability, learned.watched[-1].probability, atol=0.05)
    assert {values.dtype for values in learned.model.parameters()} == {torch.float32}


@pytest.mark.parametrize(
    "setting",
    [
        *({name: np.nan} for name in ("learning_rate", "weight_decay", "clip", "alone", "label_smoothing")),
        *({name: -1.0} for name in ("learning_rate", "weight_decay", "clip", "alone", "label_smoothing")),
        *({"epochs": value} for value in (2.5, None, "3", True, 0, 10**20)),
        *({"loss_weights": value} for value in ((1, 1), (1, 1, np.nan), (1, -1, 1), (0, 0, 0), 1.0, None)),
        {"learning_rate": np.inf},
        {"clip": 0},
        {"predicts": ""},
        {"devices": 1},
        {"precision": 32},
        {"label_smoothing": 1.0},
    ],
    ids=repr,
)
def test_settings_of_a_training_are_refused_where_they_come_in(setting):
    (name,) = setting
    with pytest.raises(InputError, match=name):
        Training(**setting)


def test_a_logger_whose_package_is_missing_names_it(monkeypatch):
    monkeypatch.setattr("pytorch_lightning.loggers.wandb._WANDB_AVAILABLE", False)
    with pytest.raises(InputError, match="install wandb"):
        hardware_of(Training(logger="WandbLogger"))


def test_ctrl_c_during_a_training_stays_ctrl_c():
    """Lightning answers it by ending the process; commands say what was kept."""
    with pytest.raises(KeyboardInterrupt), quiet():
        sys.exit(1)
