"""DEAP's files: ratings and their order of presentation, rows of a .dat, beginnings of the clips in a .bdf."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...files.events import read_events
from ...files.headers.edf_header import read_edf_header
from ...files.plain_pickle import PickledArray, read_plain_pickle
from ...regular_file import file_text
from ...streams.source import FileVersion, file_version
from ...streams.stored_array import StoredArray
from ..peripheral_channels import Sensor

DIMENSIONS = ("valence", "arousal", "dominance", "liking")
"""In the order of a .dat's labels."""

SCALE = (1.0, 9.0)
"""Lowest and highest rating along each of them."""

GENEVA_32 = tuple(
    "Fp1 AF3 F3 F7 FC5 FC1 C3 T7 CP5 CP1 P3 P7 PO3 O1 Oz Pz Fp2 AF4 Fz F4 F8 FC6 FC2 Cz C4 T8 CP6 CP2 P4 "
    "P8 PO4 O2".split()
)
"""The first channels of a .dat, in its order."""

BASELINE = 384
"""Samples of a .dat's row before the clip begins: 3 s at ``ROW_RATE``."""

ROW_RATE = 128.0
"""Of a .dat, Hz: stated by the dataset, as the file holds none."""

N_CHANNELS = 40
"""Of a .dat: 32 electrodes, then eyes, muscles, skin, breath, pulse and temperature."""

SENSOR_ROWS = {
    "ppg": {"Plet": 38},
    "gsr": {"GSR": 36},
    "resp": {"Resp": 37},
    "temp": {"Temp": 39},
    "emg": {"zEMG": 34, "tEMG": 35},
    "eog": {"hEOG": 32, "vEOG": 33},
}
"""Channels of a .dat by the kind of sensor: name and place."""

_SENSORS = {
    "ppg": (Sensor("Plet", "Plet"),),
    "resp": (Sensor("Resp", "Resp"),),
    "temp": (Sensor("Temp", "Temp"),),
    "emg": (Sensor("zEMG", "EXG5", "EXG6"), Sensor("tEMG", "EXG7", "EXG8")),
    "eog": (Sensor("hEOG", "EXG1", "EXG2"), Sensor("vEOG", "EXG3", "EXG4")),
}
_GENEVA = 23
"""The first subject recorded in Geneva, whose amplifier wrote ohms; that of Twente wrote nanosiemens."""

VIDEO_STARTS = 4
"""The trigger that marks the first frame of a clip."""

_ROUNDED = 0.0051
"""The table rounds ratings to two decimals."""

_TICKS = 10_000
"""Of ``Start_time`` in a second. The readme says microseconds, in which a clip of 60 s would have taken under one."""

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "subject": ("participant_id", "participant"),
    "trial": ("trial",),
    "stimulus": ("experiment_id", "video"),
    "started": ("start_time",),
    **{name: (name,) for name in DIMENSIONS},
    "familiarity": ("familiarity",),
}
"""Names of each column, in the table as it was published and in a copy."""


@dataclass(frozen=True)
class DEAPRating:
    """One line of ``participant_ratings.csv``.

    Args:
        subject: 1 to 32.
        trial: Place in the order of presentation, from 1: counts clips in a .bdf and names face videos.
        stimulus: Number of the clip, from 1: counts rows of a .dat.
        started: Seconds on a clock of the session, in ticks of 0.1 ms.
        ratings: Valence, arousal, dominance and liking, 1 to 9; NaN where there is none.
        familiarity: 1 to 5, or NaN: subjects 2, 15 and 23 gave none.
    """

    subject: int
    trial: int
    stimulus: int
    started: float
    ratings: tuple[float, ...]
    familiarity: float


def read_ratings(path: Path) -> dict[int, tuple[DEAPRating, ...]]:
    """The ratings of each subject in the order of presentation.

    Raises:
        InputError: The table is missing or lacks a column; a cell is no number or out of range; trials or stimuli of a
            subject do not count 1, 2, 3 and so on.
    """
    try:
        lines = list(csv.reader(io.StringIO(file_text(path), newline="")))
    except InputError:
        raise
    except (OSError, ValueError, csv.Error) as error:
        found = f"{type(error).__name__} ({error})"
        raise InputError(path, found, "the table of ratings", "copy metadata_csv beside the recordings") from error
    by_subject: dict[int, list[DEAPRating]] = {}
    for rating in sorted(_rows(path, lines), key=lambda rating: rating.subject):
        by_subject.setdefault(rating.subject, []).append(rating)
    return {subject: _ordered(path, of_subject) for subject, of_subject in by_subject.items()}


