"""Any folder of pictures in folders named after classes, as most collections of single faces come."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import starmap
from pathlib import Path
from typing import ClassVar

from ..errors import InputError
from ..files.pictures.image_sequence import ASSUMED_RATE, open_images
from ..files.pictures.picture_folder import picture_files
from ..ordering import natural_order
from ..random_streams import RandomStream
from ..trials.dataset import UNKNOWN_SUBJECT, Dataset, Skipped
from ..trials.task import Target, Task
from ..trials.trial import Trial
from .face_folders import expression_name, left_over
from .lookalikes.drawn_face import face_picture
from .lookalikes.pictures import write_picture
from .lookalikes.recordings import write_note

PARTS: Mapping[str, str] = {
    **dict.fromkeys(("train", "training", "train_set", "training_set"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "val_set", "validation_set"), "validation"),
    **dict.fromkeys(("test", "testing", "test_set", "eval"), "test"),
}
"""Official part by the name of its folder, in small letters."""

_DEEPEST = 3
"""Folders inside each other, as archives leave them, in which nothing else lies."""


@dataclass(frozen=True)
class ClassPicture:
    """One picture.

    Args:
        path: The file.
        category: Its class: the name of its folder, expressions by one name each.
        part: The official part, empty where there is none.
    """

    path: Path
    category: str
    part: str


def class_pictures(root: Path) -> tuple[ClassPicture, ...]:
    """The pictures in folders of classes: ``angry/1.png``, or ``train/angry/1.png``; by part, class and name.

    Folders are taken by their names in small letters, and ``root`` may hold one folder with all that.
    """
    for _ in range(_DEEPEST):
        folders = _folders(root)
        parts = {folder: PARTS[name] for folder in folders if (name := folder.name.casefold()) in PARTS}
        if parts or len(folders) != 1 or picture_files(folders[0]):
            break
        root = folders[0]
    named = parts or {root: ""}
    order = {part: place for place, part in enumerate(("train", "validation", "test", ""))}
    spelled: dict[str, str] = {}  # "Calm" of one part is "calm" of the other
    found = []
    for folder in sorted(named, key=lambda folder: (order[named[folder]], folder.name)):
        for inside in _folders(folder):
            category = spelled.setdefault(inside.name.strip().casefold(), expression_name(inside.name))
            pictures = sorted(picture_files(inside), key=lambda path: natural_order(path.name))
            found += [ClassPicture(path, category, named[folder]) for path in pictures]
    return tuple(found)


class ClassFolders(Dataset):
    """Pictures of faces in folders named after classes, as in ``train/happy/1.jpg``: as RAF-DB and others come.

    A trial is one picture. Folders ``train``, ``validation`` (``val``) and ``test`` around those of the classes are the
    official parts, and sessions; without them all is one session. Classes are called as their folders; expressions have
    one name each (``angry`` is ``anger``), so that collections can be crossed. Who is shown is not known, unless the
    files' names tell: exact copies are then refused, else left out.

    Args:
        root: The folder that holds those of the classes, or of the parts.
        subject: A regular expression whose first group is the person, in a picture's path below ``root``, as in
            ``"S([0-9]+)_"``; None where nobody is known.
        classes: The name of a class by its folder's, where folders are numbered, as in ``{"1": "surprise"}``.

    Raises:
        DatasetNotFound: There are no pictures in folders of two classes or more.
        InputError: ``subject`` is no such expression or finds nobody in a path; ``classes`` names a folder that is not
            there. Iterating: a picture is none.
    """

    name = "class folders"
    expects = "folders named after classes with pictures in them, or train/ and test/ with such folders"
    signs = (
        rf"(?i)(({'|'.join(PARTS)})/)?(angry|anger|disgust(ed)?|fear(ful)?|happy|happiness|sad|sadness|surprised?|neutral|contempt)"
        r"/[^/]+\.(jpe?g|png|bmp|tiff?)",
    )
    access = "Your own recordings."
    bench_options = "--split \"official(test='test')\" --window 1"
    names_subjects = False
    recipe: ClassVar[Mapping[str, tuple[str, ...]]] = {"face": ("FaceCrop(nowhere='mask')", "Patches()")}

    def __init__(self, root: str | Path, subject: str | None = None, classes: Mapping[str, str] | None = None) -> None:
        super().__init__(root)
        pictures = class_pictures(self.root)
        names = tuple(dict.fromkeys(picture.category for picture in pictures))
        self._names = _renamed(names, classes or {})
        self._folders = {name: _called(pictures, name) for name in names}
        categories = tuple(sorted(set(self._names.values()), key=natural_order))
        if len(categories) < 2:
            raise self.not_found(f"pictures of one class, {names[0]}" if names else "no pictures in folders")
        self.task = Task(categories)
        self.names_subjects = subject is not None
        self._people = {picture: _person(self.root, picture, subject) for picture in pictures}
        self._pictures = sorted(self._numbered(), key=lambda numbered: natural_order(numbered[0]))

    def __iter__(self) -> Iterator[Trial]:
        """All trials, by subject, part and number; after an ``InputError`` the next call goes on behind it."""
        return starmap(self._trial, self._pictures)

    def skipped(self) -> tuple[Skipped, ...]:
        """Empty folders and files that are no pictures of a class."""
        used = (picture.path for picture in self._people)
        return left_over(self.root, used, lambda path: "not a picture in a folder of a class")

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0) -> None:
        """Two parts of four classes, a folder in capitals, an empty one, files of other kinds; the mouth follows."""
        root = Path(root)
        write_note(root)
        for part, count in (("train", 4), ("test", 2)):
            for place, name in enumerate(("angry", "happy", "neutral", "Surprise" if part == "test" else "surprise")):
                for number in range(count):
                    rng = RandomStream.LOOKALIKE_PART.rng(seed, 10 * place + number, int(part == "test"))
                    write_picture(
                        root / part / name / f"{part}_{number:05d}.jpg", face_picture(rng, (100, 100), place - 1)
                    )
        (root / "train" / "happy" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
        (root / "train" / "fear").mkdir()
        (root / "labels.txt").write_text("not read\n", encoding="utf-8")

    def _numbered(self) -> Iterator[tuple[str, int, ClassPicture]]:
        """The subject of each picture, and its number among those of the recording."""
        count: Counter[tuple[str, str]] = Counter()
        for picture, person in self._people.items():
            count[person, picture.part] += 1
            yield person, count[person, picture.part], picture

    def _trial(self, subject: str, number: int, picture: ClassPicture) -> Trial:
        video = open_images([picture.path], ASSUMED_RATE)
        if len(folders := self._folders[picture.category]) > 1:
            remark = f"folders {' and '.join(map(repr, folders))} are one class, {self._names[picture.category]}"
            video = replace(video, remarks=(*video.remarks, remark))
        target = Target.of(self.task.categories.index(self._names[picture.category]))
        stimulus = picture.path.relative_to(self.root).with_suffix("").as_posix()
        return Trial(subject, picture.part or "1", number, stimulus, {"face": video}, target=target, part=picture.part)


def _folders(folder: Path) -> list[Path]:
    """What a file manager shows of a folder's folders."""
    inside = (path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "__MACOSX")))
    return sorted(inside, key=lambda path: natural_order(path.name.casefold()))


