"""Simulated input of every kind that a step can take, for its contract."""

from typing import Any

import numpy as np

from ...preprocessing import Step
from ...signals import (
    SCALP_19,
    Electrodes,
    FaceMarks,
    Features,
    Peripheral,
    Pictures,
    Samples,
    Source,
    Video,
    Volume,
    patch_grid,
)

SECONDS = 12
"""Length of every sample; slices and frames come once a second."""

_RATE = 200.0
_SIDE = 48
_SOURCE = Source(None, "simulated")


def sample(step: Step, future: float = 0.0) -> Any:
    """Input of ``step``; ``future`` is added to the last quarter of it."""
    kind = step.takes()
    if issubclass(kind, Electrodes):
        return _electrodes(future)
    if issubclass(kind, Peripheral):
        return _peripheral(future)
    if issubclass(kind, Video):
        return _video(future)
    x = np.random.default_rng(0).standard_normal((SECONDS, len(SCALP_19), 5)).astype(np.float32)
    x[3 * SECONDS // 4 :] += future
    if issubclass(kind, Features):
        return Features(
            layout=SCALP_19,
            names=tuple("abcde"),
            n_slices=len(x),
            step=1.0,
            duration=1.0,
            read=_Ready(x),
            source=_SOURCE,
        )
    times, valid = np.arange(float(SECONDS)), np.ones(SECONDS, bool)
    if not step.reads_pixels:
        return Volume(stored=x, times=times, valid=valid, layout=SCALP_19, features=tuple("abcde"), duration=1.0)
    layout = patch_grid(3, 3, (_SIDE // 3, _SIDE // 3))
    names = tuple(f"pixel {k}" for k in range((_SIDE // 3) ** 2))
    return Volume(stored=_pictures(future), times=times, valid=valid, layout=layout, features=names, duration=1.0)


def content(stream: Any) -> np.ndarray:
    """All that a stream or volume holds."""
    if isinstance(stream, Electrodes | Peripheral):
        return stream.read(0, stream.n_samples)
    if isinstance(stream, Video):
        return np.stack(list(stream.frames()))
    return np.asarray(stream.read() if isinstance(stream, Features) else stream.x)


def past(output: Any) -> np.ndarray:
    """Output for the first three quarters: slices that end, and frames that are shown, before that."""
    if isinstance(output, Electrodes):
        return output.read(0, 3 * output.n_samples // 4)
    covers = output.duration if isinstance(output, Volume) else 1e-9
    early = np.asarray(output.times + covers <= 3 * SECONDS / 4 + 1e-6)
    return np.asarray(content(output)[early])


class _Ready:
    def __init__(self, x: np.ndarray) -> None:
        self.x = x

    def __call__(self) -> np.ndarray:
        return self.x


def _electrodes(future: float) -> Electrodes:
    samples = np.random.default_rng(0).normal(0, 20, (len(SCALP_19), round(_RATE * SECONDS)))
    samples[:, 3 * samples.shape[1] // 4 :] += future
    return Electrodes(
        layout=SCALP_19,
        names=SCALP_19.sites,
        rate=_RATE,
        n_samples=samples.shape[1],
        read=Samples(samples),
        source=_SOURCE,
    )


def _peripheral(future: float) -> Peripheral:
    """A skin whose conductance drifts."""
    samples = 5 + 0.01 * np.random.default_rng(0).standard_normal((1, round(_RATE * SECONDS))).cumsum(axis=1)
    samples[:, 3 * samples.shape[1] // 4 :] += future
    return Peripheral("gsr", ("GSR",), _RATE, samples.shape[1], Samples(samples), source=_SOURCE, unit="µS")


def _pictures(future: float) -> np.ndarray:
    """(SECONDS, side, side) uint8 noise."""
    pictures = np.random.default_rng(0).integers(0, 200, (SECONDS, _SIDE, _SIDE))
    pictures[3 * SECONDS // 4 :] += round(np.clip(future, 0, 55))
    return pictures.astype(np.uint8)


def _video(future: float) -> Video:
    """Pictures with marks for a face in each, so that no detector has to find any."""
    boxes = np.tile([8.0, 8.0, 32.0, 32.0], (SECONDS, 1))
    pictures = Pictures(_pictures(future))
    return Video(
        times=np.arange(float(SECONDS)),
        size=(_SIDE, _SIDE),
        step=1.0,
        read=pictures,
        source=_SOURCE,
        marks=FaceMarks(boxes=boxes),
    )
