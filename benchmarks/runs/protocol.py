"""Under which rules a benchmark runs: everything but the data and the model."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ...models import Training
from ...signals import InputError

SELECTIONS: Mapping[str, tuple[str, ...]] = {"fixed": ("fixed",), "inner": ("inner",), "both": ("fixed", "inner")}
"""How the epoch is chosen: the last of a fixed number, by inner validation, or one training for each of the two."""

ORACLE = "oracle"
"""The epoch that scores best on the test part: shown in grey, chosen by nothing."""


@dataclass(frozen=True)
class Protocol:
    """The rules of one benchmark.

    Args:
        split: As one writes it.
        words: The split in words.
        leaky: Whether it leaks, on purpose.
        modality: The series of the cache that is read.
        window, train_stride: Slices a window; slices from one training window to the next. Test windows are disjoint.
        scaling: A name in ``SCALINGS``; ``"subject"`` is transductive.
        selection: A name in ``SELECTIONS``.
        oracle: Whether the best test epoch is noted too.
        seeds: Trainings of each fold, with seeds 0, 1, ...
        training: How networks are trained.
        controls: Conditions, as one writes them, under which the test windows of several series are predicted as well.
        classes: The rule that makes categories of ratings (``RatedClasses``); empty where the data's own are predicted.

    Raises:
        InputError: A name is unknown or a number out of range.
    """

    split: str
    words: str
    leaky: bool = False
    modality: str = "eeg"
    window: int = 9
    train_stride: int = 3
    scaling: str = "train"
    selection: str = "fixed"
    oracle: bool = False
    seeds: int = 1
    training: Training = field(default_factory=Training)
    controls: tuple[str, ...] = ()
    classes: str = ""

    def __post_init__(self) -> None:
        if self.selection not in SELECTIONS:
            known = f"one of {', '.join(SELECTIONS)}"
            raise InputError(f"selection {self.selection!r}", "no such name", known)
        if self.seeds < 1:
            raise InputError("seeds", str(self.seeds), "1 or more")
        if self.oracle and self.selection == "inner":
            raise InputError("oracle", "only inner validation beside it", "fixed epochs", "use selection fixed or both")

    @property
    def selections(self) -> tuple[str, ...]:
        """The trainings of each fold and seed."""
        return SELECTIONS[self.selection]

    @property
    def series(self) -> tuple[str, ...]:
        """The series that are read, one or several on one clock."""
        return listed_series(self.modality)

    def to_json(self) -> dict[str, Any]:
        """What ``from_json`` reads."""
        stored = {**asdict(self), "training": self.training.to_json()}
        if not self.classes:  # left out as in reports of old: same digest
            del stored["classes"]
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Protocol":
        """The protocol that ``to_json`` wrote.

        Raises:
            TypeError: A text is none.
        """
        for name in ("split", "words", "modality", "scaling", "selection"):
            if not isinstance(stored[name], str):
                raise TypeError(f"protocol, {name}: {type(stored[name]).__name__}, no text")
        training = {**stored["training"], "loss_weights": tuple(stored["training"]["loss_weights"])}
        return cls(**{**stored, "training": Training(**training), "controls": tuple(stored["controls"])})


def listed_series(written: str) -> tuple[str, ...]:
    """The series that somebody names, as in ``"eeg"`` or, joined by +, ``"eeg+face"``."""
    return tuple(written.split("+"))


def digest_of(stored: Mapping[str, Any]) -> str:
    """SHA-256 of something that JSON can hold: equal for equal content."""
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()
