"""FER2013: 35887 small faces from the web in one CSV or in folders, and FER+, the votes of ten people about each."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..errors import InputError
from ..files.pictures.image_sequence import ASSUMED_RATE, open_images
from ..files.pictures.picture_file import read_picture
from ..regular_file import LARGEST_TEXT, check_regular, file_text
from ..streams.source import Source
from ..streams.video import FaceMarks, Video
from ..trials.dataset import UNKNOWN_SUBJECT, Dataset, Skipped
from ..trials.task import MISSING_CATEGORY, Target, Task
from ..trials.trial import Trial
from .class_folders import ClassPicture, class_pictures
from .face_folders import left_over
from .lookalikes.drawn_face import face_picture
from .lookalikes.pictures import write_picture
from .lookalikes.recordings import write_note

FILES = ("fer2013.csv", "icml_face_data.csv")
VOTES = "fer2013new.csv"
SIDE = 48
"""Height and width of every picture in pixels."""
PARTS: Mapping[str, str] = {"Training": "train", "PublicTest": "public test", "PrivateTest": "private test"}
CATEGORIES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
"""In the order of the codes of ``emotion``, from 0."""
FOLDERS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Their folders, in the form that is one picture a file."""
VOTED = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
"""In the order of the columns of FER+."""
NO_FACE = "NF"
_VOTE_COLUMNS = ("Usage", "Image name", *VOTED, "unknown", NO_FACE)


@dataclass(frozen=True)
class Line:
    """The place of a picture: number of the line, counted from 1, and its first byte."""

    number: int
    offset: int


@dataclass(frozen=True)
class FaceLine:
    """The content of a line: the code of the emotion as text, the official part, and 48 x 48 bytes of luma."""

    emotion: str
    usage: str
    pixels: bytes


