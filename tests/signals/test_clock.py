"""Clocks: a known offset and drift come back, what cannot be known is not claimed, broken events are named."""

import math

import numpy as np
import pytest

from emoscan.signals import Clock, InputError, Pictures, Source, Video


def events(offset, drift, noise=0.0, n=12, seed=0):
    device = np.sort(np.random.default_rng(seed).uniform(0, 600, n))
    return device, offset + (1 + drift) * device + noise * np.random.default_rng(seed + 1).standard_normal(n)


@pytest.mark.parametrize("offset, per_minute", [(0.137, 40.0), (-3600.0, -5.0), (0.0, 0.0), (1e9, 12.0)])
def test_a_known_offset_and_drift_come_back(offset, per_minute):
    device, session = events(offset, per_minute / 60_000)
    clock = Clock.fit(device, session, "test")
    assert clock.drift_per_minute == pytest.approx(per_minute, abs=1e-3)
    np.testing.assert_allclose(clock.session(device), session, atol=1e-5)
    np.testing.assert_allclose(clock.device(clock.session(device)), device, atol=1e-5)


def test_residuals_are_those_of_a_fit_without_the_event():
    device, session = events(0.137, 40 / 60_000, noise=0.004)
    clock = Clock.fit(device, session, "test")
    for k, residual in enumerate(clock.residuals):
        others = np.arange(len(device)) != k
        without = Clock.fit(device[others], session[others], "test")
        assert residual == pytest.approx(session[k] - float(without.session(device[k])), abs=1e-9)


def test_an_event_that_is_off_is_seen_in_its_residual():
    device, session = events(0.0, 0.0, noise=0.001)
    session[5] += 0.05
    clock = Clock.fit(device, session, "test")
    assert int(np.argmax(np.abs(clock.residuals))) == 5
    assert clock.worst > 0.04


def test_two_events_give_a_drift_and_no_residual_and_one_event_gives_no_drift():
    two = Clock.fit([0.0, 60.0], [0.1, 60.14], "test")
    assert two.drift_known
    assert two.drift_per_minute == pytest.approx(40)
    assert math.isnan(two.worst)
    one = Clock.fit([3.0], [4.5], "test")
    assert (one.offset, one.drift, one.drift_known) == (1.5, 0.0, False)
    assert "drift cannot be known" in str(one)


def test_events_may_have_names_one_each():
    clock = Clock.fit([1, 2, 3], [1, 2, 3], "test", ("a", "b", "c"))
    assert clock.names == ("a", "b", "c")
    with pytest.raises(InputError, match="2 names of 3 events"):
        Clock.fit([1, 2, 3], [1, 2, 3], "test", ("a", "b"))


def test_what_a_format_defines_claims_no_drift():
    clock = Clock.fixed(-3.0, "the format's baseline")
    assert not clock.drift_known
    assert str(clock) == "offset -3000.0 ms, drift cannot be known (the format's baseline)"


@pytest.mark.parametrize(
    "device, session, message",
    [
        ([1, 2, 3], [1, 2], "3 events on the device's clock, 2 on the session's"),
        ([], [], "0 events"),
        ([1, 3, 2], [1, 2, 3], r"backwards on the device's clock \(3, 2 s\)"),
        ([1, 2, 3], [1, 5, 4], r"backwards on the session's clock \(5, 4 s\)"),
        ([1, 2, 2], [1, 2, 3], "the same event twice on the device's clock"),
        ([1, math.nan], [1, 2], "device's clock"),
    ],
)
def test_broken_events_are_named(device, session, message):
    with pytest.raises(InputError, match=message):
        Clock.fit(device, session, "test")


def test_a_video_is_brought_onto_the_session_clock():
    own = np.arange(100) / 25
    video = Video(own, (2, 2), 1 / 25, Pictures(np.zeros((100, 2, 2), np.uint8)), Source(None, "test"))
    clock = Clock(0.137, 40 / 60_000)
    there = video.on(clock)
    np.testing.assert_allclose(there.times, 0.137 + own * (1 + 40 / 60_000))
    assert there.clock == clock
    assert video.clock == Clock()
