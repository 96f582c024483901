"""Command lines, parsed as the commands parse them and not run: what they would say to one that is wrong."""

import contextlib
import functools
import importlib
import importlib.util
import io
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from jsonargparse import ArgumentParser, Namespace, capture_parser

from emoscan.benchmarks.commands.shared_runs import listed
from emoscan.benchmarks.runs.protocol import SELECTIONS
from emoscan.benchmarks.splits.splits import SPLITS
from emoscan.models import AUGMENTATIONS, SCALINGS, JoinInput, NetworkLearner, Stacked, Training, make_learner
from emoscan.models.explaining.attribution import METHODS
from emoscan.models.pictures.timeline_picture import FACES
from emoscan.models.training.balancing import SAMPLES
from emoscan.preprocessing.commands import command_line
from emoscan.preprocessing.steps.recipe import read_recipe
from emoscan.signals import DATASETS, SCALP_19, InputError, Task, patch_grid
from emoscan.signals.plug_point import check_arguments

ROOT = Path(__file__).resolve().parents[1]
MAIN = {"emo-preprocess": "emoscan.preprocessing.commands.command", "emo-train": "emoscan.benchmarks.commands.command"}
OUTSIDERS = ("mylab.",)
"""How the names of a reader's own classes begin in the pages."""
_EEG, _FACE = JoinInput(SCALP_19, 5, 9, 5), JoinInput(patch_grid(8, 8, (12, 12)), 144, 9, 144)
BUILT_ON = ({"eeg": _EEG}, {"face": _FACE}, {"eeg": JoinInput(SCALP_19, 128, 9, 128)}, {"eeg": _EEG, "face": _FACE})
"""What networks and joins are built on, to see whether their settings hold."""
FILLER = "mylab.Anything"
"""What stands for an argument that a sentence leaves out: a path, or a name of the reader's own."""
EVERYTHING = Task(("calm", "joy"), ("valence", "arousal"), ("AU1", "AU2"))


class _Parsed(Exception):
    """A command line was parsed, and the command would run now."""


@functools.cache
def parser(program: str) -> ArgumentParser:
    """The parser of a program, with a subparser for each of its commands."""
    with patch.object(sys, "argv", [program]):
        return capture_parser(importlib.import_module(MAIN[program]).main)


@functools.cache
def commands(program: str) -> dict[str, ArgumentParser]:
    """The parser of every command, by what one types for it: ``{"fit": ..., "gan fit": ...}``."""
    return dict(_commands(parser(program)))


def options(program: str, command: str) -> set[str]:
    """The options of a command, those that every command has included."""
    own = commands(program)[command]._option_string_actions
    return {name for name in own if not name.endswith("+")} | {"--debug", "--help"}


def fault_of_line(words: list[str], partly: bool = False) -> str | None:
    """What is wrong with a command line of ``emo-preprocess`` or ``emo-train``; None where it would run.

    Args:
        words: The line, split.
        partly: Whether positional arguments may be left out at its end, as in a sentence. They may be where ``...``
            stands, or where the line has a file of the reader's own, which may hold them.
    """
    words = list(words)
    given = _known_files(words)
    typed = tuple(word for word in given if word != "...")
    fault = _fault(typed)
    in_a_file = len(given) < len(words)
    for _ in range(4 if partly or in_a_file or "..." in given else 0):
        if fault is None or "too few arguments" not in fault:
            break
        typed = (*typed, FILLER)
        fault = _fault(typed)
    return fault


def fault_of_tool(words: list[str]) -> str | None:
    """What is wrong with a line of make, python, pip, pytest or pre-commit: what it names is not there."""
    tool, *rest = words
    check = {"make": _make, "python": _python, "pip": _pip, "pytest": _paths, "pre-commit": _extra}
    return check[Path(tool).name.rstrip("3")](rest)


def faults_of_values(given: Namespace | dict[str, Any]) -> Iterator[str]:
    """What is wrong with the values that are names or calls, by the argument that takes them."""
    for name, value in vars(given).items() if isinstance(given, Namespace) else given.items():
        if isinstance(value, Namespace | dict) and name not in CHECKS:  # the settings of one object
            yield from faults_of_values(value)
            continue
        check = CHECKS.get(name)
        for single in _each(name, value) if check is not None else ():
            try:
                if single not in (None, "") and not _outside(single):
                    check(single)  # type: ignore[misc]
            except (InputError, OSError) as error:
                yield f"{name}: {error}"


def one_of(names: Iterable[str], what: str) -> Callable[[str], None]:
    """A check that a word is one of ``names``."""

    def check(word: str) -> None:
        if word not in set(names):
            raise InputError(what, word, f"one of {', '.join(names)}", "correct it")

    return check


def check_dataset(text: str) -> None:
    """Refuse a dataset that is unknown, or arguments that it does not take."""
    kind, args, kwargs = DATASETS.split(text)
    check_arguments(kind, ("root", *args), kwargs, f"dataset {text}")


@functools.cache
def check_model(text: str) -> None:
    """Refuse a model that is unknown or cannot be built on electrodes, samples, faces, or a pair; nothing is trained.

    Raises:
        InputError: What the first that was tried says.
    """
    made = make_learner(text)
    if isinstance(made, Stacked):
        for stream, network in made.networks.items():
            if not isinstance(network, str):
                raise InputError(text, f"{stream}={network!r}", "networks by stream, and folds", "correct the name")
            check_model(network)
    elif isinstance(made, NetworkLearner):
        faults: list[InputError] = []
        for volumes in BUILT_ON:
            if (fault := _built(made, volumes)) is None:
                return
            faults.append(fault)
        told = faults[-1 if made.reads_several else 0]
        if "pip install" not in str(told):  # a package of the reader's choice
            raise told


