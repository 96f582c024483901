"""Every dataset has a page, made from its class, and the two commands of each page run on its lookalike."""

import json
import shlex
import sys
from importlib import import_module
from pathlib import Path

import pytest
from doc_reader import ROOT

from emoscan.benchmarks.commands.command import main as emo_train
from emoscan.preprocessing.building.dataset_build import find_recipe
from emoscan.preprocessing.commands.command import main as emo_preprocess
from emoscan.preprocessing.steps.recipe import recipe_text
from emoscan.signals import DATASETS, Dataset

sys.path[:0] = [str(ROOT / "docs"), str(ROOT / "docs" / "examples")]
dataset_pages = import_module("dataset_pages")

TINY = ("--models", "majority", "--seeds", "1", "--window", "1")
NOT_SEEN = "FaceCrop(size=48, detector='Whole')"
"""In place of a detector that looks for a face: it sees none in what a lookalike draws."""


def run(program, line: str, *further: str) -> int:
    """The exit code of a command as it stands on a page, with further words behind it."""
    sys.argv = [*shlex.split(line), *further]
    return int(program())


def small(dataset: Dataset) -> tuple[str, ...]:
    """The options for one series of each stream, without looking for faces; none where a page has a recipe."""
    if "--recipe" in dataset.run_options:
        return ()
    steps = {name: text for name, text in recipe_text(find_recipe(dataset)).items() if "-" not in name}
    seen = {name: [NOT_SEEN if _looks_for_one(one) else one for one in texts] for name, texts in steps.items()}
    return ("--recipe", json.dumps(seen))


def _looks_for_one(step: str) -> bool:
    return "Centerface" in step and "lost='whole'" not in step and "Given(" not in step


@pytest.fixture
def lookalike(request, tmp_path, monkeypatch) -> Dataset:
    """The lookalike of a dataset in the folder that its page names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [])
    kind = DATASETS.find(request.param)
    root = Path("data") / request.param.lower()
    root.mkdir(parents=True)
    kind.write_fake(root)
    return kind(root)


@pytest.mark.parametrize("lookalike", DATASETS.known, indirect=True)
def test_both_commands_of_a_page_run_on_the_lookalike(lookalike, capsys):
    page = dataset_pages.page_of(lookalike)
    prepare, bench = dataset_pages.commands(type(lookalike))
    assert f"```\n{prepare}\n{bench}\n```" in page
    assert "| needed |" not in page, "a setting without a default has no place in the command of a page"
    assert "|  |\n" not in page.partition("## Settings")[2], "a setting that nothing is said about"
    assert run(emo_preprocess, prepare, *small(lookalike)) == 0
    assert run(emo_train, bench, *TINY) == 0
    assert "SIMULATED" in capsys.readouterr().out


@pytest.mark.parametrize("name", DATASETS.known)
def test_a_dataset_says_where_to_ask_for_it_and_whom_to_cite(name):
    kind = DATASETS.find(name)
    mine = kind.access in (
        "Your own recordings.",
        "Nobody was recorded: it is simulated.",
        "Comes with SEED: see there.",
    )
    assert kind.access.endswith(".")
    assert mine or "Source" in dataset_pages.described(kind).sections


def test_a_dataset_that_is_added_gets_a_page_without_anyone_writing_one(monkeypatch):
    films = import_module("add_dataset").Films
    monkeypatch.setattr(dataset_pages, "known", lambda: {"Films": films})
    assert sorted(dataset_pages.pages()) == ["datasets/films.md", "datasets/index.md"]
    assert "emo-preprocess run Films data/films cache/films" in dataset_pages.page(films)
    assert "(films.md)" in dataset_pages.index()


def test_every_dataset_of_the_registry_has_a_page():
    assert sorted(dataset_pages.known()) == sorted(DATASETS.known)
    assert not list((ROOT / "docs" / "datasets").glob("*.md")), "pages of datasets are made, not written"
