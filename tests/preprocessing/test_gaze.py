"""Measures of an eye tracker's gaze have known answers, and missing samples are never taken for a place."""

from dataclasses import replace

import numpy as np
import pytest

from emoscan.preprocessing import PeripheralMeasures
from emoscan.preprocessing.peripheral.gaze import GAZE_FEATURES, fixations
from emoscan.signals import InputError, Peripheral, Source
from emoscan.signals.datasets.lookalikes.body import gaze_wave
from emoscan.signals.streams.electrodes import Samples

SECONDS, RATE = 60, 60


def seconds(rate=RATE, length=SECONDS):
    return np.arange(round(length * rate)) / rate


def tracker(rows, rate=RATE, unit="px", **own):
    rows = np.asarray(rows, float)
    names = ("x", "y", "pupil")[: len(rows)]
    return Peripheral("gaze", names, rate, rows.shape[1], Samples(rows), Source(None, "made"), unit=unit, **own)


def measured(rows, rate=RATE, **own):
    volume = PeripheralMeasures()(tracker(rows, rate, **own))
    return volume, {name: volume.x[:, 0, place] for place, name in enumerate(volume.features)}


def looking(rate=RATE, every=0.5, blink=4.0, length=SECONDS):
    """Another place twice a second, a blink of 200 ms each four seconds: (3, N) x, y and pupil."""
    return gaze_wave(seconds(rate, length), every, blink, np.random.default_rng(0))


def test_a_slice_has_the_features_of_a_gaze_on_one_site():
    volume, _ = measured(looking())
    assert volume.x.shape == (SECONDS, 1, len(GAZE_FEATURES))
    assert volume.features == GAZE_FEATURES
    assert volume.layout.sites == ("gaze",)
    assert measured(looking()[:2])[0].features == GAZE_FEATURES[:8]


def test_position_and_pupil_are_means_deviations_and_slopes_of_the_samples():
    t = seconds()
    rows = [640 + 100 * np.sin(2 * np.pi * t), np.full(len(t), 300.0), 3 + 0.02 * t]
    volume, of = measured(rows)
    assert volume.valid.all()
    np.testing.assert_allclose(of["x"], 640, atol=0.01)
    np.testing.assert_allclose(of["SD x"], 100 / np.sqrt(2), rtol=1e-4)
    np.testing.assert_allclose(of["y"], 300, rtol=1e-6)
    np.testing.assert_allclose(of["SD y"], 0, atol=1e-6)
    np.testing.assert_allclose(of["pupil"], 3 + 0.02 * (np.arange(SECONDS) + 0.5 - 0.5 / RATE), rtol=1e-4)
    np.testing.assert_allclose(of["pupil slope"], 0.02, rtol=1e-3)


@pytest.mark.parametrize("rate", [60, 120, 250, 30])
@pytest.mark.parametrize("every", [0.4, 0.5, 1.0])
def test_fixations_are_counted_one_for_each_place_at_which_the_eyes_rest(rate, every):
    _, of = measured(looking(rate, every, blink=0.0), rate)
    np.testing.assert_allclose(of["fixations"][10:-10], 60 / every, atol=3)
    assert of["fixated"].mean() > 0.85


@pytest.mark.parametrize("unit, scale", [("px", 1.0), ("share", 1 / 1280), ("°", 1 / 35)])
def test_fixations_are_the_same_in_every_unit(unit, scale):
    rows = looking(blink=0.0)
    rows[:2] *= scale
    _, of = measured(rows, unit=unit)
    np.testing.assert_allclose(of["fixations"][10:-10], 120, atol=3)


def test_eyes_that_never_rest_have_no_fixations():
    t = seconds()
    _, of = measured([2000 * t, np.zeros(len(t))])
    assert of["fixations"].max() == 0
    assert of["fixated"].max() == 0


