"""One XDF recording: its EEG on the clock of the samples, and the video beside it."""

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...files.channel_settings import ChannelSettings
from ...files.headers.edf_header import MICROVOLTS
from ...files.videos.video_file import open_video
from ...layouts.channel_names import read_names
from ...layouts.layout import Layout
from ...layouts.recording_layout import layout_of, rest_of
from ...streams.electrodes import Electrodes
from ...streams.peripheral import Peripheral
from ...streams.source import FileVersion, Source, file_version
from ...streams.video import Video
from .clock import SampleClock, device_clock, fit_samples
from .file import StreamData, StreamInfo, load_streams
from .sensors import XdfSensor, cut_sensor
from .streams import Choice, frame_column, place_frames

UNITS = {
    **MICROVOLTS,
    "microvolt": 1.0,
    "microvolts": 1.0,
    "millivolt": 1e3,
    "millivolts": 1e3,
    "volt": 1e6,
    "volts": 1e6,
}
"""Microvolts in one of each unit that a channel may have."""

VIDEOS = (".mp4", ".avi", ".mkv")


@dataclass(frozen=True)
class XdfRecording:
    """A file, the streams that are read of it, the video beside it, or None, and sensors on the body."""

    path: Path
    choice: Choice
    video: Path | None
    sensors: tuple[XdfSensor, ...] = ()


