"""Ratings keep the lab's own scale from the table of trials to the table of results."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from emoscan.benchmarks import Fold, benchmark, leave_one_out
from emoscan.benchmarks.runs.report import Report
from emoscan.benchmarks.scores.label_check import constant_notes
from emoscan.benchmarks.scores.metrics import dimension_metrics
from emoscan.benchmarks.studies.affect_map import AffectMap, draw_affect_map
from emoscan.benchmarks.studies.balance_picture import draw_balance
from emoscan.benchmarks.studies.canary_study import with_dealt_labels
from emoscan.benchmarks.tables.pictures.agreement import draw_scatter
from emoscan.models import (
    Affect,
    Predictor,
    Training,
    affect_histogram,
    as_trained_model,
    balanced,
    class_centroids,
    draw_timeline,
    load_model,
    make_learner,
    save_model,
    write_timeline,
)
from emoscan.preprocessing import Cache, MovingAverage, derive, preprocess
from emoscan.preprocessing.building.dataset_build import find_recipe
from emoscan.preprocessing.commands.printed_report import print_cache
from emoscan.signals import SCALP_19, Task, TrialTable

BUILDS = ("STRNN(hidden=6)", "CNNRNN(cell='none')")
NINE = Task(dimensions=("valence", "arousal"), ranges=((1, 9), (1, 9)))
BY_PERSON = {"split": leave_one_out("subject"), "window": 3}
TRAINING = Training(epochs=1, batch_size=16)


def ratings(n, seed=0):
    """In steps of an eighth, so that every scale below holds them without rounding; one is missing."""
    drawn = np.random.default_rng(seed).integers(8, 73, (n, 2)) / 8
    drawn[1, 0] = np.nan
    return drawn


def arrays(folder, task, truth, **given):
    rng = np.random.default_rng(5)
    x = [rng.standard_normal((9, 19, 4)) + np.nan_to_num(row[0]) for row in task.normalised(truth)]
    subject = np.repeat(["a", "b", "c"], len(truth) // 3)
    return Cache.from_arrays(folder, x, layout=SCALP_19, task=task, dimensions=truth, subject=subject, **given)


@pytest.fixture(scope="module")
def nine(tmp_path_factory):
    return arrays(tmp_path_factory.mktemp("ratings") / "nine", NINE, ratings(12))


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The lookalike of a lab's table, its ratings brought to 1..9."""
    root = tmp_path_factory.mktemp("lab")
    TrialTable.write_fake(root)
    head, *lines = (root / "trials.csv").read_text().splitlines()
    cells = [line.split(",") for line in lines]
    places = [head.split(",").index(name) for name in ("valence", "arousal")]
    for row in cells:
        for place in places:
            row[place] = f"{float(row[place]) * 4 + 5:g}" if row[place] else ""
    (root / "trials.csv").write_text("\n".join([head, *map(",".join, cells)]) + "\n")
    (root / "trials.yaml").write_text("ranges: {valence: [1, 9], arousal: [1, 9]}\n")
    dataset = TrialTable(root)
    recipe = {"eeg": find_recipe(dataset)["eeg"]}
    return dataset, preprocess(dataset, recipe, root.with_name("cache"))


def check_scale(report, low=1.0, high=9.0):
    said, true = report.predictions.dimensions, report.predictions.true_dimensions
    assert ((said >= low) & (said <= high)).all()
    scores = report.scores["fixed"]
    for subject, own in scores.items():
        rows = np.asarray(report.columns["subject"])[report.predictions.trial] == subject
        for d, name in enumerate(("valence", "arousal")):
            off = (said - true)[rows, d]
            assert own[f"rmse_{name}"] == pytest.approx(np.sqrt(np.nanmean(off**2)), abs=1e-9)


@pytest.mark.parametrize("model", BUILDS)
def test_networks_predict_within_the_scale_and_are_scored_in_its_units(nine, model):
    check_scale(benchmark(nine, model, training=TRAINING, **BY_PERSON))


def test_a_table_of_trials_is_predicted_in_its_own_scale(table):
    _, cache = table
    training = replace(TRAINING, predicts="dimensions")
    check_scale(benchmark(cache, BUILDS[0], training=training, **BY_PERSON))


