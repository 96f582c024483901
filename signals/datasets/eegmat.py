"""EEGMAT: 36 people at rest and during mental arithmetic, from PhysioNet."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..files.edf import EdfSignal, write_edf
from ..files.recording_file import open_recording
from ..layouts.drawings import SCALP_19
from ..random_streams import RandomStream
from ..regular_file import file_text
from ..streams.electrodes import Electrodes, Span
from ..trials.dataset import NOTE, Dataset, Skipped
from ..trials.task import Target, Task
from ..trials.trial import Trial
from .face_folders import matching
from .lookalikes.recordings import background, write_note

INFO = "subject-info.csv"
_INFO_COLUMNS = ("Subject", "Age", "Gender", "Recording year", "Number of subtractions", "Count quality")
_NAME = re.compile(r"Subject(\d{2})_([12])\.edf")
_CHANNELS = tuple("Fp1 Fp2 F3 F4 F7 F8 T3 T4 C3 C4 T5 T6 P3 P4 O1 O2 Fz Cz Pz A2-A1 ECG".split())
_TAIL_SECONDS = 2
"""Seconds at a file's end in which a held value is looked for; in the real files it lasts 0.9 to 1.0 s."""


@dataclass(frozen=True)
class Person:
    """One line of ``subject-info.csv``.

    Args:
        age: Years.
        gender: ``"F"`` or ``"M"``.
        subtractions: How many in four minutes.
        counts_well: The authors' group of good counters.
    """

    age: int
    gender: str
    subtractions: float
    counts_well: bool


