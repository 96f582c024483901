"""Names in files of others command nothing: not a terminal, a page, a table, a paper or a spreadsheet."""

import csv
import io
import re
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pytest

from emoscan.benchmarks.commands.command import main as train
from emoscan.models import Timeline, write_timeline
from emoscan.models.learning.prediction import Prediction
from emoscan.preprocessing import Cache
from emoscan.preprocessing.building.progress import new_console, progress_bar
from emoscan.preprocessing.commands.command import main as prepare
from emoscan.preprocessing.commands.command_line import run_command
from emoscan.preprocessing.pictures import new_figure, save_figure
from emoscan.signals import SCALP_19, InputError, Simulated, Task
from emoscan.signals.shown_text import csv_text, visible

SUBJECTS = ("[/red]", "\x1b[31m\x1b]0;owned\x07red", "=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>", "a\u202eb")
CATEGORIES = ("[bold]\x1b[2Jgone", "<script>alert(1)</script>", "@SUM(1+1)")
COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")
"""Letters that no terminal and no file for readers may get."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Five people and three classes with such names."""
    rng, keys = np.random.default_rng(0), [(name, t) for name in SUBJECTS for t in range(1, 7)]
    return Cache.from_arrays(
        tmp_path_factory.mktemp("names") / "cache",
        [rng.standard_normal((8, 19, 5)) + 2 * np.eye(5)[t % 3] for _, t in keys],
        layout=SCALP_19,
        task=Task(CATEGORIES),
        category=[t % 3 for _, t in keys],
        subject=[name for name, _ in keys],
        trial=[t for _, t in keys],
        dataset="[red]<b>=1+1\x1b[0m",
    )


@pytest.fixture
def command(monkeypatch, capsys):
    """Run a command; give what it printed."""

    def run(main, *words):
        monkeypatch.setattr(sys, "argv", ["command", *map(str, words)])
        code = main()
        out, err = capsys.readouterr()
        assert code == 0, err
        return out + err

    return run


@pytest.fixture(scope="module")
def bench(cache, tmp_path_factory):
    """The folder of a bench of two models."""
    folder = tmp_path_factory.mktemp("names") / "run"
    with pytest.MonkeyPatch.context() as patch:
        words = ("bench", cache.path, "--models", "linear,majority", "--window", "4", "--output", folder)
        patch.setattr(sys, "argv", ["emo-train", *map(str, words)])
        assert train() == 0
    return folder


def test_inspect_shows_each_name_as_it_is(cache, command):
    out = command(prepare, "inspect", cache.path)
    for name in (*SUBJECTS, *CATEGORIES, cache.dataset):
        assert visible(name) in out
    assert not COMMANDS.search(out)


def test_run_tells_of_a_recording_by_its_name(tmp_path, command):
    Simulated.write_fake(tmp_path / "simulated", 0)
    assert not COMMANDS.search(command(prepare, "run", "Simulated", tmp_path / "simulated", tmp_path / "cache"))


def test_a_table_commands_nothing_in_any_of_its_forms(cache, bench, command):
    out = command(train, "table", bench)
    written = {path.suffix: path.read_text(encoding="utf-8") for path in (bench / "table.md", bench / "table.html")}
    for text in (out, *written.values()):
        assert not COMMANDS.search(text)
    for suffix in (".md", ".html"):
        assert not re.search(r"(?<!\\)<(script|img|b>)", written[suffix])
    assert "[red]<b>=1+1\\x1b[0m" in out


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def test_a_page_its_pictures_and_its_paper_command_nothing(bench, tmp_path, command):
    page = tmp_path / "page.html"
    assert not COMMANDS.search(command(train, "report", bench, "--output", page))
    text = page.read_text(encoding="utf-8")
    assert not COMMANDS.search(text)
    tags = _Tags()
    tags.feed(text)
    assert [tag for tag, about in tags.found if tag == "img" or "onerror" in about] == []
    assert sum(tag == "script" for tag, _ in tags.found) == 1  # the page's own
    assert visible(CATEGORIES[0]) in text
    assert not COMMANDS.search(page.with_suffix(".tex").read_text(encoding="utf-8"))
    for picture in (tmp_path / "page-figures").glob("*.svg"):
        ET.parse(picture)


