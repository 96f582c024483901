"""Measures of sensors on the body have known answers, and none where there is nothing to measure."""

from dataclasses import replace

import numpy as np
import pytest

from emoscan.preprocessing import PeripheralMeasures
from emoscan.preprocessing.peripheral.peripheral_measures import MEASURES
from emoscan.signals import InputError, Peripheral, Source
from emoscan.signals.datasets.lookalikes.body import breath_wave, ecg_wave, eye_wave, pulse_wave, skin_wave
from emoscan.signals.streams.electrodes import Samples
from emoscan.signals.streams.peripheral import KINDS

SECONDS = 60


def seconds(rate, length=SECONDS):
    return np.arange(round(length * rate)) / rate


def noise(rate, scale=1.0, length=SECONDS):
    return scale * np.random.default_rng(0).standard_normal(round(length * rate))


def sensor(kind, samples, rate, **own):
    samples = np.atleast_2d(samples)
    names = tuple(f"{kind} {k + 1}" for k in range(len(samples)))
    return Peripheral(kind, names, rate, samples.shape[1], Samples(samples), Source(None, "made"), **own)


def measured(kind, samples, rate, **own):
    return PeripheralMeasures()(sensor(kind, samples, rate, **own))


@pytest.mark.parametrize("rate", [128, 512, 249.9983])
@pytest.mark.parametrize("beats", [48, 72, 150])
def test_the_heart_rate_is_that_of_the_r_peaks(rate, beats):
    drift = 300 * np.sin(2 * np.pi * 0.2 * seconds(rate))
    volume = measured("ecg", ecg_wave(seconds(rate), beats) + drift + noise(rate, 30), rate)
    assert volume.valid.all()
    np.testing.assert_allclose(volume.x[:, 0, 0], beats, atol=1)
    assert volume.x[:, 0, 1].max() < 5  # ms: beats come evenly


def test_an_ecg_that_is_upside_down_or_has_an_s_as_deep_as_its_r_has_the_same_rate():
    wave = ecg_wave(seconds(256), 72)
    deep = wave - 0.9 * np.roll(ecg_wave(seconds(256), 72), 8)
    for samples in (-wave, deep):
        volume = measured("ecg", samples + noise(256, 20), 256)
        assert volume.valid.all()
        np.testing.assert_allclose(volume.x[:, 0, 0], 72, atol=1)


@pytest.mark.parametrize("beats", [48, 72, 150])
def test_the_pulse_rate_is_that_of_systolic_peaks_and_not_of_the_waves_behind_them(beats):
    swell = 0.3 * np.sin(2 * np.pi * 0.25 * seconds(128))
    volume = measured("ppg", pulse_wave(seconds(128), beats) + swell + noise(128, 0.02), 128)
    assert volume.valid.all()
    np.testing.assert_allclose(volume.x[:, 0, 0], beats, atol=1)


def test_beats_that_come_unevenly_have_the_variability_that_they_have():
    intervals = np.tile([0.80, 0.86], 40)  # successive differences of 60 ms
    times = np.cumsum(intervals)
    t = seconds(512)
    wave = 1000 * np.exp(-0.5 * ((t[:, None] - times[times < SECONDS]) / 0.012) ** 2).sum(axis=1)
    volume = measured("ecg", wave + noise(512, 10), 512)
    np.testing.assert_allclose(volume.x[:, 0, 0], 60 / 0.83, atol=1)
    np.testing.assert_allclose(volume.x[:, 0, 1], 60, atol=4)


def test_a_rate_that_changes_is_followed():
    t = seconds(256)
    wave = np.where(t < 30, ecg_wave(t, 60), ecg_wave(t, 100))
    rates = measured("ecg", wave + noise(256, 10), 256).x[:, 0, 0]
    np.testing.assert_allclose(rates[:19], 60, atol=1)
    np.testing.assert_allclose(rates[41:], 100, atol=1)


@pytest.mark.parametrize("breaths", [8, 15, 30])
def test_breaths_are_counted_from_one_maximum_to_the_next(breaths):
    samples = 2 * breath_wave(seconds(32), breaths) + 0.02 * seconds(32) + noise(32, 0.1)
    volume = measured("resp", samples, 32)
    inner = slice(10, 50)
    assert volume.valid[inner].all()
    np.testing.assert_allclose(volume.x[inner, 0, 0], breaths, atol=0.5)
    np.testing.assert_allclose(volume.x[inner, 0, 1], 4, rtol=0.1)  # from trough to peak


