"""A timeline as a picture: the face, the power of the EEG's bands and what is predicted, on one time axis."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...preprocessing import BandPower
from ...preprocessing.pictures import TIME_LABEL, new_figure, palette, save_figure, wrapped
from ...preprocessing.pictures.palette import LINES, STYLES
from ...signals import Electrodes, InputError, Trial, Video
from ..predicting.timeline import Timeline

FACES = ("blur", "show", "omit")
"""What a picture shows of a video: personal data is blurred unless somebody says otherwise."""

_STRIP = (8.6, 0.9)
"""Width and height in inches of the strip of pictures."""

_MARGIN = 1.06
"""Width of a picture and the space beside it, in widths of a picture."""


@dataclass(frozen=True, eq=False)
class Strip:
    """Pictures or values along time.

    Args:
        times: (N,) seconds on the session clock.
        values: N pictures (height, width) uint8, or (rows, N) values.
        names: Of the rows; empty for pictures.
    """

    times: np.ndarray
    values: Any
    names: tuple[str, ...] = ()


def draw_timeline(timeline: Timeline, path: str | Path, trial: Trial | None = None, faces: str = "blur") -> Path:
    """Draw what was predicted, and above it what it was predicted from.

    Args:
        timeline: The predictions.
        path: The picture file; its ending (png, svg, pdf) says which kind.
        trial: What was recorded; without it only the predictions are drawn.
        faces: ``"blur"``, ``"show"`` or ``"omit"``.

    Raises:
        InputError: There is no such way of showing faces.
    """
    if faces not in FACES:
        raise InputError(f"faces {faces!r}", "no such way", f"one of {', '.join(FACES)}")
    panels = list(_panels(timeline.with_holes(), trial, faces))
    heights = [height for height, _ in panels]
    figure = new_figure(10, 1.0 + sum(heights))
    axes = figure.subplots(len(panels), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    for (_, (draw, shown)), place in zip(panels, axes, strict=True):
        draw(place, shown)
        place.spines[["top", "right"]].set_visible(False)
    axes[0].set_title(wrapped(timeline.title, 125), fontsize=8, loc="left")
    axes[-1].set_xlabel(TIME_LABEL)
    begin, end = _extent(timeline, trial)
    axes[-1].set_xlim(begin, end)
    return save_figure(figure, path)


def thumbnails(video: Video, faces: str, share: float = 1.0) -> Strip:
    """Pictures from the middles of equal parts of a video, blurred unless they may be shown.

    As many as stand side by side without touching where the video takes that share of the time axis; one at least.
    """
    import cv2

    height, width = video.size
    most = max(int(share * _STRIP[0] / (_MARGIN * _STRIP[1] * width / height)), 1)
    chosen = video.take(_apart(video.times, video.duration / most / _MARGIN, most))
    pictures = []
    for frame in chosen.frames():
        small = cv2.resize(frame, (max(round(96 * width / height), 1), 96))
        pictures.append(cv2.GaussianBlur(small, (0, 0), 6.0) if faces == "blur" else small)
    return Strip(chosen.times, pictures)


def _apart(times: np.ndarray, least: float, most: int) -> np.ndarray:
    """Places of as many moments, evenly spread, as lie ``least`` seconds apart; of few, not each count can."""
    for count in range(min(most, len(times)), 1, -1):
        which = ((np.arange(count) + 0.5) * len(times) / count).astype(int)
        if np.diff(times[which]).min() >= least:
            return which
    return np.array([len(times) // 2])


def band_power(electrodes: Electrodes) -> Strip:
    """Mean power of each band over the sites in slices of a second, as deviations from the recording's own mean."""
    volume = BandPower()(electrodes)
    power = np.where(volume.valid, volume.x.mean(axis=1).T, np.nan)  # decibel, (bands, T)
    spread = np.nanstd(power, axis=1, keepdims=True)
    return Strip(
        volume.times, (power - np.nanmean(power, axis=1, keepdims=True)) / np.maximum(spread, 1e-9), volume.features
    )


