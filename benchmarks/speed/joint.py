"""Windows of two modalities on one clock against the same windows of each by itself."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...preprocessing import AsVolume, Cache, JointWindows, preprocess
from ...signals import SEED_62, Dataset, Features, Layout, Source, Target, Task, Trial, patch_grid
from .timing import SpeedRow, measure, within

TRIALS, SECONDS, FRAMES, T, BATCH = 8, 226, 5, 9, 64
"""A session: trials, seconds a trial, face slices a second, seconds a window, windows a batch."""


def rows() -> Iterator[SpeedRow]:
    """Gather of joint windows, on features shaped like SEED's and gradients of 64 patches five times a second."""
    with tempfile.TemporaryDirectory() as folder:
        cache = preprocess(_Session(), {"eeg": [AsVolume()], "face": [AsVolume()]}, Path(folder) / "cache")
        joint = cache.joint_windows(T, 1)
        yield _gather(cache, joint)
        yield _cut(cache)


def _gather(cache: Cache, joint: JointWindows) -> SpeedRow:
    eeg, face = cache.windows(T, 1, modality="eeg"), cache.windows(T * FRAMES, FRAMES, modality="face")
    order = np.random.default_rng(0).permutation(len(joint))
    batches = [order[begin : begin + BATCH] for begin in range(0, len(order), BATCH)]

    def together() -> list[np.ndarray]:
        return [part.x(which) for which in batches for part in joint.parts.values()]

    def apart() -> list[np.ndarray]:
        return [part.x(which) for which in batches for part in (eeg, face)]

    for one, other in zip(together(), apart(), strict=True):
        np.testing.assert_array_equal(one, other)
    timing = measure({"together": together, "apart": apart})
    return within("joint gather / the two gathers by themselves", timing, "together", "apart", target=1.2, floor=1.5)


def _cut(cache: Cache) -> SpeedRow:
    """Finding the windows, which happens once: per window against one gather of it."""
    joint = cache.joint_windows(T, 1)
    which = np.arange(len(joint))
    timing = measure(
        {
            "cut": lambda: cache.joint_windows(T, 1),
            "gather": lambda: [part.x(block) for block in np.array_split(which, 32) for part in joint.parts.values()],
        }
    )
    return within("cutting joint windows / gathering them once", timing, "cut", "gather")


@dataclass(frozen=True)
class _Random:
    shape: tuple[int, ...]
    seed: int

    def __call__(self) -> np.ndarray:
        return np.random.default_rng(self.seed).standard_normal(self.shape, dtype=np.float32)


class _Session(Dataset):
    """One person, one session of random features of both modalities."""

    name, expects, simulated = "session", "nothing", True
    task = Task(("negative", "neutral", "positive"))

    def __init__(self) -> None:
        self.root = Path("session")

    def __iter__(self) -> Iterator[Trial]:
        return map(self._trial, range(1, TRIALS + 1))

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Nothing: it lies in no folder."""

    def _trial(self, number: int) -> Trial:
        streams = {
            "eeg": _stream(SEED_62, 5, SECONDS, 1.0, number),
            "face": _stream(patch_grid(8, 8), 32, SECONDS * FRAMES, 1 / FRAMES, 100 + number),
        }
        return Trial(
            subject="1", session="1", trial=number, stimulus=str(number), streams=streams, target=Target.of(number % 3)
        )


def _stream(layout: Layout, n_features: int, n: int, step: float, seed: int) -> Features:
    names = tuple(f"feature {k + 1}" for k in range(n_features))
    read = _Random((n, len(layout), n_features), seed)
    return Features(
        layout=layout, names=names, n_slices=n, step=step, duration=step, read=read, source=Source(None, repr(read))
    )
