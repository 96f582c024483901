"""Features that OpenFace or py-feat computed of a trial's video, held against the video and the other tables."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import InputError
from ...files.face_tables.face_table import open_face_table, table_features
from ...streams.features import Features
from ...streams.video import Video
from .lines import Table
from .rows import TrialRow

_OFF = 0.5, 0.01
"""Seconds, and the share of a video's length, by which a table may end before its video or behind it."""


def common_features(rows: Sequence[TrialRow]) -> tuple[str, ...]:
    """The features that all tables of ``rows`` have, in the order of the first.

    Raises:
        InputError: There are none, or a table is none of features.
    """
    files = list(dict.fromkeys(row.files["features"] for row in rows if "features" in row.files))
    common: tuple[str, ...] = ()
    for file in files:
        names = table_features(file)
        left = tuple(name for name in common if name in names) if file != files[0] else names
        if not left:
            found = f"no feature that {files[0].name} has"
            wanted = "tables of one program, with features in common"
            raise InputError(file, found, wanted, "make a table of trials for each program")
        common = left
    return common


def features_of(path: Path, names: Sequence[str], video: Video | None) -> Features:
    """The stream of a table of features, on the clock of its video.

    Args:
        path: The table.
        names: The features to read.
        video: The video it was computed of, if it is there: its rate counts frames, and its length is looked at.

    Raises:
        InputError: As ``open_face_table``.
    """
    stream = open_face_table(path, names, None if video is None else 1 / video.step)
    if video is None:
        return stream
    begins = stream.begins
    off = float(begins[-1]) - (float(video.times[-1]))
    seconds, share = _OFF
    if abs(off) <= seconds + share * video.duration:
        return stream
    which = "longer than its video: perhaps it is of another one" if off > 0 else "shorter than its video"
    return replace(stream, remarks=(*stream.remarks, f"its table of features is {which}"))


def with_feature_tables(trials: Table, folder: str) -> Table:
    """The trials with a column ``features``: the table in ``folder`` that is called as each trial's video is.

    Raises:
        InputError: The trials have such a column, or no videos; or there is no table for any.
    """
    where = f"{trials.path}, features"
    if "features" in trials.names or "face" not in trials.names:
        found = "a column features too" if "features" in trials.names else "no column face"
        raise InputError(where, found, "videos, after which the tables are called", "leave the setting out")
    lines, beside = [], trials.path.parent / folder
    for line in trials.lines:
        file = Path(line.cell("face")).with_suffix(".csv").name
        there = bool(line.cell("face")) and (beside / file).is_file()
        lines.append(line.with_cells({"features": f"{folder}/{file}" if there else ""}, line.place))
    if not any(line.cell("features") for line in lines):
        found = f"no table of a video in {beside}"
        raise InputError(where, found, "tables that are called as the videos are, as in s1.csv for s1.mp4")
    return Table(trials.path, lines[0].names, tuple(lines))
