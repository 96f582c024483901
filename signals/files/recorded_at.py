"""Dates of recordings, as far as the files themselves hold them."""

from datetime import UTC, datetime
from pathlib import Path

from ..regular_file import check_regular
from .raw_file import open_raw

TOGETHER = "nothing in the files shows that they were recorded together"


def together(eeg: Path, video: Path) -> str:
    """A sentence on the dates in a recording and a video: whether they are of one session.

    Dates of pseudonymised recordings are often moved on purpose: this is a word of warning and no proof.
    """
    first, second = eeg_date(eeg), video_date(video)
    if first is None or second is None:
        known = [f"{name} of {date:%Y-%m-%d}, " for name, date in (("EEG", first), ("video", second)) if date]
        return f"{''.join(known)}{TOGETHER}"
    if abs((first - second).days) > 1:
        return f"by their own dates they are NOT from one session: EEG of {first:%Y-%m-%d}, video of {second:%Y-%m-%d}"
    return f"both of {first:%Y-%m-%d} by their own dates"


def eeg_date(path: Path) -> datetime | None:
    """Beginning of a recording that MNE reads; None where its file holds no date."""
    date = open_raw(path).info["meas_date"]
    return date.astimezone(UTC) if isinstance(date, datetime) else None


def video_date(path: Path) -> datetime | None:
    """Date of a video, by its container; None where that holds none."""
    import av

    try:
        check_regular(path)
        with av.open(str(path)) as container:
            created = container.metadata.get("creation_time", "")
        return datetime.fromisoformat(created).astimezone(UTC) if created else None
    except (ValueError, OSError):
        return None
