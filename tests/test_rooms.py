"""The walls of the house: no circle of files or of rooms, few modules a room, and every room says what lives there."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("signals", "preprocessing", "models", "benchmarks")
MOST = 14
"""Modules in a room; ``datasets`` has one for each dataset."""


def modules() -> dict[str, Path]:
    """Every module but the faces, by its dotted name below the package."""
    paths = [path for part in PARTS for path in sorted((ROOT / part).rglob("*.py")) if path.name != "__init__.py"]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}


def rooms() -> list[Path]:
    return [path.parent for part in PARTS for path in sorted((ROOT / part).rglob("__init__.py"))]


def room_of(module: str) -> str:
    return module.rpartition(".")[0]


def shown() -> dict[str, str]:
    """The module behind each name of a face: ``signals.Task`` is ``signals.trials.task``."""
    found = {}
    for part in PARTS:
        for face in sorted((ROOT / part).rglob("__init__.pyi")):
            package = ".".join(face.parent.relative_to(ROOT).parts)
            for node in ast.parse(face.read_text()).body:
                if isinstance(node, ast.ImportFrom):
                    found |= {f"{package}.{alias.name}": f"{package}.{node.module}" for alias in node.names}
    return found


def imported(module: str, path: Path, faces: Mapping[str, str]) -> Iterator[str]:
    """The modules of ours that one imports, anywhere in it; a name of a face counts as the module behind it."""
    package = module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            target = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:
                name = f"{target}.{alias.name}".lstrip(".")
                yield faces.get(name, name if name in KNOWN else target)


KNOWN = modules()


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    faces = shown()
    return {
        name: {other for other in imported(name, path, faces) if other in KNOWN and other != name}
        for name, path in KNOWN.items()
    }


def circles(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What remains when nodes without a way on, and nodes that nothing leads to, are taken away again and again."""
    left = {node: set(targets) for node, targets in graph.items()}
    while True:
        reached = {target for targets in left.values() for target in targets}
        inside = {node: targets & left.keys() for node, targets in left.items() if node in reached}
        kept = {node: targets for node, targets in inside.items() if targets}
        if kept == left:
            return kept
        left = kept


def test_a_circle_is_found_where_there_is_one():
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == {}
    assert circles({"a": {"b"}, "b": {"a"}, "c": {"a"}}) == {"a": {"b"}, "b": {"a"}}


def test_no_files_import_each_other_in_a_circle(imports):
    assert circles(imports) == {}


def test_no_rooms_import_each_other_in_a_circle(imports):
    graph = defaultdict(set)
    for module, others in imports.items():
        graph[room_of(module)] |= {room_of(other) for other in others} - {room_of(module)}
    assert circles(graph) == {}


def test_a_room_has_few_modules():
    count = Counter(room_of(module) for module in KNOWN)
    assert {room: n for room, n in count.items() if n > MOST and room != "signals.datasets"} == {}


@pytest.mark.parametrize("room", rooms(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_says_what_lives_there(room):
    words = ast.get_docstring(ast.parse((room / "__init__.py").read_text()))
    assert words is not None
    assert words[0].isupper()
    assert len(words) > 30


def test_the_list_of_rooms_for_newcomers_is_complete():
    listed = (ROOT / "CONTRIBUTING.md").read_text()
    paths = [room.relative_to(ROOT).as_posix() for room in rooms()]
    assert [path for path in paths if f"| `{path}` |" not in listed and not path.startswith("signals/datasets/")] == []


def test_no_module_is_named_like_a_function_that_it_holds():
    """``import emoscan.benchmarks.guard`` would give the function or the module, as it happens."""
    same = [
        name
        for name, path in KNOWN.items()
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == name.rpartition(".")[2]
    ]
    assert same == []
