"""The site builds without a warning and without the network, from every public docstring."""

import html
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import emoscan
from emoscan.signals import DATASETS

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("signals", "preprocessing", "models", "benchmarks")
CODE_BLOCK = re.compile(r"<pre><span></span><code>(.*?)</code></pre>", re.DOTALL)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    copy = folder / "copy" / "emoscan"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "__init__.py", copy)
    environment = {**os.environ, "EMOSCAN_COPY": str(copy.parent), "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder / "html")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "html"


def test_pages_fetch_nothing_from_elsewhere(site):
    loaded = r'<(?:script|img|iframe)[^>]+src="(https?:[^"]+)"|<link[^>]+rel="stylesheet"[^>]+href="(https?:[^"]+)"'
    pages = site.rglob("*.html")
    assert [hit for page in pages for hit in re.findall(loaded, page.read_text())] == []


@pytest.mark.parametrize("name", FOLDERS)
def test_every_public_name_has_a_place_on_the_site(site, name):
    placed = re.findall(r'id="emoscan\.\w+\.([\w.]+)"', (site / "api" / name / "index.html").read_text())
    public = getattr(emoscan, name).__all__
    placed = {place.split(".")[-1] for place in placed}  # a function may stand in a module of its own
    assert set(public) - placed == set()


def test_the_page_of_strnn_shows_the_present_file_in_full_beside_its_equations(site):
    page = (site / "papers" / "strnn" / "index.html").read_text()
    equations, *others = [html.unescape(re.sub("<[^>]+>", "", block)) for block in CODE_BLOCK.findall(page)]
    assert (ROOT / "models" / "backbones" / "strnn" / "strnn.py").read_text().strip() in [own.strip() for own in others]
    assert re.findall(r"^\((\d)\)", equations, re.MULTILINE) == list("1234567")


def test_every_dataset_has_its_page_on_the_site(site):
    made = {page.parent.name for page in (site / "datasets").glob("*/index.html")}
    assert made == {name.lower() for name in DATASETS.known}
    assert "datasets/deap/" in (site / "index.html").read_text()
