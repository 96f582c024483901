"""What tests of models share: the oracle's file, one torch thread, a small cache with something to learn in it."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from emoscan.preprocessing import Cache
from emoscan.signals import Layout, Task

sys.path.insert(0, str(Path(__file__).parent / "oracle"))

SQUARE = Layout("square", ("a", "b", "c", "d"), ((0, 0), (0, 1), (1, 0), (1, 1)))


@pytest.fixture(autouse=True)
def one_thread():
    """Each test begins with one torch thread: repeatable, and two cores are enough for the tests beside."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def square():
    """Four sites."""
    return SQUARE


@pytest.fixture
def make_cache(tmp_path):
    """A function that makes a cache: three people, six trials each, four sites with two features on odd scales."""
    def make(name="cache", task=Task(("calm", "glad", "sad")), truth=None, change=lambda x: x):
        rng = np.random.default_rng(0)
        category = np.tile([0, 1, 2], 6)
        x = rng.standard_normal((18, 9, 4, 2)) + 2 * (np.arange(4)[:, None] == category[:, None, None, None])
        x = x * [1.0, 50.0] + [3.0, -700.0] + np.repeat([0, 4, 9], 6)[:, None, None, None]
        return Cache.from_arrays(
            tmp_path / name, list(change(x.copy())), layout=SQUARE, task=task, subject=np.repeat([1, 2, 3], 6),
            category=category if truth is None else truth,
        )
    return make


@pytest.fixture
def cache(make_cache):
    """The small cache with three categories."""
    return make_cache()