def coloured(slope, rate, seed, length=SECONDS):
    """Noise whose power falls with frequency to the power of ``slope``, of standard deviation 1."""
    n = round(length * rate)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(n))
    samples = np.fft.irfft(spectrum / np.maximum(np.fft.rfftfreq(n), 1 / n) ** (slope / 2), n)
    return samples / samples.std()


def uneven_breath(rate, breaths, seed):
    """A breath whose cycles last unevenly by 8 %, of standard deviation 1."""
    lengths = 60 / breaths * (1 + 0.08 * np.random.default_rng(seed).standard_normal(2 * SECONDS))
    ends = np.concatenate([[0.0], np.cumsum(lengths)])
    return np.sqrt(2) * np.sin(2 * np.pi * np.interp(seconds(rate), ends, np.arange(len(ends))))


def share_valid(samples, rate):
    return float(np.mean([measured("resp", one, rate).valid.mean() for one in samples]))


@pytest.mark.parametrize("rate", [4, 32, 128])
@pytest.mark.parametrize("slope", [0, 1])
def test_noise_has_no_breath_rate(rate, slope):
    assert share_valid([coloured(slope, rate, seed) for seed in range(8)], rate) < 0.05


@pytest.mark.parametrize("breaths", [12, 15, 24, 40])
@pytest.mark.parametrize(("slope", "scale"), [(0, 0.5), (1, 0.5)])
def test_uneven_breath_in_half_as_much_noise_has_one(breaths, slope, scale):
    made = [uneven_breath(32, breaths, seed) + scale * coloured(slope, 32, 50 + seed) for seed in range(8)]
    assert share_valid(made, 32) > 0.9


def test_the_level_of_the_skin_and_its_responses_are_told_apart():
    samples = skin_wave(seconds(64), 5.0, 10.0) + noise(64, 0.002)
    volume = measured("gsr", samples, 64, unit="µS")
    level, responses = volume.x[:, 0].T
    assert level.mean() == pytest.approx(samples.mean(), abs=0.05)
    assert responses.mean() == pytest.approx(6, abs=0.5)
    quiet = measured("gsr", 5 + noise(64, 0.002), 64, unit="µS")
    np.testing.assert_allclose(quiet.x[:, 0, 1], 0)


def test_responses_in_a_unit_that_nobody_knows_are_counted_by_the_largest():
    samples = 37 * skin_wave(seconds(64), 5.0, 10.0)
    responses = measured("gsr", samples, 64, unit="a.u.").x[:, 0, 1]
    assert responses.mean() == pytest.approx(6, abs=0.5)


def test_a_skin_that_warms_has_its_mean_and_slope():
    volume = measured("temp", 33 + 0.2 * seconds(16) / 60, 16)
    np.testing.assert_allclose(volume.x[:, 0, 0], 33 + 0.2 * (np.arange(SECONDS) + 0.5) / 60, atol=1e-3)
    np.testing.assert_allclose(volume.x[:, 0, 1], 0.2, atol=1e-3)


def test_the_strength_of_a_muscle_is_its_root_mean_square_above_cables():
    t = seconds(512)
    samples = 10 * np.sqrt(2) * np.sin(2 * np.pi * 90 * t) + 500 * np.sin(2 * np.pi * 0.5 * t)
    np.testing.assert_allclose(measured("emg", samples, 512).x[5:-5, 0, 0], 10, rtol=0.02)


def test_blinks_are_counted_whichever_way_they_point():
    blinking = eye_wave(seconds(128), 4.0) + noise(128, 10)
    volume = measured("eog", np.stack([blinking, -blinking, noise(128, 10)]), 128)
    assert volume.x[:, 0, 1].mean() == pytest.approx(15, abs=1)
    np.testing.assert_allclose(volume.x[:, 1], volume.x[:, 0], rtol=1e-4)
    assert volume.x[:, 2, 1].mean() < 1


@pytest.mark.parametrize("kind", ["ecg", "ppg"])
@pytest.mark.parametrize("rate", [128, 512])
def test_no_beat_is_found_in_noise(kind, rate):
    volume = measured(kind, noise(rate), rate)
    assert not volume.valid.any()
    assert (volume.x == 0).all()


