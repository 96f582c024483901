"""Plain rows in benchmarks: exact means, the usual models for a task, refusals before training, what was stored."""

from dataclasses import replace

import numpy as np
import pytest

from emoscan.benchmarks import benchmark, compare, leave_one_out
from emoscan.benchmarks.commands.shared_runs import usual_models
from emoscan.benchmarks.contracts import check_learns_faces
from emoscan.benchmarks.runs.fold_plan import FoldPlan
from emoscan.benchmarks.runs.training_run import read_outcome, run_training, write_outcome
from emoscan.models import Training, make_learner
from emoscan.preprocessing import Cache
from emoscan.signals import SCALP_19, InputError, Target, Task

SPLIT = leave_one_out("subject")
RATED = Task((), ("valence", "arousal"), ("AU4",), ((1, 9), (1, 9)))


def ratings_cache(folder, people=4):
    """Ratings of whole trials, such as 3.14, in the scale of a lab; some are missing."""
    rng = np.random.default_rng(3)
    keys = [(str(s), t) for s in range(1, people + 1) for t in range(1, 6)]
    ratings = np.round(rng.uniform(1, 9, (len(keys), 2)), 2)
    ratings[0] = 3.14, 9.0
    ratings[7, 1], ratings[8, 0] = np.nan, np.nan
    target = [Target(dimensions=own[None], units=np.array([[float(own[0] > 5)]])) for own in ratings]
    slices = rng.integers(4, 9, len(keys))
    x = [rng.standard_normal((n, 19, 5)) for n in slices]
    return Cache.from_arrays(
        folder,
        x,
        layout=SCALP_19,
        task=RATED,
        category=target,
        subject=[s for s, _ in keys],
        trial=[t for _, t in keys],
        simulated=True,
    )


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    return ratings_cache(tmp_path_factory.mktemp("rated") / "cache")


@pytest.mark.parametrize("model", ["mean", "majority", "base_rate"])
def test_the_error_of_mean_is_the_deviation_from_the_mean_of_the_training_windows_to_the_last_digit(rated, model):
    report = benchmark(rated, model, split=SPLIT, window=2, train_stride=1)
    said = {(row.fold, row.metric): row.value for row in report.rows}
    for fold in SPLIT(rated.columns):
        train, test = rated.windows(2, 1, trials=fold.train), rated.windows(2, 2, trials=fold.test)
        for k, name in enumerate(RATED.dimensions):
            deviation = test.dimensions[:, k] - np.nanmean(train.dimensions[:, k])
            wanted = np.sqrt(np.nanmean(deviation**2))
            assert said[fold.name, f"rmse_{name}"] == pytest.approx(wanted, abs=1e-9, rel=0)
    for fold in SPLIT(rated.columns):
        wanted = np.nanmean(rated.windows(2, 1, trials=fold.train).dimensions, axis=0)
        own = report.predictions.dimensions[np.isin(report.predictions.trial, fold.test)]
        np.testing.assert_allclose(own, np.tile(wanted, (len(own), 1)), atol=1e-12)


@pytest.mark.parametrize("model", ["linear", "svm", "mlp", "GRU(hidden=4)"])
def test_ratings_are_told_in_the_units_of_the_lab(rated, model):
    said = benchmark(rated, model, split=SPLIT, window=2, training=Training(epochs=1)).predictions.dimensions
    assert 1 <= said.min() <= said.max() <= 9
    assert said.mean() == pytest.approx(5, abs=1.5)


@pytest.mark.parametrize(
    ("task", "predicts", "wanted"),
    [
        (Task(("a", "b"), ("valence",), ("AU4",)), "all", "majority"),
        (Task(("a", "b"), ("v",)), "dimensions", "mean"),
        (Task((), ("valence",), ("AU4",)), "all", "mean"),
        (Task((), ("v",), ("AU4",)), "units", "base_rate"),
        (Task(units=("AU4",)), "all", "base_rate"),
    ],
)
def test_the_usual_models_end_with_the_row_that_reads_nothing_of_this_task(cache, task, predicts, wanted):
    class OtherTask:
        sample_series = cache.sample_series

    OtherTask.task = task
    assert usual_models(OtherTask, predicts) == ["STRNN", "CNNRNN", "GRU", "linear", "svm", wanted]


@pytest.mark.parametrize(
    ("series", "model", "told"),
    [
        ("eeg", "EEGNet", "braindecode's EEGNet"),
        ("eeg", "Gated", "only eeg"),
        ("eeg", "Stacked", "several series"),
        ("eeg", "STRNN(readout='x')", "readout"),
    ],
)
def test_a_model_that_cannot_read_the_series_says_so_before_anything_is_trained(
    rated, series, model, told, monkeypatch
):
    monkeypatch.setattr(FoldPlan, "parts", lambda *_: pytest.fail("a training began"))
    with pytest.raises(InputError, match=told):
        benchmark(rated, model, split=SPLIT, modality=series, window=2)


