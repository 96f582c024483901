"""A dataset of our own: one array file a trial, named subject, film, label, as in ``s2_film3_fear.npy``."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emoscan.signals import SCALP_19, Dataset, Electrodes, Source, Target, Task, Trial, natural_order


@dataclass(frozen=True)
class ReadArray:
    """Reads samples of one file when they are needed, (C, stop - start) in microvolts."""

    path: Path

    def __call__(self, start: int, stop: int) -> np.ndarray:
        return np.load(self.path, mmap_mode="r")[:, start:stop].astype(float)


class Films(Dataset):
    """Films: 19 electrodes at 128 Hz while people watch, labelled calm or fear."""

    name = "films"
    expects = "files like s2_film3_fear.npy, each (19, samples) in microvolts"
    task = Task(categories=("calm", "fear"))

    def __iter__(self) -> Iterator[Trial]:
        paths = sorted(self.root.glob("s*_film*_*.npy"), key=lambda path: natural_order(path.stem))  # s2 before s10
        if not paths:
            raise self.not_found("no such file")
        return map(self._trial, paths)

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        root.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(seed)
        for subject in (1, 2, 10):
            for film, label in ((1, "calm"), (2, "fear")):
                np.save(root / f"s{subject}_film{film}_{label}.npy", rng.normal(0, 20, (19, 128 * 12)))

    def _trial(self, path: Path) -> Trial:
        subject, film, label = path.stem.split("_")
        samples = np.load(path, mmap_mode="r").shape[1]
        stream = Electrodes(
            layout=SCALP_19,
            names=SCALP_19.sites,
            rate=128.0,
            n_samples=samples,
            read=ReadArray(path),
            source=Source(path),
        )
        target = Target.of(self.task.categories.index(label))
        return Trial(
            subject=subject,
            session="1",
            trial=int(film.removeprefix("film")),
            stimulus=film,
            streams={"eeg": stream},
            target=target,
        )


if __name__ == "__main__":
    from emoscan.benchmarks.contracts import check_dataset

    check_dataset(Films)
    Films.write_fake(Path("tutorial/films"))
    for trial in Films("tutorial/films"):
        print(trial, trial.stimulus, trial.streams["eeg"].duration, "s")