@dataclass(frozen=True)
class XdfSamples:
    """A ``read`` over the EEG stream of a file, from its sample ``first`` on.

    Args:
        recording: The file.
        channels: Index among the stream's channels of each site.
        scale: Microvolts in one of each site's units.
        first: The sample that is called 0.
    """

    recording: XdfRecording
    channels: tuple[int, ...]
    scale: tuple[float, ...]
    first: int

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``: (S, stop - start) in microvolts."""
        values = _samples_of(self.recording)[self.recording.choice.eeg.number].values
        samples = values[self.first + start : self.first + stop, list(self.channels)]
        return np.asarray(samples.T * np.array(self.scale)[:, None])


@dataclass(frozen=True)
class Sites:
    """The channels of a stream that are the S sites of a layout, microvolts in one of their units, and remarks."""

    layout: Layout
    channels: tuple[int, ...]
    scale: tuple[float, ...]
    remarks: tuple[str, ...] = ()


def video_of(path: Path) -> Path | None:
    """The video that has the name of an XDF file.

    Raises:
        InputError: There are two.
    """
    beside = (file for file in sorted(path.parent.glob(f"{glob.escape(path.stem)}.*")) if file.stem == path.stem)
    videos = [file for file in beside if file.suffix.lower() in VIDEOS and file.is_file()]
    if len(videos) > 1:
        raise InputError(path, " and ".join(video.name for video in videos), "one video", "remove the copy")
    return videos[0] if videos else None


def open_xdf(recording: XdfRecording) -> tuple[SampleClock, Video | None]:
    """The clock of the EEG samples, and the video on it. Reads all of the file the first time.

    Raises:
        InputError: The file is broken, its time stamps are, or there is a video without frame numbers or the reverse.
    """
    paths = (path for path in (recording.path, recording.video) if path)
    return _opened(recording, tuple(map(file_version, paths)))


def cut_eeg(recording: XdfRecording, clock: SampleClock, sites: Sites, span: tuple[float, float]) -> Electrodes:
    """The EEG between two moments, in seconds on the clock of its samples.

    Raises:
        InputError: The EEG does not reach as far, or samples were lost in between.
    """
    first, last = map(clock.sample, span)
    trial = f"a trial from {span[0]:.3f} to {span[1]:.3f} s"
    if not 0 <= first < last <= clock.samples:
        found = f"{trial} of an EEG that runs from 0 to {clock.duration:.3f} s"
        raise InputError(recording.path, found, "a trial within the EEG", "leave the trial out")
    if lost := clock.lost(first, last):
        raise InputError(recording.path, f"{trial} in which {lost} samples were lost", "none", "leave the trial out")
    eeg = recording.choice.eeg
    source = Source(recording.path, f"{eeg.name}, samples {first} to {last}")
    read = XdfSamples(recording, sites.channels, sites.scale, first)
    return Electrodes(
        sites.layout,
        sites.layout.sites,
        eeg.rate,
        last - first,
        read,
        source=source,
        start=clock.seconds(first),
        remarks=(*recording.choice.remarks, *sites.remarks),
    )


def cut_sensors(recording: XdfRecording, clock: SampleClock, span: tuple[float, float]) -> dict[str, Peripheral]:
    """The sensors between two moments, in seconds on the clock of the EEG samples: those that were recorded then."""
    data = _samples_of(recording) if recording.sensors else {}
    cut = {s.kind: cut_sensor(recording.path, s, data[s.stream.number], clock, span) for s in recording.sensors}
    return {kind: sensor for kind, sensor in cut.items() if sensor is not None}


def find_sites(
    path: Path, eeg: StreamInfo, layout: Layout | None, units: str | None, settings: ChannelSettings | None = None
) -> Sites:
    """The channels of a layout; without one, all of type EEG or of none, on the layout that fits their names.

    Raises:
        InputError: Channels have no names, or one twice; a site is missing; or the unit of a site is unknown.
    """
    types = ["eeg" if content.upper() in ("EEG", "") else "misc" for content in eeg.contents]
    if "eeg" not in types or not all(eeg.labels) or len(set(eeg.labels)) != eeg.channels:
        found = f"names {', '.join(eeg.labels) or 'for none'} of {eeg.channels} channels in {eeg}"
        raise InputError(path, found, "a name of its own for each", "have the sender of the EEG name its channels")
    settings = settings or ChannelSettings()
    names = read_names(path, eeg.labels, types, settings.rename, settings.montage)
    layout = layout or layout_of(path, _raw(eeg.labels, eeg.rate), names, settings.montage)
    channels = names.places(layout.sites, path)
    scale = tuple(_microvolts(path, eeg, channel, units) for channel in channels)
    return Sites(layout, channels, scale, (*names.remarks, *rest_of(names, channels, layout)))


def check_units(units: str | None) -> None:
    """Refuse a unit that nobody knows."""
    if units is not None and _scale(units) is None:
        raise InputError("units", repr(units), f"one of {', '.join(UNITS)}")


@lru_cache(maxsize=8)  # small beside the samples: the clock, and the times of the frames
def _opened(recording: XdfRecording, _versions: tuple[FileVersion, ...]) -> tuple[SampleClock, Video | None]:
    path, video, choice = recording.path, recording.video, recording.choice
    if (video is None) != (choice.frames is None):
        found = f"frames {choice.frames} and no video"
        if video is not None:
            found = f"{video.name} without a stream of frame numbers"
        raise InputError(path, found, "both or neither", "copy the missing one, or leave the video aside: face=False")
    data = _samples_of(recording)
    eeg = data[choice.eeg.number]
    clock = fit_samples(eeg.times, choice.eeg.rate, f"{path}, {choice.eeg}")
    if video is None or choice.frames is None:
        return clock, None
    frames, source = data[choice.frames.number], Source(video, others=(path,))
    camera = device_clock(frames.compared, eeg.compared, clock, path)
    numbered = frame_column(frames, choice.frames, choice.number, path)
    return clock, place_frames(open_video(video), numbered, clock.of(frames.times), camera, source)


def _samples_of(recording: XdfRecording) -> dict[int, StreamData]:
    return _samples(recording, file_version(recording.path))


@lru_cache(maxsize=1)  # a file can only be read as a whole
def _samples(recording: XdfRecording, _version: FileVersion) -> dict[int, StreamData]:
    streams = (recording.choice.eeg, recording.choice.frames, *(sensor.stream for sensor in recording.sensors))
    return load_streams(recording.path, list(dict.fromkeys(stream for stream in streams if stream)))


def _raw(labels: Sequence[str], rate: float) -> Any:
    import mne

    info = mne.create_info(list(labels), rate, "eeg", verbose="error")
    return mne.io.RawArray(np.zeros((len(labels), 1)), info, verbose="error")


def _microvolts(path: Path, eeg: StreamInfo, channel: int, units: str | None) -> float:
    symbol = units or eeg.units[channel]
    scale = _scale(symbol)
    if scale is None:
        found = f"{eeg.labels[channel]} in {symbol!r}" if symbol else f"{eeg.labels[channel]} without a unit"
        raise InputError(path, found, f"a unit among {', '.join(UNITS)}", "name it, as in --units uV")
    return scale


def _scale(unit: str) -> float | None:
    """Microvolts in one of ``unit``: symbols as they are, for mV is not MV; words in any case."""
    return UNITS.get(unit, UNITS.get(unit.lower() if len(unit) > 2 else ""))
