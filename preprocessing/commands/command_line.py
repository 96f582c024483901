"""Functions as commands: help from docstrings, types from hints, one line for every expected error."""

import _thread
import difflib
import inspect
import io
import os
import re
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, get_args, get_origin

from jsonargparse import ActionConfigFile, ActionYesNo, ArgumentParser, auto_cli  # type: ignore[attr-defined]

from ...signals import InputError
from ...signals.installed_plugins import Namesake, plugins
from ...signals.named_call import LONGEST_NAME
from ...signals.old_names import current_keys, current_words
from ...signals.shown_text import VisibleText
from .config_file import file_text, grouped, read_settings
from .help_page import HelpPage, sections

MISUSE = 2
"""Exit code after anything the user can put right."""

_ENDED = 128
"""Exit code of a command that a signal ended, less the signal's number, as shells count."""


@contextmanager
def _visible_output() -> Iterator[None]:
    """A span in which no text that is printed commands the terminal, and letters that it lacks are no error.

    Pictures are files, whatever shows them elsewhere.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    os.environ["MPLBACKEND"] = "agg"  # a wrong one fails where matplotlib is imported
    with redirect_stdout(VisibleText(sys.stdout)), redirect_stderr(VisibleText(sys.stderr)):
        yield


@_visible_output()
def run_command(
    functions: Mapping[str, Callable[..., Any] | dict[str, Any]],
    prog: str,
    description: str,
    examples: str = "",
    arguments: Sequence[str] | None = None,
) -> int:
    """The exit code of the function that the command line names: 0, ``MISUSE``, 130 after Ctrl-C, 143 after SIGTERM.

    A function that takes ``allow`` gets a list: the packages behind ``--allow``, and every dotted name that was typed.
    All that it reads from files, ``--config`` included, may name those beside what is emoscan's.

    Expected errors (``InputError``, ``OSError``, a line that cannot be parsed), Ctrl-C and SIGTERM are one line on
    stderr; ``--debug`` shows where they came from. Any other exception is a fault of ours and passes through.

    Args:
        functions: One for each subcommand, by its name; or a mapping of such, with its own help under ``_help``.
        prog: What the user types.
        description: What the command is for.
        examples: Lines shown below the help.
        arguments: The command line; None for the process's own.
    """
    words = _current(prog, functions, list(sys.argv[1:] if arguments is None else arguments))
    debug = "--debug" in words
    epilog = f"Examples:\n{examples}\n\n--debug shows where an error came from." if examples else None
    sys.unraisablehook = _not_lost
    try:
        with _advice_in_one_line(), _raising_when_terminated():
            auto_cli(
                _informed(functions, words),
                args=[word for word in words if word != "--debug"],
                parser_class=_Parser,
                prog=prog,
                description=description,
                epilog=epilog,
            )
    except _Misuse as misuse:
        return _refuse(str(misuse.code), misuse.__cause__, debug)
    except (InputError, OSError) as error:
        return _refuse(f"{prog}: {error}", error, debug)
    except (KeyboardInterrupt, _Terminated) as error:
        return _ended(prog, error, debug)
    return 0


def listed(names: list[str] | str) -> list[str]:
    """``"STRNN(hidden=20, space=False),linear"`` in two: commas within brackets do not count."""
    if not isinstance(names, str):
        return names
    pieces, begin, depth = [], 0, 0
    for place, letter in enumerate(names):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            pieces.append(names[begin:place])
            begin = place + 1
    pieces.append(names[begin:])
    return [piece.strip() for piece in pieces if piece.strip()]


def _current(prog: str, functions: Mapping[str, Any], words: list[str]) -> list[str]:
    """The command line with the names of today for older ones; the user is advised of each."""
    command, known = prog, functions
    for word in words:
        if isinstance(known, Mapping) and word in known and word != "_help":
            command, known = f"{command} {word}", known[word]
    current, advice = current_words(command, words)
    _advise(advice)
    return current


def _advise(lines: Iterable[str]) -> None:
    for line in dict.fromkeys(lines):
        print(line, file=sys.stderr)


@contextmanager
def _advice_in_one_line() -> Iterator[None]:
    """A span in which our advice on names, old or of a plugin, is one line; warnings of others stay as they are."""
    usual, said = warnings.showwarning, set[str]()

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, Namesake) or str(message).startswith("emoscan."):
            _advise({str(message)} - said)
            said.add(str(message))
        else:
            usual(message, category, *where, **more)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


def _informed(functions: Mapping[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """The functions, each of which gets the names that the user typed, and none that stands in a file."""
    informed: dict[str, Any] = {}
    for name, function in functions.items():
        if isinstance(function, Mapping):
            informed[name] = _informed(function, words)
        else:
            informed[name] = function if name == "_help" else _allowing(function, words)
    return informed


def _allowing(function: Callable[..., Any], words: Sequence[str]) -> Callable[..., Any]:
    if "allow" not in inspect.signature(function).parameters:
        return function

    @wraps(function)
    def run(**settings: Any) -> Any:
        packages = list(_values(words, "--allow"))
        if settings.get("allow") and not packages:
            raise InputError("--config", "allow in the file", "it on the command line", "type --allow behind the file")
        allowed = listed(",".join(packages))
        paths = _paths(settings)
        for word in _texts(words):
            if Path(word) not in paths:  # the dots of a file's name name no class
                allowed += _named(word)
        return function(**{**settings, "allow": allowed})

    return run


def _paths(settings: Mapping[str, Any]) -> set[Path]:
    paths: set[Path] = set()
    for value in settings.values():
        values = value if isinstance(value, list) else [value]
        paths.update(path for path in values if isinstance(path, Path))
    return paths


_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def _named(word: str) -> Iterator[str]:
    """The dotted names in a word that was typed, and those of the plugins that it names."""
    names = _NAME.findall(word)
    yield from (name for name in names if "." in name)
    yield from (plugin.target for plugin in plugins() if plugin.name in names)


def _values(words: Sequence[str], option: str) -> Iterator[str]:
    """The values typed behind an option, in either spelling."""
    for word, behind in zip(words, [*words[1:], ""], strict=False):
        if word == option:
            yield behind.strip("[]")
        elif word.startswith(f"{option}="):
            yield word.partition("=")[2].strip("[]")


def _text_of(value: str) -> str:
    """The text of a file of settings; they may be typed in its place as well."""
    return value if value.startswith("{") else file_text(Path(value))


_NAMING = tuple(
    "--recipe --models --model --backbone --joins --eeg --face --split --augmentation --encoder --logger "
    "--dry-run --skip-broken --oracle --everyone --i-know-this-leaks --noise-only".split()
)
"""Options whose values name classes, or that take none; a dotted word behind another option allows nothing."""


def _texts(words: Sequence[str]) -> Iterator[str]:
    """The words typed where a class may be named: behind such an option, or behind none."""
    for before, word in zip(["", *words], words, strict=False):
        option, _, value = word.partition("=") if word.startswith("--") else (before, "", word)
        short = f"--{option[2:].rpartition('.')[2]}"  # of --protocol.split
        if value and (short in _NAMING or not option.startswith("--")):
            yield value


def _not_lost(unraisable: Any) -> None:
    """A Ctrl-C that hit where Python cannot raise, as in a weak reference's callback, is raised where it can."""
    if unraisable.exc_type in (KeyboardInterrupt, _Terminated):
        _thread.interrupt_main(signal.SIGINT if unraisable.exc_type is KeyboardInterrupt else signal.SIGTERM)
    else:
        sys.__unraisablehook__(unraisable)


