"""Lookalikes of EAV's files: short simulated trials in both spellings of folders and variables."""

from pathlib import Path

import numpy as np

from ...random_streams import RandomStream
from ..lookalikes.drawn_face import face_picture
from ..lookalikes.recordings import background, write_note, write_video
from .files import CLASSES

RATE, SECONDS, FRAMES, TRIALS = 500, 2, 30, 8
TALK = (
    (0, "Listening"),
    (0, "Speaking"),
    (2, "Listening"),
    (2, "Speaking"),
    (4, "Speaking"),
    (4, "Listening"),
    (3, "Listening"),
    (3, "Speaking"),
)
"""Emotion and task of trials 1 to 8: not every pair begins with listening."""

ODD = "Listening"
"""The task of the labels' rows 1, 3, 5, 7 and 9 in the first person; in the second it is the other one."""


def write_subjects(root: Path, seed: int) -> None:
    """``subject01`` with ``seg1`` and ``subject2__`` with ``seg``, whose trial 8 has no video; ``subject3`` is bare."""
    write_note(root)
    _write_subject(root, "subject01", "seg1", ODD, RandomStream.LOOKALIKE.rng(seed, 1))
    _write_subject(root, "subject2__", "seg", "Speaking", RandomStream.LOOKALIKE.rng(seed, 2))
    next((root / "subject2__" / "Video").glob("008_*")).unlink()
    _write_video(root / "subject3" / "Video", 1, RandomStream.LOOKALIKE.rng(seed, 3))


def _write_subject(root: Path, name: str, variable: str, odd: str, rng: np.random.Generator) -> None:
    from scipy.io import savemat

    folder, stem = root / name / "EEG", name.rstrip("_")
    folder.mkdir(parents=True, exist_ok=True)
    trials = [_turn(rng, emotion) for emotion, _ in TALK]
    savemat(folder / f"{stem}_eeg.mat", {variable: np.stack(trials, axis=-1)}, do_compression=True)
    label = np.zeros((2 * len(CLASSES), TRIALS), np.uint8)
    for trial, (emotion, task) in enumerate(TALK):
        label[2 * emotion + (task == odd), trial] = 1
    savemat(folder / f"{stem}_eeg_label.mat", {"label": label})
    for number in range(1, TRIALS + 1):
        _write_video(root / name / "Video", number, rng)
    (root / name / "Audio").mkdir()
    (root / name / "Audio" / "002_Trial_02_Speaking_Neutral_aud.wav").write_bytes(b"RIFF: not read")


def _turn(rng: np.random.Generator, emotion: int) -> np.ndarray:
    """(time, channel) whole microvolts, with more alpha at the back the later the emotion stands in the list."""
    eeg = background(rng, 30, RATE * SECONDS, RATE)
    eeg[20:] += 6 * emotion * np.sin(2 * np.pi * 10 * np.arange(RATE * SECONDS) / RATE)
    return np.round(eeg.T)


def _write_video(folder: Path, number: int, rng: np.random.Generator) -> None:
    """The second number of a name runs on within the task, so it is not the trial's."""
    emotion, task = TALK[number - 1]
    folder.mkdir(parents=True, exist_ok=True)
    look, mouth = int(rng.integers(1 << 30)), np.cos(emotion)
    steps = np.linspace(0, mouth, FRAMES * SECONDS)
    pictures = [face_picture(np.random.default_rng(look), (48, 64), float(step)) for step in steps]
    write_video(folder / f"{number:03d}_Trial_{(number + 1) // 2:02d}_{task}_{CLASSES[emotion]}.mp4", pictures, FRAMES)
