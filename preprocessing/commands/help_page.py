"""The page that ``--help`` shows: in the order in which one needs it, without the types of Python."""

import argparse
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from jsonargparse import DefaultHelpFormatter

from ...signals.installed_plugins import plugins

WIDEST = 100
"""Columns of a page, however wide the terminal is."""

PLACE = ("jobs", "cluster")
"""Options that say where something is computed, and change nothing else."""

DEVICES = ("accelerator", "devices", "num_nodes", "strategy", "precision")
"""Options of Lightning that only large machines need."""

WRITTEN = ("output", "logger")
"""Options that say what is written, and where."""

GENERAL = ("help", "config", "print_config", "allow")
"""Options that many commands have, and few need."""

FIRST = ("split", "fold", "seeds", "seed", "modality", "predicts", "recipe")
"""Options that are thought of first, each at the head of its section."""

PLUGGED = {
    "dataset": ("emoscan.datasets",),
    "recipe": ("emoscan.steps", "emoscan.detectors"),
    **dict.fromkeys(("model", "models", "backbone"), ("emoscan.backbones", "emoscan.joins")),
    **dict.fromkeys(("eeg", "face"), ("emoscan.backbones",)),
    "joins": ("emoscan.joins",),
    "split": ("emoscan.splits",),
}
"""Arguments that name a thing, and the entry points by which other distributions add such things."""


@dataclass
class Section:
    """Some arguments under one heading; ``argparse`` reads these three attributes of its own groups."""

    title: str
    description: str | None = None
    _group_actions: list[argparse.Action] = field(default_factory=list)


def sections(groups: Sequence[Any]) -> list[Section]:
    """The arguments of a parser by section: required, options, those of its groups, place, output, the rest, devices.

    Args:
        groups: As ``argparse`` stores them: positional arguments, options, then the groups that a parser adds.
    """
    positional, options, *added = groups
    first = Section("What must be given", None, list(positional._group_actions))
    plain = Section("What is done", None, _left(options._group_actions))
    further = []
    for group in added:
        heading = f"{str(group.title)[:1].upper()}{str(group.title)[1:]}"
        further.append(Section(heading, group.description, _left(group._group_actions)))
    everything: list[argparse.Action] = []
    for group in groups:
        everything += group._group_actions
    files = [action for action in everything if _is_file_of_group(action)]
    last = [
        Section("Where it is computed", None, _among(everything, PLACE)),
        Section("What is written", None, _among(everything, WRITTEN)),
        Section("In general", None, [*_among(everything, GENERAL), *files]),
        Section("Devices", None, _among(everything, DEVICES)),
    ]
    return [section for section in (first, plain, *further, *last) if section._group_actions]


class HelpPage(DefaultHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Help without the types of Python: what an argument is for and what it is when left out."""

    def __init__(self, prog: str, *rest: Any, **more: Any) -> None:
        more.update(width=min(WIDEST, shutil.get_terminal_size().columns) - 2, max_help_position=27)
        super().__init__(prog, *rest, **more)  # type: ignore[no-untyped-call]

    def add_usage(self, usage: Any, actions: Iterable[argparse.Action], *rest: Any, **more: Any) -> None:
        """The usage line: required arguments, and that there are options, which are listed below."""
        self._prog = f"{self._prog.replace(' [options]', '')} [options]"
        super().add_usage(usage, [action for action in actions if not action.option_strings], *rest, **more)

    def _metavar_formatter(self, action: argparse.Action, default_metavar: str) -> Any:
        if isinstance(action.choices, dict):  # they are listed below, each with what it does
            return lambda count: ("command",) * count
        return super()._metavar_formatter(action, default_metavar)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Paragraphs are wrapped; lines that are indented, as examples are, stay as they are."""
        lines = []
        for line in text.splitlines():
            lines.append(line if line.startswith(" ") else textwrap.fill(line, width, initial_indent=indent))
        return "\n".join(lines)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.option_strings[0].startswith("-h"):
            return super()._format_action_invocation(action)
        option = min(action.option_strings, key=len)  # of --training.epochs and --epochs the short one
        if action.nargs == 0 or action.dest == "print_config":
            return option
        return f"{option} {'FILE' if _is_file(action) else _placeholder(action)}"

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        if action.dest == "help":
            return "Show this help and exit."
        if _is_file_of_group(action):
            return f"A YAML file with the settings of {action.dest}."
        if listed := _plugged(action.dest):
            text = f"{text} Installed: {listed}."
        known = action.default is not None and action.default is not False and action.default != argparse.SUPPRESS
        if not known or action.default == "" or not action.option_strings:
            return text
        default = action.default
        usual = f"[{','.join(map(str, default))}]" if isinstance(default, tuple | list) else str(default)
        return f"{text} (default: {usual})".replace("%", "%%")  # argparse fills in what stands behind a single %


def _placeholder(action: argparse.Action) -> str:
    """The word that stands for a value: a number, or the last word of the option's name."""
    kind = action.type or getattr(action, "_typehint", None)
    if kind in (int, float):
        return "N" if kind is int else "NUMBER"
    return _last(action.dest).rpartition("_")[2].upper()


def _plugged(dest: str) -> str:
    """The names that plugins add to an argument, with their distributions."""
    groups = PLUGGED.get(_last(dest), ())
    installed = plugins(groups) if groups else ()
    return ", ".join(f"{plugin.name} ({plugin.distribution})" for plugin in installed if plugin.can_be_typed)


def _last(dest: str) -> str:
    return dest.rpartition(".")[2]


def _is_file(action: argparse.Action) -> bool:
    return action.dest == "config" or _is_file_of_group(action)


def _is_file_of_group(action: argparse.Action) -> bool:
    return (action.help or "").startswith("Path to a configuration file")


def _among(actions: Iterable[argparse.Action], names: Sequence[str]) -> list[argparse.Action]:
    options = [action for action in actions if _last(action.dest) in names and action.option_strings]
    return sorted(options, key=lambda action: names.index(_last(action.dest)))


def _left(actions: Iterable[argparse.Action]) -> list[argparse.Action]:
    """The arguments that no section of ours takes, those that one thinks of first at the head."""
    elsewhere = (*PLACE, *WRITTEN, *GENERAL, *DEVICES)
    left = []
    for action in actions:
        in_a_section = _last(action.dest) in elsewhere and action.option_strings
        if not in_a_section and not _is_file_of_group(action):
            left.append(action)
    order = {name: place for place, name in enumerate(FIRST)}
    return sorted(left, key=lambda action: order.get(_last(action.dest), len(FIRST)))
