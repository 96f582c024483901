"""The forms of such tables: which columns are features, and which say when, whose face, and how sure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError

_EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")


@dataclass(frozen=True)
class Form:
    """How one program writes its tables; names are compared without case.

    Args:
        program: Its name.
        feature: What the name of a feature looks like.
        known_by: What the name of a column looks like that no other program writes.
        time: The column of seconds.
        person: The column that tells several faces of a frame apart.
        score: The column that says how sure the program was of the face.
        success: The column that is 1 where it had the face; empty where it writes none.
    """

    program: str
    feature: re.Pattern[str]
    known_by: re.Pattern[str]
    time: str
    person: str
    score: str
    success: str = ""


FORMS = (
    Form(
        program="OpenFace",
        feature=re.compile(r"au\d+_[rc]|gaze_\w+|pose_[tr][xyz]"),
        known_by=re.compile(r"au\d+_[rc]|gaze_\w+|pose_[tr][xyz]|success"),
        time="timestamp",
        person="face_id",
        score="confidence",
        success="success",
    ),
    Form(
        program="py-feat",
        feature=re.compile(rf"au\d+|pitch|roll|yaw|{'|'.join(_EMOTIONS)}"),
        known_by=re.compile(r"au\d+|facerectx|facescore|approx_time"),
        time="approx_time",
        person="identity",
        score="facescore",
    ),
)
"""Tadas Baltrusaitis et al., FG 2018 (OpenFace 2); J. H. Cheong et al., Affective Science 2023 (py-feat)."""


def form_of(path: Path, header: Sequence[str]) -> Form:
    """The form of a table with these columns.

    Raises:
        InputError: It is none, or has no feature.
    """
    names = [name.casefold() for name in header]
    form = next((form for form in FORMS if any(map(form.known_by.fullmatch, names))), None)
    if form is None or not any(map(form.feature.fullmatch, names)):
        found = f"columns {', '.join(header[:6])}{', ...' if len(header) > 6 else ''}"
        wanted = "features of a face as OpenFace (AU01_r, gaze_0_x, pose_Tx) or py-feat (AU01, anger, Pitch) write them"
        raise InputError(path, found, wanted, "name the table that the program wrote, or leave the column empty")
    return form


def feature_names(path: Path, header: Sequence[str]) -> tuple[str, ...]:
    """The columns of a table that are features.

    Raises:
        InputError: As ``form_of``.
    """
    form = form_of(path, header)
    return tuple(name for name in header if form.feature.fullmatch(name.casefold()))
