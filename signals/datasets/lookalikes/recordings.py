"""Tools of all lookalikes: simulated EEG, videos of drawn pictures, and the note that they are no recordings."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...trials.dataset import NOTE

_AT_ONCE = 600.0
"""Seconds between the note and the last file of a lookalike, by far."""


def check_own_folder(root: Path) -> None:
    """Refuse to write a lookalike where anything lies that was not written along with a lookalike's note."""
    written = (root / NOTE).stat().st_mtime if (root / NOTE).is_file() else -math.inf
    for path in root.rglob("*"):
        if path.is_file() and abs(path.stat().st_mtime - written) > _AT_ONCE:
            found = f"{path.relative_to(root)}, which is of no lookalike"
            raise InputError(root, found, "an empty folder, or an untouched lookalike", "name another folder")


def write_note(root: Path, **facts: Any) -> None:
    """Leave a note in ``root``, which is made if need be, that all beside it is simulated; with ``facts``.

    Raises:
        InputError: Files of somebody else lie there.
    """
    check_own_folder(root)
    root.mkdir(parents=True, exist_ok=True)
    note = {"simulated": "written by emoscan for tests and examples; no person was recorded", **facts}
    (root / NOTE).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")


def background(rng: np.random.Generator, channels: int, samples: int, rate: float) -> np.ndarray:
    """Simulated EEG without any effect, (channels, samples) in microvolts: coloured noise, alpha, a shared part."""
    from scipy.signal import lfilter

    seconds = np.arange(samples) / rate
    noise = lfilter([1.0], [1.0, -0.95], rng.standard_normal((channels + 1, samples)), axis=1)
    alpha = 8 * np.sin(2 * np.pi * rng.uniform(9, 11) * seconds) * rng.uniform(0.3, 1, (channels, 1))
    return np.asarray(3 * noise[:-1] + 2 * noise[-1] + alpha)


def write_video(path: Path, pictures: Iterable[np.ndarray], rate: int = 25, sound: bool = False) -> None:
    """Write gray pictures (height, width), of even sides, as H.264 in the container of ``path``'s suffix.

    Args:
        path: The file to make.
        pictures: Its frames.
        rate: Frames a second.
        sound: Whether to add a silent audio stream, as real recordings have.
    """
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "18", "bf": "0"})  # AVI keeps no times
        stream.pix_fmt = "yuv420p"
        voice = container.add_stream("aac", rate=8000) if sound else None
        count = 0
        for picture in pictures:
            if not count:  # FFmpeg fixes the size with the first picture
                stream.height, stream.width = picture.shape
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray")))
            count += 1
        container.mux(stream.encode(None))
        if voice is not None:
            _write_silence(container, voice, count / rate)


def _write_silence(container: Any, voice: Any, seconds: float) -> None:
    import av

    for begin in range(0, round(8000 * seconds), 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 8000, begin
        container.mux(voice.encode(frame))
    container.mux(voice.encode(None))
