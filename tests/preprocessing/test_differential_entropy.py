"""Laws of the filter bank's features: known answers, agreement with MNE, independence of cutting, refusals."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from mne.filter import create_filter, filter_data

import emoscan.preprocessing.steps.filter_bank as filter_bank
from emoscan.preprocessing import SEED_BANDS, BandPower, DifferentialEntropy
from emoscan.signals import SCALP_19, Electrodes, InputError, Samples, Source

BANDS = [name for name, _, _ in SEED_BANDS]


def recording(samples, rate=200.0, **own):
    return Electrodes(
        SCALP_19, SCALP_19.sites, rate, samples.shape[1], Samples(samples), Source(None, "simulated"), **own
    )


def noise(seconds, rate=200, offset=0.0, dtype=np.float64):
    return (20 * np.random.default_rng(0).standard_normal((19, seconds * rate)) + offset).astype(dtype)


def sine(hertz, amplitude=30.0, rate=200, seconds=20):
    return np.tile(amplitude * np.sin(2 * np.pi * hertz * np.arange(seconds * rate) / rate), (19, 1))


def entropy(variance):
    return 0.5 * np.log(2 * np.pi * np.e * variance)


def gain(rate, low, high, hertz):
    taps = create_filter(None, rate, low, high, verbose="ERROR")
    return abs(taps @ np.exp(2j * np.pi * hertz * np.arange(len(taps)) / rate))


def mne_variance(samples, rate=200.0):
    bands = [filter_data(samples.astype(float), rate, low, high, verbose="ERROR") for _, low, high in SEED_BANDS]
    slices = np.stack([band.reshape(len(samples), -1, int(rate)) for band in bands], axis=-1)
    return slices.var(axis=2).swapaxes(0, 1)


@pytest.mark.parametrize(("band", "hertz"), [("delta", 2), ("theta", 6), ("alpha", 10), ("beta", 20), ("gamma", 40)])
def test_a_sine_has_its_power_in_its_own_band(band, hertz):
    x = DifferentialEntropy()(recording(sine(hertz))).x[4:-4]
    own = BANDS.index(band)
    np.testing.assert_array_equal(x.argmax(axis=-1), own)
    assert (x[..., own] - np.delete(x, own, axis=-1).max(axis=-1)).min() > 3


@pytest.mark.parametrize("rate", [128, 200, 250, 500, 1000, 2000])
def test_the_entropy_of_a_sine_is_that_of_half_its_squared_amplitude(rate):
    for band, (_, low, high) in enumerate(SEED_BANDS):
        hertz = (low + high) // 2
        x = DifferentialEntropy()(recording(sine(hertz, 30, rate), rate)).x[4:-4, :, band]
        g = gain(rate, low, high, hertz)
        assert np.abs(x - entropy((30 * g) ** 2 / 2)).max() < 1e-5
        assert abs(g - 1) < 0.005


@pytest.mark.parametrize("rate", [128, 200, 500])
def test_the_power_of_white_noise_is_its_variance_times_the_energy_of_the_filter(rate):
    power = 10 ** (BandPower()(recording(noise(400, rate), rate)).x[2:-2].astype(float) / 10)
    wanted = [400 * (create_filter(None, rate, low, high, verbose="ERROR") ** 2).sum() for _, low, high in SEED_BANDS]
    np.testing.assert_allclose(power.mean(axis=(0, 1)), wanted, rtol=0.02)


def test_ten_times_the_amplitude_is_ln_ten_nats_and_twenty_decibels():
    one, ten = recording(noise(10)), recording(10 * noise(10))
    np.testing.assert_allclose(DifferentialEntropy()(ten).x - DifferentialEntropy()(one).x, np.log(10), atol=1e-5)
    np.testing.assert_allclose(BandPower()(ten).x - BandPower()(one).x, 20, atol=1e-4)


@pytest.mark.parametrize(
    ("seconds", "offset", "dtype"),
    [(2, 0, np.float64), (47, 0, np.float32), (100, 1000, np.float32), (100, 30_000, np.float64)],
)
def test_it_equals_mne_filters_and_variance_ends_included(seconds, offset, dtype):
    samples = noise(seconds, offset=offset, dtype=dtype)
    tolerance = 1e-5 if dtype == np.float64 or not offset else 5e-5
    np.testing.assert_allclose(
        DifferentialEntropy()(recording(samples)).x, entropy(mne_variance(samples)), atol=tolerance, rtol=0
    )


def test_blocks_of_any_size_give_the_same_features(monkeypatch):
    whole = DifferentialEntropy()(recording(noise(100))).x
    for points in (1500, 3000, 30_000):
        filter_bank._design.cache_clear()
        monkeypatch.setattr(filter_bank, "SHORTEST_FFT", points)
        np.testing.assert_allclose(DifferentialEntropy()(recording(noise(100))).x, whole, atol=3e-6, rtol=0)
    filter_bank._design.cache_clear()


def test_memory_does_not_grow_with_the_recording():
    def made_up(start, stop):
        return np.tile(np.sin(np.arange(start, stop) * 0.3, dtype=np.float32), (19, 1))

    peaks = []
    for minutes in (2, 20):
        electrodes = replace(recording(noise(1)), n_samples=minutes * 12_000, read=made_up)
        tracemalloc.start()
        volume = DifferentialEntropy()(electrodes)
        peaks.append(tracemalloc.get_traced_memory()[1] - 4 * volume.x.nbytes)  # moments and result
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1e6
    assert max(peaks) < 20e6


def test_slices_begin_where_the_recording_begins_and_leave_the_rest_out():
    volume = DifferentialEntropy(window=2.0)(recording(noise(9), start=100.0))
    assert volume.x.shape == (4, 19, 5)
    np.testing.assert_array_equal(volume.times, [100, 102, 104, 106])
    assert volume.features == tuple(BANDS)
    assert volume.duration == 2.0
    assert volume.x.dtype == np.float32
    assert not volume.causal


def test_sites_follow_the_layout_whatever_the_order_of_channels():
    samples, order = noise(5), np.random.default_rng(1).permutation(19)
    shuffled = replace(recording(samples[order]), names=tuple(f"EEG {SCALP_19.sites[i].lower()}" for i in order))
    np.testing.assert_array_equal(DifferentialEntropy()(shuffled).x, DifferentialEntropy()(recording(samples)).x)


def test_slices_that_touch_a_bad_span_are_invalid():
    volume = DifferentialEntropy()(recording(noise(10), bad_spans=((399, 401), (600, 800), (1999, 2000))))
    np.testing.assert_array_equal(np.flatnonzero(~volume.valid), [1, 2, 3, 9])


def test_a_flat_site_makes_invalid_slices_and_never_infinite_ones():
    samples = noise(30)
    samples[3, 2000:4000] = 70.0
    volume = DifferentialEntropy()(recording(samples))
    assert np.isfinite(volume.x).all()
    np.testing.assert_array_equal(np.flatnonzero(~volume.valid), np.arange(11, 19))
    samples[3] = 70.0
    assert not DifferentialEntropy()(recording(samples)).valid.any()


@pytest.mark.parametrize("step", [DifferentialEntropy, BandPower])
@pytest.mark.parametrize(
    ("settings", "rate", "says"),
    [
        ({"window": 0.25, "bands": (("slow", 1, 3),)}, 200, ("slow, 1-3 Hz", "0.25 s")),
        ({}, 90, ("gamma, 31-50 Hz", "90 Hz", "100 Hz")),
        ({"window": 0.7504}, 200, ("0.7504 s at 200 Hz", "whole number")),
        ({"window": 100.0}, 200, ("10 s", "one slice of 100 s")),
        ({"bands": (("slow", 0.05, 5),)}, 200, ("10 s", "33 s")),
    ],
)
def test_what_cannot_be_resolved_is_refused_naming_both(step, settings, rate, says):
    with pytest.raises(InputError) as refused:
        step(**settings)(recording(noise(10, rate), rate))
    assert all(text in str(refused.value) for text in says), refused.value


@pytest.mark.parametrize("bands", [(), (("a", 4, 1),), (("a", 0, 1),), (("a", 1, 2), ("a", 3, 4)), ("alpha",), 7])
def test_bands_that_are_none_are_refused(bands):
    with pytest.raises((InputError, TypeError)):
        DifferentialEntropy(bands=bands)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_sample_that_is_not_finite_is_refused_naming_channel_and_time(value):
    samples = noise(120)
    samples[4, 20_001] = value
    with pytest.raises(InputError, match=rf"{value} in {SCALP_19.sites[4]} at 100\.005 s"):
        DifferentialEntropy()(recording(samples))


def test_a_site_marked_bad_is_refused_until_it_is_replaced():
    with pytest.raises(InputError, match=r"bad channels Fz.*InterpolateBadChannels"):
        DifferentialEntropy()(recording(noise(10), bad_channels=("Fz",)))


def test_bands_may_be_given_as_a_mapping_or_as_lists():
    as_mapping = DifferentialEntropy(bands={"alpha": (8, 14)})
    assert as_mapping == DifferentialEntropy(1, [["alpha", 8, 14]])
    assert repr(as_mapping) == "DifferentialEntropy(window=1.0, bands=(('alpha', 8.0, 14.0),))"
