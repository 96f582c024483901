"""The amplitude of a recording's EEG, and whether EEG can have it: a wrong unit is a million times off."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from inspect import signature

import numpy as np

from ...signals import Dataset, Electrodes, InputError, Trial
from ...signals.datasets.in_memory.loaded import LoadedDataset
from ...signals.remedies import as_call, without_settings

PLAUSIBLE = 0.5, 500.0
"""Microvolts between which the median SD of a second of scalp EEG lies: amplifier noise is below, artefacts above."""

_REFUSED = 1000.0
"""How many times beyond ``PLAUSIBLE`` no artefact and no quiet head can be."""

_FAR = 30.0
"""How many times larger or smaller than the middle recording of a study one recording is told to be."""

_UNLIKE = 300.0
"""How many times larger or smaller than the middle channel of its recording one channel is told to be."""

_SECONDS = 10
"""Seconds that are read of a trial's middle."""


@dataclass(frozen=True)
class UnitRemedies:
    """What one can do about a wrong unit: of a whole recording, and of one ``{channel}``.

    ``reword`` makes of a way on by settings in ``trials.yaml`` one that the dataset has.
    """

    recording: str
    channel: str
    reword: Callable[[str], str] = str

    def named(self, error: InputError) -> InputError:
        """The error with a way on that the dataset has."""
        do = self.reword(error.do)
        return error if do == error.do else InputError(error.where, error.found, error.wanted, do)


OF_TABLES = UnitRemedies(
    "if the file names a wrong unit, give the right one: --units {unit}, or units: {unit} in trials.yaml",
    "if their unit is another one, give it: units: {{{channel}: {unit}}} in trials.yaml",
)
_OF_PROGRAMS = UnitRemedies(
    "if the numbers are no volts, name their unit: units={unit!r}",
    "if their unit is another one, give it: units={{{channel!r}: {unit!r}}}",
)
_OF_OPTION = UnitRemedies(
    "if the file names a wrong unit, give the right one: --units {unit}",
    "if their unit is another one, correct it in the file",
)
_OF_FILES = UnitRemedies(
    "if the file names a wrong unit, correct it there, or read the files as a TrialTable, which has --units {unit}",
    "if their unit is another one, correct it in the file, or read the files as a TrialTable, which has units",
)


def unit_remedies(dataset: Dataset) -> UnitRemedies:
    """The ways that a dataset has to say in which unit its numbers are."""
    if isinstance(dataset, LoadedDataset):
        return _OF_PROGRAMS
    settings = signature(type(dataset)).parameters
    if "recordings" in settings:  # which stand in a file too
        return OF_TABLES
    known = _OF_OPTION if "units" in settings else _OF_FILES
    return replace(known, reword=partial(as_call, type(dataset).__name__) if "rename" in settings else without_settings)


