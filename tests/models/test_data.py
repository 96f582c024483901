"""Batches are the same however they are read, and hold what the cache holds."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from emoscan.models import VolumeData, fit_scaling
from emoscan.models.training.data import _WindowSet, as_gathered, make_batch, unlabelled_batch


@pytest.fixture(scope="module")
def windows(cache):
    return cache.windows(4, 2)


def content(batch):
    return [batch.x["eeg"], batch.mask["eeg"], batch.category, batch.dimensions, batch.units]


def test_a_batch_holds_scaled_windows_and_their_truth(windows):
    which = np.array([5, 0, 17])
    scaling = fit_scaling("train", windows)
    batch = make_batch(windows, {"eeg": scaling}, which)
    np.testing.assert_array_equal(batch.x["eeg"].numpy(), scaling.x(windows, which))
    assert batch.category.tolist() == windows.category[which].tolist()
    assert len(batch) == 3


def test_slices_that_are_not_valid_arrive_as_zeros():
    x = np.full((2, 3, 4, 1), np.nan, np.float32)
    x[0, 0] = x[1] = 1
    valid = np.array([[True, False, False], [True, True, True]])
    batch = unlabelled_batch({"eeg": x}, {"eeg": valid})
    assert batch.x["eeg"][0, 1:].eq(0).all()
    assert torch.isfinite(batch.x["eeg"]).all()
    assert batch.mask["eeg"].tolist() == valid.tolist()
    assert batch.category.tolist() == [-1, -1]


@pytest.mark.parametrize("context", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_workers_give_the_bytes_that_this_process_gives(windows, context):
    data = _WindowSet(windows, {"eeg": fit_scaling("train", windows)})
    here = DataLoader(data, 8, collate_fn=as_gathered)
    there = DataLoader(data, 8, collate_fn=as_gathered, num_workers=2, multiprocessing_context=context)
    for one, other in zip(here, there, strict=True):
        assert all(torch.equal(a, b) or torch.isnan(a).all() for a, b in zip(content(one), content(other), strict=True))


def test_the_order_follows_the_seed_and_nothing_else(windows):
    def order(seed):
        data = VolumeData(windows, None, scaling="none", batch_size=8, seed=seed)
        return torch.cat([batch.category for batch in data.train_dataloader()]).tolist()

    torch.manual_seed(5)
    first = order(1)
    torch.manual_seed(6)
    assert order(1) == first != order(2)
    assert sorted(first) == sorted(windows.category.tolist())
