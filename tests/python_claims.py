"""What Python in a page takes from emoscan: imports that are there, calls that would be taken; nothing runs."""

import ast
import inspect
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import known_names
from known_names import Anything, Unknown


def faults_of_python(text: str) -> list[tuple[int, str]]:
    """Line (from 0) and fault of each import of ours that is not there and each call that would not be taken."""
    tree = ast.parse(text)
    faults = [(node.lineno - 1, str(fault)) for node, fault in _faults_of_imports(tree)]
    things = _imported(tree)
    kinds = dict(_kinds(tree, things))
    return faults + [
        (node.lineno - 1, fault)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call | ast.Attribute)
        if (fault := _fault_of(node, things, kinds)) is not None
    ]


def _faults_of_imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, Unknown]]:
    for node, name in _names_imported(tree):
        try:
            known_names.find(name)
        except Unknown as unknown:
            yield node, unknown


def _names_imported(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Every import of ours, by its full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "emoscan":
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names if alias.name.split(".")[0] == "emoscan")


def _imported(tree: ast.AST) -> dict[str, Any]:
    found = {}
    for _, name in _names_imported(tree):
        try:
            found[name.rpartition(".")[2]] = known_names.find(name)
        except Unknown:
            continue
    return found


def _kinds(tree: ast.AST, things: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Which class a variable is of: as assigned or annotated, or as the example's argument is called."""
    known: dict[str, Any] = {}
    for node in sorted(ast.walk(tree), key=lambda node: getattr(node, "lineno", 0)):
        if isinstance(node, ast.arg):
            kind = things.get(ast.unparse(node.annotation)) if node.annotation else known_names.by_example(node.arg)
            known[node.arg] = kind
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known[node.targets[0].id] = _kind_or_none(node.value, things, known)
        elif isinstance(node, ast.With):
            known |= {
                item.optional_vars.id: _kind_or_none(item.context_expr, things, known)
                for item in node.items
                if isinstance(item.optional_vars, ast.Name)
            }
    return iter((name, kind) for name, kind in known.items() if isinstance(kind, type))


def _kind_or_none(value: ast.expr, things: Mapping[str, Any], kinds: Mapping[str, Any]) -> Any:
    try:
        return _kind_of(value, things, kinds)
    except Unknown:  # told of where it is called
        return None


def _kind_of(value: ast.expr, things: Mapping[str, Any], kinds: Mapping[str, Any]) -> Any:
    """The class of what an expression gives, where our annotations say it; else None."""
    if isinstance(value, ast.Name):
        return kinds.get(value.id)
    if isinstance(value, ast.Attribute):
        return _said_of(_kind_of(value.value, things, kinds), value.attr)
    if isinstance(value, ast.Call):
        called = _thing(value.func, things, kinds)
        return called if isinstance(called, type) else _returned(called)
    return None


def _thing(func: ast.expr, things: Mapping[str, Any], kinds: Mapping[str, Any]) -> Any:
    """What is called: something imported, or a method of what is known; None where it is not ours."""
    if isinstance(func, ast.Name):
        return things.get(func.id)
    if isinstance(func, ast.Attribute):
        if isinstance(func.value, ast.Name) and func.value.id in things:
            return known_names.attribute_of(things[func.value.id], func.attr)
        kind = _kind_of(func.value, things, kinds)
        return None if kind is None else known_names.attribute_of(kind, func.attr)
    return None


def _fault_of(node: ast.Call | ast.Attribute, things: Mapping[str, Any], kinds: Mapping[str, Any]) -> str | None:
    try:
        if isinstance(node, ast.Attribute):
            _said_of(_kind_of(node.value, things, kinds), node.attr)
        else:
            _check_call(node, _thing(node.func, things, kinds))
    except Unknown as unknown:
        return str(unknown)
    return None


def _check_call(node: ast.Call, thing: Any) -> None:
    spread = any(isinstance(value, ast.Starred) for value in node.args) or None in {k.arg for k in node.keywords}
    if thing is not None and not isinstance(thing, Anything) and not spread:
        on_instance = not isinstance(thing, type) and not inspect.ismethod(thing) and _takes_self(thing)
        known_names.check_call(thing, tuple(node.args), {k.arg: None for k in node.keywords if k.arg}, on_instance)


def _takes_self(thing: Any) -> bool:
    signature = known_names.signature_of(thing)
    return signature is not None and "self" in signature.parameters


def _said_of(kind: Any, name: str) -> Any:
    """The class that annotations give an attribute or property of ``kind``; refuses one that is not there."""
    if kind is None:
        return None
    found = known_names.attribute_of(kind, name)
    if isinstance(found, property):
        return _returned(found.fget)
    return _hints(kind).get(name) if isinstance(kind, type) else None


def _returned(function: Any) -> Any:
    if isinstance(function, Anything) or not callable(function):
        return None
    if isinstance(owner := getattr(function, "__self__", None), type) and "Self" in str(_hints(function).get("return")):
        return owner
    found = _hints(function).get("return")
    return found if isinstance(found, type) and found.__module__.startswith("emoscan") else None


def _hints(thing: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(thing)
    except (NameError, TypeError, AttributeError):
        return {}
