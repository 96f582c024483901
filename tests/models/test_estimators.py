"""Plain rows: for every kind of truth, each part by itself, nothing from windows without a truth, never a traceback."""

from dataclasses import replace

import numpy as np
import pytest

from emoscan.models import make_learner
from emoscan.models.learning.estimators import ESTIMATORS, READERS_OF_NOTHING, logistic, ridge
from emoscan.models.learning.learner import truths, unteachable
from emoscan.signals import InputError, Target, Task

RATED = Task(("a", "b", "c"), ("valence", "arousal"), ("AU4", "AU12"), ((1, 9), (0, 100)))
READERS = sorted(READERS_OF_NOTHING.values())
LEARNERS = sorted(set(ESTIMATORS) - set(READERS))


def told(s, t, rng):
    """Category t raises feature t; ratings and units follow it."""
    dimensions = RATED.rated(np.array([[(t % 3 - 1) / 2 + rng.uniform(-0.2, 0.2), (1 - t % 3) / 2]]))
    return Target(np.array([t % 3]), dimensions, np.array([[t % 3 == 0, t % 3 == 2]], float))


@pytest.fixture(scope="module")
def rated(make_cache):
    return make_cache(RATED, told, trials=9)


def sides(cache):
    """Two people train, one is held out."""
    return (
        cache.windows(4, 2, trials=np.flatnonzero(cache.subject != "3")),
        cache.windows(4, 4, trials=np.flatnonzero(cache.subject == "3")),
    )


def with_truth(windows, **parts):
    """The same windows with other truths."""
    told = {part: parts.get(part, getattr(windows, part)) for part in ("category", "dimensions", "units")}
    return replace(windows, truth=told)


@pytest.mark.parametrize("model", ["linear", "svm"])
def test_ratings_and_units_of_people_held_out_are_learned(rated, model):
    train, test = sides(rated)
    said = make_learner(model, scaling="subject").fit(train).predict(test)
    for k in range(2):
        assert np.corrcoef(said.dimensions[:, k], test.dimensions[:, k])[0, 1] > 0.8
        assert ((said.units[:, k] >= 0.5) == (test.units[:, k] >= 0.5)).mean() > 0.9
        assert RATED.ranges[k][0] <= said.dimensions[:, k].min() <= said.dimensions[:, k].max() <= RATED.ranges[k][1]


def test_a_perceptron_learns_what_it_is_shown(rated):
    """So few windows tell it nothing of others; as many features as these once left a constant."""
    train, _ = sides(rated)
    said = make_learner("mlp").fit(train).predict(train)
    for k in range(2):
        assert np.corrcoef(said.dimensions[:, k], train.dimensions[:, k])[0, 1] > 0.9
        assert ((said.units[:, k] >= 0.5) == (train.units[:, k] >= 0.5)).mean() > 0.9


@pytest.mark.parametrize("model", READERS)
def test_a_row_that_reads_nothing_says_shares_means_and_base_rates_whatever_it_is_called(rated, model):
    train, test = sides(rated)
    said = make_learner(model).fit(train).predict(test)
    shares = np.bincount(train.category) / len(train)
    np.testing.assert_allclose(said.probability, np.tile(shares, (len(test), 1)), atol=1e-12)
    np.testing.assert_array_equal(said.dimensions, np.tile([d.mean() for d in train.dimensions.T], (len(test), 1)))
    np.testing.assert_allclose(said.units, np.tile(train.units.mean(axis=0), (len(test), 1)), atol=1e-7)


@pytest.mark.parametrize("model", sorted(ESTIMATORS))
def test_windows_without_a_truth_teach_nothing_of_it_and_all_of_the_rest(rated, model):
    train, test = sides(rated)
    gone = np.arange(len(train)) % 3 == 1
    dimensions, units = train.dimensions.copy(), train.units.copy()
    dimensions[gone, 0], units[gone, 1] = np.nan, np.nan
    partly = (
        make_learner(model, scaling="none").fit(with_truth(train, dimensions=dimensions, units=units)).predict(test)
    )
    fewer = make_learner(model, scaling="none").fit(train.take(np.flatnonzero(~gone))).predict(test)
    whole = make_learner(model, scaling="none").fit(train).predict(test)
    np.testing.assert_allclose(partly.dimensions[:, 0], fewer.dimensions[:, 0], atol=1e-5)
    np.testing.assert_allclose(partly.units[:, 1], fewer.units[:, 1], atol=1e-6)
    np.testing.assert_array_equal(partly.dimensions[:, 1], whole.dimensions[:, 1])
    np.testing.assert_array_equal(partly.probability, whole.probability)