class EEGMAT(Dataset):
    """EEG during mental arithmetic: 36 people, 19 electrodes at 500 Hz; trial 1 is rest, trial 2 serial subtraction.

    It is cognitive load, not emotion. Any subset of the people will do. The ear reference (A2-A1) and the ECG are left
    out. The recorder held the last value for about the last second of each file: those samples are marked as bad.
    Rest comes first in every session, so slow drift may carry part of any accuracy. Names, sexes and dates in the
    files' headers are placeholders and not read; ``people`` holds what the authors' table says.

    Args:
        root: The folder with ``Subject00_1.edf`` and so on.

    Raises:
        DatasetNotFound: Nobody in ``root`` has both recordings.
        InputError: Iterating: a recording is cut, or lacks an electrode.

    Source: I. Zyma et al., Data 4(1):14, 2019; PhysioNet eegmat 1.0.0 (ODC-By 1.0: name it where results are shown).
    """

    name = "EEGMAT"
    expects = "files Subject00_1.edf (rest) and Subject00_2.edf (arithmetic) for one person or more"
    signs = (r"Subject\d\d_[12]\.edf",)
    access = "Open: PhysioNet, eegmat 1.0.0, under ODC-By 1.0: name it where results are shown."
    task = Task(categories=("rest", "arithmetic"))

    def __init__(self, root: str | Path) -> None:
        super().__init__(root)
        recordings = self._recordings()
        self._subjects = sorted({subject for subject, trial in recordings if (subject, 3 - trial) in recordings})
        if not self._subjects:
            raise self.not_found(f"{len(recordings)} recordings, no pair")

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, product(self._subjects, (1, 2)))

    def skipped(self) -> tuple[Skipped, ...]:
        """Other files, people with one recording only, and the channels that are left out."""
        skipped = [Skipped(self.root, "channels A2-A1 and ECG of every recording: no scalp electrodes")]
        for path in sorted(self.root.iterdir()):
            if reason := self._reason(path):
                skipped.append(Skipped(path, reason))
        return tuple(skipped)

    def people(self) -> dict[str, Person]:
        """The line of ``subject-info.csv`` about each subject of this folder.

        Raises:
            InputError: The table is missing or broken, or lacks a subject.
        """
        path = self.root / INFO
        if not path.is_file():
            raise InputError(path, "no such file", "the authors' table of subjects", "copy it beside the recordings")
        people = _read_people(path)
        missing = [str(subject) for subject in self._subjects if str(subject) not in people]
        if missing:
            raise InputError(path, f"no line for subject {', '.join(missing)}", "one each", "copy the table again")
        return {str(subject): people[str(subject)] for subject in self._subjects}

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Three people in short recordings, a fourth without the second one, the table, and a file too many."""
        write_note(Path(root))
        for subject, trial in ((0, 1), (0, 2), (2, 1), (2, 2), (10, 1), (10, 2), (11, 1)):
            rng = RandomStream.LOOKALIKE_PART.rng(seed, subject, trial)
            _write_recording(_path(Path(root), subject, trial), rng, seconds=24 if trial == 1 else 14)
        lines = [f"Subject{subject:02d},20,F,2011,9.7,{subject % 2}\n" for subject in range(36)]
        (Path(root) / INFO).write_text(",".join(_INFO_COLUMNS) + "\n" + "".join(lines), encoding="utf-8")
        (Path(root) / "SHA256SUMS").write_text("not read\n", encoding="utf-8")

    def _recordings(self) -> dict[tuple[int, int], Path]:
        paths = self.root.iterdir() if self.root.is_dir() else ()
        return {(int(match[1]), int(match[2])): path for match, path in matching(_NAME, paths)}

    def _trial(self, place: tuple[int, int]) -> Trial:
        subject, trial = place
        stream = open_recording(_path(self.root, subject, trial), SCALP_19)
        stream = replace(stream, bad_spans=(*stream.bad_spans, *_held_tail(stream)))
        stimulus = self.task.categories[trial - 1]
        return Trial(str(subject), "1", trial, stimulus, {"eeg": stream}, target=Target.of(trial - 1))

    def _reason(self, path: Path) -> str:
        match = _NAME.fullmatch(path.name)
        if match is None:
            return "" if path.name in (INFO, NOTE) else "not a recording"
        missing = _path(self.root, int(match[1]), 3 - int(match[2])).name
        return "" if int(match[1]) in self._subjects else f"{missing} is missing"


def _path(root: Path, subject: int, trial: int) -> Path:
    return root / f"Subject{subject:02d}_{trial}.edf"


def _held_tail(stream: Electrodes) -> tuple[Span, ...]:
    """The samples at the end that repeat the one before on every channel; reads the last two seconds only."""
    first = max(0, stream.n_samples - int(_TAIL_SECONDS * stream.rate))
    changed = np.flatnonzero(np.diff(stream.read(first, stream.n_samples)).any(axis=0))
    held = stream.n_samples - 1 - first - (int(changed[-1]) + 1 if changed.size else 0)
    return ((stream.n_samples - held, stream.n_samples),) if held else ()


def _read_people(path: Path) -> dict[str, Person]:
    rows = csv.DictReader(io.StringIO(file_text(path), newline=""))
    try:
        return {str(int(row["Subject"].removeprefix("Subject"))): _person(row) for row in rows}
    except (KeyError, TypeError, ValueError, AttributeError, csv.Error) as error:
        found = f"{type(error).__name__} ({error})"
        wanted = f"columns {', '.join(_INFO_COLUMNS)}"
        raise InputError(f"{path}:{rows.line_num}", found, wanted, "copy the table again") from error


def _person(row: dict[str, str]) -> Person:
    counts_well = {"0": False, "1": True}[row["Count quality"]]
    return Person(int(row["Age"]), row["Gender"], float(row["Number of subtractions"]), counts_well)


def _write_recording(path: Path, rng: np.random.Generator, seconds: int) -> None:
    """One file as the recorder wrote it: 22 signals, old electrode names, the ECG in mV, the last value held."""
    data = background(rng, len(_CHANNELS), 500 * seconds, 500.0)
    held = rng.integers(453, 486)
    data[:, -held:] = data[:, -held - 1, None]
    filters = "HP:0.500000Hz LP:45.000000Hz RF:50Hz"
    signals = [EdfSignal(f"EEG {name}", row, 500, "uV", filters) for name, row in zip(_CHANNELS, data, strict=True)]
    signals[-1] = EdfSignal("ECG ECG", data[-1] / 100, 500, "mV", filters)
    write_edf(path, signals, f"[Total time]+{seconds}.000")
