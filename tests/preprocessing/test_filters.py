"""Laws of filters and resampling: agreement with MNE and SciPy, independence of cutting, causality, refusals."""

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mne.filter import filter_data, notch_filter
from scipy.signal import resample_poly

from emoscan.preprocessing import BandPass, CausalBandPass, CausalNotch, Notch, Resample
from emoscan.signals import SCALP_19, Electrodes, InputError, Samples, Source

N = 4001
NOISE = 20 * np.random.default_rng(0).standard_normal((19, N)) + 1000


def recording(samples=NOISE, rate=200.0, **own):
    return Electrodes(
        SCALP_19, SCALP_19.sites, rate, samples.shape[1], Samples(samples), Source(None, "simulated"), **own
    )


def whole(electrodes):
    return electrodes.read(0, electrodes.n_samples)


@pytest.mark.parametrize(
    ("step", "oracle"),
    [
        (BandPass(1, 50), lambda x: filter_data(x, 200.0, 1, 50, verbose="ERROR")),
        (BandPass(8, None), lambda x: filter_data(x, 200.0, 8, None, verbose="ERROR")),
        (BandPass(None, 30), lambda x: filter_data(x, 200.0, None, 30, verbose="ERROR")),
        (Notch(50), lambda x: notch_filter(x, 200.0, 50, verbose="ERROR")),
        (Notch(30, 3), lambda x: notch_filter(x, 200.0, [30, 60, 90], verbose="ERROR")),
    ],
)
def test_zero_phase_filters_equal_mne_ends_included(step, oracle):
    np.testing.assert_allclose(whole(step(recording())), oracle(NOISE), atol=1e-9)


@pytest.mark.parametrize(
    "step",
    [
        BandPass(1, 50),
        Notch(),
        CausalBandPass(1, 50),
        CausalBandPass(None, 30, 2),
        CausalNotch(),
        Resample(128),
        Resample(199),
        Resample(50),
    ],
    ids=str,
)
@given(cuts=st.lists(st.integers(1, 900), max_size=6, unique=True))
@settings(max_examples=10, deadline=None)
def test_any_partition_into_blocks_gives_the_whole(step, cuts):
    filtered = step(recording())
    edges = [0, *sorted(cuts), filtered.n_samples]
    parts = [filtered.read(a, b) for a, b in pairwise(edges)]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole(filtered), atol=1e-9)


@pytest.mark.parametrize(("rate", "up", "down"), [(100, 1, 2), (128, 16, 25), (199, 199, 200), (0.4, 1, 500)])
def test_resampling_equals_scipy_away_from_the_ends(rate, up, down):
    samples = np.random.default_rng(0).standard_normal((19, 30_001))
    resampled = Resample(rate)(recording(samples))
    wanted = resample_poly(samples, up, down, axis=1)
    assert (resampled.rate, resampled.n_samples) == (rate, wanted.shape[1])
    np.testing.assert_allclose(whole(resampled)[:, 12:-12], wanted[:, 12:-12], atol=1e-12)


def test_resampling_leaves_slow_sines_and_removes_those_above_half_the_new_rate():
    time = np.arange(4000) / 1000
    for hertz, left in ((20, 1), (90, 0), (130, 0), (300, 0)):
        sines = np.tile(np.sin(2 * np.pi * hertz * time), (19, 1))
        resampled = Resample(128)(recording(sines, 1000.0))
        wanted = left * np.sin(2 * np.pi * hertz * np.arange(resampled.n_samples) / 128)
        np.testing.assert_allclose(whole(resampled)[:, 20:-20], np.tile(wanted, (19, 1))[:, 20:-20], atol=0.005)


def test_an_offset_survives_resampling_and_leaves_band_passes():
    constant = np.full((19, N), 1000.0)
    np.testing.assert_allclose(whole(Resample(128)(recording(constant))), 1000, rtol=1e-3)
    for step in (BandPass(1, 50), CausalBandPass(1, 50)):
        np.testing.assert_allclose(whole(step(recording(constant))), 0, atol=1e-6)


def test_equal_rates_are_the_identity():
    electrodes = recording()
    assert Resample(200)(electrodes) is electrodes


def test_bad_spans_grow_to_whole_samples_of_the_new_rate():
    resampled = Resample(50)(recording(bad_spans=((3, 5), (8, 12), (3999, 4001))))
    assert resampled.bad_spans == ((0, 2), (2, 3), (999, 1001))
    assert resampled.trusted().sum() == resampled.n_samples - 5


@pytest.mark.parametrize("step", [CausalBandPass(1, 50), CausalBandPass(8, None), CausalNotch()], ids=str)
def test_causal_filters_do_not_see_the_future(step):
    changed = NOISE.copy()
    changed[:, 2000:] += 500
    np.testing.assert_array_equal(step(recording(changed)).read(0, 2000), step(recording()).read(0, 2000))


@pytest.mark.parametrize(
    ("step", "kept", "gone"),
    [(CausalBandPass(8, 30), 15, 2), (CausalBandPass(None, 30), 5, 80), (CausalNotch(50), 20, 50), (Notch(50), 20, 50)],
    ids=str,
)
def test_filters_keep_and_remove_what_they_say(step, kept, gone):
    def amplitude(hertz):
        sines = np.tile(np.sin(2 * np.pi * hertz * np.arange(8000) / 200), (19, 1))
        return np.sqrt(2) * step(recording(sines)).read(4000, 5000).std()

    assert amplitude(kept) == pytest.approx(1, abs=0.05)
    assert amplitude(gone) < 0.02


@pytest.mark.parametrize("step", [BandPass(1, 50), CausalNotch(), Resample(128)], ids=str)
def test_lazy_recordings_are_pickled_with_their_filter(step):
    filtered = step(recording())
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(filtered)).read(5, 50), filtered.read(5, 50))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: BandPass(None, None), "None to None"),
        (lambda: BandPass(5, 1), "5.0 to 1.0"),
        (lambda: BandPass(-1, 1), "-1.0 to 1.0"),
        (lambda: CausalBandPass(1, 50, 0), "order 0"),
        (lambda: Notch(50, 0), "one|a harmonic"),
        (lambda: CausalNotch(50, 0), "positive"),
        (lambda: BandPass(1, 100)(recording()), "200 Hz"),
        (lambda: CausalBandPass(1, 100)(recording()), "200 Hz"),
        (lambda: Notch(50, 2)(recording()), "200 Hz"),
        (lambda: CausalNotch(120)(recording()), "200 Hz"),
        (lambda: BandPass(0.05, 50)(recording()), "20.005 s.*33 s"),
        (lambda: Resample(256)(recording()), "200 Hz.*256 Hz"),
        (lambda: Resample(0)(recording()), "0 Hz"),
        (lambda: Resample(203)(recording()), r"200 Hz.*203 Hz.*Resample\(200\.0\)"),
        (lambda: Resample(1)(recording(NOISE[:, :1500])), "7.5 s.*10"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_numbers(make, says):
    with pytest.raises(InputError, match=says):
        make()


@pytest.mark.parametrize("step", [BandPass(1, 50), CausalBandPass(1, 50)], ids=str)
def test_a_sample_that_is_not_finite_is_refused_naming_channel_and_time(step):
    samples = NOISE.copy()
    samples[4, 1001] = np.nan
    with pytest.raises(InputError, match=rf"nan in {SCALP_19.sites[4]} at 5\.005 s"):
        whole(step(recording(samples)))
