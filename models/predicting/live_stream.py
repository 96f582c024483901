"""Predictions while EEG and video are still coming in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from types import TracebackType

import numpy as np

from ...preprocessing import Recipe, Step
from ...preprocessing.live.face import LiveFace
from ...preprocessing.live.signal import LiveSignal
from ...preprocessing.steps.recipe import stream_name
from ...signals import Electrodes, InputError, Samples, Source, Volume
from ..learning.checkpoint import ModelSeries, TrainedModel
from ..learning.network_learner import predict_batches
from ..training.data import unlabelled_batch
from .encoding import Encode
from .live_input import EegInput, FaceInput, check_streamed, stream_title
from .live_windows import ByClock, Consecutive, Slice, Window, slices_of

LONGEST_PAUSE = 3600.0
"""Seconds that a clock may leap ahead: more is another clock, or another session."""

_BLOCK = 64
"""Windows predicted at a time."""


@dataclass(frozen=True, eq=False)
class LivePrediction:
    """Prediction of a model for one window, as soon as it is possible.

    Attributes:
        time: Seconds on the session clock where the window ends.
        probability: (C,) of each category.
        dimensions: (D,) in the units of the task's ranges.
        units: (U,) probability that each action unit is present.
        present: By series of the model, the share of the window's slices that are there and valid, 0..1.
        score: By series of faces, the mean score of the detector; NaN where no frame is.
        delay: Seconds of signal that had come after the window's end when it was predicted; no computing time.
    """

    time: float
    probability: np.ndarray
    dimensions: np.ndarray
    units: np.ndarray
    present: Mapping[str, float]
    score: Mapping[str, float]
    delay: float


class LiveStream:
    """Takes blocks of EEG and frames of video as they come, and gives the predictions that became possible.

    The predictions are those of the offline timeline for all that has come since the start, however it was cut into
    blocks. Only what the next windows need is held. With one modality a prediction comes with the block or frame that
    completes its window; with two it waits up to ``patience`` seconds of signal for the one that lags, and then goes on
    without. So ``patience`` has to be longer than a block of EEG. One object belongs to one thread.

    Args:
        trained: The model.
        recipe: Its steps.
        eeg, face: What is streamed; None for a modality that is missing.
        patience: Seconds.

    Raises:
        InputError: The model is scaled by subject, a step looks ahead or cannot be fed bit by bit, nothing is streamed
            or something that the model does not read, or it does not fit what the model was trained on.
    """

    def __init__(
        self, trained: TrainedModel, recipe: Recipe, eeg: EegInput | None, face: FaceInput | None, patience: float = 1.0
    ) -> None:
        self._trained, self._over = trained, False
        self._eeg, self._face = eeg, face
        check_streamed(trained.facts, eeg, face)
        if not (np.isfinite(patience) and patience >= 0):
            raise InputError("stream", f"a patience of {patience} s", "0 s or more")
        series = {name: trained.facts.series[name] for name in recipe}
        self._signals: dict[str, LiveSignal] = {}
        self._faces: dict[str, LiveFace] = {}
        for name, steps in recipe.items():
            if eeg is not None and stream_name(name) == "eeg":
                self._signals[name] = _signal(name, steps, series[name], eeg)
            if face is not None and stream_name(name) == "face":
                self._faces[name] = LiveFace(name, steps, face.size, face.rate, (Encode,))
        self._live: dict[str, LiveSignal | LiveFace] = {**self._signals, **self._faces}
        for name, live in self._live.items():
            series[name].check(f"stream, {name}", live.like, "stream at the rate of training")
        if len(series) == 1:
            ((name, facts),) = series.items()
            self._windows: Consecutive | ByClock = Consecutive(name, facts.n_slices, facts.duration)
        else:
            self._windows = ByClock(trained.facts, tuple(name for name in series if name in self._live), patience)

    def __enter__(self) -> "LiveStream":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True

    @property
    def title(self) -> str:
        """The model, the streams, and all that a reader of the predictions must know."""
        return stream_title(self._trained.facts, self._eeg, self._face)

    @property
    def warm_up(self) -> float:
        """Seconds after the start, or after a pause, in which filters and smoothers still feel that they began there.

        Within them a prediction differs from that of a recording which began long before; it equals the offline
        timeline of a recording which began at the same sample.
        """
        return max(live.warm_up for live in self._live.values())

    @property
    def left_out(self) -> int:
        """Windows that were not predicted so far, since a gap between frames lies in them."""
        return self._windows.left_out

    def eeg(self, block: np.ndarray, seconds: float | None = None) -> list[LivePrediction]:
        """Feed samples.

        Args:
            block: (C, n) in microvolt, of any length; copied.
            seconds: Session seconds of its first sample. Left out, it follows the block before. Give it after a pause:
                the samples between are lost, slices that touch them are masked, and filters begin anew. It is rounded
                to whole samples, so a clock that trembles belongs nowhere here.

        Raises:
            InputError: Other channels, a sample that is not finite, or a clock that runs backwards: nothing was taken,
                and the stream goes on; or the stream is over.
        """
        self._check_open("EEG", self._eeg)
        assert self._eeg is not None
        block = self._eeg.checked(block)
        lost = self._lost(seconds)
        predictions: list[LivePrediction] = []
        with self._whole():
            for name, live in self._signals.items():
                predictions += self._add(name, live.lose(lost) if lost else [], there=False)
                volume = live.feed(block) if block.shape[1] else None
                predictions += self._add(name, [] if volume is None else [volume])
            return predictions + self._predict(self._windows.until(self._now, self._coming))

    def frame(
        self, picture: np.ndarray, seconds: float, *, box: np.ndarray | None = None, landmarks: np.ndarray | None = None
    ) -> list[LivePrediction]:
        """Feed one frame.

        Args:
            picture: (height, width) uint8, its luma; copied.
            seconds: Session seconds at which it was taken.
            box: (4,) left, top, width, height of the face, for models that need it; NaN where there is none.
            landmarks: (5, 2) or (68, 2) of the face, for models that need them; NaN where there is none.

        Raises:
            InputError: A picture of another size or kind, or a clock that runs backwards or leaps: nothing was taken,
                and the stream goes on; or the stream is over.
        """
        self._check_open("a frame", self._face)
        assert self._face is not None
        frame = self._face.checked(picture, seconds, next(iter(self._faces.values())).clock, box, landmarks)
        self._check_leap("a frame", seconds)
        for live in self._faces.values():
            live.check(frame)
        predictions: list[LivePrediction] = []
        with self._whole():
            for name, live in self._faces.items():
                predictions += self._add(name, live.feed(frame))
            return predictions + self._predict(self._windows.until(self._now, self._coming))

    def close(self) -> list[LivePrediction]:
        """End the stream: the predictions that waited for what does not come any more."""
        self._check_open("an end", self)
        predictions: list[LivePrediction] = []
        for name, live in self._faces.items():
            predictions += self._add(name, live.end())
        predictions += self._predict(self._windows.until(self._now, self._coming)) + self._predict(self._windows.end())
        self._over = True
        return predictions

    @property
    def _clocks(self) -> list[float]:
        """Session seconds that each modality has reached."""
        begun = [live.clock for live in self._signals.values() if live.reached]
        return begun + [live.clock for live in self._faces.values() if live.clock is not None]

    @property
    def _now(self) -> float:
        return max(self._clocks, default=-np.inf)

    @property
    def _coming(self) -> dict[str, float]:
        return {name: live.next_slice for name, live in self._live.items()}

    def _add(self, series: str, volumes: Iterable[Volume], there: bool = True) -> list[LivePrediction]:
        """The predictions that became possible by further slices of a series."""
        return self._predict(self._ended(series, volumes, there))

    def _ended(self, series: str, volumes: Iterable[Volume], there: bool) -> Iterator[Window]:
        for volume in volumes:
            for new in slices_of(volume, self._trained.scaling[series], there):
                yield from self._windows.add(series, new)

    def _predict(self, windows: Iterator[Window]) -> list[LivePrediction]:
        recorded = (window for window in windows if not window.empty)
        predictions: list[LivePrediction] = []
        while block := list(islice(recorded, _BLOCK)):
            predictions += self._predicted(block)
        return predictions

    def _predicted(self, windows: Sequence[Window]) -> list[LivePrediction]:
        x, valid = {}, {}
        for name in windows[0].slices:
            arrays = [_arrays(window.slices[name], self._trained.facts.series[name]) for window in windows]
            x[name] = np.stack([values for values, _ in arrays])
            valid[name] = np.stack([trusted for _, trusted in arrays])
        output = predict_batches(self._trained.model, [unlabelled_batch(x, valid)])
        predictions = []
        for k, window in enumerate(windows):
            present = dict.fromkeys(self._trained.facts.series, 0.0)
            present |= {name: float(trusted[k].mean()) for name, trusted in valid.items()}
            prediction = LivePrediction(
                time=window.end,
                probability=output.probability[k],
                dimensions=output.dimensions[k],
                units=output.units[k],
                present=present,
                score={name: _score(window.slices[name]) for name in window.slices if name in self._faces},
                delay=max(self._now - window.end, 0.0),
            )
            predictions.append(prediction)
        return predictions

    def _lost(self, seconds: float | None) -> int:
        """Samples lost before a block that begins at ``seconds``; the first block sets the clock."""
        live = next(iter(self._signals.values()))
        if seconds is None:
            return 0
        if not live.reached:
            self._check_leap("a block", seconds)
            for signal in self._signals.values():
                signal.start = seconds
            return 0
        lost = round((seconds - live.clock) * live.rate) if np.isfinite(seconds) else -1
        if lost < 0:
            found = f"a clock that runs backwards: {seconds:g} s after samples up to {live.clock:g} s"
            raise InputError("stream, eeg", found, "blocks in their order", "leave out what was given already")
        self._check_leap("a block", seconds)
        return lost

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Whatever breaks off in the midst of the work ends the stream: nobody knows what of it was done."""
        try:
            yield
        except BaseException:
            self._over = True
            raise

    def _check_leap(self, what: str, seconds: float) -> None:
        if not np.isfinite(seconds) or (self._clocks and seconds > self._now + LONGEST_PAUSE):
            found = f"{what} at {seconds:g} s after {self._now:g} s"
            wanted = f"a pause of {LONGEST_PAUSE:g} s at most, on one session clock"
            raise InputError("stream", found, wanted, "bring both clocks together, or open another stream")

    def _check_open(self, what: str, opened_for: object | None) -> None:
        if self._over:
            raise InputError("stream", f"{what} after its end", "an open stream", "open another one")
        if opened_for is None:
            raise InputError("stream", what, "what the stream was opened for", "open it with that modality's settings")


def _signal(series: str, steps: Sequence[Step], facts: ModelSeries, eeg: EegInput) -> LiveSignal:
    electrodes = Electrodes(
        layout=facts.layout,
        names=eeg.names,
        rate=eeg.rate,
        n_samples=1,
        read=Samples(np.zeros((len(eeg.names), 1))),
        source=Source(None, "a stream"),
        start=eeg.start,
        bad_channels=eeg.bad_channels,
    )
    return LiveSignal(series, steps, electrodes, facts.duration, (Encode,))


def _arrays(slices: Sequence[Slice | None], facts: ModelSeries) -> tuple[np.ndarray, np.ndarray]:
    """(T, S, F) and which are valid (T,); zeros where nothing is."""
    nothing = np.zeros((len(facts.layout), len(facts.features)), np.float32)
    x = np.stack([nothing if current is None else current.x for current in slices])
    return x, np.array([current is not None and current.valid for current in slices])


def _score(slices: Sequence[Slice | None]) -> float:
    scores = [current.score for current in slices if current is not None and current.there]
    return float(np.mean(scores)) if scores else float("nan")
