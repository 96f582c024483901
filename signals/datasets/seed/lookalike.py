"""Lookalikes of SEED's files: their names, variables, types and traps, with simulated signals in short films."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ...random_streams import RandomStream
from ..lookalikes.recordings import background, write_note

SECONDS = (10, 9, 9, 10, 9, 9, 10, 9, 11, 10, 9, 9, 10, 10, 9)
LABELS = (1, 0, -1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 0, 1, -1)
CHANNELS = {"de": 62, "psd": 62, "dasm": 27, "rasm": 27, "asm": 54, "dcau": 23}
VISITS = {"2_20131016.mat": "eeg", "2_20130712.mat": "jl", "10_20131130.mat": "my_eeg1", "10_20131204.mat": "ww"}
"""File names and the initials inside: one is "eeg", one holds "_eeg1"; 10_ sorts before 2_, and dates are unordered."""

Variables = dict[str, np.ndarray]


def write_recordings(root: Path, seed: int) -> None:
    """``Preprocessed_EEG`` of two subjects; variables lie in another order than the films."""
    _write(root / "Preprocessed_EEG", seed, _recording)
    (root / "Channel Order.xlsx").write_bytes(b"not read")


def write_features(root: Path, seed: int) -> None:
    """``ExtractedFeatures`` of two subjects, all six features in both smoothings."""
    _write(root / "ExtractedFeatures", seed, _features)


def _write(folder: Path, seed: int, make: Callable[[np.random.Generator, str], Variables]) -> None:
    from scipy.io import savemat

    write_note(folder, film_seconds=SECONDS)
    for number, (name, initials) in enumerate(VISITS.items()):
        savemat(folder / name, make(RandomStream.LOOKALIKE.rng(seed, number), initials), do_compression=True)
    savemat(folder / "label.mat", {"label": np.array([LABELS], np.int16)})
    (folder / "readme.txt").write_text("A simulated lookalike.\n", encoding="utf-8")
    (folder / "ww_20131204.mat").write_bytes(b"an older copy, named by initials")


def _recording(rng: np.random.Generator, initials: str) -> Variables:
    films = rng.permutation(np.arange(1, 16))
    return {f"{initials}_eeg{film}": _film(rng, SECONDS[film - 1]) for film in films}


def _film(rng: np.random.Generator, seconds: int) -> np.ndarray:
    return np.round(background(rng, 62, 200 * seconds + 1, 200.0) / 4) * 4  # coarse steps: files stay small


def _features(rng: np.random.Generator, _: str) -> Variables:
    return dict(_named_features(rng))


def _named_features(rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    for film, seconds in enumerate(SECONDS, 1):
        for feature, channels in CHANNELS.items():
            for smoothing in ("movingAve", "LDS"):
                values = 20 + rng.standard_normal((channels, seconds, 5)).cumsum(axis=1) / 3
                yield f"{feature}_{smoothing}{film}", np.clip(values, 10.8, 28.4)
