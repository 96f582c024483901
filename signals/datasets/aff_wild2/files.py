"""Labels, faces and videos of Aff-Wild2: five editions, each recognised by the names of its folders."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...ordering import natural_order
from ...trials.dataset import Skipped
from ..face_folders import matching, unused
from .labels import read_lists

TASKS = {
    "va": ("VA_Set", "VA_Estimation_Challenge"),
    "expr": ("EXPR_Set", "Expression_Set", "EXPR_Classification_Challenge", "EXPR_Recognition_Challenge"),
    "au": ("AU_Set", "AU_Detection_Challenge"),
    "mtl": ("MTL_Challenge",),
}
"""Names of the folder that holds an edition's labels, by task."""

_PARTS = {"Train_Set": "train", "Training_Set": "train", "Validation_Set": "validation"}
_LISTS = {"train_set.txt": "train", "validation_set.txt": "validation"}
_FACES = ("cropped_aligned", "cropped_aligned_new_50_vids")
_VIDEOS = ("batch1", "batch2", "new_vids", "videos", "raw_videos")
_PICTURE = re.compile(r"(\d+)(?i:\.(jpe?g|png))")
_DEPTH = 4  # folders below the root in which names are looked for


@dataclass(frozen=True)
class LabelFile:
    """The labels of one face.

    Args:
        path: The file, which the faces of a multi-task list share.
        face: The video's name, with ``_left`` or ``_right`` where two people are labelled.
        part: ``"train"`` or ``"validation"``.
    """

    path: Path
    face: str
    part: str

    @property
    def video(self) -> str:
        """The video's name without the person."""
        return re.sub(r"_(left|right)$", "", self.face)


@dataclass(frozen=True)
class DatasetFiles:
    """The files of the dataset below ``root``.

    Args:
        root: The dataset's folder.
        labels: Those with pictures, by video, face and part.
        pictures: Each labelled face's folder.
        videos: Each labelled video's file, where it is there.
        recognised: Files that are not used, each with the reason.
    """

    root: Path
    labels: tuple[LabelFile, ...]
    pictures: Mapping[str, Path]
    videos: Mapping[str, Path]
    recognised: tuple[Skipped, ...]

    def skipped(self) -> tuple[Skipped, ...]:
        """Files that are not used; a folder of which nothing is used counts as one."""
        used = {*self.pictures.values(), *self.videos.values()}
        used.update(file.path for file in self.labels)
        used.update(skip.path for skip in self.recognised)
        rest = [Skipped(path, "not read") for path in unused(self.root, used)]
        for folder in self.pictures.values():
            others = (path for path in sorted(folder.iterdir()) if not _PICTURE.fullmatch(path.name))
            rest += [Skipped(path, "not a numbered picture") for path in others]
        return (*self.recognised, *rest)


def find_files(root: Path, task: str, annotations: str | None) -> DatasetFiles:
    """Labels of ``task`` and what belongs to them below ``root``.

    Raises:
        InputError: There are labels of several editions, and ``annotations`` names none of them.
    """
    labels, others = _labels(_edition(root, task, annotations))
    faces, copies = _faces(root)
    known = {file.face for file in labels}
    skipped = [*others, *copies]
    skipped += [Skipped(file.path, f"no pictures of {file.face}") for file in labels if file.face not in faces]
    skipped += [Skipped(path, "no labels of this task") for face, path in faces.items() if face not in known]
    used = tuple(file for file in labels if file.face in faces)
    names = {file.video for file in used}
    videos = {path.stem: path for path in _videos(root) if path.stem in names}
    return DatasetFiles(root, used, {file.face: faces[file.face] for file in used}, videos, tuple(skipped))


def pictures_of(folder: Path) -> dict[int, Path]:
    """The pictures of a face by their number, counted from 1.

    Raises:
        InputError: There are none, or one has the number 0.
    """
    pictures = {int(match[1]): path for match, path in matching(_PICTURE, folder.iterdir())}
    if not pictures or 0 in pictures:
        found = "a picture 0" if pictures else "no pictures"
        raise InputError(folder, found, "pictures counted from 00001.jpg", "copy the folder again, or leave it out")
    return pictures


def _edition(root: Path, task: str, annotations: str | None) -> Path | None:
    base = root / annotations if annotations else root
    if not base.is_dir():
        raise InputError("annotations", str(annotations), f"a folder below {root}")
    folders = [base] if base.name in TASKS[task] else list(_named(base, TASKS[task]))
    if len(folders) > 1:
        names = ", ".join(str(folder.relative_to(root)) for folder in folders)
        raise InputError(root, f"several editions: {names}", "one", "name one, as in annotations='...'")
    return folders[0] if folders else None


def _labels(edition: Path | None) -> tuple[list[LabelFile], list[Skipped]]:
    """The edition's label files, by video, face and part, and what else lies among them."""
    if edition is None:
        return [], []
    files, others = [], []
    for path in _entries(edition):
        if path.name in _LISTS:
            files += [LabelFile(path, face, _LISTS[path.name]) for face in read_lists(path)]
        elif path.parent.name in _PARTS and path.suffix.lower() == ".txt" and not path.name.startswith("."):
            files.append(LabelFile(path, path.stem, _PARTS[path.parent.name]))
        elif path.name not in _PARTS:
            others.append(Skipped(path, "not labels of the training or the validation part"))
    return sorted(files, key=lambda f: (natural_order(f.video), natural_order(f.face), f.part)), others


def _entries(edition: Path) -> Iterator[Path]:
    for path in sorted(edition.iterdir()):
        yield path
        if path.name in _PARTS and path.is_dir():
            yield from sorted(path.iterdir())


def _faces(root: Path) -> tuple[dict[str, Path], list[Skipped]]:
    """Each face's folder of pictures, and further copies."""
    faces: dict[str, Path] = {}
    copies = []
    for folder in _named(root, _FACES):
        for path in sorted(folder.iterdir()):
            if path.is_dir() and path.name not in _FACES and faces.setdefault(path.name, path) != path:
                copies.append(Skipped(path, f"a copy of {faces[path.name]}"))
    return faces, copies


def _videos(root: Path) -> Iterator[Path]:
    for folder in (root, *_named(root, _VIDEOS)):
        yield from (path for path in sorted(folder.iterdir()) if path.suffix.lower() in (".mp4", ".avi"))


def _named(folder: Path, names: Collection[str], depth: int = _DEPTH) -> Iterator[Path]:
    """Folders of one of ``names`` below ``folder``, and below each other; folders of pictures are not entered."""
    for path in sorted(folder.iterdir()):
        if not path.is_dir():
            continue
        if path.name in names:
            yield path
        # folders of pictures are not entered: they hold a file for each frame
        if depth > 1 and (path.name in _FACES or not path.name.startswith("cropped")) and folder.name not in _FACES:
            yield from _named(path, names, depth - 1)
