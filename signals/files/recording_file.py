"""Recordings in any file that MNE reads, as electrodes in microvolts."""

import io
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..layouts.channel_names import read_names, rename_to
from ..layouts.electrode_places import place_remarks
from ..layouts.layout import Layout
from ..layouts.recording_layout import layout_of, recorded_places, rest_of
from ..remedies import setting
from ..streams.electrodes import Electrodes, ReadSamples, Span
from ..streams.source import Source
from .channel_settings import ChannelSettings
from .headers.edf_header import MICROVOLTS, EdfHeader
from .raw_file import Note, RawFile, damage_in, is_recording, open_raw, open_raw_file, unreadable

_FIFF_VOLT = 107  # unit code of the FIF standard, as MNE keeps it for each channel

_JOINTS = ("bad boundary", "edge boundary", "new segment", "bad_acq_skip")
"""How notes on joints begin, small letters: MNE's two, BrainVision's, and MNE's on pauses, which have an end."""

_EEGLAB = ("boundary", "-99", "-99.0")
"""EEGLAB's events at joints; the others where all events have numbers."""

_LISTED = 5
"""Channels that a message lists of those with the same fault."""

_ROOM = 1e-3
"""Samples within which a note is on a sample: times in seconds are rounded."""


@dataclass(frozen=True)
class FileSamples:
    """A ``read`` over a file that MNE opens: (C, stop - start) float64 in microvolts.

    Args:
        path: The file.
        channels: Index of each of C channels among those that MNE reads.
        excluded: Names of channels that MNE must not read, because their rates differ.
        factors: Volts in one of what MNE reads of each channel, by its header or the user; empty where that is one.
    """

    path: Path
    channels: tuple[int, ...]
    excluded: tuple[str, ...] = ()
    factors: tuple[float, ...] = ()

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``.

        Raises:
            InputError: The file cannot be read there.
        """
        raw = open_raw(self.path, self.excluded)
        # mffpy prints that a continuous recording has no categories of epochs
        with warnings.catch_warnings(record=True) as heard, redirect_stdout(io.StringIO()):
            warnings.simplefilter("always")
            try:
                data = raw.get_data(picks=list(self.channels), start=start, stop=stop, verbose="warning") * 1e6
            except Exception as error:  # one exception type at the border: readers raise a dozen
                raise unreadable(self.path, error) from error
        if damage := damage_in(self.path, heard):
            raise InputError(self.path, damage[0], "a whole recording", "copy or export the file again")
        return np.asarray(data * np.array(self.factors)[:, None] if self.factors else data)


@dataclass(frozen=True)
class Timeline:
    """The samples of a recording on its clock.

    A joint is where a sample does not follow on the one before: a ``boundary`` of EEGLAB, a further ``New Segment`` of
    BrainVision, ``BAD boundary``, ``EDGE boundary`` or ``BAD_ACQ_SKIP`` of MNE, a pause of EDF+D. Where the length of a
    pause is known (EDF+D), the clock goes on through it, so that seconds stay true; elsewhere seconds count samples.

    Attributes:
        rate: Samples a second (Hz).
        n_samples: Samples, those in pauses included.
        bad_spans: Half-open sample ranges that are not to be trusted: of ``BAD`` notes, and pauses.
        joints: Samples that do not follow on the one before.
        stretches: The file's own samples where there are pauses: first and end on the clock, and first in the file.
        remarks: What this comes to, in words.
    """

    rate: float
    n_samples: int
    bad_spans: tuple[Span, ...] = ()
    joints: tuple[int, ...] = ()
    stretches: tuple[tuple[int, int, int], ...] = ()
    remarks: tuple[str, ...] = ()

    def reading(self, read: ReadSamples) -> ReadSamples:
        """``read``, which knows the file's own samples only, on the clock."""
        return WithPauses(read, self.stretches) if self.stretches else read