def test_a_picture_with_such_a_name_is_one_that_opens(tmp_path):
    figure = new_figure(3, 2)
    figure.subplots().set_title(SUBJECTS[1])
    ET.parse(save_figure(figure, tmp_path / "name.svg"))


def test_predict_writes_no_formula_and_says_no_command(cache, tmp_path, command):
    times, probability = np.array([1.0, 2.0]), np.full((2, 3), 1 / 3)
    timeline = Timeline(
        times=times,
        prediction=Prediction(probability, np.zeros((2, 0)), np.zeros((2, 0))),
        present={},
        score={},
        task=cache.task,
        title=f"{cache.dataset},=1+1\n@SUM",
    )
    write_timeline(timeline, tmp_path / "timeline.csv")
    first, head, *rows = csv.reader(io.StringIO((tmp_path / "timeline.csv").read_text(encoding="utf-8")))
    assert first[0].startswith("# ")
    assert not any(cell.startswith(tuple("=+-@")) for cell in (*first, *head))
    assert head[1:] == [visible(CATEGORIES[0]), CATEGORIES[1], "'@SUM(1+1)"]
    assert [[float(cell) for cell in row] for row in rows] == [[t, *[0.333333] * 3] for t in times]


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", " =1", "\t=1", '=HYPERLINK("x")', "-", "\r=1"])
def test_text_that_a_spreadsheet_would_compute_is_marked_as_text(cell):
    ((first, second),) = csv.reader(io.StringIO(csv_text([(cell, "name")])))
    assert first == f"'{visible(cell)}" or not re.match(r"\s*[=+\-@]", first)
    assert second == "name"


@pytest.mark.parametrize("cell", ["-1.5", "+2", "1e-3", "-inf", "nan", "", -1.5, 3, "name", "a=b", "S01-2"])
def test_numbers_stay_numbers_and_names_stay_names(cell):
    (row,) = csv.reader(io.StringIO(csv_text([(cell, 1)])))
    assert row == [str(cell), "1"]


def test_whatever_a_command_prints_is_made_visible(capsys):
    def shout(name: str) -> None:
        """Print a name.

        Args:
            name: The name.
        """
        print(name)
        new_console().print(name)
        print(name, file=sys.stderr)
        raise InputError(name, name, "another")

    assert run_command({"shout": shout}, "emo-lab", "", arguments=["shout", "\x1b[31m[/red]"]) == 2
    out, err = capsys.readouterr()
    assert out == "\\x1b[31m[/red]\n" * 2
    assert err.startswith("\\x1b[31m[/red]\nemo-lab: \\x1b[31m[/red]: found")
    assert not COMMANDS.search(out + err)


def test_colours_still_reach_a_terminal_and_names_do_not_colour_it():
    shown = io.StringIO()
    console = new_console(file=shown, force_terminal=True, width=60)
    console.print(f"{SUBJECTS[1]} [bold]", style="bold")
    assert shown.getvalue().startswith("\x1b[1m")
    assert shown.getvalue().count("\x1b") == 2  # bold, and its end
    assert f"{visible(SUBJECTS[1])} [bold]" in shown.getvalue()


def test_the_title_of_a_bar_is_no_markup(monkeypatch):
    """As of a model with a list among its settings."""
    shown = io.StringIO()
    usual = new_console
    monkeypatch.setattr(
        "emoscan.preprocessing.building.progress.new_console",
        lambda **settings: usual(file=shown, force_terminal=True, width=80, **{**settings, "stderr": False}),
    )
    with progress_bar("Net(sizes=[/red])", 2) as advance:
        advance(1)
    assert "Net(sizes=[/red])" in shown.getvalue()
