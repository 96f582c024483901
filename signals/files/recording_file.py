"""Recordings in any file that MNE reads, as electrodes in microvolts."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..layouts.layout import Layout, canonical
from ..layouts.recording_layout import layout_of
from ..streams.electrodes import Electrodes
from ..streams.source import Source
from .headers.microvolts import MICROVOLTS
from .raw_file import FOLDERS, RawFile, damage_in, open_raw, open_raw_file, unreadable
from .timeline import timeline_of

_FIFF_VOLT = 107  # unit code of the FIF standard, as MNE keeps it for each channel


@dataclass(frozen=True)
class FileSamples:
    """A ``read`` over a file that MNE opens: (C, stop - start) float64 in microvolts.

    Args:
        path: The file.
        channels: Index of each of C channels among those that MNE reads.
        excluded: Names of channels that MNE must not read, because their rates differ.
        factors: Volts in one of what MNE reads of each channel; empty where that is one.
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
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            try:
                data = raw.get_data(picks=list(self.channels), start=start, stop=stop, verbose="warning") * 1e6
            except Exception as error:  # one exception type at the border: readers raise a dozen
                raise unreadable(self.path, error) from error
        if damage := damage_in(self.path, heard):
            raise InputError(self.path, damage[0], "a whole recording", "copy or export the file again")
        return np.asarray(data * np.array(self.factors)[:, None] if self.factors else data)


def open_recording(path: str | Path, layout: Layout | None = None, also: Sequence[str] = ()) -> Electrodes:
    """Open a recording that MNE can read (EDF, BDF, FIF, BrainVision, CNT, EEGLAB, ...) without reading its samples.

    Only the layout's sites and ``also`` become channels, in that order. Spans that the file's annotations call
    ``BAD...`` and channels that it lists as bad are carried along, and so are joints, where samples do not follow on
    one another in time (see ``Timeline``).

    Args:
        path: The file.
        layout: The sites to read. None takes the drawing that has exactly the file's scalp electrodes (ears and
            mastoids apart), else lays them out from their positions or, where there are none, from the 10-05 system.
        also: Further channels to read, such as mastoids for a re-reference.

    Raises:
        InputError: The file is missing, cut, of unknown format or interrupted; a channel is missing, its unit is
            unknown, or the rates of the channels differ.
    """
    path = Path(path)
    if not (path.is_file() or (path.is_dir() and path.suffix.lower() in FOLDERS)):
        raise InputError(path, "no such file", "a recording", "check the path")
    file = open_raw_file(path)
    layout = layout or layout_of(path, file.raw)
    channels = _channel_indices(path, (*layout.sites, *also), file.raw.ch_names)
    _check_units(path, [file.raw.info["chs"][channel] for channel in channels], _units(file, channels))
    read = _samples(path, file, channels)
    raw = open_raw(path, read.excluded)
    timeline = timeline_of(file, float(raw.info["sfreq"]), int(raw.n_times))
    return Electrodes(
        layout=layout,
        names=(*layout.sites, *also),
        rate=timeline.rate,
        n_samples=timeline.n_samples,
        read=timeline.reading(read),
        source=_source(path, raw),
        bad_spans=timeline.bad_spans,
        bad_channels=_bad_channels(raw, (*layout.sites, *also)),
        remarks=(*file.remarks, *timeline.remarks),
        joints=timeline.joints,
    )


def _channel_indices(path: Path, wanted: Sequence[str], names: Sequence[str]) -> tuple[int, ...]:
    place = {canonical(name): i for i, name in enumerate(names)}
    spelled = [canonical(name) for name in names]
    wrong = [name for name in wanted if spelled.count(canonical(name)) != 1]
    if wrong:
        raise InputError(
            path,
            f"channels {', '.join(names)}",
            f"each of {', '.join(wrong)} once",
            "name another layout or correct the channel names",
        )
    return tuple(place[canonical(name)] for name in wanted)


def _check_units(path: Path, channels: Sequence[Any], header_units: Sequence[str] | None) -> None:
    units = header_units or ["V" if channel["unit"] == _FIFF_VOLT else str(channel["unit"]) for channel in channels]
    names = [channel["ch_name"] for channel in channels]
    unknown = [f"{name} in {unit!r}" for name, unit in zip(names, units, strict=True) if unit not in MICROVOLTS]
    if unknown:
        raise InputError(path, ", ".join(unknown), f"units among {', '.join(MICROVOLTS)}", "correct the file's header")


def _units(file: RawFile, channels: Sequence[int]) -> list[str] | None:
    """Units of channels as the header has them; None where MNE says what they are."""
    return [file.header.units[channel] for channel in channels] if file.header else None


def _samples(path: Path, file: RawFile, channels: tuple[int, ...]) -> FileSamples:
    factors = tuple(file.factors[channel] for channel in channels) if file.factors else ()
    header = file.header
    if header is None:
        return FileSamples(path, channels, (), factors)
    wrong = [f"{header.labels[c]} with {header.faults[c]}" for c in channels if header.faults[c]]
    if wrong:
        do = "name a layout without these channels, or correct the file's header"
        raise InputError(path, ", ".join(wrong), "the ends of each channel's range", do)
    # MNE raises every channel to the highest rate without a filter: keep channels of other rates away from it
    rates = {header.samples[c] / header.seconds for c in channels}
    if len(rates) > 1:
        listed = ", ".join(f"{rate:g}" for rate in sorted(rates))
        raise InputError(path, f"channels at {listed} Hz", "one rate for all sites", "resample before export")
    others = [i for i, samples in enumerate(header.samples) if samples != header.samples[channels[0]]]
    read = [i for i in range(len(header.labels)) if i not in others]
    excluded = tuple(header.as_mne[i] for i in others)
    return FileSamples(path, tuple(read.index(c) for c in channels), excluded, factors)


def _source(path: Path, raw: Any) -> Source:
    if path.is_dir():
        first, *more = sorted(file for file in path.rglob("*") if file.is_file())
        return Source(first, others=tuple(more))
    others = tuple(Path(name) for name in raw.filenames if name and not path.samefile(name))
    return Source(path, others=others)


def _bad_channels(raw: Any, names: Sequence[str]) -> tuple[str, ...]:
    bad = {canonical(name) for name in raw.info["bads"]}
    return tuple(name for name in names if canonical(name) in bad)
