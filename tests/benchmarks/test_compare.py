"""Tables: scores over people, what must be said is said, and every form holds the same cells."""

import json
import re

import numpy as np
import pytest

from emoscan.benchmarks import benchmark, compare, draw_table, leave_one_out, random_windows
from emoscan.benchmarks.scores.metrics import category_metrics
from emoscan.benchmarks.scores.statistics import holm
from emoscan.benchmarks.tables.comparison import paired_p
from emoscan.models import Training
from emoscan.preprocessing import Cache
from emoscan.signals import SCALP_19, InputError, Task

SPLIT = leave_one_out("subject")


@pytest.fixture(scope="module")
def reports(cache):
    short = Training(epochs=1)
    return [benchmark(cache, model, split=SPLIT, window=4, training=short) for model in ("GRU", "linear", "majority")]


@pytest.fixture(scope="module")
def table(reports):
    return compare(*reports)


def test_scores_are_those_of_all_windows_of_all_people_together(table, reports):
    for row, report in zip(table.rows, reports, strict=True):
        windows = report.predictions
        found = category_metrics(windows.category, windows.probability)
        found.pop("macro_f1_all")  # every class is tested, and no contest asks for it
        assert {name: row.score.metrics[name] for name in found} == pytest.approx(found)
        subject = np.asarray(report.columns["subject"])[windows.trial]
        right = windows.probability.argmax(axis=1) == windows.category
        each = {name: right[subject == name].mean() for name in np.unique(subject)}
        assert dict(row.score.each) == pytest.approx(each)
        assert row.score.deviation == pytest.approx(np.std(list(each.values()), ddof=1))
        assert row.score.interval is None  # three people


def test_rows_are_tested_against_linear_with_holms_adjustment(table, reports):
    gru, linear, majority = table.rows
    assert linear.difference is None
    tallies = [report.tallies["fixed"] for report in reports]
    p = [paired_p(tallies[i], tallies[1], "balanced_accuracy") for i in (0, 2)]
    assert [gru.difference.p, majority.difference.p] == p
    assert [gru.difference.adjusted, majority.difference.adjusted] == holm(p)
    assert all(row.difference.baseline == "linear" for row in (gru, majority))
    gain = majority.score.metrics["balanced_accuracy"] - linear.score.metrics["balanced_accuracy"]
    assert majority.difference.mean == pytest.approx(gain)


def test_with_three_people_nobody_can_tell_what_is_above_guessing(table):
    assert all(row.verdict.above is None for row in table.rows)
    assert "Too few to tell what is above that: 3 people, 6 are needed." in " ".join(table.notes)
    heads, cells = table.grid()
    assert {row[heads.index("above guessing")] for row in cells[:-1]} == {"too few to tell"}


def test_the_last_row_is_what_labels_alone_give_in_each_column(table):
    heads, cells = table.grid()
    assert cells[-1][0] == "(labels alone)"
    bars = dict(zip(heads, cells[-1], strict=True))
    assert bars["last epoch"] == bars["accuracy"] == bars["trial accuracy"] == "(.333)"
    assert float(bars["macro-F1"].strip("()")) == pytest.approx(1 / 3, abs=1e-3)
    assert not bars["parameters"]
    assert not bars["accuracy of each person"]


def test_simulated_data_are_called_so_in_every_form(table, capsys):
    table.print()
    for text in (capsys.readouterr().out, table.to_markdown(), table.to_html()):
        assert "SIMULATED: no person was recorded" in text
    assert "no person was recorded" in json.loads(table.to_json())["warnings"][0]


def test_the_columns_of_an_honest_table_are_there(table):
    markdown = table.to_markdown()
    for words in (
        "scaling",
        "leave_one_out('subject')",
        "3 subjects",
        "18 trials",
        "54 windows",
        "seeds: 1",
        "training stride 3",
        "macro-F1",
        "trial accuracy",
        "majority",
        "parameters",
        "accuracy of each person",
        "Labels alone, on these very folds, give .333",
        "Holm",
        "against linear",
        "19 sites × 5",
    ):
        assert words in markdown
    heads, cells = table.grid()
    assert all(len(row) == len(heads) for row in cells)
    assert re.search(r"\| linear \| 1\.000 \| too few to tell \|", markdown)


