"""The shape of this code in numbers: one row to lay beside those of other code bases in docs/shape.md.

    python docs/shape.py            the row of this checkout
    python docs/shape.py FOLDER     of another one

Tests and the documentation's scripts are no library files; they count where it says so. Code lines hold a token that is
neither comment nor docstring. Complexity is the number of branches and one. A circle is a set of files, or of folders,
that import each other on the way round; a name taken from a folder's face counts as the file behind it.
"""

import ast
import io
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("signals", "preprocessing", "models", "benchmarks")
BRANCHES = (ast.If, ast.For, ast.While, ast.IfExp, ast.ExceptHandler, ast.comprehension, ast.match_case)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
BLANK = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.COMMENT)


@dataclass(frozen=True)
class Source:
    """One file, taken apart.

    Args:
        path: Where it lies.
        text: What it holds.
    """

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def documentation(self) -> set[int]:
        """The numbers of the lines of docstrings."""
        nodes = [node for node in ast.walk(self.tree) if isinstance(node, DOCUMENTED) and ast.get_docstring(node)]
        return {line for node in nodes for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)}

    @cached_property
    def comments(self) -> set[int]:
        """The numbers of the lines with a comment."""
        return self._lines[1] - self.documentation

    @cached_property
    def code(self) -> set[int]:
        """The numbers of the lines of code."""
        return self._lines[0] - self.documentation

    @cached_property
    def functions(self) -> list[ast.FunctionDef]:
        """Functions of the module, and of its classes; those within functions are part of these."""
        return [node for node in _members(self.tree) if isinstance(node, ast.FunctionDef)]

    @cached_property
    def public(self) -> list[ast.FunctionDef | ast.ClassDef]:
        """What has no underscore before its name, and whose class has none either."""
        return list(_public(self.tree))

    def length(self, function: ast.FunctionDef) -> int:
        """Lines of code of a function."""
        return sum(line in self.code for line in range(function.lineno, (function.end_lineno or 0) + 1))

    @cached_property
    def _lines(self) -> tuple[set[int], set[int]]:
        """The numbers of lines with a token that is no comment, and of those with a comment."""
        code: set[int] = set()
        comments: set[int] = set()
        for kind, _, (first, _), (last, _), _ in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if kind == tokenize.COMMENT:
                comments.add(first)
            elif kind not in BLANK:
                code.update(range(first, last + 1))
        return code, comments


