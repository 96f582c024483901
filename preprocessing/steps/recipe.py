"""Recipes: the steps that make each series, read, checked and followed."""

import importlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from ...signals import Electrodes, Features, InputError, Peripheral, PlugPoint, Trial, Video, Volume
from ...signals.named_call import Given, NamedCall
from ...signals.plug_point import Allow
from ...signals.trials.trial import Stream
from .step import Step

PACKAGE = "emoscan.preprocessing"
"""Package whose steps are ours: known by name, and stored without a module."""

Recipe = Mapping[str, Sequence[Step]]
"""Steps by series. A series reads the stream named before its first hyphen: ``eeg`` and ``eeg-raw`` both ``eeg``."""

DEFAULT_RECIPES: Mapping[type, Mapping[str, tuple[str, ...]]] = {
    Electrodes: {"": ("MarkFlat()", "DifferentialEntropy()"), "-raw": ("MarkFlat()", "Resample(128.0)", "RawSlices()")},
    Features: {"": ("AsVolume()",)},
    Peripheral: {"": ("PeripheralMeasures()",)},
    Video: {"": ("FaceCrop()", "Patches()")},
}
"""Steps for each kind of stream where nobody names others, by the suffix of the series behind the stream's name."""


def default_recipe(trial: Trial, of_dataset: Mapping[str, Sequence[str]] | None = None) -> Recipe:
    """The recipe that fits the streams of ``trial``; ``of_dataset`` has the steps for streams a dataset names."""
    recipe = {series: steps for series, steps in (of_dataset or {}).items() if stream_name(series) in trial.streams}
    named = {stream_name(series) for series in recipe}
    for stream, recorded in trial.streams.items():
        if stream not in named:
            for suffix, steps in DEFAULT_RECIPES[type(recorded)].items():
                recipe[stream + suffix] = steps
    return read_recipe(recipe)


def read_recipe(recipe: Mapping[str, Sequence[Given | Step]], allow: Allow = None) -> Recipe:
    """A recipe from steps as text (``"Resample(128.0)"``), as ``class_path`` mappings of YAML, or as they are.

    Args:
        recipe: Steps by series.
        allow: For a recipe that stood in a file: packages whose steps it may name beside ours. None for one that a user
            typed.

    Raises:
        InputError: A step or one of its settings is unknown, or may not be named; lists those that exist.
    """
    point = step_point()

    def built(step: Given | Step) -> Step:
        return step if isinstance(step, Step) else point.build(step, allow=allow)

    return {series: list(map(built, steps)) for series, steps in recipe.items()}


def recipe_text(recipe: Recipe) -> dict[str, list[str]]:
    """The recipe as text that ``read_recipe`` reads, series in alphabetical order: equal for equal recipes."""
    return {series: list(map(_text, recipe[series])) for series in sorted(recipe)}


def in_short(steps: Sequence[str]) -> str:
    """Steps as one would type them, one after the other: settings that have their default value are left away.

    Nothing is built: the steps of others are shown as they are written.
    """
    return " → ".join(map(_in_short, steps))


def step_point() -> PlugPoint:
    """Steps by name; ours are those that the package exports."""
    package = importlib.import_module(PACKAGE)
    known = tuple(name for name in package.__all__ if _is_step(getattr(package, name)))
    return PlugPoint("step", PACKAGE, known, Step, groups=("emoscan.steps",))


def step_names(steps: Sequence[str]) -> tuple[str, ...]:
    """The names of stored steps, as in ``MarkFlat`` or ``mylab.Demean``; empty for text that is no call."""
    return tuple(map(_step_name, steps))


def check_stored_steps(stored: object, file: object) -> tuple[str, ...]:
    """The steps of one series, as text that a stored file has for them.

    Raises:
        InputError: They are no list of text, or something that would have to be run.
    """
    if not isinstance(stored, list | tuple):
        raise InputError(f"{file}, recipe", f"a {type(stored).__name__}", "a list of steps as text", "make it again")
    point = step_point()
    return tuple(point.check_stored(step, file) for step in stored)


