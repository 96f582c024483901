"""Face detectors on real clips and drawn scenes: ``python -m emoscan.benchmarks.speed.detectors`` prints the table."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ...preprocessing import FaceCrop
from ...preprocessing.faces.detector import DETECTORS, Detector
from ...signals import Pictures, Source, Track, Video, open_video
from .timing import SpeedRow, measure

NAMES = ("Centerface", "Mtcnn")
"""Detectors that are compared."""

TALKING, STILL, NOBODY, OTHER = "cap13_edit2.mp4", "single_face.mp4", "no_face.mp4", "WolfgangLanger_Pexels.mp4"
FRAMES = 72
"""Of each clip, from its beginning."""

_HEAD = (297, 190)
"""Middle of the head in ``STILL``, which hardly moves: what is drawn over it stays in place."""


@dataclass(frozen=True)
class Scene:
    """Pictures with a known truth: a face in all of them, in none, or in some.

    Args:
        name: What it shows.
        frames: (N, height, width) uint8.
        shown: (N,) bool, whether the person's face is in each.
    """

    name: str
    frames: np.ndarray
    shown: np.ndarray


def rows() -> Iterator[SpeedRow]:
    """The default detector's cost against that of the one before it, on one clip with a face in every frame."""
    scene = next(scenes(), None)
    if scene is None:
        return
    one_thread()
    video = _video(scene)
    timing = measure({name: partial(FaceCrop(detector=name), video) for name in NAMES}, 5)
    ratio = timing.ratio("Mtcnn", "Centerface")
    yield SpeedRow(
        name="following a face, found by Mtcnn / by Centerface",
        value=ratio.median,
        unit="x",
        target=1.0,
        floor=0.95,
        note=f"minimum {ratio.minimum:.3g}; every 10th frame",
        void=timing.void,
    )


def scenes() -> Iterator[Scene]:
    """Real clips, and what was drawn over one whose head is still; none where the clips are not at hand."""
    if find_spec("feat") is None:
        return
    talking, still, nobody, other = (_clip(name) for name in (TALKING, STILL, NOBODY, OTHER))
    yield _with_face("talking", talking)
    yield _with_face("still", still)
    yield _with_face("another person", other)
    for name, draw in _DRAWN.items():
        yield _with_face(name, np.stack([draw(frame) for frame in still]))
    yield Scene("nobody", nobody, np.zeros(len(nobody), bool))
    yield _away("portrait on the wall", still, np.full_like(still[0], 150), still[0, 60:330, 180:420])
    yield _away("a stranger instead", still, other[0], still[0, 60:330, 180:420])


def main() -> None:
    """Print how each detector does on each scene, alone and with the following around it."""
    one_thread()
    table = Table(
        title="Face detectors: hits and false hits of FaceCrop, jitter of box and eyes, one look at a picture"
    )
    for heading in (
        "scene",
        "frames",
        "detector",
        "hits",
        "false hits",
        "box, px",
        "eyes, px",
        "ms a look",
        "ms a frame",
    ):
        table.add_column(heading, justify="left" if heading in ("scene", "detector") else "right")
    for scene in scenes():
        for name in NAMES:
            table.add_row(scene.name, str(len(scene.frames)), name, *_measured(scene, name))
    Console(width=120).print(table)


def one_thread() -> None:
    """Let OpenCV and torch use one thread each."""
    import cv2
    import torch

    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def _measured(scene: Scene, name: str) -> list[str]:
    begun = time.process_time()
    track = FaceCrop(detector=name, nowhere="mask")(_video(scene)).track
    cost = 1e3 * (time.process_time() - begun) / len(scene.frames)
    assert track is not None
    seen, shown = track.seen, scene.shown
    hits = f"{seen[shown].mean():.0%}" if shown.any() else ""
    false = f"{seen[~shown].mean():.0%}" if not shown.all() else ""
    still = scene.name == "still"
    return [hits, false, *(_jitters(track) if still else ("", "")), f"{_look_cost(scene, name):.0f}", f"{cost:.1f}"]


def _jitters(track: Track) -> tuple[str, str]:
    """Root mean square of the second differences, in pixels: of the box's corner and sides, and of the eyes."""
    moves = (np.diff(points.reshape(len(track.seen), -1), 2, axis=0) for points in (track.box, track.landmarks[:, :2]))
    box, eyes = (f"{np.sqrt(np.nanmean(np.square(move))):.2f}" for move in moves)
    return box, eyes


