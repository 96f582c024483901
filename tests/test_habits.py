"""What surrounds the code: the changelog's fragments, the citation, what continuous integration may do, templates."""

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import emoscan

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}")


@pytest.fixture(scope="module")
def collecting():
    """The script that puts fragments together."""
    spec = importlib.util.spec_from_file_location("collect", ROOT / "changes" / "collect.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path):
    """A changelog with one version, and two fragments."""
    (tmp_path / "changes").mkdir()
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\nWhat comes next.\n\n## 0.2.0\n\n- Before.\n\n## 0.1.0\n")
    (tmp_path / "changes" / "b.fixed.md").write_text("A fault is gone.\n")
    (tmp_path / "changes" / "a.added.md").write_text("A thing\nof two lines.\n")
    (tmp_path / "changes" / "collect.py").touch()
    return tmp_path


def test_every_fragment_is_well_formed(collecting):
    assert all(collecting.read_fragments(ROOT / "changes").values())


def test_fragments_become_a_section_before_earlier_ones_and_are_gone(collecting, tree):
    collecting.collect(tree / "CHANGELOG.md", tree / "changes", "0.3.0")
    assert (tree / "CHANGELOG.md").read_text() == (
        "# Changes\n\nWhat comes next.\n\n"
        "## 0.3.0\n\n### Added\n\n- A thing\n  of two lines.\n\n### Fixed\n\n- A fault is gone.\n\n"
        "## 0.2.0\n\n- Before.\n\n## 0.1.0\n"
    )
    assert [path.name for path in (tree / "changes").iterdir()] == ["collect.py"]


@pytest.mark.parametrize(
    "name, text, told",
    [
        ("a.broken.md", "Text.", "a kind among added, changed, fixed, removed"),
        ("A b.added.md", "Text.", "NAME.KIND.md"),
        ("notes.txt", "Text.", "NAME.KIND.md"),
        ("a.added.md", "", "whole sentences"),
        ("a.added.md", "cut off in the", "whole sentences"),
        ("a.added.md", "Long. " * 300, "at most 1000 letters"),
        ("a.added.md", "- A bullet.", "one paragraph"),
        ("a.added.md", "# Heading.", "one paragraph"),
        ("a.added.md", "One.\n\nTwo.", "one paragraph"),
    ],
)
def test_a_fragment_that_is_not_one_is_refused_by_name(collecting, tree, name, text, told):
    (tree / "changes" / name).write_text(text)
    before = (tree / "CHANGELOG.md").read_text()
    with pytest.raises(collecting.FragmentError, match=rf"{re.escape(name)}.*{told}"):
        collecting.collect(tree / "CHANGELOG.md", tree / "changes", "0.3.0")
    assert (tree / "CHANGELOG.md").read_text() == before


@pytest.mark.parametrize("version", ["0.2.0", "0.3", "next", ""])
def test_a_version_that_is_there_or_is_none_is_refused(collecting, tree, version):
    with pytest.raises(collecting.FragmentError, match="wanted one such as"):
        collecting.collect(tree / "CHANGELOG.md", tree / "changes", version)


def test_nothing_is_collected_twice(collecting, tree):
    collecting.collect(tree / "CHANGELOG.md", tree / "changes", "0.3.0")
    with pytest.raises(collecting.FragmentError, match="no fragments"):
        collecting.collect(tree / "CHANGELOG.md", tree / "changes", "0.4.0")


def test_without_a_version_it_only_shows_what_comes():
    before = sorted(ROOT.glob("changes/*"))
    done = subprocess.run([sys.executable, ROOT / "changes" / "collect.py"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("## Next\n")
    assert sorted(ROOT.glob("changes/*")) == before


def test_the_citation_has_what_its_schema_asks_for_and_this_version():
    """Citation File Format 1.2.0: the keys that must be there, and none that are unknown to it."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()
    assert cited.keys() <= set(
        "abstract authors cff-version commit contact date-released doi identifiers keywords license license-url "
        "message preferred-citation references repository repository-artifact repository-code title type "
        "url version".split()
    )
    assert (cited["cff-version"], cited["type"]) == ("1.2.0", "software")
    assert cited["version"] == emoscan.__version__
    for author in cited["authors"]:
        assert author.keys() <= {"name"} or {"family-names", "given-names"} <= author.keys()
    for other in cited["references"]:
        assert {"type", "title", "authors"} <= other.keys()


def workflows():
    return sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", workflows(), ids=lambda path: path.name)
def test_a_workflow_reads_only_and_names_what_it_uses_to_the_bit(path):
    text, flow = path.read_text(), yaml.safe_load(path.read_text())
    assert flow["permissions"] == {"contents": "read"}
    assert "secrets." not in text
    assert "pull_request_target" not in text
    used = [step["uses"] for job in flow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    assert [name for name in used if not PINNED.fullmatch(name)] == []
    assert not any("permissions" in job for job in flow["jobs"].values())


def test_every_python_that_is_supported_runs_what_anybody_can_run():
    (job,) = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"].values()
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert job["steps"][-1]["run"] == ".ci/run"
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


@pytest.mark.parametrize("name", ["bug", "odd_file", "dataset"])
def test_an_issue_form_asks_for_something_and_says_what_must_be_told(name):
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml").read_text())
    assert form["name"]
    assert form["description"]
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    ids = [part["id"] for part in asked]
    assert len(set(ids)) == len(ids)
    assert all(part["attributes"]["label"] or part["attributes"]["options"] for part in asked)
    assert any(part.get("validations", {}).get("required") for part in asked)


def test_a_pull_request_is_asked_for_what_ci_and_readers_need():
    text = (ROOT / ".github" / "pull_request_template.md").read_text()
    assert "make lint" in text
    assert "changes/NAME.KIND.md" in text


def test_includes_of_the_pages_are_not_laid_out_as_code():
    """A formatter once took ``--8<--`` for arithmetic, and the pages lost their examples."""
    pages = sorted((ROOT / "docs").rglob("*.md"))
    lines = [line for page in pages for line in page.read_text().splitlines() if line.lstrip().startswith("--8")]
    assert len(lines) > 5
    for line in lines:
        found = re.fullmatch(r'\s*--8<-- "([^":]+)(?::\w+)?"', line)
        assert found, line
        assert (ROOT / found[1]).is_file() or (ROOT / "docs" / found[1]).is_file(), line


def test_no_text_file_is_read_or_written_in_the_encoding_of_whatever_machine():
    found = []
    for folder in ("signals", "preprocessing", "models", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = getattr(node.func, "attr", "") if isinstance(node, ast.Call) else ""
                if name in ("read_text", "write_text") and "encoding" not in ast.unparse(node):
                    found.append(f"{path}:{node.lineno}")
    assert [place for place in found if "/speed/" not in place] == []  # which read files of the kernel