@pytest.mark.parametrize("kind", ["ecg", "ppg", "gsr", "resp", "temp", "emg", "eog"])
@pytest.mark.parametrize("level", [0.0, 3.7, 1e5])
def test_nothing_is_found_in_a_flat_channel(kind, level):
    assert not measured(kind, np.full(60 * 128, level), 128).valid.any()


def test_one_channel_without_a_measure_makes_a_slice_invalid():
    volume = measured("emg", np.stack([noise(128), np.zeros(60 * 128)]), 128)
    assert not volume.valid.any()


def test_missing_samples_and_bad_spans_cost_their_slices_and_no_others():
    wave = ecg_wave(seconds(128), 72) + noise(128, 10)
    wave[20 * 128 : 21 * 128] = np.nan
    volume = measured("ecg", wave, 128, bad_spans=((40 * 128, 40 * 128 + 1),))
    assert np.flatnonzero(~volume.valid).tolist() == [20, 40]
    np.testing.assert_allclose(volume.x[volume.valid, 0, 0], 72, atol=1)


def test_no_interval_reaches_across_a_joint():
    t = seconds(128, 30)
    wave = np.concatenate([ecg_wave(t, 60), ecg_wave(t + 0.5, 60)])  # half a beat is cut out
    volume = measured("ecg", wave + noise(128, 5), 128, joints=(30 * 128,))
    assert np.flatnonzero(~volume.valid).tolist() == [30]
    assert volume.joints == (30,)
    np.testing.assert_allclose(volume.x[volume.valid, 0, 0], 60, atol=0.5)
    assert volume.x[volume.valid, 0, 1].max() < 10


def test_what_is_before_a_joint_is_the_same_whatever_comes_behind():
    t = seconds(128, 30)
    one, other = (np.concatenate([skin_wave(t, 5.0, 10.0), skin_wave(t, level, 7.0)]) for level in (5.0, 50.0))
    level = [measured("gsr", samples, 128, unit="µS", joints=(30 * 128,)).x[:30, 0, 0] for samples in (one, other)]
    np.testing.assert_array_equal(*level)


def test_slices_are_on_the_session_clock_and_of_the_length_that_one_asks_for():
    sensor_of_clip = replace(sensor("temp", 33 + noise(16, 0.1), 16), start=7.5)
    volume = PeripheralMeasures(window=2.5)(sensor_of_clip)
    np.testing.assert_allclose(volume.times, 7.5 + 2.5 * np.arange(24))
    assert volume.duration == 2.5
    assert volume.x.shape == (24, 1, 2)


def test_a_stretch_of_a_sensor_is_that_of_its_samples():
    whole = sensor("temp", 33 + seconds(16) / 60, 16, bad_spans=((10, 50),), joints=(40, 400))
    cut = whole.stretch(32, 320)
    np.testing.assert_array_equal(cut.read(0, 5), whole.read(32, 37))
    assert (cut.start, cut.bad_spans, cut.joints) == (2.0, ((0, 18),), (8,))
    assert cut.source.part == "made, samples 32 to 320"


def test_a_trial_too_short_for_any_rate_has_invalid_slices_and_one_shorter_than_a_slice_is_refused():
    assert not measured("resp", breath_wave(seconds(32, 4), 15), 32).valid.any()
    with pytest.raises(InputError, match=r"found 0\.5 s; wanted at least one slice"):
        measured("temp", 33 + noise(16, 0.1, 0.5), 16)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_how_fast_its_samples_must_come(kind):
    slow = MEASURES[kind].slowest * 0.9
    with pytest.raises(InputError, match=rf"{kind} at .* or more, for .*--only"):
        measured(kind, np.ones(max(round(60 * slow), 1)), slow)


@pytest.mark.parametrize(
    "settings, told", [({"window": 0.0}, "seconds above 0"), ({"window": 5.0, "reach": 1.0}, "no shorter")]
)
def test_settings_that_are_none_are_refused(settings, told):
    with pytest.raises(InputError, match=told):
        PeripheralMeasures(**settings)


def test_a_sensor_of_a_kind_that_nobody_knows_is_refused():
    with pytest.raises(InputError, match="'sweat'; wanted one of ecg, ppg"):
        sensor("sweat", np.ones(100), 10)
    with pytest.raises(InputError, match="positive rate"):
        sensor("ecg", np.ones(100), 0)
