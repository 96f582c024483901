"""The facts of a report, which are all of it but its arrays: settings, series, and the quality of the recordings.

The quality is stored, since the cache may be gone when the report is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ...models.learning.learners import MODELS
from ...models.training.augmentations import AUGMENTATIONS
from ...preprocessing import Cache
from ...preprocessing.quality.face_shares import FaceShare, face_share, shares_by_class
from ...preprocessing.quality.summary import NO_LOSSES, Losses, Quality, losses_of, qualities
from ...preprocessing.steps.recipe import check_stored_steps, in_short
from ...signals import InputError, Task
from ...signals.stored_json import NumberOrNaN, StoredForm
from ..splits.splits import SPLITS
from .controls import CONTROLS
from .protocol import Protocol
from .training_run import FoldScore


@dataclass(frozen=True)
class RecordingQuality:
    """The quality of one series of one recording.

    Args:
        subject, session, series: Which.
        trials: How many it holds.
        seconds: Length of all slices.
        invalid: Share of slices that may not be trusted, 0..1.
        constant: Sites whose features never change: dead electrodes.
        seen: Share of frames in which a face was found, 0..1; None where nobody looked for one.
        doubtful: Share of frames in which faces were there, but none that is surely the person's, 0..1.
        classes: The same shares for each class that it shows; empty where nobody looked for a face.
        losses: Counts of what cannot be used; none in reports of old.
    """

    stored_form: ClassVar = StoredForm(left_out=("doubtful", "classes", "losses"))

    subject: str
    session: str
    series: str
    trials: int
    seconds: float
    invalid: float
    constant: tuple[str, ...] = ()
    seen: float | None = None
    doubtful: float = 0.0
    classes: tuple[FaceShare, ...] = ()
    losses: Losses = NO_LOSSES

    @property
    def where(self) -> str:
        """The recording and the series, in words."""
        return f"subject {self.subject}, session {self.session}, {self.series}"


@dataclass(frozen=True)
class SeriesSummary:
    """One series that was read.

    Args:
        recipe: The steps that made the features.
        features, duration: Names of the features, and seconds a slice.
        sites: How many.
        causal: Whether no feature depends on what came after it.
        short: The steps as one would type them; empty where there are none, and in reports of old.
    """

    recipe: tuple[str, ...]
    features: tuple[str, ...]
    duration: float
    sites: int
    causal: bool
    short: str = ""
    stored_form: ClassVar = StoredForm(left_out=("short",))

    @property
    def words(self) -> str:
        """The steps for a reader; of a report of old they are read again."""
        return self.short or in_short(self.recipe) or "arrays"


@dataclass(frozen=True)
class DataFacts:
    """The data behind the numbers.

    Args:
        dataset, simulated: Its name, and whether no person was recorded.
        task: What is predicted.
        cache: Digest of the cache.
        series: Those that were read, by name.
        n_train: Training windows, summed over folds.
        left_out: Windows not taken because a slice is invalid, summed over folds.
        quality: Of each recording; empty in reports of old.
        skipped: Recordings that are not in the cache, and why.
        names_subjects: Whether the data name their people.
        label_notes: Notes on the classes: which cannot be learned in which fold, which few people have.
        sides: People, sessions, films and trials on both sides of the folds, in words.
        classes: The rule by which categories follow from ratings, in words; empty where they are the data's own.
        thresholds: For each fold the thresholds by which they do.
        remarks: What reading the recordings changed, left out or doubts.
        study: The study, where the dataset is called after a form of files; empty in reports of old.
    """

    dataset: str
    simulated: bool
    task: Task
    cache: str
    series: Mapping[str, SeriesSummary]
    n_train: int
    left_out: int
    quality: tuple[RecordingQuality, ...] = ()
    skipped: tuple[str, ...] = ()
    names_subjects: bool = True
    label_notes: tuple[str, ...] = ()
    sides: str = ""
    classes: str = ""
    thresholds: tuple[tuple[NumberOrNaN, ...], ...] = ()
    remarks: tuple[str, ...] = ()
    study: str = ""
    stored_form: ClassVar = StoredForm(left_out=("remarks", "study"))

    @property
    def title(self) -> str:
        """The study where it is known, else the dataset."""
        return self.study or self.dataset


@dataclass(frozen=True)
class ReportFacts:
    """The content of ``report.json``: all of a report but its arrays."""

    model: str
    protocol: Protocol
    data: DataFacts
    folds: tuple[str, ...]
    n_parameters: int
    epochs: Mapping[str, tuple[int, ...]]
    versions: Mapping[str, str]
    rows: tuple[FoldScore, ...]

    def __post_init__(self) -> None:
        if set(self.data.series) != set(self.protocol.series):
            wanted = f"{self.protocol.modality}, as of the protocol"
            raise InputError("data.series", ", ".join(self.data.series) or "none", wanted)
        if not self.epochs or not all(self.epochs.values()) or not self.folds:
            raise InputError("epochs, folds", "none", "an epoch for each training")


def check_report_text(facts: ReportFacts, file: Path) -> None:
    """Look at the model, split, controls, augmentation and recipes of ``report.json``: they must not make anything run.

    Raises:
        InputError: One of them is something to be run.
    """
    protocol = facts.protocol
    MODELS.check_stored(facts.model, file)
    SPLITS.check_stored(protocol.split, file)
    AUGMENTATIONS.check_stored(protocol.training.augmentation, file)
    for control in protocol.controls:
        CONTROLS.check_stored(control, file)
    for series in facts.data.series.values():
        check_stored_steps(series.recipe, file)


def recording_qualities(cache: Cache, series: Sequence[str]) -> Iterator[RecordingQuality]:
    """The quality of every recording's ``series``, in the order of the cache; reads each of their slices once."""
    places = {(file.subject, file.session): number for number, file in enumerate(cache.index.files)}
    for quality in qualities(cache):
        if quality.series in series:
            yield _with_seen(cache, places[quality.subject, quality.session], quality)


def _with_seen(cache: Cache, file: int, quality: Quality) -> RecordingQuality:
    """The quality with the shares of frames that show a face; rounded, so that equal caches give equal reports."""
    share = face_share(cache, file, quality.series)
    return RecordingQuality(
        subject=quality.subject,
        session=quality.session,
        series=quality.series,
        trials=quality.trials,
        seconds=round(quality.slices * cache.duration(quality.series), 3),
        invalid=round(quality.invalid, 6),
        constant=quality.constant,
        seen=None if share is None else share.seen,
        doubtful=0.0 if share is None else share.doubtful,
        classes=shares_by_class(cache, file, quality.series),
        losses=losses_of(cache, file, quality.series),
    )
