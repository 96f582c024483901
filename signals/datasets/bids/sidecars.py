"""What lies beside the recordings of a study: channels, electrodes, people."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...regular_file import file_bytes
from ...trials.further_columns import RESERVED, Cell, typed_columns
from .events_table import read_table

_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
_LEFT_HANDED = ("EEGLAB", "EEGLAB-HJ", "CTF")
"""Systems whose axes go to the front and to the left; those of all others go to the right and to the front."""

_HEADS = (1.0, 30.0)
"""Lengths from the middle of a head below which they are metres, and below which they are centimetres."""


def sidecar_of(recording: Any, suffix: str, extension: str = ".tsv") -> Path | None:
    """The sidecar that holds for a recording, wherever the standard lets it lie; None where there is none.

    Args:
        recording: Its path, as ``mne_bids`` has it.
        suffix: As in ``events``.
        extension: As in ``.tsv``.
    """
    found = recording.find_matching_sidecar(suffix=suffix, extension=extension, on_error="ignore")
    return None if found is None else Path(found)


@dataclass(frozen=True)
class ChannelsTable:
    """What ``channels.tsv`` says of a recording's channels, by the names that it has for them.

    Args:
        eeg: Those that are EEG; empty where there is no table.
        bad: Those that are bad.
        others: The type of each of the others.
        units: The unit of each that has one.
    """

    eeg: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ElectrodesTable:
    """What ``electrodes.tsv`` says: (3,) metres to the right, to the front and up by name; system and unit in words."""

    places: Mapping[str, np.ndarray]
    system: str


def read_channels(recording: Any) -> ChannelsTable:
    """The recording's ``channels.tsv``; an empty one where there is none.

    Raises:
        InputError: The table is torn or has no column ``name``.
    """
    sidecar = sidecar_of(recording, "channels")
    rows = read_table(sidecar) if sidecar is not None else []
    if any("name" not in row for row in rows):
        raise InputError(f"{sidecar}:1", f"columns {', '.join(rows[0])}", "name among them")
    others = {row["name"]: row["type"] for row in rows if row.get("type", "EEG").upper() not in ("EEG", "")}
    return ChannelsTable(
        eeg=tuple(row["name"] for row in rows if row["name"] not in others),
        bad=tuple(row["name"] for row in rows if row.get("status", "").lower() == "bad"),
        others=others,
        units={row["name"]: row["units"] for row in rows if row.get("units")},
    )


def read_electrodes(recording: Any) -> ElectrodesTable | None:
    """The electrodes of a recording that have a place in ``electrodes.tsv``; None where there is none.

    Raises:
        InputError: A coordinate is no number, or a column is missing.
    """
    sidecar = sidecar_of(recording, "electrodes")
    if sidecar is None:
        return None
    points = {name: point for name, point in _points(sidecar).items() if np.isfinite(point).all()}
    if not points:
        return ElectrodesTable({}, "no places")
    scaled, system = _in_metres(recording, np.stack([*points.values()]))
    return ElectrodesTable(dict(zip(points, scaled, strict=True)), system)


def read_people(root: Path) -> tuple[dict[str, dict[str, Cell]], tuple[str, ...]]:
    """The columns of ``participants.tsv`` about each person, and sentences on those that are not kept.

    A column whose name every cache has is left out.

    Raises:
        InputError: The table is torn, or somebody is in it twice.
    """
    path = root / "participants.tsv"
    rows = read_table(path) if path.is_file() else []
    if not rows:
        return {}, ()
    if "participant_id" not in rows[0]:
        raise InputError(f"{path}:1", f"columns {', '.join(rows[0])}", "participant_id among them")
    names = [name for name in rows[0] if name and name != "participant_id"]
    taken = [name for name in names if name in RESERVED]
    cells = typed_columns(rows, [name for name in names if name not in taken])
    people: dict[str, dict[str, Cell]] = {}
    for number, (row, of_person) in enumerate(zip(rows, cells, strict=True), 2):
        person = row["participant_id"].removeprefix("sub-")
        if person in people:
            raise InputError(f"{path}:{number}", f"{row['participant_id']} again", "each person once", "correct it")
        people[person] = of_person
    remark = f"columns of participants.tsv that are called as those of every cache are left out: {', '.join(taken)}"
    return people, (remark,) if taken else ()


def _points(sidecar: Path) -> dict[str, np.ndarray]:
    points = {}
    for number, row in enumerate(read_table(sidecar), 2):
        try:
            points[row["name"]] = np.array([float(row[axis] or "nan") for axis in ("x", "y", "z")])
        except KeyError as error:
            raise InputError(f"{sidecar}:1", f"columns {', '.join(row)}", "name, x, y and z among them") from error
        except ValueError as error:
            raise InputError(f"{sidecar}:{number}", str(error), "numbers, or n/a where one is missing") from error
    return points


def _in_metres(recording: Any, points: np.ndarray) -> tuple[np.ndarray, str]:
    """(S, 3) metres to the right, to the front and up, and the system and unit in words."""
    sidecar = sidecar_of(recording, "coordsystem", ".json")
    stated: Mapping[str, Any] = json.loads(file_bytes(sidecar)) if sidecar is not None else {}
    system, unit = str(stated.get("EEGCoordinateSystem", "n/a")), str(stated.get("EEGCoordinateUnits", "n/a"))
    words = f"{system}, {unit}"
    if unit not in _METRES:
        length = float(np.median(np.linalg.norm(points, axis=1)))
        unit = "m" if length < _HEADS[0] else "cm" if length < _HEADS[1] else "mm"
        words = f"{system}, its unit is not stated and taken for {unit}"
    metres = points * _METRES[unit]
    if system in _LEFT_HANDED:
        metres = np.stack([-metres[:, 1], metres[:, 0], metres[:, 2]], axis=1)
    return metres, words
