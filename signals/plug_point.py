"""Names turned into the things they mean: ours by name, an outsider's by dotted name.

What a user types may name anything of the right kind. Text of a stored file was perhaps written by a stranger: it may
name ours, and of an outsider's only what the user allows. Either way the thing is looked at before it is called.
"""

import ast
import builtins
import difflib
import importlib
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, get_type_hints

from .errors import InputError
from .installed_plugins import Namesake, Plugin, plugins
from .named_call import LONGEST_NAME, Given, NamedCall, call_of, dotted, nearest, shown, syntax

Allow = Sequence[str] | None
"""What text of a stored file may name beside ours: packages, or whole dotted names. None: a user typed it; anything."""

OURS = __name__.partition(".")[0]
FOLDERS = ("signals", "preprocessing", "models", "benchmarks")


@dataclass(frozen=True)
class PlugPoint:
    """One kind of thing that can be chosen by name, and where ours live.

    Three spellings mean the same: ``STRNN(hidden=20)`` as in Python, ``{"class_path": "STRNN", "init_args":
    {"hidden": 20}}`` as in YAML, and ``mylab.Net(hidden=20)`` for a class in an outsider's file. All arguments are
    literals.

    Installed distributions add names: whatever they declare as an entry point in one of ``groups``. Their names are as
    good as ours where a user types them; in a stored file they are their dotted names, which the user has to allow.

    A thing whose settings name things of another plug point says so in ``plug_points = {"detector": DETECTORS}``, a
    class variable, so that those names are looked at too before a stored file's are used.

    Args:
        kind: What messages call it, as in ``"dataset"``.
        module: Where ours are exported.
        known: Their names.
        base: What they are: classes below it (or one of them), or functions that are annotated to give one.
        presets: Further names of ours, of functions of a class, as in ``"STRNN.paper"``.
        groups: Entry points of others that are of this kind, as in ``"emoscan.datasets"``.
    """

    kind: str
    module: str
    known: tuple[str, ...]
    base: type | tuple[type, ...] = object
    presets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def installed(self) -> tuple[str, ...]:
        """The names that plugins add; none of them has been imported for it."""
        return tuple(dict.fromkeys(plugin.name for plugin in self._plugins))

    def find(self, name: str, allow: Allow = None) -> Any:
        """The object of that name, which is one of this kind.

        Args:
            name: As one types it.
            allow: For text of a stored file: what it may name beside ours. Nothing else is imported.

        Raises:
            InputError: There is none, it may not be named, or it is no such thing; lists those that exist.
        """
        if name in self._ours:
            self.warn_of_namesakes(name)
            return _attribute(importlib.import_module(self.module), name.split("."))
        if (plugin := self._plugin(name)) is not None:
            return self._load(plugin, allow)
        self._check_name(name, allow)
        thing = _imported(name)
        if thing is None:
            raise self._unknown(name)
        if not _is_kind(thing, self._bases):
            raise InputError(f"{self.kind} {shown(name)}", f"a {_kind_of(thing)}", self._wanted, self._listed)
        return thing

    def check_spelling(self, given: Given) -> None:
        """Refuse a plain name that nobody has; nothing is imported for it.

        Raises:
            InputError: There is none; lists those that exist.
        """
        name = NamedCall.read(self.kind, given).name
        if name not in self._ours and name not in self.installed and "." not in name:
            raise self._unknown(name)

    def warn_of_namesakes(self, name: str) -> None:
        """Warn that a name of ours is ours, where a plugin claims it too."""
        for plugin in self._plugins:
            if plugin.name == name:
                line = f"{self.kind} {name} is emoscan's; that of {plugin.distribution} is {plugin.target}"
                warnings.warn(line, Namesake, stacklevel=4)

    def split(self, given: Given, allow: Allow = None) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        """The object named in ``given``, its positional and its keyword arguments. It is not called."""
        return self._taken_apart(NamedCall.read(self.kind, given), allow)

    def build(self, given: Given, *first: Any, allow: Allow = None, **further: Any) -> Any:
        """The result of the object named in ``given``, called with ``first`` and then the arguments named there.

        ``further`` are arguments beside those in ``given``, such as options of a command.

        Raises:
            InputError: As ``find``; or an argument is unknown, missing, there twice or refused; lists those that exist.
        """
        call = NamedCall.read(self.kind, given)
        thing, args, kwargs = self._taken_apart(call, allow)
        where = f"{self.kind} {getattr(thing, '__name__', shown(given))}"
        if twice := sorted(kwargs.keys() & further.keys()):
            raise InputError(where, f"{', '.join(twice)} twice", "each setting once", "leave the option out")
        kwargs |= further
        check_arguments(thing, (*first, *args), kwargs, where)
        try:
            built = thing(*first, *args, **kwargs)
        except InputError:
            raise
        except Exception as error:
            if allow is None:  # a fault of who wrote the class, who wants to see all of it
                raise
            found = f"{type(error).__name__}: {error}"
            raise InputError(where, found, "settings that it takes") from error
        if not isinstance(built, self.base):
            raise InputError(where, f"a {type(built).__name__}", self._wanted, self._listed)
        return built if call.name in self._ours else self._stored_in_full(built)

    def in_full(self, given: Given) -> Given:
        """The same with a plugin's name spelled out, ``filmlab.study.Films`` for ``Films``: what files are to hold.

        Whatever it cannot read comes back as it is, to be refused where it is used.
        """
        try:
            name = NamedCall.read(self.kind, given).name
            plugin = None if name in self._ours else self._plugin(name)
        except InputError:
            return given
        if plugin is None:
            return given
        if isinstance(given, Mapping):
            return {**given, "class_path": plugin.target}
        return plugin.target + given.strip().removeprefix(name)

    def check_stored(self, text: object, file: object) -> str:
        """Text that a stored file has for one of these, to be shown as it is, also where the class is not installed.

        Args:
            text: As it stands in the file.
            file: The file's name, for messages.

        Raises:
            InputError: It is something to be run, and nothing that emoscan writes.
        """
        where = f"{file}, {self.kind}"
        tree = syntax(where, text)
        if tree is not None and self._runs(tree):
            do = "do not use the file unless you know who wrote it"
            raise InputError(f"{where} {shown(text)}", "something that would have to be run", self._wanted, do)
        return str(text)

    def _taken_apart(self, call: NamedCall, allow: Allow) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        """The object that a call names, and its arguments; what these name is looked at too."""
        thing, kwargs = self.find(call.name, allow), dict(call.kwargs or {})
        for point, named in _named_within(thing, call.args, kwargs):
            point.split(named, allow)
        return thing, call.args, kwargs

    def _runs(self, tree: ast.expr) -> bool:
        """True where an expression is code, and not words or a call of something that could be of this kind."""
        name = dotted(tree.func if isinstance(tree, ast.Call) else tree)
        if name is None:
            return any(isinstance(node, _CODE) for node in ast.walk(tree))
        if not isinstance(tree, ast.Call):
            return _of_python(name) and "." in name
        return _of_python(name) or (name in self._ours and call_of(tree) is None)

    def _stored_in_full(self, made: Any) -> Any:
        """What was built; if it writes its own name, as a split does, that of a plugin is spelled out."""
        written = getattr(made, "written", None)
        full = self.in_full(written) if isinstance(written, str) else written
        return made if full == written else replace(made, written=full)

    @property
    def _ours(self) -> tuple[str, ...]:
        return (*self.known, *self.presets)

    @property
    def _plugins(self) -> tuple[Plugin, ...]:
        return tuple(plugin for plugin in plugins(self.groups) if plugin.can_be_typed) if self.groups else ()

    def _plugin(self, name: str) -> Plugin | None:
        """The plugin of that name, where there is one.

        Raises:
            InputError: There are several.
        """
        named = [plugin for plugin in self._plugins if plugin.name == name]
        if len({plugin.target for plugin in named}) > 1:
            who = " and ".join(plugin.distribution for plugin in named)
            do = f"type the dotted name of one: {' or '.join(plugin.target for plugin in named)}"
            raise InputError(f"{self.kind} {shown(name)}", f"one of {who} each", "a name that means one thing", do)
        return named[0] if named else None

    def _load(self, plugin: Plugin, allow: Allow) -> Any:
        """The thing that a plugin's name means.

        Raises:
            InputError: It may not be named, or is not there, cannot be imported or is no such thing: names who brought
                it.
        """
        where = f"{self.kind} {shown(plugin.name)} of {plugin.distribution}"
        if "." in plugin.target:
            self._check_name(plugin.target, allow)
        try:
            thing = _imported(plugin.target)
        except InputError as error:
            raise InputError(where, error.found, self._wanted, plugin.remedy) from error
        if thing is None:
            raise InputError(where, f"no {plugin.target}", self._wanted, plugin.remedy)
        if not _is_kind(thing, self._bases):
            raise InputError(where, f"a {_kind_of(thing)}", self._wanted, plugin.remedy)
        return thing

    def _check_name(self, name: str, allow: Allow) -> None:
        """Refuse a name that a stored file may not bring in, before anything is imported."""
        first, *rest = name.split(".")
        if not rest:
            raise self._unknown(name)
        if allow is None or any(name == allowed or name.startswith(f"{allowed}.") for allowed in allow):
            return
        if first != OURS:
            known = f"{self._wanted} of emoscan, or of a package that you allow"
            do = "do not use the file unless you know who wrote it"
            if not _of_python(name):
                do = f"if you trust it, say so on the command line: --allow {first}"
            raise InputError(f"{self.kind} {shown(name)} in a file", "a name that is not emoscan's", known, do)
        if len(rest) < 2 or rest[0] not in FOLDERS or any(word.startswith("__") for word in rest):
            raise self._unknown(name)

    def _unknown(self, name: str) -> InputError:
        near = nearest(name, self._names)
        hint = f"did you mean {near}?" if near else "or give a dotted name such as mylab.Thing"
        return InputError(f"{self.kind} {shown(name)}", "no such name", self._listed, hint)

    @property
    def _bases(self) -> tuple[type, ...]:
        return self.base if isinstance(self.base, tuple) else (self.base,)

    @property
    def _wanted(self) -> str:
        return f"a {' or '.join(base.__name__ for base in self._bases)}"

    @property
    def _listed(self) -> str:
        return f"one of {', '.join(self._names)}"

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._ours, *self.installed)))


