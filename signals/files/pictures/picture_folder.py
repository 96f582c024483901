"""Pictures that a path names: one, those of a folder, or a numbered sequence by its pattern."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...ordering import natural_order
from ...streams.video import Video
from ..videos.video_file import open_video
from .image_sequence import ASSUMED_RATE, open_images
from .picture_clock import clock_by_numbers
from .picture_file import is_moving, picture_doubts

SUFFIXES = frozenset(
    {
        ".apng",
        ".avif",
        ".bmp",
        ".dib",
        ".gif",
        ".jfif",
        ".jp2",
        ".jpe",
        ".jpeg",
        ".jpg",
        ".pbm",
        ".pgm",
        ".png",
        ".pnm",
        ".ppm",
    }
    | {".tga", ".tif", ".tiff", ".webp"}
)
"""Endings of files that are taken for pictures, in small letters."""

UNREAD = frozenset(
    {".arw", ".cr2", ".cr3", ".dng", ".heic", ".heif", ".hif", ".jxl", ".nef", ".orf", ".raf", ".rw2", ".svg"}
)
"""Endings of pictures that phones and cameras write and nothing here reads, in small letters."""

_PLACE = re.compile(r"%0?(\d*)d|\*")
_KINDS = "pictures (png, jpg, bmp, tiff, pgm, webp, ...)"
_LITTER = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class NamedPictures:
    """Picture files in order.

    Args:
        files: N of them, one or more.
        numbers: (N,) as their names count them, rising; None where names hold no numbers.
        others: How many files lie beside them that are no pictures; hidden ones do not count.
        strays: How many pictures lie beside them whose names are not of the sequence.
    """

    files: tuple[Path, ...]
    numbers: tuple[int, ...] | None
    others: int = 0
    strays: int = 0


def open_face(path: Path, rate: float | None = None) -> Video:
    """The video of a face, whatever its path names: a video file, a picture, a folder of pictures or a pattern of them.

    Args:
        path: What to open.
        rate: Of pictures, as in ``open_pictures``; a video has a clock of its own.

    Raises:
        InputError: It cannot be opened.
    """
    if path.suffix.lower() in UNREAD and path.is_file():
        raise _unread(path, path.suffix)
    return open_pictures(path, rate) if path.is_dir() or names_pictures(path) else open_video(path)


def open_pictures(path: str | Path, rate: float | None = None) -> Video:
    """The pictures that a path names as a video whose first frame is at 0 s.

    Numbers in the files' names count the time, so a missing one is a gap. Where they go up by more than one, a picture
    stands for all until the next; where by steps that vary a little, they are milliseconds, or a clock's of another
    unit. Without numbers, pictures come in the order of their names.

    Args:
        path: A picture, a folder of pictures, or a pattern: ``frames/%04d.png`` for numbered ones, ``frames/a_*.png``.
        rate: Numbers a second (Hz), or pictures where numbers are a clock's; without it 30 are assumed, and said.

    Raises:
        InputError: There are no pictures, they belong to several sequences, a number stands twice, the rate is none or
            cannot be told, or the first is no picture.
    """
    pictures = find_pictures(Path(path))
    if rate is not None and not 0 < rate < np.inf:
        raise InputError(path, f"{rate:g} pictures a second", "a rate above 0 Hz", "correct the rate")
    clock = clock_by_numbers(path, pictures.numbers, len(pictures.files), rate)
    video = open_images(pictures.files, rate or ASSUMED_RATE, root=Path(path))
    gaps = int((np.diff(clock.times) > 1.5 * clock.step).sum())
    remarks = (*clock.remarks, *_remarks(pictures, gaps), *picture_doubts(pictures.files[0]), *video.remarks)
    return replace(video, times=clock.times, step=clock.step, assumed_rate=clock.assumed, remarks=remarks)


def names_pictures(path: Path) -> bool:
    """Whether a path is that of a picture or a pattern, by its ending, or of a folder that is no recording's.

    A picture that moves is a video.
    """
    if path.is_dir():
        return not path.suffix or bool(picture_files(path))  # "lab.mff" is a recording
    return path.suffix.lower() in SUFFIXES and not is_moving(path)


def picture_files(path: Path) -> tuple[Path, ...]:
    """The picture files that a path names, in no order; none where nothing is there."""
    if path.is_dir():
        return tuple(file for file in _visible(path) if file.is_file() and file.suffix.lower() in SUFFIXES)
    if not is_pattern(path):
        return (path,) if path.is_file() else ()
    name = re.compile("".join(_as_expression(path.name)), re.IGNORECASE)
    return tuple(file for file in _visible(path.parent) if name.fullmatch(file.name))


def is_pattern(path: Path) -> bool:
    """Whether a path stands for several files: its name holds ``%04d``, ``%d`` or ``*``, and no file has that name."""
    return bool(_PLACE.search(path.name)) and not path.exists()


def find_pictures(path: Path) -> NamedPictures:
    """The pictures that a path names, in order: by the number that changes in their names, else as people sort names.

    Raises:
        InputError: There are none, they belong to several sequences, or a number stands twice.
    """
    files = picture_files(path)
    if not files:
        raise _nothing(path)
    beside = sum(file.is_file() for file in _visible(path)) - len(files) if path.is_dir() else 0
    alike: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    for file in files:
        alike[_texts(file)].append(file)
    several = [sequence for sequence in alike.values() if len(sequence) > 1]
    longest = max(several, key=len, default=[])
    if len(several) == 1 and 2 * len(longest) > len(files):
        places = _changing(longest)
        if len(places) == 1:
            ordered = _by_number(path, longest, places[0])
            strays = len(files) - len(ordered)
            return NamedPictures(tuple(ordered.values()), tuple(ordered), others=beside, strays=strays)
        several = [longest, longest]
    if len(several) > 1 and not is_pattern(path):  # a pattern says that all of them are meant
        found = f"pictures of several numbered sequences, as in {several[0][0].name} and {several[-1][-1].name}"
        do = f"name one, as in {_example(several[0])}, or all in the order of their names, as in *{files[0].suffix}"
        raise InputError(path, found, "those of one", do)
    return NamedPictures(tuple(sorted(files, key=lambda file: natural_order(file.name))), None, beside)


def _texts(file: Path) -> tuple[str, ...]:
    """What stands between the numbers of a name: the same for all pictures of a sequence."""
    return tuple(re.split(r"\d+", file.stem.casefold()))


def _numbers(file: Path) -> tuple[str, ...]:
    return tuple(re.findall(r"\d+", file.stem))


def _changing(files: Sequence[Path]) -> list[int]:
    """Places of the numbers that are not the same in all names; the last one where all are."""
    columns = [{int(number) for number in column} for column in zip(*map(_numbers, files), strict=True)]
    return [place for place, values in enumerate(columns) if len(values) > 1] or [len(columns) - 1]


def _by_number(path: Path, files: Sequence[Path], place: int) -> dict[int, Path]:
    """The files by the number at a place of their names, rising."""
    numbered: dict[int, Path] = {}
    for file in sorted(files, key=lambda file: int(_numbers(file)[place])):
        number = int(_numbers(file)[place])
        if number in numbered:
            other = numbered[number]
            found = f"{other.name} and {file.name}, both number {number}"
            shown = other if other.suffix == file.suffix else file  # the longer number: a pattern of it means it alone
            do = f"remove the copies, or name those that are meant, as in {_example([shown])}"
            raise InputError(path, found, "each number once", do)
        numbered[number] = file
    return numbered


def _example(files: Sequence[Path]) -> str:
    """A pattern for pictures of one sequence, as one types it: of the number that stands last in their names."""
    file, number = files[0], _numbers(files[0])[-1]
    before, _, behind = file.stem.rpartition(number)
    width = f"0{len(number)}" if len(number) > 1 else ""
    return f"{before}%{width}d{behind}{file.suffix}"


def _nothing(path: Path) -> InputError:
    """The refusal where a path names no picture: what is there instead, and what to name."""
    if is_pattern(path):
        return InputError(path, "no file of such a name", _KINDS, "correct the folder or the pattern")
    if not path.is_dir():
        return InputError(path, "no such file", _KINDS, "correct the path")
    folders = [file for file in _visible(path) if file.is_dir()]
    inside = [file.name for file in folders if picture_files(file)]
    if inside:
        found = f"no pictures, but {len(inside)} folders of them ({', '.join(inside[:4])})"
        return InputError(path, found, _KINDS, "name one of these folders for each trial")
    if folders:
        found = f"no pictures, but folders ({', '.join(folder.name for folder in folders[:4])})"
        return InputError(path, found, _KINDS, "name the folder inside that holds them, one for each trial")
    other = next((file.suffix for file in _visible(path) if file.suffix.lower() in UNREAD), None)
    if other is not None:
        return _unread(path, other)
    count = sum(file.is_file() for file in _visible(path))
    found = f"no pictures among its {count} files" if count else "an empty folder"
    return InputError(path, found, _KINDS, "name the folder that holds them, or the video file itself")


def _unread(path: Path, suffix: str) -> InputError:
    return InputError(path, f"pictures of a kind that is not read, {suffix}", _KINDS, "convert them to JPEG or PNG")


def _visible(folder: Path) -> Iterator[Path]:
    """What a file manager shows of a folder, in the order of names."""
    if folder.is_dir():
        for file in sorted(folder.iterdir()):
            if not file.name.startswith(".") and file.name.lower() not in _LITTER:
                yield file


def _as_expression(pattern: str) -> Iterator[str]:
    """The pieces of a regular expression for the names that a pattern stands for."""
    at = 0
    for place in _PLACE.finditer(pattern):
        yield re.escape(pattern[at : place.start()])
        yield ".*" if place[0] == "*" else rf"\d{{{int(place[1] or 1)},}}"
        at = place.end()
    yield re.escape(pattern[at:])


def _remarks(pictures: NamedPictures, gaps: int) -> Sequence[str]:
    remarks = []
    if len(pictures.files) > 1 and pictures.numbers is None:
        remarks.append("its pictures' names hold no numbers of one sequence: taken in the order of their names")
    if gaps:
        remarks.append(f"gaps between its frames ({gaps}): no window reaches across one")
    if pictures.strays:
        remarks.append(f"pictures beside the numbered ones left out ({pictures.strays})")
    if pictures.others:
        remarks.append(f"files that are no pictures left out ({pictures.others})")
    return remarks