def open_rows(path: Path, ratings: Sequence[DEAPRating]) -> StoredArray:
    """The samples of a .dat, (R, 40, N), once it is certain that they are those of ``ratings``. Reads no samples.

    Raises:
        InputError: It is cut, damaged, or holds more than arrays; it has another number of rows or channels, or no
            samples behind the baseline and its first second; the labels in it are not those of ``ratings``.
    """
    data, labels = _opened(path, file_version(path))
    rows, shape = len(ratings), data.shape
    if len(shape) != 3 or shape[:2] != (rows, N_CHANNELS) or shape[2] < BASELINE + ROW_RATE:
        wanted = f"({rows}, {N_CHANNELS}, {BASELINE + int(ROW_RATE)} or more): a row for each of the {rows} ratings"
        raise InputError(path, f"data of shape {shape}", wanted, "copy the .dat and participant_ratings.csv again")
    _check_labels(path, labels, ratings)
    return data


def video_starts(path: Path, count: int) -> np.ndarray:
    """Seconds in a .bdf at which the clips begin, ``count`` of them, by its trigger.

    Raises:
        InputError: The file is cut, has no Status channel, or shows another number of beginnings.
    """
    starts = np.array(_starts(path, file_version(path)))
    if len(starts) != count:
        found = f"{len(starts)} triggers {VIDEO_STARTS}, which mark the beginning of a clip"
        wanted = f"{count}, as many as participant_ratings.csv has for this subject"
        raise InputError(path, found, wanted, "copy both again")
    return starts


def sensors_of(subject: int) -> dict[str, tuple[Sensor, ...]]:
    """The channels of sensors in a subject's .bdf, by kind; two electrodes of one muscle or eye make one channel."""
    unit = "Ohm" if subject >= _GENEVA else "nS"
    return {**_SENSORS, "gsr": (Sensor("GSR", "GSR1", unit=unit),)}


@dataclass(frozen=True)
class RowSensors:
    """A ``read`` over channels of sensors of one row of a .dat, behind its baseline, in the file's own units."""

    rows: StoredArray
    row: int
    channels: tuple[int, ...]

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``: (C, stop - start) float64."""
        samples = self.rows.map()[self.row, :, BASELINE + start : BASELINE + stop]
        return np.array(samples[list(self.channels)], float)


@dataclass(frozen=True)
class RowSamples:
    """A ``read`` over the electrodes of one row of a .dat, behind its baseline."""

    rows: StoredArray
    row: int

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Samples ``start`` to ``stop``: (32, stop - start) float64 in microvolts."""
        return np.array(self.rows.map()[self.row, : len(GENEVA_32), BASELINE + start : BASELINE + stop], float)


def _rows(path: Path, lines: list[list[str]]) -> Iterator[DEAPRating]:
    header = [cell.strip().lower() for cell in lines[0]] if lines else []
    place: dict[str, int] = {}
    for name, spellings in _COLUMNS.items():
        for spelling in spellings:
            if spelling in header:
                place.setdefault(name, header.index(spelling))
    missing = [spellings[0] for name, spellings in _COLUMNS.items() if name not in place]
    if missing:
        raise InputError(path, f"columns {', '.join(header)}", f"also {', '.join(missing)}", "take the original table")
    for number, line in enumerate(lines[1:], 2):
        if any(line):
            yield _rating(f"{path}:{number}", line, place)


