"""When recordings were made, as far as the files themselves say."""

from datetime import UTC, datetime
from pathlib import Path

from .recording_file import open_raw

TOGETHER = "nothing in the files shows that they were recorded together"


def together(eeg: Path, video: Path) -> str:
    """What the dates in a recording and a video say about whether they are of one session, in words.

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
    """When a recording that MNE reads began; None where its file does not say."""
    date = open_raw(path).info["meas_date"]
    return date.astimezone(UTC) if isinstance(date, datetime) else None


def video_date(path: Path) -> datetime | None:
    """When a video was made, by its container; None where that does not say."""
    import av

    try:
        with av.open(str(path)) as container:
            written = container.metadata.get("creation_time", "")
        return datetime.fromisoformat(written).astimezone(UTC) if written else None
    except (ValueError, OSError):
        return None