def _look_cost(scene: Scene, name: str, looks: int = 5) -> float:
    """Milliseconds of one look at a whole picture."""
    detector: Detector = DETECTORS.build(name)
    picture = scene.frames[0]
    detector.detect(picture, 0.1 * min(picture.shape))
    begun = time.process_time()
    for _ in range(looks):
        detector.detect(picture, 0.1 * min(picture.shape))
    return 1e3 * (time.process_time() - begun) / looks


def _video(scene: Scene) -> Video:
    count, *size = scene.frames.shape
    return Video(np.arange(count) / 25, (size[0], size[1]), 1 / 25, Pictures(scene.frames), Source(None, scene.name))


def _clip(name: str) -> np.ndarray:
    feat = find_spec("feat")
    assert feat is not None
    assert feat.submodule_search_locations
    folders = (Path(__file__).parents[2] / "tests/data/faces", Path(feat.submodule_search_locations[0]) / "tests/data")
    video = open_video(next(folder / name for folder in folders if (folder / name).is_file()))
    return np.stack(list(video.read(0, min(FRAMES, len(video)))))


def _with_face(name: str, frames: np.ndarray) -> Scene:
    return Scene(name, frames, np.ones(len(frames), bool))


def _away(name: str, frames: np.ndarray, instead: np.ndarray, portrait: np.ndarray) -> Scene:
    """The person leaves for a while; a small portrait hangs beside them all the time."""
    import cv2

    third = len(frames) // 3
    pictures = np.concatenate([frames[:third], np.tile(instead, (third, 1, 1)), frames[third:]])
    small = cv2.resize(portrait, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    pictures[:, 20 : 20 + small.shape[0], 540 : 540 + small.shape[1]] = small
    shown = np.ones(len(pictures), bool)
    shown[third : 2 * third] = False
    return Scene(name, pictures, shown)


def _levels(gain: float, least: float) -> Callable[[np.ndarray], np.ndarray]:
    """Grey levels weakened and raised, with the noise of a camera."""
    noise = np.random.default_rng(0).normal(0, 0.8, (360, 640))
    return lambda frame: np.clip(frame * gain + least + noise, 0, 255).astype(np.uint8)


def _in_cap(frame: np.ndarray) -> np.ndarray:
    """A cloth cap with electrodes, and straps under the chin."""
    import cv2

    frame = frame.copy()
    middle, top, cloth = _HEAD[0], _HEAD[1] - 50, 55
    cv2.ellipse(frame, (middle, top), (106, 136), 0, startAngle=180, endAngle=360, color=cloth, thickness=-1)
    for x in (-81, -40, 0, 41, 81):
        place = (middle + x, top - 15 - abs(40 - abs(x)) // 2)
        cv2.line(frame, place, (middle + 2 * x, 0), 190, 2)
        cv2.circle(frame, place, 11, 225, -1)
        cv2.circle(frame, place, 4, 20, -1)
    for side in (-1, 1):
        cv2.line(frame, (middle + side * 76, top - 11), (middle + side * 45, top + 154), 40, 12)
    return frame


def _with_electrodes(frame: np.ndarray) -> np.ndarray:
    """The cap, and five electrodes on the face with their cables."""
    import cv2

    frame = _in_cap(frame)
    for x, y in ((-69, -21), (61, -21), (-37, 4), (-37, -46), (-35, 36)):
        place = (_HEAD[0] + x, _HEAD[1] + y)
        cv2.circle(frame, place, 9, 240, -1)
        cv2.line(frame, place, (place[0] + (40 if x > 0 else -60), place[1] + 150), 230, 2)
    return frame


def _far(frame: np.ndarray) -> np.ndarray:
    """The scene in a corner of 1080 rows: a face of 54 pixels."""
    import cv2

    room = np.full((1080, 1920), 110, np.uint8)
    small = cv2.resize(frame, None, fx=0.37, fy=0.37, interpolation=cv2.INTER_AREA)
    room[300 : 300 + small.shape[0], 800 : 800 + small.shape[1]] = small
    return room


def _turned(frame: np.ndarray) -> np.ndarray:
    import cv2

    return np.asarray(cv2.warpAffine(frame, cv2.getRotationMatrix2D(_HEAD, 45, 1.0), frame.shape[::-1]))


_DRAWN: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "dim": _levels(0.2, 0),
    "very dim": _levels(0.05, 5),
    "washed out": _levels(0.1, 200),
    "cap": _in_cap,
    "cap, electrodes": _with_electrodes,
    "far, 1080p": _far,
    "turned by 45 degrees": _turned,
}
"""What is drawn over the clip of a still head."""

if __name__ == "__main__":
    main()
