"""What a lab receives: every package, one direction of imports, light starts, a wheel that holds the code alone."""

import ast
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHAIN = ("signals", "preprocessing", "models", "benchmarks")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
HEAVY = ("torch", "pytorch_lightning", "sklearn", "braindecode", "mne", "mediapipe")


LEFT = {Path("benchmarks/speed"), Path("benchmarks/soak")}
"""What stays in the repository: it measures a checkout."""


def shipped() -> list[Path]:
    """Modules that are in the wheel."""
    return [path for path in modules() if LEFT.isdisjoint(path.parents)]


def modules() -> list[Path]:
    return [path.relative_to(ROOT) for folder in CHAIN for path in sorted((ROOT / folder).rglob("*.py"))]


def faces() -> list[Path]:
    """The lists of names that a part of the package shows."""
    return [path.relative_to(ROOT) for folder in CHAIN for path in sorted((ROOT / folder).rglob("*.pyi"))]


def test_pyproject_lists_every_package_of_the_tree_but_the_one_that_measures_it():
    tree = {"emoscan"} | {".".join(("emoscan", *path.parent.parts)) for path in shipped()}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == tree


def imported_folders(path: Path) -> set[str]:
    """The folders of ours that a module names in its imports, anywhere in it."""
    package = ("emoscan", *path.parent.parts)
    return {name.split(".")[1] for name in imported_names(path, package) if name.startswith("emoscan.")}


def imported_names(path: Path, package: tuple[str, ...]) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            yield from (".".join((*above, *filter(None, [node.module]), alias.name)) for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=str)
def test_imports_point_left(path):
    right = CHAIN[CHAIN.index(path.parts[0]) + 1 :]
    assert imported_folders(path).isdisjoint(right)


@pytest.mark.parametrize("path", modules(), ids=str)
def test_folders_are_named_relatively_from_inside(path):
    absolute = [name for name in imported_names(path, ()) if name.split(".")[0] == "emoscan"]
    assert absolute == []


def test_nothing_in_the_wheel_imports_what_is_not_in_it():
    left = tuple(f"emoscan.{'.'.join(path.parts)}" for path in LEFT)
    found = [p for p in shipped() for name in imported_names(p, ("emoscan", *p.parent.parts)) if name.startswith(left)]
    assert found == []


@pytest.mark.parametrize("name", ["speed", "soak"])
def test_what_is_not_in_the_wheel_runs_from_a_checkout(name):
    command = [sys.executable, "-m", f"emoscan.benchmarks.{name}", "--help"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "which files to run" in done.stdout


@pytest.mark.parametrize("module", ["", ".signals", ".preprocessing", ".preprocessing.commands.command"])
def test_the_light_half_starts_without_the_heavy_libraries(module):
    code = f"import sys, emoscan{module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_every_dependency_is_pinned():
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    extras = PROJECT["project"]["optional-dependencies"].values()
    named = [Requirement(line) for group in (PROJECT["project"]["dependencies"], *extras) for line in group]
    pins = pinned()
    assert [r.name for r in named if not r.specifier.contains(pins.get(canonicalize_name(r.name), "0"))] == []


def test_no_dependency_has_an_upper_bound():
    assert [line for line in PROJECT["project"]["dependencies"] if "<" in line or "==" in line] == []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that has been set up: what the Makefile reads, and the stamp it leaves."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "installed").touch()
    return tmp_path


def planned(checkout: Path, target: str) -> str:
    return subprocess.run(["make", "-n", target], cwd=checkout, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("target", ["setup", "demo", "test", "bench", "style"])
def test_a_second_make_installs_nothing(checkout, target):
    assert "pip install" not in planned(checkout, target)


@pytest.mark.parametrize("newer", ["constraints.txt", "pyproject.toml"])
def test_make_installs_by_the_pins_when_they_change(checkout, newer):
    later = (checkout / ".venv" / "installed").stat().st_mtime + 10
    os.utime(checkout / newer, (later, later))
    installs = [line for line in planned(checkout, "test").splitlines() if "pip install" in line]
    assert "torch" in installs[0]
    assert all("--constraint constraints.txt" in line for line in installs)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist and the wheel made from it, built from a copy of the tree."""
    copy = tmp_path_factory.mktemp("source") / "tree"
    made = {"build", "dist", "site", "cache", "runs"}
    anywhere = shutil.ignore_patterns(".*", "*.egg-info", "__pycache__")
    shutil.copytree(
        ROOT,
        copy,
        ignore=lambda folder, names: (
            {*anywhere(folder, names), *(made.intersection(names) if Path(folder) == ROOT else ())}
        ),
    )
    shutil.copytree(ROOT / ".ci", copy / ".ci")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", copy / "dist", copy]
    done = subprocess.run(command, capture_output=True, text=True, cwd=copy)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return copy / "dist"


def names_in_wheel(built: Path) -> set[str]:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        return set(wheel.namelist())


def names_in_sdist(built: Path) -> set[str]:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        return {name.partition("/")[2] for name in sdist.getnames()}


def test_the_wheel_holds_the_code_and_its_data_and_nothing_else(built):
    code = {f"emoscan/{path.as_posix()}" for path in [*shipped(), *faces(), Path("__init__.py"), Path("py.typed")]}
    weights = [*ROOT.glob("preprocessing/faces/centerface.*z"), *ROOT.glob("preprocessing/faces/centerface.*txt")]
    found = [*ROOT.glob("benchmarks/**/*.yaml"), *ROOT.glob("benchmarks/page/page.*"), *weights]
    data = {f"emoscan/{path.relative_to(ROOT).as_posix()}" for path in found}
    assert {path.suffix for path in found} == {".yaml", ".jinja", ".css", ".js", ".gz", ".txt"}
    held = {name for name in names_in_wheel(built) if ".dist-info/" not in name}
    assert held == code | data


def test_the_sdist_holds_what_a_build_needs_and_no_tests_or_docs(built):
    names = names_in_sdist(built)
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "constraints.txt", "py.typed"} <= names
    assert {name.split("/")[0] for name in names}.isdisjoint({"tests", "docs", ".ci", ".github", "changes"})
    assert [name for name in names if name.startswith(tuple(path.as_posix() for path in LEFT))] == []


def test_the_wheel_imports_from_where_it_is_installed(built, tmp_path):
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", tmp_path]
    subprocess.run([*command, next(built.glob("*.whl"))], check=True, capture_output=True)
    code = "import emoscan.signals as s, emoscan.preprocessing, emoscan.models, emoscan.benchmarks; print(s.__file__)"
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))


def test_the_licence_travels_with_the_wheel(built):
    assert any(name.endswith("licenses/LICENSE") for name in names_in_wheel(built))
