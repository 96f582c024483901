"""MAHNOB-HCI's eye tracker: a Tobii at 60 Hz, its gaze in pixels of the screen, brought onto the clock of the EEG."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...streams.clock import Clock
from ...streams.gaze import find_eyes, gaze_rows, gaze_stream
from ...streams.peripheral import Peripheral
from ...streams.source import FileVersion, Source, file_version
from ..face_folders import is_number
from .files import Session, gaze_table, read_gaze

NO_GAZE = "gaze: left out, since the gaze file"


def read_gaze_stream(
    session: Session, status: np.ndarray, span: tuple[float, float]
) -> tuple[Peripheral | None, tuple[str, ...]]:
    """The gaze of the clip, and a remark where there is none.

    The gaze file marks the events that the EEG's Status channel holds: a straight line through them brings its times
    onto the EEG's clock.

    Args:
        session: The session.
        status: (K,) seconds of the events on the EEG's clock.
        span: Seconds at which the clip begins and ends there.
    """
    if session.gaze is None or not session.gaze.is_file():
        return None, (f"{NO_GAZE} is missing",)
    markers = np.array([second for _, second in read_gaze(session.gaze).markers])
    if len(markers) != len(status) or len(markers) < 2:
        return None, (f"{NO_GAZE} has other events than the Status channel",)
    times, rows = _samples(session.gaze, file_version(session.gaze))
    clock = Clock.fit(markers, status, f"{session.gaze}, Event")
    source = Source(session.gaze, f"gaze, {span[0]:.6f} to {span[1]:.6f} s", (session.eeg,) if session.eeg else ())
    stream = gaze_stream(clock.session(times), rows, span, "px", source)
    return stream, () if stream else (f"{NO_GAZE} has no samples in the clip",)


@lru_cache(maxsize=2)
def _samples(path: Path, _version: FileVersion) -> tuple[np.ndarray, np.ndarray]:
    """(N,) seconds of the tracker's clock, and x, y and pupil (3, N): lines of events hold no sample."""
    names, lines = gaze_table(path)
    eyes = find_eyes(names)
    if not eyes:
        found = f"columns {', '.join(filter(None, names))}"
        do = "copy the gaze file again, or read the session without sensors: peripheral=False"
        raise InputError(path, found, "GazePointXLeft, GazePointYLeft and those of the right eye", do)
    time, x = names.index("Timestamp"), eyes[0].x
    whole = [line for line in lines if time < len(line) <= len(names) and is_number(line[time]) and _holds(line, x)]
    used = sorted({column for eye in eyes for column in vars(eye).values() if column is not None})
    values = np.full((len(whole), len(names)), np.nan)
    for row, line in zip(values, whole, strict=True):
        for column in used:
            row[column] = float(line[column]) if _holds(line, column) else np.nan
    return np.array([float(line[time]) / 1000 for line in whole]), gaze_rows(values, eyes)


def _holds(line: list[str], column: int | None) -> bool:
    return column is not None and column < len(line) and is_number(line[column])
