"""MAHNOB-HCI's session.xml and gaze files: read as text, and nothing in them is run or followed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

import numpy as np

from ...errors import InputError
from ...regular_file import file_bytes
from ..face_folders import is_number

CODES = {
    "0": "neutral",
    "1": "anger",
    "2": "disgust",
    "3": "fear",
    "4": "joy",
    "5": "sadness",
    "6": "surprise",
    "11": "amusement",
    "12": "anxiety",
}
"""``feltEmo`` by its code; 7 to 10 stand for nothing."""

RATINGS = {"valence": "feltVlnc", "arousal": "feltArsl", "dominance": "feltCtrl", "predictability": "feltPred"}
"""Dimensions and the attribute that holds each."""

SCALE = (1.0, 9.0)
"""Lowest and highest rating along each of them, in steps of 1."""

MARKERS = ("MovieStart", "MovieEnd", "ImageStart", "ImageEnd")

_LARGEST = 1_000_000  # bytes of a session.xml; real ones have a few thousand
_COLUMNS = ("Timestamp", "AudioSampleNumber", "Event")
_PREFACE = 100  # lines among which a gaze file's column names must be; real ones have 23 before them

Element = tuple[str, Mapping[str, str]]


@dataclass(frozen=True)
class Session:
    """The content of one ``session.xml``.

    Args:
        path: The ``session.xml``.
        subject: Who.
        attributes: Those of the root element, as text.
        eeg, video, gaze: Files of the physiological track, the colour camera and its gaze annotation; None where no
            track names one.
    """

    path: Path
    subject: str
    attributes: Mapping[str, str]
    eeg: Path | None
    video: Path | None
    gaze: Path | None

    def number(self, name: str) -> float:
        """A finite number among the attributes.

        Raises:
            InputError: It is missing, or no number.
        """
        text = self.attributes.get(name, "")
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            raise InputError(self.path, f"{name}={text!r}", "a number", "copy session.xml again")
        return value

    @property
    def unused(self) -> str:
        """The reason why the session makes no trial; empty where it makes one."""
        if "feltArsl" not in self.attributes:
            return "not an emotion trial: no feltArsl"
        for kind, path in (("EEG", self.eeg), ("video of the colour camera", self.video)):
            if path is None:
                return f"no {kind}: no track names one"
            if not path.is_file():
                return f"no {kind}: {path.name} is missing"
        return ""


@dataclass(frozen=True, eq=False)
class Gaze:
    """The times in one gaze file.

    Args:
        path: The file.
        seconds: (A,) its own clock at each sample that carries an audio sample's number.
        audio: (A,) these numbers.
        markers: Name and second on its own clock of each film's or picture's start and end.
        broken: Lines that were left out: another number of columns, or no time.
    """

    path: Path
    seconds: np.ndarray
    audio: np.ndarray
    markers: tuple[tuple[str, float], ...]
    broken: int


def read_session(path: Path) -> Session:
    """The content of a ``session.xml``. Document types, entities and file names that leave the folder are refused.

    Raises:
        InputError: It is missing, large, not well-formed, names no subject, or names one kind of file twice.
    """
    elements = _elements(path)
    root = elements[0][1] if elements and elements[0][0] == "session" else None
    subject = next((attributes.get("id", "") for tag, attributes in elements if tag == "subject"), "").strip()
    if root is None or not subject:
        raise InputError(path, "no session with a subject's id", "the session.xml of MAHNOB-HCI", "copy it again")
    eeg = _file(path, "physiological track", [a for tag, a in elements if tag == "track" and _is_eeg(a)])
    video = _file(path, "track of a colour camera", [a for tag, a in elements if tag == "track" and _is_colour(a)])
    gaze = _file(path, "gaze annotation", [a for tag, a in elements if tag == "annotation" and a.get("type") == "Gaze"])
    return Session(path, str(int(subject)) if subject.isdigit() else subject, dict(root), eeg, video, gaze=gaze)


def read_gaze(path: Path) -> Gaze:
    """The audio samples and markers of a gaze file; a line with other columns than the first is counted and left out.

    Raises:
        InputError: It is missing, or has no line with the columns' names.
    """
    names, rows = gaze_table(path)
    return _gaze(path, names, rows)


def gaze_table(path: Path) -> tuple[list[str], list[list[str]]]:
    """The columns' names and all lines of a gaze file behind them, by cells.

    Raises:
        InputError: It is missing, or has no line with the columns' names.
    """
    try:
        lines = file_bytes(path).decode("latin-1").splitlines()
    except OSError as error:
        raise InputError(path, str(error), "a gaze file", "copy it again") from error
    begin = next((i for i, line in enumerate(lines[:_PREFACE]) if line.startswith("Timestamp\t")), None)
    names = [] if begin is None else [name.strip() for name in lines[begin].split("\t")]
    if begin is None or not set(_COLUMNS) <= set(names):
        found = f"columns {', '.join(filter(None, names)) or 'without names'}"
        raise InputError(path, found, f"{', '.join(_COLUMNS)} among them", "copy the gaze file again, or gaze=False")
    return names, [line.split("\t") for line in lines[begin + 1 :] if line.strip()]


def read_ratings(session: Session) -> tuple[int, tuple[float, ...]]:
    """Place of the felt emotion in ``CODES``, -1 where it is missing; and the ratings, 1 to 9, NaN where missing.

    Raises:
        InputError: A code or rating is none.
    """
    code = session.attributes.get("feltEmo", "").strip()
    if code and code not in CODES:
        raise InputError(session.path, f"feltEmo={code!r}", f"one of {', '.join(CODES)}", "copy session.xml again")
    category = list(CODES).index(code) if code else -1
    return category, tuple(_rating(session, name) for name in RATINGS.values())


def _elements(path: Path) -> list[Element]:
    """All elements with their attributes, as they come in the document."""
    elements: list[Element] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda tag, attributes: elements.append((tag, attributes))
    parser.StartDoctypeDeclHandler = lambda *_: _refuse(path)
    parser.EntityDeclHandler = lambda *_: _refuse(path)
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            raise InputError(path, f"{size} bytes", f"{_LARGEST} at most", "look at what it holds")
        parser.Parse(file_bytes(path), True)
    except (OSError, LookupError, expat.ExpatError) as error:  # of encodings that nobody knows
        raise InputError(path, f"{error}", "a whole XML file", "copy it again") from error
    return elements


def _refuse(path: Path) -> NoReturn:
    raise InputError(path, "a document type or an entity", "plain elements", "get session.xml from its source again")


def _is_eeg(track: Mapping[str, str]) -> bool:
    return track.get("type") == "Physiological"


def _is_colour(track: Mapping[str, str]) -> bool:
    return track.get("type", "Video") == "Video" and track.get("color") == "1"


def _file(path: Path, what: str, elements: list[Mapping[str, str]]) -> Path | None:
    names = list(dict.fromkeys(track.get("filename", "") for track in elements))
    if len(names) > 1:
        raise InputError(path, f"{what}: {', '.join(names)}", "one file", "copy session.xml again")
    if not names or not names[0]:
        return None
    if names[0] in (".", "..") or set(names[0]) & set("/\\\0"):
        raise InputError(path, f"{what}: {names[0]!r}", "a file beside session.xml", "look at what it holds")
    return path.parent / names[0]


def _gaze(path: Path, names: list[str], rows: list[list[str]]) -> Gaze:
    """A recorder may leave out the empty columns at a line's end, so fewer are no fault where none is needed."""
    time, audio, event = (names.index(name) for name in _COLUMNS)
    last = max(time, audio, event)
    whole = [row for row in rows if last < len(row) <= len(names) and is_number(row[time])]
    anchors = [(float(row[time]) / 1000, float(row[audio])) for row in whole if is_number(row[audio])]
    markers = [(row[event].strip(), float(row[time]) / 1000) for row in whole if row[event].strip() in MARKERS]
    seconds, samples = np.array(anchors, float).reshape(-1, 2).T
    return Gaze(path, seconds, samples, tuple(markers), len(rows) - len(whole))


def _rating(session: Session, name: str) -> float:
    if not session.attributes.get(name, "").strip():
        return float("nan")
    rating = session.number(name)
    if not (SCALE[0] <= rating <= SCALE[1] and rating.is_integer()):
        raise InputError(session.path, f"{name}={rating:g}", "a rating of 1 to 9", "copy session.xml again")
    return rating
