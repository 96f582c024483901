"""Benchmarks: equal numbers however they are run, test labels that influence nothing, runs that resume."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from emoscan.benchmarks import Fold, Report, Split, benchmark, first_trials, leave_one_out, random_windows
from emoscan.benchmarks.runs.report import PREDICTIONS, REPORT
from emoscan.benchmarks.scores.tally import task_metrics
from emoscan.models import Training
from emoscan.preprocessing import Cache
from emoscan.signals import InputError, LeakError

SPLIT = leave_one_out("subject")
SHORT = Training(epochs=2)


def numbers(report):
    return {name: values.tolist() for name, values in report.predictions.arrays().items()}, report.rows, report.epochs


def run(cache, model="GRU(hidden=8)", **settings):
    return benchmark(cache, model, **{"split": SPLIT, "window": 4, "training": SHORT, **settings})


def with_labels(cache, folder, category):
    """The same features with other labels."""
    volumes = [cache[i]["eeg"] for i in range(len(cache))]
    return Cache.from_arrays(
        folder,
        [v.x for v in volumes],
        layout=cache.layout(),
        task=cache.task,
        category=category.tolist(),
        subject=cache.subject.tolist(),
        trial=cache.trial.tolist(),
        dataset="random",
        simulated=True,
    )


def test_equal_runs_and_any_number_of_jobs_give_equal_numbers(cache):
    once = run(cache, seeds=2)
    assert numbers(once) == numbers(run(cache, seeds=2))
    assert numbers(once) == numbers(run(cache, seeds=2, jobs=2))


def test_what_can_be_learned_is_learned_and_what_cannot_is_not(cache, null):
    assert np.mean([own["accuracy"] for own in run(cache, "linear").scores["fixed"].values()]) > 0.95
    assert np.mean([own["accuracy"] for own in run(null, "linear").scores["fixed"].values()]) < 0.75


def test_the_report_holds_every_test_window_once_for_each_seed(cache):
    report = run(cache, "linear", seeds=2)
    windows = cache.windows(4, 4)
    for seed in (0, 1):
        own = report.predictions.take(report.predictions.seed == seed)
        seen = sorted(zip(own.trial.tolist(), own.start.tolist(), strict=True))
        assert seen == sorted(zip(windows.trials.tolist(), windows.starts.tolist(), strict=True))


def test_every_row_can_be_computed_again_from_the_predictions(cache):
    report = run(cache, selection="both")
    for row in report.rows:
        p = report.predictions
        own = p.take((p.fold == report.folds.index(row.fold)) & (p.seed == row.seed) & (p.selection == row.selection))
        assert task_metrics(cache.task, own)[row.metric] == row.value


@pytest.mark.parametrize("settings", [{}, {"selection": "both", "oracle": True}], ids=["fixed", "both and oracle"])
def test_labels_of_the_tested_person_influence_no_prediction(cache, tmp_path, settings):
    """Only the oracle, which says so, may follow them."""
    tested = cache.subject == "1"
    other = np.where(tested, (cache.category + 1) % 3, cache.category)
    reports = [run(c, **settings) for c in (cache, with_labels(cache, tmp_path / "other", other))]
    first = [r.predictions.take((r.predictions.fold == 0) & (r.predictions.selection != "oracle")) for r in reports]
    np.testing.assert_array_equal(first[0].probability, first[1].probability)
    assert not np.array_equal(first[0].category, first[1].category)


def test_the_oracle_is_at_least_as_good_as_the_last_epoch_and_changes_nothing_else(cache):
    plain, watched = run(cache), run(cache, oracle=True)
    rows = {
        name: [r.value for r in watched.rows if r.selection == name and r.metric == "balanced_accuracy"]
        for name in ("fixed", "oracle")
    }
    assert all(oracle >= fixed for fixed, oracle in zip(rows["fixed"], rows["oracle"], strict=True))
    assert plain.rows == tuple(row for row in watched.rows if row.selection == "fixed")


def test_inner_validation_looks_at_no_test_window(cache):
    report = run(cache, selection="inner")
    assert report.selections == ("inner",)
    assert set(report.epochs["inner"]) <= {1, 2}


def test_a_report_is_read_as_it_was_written(cache, tmp_path):
    made = run(cache, "linear", folder=tmp_path / "run")
    read = Report.load(tmp_path / "run")
    assert numbers(read) == numbers(made)
    assert (read.model, read.protocol, read.data, read.folds) == (made.model, made.protocol, made.data, made.folds)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [PREDICTIONS, REPORT]


def test_a_finished_run_is_not_run_again_and_another_one_is_refused(cache, tmp_path):
    made = run(cache, "linear", folder=tmp_path)
    written = (tmp_path / REPORT).stat().st_mtime_ns
    assert numbers(run(cache, "linear", folder=tmp_path)) == numbers(made)
    assert (tmp_path / REPORT).stat().st_mtime_ns == written
    with pytest.raises(InputError, match="differs in model"):
        run(cache, "svm", folder=tmp_path)
    with pytest.raises(InputError, match="differs in protocol"):
        run(cache, "linear", folder=tmp_path, scaling="none")


def test_a_run_that_was_killed_behind_its_report_is_tidied(cache, tmp_path):
    made = run(cache, "linear", folder=tmp_path)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "fold0-seed0.npz").write_bytes(b"no longer needed")
    assert numbers(run(cache, "linear", folder=tmp_path)) == numbers(made)
    assert sorted(path.name for path in tmp_path.iterdir()) == [PREDICTIONS, REPORT]


def test_one_changed_byte_of_the_predictions_is_found(cache, tmp_path):
    run(cache, "linear", folder=tmp_path)
    stored = bytearray((tmp_path / PREDICTIONS).read_bytes())
    stored[len(stored) // 2] ^= 1
    (tmp_path / PREDICTIONS).write_bytes(stored)
    with pytest.raises(InputError, match="differ from those saved"):
        Report.load(tmp_path)


KILLED = """
import sys
from emoscan.benchmarks import benchmark, leave_one_out
from emoscan.models import Training
from emoscan.preprocessing import Cache
benchmark(Cache(sys.argv[1]), "GRU(hidden=8)", split=leave_one_out("subject"), window=4, seeds=8,
          training=Training(epochs=2), folder=sys.argv[2])
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_with_the_same_numbers(cache, tmp_path):
    whole = run(cache, seeds=8, folder=tmp_path / "whole")
    parts = tmp_path / "killed" / "parts"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(cache.path), str(parts.parent)], env=environment)
    while child.poll() is None and len(list(parts.glob("*.npz")) if parts.exists() else []) < 3:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    done = list(parts.glob("*.npz"))
    assert 3 <= len(done) < 24
    assert not (parts.parent / REPORT).exists()
    kept = {path.name: path.stat().st_mtime_ns for path in done}
    done[0].write_bytes(done[0].read_bytes()[:100])  # and one part is cut short
    assert numbers(run(cache, seeds=8, folder=parts.parent)) == numbers(whole)
    assert kept


