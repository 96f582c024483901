"""Sensors on the body in an XDF file: channels of whatever stream, brought onto the clock of the EEG samples."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...streams.gaze import find_eyes, gaze_rows, gaze_stream
from ...streams.peripheral import KINDS, Peripheral
from ...streams.source import Source
from ..peripheral_channels import conductance, in_one_unit, kind_of_name
from .clock import SampleClock, fit_samples
from .file import StreamData, StreamInfo

AS_STAMPED = "time stamps of the sensor do not keep its nominal rate: used as they are"
_GAZE = ("gaze", "eye", "eyes", "eyetracker", "eyetracking")
"""Types of streams of eye trackers, in small letters, without blanks, dots and dashes."""

_GAZE_UNITS = {"px": "px", "pixel": "px", "pixels": "px", "normalized": "share", "deg": "°", "degrees": "°", "°": "°"}
_GAP = 1.5
"""Intervals to the nearest sample from on which a moment has none."""


@dataclass(frozen=True)
class XdfSensor:
    """The channels of one kind of sensor: those of one stream."""

    kind: str
    stream: StreamInfo
    channels: tuple[int, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class GridSamples:
    """A ``read`` over samples at even times: (C, stop - start)."""

    values: np.ndarray

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``."""
        return self.values[:, start:stop]


def find_xdf_sensors(streams: Sequence[StreamInfo]) -> tuple[XdfSensor, ...]:
    """The sensors in a file, by the contents or labels of channels, or the types of their streams.

    Of several streams with one kind of sensor the first is read. A gaze may come at no nominal rate.
    """
    found: dict[str, XdfSensor] = {}
    for stream in streams:
        if _is_gaze(stream):
            found.setdefault("gaze", XdfSensor("gaze", stream, tuple(range(stream.channels)), stream.labels))
            continue
        if not (stream.rate > 0 and stream.samples > 1):
            continue
        for kind in KINDS:
            channels = tuple(c for c in range(stream.channels) if _kind(stream, c) == kind)
            if channels and kind not in found:
                found[kind] = XdfSensor(kind, stream, channels, _names(kind, stream, channels))
    return tuple(found[kind] for kind in KINDS if kind in found)


def cut_sensor(
    path: Path, sensor: XdfSensor, data: StreamData, eeg: SampleClock, span: tuple[float, float]
) -> Peripheral | None:
    """A sensor between two moments, in seconds on the clock of the EEG samples; None where it was not recorded then.

    Its samples come at even times: between two, values are interpolated, and where none is near they are missing.
    """
    if sensor.kind == "gaze":
        return _cut_gaze(path, sensor, data, eeg, span)
    rate = sensor.stream.rate
    times, remarks = _times(path, sensor, data, eeg)
    grid = span[0] + np.arange(max(int((span[1] - span[0]) * rate + 1e-6), 1)) / rate
    place = np.clip(np.searchsorted(times, grid), 1, len(times) - 1)
    near = np.minimum(np.abs(times[place] - grid), np.abs(times[place - 1] - grid)) <= _GAP / rate
    if not near.any():
        return None
    values, unit = np.empty((len(sensor.channels), len(grid))), ""
    for row, channel in zip(values, sensor.channels, strict=True):
        stated = sensor.stream.units[channel] if sensor.stream.units else ""
        scale, inverted, unit = in_one_unit(sensor.kind, _short(stated))
        samples = data.values[:, channel].astype(np.float64) * scale
        row[:] = np.where(near, np.interp(grid, times, conductance(samples) if inverted else samples), np.nan)
    return Peripheral(
        kind=sensor.kind,
        names=sensor.names,
        rate=rate,
        n_samples=len(grid),
        read=GridSamples(values),
        source=Source(path, f"{sensor.kind} of {sensor.stream.name}, {span[0]:.6f} to {span[1]:.6f} s"),
        unit=unit,
        start=span[0],
        remarks=remarks,
    )


def _is_gaze(stream: StreamInfo) -> bool:
    kind = re.sub(r"[\s._-]", "", stream.kind.lower())
    return kind in _GAZE and stream.samples > 1 and bool(find_eyes(stream.labels, stream.contents))


def _cut_gaze(
    path: Path, sensor: XdfSensor, data: StreamData, eeg: SampleClock, span: tuple[float, float]
) -> Peripheral | None:
    """The gaze at even times, each sample where it was stamped."""
    stream = sensor.stream
    eyes = find_eyes(stream.labels, stream.contents)
    place = eyes[0].x
    stated = stream.units[place] if stream.units and place is not None else ""
    rows = gaze_rows(data.values.astype(np.float64), eyes)
    source = Source(path, f"gaze of {stream.name}, {span[0]:.6f} to {span[1]:.6f} s")
    return gaze_stream(eeg.of(data.times), rows, span, unit=_GAZE_UNITS.get(stated.lower(), ""), source=source)


def _times(path: Path, sensor: XdfSensor, data: StreamData, eeg: SampleClock) -> tuple[np.ndarray, tuple[str, ...]]:
    """(N,) seconds of each sample on the EEG's clock, by the sensor's own count where that keeps its rate."""
    try:
        clock = fit_samples(data.times, sensor.stream.rate, f"{path}, {sensor.stream}")
    except InputError:
        return eeg.of(data.times), (AS_STAMPED,)
    count = np.arange(len(data.times), dtype=float)
    for at, lost in clock.losses:
        count[at:] += lost
    return eeg.of(clock.recorder.session(count / clock.rate)), ()


def _kind(stream: StreamInfo, channel: int) -> str:
    """The kind of sensor that a channel is; of a stream with several channels its type alone says little."""
    for words in (stream.contents, stream.labels):
        if words and (kind := kind_of_name(words[channel])):
            return kind
    return "" if any(stream.contents) and stream.channels > 1 else kind_of_name(stream.kind)


def _names(kind: str, stream: StreamInfo, channels: tuple[int, ...]) -> tuple[str, ...]:
    if len(channels) == 1:
        return (kind.upper(),)
    labels = [stream.labels[channel] if stream.labels else "" for channel in channels]
    named = all(labels) and len(set(labels)) == len(labels)
    return tuple(labels) if named else tuple(f"{kind.upper()} {k + 1}" for k in range(len(channels)))


def _short(unit: str) -> str:
    """A unit as other formats write it."""
    words = {"microvolts": "uV", "microvolt": "uV", "millivolts": "mV", "volts": "V", "microsiemens": "uS"}
    return words.get(unit.lower(), unit)