@pytest.mark.parametrize("model", ["linear", "mean", "GRU"])
def test_a_fold_that_cannot_teach_a_part_is_named_before_anything_is_trained(tmp_path, monkeypatch, model):
    """Subject 1 alone was asked for arousal, so nobody else can be tested by what was learned from others."""
    rng = np.random.default_rng(0)
    ratings = [(4, 2), (5, 3), (6, np.nan), (3, np.nan)]
    cache = Cache.from_arrays(
        tmp_path / "cache",
        [rng.standard_normal((4, 19, 5)) for _ in ratings],
        layout=SCALP_19,
        task=Task((), ("valence", "arousal"), (), ((1, 9), (1, 9))),
        subject=["1", "1", "2", "2"],
        category=[Target(dimensions=np.array([own], float)) for own in ratings],
        simulated=True,
    )
    monkeypatch.setattr(FoldPlan, "parts", lambda *_: pytest.fail("a training began"))
    with pytest.raises(InputError, match=r"fold 'subject 1'.*no truth for arousal"):
        benchmark(cache, model, split=SPLIT, window=2)


def test_outcomes_of_a_plain_row_that_knew_categories_only_are_trained_again(tmp_path):
    cache = ratings_cache(tmp_path / "cache", people=2)
    parts = tmp_path / "run" / "parts"
    parts.mkdir(parents=True)
    plan = FoldPlan(cache, "linear", benchmark(cache, "linear", split=SPLIT, window=2).protocol, SPLIT)
    outcome = run_training(plan, 0, 0)
    nothing = np.zeros((len(outcome.predictions), 0))
    old = replace(outcome, predictions=replace(outcome.predictions, dimensions=nothing, units=nothing))
    write_outcome(old, parts / "fold0-seed0.npz", plan.digest)
    assert read_outcome(parts / "fold0-seed0.npz", plan.digest) is not None
    report = benchmark(cache, "linear", split=SPLIT, window=2, folder=tmp_path / "run")
    assert report.predictions.dimensions.shape == (len(report.predictions), 2)


@pytest.mark.slow
def test_ratings_and_units_of_simulated_people_held_out_are_learned_by_the_linear_row():
    """It has to reach what networks have to."""
    assert {"ccc", "unit_f1"} <= set(check_learns_faces("linear", "dimensions+units"))


def people_only(folder, seed, task, truth):
    """Twelve people of twenty trials, each known by a site of its own: nothing else can be read."""
    rng, keys = np.random.default_rng(seed), [(s, t) for s in range(12) for t in range(1, 21)]
    x = [1e-3 * rng.standard_normal((2, 19, 1)) + (np.arange(19) == s)[:, None] for s, _ in keys]
    return Cache.from_arrays(
        folder,
        x,
        layout=SCALP_19,
        task=task,
        subject=[str(s) for s, _ in keys],
        trial=[t for _, t in keys],
        simulated=True,
        **truth(rng, np.array([s for s, _ in keys])),
    )


PEOPLE = {
    "categories": (
        Task(("calm", "tense")),
        lambda rng, s: {"category": (rng.random(240) < 0.1 + 0.2 * (s % 2)).astype(int)},
    ),
    "units": (
        Task(units=("au4",)),
        lambda rng, s: {"units": (rng.random((240, 1)) < 0.05 + 0.35 * (s % 2)[:, None]).astype(float)},
    ),
    "dimensions": (
        Task(dimensions=("valence",), ranges=((1, 9),)),
        lambda rng, s: {"dimensions": np.clip(5 + 0.5 * (s % 3 - 1)[:, None] + rng.standard_normal((240, 1)), 1, 9)},
    ),
}


@pytest.mark.parametrize("part", PEOPLE)
def test_who_knows_only_who_it_is_is_not_above_guessing_where_people_are_on_both_sides(part, tmp_path):
    task, truth = PEOPLE[part]
    verdicts = []
    for seed in range(6):
        cache = people_only(tmp_path / str(seed), seed, task, truth)
        reports = [benchmark(cache, model, split="k_folds('trial', 5)", window=2) for model in ("linear", "svm")]
        verdicts += [row.verdict.above for row in compare(*reports).rows]
    assert verdicts == [False] * 12


def test_a_score_counts_what_has_a_truth_and_says_what_has_none(tmp_path):
    rng = np.random.default_rng(0)
    x = [rng.standard_normal((4, 19, 2)) for _ in range(16)]
    task = Task(("a", "b"), ("valence",))
    cache = Cache.from_arrays(
        tmp_path,
        x,
        layout=SCALP_19,
        task=task,
        subject=list("aaaabbbbccccdddd"),
        category=[0, 1, 0, -1] * 4,
        dimensions=[[0.1], [np.nan], [0.3], [np.nan]] * 4,
    )
    facts = compare(benchmark(cache, "linear", split=SPLIT, window=2)).rows[0].facts
    assert facts["tested"] == (
        "4 subjects, 4 sessions, 12 trials, 24 windows, 4 folds; "
        "not scored for want of a truth: 4 more trials; of these trials lack valence 4"
    )


@pytest.mark.parametrize(
    "written, meant", [("liner", "linear"), ("majorty", "majority"), ("svn", "svm"), ("SVM", "svm")]
)
def test_a_plain_row_that_is_misspelt_is_guessed(written, meant):
    with pytest.raises(InputError, match=f"did you mean {meant}") as error:
        make_learner(written)
    assert "STRNN" in str(error.value)
