"""How functions are called: whoever reads a call must be able to tell its arguments apart."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("signals", "preprocessing", "models", "benchmarks", "docs")
MOST = 5
ANY_NUMBER = {"Sequential", "Table", "add_row"}
"""Functions whose arguments are all of one kind: layers, or cells of a row."""


def crowded_calls(source: str) -> list[tuple[int, str]]:
    """Line and text of each call in ``source`` that passes more than five arguments by position."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    found = []
    for call in calls:
        name = ast.unparse(call.func).rpartition(".")[2]
        passed = sum(not isinstance(argument, ast.Starred) for argument in call.args)
        if passed > MOST and name not in ANY_NUMBER:
            found.append((call.lineno, ast.unparse(call)))
    return found


def test_the_count_sees_what_it_should():
    assert crowded_calls("f(1, 2, 3, 4, 5)\nf(1, 2, 3, 4, 5, x=6)") == []
    assert crowded_calls("\na.f(1, 2, 3, 4, 5, 6)") == [(2, "a.f(1, 2, 3, 4, 5, 6)")]
    assert crowded_calls("nn.Sequential(1, 2, 3, 4, 5, 6)") == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_call_passes_more_than_five_arguments_by_position(folder):
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    crowded = [
        f"{path.relative_to(ROOT)}:{line} {text}" for path in files for line, text in crowded_calls(path.read_text())
    ]
    assert not crowded, "name the arguments:\n" + "\n".join(crowded)