def test_a_rating_reaches_the_predictions_to_the_last_digit(tmp_path):
    truth = np.full((6, 1), 3.14)
    truth[3:] = 8.1
    cache = arrays(tmp_path / "c", Task(dimensions=("valence",), ranges=((1, 9),)), truth)
    report = benchmark(cache, BUILDS[0], training=TRAINING, **BY_PERSON)
    report.save(tmp_path / "run")
    for kept in (report, Report.load(tmp_path / "run")):
        assert kept.predictions.true_dimensions.dtype == np.float64
        assert set(kept.predictions.true_dimensions[:, 0].tolist()) == {3.14, 8.1}
        assert kept.data.task == cache.task


@pytest.mark.parametrize("gain, shift", [(4.0, 5.0), (64.0, -128.0)])
@pytest.mark.parametrize("model", BUILDS)
def test_another_scale_trains_alike_and_says_the_same_on_it(tmp_path, model, gain, shift):
    truth = (ratings(12) - 5) / 4
    plain = arrays(tmp_path / "plain", Task(dimensions=NINE.dimensions), truth)
    ends = ((shift - gain, shift + gain),) * 2
    scaled = arrays(tmp_path / "scaled", Task(dimensions=NINE.dimensions, ranges=ends), truth * gain + shift)
    np.testing.assert_allclose(scaled.task.normalised(truth * gain + shift), truth, atol=1e-12)
    one, other = (benchmark(cache, model, training=TRAINING, **BY_PERSON) for cache in (plain, scaled))
    np.testing.assert_allclose(other.predictions.dimensions, one.predictions.dimensions * gain + shift, rtol=1e-12)
    scores = [task_scores(report) for report in (one, other)]
    for name in ("ccc", "ccc_valence", "pearson_arousal", "sign_valence"):
        assert scores[1][name] == pytest.approx(scores[0][name], abs=1e-9)
    for name in ("rmse_valence", "rmse_arousal"):
        assert scores[1][name] == pytest.approx(scores[0][name] * gain, rel=1e-9)


def task_scores(report):
    task, said = report.data.task, report.predictions
    return dimension_metrics(task.dimensions, said.true_dimensions, said.dimensions, task.middles)


def test_the_right_side_is_that_of_the_middle_of_the_scale():
    truth, said = np.array([[2.0], [6.0], [8.0]]), np.array([[3.0], [4.0], [9.0]])
    assert dimension_metrics(("valence",), truth, said, np.array([5.0]))["sign_valence"] == pytest.approx(2 / 3)
    assert dimension_metrics(("valence",), truth, said)["sign_valence"] == 1


def test_balancing_thins_out_the_plane_whatever_its_scale(tmp_path):
    truth = np.nan_to_num((ratings(30) - 5) / 4, nan=0.5)
    truth[:20] = truth[0]
    plain = arrays(tmp_path / "plain", Task(dimensions=NINE.dimensions), truth).windows(3, 3)
    scaled = arrays(tmp_path / "scaled", NINE, truth * 4 + 5).windows(3, 3)
    one, other = (balanced(windows, "affect", 0) for windows in (plain, scaled))
    np.testing.assert_array_equal(one.trials, other.trials)
    assert draw_balance(scaled, other, tmp_path / "b.png").stat().st_size > 1000
    assert (affect_histogram(scaled.cache.task.normalised(scaled.dimensions)) > 0).sum() > 5


def test_a_kept_model_predicts_a_recording_in_the_labs_units(table, tmp_path):
    dataset, cache = table
    learned = make_learner(BUILDS[0], epochs=1, predicts="dimensions").fit(cache.windows(3, 3))
    save_model(as_trained_model(learned, cache), tmp_path / "run")
    assert load_model(tmp_path / "run").facts.task.ranges == ((1, 9), (1, 9))
    trial = next(iter(dataset))
    timeline = Predictor.load(tmp_path / "run")(trial.streams["eeg"])
    said = timeline.prediction.dimensions
    assert ((said >= 1) & (said <= 9)).all()
    assert (said > 2).all(), "a network that has hardly learned speaks from the middle of the scale"
    write_timeline(timeline, tmp_path / "timeline.csv")
    first, heads, *_ = (tmp_path / "timeline.csv").read_text().splitlines()
    assert first.startswith("# ")
    assert first.endswith("; scales: valence 1 to 9, arousal 1 to 9")
    assert heads.startswith("time,valence,arousal")
    assert draw_timeline(timeline, tmp_path / "t.svg").read_text().count("value, 1 to 9") >= 1


