"""The map of the house for newcomers is true: rooms, nouns, questions, figures of shape, walks."""

import ast
import re
import sys
from importlib import import_module

import pytest
from doc_reader import ROOT

sys.path.insert(0, str(ROOT / "docs"))
rooms, shape, walks = (import_module(name) for name in ("rooms", "shape", "walks"))

ROW = re.compile(
    r"^\| (?P<question>Where [^|]+\?) \| `(?P<room>[^`]+)` \| `(?P<file>[^`]+)` \| (?P<names>[^|]+) \|$", re.MULTILINE
)
QUESTIONS = [found.groupdict() for found in ROW.finditer((ROOT / "CONTRIBUTING.md").read_text())]

CEILINGS = {
    "recording to file": {"visited": 35, "crossings": 69, "both ways": 2, "twice": 0},
    "window to prediction": {"visited": 17, "crossings": 23, "both ways": 0, "twice": 1},
    "benchmark() to report": {"visited": 54, "crossings": 110, "both ways": 0, "twice": 5},
    "report to printed row": {"visited": 17, "crossings": 28, "both ways": 0, "twice": 0},
    "run to HTML page": {"visited": 37, "crossings": 71, "both ways": 0, "twice": 3},
}
"""What a walk may take at most; who shortens one lowers its figures."""


def test_the_list_of_rooms_is_what_the_folders_say_of_themselves():
    assert rooms.table() in (ROOT / "CONTRIBUTING.md").read_text(), "python docs/rooms.py prints it"


@pytest.mark.parametrize("noun", rooms.NOUNS)
def test_a_noun_lives_in_the_file_that_the_page_names(noun):
    text = (ROOT / "docs" / "nouns.md").read_text()
    (line,) = re.findall(rf"^\| (?:`\w+`, )?`{noun}`.*$", text, re.MULTILINE)
    assert f"`{rooms.home(noun)}`" in line.rpartition(" | ")[2] + line.rpartition("|")[0].rpartition("|")[2]


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: row["question"])
def test_a_question_is_answered_in_two_folders_and_a_file(row):
    path = ROOT / row["room"] / row["file"]
    assert row["room"].count("/") == 1
    names = set(re.findall(r"`(\w+)`", row["names"]))
    assert names
    assert names <= {getattr(node, "name", None) for node in ast.parse(path.read_text()).body}


def test_there_are_ten_questions_or_more():
    assert len(QUESTIONS) >= 10


def test_the_figures_of_shape_have_the_columns_of_the_page():
    found = shape.row(ROOT)
    head = next(line for line in (ROOT / "docs" / "shape.md").read_text().splitlines() if line.startswith("| | files"))
    assert [cell.strip() for cell in head.split("|")[2:-1]] == list(found)
    assert (found["circles of files"], found["circles of folders"]) == (0, 0)
    assert (found["public docs %"], found["typed %"]) == ("100", "100")


def test_circles_are_counted_where_there_are_some():
    assert shape._circles({"a": {"b"}, "b": {"c"}, "c": set()}) == 0
    assert shape._circles({"a": {"b"}, "b": {"a", "c"}, "c": {"d"}, "d": {"c"}, "e": {"a"}}) == 2


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walks") / "from"
    walks.prepare(folder)
    return folder


@pytest.mark.parametrize("name", walks.WALKS)
def test_a_walk_passes_no_more_files_than_it_did_and_does_nothing_more_twice(prepared, name):
    found = walks.walk(name, prepared)
    both = (found.visited, found.crossings, found.back_and_forth, found.twice)
    over = {
        of: (len(those), most)
        for (of, most), those in zip(CEILINGS[name].items(), both, strict=True)
        if len(those) > most
    }
    assert over == {}, "\n".join(["", *found.visited, *found.twice])
    assert len(found.visited) > 5


def test_what_is_read_twice_is_seen():
    from emoscan.signals import DATASETS

    with walks.walked() as found:
        DATASETS.find("SEED")
        DATASETS.find("SEED")
        DATASETS.find("DEAP")
    assert [line.partition(": ")[0] for line in found.twice] == ["signals/plug_point.py"]
    assert "2 times" in found.twice[0]
