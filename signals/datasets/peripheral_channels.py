"""Sensors on the body in recordings that MNE reads: which channels they are, and in which unit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..files.channel_settings import ChannelSettings
from ..files.headers.edf_header import MICROVOLTS
from ..files.raw_file import RawFile, open_raw, open_raw_file
from ..files.recording_file import FileSamples, timeline_of, units_of, without_other_rates
from ..layouts.channel_names import read_names
from ..streams.electrodes import ReadSamples
from ..streams.peripheral import KINDS, Peripheral
from ..streams.source import Source

_BY_TYPE = {"ecg": "ecg", "eog": "eog", "emg": "emg", "gsr": "gsr", "temperature": "temp", "resp": "resp"}
"""Kinds by MNE's types of channels."""

_BY_NAME = {
    "ecg": r".*(ECG|EKG).*",
    "ppg": r"PLET.*|PPG.*|BVP.*|PULSE.*",
    "gsr": r"GSR.*|EDA.*|SC[LR]?\d*|SKIN.*",
    "resp": r"RESP.*|BREATH.*|THOR.*|ABDO.*|RIP\d*",
    "temp": r"(SKIN)?TEMP.*|SKT\d*",
    "emg": r".*EMG.*|CHIN\d*|ZYG.*|CORR.*|TRAP.*",
    "eog": r".*EOG.*|[VH]EO[GULR]?\d*|[LR]OC\d*",
}
"""Kinds by names, in capitals and without blanks, dots and dashes."""

_SIEMENS = {"S": 1e6, "mS": 1e3, "uS": 1.0, "µS": 1.0, "μS": 1.0, "nS": 1e-3}
_OHM = {"ohm": 1.0, "ω": 1.0, "kohm": 1e3, "kω": 1e3, "mohm": 1e6}
_CELSIUS = ("c", "°c", "degc", "celsius", "deg c", "degreec")

_LEAST_OHM = 1000.0
"""Ohms below which no skin is: a cable, or an amplifier at its end. Such samples are missing."""

RESISTANCE = "skin resistance: taken as its inverse, conductance in µS"
_MNE_UNITS = {"FIFF_UNIT_S": "S", "FIFF_UNIT_CEL": "C"}
"""Units in which MNE has numbers, whatever unit the file has."""


@dataclass(frozen=True)
class Sensor:
    """A channel of a sensor: what it is called, the file's label, another label that is taken off it, and its unit.

    An empty ``unit`` is that of the file.
    """

    name: str
    label: str
    other: str = ""
    unit: str = ""


Sensors = Mapping[str, Sequence[Sensor]]
"""Channels by the kind of sensor."""