def check_recipe(recipe: dict[str, list[Any]]) -> None:
    """Refuse steps that are unknown, or arguments that they do not take."""
    read_recipe({series: [step for step in steps if not _outside(step)] for series, steps in recipe.items()})


def check_augmentation(text: str) -> None:
    """Refuse an augmentation that is unknown."""
    if text not in ("auto", "none"):
        AUGMENTATIONS.build(text)


CHECKS: dict[str, Callable[[Any], Any]] = {
    "dataset": check_dataset,
    "recipe": check_recipe,
    "split": SPLITS.build,
    "augmentation": check_augmentation,
    **dict.fromkeys(("backbone", "model", "models", "eeg", "face", "joins"), check_model),
    "predicts": EVERYTHING.only,
    "balance": lambda way: Training(balance=way),
    "way": one_of(SAMPLES, "way"),
    "scaling": one_of(SCALINGS, "scaling"),
    "selection": one_of(SELECTIONS, "selection"),
    "method": one_of(METHODS, "method"),
    "faces": one_of(FACES, "faces"),
}
"""How the value of an argument is resolved, for those that take a name or a call."""


def _commands(found: ArgumentParser, before: str = "") -> Iterator[tuple[str, ArgumentParser]]:
    for action in found._actions:
        for name, inner in action.choices.items() if isinstance(action.choices, dict) else ():
            if any(isinstance(below.choices, dict) for below in inner._actions):
                yield from _commands(inner, f"{before}{name} ")
            else:
                yield f"{before}{name}", inner


@functools.cache
def _fault(words: tuple[str, ...]) -> str | None:
    """The line that the program itself would say, or what is wrong with a name that it would only use later."""
    program = Path(words[0]).name
    said = io.StringIO()
    with patch.object(sys, "argv", list(words)), patch.object(command_line, "auto_cli", _stopped(program)):
        try:
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
                importlib.import_module(MAIN[program]).main()
        except _Parsed as parsed:
            return next(faults_of_values(_innermost(parsed.args[0])), None)
        except SystemExit:  # --help
            return None
    return said.getvalue().strip()


def _built(made: NetworkLearner, volumes: dict[str, JoinInput]) -> InputError | None:
    """Why the networks cannot be built on volumes of such a form."""
    try:
        made.assemble(volumes)
    except InputError as error:
        return error
    return None


def _stopped(program: str) -> Callable[..., None]:
    """What parses as ``auto_cli`` does, and stops before the command runs."""
    known = parser(program)

    def parse(functions: Any, args: list[str], **settings: Any) -> None:
        raise _Parsed(known.parse_args(args))

    return parse


def _innermost(given: Namespace) -> Namespace:
    while "subcommand" in given and given.subcommand is not None:
        given = given[given.subcommand]
    return given


def _known_files(words: list[str]) -> list[str]:
    """The line without ``--config FILE`` where the file is one of the reader's own, which is not here."""
    for at, word in enumerate(words):
        if word == "--config" and not "".join(words[at + 1 : at + 2]).startswith("benchmarks/"):
            return [*words[:at], *words[at + 2 :]]
    return words


def _each(name: str, value: Any) -> list[Any]:
    """The values of an argument, of which some take several."""
    return listed(value) if name in ("models", "joins", "scaling", "predicts") else [value]


def _outside(value: Any) -> bool:
    name = value.get("class_path", "") if isinstance(value, dict) else value
    return isinstance(name, str) and name.startswith(OUTSIDERS)


def _make(words: list[str]) -> str | None:
    makefile = (ROOT / "Makefile").read_text()
    for word in words:
        name, given, value = word.partition("=")
        there = rf"^{re.escape(name)} *\?=" if given else rf"^{re.escape(name)}:"
        if not re.search(there, makefile, re.MULTILINE):
            return f"the Makefile has no {'variable' if given else 'target'} {name}"
        if name == "TESTS" and not (ROOT / value).exists():
            return f"there is no {value}"
    return None


def _python(words: list[str]) -> str | None:
    if words[0] != "-m":
        return _paths(words[:1])
    try:
        module = importlib.util.find_spec(words[1]) if words[1].split(".")[0] == "emoscan" else True
    except ModuleNotFoundError:
        module = None
    return None if module else f"there is no module {words[1]}"


def _pip(words: list[str]) -> str | None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [extra for word in words for extra in re.findall(r"^\.\[(.+)\]$", word)]
    unknown = [name for extra in extras for name in extra.split(",") if name not in project["optional-dependencies"]]
    files = [words[at + 1] for at, word in enumerate(words) if word in ("-c", "-r")]
    return f"pyproject.toml has no extra {', '.join(unknown)}" if unknown else _paths(files)


def _paths(words: list[str]) -> str | None:
    missing = [word for word in words if not word.startswith("-") and not (ROOT / word.split("::")[0]).exists()]
    return f"there is no {', '.join(missing)}" if missing else None


def _extra(words: list[str]) -> str | None:
    return None if (ROOT / ".pre-commit-config.yaml").exists() else "there is no .pre-commit-config.yaml"
