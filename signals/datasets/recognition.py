"""The dataset that a folder looks like, by the names of its files; nothing in them is read."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..trials.dataset import Dataset
from .registry import DATASETS

_DEEPEST, _A_FOLDER, _FOLDERS, _IN_ALL = 8, 400, 5000, 20_000
"""Folders within each other, entries of one, folders and files in all that are looked at: large sets are large."""

_LAST = "ClassFolders"
"""A form that many collections have: named where it is none of those that are known."""

_RECORDINGS = (".edf", ".bdf", ".vhdr", ".set", ".fif", ".cnt", ".gdf", ".mp4", ".avi", ".mov", ".mkv")


@dataclass(frozen=True)
class Likeness:
    """What a folder looks like.

    Args:
        dataset: Its name on the command line.
        root: The folder to name: the one that was looked at, or one above or below it.
        example: One of the files that show it, as seen from ``root``.
        files: How many there are.
    """

    dataset: str
    root: Path
    example: str
    files: int

    def __str__(self) -> str:
        more = f" and {self.files - 1} more" if self.files > 1 else ""
        return f"{self.dataset} ({self.example}{more})"


def likenesses(root: Path) -> list[Likeness]:
    """The datasets that a folder looks like, those with most files first.

    Where it looks like none itself, folders around it and within it are tried: their names alone must say it.
    """
    paths = list(_files(root))
    found = _of_folder(root, paths)
    if found:
        return found
    around = root.resolve()
    for folder in (around.parent, around.parent.parent):
        prefix = around.relative_to(folder).as_posix()
        if found := _of_folder(folder, [f"{prefix}/{path}" for path in paths]):
            return found
    return _of_folders_within(root, paths)


def looks_like(root: Path) -> str:
    """What a folder looks like, and the command that reads it, in one line."""
    found = likenesses(root)
    if not found:
        return f"it looks like no dataset that emoscan knows{_recordings(root)}; {BEGIN}"
    places = list(dict.fromkeys(likeness.root for likeness in found))
    subject = "it" if places == [root] else str(places[0])
    names = " or ".join(map(str, found))
    typed = f"emo-preprocess run {found[0].dataset} {places[0]} CACHE"
    return f"{subject} looks like {names}; say: {typed}"


BEGIN = (
    "your own recordings begin with a table, trials.csv, with the columns subject, session, trial, stimulus, eeg, "
    "category; then say: emo-preprocess run TrialTable FOLDER CACHE"
)


def _of_folder(root: Path, paths: Sequence[str]) -> list[Likeness]:
    found = []
    for name, signs in _signs().items():
        shown = [path for path in paths if any(sign.fullmatch(path) for sign in signs)]
        if shown:
            found.append(Likeness(name, root, shown[0], len(shown)))
    known = [likeness for likeness in found if likeness.dataset != _LAST]
    return sorted(known or found, key=lambda likeness: -likeness.files)


def _of_folders_within(root: Path, paths: Sequence[str]) -> list[Likeness]:
    """Likenesses of the first folder directly inside, or one deeper, that has any."""
    for depth in (1, 2):
        inside: dict[str, list[str]] = {}
        for path in paths:
            parts = path.split("/")
            if len(parts) > depth:
                inside.setdefault("/".join(parts[:depth]), []).append("/".join(parts[depth:]))
        for folder, below in inside.items():
            if found := _of_folder(root / folder, below):
                return found
    return []


def _signs() -> Mapping[str, Sequence[re.Pattern[str]]]:
    signs = {}
    for name in DATASETS.known:
        kind: type[Dataset] = DATASETS.find(name)
        signs[name] = [re.compile(sign) for sign in kind.signs]
    return signs


def _files(root: Path) -> Iterator[str]:
    """Paths of files below ``root``, those of one folder before those of folders in it, in order of their names."""
    folders, seen = [(root, "", 0)], 0
    for folder, prefix, depth in folders:  # grows while it is walked
        try:
            with os.scandir(folder) as entries:
                some = sorted((entry for entry, _ in zip(entries, range(_A_FOLDER), strict=False)), key=_name)
        except OSError:
            continue
        for entry in some:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                if depth < _DEEPEST and len(folders) < _FOLDERS:
                    folders.append((folder / entry.name, f"{prefix}{entry.name}/", depth + 1))
            else:
                yield prefix + entry.name
                seen += 1
        if seen > _IN_ALL:
            return


def _name(entry: "os.DirEntry[str]") -> str:
    return entry.name


def _recordings(root: Path) -> str:
    """The recordings of a folder by suffix, in words; empty where there are none."""
    suffixes = Counter(Path(path).suffix.lower() for path in _files(root))
    known = [f"{suffixes[suffix]} {suffix}" for suffix in _RECORDINGS if suffixes[suffix]]
    return f" ({', '.join(known)})" if known else ""
