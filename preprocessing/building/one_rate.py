"""Rates of a dataset: one for its videos, seen to before any work is done; those of its recordings are told."""

from collections.abc import Sequence
from dataclasses import replace

from ...signals import Electrodes, InputError, Trial, Video
from ...signals.named_call import Given
from ...signals.streams.rates import nominal_duration
from ..steps.recipe import PACKAGE, Recipe, read_recipe, stream_name
from ..steps.step import Step


def at_one_rate(recipe: Recipe, trials: Sequence[Trial]) -> Recipe:
    """The recipe, with ``AtRate`` before a series whose videos are of several rates: all come to the lowest of them."""
    resampled: dict[str, list[Given | Step]] = {}
    for series, steps in recipe.items():
        rates = _rates(series, steps, trials)
        resampled[series] = [f"AtRate({_lowest(rates)!r})", *steps] if _mixed(steps, rates) else list(steps)
    return read_recipe(resampled)


def check_rates(recipe: Recipe, trials: Sequence[Trial]) -> None:
    """Refuse a recipe that leaves the videos of a series at several rates.

    Raises:
        InputError: It does; names the rates, and the step that gives all videos one.
    """
    for series, steps in recipe.items():
        if _mixed(steps, rates := _rates(series, steps, trials)):
            do = f"begin it with AtRate({_lowest(rates):g}), or leave the recipe out, which does so"
            raise InputError(f"recipe, {series}", f"videos of {_listed(rates)} frames a second", "one rate", do)


def rate_notes(recipe: Recipe, trials: Sequence[Trial]) -> list[str]:
    """A sentence for each series whose videos, of several rates, a recipe brings to one."""
    notes = []
    for series, steps in recipe.items():
        rates = _rates(series, [], trials)
        if _mixed([], rates) and _resamples(steps):
            notes.append(f"{series}: videos of {_listed(rates)} frames a second; {steps[0]!r} brings all to one rate")
    return notes


def with_remarks(trials: Sequence[Trial], recipe: Recipe) -> list[Trial]:
    """The trials; each with a remark that its video's frames are not all taken, or that sampling rates differ."""
    remarked = _with_sampling_rates(trials)
    for series, steps in recipe.items():
        name, rates = stream_name(series), _rates(series, [], trials)
        if not (_mixed([], rates) and _resamples(steps)):
            continue
        remark = f"rates differ between the videos, so frames are taken by {steps[0]!r}"
        for number, trial in enumerate(remarked):
            video = trial.streams.get(name)
            if isinstance(video, Video) and remark not in video.remarks and 1 / video.step > 1.01 * _lowest(rates):
                video = replace(video, remarks=(*video.remarks, remark))
                remarked[number] = replace(trial, streams={**trial.streams, name: video})
    return remarked


def _with_sampling_rates(trials: Sequence[Trial]) -> list[Trial]:
    """The trials; where recordings of electrodes have several rates, each with a remark that names them."""
    rates: dict[str, list[float]] = {}
    for trial in trials:
        for name, stream in trial.streams.items():
            if isinstance(stream, Electrodes):
                rates.setdefault(name, []).append(stream.rate)
    several = {name for name, known in rates.items() if nominal_duration([1 / rate for rate in known]) is None}
    remarked = []
    for trial in trials:
        streams = dict(trial.streams)
        for name in several & streams.keys():
            remark = f"sampling rates differ between the recordings: {_listed(rates[name])} Hz"
            streams[name] = replace(streams[name], remarks=(*streams[name].remarks, remark))
        remarked.append(replace(trial, streams=streams))
    return remarked


def _resamples(steps: Sequence[Step]) -> bool:
    return bool(steps) and type(steps[0]).__name__ == "AtRate"


def _mixed(steps: Sequence[Step], rates: Sequence[float]) -> bool:
    """True where slices of different rates would reach a cache: no step behind the videos sees to their length."""
    later = [step for step in steps if not issubclass(step.gives(), Video)]
    ours = all(type(step).__module__.startswith(f"{PACKAGE}.") for step in later)
    settled = any(type(step).__name__ == "CommonRate" for step in later)
    return ours and not settled and bool(rates) and nominal_duration([1 / rate for rate in rates]) is None


def _rates(series: str, steps: Sequence[Step], trials: Sequence[Trial]) -> list[float]:
    """The rates (Hz) at which the videos of a series come, behind the steps that give videos; nothing is decoded."""
    rates = []
    for trial in trials:
        video = trial.streams.get(stream_name(series))
        if isinstance(video, Video):
            rates.append(1 / _behind(steps, video).step)
    return rates


def _behind(steps: Sequence[Step], video: Video) -> Video:
    try:
        for step in steps:
            if not issubclass(step.gives(), Video):
                break
            video = step(video)
    except InputError:  # a video that a step refuses is named with its recording, when it is worked on
        pass
    return video


def _lowest(rates: Sequence[float]) -> float:
    """The lowest rate, as the whole number that it stands for where it does."""
    lowest = min(rates)
    return float(round(lowest)) if nominal_duration([1 / lowest, 1 / max(round(lowest), 1)]) else round(lowest, 3)


def _listed(rates: Sequence[float]) -> str:
    nominal = sorted({f"{rate:.4g}" for rate in rates}, key=float)
    return ", ".join(nominal) if len(nominal) <= 4 else f"{nominal[0]} to {nominal[-1]}"
