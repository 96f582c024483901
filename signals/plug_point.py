"""Names that people type, turned into the things they mean: ours by name, an outsider's by dotted name."""

import ast
import difflib
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import InputError

Given = str | Mapping[str, Any]


@dataclass(frozen=True)
class PlugPoint:
    """One kind of thing that can be chosen by name, and where ours live.

    Three spellings mean the same: ``STRNN(hidden=20)`` as in Python, ``{"class_path": "STRNN", "init_args":
    {"hidden": 20}}`` as in YAML, and ``mylab.Net(hidden=20)`` for a class in an outsider's file.

    Args:
        kind: What messages call it, as in ``"dataset"``.
        module: Where ours are exported.
        known: Their names.
    """

    kind: str
    module: str
    known: tuple[str, ...]

    def find(self, name: str) -> Any:
        """The object of that name.

        Raises:
            InputError: There is none; lists those that exist.
        """
        if name in self.known:
            return getattr(importlib.import_module(self.module), name)
        module, _, attribute = name.rpartition(".")
        try:
            return getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError, ValueError) as error:
            near = difflib.get_close_matches(name, self.known, 1, 0.6)
            hint = f"did you mean {near[0]}?" if near else "or give a dotted name such as mylab.Thing"
            known = f"one of {', '.join(self.known)}"
            raise InputError(f"{self.kind} {name!r}", "no such name", known, hint) from error

    def split(self, given: Given) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        """The object named in ``given``, its positional and its keyword arguments."""
        name, args, kwargs = _parts(self.kind, given)
        return self.find(name), args, kwargs

    def build(self, given: Given, *first: Any) -> Any:
        """Call the object named in ``given`` with ``first`` and then its own arguments.

        Raises:
            InputError: An argument is unknown or missing; lists those that exist.
        """
        thing, args, kwargs = self.split(given)
        check_arguments(thing, (*first, *args), kwargs, f"{self.kind} {getattr(thing, '__name__', given)}")
        return thing(*first, *args, **kwargs)


def check_arguments(thing: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], where: str) -> None:
    """Refuse arguments that ``thing`` does not take, naming those it does."""
    signature = inspect.signature(thing)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        takes = ", ".join(str(parameter) for parameter in signature.parameters.values())
        wanted = f"arguments among ({takes})"
        raise InputError(where, str(error), wanted, "correct the spelling or the count") from error


def _parts(kind: str, given: Given) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    if isinstance(given, Mapping):
        return str(given.get("class_path")), (), dict(given.get("init_args") or {})
    try:
        tree = ast.parse(given.strip(), mode="eval").body
        if isinstance(tree, ast.Call):
            values = tuple(ast.literal_eval(value) for value in tree.args)
            named = {str(k.arg): ast.literal_eval(k.value) for k in tree.keywords}
            return ast.unparse(tree.func), values, named
        return ast.unparse(tree), (), {}
    except (SyntaxError, ValueError) as error:
        raise InputError(
            f"{kind} {given!r}", "text that is not a name or a call", "as in Name or Name(option=1.0)",
            "write values as Python numbers or quoted text",
        ) from error
