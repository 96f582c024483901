"""What tests of models share: the oracle's file, one torch thread, a small cache with something to learn in it."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from emoscan.preprocessing import Cache
from emoscan.signals import SCALP_19, Task

sys.path.insert(0, str(Path(__file__).parent / "oracle"))


@pytest.fixture(autouse=True)
def one_thread():
    """Each test begins with one torch thread: repeatable, and two cores are enough for the tests beside."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def make_cache(tmp_path_factory):
    """Builds caches of random features: category k raises feature k; subject s is shifted by s."""

    def make(task=None, target=None, slices=10, seed=0, effect=2.0, subjects=3, trials=6):
        rng = np.random.default_rng(seed)
        keys = [(s, t) for s in range(1, subjects + 1) for t in range(1, trials + 1)]
        x = [rng.standard_normal((slices, 19, 5)) + s + effect * np.eye(5)[t % 3] for s, t in keys]
        truth = [t % 3 if target is None else target(s, t, rng) for s, t in keys]
        return Cache.from_arrays(
            tmp_path_factory.mktemp("models") / "cache",
            x,
            layout=SCALP_19,
            task=task or Task(("a", "b", "c")),
            category=truth,
            subject=[str(s) for s, _ in keys],
            trial=[t for _, t in keys],
            simulated=True,
        )

    return make


@pytest.fixture(scope="session")
def cache(make_cache):
    """Three subjects with six trials of ten slices each."""
    return make_cache()