def check_arguments(thing: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], where: str) -> None:
    """Refuse arguments that ``thing`` does not take, naming those it does.

    A preset such as ``STRNN.paper`` passes all arguments on, so its class must take them.
    """
    try:
        signature = inspect.signature(thing)
        signature.bind(*args, **kwargs)
    except TypeError as error:
        wanted = f"settings among {', '.join(map(_settled, signature.parameters.values()))}"
        unknown = [name for name in kwargs if name not in signature.parameters]
        near = difflib.get_close_matches(unknown[0][:LONGEST_NAME], signature.parameters, 1, 0.5) if unknown else []
        found = f"a setting {unknown[0]!r}" if unknown else str(error)
        do = f"did you mean {near[0]}?" if near else "correct the spelling or the count"
        raise InputError(where, found, wanted, do) from error
    except ValueError as error:  # a class of C code, which tells nobody what it takes
        raise InputError(where, str(error), "something with a signature", "wrap it in a class of yours") from error
    owner, parameters = getattr(thing, "__self__", None), signature.parameters
    passes_on = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    if isinstance(owner, type) and passes_on:
        check_arguments(owner, args, {name: value for name, value in kwargs.items() if name not in parameters}, where)


def _settled(parameter: inspect.Parameter) -> str:
    """A parameter as one types it: its name, and what it is when left out."""
    usual = parameter.default
    return parameter.name if usual is inspect.Parameter.empty else f"{parameter.name}={shown(usual)}"