def test_every_row_stands_in_every_form(table, capsys):
    table.print()
    printed = capsys.readouterr().out
    for row in table.rows:
        assert all(row.model in text for text in (printed, table.to_markdown(), table.to_html(), table.to_json()))


def test_leaky_rows_are_said_first(cache, reports):
    leaky = benchmark(cache, "linear", split=random_windows(2), window=4, i_know_this_leaks=True)
    table = compare(*reports, leaky)
    assert table.warnings[0].startswith("LEAKY: linear")
    assert any("differ in their split" in warning for warning in table.warnings)
    assert table.rows[-1].difference is None  # other folds are no pairs
    assert table.to_markdown().startswith("**LEAKY")


def test_the_oracle_is_in_brackets_and_never_first(cache):
    report = benchmark(cache, "GRU", split=SPLIT, window=4, oracle=True, training=Training(epochs=2))
    (row,) = compare(report).rows
    assert row.selection == "fixed"
    heads, (cells, _) = compare(report).grid()
    assert re.fullmatch(r"\(.+\)", cells[heads.index("oracle epoch")])
    assert "color: #777" in compare(report).to_html()


def arrays(path, subjects, sessions, trials, **more):
    """A cache of people whose classes a linear model can tell apart."""
    rng, keys = np.random.default_rng(0), [(s, v, t) for s in subjects for v in sessions for t in trials]
    return Cache.from_arrays(
        path,
        [rng.standard_normal((4, 19, 2)) + t % 2 for _, _, t in keys],
        layout=SCALP_19,
        task=Task(("a", "b")),
        category=[t % 2 for _, _, t in keys],
        subject=[s for s, _, _ in keys],
        session=[v for _, v, _ in keys],
        trial=[t for _, _, t in keys],
        **more,
    )


@pytest.mark.parametrize(
    "subjects, sessions, split, kind, n",
    [
        ("12345678", "1", "leave_one_out('subject')", "people", 8),
        ("1", "12345678", "leave_one_out('session')", "sessions", 8),
        (["unknown"], "12345678", "leave_one_out('session')", "sessions", 8),
        ("1", "1", "first_trials(2)", "trials", 6),
        ("1", "12", "leave_one_out('session')", "sessions", 2),
    ],
)
def test_people_are_drawn_and_where_there_are_none_sessions_else_trials(tmp_path, subjects, sessions, split, kind, n):
    report = benchmark(arrays(tmp_path / "one", subjects, sessions, range(1, 9)), "linear", split=split, window=4)
    (row,) = (table := compare(report)).rows
    assert (row.verdict.kind, row.verdict.units) == (kind, n)
    if n < 6:
        assert row.score.interval is None
        assert row.verdict.above is None
    else:
        assert row.score.interval.over == kind
        assert row.verdict.above is (kind != "nothing")
    assert f"draw {kind}" in " ".join(table.notes)


def test_a_class_of_one_person_lifts_nobody_and_is_told(tmp_path):
    rng, keys = np.random.default_rng(1), [(s, t) for s in range(12) for t in range(1, 5)]
    category = [(2 if s == 11 else 1) if t % 2 else 0 for s, t in keys]  # the last one has "sad" and no "tense"
    cache = Cache.from_arrays(
        tmp_path / "sad",
        [rng.standard_normal((6, 19, 2)) for _ in keys],
        layout=SCALP_19,
        task=Task(("calm", "tense", "sad")),
        category=category,
        subject=[str(s) for s, _ in keys],
    )
    report = benchmark(cache, "majority", split=SPLIT, window=3)
    (row,) = (table := compare(report)).rows
    assert row.score.metrics["balanced_accuracy"] <= 1 / 3 + 1e-9
    assert row.verdict.above is False
    notes = " ".join(table.notes)
    assert "'sad' cannot be learned in the fold 'subject 11', which tests it" in notes
    assert "Classes that fewer than 5 people have among the tested windows: 'sad' (1)" in notes
    for metric in ("accuracy", "macro_f1"):
        assert row.score.metrics[metric] <= row.bars[metric].value + 1e-9