def _rating(where: str, line: Sequence[str], place: Mapping[str, int]) -> DEAPRating:
    try:
        cells = {name: line[column].strip() for name, column in place.items()}
        subject, trial, stimulus = (int(cells[name]) for name in ("subject", "trial", "stimulus"))
        *ratings, familiarity = (float(cells[name] or "nan") for name in (*DIMENSIONS, "familiarity"))
        started = float(cells["started"] or "nan") / _TICKS
    except (IndexError, ValueError) as error:
        found = f"{','.join(line)} ({error})"
        raise InputError(where, found, "a number in every column", "copy the table again") from error
    wrong = [value for value in ratings if not (math.isnan(value) or SCALE[0] <= value <= SCALE[1])]
    if wrong:
        raise InputError(where, f"a rating of {wrong[0]:g}", "1 to 9", "copy the table again")
    return DEAPRating(subject, trial, stimulus, started, tuple(ratings), familiarity=familiarity)


def _ordered(path: Path, ratings: list[DEAPRating]) -> tuple[DEAPRating, ...]:
    wanted = list(range(1, len(ratings) + 1))
    for name in ("trial", "stimulus"):
        numbers = sorted(getattr(rating, name) for rating in ratings)
        if numbers != wanted:
            raise InputError(
                f"{path}, participant {ratings[0].subject}",
                f"numbers {', '.join(map(str, numbers))} for the {name}",
                f"1 to {len(ratings)} once each",
                "copy the table again: a line is missing or there twice",
            )
    return tuple(sorted(ratings, key=lambda rating: rating.trial))


@lru_cache(maxsize=64)  # every trial of a subject opens the same file
def _opened(path: Path, _version: FileVersion) -> tuple[StoredArray, np.ndarray]:
    content = read_plain_pickle(path)
    arrays = content if isinstance(content, dict) else {}
    data, labels = arrays.get("data"), arrays.get("labels")
    if not (isinstance(data, PickledArray) and isinstance(labels, PickledArray)):
        found = ", ".join(map(str, content)) if isinstance(content, dict) else f"a {type(content).__name__}"
        raise InputError(path, found, "arrays data and labels", "is this a file of data_preprocessed_python?")
    return data.stored(path), labels.values()


def _check_labels(path: Path, labels: np.ndarray, ratings: Sequence[DEAPRating]) -> None:
    table = np.array([r.ratings for r in sorted(ratings, key=lambda rating: rating.stimulus)])  # (R, 4)
    if labels.shape != table.shape:
        raise InputError(path, f"labels of shape {labels.shape}", f"{table.shape}", "copy the file again")
    same = np.isclose(labels, table, rtol=0, atol=_ROUNDED) | np.isnan(table)
    if not same.all():
        row = int(np.flatnonzero(~same.all(axis=1))[0])
        raise InputError(
            f"{path}, row {row + 1}",
            f"labels {_as_text(labels[row])}",
            f"{_as_text(table[row])}, as participant_ratings.csv has for Experiment_id {row + 1}",
            "take the .dat and the table from one release: rows follow Experiment_id",
        )


def _as_text(values: np.ndarray) -> str:
    return " ".join(f"{value:g}" for value in values)


@lru_cache(maxsize=64)  # a trigger channel has to be read as a whole
def _starts(path: Path, _version: FileVersion) -> tuple[float, ...]:
    header = read_edf_header(path)
    if "status" in (label.lower() for label in header.labels):
        return tuple(read_events(path).named(str(VIDEO_STARTS)).times.tolist())
    if header.labels[-1]:
        raise InputError(path, f"channels {', '.join(header.labels)}", "Status too", "take the original file")
    codes = _last_codes(path, header.n_records, header.samples)
    begins = (codes == VIDEO_STARTS) & (np.concatenate([[0], codes[:-1]]) != VIDEO_STARTS)
    return tuple((np.flatnonzero(begins) * header.seconds / header.samples[-1]).tolist())


def _last_codes(path: Path, n_records: int, samples: Sequence[int]) -> np.ndarray:
    """The codes of a last channel without a name, (N,): MNE takes it for another electrode."""
    shape = (n_records, sum(samples), 3)  # 24 bits a sample, first the lowest eight, which carry codes
    try:
        words = np.memmap(path, np.uint8, "r", 256 * (len(samples) + 1), shape)
    except ValueError as error:
        raise InputError(path, f"{error}", "24-bit signals without annotations", "take the original file") from error
    return np.asarray(words[:, -samples[-1] :, 0]).ravel()
