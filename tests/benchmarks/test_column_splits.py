"""Splits by columns of a lab's own: sites and groups are held out whole, and never cut a person in two."""

import numpy as np
import pytest

from emoscan.benchmarks import benchmark, guard, k_folds, leave_one_out
from emoscan.benchmarks.page.html_report import write_report
from emoscan.benchmarks.splits.leak_guard import find_leaks
from emoscan.benchmarks.studies.canary_study import with_dealt_labels
from emoscan.preprocessing import Cache
from emoscan.signals import SCALP_19, InputError, LeakError, Task

PEOPLE, TRIALS = 6, 4


def study(folder, **columns):
    """Six people with four trials each; each column has a cell a person, or one a trial."""
    rng = np.random.default_rng(0)
    n = PEOPLE * TRIALS
    cells = {name: list(of) if len(of) == n else np.repeat(of, TRIALS).tolist() for name, of in columns.items()}
    return Cache.from_arrays(
        folder / "cache",
        [rng.standard_normal((6, 19, 2)) for _ in range(n)],
        layout=SCALP_19,
        task=Task(("calm", "glad")),
        category=[0, 1] * (n // 2),
        subject=np.repeat(np.arange(PEOPLE), TRIALS).tolist(),
        simulated=True,
        columns=cells,
    )


SITES = ["Bonn", "Bonn", "Köln", "Köln", "Ulm", "Ulm"]


def test_a_site_is_tested_by_a_model_of_all_others(tmp_path):
    cache = study(tmp_path, site=SITES)
    folds = leave_one_out("site")(cache.columns)
    assert [fold.name for fold in folds] == ["site Bonn", "site Köln", "site Ulm"]
    for fold in folds:
        guard(fold, cache.columns, leave_one_out("site"))
        assert not set(cache.subject[fold.train]) & set(cache.subject[fold.test])
    report = benchmark(cache, "majority", split="leave_one_out('site')", window=2)
    assert report.columns["site"].tolist() == cache.columns["site"].tolist()
    page = write_report([report], tmp_path / "page.html").read_text()
    assert "What the lab noted of its trials: 1 column" in page
    assert "site: Bonn (8), Köln (8), Ulm (8)" in page


def test_numbers_may_be_held_out_too(tmp_path):
    cache = study(tmp_path, group=[1, 1, 2, 2, 10, 10], cohort=[0.5, 0.5, 0.5, 2, 2, 2])
    assert [fold.name for fold in leave_one_out("group")(cache.columns)] == ["group 1", "group 2", "group 10"]
    assert [fold.name for fold in leave_one_out("cohort")(cache.columns)] == ["cohort 0.5", "cohort 2"]


@pytest.mark.parametrize("split", [leave_one_out("site"), k_folds("site", 2)])
def test_a_column_that_cuts_a_person_in_two_is_refused_by_the_guard(tmp_path, split):
    cells = np.repeat(SITES, TRIALS)
    cells[1] = "Ulm"  # one trial of the first person
    cache = study(tmp_path, site=cells)
    leaks = find_leaks(split(cache.columns), cache.columns, split)
    assert leaks
    assert all("subject 0 on both sides" in str(leak) for leak in leaks)
    with pytest.raises(LeakError, match="subject 0 on both sides"):
        benchmark(cache, "majority", split=split, window=2)


def test_within_a_person_blocks_are_held_out_from_each_other(tmp_path):
    cache = study(tmp_path, block=[1, 1, 2, 2] * PEOPLE)
    with pytest.raises(LeakError, match="subject"):
        benchmark(cache, "majority", split="leave_one_out('block')", window=2)
    report = benchmark(cache, "majority", split="leave_one_out('block', within='subject')", window=2)
    assert len(report.folds) == 2 * PEOPLE


@pytest.mark.parametrize("column", ["site", "age"])
def test_a_missing_cell_is_no_group(tmp_path, column):
    cache = study(tmp_path, site=[*SITES[:5], ""], age=[30, 30, 40, 40, 50, np.nan])
    with pytest.raises(
        InputError, match=rf"column '{column}': found 4 of 24 rows whose {column} is not known.*fill it in"
    ):
        leave_one_out(column)(cache.columns)


def test_a_column_that_is_not_there_lists_those_that_are(tmp_path):
    with pytest.raises(InputError, match=r"no such column; wanted one of subject, .*samples, site; did you mean site"):
        leave_one_out("sites")(study(tmp_path, site=SITES).columns)


def test_a_canary_has_the_columns_that_a_split_by_them_needs(tmp_path):
    cache, split = study(tmp_path, site=SITES), leave_one_out("site")
    dealt = with_dealt_labels(cache, split, "eeg", tmp_path / "dealt", seed=0)
    assert dealt.columns["site"].tolist() == cache.columns["site"].tolist()
    assert [fold.name for fold in split(dealt.columns)] == [fold.name for fold in split(cache.columns)]