@dataclass(frozen=True)
class SensorSamples:
    """A ``read`` over channels of sensors: (C, stop - start).

    Args:
        read: Of the channels, and behind them of those that are taken off.
        pairs: For each of C channels its row, and the row that is taken off it or -1.
        scales: What each is multiplied by.
        inverted: Whether each is a resistance, whose inverse is wanted.
    """

    read: ReadSamples
    pairs: tuple[tuple[int, int], ...]
    scales: tuple[float, ...]
    inverted: tuple[bool, ...]

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``."""
        rows = self.read(start, stop)
        data = np.array([rows[row] - (rows[other] if other >= 0 else 0.0) for row, other in self.pairs], float)
        data *= np.array(self.scales)[:, None]
        for row, inverted in zip(data, self.inverted, strict=True):
            if inverted:
                row[:] = conductance(row)
        return data


def find_sensors(
    path: Path, settings: ChannelSettings | None = None, types: Mapping[str, str] | None = None
) -> dict[str, list[Sensor]]:
    """The channels of sensors in a recording, by MNE's types, or by their names where MNE knows none.

    The only channel of its kind is called after it, whatever its file calls it; of several each has its own name.

    Args:
        path: The recording.
        settings: What the user says about names of channels.
        types: What else is known of channels, by label, as in ``{"X7": "ECG"}``; goes before the rest.

    Raises:
        InputError: The recording cannot be opened, or the settings name no channel.
    """
    file, settings = open_raw_file(path), settings or ChannelSettings()
    labels, of_mne, known = file.raw.ch_names, file.raw.get_channel_types(), types or {}
    names = read_names(path, labels, of_mne, settings.rename, settings.montage)
    found: dict[str, list[Sensor]] = {}
    for place, label in enumerate(labels):
        kind = kind_of_name(known.get(label, ""))
        if not kind and place in names.others:
            kind = _BY_TYPE.get(of_mne[place]) or kind_of_name(names.names[place])
        if kind:
            found.setdefault(kind, []).append(Sensor(_bare(names.names[place] or label), label))
    for kind, of_kind in found.items():
        if len(of_kind) == 1:
            of_kind[0] = replace(of_kind[0], name=kind.upper())
    return {kind: found[kind] for kind in KINDS if kind in found}


def kind_of_name(name: str) -> str:
    """The kind of sensor that a channel of this name is; empty where it is none that is known."""
    bare = re.sub(r"[\s._-]", "", name.upper())
    return next((kind for kind, names in _BY_NAME.items() if re.fullmatch(names, bare)), "")


def open_sensors(path: Path, sensors: Sensors) -> dict[str, Peripheral]:
    """The sensors of a recording, by kind, each at its own rate; no samples are read.

    Raises:
        InputError: The recording cannot be opened, or lacks one of the channels.
    """
    file = open_raw_file(path)
    place = {label.strip().casefold(): i for i, label in enumerate(file.raw.ch_names)}
    wanted = [name for kind in sensors.values() for one in kind for name in (one.label, one.other) if name]
    lost = [label for label in wanted if label.strip().casefold() not in place]
    if lost:
        found = f"channels {', '.join(file.raw.ch_names)}"
        raise InputError(path, found, f"{', '.join(lost)} among them", "read it without sensors: peripheral=False")
    return {kind: _opened(path, file, kind, of_kind, place) for kind, of_kind in sensors.items()}


def without_channels(remarks: Sequence[str], labels: Sequence[str]) -> tuple[str, ...]:
    """Remarks on an EEG without the words that these channels are left out: they are read as sensors."""
    kept = []
    for remark in remarks:
        head, _, listed = remark.partition(": ")
        left = [label for label in listed.split(", ") if label not in labels]
        if not head.startswith("left out, since they are"):
            kept.append(remark)
        elif left:
            kept.append(f"{head}: {', '.join(left)}")
    return tuple(kept)


def conductance(ohms: np.ndarray) -> np.ndarray:
    """Microsiemens of resistances; NaN where no skin is."""
    return np.where(ohms > _LEAST_OHM, 1e6 / np.maximum(ohms, _LEAST_OHM), np.nan)


def in_one_unit(kind: str, unit: str) -> tuple[float, bool, str]:
    """What to multiply numbers in ``unit`` by, whether to invert them then, and the unit that they are in behind it."""
    if unit in MICROVOLTS:
        return MICROVOLTS[unit], False, "µV"
    if kind == "gsr" and unit in _SIEMENS:
        return _SIEMENS[unit], False, "µS"
    if kind == "gsr" and unit.lower() in _OHM:
        return _OHM[unit.lower()], True, "µS"
    if kind == "temp" and unit.lower() in _CELSIUS:
        return 1.0, False, "°C"
    return 1.0, False, unit


def _opened(path: Path, file: RawFile, kind: str, sensors: Sequence[Sensor], place: Mapping[str, int]) -> Peripheral:
    rows = [(place[s.label.strip().casefold()], place[s.other.strip().casefold()] if s.other else -1) for s in sensors]
    channels = tuple(dict.fromkeys(channel for pair in rows for channel in pair if channel >= 0))
    factors = tuple(file.factors[channel] for channel in channels) if file.factors else ()
    units = units_of(file)
    settled = [_settled(kind, sensor, _stated(file, units, row[0])) for sensor, row in zip(sensors, rows, strict=True)]
    places, excluded = without_other_rates(file.header, channels) if file.header else (channels, ())
    read = SensorSamples(
        read=FileSamples(path, places, excluded, factors),
        pairs=tuple((channels.index(row), channels.index(other) if other >= 0 else -1) for row, other in rows),
        scales=tuple(scale for scale, _, _ in settled),
        inverted=tuple(inverted for _, inverted, _ in settled),
    )
    raw = open_raw(path, excluded)
    timeline = timeline_of(file, float(raw.info["sfreq"]), int(raw.n_times))
    others = tuple(Path(name) for name in raw.filenames if name and not path.samefile(name))
    labels = ", ".join(sensor.label for sensor in sensors)
    return Peripheral(
        kind=kind,
        names=tuple(sensor.name for sensor in sensors),
        rate=timeline.rate,
        n_samples=timeline.n_samples,
        read=timeline.reading(read),
        source=Source(path, f"{kind} ({labels})", others),
        unit=settled[0][2],
        bad_spans=timeline.bad_spans,
        remarks=(RESISTANCE,) if any(inverted for _, inverted, _ in settled) else (),
        joints=timeline.joints,
    )


def _settled(kind: str, sensor: Sensor, stated: str) -> tuple[float, bool, str]:
    """As ``in_one_unit``, of numbers as ``FileSamples`` gives them: a million times those that MNE gives."""
    volts = stated in MICROVOLTS
    if sensor.unit:  # the file calls volts what are none, so its numbers are those in its own unit
        scale, inverted, unit = in_one_unit(kind, sensor.unit)
        return scale / (MICROVOLTS[stated] if volts else 1e6), inverted, unit
    if volts:
        return 1.0, False, "µV"
    scale, inverted, unit = in_one_unit(kind, stated)
    return scale / 1e6, inverted, unit


def _stated(file: RawFile, units: Sequence[str], channel: int) -> str:
    """The unit of a channel's numbers as MNE gives them: volts stand for whatever MNE has made volts of."""
    code = str(file.raw.info["chs"][channel]["unit"])
    of_mne = next((unit for words, unit in _MNE_UNITS.items() if f"({words})" in code), units[channel])
    return "" if "FIFF" in of_mne else of_mne


def _bare(name: str) -> str:
    return " ".join(name.split())
