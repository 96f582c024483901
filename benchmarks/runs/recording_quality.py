"""Quality of the recordings that a benchmark read, stored in its report: the cache may be gone when it is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...preprocessing import Cache
from ...preprocessing.cache.summary import Quality, qualities


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
    """

    subject: str
    session: str
    series: str
    trials: int
    seconds: float
    invalid: float
    constant: tuple[str, ...] = ()
    seen: float | None = None

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
    """The quality with the share of frames that show a face; rounded, so that equal caches give equal reports."""
    track = cache.series(file, quality.series).track
    seen = None if track is None else round(float(track.seen.mean()), 6)
    return RecordingQuality(
        subject=quality.subject,
        session=quality.session,
        series=quality.series,
        trials=quality.trials,
        seconds=round(quality.slices * cache.duration(quality.series), 3),
        invalid=round(quality.invalid, 6),
        constant=quality.constant,
        seen=seen,
    )
