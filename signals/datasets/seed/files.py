"""Files of SEED and of its features: whose they are, and which variable is which film."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...files.matlab import mat_variables, read_variable
from ...trials.dataset import NOTE, Skipped
from ...trials.task import Task

FILM_SECONDS = (235, 233, 206, 238, 185, 195, 237, 216, 265, 237, 235, 233, 235, 238, 206)
"""Length of films 1 to 15, s; a recording of another length is refused."""

FILM_STARTS = (27, 290, 551, 784, 1050, 1262, 1484, 1748, 1993, 2287, 2551, 2812, 3072, 3335, 3599)
"""Beginnings of films 1 to 15 in a session, s."""

TASK = Task(categories=("negative", "neutral", "positive"))

_NUMBERED = re.compile(r"(\d{1,2})_(\d{8})\.mat")
_LETTERED = re.compile(r"([a-z]+)_(\d{8})\.mat")


@dataclass(frozen=True)
class SeedFile:
    """One visit of one subject."""

    path: Path
    subject: str
    session: str


def find_folder(root: Path, names: Sequence[str]) -> Path | None:
    """The first of ``root`` itself and its sub-folders ``names`` that holds recordings."""
    folders = (root, *(root / name for name in names))
    return next((folder for folder in folders if folder.is_dir() and any(map(_owner, folder.iterdir()))), None)


def visits(folder: Path) -> list[SeedFile]:
    """All recordings, by subject and session.

    The session is the rank of the date among the subject's files. Older copies are named by initials and carry no
    subject number: then subjects are numbered by their initials in the alphabet.

    Raises:
        InputError: A subject has two files of one date.
    """
    owners = {path: owner for path in folder.iterdir() if (owner := _owner(path))}
    if any(owner.isdigit() for owner, _ in owners.values()):
        owners = {path: (str(int(owner)), date) for path, (owner, date) in owners.items() if owner.isdigit()}
    else:
        initials = sorted({owner for owner, _ in owners.values()})
        owners = {path: (str(1 + initials.index(owner)), date) for path, (owner, date) in owners.items()}
    twice = [f"{date} of subject {owner}" for (owner, date), n in Counter(owners.values()).items() if n > 1]
    if twice:
        raise InputError(folder, f"two files for {', '.join(twice)}", "one file a visit", "remove the copies")
    return list(_ranked({owner: path for path, owner in owners.items()}))


def check_sessions(sessions: Sequence[int] | None) -> None:
    """Refuse sessions that SEED does not have."""
    if sessions is not None and (not sessions or not set(sessions) <= {1, 2, 3}):
        raise InputError("sessions", str(tuple(sessions)), "some of 1, 2, 3", "correct the argument")


def left_over(folder: Path, used: Sequence[SeedFile]) -> tuple[Skipped, ...]:
    """Files in ``folder`` that are not used, each with the reason."""
    known = {"label.mat", NOTE, *(visit.path.name for visit in used)}
    return tuple(Skipped(path, _reason(path)) for path in sorted(folder.iterdir()) if path.name not in known)


def read_labels(folder: Path) -> tuple[int, ...]:
    """Index into ``TASK.categories`` for films 1 to 15, from ``label.mat``.

    Raises:
        InputError: The file is missing or broken, or does not hold 15 labels among -1, 0 and 1.
    """
    path = folder / "label.mat"
    if not path.is_file():
        raise InputError(path, "no such file", "the labels of the 15 films", "copy label.mat beside the recordings")
    labels = read_variable(path, "label").ravel().tolist()
    if len(labels) != len(FILM_SECONDS) or not set(labels) <= {-1, 0, 1}:
        raise InputError(path, f"{len(labels)} labels {labels}", "15 among -1, 0, 1", "copy label.mat again")
    return tuple(int(label) + 1 for label in labels)


def film_variable(path: Path, pattern: str, film: int) -> tuple[str, tuple[int, ...]]:
    """The variable of ``film`` and its shape, whatever the order in the file; ``pattern`` captures the film's number.

    Raises:
        InputError: The file is broken, or some of films 1 to 15 are missing from it or there twice.
    """
    shapes = mat_variables(path)
    films = [(int(match[1]), name) for name in shapes if (match := re.fullmatch(pattern, name))]
    count = Counter(number for number, _ in films)
    wrong = [str(number) for number in range(1, 16) if count[number] != 1]
    if wrong:
        wanted = f"films 1 to 15 once; not so: {', '.join(wrong)}"
        raise InputError(path, f"{len(films)} variables for films", wanted, "copy the file again; it may be cut short")
    name = dict(films)[film]
    return name, shapes[name]


def _owner(path: Path) -> tuple[str, str] | None:
    match = _NUMBERED.fullmatch(path.name) or _LETTERED.fullmatch(path.name)
    return (match[1], match[2]) if match else None


def _ranked(paths: dict[tuple[str, str], Path]) -> Iterator[SeedFile]:
    rank: Counter[str] = Counter()
    for subject, date in sorted(paths, key=lambda owner: (int(owner[0]), owner[1])):
        rank[subject] += 1
        yield SeedFile(paths[subject, date], subject, str(rank[subject]))


def _reason(path: Path) -> str:
    if _NUMBERED.fullmatch(path.name):
        return "its session was not asked for"
    if _LETTERED.fullmatch(path.name):
        return "named by initials: not asked for, or an older copy beside numbered files"
    return "a folder" if path.is_dir() else "not a recording"
