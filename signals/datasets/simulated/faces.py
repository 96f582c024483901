"""Simulated faces of known structure: a path of valence and arousal moves action units, and they move the face."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...errors import InputError
from ...layouts.pixel_patches import PixelPatches
from ...random_streams import RandomStream
from ...streams.source import Source
from ...streams.video import FaceMarks, Video
from ...trials.task import Target, Task
from ...trials.trial import Trial
from .face_drawing import UNITS, Identity, Pose, draw_face, landmarks
from .settings import Simulation

CENTRES = {"neutral": (0.0, 0.0), "happiness": (0.7, 0.4), "sadness": (-0.6, -0.5), "anger": (-0.6, 0.6)}
"""The place of each category in the plane of valence and arousal, which its trials wander about."""

SIZE = (96, 112)  # height and width of a picture, in pixels
_PRESENT = 0.35  # intensity from which an action unit is called present


@dataclass(frozen=True)
class FaceSimulation:
    """Settings of simulated faces.

    Args:
        subjects, trials: How many people, and trials of each; categories take turns.
        frames: Of a trial.
        rate: Frames a second.
        effect: Share of the action units that shows on the face: the difficulty knob. 0 is the null mode: faces move,
            but not with any label.
        wander: How far valence and arousal leave their category's centre.
        noise: Standard deviation of the camera's noise, in shades of gray.
        lost: Share of trials in which the face is covered for a quarter of the time.
        seed: Of everything random.
    """

    subjects: int = 8
    trials: int = 8
    frames: int = 24
    rate: float = 12.0
    effect: float = 1.0
    wander: float = 0.15
    noise: float = 6.0
    lost: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        counts, shares = (self.subjects, self.trials, self.frames), (self.effect, self.lost)
        if min(counts) < 1 or self.rate <= 0 or min(shares) < 0 or max(shares) > 1 or min(self.wander, self.noise) < 0:
            raise InputError("simulation", repr(self), "counts from 1, a rate above 0, effect and lost from 0 to 1")


class SimulatedFaces(Simulation[FaceSimulation]):
    """Drawn faces: nobody was recorded, and everything made from it says so.

    In each trial valence and arousal wander about a category's centre; action units follow them, and brows, eyes and
    mouth follow the units. People differ in shape and shade; they move, tilt and turn to and from the light. Truths of
    all three kinds are given for each frame. The dataset's own landmarks are exact.

    Args:
        root: None, or a folder with ``simulated.json``, the settings; then no other setting is taken.
        **settings: Fields of ``FaceSimulation``.

    Raises:
        InputError: A setting is unknown or out of range.
    """

    name = "SimulatedFaces"
    task = Task(tuple(CENTRES), ("valence", "arousal"), UNITS)
    version: ClassVar[int] = 1
    recipe: ClassVar = {"face": ("FaceCrop(size=48, detector='Given')", "Patches()")}
    settings_type = FaceSimulation

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject and trial."""
        for subject in range(1, self.settings.subjects + 1):
            for trial in range(1, self.settings.trials + 1):
                yield self._trial(subject, trial)

    def motion(self, pixels: PixelPatches, matrix: np.ndarray) -> np.ndarray:
        """Change of each patch when the action units change, (S,): the truth for anything that explains.

        Mean change of a patch's pixels, in shades of gray, when one unit at a time goes from nothing to all, for the
        unit that changes it most, over this simulation's people.

        Args:
            pixels: The patches of an aligned image.
            matrix: (2, 3) from a picture with the face in its middle to that image.
        """
        import cv2

        pose = Pose(SIZE[1] / 2, SIZE[0] / 2, 52)
        people = [DrawnFrames(self.settings, subject, 1).who for subject in range(1, self.settings.subjects + 1)]

        def aligned(who: Identity, units: np.ndarray) -> np.ndarray:
            return np.asarray(cv2.warpAffine(draw_face(who, units, pose, SIZE), matrix, pixels.image[::-1]), float)

        changes = np.zeros((len(UNITS), len(people), len(pixels.corners)))
        for person, who in enumerate(people):
            still = aligned(who, np.zeros(len(UNITS)))
            for unit, alone in enumerate(np.eye(len(UNITS))):
                changes[unit, person] = np.abs(pixels.cut(aligned(who, alone) - still)).mean(axis=1)
        return np.asarray(changes.mean(axis=1).max(axis=0))

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """A settings file for two people with four short trials each."""
        cls.write_settings(root, FaceSimulation(subjects=2, trials=4, frames=8, seed=seed))

    def _trial(self, subject: int, trial: int) -> Trial:
        s = self.settings
        drawn = DrawnFrames(s, subject, trial)
        script = drawn.script
        times = (np.arange(s.frames) + (trial - 1) * (s.frames + s.rate)) / s.rate
        marks = FaceMarks(landmarks=script.landmarks, valid=~script.covered)
        video = Video(
            times=times, size=SIZE, step=1 / s.rate, read=drawn, source=Source(None, repr(drawn)), marks=marks
        )
        category = (trial - 1) % len(CENTRES)
        target = Target(
            np.full(s.frames, category, np.int16),
            script.affect.astype(np.float32),
            (script.units > _PRESENT).astype(np.float32),
            times,
        )
        return Trial(str(subject), "1", trial, self.task.categories[category], {"face": video}, target=target)


