import numpy as np
import pytest

from emoscan.preprocessing import Cache
from emoscan.signals import SCALP_19, Task

CATEGORIES = ("negative", "neutral", "positive")


def arrays_cache(folder, subjects=3, sessions=1, trials=6, slices=12, effect=2.0, seed=0):
    """A cache of random features in which category k raises feature k everywhere by ``effect``."""
    rng = np.random.default_rng(seed)
    keys = [
        (str(s), str(v), t)
        for s in range(1, subjects + 1)
        for v in range(1, sessions + 1)
        for t in range(1, trials + 1)
    ]
    category = [(t - 1) % 3 for _, _, t in keys]
    x = [rng.standard_normal((slices, 19, 5)) + effect * np.eye(5)[k] for k in category]
    return Cache.from_arrays(
        folder,
        x,
        layout=SCALP_19,
        task=Task(CATEGORIES),
        category=category,
        subject=[k[0] for k in keys],
        session=[k[1] for k in keys],
        trial=[k[2] for k in keys],
        dataset="random",
        simulated=True,
    )


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return arrays_cache(tmp_path_factory.mktemp("benchmarks") / "cache")


@pytest.fixture(scope="session")
def eight_people(tmp_path_factory):
    """As many as intervals and tests need."""
    return arrays_cache(tmp_path_factory.mktemp("benchmarks") / "eight", subjects=8)


@pytest.fixture(scope="session")
def null(tmp_path_factory):
    """Without any effect, but with trials that differ from each other."""
    folder = tmp_path_factory.mktemp("benchmarks") / "null"
    rng = np.random.default_rng(1)
    keys = [(str(s), t) for s in range(1, 7) for t in range(1, 11)]
    x = [rng.standard_normal((1, 19, 5)) + 0.3 * rng.standard_normal((20, 19, 5)) for _ in keys]
    return Cache.from_arrays(
        folder,
        x,
        layout=SCALP_19,
        task=Task(CATEGORIES[:2]),
        category=[t % 2 for _, t in keys],
        subject=[s for s, _ in keys],
        trial=[t for _, t in keys],
        simulated=True,
    )