_CODE = (ast.Call, ast.Lambda, ast.JoinedStr, ast.Subscript, ast.comprehension, ast.NamedExpr, ast.Await, ast.Yield)
"""What words never hold."""


def _of_python(name: str) -> bool:
    """True where a name is one of Python, by itself or within a module of ours that imports it."""
    first, *rest = name.split(".")
    if any(word.startswith("__") for word in rest):
        return True
    if first == OURS:
        return any(word in sys.stdlib_module_names for word in rest[1:-1])
    return first in sys.stdlib_module_names if rest else hasattr(builtins, first)


def _imported(name: str) -> Any:
    """The thing of a dotted name: one in a module, or a function of a class in one; None where there is none."""
    words = name.split(".")
    for count in (1, 2):
        path = ".".join(words[:-count])
        if path and (module := _module(path)) is not None:
            return _attribute(module, words[-count:])
    return None


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        # None only where the module itself is missing; of one that imports something missing, the user must know.
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            return None
        raise InputError(f"module {name}", str(error), "one that can be imported", "install what it needs") from error
    except (Exception, SystemExit) as error:  # whatever a module raises when it is read
        found = f"{type(error).__name__}: {error}"
        raise InputError(f"module {name}", found, "one that can be imported", "mend it") from error


def _attribute(module: Any, names: Sequence[str]) -> Any:
    """A thing in a module, or a function of a class in it; never what a module imports as a module."""
    thing = getattr(module, names[0], None)
    if len(names) == 1:
        return None if inspect.ismodule(thing) else thing
    return getattr(thing, names[1], None) if isinstance(thing, type) else None