@pytest.mark.parametrize("model", LEARNERS)
def test_a_linear_map_of_the_scale_maps_what_is_said(rated, model):
    """The units of a lab do not decide how strongly anything is shrunk."""
    train, test = sides(rated)
    said = make_learner(model).fit(train).predict(test).dimensions
    normal = RATED.normalised(train.dimensions)
    twin = with_truth(train, dimensions=RATED.rated(normal[:, [0, 0]]))
    both = RATED.normalised(make_learner(model).fit(twin).predict(test).dimensions)
    np.testing.assert_allclose(both[:, 0], both[:, 1], atol=1e-5)
    np.testing.assert_allclose(both[:, 0], RATED.normalised(said)[:, 0], atol=1e-5)


@pytest.mark.parametrize("model", sorted(ESTIMATORS))
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_unit_or_a_rating_of_one_value_only_is_a_constant(rated, model, value):
    train, test = sides(rated)
    units, dimensions = train.units.copy(), train.dimensions.copy()
    units[:, 0], dimensions[:, 1] = value, 40.0
    said = make_learner(model).fit(with_truth(train, units=units, dimensions=dimensions)).predict(test)
    assert (said.units[:, 0] == value).all()
    np.testing.assert_allclose(said.dimensions[:, 1], 40, atol=1e-9)


@pytest.mark.parametrize("model", sorted(ESTIMATORS))
def test_only_the_parts_asked_for_are_learned_and_told(rated, model):
    train, test = sides(rated)
    said = make_learner(model, predicts="dimensions+units").fit(train).predict(test)
    assert (said.probability.shape[1], said.dimensions.shape[1], said.units.shape[1]) == (0, 2, 2)
    alone, together = (make_learner(model, predicts=p).fit(train) for p in ("categories", "all"))
    np.testing.assert_array_equal(alone.predict(test).probability, together.predict(test).probability)
    assert together.n_parameters >= alone.n_parameters


def test_ridge_shrinks_as_logistic_regression_does():
    """Near no effect the slope of a probability is a quarter of that of its log-odds, in directions of any strength."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2000, 3)) * [0.1, 0.4, 2.0]
    x -= x.mean(axis=0)
    y = np.arange(2000) % 2
    x += 0.1 * x.std(axis=0) * (y - 0.5)[:, None]
    from_classes = logistic(0).fit(x, y).coef_[0] / 4
    np.testing.assert_allclose(ridge(0).fit(x, y.astype(float)).coef_, from_classes, rtol=0.03)


def test_parameters_are_counted_for_every_part(rated):
    train, _ = sides(rated)
    columns = 4 * 19 * 5 + 1
    assert make_learner("linear").fit(train).n_parameters == (3 + 2 + 2) * columns
    assert make_learner("svm", predicts="units").fit(train).n_parameters == 2 * columns
    assert make_learner("mean").fit(train).n_parameters == 0


def test_features_that_are_no_numbers_reach_no_estimator(rated):
    train, _ = sides(rated)
    fitted = make_learner("linear").fit(train)
    (scaling,) = fitted._scaling.values()
    scaling.deviation[:] = 0
    with pytest.raises(InputError, match="no finite numbers"), np.errstate(all="ignore"):
        fitted.predict(train)


@pytest.mark.parametrize("model", ["linear", "majority", "GRU(hidden=2)"])
@pytest.mark.parametrize(
    ("part", "column", "told"),
    [
        ("dimensions", 1, "no truth for arousal"),
        ("units", 0, "no truth for AU4"),
        ("category", None, "one category only"),
    ],
)
def test_what_nobody_can_learn_from_is_refused_by_name(rated, model, part, column, told):
    train, _ = sides(rated)
    values = getattr(train, part).copy()
    values[... if column is None else (slice(None), column)] = 2 if part == "category" else np.nan
    broken = with_truth(train, **{part: values})
    assert told in unteachable(RATED, broken)
    for refused in (make_learner(model, epochs=1).check_truth, make_learner(model, epochs=1).fit):
        with pytest.raises(InputError, match=told):
            refused(broken)


def test_a_unit_is_present_from_one_half_on(rated):
    train, _ = sides(rated)
    units = np.full_like(train.units, 0.5)
    *_, last = truths(RATED, with_truth(train, units=units))
    assert (last.part, last.name, set(last.values.tolist())) == ("units", "AU12", {1})


def test_balancing_by_what_there_is_not_is_refused_before_training(cache):
    with pytest.raises(InputError, match="valence and arousal"):
        make_learner("GRU", balance="affect").check_truth(cache.windows(4, 2))
