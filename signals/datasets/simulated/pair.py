"""Simulated EEG and faces of the same people, both moved by one path: what joining them is worth is known."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...layouts.drawings import DRAWINGS
from ...layouts.layout import Layout
from ...random_streams import RandomStream
from ...streams.clock import Clock
from ...streams.electrodes import Electrodes
from ...streams.source import Source
from ...streams.video import FaceMarks, Video
from ...trials.task import Target, Task
from ...trials.trial import Stream, Trial
from .emotion_path import (
    LONGEST_LAG,
    STATES,
    PairSimulation,
    dominating,
    lost_stretches,
    moving_affect,
    path,
    recorded,
    start,
)
from .face_drawing import Identity, Pose, landmarks
from .faces import SIZE, action_units, filmed, wandering_poses
from .settings import Simulation
from .simulated import BAND_EDGES, PLANTED_BANDS, SimulatedSamples, background, blinks, log_gain, muscle
from .upper_limit import ceiling

GAIN = 0.7
"""Nats by which beta and gamma amplitudes of the outermost sites follow valence and arousal of one."""

EVENT_ERROR = 1e-3
"""Seconds, standard deviation: how well the camera's clock notes an event."""

_TRUTH_STEP = 0.05
_CAMERA_NOISE = 6.0


class SimulatedPair(Simulation[PairSimulation]):
    """Simulated EEG and drawn faces of the same people: nobody was recorded, and everything made from it says so.

    In each trial a path jumps between states in the plane of valence and arousal, and wanders a little about them. Each
    modality follows it with a lag and a noise of its own: the EEG by the topography of its beta and gamma power
    (``topography``; backgrounds, gains, blinks and muscles as in ``Simulated``), the face by action units (as in
    ``SimulatedFaces``). Since the noises are independent, both together tell more than either one, by as much as
    ``ceiling`` says, and only if they are seen at the same time.

    The truth is a series. A trial's stimulus is the state that it is longest in; the states take turns. All trials of a
    person lie on one clock, the EEG's; the camera's own is brought onto it by events that both have seen.

    Args:
        root: None, or a folder with ``simulated.json``, the settings; then no other setting is taken.
        **settings: Fields of ``PairSimulation``.

    Attributes:
        camera: The camera's clock as it is; what trials carry is fitted.

    Raises:
        InputError: A setting is unknown or out of range.
    """

    name = "SimulatedPair"
    version: ClassVar[int] = 1
    recipe: ClassVar = {
        "eeg": ("MarkFlat()", "DifferentialEntropy()"),
        "face": ("FaceCrop(size=48, detector='Given')", "Regions()", "Hog()"),
        "face-common": ("FaceCrop(size=48, detector='Given')", "Regions()", "Hog()", "CommonRate(1.0)"),
    }
    settings_type = PairSimulation

    def __init__(self, root: str | Path | None = None, **settings: Any) -> None:
        super().__init__(root, **settings)
        self.task = Task(tuple(STATES)[: self.settings.states], ("valence", "arousal"))

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject and trial."""
        for subject in range(1, self.settings.subjects + 1):
            for trial in range(1, self.settings.trials + 1):
                yield self._trial(subject, trial)

    @property
    def camera(self) -> Clock:
        """The camera's clock as it is."""
        return Clock(self.settings.offset, self.settings.drift, "the simulation's own")

    def ceiling(self, window: float) -> dict[str, float]:
        """Balanced accuracy of the best possible model in windows of ``window`` seconds, by the streams that it sees.

        Bayes' rule on what moves ``eeg``, ``face`` and ``both`` (a second's mean for each slice of EEG, the moment of
        each picture), for the state at the last picture. The settings are known to it, and nothing of a window but its
        samples; no EEG and no face is made. Estimated from 4000 windows, so good to about 0.01; losses are left out.

        Raises:
            InputError: The window is shorter than a second.
        """
        return dict(ceiling(self.settings, float(window)))

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """A settings file for two people with four trials of twelve seconds."""
        cls.write_settings(root, PairSimulation(subjects=2, trials=4, seconds=12.0, seed=seed))

    def _trial(self, subject: int, trial: int) -> Trial:
        s = self.settings
        makers: dict[str, Callable[[int, int], Stream]] = {"eeg": self._electrodes, "face": self._video}
        streams: dict[str, Stream] = {name: makers[name](subject, trial) for name in recorded(s, trial)}
        stimulus = self.task.categories[dominating(s, trial)]
        return Trial(str(subject), "1", trial, stimulus, streams, target=self._target(subject, trial))

    def _electrodes(self, subject: int, trial: int) -> Electrodes:
        s = self.settings
        layout, read = DRAWINGS[s.layout], PairSamples(s, subject, trial)
        spans = ((round(a * s.rate), round(b * s.rate)) for a, b in lost_stretches(s, subject, trial, "eeg"))
        return Electrodes(
            layout=layout,
            names=layout.sites,
            rate=s.rate,
            n_samples=round(s.seconds * s.rate),
            read=read,
            source=Source(None, repr(read)),
            start=start(s, trial),
            bad_spans=tuple(spans),
        )

    def _video(self, subject: int, trial: int) -> Video:
        s = self.settings
        read = PairFrames(s, subject, trial)
        script = read.script
        marks = FaceMarks(landmarks=script.landmarks, valid=~script.covered)
        video = Video(device_times(s, trial), SIZE, 1 / s.frame_rate, read, Source(None, repr(read)), marks=marks)
        return video.on(fitted_clock(s, subject))

    def _target(self, subject: int, trial: int) -> Target:
        """The truth from a little before the trial, so that no error of a clock leads before its first row."""
        s = self.settings
        times = np.arange(-LONGEST_LAG, s.seconds, _TRUTH_STEP)
        common = path(s, subject, trial)
        category, affect = common.state(times).astype(np.int16), common.affect(times).astype(np.float32)
        return Target(category, affect, np.zeros((len(times), 0), np.float32), start(s, trial) + times)


