"""Plugins: names that other installed distributions add to ours. To list them nothing of theirs is imported."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import Distribution, distributions
from keyword import iskeyword

PREFIX = "emoscan."
"""How the groups of entry points begin that are read: ``emoscan.datasets``, ``emoscan.steps`` and so on."""


class Namesake(UserWarning):
    """A plugin is called like something of ours, which is used in its place."""


@dataclass(frozen=True)
class Plugin:
    """A name that an installed distribution brings.

    Args:
        group: The group of its entry point, as in ``"emoscan.datasets"``.
        name: What one types.
        target: The dotted name of the thing itself: what stored files have for it, and what they may be allowed.
        distribution: Who brings it, with its version, as in ``"filmlab 1.0"``.
    """

    group: str
    name: str
    target: str
    distribution: str

    @property
    def kind(self) -> str:
        """One thing of the group: ``"dataset"``, ``"step"``."""
        return self.group.removeprefix(PREFIX).removesuffix("s")

    @property
    def can_be_typed(self) -> bool:
        """Whether its name is one of Python; any other cannot stand on a command line or in a recipe."""
        return self.name.isidentifier() and not iskeyword(self.name)

    @property
    def remedy(self) -> str:
        """What to do where it does not work."""
        return f"update it, or remove it: pip uninstall {self.distribution.rpartition(' ')[0]}"


def plugins(groups: Iterable[str] = ()) -> tuple[Plugin, ...]:
    """Installed plugins, those of ``groups`` or all, by group and name. Nothing of theirs is imported."""
    wanted = tuple(groups)
    return tuple(plugin for plugin in _installed(tuple(sys.path)) if not wanted or plugin.group in wanted)


@lru_cache(maxsize=1)
def _installed(path: tuple[str, ...]) -> tuple[Plugin, ...]:
    """All plugins of the distributions on ``path``, looked up once."""
    found: dict[str, list[Plugin]] = {}
    for distribution in distributions(path=list(path)):
        if brought := list(_brought_by(distribution)):
            found.setdefault(brought[0].distribution.partition(" ")[0], brought)  # the first on the path is the one
    return tuple(sorted((one for own in found.values() for one in own), key=lambda one: (one.group, one.name)))


def _brought_by(distribution: Distribution) -> Iterator[Plugin]:
    try:
        points = [point for point in distribution.entry_points if point.group.startswith(PREFIX)]
        who = f"{distribution.metadata['Name']} {distribution.version}" if points else ""
    except Exception:  # metadata are anybody's text, and must not stop what does not need them
        return
    for point in points:
        yield Plugin(point.group, point.name, point.value.partition("[")[0].strip().replace(":", "."), who)
