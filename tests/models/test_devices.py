"""Several devices that train one network together: the training of one device, run and told once."""

import numpy as np
import pytest
import torch

from emoscan.models import make_learner
from emoscan.models.training.batch_share import Share, whole
from emoscan.models.training.hardware import hardware
from emoscan.models.training.training import Training
from emoscan.signals import InputError, Task

SETTINGS = {"epochs": 3, "batch_size": 16, "accelerator": "cpu"}


def fitted(cache, model, devices, **settings):
    """Two people train, one validates and is watched."""
    train, valid = (cache.windows(4, 2, trials=np.flatnonzero(cache.subject == name)) for name in "12")
    learner = make_learner(model, devices=devices, **{**SETTINGS, **settings})
    return learner.fit(train, valid, valid, seed=3)


@pytest.mark.parametrize("model", ["STRNN(hidden=4, dropout=0)"])
def test_two_devices_train_as_one(cache, model):
    one, two = (fitted(cache, model, devices) for devices in ("1", "2"))
    for name, values in one.model.state_dict().items():
        torch.testing.assert_close(two.model.state_dict()[name], values, rtol=1e-4, atol=1e-5)
    for row, expected in zip(two.history, one.history, strict=True):
        assert row == pytest.approx(expected, rel=1e-4)
    for predicted, expected in zip(two.watched, one.watched, strict=True):
        np.testing.assert_allclose(predicted.probability, expected.probability, atol=1e-4)
