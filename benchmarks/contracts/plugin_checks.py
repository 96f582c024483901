"""Contract checks of the plugins of other installed distributions: each by the check of its kind."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ...models import BACKBONES, JOINS
from ...preprocessing import DifferentialEntropy, preprocess
from ...preprocessing.faces.detector import DETECTORS
from ...preprocessing.steps.recipe import step_point
from ...signals import DATASETS, InputError, PlugPoint, Simulated
from ...signals.installed_plugins import Plugin, plugins
from ..splits.splits import SPLITS
from .contracts import ContractBroken, check_backbone, check_dataset, check_join, check_learns, check_split, check_step


def check_plugins(distribution: str = "", *, learns: bool = False) -> Iterator[tuple[Plugin, str]]:
    """Every installed plugin with its fault; with no text where it keeps its contract.

    Args:
        distribution: Look at those of this one only.
        learns: Whether backbones must also learn simulated data, which takes a while.
    """
    for plugin in plugins():
        if distribution in ("", plugin.distribution.rpartition(" ")[0]):
            yield plugin, _fault(plugin, learns)


def check_plugin(plugin: Plugin, *, learns: bool = False) -> None:
    """A plugin is found by its name, is of its kind, and keeps what that promises; it is built with its defaults.

    Raises:
        InputError: It cannot be used; names who brought it.
        ContractBroken: Names the promise.
    """
    points = _points()
    where = f"{plugin.kind} {plugin.name!r} of {plugin.distribution}"
    if plugin.group not in points:
        raise InputError(where, f"the group {plugin.group}", f"one of {', '.join(points)}", plugin.remedy)
    point = points[plugin.group]
    if plugin.name in (*point.known, *point.presets):
        raise InputError(where, "a name of emoscan's own", "another name", f"type {plugin.target}")
    if not plugin.can_be_typed:
        raise InputError(where, "a name that cannot be typed", "letters, digits and _", f"type {plugin.target}")
    _CHECKS[plugin.group](point.find(plugin.name), plugin.name)
    if learns and plugin.group in BACKBONES.groups:
        check_learns(plugin.name)


def _points() -> dict[str, PlugPoint]:
    known = (DATASETS, step_point(), DETECTORS, BACKBONES, JOINS, SPLITS)
    return {group: point for point in known for group in point.groups}


def _fault(plugin: Plugin, learns: bool) -> str:
    try:
        check_plugin(plugin, learns=learns)
    except (InputError, ContractBroken) as error:
        return str(error)
    except Exception as error:  # of somebody else's code, which is not to stop the others
        return f"{plugin.kind} {plugin.name!r} of {plugin.distribution}: {type(error).__name__}: {error}"
    return ""


def _check_split(split: Any, name: str) -> None:
    """A split divides three simulated people who came on two days."""
    with tempfile.TemporaryDirectory() as folder:
        people = Simulated(subjects=3, sessions=2, layout="scalp-19")
        cache = preprocess(people, {"eeg": [DifferentialEntropy()]}, Path(folder) / "cache")
        check_split(SPLITS.build(name), cache.columns)


_CHECKS: dict[str, Callable[[Any, str], None]] = {
    "emoscan.datasets": lambda plugin, name: check_dataset(plugin),
    "emoscan.steps": lambda plugin, name: check_step(step_point().build(name)),
    "emoscan.detectors": lambda plugin, name: DETECTORS.build(name),
    "emoscan.backbones": lambda plugin, name: check_backbone(name, learns=False),
    "emoscan.joins": lambda plugin, name: check_join(name),
    "emoscan.splits": _check_split,
}
"""The check of each group, which takes the plugin and its name."""
