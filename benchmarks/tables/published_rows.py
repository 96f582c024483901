"""Published scores that may stand beside a report: those where everything that is stated fits."""

import ast
import importlib
import inspect
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from ...preprocessing import MarkArtefacts, MarkBadChannels, MarkFlat, MarkMuscle
from ...preprocessing.steps.recipe import step_names
from ..runs.report import Report
from ..runs.report_facts import SeriesSummary
from .published_file import DAGGER, Input, Published, Rules, read_published

TABLE = Path(__file__).with_name("published.yaml")
"""The values; the head of the file explains their fields."""

DAGGER_NOTE = f"{DAGGER} as cited elsewhere; the original was not checked"


_MARKING = {step.__name__ for step in (MarkArtefacts, MarkBadChannels, MarkFlat, MarkMuscle)}
"""Steps that change no sample."""


@cache
def published() -> tuple[Published, ...]:
    """All published values, in the order of the file."""
    return read_published(TABLE)


def listed_for(dataset: str) -> tuple[Published, ...]:
    """Published values of a dataset under any protocol: to be listed with ``differences``, never compared."""
    return tuple(entry for entry in published() if dataset in entry.datasets)


def find_published(report: Report, metric: str = "accuracy") -> Published | None:
    """The published value of the very thing that a report measured; None unless everything fits and data are real."""
    of_dataset = [] if report.data.simulated else listed_for(report.data.dataset)
    return next((entry for entry in of_dataset if entry.metric == metric and not differences(entry, report)), None)


def differences(entry: Published, report: Report) -> tuple[str, ...]:
    """Reasons why a published value is not comparable with a report; empty where everything that is stated fits.

    Settings fit only where they are those of ``entry.models``. An epoch chosen on the scored part never fits, nor does
    a report that read the tested subject's data to scale them.
    """
    return tuple(reason for reason, fits in _keys(entry, report) if not fits)


def _keys(entry: Published, report: Report) -> Iterator[tuple[str, bool]]:
    data, protocol, rules = report.data, report.protocol, entry.protocol
    method = " or ".join(entry.models) or f"{entry.method}, which no model here is exactly"
    yield "it is of recorded people, these are simulated", not data.simulated
    yield f"it is of {' or '.join(entry.datasets)}", data.dataset in entry.datasets
    yield f"it reads {entry.series.words}", _reads(entry.series, tuple(data.series.values()))
    yield "it predicts other categories", rules.categories == data.task.categories
    yield f"its protocol: {rules.words}", rules.exact and protocol.split == rules.split and not protocol.leaky
    yield "it does not scale by the tested subject", protocol.scaling != "subject"
    yield f"its windows have {entry.window} slices", entry.window in (None, protocol.window)
    yield f"its method is {method}", any(same_call(report.model, model, "models") for model in entry.models)
    yield "its epoch is the best on the scored part", entry.selection != "scored"
    yield from _counts(rules, report.columns)


def _counts(rules: Rules, columns: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    trials = Counter(zip(map(str, columns["subject"]), map(str, columns["session"]), strict=True))
    sessions = Counter(subject for subject, _ in trials)
    yield f"it is of {rules.people} people", rules.people in (None, len(sessions))
    fits = rules.sessions is None or {rules.sessions} == {*sessions.values()}
    yield f"it is of {rules.sessions} sessions a person", fits
    yield f"it is of {rules.trials} trials a session", rules.trials is None or {rules.trials} == {*trials.values()}


def _reads(wanted: Input, series: tuple[SeriesSummary, ...]) -> bool:
    """Whether one series was read, made by that step alone; steps that mark bad stretches change no sample."""
    if len(series) != 1 or not wanted.recipe:
        return False
    (summary,) = series
    names = step_names(summary.recipe)
    steps = [step for step, name in zip(summary.recipe, names, strict=True) if name not in _MARKING]
    shape = summary.features, summary.sites, summary.duration
    same_shape = shape == (wanted.features, wanted.sites, wanted.duration)
    return same_shape and len(steps) == 1 and same_call(steps[0], wanted.recipe, "preprocessing")


def same_call(stored: str, wanted: str, folder: str) -> bool:
    """Whether two calls of a thing of ours are equal, settings at their default aside. Nothing is called.

    Args:
        stored: In a report; text that is no call of that name is not equal, and nothing of that name is looked for.
        wanted: In the table.
        folder: ``models`` or ``preprocessing``, where that lives.
    """
    stored_call, wanted_call = _call(stored), _call(wanted)
    if stored_call is None or wanted_call is None or stored_call[0] != wanted_call[0]:
        return False
    # Only a name of our own table is looked up: text of a report never decides what is imported.
    thing = attrgetter(wanted_call[0])(importlib.import_module(f"emoscan.{folder}"))
    return _changed(stored_call[1], thing) == _changed(wanted_call[1], thing)


def _changed(settings: Mapping[str, Any], thing: Any) -> dict[str, Any]:
    """The settings that are not at the defaults of a class or function."""
    defaults = {name: parameter.default for name, parameter in inspect.signature(thing).parameters.items()}
    return {name: value for name, value in settings.items() if name not in defaults or defaults[name] != value}


def _call(text: str) -> tuple[str, dict[Any, Any]] | None:
    """The name and the settings in ``Name`` or ``Name(setting=1)``; None for any other text."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        if not isinstance(tree, ast.Call):
            return ast.unparse(tree), {}
        settings = {keyword.arg: ast.literal_eval(keyword.value) for keyword in tree.keywords}
        return None if tree.args else (ast.unparse(tree.func), settings)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None