def test_a_leaky_split_needs_the_word_and_an_honest_one_refuses_it(cache):
    with pytest.raises(LeakError, match="i-know-this-leaks"):
        run(cache, "linear", split=random_windows(3))
    assert run(cache, "linear", split=random_windows(3), i_know_this_leaks=True).protocol.leaky
    with pytest.raises(InputError, match="does not leak"):
        run(cache, "linear", i_know_this_leaks=True)


@pytest.mark.parametrize("split", ["leave_one_out('trial', within='subject')", "k_folds('trial', 3, within='session')"])
def test_a_model_of_each_persons_own_trains_on_that_person_and_tests_all(cache, split):
    report = run(cache, "linear", split=split)
    assert len(report.tested) == len(cache)
    assert report.folds[0].startswith("subject 1, ")


def test_an_outsiders_split_with_an_empty_fold_is_refused_before_anything_trains(cache, tmp_path):
    def empty(columns):
        rows = np.arange(len(columns["subject"]))
        return [Fold("good", rows[:6], rows[:0], rows[6:]), Fold("empty", rows, rows[:0], rows[:0])]

    split = Split("mylab.empty()", "empty", empty, (("subject",),))
    with pytest.raises(InputError, match=r"fold 'empty' of mylab.empty\(\): found no row to test"):
        run(cache, split=split, folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "settings, found",
    [
        ({"selection": "best"}, "selection 'best'"),
        ({"seeds": 0}, "seeds: found 0"),
        ({"scaling": "robust"}, "scaling 'robust'"),
        ({"split": "leave_two_out('subject')"}, "leave_one_out"),
        ({"modality": "face"}, "no series 'face'"),
        ({"window": 99}, "no window of 99"),
        ({"split": first_trials(5), "model": "linear", "selection": "inner"}, "but no epochs"),
        ({"model": "STRN"}, "did you mean STRNN"),
        ({"model": "STRNN(hiden=3)"}, "hiden"),
        ({"model": "EEGNet"}, "of samples"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_would_come_to_nothing_is_refused_first(cache, settings, found):
    with pytest.raises(InputError, match=found):
        run(cache, **settings)


def test_a_fold_whose_test_part_has_no_truth_is_named(cache, tmp_path):
    category = np.where(cache.subject == "2", -1, cache.category)
    with pytest.raises(InputError, match=r"fold 'subject 2'.*no truth for categories"):
        run(with_labels(cache, tmp_path / "partly", category), "linear")
