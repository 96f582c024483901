"""What the pages show runs: tutorials, examples, pictures, the README's script, the blocks of Python in the pages."""

import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import pytest

from emoscan.signals import EEGMAT

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SCRIPTS = sorted([*DOCS.glob("tutorials/*.py"), *DOCS.glob("examples/*.py")])
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")])
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SNIPPET = re.compile(r'--8<-- "(.+?)"')


@pytest.fixture
def run(tmp_path, monkeypatch, capsys) -> Callable[..., str]:
    """What a script prints that runs as the main module in an empty folder.

    It runs in this process, since most of a process of its own would load torch: several seconds a script.
    """

    def printed(script: Path, *arguments: str) -> str:
        modules = set(sys.modules)
        monkeypatch.chdir(tmp_path)
        monkeypatch.syspath_prepend(script.parent)  # where Python looks first for what a script imports
        monkeypatch.setattr(sys, "argv", [str(script), *arguments])
        with mpl.rc_context({"backend": "agg"}):
            runpy.run_path(str(script), run_name="__main__")
        for name in [name for name in set(sys.modules) - modules if beside(script, name)]:
            del sys.modules[name]  # the next script may have another module of that name beside it
        return capsys.readouterr().out

    return printed


def beside(script: Path, module: str) -> bool:
    """Whether a module that was loaded is a file beside the script."""
    return Path(getattr(sys.modules[module], "__file__", None) or "/").parent == script.parent


def own_blocks(page: Path) -> str:
    """The Python written in the page itself, one block after the other."""
    return "\n".join(block for block in PYTHON.findall(page.read_text()) if not SNIPPET.search(block))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_tutorial_and_example_shows_something_and_writes_into_no_folder_of_the_readers(script, run, tmp_path):
    assert run(script).strip()
    assert {path.name for path in tmp_path.iterdir()} <= {"tutorial"}


@pytest.mark.parametrize("picture", sorted(DOCS.glob("pictures/*.py")), ids=lambda path: path.stem)
def test_every_picture_can_be_drawn_again(picture, run, tmp_path):
    (kind,) = (kind for kind in (".svg", ".png") if picture.with_suffix(kind).exists())
    run(picture, f"drawn{kind}")
    assert {".svg": b"<svg", ".png": b"PNG"}[kind] in (tmp_path / f"drawn{kind}").read_bytes()


@pytest.mark.parametrize("page", [page for page in PAGES if own_blocks(page)], ids=lambda path: path.stem)
def test_the_python_of_every_page_runs(page, run, tmp_path):
    EEGMAT.write_fake(tmp_path / "data" / "eegmat")  # what the pages call a folder of the reader's
    (tmp_path / "page.py").write_text(own_blocks(page))
    run(tmp_path / "page.py")


def test_every_script_is_shown_on_a_page_below_a_link_to_it():
    """The link is for those who read the page where nothing is put into it, as on the repository's host."""
    texts = {page: page.read_text() for page in PAGES}
    shown = {name for text in texts.values() for name in SNIPPET.findall(text)}
    linked = {
        f"docs/{path}" for text in texts.values() for path in re.findall(r"^The script: \[.+?\]\((.+)\)$", text, re.M)
    }
    assert {str(script.relative_to(ROOT)) for script in SCRIPTS} - linked == set()
    assert {str(script.relative_to(ROOT)) for script in SCRIPTS} - shown == set()


def test_no_page_is_left_out_of_the_site():
    listed = re.findall(r": (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []
