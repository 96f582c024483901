"""Slices of one length for all modalities."""

from dataclasses import dataclass, replace

import numpy as np

from ...signals import InputError, Volume
from .step import Step


@dataclass(frozen=True)
class CommonRate(Step):
    """Slices of ``seconds`` each: shorter ones are averaged, longer ones are held. What ``Early`` fusion asks for.

    A new slice is the mean of the valid slices that begin in it, and valid where at least half of them are; where
    slices are longer than ``seconds``, it is the one that covers its beginning. The first begins where the volume does.

    Args:
        seconds: Length of the new slices.

    Raises:
        InputError: The length is not positive, or the volume holds images: take frames with ``AtRate`` before
            ``FaceCrop`` instead.
    """

    seconds: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.seconds > 0:
            raise InputError("CommonRate, seconds", f"{self.seconds:g}", "above 0")

    def __call__(self, volume: Volume) -> Volume:
        """(T, S, F) -> (T', S, F)."""
        if volume.layout.pixels:
            raise InputError(
                "CommonRate",
                "images, whose mean is no image",
                "features",
                f"put AtRate({1 / self.seconds:g}) before FaceCrop, or Hog() before this step",
            )
        span = volume.times[-1] + volume.duration - volume.times[0]
        times = volume.times[0] + self.seconds * np.arange(max(round(span / self.seconds), 1))
        # slices of the same length up to rounding are taken over, not averaged
        resampled = _averaged if self.seconds > volume.duration * 1.001 else _held
        stored, valid = resampled(volume, times)
        # the slice that holds a joint was invalid, and need not be any more: where it lies in stays a joint
        joints = np.searchsorted(times, volume.times[list(volume.joints)] + 1e-6, side="right") - 1
        valid[joints] = False
        return replace(
            volume,
            stored=stored,
            valid=valid,
            times=times,
            duration=self.seconds,
            track=None,
            joints=tuple(dict.fromkeys(joints.tolist())),
        )


def _averaged(volume: Volume, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the valid slices that begin in each new one, and whether there are enough of them."""
    # a microsecond of room: a slice that begins with a new one must not fall into the one before by rounding
    place = np.clip(np.searchsorted(times, volume.times + 1e-6, side="right") - 1, 0, len(times) - 1)
    begun, good = np.bincount(place, minlength=len(times)), np.bincount(place[volume.valid], minlength=len(times))
    total = np.zeros((len(times), *volume.stored.shape[1:]))
    np.add.at(total, place[volume.valid], volume.stored[volume.valid])
    stored = (total / np.maximum(good, 1)[:, None, None]).astype(np.float32)
    return stored, (good > 0) & (2 * good >= begun)


def _held(volume: Volume, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The slice that covers the beginning of each new one; none where there is a gap."""
    last = np.maximum(np.searchsorted(volume.times, times + 1e-6, side="right") - 1, 0)
    covered = times < volume.times[last] + volume.duration - 1e-6
    return volume.stored[last], volume.valid[last] & covered
