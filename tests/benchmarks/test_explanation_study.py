"""The study of explanations: held-out windows only, checks that can fail, results that survive, refusals."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from emoscan.benchmarks.scores.statistics import Interval
from emoscan.benchmarks.splits.splits import leave_one_out
from emoscan.benchmarks.studies.explanations.explained import EXPLAINED, Explained, ExplainedSeries, TestScore
from emoscan.benchmarks.studies.explanations.explained_fold import explain_fold, spread
from emoscan.benchmarks.studies.explanations.explanation_study import ExplanationStudy
from emoscan.models import Training, explain
from emoscan.models.explaining.curves import Curves
from emoscan.signals import SCALP_19, InputError

SMALL = "STRNN(hidden=4, spatial_nodes=2, merged=4, temporal=3, temporal_nodes=2)"
SHARES = np.linspace(0, 1, 5)
GOOD = Curves(SHARES, 0.5 + 0.5 * (1 - SHARES) ** 2, 0.5 + 0.5 * SHARES**0.5, 1 - 0.5 * SHARES, 0.5 + 0.5 * SHARES)


def series(**own):
    """What an explanation that may be believed says of one series."""
    rng = np.random.default_rng(0)
    maps = {name: rng.random((19, 2)) for name in ("site_feature", "untrained", "label_shuffled")}
    given = {
        "by_site": rng.random(19),
        "site_slice": rng.random((19, 4)),
        **maps,
        "randomised": np.array([0.1, -0.2]),
        "label_randomised": np.array([0.3]),
        "agreement": 0.8,
    }
    return ExplainedSeries(SCALP_19, ("alpha", "beta"), 1.0, **{**given, **own})


ABOVE = Interval(0.55, 0.65, "subjects")


def explained(interval=ABOVE, curves=GOOD, **own):
    score = TestScore("balanced_accuracy", 0.6, 0.5, interval, 12)
    return Explained(
        "STRNN",
        "somewhere",
        False,
        "one subject left out",
        "occlusion",
        "category",
        100,
        12,
        score,
        {"eeg": series(**own)},
        curves,
        "0",
    )


@pytest.fixture(scope="module")
def study(cache):
    return ExplanationStudy(cache, SMALL, window=4, training=Training(epochs=2), untrained=1)


@pytest.fixture(scope="module")
def result(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "run"
    return replace(study, folder=folder).run(), folder


def test_all_windows_are_explained_once_by_models_that_never_saw_their_subject(study, result, monkeypatch):
    told = []
    where = "emoscan.benchmarks.studies.explanations.explained_fold.explain"
    monkeypatch.setattr(
        where,
        lambda model, windows, *rest: (told.append((model.facts.trained_on, windows)), explain(model, windows, *rest))[
            1
        ],
    )
    for number, fold in enumerate(study.plan.folds):
        explain_fold(study.plan, number, 0, replace(study.settings, method="occlusion", untrained=0, shuffled=0))
        trained_on, windows = told[-1]
        assert np.array_equal(np.unique(windows.trials), fold.test)
        assert {subject for subject, *_ in trained_on}.isdisjoint(np.asarray(study.cache.subject)[fold.test])
    assert sum(len(windows) for _, windows in told) == result[0].n_windows


def test_what_is_stored_is_what_was_found(result):
    found, folder = result
    again = Explained.read(folder)
    assert again.verdict == found.verdict
    for name, own in vars(found.series["eeg"]).items():
        other = getattr(again.series["eeg"], name)
        assert np.array_equal(own, other, equal_nan=True) if isinstance(own, np.ndarray) else own == other
    assert all(np.array_equal(own, getattr(again.curves, name)) for name, own in vars(found.curves).items())
    assert (again.score, again.n_models, again.config) == (found.score, 3, found.config)


def test_maps_have_mean_one_and_fit_their_series(result):
    own = result[0].series["eeg"]
    assert own.by_site.shape == (19,)
    assert own.site_feature.shape == own.untrained.shape == own.label_shuffled.shape == (19, 5)
    assert own.site_slice.shape == (19, 4)
    for values in (own.by_site, own.site_feature, own.site_slice, own.untrained):
        assert values.mean() == pytest.approx(1, abs=1e-5)
    assert len(own.randomised) == len(own.label_randomised) == 3


def test_a_killed_study_goes_on_with_the_same_numbers(study, result, tmp_path, monkeypatch):
    calls = []

    def stops(plan, number, seed, settings):
        calls.append(number)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return explain_fold(plan, number, seed, settings)

    monkeypatch.setattr("emoscan.benchmarks.studies.explanations.explanation_study.explain_fold", stops)
    with pytest.raises(KeyboardInterrupt):
        replace(study, folder=tmp_path).run()
    again = replace(study, folder=tmp_path).run()
    assert len(calls) == 4  # two were kept
    assert (tmp_path / EXPLAINED).read_bytes() == (result[1] / EXPLAINED).read_bytes()
    assert again.verdict == result[0].verdict
    assert [path.name for path in tmp_path.iterdir()] == [EXPLAINED]


def test_a_finished_folder_is_read_and_never_overwritten(study, result):
    assert replace(study, folder=result[1]).run().verdict == result[0].verdict
    with pytest.raises(InputError, match="another explanation"):
        replace(study, folder=result[1], seeds=2).run()


def test_a_changed_or_missing_number_is_refused(result, tmp_path):
    shutil.copy(result[1] / EXPLAINED, tmp_path)
    text = (tmp_path / EXPLAINED).read_text()
    stored = json.loads(text)
    stored["score"]["value"] = 0.99
    for broken, told in ((json.dumps(stored), "differs from"), (text[:100], "no JSON"), ("[]", "an object")):
        (tmp_path / EXPLAINED).write_text(broken)
        with pytest.raises(InputError, match=told):
            Explained.read(tmp_path)
    with pytest.raises(InputError, match="no explanation"):
        Explained.read(tmp_path / "nowhere")


def test_a_map_is_believed_only_if_every_check_holds():
    assert explained().believable
    assert "may be believed" in explained().verdict[0]
    failing = {
        "score": explained(Interval(0.45, 0.65, "subjects")),
        "untrained": explained(randomised=np.array([-0.6, 0.7])),
        "label-shuffled": explained(label_randomised=np.array([0.5])),
        "agreement": explained(agreement=0.5),
        "deletion": explained(curves=replace(GOOD, deletion=GOOD.random_deletion)),
        "insertion": explained(curves=replace(GOOD, insertion=GOOD.random_insertion)),
    }
    for name, one in failing.items():
        assert [check.name for check in one.checks if check.holds is False] == [name]
        assert f"Do not believe this map: {name} failed" in one.verdict[0]


@pytest.mark.parametrize(
    "name, own",
    [
        ("score", {"interval": None}),
        ("agreement", {"agreement": None}),
        ("untrained", {"randomised": np.zeros(0)}),
        ("label-shuffled", {"label_randomised": np.array([np.nan])}),
    ],
)
def test_a_check_that_was_not_made_does_not_hold(name, own):
    one = explained(**own)
    assert [check.name for check in one.checks if check.holds is None] == [name]
    assert not one.believable


def test_of_many_windows_some_are_explained_from_the_first_to_the_last_and_all_are_scored(study, result):
    some = replace(study, most=3).run()
    assert some.n_windows == 3 * len(study.plan.folds) < result[0].n_windows
    assert some.score == result[0].score
    windows = study.plan.parts(study.plan.folds[0], "fixed").test
    chosen = spread(windows, 3)
    middle = round((len(windows) - 1) / 2)
    assert list(zip(chosen.trials, chosen.starts, strict=True)) == [
        (windows.trials[k], windows.starts[k]) for k in (0, middle, len(windows) - 1)
    ]
    assert spread(windows, len(windows)) is windows


def test_simulated_data_is_said_first(result):
    assert result[0].verdict[0] == "SIMULATED: no person was recorded."


@pytest.mark.parametrize(
    "own, told",
    [
        ({"target": "joy"}, "one of category, negative, neutral, positive"),
        ({"method": "magic"}, "one of gradient"),
        ({"model": "linear"}, "a plain estimator"),
        ({"untrained": -1}, "0 or more"),
        ({"most": 0}, "1 or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(cache, own, told):
    with pytest.raises(InputError, match=told):
        ExplanationStudy(cache, **own)


def test_projections_of_a_network_without_are_refused(study):
    with pytest.raises(InputError, match="CNNRNN, which has no projection"):
        replace(study, model="CNNRNN", method="projections").run()


def test_training_windows_cannot_be_explained(study):
    with pytest.raises(InputError, match="leak"):
        replace(study, split="random_windows(3)").run()


def test_a_cache_with_one_group_is_refused(study, cache, tmp_path):
    one = type(cache).from_arrays(
        tmp_path / "one",
        [np.zeros((8, 19, 5))] * 4,
        layout=SCALP_19,
        task=cache.task,
        category=[0, 1, 0, 1],
        subject=["1"] * 4,
    )
    with pytest.raises(InputError, match="subject"):
        replace(study, cache=one, split=leave_one_out("subject")).run()
