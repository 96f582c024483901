"""Oulu-CASIA: 80 people posing six expressions before two cameras in three lights."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..errors import InputError
from ..files.pictures.image_sequence import ASSUMED_RATE, open_images
from ..random_streams import RandomStream
from ..trials.dataset import Dataset, Skipped
from ..trials.task import Target, Task
from ..trials.trial import Trial
from .face_folders import each_once, expression_name, left_over, matching
from .lookalikes.drawn_face import face_picture
from .lookalikes.pictures import write_picture
from .lookalikes.recordings import write_note

CATEGORIES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
OUTER = ("OriginalImg", "B_OriginalImg")
CAMERAS = ("NI", "VL")
LIGHTS = ("Dark", "Strong", "Weak")

_SUBJECT, _FRAME = re.compile(r"P(\d{3})"), re.compile(r"(\d{3,})(?i:\.jpe?g)")


@dataclass(frozen=True, order=True)
class Take:
    """One person before one camera in one light with one expression (an index into ``CATEGORIES``)."""

    subject: int
    session: str
    expression: int


class OuluCASIA(Dataset):
    """Oulu-CASIA: 80 people, six expressions from neutral to the peak, two cameras, three lights.

    The cameras are VL (visible light) and NI (near infrared). A session is a camera and a light, as in ``"VL-Strong"``;
    the trials of a session are numbered in the order of the categories, and the stimulus is the expression asked for.
    Both cameras saw each take: split by subject, which keeps them together.

    Args:
        root: The folder with ``VL`` and ``NI``, or one around it: ``OriginalImg``, ``B_OriginalImg``, once or twice.

    Raises:
        DatasetNotFound: There are no pictures in such folders.
        InputError: One expression has two folders. Iterating: a picture is none.

    Source: G. Zhao et al., Image and Vision Computing 29(9), 2011.
    """

    name = "Oulu-CASIA"
    expects = "VL/Strong/P001/Anger/000.jpeg and so on, inside OriginalImg or B_OriginalImg"
    signs = (r"((B_)?OriginalImg/){0,2}(VL|NI)/\w+/P\d{3}/\w+/\d{3}\.jpe?g",)
    access = "On request: the Center for Machine Vision and Signal Analysis, University of Oulu."
    recipe: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "face": ("EvenFrames(9, repeat=True)", "FaceCrop()", "Patches()")
    }
    task = Task(CATEGORIES)

    def __init__(self, root: str | Path) -> None:
        super().__init__(root)
        self._takes = each_once(_takes(_inner(self.root)))
        if not self._takes:
            raise self.not_found("no folder of a take with pictures")

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject, session and expression; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, sorted(self._takes))

    def skipped(self) -> tuple[Skipped, ...]:
        """Empty takes, other files and folders."""
        used = chain.from_iterable(frames(folder).values() for folder in self._takes.values())
        return left_over(self.root, used, lambda path: "not a picture of a take")

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Two people in three sessions inside two outer folders, an empty take, other files; the mouth follows."""
        root = Path(root)
        write_note(root)
        folder = root / "B_OriginalImg" / "B_OriginalImg"
        for place, session in enumerate(("VL/Strong", "VL/Weak", "NI/Strong")):
            for subject in (2, 10):
                for expression, name in enumerate(CATEGORIES):
                    take = folder / session / f"P{subject:03d}" / name.capitalize()
                    _write_take(take, (seed, subject, place), mouth=expression / 2.5 - 1)
        (folder / "VL" / "Strong" / "P011" / "Anger").mkdir(parents=True)
        (folder / "VL" / "Strong" / "P010" / "Fear" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
        (root / "PreProcess Img").mkdir()
        (root / "PreProcess Img" / "000.jpeg").write_bytes(b"not read")

    def _trial(self, take: Take) -> Trial:
        folder = self._takes[take]
        pictures = frames(folder)
        video = open_images(list(pictures.values()), ASSUMED_RATE, list(pictures), root=folder)
        expression, number = CATEGORIES[take.expression], take.expression + 1
        target = Target.of(take.expression)
        return Trial(str(take.subject), take.session, number, expression, {"face": video}, target=target)


def frames(folder: Path) -> dict[int, Path]:
    """Pictures of a take by their number, counted from 0.

    Raises:
        InputError: A number occurs twice.
    """
    numbered = [(int(match[1]), path) for match, path in matching(_FRAME, folder.iterdir())]
    pictures = dict(sorted(numbered))
    if len(pictures) < len(numbered):
        raise InputError(folder, "two pictures of one number", "each frame once", "remove the copies")
    return pictures


def _inner(folder: Path) -> Path:
    """The folder inside ``folder`` that holds the cameras, if any."""
    if any((folder / camera).is_dir() for camera in CAMERAS):
        return folder
    inside = next((folder / name for name in OUTER if (folder / name).is_dir()), None)
    return folder if inside is None else _inner(inside)


def _takes(folder: Path) -> Iterator[tuple[Take, Path]]:
    """Folders with at least one picture."""
    for camera, light in product(CAMERAS, LIGHTS):
        for path in sorted((folder / camera / light).glob("P*/*")):
            match, name = _SUBJECT.fullmatch(path.parent.name), expression_name(path.name)
            if match and name in CATEGORIES and path.is_dir() and frames(path):
                yield Take(int(match[1]), f"{camera}-{light}", CATEGORIES.index(name)), path


def _write_take(folder: Path, key: tuple[int, int, int], mouth: float) -> None:
    for frame, strength in enumerate(np.linspace(0, 1, 9)):
        picture = face_picture(RandomStream.LOOKALIKE_PART.rng(*key), (120, 160), mouth=mouth * strength)
        write_picture(folder / f"{frame:03d}.jpeg", picture)
