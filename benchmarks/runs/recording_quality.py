"""Quality of the recordings that a benchmark read, stored in its report: the cache may be gone when it is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...preprocessing import Cache
from ...preprocessing.cache.face_shares import FaceShare, face_share, shares_by_class
from ...preprocessing.cache.summary import Quality, qualities
from ...signals.stored_json import StoredForm


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
    """

    stored_form: ClassVar = StoredForm(left_out=("doubtful", "classes"))

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

    @property
    def where(self) -> str:
        """The recording and the series, in words."""
        return f"subject {self.subject}, session {self.session}, {self.series}"


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
    )