class FER2013(Dataset):
    """FER2013: faces of 48 x 48 pixels found by words in a search engine; seven expressions, or the votes of FER+.

    A trial is one picture, its number that of its row, its session and part the official one. Nobody knows who is who.
    The stimulus is a digest of the picture, so that exact duplicates, which stand in several parts, share it; a cache
    leaves the later ones out unless they shall be kept. Pictures of one shade show no face: their frame is marked so.
    Only the places of the lines are kept in memory.

    Most copies are folders: ``train`` and ``test`` with a folder for each expression and one file a picture. These are
    read too, in the order of parts, expressions and names. The part is the official one where a file's name begins with
    it (``PublicTest_1.jpg``), else the folder's.

    FER+ belongs to FER2013 row by row; the numbers in its file names drift. A picture's category is what most people
    voted for; it is missing after a tie and where most said "unknown" or "no face". The latter marks the frame too.

    Args:
        root: The folder with ``fer2013.csv`` (or ``icml_face_data.csv``) or with ``train`` and ``test``, or the one
            around ``fer2013``. Where both are there the table is read.
        votes: Whether to take the categories from FER+, ``fer2013new.csv`` beside it.

    Raises:
        DatasetNotFound: There is no such table, and no such folders.
        InputError: A table lacks a column; votes have another number of rows, or are asked for without the table.
            Iterating: a line is broken (names it), or its row of votes is of another part.

    Source: I. Goodfellow et al., ICONIP, 2013; E. Barsoum et al., ICMI, 2016 (FER+).
    """

    name = "FER2013"
    expects = f"{' or '.join(FILES)}, or train/ and test/ with folders {', '.join(FOLDERS[:3])}, ..."
    signs = (
        r"(fer2013/)?(fer2013|icml_face_data)\.csv",
        r"(?i)(train|test|validation)/[a-z]+/(Training|PublicTest|PrivateTest)_\d+\.(jpe?g|png)",
    )
    access = "Kaggle: Facial Expression Recognition Challenge; FER+ by the repository `microsoft/FERPlus`."
    bench_options = "--split \"official(test='public test')\" --window 1"
    names_subjects = False
    recipe: ClassVar[Mapping[str, tuple[str, ...]]] = {"face": ("FaceCrop(lost='whole', nowhere='mask')", "Patches()")}

    def __init__(self, root: str | Path, votes: bool = False) -> None:
        super().__init__(root)
        inner = self.root / "fer2013"
        self.folder = inner if inner.is_dir() else self.root
        path = next((self.folder / name for name in FILES if (self.folder / name).is_file()), None)
        self._table = FaceTable(path, read_columns(path)) if path else None
        self._pictures = () if path else _in_folders(self.folder)
        if path is None and not self._pictures:
            raise self.not_found("neither")
        if path is None and votes:
            do = "leave votes away, or copy the table beside them"
            raise InputError(self.root, "pictures in folders", "the table, to whose rows the votes of FER+ belong", do)
        self._votes = read_votes(self.folder / VOTES) if votes else ()
        self.task = Task(VOTED if votes else CATEGORIES)
        if path and votes and len(self._votes) != len(self._lines):
            found, wanted = f"{len(self._votes)} rows", f"{len(self._lines)}, one a row of {path.name}"
            raise InputError(self.folder / VOTES, found, wanted, "copy both tables again")

    def __iter__(self) -> Iterator[Trial]:
        """All trials in the order of the table; after an ``InputError`` the next call goes on behind it."""
        if self._table is None:
            return map(self._of_folders, range(len(self._pictures)))
        return map(self._trial, range(len(self._lines)))

    def skipped(self) -> tuple[Skipped, ...]:
        """Files beside the table or the pictures, the votes too where they are not used."""
        used = [picture.path for picture in self._pictures] if self._table is None else [self._table.path]
        used += [self.folder / VOTES] if self._votes else []
        return left_over(self.root, used, lambda path: "not asked for" if path.name == VOTES else "not read")

    @classmethod
    def write_fake(cls, root: Path, seed: int = 0, folders: bool = False) -> None:
        """Two dozen rows with votes: a duplicate in two parts, a picture of one shade, ties, drifting names.

        The mouth follows the expression.

        Args:
            root: The folder to fill.
            seed: Of everything drawn.
            folders: Whether to write the same pictures in folders instead of the tables.
        """
        root = Path(root)
        write_note(root)
        rng = np.random.default_rng(seed)
        codes = [row % len(CATEGORIES) for row in range(24)]
        pictures = [face_picture(rng, (SIDE, SIDE), mouth=code / 3 - 1) for code in codes]
        pictures[16], pictures[5] = pictures[2], np.full((SIDE, SIDE), 77, np.uint8)
        usages = ["Training"] * 14 + ["PublicTest"] * 5 + ["PrivateTest"] * 5
        if folders:
            _write_folders(root, pictures, codes, usages)
            return
        pixels = [" ".join(map(str, picture.ravel())) for picture in pictures]
        _write_csv(root / FILES[0], (("emotion", "pixels", "Usage"), *zip(codes, pixels, usages, strict=True)))
        _write_csv(root / VOTES, (_VOTE_COLUMNS, *_drawn_votes(codes, usages)))

    @cached_property
    def _lines(self) -> tuple[Line, ...]:
        return self._table.lines() if self._table else ()

    def _of_folders(self, place: int) -> Trial:
        picture = self._pictures[place]
        pixels = read_picture(picture.path)
        marks = FaceMarks(valid=np.array([pixels.min() < pixels.max()]))
        usage = picture.path.name.partition("_")[0]
        part = PARTS.get(usage, picture.part)
        stimulus = hashlib.sha256(pixels.tobytes()).hexdigest()[:16]
        stream = open_images([picture.path], ASSUMED_RATE, marks=marks)
        target = Target.of(CATEGORIES.index(picture.category))
        return Trial(UNKNOWN_SUBJECT, part or "1", place + 1, stimulus, {"face": stream}, target=target, part=part)

    def _trial(self, row: int) -> Trial:
        assert self._table, "rows are those of the table"
        line = self._lines[row]
        content, where = self._table.read(line), f"{self._table.path}:{line.number}"
        if content.usage not in PARTS:
            raise InputError(where, f"Usage {content.usage!r}", f"one of {', '.join(PARTS)}", "copy the table again")
        category, face = _category(where, content.emotion), len(set(content.pixels)) > 1
        if self._votes:
            self._check_part(row, content.usage)
            voted = self._votes[row].winner
            category = VOTED.index(voted) if voted in VOTED else MISSING_CATEGORY
            face = face and voted != NO_FACE
        part, stimulus = PARTS[content.usage], hashlib.sha256(content.pixels).hexdigest()[:16]
        stream = _line_video(self._table, line, face)
        return Trial(UNKNOWN_SUBJECT, part, row + 1, stimulus, {"face": stream}, target=Target.of(category), part=part)

    def _check_part(self, row: int, usage: str) -> None:
        voted = self._votes[row].usage
        if voted != usage:
            raise InputError(
                f"{self.folder / VOTES}:{row + 2}",
                f"Usage {voted!r}",
                f"{usage!r}, as in that row of {FILES[0]}",
                "copy both tables again; their rows must be in the same order",
            )