def amplitudes(trials: Sequence[Trial], streams: Collection[str]) -> dict[str, float]:
    """Median standard deviation of one-second pieces of a recording's channels, in microvolt, by stream.

    Ten seconds from the middle of the first, the middle and the last trial are read. A second's mean is no part of it,
    so that offsets and slow drifts of an amplifier count little; flat and bad channels and untrusted samples are left
    out. A stream of which nothing is left is not among them.
    """
    deviations: dict[str, list[np.ndarray]] = {}
    for trial in (trials[place] for place in sorted({0, len(trials) // 2, len(trials) - 1})):
        for name, stream in _electrodes(trial, streams):
            deviations.setdefault(name, []).append(_known(np.concatenate([*_deviations(stream).values()])))
    known = {name: np.concatenate(of_trials) for name, of_trials in deviations.items()}
    return {name: float(np.median(values)) for name, values in known.items() if len(values)}


def channel_remarks(trial: Trial, streams: Collection[str], remedies: UnitRemedies = OF_TABLES) -> tuple[str, ...]:
    """Sentences on channels whose amplitude has nothing to do with that of the others of their recording."""
    remarks = []
    for name, stream in _electrodes(trial, streams):
        found = {channel: _known(deviations) for channel, deviations in _deviations(stream).items()}
        medians = {channel: float(np.median(values)) for channel, values in found.items() if len(values)}
        middle = np.median([*medians.values()]) if medians else 1.0
        unlike = [channel for channel, one in medians.items() if not 1 / _UNLIKE <= one / middle <= _UNLIKE]
        if unlike:
            rule = remedies.channel.format(channel=unlike[0], unit=_unit(medians[unlike[0]] > middle))
            many = f"more than {_UNLIKE:g} times larger or smaller than the others"
            remarks.append(f"{name}: channels whose amplitude is {many}: {', '.join(unlike)}; {rule}")
    return tuple(remarks)


def check_amplitudes(recordings: Sequence[Mapping[str, float]], where: str, remedies: UnitRemedies = OF_TABLES) -> None:
    """Refuse a study of which no recording comes near what EEG can be.

    Where some recordings do, the others are remarked on: their unit is another one, and theirs alone.

    Raises:
        InputError: All recordings of a stream lie more than a thousand times beyond ``PLAUSIBLE``.
    """
    low, high = PLAUSIBLE
    for name, measured in _by_stream(recordings).items():
        if all(not low / _REFUSED <= amplitude <= high * _REFUSED for amplitude in measured):
            found = f"{name} with a median SD of {np.median(measured):.1g} µV"
            do = remedies.recording.format(unit=_unit(float(np.median(measured)) > high))
            raise InputError(where, found, f"EEG, which has {low:g} to {high:g} µV", do)


def amplitude_remarks(
    recordings: Sequence[Mapping[str, float]], remedies: UnitRemedies = OF_TABLES
) -> list[tuple[str, ...]]:
    """For each recording of a study, given by its amplitudes, sentences on those that EEG or this study hardly has."""
    # the upper of the two middle ones: of a lab of two halves the smaller half is told to be far
    middle = {name: sorted(measured)[len(measured) // 2] for name, measured in _by_stream(recordings).items()}
    remarks = []
    for recording in recordings:
        sentences = []
        for name, amplitude in recording.items():
            if sentence := _remark(name, amplitude, middle[name]):
                unit = _unit(amplitude > min(middle[name], PLAUSIBLE[1]))
                sentences.append(f"{sentence}; {remedies.recording.format(unit=unit)}")
        remarks.append(tuple(sentences))
    return remarks


def _unit(too_large: bool) -> str:
    """The unit that the numbers are likely in: a file that calls microvolts volts makes them too large."""
    return "uV" if too_large else "V"


def _by_stream(recordings: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    measured: dict[str, list[float]] = {}
    for recording in recordings:
        for name, amplitude in recording.items():
            measured.setdefault(name, []).append(amplitude)
    return measured


def _remark(name: str, amplitude: float, middle: float) -> str:
    """A sentence with powers of ten, so that all recordings of one device have the same; empty where all is well."""
    low, high = PLAUSIBLE
    ratio = amplitude / middle
    if not 1 / _FAR <= ratio <= _FAR:
        times, which = 10 ** round(abs(np.log10(ratio))), "larger" if ratio > 1 else "smaller"
        return f"{name}: its amplitude is about {times:,} times {which} than that of most recordings here"
    if not low <= amplitude <= high:
        return f"{name}: its median SD is about {amplitude:.0e} µV, where EEG has {low:g} to {high:g}"
    return ""


def _electrodes(trial: Trial, streams: Collection[str]) -> Iterator[tuple[str, Electrodes]]:
    for name, stream in trial.streams.items():
        if name in streams and isinstance(stream, Electrodes):
            yield name, stream


def _deviations(stream: Electrodes) -> dict[str, np.ndarray]:
    """(n,) microvolts by channel: SD of each trusted second of each channel that is not marked bad."""
    second = max(round(stream.rate), 2)
    n = min(_SECONDS, stream.n_samples // second)
    first = (stream.n_samples - n * second) // 2
    samples = np.asarray(stream.read(first, first + n * second), float)
    trusted = stream.trusted()[first : first + n * second].reshape(n, second).all(axis=1)
    deviations = samples.reshape(len(samples), n, second)[:, trusted].std(axis=-1)
    rows = zip(stream.names, deviations, strict=True)
    return {name: row for name, row in rows if name not in stream.bad_channels}


def _known(deviations: np.ndarray) -> np.ndarray:
    """Without seconds that are flat or lack samples."""
    return np.asarray(deviations[np.isfinite(deviations) & (deviations > 0)])
