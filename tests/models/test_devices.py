"""Several devices that train one network together: the training of one device, and what cannot be one is refused."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from pair_study import pair_cache

from emoscan.models import make_learner
from emoscan.models.training.batch_share import Share
from emoscan.models.training.data import VolumeData
from emoscan.models.training.device_group import trained_together
from emoscan.models.training.hardware import Hardware, hardware_of
from emoscan.models.training.training import Training
from emoscan.signals import InputError

NETWORK = "STRNN(hidden=4, spatial_nodes=2, merged=4, temporal=3, dropout=0)"


@dataclass(frozen=True)
class Noisy:
    """An augmentation that draws for each window."""

    def __call__(self, x, layout, draw):
        return x + torch.rand(x.shape, generator=draw, dtype=x.dtype)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two people with EEG and face, categories and valence; one face is missing in one trial of each."""
    folder = tmp_path_factory.mktemp("pair") / "cache"
    return pair_cache(folder, effect=1.0, trials=4, face_start=2.0, without=[("face", (2,))])


@pytest.mark.parametrize(
    "model, settings",
    [(NETWORK, {}), (f"Gated(eeg={NETWORK!r}, face={NETWORK!r})", {"strategy": "ddp_spawn", "balance": "sampler"})],
    ids=["one series", "two, of which one is missing at times"],
)
def test_two_devices_train_as_one_does(pair, model, settings):
    """Batches have an odd number of windows, and losses that are no mean over them, as concordance."""

    def trained(devices):
        parts = [np.flatnonzero(pair.subject == name) for name in "12"]
        if model == NETWORK:
            train, valid = (pair.windows(4, 2, modality="eeg", trials=trials) for trials in parts)
        else:
            train, valid = (pair.joint_windows(4, 2, trials=trials) for trials in parts)
        given = {"epochs": 3, "batch_size": 7, "learning_rate": 0.01, "accelerator": "cpu", **settings}
        return make_learner(model, devices=devices, **given).fit(train, valid, valid, seed=3)

    alone, together = trained("1"), trained("2")
    for name, values in alone.model.state_dict().items():
        torch.testing.assert_close(together.model.state_dict()[name], values, rtol=1e-4, atol=1e-5)
    for row, expected in zip(together.history, alone.history, strict=True):
        assert row == pytest.approx(expected, rel=1e-4, abs=1e-5)
    for predicted, expected in zip(together.watched, alone.watched, strict=True):
        np.testing.assert_allclose(predicted.probability, expected.probability, atol=1e-4)


@pytest.mark.parametrize("change", [{}, {"features": Noisy()}], ids=["as they are", "changed by draws"])
@pytest.mark.parametrize("devices", [2, 3, 5])
def test_the_shares_of_all_devices_are_the_batches_of_one(cache, devices, change):
    train = cache.windows(4, 2, trials=np.arange(7))  # 28 windows: the last batch has 4
    change = {train.modality: change["features"]} if change else {}

    def batches(device, count):
        data = VolumeData(train, train, batch_size=8, seed=2, change=change)
        data.device = (device, count)
        return [*data.train_dataloader(), *data.val_dataloader()]

    shares = [batches(device, devices) for device in range(devices)]
    for whole, *parts in zip(batches(0, 1), *shares, strict=True):
        together = torch.cat([part.category for part in parts])
        x = torch.cat([part.x[train.modality] for part in parts])
        if len(whole) < devices:  # each has all of it
            together, x = together[: len(whole)], x[: len(whole)]
        assert torch.equal(together, whole.category)
        assert torch.equal(x, whole.x[train.modality])


@pytest.mark.parametrize("windows", range(1, 12))
def test_shares_are_about_equal_and_none_is_empty(windows):
    rows = [Share(device, 4, windows).rows for device in range(4)]
    counts = [len(range(windows)[of]) for of in rows]
    assert max(counts) - min(counts) <= 1
    assert sum(counts) == (windows if windows >= 4 else 4 * windows)


@pytest.mark.parametrize(
    "setting, found",
    [
        ({"num_nodes": 2}, "2 nodes for one training.*--cluster"),
        ({"num_nodes": 2, "devices": "2"}, "2 nodes for one training.*--cluster"),
        ({"devices": "0"}, "what Lightning takes on this machine"),
    ],
)
def test_what_cannot_be_one_training_is_refused(setting, found):
    with pytest.raises(InputError, match=found):
        hardware_of(Training(accelerator="cpu", **setting))


def test_a_strategy_that_divides_the_network_is_refused_beside_several_devices(monkeypatch):
    class Trainer:
        num_devices, num_nodes = 2, 1

    monkeypatch.setattr("emoscan.models.training.hardware.lightning.Trainer", lambda **settings: Trainer())
    with pytest.raises(InputError, match="strategy fsdp on 2 devices; wanted auto or ddp"):
        hardware_of(Training(strategy="fsdp", devices="2"))


def test_batch_norm_is_refused_where_torch_cannot_join_it():
    network = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    for here in (Hardware("cpu", 1), Hardware("cuda", 2)):
        here.check_network("net", network)
    Hardware("cpu", 2).check_network("net", network[0])
    with pytest.raises(InputError, match="batch norm over 2 devices"):
        Hardware("cpu", 2).check_network("net", network)


def test_a_process_that_may_start_no_others_says_so(monkeypatch):
    monkeypatch.setattr("joblib.effective_n_jobs", lambda count: 1)
    with pytest.raises(InputError, match="2 devices for one training, in a process that may start no others"):
        trained_together(lambda place: place.number, 2)