def _called(pictures: Iterable[ClassPicture], category: str) -> tuple[str, ...]:
    """The names of the folders of a class, as they are spelled."""
    return tuple(sorted({picture.path.parent.name for picture in pictures if picture.category == category}))


def _renamed(names: tuple[str, ...], classes: Mapping[str, str]) -> dict[str, str]:
    """The name of each class, by that of its folder."""
    unknown = [name for name in classes if name not in names]
    if unknown:
        wanted = f"folders among {', '.join(names)}"
        raise InputError("ClassFolders, classes", ", ".join(map(repr, unknown)), wanted, "correct the names")
    return {name: expression_name(classes.get(name, name)) for name in names}


def _person(root: Path, picture: ClassPicture, subject: str | None) -> str:
    """Who is shown, by the picture's path."""
    if subject is None:
        return UNKNOWN_SUBJECT
    path = picture.path.relative_to(root).as_posix()
    try:
        match = re.search(subject, path)
        person = match[1] if match else ""
    except (re.error, IndexError) as error:
        found, wanted = f"{subject!r} ({error})", 'a regular expression with one group, as in "S([0-9]+)_"'
        raise InputError("ClassFolders, subject", found, wanted) from error
    if not person:
        wanted = f"a person, by subject={subject!r}"
        raise InputError(path, "nobody's name", wanted, "correct subject, or leave it out where people are unknown")
    return person