def test_a_fold_that_trains_on_one_class_is_refused_by_its_name_before_anything_is_trained(tmp_path):
    rng = np.random.default_rng(2)
    cache = Cache.from_arrays(
        tmp_path / "one",
        [rng.standard_normal((4, 19, 2)) for _ in range(6)],
        layout=SCALP_19,
        task=Task(("a", "b")),
        category=[0, 0, 0, 0, 0, 1],
        subject=list("112233"),
    )
    with pytest.raises(InputError, match="fold 'subject 3': found one class only, a, in its training windows"):
        benchmark(cache, "linear", split=SPLIT, window=4, folder=tmp_path / "run")
    assert not (tmp_path / "run" / "parts").exists()


def test_notes_name_rows_of_several_splits_by_the_call_of_the_split(tmp_path):
    cache = arrays(tmp_path / "eight", "12345678", "1", range(1, 5))
    splits = ("first_trials(2)", "k_folds('subject', 2)")
    table = compare(*(benchmark(cache, "linear", split=split, window=2) for split in splits))
    (note,) = (note for note in table.notes if "Above that" in note)
    assert all(f"linear ({split})" in note for split in splits)
    assert "on both sides" not in note


def test_where_labels_are_rare_in_what_trains_the_trick_is_named(tmp_path):
    cache = arrays(tmp_path / "loo", "123456", "1", range(1, 5))
    report = benchmark(cache, "majority", split=leave_one_out("trial"), window=4)
    table = compare(report)
    assert "Always predicting the least frequent training class would give 1.000" in " ".join(table.notes)


def test_few_people_of_great_weight_are_told(tmp_path):
    rng, lengths = np.random.default_rng(3), [60, 2, 2, 2, 2, 2, 2, 2]
    cache = Cache.from_arrays(
        tmp_path / "long",
        [rng.standard_normal((n, 19, 2)) for n in lengths for _ in range(2)],
        layout=SCALP_19,
        task=Task(("a", "b")),
        category=[0, 1] * 8,
        subject=[str(i) for i in range(8) for _ in range(2)],
    )
    notes = " ".join(compare(benchmark(cache, "majority", split=SPLIT, window=2)).notes)
    assert re.search(r"Few people decide the score: it is worth that of 1\.\d of equal weight, not of 8", notes)


def test_a_report_stands_once_and_tasks_are_not_mixed(reports, tmp_path):
    with pytest.raises(InputError, match="twice"):
        compare(reports[0], reports[0])
    with pytest.raises(InputError, match="no reports"):
        compare()


def test_the_picture_is_written(table, tmp_path):
    for name in ("table.png", "table.svg"):
        assert draw_table(table, tmp_path / name).stat().st_size > 5000


def test_rows_of_other_trials_other_categories_or_other_windows_are_no_pair(tmp_path):
    one = arrays(tmp_path / "one", "12345678", "1", range(1, 7))
    other = arrays(tmp_path / "other", "abcdefgh", "1", range(1, 7))
    report = benchmark(one, "linear", split=SPLIT, window=4)
    table = compare(report, benchmark(other, "linear", split=SPLIT, window=4))
    assert not any(row.difference for row in table.rows)
    assert any("differ in their tested trials" in warning for warning in table.warnings)
    table = compare(report, benchmark(one, "linear", split=SPLIT, window=2))
    assert not any(row.difference for row in table.rows)
    assert any("differ in their windows" in warning for warning in table.warnings)


def test_a_metric_by_which_a_task_is_not_scored_is_refused(reports):
    with pytest.raises(InputError, match=r"metric ccc: found no score of .* by it; wanted one of .*balanced"):
        compare(*reports, metric="ccc")