@dataclass(frozen=True)
class WithPauses:
    """A ``read`` on the clock of a recording with pauses, which are filled with a line from end to end.

    Args:
        read: Of the file's own samples.
        stretches: First and end of each on the clock, and its first in the file.
    """

    read: ReadSamples
    stretches: tuple[tuple[int, int, int], ...]

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``."""
        return np.concatenate([*self._parts(start, stop)], axis=1)

    def _parts(self, start: int, stop: int) -> Iterator[np.ndarray]:
        behind = 0  # where the last stretch ended, on the clock
        for number, (begin, end, first) in enumerate(self.stretches):
            if max(start, behind) < min(stop, begin):
                yield self._line(number, np.arange(max(start, behind), min(stop, begin)))
            if max(start, begin) < min(stop, end):
                yield self.read(first + max(start, begin) - begin, first + min(stop, end) - begin)
            behind = end

    def _line(self, number: int, places: np.ndarray) -> np.ndarray:
        """The line from the last sample before stretch ``number`` to its first, at places on the clock."""
        begin, _, first = self.stretches[number]
        end = self.stretches[number - 1][1]
        left, right = self.read(first - 1, first + 1).T
        return np.asarray(left[:, None] + (right - left)[:, None] * (places - end + 1) / (begin - end + 1))


def open_recording(
    path: str | Path, layout: Layout | None = None, also: Sequence[str] = (), settings: ChannelSettings | None = None
) -> Electrodes:
    """Open a recording that MNE can read (EDF, BDF, FIF, BrainVision, CNT, EEGLAB, ...) without reading its samples.

    Only the layout's sites and ``also`` become channels, in that order. Spans that the file's annotations call
    ``BAD...`` and channels that it lists as bad are carried along, and so are joints, where samples do not follow on
    one another in time (see ``Timeline``).

    Args:
        path: The file.
        layout: The sites to read. None takes the drawing that has exactly the file's scalp electrodes (ears and
            mastoids apart), else lays them out from their positions or, where there are none, from the net whose
            maker's names these are (BioSemi, EGI) or the 10-05 system.
        also: Further channels to read, such as mastoids for a re-reference.
        settings: What the user says about names, units and places of channels; goes before what the file says.

    Raises:
        InputError: The file is missing, cut, of unknown format or interrupted; a channel is missing, its unit is
            unknown, or the rates of the channels differ.
    """
    path, settings = Path(path), settings or ChannelSettings()
    if not is_recording(path):
        raise InputError(path, "no such file", "a recording", "check the path")
    file = open_raw_file(path)
    used = used_channels(path, file, layout, also, settings)
    read = _samples(path, file, used)
    raw = open_raw(path, read.excluded)
    timeline = timeline_of(file, float(raw.info["sfreq"]), int(raw.n_times))
    return electrodes_of(file, used, timeline, read, _source(path, raw, settings.words))


def has_eeg(path: Path, settings: ChannelSettings) -> bool:
    """Whether a recording has EEG, and not sensors on the body alone.

    Raises:
        InputError: It cannot be opened, or the settings name no channel.
    """
    raw = open_raw(path)
    names = read_names(path, raw.ch_names, raw.get_channel_types(), settings.rename, settings.montage)
    return bool(names.scalp)


@dataclass(frozen=True)
class UsedChannels:
    """The channels of a recording that are read.

    Args:
        layout: Of the sites.
        sites: C sites and further channels that somebody asked for, as they are called here.
        channels: The place of each among the recording's channels.
        factors: Microvolts in one of what MNE makes a microvolt, of each channel of the recording; None for all one.
        remarks: What was changed, and what is left out.
    """

    layout: Layout
    sites: tuple[str, ...]
    channels: tuple[int, ...]
    factors: tuple[float, ...] | None
    remarks: tuple[str, ...]


def used_channels(
    where: object, file: RawFile, layout: Layout | None, also: Sequence[str], settings: ChannelSettings
) -> UsedChannels:
    """The channels of an opened recording that are read; arguments as of ``open_recording``.

    Raises:
        InputError: A channel is missing, or its unit unknown.
    """
    labels = file.raw.ch_names
    names = read_names(where, labels, file.raw.get_channel_types(), settings.rename, settings.montage)
    layout = layout or layout_of(where, file.raw, names, settings.montage)
    sites = (*layout.sites, *also)
    channels = names.places(sites, where)
    units = units_of(file)
    _check_units(where, [(names.labels[c], units[c]) for c in channels], settings)
    places = place_remarks(layout, recorded_places(file.raw, names, settings.montage))
    remarks = (*settings.remarks, *names.remarks, *rest_of(names, channels, layout), *places)
    return UsedChannels(layout, sites, channels, settings.factors(where, labels, units), remarks)


def electrodes_of(
    file: RawFile, used: UsedChannels, timeline: Timeline, read: ReadSamples, source: Source
) -> Electrodes:
    """The electrodes of an opened recording, whose own samples ``read`` reads."""
    bads = set(file.raw.info["bads"])
    places = zip(used.sites, used.channels, strict=True)
    return Electrodes(
        layout=used.layout,
        names=used.sites,
        rate=timeline.rate,
        n_samples=timeline.n_samples,
        read=timeline.reading(read),
        source=source,
        bad_spans=timeline.bad_spans,
        bad_channels=tuple(site for site, channel in places if file.raw.ch_names[channel] in bads),
        remarks=(*file.remarks, *timeline.remarks, *used.remarks),
        joints=timeline.joints,
    )


def timeline_of(file: RawFile, rate: float, n_samples: int) -> Timeline:
    """The timeline of a recording of which MNE reads ``n_samples`` at ``rate`` Hz."""
    if file.header:  # zeros that follow the last record are none of its samples
        n_samples = min(n_samples, round(file.header.n_records * file.header.seconds * rate))
    timeline = _with_pauses(file, Timeline(rate, n_samples))
    joints, spans = [*timeline.joints], [*timeline.bad_spans]
    for note in file.notes:
        begin, end = note.onset * rate, (note.onset + note.duration) * rate
        joint = _is_joint(file, note)
        if joint:
            joints.append(math.floor(begin + 0.5))
            spans += _between(begin)
        if note.text.lower().startswith("bad_acq_skip"):
            joints.append(math.floor(end + 0.5))
        if note.text.upper().startswith("BAD") and (note.duration or not joint):
            spans.append(_touched(begin, end))
    inside = sorted({joint for joint in joints if 0 < joint < timeline.n_samples})
    clipped = [(max(begin, 0), min(end, timeline.n_samples)) for begin, end in spans]
    return replace(
        timeline,
        bad_spans=tuple(dict.fromkeys(span for span in clipped if span[0] < span[1])),
        joints=tuple(inside),
        remarks=(*timeline.remarks, *joint_remarks(len(inside))),
    )


def joint_remarks(count: int) -> list[str]:
    """A sentence on the joints of a recording, where it has some."""
    if not count:
        return []
    what = "where a sample does not follow on the one before"
    return [f"{_counted(count, 'joint')}, {what}: no filter reaches across, and the slice that holds it is invalid"]


def without_other_rates(header: EdfHeader, channels: Sequence[int]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The place of each of some channels once those of other rates are not read, and the names of these.

    MNE raises every channel to the highest rate, and does so anew for each stretch that it reads, with an edge at each.
    """
    rates = {header.samples[channel] for channel in channels}
    others = [i for i, samples in enumerate(header.samples) if samples not in rates]
    read = [i for i in range(len(header.labels)) if i not in others]
    return tuple(read.index(c) for c in channels), tuple(header.as_mne[i] for i in others)