@dataclass(frozen=True)
class FaceTable:
    """A CSV of faces, read line by line.

    Args:
        path: The file.
        columns: Its column names, in order.
    """

    path: Path
    columns: tuple[str, ...]

    def lines(self) -> tuple[Line, ...]:
        """The place of each row; lines without any text are no rows."""
        lines, offset = [], 0
        check_regular(self.path, LARGEST_TEXT)
        with self.path.open("rb") as file:
            for number, text in enumerate(file, 1):
                if number > 1 and text.strip():
                    lines.append(Line(number, offset))
                offset += len(text)
        return tuple(lines)

    def read(self, line: Line) -> FaceLine:
        """The content of one row; nothing else of the file is read.

        Raises:
            InputError: It is cut, or holds another number of pixels.
        """
        check_regular(self.path)
        with self.path.open("rb") as file:
            file.seek(line.offset)
            cells = [cell.strip().strip('"') for cell in file.readline().decode("utf-8", "replace").split(",")]
        where = f"{self.path}:{line.number}"
        if len(cells) != len(self.columns):
            found, wanted = f"{len(cells)} values", f"{len(self.columns)}, one a column"
            raise InputError(where, found, wanted, "copy the table again; it may be cut short")
        row = dict(zip(self.columns, cells, strict=True))
        return FaceLine(row["emotion"], row["usage"], _pixels(where, row["pixels"]))


@dataclass(frozen=True)
class LinePicture:
    """The ``read`` of a video that is one line of the table."""

    table: FaceTable
    line: Line

    def __call__(self, first: int, last: int) -> Iterator[np.ndarray]:
        """The picture (48, 48) uint8, if it is among the half-open range ``first`` to ``last``."""
        for _ in range(1)[first:last]:
            yield np.frombuffer(self.table.read(self.line).pixels, np.uint8).reshape(SIDE, SIDE)


@dataclass(frozen=True)
class Votes:
    """One row of FER+: the official part, and the column with most votes, empty where it is not one."""

    usage: str
    winner: str


def _in_folders(folder: Path) -> tuple[ClassPicture, ...]:
    """The pictures in folders of the expressions."""
    return tuple(picture for picture in class_pictures(folder) if picture.category in CATEGORIES)


def _line_video(table: FaceTable, line: Line, face: bool) -> Video:
    source, marks = Source(table.path, f"line {line.number}"), FaceMarks(valid=np.array([face]))
    read = LinePicture(table, line)
    return Video(np.zeros(1), (SIDE, SIDE), 1 / ASSUMED_RATE, read, source, marks=marks, assumed_rate=True)