_KINDS = {"int": "whole number", "float": "number", "tuple": "list", "str": "text"}


class _Terminated(BaseException):
    """A scheduler, or whoever turns the machine off, ends the command. No ``Exception``: nothing else may answer."""


@contextmanager
def _raising_when_terminated() -> Iterator[None]:
    """A span in which SIGTERM is raised, as Ctrl-C is: Lightning would end a training, and the command with code 0."""

    def terminate(number: int, frame: object) -> NoReturn:
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():  # only there can it be heard
        yield
        return
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)  # None: a handler that is not Python's


class _Misuse(SystemExit):
    """A line that cannot be parsed. Not an ``Exception``, so that no parser takes it for one of its own."""


class _Parser(ArgumentParser):
    """A parser that refuses in one line and names what it knows; ``dry_run`` is typed ``--dry-run``."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, formatter_class=HelpPage, allow_abbrev=False)

    def parse_args(self, args: Any = None, *more: Any, **settings: Any) -> Any:
        """Files that are named are looked at first: they need not be what a parser of settings can read."""
        words = list(args or ())
        for value in _values(words, "--config"):
            _text_of(value)
        for group in {name.rpartition(".")[0] for name in self._hints()} - {""}:
            for value in _values(words, f"--{group}"):
                grouped(value, {group: read_settings(value, _text_of(value))}, self._hints())
        return super().parse_args(args, *more, **settings)

    def _load_config_parser_mode(self, content: str, path: Any = "", *args: Any, **settings: Any) -> Any:
        """A file whose settings stand side by side, as before there were groups, means the same."""
        import yaml  # type: ignore[import-untyped]

        where = path or "--config"
        content = yaml.safe_dump(
            self._in_groups(where, read_settings(where, content)), sort_keys=False, allow_unicode=True
        )
        return super()._load_config_parser_mode(content, path, *args, **settings)

    def _in_groups(self, where: object, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Settings of a file by their names of today and in their groups; those of several commands by command."""
        if commands := self._subcommands():
            of_commands: dict[str, Any] = {}
            for name, value in stored.items():
                known = name in commands and isinstance(value, dict)
                of_commands[name] = commands[name]._in_groups(where, value) if known else value
            return of_commands
        hints = self._hints()
        current, advice = current_keys(self._command, stored, {name.rpartition(".")[0] for name in hints})
        _advise(advice)
        return grouped(where, current, hints)

    def _hints(self) -> dict[str, Any]:
        """The settings by name, with that of the group, and the type of each."""
        hints: dict[str, Any] = {}
        for action in self._actions:
            if not isinstance(action, ActionConfigFile) and action.dest not in ("help", "print_config"):
                hints[action.dest] = getattr(action, "_typehint", None) or action.type
        groups = {name.rpartition(".")[0] for name in hints}  # which can be given whole, and are no setting then
        return {name: hint for name, hint in hints.items() if name not in groups}

    def add_argument_group(self, *args: Any, **settings: Any) -> Any:
        """The settings of one object: ``--training.batch-size``, for short ``--batch-size``."""
        group = super().add_argument_group(*args, **settings)
        plain = group.add_argument
        group.add_argument = lambda *names, **options: plain(  # type: ignore[method-assign]
            *_spellings(names), **_flag(options)
        )
        return group

    def add_argument(self, *names: Any, **settings: Any) -> Any:
        if "--config" in names:
            settings["help"] = "A YAML file with any of these arguments; those typed behind it win."
        settings = _flag(settings)
        settings = settings if names[0].startswith("-") else _several(settings)
        added = super().add_argument(*_spellings(names), **settings)
        for action in self._actions:
            if "--print_config" in action.option_strings:  # jsonargparse adds it by itself, with help of its own
                action.help = "Print the arguments as such a file and exit."
        return added

    def format_help(self, *args: Any) -> str:
        """The page, in our order."""
        groups = self._action_groups
        self._action_groups = sections(groups)  # type: ignore[assignment]
        try:
            return super().format_help(*args)
        finally:
            self._action_groups = groups

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        raise _Misuse(f"{self._command}: {self._plain(message)}") from ex

    @property
    def _command(self) -> str:
        """The command as one types it."""
        return self.prog.replace(" [options]", "")

    def _plain(self, message: str) -> str:
        """A message of argparse or jsonargparse as one of ours; those that we do not know, nearly as they are."""
        message = re.sub(r"<class '(.+?)'>", r"\1", " ".join(message.split()))
        if match := re.search(r"invalid choice: '(.+?)'|unrecognized arguments: (\S+)", message, re.IGNORECASE):
            grouped_names = [name for name in self._option_string_actions if "." in name]
            return _unknown(match[1] or match[2], self._known(), grouped_names)
        if match := re.search(r'"(\S+)": Expected an? (\w+)(.*?)\. Got value: (.*)', message):
            kind = _KINDS.get(match[2], match[2])
            return f"{match[1]}: found {match[4]}; wanted a {kind}{match[3]}"
        if match := re.search(r'"(?:(\w+)\.)?subcommand"', message):
            known = self._subcommands()[match[1]]._known() if match[1] else self._known()
            behind = f" after {match[1]}" if match[1] else ""
            return f"found no command{behind}; wanted one of {', '.join(known)}; --help says more"
        if match := re.search(r"arguments are required: (.+)", message):
            missing = re.sub(r"\b\w+\.", "", match[1])
            return f"found too few arguments; wanted also {missing}; --help says what each is"
        return message.replace("Parser key", "argument")

    def _subcommands(self) -> dict[str, "_Parser"]:
        parsers: dict[str, _Parser] = {}
        for action in self._actions:
            if isinstance(action.choices, dict):
                parsers.update(action.choices)
        return parsers

    def _known(self) -> list[str]:
        options = (name for name in self._option_string_actions if name.startswith("--") and "." not in name)
        return list(self._subcommands()) or [name for name in options if not name.endswith("+")]


