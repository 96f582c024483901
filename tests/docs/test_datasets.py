"""Every dataset has a page, made from its class, and its lookalike goes the whole way: recipe, cache, model, report."""

import shlex
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from doc_reader import ROOT
from matplotlib.figure import Figure

from emoscan.benchmarks.commands.command import main as emo_train
from emoscan.benchmarks.page import html_report
from emoscan.benchmarks.page.figures import inline_svg
from emoscan.models import Predictor
from emoscan.preprocessing import Cache
from emoscan.preprocessing.commands.command import main as emo_preprocess
from emoscan.preprocessing.quality.face_shares import face_share, summed
from emoscan.preprocessing.steps.recipe import stream_name
from emoscan.signals import DATASETS, Dataset

sys.path[:0] = [str(ROOT / "docs"), str(ROOT / "docs" / "examples")]
dataset_pages = import_module("dataset_pages")

TINY = ("--models", "majority", "--seeds", "1", "--window", "1", "--output", "runs/bench")
ONE_EPOCH = ("--epochs", "1", "--window", "1", "--output", "runs/fit")
SMALL = "GRU(hidden=2)"


def run(program, line: str, *further: str) -> int:
    """The exit code of a command as it stands on a page, with further words behind it."""
    sys.argv = [*shlex.split(line), *further]
    return int(program())


@dataclass(frozen=True)
class Prepared:
    """The lookalike of a dataset in the folder that its page names, and the cache that the page's command made of it.

    Attributes:
        dataset, folder: The dataset, and the folder in which commands run.
        code: The exit code of the page's first command.
    """

    dataset: Dataset
    folder: Path
    code: int

    @property
    def cache(self) -> Cache:
        """The cache that the first command made."""
        return Cache(self.folder / "cache" / type(self.dataset).__name__.lower())

    @property
    def backbone(self) -> str:
        """A small network; of each stream one, where there are several."""
        streams = dict.fromkeys(stream_name(series) for series in self.cache.feature_series)
        joined = ", ".join(f"{stream}={SMALL!r}" for stream in streams)
        return SMALL if len(streams) == 1 else f"Concat({joined})"


def drawn_once(picture, folder: Path) -> str:
    """A picture of a report as SVG only: a PDF would be drawn the same way again."""
    folder.mkdir(parents=True, exist_ok=True)
    return inline_svg(picture.draw(folder / f"{picture.name}.svg").read_text(), picture.name, picture.alt)


@pytest.fixture(scope="module")
def quick_pictures():
    """Every picture is drawn, but only once and without a search for the best places: other tests hold those."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html_report, "publish_picture", drawn_once)
        patch.setattr(Figure, "set_layout_engine", lambda figure, *_, **__: setattr(figure, "_layout_engine", None))
        yield


@pytest.fixture(scope="module", params=DATASETS.known)
def prepared(request, tmp_path_factory, quick_pictures) -> Prepared:
    """A dataset whose cache all tests of it share; commands run in its folder."""
    kind, folder = DATASETS.find(request.param), tmp_path_factory.mktemp(request.param)
    root = folder / "data" / request.param.lower()
    root.mkdir(parents=True)
    kind.write_fake(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", [])
        code = run(emo_preprocess, dataset_pages.commands(kind)[0])
        yield Prepared(kind(root), folder, code)


def test_both_commands_of_a_page_run_on_the_lookalike_and_give_a_report(prepared, capsys):
    dataset = prepared.dataset
    page = dataset_pages.page_of(dataset)
    prepare, bench = dataset_pages.commands(type(dataset))
    assert f"```\n{prepare}\n{bench}\n```" in page
    assert "| needed |" not in page, "a setting without a default has no place in the command of a page"
    assert "|  |\n" not in page.partition("## Settings")[2], "a setting that nothing is said about"
    assert prepared.code == 0
    assert run(emo_train, bench, *TINY) == 0
    assert run(emo_train, "emo-train report runs/bench --output report/page.html") == 0
    assert "SIMULATED" in capsys.readouterr().out
    assert "SIMULATED" in Path("report/page.html").read_text()


def test_a_model_of_one_epoch_predicts_the_first_trial_and_the_last(prepared, capsys):
    name = type(prepared.dataset).__name__.lower()
    assert run(emo_train, f"emo-train fit cache/{name} --backbone", prepared.backbone, *ONE_EPOCH) == 0
    assert "trained on" in capsys.readouterr().out
    predict, trials, task = Predictor.load("runs/fit"), list(prepared.dataset), prepared.dataset.task
    for trial in (trials[0], trials[-1]):
        timeline = predict(trial)
        assert len(timeline.times)
        assert tuple(timeline.columns) == (*task.categories, *task.dimensions, *task.units)
        assert all(np.isfinite(curve).all() for curve in timeline.columns.values())


def test_the_default_recipe_sees_the_faces_that_the_lookalike_draws(prepared):
    cache = prepared.cache
    for name in (name for name in cache.modalities if "Centerface" in str(cache.recipe[name])):
        files = [n for n in range(len(cache.index.files)) if name in cache.file(n).series]
        shares = [share for n in files if (share := face_share(cache, n, name)) and share.frames]
        assert summed(shares)[0].seen > 0.95


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
