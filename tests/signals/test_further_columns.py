"""A lab's own columns beside ours: age, site, block. Numbers stay numbers, text stays text, missing stays missing."""

import pytest

from emoscan.signals import InputError, TrialTable
from emoscan.signals.trials.further_columns import typed_cells

HEAD = "subject,session,trial,stimulus,eeg,start,stop,category"


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    root = tmp_path_factory.mktemp("lab")
    TrialTable.write_fake(root)
    (root / "trials.csv").unlink()
    (root / "events.csv").unlink()
    return root


def table(folder, head, *lines, name="trials.csv"):
    path = folder / name
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def of_trials(path, **settings):
    return [dict(trial.columns) for trial in TrialTable(path, **settings)]


@pytest.mark.parametrize(
    ("cells", "typed"),
    [
        (["31", " 24", ""], [31, 24, None]),
        (["1.5", "-.5", "2e3", "7"], [1.5, -0.5, 2000.0, 7]),
        (["31", "NA", "n/a", "NaN", "."], [31, None, None, None, None]),
        (["007", "012"], ["007", "012"]),
        (["12345678901234567", "1"], ["12345678901234567", "1"]),
        (["1_000", "2"], ["1_000", "2"]),
        (["inf", "1"], ["inf", "1"]),
        (["A", "", "NA", "n/a"], ["A", None, "NA", None]),
        (["", "n/a"], [None, None]),
        (["NA", "na"], ["NA", "na"]),
        (["true", "1"], ["true", "1"]),
    ],
)
def test_a_column_is_of_numbers_if_all_that_is_there_is_a_number(cells, typed):
    assert typed_cells(cells) == typed
    assert [type(cell) for cell in typed_cells(cells)] == [type(cell) for cell in typed]


def test_columns_of_the_lab_stay_with_their_trials(recordings):
    lines = "a,1,1,x,s1.edf,0,9,u,31,Köln,", "a,1,2,x,s1.edf,9,20,v,31,Köln,2", "b,1,1,x,s2.edf,,,v,,Bonn,1.5"
    found = of_trials(table(recordings, f"{HEAD},age,site,block", *lines))
    assert found == [
        {"age": 31, "site": "Köln"},
        {"age": 31, "site": "Köln", "block": 2},
        {"site": "Bonn", "block": 1.5},
    ]


def test_a_nameless_empty_column_is_none_and_a_nameless_full_one_is_refused(recordings):
    assert of_trials(table(recordings, f"{HEAD},", "a,1,1,x,s1.edf,,,u,", "b,1,1,x,s2.edf,,,v,")) == [{}, {}]
    path = table(recordings, f"{HEAD},", "a,1,1,x,s1.edf,,,u,1", "b,1,1,x,s2.edf,,,v,")
    with pytest.raises(InputError, match="columns ''; wanted names other than"):
        TrialTable(path)


@pytest.mark.parametrize("name", ["part", "learned", "samples"])
def test_the_name_of_a_column_that_every_cache_has_is_refused_with_a_way_on(recordings, name):
    path = table(recordings, f"{HEAD},{name}", "a,1,1,x,s1.edf,,,u,1", "b,1,1,x,s2.edf,,,v,2")
    with pytest.raises(InputError, match=rf"columns '{name}'; wanted names other than.*{{{name}_of_lab: {name}}}"):
        TrialTable(path)
    assert of_trials(path, columns={f"{name}_of_lab": name}) == [{f"{name}_of_lab": 1}, {f"{name}_of_lab": 2}]


def test_a_column_that_may_have_been_meant_as_ours_is_told(recordings):
    path = table(recordings, f"{HEAD},valance,age", "a,1,1,x,s1.edf,,,u,0.5,30", "b,1,1,x,s2.edf,,,v,0,31")
    (remark,) = {remark for trial in TrialTable(path) for remark in trial.remarks}
    assert "column 'valance' is one of the lab's own; if it is our valence, say so in trials.yaml" in remark
    assert not any(trial.remarks for trial in TrialTable(path, columns={"valence": "valance"}))


def test_texts_that_differ_in_spelling_only_are_told(recordings):
    path = table(recordings, f"{HEAD},site", "a,1,1,x,s1.edf,,,u,Site A", "b,1,1,x,s2.edf,,,v,site a")
    (remark,) = {remark for trial in TrialTable(path) for remark in trial.remarks}
    assert "column site: 'Site A' and 'site a' are told apart" in remark


def test_further_tables_are_joined_by_the_columns_that_they_share(recordings):
    path = table(recordings, "subject,session,trial,film,eeg,start,stop", "a,1,1,3,s1.edf,0,9", "b,1,1,7,s2.edf,0,9")
    table(recordings, "film,category,film_name", "7.0,sad,Bambi", "3,happy,Up", name="films.csv")
    table(recordings, "subject;film;valence;age", "b;7;0,25;40", "a;3;-1;31", name="ratings.csv")
    dataset = TrialTable(path, columns={"stimulus": "film"}, tables=["films.csv", "ratings.csv"])
    assert dataset.task.categories == ("happy", "sad")
    assert [trial.target.category.tolist() for trial in dataset] == [[0], [1]]
    assert [trial.target.dimensions.tolist() for trial in dataset] == [[[-1.0]], [[0.25]]]
    assert [dict(trial.columns) for trial in dataset] == [
        {"film_name": "Up", "age": 31},
        {"film_name": "Bambi", "age": 40},
    ]


def test_a_trial_that_a_further_table_does_not_know_has_no_label_and_a_remark(recordings):
    path = table(
        recordings, "subject,session,trial,stimulus,eeg", "a,1,1,up,s1.edf", "b,1,1,other,s2.edf", "c,1,1,Bambi,s3.edf"
    )
    table(recordings, "stimulus,category", "Up,happy", "Bambi,sad", name="films.csv")
    dataset = TrialTable(path, tables="films.csv")
    assert [trial.target.category.tolist() for trial in dataset] == [[0], [-1], [1]]
    assert [trial.remarks for trial in dataset] == [
        (),
        ("eeg: films.csv has no line for stimulus 'other': nothing is known from there",),
        (),
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("stimulus,category", "x,sad", "X ,happy"), "films.csv:3: found stimulus 'X' again .see line 2"),
        (
            ("film,category", "x,sad", "y,happy"),
            "columns film, category; wanted one that trials have: subject.*stimulus",
        ),
        (("stimulus,start", "x,1", "y,2"), "films.csv:1: found start here and in trials.csv"),
        (("stimulus,category", "p,sad", "q,happy"), "no line for any trial .here stimulus 'p', the first trial"),
        (("stimulus,category", "x"), "films.csv:2: found 1 values; wanted 2"),
        (("stimulus,category",), "films.csv: found no lines"),
    ],
)
def test_a_further_table_that_cannot_be_joined_is_refused(recordings, lines, message):
    path = table(recordings, "subject,session,trial,stimulus,eeg,start", "a,1,1,x,s1.edf,1", "b,1,1,y,s2.edf,1")
    table(recordings, *lines, name="films.csv")
    with pytest.raises(InputError, match=message):
        TrialTable(path, tables="films.csv")


@pytest.mark.parametrize(
    ("tables", "message"),
    [("none.csv", "tables: found no file"), ({"a": 1}, "a table's name"), ([3], "a table's name")],
)
def test_a_wrong_name_of_a_further_table_is_refused(recordings, tables, message):
    path = table(recordings, "subject,session,trial,stimulus,eeg,start", "a,1,1,x,s1.edf,1")
    with pytest.raises(InputError, match=message):
        TrialTable(path, tables=tables)
