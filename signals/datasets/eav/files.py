"""EAV's files: those of each person, and checks that EEG, labels and videos agree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...files.matlab import mat_variables, read_variable
from ...streams.source import FileVersion, file_version
from ..face_folders import each_once, matching

CLASSES = ("Neutral", "Sadness", "Anger", "Happiness", "Calmness")
"""The emotions in the order of the labels' rows, two rows each."""

_FOLDER = re.compile(r"subject0*(\d+)_*", re.IGNORECASE)
_EEG = re.compile(r"subject0*(\d+)_+eeg\.mat", re.IGNORECASE)
_LABEL = re.compile(r"subject0*(\d+)_+eeg_label\.mat", re.IGNORECASE)
_VIDEO = re.compile(rf"(\d{{3}})_Trial_\d+_(Listening|Speaking)_({'|'.join(CLASSES)})(?i:\.mp4)")


@dataclass(frozen=True)
class EavVideo:
    """One video by its name.

    Args:
        number: The trial's place in the EEG file, counted from 1.
        task: ``"Listening"`` or ``"Speaking"``.
        emotion: One of ``CLASSES``.
        path: The file.
    """

    number: int
    task: str
    emotion: str
    path: Path


@dataclass(frozen=True)
class EavSubject:
    """One person's files; the videos by their numbers."""

    number: int
    eeg: Path
    label: Path
    videos: tuple[EavVideo, ...]


def find_subjects(root: Path) -> tuple[list[EavSubject], dict[Path, str]]:
    """All people by their numbers, and the folders of those who lack a file, with what they lack.

    Raises:
        InputError: Two folders are of one person.
    """
    folders = each_once((match[1], path) for match, path in matching(_FOLDER, sorted(root.iterdir())))
    subjects: list[EavSubject] = []
    incomplete: dict[Path, str] = {}
    for number, folder in sorted((int(number), folder) for number, folder in folders.items()):
        eeg, label = (_mat_file(folder / "EEG", pattern, number) for pattern in (_EEG, _LABEL))
        videos = tuple(sorted(_videos(folder / "Video"), key=lambda video: (video.number, video.path)))
        if eeg and label and videos:
            subjects.append(EavSubject(number, eeg, label, videos))
        else:
            files = {"EEG": eeg, "labels": label, "videos": videos}
            incomplete[folder] = f"no {' and no '.join(name for name in files if not files[name])}"
    return subjects, incomplete


def recording_shape(path: Path) -> tuple[str, tuple[int, int, int]]:
    """The variable that holds the EEG, and its samples, channels and trials; reads no values.

    As in the authors' loader ``seg1`` comes before ``seg``.

    Raises:
        InputError: The file is broken or has no such variable of three axes.
    """
    shapes = mat_variables(path)
    for name in ("seg1", "seg"):
        shape = shapes.get(name, ())
        if len(shape) == 3 and all(shape):
            return name, (shape[0], shape[1], shape[2])
    found = ", ".join(f"{name} {shape}" for name, shape in shapes.items()) or "no variables"
    raise InputError(path, found, "seg1 or seg (time, channel, trial)", "copy the file again")


def read_seg(path: Path, variable: str) -> np.ndarray:
    """The EEG of all trials, (time, channel, trial)."""
    return _read_seg(path, file_version(path), variable)


@lru_cache(maxsize=1)  # a variable has to be unpacked as a whole; trials and steps read it in pieces
def _read_seg(path: Path, _version: FileVersion, variable: str) -> np.ndarray:
    return read_variable(path, variable)


def check_subject(subject: EavSubject) -> None:
    """Refuse a person whose EEG, labels and videos do not belong together; looked at once as long as no file changes.

    Raises:
        InputError: The labels are not one-hot or not one a trial; two videos have one number; a video has no trial, or
            another emotion than its label; a row of the labels holds both tasks.
    """
    _check(subject, (file_version(subject.eeg), file_version(subject.label)))


def read_rows(path: Path, trials: int) -> np.ndarray:
    """The row of the labels that is set for each trial, (trials,).

    Raises:
        InputError: The file is broken, or not (10, trials) of one 1 a column and 0 else.
    """
    label = read_variable(path, "label")
    wanted = (2 * len(CLASSES), trials)
    if label.shape != wanted:
        raise InputError(path, f"labels {label.shape}", f"{wanted}, a column a trial of the EEG", "copy both again")
    wrong = np.flatnonzero(~(np.isin(label, (0, 1)).all(axis=0) & (label.sum(axis=0) == 1)))
    if wrong.size:
        found = f"{label[:, wrong[0]].tolist()} for trial {wrong[0] + 1}"
        raise InputError(path, found, "one 1 and zeros", "copy the file again")
    return np.asarray(label.argmax(axis=0))


@lru_cache(maxsize=64)
def _check(subject: EavSubject, _versions: tuple[FileVersion, ...]) -> None:
    _, (_, _, trials) = recording_shape(subject.eeg)
    rows = read_rows(subject.label, trials)
    each_once((str(video.number), video.path) for video in subject.videos)
    tasks: dict[int, EavVideo] = {}
    for video in subject.videos:
        if not 1 <= video.number <= trials:
            wanted = f"a number from 1 to {trials}, the trials of {subject.eeg.name}"
            raise InputError(video.path, f"trial {video.number}", wanted, "copy the EEG or the videos again")
        row = int(rows[video.number - 1])
        _check_emotion(video, row, subject.label)
        _check_task(video, tasks.setdefault(row, video), row)


def _check_emotion(video: EavVideo, row: int, label: Path) -> None:
    emotion = CLASSES[row // 2]
    if emotion != video.emotion:
        found = f"{video.emotion} where {label.name} says {emotion}"
        raise InputError(video.path, found, "the same emotion in both", "copy the labels and the videos again")


def _check_task(video: EavVideo, first: EavVideo, row: int) -> None:
    """A row stands for one emotion and one task: which task is the videos' to say, but not two."""
    if first.task != video.task:
        found = f"{video.task} in row {row} of the labels, as is {first.path.name}"
        raise InputError(video.path, found, "one task a row", "copy the labels and the videos again")


def _videos(folder: Path) -> Iterator[EavVideo]:
    for match, path in matching(_VIDEO, sorted(folder.glob("*.*"))):
        yield EavVideo(int(match[1]), match[2], match[3], path)


def _mat_file(folder: Path, pattern: re.Pattern[str], number: int) -> Path | None:
    paths = [path for match, path in matching(pattern, sorted(folder.glob("*"))) if int(match[1]) == number]
    return each_once(("", path) for path in paths)[""] if paths else None