def test_fixations_end_where_the_gaze_leaves_their_box():
    x = np.concatenate([np.full(10, 100.0), np.full(5, 500.0), np.full(20, 900.0)])
    assert list(fixations(x, np.zeros(35), 35.0, 6)) == [(0, 10), (15, 35)]
    assert list(fixations(x, np.zeros(35), 35.0, 5)) == [(0, 10), (10, 15), (15, 35)]
    assert list(fixations(x[:4], np.zeros(4), 35.0, 5)) == []


@pytest.mark.parametrize("blink", [3.0, 4.0, 6.0])
def test_blinks_are_gaps_of_their_length(blink):
    volume, of = measured(looking(blink=blink))
    assert volume.valid.all()
    np.testing.assert_allclose(of["blinks"][10:-10], 60 / blink, atol=60 / 20)
    assert of["missing"].mean() == pytest.approx(0.2 / blink, abs=0.01)


@pytest.mark.parametrize("gap, blinks", [(0.05, 0), (0.1, 3), (0.4, 3), (0.6, 0)])
def test_shorter_and_longer_gaps_are_no_blinks(gap, blinks):
    rows = looking(120, blink=0.0)
    rows[:, round(29.7 * 120) : round((29.7 + gap) * 120)] = np.nan
    _, of = measured(rows, 120)
    assert of["blinks"][25] == pytest.approx(blinks, abs=0.2)  # one in 20 s
    assert of["missing"][29:31].sum() == pytest.approx(gap, abs=0.01)


def test_a_flaw_of_the_recording_does_not_part_a_fixation():
    rows = np.full((2, 30 * RATE), 500.0)
    whole = measured(rows)[1]["fixations"]
    rows[:, ::7] = np.nan
    np.testing.assert_allclose(measured(rows)[1]["fixations"], whole, atol=0.1)


def test_a_slice_without_half_of_its_samples_is_invalid_and_no_other():
    rows = looking(blink=0.0)
    rows[:, 20 * RATE : round(20.55 * RATE)] = np.nan
    rows[:2, 30 * RATE : 33 * RATE] = np.nan
    rows[2, 40 * RATE : 41 * RATE] = np.nan
    volume, of = measured(rows)
    assert np.flatnonzero(~volume.valid).tolist() == [20, 30, 31, 32, 40]
    assert np.isfinite(volume.x).all()
    assert (of["x"][30:33] == 0).all()


def test_fixations_are_counted_in_what_was_seen():
    rows = looking(blink=0.0)
    rows[:, 20 * RATE : 26 * RATE] = np.nan
    _, of = measured(rows)
    np.testing.assert_allclose(of["fixations"][26:50], 120, atol=4)


def test_nothing_was_seen_of_a_trial_without_samples():
    volume, _ = measured(np.full((3, 10 * RATE), np.nan))
    assert not volume.valid.any()
    assert (volume.x == 0).all()


def test_no_fixation_and_no_blink_reaches_across_a_joint():
    rows = np.full((2, 30 * RATE), 500.0)
    assert measured(rows)[1]["fixations"][15] == pytest.approx(0.0)  # the only one began before
    volume, of = measured(rows, joints=(15 * RATE,))
    assert of["fixations"][16] == pytest.approx(3, abs=0.1)
    assert volume.joints == (15,)
    assert np.flatnonzero(~volume.valid).tolist() == [15]
    rows[:, 15 * RATE - 6 : 15 * RATE + 6] = np.nan
    assert measured(rows)[1]["blinks"][12] == pytest.approx(3, abs=0.1)
    assert measured(rows, joints=(15 * RATE,))[1]["blinks"].max() == 0


def test_a_bad_span_costs_its_slice():
    volume, _ = measured(looking(), bad_spans=((7 * RATE, 7 * RATE + 1),))
    assert np.flatnonzero(~volume.valid).tolist() == [7]


def test_other_channels_and_units_of_a_gaze_are_refused():
    with pytest.raises(InputError, match="gaze of channels left, right; wanted x, y and perhaps pupil"):
        PeripheralMeasures()(replace(tracker(looking()[:2]), names=("left", "right")))
    with pytest.raises(InputError, match="gaze in 'furlong'; wanted one of px, share"):
        measured(looking(), unit="furlong")
