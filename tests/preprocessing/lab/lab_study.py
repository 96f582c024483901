"""What a lab writes for itself: a dataset of .npy files and two steps."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emoscan.preprocessing import Step
from emoscan.signals import Dataset, Electrodes, InputError, Layout, Skipped, Source, Target, Task, Trial, Volume

SQUARE = Layout("square", ("a", "b", "c", "d"), ((0, 0), (0, 1), (1, 0), (1, 1)))
RATE = 50.0


@dataclass(frozen=True)
class ReadTrial:
    """Reads (4, N) samples of one trial from a recording's file."""

    path: Path
    trial: int

    def __call__(self, start: int, stop: int) -> np.ndarray:
        return np.load(self.path, mmap_mode="r")[self.trial, :, start:stop]


class Study(Dataset):
    """People with two sessions of three trials; a file is (3, 4, N) microvolts at 50 Hz."""

    name = "study"
    expects = "files like 7_1.npy"
    task = Task(("calm", "glad"))

    def __init__(self, root: str | Path) -> None:
        super().__init__(root)
        self.files = sorted(self.root.glob("*.npy"))
        if not self.files:
            raise self.not_found("no .npy file")

    def __iter__(self) -> Iterator[Trial]:
        return map(self._trial, [(path, trial) for path in self.files for trial in range(3)])

    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(Skipped(path, "not a recording") for path in sorted(self.root.glob("*.txt")))

    def _trial(self, place: tuple[Path, int]) -> Trial:
        path, trial = place
        try:
            shape = np.load(path, mmap_mode="r").shape
        except ValueError as error:
            raise InputError(path, "no array", "a .npy file", "copy it again") from error
        subject, session = path.stem.split("_")
        stream = Electrodes(SQUARE, SQUARE.sites, RATE, shape[2], ReadTrial(path, trial), Source(path, str(trial)))
        return Trial(subject, session, trial + 1, f"film {trial + 1}", {"eeg": stream}, Target.of(trial % 2))

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        Path(root).mkdir(parents=True)
        rng = np.random.default_rng(seed)
        for subject in (1, 2, 3):
            for session in (1, 2):
                samples = rng.standard_normal((3, 4, 50 * (5 + subject))).astype(np.float32)
                np.save(Path(root) / f"{subject}_{session}.npy", samples)
        (Path(root) / "notes.txt").write_text("not a recording")


@dataclass(frozen=True)
class Moments(Step):
    """Mean and deviation of each second; the pause stands for work that takes time."""

    window: float = 1.0
    pause: float = 0.0

    def __call__(self, electrodes: Electrodes) -> Volume:
        time.sleep(self.pause)
        n = round(self.window * electrodes.rate)
        whole = electrodes.n_samples // n
        samples = np.asarray(electrodes.read(0, whole * n)).reshape(4, whole, n)
        x = np.stack([samples.mean(-1), samples.std(-1)], axis=-1).swapaxes(0, 1)
        times = electrodes.start + np.arange(whole) * self.window
        valid = np.isfinite(x).all(axis=(1, 2))
        return Volume(x, times, valid, electrodes.layout, ("mean", "deviation"), self.window)


@dataclass(frozen=True)
class LookAhead(Step):
    """The mean with the next slice: not causal."""

    causal = False

    def __call__(self, volume: Volume) -> Volume:
        return volume.with_features((volume.x + np.roll(volume.x, -1, axis=0)) / 2)


@dataclass(frozen=True)
class Refuse(Step):
    """Refuses one recording, or one part of it, as a step does that finds something wrong."""

    name: str = "2_1"
    part: str = ""

    def __call__(self, electrodes: Electrodes) -> Electrodes:
        source = electrodes.source
        if source.path is not None and source.path.stem == self.name and self.part in ("", source.part):
            raise InputError(electrodes.source, "a flat channel", "a signal", "mark it")
        return electrodes