def units_of(file: RawFile) -> tuple[str, ...]:
    """The unit of each channel as the header says it, else as MNE takes it."""
    if file.header:
        return tuple(file.header.units)
    raw = file.raw
    stated = {} if file.loaded else getattr(raw, "_orig_units", None) or {}
    # FIF stores volts, and MNE's objects hold them; all other formats have microvolts unless they say so
    volts = file.loaded or (raw.filenames and str(raw.filenames[0]).endswith((".fif", ".fif.gz")))
    usual = "V" if volts else "uV"
    units = []
    for place, channel in enumerate(raw.info["chs"]):
        code = usual if channel["unit"] == _FIFF_VOLT else str(channel["unit"])
        mended = _unit_of(file.factors[place]) if file.factors else ""
        units.append(mended or stated.get(channel["ch_name"], code))
    return tuple(units)


def _unit_of(factor: float) -> str:
    """The unit whose volts a header's respelled unit was brought to; empty where MNE knew the unit."""
    return next((unit for unit, scale in MICROVOLTS.items() if factor != 1 and math.isclose(scale * 1e-6, factor)), "")


def _check_units(where: object, channels: Sequence[tuple[str, str]], settings: ChannelSettings) -> None:
    rules = settings.units if isinstance(settings.units, Mapping) else {}
    stated = {label.strip().casefold() for label in rules}
    unknown: dict[str, list[str]] = {}
    for label, unit in channels:
        if unit not in MICROVOLTS and label.strip().casefold() not in stated:
            unknown.setdefault(unit, []).append(label)
    if unknown and not isinstance(settings.units, str):
        found = "; ".join(f"{_listed(labels)} in {unit!r}" for unit, labels in unknown.items())
        do = f"name the unit: --units uV, or {setting('units', 'uV')}"
        raise InputError(where, found, f"units among {', '.join(MICROVOLTS)}", do)


def _listed(labels: Sequence[str]) -> str:
    """The first of the labels, and how many more there are."""
    return ", ".join(labels[:_LISTED]) + (f" and {len(labels) - _LISTED} more" if len(labels) > _LISTED else "")


