"""One stretch of an experiment, and the names of the people in it."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..errors import InputError
from ..streams.electrodes import Electrodes
from ..streams.features import Features
from ..streams.peripheral import Peripheral
from ..streams.video import Video
from .further_columns import Cell
from .task import Target

Stream = Electrodes | Features | Peripheral | Video


@dataclass(frozen=True)
class Trial:
    """One stretch of an experiment: subject, session, stimulus, what was recorded and what was felt.

    Identities are columns, not parts of file names: they name the groups that must not cross a split.

    Args:
        subject: Who, as in ``"7"``.
        session: Which visit, as in ``"1"``.
        trial: Place in the session, counted from 1.
        stimulus: What was shown; equal for all who saw it.
        streams: What was recorded, by modality: ``{"eeg": Electrodes, "face": Video}``, one or both.
        target: The truth.
        part: The official part that it belongs to, such as ``"train"`` or ``"validation"``; empty where there is none.
        columns: What else a lab noted about it, by column: age, sex, site, block; a missing cell is not there. They are
            no part of a recording's key: whoever corrects one computes nothing anew.
    """

    subject: str
    session: str
    trial: int
    stimulus: str
    streams: Mapping[str, Stream]
    target: Target
    part: str = ""
    columns: Mapping[str, Cell] = field(default_factory=dict)

    @property
    def recording(self) -> tuple[str, str]:
        """Subject and session: the trials that one cache file holds."""
        return self.subject, self.session

    @property
    def remarks(self) -> tuple[str, ...]:
        """What reading its streams changed, left out or doubts, each after the stream's name."""
        return tuple(f"{name}: {remark}" for name, stream in self.streams.items() for remark in stream.remarks)

    def __str__(self) -> str:
        return f"subject {self.subject}, session {self.session}, trial {self.trial}"


def check_spellings(subjects: Iterable[str], where: str) -> None:
    """Refuse two names of people that a reader would take for one: one person would train and test as two.

    Raises:
        InputError: Two names are equal but for capitals, spaces, what is not printed, or how accents are stored.
    """
    known: dict[str, str] = {}
    for subject in dict.fromkeys(subjects):
        earlier = known.setdefault(_plain(subject), subject)
        if earlier != subject:
            raise InputError(
                where,
                f"subjects {earlier!a} and {subject!a}",
                "one spelling of each name (as two people they would stand on both sides of a split)",
                "write the name alike everywhere; of two people, call one otherwise",
            )


def _plain(name: str) -> str:
    printed = (letter for letter in unicodedata.normalize("NFKC", name) if unicodedata.category(letter)[0] != "C")
    return "".join("".join(printed).split()).casefold()
