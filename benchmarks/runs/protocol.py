"""The rules of a benchmark: everything but the data and the model."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from ...models import Training
from ...models.training.scaling import SCALINGS
from ...signals import InputError, RatedClasses
from ...signals.stored_json import Stored, StoredForm
from ..splits.splits import Split
from .settings import SELECTIONS, ProtocolSettings

ORACLE = "oracle"
"""The epoch that scores best on the test part: it stands in grey, and no choice follows from it."""


@dataclass(frozen=True)
class Protocol(Stored):
    """The rules of one benchmark.

    Args:
        split: The call that makes it.
        words: The split in words.
        leaky: Whether it leaks, on purpose.
        modality: The series of the cache that is read.
        window, train_stride: Slices a window; slices from one training window to the next. Test windows are disjoint.
        scaling: A name in ``SCALINGS``; ``"subject"`` is transductive.
        selection: A name in ``SELECTIONS``.
        oracle: Whether the best test epoch is noted too.
        seeds: Trainings of each fold, with seeds 0, 1, ...
        training: Settings of networks.
        controls: Conditions, as calls, under which the test windows of several series are predicted as well.
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
    stored_form: ClassVar = StoredForm(left_out=("classes",))  # as in reports of old: same digest

    @classmethod
    def of(
        cls, split: Split, settings: ProtocolSettings, training: Training, controls: Sequence[str] = ()
    ) -> "Protocol":
        """The rules that follow from a split (the name of one in ``settings`` is not read) and what a user chose."""
        if settings.classes:
            training = replace(training, predicts=predicted(training.predicts, settings.classes))
        return cls(
            split=repr(split),
            words=split.words,
            leaky=settings.i_know_this_leaks,
            modality=settings.modality,
            window=settings.window,
            # Windows of a split that divides them are disjoint where they train, too.
            train_stride=settings.window if split.level == "window" else settings.train_stride,
            scaling=settings.scaling,
            selection=settings.selection,
            oracle=settings.oracle,
            seeds=settings.seeds,
            training=training,
            controls=tuple(controls),
            classes=RatedClasses.read(settings.classes).written if settings.classes else "",
        )

    def __post_init__(self) -> None:
        if self.selection not in SELECTIONS:
            known = f"one of {', '.join(SELECTIONS)}"
            raise InputError(f"selection {self.selection!r}", "no such name", known)
        if self.scaling not in SCALINGS:
            raise InputError(f"scaling {self.scaling!r}", "no such name", f"one of {', '.join(SCALINGS)}")
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


def predicted(predicts: str, classes: str) -> str:
    """The parts of a task that are predicted: where a rule makes categories, "all" means them alone."""
    return "categories" if classes and predicts == "all" else predicts


def listed_series(modality: str) -> tuple[str, ...]:
    """The series of a modality setting, as in ``"eeg"`` or, joined by +, ``"eeg+face"``."""
    return tuple(modality.split("+"))
