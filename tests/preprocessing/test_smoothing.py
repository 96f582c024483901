"""Laws of smoothing: textbook estimates, causality, constants stay, invalid slices have no say."""

import numpy as np
import pytest

from emoscan.preprocessing import CentredMovingAverage, LdsFilter, LdsSmoother, MovingAverage
from emoscan.signals import EPOC_14, InputError, Volume

CAUSAL = [MovingAverage(), MovingAverage(2), LdsFilter(), LdsFilter(0.5)]
ALL = [*CAUSAL, CentredMovingAverage(), CentredMovingAverage(3), LdsSmoother(), LdsSmoother(0.5)]


def volume(x, valid=None):
    T = len(x)
    valid = np.ones(T, bool) if valid is None else np.asarray(valid, bool)
    return Volume(x.astype(np.float32), np.arange(T) * 1.0, valid, EPOC_14, ("a", "b"), 1.0)


def noise(T=50):
    return np.random.default_rng(0).standard_normal((T, 14, 2))


def kalman_and_rts(series, drift, valid):
    """Bar-Shalom, Li and Kirubarajan 2001, chapters 5 and 8, for a random walk; one series, var v = 1."""
    first = int(np.argmax(valid))
    mean, variance = [series[first]], [1.0]
    for seen, known in zip(series[first + 1 :], valid[first + 1 :], strict=True):
        m, P = mean[-1], variance[-1] + drift
        if known:
            S = P + 1
            K = P / S
            m, P = m + K * (seen - m), P - K * S * K
        mean.append(m)
        variance.append(P)
    smooth = list(mean)
    for t in range(len(mean) - 2, -1, -1):
        C = variance[t] / (variance[t] + drift)
        smooth[t] = mean[t] + C * (smooth[t + 1] - mean[t])
    return mean, smooth


@pytest.mark.parametrize("drift", [1e-4, 0.1, 3.0])
@pytest.mark.parametrize("gaps", [(), (0, 1), (10, 11, 12, 49)])
def test_the_lds_is_the_textbook_filter_and_smoother_of_each_series(drift, gaps):
    x, valid = noise(), ~np.isin(np.arange(50), gaps)
    first = int(np.argmax(valid))
    filtered, smoothed = (step(drift)(volume(x, valid)).x for step in (LdsFilter, LdsSmoother))
    for site in range(14):
        mean, smooth = kalman_and_rts(x[:, site, 1], drift, valid)
        np.testing.assert_allclose(filtered[first:, site, 1], mean, atol=1e-6)
        np.testing.assert_allclose(smoothed[first:, site, 1], smooth, atol=1e-6)


def test_the_smoother_is_the_least_squares_walk():
    """The RTS estimate minimises sum (y - z)^2 + sum (z[t] - z[t-1])^2 / drift."""
    x, drift = noise(30), 0.3
    difference = np.diff(np.eye(30), axis=0)
    best = np.linalg.solve(np.eye(30) + difference.T @ difference / drift, x.reshape(30, -1))
    np.testing.assert_allclose(LdsSmoother(drift)(volume(x)).x.reshape(30, -1), best, atol=1e-5)


@pytest.mark.parametrize("step", CAUSAL, ids=str)
def test_a_changed_future_leaves_the_past_of_causal_steps(step):
    x, changed = noise(), noise()
    changed[30:] += 100
    np.testing.assert_array_equal(step(volume(changed)).x[:30], step(volume(x)).x[:30])
    assert step(volume(x)).causal


@pytest.mark.parametrize("step", [s for s in ALL if s not in CAUSAL], ids=str)
def test_steps_that_look_ahead_say_so(step):
    changed = noise()
    changed[30] += 100
    assert (step(volume(changed)).x[29] != step(volume(noise())).x[29]).all()
    assert not step.causal
    assert not step(volume(noise())).causal


@pytest.mark.parametrize("step", ALL, ids=str)
def test_a_constant_stays_what_it_is(step):
    np.testing.assert_allclose(step(volume(np.full((40, 14, 2), 7.3))).x, 7.3, rtol=1e-6)


@pytest.mark.parametrize("step", ALL, ids=str)
def test_invalid_slices_have_no_say_in_others_and_stay_invalid(step):
    valid = ~np.isin(np.arange(50), (0, 7, 8, 9, 10, 11, 12, 13, 30, 49))
    spoilt = noise()
    spoilt[~valid] = np.nan
    smooth = step(volume(spoilt, valid))
    np.testing.assert_array_equal(smooth.x[valid], step(volume(noise(), valid)).x[valid])
    np.testing.assert_array_equal(smooth.valid, valid)


@pytest.mark.parametrize("step", ALL, ids=str)
def test_a_trial_without_a_valid_slice_passes_unchanged(step):
    x = noise(5)
    np.testing.assert_array_equal(step(volume(x, np.zeros(5))).x, x.astype(np.float32))


def test_moving_averages_are_means_of_what_is_there():
    x = noise(12)
    causal = [x[max(t - 2, 0) : t + 1].mean(axis=0) for t in range(12)]
    centred = [x[max(t - 1, 0) : t + 2].mean(axis=0) for t in range(12)]
    np.testing.assert_allclose(MovingAverage(3)(volume(x)).x, causal, atol=1e-6)
    np.testing.assert_allclose(CentredMovingAverage(3)(volume(x)).x, centred, atol=1e-6)


@pytest.mark.parametrize(
    ("step", "setting"),
    [(MovingAverage, 1), (CentredMovingAverage, 1), (CentredMovingAverage, 4), (LdsFilter, 0), (LdsSmoother, -1)],
)
def test_settings_without_an_effect_are_refused(step, setting):
    with pytest.raises(InputError, match=step.__name__):
        step(setting)
