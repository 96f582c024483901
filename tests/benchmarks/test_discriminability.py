"""How well single sites tell two categories apart: known answers, what must not matter, and the pair's equations."""

import numpy as np
import pytest

from emoscan.benchmarks.studies.explanations.site_discriminability import discriminability
from emoscan.preprocessing import Cache, DifferentialEntropy, preprocess
from emoscan.signals import SCALP_19, InputError, SimulatedPair, Task
from emoscan.signals.datasets.simulated.emotion_path import STATES, WANDER
from emoscan.signals.datasets.simulated.pair import GAIN, topography
from emoscan.signals.datasets.simulated.simulated import BAND_EDGES, PLANTED_BANDS
from emoscan.signals.layouts.drawings import DRAWINGS

DIFFERENCE = np.linspace(0, 2, 19)


def slices(folder, difference=lambda who: DIFFERENCE[:, None], change=lambda who, x: x, categories=2, length=400):
    """Single slices of four people, of unit variance, whose two categories lie ``difference`` apart."""
    rng = np.random.default_rng(0)
    keys = [(who, k) for who in range(4) for k in range(categories)]
    x = [change(who, rng.standard_normal((length, 19, 5)) + k * difference(who)) for who, k in keys]
    cache = Cache.from_arrays(
        folder / "cache",
        x,
        layout=SCALP_19,
        task=Task(("calm", "tense", "torn")[: max(categories, 2)]),
        category=[k for _, k in keys],
        subject=[str(who) for who, _ in keys],
        trial=[k for _, k in keys],
        simulated=True,
    )
    return cache.windows(1, 1)


def test_it_is_the_distance_of_the_means_in_standard_deviations(tmp_path):
    assert discriminability(slices(tmp_path)) == pytest.approx(DIFFERENCE, abs=0.1)


def test_units_and_offsets_of_people_do_not_matter(tmp_path):
    plain = slices(tmp_path / "plain")
    changed = slices(tmp_path / "changed", change=lambda who, x: 10.0**who * x + 3 * who)
    assert discriminability(changed) == pytest.approx(discriminability(plain), rel=1e-4)


def test_what_goes_the_other_way_in_other_people_does_not_count(tmp_path):
    told = discriminability(slices(tmp_path, difference=lambda who: (-1) ** who * DIFFERENCE[:, None]))
    assert told.max() < 0.15


def test_features_that_tell_nothing_make_a_site_tell_less(tmp_path):
    one = np.eye(5)[0]
    told = discriminability(slices(tmp_path, difference=lambda who: 2 * np.ones((19, 1)) * one))
    assert told == pytest.approx(np.full(19, 2 / np.sqrt(5)), abs=0.1)


def test_what_never_changes_tells_nothing(tmp_path):
    assert (discriminability(slices(tmp_path, change=lambda who, x: np.ones_like(x))) == 0).all()


@pytest.mark.parametrize(
    "wrong, said",
    [({"categories": 3}, "3 categories"), ({"categories": 1}, "1 categories"), ({"length": 1}, "1 and 1 slices")],
)
def test_what_has_no_answer_is_refused(tmp_path, wrong, said):
    with pytest.raises(InputError, match=said):
        discriminability(slices(tmp_path, **wrong))


def test_windows_of_several_slices_are_refused(tmp_path):
    with pytest.raises(InputError, match="windows of 2 slices"):
        discriminability(slices(tmp_path).cache.windows(2, 2))


def test_electrodes_of_the_pair_tell_what_its_equations_say(tmp_path):
    data = SimulatedPair(subjects=4, trials=6, seconds=60.0, seed=3)
    cache = preprocess(data, {"eeg": [DifferentialEntropy()]}, tmp_path / "cache")
    assert np.corrcoef(discriminability(cache.windows(1, 1)), by_equations(data.settings))[0, 1] > 0.95


def by_equations(s):
    """``g |w D| / sqrt(g^2 n^2 |w|^2 + m^2)``: D from state to state, n the path's noise, m that of a slice's power."""
    w, (first, other) = topography(DRAWINGS[s.layout]), list(STATES.values())[:2]
    hertz = np.mean(np.diff(BAND_EDGES)[list(PLANTED_BANDS)])
    noise = GAIN**2 * (WANDER**2 + s.eeg_noise**2) * (w**2).sum(axis=0) + 1 / (4 * hertz)
    return GAIN * np.abs(np.subtract(first, other) @ w) / np.sqrt(noise)
