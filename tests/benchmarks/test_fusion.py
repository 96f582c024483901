"""The fusion table: joins gain what is there to gain, and the controls cost what they must."""

import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from pair_study import pair_cache

from emoscan.benchmarks import Report, benchmark, k_folds
from emoscan.benchmarks.runs.controls import CONTROLS, all_controls, partners, shifted, swapped, without
from emoscan.benchmarks.runs.fold_plan import default_series
from emoscan.benchmarks.studies.fusion_study import FusionStudy, _JoinCall
from emoscan.benchmarks.studies.fusion_table import Comparison, FusionRow, FusionTable, draw_fusion
from emoscan.models import Early, Training, make_learner
from emoscan.preprocessing import AsVolume, CommonRate, Windows
from emoscan.signals import InputError, StoredCorrupt

SPLIT = k_folds("subject", 2)
SHORT = Training(epochs=8, batch_size=32, learning_rate=3e-3)
SMALL = "GRU(hidden=8)"
NETWORKS = (("eeg", SMALL), ("face", SMALL))
"""Laws of joins and controls do not ask which networks they stand on."""


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
    assert (built.written, built.words, built.modality, built.kind) == (
        control.written,
        control.words,
        control.modality,
        control.kind,
    )


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
        cache,
        f"Stacked(folds=2, eeg='{SMALL}', face='{SMALL}')",
        split=SPLIT,
        window=4,
        training=SHORT,
        controls=["without('eeg')", "without('face')"],
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
        networks=NETWORKS,
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
    assert all("better than" in said or "no difference from" in said for said in table.words())


@pytest.mark.slow
def test_a_wrong_match_of_trials_is_caught_by_the_swap(cache, tmp_path):
    settings = {"split": SPLIT, "window": 4, "train_stride": 2, "training": SHORT, "networks": NETWORKS}
    wrong = pair_cache(tmp_path / "c", effect=0.6, subjects=8, trials=6, seconds=40, mismatched=True)
    right = pair_cache(tmp_path / "d", effect=0.6, subjects=8, trials=6, seconds=40)
    cost = {}
    for name, data in (("wrong", wrong), ("right", right)):
        made = FusionStudy(data, ("Concat",), **settings).run()
        (swap,) = (row for row in made.of("Concat", "synchrony") if row.kind == "swap")
        cost[name] = swap.against
    assert cost["right"].difference < -0.05
    assert cost["right"].p < 0.01
    assert abs(cost["wrong"].difference) < 0.03  # the face of another trial is as good as the one that was matched


def test_the_table_is_shown_and_drawn(table, tmp_path):
    text = table.to_markdown()
    assert "SIMULATED" in text
    assert "| Concat | without face |" in text
    assert text.startswith("**On simulated data, the best join is ")
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


def test_a_series_that_no_network_reads_is_never_gathered(small, monkeypatch):
    read, x = set(), Windows.x
    monkeypatch.setattr(Windows, "x", lambda windows, which=None: (read.add(windows.modality), x(windows, which))[1])
    benchmark(small, "Alone(eeg='GRU(hidden=4)')", split=SPLIT, window=4, training=Training(epochs=1))
    assert read == {"eeg"}
    benchmark(small, "Concat(eeg='GRU(hidden=4)', face='GRU(hidden=4)')", split=SPLIT, window=4, training=SHORT)
    assert read == {"eeg", "face"}


def test_a_cache_of_one_modality_cannot_be_fused(tmp_path):
    cache = pair_cache(tmp_path / "c", {"eeg": [AsVolume()]})
    with pytest.raises(InputError, match="series of two modalities"):
        FusionStudy(cache, ("Concat",), split=SPLIT).run()
    with pytest.raises(InputError, match="two modalities"):
        benchmark(cache, "Gated()", split=SPLIT, window=4)


def drawn_kinds(rows, tmp_path, monkeypatch):
    """The labels under which a fusion table draws its rows."""
    labels, scatter = [], Axes.scatter
    monkeypatch.setattr(Axes, "scatter", lambda *a, **k: (labels.append(k["label"]), scatter(*a, **k))[1])
    draw_fusion(FusionTable("balanced_accuracy", rows, True, "d", "p", 8, 1, 0.5), tmp_path / "f.png")
    return labels


