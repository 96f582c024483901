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
    "recording to file": {"visited": 56, "crossings": 118, "both ways": 0, "twice": 0},
    "window to prediction": {"visited": 22, "crossings": 33, "both ways": 0, "twice": 0},
    "benchmark() to report": {"visited": 67, "crossings": 148, "both ways": 0, "twice": 0},
    "report to printed row": {"visited": 19, "crossings": 41, "both ways": 0, "twice": 0},
    "run to HTML page": {"visited": 51, "crossings": 121, "both ways": 0, "twice": 0},
}
"""What a walk may take at most; who shortens one lowers its figures.

One more than docs/walks.py counts: when memory of a file is let go of, the file that unmaps it is passed as well.
"""


def test_the_list_of_rooms_is_what_the_folders_say_of_themselves():
    assert rooms.table() in (ROOT / "CONTRIBUTING.md").read_text(), "python docs/rooms.py prints it"


@pytest.mark.parametrize("noun", rooms.NOUNS)
def test_a_noun_lives_in_the_file_that_the_page_names(noun):
    text = (ROOT / "docs" / "nouns.md").read_text()
    (line,) = re.findall(rf"^\| (?:`\w+`, )?`{noun}`.*$", text, re.MULTILINE)
    assert f"`{rooms.home(noun)}`" in line.split("|")[-2]


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: row["question"])
def test_a_question_is_answered_in_two_folders_and_a_file(row):
    path = ROOT / row["file"]
    assert path.parent == ROOT / row["room"]
    assert row["room"].count("/") == 1
    names = set(re.findall(r"`(\w+)`", row["names"]))
    assert names
    assert names <= {getattr(node, "name", None) for node in ast.parse(path.read_text()).body}


def test_there_are_ten_questions_or_more():
    assert len(QUESTIONS) >= 10


@pytest.fixture
def small(tmp_path):
    """A package of four files, two of which import each other."""
    for folder in (*shape.FOLDERS, "tests"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text("")
    add = 'def add(a: int, b: int) -> int:\n    """The sum."""\n    # why\n    return a + b\n'
    (tmp_path / "signals" / "one.py").write_text(f"from .two import times\n\n\n{add}")
    (tmp_path / "signals" / "two.py").write_text(
        "from .one import add\n\n\ndef times(a, b):\n    return a and b or 0\n"
    )
    (tmp_path / "tests" / "test_one.py").write_text("def test_add():\n    assert True\n")
    return tmp_path


def test_the_figures_of_shape_are_those_of_a_package_that_can_be_counted_by_hand(small):
    assert shape.row(small) == {
        "files": 2,
        "code lines": "6",
        "file median / p90 / max": "6 / 7 / 7",
        "fn median / p90": "2 / 2",
        "fn > 50 %": "0.0",
        "complexity > 10 %": "0.0",
        "params p90": 2,
        "imports per file": "1",
        "public docs %": "50",
        "doc/code": ".17",
        "comments a hundred lines": "16.7",
        "typed %": "50",
        "test/code": ".33",
        "circles of files": 1,
        "circles of folders": 0,
    }


def test_the_page_of_shape_has_the_columns_of_the_script(small):
    head = next(line for line in (ROOT / "docs" / "shape.md").read_text().splitlines() if line.startswith("| | files"))
    assert [cell.strip() for cell in head.split("|")[2:-1]] == list(shape.row(small))


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
