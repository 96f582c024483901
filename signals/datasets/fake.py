"""What lookalikes of datasets share: simulated EEG, and the note that keeps them from being taken for recordings."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError

NOTE = "simulated.json"


def write_note(root: Path, **facts: Any) -> None:
    """Leave a note in ``root``, which is made if need be, that all beside it is simulated; with ``facts``."""
    root.mkdir(parents=True, exist_ok=True)
    note = {"simulated": "written by emoscan for tests and examples; no person was recorded", **facts}
    (root / NOTE).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")


def read_note(root: Path) -> dict[str, Any]:
    """The note in ``root``; empty where there is none, as beside real recordings.

    Raises:
        InputError: The note is not JSON.
    """
    path = root / NOTE
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise InputError(path, str(error), "the note that write_fake left", "write the fake dataset again") from error


def background(rng: np.random.Generator, channels: int, samples: int, rate: float) -> np.ndarray:
    """Simulated EEG without any effect, (channels, samples) in microvolts: coloured noise, alpha, a shared part."""
    from scipy.signal import lfilter

    seconds = np.arange(samples) / rate
    noise = lfilter([1.0], [1.0, -0.95], rng.standard_normal((channels + 1, samples)), axis=1)
    alpha = 8 * np.sin(2 * np.pi * rng.uniform(9, 11) * seconds) * rng.uniform(0.3, 1, (channels, 1))
    return np.asarray(3 * noise[:-1] + 2 * noise[-1] + alpha)
