"""Scaling is fitted on what it may see, and on nothing else."""

import numpy as np
import pytest

from emoscan.models.training.scaling import fit_scaling, own_scaling
from emoscan.preprocessing import Cache
from emoscan.signals import InputError


def of_subject(cache, *names, stride=3):
    return cache.windows(4, stride, trials=np.flatnonzero(np.isin(cache.subject, names)))


def moments(x):
    """Over windows and slices, (S, F) each."""
    return x.mean(axis=(0, 1), dtype=np.float64), x.std(axis=(0, 1), dtype=np.float64)


def test_training_windows_are_scaled_to_mean_zero_and_deviation_one(cache):
    train = of_subject(cache, "1", "2")
    mean, deviation = moments(fit_scaling("train", train).x(train))
    np.testing.assert_allclose(mean, 0, atol=1e-5)
    np.testing.assert_allclose(deviation, 1, atol=1e-5)


def test_the_tested_person_has_no_part_in_train_scaling(cache, make_cache):
    """Another third person changes nothing."""
    other = make_cache(seed=7)
    volumes = [(cache if s != "3" else other)[i]["eeg"].x for i, s in enumerate(cache.subject)]
    mixed = Cache.from_arrays(
        other.path.parent / "mixed",
        volumes,
        layout=cache.layout(),
        task=cache.task,
        category=cache.category.tolist(),
        subject=cache.subject.tolist(),
        trial=cache.trial.tolist(),
    )
    scalings = [fit_scaling("train", of_subject(c, "1", "2")) for c in (cache, mixed)]
    np.testing.assert_array_equal(scalings[0].mean, scalings[1].mean)
    np.testing.assert_array_equal(scalings[0].deviation, scalings[1].deviation)
    assert not scalings[0].transductive


def test_subject_scaling_takes_away_what_sets_people_apart_and_says_that_it_sees_them(cache):
    scaling = fit_scaling("subject", of_subject(cache, "1", "2"))
    assert scaling.transductive
    for name in "123":
        every_slice = cache.windows(1, 1, trials=np.flatnonzero(cache.subject == name))
        mean, deviation = moments(scaling.x(every_slice))
        np.testing.assert_allclose(mean, 0, atol=1e-4)
        np.testing.assert_allclose(deviation, 1, atol=1e-4)


def test_subject_scaling_refuses_a_person_it_has_never_seen(cache, make_cache):
    scaling = fit_scaling("subject", of_subject(cache, "1", "2"))
    more = make_cache(subjects=4)
    with pytest.raises(InputError, match="subject 4"):
        scaling.x(of_subject(more, "1", "4"))


def test_no_scaling_leaves_features_as_they_are(cache):
    windows = of_subject(cache, "1")
    np.testing.assert_array_equal(fit_scaling("none", windows).x(windows), windows.x())


def test_by_site_the_samples_of_a_signal_share_one_mean(cache):
    train = of_subject(cache, "1", "2")
    scaling = fit_scaling("train", train, by_site=True)
    x = train.x().astype(np.float64)
    for found, of_site in ((scaling.mean, x.mean(axis=(0, 1, 3))), (scaling.deviation, x.std(axis=(0, 1, 3)))):
        np.testing.assert_allclose(found[0], np.broadcast_to(of_site[:, None], (19, 5)), rtol=1e-5)


def test_a_feature_that_never_changes_becomes_zero_not_infinite():
    x = np.ones((6, 19, 2), np.float32)
    scaling = own_scaling(x, by_site=False)
    np.testing.assert_array_equal((x - scaling.mean[0]) / scaling.deviation[0], 0)


def test_an_unknown_scaling_lists_those_that_exist(cache):
    with pytest.raises(InputError, match="one of train, subject, none"):
        fit_scaling("zscore", of_subject(cache, "1"))
