"""What a name in a page stands for, whether a call of it would be taken, and what there is instead."""

import ast
import dataclasses
import difflib
import functools
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import emoscan
from emoscan.models import Backbone, Join
from emoscan.models.training.hardware import LOGGERS
from emoscan.signals import Dataset

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("signals", "preprocessing", "models", "benchmarks")
BOUND_BY_US: Mapping[type, tuple[str, ...]] = {
    Dataset: ("root",),
    Backbone: ("layout", "n_features", "n_slices"),
    Join: ("inputs",),
}
"""What our code gives to a plug point before the settings that one types."""


class Unknown(Exception):
    """A page names what is not there; says what is."""


@functools.cache
def modules() -> dict[str, Any]:
    """Every module of the package, by its name."""
    found = {"emoscan": emoscan}
    for folder in FOLDERS:
        package = importlib.import_module(f"emoscan.{folder}")
        names = [package.__name__, *(m.name for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))]
        found |= {name: importlib.import_module(name) for name in names if not name.endswith("__main__")}
    return found


@functools.cache
def public() -> dict[str, Any]:
    """Everything that a page may name without its module: what is exported, then public things of any module."""
    found: dict[str, Any] = {}
    for module in modules().values():
        own = {name: thing for name, thing in vars(module).items() if not name.startswith("_")}
        found |= {
            name: thing
            for name, thing in own.items()
            if name not in found and (getattr(thing, "__module__", None) or "").startswith("emoscan.")
        }
    exported = {name: getattr(module, name) for module in modules().values() for name in getattr(module, "__all__", ())}
    return {**{name: LOGGERS.find(name) for name in LOGGERS.known}, **found, **exported}


@functools.cache
def classes() -> dict[str, type]:
    """The public classes."""
    return {name: thing for name, thing in public().items() if isinstance(thing, type)}


@functools.cache
def words() -> set[str]:
    """Every identifier of the package's source and every word in its texts."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    trees = [node for path in paths for node in ast.walk(ast.parse(path.read_text()))]
    return {word for node in trees for word in _words(node)} | {name for m in modules() for name in m.split(".")}


def find(name: str, defined: Mapping[str, Any] = {}) -> Any:
    """What a name with or without dots stands for.

    Args:
        name: As in ``STRNN``, ``Cache.from_arrays``, ``emoscan.benchmarks.contracts`` or ``cache.windows``.
        defined: What the page itself defines.

    Raises:
        Unknown: There is nothing of that name.
    """
    first, *rest = name.split(".")
    if name in modules():
        return modules()[name]
    if first in ("emoscan", *FOLDERS):
        return _in_module(name if first == "emoscan" else f"emoscan.{name}")
    thing = defined.get(first, public().get(first, by_example(first)))
    if thing is None:
        raise Unknown(f"nothing is called {first}{_near(first, {*public(), *defined})}")
    for attribute in rest:
        thing = attribute_of(thing, attribute)
    return thing


def attribute_of(thing: Any, name: str) -> Any:
    """An attribute of a class or of what it makes, as its fields and properties: what it holds, or a class of it."""
    if isinstance(thing, ast.AST | Anything):
        return Anything()
    if hasattr(thing, name):
        return getattr(thing, name)
    if name not in (there := set(_attributes(thing))):
        what = getattr(thing, "__name__", thing)
        raise Unknown(f"{what} has no {name}{_near(name, there)}")
    return Anything()


def check_call(thing: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], is_method: bool = False) -> None:
    """Refuse a call that ``thing`` would not take, whether or not it comes with what our own code gives first.

    Raises:
        Unknown: An argument is not there, or one is missing; says which there are.
    """
    if isinstance(thing, Anything) or (signature := signature_of(thing)) is None:
        return
    starts = [("self",)] if is_method else [(), *(own for kind, own in BOUND_BY_US.items() if _is_a(thing, kind))]
    faults = []
    for first in starts:
        try:
            signature.bind(*first, *args, **kwargs)
        except TypeError as error:
            faults.append(str(error))
        else:
            return
    taken = ", ".join(map(str, signature.parameters.values()))
    near = "".join(_near(name, set(signature.parameters)) for name in kwargs if name not in signature.parameters)
    raise Unknown(f"{getattr(thing, '__name__', thing)}: {faults[-1]}{near}; it takes ({taken})")


def signature_of(thing: Any) -> inspect.Signature | None:
    """The arguments of a function, a class, or a definition in a page; None where nobody can say."""
    if isinstance(thing, ast.FunctionDef):
        return _signature_of_definition(thing)
    if isinstance(thing, ast.AST) or not callable(thing):
        return None
    try:
        return inspect.signature(thing)
    except ValueError:
        return None


class Anything:
    """What is there and of no known type."""


def methods(name: str) -> Iterator[Any]:
    """Every public function or method of that name, wherever it stands."""
    if name in public():
        yield public()[name]
    for kind in classes().values():
        if callable(found := inspect.getattr_static(kind, name, None)) or isinstance(found, classmethod | staticmethod):
            yield getattr(kind, name)


def _in_module(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    if module not in modules():
        raise Unknown(f"there is no module {name}{_near(name, set(modules()))}")
    if not hasattr(modules()[module], attribute):
        inner = {known.rpartition(".")[2] for known in modules() if known.rpartition(".")[0] == module}
        raise Unknown(f"{module} has no {attribute}{_near(attribute, inner | set(dir(modules()[module])))}")
    return getattr(modules()[module], attribute)


def by_example(name: str) -> Any:
    """The class that a variable such as ``cache`` or ``predictor`` is named after."""
    return {kind.lower(): made for kind, made in classes().items()}.get(name.replace("_", ""))


def _attributes(thing: Any) -> Iterator[str]:
    """Names of fields, annotations, and what ``__init__`` sets, of a class and those that it builds on."""
    for kind in getattr(thing, "__mro__", ()):
        yield from kind.__dict__
        yield from getattr(kind, "__annotations__", {})
        if dataclasses.is_dataclass(kind):
            yield from (field.name for field in dataclasses.fields(kind))
        if kind.__module__.startswith("emoscan"):
            yield from re.findall(r"self\.(\w+)[^=\n]* = ", inspect.getsource(kind))
            yield from (
                name
                for set_at_once in re.findall(r"((?:self\.\w+, )+self\.\w+) = ", inspect.getsource(kind))
                for name in re.findall(r"self\.(\w+)", set_at_once)
            )


def _signature_of_definition(node: ast.FunctionDef) -> inspect.Signature:
    given, kinds = node.args, inspect.Parameter
    named = [*given.posonlyargs, *given.args]
    plain = len(named) - len(given.defaults)
    parameters = [
        kinds(arg.arg, kinds.POSITIONAL_OR_KEYWORD, default=kinds.empty if at < plain else None)
        for at, arg in enumerate(named)
    ]
    parameters += [kinds(given.vararg.arg, kinds.VAR_POSITIONAL)] if given.vararg else []
    return inspect.Signature(parameters)


def _is_a(thing: Any, kind: type) -> bool:
    owner = getattr(thing, "__self__", thing)  # a way of making one, as in STRNN.paper
    return isinstance(owner, type) and issubclass(owner, kind)


def _words(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from re.findall(r"[\w.-]+", node.value)
    for field in ("id", "attr", "arg", "name"):
        if isinstance(value := getattr(node, field, None), str):
            yield value


def _near(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, 3, 0.6)
    return f"; near it: {', '.join(near)}" if near else ""
