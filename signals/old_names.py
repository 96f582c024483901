"""Names of an earlier version: each works one version longer, with one line of advice.

Public names of Python, options of the commands, and keys of their YAML files.
"""

import importlib
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import InputError


@dataclass(frozen=True)
class Renamed:
    """A name that became another one.

    Args:
        old, new: The name before, and the one to write today.
        until: The first version without the old name.
    """

    old: str
    new: str
    until: str

    @property
    def advice(self) -> str:
        """One line for whoever wrote the old name."""
        return f"{self.old} is called {self.new} now; the old name works until {self.until}"


def with_old_names(face: str, find: Callable[[str], Any], *renamed: Renamed) -> Callable[[str], Any]:
    """A module's ``__getattr__`` that knows names of before too, and warns whoever uses one.

    Args:
        face: The module's name.
        find: Its ``__getattr__`` for names of today.
        *renamed: What is called otherwise now.
    """
    known = {one.old: one for one in renamed}

    def find_either(name: str) -> Any:
        if name not in known:
            return find(name)
        warnings.warn(f"{face}: {known[name].advice}", FutureWarning, stacklevel=2)
        return getattr(importlib.import_module(face), known[name].new)

    return find_either


OLD_OPTIONS: dict[str, tuple[Renamed, ...]] = {}
"""Options of before, by command as one types it, all in this place; names as a YAML file has them, of a group's without
the group: ``{"emo-train bench": (Renamed("rate", "learning_rate", "0.4.0"),)}``. A test says when one may go."""


def current_words(command: str, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """A command line with the options' names of today, and a line of advice for each that has another now.

    Args:
        command: As one types it, ``"emo-train bench"``.
        words: The line.
    """
    known = _old_options(command)
    current: list[str] = []
    advice: list[str] = []
    for word in words:
        option, equals, value = word.partition("=")
        group, dot, name = option.removeprefix("--").rpartition(".")  # of --training.rate
        renamed = known.get(name.replace("-", "_")) if option.startswith("--") else None
        if renamed is None:
            current.append(word)
            continue
        current.append(f"--{group}{dot}{_typed(renamed.new)}{equals}{value}")
        typed = Renamed(f"--{_typed(renamed.old)}", f"--{_typed(renamed.new)}", renamed.until)
        advice.append(f"{command}: {typed.advice}")
    return current, advice


def current_keys(command: str, stored: Mapping[str, Any], groups: Collection[str]) -> tuple[dict[str, Any], list[str]]:
    """Settings of a file by their names of today, and a line of advice for each that has another now.

    Args:
        command: As one types it.
        stored: What the file holds, in groups or side by side.
        groups: Which of its names are groups of settings; a mapping under any other name is data.

    Raises:
        InputError: A setting stands there under both names.
    """
    known = _old_options(command)
    current: dict[str, Any] = {}
    advice: list[str] = []
    for name, value in stored.items():
        today = known[name].new if name in known else name
        if today in current:
            wanted = "one of its two names"
            raise InputError(f"{command}, in the file", f"{today} twice", wanted, f"keep {today} alone")
        if name in known:
            advice.append(f"{command}, in the file: {known[name].advice}")
        current[today] = value
        if name in groups and isinstance(value, Mapping):
            current[today], within = current_keys(command, value, ())
            advice += within
    return current, advice


def _old_options(command: str) -> dict[str, Renamed]:
    return {one.old: one for one in OLD_OPTIONS.get(command, ())}


def _typed(name: str) -> str:
    return name.replace("_", "-")
