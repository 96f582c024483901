"""Laws of marking: what is planted is found, and nothing else; blocks do not matter; refusals."""

from itertools import pairwise

import numpy as np
import pytest

import emoscan.preprocessing.cleaning.artefacts as marking
from emoscan.preprocessing import MarkArtefacts, MarkBadChannels, MarkFlat, MarkMuscle
from emoscan.signals import EPOC_14, SCALP_19, Electrodes, InputError, Layout, Samples, Source


def recording(samples, rate=200.0, layout=SCALP_19, **own):
    return Electrodes(layout, layout.sites, rate, samples.shape[1], Samples(samples), Source(None, "simulated"), **own)


def noise(seconds=60, rate=200, n_sites=19):
    """Simulated: what all sites share, and something of each one's own."""
    rng = np.random.default_rng(0)
    return 15 * rng.standard_normal(seconds * rate) + 10 * rng.standard_normal((n_sites, seconds * rate))


@pytest.mark.parametrize("block", [0.3, 1.0, 7.7, 100.0])
def test_stretches_in_which_a_site_stands_still_are_marked_to_the_sample(monkeypatch, block):
    monkeypatch.setattr(marking, "BLOCK_SECONDS", block)
    samples = noise()
    samples[:, 1000:1500] = samples[:, 1000:1001]
    samples[5, 3000:3100] = 7.0
    samples[6, 3050:3400] = 0.0
    samples[7, 5000:5099] = 0.0
    samples[8, 11_900:] = 1.0
    assert MarkFlat()(recording(samples)).bad_spans == ((1000, 1500), (3000, 3400), (11_900, 12_000))


def test_runs_of_equal_samples_are_those_of_plain_code():
    rng = np.random.default_rng(3)
    for shortest in (2, 3, 5):
        row = rng.integers(0, 2, 400).astype(float)
        edges = [0, *(np.flatnonzero(np.diff(row)) + 1), len(row)]
        wanted = [(a, b) for a, b in pairwise(edges) if b - a >= shortest]
        assert list(marking._runs((row[1:] == row[:-1])[None], shortest)) == wanted


def test_a_site_that_is_flat_throughout_is_refused_by_name_unless_marked_bad():
    samples = noise()
    samples[SCALP_19.sites.index("Cz")] = 4.0
    with pytest.raises(InputError, match=r"flat throughout: Cz;.*MarkBadChannels"):
        MarkFlat()(recording(samples))
    assert MarkFlat()(recording(samples, bad_channels=("Cz",))).bad_spans == ()


def test_new_spans_join_those_that_were_there():
    samples = noise()
    samples[0, 1000:1400] = 0.0
    marked = MarkFlat()(recording(samples, bad_spans=((1300, 1500), (20, 30))))
    assert marked.bad_spans == ((20, 30), (1000, 1500))


def test_half_seconds_with_a_large_deflection_are_marked():
    samples = noise()
    samples[3, 2050:2080] += 1000
    samples[4, 11_999] -= 1000
    assert MarkArtefacts()(recording(samples)).bad_spans == ((2000, 2100), (11_900, 12_000))
    assert MarkArtefacts(peak_to_peak=5000)(recording(samples)).bad_spans == ()


def test_bursts_of_muscle_are_marked_and_quiet_stretches_are_not():
    rng, rate = np.random.default_rng(0), 500
    samples = noise(30, rate) + np.sin(2 * np.pi * 10 * np.arange(30 * rate) / rate)
    samples[:, 6000:6500] += 200 * rng.standard_normal((19, 500))
    marked = MarkMuscle()(recording(samples, 500.0))
    assert len(marked.bad_spans) == 1
    np.testing.assert_allclose(marked.bad_spans[0], (6000, 6500), atol=100)


@pytest.mark.parametrize(
    ("spoil", "site"),
    [
        (lambda x: 40 * x, "F3"),
        (lambda x: x / 100, "P4"),
        (lambda x: 18 * np.random.default_rng(9).standard_normal(x.shape), "O1"),
        (lambda x: 0 * x + 3, "Fz"),
    ],
    ids=["loud", "silent", "alone", "flat"],
)
def test_a_site_unlike_the_others_is_marked_bad(spoil, site):
    samples = noise()
    samples[SCALP_19.sites.index(site)] = spoil(samples[SCALP_19.sites.index(site)])
    assert MarkBadChannels()(recording(samples)).bad_channels == (site,)


def test_no_site_of_a_clean_recording_is_marked_bad_even_with_a_burst():
    samples = noise()
    samples[2, 100:1500] *= 100
    assert MarkBadChannels()(recording(samples)).bad_channels == ()


def test_names_marked_before_stay_marked_and_do_not_count():
    samples = noise(n_sites=14)
    samples[3] *= 1000
    marked = MarkBadChannels()(recording(samples, layout=EPOC_14, bad_channels=(EPOC_14.sites[3],)))
    assert marked.bad_channels == (EPOC_14.sites[3],)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: MarkFlat(0), "MarkFlat"),
        (lambda: MarkArtefacts(-1), "MarkArtefacts"),
        (lambda: MarkMuscle()(recording(noise(10))), "280 Hz"),
        (
            lambda: MarkBadChannels()(
                recording(noise(10, n_sites=2), layout=Layout("two", ("a", "b"), ((0, 0), (0, 1))))
            ),
            "2 sites",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(make, says):
    with pytest.raises(InputError, match=says):
        make()