def _samples(path: Path, file: RawFile, used: UsedChannels) -> FileSamples:
    channels, by_user = used.channels, used.factors
    of_file = file.factors or (1.0,) * len(file.raw.ch_names)
    of_user = by_user or (1.0,) * len(of_file)
    factors = tuple(of_file[channel] * of_user[channel] for channel in channels) if file.factors or by_user else ()
    header = file.header
    if header is None:
        return FileSamples(path, channels, (), factors)
    _check_ranges(path, header, channels)
    _check_rates(path, header, channels)
    # MNE raises every channel to the highest rate without a filter: keep channels of other rates away from it
    return FileSamples(path, *without_other_rates(header, channels), factors)


def _check_ranges(path: Path, header: EdfHeader, channels: Sequence[int]) -> None:
    wrong: dict[str, list[str]] = {}
    for channel in channels:
        if header.faults[channel]:
            wrong.setdefault(header.faults[channel], []).append(header.labels[channel])
    if wrong:
        found = "; ".join(f"{_listed(labels)} with {fault}" for fault, labels in wrong.items())
        do = f"correct the file's header, or {_without(next(iter(wrong.values()))[0])}"
        raise InputError(path, found, "the ends of each channel's range", do)


def _check_rates(path: Path, header: EdfHeader, channels: Sequence[int]) -> None:
    by_rate: dict[float, list[str]] = {}
    for channel in channels:
        by_rate.setdefault(header.samples[channel] / header.seconds, []).append(header.labels[channel])
    if len(by_rate) > 1:
        found = "; ".join(f"{_listed(labels)} at {rate:g} Hz" for rate, labels in sorted(by_rate.items()))
        do = f"resample before export, or {_without(min(by_rate.values(), key=len)[0])}"
        raise InputError(path, found, "one rate for all sites", do)


def _without(label: str) -> str:
    return f"leave such channels out, as in {rename_to(label, 'null')}"


def _source(path: Path, raw: Any, words: str) -> Source:
    if path.is_dir():
        first, *more = sorted(file for file in path.rglob("*") if file.is_file())
        return Source(first, words, tuple(more))
    others = tuple(Path(name) for name in raw.filenames if name and not path.samefile(name))
    return Source(path, words, others)


def _with_pauses(file: RawFile, whole: Timeline) -> Timeline:
    """The timeline of a recording that was paused, as the times of its records say."""
    if file.header is None or not file.header.starts:
        return whole
    record = round(file.header.seconds * whole.rate)
    stretches = _stretches(file.header.starts, whole.rate, record)
    pauses = [(a[1], b[0]) for a, b in pairwise(stretches)]
    filled = [pause for pause in pauses if pause[0] < pause[1]]
    seconds = sum(end - begin for begin, end in filled) / whole.rate
    remarks = []
    if filled:
        remarks.append(f"{_counted(len(filled), 'pause')}, {seconds:g} s in all: filled, and not to be trusted")
    if len(filled) < len(pauses):
        remarks.append("records that begin before the last one ends: put behind it, so later times are not exact")
    return replace(
        whole,
        n_samples=stretches[-1][1],
        bad_spans=tuple(filled),
        joints=tuple(edge for pause in pauses for edge in pause),
        stretches=tuple(stretches),
        remarks=tuple(remarks),
    )


def _stretches(starts: Sequence[float], rate: float, record: int) -> list[tuple[int, int, int]]:
    """Runs of records without a pause: first and end on the clock, and first in the file."""
    room = max(0.5, 1e-3 * rate)  # times are often written to a millisecond
    stretches, due = [(0, record, 0)], float(record)
    for number, start in enumerate(starts[1:], 1):
        begin, end, first = stretches[-1]
        if abs(start * rate - due) <= room:
            stretches[-1] = (begin, end + record, first)
        else:  # what would begin before the last one ends can only be put behind it
            begin, due = max(round(start * rate), end), start * rate
            stretches.append((begin, begin + record, number * record))
        due += record
    return stretches


def _is_joint(file: RawFile, note: Note) -> bool:
    words = note.text.lower()
    numbers = str(file.raw.filenames[0] or "").lower().endswith((".set", ".fdt"))
    return words.startswith(_JOINTS) or words in (_EEGLAB if numbers else _EEGLAB[:1])


def _between(place: float) -> list[Span]:
    """The sample before a joint that a note puts between two samples, as EEGLAB does: the joint is the other's."""
    before = math.floor(place + _ROOM)
    return [(before, before + 1)] if before < math.floor(place + 0.5) else []


def _touched(begin: float, end: float) -> Span:
    """The samples that a span touches; one of no length touches the sample that it is on, or behind."""
    first = math.floor(begin + _ROOM)
    return first, max(math.ceil(end - _ROOM), first + 1)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