@dataclass(frozen=True)
class PairSamples:
    """A ``read`` of one trial's EEG: the same samples however they are cut."""

    settings: PairSimulation
    subject: int
    trial: int

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``, (S, stop - start) float32 in microvolt."""
        return _whole_trial(self)[:, start:stop]


@dataclass(frozen=True, eq=False)
class FaceScript:
    """The course of N pictures: units (N, 8), poses, landmarks (N, 5, 2) in pixels, and covered (N,), true if so."""

    units: np.ndarray
    poses: tuple[Pose, ...]
    landmarks: np.ndarray
    covered: np.ndarray


@dataclass(frozen=True)
class PairFrames:
    """Draws the pictures of one trial when they are read."""

    settings: PairSimulation
    subject: int
    trial: int

    def __call__(self, first: int, last: int) -> Iterator[np.ndarray]:
        """The pictures of the half-open range ``first`` to ``last``."""
        who, script = self.who, self.script
        for i in range(first, last):
            rng = RandomStream.PAIR_FRAME.rng(self.settings.seed, self.subject, self.trial, i)
            yield filmed(rng, who, script.units[i], script.poses[i], bool(script.covered[i]), noise=_CAMERA_NOISE)

    @property
    def who(self) -> Identity:
        """The person whose face it is."""
        return Identity.drawn(RandomStream.PAIR_IDENTITY.rng(self.settings.seed, self.subject))

    @property
    def script(self) -> FaceScript:
        """The course of the trial, always the same."""
        return _script(self)


def topography(layout: Layout) -> np.ndarray:
    """Weights (2, S) by which each site follows valence, more on the right, and arousal, more in front: -1 to 1.

    A choice of ours; no claim about real brains.
    """
    cells = np.array(layout.cells, float)
    middle = (cells.min(axis=0) + cells.max(axis=0)) / 2
    down, across = ((cells - middle) / np.ptp(cells, axis=0) * 2).T
    return np.stack([across, -down])


def device_times(s: PairSimulation, trial: int) -> np.ndarray:
    """Seconds (N,) on the camera's clock at which a trial's pictures are taken: a frame rate of its own seconds."""
    begin = float(Clock(s.offset, s.drift).device(np.array(start(s, trial))))
    return begin + np.arange(round(s.seconds * s.frame_rate)) / s.frame_rate


def fitted_clock(s: PairSimulation, subject: int) -> Clock:
    """The camera's clock as fitted to the beginnings and ends of a person's trials, noted with small errors."""
    begins = np.array([start(s, trial) for trial in range(1, s.trials + 1)])
    session = np.stack([begins, begins + s.seconds], axis=1).ravel()
    rng = RandomStream.PAIR_CLOCK.rng(s.seed, subject)
    device = Clock(s.offset, s.drift).device(session) + EVENT_ERROR * rng.standard_normal(len(session))
    return Clock.fit(device, session, f"the camera of simulated person {subject}")


@lru_cache(maxsize=2)
def _whole_trial(of: PairSamples) -> np.ndarray:
    s = of.settings
    layout, n = DRAWINGS[s.layout], round(s.seconds * s.rate)
    rng = RandomStream.PAIR_NOISE.rng(s.seed, of.subject, of.trial)
    still, moved = _shared_out(log_gain(SimulatedSamples(s.electrodes(), of.subject, 1, of.trial), layout))
    affect = moving_affect(s, of.subject, of.trial, "eeg", np.arange(n) / s.rate)
    signal = background(rng, layout, moved, n, s.rate) * np.exp(GAIN * affect @ topography(layout)).T
    signal += background(rng, layout, still, n, s.rate)
    signal += blinks(rng, layout, n, s.rate) + muscle(rng, layout, n, s.rate)
    for begin, end in lost_stretches(s, of.subject, of.trial, "eeg"):
        signal[:, round(begin * s.rate) : round(end * s.rate)] = 0
    samples = np.asarray(signal, np.float32)
    samples.flags.writeable = False
    return samples


def _shared_out(gain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log gains (S, bands) of the bands that stay, and of those that the path moves; minus infinity in the others."""
    planted = np.isin(np.arange(len(BAND_EDGES) - 1), PLANTED_BANDS)
    return np.where(planted, -np.inf, gain), np.where(planted, gain, -np.inf)


@lru_cache(maxsize=128)
def _script(of: PairFrames) -> FaceScript:
    s = of.settings
    times = Clock(s.offset, s.drift).session(device_times(s, of.trial)) - start(s, of.trial)
    units = action_units(np.clip(moving_affect(s, of.subject, of.trial, "face", times), -1, 1))
    poses = tuple(wandering_poses(RandomStream.PAIR_POSES.rng(s.seed, of.subject, of.trial), len(times)))
    who = of.who
    points = np.stack([landmarks(who, intensities, pose) for intensities, pose in zip(units, poses, strict=True)])
    covered = np.zeros(len(times), bool)
    for begin, end in lost_stretches(s, of.subject, of.trial, "face"):
        covered |= (times >= begin) & (times < end)
    return FaceScript(units, poses, points, covered)