def _is_kind(thing: Any, bases: tuple[type, ...]) -> bool:
    """True where a class is below one of ``bases``, or a function is annotated to return one."""
    if isinstance(thing, type):
        is_whole = thing not in bases and not inspect.isabstract(thing)
        return is_whole and any(issubclass(thing, base) and _acts_like(thing, base) for base in bases)
    returned = _returned(thing)
    return isinstance(returned, type) and issubclass(returned, bases)


def _acts_like(thing: type, base: type) -> bool:
    """True where the class is called with as many arguments as a base that is a protocol of one call."""
    if not getattr(base, "_is_protocol", False):
        return True
    try:
        call, wanted = inspect.signature(thing.__call__), inspect.signature(base.__call__)
        call.bind(*wanted.parameters)
    except (TypeError, ValueError):
        return False
    return all(parameter.kind is not parameter.VAR_POSITIONAL for parameter in call.parameters.values())


def _kind_of(thing: Any) -> str:
    """The name of a thing's type, for messages."""
    return thing.__name__ if isinstance(thing, type) else type(thing).__name__


def _returned(thing: Any) -> Any:
    """The type that a function, or a function of a class, is annotated to return."""
    function = getattr(thing, "__func__", thing)
    if not inspect.isfunction(function):
        return None
    try:
        returned = get_type_hints(function).get("return")
    except Exception:  # annotations are anybody's text
        return None
    return thing.__self__ if returned is Self and inspect.ismethod(thing) else returned


def _named_within(thing: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterator[tuple[PlugPoint, Given]]:
    """Names among a thing's settings, with the plug points that they belong to."""
    points: Mapping[str, PlugPoint] = getattr(thing, "plug_points", {})
    if not points:
        return
    settings = {**dict(zip(inspect.signature(thing).parameters, args, strict=False)), **kwargs}
    yield from ((point, settings[name]) for name, point in points.items() if name in settings)
