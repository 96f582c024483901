"""A picture of a face's track: frames and the face in them, the aligned patches, the score over time."""

from pathlib import Path
from typing import Any

import numpy as np

from ...preprocessing.pictures import TIME_LABEL, new_figure, palette, save_figure, wrapped
from ...signals import InputError, Track, Video, Volume

_COLUMNS = 6


def draw_face(video: Video, volume: Volume, path: str | Path, title: str = "") -> Path:
    """Draw six frames of ``video`` with box, landmarks and patch grid, what became of them, and every frame's score.

    Args:
        video: The recording that ``volume`` was made from, frame by frame.
        volume: Aligned images, cut into patches or not, with their track.
        path: The picture to make; its ending says which kind.
        title: What stands above.

    Raises:
        InputError: The volume has no track, or another number of slices than the video frames.
    """
    track = volume.track
    if track is None or len(volume.times) != len(video):
        found = f"{len(volume.times)} slices, {'a' if track else 'no'} track"
        do = "give the volume that FaceCrop() made of this video"
        raise InputError("draw_face", found, f"a track of {len(video)} frames", do)
    frames = np.linspace(0, len(video) - 1, min(_COLUMNS, len(video))).round().astype(int)
    frame_height, width = video.size[0] / video.size[1], 1.9 * len(frames)
    heights = (1.8 * frame_height + 0.2, 1.8, 0.9)
    figure = new_figure(width, sum(heights) + 1.0)
    figure.set_layout_engine("constrained", rect=(0, 0, 0.985, 1))  # room for the last number below the scores
    grid = figure.add_gridspec(3, len(frames), height_ratios=heights)
    for column, (number, frame) in enumerate(zip(frames, video.take(frames).frames(), strict=True)):
        _draw_frame(figure.add_subplot(grid[0, column]), frame, track, number, float(video.times[number]))
        _draw_patches(figure.add_subplot(grid[1, column]), volume, number)
    _draw_scores(figure.add_subplot(grid[2, :]), volume, track)
    name = video.source.path.name if video.source.path else "simulated"
    heading = title or f"{name}: {volume.valid.mean():.0%} of {len(video)} frames valid"
    figure.suptitle(wrapped(heading, 21 * len(frames)), fontsize=10)
    return save_figure(figure, path)


def _draw_frame(axes: Any, frame: np.ndarray, track: Track, number: int, time: float) -> None:
    from matplotlib.patches import Rectangle

    axes.imshow(frame, cmap=palette.PIXELS, vmin=0, vmax=255)
    seen = bool(track.seen[number])
    if np.isfinite(track.box[number]).all():
        left, top, width, height = track.box[number]
        axes.add_patch(
            Rectangle((left, top), width, height, fill=False, color=palette.SEEN if seen else palette.LOST, lw=1.5)
        )
    axes.scatter(*track.landmarks[number].T, s=7, color=palette.LANDMARK, linewidths=0)
    head, color = (f"{time:.2f} s", palette.INK) if seen else (f"{time:.2f} s: no face", palette.LOST)
    axes.set_title(head, fontsize=8, color=color)
    axes.set_axis_off()


def _draw_patches(axes: Any, volume: Volume, number: int) -> None:
    """The aligned image with the borders of its patches, dimmed where the frame is masked."""
    from matplotlib.patches import Rectangle

    valid = bool(volume.valid[number])
    axes.imshow(volume.stored[number], cmap=palette.PIXELS, vmin=0, vmax=255, alpha=1 if valid else 0.3)
    pixels = volume.layout.pixels
    if pixels is not None and valid:
        height, width = pixels.size
        for top, left in pixels.corners:
            axes.add_patch(Rectangle((left - 0.5, top - 0.5), width, height, fill=False, color=palette.SEEN, lw=0.4))
    axes.set_axis_off()


def _draw_scores(axes: Any, volume: Volume, track: Track) -> None:
    times = volume.times
    axes.plot(times, np.where(track.seen, track.score, np.nan), color=palette.PREDICTED, lw=1.2)
    axes.fill_between(times, 0, 1, where=~volume.valid, color=palette.LOST, alpha=0.3, lw=0, step="mid", label="masked")
    axes.set(ylim=(0, 1.05), xlim=(times[0], max(float(times[-1]), times[0] + 1e-3)), xlabel=TIME_LABEL)
    axes.set_ylabel("score of\ndetection")
    axes.spines[["top", "right"]].set_visible(False)
    if not volume.valid.all():
        axes.legend(fontsize=8, loc="lower left", frameon=False)
