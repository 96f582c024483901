"""CK+48: the last three frames of CK+'s labelled sequences, cut to small faces."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import ClassVar

from ..errors import InputError
from ..files.pictures.image_sequence import ASSUMED_RATE, open_images
from ..random_streams import RandomStream
from ..trials.dataset import Dataset, Skipped
from ..trials.task import Target, Task
from ..trials.trial import Trial
from .face_folders import EXPRESSIONS, left_over, matching
from .lookalikes.drawn_face import face_picture
from .lookalikes.pictures import write_picture
from .lookalikes.recordings import write_note

FOLDERS: Mapping[str, str] = {"happy": "happiness"} | {name: name for name in EXPRESSIONS if name != "happiness"}
"""Expression of each folder."""
FRAMES = 3

_NAME = re.compile(r"S(\d{3})_(\d{3})_(\d{8})(?i:\.png)")


@dataclass(frozen=True)
class Peak:
    """The pictures of one sequence.

    Args:
        subject, number: As in ``S005_001``.
        pictures: Files by folder and frame number.
    """

    subject: int
    number: int
    pictures: Mapping[tuple[str, int], Path]

    def __str__(self) -> str:
        return f"S{self.subject:03d}_{self.number:03d}"


class CK48(Dataset):
    """CK+48: three frames at the peak of 327 sequences of 118 people, cut to 48 x 48; seven expressions, no neutral.

    A trial is a sequence with its three pictures; split by subject: single pictures dealt at random put one face on
    both sides. Subjects, trials and stimuli are named as in ``CKPlus``.

    Args:
        root: The folder with ``anger``, ``contempt`` and so on, or the one around it with ``CK+48``.

    Raises:
        DatasetNotFound: There are no pictures in folders of these names.
        InputError: Iterating: a sequence has more or fewer than three pictures, or lies in two folders of expressions;
            a picture is none.

    Source: pictures of P. Lucey et al., CVPR Workshops, 2010; who cut them is not documented.
    """

    name = "CK+48"
    expects = "folders anger, contempt, disgust, ... with files like S010_004_00000017.png"
    signs = (r"(CK\+48/)?[a-z]+/S\d{3}_\d{3}_\d{8}\.png",)
    access = "Copies lie on public sites; the pictures are those of CK+, whose agreement holds for them."
    bench_options = "--split \"k_folds('subject', 10)\" --window 3"
    recipe: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "face": ("FaceCrop(lost='whole')", "Patches()"),
        "face-hog": ("FaceCrop(lost='whole')", "Patches()", "Hog()"),
    }
    task = Task(EXPRESSIONS)

    def __init__(self, root: str | Path) -> None:
        super().__init__(root)
        inner = self.root / "CK+48"
        self.folder = inner if inner.is_dir() else self.root
        self._peaks = find_peaks(self.folder)
        if not self._peaks:
            raise self.not_found("no picture in a folder of an expression")

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject and sequence; after an ``InputError`` the next call goes on behind it."""
        return map(self._trial, self._peaks)

    def skipped(self) -> tuple[Skipped, ...]:
        """Other files and folders."""
        used = chain.from_iterable(peak.pictures.values() for peak in self._peaks)
        return left_over(self.root, used, lambda path: "not a picture of a sequence")

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Ten people, two sequences each, and a file and a folder too many; the mouth follows the expression."""
        root = Path(root)
        write_note(root)
        for place, subject in enumerate((5, 10, 11, 22, 26, 37, 50, 102, 130, 999)):
            for number in (1, 4):
                _write_peak(root / "CK+48", (seed, subject, number), (2 * place + number) % len(EXPRESSIONS))
        (root / "CK+48" / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
        (root / "CK+48" / "neutral").mkdir()

    def _trial(self, peak: Peak) -> Trial:
        folders, numbers = zip(*peak.pictures, strict=True)
        if len(numbers) != FRAMES or len(set(folders)) > 1:
            found = f"{len(numbers)} pictures of {peak} in {', '.join(sorted(set(folders)))}"
            raise InputError(self.folder, found, f"{FRAMES} in one folder", "copy the sequence again")
        video = open_images(list(peak.pictures.values()), ASSUMED_RATE, numbers)
        category = EXPRESSIONS.index(FOLDERS[folders[0]])
        return Trial(str(peak.subject), "1", peak.number, str(peak), {"face": video}, target=Target.of(category))


def find_peaks(folder: Path) -> list[Peak]:
    """All sequences, by subject and number, their pictures in order."""
    sequences: dict[tuple[int, int], dict[tuple[str, int], Path]] = {}
    for name in FOLDERS:
        for match, path in matching(_NAME, sorted((folder / name).glob("*"))):
            sequences.setdefault((int(match[1]), int(match[2])), {})[name, int(match[3])] = path
    return [Peak(*key, sequences[key]) for key in sorted(sequences)]


def _write_peak(folder: Path, key: tuple[int, int, int], expression: int) -> None:
    seed, subject, number = key
    name = next(name for name, meaning in FOLDERS.items() if meaning == EXPRESSIONS[expression])
    for frame in range(11, 11 + FRAMES):
        person = RandomStream.LOOKALIKE.rng(seed, subject)  # the same skin and light in all frames
        picture = face_picture(person, (48, 48), mouth=(0.7 + frame / 50) * (expression / 3 - 1))
        write_picture(folder / name / f"S{subject:03d}_{number:03d}_{frame:08d}.png", picture, "L")
