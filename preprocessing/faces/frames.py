"""Frames of a video: at a rate, evenly spread, or the last ones."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...signals import InputError, Video
from ...signals.streams.rates import same_rate
from ..steps.step import Step


@dataclass(frozen=True)
class AtRate(Step):
    """The frame that is shown at each of ``rate`` times a second: gives videos of all rates the same one.

    A frame that is shown at several of these times is taken once.

    Args:
        rate: Frames a second.

    Raises:
        InputError: The video has fewer frames a second.
    """

    rate: float

    def __call__(self, video: Video) -> Video:
        """The frames shown at those times; nothing is decoded yet."""
        if self.rate > 1 / video.step and not same_rate(1 / self.rate, video.step):  # 30 frames are often 30000 / 1001
            raise InputError(
                video.source, f"{1 / video.step:.4g} frames a second", f"at least {self.rate:g}", "lower the rate"
            )
        wanted = np.arange(video.times[0], video.times[-1] + video.step / 2, 1 / self.rate)
        which = np.unique(np.searchsorted(video.times, wanted + 1e-6, side="right") - 1)
        return replace(video.take(which), step=1 / self.rate)


@dataclass(frozen=True)
class EvenFrames(Step):
    """A fixed number of frames, evenly spread from the first to the last: as for sequences from neutral to the peak.

    Args:
        count: Frames.
        repeat: Whether a video with fewer frames shows some of them more than once; else it is refused.

    Raises:
        InputError: The video has fewer frames.
    """

    causal: ClassVar[bool] = False

    count: int = 9
    repeat: bool = False

    def __call__(self, video: Video) -> Video:
        """Those frames; nothing is decoded yet."""
        if not self.repeat or self.count < 1:
            _check_count(video, self.count)
        return video.take(np.linspace(0, len(video) - 1, self.count).round().astype(int))


@dataclass(frozen=True)
class LastFrames(Step):
    """The last frames only: the peak of a sequence that begins neutral.

    Args:
        count: Frames.

    Raises:
        InputError: The video has fewer.
    """

    causal: ClassVar[bool] = False

    count: int = 3

    def __call__(self, video: Video) -> Video:
        """Those frames; nothing is decoded yet."""
        _check_count(video, self.count)
        return video.take(np.arange(len(video) - self.count, len(video)))


def _check_count(video: Video, count: int) -> None:
    if not 1 <= count <= len(video):
        raise InputError(
            video.source, f"{len(video)} frames", f"{count} or more", "use fewer frames or leave the trial out"
        )
