"""Lookalikes of Aff-Wild2 in the folders of its first and its third edition: drawn faces, gaps, invalid labels."""

from pathlib import Path

import numpy as np

from ...random_streams import RandomStream
from ..lookalikes.drawn_face import face_picture
from ..lookalikes.pictures import write_picture
from ..lookalikes.recordings import write_note, write_video

EXPRESSIONS = "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise"
UNITS = {1: (1, 2, 4, 6, 12, 15, 20, 25), 3: (1, 2, 4, 6, 7, 10, 12, 15, 23, 24, 25, 26)}
"""Action units by edition."""

FRAMES = 24
FACES = {"video2_left": "train", "video2_right": "train", "video10": "train", "30-30-1920x1080": "validation"}
MISSING = {"video2_left": (), "video2_right": (1, 2, 9), "video10": (7, 8, 24), "30-30-1920x1080": (5,)}
"""Numbers of the pictures that show no face."""

_CHALLENGES = {"va": "VA_Estimation_Challenge", "expr": "EXPR_Classification_Challenge", "au": "AU_Detection_Challenge"}
_SETS = {"va": "VA_Set", "expr": "EXPR_Set", "au": "AU_Set"}


def write_third_edition(root: Path, seed: int, validation: int = 1) -> None:
    """All four tasks; one video itself, at 20 frames a second; labels without pictures, pictures without labels.

    Args:
        root: The folder to fill.
        seed: Of everything drawn.
        validation: How many videos are of the validation part; of several, every picture is listed.
    """
    further = {f"video{100 + number}": "validation" for number in range(1, validation)}
    known = {**FACES, **further}
    rng = _write_faces(root, seed, tuple(further))
    top = root / "3rd ABAW Annotations" / "Third ABAW Annotations"
    for task, folder in _CHALLENGES.items():
        for face, part in {**known, "video99": "validation"}.items():
            name = {"train": "Train_Set", "validation": "Validation_Set"}[part]
            _write_labels(top / folder / name / f"{face}.txt", rng, task, 3)
    for part in ("train", "validation"):
        faces = [face for face in known if known[face] == part]
        step = 1 if part == "validation" and further else 2
        _write_list(top / "MTL_Challenge" / f"{part}_set.txt", rng, faces, step)
    (root / "batch1").mkdir(exist_ok=True)
    write_video(root / "batch1" / "video10.mp4", [face_picture(rng, (96, 128)) for _ in range(FRAMES)], 20)


def write_first_edition(root: Path, seed: int = 0) -> None:
    """Three tasks in the folders of the first edition, with seven expressions and eight action units."""
    rng = _write_faces(root, seed)
    for task, folder in _SETS.items():
        for face, part in FACES.items():
            name = {"train": "Training_Set", "validation": "Validation_Set"}[part]
            _write_labels(root / "annotations" / folder / name / f"{face}.txt", rng, task, 1)


def _write_faces(root: Path, seed: int, further: tuple[str, ...] = ()) -> np.random.Generator:
    write_note(root)
    rng = np.random.default_rng(seed)
    for person, face in enumerate((*FACES, "video50", *further)):
        batch = "cropped_aligned_new_50_vids" if face == "30-30-1920x1080" else "cropped_aligned"
        for number in range(1, FRAMES + 1):
            if number not in MISSING.get(face, ()):
                picture = face_picture(RandomStream.LOOKALIKE.rng(seed, person), (112, 112), np.sin(number / 4))
                write_picture(root / batch / face / f"{number:05d}.jpg", picture)
    (root / "cropped_aligned" / "video10" / ".DS_Store").write_bytes(b"not read")
    return rng


def _write_labels(path: Path, rng: np.random.Generator, task: str, edition: int) -> None:
    """One or two rows more than frames; row 4 is invalid."""
    rows = FRAMES + (2 if path.stem == "video10" else 1)
    header, lines = _LINES[task](rng, rows, edition)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def _ratings(rng: np.random.Generator, rows: int, _: int) -> tuple[str, list[str]]:
    values = rng.uniform(-1, 1, (rows, 2)).round(3)
    values[4, 1] = -5
    return "valence,arousal", [f"{valence:g},{arousal:g}" for valence, arousal in values]


def _expressions(rng: np.random.Generator, rows: int, edition: int) -> tuple[str, list[str]]:
    header = EXPRESSIONS if edition == 1 else f"{EXPRESSIONS},Other"
    values = rng.integers(0, header.count(",") + 1, rows)
    values[4] = -1
    return header, [str(value) for value in values]


def _units(rng: np.random.Generator, rows: int, edition: int) -> tuple[str, list[str]]:
    values = rng.integers(0, 2, (rows, len(UNITS[edition])))
    values[4, 3] = -1
    return ",".join(f"AU{unit}" for unit in UNITS[edition]), [",".join(map(str, row)) for row in values]


_LINES = {"va": _ratings, "expr": _expressions, "au": _units}


def _write_list(path: Path, rng: np.random.Generator, faces: list[str], step: int) -> None:
    """A picture in ``step`` of each face; the third row has no rating, the fourth no expression, the fifth no units."""
    lines = ["image,valence,arousal,expression,aus"]
    for face in faces:
        listed = [number for number in range(1, FRAMES + 1, step) if number not in MISSING.get(face, ())]
        for row, number in enumerate(listed):
            ratings = [-5, -5] if row == 2 else rng.uniform(-1, 1, 2).round(3).tolist()
            units = [-1] * 12 if row == 4 else rng.integers(0, 2, 12).tolist()
            values = [*ratings, -1 if row == 3 else int(rng.integers(0, 8)), *units]
            lines.append(",".join([f"{face}/{number:05d}.jpg", *map(str, values)]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
