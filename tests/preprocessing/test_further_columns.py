"""Columns that a lab noted beside ours, from the recordings to where people read them; no file depends on them."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from lab_study import LookAhead, Moments, Study

from emoscan.preprocessing import Cache, derive, preprocess
from emoscan.preprocessing.cache_files.cache_index import IndexedFile, TrialFacts
from emoscan.preprocessing.commands.printed_report import print_cache, print_run
from emoscan.signals import SCALP_19, CacheCorrupt, InputError, Task

SITES = {"1": "Bonn", "2": "Köln"}


class NotedStudy(Study):
    """A study whose lab noted where everybody was recorded, and how old most were."""

    def __iter__(self):
        for trial in super().__iter__():
            columns = {"age": 20 + int(trial.subject)} if trial.subject != "3" else {}
            if trial.subject in SITES:
                columns["site"] = SITES[trial.subject]
            yield replace(trial, columns={**columns, "block": (trial.trial + 1) // 2})


NotedStudy.name = Study.name


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    root = tmp_path_factory.mktemp("noted") / "study"
    Study.write_fake(root)
    return root


@pytest.fixture
def built(study, tmp_path):
    outcomes = []
    cache = preprocess(NotedStudy(study), {"eeg": [Moments()]}, tmp_path / "cache", watch=outcomes.append)
    return cache, outcomes


def test_a_cache_has_them_behind_its_own_columns(built):
    columns = Cache(built[0].path).columns
    assert list(columns)[:2] == ["subject", "session"]
    assert list(columns)[8:] == ["age", "site", "block"]
    assert columns["block"].tolist() == [1, 1, 2] * 6
    assert columns["block"].dtype == np.int64
    np.testing.assert_array_equal(columns["age"], np.repeat([21, 22, np.nan], 6))
    assert columns["site"].tolist() == ["Bonn"] * 6 + ["Köln"] * 6 + [""] * 6


def test_whoever_corrects_a_column_computes_nothing_anew(built, study):
    outcomes = []
    without = preprocess(Study(study), {"eeg": [Moments()]}, built[0].path, watch=outcomes.append)
    assert all(outcome.kept for outcome in outcomes)
    assert without.further_columns == {}
    assert '"columns"' not in (built[0].path / "cache.json").read_text()


def test_windows_and_derived_caches_have_them(built, tmp_path):
    derived = derive(built[0], {"eeg": [LookAhead()]}, tmp_path / "smooth")
    for name, cells in built[0].further_columns.items():
        np.testing.assert_array_equal(derived.columns[name], cells)
    windows = derived.windows(2, 2)
    assert windows.columns["block"].tolist() == derived.columns["block"][windows.trials].tolist()


def test_a_run_and_inspect_show_them(built, capsys):
    print_run(*built)
    assert "columns of the lab: age, site, block" in capsys.readouterr().out
    print_cache(built[0])
    out = " ".join(capsys.readouterr().out.split())
    assert "column age: 21 to 22, 6 of 18 trials without" in out
    assert "column site: Bonn (6), Köln (6), 6 of 18 trials without" in out
    assert "column block: 1 to 2" in out


def test_many_texts_are_counted(tmp_path, capsys):
    print_cache(arrays(tmp_path, {"film": [f"film {number}" for number in range(12)], "empty": [None] * 12}))
    out = capsys.readouterr().out
    assert "column film: 12 texts, as in film 0" in out
    assert "column empty" not in out  # a column without a cell is none


def arrays(folder, columns):
    rng = np.random.default_rng(0)
    return Cache.from_arrays(
        folder / "cache",
        [rng.standard_normal((3, 19, 2)) for _ in range(12)],
        layout=SCALP_19,
        task=Task(("calm", "glad")),
        category=[0, 1] * 6,
        subject=["b", "a"] * 6,
        columns=columns,
    )


def test_arrays_bring_columns_of_their_own(tmp_path):
    cache = arrays(tmp_path, {"age": np.tile([30.5, np.nan], 6), "site": ["x", "y"] * 6, "left": [True, False] * 6})
    assert cache.subject.tolist() == ["b"] * 6 + ["a"] * 6
    np.testing.assert_array_equal(cache.columns["age"], [30.5] * 6 + [np.nan] * 6)
    assert cache.columns["site"].tolist() == ["x"] * 6 + ["y"] * 6
    assert cache.columns["left"].tolist() == ["true"] * 6 + ["false"] * 6


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"age": [1] * 11}, "11"),
        ({"samples": [1] * 12}, "columns 'samples'; wanted names other than"),
        ({"age": [(1, 2)] * 12}, "column age: found a tuple; wanted finite numbers and texts"),
        ({"age": [np.inf] * 12}, "column age: found inf; wanted finite numbers and texts"),
    ],
)
def test_wrong_columns_of_arrays_are_refused(tmp_path, columns, message):
    with pytest.raises(InputError, match=message):
        arrays(tmp_path, columns)


@pytest.mark.parametrize("columns", [{"age": [1]}, {"subject": [1, 1, 1]}, {"age": [1, 1, [2]]}, {"age": [1, 1, True]}])
def test_a_cache_whose_columns_do_not_fit_its_trials_is_refused(built, columns):
    stored = json.loads((built[0].path / "cache.json").read_text())
    stored["files"][0]["columns"] = columns
    del stored["sha256"]
    stored["sha256"] = hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()
    (built[0].path / "cache.json").write_text(json.dumps(stored))
    with pytest.raises(CacheCorrupt, match=r"column '(age|subject)'|columns\.age\[2\]"):
        Cache(built[0].path)


class OddStudy(Study):
    """A study of somebody else, whose columns are as they come."""

    def __init__(self, root):
        super().__init__(root)
        self.columns = {}

    def __iter__(self):
        return (replace(trial, columns=self.columns) for trial in super().__iter__())


def test_columns_of_somebody_elses_dataset_are_brought_into_one_form(study, tmp_path):
    dataset = OddStudy(study)
    dataset.columns = {"age": np.float32(31.5), "n": np.int64(3), "left": np.True_, "site": None, "iq": np.nan}
    cache = preprocess(dataset, {"eeg": [Moments()]}, tmp_path / "cache")
    assert {name: cells[0].item() for name, cells in Cache(cache.path).further_columns.items()} == {
        "age": 31.5,
        "n": 3,
        "left": "true",
    }
    for wrong in ({"part": 1}, {"": 1}, {"age": [1]}, {"age": np.inf}):
        dataset.columns = wrong
        with pytest.raises(InputError, match=r"column"):
            preprocess(dataset, {"eeg": [Moments()]}, tmp_path / "wrong")


def test_an_entry_without_columns_is_stored_as_it_was_before_there_were_any():
    stored = IndexedFile("subject-1,session-2.h5", "ab", "1", "2", (TrialFacts(3, "film", 1),)).to_json()
    assert set(stored) == {"name", "digest", "subject", "session", "trials"}
