"""The public contract checks pass for everything that can be plugged in, and catch what breaks a promise."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import nn

from emoscan.benchmarks import Fold, Split, benchmark, k_folds
from emoscan.benchmarks.contracts import (
    ContractBroken,
    check_backbone,
    check_dataset,
    check_join,
    check_learns,
    check_learns_faces,
    check_learns_pair,
    check_split,
    check_step,
    simulated_cache,
)
from emoscan.models import BACKBONES, JOINS, Backbone, Join
from emoscan.models.backbones.braindecode_network import find_network
from emoscan.preprocessing import Step
from emoscan.signals import DATASETS, InputError, Simulated, Volume


@pytest.mark.parametrize("name", DATASETS.known)
def test_every_dataset_keeps_its_contract(name):
    if name == "SelfRegulationSCP1":
        pytest.skip("its check reads a whole archive: tests/signals/test_self_regulation.py")
    check_dataset(DATASETS.find(name))


@pytest.mark.parametrize("name", [name for name in BACKBONES.known if name != "Braindecode"])
def test_every_backbone_keeps_its_contract(name):
    check_backbone(name, learns=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in BACKBONES.known if name != "Braindecode"])
def test_every_backbone_learns(name):
    assert check_learns(name) >= 0.9


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Where simulated recordings stay that several checks learn from."""
    return {name: tmp_path_factory.mktemp(name) / "cache" for name in ("faces", "pair")}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["STRNN", "GRU"])  # that CNNRNN does is shown by the demonstration's test
def test_every_backbone_learns_faces(name, places):
    found = check_learns_faces(name, folder=places["faces"])
    assert {"balanced_accuracy", "ccc", "unit_f1"} <= set(found)


@pytest.mark.parametrize("name", [name for name in JOINS.known if name != "Alone"])
def test_every_join_keeps_its_contract(name):
    check_join(f"{name}()")


@pytest.mark.slow
@pytest.mark.parametrize("name", [*(f"{name}()" for name in JOINS.known if name != "Alone"), "Stacked(folds=2)"])
def test_every_join_learns(name, places):
    assert check_learns_pair(name, folder=places["pair"]) >= 0.8


class LooksBehindTheMask(Join):
    """Lets what is masked through."""

    def __init__(self, inputs):
        super().__init__(inputs)
        self.width = 1

    def forward(self, parts, masks):
        return sum(part.sum(dim=1, keepdim=True) for part in parts.values())


class DeafToOne(Join):
    """Hears the first modality only."""

    def __init__(self, inputs):
        super().__init__(inputs)
        self.first = next(iter(inputs))
        self.width = inputs[self.first].size

    def forward(self, parts, masks):
        return torch.where(masks[self.first][:, None], parts[self.first], 0.0)


@pytest.mark.parametrize(
    "join, promised", [(LooksBehindTheMask, "ignore the parts of eeg"), (DeafToOne, "face reaches")]
)
def test_a_join_that_breaks_a_promise_is_caught(join, promised):
    with pytest.raises(ContractBroken, match=promised):
        check_join(join)


@pytest.mark.slow
@pytest.mark.parametrize("predicts", ["categories", "dimensions", "units"])
def test_every_kind_of_truth_can_be_learned_alone(predicts, places):
    found = check_learns_faces("GRU", predicts, folder=places["faces"])
    parts = {"categories": "balanced_accuracy", "dimensions": "ccc", "units": "unit_f1"}
    assert {metric for part, metric in parts.items() if metric in found} == {parts[predicts]}


def test_a_network_of_braindecode_by_its_name_keeps_the_contract():
    check_backbone("Braindecode(network='ShallowFBCSPNet', rate=128.0)", learns=False)


@pytest.mark.parametrize("network", ["REVE", "STEEGFormer"])
def test_a_network_that_would_fetch_something_is_refused(network):
    with pytest.raises(InputError, match="fetches a file from the internet"):
        find_network(network)


def test_without_an_effect_nothing_is_learned():
    with simulated_cache(effect=0.0) as cache:
        report = benchmark(cache, "STRNN", split=k_folds("subject", 2), window=4)
    assert 0.2 < np.mean([own["balanced_accuracy"] for own in report.scores["fixed"].values()]) < 0.47