def check_recipe(recipe: Recipe, trial: Trial) -> None:
    """Refuse a recipe that cannot be followed, before any work is done.

    Raises:
        InputError: A series reads a stream that ``trial`` lacks, a step does not take what the one before it gives, or
            the last gives no ``Volume``.
    """
    if not recipe:
        raise InputError("recipe", "no series", "at least one, as in {eeg: [DifferentialEntropy()]}", "name its steps")
    for series, steps in recipe.items():
        flowing: type = type(_stream(series, trial))
        for step in steps:
            if not issubclass(flowing, step.takes()):
                raise _misfit(series, flowing, step)
            flowing = step.gives()
        if not issubclass(flowing, Volume):
            wanted = "Volume" if steps else "steps that give a Volume"
            raise InputError(f"recipe, {series}", flowing.__name__, wanted, "end it with a step such as RawSlices()")


def apply(recipe: Recipe, trial: Trial) -> dict[str, Volume]:
    """Follow the recipe on one trial: a volume for each series, with the trial's identities and truth.

    A series whose stream was not recorded in this trial is left out.

    Raises:
        InputError: The recipe does not fit the trial or none of its streams is there, or a step refuses what was
            recorded.
    """
    there = {series: steps for series, steps in recipe.items() if stream_name(series) in trial.streams}
    check_recipe(there or recipe, trial)
    done: dict[tuple[Any, ...], Any] = {}
    return {series: _volume(series, steps, trial, done) for series, steps in there.items()}


def stream_name(series: str) -> str:
    """The stream that a series reads: the part of its name before the first hyphen."""
    return series.split("-")[0]


def _volume(series: str, steps: Sequence[Step], trial: Trial, done: dict[tuple[Any, ...], Any]) -> Volume:
    """The volume of one series; steps that several series of a stream begin with are done once, and lie in ``done``."""
    flowing: Any = _stream(series, trial)
    key: tuple[Any, ...] = (stream_name(series),)
    for step in steps:
        key += (type(step), repr(step))  # the type too: classes of one name in two modules have the same repr
        if key not in done:
            done[key] = step(_identified(flowing, trial))
        flowing = done[key]
    if not len(flowing.times):
        raise InputError(f"{trial}, {series}", "no slices", "one or more", "leave the trial out or use shorter slices")
    volume: Volume = replace(
        _identified(flowing, trial),
        stored=_as_stored(flowing),
        causal=flowing.causal and all(step.causal for step in steps),
        target=trial.target.at(flowing.times),
    )
    return volume


def _identified(flowing: Any, trial: Trial) -> Any:
    """The volume with the trial's identities, as soon as there is one: a step may need them."""
    if not isinstance(flowing, Volume):
        return flowing
    return replace(
        flowing,
        subject=trial.subject,
        session=trial.session,
        trial=trial.trial,
        stimulus=trial.stimulus,
        part=trial.part,
    )


def _as_stored(volume: Volume) -> np.ndarray:
    return volume.stored if volume.layout.pixels else np.asarray(volume.stored, np.float32)


def _stream(series: str, trial: Trial) -> Stream:
    name = stream_name(series)
    if name not in trial.streams:
        found = f"no stream {name!r} in {trial}"
        wanted = f"one of {', '.join(trial.streams)}"
        raise InputError(f"recipe, {series}", found, wanted, "name the series after a stream")
    return trial.streams[name]


def _is_step(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, Step) and thing is not Step


def _text(step: Step) -> str:
    module = type(step).__module__
    return repr(step) if module.startswith(f"{PACKAGE}.") else f"{module}.{step!r}"


def _misfit(series: str, flowing: type, step: Step) -> InputError:
    return InputError(
        f"recipe, {series}",
        f"{step!r} after {flowing.__name__}",
        f"a step that takes {flowing.__name__}",
        "change the order of the steps",
    )


def _step_name(step: str) -> str:
    try:
        return NamedCall.read("step", step).name
    except InputError:  # of a version that wrote steps in another way
        return ""


def _in_short(step: str) -> str:
    try:
        thing, args, kwargs = step_point().split(step, allow=())
        settings = inspect.signature(thing).bind(*args, **kwargs).arguments
        defaults = {f.name: f.default for f in fields(thing)}
    except (InputError, TypeError):  # a step of somebody else, or of another version
        return step
    changed = [f"{name}={value!r}" for name, value in settings.items() if defaults.get(name) != value]
    return f"{thing.__name__}({', '.join(changed)})"
