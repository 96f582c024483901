import numpy as np
import pytest
from lab_study import LookAhead, Moments, Refuse

from emoscan.preprocessing import DEFAULT_RECIPES, apply, check_recipe, default_recipe, read_recipe, recipe_text
from emoscan.signals import SEED_62, Electrodes, Features, InputError, Samples, Source, Target, Trial, Volume


def first(study):
    return next(iter(study))


def features_trial():
    read = np.ones((3, 62, 5)).copy
    features = Features(SEED_62, ("a", "b", "c", "d", "e"), 3, 1.0, 1.0, read, Source(None, "ones"))
    return Trial("1", "1", 1, "film 1", {"eeg": features}, Target.of(1))


@pytest.mark.parametrize(
    "given",
    [
        "lab_study.Moments(window=2)",
        {"class_path": "lab_study.Moments", "init_args": {"window": 2}},
        Moments(window=2.0),
    ],
)
def test_three_spellings_of_a_step_give_one_recipe(given):
    assert read_recipe({"eeg": [given]}) == {"eeg": [Moments(window=2.0)]}


def test_text_reads_back_as_the_same_recipe():
    recipe = {"eeg": [Refuse("x"), Moments(0.5), LookAhead()], "eeg-long": [Moments(2.0)]}
    assert read_recipe(recipe_text(recipe)) == recipe


def test_equal_recipes_have_equal_text_whatever_the_order_and_the_spelling_of_numbers():
    one = read_recipe({"eeg": ["lab_study.Moments(window=1, pause=0)"], "eeg-b": [Moments(2.0)]})
    other = read_recipe({"eeg-b": ["lab_study.Moments(window=2)"], "eeg": ["lab_study.Moments(pause=0.0, window=1.0)"]})
    assert list(recipe_text(one).items()) == list(recipe_text(other).items())


def test_our_steps_are_written_without_a_module_and_others_with_theirs():
    recipe = read_recipe({"eeg": ["MarkFlat(0.5)", "lab_study.Moments()"]})
    assert recipe_text(recipe)["eeg"] == ["MarkFlat(seconds=0.5)", "lab_study.Moments(window=1.0, pause=0.0)"]


@pytest.mark.parametrize(
    "step, told",
    [
        ("MarkFlatt()", "did you mean MarkFlat?"),
        ("MarkFlat(speed=3)", "speed"),
        ("nowhere.Step()", "no such name"),
        ("fractions.Fraction()", "found a Fraction; wanted a Step"),
        ("MarkFlat(", "found text that is not a name or a call"),
    ],
)
def test_a_step_that_cannot_be_made_is_refused_in_one_line(step, told):
    with pytest.raises(InputError) as refused:
        read_recipe({"eeg": [step]})
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "recipe, told",
    [
        ({}, "no series"),
        ({"face": [Moments()]}, "no stream 'face'"),
        ({"eeg": [LookAhead()]}, "a step that takes Electrodes"),
        ({"eeg": [Moments(), Moments()]}, "a step that takes Volume"),
        ({"eeg": [Refuse()]}, "found Electrodes; wanted Volume"),
        ({"eeg": []}, "steps that give a Volume"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused_before_work(study, recipe, told):
    with pytest.raises(InputError, match="recipe") as refused:
        check_recipe(recipe, first(study))
    assert told in str(refused.value)


def test_apply_gives_each_series_with_the_identities_and_the_truth_of_the_trial(study):
    trial = list(study)[1]
    volumes = apply({"eeg": [Moments()], "eeg-long": [Moments(2.0), LookAhead()]}, trial)
    assert {name: v.x.shape for name, v in volumes.items()} == {"eeg": (6, 4, 2), "eeg-long": (3, 4, 2)}
    for volume in volumes.values():
        assert (volume.subject, volume.session, volume.trial, volume.stimulus) == ("1", "1", 2, "film 2")
        assert volume.target.category.tolist() == [1] * len(volume.times)
        assert volume.x.dtype == np.float32


def test_a_series_is_causal_when_all_of_its_steps_are(study):
    volumes = apply({"eeg": [Moments()], "eeg-smooth": [Moments(), LookAhead()]}, first(study))
    assert (volumes["eeg"].causal, volumes["eeg-smooth"].causal) == (True, False)


def test_a_trial_shorter_than_a_slice_is_refused(study):
    with pytest.raises(InputError, match="no slices"):
        apply({"eeg": [Moments(100.0)]}, first(study))


@pytest.mark.parametrize("kind", DEFAULT_RECIPES)
def test_every_default_recipe_can_be_followed(kind):
    rng = np.random.default_rng(0)
    samples = Samples(rng.standard_normal((62, 800)) * 20)
    stream = Electrodes(SEED_62, SEED_62.sites, 200.0, 800, samples, Source(None, "noise"))
    recorded = Trial("1", "1", 1, "film 1", {"eeg": stream}, Target.of(0)) if kind is Electrodes else features_trial()
    volumes = apply(default_recipe(recorded), recorded)
    assert set(volumes) == {"eeg" + suffix for suffix in DEFAULT_RECIPES[kind]}
    assert all(volume.valid.all() for volume in volumes.values())


def test_what_two_series_begin_with_is_done_once(study, monkeypatch):
    from lab_study import Moments

    calls = []
    whole = Moments.__call__
    monkeypatch.setattr(Moments, "__call__", lambda self, stream: (calls.append(self), whole(self, stream))[1])
    monkeypatch.setattr(Moments, "takes", classmethod(lambda cls: object))
    monkeypatch.setattr(Moments, "gives", classmethod(lambda cls: Volume))
    recipe = {"eeg": [Moments()], "eeg-smooth": [Moments(), LookAhead()], "eeg-long": [Moments(2.0)]}
    volumes = apply(recipe, first(study))
    assert calls == [Moments(), Moments(2.0)]
    monkeypatch.undo()
    for series, steps in recipe.items():
        np.testing.assert_array_equal(volumes[series].x, apply({series: steps}, first(study))[series].x)