def _panels(timeline: Timeline, trial: Trial | None, faces: str) -> Iterator[tuple[float, tuple[Any, Any]]]:
    """Height in inches, what draws it, and what is drawn."""
    streams = trial.streams if trial else {}
    video, electrodes = streams.get("face"), streams.get("eeg")
    if isinstance(video, Video) and faces != "omit":
        begin, end = _extent(timeline, trial)
        yield _STRIP[1], (_draw_pictures, thumbnails(video, faces, min(video.duration / (end - begin), 1.0)))
    if isinstance(electrodes, Electrodes) and electrodes.duration >= 2:
        yield 0.9, (_draw_rows, band_power(electrodes))
    task, prediction = timeline.task, timeline.prediction
    if task.categories:
        yield 1.5, (_draw_lines, (timeline, task.categories, prediction.probability, "probability"))
    for (low, high), names, values in timeline.by_scale():
        yield 1.5, (_draw_lines, (timeline, names, values, f"value, {low:g} to {high:g}"))
    if task.units:
        yield 0.3 + 0.13 * len(task.units), (_draw_units, (timeline, task.units, prediction.units))
    yield 0.25 + 0.16 * len(timeline.present), (_draw_presence, timeline)


def _draw_pictures(axes: Any, strip: Strip) -> None:
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    for time, picture in zip(strip.times, strip.values, strict=True):
        image = OffsetImage(picture, cmap=palette.PIXELS, zoom=0.62)
        image.image.set_clim(0, 255)
        axes.add_artist(AnnotationBbox(image, (time, 0.5), frameon=False, pad=0, annotation_clip=False))
    axes.set(ylim=(0, 1), yticks=[])
    axes.spines["left"].set_visible(False)


def _draw_rows(axes: Any, strip: Strip) -> None:
    step = float(np.median(np.diff(strip.times))) if len(strip.times) > 1 else 1.0
    edges = np.append(strip.times, strip.times[-1] + step)
    image = axes.pcolormesh(
        edges, np.arange(len(strip.names) + 1), strip.values, cmap=palette.POWER, vmin=-2, vmax=2, rasterized=True
    )
    axes.set_yticks(np.arange(len(strip.names)) + 0.5, strip.names, fontsize=7)
    axes.set_ylabel("EEG power")
    _draw_bar(axes, image, "standard deviations\nfrom the mean")


def _draw_lines(axes: Any, curves: tuple[Timeline, Sequence[str], np.ndarray, str]) -> None:
    timeline, names, values, label = curves
    for k, name in enumerate(names):
        curve = np.where(timeline.valid > 0, values[:, k], np.nan)
        style = STYLES[k // len(LINES) % len(STYLES)] if len(names) > len(LINES) else STYLES[k % len(STYLES)]
        (line,) = axes.plot(timeline.times, curve, label=name, color=LINES[k % len(LINES)], ls=style, lw=1.4)
        if len(curve) == 1:  # a picture alone has no line
            line.set(marker="o", clip_on=False)
    axes.set_ylabel(label)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8)


def _draw_units(axes: Any, curves: tuple[Timeline, Sequence[str], np.ndarray]) -> None:
    timeline, names, values = curves
    edges = _edges(timeline.times)
    image = axes.pcolormesh(
        edges, np.arange(len(names) + 1), values.T, cmap=palette.INTENSITY, vmin=0, vmax=1, rasterized=True
    )
    axes.set_yticks(np.arange(len(names)) + 0.5, names, fontsize=7)
    axes.invert_yaxis()
    axes.set_ylabel("units")
    _draw_bar(axes, image, "probability")


def _draw_presence(axes: Any, timeline: Timeline) -> None:
    edges = _edges(timeline.times)
    rows = np.stack(list(timeline.present.values()))
    axes.pcolormesh(edges, np.arange(len(rows) + 1), rows, cmap=palette.PRESENCE, vmin=0, vmax=1.2, rasterized=True)
    axes.set_yticks(np.arange(len(rows)) + 0.5, list(timeline.present), fontsize=7)
    axes.set_ylabel("present", rotation=0, ha="right", va="center", fontsize=8)


def _draw_bar(axes: Any, image: Any, label: str) -> None:
    """The scale of colours, right of the panel, where lines have their legend."""
    bar = axes.figure.colorbar(image, cax=axes.inset_axes((1.015, 0.05, 0.012, 0.9)))
    bar.set_label(label, fontsize=7)
    bar.ax.tick_params(labelsize=7)


def _edges(times: np.ndarray) -> np.ndarray:
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    return np.append(times - step, times[-1])


def _extent(timeline: Timeline, trial: Trial | None) -> tuple[float, float]:
    """From the first to the last second that anything was recorded."""
    times = [float(timeline.times[0]), float(timeline.times[-1])]
    for stream in trial.streams.values() if trial else ():
        if isinstance(stream, Video):
            times += [float(stream.times[0]), float(stream.times[0]) + stream.duration]
        elif isinstance(stream, Electrodes):
            times += [stream.start, stream.start + stream.duration]
    return min(times), max(times)
