"""Tables: scores over subjects, what must be said is said, and every form holds the same cells."""

import json
import re

import numpy as np
import pytest

from emoscan.benchmarks import benchmark, compare, draw_table, leave_one_out, random_windows
from emoscan.benchmarks.statistics import holm, paired_test
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


def test_scores_are_means_over_subjects(table, reports):
    for row, report in zip(table.rows, reports, strict=True):
        by_fold = [r.value for r in report.rows if r.metric == "balanced_accuracy"]  # one fold a subject here
        assert list(row.score.subjects.values()) == pytest.approx(by_fold)
        assert row.score.metrics["balanced_accuracy"] == pytest.approx(np.mean(by_fold))
        assert row.score.deviation == pytest.approx(np.std(by_fold, ddof=1))
        assert row.score.interval.low <= np.mean(by_fold) <= row.score.interval.high


def test_rows_are_tested_against_linear_with_holms_adjustment(table):
    gru, linear, majority = table.rows
    assert linear.difference is None
    base = list(linear.score.subjects.values())
    p = [paired_test(list(row.score.subjects.values()), base) for row in (gru, majority)]
    assert [gru.difference.p, majority.difference.p] == p
    assert [gru.difference.adjusted, majority.difference.adjusted] == holm(p)
    assert all(row.difference.baseline == "linear" for row in (gru, majority))


def test_simulated_data_are_called_so_in_every_form(table, capsys):
    table.print()
    for text in (capsys.readouterr().out, table.to_markdown(), table.to_html()):
        assert "SIMULATED: no person was recorded" in text
    assert "no person was recorded" in json.loads(table.to_json())["warnings"][0]


def test_the_columns_of_an_honest_table_are_there(table):
    markdown = table.to_markdown()
    for words in ("scaling", "leave_one_out('subject')", "3 subjects", "18 trials", "54 windows", "seeds: 1",
                  "training stride 3", "95 % interval", "macro-F1", "trial accuracy", "majority", "parameters",
                  "Guessing gives 0.333", "Holm", "against linear", "19 sites × 5"):
        assert words in markdown
    heads, cells = table.grid()
    assert all(len(row) == len(heads) for row in cells)
    assert re.search(r"\| linear \| 1\.000 ± \.000 \|", markdown)


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
    heads, (cells,) = compare(report).grid()
    assert re.fullmatch(r"\(.+\)", cells[heads.index("oracle epoch")])
    assert 'color: #777' in compare(report).to_html()


def test_one_person_has_no_interval_over_people(tmp_path):
    rng = np.random.default_rng(0)
    cache = Cache.from_arrays(
        tmp_path / "one", [rng.standard_normal((4, 19, 2)) + k % 2 for k in range(12)], layout=SCALP_19,
        task=Task(("a", "b")), category=[k % 2 for k in range(12)], subject=["1"] * 12,
        session=[str(1 + k // 6) for k in range(12)], trial=[1 + k % 6 for k in range(12)],
    )
    table = compare(benchmark(cache, "linear", split=leave_one_out("session"), window=4))
    assert table.rows[0].score.interval.over == "trials"
    assert table.rows[0].score.deviation is None
    assert "no interval over people" in table.to_markdown()


def test_a_report_stands_once_and_tasks_are_not_mixed(reports, tmp_path):
    with pytest.raises(InputError, match="twice"):
        compare(reports[0], reports[0])
    with pytest.raises(InputError, match="no reports"):
        compare()


def test_the_picture_is_written(table, tmp_path):
    for name in ("table.png", "table.svg"):
        assert draw_table(table, tmp_path / name).stat().st_size > 5000