class Deaf(Backbone):
    """Learns nothing: its output never depends on what comes in."""

    def __init__(self, layout, n_features, n_slices):
        super().__init__(layout, n_features, n_slices)
        self.width, self.bias = 3, nn.Parameter(torch.zeros(3))

    def forward(self, x, mask=None):
        return self.bias.expand(len(x), 3) + 0 * x.sum(dim=(1, 2, 3))[:, None]


class Crowded(Deaf):
    """Its output depends on who else is in the batch."""

    def forward(self, x, mask=None):
        return super().forward(x) + x.mean()


class Idle(Deaf):
    """Has a weight that nothing reaches."""

    def __init__(self, layout, n_features, n_slices):
        super().__init__(layout, n_features, n_slices)
        self.forgotten = nn.Parameter(torch.zeros(2))


@pytest.mark.parametrize(
    "backbone, promise",
    [(Deaf, "at least 0.9"), (Crowded, "do not depend on the batch"), (Idle, "gradient for every weight")],
)
def test_a_backbone_that_breaks_its_promise_is_caught(backbone, promise):
    with pytest.raises(ContractBroken, match=promise):
        check_backbone(backbone)


@dataclass(frozen=True)
class Peeking(Step):
    """Calls itself causal and takes the mean over everything."""

    def __call__(self, volume: Volume) -> Volume:
        return volume.with_features(volume.x - volume.x.mean(axis=0))


@dataclass(frozen=True)
class Spoiling(Step):
    """Writes into what it is given."""

    causal: ClassVar[bool] = False

    def __call__(self, volume: Volume) -> Volume:
        volume.x[:] *= 2
        return volume.with_features(volume.x.copy())


@pytest.mark.parametrize("step, promise", [(Peeking(), "the past"), (Spoiling(), "equal results|leave what")])
def test_a_step_that_breaks_its_promise_is_caught(step, promise):
    with pytest.raises(ContractBroken, match=promise):
        check_step(step)


class Twice(Simulated):
    """Gives every trial two times."""

    def __iter__(self):
        trials = list(super().__iter__())
        return iter([*trials, *trials])


def test_a_dataset_that_gives_a_trial_twice_is_caught():
    with pytest.raises(ContractBroken, match="each trial once"):
        check_dataset(Twice)


ROWS = {
    "subject": np.arange(6).astype(str),
    "session": np.full(6, "1"),
    "trial": np.arange(6) + 1,
    "stimulus": np.full(6, "1"),
    "category": np.array([0, 0, 1, 1, 2, 2]),
}


def halves(columns, first=3):
    rows = np.arange(len(columns["subject"]))
    return [Fold("halves", rows[:first], rows[:0], rows[first:])]


def tidied(columns):
    columns["subject"] = np.sort(columns["subject"])[::-1]
    return halves(columns)


class Unsteady:
    """Other folds at every call."""

    def __init__(self):
        self.calls = 0

    def __call__(self, columns):
        self.calls += 1
        return halves(columns, 2 + self.calls % 2)


@pytest.mark.parametrize(
    "split, promised",
    [
        (Split("tidied()", "tidied", tidied, (("subject",),)), "leave the columns as they are"),
        (Split("unsteady()", "unsteady", Unsteady(), (("subject",),)), "same folds twice"),
        (Split("halves()", "halves", halves, (("stimulus",),)), "say whether it leaks"),
        (Split("halves()", "halves", halves, (("subject",),), leaky=True), "say whether it leaks"),
        (Split("halves()", " ", halves, (("subject",),)), "words for tables"),
        (Split("k_folds('subject', 2)", "other folds", halves, (("subject",),)), "a text that builds it"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_split_that_breaks_a_promise_is_caught(split, promised):
    with pytest.raises(ContractBroken, match=promised):
        check_split(split, dict(ROWS))


def by_label(columns):
    category = np.asarray(columns["category"])
    return [Fold("by label", np.flatnonzero(category == 0), np.zeros(0, int), np.flatnonzero(category == 1))]


def test_a_split_that_looks_at_labels_is_caught():
    with pytest.raises(ContractBroken, match="no label can influence"):
        check_split(Split("by_label()", "by label", by_label, (("subject",),)), ROWS)
