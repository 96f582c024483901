"""Benchmarks with classes made of ratings: thresholds come from what trains alone, and nothing else changes."""

import json
import re
import sys

import numpy as np
import pytest
from pair_study import pair_cache

from emoscan.benchmarks import SPLITS, Report, benchmark, compare, leave_one_out
from emoscan.benchmarks.commands import command
from emoscan.benchmarks.runs.benchmark_run import plan_of
from emoscan.benchmarks.runs.protocol import Protocol
from emoscan.benchmarks.runs.report import REPORT
from emoscan.benchmarks.runs.settings import ProtocolSettings
from emoscan.benchmarks.runs.single_fit import fit
from emoscan.benchmarks.studies.explanations.explanation_study import ExplanationStudy
from emoscan.benchmarks.studies.fusion_study import FusionStudy
from emoscan.models import Predictor, Training
from emoscan.preprocessing import Cache
from emoscan.signals import SCALP_19, InputError, Target, Task

SPLIT, MEDIAN = leave_one_out("subject"), "valence > median"
SHORT = Training(epochs=1)
TASK = Task(dimensions=("valence", "arousal"), ranges=((1, 9), (1, 9)))


def rated_cache(folder, ratings, per_person=6, x=None, task=TASK, slices=8):
    """People with ``per_person`` trials each, every trial rated (n, 2) once; features follow valence."""
    rng = np.random.default_rng(0)
    if x is None:
        x = rng.standard_normal((len(ratings), slices, 19, 2)) + 0.5 * np.nan_to_num(ratings)[:, None, None, :1]
    trials = range(len(ratings))
    return Cache.from_arrays(
        folder,
        list(x),
        layout=SCALP_19,
        task=task,
        subject=[str(i // per_person) for i in trials],
        category=[Target.of(dimensions=tuple(row)) for row in ratings],
        trial=[i % per_person + 1 for i in trials],
        dataset="rated",
        simulated=True,
    )


def emo_train(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["emo-train", *map(str, words)])
    return command.main()


def drawn(people=6, per_person=6, seed=0):
    """Ratings of 1 to 9 in steps of .5; everybody has a level of their own."""
    rng = np.random.default_rng(seed)
    own = rng.uniform(3, 7, people).repeat(per_person)[:, None]
    return (np.clip(own + rng.normal(0, 2, (people * per_person, 2)), 1, 9) * 2).round() / 2


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return rated_cache(tmp_path_factory.mktemp("rated") / "cache", drawn())


def run(cache, model="linear", classes=MEDIAN, **settings):
    return benchmark(
        cache,
        model,
        **{"split": SPLIT, "window": 4, "train_stride": 4, "training": SHORT, "classes": classes, **settings},
    )


def planned(cache, model, split, **settings):
    built = SPLITS.build(split) if isinstance(split, str) else split
    return plan_of(cache, model, built, Protocol.of(built, ProtocolSettings(window=4, **settings), Training()))


def numbers(report):
    return {name: values.tolist() for name, values in report.predictions.arrays().items()}, report.rows


def of_fold(report, fold):
    return report.predictions.take(report.predictions.fold == fold)


def test_every_fold_is_cut_at_the_median_of_those_who_train(cache):
    report, valence = run(cache), drawn()[:, 0]
    assert report.data.task == Task(("low valence", "high valence"))
    for fold, ((threshold,), name) in enumerate(zip(report.data.thresholds, report.folds, strict=True)):
        tested = cache.subject == name.split()[-1]
        assert threshold == np.median(valence[~tested])
        own = of_fold(report, fold)
        np.testing.assert_array_equal(own.category, valence[own.trial] > threshold)
        assert set(own.trial) == set(np.flatnonzero(tested))
    assert len({own for own in report.data.thresholds}) > 1
    assert set(report.columns["category"].tolist()) == {-1}, "no category of a trial is that of all folds"


@pytest.mark.parametrize("selection", ["fixed", "inner"])
def test_ratings_of_tested_people_change_neither_thresholds_nor_predictions_of_them(cache, tmp_path, selection):
    other = drawn()
    tested = cache.subject == "0"
    other[tested] = 10 - other[tested]
    x = np.stack([own["eeg"].x for own in cache])
    changed = rated_cache(tmp_path / "other", other, x=x)
    one, two = (run(c, "GRU(hidden=4)", selection=selection) for c in (cache, changed))
    assert one.data.thresholds[0] == two.data.thresholds[0]
    assert one.data.thresholds[1:] != two.data.thresholds[1:]
    np.testing.assert_array_equal(of_fold(one, 0).probability, of_fold(two, 0).probability)
    assert not np.array_equal(of_fold(one, 0).category, of_fold(two, 0).category)
    for name, values in one.labels.folds.arrays().items():
        np.testing.assert_array_equal(values[0], two.labels.folds.arrays()[name][0])


def test_training_inner_validation_and_test_share_the_thresholds_of_their_fold(cache):
    plan, valence = planned(cache, "GRU(hidden=4)", SPLIT, selection="both", classes=MEDIAN), drawn()
    for fold, (threshold,) in zip(plan.folds, plan.rated.thresholds, strict=True):
        parts = plan.parts(fold, "inner")
        for windows in (parts.train, parts.valid, parts.test):
            np.testing.assert_array_equal(windows.category, valence[windows.trials, 0] > threshold)


def test_label_sums_and_training_labels_are_those_that_models_learn_from(cache):
    plan = planned(cache, "linear", SPLIT, train_stride=2, classes="quadrants(median)")
    for number, fold in enumerate(plan.folds):
        counts = np.bincount(plan.parts(fold, "fixed").train.category, minlength=4)
        np.testing.assert_array_equal(plan.training_labels.folds.category[number], counts)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("classes", [MEDIAN, "valence > 5", "quadrants(median)"])
def test_a_majority_is_never_above_guessing_whatever_the_ratings(tmp_path, seed, classes):
    report = run(rated_cache(tmp_path / "c", drawn(8, 5, seed), 5, slices=4), "majority", classes)
    row = compare(report).rows[0]
    assert row.verdict.above is False
    assert row.score.metrics["balanced_accuracy"] <= row.bars["balanced_accuracy"].value + 1e-9


def test_a_fixed_threshold_gives_the_numbers_of_the_same_classes_given_as_labels(cache, tmp_path):
    report, ratings = run(cache, classes="valence >= 5"), drawn()
    x = np.stack([own["eeg"].x for own in cache])
    labelled = Cache.from_arrays(
        tmp_path / "labelled",
        list(x),
        layout=SCALP_19,
        task=Task(("low valence", "high valence")),
        category=(ratings[:, 0] >= 5).astype(int).tolist(),
        subject=cache.subject.tolist(),
        trial=cache.trial.tolist(),
    )
    own = run(labelled, classes="")
    for name in ("fold", "trial", "start", "category", "probability"):
        np.testing.assert_array_equal(report.predictions.arrays()[name], own.predictions.arrays()[name])
    assert report.columns["category"].tolist() == own.columns["category"].tolist()
    assert report.rows == own.rows


def test_any_number_of_jobs_and_a_second_run_give_equal_numbers(cache):
    once = run(cache, "GRU(hidden=4)")
    assert numbers(once) == numbers(run(cache, "GRU(hidden=4)"))
    assert numbers(once) == numbers(run(cache, "GRU(hidden=4)", jobs=2))


def test_an_unfinished_run_goes_on_and_another_rule_is_refused(cache, tmp_path, monkeypatch):
    module = sys.modules["emoscan.benchmarks.runs.training_run"]
    whole, done, real = run(cache, seeds=2), [], module.run_training

    def killed(plan, fold, seed):
        done.append(fold)
        if len(done) == 4:
            raise KeyboardInterrupt
        return real(plan, fold, seed)

    monkeypatch.setattr(module, "run_training", killed)
    with pytest.raises(KeyboardInterrupt):
        run(cache, seeds=2, folder=tmp_path)
    assert len(list((tmp_path / "parts").glob("*.npz"))) == 3
    assert numbers(run(cache, seeds=2, folder=tmp_path)) == numbers(whole)
    assert len(done) == 4 + 12 - 3
    with pytest.raises(InputError, match="differs in protocol"):
        run(cache, seeds=2, folder=tmp_path, classes="valence > 5")
    assert numbers(run(cache, seeds=2, folder=tmp_path, classes="valence>median"))[0] == numbers(whole)[0]


def test_a_report_keeps_the_rule_and_its_thresholds_and_one_without_says_nothing_of_them(cache, tmp_path):
    made = run(cache, folder=tmp_path / "median")
    read = Report.load(tmp_path / "median")
    assert (read.data, read.protocol) == (made.data, made.protocol)
    stored = json.loads((tmp_path / "median" / REPORT).read_text())
    assert stored["protocol"]["classes"] == MEDIAN
    labelled = pair_cache(tmp_path / "pair", effect=1.0)
    benchmark(labelled, "linear", split=SPLIT, modality="eeg", window=4, folder=tmp_path / "plain")
    plain = json.loads((tmp_path / "plain" / REPORT).read_text())
    assert "classes" not in plain["protocol"]
    assert "classes" not in compare(Report.load(tmp_path / "plain")).rows[0].facts


def test_a_table_says_the_rule_and_ranks_no_row_against_another_rule(cache):
    fixed = run(cache, classes="valence > 5")
    assert compare(fixed).common["classes"] == "valence > 5 (of 1 to 9)"
    median = run(cache)
    (low, high) = (min(median.data.thresholds)[0], max(median.data.thresholds)[0])
    assert compare(median).common["classes"] == f"valence > median of each training part ({low:g} to {high:g})"
    both = compare(fixed, median, run(cache, "svm"))
    assert "Rows differ in their classes: they are not one ranking." in both.warnings
    assert [row.difference.baseline if row.difference else "" for row in both.rows] == ["", "", "linear"]
    quadrants = compare(run(cache, classes="quadrants"))
    assert quadrants.common["predicts"].count(";") == 3, "names with commas are told apart"


def test_many_ratings_on_a_median_are_told_and_too_many_are_refused_with_the_rule(tmp_path):
    ratings = np.full((24, 2), 5.0)
    ratings[::3] = 8.0
    report = run(rated_cache(tmp_path / "some", ratings, 4))
    assert any(
        "Up to 70% of the training ratings of valence lie on their median" in note for note in report.data.label_notes
    )
    ratings[ratings == 8] = 2.0
    with pytest.raises(InputError, match=r"fold 'subject 0', valence > 5: found one class only, low valence"):
        run(rated_cache(tmp_path / "all", ratings, 4))
    ratings[4:] = np.nan
    with pytest.raises(InputError, match=r"fold 'subject 0'.*no truth for categories in its training windows"):
        run(rated_cache(tmp_path / "none", ratings, 4))


def test_missing_ratings_are_neither_learned_nor_scored(tmp_path):
    ratings = drawn()
    ratings[::5, 0] = np.nan
    report = run(rated_cache(tmp_path / "c", ratings))
    missing = np.isin(report.predictions.trial, np.arange(0, len(ratings), 5))
    np.testing.assert_array_equal(report.predictions.category == -1, missing)
    assert report.tallies["fixed"].sums["categories"][:, :, 0].sum() == (~missing).sum()


def test_a_cache_seen_with_classes_already_is_refused_since_its_median_may_be_of_all(cache):
    with pytest.raises(InputError, match=r"seen with 'valence > .*give the cache and the rule"):
        run(cache.classed(MEDIAN, range(len(cache))), classes="")


def test_parts_that_are_named_are_predicted_beside_the_classes(cache):
    report = run(cache, "GRU(hidden=4)", training=Training(epochs=1, predicts="categories+dimensions"))
    assert report.data.task == Task(("low valence", "high valence"), ("valence", "arousal"), ranges=((1, 9), (1, 9)))
    assert {"balanced_accuracy", "ccc"} <= {row.metric for row in report.rows}


@pytest.mark.parametrize(
    "split",
    [
        "k_folds('subject', 3)",
        "first_trials(4)",
        "leave_one_out('trial')",
        "random_windows(2)",
        "blocks_within_trials(2)",
    ],
)
def test_every_split_takes_its_thresholds_from_its_training_trials(cache, split):
    leaky = "within_trials" in split or "random" in split
    plan, valence = planned(cache, "linear", split, classes=MEDIAN, i_know_this_leaks=leaky), drawn()
    plan.check()
    for fold, (threshold,) in zip(plan.folds, plan.rated.thresholds, strict=True):
        parts = plan.parts(fold, "fixed")
        assert threshold == np.median(valence[np.unique(parts.train.trials), 0])
        for windows in (parts.train, parts.test):
            np.testing.assert_array_equal(windows.category, valence[windows.trials, 0] > threshold)


def test_inner_validation_of_trials_knows_the_classes_of_the_fold(cache):
    plan = planned(cache, "GRU(hidden=4)", "first_trials(5)", selection="inner", classes=MEDIAN)
    plan.check()
    inner = plan.inner(plan.folds[0])
    assert len(inner.valid) == len(set(plan.seen_by(plan.folds[0]).category[inner.valid].tolist()))


def test_a_kept_model_has_the_median_as_a_number_and_predictions_say_it(cache, tmp_path):
    chosen = fit(
        cache, "GRU(hidden=4)", tmp_path / "model", split=SPLIT, fold=1, window=4, training=SHORT, classes=MEDIAN
    )
    threshold = np.median(drawn()[cache.subject != "1", 0])
    facts = Predictor.load(tmp_path / "model").trained.facts
    assert facts.classes == f"valence > {threshold:g}"
    assert facts.task == Task(("low valence", "high valence"))
    assert chosen.metric == "balanced_accuracy"
    pair = pair_cache(tmp_path / "pair", effect=1.0)
    fit(pair, "GRU(hidden=4)", tmp_path / "plain", modality="eeg", window=4, training=SHORT)
    assert "classes" not in json.loads((tmp_path / "plain" / "model.json").read_text())


def test_fusion_and_its_controls_run_on_classes_of_ratings(tmp_path):
    pair = pair_cache(tmp_path / "pair", effect=1.0, subjects=3)
    settings = {"joins": ("Late",), "split": SPLIT, "window": 4, "train_stride": 4, "training": SHORT}
    own, rated = (FusionStudy(pair, **settings, classes=rule).run() for rule in ("", "valence >= 0"))
    assert [row.condition for row in rated.rows] == [row.condition for row in own.rows]
    assert {row.score for row in rated.rows} != {row.score for row in own.rows}, "the first predicts valence as well"


def test_an_explanation_is_of_the_classes(cache):
    study = ExplanationStudy(
        cache,
        "GRU(hidden=4)",
        target="high valence",
        method="gradient",
        window=4,
        untrained=1,
        shuffled=0,
        most=8,
        training=SHORT,
        classes=MEDIAN,
    )
    found = study.run()
    assert found.score.metric == "balanced_accuracy"
    with pytest.raises(InputError, match="one of category, low valence, high valence"):
        ExplanationStudy(cache, "GRU(hidden=4)", target="anger", classes=MEDIAN)


BENCH = ("--models", "linear,majority", "--window", "4")


def test_the_command_line_says_the_rule_in_its_table(cache, tmp_path, monkeypatch, capsys):
    assert emo_train(monkeypatch, "bench", cache.path, *BENCH, "--classes", MEDIAN, "--output", tmp_path / "run") == 0
    printed = capsys.readouterr().out
    assert re.search(r"classes: valence > median of each training part \(\S+ to \S+\)", printed)
    assert "2 categories (low valence, high valence)" in printed
    assert emo_train(monkeypatch, "report", tmp_path / "run", "--output", tmp_path / "page.html") == 0
    assert "valence &gt; median of each training part" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize("name", ["bench", "fit", "parts", "explain"])
@pytest.mark.parametrize(
    "rule, told",
    [
        ("valence > high", "no rule for classes"),
        ("liking > 5", "one of valence, arousal"),
        ("valence > 9", "none is high"),
    ],
)
def test_a_rule_that_does_not_fit_is_one_line_before_training(cache, tmp_path, monkeypatch, capsys, name, rule, told):
    monkeypatch.chdir(tmp_path)
    assert emo_train(monkeypatch, name, cache.path, "--window", "4", "--classes", rule) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert not list(tmp_path.rglob("*.npz")), "nothing was trained"


def test_a_rule_for_fusion_that_does_not_fit_is_one_line(tmp_path, monkeypatch, capsys):
    pair = pair_cache(tmp_path / "pair", effect=1.0)
    monkeypatch.chdir(tmp_path)
    assert emo_train(monkeypatch, "fusion", pair.path, "--window", "4", "--classes", "quadrants") == 2
    assert "no rating 'arousal'; wanted one of valence" in capsys.readouterr().err


def test_units_of_a_model_of_rated_classes_follow_these_classes(cache, tmp_path, monkeypatch, capsys):
    words = (
        "--backbone",
        "STRNN(hidden=4)",
        "--split",
        "leave_one_out('subject')",
        "--window",
        "4",
        "--epochs",
        "1",
        "--classes",
        MEDIAN,
    )
    assert emo_train(monkeypatch, "fit", cache.path, *words, "--output", tmp_path / "model") == 0
    assert emo_train(monkeypatch, "units", tmp_path / "model", cache.path) == 0
    assert "high valence" in (tmp_path / "model" / "units" / "hidden_units.csv").read_text()
