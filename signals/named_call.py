"""Text such as ``Name(option=1.0)`` taken apart: a name and literals. Nothing is looked up, and nothing is run."""

import ast
import difflib
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import InputError

Given = str | Mapping[str, Any]

LONGEST = 50_000
"""Letters of such a text; names of 62 electrodes are 400."""

LONGEST_NAME = 100
"""Letters of a name that are compared with those that exist: the time for it grows with the square."""

DEEPEST = 12
"""Brackets within brackets. Beyond some hundreds Python's own parser gives up, each version in another way."""

_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*){0,15}")
_SHOWN = 100


@dataclass(frozen=True)
class NamedCall:
    """A name, dotted or not, and the literals that it is to be called with."""

    name: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, kind: str, given: Given) -> "NamedCall":
        """Take apart ``Name``, ``Name(1, option=2.0)``, or ``{"class_path": ..., "init_args": ...}`` of YAML.

        Args:
            kind: What messages call the thing named.
            given: Text or mapping, whoever wrote it.

        Raises:
            InputError: It is anything else, too long, or too deep.
        """
        call = _of_mapping(given) if isinstance(given, Mapping) else call_of(syntax(kind, given))
        if call is None:
            raise _no_call(kind, given)
        return call


def shown(value: object) -> str:
    """``value`` as one writes it in Python, cut short where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text):,} letters)"


def nearest(name: str, names: Iterable[str]) -> str:
    """Those of ``names`` that is most like a name, whatever its capitals; empty where none is."""
    plain = {known.casefold(): known for known in names}
    near = difflib.get_close_matches(name[:LONGEST_NAME].casefold(), plain, 1, 0.6)
    return plain[near[0]] if near else ""


def syntax(kind: str, text: object) -> ast.expr | None:
    """The syntax tree of text; None where it is no expression of Python.

    Raises:
        InputError: It is no text, too long, or too deep.
    """
    if not isinstance(text, str):
        raise _no_call(kind, text)
    if len(text) > LONGEST or _depth(text) > DEEPEST:
        wanted = f"at most {LONGEST:,} letters and {DEEPEST} brackets within each other"
        raise InputError(f"{kind} {shown(text)}", "a text too long or too deep", wanted, "write less of it")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's remarks on odd text are no lines of ours
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def dotted(tree: ast.AST) -> str | None:
    """The name that a tree is, as in ``mylab.nets.Net``; None where it is anything else."""
    names: list[str] = []
    while isinstance(tree, ast.Attribute):
        names.append(tree.attr)
        tree = tree.value
    if not isinstance(tree, ast.Name):
        return None
    name = ".".join([tree.id, *reversed(names)])
    return name if _DOTTED.fullmatch(name) else None


def call_of(tree: ast.expr | None) -> NamedCall | None:
    """The name and literals of a syntax tree; None where it is anything else."""
    if not isinstance(tree, ast.Call):
        name = dotted(tree) if tree is not None else None
        return None if name is None else NamedCall(name, (), {})
    name = dotted(tree.func)
    try:
        args = tuple(ast.literal_eval(value) for value in tree.args)
        kwargs = {key.arg: ast.literal_eval(key.value) for key in tree.keywords if key.arg}
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    if name is None or len(kwargs) < len(tree.keywords):  # a name twice, or **
        return None
    return NamedCall(name, args, kwargs)


def _of_mapping(mapping: Mapping[str, Any]) -> NamedCall | None:
    name, settings = mapping.get("class_path"), mapping.get("init_args") or {}
    if not isinstance(name, str) or not _DOTTED.fullmatch(name) or not isinstance(settings, Mapping):
        return None
    if not _plain(settings, DEEPEST):
        return None
    return NamedCall(name, (), dict(settings))


def _plain(value: Any, depth: int) -> bool:
    """True where a value consists of numbers, text, lists and mappings, and is not too deep."""
    if isinstance(value, Mapping):
        return depth > 0 and all(isinstance(key, str) and _plain(item, depth - 1) for key, item in value.items())
    if isinstance(value, list | tuple):
        return depth > 0 and all(_plain(item, depth - 1) for item in value)
    return value is None or (isinstance(value, str) and len(value) <= LONGEST) or isinstance(value, int | float)


def _depth(text: str) -> int:
    """Most brackets within each other, those in quotes counted too."""
    deepest = depth = 0
    for bracket in re.findall(r"[()\[\]{}]", text):
        depth += 1 if bracket in "([{" else -1
        deepest = max(deepest, depth)
    return deepest


def _no_call(kind: str, given: object) -> InputError:
    return InputError(
        f"{kind} {shown(given)}",
        "text that is not a name or a call",
        "as in Name or Name(option=1.0)",
        "write values as Python numbers or quoted text",
    )
