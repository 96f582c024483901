"""Laws of the Fourier-transform features: known answers, agreement with plain code, refusals."""

import numpy as np
import pytest

import emoscan.preprocessing.steps.stft as stft
from emoscan.preprocessing import SEED_BANDS, StftDifferentialEntropy
from emoscan.signals import SCALP_19, Electrodes, InputError, Samples, Source


def recording(samples, rate=200.0, **own):
    return Electrodes(
        SCALP_19, SCALP_19.sites, rate, samples.shape[1], Samples(samples), Source(None, "simulated"), **own
    )


def noise(seconds, rate=200, dtype=np.float64):
    return (20 * np.random.default_rng(0).standard_normal((19, seconds * rate)) + 100).astype(dtype)


def entropy(variance):
    return 0.5 * np.log(2 * np.pi * np.e * variance)


def plain_nats(one, window, rate):
    """One slice of one site, as the docstring writes it."""
    n = len(one)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
    power = np.abs(np.fft.rfft((one - one.mean()) * hann)) ** 2
    hertz = np.arange(len(power)) / window
    return [
        entropy(2 / (n * (hann**2).sum()) * power[(low <= hertz) & (hertz < high)].sum()) for _, low, high in SEED_BANDS
    ]


def plain_seed(one, window, rate):
    """DE_PSD of BCMI: bins are counted from one, the transform's from nought, hence the shift."""
    n = len(one)
    hann = np.array([0.5 - 0.5 * np.cos(2 * np.pi * i / (n + 1)) for i in range(1, n + 1)])
    magnitude = np.abs(np.fft.fft(one * hann))[: n // 2]
    made = []
    for _, low, high in SEED_BANDS:
        first, last = int(low / rate * n), int(high / rate * n)
        energy = sum(magnitude[k] ** 2 for k in range(first - 1, last)) / (last - first + 1)
        made.append(np.log2(100 * energy))
    return made


@pytest.mark.parametrize(("scale", "plain"), [("nats", plain_nats), ("seed", plain_seed)])
@pytest.mark.parametrize(("window", "rate", "dtype"), [(1.0, 200, np.float64), (2.0, 128, np.float32)])
def test_each_slice_equals_plain_code(scale, plain, window, rate, dtype):
    samples = noise(8, rate, dtype)
    x = StftDifferentialEntropy(window, scale=scale)(recording(samples, rate)).x
    slices = samples.astype(float).reshape(19, -1, int(window * rate))
    wanted = np.array([[plain(one, window, rate) for one in site] for site in slices]).swapaxes(0, 1)
    np.testing.assert_allclose(x, wanted, atol=2e-5, rtol=0)


@pytest.mark.parametrize("rate", [128, 200, 250, 500, 1000, 2000])
def test_the_entropy_of_a_sine_is_that_of_half_its_squared_amplitude(rate):
    for band, hertz in enumerate((2, 6, 10, 20, 40)):
        sine = np.tile(30 * np.sin(2 * np.pi * hertz * np.arange(4 * rate) / rate), (19, 1))
        x = StftDifferentialEntropy()(recording(sine, rate)).x
        np.testing.assert_allclose(x[..., band], entropy(30**2 / 2), atol=1e-5)
        np.testing.assert_array_equal(x.argmax(axis=-1), band)


def test_an_offset_changes_nothing_in_nats():
    samples = noise(10)
    x = StftDifferentialEntropy()(recording(samples)).x
    np.testing.assert_allclose(StftDifferentialEntropy()(recording(samples + 30_000)).x, x, atol=1e-5)


def test_blocks_of_any_size_give_the_same_features(monkeypatch):
    whole = StftDifferentialEntropy()(recording(noise(20))).x
    monkeypatch.setattr(stft, "BLOCK_SAMPLES", 600)
    np.testing.assert_allclose(StftDifferentialEntropy()(recording(noise(20))).x, whole, atol=1e-6, rtol=0)


@pytest.mark.parametrize("scale", ["nats", "seed"])
def test_flat_slices_and_those_in_bad_spans_are_invalid_and_finite(scale):
    samples = noise(10)
    samples[7, 400:800] = 123.456
    samples[2, 1000:1200] = 0.0
    volume = StftDifferentialEntropy(scale=scale)(recording(samples, bad_spans=((1600, 1601),)))
    np.testing.assert_array_equal(np.flatnonzero(~volume.valid), [2, 3, 5, 8])
    assert np.isfinite(volume.x).all()
    assert volume.causal


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"window": 0.25, "bands": (("slow", 1, 3),)}, ("slow, 1-3 Hz", "0.25 s")),
        ({"bands": (("narrow", 10.2, 10.8),)}, ("narrow, 10.2-10.8 Hz", "1 Hz apart")),
        ({"bands": (("high", 80, 100),)}, ("high, 80-100 Hz", "200 Hz")),
        ({"window": 0.333}, ("0.333 s", "whole number")),
    ],
)
def test_what_cannot_be_resolved_is_refused_naming_both(settings, says):
    with pytest.raises(InputError) as refused:
        StftDifferentialEntropy(**settings)(recording(noise(10)))
    assert all(text in str(refused.value) for text in says), refused.value


def test_an_unknown_scale_is_refused_naming_those_there_are():
    with pytest.raises(InputError, match="nats, seed"):
        StftDifferentialEntropy(scale="bel")


def test_a_sample_that_is_not_finite_is_refused_naming_channel_and_time():
    samples = noise(10)
    samples[4, 1001] = np.nan
    with pytest.raises(InputError, match=rf"nan in {SCALP_19.sites[4]} at 5\.005 s"):
        StftDifferentialEntropy()(recording(samples))