def read_columns(path: Path) -> tuple[str, ...]:
    """Names of a table's columns in small letters, without the spaces that some copies put before them.

    Raises:
        InputError: One of emotion, pixels and usage is missing.
    """
    check_regular(path, LARGEST_TEXT)
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        columns = tuple(cell.strip().strip('"').lower() for cell in file.readline(1000).split(","))
    missing = {"emotion", "pixels", "usage"} - set(columns)
    if missing:
        found = f"no column {', '.join(sorted(missing))}"
        raise InputError(f"{path}:1", found, "emotion, pixels, Usage", "give the table with all three")
    return columns


def read_votes(path: Path) -> tuple[Votes, ...]:
    """FER+, row by row.

    Raises:
        InputError: There is no such file, a column is missing, or a vote is no number; names the line.
    """
    if not path.is_file():
        raise InputError(path, "no such file", "the votes of FER+", "copy it beside the pictures, or leave votes away")
    rows = csv.DictReader(io.StringIO(file_text(path), newline=""))
    try:
        missing = [name for name in _VOTE_COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise InputError(f"{path}:1", f"no column {', '.join(missing)}", "those of FER+", "copy it again")
        return tuple(_row_of_votes(f"{path}:{rows.line_num}", row) for row in rows)
    except csv.Error as error:
        raise InputError(f"{path}:{rows.line_num}", str(error), "comma-separated values", "copy it again") from error


def _row_of_votes(where: str, row: Mapping[str, str]) -> Votes:
    try:
        counts = {name: int(row[name]) for name in _VOTE_COLUMNS[2:]}
    except (TypeError, ValueError) as error:
        raise InputError(where, str(error), "ten whole numbers of votes", "copy the table again") from error
    most = [name for name, count in counts.items() if count == max(counts.values())]
    return Votes(row["Usage"], most[0] if len(most) == 1 else "")


def _pixels(where: str, text: str) -> bytes:
    try:
        pixels = bytes(map(int, text.split()))
    except ValueError as error:
        raise InputError(where, f"pixels that are none ({error})", "numbers from 0 to 255", "copy it again") from error
    if len(pixels) != SIDE * SIDE:
        wanted = f"{SIDE * SIDE}, of {SIDE} x {SIDE}"
        raise InputError(where, f"{len(pixels)} pixels", wanted, "copy the table again; it may be cut short")
    return pixels


def _category(where: str, emotion: str) -> int:
    if not emotion:
        return MISSING_CATEGORY
    if not emotion.isdecimal() or int(emotion) >= len(CATEGORIES):
        wanted = f"0 to {len(CATEGORIES) - 1}, or nothing"
        raise InputError(f"{where}, column emotion", repr(emotion), wanted, "correct the table")
    return int(emotion)


def _drawn_votes(codes: Sequence[int], usages: Sequence[str]) -> Iterator[tuple[str | int, ...]]:
    """Rows of FER+: seven of ten for the same expression, but row 3 a tie, 5 no face, 7 nine votes, 9 unknown."""
    special = {3: (0, 5, 5), 5: (0,) * 9 + (10,), 7: (6, 3), 9: (2, 1) + (0,) * 6 + (7,)}
    for row, (code, usage) in enumerate(zip(codes, usages, strict=True)):
        votes = [0] * (len(VOTED) + 2)
        if row in special:
            votes[: len(special[row])] = special[row]
        else:
            votes[VOTED.index(CATEGORIES[code])], votes[7] = 7, 3
        yield usage, "" if row == 5 else f"fer{row - (row > 5):07d}.png", *votes


def _write_folders(root: Path, pictures: Sequence[np.ndarray], codes: Sequence[int], usages: Sequence[str]) -> None:
    """The pictures in folders, named after the official part, which is finer than the folders are."""
    for number, (picture, code, usage) in enumerate(zip(pictures, codes, usages, strict=True)):
        part = "train" if usage == "Training" else "test"
        write_picture(root / part / FOLDERS[code] / f"{usage}_{number + 10:07d}.jpg", picture, "L")


def _write_csv(path: Path, rows: Sequence[Sequence[str | int]]) -> None:
    text = "".join(",".join(map(str, row)) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