def test_what_a_condition_is_called_decides_no_mark_and_no_colour(tmp_path, monkeypatch):
    gain = Comparison("eeg alone", "gain", 0.1, 0.01, 0.01)
    rows = (
        FusionRow("eeg alone", "", 0.6, None, None),
        FusionRow("Gated", "", 0.7, None, gain),
        FusionRow("Gated", "no face", 0.6, None, replace(gain, family="missing"), kind="without"),
    )
    assert drawn_kinds(rows, tmp_path, monkeypatch) == ["both modalities", "one missing"]


def test_conditions_of_a_table_of_old_get_their_kind_once_when_it_is_read():
    kinds = {"": None, "without face": "without", "face -2 s": "shift", "face of another trial, same class": "swap"}
    for condition, kind in kinds.items():
        rows = (FusionRow("Gated", condition, 0.6, None, None, kind=kind),)
        table = FusionTable("balanced_accuracy", rows, True, "d", "p", 8, 1, 0.5)
        stored = json.loads(table.to_json())
        assert ("kind" in stored["rows"][0]) == (kind is not None)
        stored.pop("sha256")
        assert FusionTable.from_json(stored, "fusion.json") == table
        stored["rows"][0].pop("kind", None)
        assert FusionTable.from_json(stored, "fusion.json") == table
    stored["rows"][0]["kind"] = "blur"
    with pytest.raises(StoredCorrupt, match=r"found rows\[0\].kind: 'blur'"):
        FusionTable.from_json(stored, "fusion.json")


def test_a_call_gets_the_networks_of_the_study_for_streams_of_which_it_names_none():
    networks = (("eeg", "GRU"), ("face", "CNNRNN"))
    written = {
        "Concat": "Concat(eeg='GRU', face='CNNRNN')",
        "Late(how='learned')": "Late(how='learned', eeg='GRU', face='CNNRNN')",
        "Gated(face='STRNN')": "Gated(face='STRNN', eeg='GRU')",
        "Early": "Early",
        "Early(features=4)": "Early(features=4)",
    }
    assert {join: _JoinCall.read(join).with_networks(networks) for join in written} == written
    assert all(_JoinCall.read(join).with_networks(()) == join for join in written)


class EqualSlices(Early):
    """A join of another name that wants equal slices too."""


def test_a_join_says_itself_that_it_wants_equal_slices(tmp_path):
    recipe = {"eeg": [AsVolume(), CommonRate(1.0)], "face": [AsVolume()], "face-common": [AsVolume(), CommonRate(1.0)]}
    cache = pair_cache(tmp_path / "cache", recipe, effect=1.0)
    for join in (Early, EqualSlices):
        assert make_learner(join).equal_slices
        assert default_series(cache, make_learner(join)) == "eeg+face-common"
    assert default_series(cache, make_learner("Gated")) == "eeg+face"


@pytest.mark.parametrize(
    "difference, p, sentence",
    [
        (0.04, 0.01, "better than eeg alone (+.040, p = .010)"),
        (-0.04, 0.01, "worse than eeg alone (-.040, p = .010)"),
        (-0.015, 0.01, "worse than eeg alone (-.015, p = .010)"),
        (0.04, 0.39, "as good as eeg alone, give or take 0.02 (+.040)"),
        (-0.015, 0.39, "as good as eeg alone, give or take 0.02 (-.015)"),
        (-0.023, 0.39, "below eeg alone by more than 0.02, which 16 people cannot show (-.023, p = .389)"),
    ],
)
def test_worse_is_said_only_where_the_test_shows_it(difference, p, sentence):
    compared = Comparison("eeg alone", "missing", difference, p, 0.389 if p > 0.05 else p)
    rows = (
        FusionRow("Late", "", 0.5, None, Comparison("eeg alone", "gain", -0.01, 0.8, 1.0)),
        FusionRow("Late", "without face", 0.5, None, compared, kind="without"),
    )
    (words,) = FusionTable("balanced_accuracy", rows, True, "d", "p", 16, 1, 0.5).words()
    assert f"without face {sentence};" in words
    assert "no difference from eeg alone that 16 people can show (-.010, p = 1.000)" in words
