"""The fusion table: joins gain what is there to gain, and the controls cost what they must."""

import json

import numpy as np
import pytest
from pair_study import pair_cache

from emoscan.benchmarks import Report, benchmark, k_folds
from emoscan.benchmarks.runs.controls import CONTROLS, all_controls, partners, shifted, swapped, without
from emoscan.benchmarks.studies.fusion_study import FusionStudy
from emoscan.benchmarks.studies.fusion_table import draw_fusion
from emoscan.models import Training, make_learner
from emoscan.preprocessing import AsVolume
from emoscan.signals import InputError

SPLIT = k_folds("subject", 2)
SHORT = Training(epochs=8, batch_size=32, learning_rate=3e-3)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Both modalities follow a path that changes every five seconds, each with noise of its own."""
    return pair_cache(tmp_path_factory.mktemp("pair") / "cache", effect=0.35, subjects=8, trials=6, seconds=40)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return pair_cache(tmp_path_factory.mktemp("pair") / "cache", effect=1.0)


@pytest.mark.parametrize("control", all_controls(("eeg", "face")), ids=lambda control: control.written)
def test_the_text_of_a_control_builds_it(control):
    built = CONTROLS.build(control.written)
    assert (built.written, built.words, built.modality) == (control.written, control.words, control.modality)


def test_a_partner_is_another_trial_of_the_same_class_and_person_if_there_is_one(small):
    windows = small.joint_windows(4, 4)
    found = partners(windows, np.random.default_rng(0))
    subject = np.asarray(small.subject)
    assert (found != np.arange(len(small))).all()
    classes = {t: int(np.bincount(windows.category[windows.trials == t]).argmax()) for t in range(len(small))}
    for trial, other in enumerate(found.tolist()):
        alike = [t for t in classes if t != trial and classes[t] == classes[trial]]
        if alike:
            assert classes[other] == classes[trial]
        if any(subject[t] == subject[trial] for t in alike):
            assert subject[other] == subject[trial]


def test_one_trial_cannot_be_swapped(small):
    with pytest.raises(InputError, match="two trials or more"):
        partners(small.joint_windows(4, 4, trials=[0]), np.random.default_rng(0))


def test_a_report_has_what_the_same_trainings_said_under_each_control(small, tmp_path):
    controls = [control.written for control in (without("face"), shifted("face", 2.0), swapped("face"))]
    plain = benchmark(small, "Concat()", split=SPLIT, window=4, training=SHORT)
    report = benchmark(
        small, "Concat()", split=SPLIT, window=4, training=SHORT, controls=controls, folder=tmp_path / "run"
    )
    assert report.scores == plain.scores  # controls change nothing about the undisturbed result
    read = Report.load(tmp_path / "run")
    for written in controls:
        under = read.under(written)
        assert len(under.predictions) == len(plain.predictions)
        np.testing.assert_array_equal(under.predictions.category, plain.predictions.category)
        assert not np.array_equal(under.predictions.probability, plain.predictions.probability)
    with pytest.raises(InputError, match="never tested"):
        plain.under(controls[0])


@pytest.mark.parametrize(
    "model, modality, message",
    [("STRNN", "eeg", "face and another one"), ("Concat()", "eeg+face", "voice and another one")],
)
def test_controls_need_several_series(small, model, modality, message):
    control = "without('voice')" if "voice" in message else "without('face')"
    with pytest.raises(InputError, match=message):
        benchmark(small, model, split=SPLIT, modality=modality, window=4, controls=[control])


def test_plain_rows_read_all_series_side_by_side(small):
    report = benchmark(small, "linear", split=SPLIT, modality="eeg+face", window=4)
    assert report.n_parameters == 2 * (4 * 4 * 2 + 16 * 6 * 2 + 1)  # of the category, and of valence
    assert np.mean([own["balanced_accuracy"] for own in report.scores["fixed"].values()]) > 0.75


def test_stacking_learns_from_people_left_out_and_does_without_a_modality(cache):
    report = benchmark(
        cache, "Stacked(folds=2)", split=SPLIT, window=4, training=SHORT, controls=["without('eeg')", "without('face')"]
    )
    score = {
        name: np.mean([own["balanced_accuracy"] for own in shown.scores["fixed"].values()])
        for name, shown in [("both", report), *((c, report.under(c)) for c in report.protocol.controls)]
    }
    assert score["both"] > 0.75
    assert score["both"] > score["without('eeg')"] - 0.02 > 0.6


def test_stacking_refuses_what_it_cannot_do(small):
    for written, message in (("Stacked(folds=1)", "2 or more"), ("Stacked(voice='STRNN')", "networks for voice")):
        with pytest.raises(InputError, match=message):
            make_learner(written, epochs=1).fit(small.joint_windows(4, 4))
    with pytest.raises(InputError, match="several series"):
        make_learner("Stacked", epochs=1).fit(small.windows(4, 4))


@pytest.fixture(scope="module")
def table(cache, tmp_path_factory):
    study = FusionStudy(
        cache,
        ("Concat", "Late"),
        split=SPLIT,
        window=4,
        train_stride=2,
        training=SHORT,
        folder=tmp_path_factory.mktemp("runs"),
    )
    return study.run()


def test_joins_gain_and_controls_cost_what_they_must(table):
    for join in table.joins:
        (gain,) = table.of(join, "gain")
        assert gain.against.difference > 0.02
        assert all(row.against.difference > -0.05 for row in table.of(join, "missing"))
        costs = {row.condition: row.against.difference for row in table.of(join, "synchrony")}
        assert costs["face -5 s"] < -0.05  # the truth was another one then
        assert costs["face of another trial, same class"] < -0.05
        assert costs["face -1 s"] > costs["face -5 s"]
    assert all("better than" in said or "no different from" in said for said in table.words())


@pytest.mark.slow
def test_a_wrong_match_of_trials_is_caught_by_the_swap(cache, tmp_path):
    settings = {"split": SPLIT, "window": 4, "train_stride": 2, "training": SHORT}
    wrong = pair_cache(tmp_path / "c", effect=0.6, subjects=8, trials=6, seconds=40, mismatched=True)
    right = pair_cache(tmp_path / "d", effect=0.6, subjects=8, trials=6, seconds=40)
    cost = {}
    for name, data in (("wrong", wrong), ("right", right)):
        made = FusionStudy(data, ("Concat",), **settings).run()
        (swap,) = (row for row in made.of("Concat", "synchrony") if "another trial" in row.condition)
        cost[name] = swap.against
    assert cost["right"].difference < -0.05
    assert cost["right"].p < 0.01
    assert abs(cost["wrong"].difference) < 0.03  # the face of another trial is as good as the one that was matched


def test_the_table_is_shown_and_drawn(table, tmp_path):
    text = table.to_markdown()
    assert "SIMULATED" in text
    assert "| Concat | without face |" in text
    assert json.loads(table.to_json())["rows"][0]["model"] == "eeg alone"
    assert draw_fusion(table, tmp_path / "fusion.png").stat().st_size > 10_000


def test_a_run_goes_on_with_the_same_numbers(small, tmp_path):
    few = Training(epochs=1)
    kept = FusionStudy(small, ("Concat",), split=SPLIT, window=4, training=few, folder=tmp_path)
    first = kept.run()
    assert first == kept.run()
    assert first == FusionStudy(small, ("Concat",), split=SPLIT, window=4, training=few).run()


def test_a_join_that_lacks_its_series_is_left_out_and_told(cache):
    found = FusionStudy(cache, ("Early",), split=SPLIT, window=4, training=Training(epochs=1)).run()
    assert found.joins == ()
    assert "make one with CommonRate" in "".join(found.notes())


def test_a_network_alone_does_not_read_two_series(small):
    with pytest.raises(InputError, match="a join"):
        benchmark(small, "STRNN", split=SPLIT, modality="eeg+face", window=4, training=SHORT)


def test_a_cache_of_one_modality_cannot_be_fused(tmp_path):
    cache = pair_cache(tmp_path / "c", {"eeg": [AsVolume()]})
    with pytest.raises(InputError, match="series of two modalities"):
        FusionStudy(cache, ("Concat",), split=SPLIT).run()
    with pytest.raises(InputError, match="two modalities"):
        benchmark(cache, "Gated()", split=SPLIT, window=4)