def _members(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield child
        elif isinstance(child, ast.ClassDef | ast.If | ast.Try):
            yield from _members(child)


def _public(node: ast.AST) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            yield child
            yield from _public(child) if isinstance(child, ast.ClassDef) else ()
        elif isinstance(child, ast.If | ast.Try):
            yield from _public(child)


def complexity(function: ast.FunctionDef) -> int:
    """Branches of a function and one; each further part of an ``and`` or ``or`` is a branch too."""
    nodes = list(ast.walk(function))
    return (
        1
        + sum(isinstance(n, BRANCHES) for n in nodes)
        + sum(len(n.values) - 1 for n in nodes if isinstance(n, ast.BoolOp))
    )


def parameters(function: ast.FunctionDef) -> list[ast.arg]:
    """The parameters of a function, without ``self`` and ``cls``."""
    taken = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [one for one in taken if one.arg not in ("self", "cls")]


def sources(*folders: Path) -> list[Source]:
    """Every Python file below the folders."""
    return [Source(path, path.read_text(encoding="utf-8")) for place in folders for path in sorted(place.rglob("*.py"))]


@dataclass(frozen=True)
class Graph:
    """Which file imports which, by their dotted names below the root."""

    root: Path
    edges: Mapping[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, library: list[Source]) -> "Graph":
        """The imports of library files; anywhere in them, under a condition or within a function too."""
        named = {".".join(one.path.relative_to(root).with_suffix("").parts): one for one in library}
        behind = _faces(root)
        edges = {name: set(_imported(name, one.tree, behind, set(named))) - {name} for name, one in named.items()}
        return cls(root, {name: targets & named.keys() for name, targets in edges.items()})

    def circles(self) -> int:
        """Sets of files that import each other."""
        return _circles(self.edges)

    def circles_of_folders(self) -> int:
        """Sets of folders that import each other."""
        folders: dict[str, set[str]] = defaultdict(set)
        for name, targets in self.edges.items():
            here = name.rpartition(".")[0]
            folders[here] |= {target.rpartition(".")[0] for target in targets} - {here}
        return _circles(folders)


def _faces(root: Path) -> dict[str, str]:
    """The file behind each name of a face."""
    found = {}
    for face in (path for folder in FOLDERS for path in sorted((root / folder).rglob("__init__.py*"))):
        package = ".".join(face.parent.relative_to(root).parts)
        for node in ast.walk(ast.parse(face.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
                found |= {f"{package}.{one.asname or one.name}": f"{package}.{node.module}" for one in node.names}
    return found


def _imported(name: str, tree: ast.Module, behind: Mapping[str, str], known: set[str]) -> Iterator[str]:
    package = name.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
            for one in node.names:
                whole = f"{base}.{one.name}".lstrip(".")
                yield behind.get(whole, whole if whole in known else base)


def _circles(edges: Mapping[str, set[str]]) -> int:
    """Sets of nodes that lead to each other: each node's way on is followed to its end."""
    reached = {node: _reached(node, edges) for node in edges}
    return len(
        {
            frozenset(other for other in ways if node in reached.get(other, ()))
            for node, ways in reached.items()
            if node in ways
        }
    )


def _reached(node: str, edges: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    ahead = [*edges[node]]
    while ahead:
        if (at := ahead.pop()) not in found:
            found.add(at)
            ahead += edges.get(at, ())
    return found


def row(root: Path) -> dict[str, object]:
    """The figures of one checkout, by the heads of the table."""
    everything = sources(*(root / folder for folder in FOLDERS))
    library = [one for one in everything if one.path.name != "__init__.py"]
    tests = sum(len(one.code) for one in sources(root / "tests"))
    functions = [(one, function) for one in everything for function in one.functions]
    lengths, files = (
        [one.length(function) for one, function in functions],
        [len(one.text.splitlines()) for one in library],
    )
    code = sum(len(one.code) for one in everything)
    return {
        "files": len(library),
        "code lines": f"{code:,}",
        "file median / p90 / max": f"{median(files):.0f} / {_at(files, 0.9)} / {max(files)}",
        "fn median / p90": f"{median(lengths):.0f} / {_at(lengths, 0.9)}",
        "fn > 50 %": _share(length > 50 for length in lengths),
        "complexity > 10 %": _share(complexity(function) > 10 for _, function in functions),
        "params p90": _at([len(parameters(function)) for _, function in functions], 0.9),
        "imports per file": f"{median(_imports(one) for one in library):g}",
        "public docs %": _share((ast.get_docstring(one) is not None for file in everything for one in file.public), 0),
        "doc/code": f"{sum(len(one.documentation) for one in everything) / code:.2f}".lstrip("0"),
        "comments a hundred lines": f"{100 * sum(len(one.comments) for one in everything) / code:.1f}",
        "typed %": _share((typed for _, function in functions for typed in _typed(function)), 0),
        "test/code": f"{tests / code:.2f}".lstrip("0"),
        "circles of files": (graph := Graph.of(root, library)).circles(),
        "circles of folders": graph.circles_of_folders(),
    }


def _at(values: list[int], share: float) -> int:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def _share(hits: Iterator[bool], digits: int = 1) -> str:
    found = list(hits)
    return f"{100 * sum(found) / len(found):.{digits}f}"


def _imports(source: Source) -> int:
    return sum(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(source.tree))


def _typed(function: ast.FunctionDef) -> Iterator[bool]:
    yield function.returns is not None
    yield from (one.annotation is not None for one in parameters(function))


if __name__ == "__main__":
    found = row(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT)
    print(f"| | {' | '.join(found)} |")
    print(f"|---|{'---|' * len(found)}")
    print(f"| **emoscan** | {' | '.join(map(str, found.values()))} |")