def test_a_model_of_old_without_ranges_speaks_minus_one_to_one(nine, tmp_path):
    cache = arrays(tmp_path / "c", Task(dimensions=NINE.dimensions), (ratings(12) - 5) / 4)
    learned = make_learner(BUILDS[0], epochs=1).fit(cache.windows(3, 3))
    save_model(as_trained_model(learned, cache), tmp_path / "run")
    stored = json.loads((tmp_path / "run" / "model.json").read_text())
    assert "ranges" not in json.dumps(stored)
    assert load_model(tmp_path / "run").facts.task.ranges == ((-1, 1), (-1, 1))


def with_categories(folder, task, truth, **given):
    labels = [0, 1] * (len(truth) // 2)
    return arrays(folder, replace(task, categories=("low", "high")), truth, category=labels, **given)


def test_the_plane_of_affect_speaks_the_labs_units(tmp_path):
    truth = np.nan_to_num((ratings(30) - 5) / 4, nan=0.5)
    plain = with_categories(tmp_path / "plain", Task(dimensions=NINE.dimensions), truth)
    scaled = with_categories(tmp_path / "scaled", NINE, truth * 4 + 5)
    one, other = (AffectMap.fit(cache, "eeg", range(30)) for cache in (plain, scaled))
    np.testing.assert_allclose(other.mean, one.mean * 4 + 5)
    np.testing.assert_allclose(other.covariance, one.covariance * 16, rtol=1e-12)
    assert (other.information, other.chance) == (one.information, one.chance)
    points = np.random.default_rng(1).uniform(-1, 1, (20, 2))
    np.testing.assert_allclose(other.probability(points * 4 + 5), one.probability(points), atol=1e-9)
    assert draw_affect_map(other, tmp_path / "m.png").stat().st_size > 1000


def test_centroids_know_their_scales():
    affect = Affect(np.array([0, 1]), np.array([[2.0, 3.0], [8.0, 7.0]]), np.array(["a", "b"]))
    assert class_centroids(affect, affect, ("low", "high"), ranges=((1, 9), (1, 9))).ranges == ((1, 9), (1, 9))


def test_a_scatter_spans_the_scale(nine, tmp_path):
    report = benchmark(nine, BUILDS[0], training=TRAINING, **BY_PERSON)
    assert draw_scatter(report, tmp_path / "s.png").stat().st_size > 1000


def test_who_is_known_and_the_scales_travel_and_are_said(tmp_path, capsys):
    cache = with_categories(tmp_path / "a", NINE, np.nan_to_num(ratings(12), nan=2.0), names_subjects=False)
    further = derive(cache, {"eeg": [MovingAverage(2)]}, tmp_path / "b")
    dealt = with_dealt_labels(further, leave_one_out("subject"), "eeg", tmp_path / "dealt", 0)
    for copy in (cache, further, dealt):
        assert not copy.names_subjects
        assert copy.task == cache.task
        print_cache(copy)
        out = capsys.readouterr().out
        assert re.search(r"predicts low \(\d+\), high \(\d+\); valence 1 to 9, arousal 1 to 9", out)
        assert "nobody noted who is who" in out
    before, after = (sorted(one[i]["eeg"].target.dimensions[0].tolist() for i in range(12)) for one in (cache, dealt))
    assert before == after


def test_a_rating_that_never_varies_where_it_trains_is_told():
    nothing = np.zeros(0, int)
    folds = [Fold(name, np.array(train), nothing, nothing) for name, train in (("a", [0, 1]), ("b", [1, 2]))]
    values = np.array([[0.5, 1.0], [0.5, 2.0], [0.7, np.nan], [np.nan, 3.0]])
    notes = list(constant_notes(("valence", "arousal"), values, np.array([0, 1, 2, 0]), folds))
    assert notes == [
        "valence never varies among the training windows of the fold 'a': it cannot be learned.",
        "arousal never varies among the training windows of the fold 'b': it cannot be learned.",
    ]