def _several(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings of a positional argument: a list takes one word or more, not one word that holds a list."""
    hint = getattr(settings.get("action"), "_typehint", None)
    if get_origin(hint) is not list:
        return settings
    return {**settings, "nargs": "+", "type": get_args(hint)[0], "action": None}


def _spellings(names: Iterable[str]) -> list[str]:
    """The spellings of an option: with hyphens, and one of a group also without the group's name."""
    typed = [re.sub(r"^--(?!print_).*", lambda match: match[0].replace("_", "-"), name) for name in names]
    short = [f"--{name.rpartition('.')[2]}" for name in typed if name.startswith("--") and "." in name]
    return list(dict.fromkeys([*typed, *short]))


def _flag(settings: dict[str, Any]) -> dict[str, Any]:
    if settings.get("type") is not bool:
        return settings
    rest = {name: value for name, value in settings.items() if name != "type"}
    return {**rest, "action": ActionYesNo(yes_prefix="", no_prefix=None)}  # type: ignore[arg-type]


def _unknown(word: str, known: Sequence[str], grouped_names: Sequence[str]) -> str:
    like = grouped_names if "." in word else known
    word = word[:LONGEST_NAME]
    near = difflib.get_close_matches(word, like, 1, 0.5) or difflib.get_close_matches(f"--{word}", like, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else "--help says what each is"
    return f"found {word!r}; wanted one of {', '.join(known)}; {hint}"


def _ended(prog: str, error: BaseException, debug: bool) -> int:
    """The exit code of a command that was ended from outside, as a shell or a scheduler knows it."""
    number, word = (signal.SIGTERM, "terminated") if isinstance(error, _Terminated) else (signal.SIGINT, "interrupted")
    _refuse(f"{prog}: {word}; what was finished is kept, run it again to go on", error, debug)
    return _ENDED + number


def _refuse(line: str, error: BaseException | None, debug: bool) -> int:
    if debug and error is not None:
        traceback.print_exception(error)
    print(" ".join(line.split()), file=sys.stderr)
    return MISUSE
