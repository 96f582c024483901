"""Recordings in any file that MNE reads, as electrodes in microvolts."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..layouts.layout import Layout, canonical
from ..layouts.recording_layout import layout_of
from ..streams.electrodes import Electrodes, Span
from ..streams.source import FileVersion, Source, file_version
from .edf import MICROVOLTS, EdfHeader, read_edf_header

_CUT = re.compile(r"size|truncat|outside|expand|fewer|shorter|incomplete|corrupt|record length|number of samples", re.I)
_FIFF_VOLT = 107  # unit code of the FIF standard, as MNE keeps it for each channel


@dataclass(frozen=True)
class FileSamples:
    """A ``read`` over a file that MNE opens: (C, stop - start) float64 in microvolts.

    Args:
        path: The file.
        channels: Index of each of C channels among those that MNE reads.
        excluded: Names of channels that MNE must not read, because their rates differ.
    """

    path: Path
    channels: tuple[int, ...]
    excluded: tuple[str, ...] = ()

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``.

        Raises:
            InputError: The file cannot be read there.
        """
        raw = open_raw(self.path, self.excluded)
        try:
            data = raw.get_data(picks=list(self.channels), start=start, stop=stop, verbose="error") * 1e6
        except Exception as error:  # one exception type at the border: readers raise a dozen
            raise _unreadable(self.path, error) from error
        return np.asarray(data)


def open_recording(path: str | Path, layout: Layout | None = None, also: Sequence[str] = ()) -> Electrodes:
    """Open a recording that MNE can read (EDF, BDF, FIF, BrainVision, CNT, EEGLAB, ...) without reading its samples.

    Only the layout's sites and ``also`` become channels, in that order. Spans that the file's annotations call
    ``BAD...`` and channels that it lists as bad are carried along.

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
    if not path.is_file():
        raise InputError(path, "no such file", "a recording", "check the path")
    header = read_edf_header(path) if path.suffix.lower() in (".edf", ".bdf") else None
    raw = open_raw(path)
    layout = layout or layout_of(path, raw)
    channels = _channel_indices(path, (*layout.sites, *also), raw.ch_names)
    infos = [raw.info["chs"][channel] for channel in channels]
    if header is None:
        read = FileSamples(path, channels)
        _check_units(path, infos, None)
    else:
        _check_units(path, infos, [header.units[channel] for channel in channels])
        read = _edf_samples(path, header, channels)
    raw = open_raw(path, read.excluded)
    return Electrodes(
        layout=layout,
        names=(*layout.sites, *also),
        rate=float(raw.info["sfreq"]),
        n_samples=int(raw.n_times),
        read=read,
        source=_source(path, raw),
        bad_spans=_bad_spans(raw),
        bad_channels=_bad_channels(raw, (*layout.sites, *also)),
    )


def open_raw(path: Path, excluded: tuple[str, ...] = ()) -> Any:
    """MNE's object of a file, opened once; its samples are not read.

    Raises:
        InputError: It cannot be opened, or is cut.
    """
    return _opened(path, file_version(path), excluded)


@lru_cache(maxsize=8)
def _opened(path: Path, _version: FileVersion, excluded: tuple[str, ...]) -> Any:
    import mne

    settings = {"exclude": excluded} if excluded else {}
    try:
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always")
            raw = mne.io.read_raw(path, preload=False, verbose="warning", **settings)
    except Exception as error:  # one exception type at the border: readers raise a dozen
        raise _unreadable(path, error) from error
    # a file that is cut opens all the same; MNE only remarks on it
    cut = [str(remark.message) for remark in remarks if _CUT.search(str(remark.message))]
    if cut:
        raise InputError(path, cut[0], "a whole recording", "copy or export the file again")
    _check_brainvision(path, raw)
    return raw


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        path,
        f"{type(error).__name__} ({error})",
        "a whole recording in a format that MNE reads",
        "copy the file again or convert it to EDF",
    )


def _check_brainvision(path: Path, raw: Any) -> None:
    """MNE takes the length of a BrainVision recording from the size of its data: compare with the header."""
    if path.suffix.lower() != ".vhdr":
        return
    header = path.read_text("latin-1")
    points = re.search(r"^DataPoints=(\d+)", header, re.M)
    channels = re.search(r"^NumberOfChannels=(\d+)", header, re.M)
    width = 2 if re.search(r"^BinaryFormat=INT_16", header, re.M) else 4
    size = Path(raw.filenames[0]).stat().st_size
    ragged = re.search(r"^DataFormat=BINARY", header, re.M) and channels and size % (width * int(channels[1]))
    if ragged or (points and int(points[1]) != raw.n_times):
        wanted = f"{points[1]} samples" if points else "a whole number of samples"
        raise InputError(path, f"{raw.n_times} samples in {size} bytes", wanted, "copy the recording again: it is cut")


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


def _edf_samples(path: Path, header: EdfHeader, channels: tuple[int, ...]) -> FileSamples:
    """MNE raises every channel to the highest rate without a filter: keep channels of other rates away from it."""
    rates = {header.samples[c] / header.seconds for c in channels}
    if len(rates) > 1:
        listed = ", ".join(f"{rate:g}" for rate in sorted(rates))
        raise InputError(path, f"channels at {listed} Hz", "one rate for all sites", "resample before export")
    others = [i for i, samples in enumerate(header.samples) if samples != header.samples[channels[0]]]
    read = [i for i in range(len(header.labels)) if i not in others]
    return FileSamples(path, tuple(read.index(c) for c in channels), tuple(header.labels[i] for i in others))


def _source(path: Path, raw: Any) -> Source:
    others = tuple(Path(name) for name in raw.filenames if name and not path.samefile(name))
    return Source(path, others=others)


def _bad_spans(raw: Any) -> tuple[Span, ...]:
    shift = raw.first_time if raw.annotations.orig_time else 0.0
    spans = []
    for note in raw.annotations:
        if note["description"].upper().startswith("BAD"):
            begin = (note["onset"] - shift) * raw.info["sfreq"]
            end = begin + note["duration"] * raw.info["sfreq"]
            spans.append((max(0, int(begin)), min(int(raw.n_times), int(np.ceil(end)))))
    return tuple(span for span in spans if span[0] < span[1])


def _bad_channels(raw: Any, names: Sequence[str]) -> tuple[str, ...]:
    bad = {canonical(name) for name in raw.info["bads"]}
    return tuple(name for name in names if canonical(name) in bad)