@dataclass(frozen=True, eq=False)
class Script:
    """The course of a trial of N frames.

    Attributes:
        affect: (N, 2) valence and arousal, -1..1.
        units: (N, 8) intensities of the action units, 0..1.
        drawn_units: (N, 8) intensities that are drawn.
        poses: Of each frame.
        landmarks: (N, 5, 2) in pixels.
        covered: (N,) whether something hides the face.
    """

    affect: np.ndarray
    units: np.ndarray
    drawn_units: np.ndarray
    poses: tuple[Pose, ...]
    landmarks: np.ndarray
    covered: np.ndarray


@dataclass(frozen=True)
class DrawnFrames:
    """Draws the frames of one trial when they are read."""

    settings: FaceSimulation
    subject: int
    trial: int

    def __call__(self, first: int, last: int) -> Iterator[np.ndarray]:
        """The pictures of the half-open range ``first`` to ``last``."""
        who, script = self.who, self.script
        for i in range(first, last):
            rng = RandomStream.FACE_FRAME.rng(self.settings.seed, self.subject, self.trial, i)
            yield filmed(
                rng, who, script.drawn_units[i], script.poses[i], bool(script.covered[i]), noise=self.settings.noise
            )

    @property
    def who(self) -> Identity:
        """The person whose face it is."""
        return Identity.drawn(RandomStream.FACE_IDENTITY.rng(self.settings.seed, self.subject))

    @property
    def script(self) -> Script:
        """The course of the trial, always the same."""
        return _script(self.settings, self.subject, self.trial)


def filmed(
    rng: np.random.Generator, who: Identity, units: np.ndarray, pose: Pose, covered: bool, noise: float
) -> np.ndarray:
    """A picture of ``SIZE`` as a camera with that much noise gives it; of a covered face only the gray cover."""
    picture = draw_face(who, units, pose, SIZE)
    if covered:
        picture[:] = 110
    return np.clip(picture + rng.normal(0, noise, SIZE), 0, 255).astype(np.uint8)


def action_units(affect: np.ndarray) -> np.ndarray:
    """(..., 8) intensities 0..1 in the order of ``UNITS`` that belong to valence and arousal (..., 2).

    A choice of ours, in the spirit of the prototypes of Ekman and Friesen; no claim about real faces.
    """
    valence, arousal = affect[..., 0], affect[..., 1]
    glad, sorry = np.maximum(valence, 0), np.maximum(-valence, 0)
    awake, tired = np.maximum(arousal, 0), np.maximum(-arousal, 0)
    units = [
        1.6 * sorry * tired * 2,
        0.9 * awake * (valence > -0.2),
        2.6 * sorry * awake,
        1.1 * glad,
        1.4 * glad,
        1.9 * sorry * (0.4 + tired),
        1.3 * awake,
        1.5 * glad * awake * 2,
    ]
    return np.asarray(np.clip(np.stack(units, axis=-1), 0, 1))


@lru_cache(maxsize=64)
def _script(s: FaceSimulation, subject: int, trial: int) -> Script:
    rng = RandomStream.FACE_SCRIPT.rng(s.seed, subject, trial)
    centre = np.array(list(CENTRES.values())[(trial - 1) % len(CENTRES)])
    affect = np.clip(centre + s.wander * _wandering(rng, s.frames, 2), -1, 1)
    units = action_units(affect)
    stray = action_units(np.clip(0.5 * _wandering(rng, s.frames, 2), -1, 1))  # moves the face in the null mode
    who = Identity.drawn(RandomStream.FACE_IDENTITY.rng(s.seed, subject))
    drawn = s.effect * units + (1 - s.effect) * stray
    poses = tuple(wandering_poses(rng, s.frames))
    points = np.stack([landmarks(who, intensities, pose) for intensities, pose in zip(drawn, poses, strict=True)])
    return Script(
        affect=affect, units=units, drawn_units=drawn, poses=poses, landmarks=points, covered=_covered(rng, s)
    )


def _wandering(rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    """(count, size) smooth noise of unit variance: an AR(1) walk started in its own distribution."""
    walk = np.empty((count, size))
    value = rng.standard_normal(size)
    for i in range(count):
        walk[i] = value
        value = 0.9 * value + np.sqrt(1 - 0.9**2) * rng.standard_normal(size)
    return walk


def wandering_poses(rng: np.random.Generator, count: int) -> Iterator[Pose]:
    """Poses of a head that moves about the middle of a picture over ``count`` frames."""
    height, width = SIZE
    start = rng.normal(0, 1, 4)
    path = 0.6 * start + 0.4 * _wandering(rng, count, 4)
    for x, y, size, turn in path:
        yield Pose(width / 2 + 3 * x, height / 2 + 2 * y, 52 + 2.5 * size, 0.06 * turn, float(0.3 * start[0]))


def _covered(rng: np.random.Generator, s: FaceSimulation) -> np.ndarray:
    covered = np.zeros(s.frames, bool)
    if rng.random() < s.lost:
        first = int(rng.integers(1, max(s.frames * 3 // 4, 2)))
        covered[first : first + max(s.frames // 4, 1)] = True
    return covered
